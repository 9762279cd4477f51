mail-footer = { $brand }, { $url }

mail-password-subject = { $brand }: neues Passwort wählen
mail-password =
    Guten Tag { $name },

    jemand hat für Ihr Konto ein neues Passwort angefordert. Öffnen Sie innerhalb von 30 Minuten diesen Link, um eines zu wählen:

    { $link }

    Wenn Sie es nicht waren, tun Sie nichts: Ihr Passwort bleibt, wie es ist.

mail-registration-subject = { $brand }: Konto fertig einrichten
mail-registration =
    Guten Tag,

    jemand möchte ein Konto mit dieser Adresse. Öffnen Sie innerhalb von 30 Minuten diesen Link, um einen Benutzernamen und ein Passwort zu wählen:

    { $link }

    Wenn Sie es nicht waren, tun Sie nichts: Es wird kein Konto angelegt.

mail-known-subject = { $brand }: Sie haben schon ein Konto
mail-known =
    Guten Tag,

    jemand möchte ein Konto mit dieser Adresse, oder sie für ein anderes Konto benutzen. Sie haben schon ein Konto mit ihr. Melden Sie sich hier an; wenn Sie das Passwort vergessen haben, können Sie dort ein neues anfordern:

    { $link }

    Wenn Sie es nicht waren, tun Sie nichts: Es hat sich nichts geändert.

mail-email-subject = { $brand }: neue E-Mail-Adresse bestätigen
mail-email =
    Guten Tag,

    jemand möchte diese Adresse für sein Konto benutzen. Wenn Sie es sind, melden Sie sich an, öffnen Sie innerhalb von 30 Minuten diesen Link und bestätigen Sie sie:

    { $link }

    Wenn Sie es nicht waren, tun Sie nichts.

mail-invitation-subject = { $brand }: Sie sind eingeladen
mail-invitation =
    Guten Tag,

    Sie sind eingeladen, bei { $brand } ein Konto anzulegen. Öffnen Sie innerhalb von 7 Tagen diesen Link, um einen Benutzernamen und ein Passwort zu wählen:

    { $link }

    Wenn Sie das nicht möchten, tun Sie nichts: Es wird kein Konto angelegt.

mail-password-changed-subject = { $brand }: Ihr Passwort wurde geändert
mail-password-changed =
    Guten Tag { $name },

    das Passwort Ihres Kontos wurde geändert. Wenn Sie es waren, ist alles in Ordnung.

    Wenn Sie es nicht waren, fordern Sie jetzt auf der Anmeldeseite ein neues Passwort an und sagen Sie der Verwaltung Bescheid.

mail-password-keys =
    Guten Tag { $name },

    das Passwort Ihres Kontos wurde geändert, und alle Ihre API-Schlüssel wurden dabei beendet, auch die, die Sie in Projekten erstellt haben. Wenn Sie das waren, erstellen Sie neue für die Skripte, die sie benutzt haben:

    { $link }

    Wenn Sie es nicht waren, fordern Sie jetzt auf der Anmeldeseite ein neues Passwort an und sagen Sie der Verwaltung Bescheid.

mail-email-asked-subject = { $brand }: eine andere E-Mail-Adresse wurde angefordert
mail-email-asked =
    Guten Tag { $name },

    jemand, der Ihr Passwort kennt, möchte für Ihr Konto eine andere E-Mail-Adresse: { $what }. Sie gilt, sobald sie dort bestätigt ist. Wenn Sie es waren, ist alles in Ordnung.

    Wenn Sie es nicht waren, ändern Sie jetzt Ihr Passwort: Der Link, der dorthin ging, bewirkt dann nichts.

mail-email-changed-subject = { $brand }: Ihre E-Mail-Adresse wurde geändert
mail-email-changed =
    Guten Tag { $name },

    Ihr Konto hat jetzt eine andere E-Mail-Adresse: { $what }. Mails gehen von nun an dorthin. Wenn Sie es waren, ist alles in Ordnung.

    Wenn Sie es nicht waren, sagen Sie jetzt der Verwaltung Bescheid.

