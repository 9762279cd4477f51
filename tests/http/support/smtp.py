"""A real SMTP server for the tests: each mail it takes becomes a file. Arguments: folder, port; and for TLS: `tls` (from the first
byte) or `starttls` (demanded before anything else), certificate, key."""

import email
import email.policy
import json
import os
import ssl
import sys
import threading

from aiosmtpd.controller import Controller

folder, port = sys.argv[1], int(sys.argv[2])
how = sys.argv[3] if len(sys.argv) > 3 else "plain"
protection = {}
if how != "plain":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
    if how == "tls":
        protection = {"ssl_context": context}
    else:
        protection = {"tls_context": context, "require_starttls": True}


class Keep:
    count = 0

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        found = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): value for name, value in mail.items()},
            "body": mail.get_content(),
            "tls": session.ssl is not None or how == "tls",
        }
        if any(address.startswith("disliked-here@") for address in envelope.rcpt_tos):
            return "554 this looks like spam"
        self.count += 1
        name = os.path.join(folder, f"{self.count:04}.json")
        with open(name + ".part", "w", encoding="utf-8") as file:
            json.dump(found, file)
        os.rename(name + ".part", name)
        return "250 kept"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody-here@"):
            return "550 nobody here"
        if address.startswith("refused-here@"):
            return "554 your host is refused"
        if address.startswith("overfull-here@"):
            return "552 full"
        if address.startswith("strange-here@"):
            return "553 no such name"
        if address.startswith("full-here@"):
            return "452 full"
        envelope.rcpt_tos.append(address)
        return "250 go on"


controller = Controller(Keep(), hostname="127.0.0.1", port=port, enable_SMTPUTF8=True, **protection)
controller.start()
print("ready", flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
threading.Event().wait()
