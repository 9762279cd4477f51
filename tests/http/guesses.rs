//! Guesses at passwords: an account has two names, and its guesses once; nobody learns by them who has an account (contract §12;
//! security §3, 47, 48; NIST SP 800-63B-4 §3.2.2).

use crate::support::exchange::Reply;
use crate::support::server::TestServer;

fn tries(server: &TestServer, name: &str, password: &str) -> Reply {
    server.actor().post("/auth/v1/token").form(&[("username", name), ("password", password)]).send()
}

#[test]
fn security_3_47_guesses_by_one_name_keep_nobody_out_who_types_the_other() {
    let server = TestServer::start();
    let right = &server.seed.password;
    for _ in 0..6 {
        let _ = tries(&server, "alice", "wrong horse battery").expect(401);
    }
    assert_eq!(tries(&server, "alice", right).status, 429);
    assert_eq!(tries(&server, "Alice@Example.com", right).status, 200, "looked at");
    assert_eq!(tries(&server, "bob@example.com", right).status, 200, "others are not slowed");
    server.clock.advance(1);
    assert_eq!(tries(&server, "alice", right).status, 200);
}

#[test]
fn security_3_48_the_wait_for_one_name_says_nothing_about_another() {
    let server = TestServer::start();
    let answers = |names: [&str; 2]| -> Vec<(u16, Option<String>)> {
        let order = (0..24).map(|n| if n < 8 { names[0] } else { names[n % 2] });
        let wrong = order.map(|name| tries(&server, name, "wrong horse battery"));
        wrong.map(|reply| (reply.status, reply.header("retry-after").map(str::to_owned))).collect()
    };
    let known = answers(["alice", "alice@example.com"]);
    assert!(known.iter().any(|(status, _)| *status == 429) && known[8].0 == 429 && known[9] == (401, None));
    assert_eq!(known, answers(["nobody", "nobody@example.com"]));
    assert_eq!(known, answers(["dave", "dave@example.com"]), "switched off");
    assert_eq!(known, answers(["bob", "nobody.else@example.com"]));
}
