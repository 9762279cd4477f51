//! Client assertions under races: each counts once, on whichever node (RFC 7523 §3; security §3, 34).

on_both! {
    rfc7523_3_one_assertion_presented_by_64_at_once_on_two_nodes_counts_once
    rfc7523_3_a_used_assertion_is_remembered_until_it_ends
}

mod bodies {
    use std::sync::Arc;

    use portcullis::clock::UnixTime;
    use portcullis::flows::{Node, housekeeping};
    use portcullis::storage::client_assertion;

    use crate::bed::Bed;

    async fn consumes(node: &Node, client: &'static str, name: u8, until: UnixTime) -> bool {
        node.db.write(move |c| client_assertion::consume(c, &[name; 32], client, until)).await.unwrap()
    }

    pub async fn rfc7523_3_one_assertion_presented_by_64_at_once_on_two_nodes_counts_once(bed: Bed) {
        let nodes = [Arc::clone(&bed.node), Arc::new(bed.second_node().await)];
        let until = bed.clock.now().plus_seconds(60);
        for name in 0..4 {
            let tries: Vec<_> = (0..64)
                .map(|at| {
                    let node = Arc::clone(&nodes[at % 2]);
                    tokio::spawn(async move { consumes(&node, "web", name, until).await })
                })
                .collect();
            let mut winners = 0;
            for one in tries {
                winners += usize::from(one.await.unwrap());
            }
            assert_eq!(winners, 1);
        }
    }

    pub async fn rfc7523_3_a_used_assertion_is_remembered_until_it_ends(bed: Bed) {
        let until = bed.clock.now().plus_seconds(60);
        assert!(consumes(&bed.node, "web", 1, until).await && !consumes(&bed.node, "web", 1, until).await);
        assert!(consumes(&bed.node, "web", 2, until).await);
        assert_eq!(housekeeping::purge(&bed.node).await.unwrap(), 0);
        // And as long again as a node's clock may be behind: five minutes.
        bed.clock.advance(60 + 300);
        assert_eq!(housekeeping::purge(&bed.node).await.unwrap(), 0);
        assert!(!consumes(&bed.node, "web", 1, until).await);
        bed.clock.advance(1);
        assert_eq!(housekeeping::purge(&bed.node).await.unwrap(), 2);
    }
}
