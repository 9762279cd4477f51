# /admin: dense but calm; for those who run the server
admin-health = Health
admin-users = Users
admin-clients = Clients
admin-keys = API keys
admin-sessions = Sign-ins
admin-signing-keys = Signing keys
admin-limits = Rate limits
admin-audit = Audit log

# What several of them say
admin-all = All
admin-show = Show
admin-find = Search
admin-clear = Show all
admin-choose = Choose
admin-state = State
admin-name = Name
admin-id = Id
admin-scopes = Scopes
admin-facts = Facts
admin-actions = Actions
admin-history = History in the audit log
admin-history-column = History
admin-history-of = History of { $name } in the audit log
admin-when = When
admin-never = never
admin-limit = Requests an hour
admin-enabled = on
admin-disabled = off
admin-enabled-ones = Switched on
admin-disabled-ones = Switched off
admin-choose-fewer = You chose more than 50 at once, and nothing was done. Go back and choose fewer.
admin-found = { $count ->
    [0] Nothing found
    [one] 1 row
   *[other] { $count } rows
}
admin-limited-ones = With a limit of their own
admin-filter-unknown = Nothing is called this. Check how it is written.
admin-disable = Switch off { $name }?
admin-disable-button = Switch off { $name }
admin-enable = Switch on { $name }?
admin-enable-button = Switch on { $name }
admin-delete = Delete { $name }?
admin-delete-button = Delete { $name }
admin-done-saved = The changes are saved.
admin-done-disabled = Switched off. What was issued before does not work any more.
admin-done-enabled = Switched on.
admin-done-administrator = This person administers the server now.
admin-done-no-administrator = This person administers the server no more.
admin-done-signed-out = Signed out everywhere.
admin-done-deleted = Deleted. What was issued before does not work any more.
admin-done-revoked = Revoked. It is refused everywhere.
admin-done-rotated = The next signing keys are made, and sign as soon as everybody can know them.
admin-done-ended = The sign-in is ended.

# /admin
admin-health-ready = Ready: this server answers requests.
admin-health-stopping = Not ready: this server is starting or stopping.
admin-health-unheard = Not ready: the database was not heard in time, so every credential is answered with 503.
admin-health-node = This server
admin-health-version = Version
admin-health-database = Database
admin-health-latency = answers in { $time }
admin-health-schema = Schema
admin-health-connections = Database connections in use
admin-health-writes = Writes that wait
admin-health-passwords = Passwords that wait to be checked
admin-health-cached = Credentials kept in memory
admin-health-hits = Answered from memory
admin-health-near = Near their rate limit
admin-health-near-help = Who used 80 % or more of what they may ask in an hour, as this server counts.
admin-health-near-none = Nobody is near a limit.
admin-health-whose = Whose
admin-health-what = What is counted
admin-health-used = Used
admin-signing-keys-all = All signing keys

# /admin/users
admin-administrator = Administrator
admin-administrators = Administrators
admin-administrator-help = May do everything on these pages.
admin-users-find = User name or e-mail address begins with
admin-users-none = Nobody fits.
admin-users-caption = By user name
admin-disable-chosen = Switch off the chosen ones…
admin-disable-many = { $count ->
    [one] Switch off 1 account?
   *[other] Switch off { $count } accounts?
}
admin-disable-many-explained = They are signed out everywhere, and their keys stop working at once. You can switch them on again.
admin-disable-many-button = { $count ->
    [one] Switch off 1 account
   *[other] Switch off { $count } accounts
}
admin-disable-nobody = Nobody was chosen: tick a box in front of each account first.
admin-disable-explained = { $name } is signed out everywhere, and every key and token stops working at once. You can switch the account on again.
admin-enable-explained = { $name } can sign in again, and keys that were not revoked work again.
admin-promote = Make { $name } an administrator?
admin-promote-button = Make { $name } an administrator
admin-promote-explained = { $name } may then do everything on these pages.
admin-demote = Take administration away from { $name }?
admin-demote-button = Take administration away from { $name }
admin-demote-explained = { $name } keeps the account, and cannot open these pages any more.
admin-sign-out = Sign out { $name } everywhere?
admin-sign-out-button = Sign out { $name } everywhere
admin-sign-out-explained = Every browser, script and app of { $name } has to sign in again. API keys stay.
admin-disable-many-oneself = Your own account is among them. Leave it out: nothing was switched off.
admin-last-administrator = This is the last administrator. Make somebody else one first.
admin-user-new = Add a user
admin-user-new-button = Add the user
admin-user-new-explained = The account has no password yet. You are shown a link once, by which its owner sets one within a day.
admin-user-made = The account { $name } is made
admin-user-made-explained = Hand this link to its owner in a safe way: whoever has it sets the password. It is not shown again.
admin-user-no-keys = No API keys.
admin-user-all-keys = All keys of this person
admin-user-no-sessions = Signed in nowhere.
admin-user-all-sessions = All sign-ins of this person

