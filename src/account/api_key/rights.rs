//! What a key allows, and whether that is within what another credential allows: a key never mints a wider key
//! (contract §9; security §3, 60).

use ipnet::IpNet;
use uuid::Uuid;

use super::ApiKey;
use crate::clock::UnixTime;
use crate::oauth::scope::Scope;

/// Everything that bounds a credential.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rights {
    /// What it allows.
    pub scope: Scope,
    /// Where: in one project, or with `None` wherever its owner may.
    pub project_id: Option<Uuid>,
    /// Until when; `None`: for ever.
    pub expires_at: Option<UnixTime>,
    /// From where; empty: from anywhere.
    pub ip_allow: Vec<IpNet>,
    /// How often an hour; `None`: as often as its owner.
    pub rate_limit: Option<u32>,
}

impl Rights {
    /// Whether all that these rights allow, `other` allows too.
    pub fn is_within(&self, other: &Self) -> bool {
        let reaches = |mine: &IpNet| other.ip_allow.iter().any(|network| network.contains(mine));
        self.scope.is_subset_of(&other.scope)
            && (other.project_id.is_none() || self.project_id == other.project_id)
            && is_at_most(self.expires_at, other.expires_at)
            && (other.ip_allow.is_empty() || (!self.ip_allow.is_empty() && self.ip_allow.iter().all(reaches)))
            && is_at_most(self.rate_limit, other.rate_limit)
    }
}

/// `None` has no bound.
fn is_at_most<T: Ord>(value: Option<T>, bound: Option<T>) -> bool {
    match (value, bound) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(value), Some(bound)) => value <= bound,
    }
}

impl ApiKey {
    /// What it allows at most.
    pub fn rights(&self) -> Rights {
        Rights {
            scope: self.scope.clone(),
            project_id: self.project_id,
            expires_at: self.expires_at,
            ip_allow: self.ip_allow.clone(),
            rate_limit: self.rate_limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Rights {
        Rights {
            scope: Scope::from(["read", "write"]),
            project_id: None,
            expires_at: None,
            ip_allow: Vec::new(),
            rate_limit: None,
        }
    }

    #[test]
    fn contract_9_rights_are_within_others_in_every_respect_or_not_at_all() {
        let at = |seconds| Some(UnixTime::from_seconds(seconds));
        let nets = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpNet>>();
        let scoped = |scope: &[&str]| Rights { scope: Scope::from(scope), ..all() };
        let ending = |expires_at| Rights { expires_at, ..all() };
        let from = |texts: &[&str]| Rights { ip_allow: nets(texts), ..all() };
        let often = |rate_limit| Rights { rate_limit, ..all() };
        let of = |project_id| Rights { project_id, ..all() };
        let (one, two) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
        for (mine, other, within) in [
            (all(), all(), true),
            (scoped(&["read"]), all(), true),
            (scoped(&["read", "admin"]), all(), false),
            (scoped(&[]), all(), true),
            (of(one), all(), true),
            (of(one), of(one), true),
            (all(), of(one), false),
            (of(two), of(one), false),
            (ending(at(5)), ending(at(5)), true),
            (ending(at(6)), ending(at(5)), false),
            (ending(None), ending(at(5)), false),
            (ending(at(5)), all(), true),
            (often(Some(5)), often(Some(5)), true),
            (often(Some(6)), often(Some(5)), false),
            (often(None), often(Some(5)), false),
            (from(&["10.1.0.0/16"]), from(&["10.0.0.0/8", "2001:db8::/32"]), true),
            (from(&["10.1.0.0/16", "2001:db8:1::/48"]), from(&["10.0.0.0/8", "2001:db8::/32"]), true),
            (from(&["10.1.0.0/16", "11.0.0.1/32"]), from(&["10.0.0.0/8"]), false),
            (from(&["10.0.0.0/7"]), from(&["10.0.0.0/8"]), false),
            (from(&["::/0"]), from(&["10.0.0.0/8"]), false),
            (all(), from(&["10.0.0.0/8"]), false),
            (from(&["10.0.0.0/8"]), all(), true),
        ] {
            assert_eq!(mine.is_within(&other), within, "{mine:?} within {other:?}");
        }
    }
}
