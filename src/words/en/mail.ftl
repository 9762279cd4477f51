# Mails: plain text, short. A link stands on a line of its own.
mail-footer = { $brand }, { $url }

mail-password-subject = { $brand }: choose a new password
mail-password =
    Hello { $name },

    somebody asked for a new password for your account. Open this link within 30 minutes to choose one:

    { $link }

    If it was not you, do nothing: your password stays as it is.

mail-registration-subject = { $brand }: finish making your account
mail-registration =
    Hello,

    somebody asked for an account with this address. Open this link within 30 minutes to choose a user name and a password:

    { $link }

    If it was not you, do nothing: no account is made.

mail-known-subject = { $brand }: you have an account already
mail-known =
    Hello,

    somebody asked for an account with this address, or wanted to use it for theirs. You have an account with it. Sign in here; if you forgot the password, you can ask for a new one there:

    { $link }

    If it was not you, do nothing: nothing has changed.

mail-email-subject = { $brand }: confirm your new e-mail address
mail-email =
    Hello,

    somebody wants to use this address for their account. If it is you, sign in, open this link within 30 minutes and confirm it:

    { $link }

    If it was not you, do nothing.

mail-invitation-subject = { $brand }: you are invited
mail-invitation =
    Hello,

    you are invited to make an account at { $brand }. Open this link within 7 days to choose a user name and a password:

    { $link }

    If you do not want to, do nothing: no account is made.

mail-password-changed-subject = { $brand }: your password was changed
mail-password-changed =
    Hello { $name },

    the password of your account was changed. If it was you, all is well.

    If it was not you, ask for a new password on the sign-in page now, and tell the administrator.

mail-password-keys =
    Hello { $name },

    the password of your account was changed, and all your API keys were ended with it, those you made in projects too. If it was you, make new keys for the scripts that used them:

    { $link }

    If it was not you, ask for a new password on the sign-in page now, and tell the administrator.

mail-email-asked-subject = { $brand }: another e-mail address was asked for
mail-email-asked =
    Hello { $name },

    somebody who knows your password wants another e-mail address for your account: { $what }. It counts once it is confirmed there. If it was you, all is well.

    If it was not you, change your password now: the link that was sent there then does nothing.

mail-email-changed-subject = { $brand }: your e-mail address was changed
mail-email-changed =
    Hello { $name },

    your account has another e-mail address now: { $what }. Mails go there from now on. If it was you, all is well.

    If it was not you, tell the administrator now.

mail-key-made-subject = { $brand }: you have a new API key
mail-key-made =
    Hello { $name },

    the API key { $hint } was made for you. If it was you, all is well.

    If it was not you, revoke it and change your password now:

    { $link }

    At most ten such mails come at once, then none for an hour. Your activity there lists everything.

mail-key-replaced-subject = { $brand }: one of your API keys has a new secret
mail-key-replaced =
    Hello { $name },

    one of your API keys has a new secret, and is { $hint } now. If it was you, all is well.

    If it was not you, revoke it and change your password now:

    { $link }

    At most ten such mails come at once, then none for an hour. Your activity there lists everything.

mail-key-changed-subject = { $brand }: one of your API keys may do more
mail-key-changed =
    Hello { $name },

    your API key { $hint } was changed: it may do more than before, or the same more often, for longer or from more places. If it was you, all is well.

    If it was not you, revoke it and change your password now:

    { $link }

    At most ten such mails come at once, then none for an hour. Your activity there lists everything.

mail-key-revealed-subject = { $brand }: one of your API keys was shown again
mail-key-revealed =
    Hello { $name },

    the secret of your API key { $hint } was shown again to somebody who knows your password. If it was you, all is well.

    If it was not you, revoke it and change your password now:

    { $link }

    At most ten such mails come at once, then none for an hour. Your activity there lists everything.

mail-key-revoked-subject = { $brand }: one of your API keys was revoked
mail-key-revoked =
    Hello { $name },

    somebody else revoked your API key { $hint }: an administrator, or another member of its project. It does not work any more.

    If you still need one, make a new one:

    { $link }

    At most ten such mails come at once, then none for an hour. Your activity there lists everything.

mail-key-leaked-subject = { $brand }: one of your API keys was found in the open
mail-key-leaked =
    Hello { $name },

    somebody found your API key { $hint } where others can read it, and reported it. The key does not work any more.

    Make a new key for the scripts that used it, take the old one out of where it was found, and look at the activity of your account:

    { $link }

    At most ten such mails come at once, then none for an hour. Your activity there lists everything.

mail-account-deleted-subject = { $brand }: your account was deleted
mail-account-deleted =
    Hello { $name },

    your account was deleted, with its keys and sign-ins. If it was you, all is well.

    If it was not you, tell the administrator now.

mail-link-made-subject = { $brand }: a link to set your password was made
mail-link-made =
    Hello { $name },

    an administrator made a link by which a new password can be set for your account, to hand it to you.

    If you did not ask for one, tell the administrator.
