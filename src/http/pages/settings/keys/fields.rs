//! The fields of a key's form: what they say, and what is wrong with each (contract §9).

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::super::form::Form;
use super::super::super::visit::Member;
use super::super::super::wish;
use super::At;
use crate::account::api_key::{ApiKey, rules};
use crate::clock::UnixTime;
use crate::flows::api_keys::{KeyChange, NewKey};
use crate::flows::scopes;
use crate::oauth::parameters::Parameters;
use crate::oauth::scope::{self, Scope};
use crate::words::Words;

const DAY: i64 = 86_400;
/// What stands in a form besides the boxes of scopes.
const NAMES: [&str; 8] =
    ["name", "expires", "date", "project", "environment", "ip_allow", "rate_limit", "more_scopes"];
/// How the names of boxes begin.
const BOX: &str = "scope_";
/// So many scopes of the operator's have boxes. More would make the page too long: then all of them are typed.
const BOXES: usize = 16;
/// So many bytes of names are shown of those that are typed.
const SHOWN: usize = 4096;

/// The scopes that a key can have.
pub struct Choices {
    /// Those to tick.
    pub boxes: Vec<Choice>,
    /// Those to type.
    pub typed: Vec<String>,
}

impl Choices {
    /// Those to type, for people.
    pub fn names(&self) -> String {
        let mut shown = String::new();
        for name in &self.typed {
            if shown.len() + name.len() > SHOWN {
                return shown + "…";
            }
            shown.extend([name, " "]);
        }
        shown
    }

    /// What was ticked and typed, or the first that cannot be had. A form may have been opened when fewer had to be typed, or more.
    fn read(&self, fields: &Parameters) -> Result<Scope, String> {
        let typed = fields.get("more_scopes").unwrap_or_default().split_whitespace();
        let ticked = fields.names().filter_map(|name| name.strip_prefix(BOX));
        let chosen: Scope = ticked.chain(typed).collect();
        let is_there = |token: &str| {
            self.typed.iter().any(|known| known == token)
                || self.boxes.iter().any(|choice| choice.token == token)
        };
        let unknown = chosen.iter().find(|token| !is_there(token)).map(str::to_owned);
        unknown.map_or(Ok(chosen), Err)
    }
}

/// A scope that a key can have, as a box to tick.
pub struct Choice {
    /// The scope.
    pub token: String,
    /// The name of its field.
    pub name: String,
    /// What it lets its holder do.
    pub words: String,
}

/// The scopes that a key of who asks can have. In OpenID Connect's there is nothing for a key.
pub fn choices(member: &Member, of_project: bool) -> Choices {
    let all = rules::scopes_of(member.user(), of_project, &scopes::names(&member.node));
    let (own, added): (Vec<&str>, Vec<&str>) = all.iter().partition(|token| scope::BUILT_IN.contains(token));
    let (boxed, typed) = if added.len() > BOXES { (Vec::new(), added) } else { (added, Vec::new()) };
    let choice = |token: &str| Choice {
        token: token.to_owned(),
        name: format!("{BOX}{token}"),
        words: wish::wish(member, token),
    };
    Choices {
        boxes: own.into_iter().chain(boxed).map(choice).collect(),
        typed: typed.into_iter().map(str::to_owned).collect(),
    }
}

/// When a key is to end.
enum End {
    /// As before.
    Keep,
    /// Then, or never.
    At(Option<UnixTime>),
}

/// What a form says.
pub struct Said {
    name: String,
    scope: Scope,
    end: End,
    environment: Option<String>,
    ip_allow: Vec<IpNet>,
    rate_limit: Option<u32>,
}

impl Said {
    /// As a new key.
    pub fn into_new(self) -> NewKey {
        NewKey {
            name: self.name,
            scope: Some(self.scope),
            expires_at: match self.end {
                End::Keep => None,
                End::At(end) => end,
            },
            environment: self.environment,
            ip_allow: self.ip_allow,
            rate_limit: self.rate_limit,
            metadata: std::collections::BTreeMap::new(),
        }
    }

