//! What somebody who asks for access may do with it, and for how long, in words (contract §5; security §3, 40).

use super::visit::Visit;
use crate::flows::scopes;
use crate::oauth::scope;

/// What a scope lets its holder do, in words.
pub fn wish(visit: &Visit, token: &str) -> String {
    let id = format!("scope-{token}");
    if visit.words.knows(&id) {
        return visit.words.say(&id);
    }
    // The operator said what theirs are for.
    scopes::describe(&visit.node, token, visit.words.language())
        .or_else(|| scope::describe(token).map(str::to_owned))
        .unwrap_or_else(|| visit.words.tell("consent-scope-unknown", &[("scope", token)]))
}

/// How long what is allowed now lasts, in words.
pub fn duration(visit: &Visit, offline: bool) -> String {
    let policy = &visit.node.policy;
    if offline {
        let (idle, most) = (visit.words.span(policy.refresh_idle), visit.words.span(policy.refresh_lifetime));
        visit.words.tell("consent-while-used", &[("idle", idle), ("most", most)])
    } else {
        let most = visit.words.span(policy.session_lifetime);
        visit.words.tell("consent-while-signed-in", &[("most", most)])
    }
}