# /admin/keys
admin-a-key = API key
admin-a-project = Project
admin-keys-find = Name begins with, or hint
admin-keys-none = No key fits.
admin-keys-empty = There are no API keys yet.
admin-keys-caption = Newest first
admin-key-title = API key { $name }
admin-key-hint = Hint
admin-key-owner = Owner
admin-key-used = Last used
admin-key-made = Created
admin-key-ends = Expires
admin-key-networks = Usable from
admin-key-active = active
admin-key-disabled = off
admin-key-expired = expired
admin-key-revoked = revoked
admin-revoke = Revoke the key { $name } of { $owner }?
admin-revoke-button = Revoke { $name }
admin-revoke-explained = The key { $name } of { $owner } stops working at once, for good. Its owner sees it as revoked.

# /admin/sessions
admin-sessions-none = Nobody is signed in here.
admin-sessions-caption = Newest first
admin-session-who = Who
admin-session-how = How
admin-session-where = From
admin-session-since = Since
admin-session-end = Sign out { $name }
admin-session-ends = Ends
admin-session-browser = Browser
admin-session-login = Script or web app of ours
admin-session-app = App

# /admin/clients
admin-client-new = Register a client
admin-client-new-button = Register the client
admin-clients-find = Name or id contains
admin-clients-none = No client fits.
admin-clients-empty = There are no clients yet.
admin-clients-caption = By id
admin-client-id = Client id
admin-client-id-help = Left empty, a random one is made. It cannot be changed later.
admin-client-kind = Kind of application
admin-client-since = Registered
admin-client-grants = Grants
admin-client-change = Change it
admin-client-more = More
admin-client-name-help = People see it when they are asked to allow the application.
admin-client-web = Web application with a server
admin-client-web-help = It keeps a secret on its server. People sign in with it in their browser.
admin-client-public = App in a browser, on a phone or a computer
admin-client-public-help = It can keep no secret, so it gets none. People sign in with it.
admin-client-service = Service without people
admin-client-service-help = It acts in its own name, with its id and secret. Nobody signs in.
admin-client-api = API that checks tokens
admin-client-redirects = Where answers go (redirect URIs)
admin-client-redirects-help = One in each line, compared letter for letter. A service needs none.
admin-client-scopes = What it may ask for
admin-client-scopes-help = People are asked before it gets any of this.
admin-client-more-scopes = Other scopes
admin-client-more-scopes-help = Names of scopes of your API, separated by spaces.
admin-client-more-scopes-all = All scopes, with what people read of them
admin-client-resource-server = It is an API that asks us about tokens
admin-client-resource-server-help = It may look tokens up that are meant for its resources.
admin-client-resources = Its resources
admin-client-resources-help = The URIs it answers for, one in each line.
admin-client-resource-description = What this API is
admin-client-resource-description-help = One line. People read it when they are asked to allow an application to use the API.
admin-client-limit-help = Of its tokens, for each person. Left empty, as many as for every client.
admin-client-limit-wrong = Write a number, or leave it empty.
admin-client-no-pkce = It cannot use PKCE
admin-client-no-pkce-help = Only for old software: a stolen code is then of more use to a thief.
admin-client-taken = This client id is taken: choose another.
admin-client-made = { $name } is ready
admin-client-secret = Client secret
admin-client-secret-explained = Put this secret where the application keeps its configuration. It is not shown again.
admin-client-no-secret = It is an application that can keep no secret, so it has none.
admin-client-disable-explained = { $name } is refused everywhere and loses what it was granted. You can switch it on again; people then have to sign in with it anew.
admin-client-enable-explained = { $name } may ask for tokens again.
admin-client-rotate = Replace the secret of { $name }?
admin-client-rotate-button = Replace the secret of { $name }
admin-client-rotate-explained = You are shown a new secret. The old one stops working at once, or goes on for a while so that you can change the configuration first.
admin-client-delete-explained = { $name } and everything granted to it are removed for good. Nobody can sign in with it any more.
admin-client-type = To delete it, type its id: { $id }
admin-client-typed-wrong = This is not its id.

