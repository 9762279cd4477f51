//! What a form says about a client: one form for a new one and for one that is there, which explains each choice.

use serde_json::Value;

use super::super::form::Form;
use super::super::visit::Administrator;
use super::client_fields::{self, ANY_METHOD, lines};
use crate::flows::clients::{ClientChange, ClientRefusal};
use crate::flows::scopes as operators;
use crate::http::failure::Failure;
use crate::oauth::client::{AuthMethod, Client, ClientKind, GrantType};
use crate::oauth::client_fault::ClientFault;
use crate::oauth::parameters::Parameters;
use crate::oauth::scope::{self, Scope};

/// The ways to authenticate that can be chosen, with the ids of their words.
pub const METHODS: [(&str, &str); 4] = [
    (ANY_METHOD, "admin-client-auth-any"),
    (AuthMethod::ClientSecretBasic.as_str(), "admin-client-auth-basic"),
    (AuthMethod::ClientSecretPost.as_str(), "admin-client-auth-post"),
    (AuthMethod::PrivateKeyJwt.as_str(), "admin-client-auth-key"),
];

/// The grants that can be chosen, with the ids of their words.
pub const GRANTS: [(&str, &str); 5] = [
    (GrantType::AuthorizationCode.name(), "admin-grant-code"),
    (GrantType::RefreshToken.name(), "admin-grant-refresh"),
    (GrantType::ClientCredentials.name(), "admin-grant-client"),
    (GrantType::DeviceCode.name(), "admin-grant-device"),
    (GrantType::TokenExchange.name(), "admin-grant-exchange"),
];

/// So many scopes of the operator's have boxes. More would make the page too long: then all of them are typed.
const BOXES: usize = 5;

/// The scopes that can be chosen.
pub struct Choices {
    /// By a box each.
    pub boxes: Vec<Choice>,
    /// Those of the others that are chosen, where they are typed.
    pub typed: Option<String>,
}

/// A scope that can be chosen.
pub struct Choice {
    /// The name of its box.
    pub name: String,
    /// The scope.
    pub scope: String,
    /// What it allows, in words.
    pub words: String,
    /// Whether the box is ticked.
    pub chosen: bool,
}

/// What was sent.
pub fn typed(fields: &Parameters) -> Form {
    let form = client_fields::typed(fields);
    let ticked = grants(fields).into_iter();
    ticked.fold(form, |form, grant| form.with("grants", grant.name()))
}

/// What was sent, and the first things that are missing.
pub fn sent(visit: &Administrator, fields: &Parameters, is_new: bool) -> Form {
    let mut form = typed(fields);
    let required = |form: Form, name| form.wrong(name, visit.words.say("fault-required"));
    if fields.get("name").is_none() {
        form = required(form, "name");
    }
    if is_new && !["web", "public", "service", "device"].contains(&fields.get("kind").unwrap_or_default()) {
        form = required(form, "kind");
    }
    if is_new && needs_redirect(fields) && lines(fields, "redirect_uris").is_empty() {
        form = required(form, "redirect_uris");
    }
    // As at the API: its address is written as it is (RFC 3986 §2.3).
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"._~-".contains(&b);
    if fields.get("client_id").is_some_and(|id| !id.bytes().all(unreserved) || matches!(id, "." | "..")) {
        form = form.wrong("client_id", visit.words.say("admin-client-id-wrong"));
    }
    form = sent_limit(visit, fields, form);
    if default_scope(fields).is_none() {
        form = form.wrong("default_scope", visit.words.say("client-fault-scope-characters"));
    }
    client_fields::unread(fields).fold(form, |form, (name, words)| form.wrong(name, visit.words.say(words)))
}

/// With what is wrong about the limit that was sent.
pub fn sent_limit(visit: &Administrator, fields: &Parameters, form: Form) -> Form {
    let limit = fields.get("rate_limit").map(str::parse::<u32>);
    let is_wrong = limit.is_some_and(|limit| limit.is_err());
    if is_wrong { form.wrong("rate_limit", visit.words.say("admin-client-limit-wrong")) } else { form }
}

