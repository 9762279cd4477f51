//! Forms of pages on both databases: whatever the race and the node, each is carried out once (security §4.6).

on_both! {
    security_4_6_of_sixteen_threads_on_two_nodes_that_send_a_form_one_is_taken
    security_4_6_a_form_is_of_one_browser_and_name_and_of_its_hour
    forms_that_were_sent_are_forgotten_when_their_tokens_have_ended
}

mod bodies {
    use std::sync::{Arc, Barrier};

    use portcullis::flows::Node;
    use portcullis::flows::form_token::{self, FormRefusal, issue};
    use portcullis::flows::housekeeping;
    use tokio::runtime::Handle;

    use crate::bed::Bed;

    const FORM: &str = "consent:one";

    async fn sends(node: &Node, cookie: &str, form: &str, token: &str) -> Result<(), FormRefusal> {
        form_token::take(node, cookie, form, Some(token)).await.unwrap()
    }

    pub async fn security_4_6_of_sixteen_threads_on_two_nodes_that_send_a_form_one_is_taken(bed: Bed) {
        let nodes = [Arc::clone(&bed.node), Arc::new(bed.second_node().await)];
        for round in 0..8 {
            let token = issue(&nodes[round % 2], "a cookie", FORM);
            let start = Arc::new(Barrier::new(16));
            let threads: Vec<_> = (0..16)
                .map(|n| {
                    let (node, token) = (Arc::clone(&nodes[n % 2]), token.clone());
                    let (start, runtime) = (Arc::clone(&start), Handle::current());
                    std::thread::spawn(move || {
                        start.wait();
                        runtime.block_on(sends(&node, "a cookie", FORM, &token))
                    })
                })
                .collect();
            let joined = tokio::task::spawn_blocking(move || {
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            });
            let answers = joined.await.unwrap();
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
            let sent = |answer: &&Result<(), FormRefusal>| **answer == Err(FormRefusal::Sent);
            assert_eq!(answers.iter().filter(sent).count(), 15, "{answers:?}");
        }
    }

    pub async fn security_4_6_a_form_is_of_one_browser_and_name_and_of_its_hour(bed: Bed) {
        let node = &bed.node;
        let token = issue(node, "mine", FORM);
        for (cookie, form) in [("yours", FORM), ("mine", "consent:other"), ("mine", "")] {
            assert_eq!(sends(node, cookie, form, &token).await, Err(FormRefusal::OtherSession));
        }
        assert_eq!(form_token::take(node, "mine", FORM, None).await.unwrap(), Err(FormRefusal::Expired));
        // What was refused is not spent, and is taken in its last second.
        bed.clock.advance(3600);
        assert_eq!(sends(node, "mine", FORM, &token).await, Ok(()));
        assert_eq!(sends(node, "mine", FORM, &token).await, Err(FormRefusal::Sent));
        // However the token is written, it is the same.
        assert_eq!(sends(node, "mine", FORM, &format!("+{token}")).await, Err(FormRefusal::Sent));
        assert_eq!(sends(node, "mine", FORM, &format!("0{token}")).await, Err(FormRefusal::Sent));
        let late = issue(node, "mine", FORM);
        bed.clock.advance(3601);
        assert_eq!(sends(node, "mine", FORM, &late).await, Err(FormRefusal::Expired));
    }

    pub async fn forms_that_were_sent_are_forgotten_when_their_tokens_have_ended(bed: Bed) {
        let node = &bed.node;
        let token = issue(node, "mine", FORM);
        assert_eq!(sends(node, "mine", FORM, &token).await, Ok(()));
        // A node whose clock is behind still knows it.
        bed.clock.advance(2 * 3600);
        assert_eq!(housekeeping::purge(node).await.unwrap(), 0);
        bed.clock.advance(1);
        assert_eq!(housekeeping::purge(node).await.unwrap(), 1);
        assert_eq!(housekeeping::purge(node).await.unwrap(), 0);
    }
}
