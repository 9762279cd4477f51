"""Authlib: discovery, login with PKCE, state and nonce, ID token, userinfo, refresh, revocation."""

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from person import done, settings, visit

server = requests.get(settings["issuer"] + "/.well-known/openid-configuration", timeout=10).json()
assert server["issuer"] == settings["issuer"]
session = OAuth2Session(
    settings["client_id"],
    settings["client_secret"],
    token_endpoint_auth_method=settings["method"],
    revocation_endpoint_auth_method=settings["method"],
    scope=settings["scope"],
    redirect_uri=settings["redirect_uri"],
    code_challenge_method="S256",
    token_endpoint=server["token_endpoint"],
)
verifier, nonce = generate_token(48), generate_token(20)
url, state = session.create_authorization_url(
    server["authorization_endpoint"], code_verifier=verifier, nonce=nonce
)
token = session.fetch_token(
    server["token_endpoint"], authorization_response=visit(url), state=state, code_verifier=verifier
)
keys = KeySet.import_key_set(requests.get(server["jwks_uri"], timeout=10).json())
decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
claims = CodeIDToken(
    decoded.claims,
    decoded.header,
    options={"iss": {"essential": True, "value": settings["issuer"]}},
    params={"nonce": nonce, "client_id": settings["client_id"], "access_token": token["access_token"]},
)
claims.validate(leeway=10)
person = session.get(server["userinfo_endpoint"]).json()
assert person["sub"] == claims["sub"]
fresh = session.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"])
again = session.get(server["userinfo_endpoint"]).json()
revoked = session.revoke_token(
    server["revocation_endpoint"],
    token=fresh.get("refresh_token", token["refresh_token"]),
    token_type_hint="refresh_token",
)
assert revoked.status_code == 200, revoked.text
refused = session.get(server["userinfo_endpoint"]).status_code == 401
done(
    sub=claims["sub"],
    username=person.get("preferred_username"),
    email=person.get("email"),
    again=again["sub"],
    renewed=fresh["access_token"] != token["access_token"],
    refused=refused,
)
