//! What a key may be called and limited to (contract §9). Every error says what to change.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::ApiKey;
use crate::account::user::User;
use crate::account::visible_name::has_unseen;
use crate::clock::UnixTime;
use crate::oauth::scope::{self, Scope};

/// Longest name, in characters.
pub const MAX_NAME: usize = 100;
/// Longest environment label, in characters.
pub const MAX_ENVIRONMENT: usize = 32;
/// Most networks a key may be used from.
pub const MAX_NETWORKS: usize = 50;
/// Most members of its metadata, and the longest name and value of one, in characters.
pub const MAX_METADATA: (usize, usize, usize) = (20, 40, 500);
/// Latest end of a key, in seconds from now: ten years.
pub const MAX_LIFETIME_SECONDS: i64 = 10 * 366 * 86_400;
/// Longest overlap of two secrets at a rotation, in seconds: 7 days.
pub const MAX_OVERLAP_SECONDS: i64 = 7 * 86_400;

/// Checks what is said of a key, its scope and its end apart. `class_limit` is what all keys of an owner have an hour.
pub fn validate(key: &ApiKey, class_limit: u32) -> Result<(), String> {
    validate_name(&key.name)?;
    key.environment.as_deref().map_or(Ok(()), validate_environment)?;
    validate_networks(&key.ip_allow)?;
    metadata(&key.metadata)?;
    match key.rate_limit {
        Some(limit) if limit == 0 || limit > class_limit => {
            Err(format!("a key's rate limit can only be lower than its owner's: 1 to {class_limit} an hour"))
        }
        _ => Ok(()),
    }
}

/// Checks a new end of a key.
pub fn validate_end(expires_at: Option<UnixTime>, now: UnixTime) -> Result<(), String> {
    match expires_at {
        Some(end) if end <= now => Err("the expiry of a key must be in the future".to_owned()),
        Some(end) if end > now.plus_seconds(MAX_LIFETIME_SECONDS) => {
            Err("a key can expire in at most 10 years: leave the expiry out for a key that never does"
                .to_owned())
        }
        _ => Ok(()),
    }
}

/// Checks the seconds for which the secret before a rotation stays good.
pub fn validate_overlap(seconds: i64) -> Result<(), String> {
    if (0..=MAX_OVERLAP_SECONDS).contains(&seconds) {
        return Ok(());
    }
    Err(format!("the overlap of a rotation is 0 to {MAX_OVERLAP_SECONDS} seconds (7 days)"))
}

/// Every scope a key of `owner` can have: a login's, and those that the operator added. A project's key never
/// administers this server.
pub fn scopes_of(owner: &User, of_project: bool, added: &[String]) -> Scope {
    let own = owner.default_scope();
    let all: Scope =
        own.iter().chain(added.iter().map(String::as_str)).filter(|token| owner.may_grant(token)).collect();
    if of_project { all.without(scope::ADMIN) } else { all }
}

/// The scope of a new key: what was asked for, or `read write`, of what is `allowed`.
pub fn choose_scope(asked: Option<&Scope>, allowed: &Scope) -> Result<Scope, String> {
    let chosen = match asked {
        Some(asked) => asked.clone(),
        None => Scope::from([scope::READ, scope::WRITE]).intersect(allowed),
    };
    if let Some(refused) = chosen.iter().find(|token| !allowed.contains(token)) {
        return Err(format!("the scope {refused} cannot be given to this key: choose from {allowed}"));
    }
    if chosen.is_empty() {
        return Err(format!("a key needs at least one scope of {allowed}"));
    }
    Ok(chosen)
}

/// Checks what its owner calls it.
pub fn validate_name(name: &str) -> Result<(), String> {
    let visible = !name.trim().is_empty() && !has_unseen(name);
    if visible && name.chars().count() <= MAX_NAME {
        return Ok(());
    }
    Err(format!("a key's name must have 1 to {MAX_NAME} characters, none of them invisible"))
}

/// Checks the label.
pub fn validate_environment(label: &str) -> Result<(), String> {
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if (1..=MAX_ENVIRONMENT).contains(&label.len()) && label.bytes().all(good) {
        return Ok(());
    }
    Err(format!("an environment is 1 to {MAX_ENVIRONMENT} of letters, digits, '_', '.' and '-'"))
}

/// Checks where it may be used from.
pub fn validate_networks(networks: &[IpNet]) -> Result<(), String> {
    if networks.len() > MAX_NETWORKS {
        return Err(format!("a key can be bound to at most {MAX_NETWORKS} networks"));
    }
    // An address in this form counts as the IPv4 address it stands for.
    let mapped = |net: &IpNet| matches!(net, IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some());
    match networks.iter().find(|net| mapped(net)) {
        Some(net) => {
            Err(format!("write the IPv4 network of {net} itself: no request comes from such an address"))
        }
        None => Ok(()),
    }
}

