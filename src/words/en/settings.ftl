# /settings. The headings are those that the providers' documents name.
settings-account = Account Info & Security
settings-username = User name
settings-email = E-mail address
settings-since = Member since
