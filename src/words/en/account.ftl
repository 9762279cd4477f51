# A new password, wherever one is set
password-too-short = The password must have at least { $count } characters; a short sentence works well.
password-too-long = The password must have at most { $count } characters.
password-common = Many people have this password, or one like it.
password-own = This password is made of your own name or address, or of the name of this site.
password-repeats = This password says the same again and again.
password-sequence = This password follows the alphabet or counts.
password-keyboard = This password follows the keys of a keyboard.
password-names = This password is made of names.
password-dates = This password is made of dates.
password-words = This password has too few words.
password-advice = Others would guess it: take some words that do not belong together.

# /settings/password
password-title = Change your password
password-current = Current password
password-new = New password
password-same = This is the password you have. Choose another.
password-elsewhere = Sign out everywhere else
password-elsewhere-help = Other browsers, scripts that signed in with your password, and connected apps.
password-keys = Also end all my API keys
password-keys-help = Those of your account, of apps, of the command line and for x-api-auth, and those you made in projects: whoever knew your password may have them. What uses them needs new ones. Without this they go on working.
password-keys-elsewhere = Ending them signs you out everywhere else, too: what is signed in there could make new ones.
password-button = Change password
password-done = Your password is changed. This browser stays signed in.

# /settings/sessions
session-caption = What you are signed in with now, newest first
session-device = Device
session-address = Address
session-since = Since
session-until = Ends
session-used = Last used
session-now = now
session-actions = Actions
session-this = this browser
session-login = A script or a generated JWT
session-end = Sign out { $name }
session-done-ended = It is signed out.
session-done-elsewhere = You are signed out everywhere else.
session-elsewhere = Everywhere else
session-elsewhere-explained = Ends every sign-in but this one at once: other browsers, scripts that signed in with your password, and connected apps. API keys go on working.
session-elsewhere-title = Sign out everywhere else?
session-elsewhere-button = Sign out everywhere else
browser-on = { $browser } on { $system }
browser-some = A browser on { $system }
browser-unknown = An unknown browser

# /settings/apps
connected-none = No app has access to your account. One that you allow shows up here.
connected-to-settings = To your account
connected-may = It may:
connected-at = At
connected-since = Allowed since
connected-until = Access ends
connected-asks-again = It has no access now, and asks you before it gets any.
connected-device = Let a device in with the code it shows
connected-not-now = It has no access now, but gets it without asking you again.
connected-disconnect = Disconnect { $app }
connected-ask = Disconnect { $app }?
connected-explained = { $app } loses its access to your account at once. To get it again, it has to ask you.
connected-done = The app is disconnected.

# /settings/activity
activity-kind = What
activity-all = Everything
activity-show = Show
activity-show-all = Show everything
activity-none = Nothing of this kind happened.
activity-caption = What happened to your account, newest first
activity-what = What
activity-when = When
activity-from = From
activity-more = Details

