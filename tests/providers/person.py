"""A person at a browser: goes where they are sent, signs in, says yes, and ends where a page of another server would be
shown: `person URL USERNAME PASSWORD` prints that URL."""

import sys
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


class Page(HTMLParser):
    """The one form of a page, or where it moves on to."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.moves_on_to = None, {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes["action"]
        elif tag == "input":
            self.fields[attributes["name"]] = attributes.get("value", "")
        elif tag == "button" and attributes.get("value") == "allow":
            self.fields[attributes["name"]] = "allow"
        elif tag == "meta" and attributes.get("http-equiv") == "refresh":
            self.moves_on_to = attributes["content"].split("url=", 1)[1]


def walk(url, username, password):
    browser, home = requests.Session(), urljoin(url, "/")
    response = browser.get(url, allow_redirects=False)
    for _ in range(10):
        page = Page(response.text) if response.ok and not response.is_redirect else None
        if response.is_redirect:
            url = urljoin(url, response.headers["Location"])
        elif page and page.moves_on_to:
            url = urljoin(url, page.moves_on_to)
        elif page and page.action:
            if "password" in page.fields:
                page.fields.update(email=username, password=password)
            url = urljoin(url, page.action)
            response = browser.post(url, data=page.fields, allow_redirects=False)
            continue
        else:
            raise SystemExit(f"{url}: {response.status_code} {response.text}")
        if not url.startswith(home):
            return url
        response = browser.get(url, allow_redirects=False)
    raise SystemExit(f"{url}: ten pages")


print(walk(*sys.argv[1:]))
