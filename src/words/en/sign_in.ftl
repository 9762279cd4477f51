# /login
sign-in-title = Sign in
sign-in-for = Sign in to continue to { $app }
sign-in-self-described = An application at { $host } sent you here. It calls itself “{ $app }”, and nobody here has checked it. Go on only if you know this address and began this yourself.
sign-in-registered-itself = An application sent you here that registered itself. It calls itself “{ $app }”, and nobody here has checked it. Go on only if you began this yourself.
sign-in-name = User name or e-mail address
sign-in-password = Password
sign-in-known = You are signed in as { $name }.
sign-in-continue = Continue
sign-in-expected = { $expected } is expected here, and you are signed in as { $name }. Sign in as { $expected } below.
sign-in-continue-as = Go on as { $name }
sign-in-again = You are signed in as { $name }. What comes next needs your password once more.
sign-in-other = You are signed in as { $name }. Sign in below as whom you choose.
sign-in-else = or sign in as somebody else:
sign-in-missing = Enter your user name or e-mail address, and your password.
sign-in-wrong = The user name or the password is wrong.
sign-in-throttled = Too many failed attempts. Wait a while, then try again.
sign-in-too-late = This page was open for too long. Please sign in again.

# /logout
sign-out-title = Sign out?
sign-out-explained = You are signed in as { $name }. Applications that you allowed only while signed in lose their access.
sign-out-asked = The application { $client } asks you to sign out here, too.
sign-out-all-the-same = You can sign out all the same.
sign-out-stay = Stay signed in
signed-out-title = You are signed out
signed-out-again = Sign in again

# /
home-signed-out = You are signed out

# Between two pages
moving-on-title = Moving on
moving-on-link = Continue
moving-on-explained = if nothing happens.

# /setup
setup-title = Make the first administrator
setup-explained = This account may administer the server. The link works once.
setup-name = User name
setup-email = E-mail address
setup-password = Password
setup-password-help = At least { $count } characters; a short sentence works well.
setup-button = Make the administrator
setup-done-title = { $name } is the first administrator
setup-done-explained = The link does not work any more.
setup-gone = If the first administrator is made, sign in; if not, start the server again for a new link.

# /consent
consent-title = Allow { $app } to use your account?
consent-short = Allow { $app }?
consent-wants = { $app } wants to:
consent-at = At
consent-duration = For how long
consent-answer-to = The answer goes to
consent-this-device = an application on this device
consent-device-warning = The answer goes to a program on this device, and any program here can ask in this name. Allow it only if you have just started this in a program that you trust.
consent-client = Client
consent-registered = registered by the administrator of this server
consent-self-described = describes itself there; nobody here has checked it. Allow it only if you know this address and began this yourself
consent-registered-itself = this application registered itself; nobody here has checked it. Allow it only if you know where the answer goes and began this yourself
consent-who = You are
consent-switch = somebody else?
consent-allow = Allow { $app }
consent-deny = Do not allow
consent-while-used = until it was not used for { $idle }, at most { $most }
consent-while-signed-in = until you sign out here, at most { $most }
consent-remembered = You will not be asked again for this until you disconnect { $app } in your settings.
consent-each-time = You will be asked each time.
consent-papers = Its conditions
consent-scope-unknown = use “{ $scope }”
scope-read = see your data
scope-write = change your data
scope-admin = administer this server
scope-openid = see who you are
scope-profile = see your name
scope-email = see your e-mail address
scope-offline_access = keep this access while you are away

# /app
app-title = API Key Access for { $app }
app-banner = { $brand } API Key Access for { $app }
app-explained = { $app } asks for an API key of your account. With it, { $app } can read and change your data, as the key “{ $app }”, until you revoke that key. A key it had before stops working.
app-nameless = The application that sent you here did not say its name. Begin again there.
app-unusable = The application that sent you here has a name that cannot be used. 1 to 32 letters, digits, spaces and the signs _ . - are possible.
app-not-allowed = The application that sent you here may not ask for keys on this server. Its name is not among those that the administrator allows.
app-allow = Give { $app } a key
app-deny = Do not allow
app-sign-in = Sign in and give { $app } a key
