//! The clients and resource servers a file declares.

use serde_json::{Map, Value, json};

use super::super::clients::{self, ClientChange, Version};
use super::super::node::Node;
use super::ReadSecret;
use super::declaration::{DeclaredClient, DeclaredMetadata, Reference};
use super::plan::{Action, Judged, Member, Plan, Step, refuse};
use super::scope::Known;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::client::{AuthMethod, Client, ClientKind, GrantType, validate_client_id};
use crate::oauth::scope::Scope;
use crate::storage;

/// A client as a table of the file names it.
pub(super) struct Named<'a> {
    /// Where it stands.
    pub(super) place: String,
    /// What people call it.
    pub(super) kind: &'static str,
    /// The client id.
    pub(super) id: &'a str,
}

/// Adds what is to be done about one of them.
pub(super) async fn plan(
    plan: &mut Plan,
    node: &Node,
    (named, said): (&Named<'_>, &DeclaredClient),
    known: &Known,
    read: ReadSecret<'_>,
) -> Judged<()> {
    let Named { place, kind, id } = named;
    if let Err(reason) = validate_client_id(id) {
        return refuse(place, reason);
    }
    let own = (*id).to_owned();
    let found = node.db.read(move |c| storage::client::find(c, &own)).await?;
    let id = (*id).to_owned();
    if said.delete {
        match found {
            Some(_) => plan.add(Action::Remove, kind, &id.clone(), Vec::new(), [Step::RemoveClient { id }]),
            None => plan.unchanged += 1,
        }
        return Ok(());
    }
    let before = found.as_ref().map(|record| record.client.clone());
    let change = match change(said, before.as_ref(), &id) {
        Ok(change) => change,
        Err(reason) => return refuse(place, reason),
    };
    let fresh = PlainToken::generate(TokenType::ClientSecret);
    let judged = match found.clone() {
        Some(record) => clients::amend(record, &change, node.tokens.digest(&fresh)).map(|made| made.client),
        None => clients::describe(id.clone(), change.clone(), node.clock.now()),
    };
    let after = match judged {
        Ok(after) => after,
        Err(reason) => return refuse(place, reason),
    };
    if let Some(reason) = known.refuse(before.as_ref(), &after, said.scope.is_some()) {
        return refuse(place, reason);
    }
    let brought = match brought(said, &after, read) {
        Ok(brought) => brought,
        Err(reason) => return refuse(place, reason),
    };
    let stored = found.and_then(|record| record.secret);
    let is_new =
        |secret: &PlainToken| stored.is_none_or(|stored| !stored.matches(&node.tokens.digest(secret)));
    let brought = brought.filter(|(secret, _)| is_new(secret));
    let mut members = differences(before.as_ref(), &after);
    let is_other = !members.is_empty();
    if let Some((_, words)) = &brought {
        members.push(Member::new("secret", Value::Null, words.as_str()));
    }
    let change = Box::new(change);
    match (before, brought.map(|(secret, _)| secret)) {
        (None, secret) => {
            plan.add(Action::Make, kind, &id.clone(), members, [Step::MakeClient { id, change, secret }]);
        }
        (Some(_), None) if !is_other => plan.unchanged += 1,
        (Some(_), secret) => {
            let update = is_other.then(|| Step::ChangeClient {
                id: id.clone(),
                change,
                shows_secret: secret.is_none(),
            });
            let bring = secret.map(|secret| Step::BringSecret { id: id.clone(), secret });
            plan.add(Action::Change, kind, &id, members, update.into_iter().chain(bring));
        }
    }
    Ok(())
}

/// What the file says, in the words of [`clients`].
fn change(said: &DeclaredClient, before: Option<&Client>, id: &str) -> Result<ClientChange, String> {
    let kind = |public| if public { ClientKind::Public } else { ClientKind::Confidential };
    Ok(ClientChange {
        name: said.name.clone().or_else(|| before.is_none().then(|| id.to_owned())),
        kind: said.public.map(kind),
        redirect_uris: said.redirect_uris.clone(),
        grants: said.grants.as_deref().map(grants).transpose()?,
        scope: said.scope.as_deref().map(|text| scope("scope", text)).transpose()?,
        default_scope: match said.default_scope.as_deref().map(|text| scope("default_scope", text)) {
            Some(named) => Some(Some(named?).filter(|named| !named.is_empty())),
            None => None,
        },
        auth_method: match &said.auth_method {
            Some(name) => Some(auth_method(name)?),
            // Beside a secret its keys are for something else.
            None if before.is_none() && has_reference(said) => Some(None),
            None => None,
        },
        require_pkce: said.require_pkce,
        resource_server: said.resource_server,
        resources: said.resources.clone(),
        rate_limit: said.rate_limit.map(|limit| Some(limit).filter(|limit| *limit > 0)),
        disabled: said.disabled,
        metadata: None,
        members: metadata(&said.metadata),
        // What was looked at is what is changed.
        seen: before.map(Version::of),
    })
}

fn has_reference(said: &DeclaredClient) -> bool {
    said.secret_file.is_some() || said.secret_env.is_some()
}

fn grants(said: &[String]) -> Result<Vec<GrantType>, String> {
    let all = || GrantType::ALL.map(GrantType::name).join(", ");
    let read = |name: &String| {
        GrantType::named(name).ok_or_else(|| format!("grants: {} is none of: {}", name.escape_debug(), all()))
    };
    said.iter().map(read).collect()
}

fn scope(member: &str, said: &str) -> Result<Scope, String> {
    Scope::parse(said).map_err(|_| {
        format!("{member}: words of printable ASCII without quote and backslash, a space between")
    })
}

fn auth_method(said: &str) -> Result<Option<AuthMethod>, String> {
    let all = || AuthMethod::ALL.map(AuthMethod::as_str).join(", ");
    match said {
        "" => Ok(None),
        name => AuthMethod::parse(name)
            .map(Some)
            .ok_or_else(|| format!("auth_method: {} is none of: {}", name.escape_debug(), all())),
    }
}

/// The members that are said.
fn metadata(said: &DeclaredMetadata) -> Map<String, Value> {
    let all = object(serde_json::to_value(said).unwrap_or_default());
    all.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// The secret that the file refers to, if it does, and where it is in words.
fn brought(
    said: &DeclaredClient,
    client: &Client,
    read: ReadSecret<'_>,
) -> Result<Option<(PlainToken, String)>, String> {
    let Some(reference) = Reference::of("secret", &said.secret_file, &said.secret_env)? else {
        return Ok(None);
    };
    if !client.has_secret() {
        return Err("the client authenticates by no secret: leave secret_file and secret_env out".to_owned());
    }
    let secret = PlainToken::client_secret(&read(&reference)?).ok_or_else(|| {
        format!(
            "{} is no client secret: take 32 to 256 letters, digits and signs, drawn at random, not beginning \
             with pcs_",
            reference.words()
        )
    })?;
    Ok(Some((secret, reference.words())))
}

fn differences(before: Option<&Client>, after: &Client) -> Vec<Member> {
    let old = before.map(members).unwrap_or_default();
    let new = members(after);
    let is_nothing = |value: &Value| {
        matches!(value, Value::Null | Value::Bool(false)) || value.as_array().is_some_and(Vec::is_empty)
    };
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    let mut all: Vec<Member> =
        gone.map(|name| Member::new(name, old.get(name).cloned().unwrap_or_default(), Value::Null)).collect();
    for (name, value) in &new {
        let was = old.get(name).cloned().unwrap_or_default();
        let is_same = was == *value || (is_nothing(&was) && is_nothing(value));
        if !is_same {
            all.push(Member::new(name, was, value.clone()));
        }
    }
    all
}

/// What there is to see of a client, by the names of the file.
fn members(client: &Client) -> Map<String, Value> {
    let grants: Vec<&str> = client.grants.iter().map(|grant| grant.name()).collect();
    let mut all = object(json!({
        "name": client.name,
        "public": client.is_public(),
        "redirect_uris": client.redirect_uris,
        "grants": grants,
        "scope": client.scope.to_string(),
        "default_scope": client.default_scope.to_string(),
        "auth_method": client.auth_method.map(AuthMethod::as_str),
        "require_pkce": client.require_pkce,
        "resource_server": client.resource_server,
        "resources": client.resources,
        "rate_limit": client.rate_limit,
        "disabled": client.disabled,
    }));
    let registered = serde_json::to_value(&client.metadata).unwrap_or_default();
    all.extend(object(registered).into_iter().map(|(name, value)| (format!("metadata.{name}"), value)));
    all
}
