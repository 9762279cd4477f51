//! DPoP proofs: each counts once, on whichever node, and is forgotten when it has ended (RFC 9449 §11.1).

on_both! {
    rfc9449_11_1_of_many_at_once_on_two_nodes_one_is_the_first
    rfc9449_11_1_what_has_ended_is_forgotten
}

mod bodies {
    use std::sync::Arc;

    use portcullis::flows::housekeeping;
    use portcullis::storage::{self, StorageError};

    use crate::bed::Bed;

    pub async fn rfc9449_11_1_of_many_at_once_on_two_nodes_one_is_the_first(bed: Bed) {
        let (one, two) = (Arc::new(bed.second_node().await), Arc::new(bed.second_node().await));
        let end = bed.clock.now().plus_seconds(61);
        for round in 0..5 {
            let tries: Vec<_> = (0..64)
                .map(|index| {
                    let node = Arc::clone(if index % 2 == 0 { &one } else { &two });
                    tokio::spawn(async move {
                        node.db.write(move |c| storage::dpop::insert(c, &[round; 32], end)).await
                    })
                })
                .collect();
            let mut first = 0;
            for one in tries {
                match one.await.unwrap() {
                    Ok(()) => first += 1,
                    Err(error) => assert!(matches!(error, StorageError::Conflict), "{error}"),
                }
            }
            assert_eq!(first, 1);
        }
    }

    pub async fn rfc9449_11_1_what_has_ended_is_forgotten(bed: Bed) {
        let (node, end) = (&bed.node, bed.clock.now().plus_seconds(61));
        let insert = || node.db.write(move |c| storage::dpop::insert(c, &[7; 32], end));
        insert().await.unwrap();
        // Another node's clock may be behind.
        bed.clock.advance(61 + 300);
        assert_eq!(housekeeping::purge(node).await.unwrap(), 0);
        assert!(matches!(insert().await, Err(StorageError::Conflict)));
        bed.clock.advance(1);
        assert_eq!(housekeeping::purge(node).await.unwrap(), 1);
    }
}
