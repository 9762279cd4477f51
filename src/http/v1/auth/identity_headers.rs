//! The whole set of identity headers, on every 200 of verify and never empty: an omitted one would let a client's
//! own header through some gateways (contract §6).

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use uuid::Uuid;

use crate::clock::UnixTime;
use crate::flows::verify::Identity;
use crate::oauth::scope;

const USER_ID: HeaderName = HeaderName::from_static("x-auth-user-id");
const USERNAME: HeaderName = HeaderName::from_static("x-auth-username");
const METHOD: HeaderName = HeaderName::from_static("x-auth-method");
const SCOPES: HeaderName = HeaderName::from_static("x-auth-scopes");
const KEY_ID: HeaderName = HeaderName::from_static("x-auth-key-id");
const PROJECT_ID: HeaderName = HeaderName::from_static("x-auth-project-id");
const CLIENT_ID: HeaderName = HeaderName::from_static("x-auth-client-id");
const EXPIRES_AT: HeaderName = HeaderName::from_static("x-auth-expires-at");
const REQUEST_USER: HeaderName = HeaderName::from_static("x-auth-request-user");
const REQUEST_EMAIL: HeaderName = HeaderName::from_static("x-auth-request-email");
const REQUEST_GROUPS: HeaderName = HeaderName::from_static("x-auth-request-groups");
const REMOTE_USER: HeaderName = HeaderName::from_static("remote-user");
const REMOTE_EMAIL: HeaderName = HeaderName::from_static("remote-email");
const REMOTE_GROUPS: HeaderName = HeaderName::from_static("remote-groups");
const REMOTE_NAME: HeaderName = HeaderName::from_static("remote-name");

/// What a header cannot carry as it is; `%` with it, so that decoding has one result.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// Adds the set; `None` is a request without a credential: all `-`.
pub fn add(identity: Option<&Identity>, headers: &mut HeaderMap) {
    let username = text(identity.and_then(|i| i.username.as_deref()));
    let email = text(identity.and_then(|i| i.email.as_deref()));
    let groups = identity.map_or_else(none, groups);
    for (name, value) in [
        (USER_ID, text(identity.filter(|i| i.user_id.is_some()).map(|i| i.subject.as_str()))),
        (METHOD, identity.map_or_else(none, |i| HeaderValue::from_static(i.class.as_str()))),
        (SCOPES, identity.map_or_else(none, |i| text(Some(&i.scope.to_string())))),
        (KEY_ID, identity.filter(|i| i.key.is_some()).map_or_else(none, |i| id(i.credential_id))),
        (PROJECT_ID, identity.and_then(Identity::project_id).map_or_else(none, id)),
        (CLIENT_ID, text(identity.and_then(|i| i.client_id.as_deref()))),
        (EXPIRES_AT, text(identity.and_then(|i| i.expires_at).map(UnixTime::rfc3339).as_deref())),
        (USERNAME, username.clone()),
        (REQUEST_USER, username.clone()),
        (REMOTE_USER, username.clone()),
        (REMOTE_NAME, username),
        (REQUEST_EMAIL, email.clone()),
        (REMOTE_EMAIL, email),
        (REQUEST_GROUPS, groups.clone()),
        (REMOTE_GROUPS, groups),
    ] {
        headers.insert(name, value);
    }
}

const fn none() -> HeaderValue {
    HeaderValue::from_static("-")
}

fn id(id: Uuid) -> HeaderValue {
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer())).unwrap_or_else(|_| none())
}

/// The one group there is. A token that an administrator narrowed does not put its bearer into it.
fn groups(identity: &Identity) -> HeaderValue {
    if identity.is_admin && identity.scope.contains(scope::ADMIN) {
        HeaderValue::from_static(scope::ADMIN)
    } else {
        none()
    }
}

fn text(value: Option<&str>) -> HeaderValue {
    match value {
        None | Some("") => none(),
        // Somebody's real name must not read as nobody's.
        Some("-") => HeaderValue::from_static("%2D"),
        Some(value) => {
            let encoded: std::borrow::Cow<'_, str> = utf8_percent_encode(value, ENCODED).into();
            HeaderValue::from_str(&encoded).unwrap_or_else(|_| none())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::verify::fixture;
    use crate::oauth::scope::Scope;

    fn lines(identity: Option<&Identity>) -> String {
        let mut headers = HeaderMap::new();
        add(identity, &mut headers);
        let mut lines: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn contract_6_without_a_credential_every_header_is_a_dash() {
        let text = lines(None);
        assert_eq!(text.lines().count(), 15);
        assert!(text.lines().all(|line| line.ends_with(": -")), "{text}");
    }

    #[test]
    fn contract_6_the_whole_set_is_there() {
        let identity = Identity {
            username: Some("Zo\u{eb}\r%".into()),
            email: Some("zoe@example.com".into()),
            scope: Scope::from(["read", "admin"]),
            is_admin: true,
            ..fixture::identity()
        };
        insta::assert_snapshot!(lines(Some(&identity)), @r"
        remote-email: zoe@example.com
        remote-groups: admin
        remote-name: Zo%C3%AB%0D%25
        remote-user: Zo%C3%AB%0D%25
        x-auth-client-id: -
        x-auth-expires-at: 1970-01-01T00:00:00Z
        x-auth-key-id: -
        x-auth-method: jwt
        x-auth-project-id: -
        x-auth-request-email: zoe@example.com
        x-auth-request-groups: admin
        x-auth-request-user: Zo%C3%AB%0D%25
        x-auth-scopes: read admin
        x-auth-user-id: 00000000-0000-0000-0000-000000000000
        x-auth-username: Zo%C3%AB%0D%25
        ");
    }

    #[test]
    fn a_name_that_looks_like_nobody_is_encoded() {
        assert_eq!(text(Some("-")).to_str().unwrap(), "%2D");
    }
}
