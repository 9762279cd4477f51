// The Model Context Protocol: a server of its SDK that asks about each token (RFC 7662), and a client of its SDK that finds
// everything by itself, from the 401 on (RFC 9728, RFC 8414, RFC 8707), as docs/mcp.md says.
import { createServer } from "node:http";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  buildOAuthProtectedResourceMetadata,
  createMcpHandler,
  getOAuthProtectedResourceMetadataUrl,
  McpServer,
  OAuthError,
  requireBearerAuth,
} from "@modelcontextprotocol/server";
import { done, settings, visit } from "./person.mjs";

const { issuer, client_id, redirect_uri, resource, resource_server } = settings;
const resourceServerUrl = new URL(resource);
const as = await fetch(`${issuer}/.well-known/oauth-authorization-server`).then((response) => response.json());

const verifier = {
  async verifyAccessToken(token) {
    const { client_id: id, client_secret } = resource_server;
    const response = await fetch(as.introspection_endpoint, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${id}:${client_secret}`)}` },
      body: new URLSearchParams({ token }),
    });
    const told = await response.json();
    if (!told.active) throw new OAuthError("invalid_token", "not active");
    return {
      token,
      clientId: told.client_id,
      scopes: told.scope.split(" "),
      expiresAt: told.exp,
      resource: new URL(told.aud),
      extra: { sub: told.sub, username: told.username },
    };
  },
};
const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(resourceServerUrl);
const metadata = buildOAuthProtectedResourceMetadata({
  oauthMetadata: as,
  resourceServerUrl,
  scopesSupported: ["read"],
  dangerouslyAllowInsecureIssuerUrl: true,
});
const gate = requireBearerAuth({
  verifier,
  requiredScopes: ["read"],
  resourceMetadataUrl,
  expectedResource: resourceServerUrl,
});
const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: "weather", version: "1.0.0" });
  server.registerTool("whoami", { description: "Who asks" }, ({ http }) => ({
    content: [{ type: "text", text: JSON.stringify(http.authInfo.extra) }],
  }));
  return server;
});
const serve = async (request) => {
  if (request.url === resourceMetadataUrl) return Response.json(metadata);
  const auth = await gate(request);
  return auth instanceof Response ? auth : mcp.fetch(request, { authInfo: auth });
};
await new Promise((listening) =>
  createServer(toNodeHandler({ fetch: serve })).listen(resourceServerUrl.port, resourceServerUrl.hostname, listening),
);

// What the client keeps, by the names of the SDK. Nothing is known of the authorization server but what it finds; without a client
// id it registers itself there (RFC 7591).
const kept = {};
const provider = {
  redirectUrl: redirect_uri,
  clientMetadata: { client_name: "An agent", redirect_uris: [redirect_uri], token_endpoint_auth_method: "none" },
  state: () => (kept.state ??= crypto.randomUUID()),
  clientInformation: () => kept.client ?? (client_id ? { client_id } : undefined),
  saveClientInformation: (client) => (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => (kept.tokens = tokens),
  redirectToAuthorization: (url) => (kept.url = url),
  saveCodeVerifier: (code_verifier) => (kept.code_verifier = code_verifier),
  codeVerifier: () => kept.code_verifier,
};
const connect = async () => {
  const transport = new StreamableHTTPClientTransport(resourceServerUrl, { authProvider: provider });
  const client = new Client({ name: "agent", version: "1.0.0" });
  const problem = await client.connect(transport).then(() => undefined, (error) => error);
  if (problem && !(problem instanceof UnauthorizedError)) throw problem;
  return { transport, client, refused: problem !== undefined };
};
const whoami = async ({ client }) => JSON.parse((await client.callTool({ name: "whoami" })).content[0].text);

const first = await connect();
if (!first.refused) throw new Error("a request without a token was answered");
const answer = (await visit(kept.url)).searchParams;
if (answer.get("state") !== kept.state) throw new Error("another state");
await first.transport.finishAuth(answer);
const { sub, username } = await whoami(await connect());

// A token that the server does not know any more is renewed by the refresh token, unasked.
const before = kept.tokens.access_token;
await fetch(as.revocation_endpoint, {
  method: "POST",
  body: new URLSearchParams({ token: before, client_id: provider.clientInformation().client_id }),
});
const again = await whoami(await connect());
if (kept.tokens.access_token === before) throw new Error("a revoked token still works");
done({ sub, username, again: again.sub, client_id: provider.clientInformation().client_id });
