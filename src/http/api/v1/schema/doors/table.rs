//! The doors outside `/api/v1`, one after the other (contract §3–6, §8).

use utoipa::openapi::path::HttpMethod::{Get, Post};

use super::Kind::{Anything, Flag, Number, Text, TextOrNull, Texts};
use super::{Answer, Body, Door, Field, Input, Kind};

pub const fn must(name: &'static str, kind: Kind, words: &'static str) -> Field {
    Field { name, kind, required: true, words }
}

pub const fn may(name: &'static str, kind: Kind, words: &'static str) -> Field {
    Field { name, kind, required: false, words }
}

/// Contract §8.
pub const EXAMPLE_ERROR: &[Field] = &[
    must("error", Text, "What is wrong, for programs: docs/errors.md lists the codes."),
    must("message", Text, "What is wrong, for people."),
    must("code", Number, "The HTTP status again."),
    must("timestamp", Text, "When, in RFC 3339."),
];

/// RFC 6749 §5.2, and contract §8.
pub const OAUTH_ERROR: &[Field] = &[
    must("error", Text, "What is wrong, by its RFC 6749 code."),
    must("error_description", Text, "What is wrong, for people."),
    must("message", Text, "The same."),
    must("code", Number, "The HTTP status again."),
    must("timestamp", Text, "When, in RFC 3339."),
];

const LOGIN: &[Field] = &[
    must("username", Text, "The user name or the e-mail address."),
    must("password", Text, "The password."),
    may("scope", TextOrNull, "The scopes, separated by spaces."),
];
const PASSWORD_BEARER: &[Field] = &[
    may("username", TextOrNull, "The user name or the e-mail address."),
    may("password", TextOrNull, "The password."),
    may("grant_type", TextOrNull, "`password`, which is the default, or `refresh_token`."),
    may("refresh_token", TextOrNull, "With `grant_type=refresh_token`."),
    may("scope", TextOrNull, "The scopes, separated by spaces."),
];
const REFRESH: &[Field] = &[must("refresh_token", Text, "The refresh token; it is spent by this.")];
const REFRESH_OR_COOKIE: &[Field] =
    &[may("refresh_token", TextOrNull, "The refresh token, if no cookie has it.")];
