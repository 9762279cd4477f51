//! The doors of the providers' own clients (contract §1, §11).

use utoipa::openapi::path::HttpMethod::{Get, Post};

use super::Kind::{Anything, Number, Text, TextOrNull};
use super::table::{fine, may, must};
use super::{Answer, Body, Door, Field, Input};

const TOO_MANY: &str = "The credential's limit for this hour is reached: wait as long as `Retry-After` says.";
const KEY: &[Field] = &[must("key", Text, "The key, of 32 characters.")];
const CALL: &[Field] = &[
    must("action", Text, "`get`, `create`, `edit` or `delete`."),
    may("id", Text, "The key; `get` without one lists them."),
    may("project_id", Text, "The project whose keys it is about."),
    may("name", Text, "What the key is called, to `create` and `edit`."),
    may("expire", TextOrNull, "When the key ends, in RFC 3339; `null`: never."),
];
const ANSWER: &[Field] = &[may("response", Anything, "The keys, to `get` and `create`.")];
/// What CoCalc's callers look for, and One Codex's members.
const ERROR: &[Field] = &[
    must("error", Text, "What is wrong, for people."),
    must("message", Text, "The same."),
    must("status", Number, "The HTTP status again."),
];

const fn refused_account(status: u16, words: &'static str) -> Answer {
    Answer { status, words, body: Body::Named("Error") }
}

const fn refused(status: u16, words: &'static str) -> Answer {
    Answer { status, words, body: Body::Members(ERROR) }
}

/// The doors.
pub const TABLE: &[Door] = &[
    Door {
        method: Get,
        path: "/api/get_token",
        tag: "Keys",
        id: "getCommandLineKey",
        summary: "Fetch the command-line client's key",
        words: "For the browser session that signed in within the last five minutes. Each call replaces the key.",
        credential: false,
        input: Input::Nothing,
        answers: &[
            fine("The key.", KEY),
            refused_account(400, "A credential beside the session is somebody else's."),
            refused_account(401, "Nobody signed in here within the last five minutes."),
            refused_account(403, "A page of another site sent this."),
            refused_account(429, TOO_MANY),
        ],
    },
    Door {
        method: Post,
        path: "/api/v2/api-keys",
        tag: "Keys",
        id: "manageKeys",
        summary: "Manage keys in CoCalc's words",
        words: "What `/api/v1/keys` does, under the same rules.",
        credential: true,
        input: Input::FormOrJson(CALL),
        answers: &[
            fine("It is done.", ANSWER),
            refused(400, "The call is not understood, or breaks a rule."),
            refused(401, "No credential, or one that is no good."),
            refused(403, "The credential does not allow this."),
            refused(404, "There is no such key, or it is hidden."),
            refused(415, "The body is neither a form nor JSON."),
            refused(429, TOO_MANY),
        ],
    },
];