mail-key-made-subject = { $brand }: Sie haben einen neuen API-Schlüssel
mail-key-made =
    Guten Tag { $name },

    der API-Schlüssel { $hint } wurde für Sie erstellt. Wenn Sie es waren, ist alles in Ordnung.

    Wenn Sie es nicht waren, widerrufen Sie ihn und ändern Sie jetzt Ihr Passwort:

    { $link }

    Höchstens zehn solche Mails kommen auf einmal, danach eine Stunde lang keine. Unter „Aktivität“ steht dort alles.

mail-key-replaced-subject = { $brand }: einer Ihrer API-Schlüssel hat ein neues Geheimnis
mail-key-replaced =
    Guten Tag { $name },

    einer Ihrer API-Schlüssel hat ein neues Geheimnis und ist jetzt { $hint }. Wenn Sie es waren, ist alles in Ordnung.

    Wenn Sie es nicht waren, widerrufen Sie ihn und ändern Sie jetzt Ihr Passwort:

    { $link }

    Höchstens zehn solche Mails kommen auf einmal, danach eine Stunde lang keine. Unter „Aktivität“ steht dort alles.

mail-key-changed-subject = { $brand }: einer Ihrer API-Schlüssel darf mehr
mail-key-changed =
    Guten Tag { $name },

    Ihr API-Schlüssel { $hint } wurde geändert: Er darf mehr als vorher, oder dasselbe öfter, länger oder von mehr Orten aus. Wenn Sie es waren, ist alles in Ordnung.

    Wenn Sie es nicht waren, widerrufen Sie ihn und ändern Sie jetzt Ihr Passwort:

    { $link }

    Höchstens zehn solche Mails kommen auf einmal, danach eine Stunde lang keine. Unter „Aktivität“ steht dort alles.

mail-key-revealed-subject = { $brand }: einer Ihrer API-Schlüssel wurde noch einmal angezeigt
mail-key-revealed =
    Guten Tag { $name },

    das Geheimnis Ihres API-Schlüssels { $hint } wurde jemandem, der Ihr Passwort kennt, noch einmal angezeigt. Wenn Sie es waren, ist alles in Ordnung.

    Wenn Sie es nicht waren, widerrufen Sie ihn und ändern Sie jetzt Ihr Passwort:

    { $link }

    Höchstens zehn solche Mails kommen auf einmal, danach eine Stunde lang keine. Unter „Aktivität“ steht dort alles.

mail-key-revoked-subject = { $brand }: einer Ihrer API-Schlüssel wurde widerrufen
mail-key-revoked =
    Guten Tag { $name },

    jemand anderes hat Ihren API-Schlüssel { $hint } widerrufen: die Verwaltung oder ein anderes Mitglied seines Projekts. Er gilt nicht mehr.

    Wenn Sie noch einen brauchen, erstellen Sie einen neuen:

    { $link }

    Höchstens zehn solche Mails kommen auf einmal, danach eine Stunde lang keine. Unter „Aktivität“ steht dort alles.

mail-key-leaked-subject = { $brand }: einer Ihrer API-Schlüssel war öffentlich zu lesen
mail-key-leaked =
    Guten Tag { $name },

    jemand hat Ihren API-Schlüssel { $hint } dort gefunden, wo andere ihn lesen können, und ihn gemeldet. Der Schlüssel gilt nicht mehr.

    Erstellen Sie einen neuen für die Skripte, die ihn benutzt haben, entfernen Sie den alten von seinem Fundort und sehen Sie sich die Aktivität Ihres Kontos an:

    { $link }

    Höchstens zehn solche Mails kommen auf einmal, danach eine Stunde lang keine. Unter „Aktivität“ steht dort alles.

mail-account-deleted-subject = { $brand }: Ihr Konto wurde gelöscht
mail-account-deleted =
    Guten Tag { $name },

    Ihr Konto wurde gelöscht, mit seinen Schlüsseln und Anmeldungen. Wenn Sie es waren, ist alles in Ordnung.

    Wenn Sie es nicht waren, sagen Sie jetzt der Verwaltung Bescheid.

mail-link-made-subject = { $brand }: ein Link für Ihr Passwort wurde erstellt
mail-link-made =
    Guten Tag { $name },

    die Verwaltung hat einen Link erstellt, mit dem sich für Ihr Konto ein neues Passwort setzen lässt, um ihn Ihnen zu geben.

    Wenn Sie keinen wollten, sagen Sie der Verwaltung Bescheid.
