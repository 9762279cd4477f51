// openid-client: discovery, login with PKCE, state and nonce, userinfo, refresh, introspection, revocation.
import * as client from "openid-client";
import { done, settings, visit } from "./person.mjs";

const { issuer, client_id, client_secret, redirect_uri, method, scope } = settings;
const authentication = {
  client_secret_basic: () => client.ClientSecretBasic(client_secret),
  client_secret_post: () => client.ClientSecretPost(client_secret),
  none: () => client.None(),
}[method]();
const config = await client.discovery(new URL(issuer), client_id, undefined, authentication, {
  execute: [client.allowInsecureRequests],
});

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const answer = await visit(
  client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
  }),
);
const tokens = await client.authorizationCodeGrant(config, answer, {
  pkceCodeVerifier,
  expectedState,
  expectedNonce,
  idTokenExpected: true,
});
const { sub } = tokens.claims();
const person = await client.fetchUserInfo(config, tokens.access_token, sub);
const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
const again = await client.fetchUserInfo(config, fresh.access_token, sub);
let active;
if (method !== "none") active = (await client.tokenIntrospection(config, fresh.access_token)).active;
await client.tokenRevocation(config, fresh.refresh_token ?? tokens.refresh_token);
const refused = await client
  .fetchUserInfo(config, fresh.access_token, sub)
  .then(() => false, () => true);
const renewed = fresh.access_token !== tokens.access_token;
done({ sub, username: person.preferred_username, email: person.email, again: again.sub, renewed, active, refused });
