//! The door of pushed authorization requests (RFC 9126 §2).

use super::Kind::{Number, Text};
use super::table::{MALFORMED_OAUTH, NO_CLIENT, NOT_READ_OAUTH, TOO_MANY_OAUTH, may, must, post};
use super::{Answer, Body, Door, Field, Input};

const REQUEST: &[Field] = &[
    must("response_type", Text, "`code`."),
    may("redirect_uri", Text, "Where the answer goes."),
    may("scope", Text, "The scopes, separated by spaces."),
    may("state", Text, "Comes back untouched."),
    may("code_challenge", Text, "The challenge of PKCE (RFC 7636)."),
    may("code_challenge_method", Text, "`S256`."),
    may("request", Text, "All of them as a request object instead (RFC 9101)."),
    may("client_id", Text, "The client, unless HTTP Basic says it."),
    may("client_secret", Text, "Its secret, unless HTTP Basic says it."),
];
const RESPONSE: &[Field] = &[
    must("request_uri", Text, "For the authorization endpoint, beside `client_id`."),
    must("expires_in", Number, "Seconds until it ends."),
];

/// The door.
pub const TABLE: &[Door] = &[post(
    ("/oauth/par", "OAuth", "pushAuthorizationRequest"),
    "Push an authorization request",
    "RFC 9126. What can be asked at `/oauth/authorize` can be pushed, and is checked here.",
    Input::Form(REQUEST),
    &[
        Answer { status: 201, words: "The request is kept.", body: Body::Members(RESPONSE) },
        MALFORMED_OAUTH,
        NO_CLIENT,
        NOT_READ_OAUTH,
        TOO_MANY_OAUTH,
    ],
)];
