//! The fields of a client's form: the label and the group of each, and how what it says is written. Those of RFC 7591 §2 and its
//! extensions have the registered names.

use serde_json::{Map, Value, json};

use super::super::form::Form;
use crate::oauth::client::Client;
use crate::oauth::parameters::Parameters;
use crate::words::Words;

/// What the field for the method says where any is good.
pub const ANY_METHOD: &str = "any";

/// How what a field says is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// It is no metadata: the form reads it itself.
    Own,
    /// The same, with boxes or buttons that explain themselves.
    OwnBox,
    Text,
    Lines,
    Tick,
    Seconds,
    /// A JWK Set.
    Keys,
    /// Any response mode, or the one.
    Mode,
}

#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    /// The id of its words.
    label: &'static str,
    /// The group that it is folded into; empty for what is always seen.
    group: &'static str,
    how: How,
}

const fn field(name: &'static str, label: &'static str, group: &'static str, how: How) -> Field {
    Field { name, label, group, how }
}

const FIELDS: [Field; 36] = [
    field("name", "admin-name", "", How::Own),
    field("kind", "admin-client-kind", "", How::OwnBox),
    field("type", "admin-client-can-secret", "", How::OwnBox),
    field("grants", "admin-client-grants", "", How::OwnBox),
    field("redirect_uris", "admin-client-redirects", "", How::Own),
    field("scopes", "admin-client-scopes", "", How::OwnBox),
    field("client_uri", "client-home", "about", How::Text),
    field("logo_uri", "client-logo", "about", How::Text),
    field("tos_uri", "client-terms", "about", How::Text),
    field("policy_uri", "client-policy", "about", How::Text),
    field("contacts", "client-contacts", "about", How::Lines),
    field("auth_method", "admin-client-auth", "keys", How::Own),
    field("jwks", "client-jwks", "keys", How::Keys),
    field("jwks_uri", "client-jwks-uri", "keys", How::Text),
    field("post_logout_redirect_uris", "client-post-logout", "sign-out", How::Lines),
    field("backchannel_logout_uri", "client-backchannel", "sign-out", How::Text),
    field("backchannel_logout_session_required", "client-backchannel-session", "sign-out", How::Tick),
    field("id_token_signed_response_alg", "client-id-token-alg", "openid", How::Text),
    field("userinfo_signed_response_alg", "client-userinfo-alg", "openid", How::Text),
    field("subject_type", "client-subject-type", "openid", How::Text),
    field("sector_identifier_uri", "client-sector", "openid", How::Text),
    field("default_max_age", "client-max-age", "openid", How::Seconds),
    field("fapi", "client-fapi", "profile", How::Tick),
    field("require_pushed_authorization_requests", "client-par", "profile", How::Tick),
    field("dpop_bound_access_tokens", "client-dpop", "profile", How::Tick),
    field("require_signed_request_object", "client-signed-request", "profile", How::Tick),
    field("request_object_signing_alg", "client-request-alg", "profile", How::Text),
    field("response_modes", "client-response-mode", "profile", How::Mode),
    field("no_pkce", "admin-client-no-pkce", "profile", How::OwnBox),
    field("resource_server", "admin-client-resource-server", "api", How::OwnBox),
    field("resources", "admin-client-resources", "api", How::Own),
    field("resource_description", "admin-client-resource-description", "api", How::Text),
    field("introspection_signed_response_alg", "client-introspection-alg", "api", How::Text),
    field("client_id", "admin-client-id", "more", How::Own),
    field("default_scope", "client-default-scope", "more", How::Own),
    field("rate_limit", "admin-limit", "more", How::Own),
];

/// The algorithms of JWTs that can be chosen, after what stands for the default.
pub const ALGORITHMS: [&str; 4] = ["RS256", "ES256", "PS256", "EdDSA"];

/// The response modes that can be chosen, after what stands for any.
pub const RESPONSE_MODES: [&str; 2] = ["query", "form_post"];

/// What was sent, but for what is several boxes.
pub fn typed(fields: &Parameters) -> Form {
    Form::sent(fields, &FIELDS.map(|field| field.name))
}

/// With what the client is registered with.
pub fn filled(form: Form, client: &Client) -> Form {
    let registered = serde_json::to_value(&client.metadata).unwrap_or_default();
    FIELDS.iter().fold(form, |form, field| match registered.get(field.name) {
        Some(value) => form.with(field.name, shown(field.how, value)),
        None => form,
    })
}

fn shown(how: How, value: &Value) -> String {
    let texts: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match how {
        How::Own | How::OwnBox => String::new(),
        How::Text => value.as_str().unwrap_or_default().to_owned(),
        How::Lines => texts.join("\n"),
        How::Tick => if value == &Value::Bool(true) { "on" } else { "" }.to_owned(),
        How::Seconds => value.to_string(),
        How::Keys => serde_json::to_string_pretty(value).unwrap_or_default(),
        How::Mode => match texts.as_slice() {
            [one] => (*one).to_owned(),
            _ => String::new(),
        },
    }
}

