//! Many at once at the token endpoint, over HTTP: one winner, no 5xx, never two live tokens (contract §5; security R-03).

use std::thread;

use crate::support::actor::asks;
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

const CLIENTS: usize = 16;

/// `work` by many at once.
fn at_once(work: impl Fn() -> Reply + Sync) -> Vec<Reply> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(&work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

on_both! {
    fn rfc6749_4_1_2_one_code_has_one_winner(server) {
        let code = server.actor().authorizes(&asks("spa", &[])).code();
        let replies = at_once(|| server.app("spa").presents(&code));
        let winners: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(winners.len(), 1);
        for loser in replies.iter().filter(|reply| reply.status != 200) {
            assert_eq!((loser.status, loser.error()), (400, "invalid_grant".into()));
        }
        assert!(!server.actor().is_believed(&winners[0].member("access_token")), "the others were replays");
    }

    fn rfc9700_4_14_2_one_refresh_token_has_one_successor(server) {
        let code = server.actor().authorizes(&asks("spa", &[])).code();
        let first = server.app("spa").redeems(&code).refresh;
        let replies = at_once(|| server.app("spa").refreshes(&first));
        let mut successors: Vec<String> =
            replies.into_iter().map(|reply| reply.expect(200).member("refresh_token")).collect();
        successors.dedup();
        assert_eq!(successors.len(), 1, "within ten seconds everybody gets the same");
        let _ = server.app("spa").refreshes(&successors[0]).expect(200);
        server.clock.advance(11);
        assert_eq!(server.app("spa").refreshes(&first).expect(400).error(), "invalid_grant");
    }

    fn rfc7009_2_1_after_a_revocation_nothing_lives(server) {
        let code = server.actor().authorizes(&asks("spa", &[])).code();
        let tokens = server.app("spa").redeems(&code);
        let replies = thread::scope(|scope| {
            let refreshing = scope.spawn(|| at_once(|| server.app("spa").refreshes(&tokens.refresh)));
            let _ = server.app("spa").revokes(&tokens.refresh).expect(200);
            refreshing.join().unwrap()
        });
        for reply in replies {
            assert!(matches!(reply.status, 200 | 400), "{}: {}", reply.status, reply.text());
            if reply.status == 200 {
                assert!(!server.actor().is_believed(&reply.member("access_token")));
                let again = server.app("spa").refreshes(&reply.member("refresh_token"));
                assert_eq!(again.expect(400).error(), "invalid_grant");
            }
        }
    }
}
