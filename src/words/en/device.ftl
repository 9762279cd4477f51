# /device
device-title = Connect a device
device-explained = Enter the code that your device or program shows you.
device-code = Code
device-code-help = Eight letters. Capitals, spaces and dashes make no difference.
device-continue = Continue
device-unknown = This code does not work. Compare it with the one that the device shows; codes end after ten minutes, and each works once.
device-throttled = Too many codes that do not work. Wait a while, then try again.
device-warning = Only go on if you started this on a device in front of you, and it shows { $code }. Somebody who sent you this code or this address could use your account.
device-unchecked = Nobody here has checked { $app }: it described itself. Its name may be wrong.
device-asked-from = Asked from
device-nothing = { $app } asks for what your account cannot give.
device-allowed = The device is connected
device-allowed-explained = You can go back to your device. It goes on by itself within a few seconds.
device-denied = The device is not connected
device-denied-explained = You can go back to your device. Nothing was allowed.
