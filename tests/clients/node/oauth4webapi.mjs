// oauth4webapi: every step by itself, each answer checked as strictly as its RFC allows.
import * as oauth from "oauth4webapi";
import { done, settings, visit } from "./person.mjs";

const { issuer, client_id, client_secret, redirect_uri, method, scope } = settings;
const insecure = { [oauth.allowInsecureRequests]: true };
const url = new URL(issuer);
const client = { client_id };
const authentication = {
  client_secret_basic: () => oauth.ClientSecretBasic(client_secret),
  client_secret_post: () => oauth.ClientSecretPost(client_secret),
  none: () => oauth.None(),
}[method]();

const discovered = {};
for (const algorithm of ["oidc", "oauth2"]) {
  const response = await oauth.discoveryRequest(url, { algorithm, ...insecure });
  discovered[algorithm] = await oauth.processDiscoveryResponse(url, response);
}
const as = discovered.oidc;

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();
const request = new URL(as.authorization_endpoint);
const asked = {
  client_id,
  redirect_uri,
  response_type: "code",
  scope,
  state,
  nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
};
for (const [name, value] of Object.entries(asked)) request.searchParams.set(name, value);
const answer = oauth.validateAuthResponse(as, client, await visit(request), state);
const exchanged = await oauth.processAuthorizationCodeResponse(
  as,
  client,
  await oauth.authorizationCodeGrantRequest(as, client, authentication, answer, redirect_uri, verifier, insecure),
  { expectedNonce: nonce, requireIdToken: true },
);
const { sub } = oauth.getValidatedIdTokenClaims(exchanged);
const told = async (token) =>
  oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, token, insecure));
const person = await told(exchanged.access_token);
const fresh = await oauth.processRefreshTokenResponse(
  as,
  client,
  await oauth.refreshTokenGrantRequest(as, client, authentication, exchanged.refresh_token, insecure),
);
const again = await told(fresh.access_token);
await oauth.processRevocationResponse(
  await oauth.revocationRequest(as, client, authentication, fresh.refresh_token ?? exchanged.refresh_token, insecure),
);
const refused = await told(fresh.access_token).then(() => false, () => true);
const renewed = fresh.access_token !== exchanged.access_token;
done({ sub, username: person.preferred_username, email: person.email, again: again.sub, renewed, refused });
