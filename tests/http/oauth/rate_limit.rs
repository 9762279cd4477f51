//! A client with a limit of its own (contract §12).

use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange};

use crate::support::server::TestServer;

#[test]
fn contract_12_a_clients_own_limit_counts_instead_of_the_one_of_all_oauth_tokens() {
    let server = TestServer::with(&[("RATE_LIMIT_OAUTH", "5")]);
    let limit = |id: &str, limit| {
        let change = ClientChange { rate_limit: Some(limit), ..ClientChange::default() };
        server.operator(clients::update(&server.node, Actor::Operator, id, change)).unwrap().unwrap();
    };
    let token = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    let ask = || server.actor().verifies(&token);
    assert_eq!(ask().expect(200).the_header("x-ratelimit-limit"), "5");
    limit("robot", Some(2));
    let first = ask().expect(200);
    assert_eq!(first.the_header("ratelimit-policy"), "\"oauth\";q=2;w=3600", "changed with the cache warm");
    assert_eq!(first.the_header("x-ratelimit-remaining"), "1", "a counter of its own");
    assert_eq!(ask().status, 200);
    assert_eq!(ask().status, 429);
    limit("robot", None);
    assert_eq!(ask().expect(200).the_header("x-ratelimit-remaining"), "3", "the counter of all, as it was");
}
