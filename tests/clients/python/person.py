"""The person's side: prints where the browser is to go, and reads where it ended."""

import json
import sys

settings = json.loads(sys.argv[1])


def visit(url):
    print(json.dumps({"open": url}), flush=True)
    return sys.stdin.readline().strip()


def done(**what):
    print(json.dumps({"done": what}), flush=True)