# /admin/signing-keys
admin-signing-caption = Access tokens are signed by the active key of their algorithm
admin-signing-kid = Key id
admin-signing-algorithm = Algorithm
admin-signing-since = Signs from
admin-signing-until = Ends
admin-signing-next = next
admin-signing-active = active
admin-signing-retired = retired
admin-signing-revoked = revoked
admin-signing-rotate = Make the next signing keys?
admin-signing-rotate-button = Rotate the signing keys
admin-signing-rotate-explained = The next key of each algorithm is made and published now. It signs 10 minutes later, when everybody who checks tokens can know it. Nobody is signed out.
admin-signing-revoke = Revoke the signing key { $kid }?
admin-signing-revoke-button = Revoke the signing key { $kid }
admin-signing-revoke-short = Revoke…
admin-signing-revoke-explained = Only if somebody else may have it. Every token it signed is refused at once; apps get new ones by themselves. If it signs now, a new key takes its place.

# /admin/limits
admin-limits-classes = For everybody
admin-limits-classes-help = Requests an hour for each person, by the credential they use. The configuration file sets them.
admin-limits-api-key = API keys
admin-limits-oauth = Tokens of apps
admin-limits-jwt = Tokens of sign-ins
admin-limits-clients = Clients with a limit of their own
admin-limits-clients-none = No client has one.
admin-limits-keys = API keys with a limit of their own
admin-limits-keys-none = No API key has one.

# /admin/audit
admin-audit-kind = What happened
admin-audit-user = User name, e-mail address or id
admin-audit-client = Client id
admin-audit-key = Id of a key
admin-audit-project = Id of a project
admin-audit-from = From
admin-audit-to = To
admin-audit-none = Nothing fits.
admin-audit-caption = Newest first, by days in UTC
admin-audit-what = What
admin-audit-about = About
admin-audit-by = By whom

# Links that are handed out
admin-link = Make a link for { $name } to set a new password?
admin-link-button = Make a password link for { $name }
admin-link-explained = Whoever opens the link sets a new password for { $name }. It works once; an earlier one stops working.
admin-link-made = The link is made
admin-link-label = Link
admin-link-mailed = It was sent by mail. You can hand it on yourself, too; it is not shown again.
admin-link-hand-on = Hand it on in a safe way: whoever has it can sign in. It is not shown again.
admin-link-ends = It works once, and ends
admin-invite = Invite somebody
admin-invite-button = Invite
admin-invite-help = Whoever has the link chooses a name and a password.
admin-health-mails = Mails that wait
admin-health-mails-given-up = Mails given up since the start
admin-health-logouts = Applications to be told that a session ended
admin-client-id-wrong = Use letters, digits, '.', '_', '~' and '-' only.
admin-client-changed = The client was changed meanwhile. What you typed is kept: compare it with what is there now before you save it.
admin-client-device = TV, command line or another device
admin-client-device-help = It shows a code, and people allow it in a browser elsewhere. It gets no secret.
admin-client-grants-help = The ways in which it may get a token. An API that only checks tokens needs none.
admin-projects = Projects
admin-projects-title = All projects
admin-projects-find = Name contains
admin-projects-none = No project fits.
admin-projects-empty = There are no projects yet.
admin-projects-caption = Newest first
admin-project-owners = Owners
admin-project-title = Project { $name }
admin-project-members = Members
admin-project-no-members = Nobody is in it.
admin-project-all-keys = All keys of this project
admin-project-delete-explained = { $name } is removed for good, for all its members. Its keys stop working at once.
admin-project-type = To delete it, type its name: { $name }
admin-audit-signing-key = Id of a signing key
admin-audit-scope = Name of a scope
admin-health-rate = { $rate } of { $all } credentials since the start
admin-health-rate-none = Nothing was asked since the start.
admin-done-old-secret = The old secret does not work any more.
admin-client-end-old = End the old secret of { $name }?
admin-client-end-old-button = End the old secret of { $name }
admin-client-end-old-explained = The secret before the last one stops working at once. What still uses it is refused.
admin-client-old-secret = Old secret
admin-client-old-secret-until = ends
admin-client-overlap = The old secret works
admin-client-overlap-until = The old secret ends
admin-client-rotate-older = Two secrets work now. The older one stops working at once, whatever you choose; otherwise it ends
admin-client-confidential = With a secret
admin-client-confidential-help = It runs on a server of its own, where nobody else reads its configuration.
admin-client-without-secret = Without a secret
admin-client-without-secret-help = It runs where its users can read it: in a browser, on a phone, a computer or a TV.
admin-client-type-help = A change ends everything that was granted to it, and makes or removes its secret.
admin-client-can-secret = Can it keep a secret?
admin-client-auth = How it proves who it is
admin-client-auth-help = Only for a confidential client. Leave it at either way if you are not sure.
admin-client-auth-any = By its secret, sent either way
admin-client-auth-basic = In the header Authorization (client_secret_basic)
admin-client-auth-post = In the form (client_secret_post)
admin-client-auth-key = By a key of its own, without a secret (private_key_jwt)
admin-grant-code = People sign in with it in their browser.
admin-grant-refresh = It stays signed in without asking again.
admin-grant-client = It acts in its own name, with its secret.
admin-grant-device = It shows a code, and people allow it elsewhere.
admin-grant-exchange = It exchanges tokens and API keys for narrower tokens.