kind-login_succeeded = Signed in
kind-login_failed = Failed sign-in
kind-session_ended = Signed out
kind-backchannel_logout_failed = An application could not be told of a sign-out
kind-grant_revoked = Access of a sign-in or an app ended
kind-token_revoked = Access token revoked
kind-code_replayed = Authorization code used twice
kind-refresh_token_replayed = Refresh token used twice
kind-consent_granted = App allowed
kind-consent_revoked = App disconnected
kind-jwt_generated = JWT generated
kind-token_exchanged = Token exchanged for a narrower one
kind-device_allowed = Device allowed
kind-device_denied = Device denied
kind-user_created = Account made
kind-user_invited = Account invited
kind-user_disabled = Account switched off
kind-user_enabled = Account switched on
kind-user_deleted = Account deleted
kind-user_signed_out = Signed out everywhere by an administrator
kind-administrator_made = Made an administrator
kind-administrator_unmade = No administrator any more
kind-password_set = Password set
kind-password_link_made = Link for a new password made
kind-email_change_asked = Another e-mail address asked for
kind-email_changed = E-mail address changed
kind-client_created = Client made
kind-client_updated = Client changed
kind-client_deleted = Client deleted
kind-registration_token_created = Initial access token made
kind-registration_token_revoked = Initial access token revoked
kind-client_disabled = Client switched off
kind-client_enabled = Client switched on
kind-client_secret_replaced = Client secret replaced
kind-client_secret_rotated = Client secret replaced with an overlap
kind-client_previous_secret_ended = Old client secret ended
kind-scope_created = Scope registered
kind-scope_updated = Scope changed
kind-scope_removed = Scope removed
kind-signing_key_created = Signing key made
kind-signing_key_revoked = Signing key revoked
kind-signing_key_removed = Signing key removed
kind-plain_http_refused = Credential refused that was sent without encryption
kind-key_created = API key made
kind-key_updated = API key changed
kind-key_deleted = API key revoked and removed
kind-key_regenerated = API key regenerated
kind-key_rotated = API key rotated
kind-key_disabled = API key switched off
kind-key_enabled = API key switched on
kind-key_revealed = API key shown again
kind-key_leaked = API key reported as leaked
kind-key_revoked = API key revoked
kind-project_created = Project made
kind-project_updated = Project changed
kind-project_deleted = Project deleted
kind-member_added = Added to a project
kind-member_changed = Role in a project changed
kind-member_removed = Removed from a project

# /settings/jwt
jwt-title = Generate JWT
jwt-explained = A JWT lets a script of yours use this server as you, for { $lifetime }. It is shown once. For longer, use an API key.
jwt-may = It may
jwt-nothing = Choose what it may do.
jwt-made = Your JWT
jwt-once = Copy it now: it is not shown again.
jwt-label = JWT
jwt-until = Ends
jwt-scope = Allows
jwt-use = Use it as a bearer token:
jwt-end = It is in the list of sign-ins, where you can end it sooner.

# /settings/delete
delete-title = Delete your account
delete-ask = Delete the account { $name }?
delete-last-administrator = You are the only administrator. Make somebody else one first.
delete-only-owner = You are the only owner of these projects, which have other members. Make somebody else an owner, or delete them:
delete-goes = What goes, at once and for good
delete-goes-account = Your account, with your name and e-mail address.
delete-goes-keys = Your API keys: scripts that use them stop working.
delete-goes-sessions = Your sign-ins, and the access of connected apps.
delete-goes-project = The project { $name }, which nobody else is in, with its keys.
delete-leaves-project = Your place in the project { $name }, and the keys you made for it.
delete-more-orphaned = { $count ->
    [one] And one more project.
   *[other] And { $count } more projects.
}
delete-more-gone = { $count ->
    [one] And one more project that nobody else is in, with its keys.
   *[other] And { $count } more projects that nobody else is in, with their keys.
}
delete-more-left = { $count ->
    [one] And your place in one more project.
   *[other] And your place in { $count } more projects.
}
delete-stays = What stays
delete-stays-audit = The audit trail: what happened, when, and from which address.
delete-type-name = Your user name
delete-type-help = Type { $name } to confirm.
delete-wrong-name = This is not your user name. Type { $name }.
delete-button = Delete { $name }
deleted-title = Your account is deleted
deleted-explained = Its keys, sign-ins and apps have stopped working.

by-operator = by the command line
by-server = by the server itself
by-person = by { $name }
by-app = by { $name } through { $through }
by-key = by { $name } with the key { $through }
by-client = by the app { $name }
by-link = by a link
by-stranger = by somebody unknown

# What the audit trail says more of an event
detail-by-mail = by mail
detail-invitation = by an invitation
detail-registration = by registering
detail-first-administrator = the first administrator
detail-for-command-line = for the command-line client
detail-for-barbell = for x-api-auth
detail-handed-to = handed to the app { $name }
detail-asked-from = asked for from { $name }
detail-registered-itself = it registered itself
detail-registered-by-token = it registered itself with the token { $name }
detail-described-itself = it describes itself
detail-unused = unused: it made room for another