/// What was sent, by the registered names: all of it, what is left empty too. What cannot be read is null; see [`unread`].
pub fn members(fields: &Parameters) -> Map<String, Value> {
    let own = |field: &&Field| !matches!(field.how, How::Own | How::OwnBox);
    let said = |field: &Field| (field.name.to_owned(), read(field.how, fields, field.name));
    FIELDS.iter().filter(own).map(said).collect()
}

fn read(how: How, fields: &Parameters, name: &str) -> Value {
    let text = fields.get(name).map(str::trim).unwrap_or_default();
    match how {
        How::Own | How::OwnBox => Value::Null,
        How::Text => json!(text),
        How::Lines => json!(lines(fields, name)),
        How::Tick => json!(!text.is_empty()),
        How::Seconds => text.parse::<i64>().map_or(Value::Null, Value::from),
        How::Keys => serde_json::from_str(text).unwrap_or_default(),
        How::Mode => json!(lines(fields, name)),
    }
}

/// The fields of which what was sent cannot be read, each with the id of the words.
pub fn unread(fields: &Parameters) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_wrong = |field: &&Field| {
        let is_said = fields.get(field.name).is_some_and(|text| !text.trim().is_empty());
        is_said && read(field.how, fields, field.name).is_null()
    };
    FIELDS.iter().filter(is_wrong).filter_map(|field| match field.how {
        How::Seconds => Some((field.name, "client-fault-max-age")),
        How::Keys => Some((field.name, "client-fault-keys")),
        _ => None,
    })
}

/// With help below the fields that have some, and the words beside each of them.
pub fn explained(form: Form, words: &Words) -> Form {
    let boxed = |how| matches!(how, How::OwnBox | How::Tick);
    let helped = FIELDS.iter().filter(|field| !boxed(field.how));
    let form = helped.fold(form, |form, field| form.helped(field.name));
    FIELDS.iter().fold(form, |form, field| form.labelled([(field.name, words.say(field.label))]))
}

/// Whether something was said, or is wrong, in a part of the form that is folded at first.
pub fn is_open(form: &Form, group: &str) -> bool {
    let is_usual = |value: &str| value.is_empty() || value == ANY_METHOD;
    let of_group = FIELDS.iter().filter(|field| field.group == group);
    of_group.map(|field| field.name).any(|name| form.fault(name).is_some() || !is_usual(form.value(name)))
}

/// What a client that describes itself says beyond RFC 6749, with the ids of the words: what is a matter of a field here.
pub fn facts(client: &Client) -> Vec<(&'static str, String)> {
    let form = filled(Form::new(), client);
    let said = |field: &Field| (field.label, form.value(field.name).to_owned());
    FIELDS.iter().map(said).filter(|(_, value)| !value.is_empty()).collect()
}

/// The field for a member of a client, by its name of RFC 7591 or ours; empty if there is none.
pub fn of_member(member: &str, is_new: bool) -> &'static str {
    let name = match member {
        "client_name" => "name",
        "token_endpoint_auth_method" => "auth_method",
        "require_pkce" => "no_pkce",
        "scope" => "scopes",
        "grant_types" | "public" if is_new => "kind",
        "grant_types" => "grants",
        "public" => "type",
        other => other,
    };
    FIELDS.iter().find(|field| field.name == name).map_or("", |field| field.name)
}

/// The lines of a field that are not empty.
pub fn lines(fields: &Parameters, name: &str) -> Vec<String> {
    let text = fields.get(name).unwrap_or_default();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_fault::Rule;
    use crate::oauth::client_metadata::ClientMetadata;
    use crate::words;

    fn fields(form: &str) -> Parameters {
        Parameters::from_form(form.as_bytes()).unwrap()
    }

    #[test]
    fn every_rule_of_registration_is_said_in_every_language() {
        for language in ["en", "de"] {
            let words = words::of(language).unwrap();
            for rule in Rule::ALL {
                assert!(words.knows(rule.words()), "{language}: {}", rule.words());
            }
            for field in &FIELDS {
                assert!(words.knows(field.label), "{language}: {}", field.label);
            }
        }
    }

    #[test]
    fn contract_14_fields_without_a_value_take_their_member_away() {
        let before = ClientMetadata {
            default_max_age: Some(60),
            fapi: true,
            client_uri: Some("https://app.example/".into()),
            software_id: Some("x".into()),
            response_modes: vec!["form_post".into()],
            ..ClientMetadata::default()
        };
        let after = before.with(&members(&fields("name=X&subject_type=pairwise"))).unwrap();
        let expected = ClientMetadata {
            subject_type: Some("pairwise".into()),
            software_id: Some("x".into()),
            ..ClientMetadata::default()
        };
        assert_eq!(after, expected, "what has no field stays");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let wrong = |form: &str| unread(&fields(form)).collect::<Vec<_>>();
        assert_eq!(wrong("jwks=%7B&default_max_age=soon").len(), 2);
        assert!(wrong("jwks=%7B%7D&default_max_age=0&redirect_uris=x").is_empty());
    }
}
