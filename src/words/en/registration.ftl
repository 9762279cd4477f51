# Links to these pages
sign-in-forgotten = Forgotten your password?

# /register
register-title = Make an account
register-explained = Enter your e-mail address. You get a link there by which you choose a user name and a password.
register-button = Send me the link
register-known = I have an account: sign in
register-asked-title = Look into your mail
register-asked = A mail is on its way to the address you gave. Open the link in it within 30 minutes. If no mail comes, look among the unwanted ones, or try again in a while.
register-closed = Accounts are made by the administrator here. Ask them for one.
register-invited-only = Accounts are made by invitation here. Ask the administrator for one.

# /register?token=… and /invitation?token=…
join-title = Make your account
join-for = Your e-mail address is { $email }.
join-button = Make my account
join-done-title = Your account is made
join-done = You can sign in now.

# /forgotten-password
forgotten-title = Forgotten your password?
forgotten-explained = Enter your user name or your e-mail address. You get a link by mail by which you choose a new password.
forgotten-button = Send me a link
forgotten-asked-title = Look into your mail
forgotten-asked = If there is an account of this name, a mail is on its way to its address. Open the link in it within 30 minutes. If no mail comes, look among the unwanted ones, or try again in a while.
forgotten-no-mail = This server sends no mail. Ask the administrator for a link by which you choose a new password.

# /reset-password
reset-title = Choose a new password
reset-explained = For the account { $name }. You are signed out everywhere then.
reset-password = New password
reset-button = Change password
reset-done-title = Your password is changed
reset-done = You are signed out everywhere. Sign in with the new password.

# Links that do not work any more
link-gone-title = This link does not work any more
link-gone-reset = It was used, is older than it may be, or a newer one was sent. Your password is as it was: sign in with it, or ask for a new link.
link-gone-register = It was used, or is older than 30 minutes. If you made your account with it, sign in; if not, ask for a new link.
link-gone-register-closed = It was used, or is older than 30 minutes. If you made your account with it, sign in; if not, ask the administrator for an account.
link-gone-invitation = It was used, or is older than 7 days. If you made your account with it, sign in; if not, ask whoever invited you.
link-gone-confirm = It was used, is older than 30 minutes, or a newer one was sent.

# /confirm
confirm-title = Confirm your e-mail address
confirm-explained = The account { $name } is to have the address { $email }.
confirm-button = Use { $email }
confirm-other-title = This link belongs to another account
confirm-other = Sign out here, sign in with the account that asked for this address, and open the link again.
confirm-done-title = Your e-mail address is confirmed
confirm-done = Mails go there from now on, and you can sign in with it.

# /settings/email
email-title = Change e-mail address
email-now = Your address
email-confirmed = confirmed
email-unconfirmed = not confirmed
email-confirm-this = To confirm the address that you have, enter it below.
email-explained = You get a link at the address that you enter. It counts once you have opened the link; until then nothing changes.
email-new = E-mail address
email-password = Your password
email-button = Send the link
email-asked = A mail is on its way to that address. Open the link in it within 30 minutes.
email-same = This is your address already.
email-no-mail = This server sends no mail, so your address cannot be changed.

# What is wrong with a name
fault-username = Enter a user name of 1 to 254 characters.
fault-username-taken = Somebody has this user name. Choose another.
fault-name-taken = Somebody has this user name or this e-mail address. Choose another.
fault-username-colon = A user name cannot contain a colon.
fault-username-scripts = A user name cannot mix letters of several scripts, which look alike: Latin with Cyrillic, for instance.
fault-username-space = A user name cannot contain spaces.
fault-username-at = A user name with an @ must be your own e-mail address.
fault-name-unseen = This contains characters that nobody can see. Type it anew.
fault-email = Enter an e-mail address, like name@example.com.
fault-email-syntax = No mail can be sent to this address. Look at its dots and signs, and at what is after the @.
fault-email-taken = Somebody has an account with this e-mail address.