/// A form about a client as it is.
pub fn of(client: &Client) -> Form {
    let mut form = Form::new()
        .with("name", &client.name)
        .with("redirect_uris", client.redirect_uris.join("\n"))
        .with("resources", client.resources.join("\n"))
        .with("type", client.kind.as_str())
        .with("auth_method", client.auth_method.map_or(ANY_METHOD, AuthMethod::as_str))
        .with("rate_limit", client.rate_limit.map_or_else(String::new, |limit| limit.to_string()));
    if client.default_scope != client.scope.usual_default() {
        form = form.with("default_scope", client.default_scope.to_string());
    }
    form = client.grants.iter().fold(form, |form, grant| form.with("grants", grant.name()));
    if client.resource_server {
        form = form.with("resource_server", "on");
    }
    if !client.require_pkce {
        form = form.with("no_pkce", "on");
    }
    client_fields::filled(form, client)
}

/// Every scope there is, those of `chosen` ticked or typed.
pub fn choices(visit: &Administrator, chosen: &Scope) -> Choices {
    let names = operators::names(&visit.node);
    let are_typed = names.len() > BOXES;
    let described = |name: String| {
        let words = operators::describe(&visit.node, &name, visit.words.language()).unwrap_or_default();
        (name, words)
    };
    let boxed = if are_typed { Vec::new() } else { names };
    let added = boxed.into_iter().map(described);
    let built_in = scope::BUILT_IN.iter().map(|name| {
        let id = format!("scope-{name}");
        ((*name).to_owned(), visit.words.say(&id))
    });
    let mut all: Vec<(String, String)> = built_in.chain(added).collect();
    // What it has already stays to be chosen, also where nobody offers it any more.
    let others: Vec<String> = {
        let is_boxed = |own: &str| all.iter().any(|(name, _)| name == own);
        chosen.iter().filter(|own| !is_boxed(own)).map(str::to_owned).collect()
    };
    let typed = are_typed.then(|| others.join(" "));
    if !are_typed {
        all.extend(others.into_iter().map(|own| (own, String::new())));
    }
    let choice = |(scope, words): (String, String)| Choice {
        name: format!("scope-{scope}"),
        chosen: chosen.contains(&scope),
        scope,
        words,
    };
    Choices { boxes: all.into_iter().map(choice).collect(), typed }
}

/// The scopes whose boxes were ticked, and those that were typed.
pub fn scopes(fields: &Parameters) -> Scope {
    let typed = fields.get("more_scopes").unwrap_or_default().split_whitespace();
    fields.names().filter_map(|name| name.strip_prefix("scope-")).chain(typed).collect()
}

/// The grants whose boxes were ticked.
pub fn grants(fields: &Parameters) -> Vec<GrantType> {
    let ticked = |grant: &GrantType| fields.get(&format!("grant-{}", grant.name())).is_some();
    GrantType::ALL.into_iter().filter(ticked).collect()
}

/// What is to be said about a new client.
pub fn described(fields: &Parameters) -> ClientChange {
    let (kind, grants) = match fields.get("kind") {
        Some("device") => (ClientKind::Public, vec![GrantType::DeviceCode, GrantType::RefreshToken]),
        Some("public") => (ClientKind::Public, vec![GrantType::AuthorizationCode, GrantType::RefreshToken]),
        Some("service") => (ClientKind::Confidential, vec![GrantType::ClientCredentials]),
        _ => (ClientKind::Confidential, vec![GrantType::AuthorizationCode, GrantType::RefreshToken]),
    };
    let redirects = if needs_redirect(fields) { lines(fields, "redirect_uris") } else { Vec::new() };
    ClientChange { kind: Some(kind), grants: Some(grants), redirect_uris: Some(redirects), ..both(fields) }
}

/// What is to change of a client that is there.
pub fn changed(fields: &Parameters) -> ClientChange {
    ClientChange {
        kind: fields.get("type").and_then(ClientKind::parse),
        redirect_uris: Some(lines(fields, "redirect_uris")),
        grants: Some(grants(fields)),
        ..both(fields)
    }
}

fn both(fields: &Parameters) -> ClientChange {
    let resource_server = fields.get("resource_server").is_some();
    let is_public = matches!(fields.get("kind").or(fields.get("type")), Some("public" | "device"));
    let method = fields.get("auth_method").filter(|_| !is_public);
    let mut members = client_fields::members(fields);
    if !resource_server {
        members.insert("resource_description".to_owned(), Value::Null);
    }
    ClientChange {
        name: fields.get("name").map(str::to_owned),
        scope: Some(scopes(fields)),
        default_scope: default_scope(fields).map(|scope| Some(scope).filter(|scope| !scope.is_empty())),
        auth_method: method.map(AuthMethod::parse),
        require_pkce: Some(fields.get("no_pkce").is_none()),
        resource_server: Some(resource_server),
        resources: Some(if resource_server { lines(fields, "resources") } else { Vec::new() }),
        rate_limit: Some(rate_limit(fields)),
        members,
        ..ClientChange::default()
    }
}

