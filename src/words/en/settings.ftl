# /settings. The headings and buttons are those that the providers' documents name.
settings-account = Account Info & Security
settings-username = User name
settings-email = E-mail address
settings-since = Member since
settings-change-password = Change password
settings-change-email = Change e-mail address
settings-jwt = Generate JWT
settings-delete = Delete account
settings-your-key = Your API Key
settings-your-key-help = Keep it secret. If it is lost or seen by others, regenerate it: the old key stops working at once, and every script that uses it needs the new one.
settings-no-key = You have no API key yet.
settings-keys = API Keys
settings-keys-help = Keys of your account and of your projects, newest first
settings-keys-none = You have no API keys yet. With one, a script can use your account:
settings-barbell = API Key

barbell-explained = The key of the header x-api-auth: your user name, a colon, and 16 characters. An account can have one.
barbell-made = Made
barbell-get = Get My Key
barbell-title = Get your x-api-auth key
barbell-warning = If you replace it, the key that you have stops working at once: update every script that uses it. The old key ends in
barbell-replace = Replace my key
barbell-secret = Your API key