const TOKENS: &[Field] = &[
    may("access_token", Text, "The access token; not in an answer to a browser, which has it as a cookie."),
    must("token_type", Text, "`Bearer`."),
    must("expires_in", Number, "Seconds the access token lives."),
    must("scope", Text, "The scopes, separated by spaces."),
    may("refresh_token", Text, "The refresh token, if there is one; not in an answer to a browser."),
    may("id_token", Text, "The ID token, if `openid` was granted."),
];
const JSON_TOKENS: &[Field] = &[
    must("token", Text, "The access token."),
    must("expires_at", Text, "When it ends, in RFC 3339."),
    must("refresh_token", Text, "The refresh token."),
];
const REQUIREMENTS: &[Field] = &[
    may("scope", Text, "Scopes that are needed, separated by spaces."),
    may("project_id", Text, "The project that is asked about."),
    may("methods", Text, "Kinds of credential, separated by commas: `api_key`, `jwt`, `oauth`."),
    may("audience", Text, "The audience a token must have."),
    may("anonymous", Text, "`allow`: a request without a credential passes; `deny` is the default."),
    may("hide", Text, "`1`: 403 becomes 404."),
    may("consume", Text, "`0`: does not count against the rate limit."),
];
const ENVOY_REQUIREMENTS: &[Field] = &[may(
    "X-Auth-Requirements",
    Text,
    "What the query of `/v1/auth/verify` says; the query of this address is the client's own.",
)];
const VERIFIED: &[Field] = &[
    must("authenticated", Flag, "Whether there was a credential."),
    must("user_id", TextOrNull, "The user; for a client acting for itself the client."),
    must("scopes", Texts, "What the credential allows."),
    must("expires_at", TextOrNull, "When it ends, in RFC 3339; `null`: never."),
    may("auth_method", Text, "`api_key`, `jwt` or `oauth`."),
    may("username", TextOrNull, "The user name."),
    may("email", TextOrNull, "The e-mail address."),
    may("key_id", TextOrNull, "The API key."),
    may("project_id", TextOrNull, "The project the key is confined to."),
    may("client_id", TextOrNull, "The OAuth client."),
    may("audience", Text, "Whom the token is for."),
];
const TOKEN_REQUEST: &[Field] = &[
    must(
        "grant_type",
        Text,
        "`authorization_code`, `refresh_token`, `client_credentials`, `urn:ietf:params:oauth:grant-type:device_code` or `urn:ietf:params:oauth:grant-type:token-exchange`.",
    ),
    may("client_id", Text, "The client, unless HTTP Basic says it."),
    may("client_secret", Text, "Its secret, unless HTTP Basic says it."),
    may("code", Text, "The authorization code."),
    may("redirect_uri", Text, "Where the code was sent to."),
    may("code_verifier", Text, "The PKCE verifier."),
    may("refresh_token", Text, "The refresh token."),
    may("device_code", Text, "The device code."),
    may("subject_token", Text, "The access token or API key to exchange."),
    may(
        "subject_token_type",
        Text,
        "Which of the two it is: `urn:ietf:params:oauth:token-type:access_token` or `urn:portcullis:token-type:api_key`.",
    ),
    may("audience", Text, "Another name for `resource`, in an exchange."),
    may("scope", Text, "The scopes, separated by spaces."),
    may("resource", Text, "The API the token is for (RFC 8707)."),
];
const DEVICE_REQUEST: &[Field] = &[
    may("client_id", Text, "The client, unless HTTP Basic says it."),
    may("client_secret", Text, "Its secret, unless HTTP Basic says it."),
    may("scope", Text, "The scopes, separated by spaces."),
    may("resource", Text, "The API the token is for (RFC 8707)."),
];
const DEVICE_CODES: &[Field] = &[
    must("device_code", Text, "For the token endpoint."),
    must("user_code", Text, "For the person to type."),
    must("verification_uri", Text, "Where to type it."),
    must("verification_uri_complete", Text, "The same with the code in it."),
    must("expires_in", Number, "Seconds until both codes end."),
    must("interval", Number, "Seconds between two questions at the token endpoint."),
];
const ABOUT_TOKEN: &[Field] = &[
    must("token", Text, "The token."),
    may("token_type_hint", Text, "`access_token` or `refresh_token`."),
    may("client_id", Text, "The client, unless HTTP Basic says it."),
    may("client_secret", Text, "Its secret, unless HTTP Basic says it."),
];
const INTROSPECTION: &[Field] = &[
    must("active", Flag, "Whether the token is good, and yours to ask about."),
    may("scope", Text, "The scopes, separated by spaces."),
    may("client_id", Text, "The client."),
    may("username", Text, "The user name."),
    may("token_type", Text, "`Bearer`."),
    may("exp", Number, "When it ends, in seconds since 1970."),
    may("iat", Number, "When it was issued."),
    may("sub", Text, "Whose it is."),
    may("aud", Text, "Whom it is for."),
    may("iss", Text, "Who issued it."),
    may("jti", Text, "Its id."),
];
const STATUS: &[Field] = &[must("status", Text, "`live` or `ready`.")];
pub const METADATA: &[Field] = &[
    must("issuer", Text, "The issuer."),
    must("token_endpoint", Text, "Where tokens come from; and so on, as RFC 8414 §2 says."),
];
const RESOURCE_METADATA: &[Field] = &[
    must("resource", Text, "The resource."),
    must("authorization_servers", Texts, "Who issues tokens for it; and so on, as RFC 9728 §2 says."),
];
const JWKS: &[Field] = &[must("keys", Anything, "The keys (RFC 7517).")];

pub const fn fine(words: &'static str, members: &'static [Field]) -> Answer {
    Answer { status: 200, words, body: Body::Members(members) }
}

const fn done(words: &'static str) -> Answer {
    Answer { status: 204, words, body: Body::Nothing }
}

const fn refused(status: u16, words: &'static str) -> Answer {
    Answer { status, words, body: Body::Named("ExampleError") }
}

const fn refused_oauth(status: u16, words: &'static str) -> Answer {
    Answer { status, words, body: Body::Named("OAuthError") }
}

const MALFORMED: Answer = refused(400, "The request is not understood: `message` says why.");
const WRONG: Answer = refused(401, "The name or the password is wrong.");
const NOT_GOOD: Answer = refused(401, "Nothing that is any good was presented.");
const FOREIGN: Answer = refused(403, "An API key was presented, or a page of somebody else sent this.");
const NOT_READ: Answer = refused(415, "The body's content type is not one that is listed.");
const TOO_MANY: Answer = refused(429, "Too many failures: wait as long as `Retry-After` says.");
pub const NO_CLIENT: Answer = refused_oauth(401, "The client is not known, or not who it says.");
pub const TOO_MANY_OAUTH: Answer =
    refused_oauth(429, "Too many from one address: wait as long as `Retry-After` says.");
