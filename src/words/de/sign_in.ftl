sign-in-title = Anmelden
sign-in-for = Anmelden und weiter zu { $app }
sign-in-name = Benutzername oder E-Mail-Adresse
sign-in-password = Passwort
sign-in-known = Sie sind angemeldet als { $name }.
sign-in-continue = Weiter
sign-in-expected = Hier wird { $expected } erwartet, und Sie sind angemeldet als { $name }. Melden Sie sich unten als { $expected } an.
sign-in-continue-as = Als { $name } fortfahren
sign-in-else = oder als jemand anderes anmelden:
sign-in-missing = Geben Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse und Ihr Passwort ein.
sign-in-wrong = Der Benutzername oder das Passwort ist falsch.
sign-in-throttled = Zu viele Fehlversuche. Warten Sie eine Weile und versuchen Sie es dann noch einmal.
sign-in-too-late = Diese Seite war zu lange offen. Bitte melden Sie sich noch einmal an.

sign-out-title = Abmelden?
sign-out-explained = Sie sind angemeldet als { $name }. Anwendungen, denen Sie den Zugriff nur während der Anmeldung erlaubt haben, verlieren ihn.
sign-out-stay = Angemeldet bleiben
signed-out-title = Sie sind abgemeldet
signed-out-again = Wieder anmelden

home-signed-out = Sie sind abgemeldet

moving-on-title = Es geht weiter
moving-on-link = Weiter
moving-on-explained = , falls nichts geschieht.

setup-title = Die erste Verwaltung einrichten
setup-explained = Dieses Konto darf den Server verwalten. Der Link gilt einmal.
setup-name = Benutzername
setup-email = E-Mail-Adresse
setup-password = Passwort
setup-password-help = Mindestens { $count } Zeichen; ein kurzer Satz eignet sich gut.
setup-button = Konto anlegen
setup-done-title = { $name } verwaltet jetzt den Server
setup-done-explained = Der Link gilt nicht mehr.
setup-gone = Dieser Link gilt nicht mehr. Starten Sie den Server neu, um einen neuen zu bekommen.

consent-title = Darf { $app } Ihr Konto benutzen?
consent-short = { $app } erlauben?
consent-wants = { $app } möchte:
consent-at = Bei
consent-duration = Wie lange
consent-answer-to = Die Antwort geht an
consent-this-device = eine Anwendung auf diesem Gerät
consent-client = Client
consent-registered = vom Administrator dieses Servers registriert
consent-self-described = beschreibt sich dort selbst; niemand hier hat das geprüft. Erlauben Sie es nur, wenn Sie diese Adresse kennen und den Vorgang selbst begonnen haben
consent-who = Sie sind
consent-switch = jemand anderes?
consent-allow = { $app } erlauben
consent-deny = Nicht erlauben
consent-while-used = bis es { $idle } lang nicht benutzt wurde, höchstens { $most }
consent-while-signed-in = bis Sie sich hier abmelden, höchstens { $most }
consent-scope-unknown = „{ $scope }“ benutzen
scope-read = Ihre Daten sehen
scope-write = Ihre Daten ändern
scope-admin = diesen Server verwalten
scope-openid = sehen, wer Sie sind
scope-profile = Ihren Namen sehen
scope-email = Ihre E-Mail-Adresse sehen
scope-offline_access = den Zugriff behalten, während Sie nicht da sind

app-title = API-Schlüssel für { $app }
app-banner = { $brand } API Key Access for { $app }
app-explained = { $app } bittet um einen API-Schlüssel Ihres Kontos. Damit kann { $app } Ihre Daten sehen und ändern, als Schlüssel „{ $app }“, bis Sie ihn widerrufen. Ein Schlüssel, den die App schon hatte, gilt dann nicht mehr.
app-allow = { $app } einen Schlüssel geben
app-deny = Nicht erlauben
app-sign-in = Anmelden und { $app } einen Schlüssel geben
