# What more than one page says. Plain words, no exclamation marks; buttons are verbs.

time-now = just now
time-minutes = { $count } { $count ->
    [one] minute
   *[other] minutes
}
time-seconds = { $count } { $count ->
    [one] second
   *[other] seconds
}
time-hours = { $count } { $count ->
    [one] hour
   *[other] hours
}
time-days = { $count } { $count ->
    [one] day
   *[other] days
}
time-minutes-ago = { time-minutes } ago
time-hours-ago = { time-hours } ago
time-days-ago = { time-days } ago
time-minutes-ahead = in { time-minutes }
time-hours-ahead = in { time-hours }
time-days-ahead = in { time-days }
time-exact = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }, { $clock } UTC

# The frame of every page
skip-to-content = Skip to the content
sections = Sections
section-settings = Settings
section-sessions = Sign-ins and devices
section-apps = Connected apps
section-activity = Activity
section-projects = Projects
section-docs = API documentation
section-administration = Administration
sign-in = Sign in
sign-out = Sign out
signed-in-as = Signed in as { $name }
to-start = Go to the start page
working = Working…
copy = Copy
copied = Copied
copy-failed = It could not be copied: it is selected, copy it with the keyboard
show-password = Show password
hide-password = Hide password
cancel = Cancel
saved-it = I have saved it
back = Back
save = Save changes
faults-title = Please look at this
more = Show more

# What is wrong with a field
fault-required = Fill this in.
fault-password = The password is wrong.
# In the summary of what is wrong
fault-of-field = { $field }: { $fault }
fault-form = The form did not arrive whole, and nothing was done. Go back, reload the page and send it again.
fault-address = This address says something that its page does not know. Open the page anew from the list of sections.
fault-too-late = This page was open for too long. What you typed is kept: send it again.
fault-sent-already = This form was sent already. Look whether it did what you wanted before you send it again.
fault-sent-title = This was sent already
fault-sent-list = Look at “{ $name }”
fault-other-person = You are signed in as { $name } now; this form was opened before that. Nothing was done, and what was typed is not kept.
fault-prove-again = Your password was typed too long ago, and nothing was done. Sign in again in another tab, then send this page: what you typed is kept.
fault-prove-again-button = Sign in again

fault-account-gone = There is no such account any more.
failure-signed_out = This is not allowed to you, or not any more. Sign in again if you think it should be.
failure-rate_limit_exceeded = There were too many failed attempts. Wait a while, then try again.