pub const MALFORMED_OAUTH: Answer =
    refused_oauth(400, "The request is not understood, or not granted: `error` says why.");
pub const NOT_READ_OAUTH: Answer = refused_oauth(415, "The body's content type is not one that is listed.");

const PASSWORD: &[Answer] = &[fine("The tokens.", TOKENS), MALFORMED, WRONG, FOREIGN, NOT_READ, TOO_MANY];
const VERIFY: &[Answer] = &[
    fine("The credential is good, and good enough. The same stands in headers.", VERIFIED),
    refused(400, "The URL or the credential contradicts itself."),
    refused(401, "No credential, or one that is no good."),
    refused(403, "The credential does not meet the URL's requirements."),
    refused(404, "The same with `hide=1`."),
    refused(429, "The credential's limit for this hour is reached: wait as long as `Retry-After` says."),
];
const VERIFY_FORWARD: &str =
    "As `/v1/auth/verify`, for Traefik, Caddy and APISIX: the request is in `X-Forwarded-*`.";
const VERIFY_ENVOY: &str = "As `/v1/auth/verify`, for Envoy: the request's path stands behind this one.";

const fn password(path: &'static str, id: &'static str) -> Door {
    Door {
        method: Post,
        path,
        tag: "Sign in",
        id,
        summary: "Sign in with name and password",
        words: "Sets the cookies `access_token` and `refresh_token`. Both spellings of the path are the same door.",
        credential: false,
        input: Input::FormOrJson(PASSWORD_BEARER),
        answers: PASSWORD,
    }
}

const fn verify(path: &'static str, id: &'static str, words: &'static str) -> Door {
    let summary = "Verify a credential";
    let (input, answers) = (Input::Query(REQUIREMENTS), VERIFY);
    Door { method: Get, path, tag: "Verify", id, summary, words, credential: true, input, answers }
}

pub const fn about(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    words: &'static str,
    answers: &'static [Answer],
) -> Door {
    Door {
        method: Get,
        path,
        tag: "About",
        id,
        summary,
        words,
        credential: false,
        input: Input::Nothing,
        answers,
    }
}

