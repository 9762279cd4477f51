sign-in-forgotten = Passwort vergessen?

register-title = Konto anlegen
register-explained = Geben Sie Ihre E-Mail-Adresse ein. Sie bekommen dorthin einen Link, mit dem Sie einen Benutzernamen und ein Passwort wählen.
register-button = Link senden
register-known = Ich habe ein Konto: anmelden
register-asked-title = Sehen Sie in Ihre Mails
register-asked = Eine Mail ist unterwegs an die Adresse, die Sie eingegeben haben. Öffnen Sie innerhalb von 30 Minuten den Link darin. Wenn keine Mail kommt, sehen Sie bei den unerwünschten nach, oder versuchen Sie es später noch einmal.
register-closed = Konten legt hier die Verwaltung an. Bitten Sie sie um eines.
register-invited-only = Konten gibt es hier auf Einladung. Bitten Sie die Verwaltung um eine.

join-title = Ihr Konto anlegen
join-for = Ihre E-Mail-Adresse ist { $email }.
join-button = Konto anlegen
join-done-title = Ihr Konto ist angelegt
join-done = Sie können sich jetzt anmelden.

forgotten-title = Passwort vergessen?
forgotten-explained = Geben Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein. Sie bekommen per Mail einen Link, mit dem Sie ein neues Passwort wählen.
forgotten-button = Link senden
forgotten-asked-title = Sehen Sie in Ihre Mails
forgotten-asked = Wenn es ein Konto mit diesem Namen gibt, ist eine Mail an seine Adresse unterwegs. Öffnen Sie innerhalb von 30 Minuten den Link darin. Wenn keine Mail kommt, sehen Sie bei den unerwünschten nach, oder versuchen Sie es später noch einmal.
forgotten-no-mail = Dieser Server versendet keine Mails. Bitten Sie die Verwaltung um einen Link, mit dem Sie ein neues Passwort wählen.

reset-title = Neues Passwort wählen
reset-explained = Für das Konto { $name }. Sie werden dabei überall abgemeldet.
reset-password = Neues Passwort
reset-button = Passwort ändern
reset-done-title = Ihr Passwort ist geändert
reset-done = Sie sind überall abgemeldet. Melden Sie sich mit dem neuen Passwort an.

link-gone-title = Dieser Link gilt nicht mehr
link-gone-reset = Er wurde benutzt, ist zu alt, oder es wurde ein neuerer gesendet. Ihr Passwort ist, wie es war: Melden Sie sich damit an, oder bitten Sie um einen neuen Link.
link-gone-register = Er wurde benutzt oder ist älter als 30 Minuten. Wenn Sie Ihr Konto damit angelegt haben, melden Sie sich an; wenn nicht, fordern Sie einen neuen Link an.
link-gone-register-closed = Er wurde benutzt oder ist älter als 30 Minuten. Wenn Sie Ihr Konto damit angelegt haben, melden Sie sich an; wenn nicht, bitten Sie die Verwaltung um eines.
link-gone-invitation = Er wurde benutzt oder ist älter als 7 Tage. Wenn Sie Ihr Konto damit angelegt haben, melden Sie sich an; wenn nicht, fragen Sie, wer Sie eingeladen hat.
link-gone-confirm = Er wurde benutzt, ist älter als 30 Minuten, oder es wurde ein neuerer gesendet.

confirm-title = E-Mail-Adresse bestätigen
confirm-explained = Das Konto { $name } soll die Adresse { $email } bekommen.
confirm-button = { $email } benutzen
confirm-other-title = Dieser Link gehört zu einem anderen Konto
confirm-other = Melden Sie sich hier ab und mit dem Konto an, das diese Adresse angefordert hat, und öffnen Sie den Link noch einmal.
confirm-done-title = Ihre E-Mail-Adresse ist bestätigt
confirm-done = Mails gehen von nun an dorthin, und Sie können sich mit ihr anmelden.

email-title = E-Mail-Adresse ändern
email-now = Ihre Adresse
email-confirmed = bestätigt
email-unconfirmed = nicht bestätigt
email-confirm-this = Um Ihre jetzige Adresse zu bestätigen, geben Sie sie unten ein.
email-explained = Sie bekommen an die Adresse, die Sie eingeben, einen Link. Sie gilt, sobald Sie ihn geöffnet haben; bis dahin ändert sich nichts.
email-new = E-Mail-Adresse
email-password = Ihr Passwort
email-button = Link senden
email-asked = Eine Mail ist unterwegs an diese Adresse. Öffnen Sie innerhalb von 30 Minuten den Link darin.
email-same = Das ist schon Ihre Adresse.
email-no-mail = Dieser Server versendet keine Mails; Ihre Adresse lässt sich deshalb nicht ändern.

fault-username = Geben Sie einen Benutzernamen mit 1 bis 254 Zeichen ein.
fault-username-taken = Diesen Benutzernamen hat schon jemand. Wählen Sie einen anderen.
fault-name-taken = Diesen Benutzernamen oder diese E-Mail-Adresse hat schon jemand. Wählen Sie etwas anderes.
fault-username-colon = Ein Benutzername darf keinen Doppelpunkt enthalten.
fault-username-scripts = Ein Benutzername kann keine Buchstaben verschiedener Schriften mischen, die einander gleichen: etwa lateinische und kyrillische.
fault-username-space = Ein Benutzername darf keine Leerzeichen enthalten.
fault-username-at = Ein Benutzername mit @ muss Ihre eigene E-Mail-Adresse sein.
fault-name-unseen = Hier stehen Zeichen, die niemand sieht. Geben Sie es neu ein.
fault-email = Geben Sie eine E-Mail-Adresse ein, wie name@example.com.
fault-email-syntax = An diese Adresse kann keine E-Mail gesendet werden. Prüfen Sie Punkte und Zeichen und das, was nach dem @ steht.
fault-email-taken = Mit dieser E-Mail-Adresse hat schon jemand ein Konto.
