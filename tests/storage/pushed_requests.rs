//! Pushed authorization requests: one code for one URI, whatever the race and whichever node (RFC 9126 §4).

on_both! {
    rfc9126_4_one_uri_answered_by_64_at_once_leads_to_one_code
    rfc9126_4_a_uri_pushed_to_one_node_is_good_on_another
    what_ended_long_ago_is_removed
}

mod bodies {
    use std::sync::Arc;

    use portcullis::flows::authorize::{Authorize, decide};
    use portcullis::flows::pushed_authorization_request::push;
    use portcullis::flows::session::SignedIn;
    use portcullis::flows::{Node, housekeeping};
    use portcullis::oauth::parameters::Parameters;
    use portcullis::oauth::scope::Scope;

    use crate::bed::{Bed, CHALLENGE, HERE, REDIRECT, form};

    /// The query that brings the URI of a request pushed to `node`.
    async fn pushed(node: &Node) -> Parameters {
        let body = form(&[
            ("client_id", "app"),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", "read"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let Ok(response) = push(node, None, &body, None, HERE).await.unwrap() else { panic!("not pushed") };
        form(&[("client_id", "app"), ("request_uri", &response.request_uri)])
    }

    /// `code`, or the error that the client is told.
    async fn answer(node: &Node, query: &Parameters, signed_in: &SignedIn) -> String {
        let Authorize::Redirect(location) =
            decide(node, query, signed_in, &Scope::from(["read"]), true).await.unwrap()
        else {
            panic!("the client is not answered")
        };
        let url = url::Url::parse(&location).unwrap();
        let said = |name: &str| url.query_pairs().find(|(own, _)| own == name).map(|(_, v)| v.into_owned());
        said("error").unwrap_or_else(|| {
            assert!(said("code").is_some_and(|code| code.starts_with("pac_")), "{location}");
            "code".to_owned()
        })
    }

    pub async fn rfc9126_4_one_uri_answered_by_64_at_once_leads_to_one_code(bed: Bed) {
        let bed = Arc::new(bed);
        let signed_in = bed.sign_in().await;
        for _ in 0..3 {
            let query = pushed(&bed.node).await;
            let tries: Vec<_> = (0..64)
                .map(|_| {
                    let (bed, query, signed_in) = (Arc::clone(&bed), query.clone(), signed_in.clone());
                    tokio::spawn(async move { answer(&bed.node, &query, &signed_in).await })
                })
                .collect();
            let mut codes = 0;
            for one in tries {
                match one.await.unwrap().as_str() {
                    "code" => codes += 1,
                    error => assert_eq!(error, "invalid_request_uri"),
                }
            }
            assert_eq!(codes, 1);
        }
    }

    pub async fn rfc9126_4_a_uri_pushed_to_one_node_is_good_on_another(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let other = bed.second_node().await;
        let query = pushed(&bed.node).await;
        assert_eq!(answer(&other, &query, &signed_in).await, "code");
        assert_eq!(answer(&bed.node, &query, &signed_in).await, "invalid_request_uri");
    }

    pub async fn what_ended_long_ago_is_removed(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let query = pushed(&bed.node).await;
        bed.clock.advance(7200);
        housekeeping::purge(&bed.node).await.unwrap();
        assert_eq!(
            answer(&bed.node, &query, &signed_in).await,
            "invalid_request_uri",
            "told while it is known"
        );
        bed.clock.advance(91);
        housekeeping::purge(&bed.node).await.unwrap();
        let gone = decide(&bed.node, &query, &signed_in, &Scope::from(["read"]), true).await.unwrap();
        assert!(matches!(gone, Authorize::Page(_)), "and nobody knows where to tell it any more");
    }
}