admin-scopes-explained = What people can be asked for and can give to their keys, beside what is built in: read, write, admin and the scopes of OpenID Connect.
admin-scopes-none = Your API has no scopes of its own yet.
admin-scopes-caption = By name
admin-scope-title = Scope { $name }
admin-scope-new = Register a scope
admin-scope-new-button = Register the scope
admin-scope-save = Save
admin-scope-name-help = As applications ask for it, for instance files:list. It cannot be changed later.
admin-scope-description = Description
admin-scope-description-help = What it lets its holder do, as people read it after “this application wants to”: list your files. Whoever reads another language than those below reads this.
admin-scope-in-en = In English, if the description is not
admin-scope-in-de = In German
admin-scope-for-anybody = Any application may ask for it
admin-scope-for-anybody-help = Also one that registers or describes itself, and that nobody has looked at. People are asked before it gets it.
admin-scope-taken = There is a scope of this name already.
admin-scope-built-in = This name is built in. Choose another one.
admin-scope-fault-name = A name has 1 to 100 letters, digits and signs, without spaces, quotes, backslashes and accents.
admin-scope-fault-description = Write one line of 1 to 200 characters.
admin-scope-fault-unseen = Write it in characters that are seen.
admin-scope-declared = in the configuration
admin-scope-declared-explained = The setting scopes names it too: it exists as long as it stands there. What is written here is read instead of the description there.
admin-scope-remove = Remove the scope { $name }?
admin-scope-remove-button = Remove { $name }
admin-scope-remove-declared = The setting scopes names it too, so it goes on existing. People read the description there from now on.
admin-scope-remove-no-client = No application may ask for it.
admin-scope-remove-clients = These applications may not ask for it any more:
admin-scope-remove-no-key = No key has it.
admin-scope-remove-keys = { $count ->
    [one] One key has it, and keeps it until it is changed or ends:
   *[other] { $count } keys have it, and keep it until they are changed or end. The oldest are:
  }
admin-scope-remove-tokens = Access tokens that have it keep it until they end, within the hour. Renewed ones have it no more.
admin-done-scope-removed = The scope is removed. Nobody can ask for it any more.

# /admin/registration-tokens
admin-token = Token
admin-tokens = Registration tokens
admin-tokens-explained = Whoever has such a token (an initial access token, RFC 7591) can register as many clients as it has uses, without you. Those are marked as checked by nobody.
admin-tokens-closed = They count once the setting dynamic_registration is token or open.
admin-tokens-none = There are none yet.
admin-tokens-caption = Newest first; those that ended stay for 30 days
admin-token-used = Used
admin-token-used-of = { $used } of { $uses }
admin-token-used-up = used up
admin-token-uses = Clients it may register
admin-token-uses-help = 1 to 10000.
admin-token-uses-wrong = Write a number from 1 to 10000.
admin-token-life = It works for
admin-token-new = Make a registration token
admin-token-new-button = Make the token
admin-token-new-explained = You are shown it once. Hand it to whoever is to register clients, in a safe way.
admin-token-made = The registration token is made
admin-token-made-explained = Whoever has it registers clients with it, at /oauth/register. It is not shown again.
admin-token-revoke = Revoke the registration token { $id }?
admin-token-revoke-button = Revoke { $id }
admin-token-revoke-explained = Nobody can register clients with it any more. Those that were registered stay.
