//! The doors of clients that register themselves (RFC 7591 §3, RFC 7592 §2).

use utoipa::openapi::path::HttpMethod::{self, Delete, Get, Post, Put};

use super::Kind::{Number, Text, Texts};
use super::table::{MALFORMED_OAUTH, NOT_READ_OAUTH, TOO_MANY_OAUTH, fine, may, must};
use super::{Answer, Body, Door, Field, Input};

const REQUEST: &[Field] = &[
    may("redirect_uris", Texts, "Where answers may be sent; needed for the grant `authorization_code`."),
    may("client_name", Text, "The name that people see."),
    may(
        "token_endpoint_auth_method",
        Text,
        "`client_secret_basic`, which is the default, `client_secret_post`, `private_key_jwt` or `none`.",
    ),
    may(
        "grant_types",
        Texts,
        "`authorization_code`, which is the default, `refresh_token` and the URN of the device grant.",
    ),
    may("response_types", Texts, "`code`."),
    may("scope", Text, "The scopes, separated by spaces; never `admin`."),
    may("jwks_uri", Text, "Where its public keys are. Further members: docs/dynamic-registration.md."),
];
const UPDATE: &[Field] = &[
    must("client_id", Text, "The client's own."),
    may("client_secret", Text, "Its secret; another one is refused."),
    may(
        "redirect_uris",
        Texts,
        "Everything that it registers, as in a registration: what is left out is gone.",
    ),
];
const RESPONSE: &[Field] = &[
    must("client_id", Text, "The client's id."),
    must("client_id_issued_at", Number, "When, in seconds since 1970."),
    may("client_secret", Text, "Its secret, in the answer that made it."),
    may("client_secret_expires_at", Number, "0: it does not end. Only of clients that have one."),
    must("registration_client_uri", Text, "Where it manages its registration."),
    must("registration_access_token", Text, "By what it does."),
    must("redirect_uris", Texts, "What it registered, and what was filled in."),
    must("client_name", Text, "The same."),
    must("token_endpoint_auth_method", Text, "The same."),
    must("grant_types", Texts, "The same."),
    must("response_types", Texts, "The same."),
    must("scope", Text, "The same."),
    must("id_token_signed_response_alg", Text, "The same."),
];

const fn refused(status: u16, words: &'static str) -> Answer {
    Answer { status, words, body: Body::Named("OAuthError") }
}

const TOLD: Answer = fine("What is registered.", RESPONSE);
const NO_TOKEN: Answer = refused(401, "No good registration access token of this client.");
const SWITCHED_OFF: Answer = refused(403, "An administrator switched the client off.");

const fn door(
    method: HttpMethod,
    (path, id): (&'static str, &'static str),
    (summary, words): (&'static str, &'static str),
    input: Input,
    answers: &'static [Answer],
) -> Door {
    Door { method, path, tag: "OAuth", id, summary, words, credential: false, input, answers }
}

/// The doors.
pub const TABLE: &[Door] = &[
    door(
        Post,
        ("/oauth/register", "registerClient"),
        (
            "Register a client",
            "RFC 7591. By the setting `dynamic_registration` for nobody, whoever has an initial access token (`Authorization: Bearer`), or everybody. Members that are not known are ignored.",
        ),
        Input::Json(REQUEST),
        &[
            Answer { status: 201, words: "It is registered.", body: Body::Members(RESPONSE) },
            MALFORMED_OAUTH,
            refused(401, "No good initial access token, where one is needed or was sent."),
            refused(403, "Only administrators register clients."),
            NOT_READ_OAUTH,
            TOO_MANY_OAUTH,
        ],
    ),
    door(
        Get,
        ("/oauth/register/{client_id}", "readRegistration"),
        (
            "Read a client's registration",
            "RFC 7592 §2.1. For the client itself, by its registration access token.",
        ),
        Input::Nothing,
        &[TOLD, NO_TOKEN, SWITCHED_OFF, TOO_MANY_OAUTH],
    ),
    door(
        Put,
        ("/oauth/register/{client_id}", "replaceRegistration"),
        ("Replace a client's registration", "RFC 7592 §2.2. What is left out is gone."),
        Input::Json(UPDATE),
        &[TOLD, MALFORMED_OAUTH, NO_TOKEN, SWITCHED_OFF, NOT_READ_OAUTH, TOO_MANY_OAUTH],
    ),
    door(
        Delete,
        ("/oauth/register/{client_id}", "removeRegistration"),
        ("Remove a client", "RFC 7592 §2.3. Everything that was issued to it is dead at once."),
        Input::Nothing,
        &[
            Answer { status: 204, words: "It is gone.", body: Body::Nothing },
            NO_TOKEN,
            SWITCHED_OFF,
            TOO_MANY_OAUTH,
        ],
    ),
];