pub const fn post(
    (path, tag, id): (&'static str, &'static str, &'static str),
    summary: &'static str,
    words: &'static str,
    input: Input,
    answers: &'static [Answer],
) -> Door {
    Door { method: Post, path, tag, id, summary, words, credential: false, input, answers }
}

/// The doors.
pub const TABLE: &[Door] = &[
    password("/auth/v1/token", "passwordToken"),
    password("/auth/v1/token/", "passwordTokenSlash"),
    post(
        ("/auth/v1/refresh", "Sign in", "refreshCookies"),
        "Get new tokens for a refresh token",
        "The refresh token comes as a cookie or in the body, and is spent. With both, the body's is, if they are the same person's and good.",
        Input::FormOrJson(REFRESH_OR_COOKIE),
        &[fine("The tokens.", TOKENS), MALFORMED, NOT_GOOD, FOREIGN, NOT_READ],
    ),
    post(
        ("/auth/v1/logout", "Sign in", "endLogin"),
        "Sign out",
        "Ends the logins of the cookies, of the Bearer token and of the refresh token, and clears the cookies.",
        Input::FormOrJson(REFRESH_OR_COOKIE),
        &[done("It is over."), MALFORMED, NOT_GOOD, FOREIGN, NOT_READ],
    ),
    Door {
        method: Get,
        path: "/auth/v1/me",
        tag: "Sign in",
        id: "getMe",
        summary: "Who is signed in?",
        words: "The members of `/api/v1/account`. API keys are refused here.",
        credential: true,
        input: Input::Nothing,
        answers: &[
            Answer { status: 200, words: "The account.", body: Body::Named("Account") },
            refused(401, "No token, or one that is no good."),
            refused(403, "The token is not a person's, or does not allow reading; or it is an API key."),
            refused(
                429,
                "The credential's limit for this hour is reached: wait as long as `Retry-After` says.",
            ),
        ],
    },
    post(
        ("/v1/auth/login", "Sign in", "login"),
        "Sign in with name and password, all JSON",
        "The access token is in `token`.",
        Input::Json(LOGIN),
        &[fine("The tokens.", JSON_TOKENS), MALFORMED, WRONG, NOT_READ, TOO_MANY],
    ),
    post(
        ("/v1/auth/refresh", "Sign in", "refreshLogin"),
        "Get new tokens for a refresh token, all JSON",
        "The refresh token is spent.",
        Input::Json(REFRESH),
        &[fine("The tokens.", JSON_TOKENS), MALFORMED, NOT_GOOD, NOT_READ],
    ),
    post(
        ("/v1/auth/logout", "Sign in", "logout"),
        "Sign out, all JSON",
        "Ends the login of the Bearer token or of the refresh token.",
        Input::Json(REFRESH_OR_COOKIE),
        &[done("It is over."), MALFORMED, NOT_GOOD, NOT_READ],
    ),
    verify(
        "/v1/auth/verify",
        "verify",
        "Any method is answered alike, and the body is never read. The URL says what is needed.",
    ),
    verify("/v1/auth/verify/forward", "verifyForward", VERIFY_FORWARD),
    Door {
        answers: &[
            fine("The credential is good, and good enough. The same stands in headers.", VERIFIED),
            refused(401, "No credential, or one that is no good."),
            refused(403, "Anything else: `X-Auth-Status` says what, where it is not 403."),
        ],
        ..verify(
            "/v1/auth/verify/nginx",
            "verifyNginx",
            "As `/v1/auth/verify`, for nginx `auth_request`, which understands 200, 401 and 403 only.",
        )
    },
    Door {
        input: Input::Headers(ENVOY_REQUIREMENTS),
        ..verify("/v1/auth/verify/envoy", "verifyEnvoy", VERIFY_ENVOY)
    },
    Door {
        input: Input::Headers(ENVOY_REQUIREMENTS),
        ..verify("/v1/auth/verify/envoy/{path}", "verifyEnvoyPath", VERIFY_ENVOY)
    },
    post(
        ("/oauth/token", "OAuth", "token"),
        "Get a token",
        "RFC 6749 §3.2. The client authenticates by HTTP Basic or in the body.",
        Input::FormOrJson(TOKEN_REQUEST),
        &[fine("The tokens.", TOKENS), MALFORMED_OAUTH, NO_CLIENT, NOT_READ_OAUTH],
    ),
    post(
        ("/oauth/device_authorization", "OAuth", "authorizeDevice"),
        "Get codes for a device",
        "RFC 8628 §3.1. The device shows one to its person, and asks `/oauth/token` with the other.",
        Input::Form(DEVICE_REQUEST),
        &[fine("The codes.", DEVICE_CODES), MALFORMED_OAUTH, NO_CLIENT, NOT_READ_OAUTH, TOO_MANY_OAUTH],
    ),
    post(
        ("/oauth/introspect", "OAuth", "introspect"),
        "Ask about a token",
        "RFC 7662. For the client's own tokens; for resource servers also tokens and keys meant for them.",
        Input::Form(ABOUT_TOKEN),
        &[fine("What the token says.", INTROSPECTION), MALFORMED_OAUTH, NO_CLIENT, NOT_READ_OAUTH],
    ),
    post(
        ("/oauth/revoke", "OAuth", "revoke"),
        "Revoke a token",
        "RFC 7009. 200 also for a token that is none.",
        Input::Form(ABOUT_TOKEN),
        &[
            Answer { status: 200, words: "It is dead, or never was.", body: Body::Nothing },
            MALFORMED_OAUTH,
            NO_CLIENT,
            NOT_READ_OAUTH,
        ],
    ),
    about(
        "/.well-known/oauth-authorization-server",
        "getServerMetadata",
        "How to use OAuth here",
        "RFC 8414.",
        &[fine("The metadata.", METADATA)],
    ),
    about(
        "/.well-known/oauth-protected-resource",
        "getResourceMetadata",
        "Who issues tokens for this API",
        "RFC 9728.",
        &[fine("The metadata.", RESOURCE_METADATA)],
    ),
    about(
        "/.well-known/jwks.json",
        "getKeys",
        "The keys that verify tokens",
        "RFC 7517.",
        &[fine("The keys.", JWKS)],
    ),
    about("/health/live", "getLive", "Is the process there?", "For a supervisor.", &[fine("It is.", STATUS)]),
    about(
        "/health/ready",
        "getReady",
        "Should requests come here?",
        "For a balancer.",
        &[fine("They should.", STATUS)],
    ),
];
