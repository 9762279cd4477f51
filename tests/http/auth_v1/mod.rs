//! `/auth/v1/*`: what first-party scripts and front ends use (contract §3).

mod cors;
mod session;
mod token;

use crate::support::server::{FRONT_END, PUBLIC_URL};

/// What requests that a cookie vouches for may say about their origin, and whether they pass: 200 or 403 (contract §3).
pub fn origin_table() -> Vec<(Vec<(&'static str, &'static str)>, u16)> {
    let (site, origin, evil) = ("sec-fetch-site", "origin", "https://evil.example");
    vec![
        (vec![], 200),
        (vec![(site, "same-origin")], 200),
        (vec![(site, "none")], 200),
        (vec![(origin, PUBLIC_URL)], 200),
        (vec![(origin, FRONT_END)], 200),
        (vec![(site, "cross-site"), (origin, FRONT_END)], 200),
        (vec![(site, "cross-site")], 403),
        (vec![(site, "same-site")], 403),
        (vec![(site, "cross-site"), (origin, evil)], 403),
        (vec![(origin, evil)], 403),
        (vec![(origin, "null")], 403),
        (vec![(origin, "http://id.example")], 403),
        (vec![(origin, "https://id.example.evil.example")], 403),
        (vec![(origin, "https://id.example:8443")], 403),
        (vec![(origin, "https://front.example/")], 403),
        (vec![(origin, evil), (origin, PUBLIC_URL)], 403),
        (vec![(site, "cross-site"), (site, "same-origin")], 403),
    ]
}
