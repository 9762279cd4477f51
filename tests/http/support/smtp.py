"""A real SMTP server for the tests: each mail it takes becomes a file. Arguments: folder, port."""

import email
import email.policy
import json
import os
import sys
import threading

from aiosmtpd.controller import Controller

folder, port = sys.argv[1], int(sys.argv[2])


class Keep:
    count = 0

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        found = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): value for name, value in mail.items()},
            "body": mail.get_content(),
        }
        self.count += 1
        name = os.path.join(folder, f"{self.count:04}.json")
        with open(name + ".part", "w", encoding="utf-8") as file:
            json.dump(found, file)
        os.rename(name + ".part", name)
        return "250 kept"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody-here@"):
            return "550 nobody here"
        envelope.rcpt_tos.append(address)
        return "250 go on"


controller = Controller(Keep(), hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
controller.start()
print("ready", flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
threading.Event().wait()
