
time-now = gerade eben
time-minutes = { $count } { $count ->
    [one] Minute
   *[other] Minuten
}
time-seconds = { $count } { $count ->
    [one] Sekunde
   *[other] Sekunden
}
time-hours = { $count } { $count ->
    [one] Stunde
   *[other] Stunden
}
time-days = { $count } { $count ->
    [one] Tag
   *[other] Tage
}
time-minutes-ago = vor { $count } { $count ->
    [one] Minute
   *[other] Minuten
}
time-hours-ago = vor { $count } { $count ->
    [one] Stunde
   *[other] Stunden
}
time-days-ago = vor { $count } { $count ->
    [one] Tag
   *[other] Tagen
}
time-minutes-ahead = in { $count } { $count ->
    [one] Minute
   *[other] Minuten
}
time-hours-ahead = in { $count } { $count ->
    [one] Stunde
   *[other] Stunden
}
time-days-ahead = in { $count } { $count ->
    [one] Tag
   *[other] Tagen
}
time-exact = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year }, { $clock } UTC

skip-to-content = Zum Inhalt springen
sections = Bereiche
section-settings = Einstellungen
section-sessions = Anmeldungen und Geräte
section-apps = Verbundene Apps
section-activity = Aktivität
section-projects = Projekte
section-docs = API-Dokumentation
section-administration = Verwaltung
sign-in = Anmelden
sign-out = Abmelden
signed-in-as = Angemeldet als { $name }
to-start = Zur Startseite
working = Wird ausgeführt …
copy = Kopieren
copied = Kopiert
copy-failed = Kopieren ging nicht: Es ist ausgewählt, kopieren Sie es mit der Tastatur
show-password = Passwort anzeigen
hide-password = Passwort verbergen
cancel = Abbrechen
saved-it = Das habe ich gespeichert
back = Zurück
save = Änderungen speichern
faults-title = Bitte sehen Sie sich das an
more = Mehr anzeigen

fault-required = Bitte ausfüllen.
fault-password = Das Passwort ist falsch.
fault-of-field = { $field }: { $fault }
fault-form = Das Formular ist nicht vollständig angekommen, und es ist nichts geschehen. Gehen Sie zurück, laden Sie die Seite neu und senden Sie es noch einmal.
fault-address = In dieser Adresse steht etwas, was ihre Seite nicht kennt. Öffnen Sie die Seite neu über die Liste der Bereiche.
fault-too-late = Diese Seite war zu lange offen. Ihre Eingaben sind noch da: Senden Sie sie noch einmal.
fault-sent-already = Dieses Formular wurde schon gesendet. Sehen Sie nach, ob es getan hat, was Sie wollten, bevor Sie es noch einmal senden.
fault-sent-title = Das wurde schon gesendet
fault-sent-list = „{ $name }“ ansehen
fault-other-person = Sie sind jetzt als { $name } angemeldet; dieses Formular wurde davor geöffnet. Es ist nichts geschehen, und die Eingaben sind nicht mehr da.
fault-prove-again = Ihr Passwort wurde vor zu langer Zeit eingegeben, und es ist nichts geschehen. Melden Sie sich in einem anderen Tab neu an und senden Sie dann diese Seite: Ihre Eingaben bleiben.
fault-prove-again-button = Neu anmelden

fault-account-gone = Dieses Konto gibt es nicht mehr.
failure-signed_out = Das ist Ihnen nicht oder nicht mehr erlaubt. Melden Sie sich neu an, wenn Sie meinen, dass es erlaubt sein sollte.
failure-rate_limit_exceeded = Es gab zu viele Fehlversuche. Warten Sie eine Weile und versuchen Sie es dann noch einmal.
