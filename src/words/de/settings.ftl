settings-account = Konto und Sicherheit
settings-username = Benutzername
settings-email = E-Mail-Adresse
settings-since = Dabei seit
