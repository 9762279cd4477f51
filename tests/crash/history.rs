//! What one client saw acknowledged, and the check of it against the restarted server.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::StatusCode;
use reqwest::blocking::Client;
use serde_json::Value;

use crate::process::{PASSWORD, Server};

/// One login and its refreshes, as far as complete answers arrived.
pub struct Chain {
    /// Every access token received.
    pub access: Vec<String>,
    /// Refresh tokens that were exchanged for one that arrived, oldest first.
    pub consumed: Vec<String>,
    /// The last refresh token that arrived.
    pub live: String,
}

/// What all clients of one round share.
#[derive(Default)]
pub struct Load {
    /// The server is gone: no client begins anew.
    pub stop: AtomicBool,
    /// Acknowledged so far.
    pub logins: AtomicUsize,
    /// Acknowledged so far.
    pub refreshes: AtomicUsize,
}

/// Logs in once, then refreshes until the server goes. `None` when not even the login was acknowledged.
pub fn drive(base: &str, user: &str, load: &Load) -> Option<Chain> {
    let http = Client::new();
    let (access, live) = loop {
        match tokens(&http, &format!("{base}/auth/v1/token"), &[("username", user), ("password", PASSWORD)]) {
            Some(tokens) => break tokens,
            None if load.stop.load(Ordering::SeqCst) => return None,
            None => std::thread::yield_now(),
        }
    };
    load.logins.fetch_add(1, Ordering::SeqCst);
    let mut chain = Chain { access: vec![access], consumed: Vec::new(), live };
    while !load.stop.load(Ordering::SeqCst) {
        let refreshed = tokens(&http, &format!("{base}/auth/v1/refresh"), &[("refresh_token", &chain.live)]);
        let Some((access, next)) = refreshed else { break };
        load.refreshes.fetch_add(1, Ordering::SeqCst);
        chain.access.push(access);
        chain.consumed.push(std::mem::replace(&mut chain.live, next));
    }
    Some(chain)
}

impl Chain {
    /// I4: every acknowledged access token is good, and the last refresh token works (or, if a refresh was on its
    /// way when the server died, is answered with its successor). I1, I2: nothing consumed comes back.
    pub fn check(&self, server: &Server) {
        let http = Client::new();
        for token in &self.access {
            let answer = http.get(server.url("/v1/auth/verify")).bearer_auth(token).send().unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "an acknowledged access token was lost");
        }
        let refresh = server.url("/auth/v1/refresh");
        let next = tokens(&http, &refresh, &[("refresh_token", &self.live)]);
        assert!(next.is_some(), "an acknowledged refresh token was lost");
        if let Some(oldest) = self.consumed.first() {
            let replayed = tokens(&http, &refresh, &[("refresh_token", oldest)]);
            assert!(replayed.is_none(), "a consumed refresh token came back");
        }
    }
}

fn tokens(http: &Client, url: &str, form: &[(&str, &str)]) -> Option<(String, String)> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let answer = http
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .ok()
        .filter(|answer| answer.status() == StatusCode::OK)?;
    let body: Value = serde_json::from_str(&answer.text().ok()?).ok()?;
    let member = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    Some((member("access_token")?, member("refresh_token")?))
}
