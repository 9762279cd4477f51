//! How many requests that strangers caused are under way to one place: whoever answers slowly keeps only their own waiting.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use url::{Host, Url};

use super::super::throttle::network;

/// Requests under way to one place at once.
pub(super) const AT_ONE_PLACE: usize = 4;

/// Where a request goes: both what is resolved and what is connected to can be slow.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// The last two labels of the name, under which one owner has any number of names; or an address as it was written.
    Site(String),
    /// An address (IPv6: its /64), which any number of names lead to.
    Network(Vec<u8>),
}

impl Place {
    pub(super) fn site(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let Some(Host::Domain(_)) = url.host() else { return Self::Site(host.to_owned()) };
        let from = host.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
        Self::Site(host.get(from..).unwrap_or(host).to_owned())
    }

    pub(super) fn network(address: IpAddr) -> Self {
        Self::Network(network(address))
    }
}

/// Who is where.
#[derive(Default)]
pub(super) struct Crowd(Mutex<HashMap<Place, usize>>);

/// One request at a place, until it is dropped.
pub(super) struct Presence<'c> {
    crowd: &'c Crowd,
    place: Place,
}

impl Crowd {
    /// `None` if too many are there.
    pub(super) fn enter(&self, place: Place) -> Option<Presence<'_>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(place.clone()).or_default();
        if *count >= AT_ONE_PLACE {
            return None;
        }
        *count += 1;
        Some(Presence { crowd: self, place })
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        let mut counts = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = counts.get(&self.place).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            counts.remove(&self.place);
        } else {
            counts.insert(self.place.clone(), left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(url: &str) -> Option<String> {
        match Place::site(&Url::parse(url).unwrap()) {
            Place::Site(site) => Some(site),
            Place::Network(_) => None,
        }
    }

    #[test]
    fn security_38_whoever_owns_a_name_owns_those_under_it() {
        for (url, expected) in [
            ("https://evil.example/", "evil.example"),
            ("https://a.evil.example/", "evil.example"),
            ("https://b.a.EVIL.example.:8443/", "evil.example"),
            ("https://localhost/", "localhost"),
            ("https://203.0.113.9/", "203.0.113.9"),
            ("https://[2001:db8::1]/", "[2001:db8::1]"),
        ] {
            assert_eq!(site(url).as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn security_38_a_place_is_full_until_somebody_leaves() {
        let crowd = Crowd::default();
        let place = |host: u8| Place::network(IpAddr::from([203, 0, 113, host]));
        let mut inside: Vec<_> = (0..AT_ONE_PLACE).map(|_| crowd.enter(place(1)).unwrap()).collect();
        assert!(crowd.enter(place(1)).is_none() && crowd.enter(place(2)).is_some());
        inside.pop();
        assert!(crowd.enter(place(1)).is_some());
        inside.clear();
        assert!(crowd.0.lock().unwrap().is_empty(), "nothing is kept of who left");
    }
}