    /// As a change of one that is there.
    pub fn into_change(self) -> KeyChange {
        KeyChange {
            name: Some(self.name),
            scope: Some(self.scope),
            expires_at: match self.end {
                End::Keep => None,
                End::At(end) => Some(end),
            },
            environment: Some(self.environment),
            ip_allow: Some(self.ip_allow),
            rate_limit: Some(self.rate_limit),
            metadata: None,
        }
    }
}

/// The form of a new key: 90 days are recommended.
pub fn blank(at: &At, choices: &Choices) -> Form {
    let project = at.project.as_ref().map(|project| project.id.to_string());
    let form = helped(Form::new()).with("expires", "90").with("project", project.unwrap_or_default());
    // What a key gets without further words.
    let usual = choices.boxes.iter().filter(|choice| matches!(&*choice.token, "read" | "write"));
    usual.fold(form, |form, choice| form.with(&choice.name, "on"))
}

/// The form of a key that is there.
pub fn filled(key: &ApiKey, choices: &Choices) -> Form {
    let networks: Vec<String> = key.ip_allow.iter().map(IpNet::to_string).collect();
    let form = helped(Form::new())
        .with("name", key.name.as_str())
        .with("expires", "keep")
        .with("environment", key.environment.clone().unwrap_or_default())
        .with("ip_allow", networks.join("\n"))
        .with("rate_limit", key.rate_limit.map(|limit| limit.to_string()).unwrap_or_default());
    let typed: Vec<&str> =
        choices.typed.iter().map(String::as_str).filter(|token| key.scope.contains(token)).collect();
    let form = form.with("more_scopes", typed.join(" "));
    let had = choices.boxes.iter().filter(|choice| key.scope.contains(&choice.token));
    had.fold(form, |form, choice| form.with(&choice.name, "on"))
}

/// What was sent, to be shown again.
pub fn sent(fields: &Parameters, choices: &Choices) -> Form {
    let boxes = choices.boxes.iter().map(|choice| choice.name.as_str());
    let names: Vec<&str> = NAMES.into_iter().chain(boxes).collect();
    helped(Form::sent(fields, &names))
}

/// The form as it is shown: with the words beside its fields.
pub fn labelled(words: &Words, form: Form) -> Form {
    form.labelled([
        ("name", words.say("key-name")),
        ("expires", words.say("key-expires")),
        ("date", words.say("key-date")),
        ("scopes", words.say("key-scopes")),
        ("more_scopes", words.say("key-more-scopes")),
        ("environment", words.say("key-environment")),
        ("ip_allow", words.say("key-networks")),
        ("rate_limit", words.say("key-limit")),
    ])
}

fn helped(form: Form) -> Form {
    form.helped("name")
        .helped("more_scopes")
        .helped("environment")
        .helped("ip_allow")
        .helped("rate_limit")
        .helped("date")
}

/// Reads a form.
///
/// # Errors
/// The form again, with its faults.
pub fn read(
    words: &Words,
    fields: &Parameters,
    choices: &Choices,
    class_limit: u32,
    now: UnixTime,
) -> Result<Said, Form> {
    let mut form = sent(fields, choices);
    let name = fields.get("name").unwrap_or_default().trim().to_owned();
    if rules::validate_name(&name).is_err() {
        form = form.wrong("name", words.say("key-fault-name"));
    }
    let scope = choices.read(fields);
    match &scope {
        Ok(scope) if scope.is_empty() => form = form.wrong("scopes", words.say("key-fault-scopes")),
        Ok(_) => {}
        Err(unknown) => {
            let field = if choices.typed.is_empty() { "scopes" } else { "more_scopes" };
            form = form.wrong(field, words.tell("key-fault-scope-unknown", &[("scope", unknown)]));
        }
    }
    let end = match end(fields, now) {
        Ok(end) => end,
        Err((name, fault)) => {
            form = form.wrong(name, words.say(fault));
            End::Keep
        }
    };
    let environment = fields.get("environment").map(|text| text.trim().to_owned());
    if environment.as_deref().is_some_and(|label| rules::validate_environment(label).is_err()) {
        form = form.wrong("environment", words.say("key-fault-environment"));
    }
    let ip_allow = networks(fields.get("ip_allow").unwrap_or_default());
    if ip_allow.as_ref().is_none_or(|all| rules::validate_networks(all).is_err()) {
        form = form.wrong("ip_allow", words.say("key-fault-networks"));
    }
    let rate_limit = fields.get("rate_limit").map(str::parse::<u32>).transpose();
    if !matches!(rate_limit, Ok(limit) if limit.is_none_or(|limit| (1..=class_limit).contains(&limit))) {
        form = form.wrong("rate_limit", words.count("key-fault-limit", i64::from(class_limit)));
    }
    match (form.has_faults(), scope, ip_allow, rate_limit) {
        (false, Ok(scope), Some(ip_allow), Ok(rate_limit)) => {
            Ok(Said { name, scope, end, environment, ip_allow, rate_limit })
        }
        _ => Err(form),
    }
}

