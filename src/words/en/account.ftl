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
