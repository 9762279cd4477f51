"""requests-oauthlib: OAuth 2.0 alone, as scripts have used it for ten years."""

import os

import requests
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from person import done, settings, visit

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
server = requests.get(settings["issuer"] + "/.well-known/oauth-authorization-server", timeout=10).json()
client_id, secret, method = settings["client_id"], settings["client_secret"], settings["method"]
session = OAuth2Session(client_id, redirect_uri=settings["redirect_uri"], scope=settings["scope"], pkce="S256")
url, _ = session.authorization_url(server["authorization_endpoint"])
proof = {
    "client_secret_basic": {"auth": HTTPBasicAuth(client_id, secret or "")},
    "client_secret_post": {"include_client_id": True, "client_secret": secret},
    "none": {"include_client_id": True},
}[method]
token = session.fetch_token(server["token_endpoint"], authorization_response=visit(url), **proof)
person = session.get(server["userinfo_endpoint"]).json()
refresh = {
    "client_secret_basic": {"auth": HTTPBasicAuth(client_id, secret or "")},
    "client_secret_post": {"client_id": client_id, "client_secret": secret},
    "none": {"client_id": client_id},
}[method]
fresh = session.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"], **refresh)
again = session.get(server["userinfo_endpoint"]).json()
done(
    sub=person["sub"],
    username=person.get("preferred_username"),
    email=person.get("email"),
    again=again["sub"],
    renewed=fresh["access_token"] != token["access_token"],
)