fn metadata(members: &BTreeMap<String, String>) -> Result<(), String> {
    let (most, name_length, value_length) = MAX_METADATA;
    let fits = |(name, value): (&String, &String)| {
        (1..=name_length).contains(&name.chars().count()) && value.chars().count() <= value_length
    };
    // PostgreSQL's text cannot hold it.
    let storable = |(name, value): (&String, &String)| !name.contains('\0') && !value.contains('\0');
    if members.len() <= most && members.iter().all(|member| fits(member) && storable(member)) {
        return Ok(());
    }
    Err(format!(
        "metadata has at most {most} members, names of 1 to {name_length} and values of at most {value_length} \
         characters"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::key;
    use super::*;

    fn refused(key: &ApiKey) -> bool {
        validate(key, 1000).is_err()
    }

    #[test]
    fn contract_9_what_is_said_of_a_key_is_short_and_visible() {
        let named = |name: &str| ApiKey { name: name.to_owned(), ..key() };
        assert!(!refused(&named("Ada's laptop")) && !refused(&named(&"x".repeat(100))));
        for bad in ["", " ", "a\nb", "a\0", &"x".repeat(101)] {
            assert!(refused(&named(bad)), "{bad:?}");
        }
        let labelled = |label: &str| ApiKey { environment: Some(label.to_owned()), ..key() };
        assert!(!refused(&labelled("pre-prod_2.1")));
        for bad in ["", "a b", "ü", &"x".repeat(33)] {
            assert!(refused(&labelled(bad)), "{bad:?}");
        }
        let noted =
            |members: Vec<(String, String)>| ApiKey { metadata: members.into_iter().collect(), ..key() };
        let one = |name: usize, value: usize| noted(vec![("n".repeat(name), "v".repeat(value))]);
        assert!(!refused(&one(40, 500)) && !refused(&one(1, 0)));
        assert!(refused(&one(0, 1)) && refused(&one(41, 1)) && refused(&one(1, 501)));
        let many = |n: usize| noted((0..n).map(|i| (i.to_string(), String::new())).collect());
        assert!(!refused(&many(20)) && refused(&many(21)));
        assert!(refused(&noted(vec![("a".into(), "\0".into())])));
    }

    #[test]
    fn contract_9_networks_are_few_and_written_in_their_own_family() {
        let bound = |nets: Vec<&str>| ApiKey {
            ip_allow: nets.into_iter().map(|net| net.parse().unwrap()).collect(),
            ..key()
        };
        assert!(!refused(&bound(vec!["10.0.0.0/8"; 50])) && refused(&bound(vec!["10.0.0.0/8"; 51])));
        assert!(!refused(&bound(vec!["2001:db8::/32"])) && refused(&bound(vec!["::ffff:10.0.0.0/104"])));
    }

    #[test]
    fn contract_12_a_key_can_only_lower_its_owners_limit() {
        for (limit, good) in
            [(None, true), (Some(1), true), (Some(1000), true), (Some(0), false), (Some(1001), false)]
        {
            assert_eq!(!refused(&ApiKey { rate_limit: limit, ..key() }), good, "{limit:?}");
        }
    }

    #[test]
    fn contract_9_a_key_ends_within_ten_years_and_overlaps_at_most_seven_days() {
        let now = UnixTime::from_seconds(1_000);
        for (seconds, good) in
            [(0, false), (-1, false), (1, true), (10 * 365 * 86_400, true), (11 * 365 * 86_400, false)]
        {
            assert_eq!(validate_end(Some(now.plus_seconds(seconds)), now).is_ok(), good, "{seconds}");
        }
        assert!(validate_end(None, now).is_ok());
        for (seconds, good) in [(0, true), (604_800, true), (604_801, false), (-1, false)] {
            assert_eq!(validate_overlap(seconds).is_ok(), good, "{seconds}");
        }
    }

    #[test]
    fn contract_2_a_key_has_read_write_unless_it_asks_and_never_more_than_its_owner() {
        let user = |is_admin| User {
            id: uuid::Uuid::nil(),
            username: "ada".into(),
            email: "ada@example.com".into(),
            is_admin,
            disabled: false,
            created_at: UnixTime::from_seconds(0),
        };
        let scopes = |is_admin, of_project| {
            scopes_of(&user(is_admin), of_project, &["files:list".into(), "admin".into()])
        };
        assert_eq!(scopes(false, false), Scope::from(["read", "write", "files:list"]));
        assert_eq!(scopes(true, false), Scope::from(["read", "write", "admin", "files:list"]));
        assert_eq!(scopes(true, true), Scope::from(["read", "write", "files:list"]));
        let allowed = Scope::from(["read", "files:list"]);
        for (asked, chosen) in [
            (None, Some(Scope::from(["read"]))),
            (Some(Scope::from(["files:list"])), Some(Scope::from(["files:list"]))),
            (Some(Scope::from(["write"])), None),
            (Some(Scope::empty()), None),
        ] {
            assert_eq!(choose_scope(asked.as_ref(), &allowed).ok(), chosen, "{asked:?}");
        }
        assert!(choose_scope(None, &Scope::from(["files:list"])).is_err());
    }
}