/// The end that was chosen, or the field that is wrong and the words for it.
fn end(fields: &Parameters, now: UnixTime) -> Result<End, (&'static str, &'static str)> {
    let days = match fields.get("expires") {
        Some("keep") => return Ok(End::Keep),
        Some("never") => return Ok(End::At(None)),
        Some("date") => {
            // The whole day, as people mean it.
            let start =
                UnixTime::parse_rfc3339(&format!("{}T00:00:00Z", fields.get("date").unwrap_or_default()));
            let end = start.map(|start| start.plus_seconds(DAY - 1));
            return match end.filter(|end| rules::validate_end(Some(*end), now).is_ok()) {
                Some(end) => Ok(End::At(Some(end))),
                None => Err(("date", "key-fault-date")),
            };
        }
        Some("30") => 30,
        Some("90") => 90,
        Some("365") => 365,
        _ => return Err(("expires", "key-fault-expires")),
    };
    Ok(End::At(Some(now.plus_seconds(days * DAY))))
}

/// Addresses and networks, separated by lines, spaces or commas.
fn networks(text: &str) -> Option<Vec<IpNet>> {
    let one =
        |text: &str| text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    text.split([',', ' ', '\t', '\r', '\n']).filter(|part| !part.is_empty()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    fn read_end(text: &str) -> Result<Option<i64>, &'static str> {
        let fields = Parameters::from_form(text.as_bytes()).unwrap();
        match end(&fields, NOW) {
            Ok(End::Keep) => Ok(Some(-1)),
            Ok(End::At(end)) => Ok(end.map(|end| end.seconds() - NOW.seconds())),
            Err((field, _)) => Err(field),
        }
    }

    #[test]
    fn contract_9_an_expiry_is_a_preset_a_day_or_none() {
        for (text, read) in [
            ("expires=30", Ok(Some(30 * DAY))),
            ("expires=365", Ok(Some(365 * DAY))),
            ("expires=never", Ok(None)),
            ("expires=keep", Ok(Some(-1))),
            // 2027-01-15T08:00:00Z is now.
            ("expires=date&date=2027-01-15", Ok(Some(16 * 3600 - 1))),
            ("expires=date&date=2027-01-14", Err("date")),
            ("expires=date&date=2047-01-14", Err("date")),
            ("expires=date&date=15.1.2027", Err("date")),
            ("expires=date", Err("date")),
            ("expires=91", Err("expires")),
            ("", Err("expires")),
        ] {
            assert_eq!(read_end(text), read, "{text}");
        }
    }

    #[test]
    fn contract_9_networks_are_read_as_people_write_lists() {
        let all = |text: &str| networks(text).map(|all| all.iter().map(IpNet::to_string).collect::<Vec<_>>());
        assert_eq!(all(""), Some(vec![]));
        assert_eq!(
            all("192.0.2.7\r\n10.0.0.0/8, ::1"),
            Some(["192.0.2.7/32", "10.0.0.0/8", "::1/128"].map(str::to_owned).to_vec())
        );
        assert_eq!(all("example.com"), None);
    }
}
