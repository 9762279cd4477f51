//! The doors of OpenID Connect (Core §5.3, Discovery §4).

use utoipa::openapi::path::HttpMethod::{self, Get, Post};

use super::Kind::{Flag, Text};
use super::table::{METADATA, about, fine, may, must};
use super::{Answer, Body, Door, Field, Input};

const USERINFO: &[Field] = &[
    must("sub", Text, "The person, as this client knows them."),
    may("name", Text, "The name that is shown; with scope `profile`."),
    may("preferred_username", Text, "The user name; with scope `profile`."),
    may("locale", Text, "The language they read, if it is known; with scope `profile`."),
    may("email", Text, "The e-mail address; with scope `email`."),
    may("email_verified", Flag, "Whether they proved that they read mail there; with scope `email`."),
];
const FORM: &[Field] = &[may("access_token", Text, "The access token, unless the header has it.")];

const fn refused(status: u16, words: &'static str) -> Answer {
    Answer { status, words, body: Body::Named("OAuthError") }
}

const TOLD: Answer = fine(
    "What the token's scopes tell; a signed JWT to a client that is registered with `userinfo_signed_response_alg`.",
    USERINFO,
);
const NO_GOOD: Answer = refused(401, "No access token, or one that is no good here.");
const NO_OPENID: Answer = refused(403, "The token does not have the scope `openid`.");
const TOO_MANY: Answer =
    refused(429, "The token's limit for this hour is reached: wait as long as `Retry-After` says.");

const fn userinfo(method: HttpMethod, id: &'static str, input: Input, answers: &'static [Answer]) -> Door {
    Door {
        method,
        path: "/oauth/userinfo",
        tag: "OAuth",
        id,
        summary: "Ask who signed in",
        words: "OpenID Connect Core §5.3. The access token comes by Bearer, or in a form.",
        credential: true,
        input,
        answers,
    }
}

/// The doors.
pub const TABLE: &[Door] = &[
    userinfo(Get, "getUserinfo", Input::Nothing, &[TOLD, NO_GOOD, NO_OPENID, TOO_MANY]),
    userinfo(
        Post,
        "postUserinfo",
        Input::Form(FORM),
        &[
            TOLD,
            refused(400, "The request is not understood, or has two access tokens."),
            NO_GOOD,
            NO_OPENID,
            refused(415, "The body is no form."),
            TOO_MANY,
        ],
    ),
    about(
        "/.well-known/openid-configuration",
        "getOpenidConfiguration",
        "How to sign people in here",
        "OpenID Connect Discovery §4. The same document as `/.well-known/oauth-authorization-server`.",
        &[fine("The metadata.", METADATA)],
    ),
];