fn rate_limit(fields: &Parameters) -> Option<u32> {
    fields.get("rate_limit").and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0)
}

/// Empty where nothing is said; `None` for what is no scope.
fn default_scope(fields: &Parameters) -> Option<Scope> {
    Scope::parse(fields.get("default_scope").map(str::trim).unwrap_or_default()).ok()
}

/// What can be changed of a client that describes itself.
pub fn of_itself(fields: &Parameters) -> ClientChange {
    ClientChange { rate_limit: Some(rate_limit(fields)), ..ClientChange::default() }
}

fn needs_redirect(fields: &Parameters) -> bool {
    matches!(fields.get("kind"), Some("web" | "public"))
}

/// The form with what a flow refused, beside the field it is about.
///
/// # Errors
/// 404 where there is no such client, 403 where who asks may not any more.
pub fn refused(
    visit: &Administrator,
    form: Form,
    refusal: &ClientRefusal,
    is_new: bool,
) -> Result<Form, Failure> {
    match refusal {
        ClientRefusal::Changed => Ok(form.wrong("", visit.words.say("admin-client-changed"))),
        ClientRefusal::Taken => Ok(form.wrong("client_id", visit.words.say("admin-client-taken"))),
        ClientRefusal::Unknown(_) => Err(Failure::not_found()),
        ClientRefusal::NotAllowed(reason) => Err(Failure::insufficient_scope(*reason)),
        ClientRefusal::Invalid(fault) => {
            Ok(form.wrong(client_fields::of_member(fault.member, is_new), said(visit, fault)))
        }
    }
}

/// What is wrong, in the words of who asks.
pub fn said(visit: &Administrator, fault: &ClientFault) -> String {
    visit.words.tell(fault.rule.words(), &[("value", fault.value.as_str())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(form: &str) -> Parameters {
        Parameters::from_form(form.as_bytes()).unwrap()
    }

    #[test]
    fn rfc6749_2_1_what_kind_of_application_it_is_decides_type_and_grants() {
        for (kind, expected, grants) in [
            ("web", ClientKind::Confidential, &["authorization_code", "refresh_token"][..]),
            ("public", ClientKind::Public, &["authorization_code", "refresh_token"]),
            ("service", ClientKind::Confidential, &["client_credentials"]),
            ("device", ClientKind::Public, &["device_code", "refresh_token"]),
        ] {
            let sent =
                format!("kind={kind}&name=X&redirect_uris=https%3A%2F%2Fa%2Fb%0D%0A%0D%0A+https%3A%2F%2Fc");
            let change = described(&fields(&sent));
            let names: Vec<_> = change.grants.unwrap().iter().map(|grant| grant.name()).collect();
            assert_eq!((change.kind, names.as_slice()), (Some(expected), grants), "{kind}");
            let redirects =
                if matches!(kind, "service" | "device") { vec![] } else { vec!["https://a/b", "https://c"] };
            assert_eq!(change.redirect_uris.unwrap(), redirects, "{kind}");
        }
    }

    #[test]
    fn a_limit_of_nothing_is_none_and_resources_are_a_resource_servers() {
        let change = described(&fields("kind=service&name=X&rate_limit=0&resources=https%3A%2F%2Fa"));
        assert_eq!((change.rate_limit, change.resources), (Some(None), Some(vec![])));
        assert_eq!(
            change.members.get("resource_description"),
            Some(&Value::Null),
            "nor has it a description"
        );
        let sent =
            "kind=service&name=X&rate_limit=7&resource_server=on&resources=https%3A%2F%2Fa&scope-read=on";
        let change = described(&fields(sent));
        assert_eq!(change.rate_limit, Some(Some(7)));
        assert_eq!(change.resources, Some(vec!["https://a".to_owned()]));
        assert_eq!(change.scope, Some(Scope::from(["read"])));
    }
}
