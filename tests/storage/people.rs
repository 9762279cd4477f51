//! Links and mails on both databases: single use, one sender at a time, and what expires (decision 0011).

on_both! {
    security_3_51_of_eight_who_open_a_link_at_once_one_gets_it
    of_eight_nodes_one_sends_a_mail
    a_link_is_of_one_kind_and_replaces_its_like_only
    links_and_mails_that_are_over_are_removed
}

mod bodies {
    use std::sync::Arc;

    use portcullis::crypto::opaque_token::{PlainToken, TokenType};
    use portcullis::crypto::random;
    use portcullis::flows::housekeeping;
    use portcullis::storage::account_link::{self, AccountLink, LinkKind};
    use portcullis::storage::mail::{self, Mail};

    use crate::bed::Bed;

    const KINDS: [LinkKind; 4] =
        [LinkKind::Password, LinkKind::Registration, LinkKind::Invitation, LinkKind::Email];

    pub async fn security_3_51_of_eight_who_open_a_link_at_once_one_gets_it(bed: Bed) {
        for round in 0..5 {
            let digest = bed.node.tokens.digest(&PlainToken::generate(TokenType::AccountLink));
            let link = bed.link(LinkKind::Password, Some(&format!("a{round}@example.com")));
            bed.node.db.write(move |c| account_link::replace(c, &digest, &link)).await.unwrap();
            let now = bed.clock.now();
            let mut attempts = Vec::new();
            for _ in 0..8 {
                let node = Arc::clone(&bed.node);
                attempts.push(tokio::spawn(async move {
                    let consume = move |c: &mut _| account_link::consume(c, &digest, LinkKind::Password, now);
                    node.db.write(consume).await.unwrap().is_some()
                }));
            }
            let mut winners = 0;
            for attempt in attempts {
                winners += u32::from(attempt.await.unwrap());
            }
            assert_eq!(winners, 1);
        }
    }

    pub async fn of_eight_nodes_one_sends_a_mail(bed: Bed) {
        let (now, again) = (bed.clock.now(), bed.clock.now().plus_seconds(60));
        let mail = Mail { id: random::id(), sealed: vec![1], created_at: now, due_at: now, attempts: 0 };
        let stored = mail.clone();
        bed.node.db.write(move |c| mail::insert(c, &stored)).await.unwrap();
        let mut attempts = Vec::new();
        for _ in 0..8 {
            let (node, mail) = (Arc::clone(&bed.node), mail.clone());
            attempts.push(tokio::spawn(async move {
                node.db.write(move |c| mail::claim(c, &mail, again)).await.unwrap()
            }));
        }
        let mut winners = 0;
        for attempt in attempts {
            winners += u32::from(attempt.await.unwrap());
        }
        assert_eq!(winners, 1);
        assert!(bed.node.db.read(move |c| mail::due(c, now, 9)).await.unwrap().is_empty());
        let later = bed.node.db.read(move |c| mail::due(c, again, 9)).await.unwrap();
        assert_eq!(later.iter().map(|mail| mail.attempts).collect::<Vec<_>>(), [1]);
    }

    pub async fn a_link_is_of_one_kind_and_replaces_its_like_only(bed: Bed) {
        let now = bed.clock.now();
        let mut digests = Vec::new();
        for kind in KINDS {
            let digest = bed.node.tokens.digest(&PlainToken::generate(TokenType::AccountLink));
            let link = bed.link(kind, Some("Eve@example.com"));
            bed.node.db.write(move |c| account_link::replace(c, &digest, &link)).await.unwrap();
            digests.push(digest);
        }
        for (digest, own) in digests.iter().copied().zip(KINDS) {
            for kind in KINDS {
                let found =
                    bed.node.db.read(move |c| account_link::find(c, &digest, kind, now)).await.unwrap();
                assert_eq!(found.is_some(), kind == own, "{own:?} as {kind:?}");
            }
            let newer = bed.node.tokens.digest(&PlainToken::generate(TokenType::AccountLink));
            let link = bed.link(own, Some("eve@EXAMPLE.com"));
            bed.node.db.write(move |c| account_link::replace(c, &newer, &link)).await.unwrap();
            let found = bed.node.db.read(move |c| account_link::find(c, &digest, own, now)).await.unwrap();
            assert!(found.is_none(), "{own:?} was replaced");
        }
    }

    pub async fn links_and_mails_that_are_over_are_removed(bed: Bed) {
        let now = bed.clock.now();
        let digest = bed.node.tokens.digest(&PlainToken::generate(TokenType::AccountLink));
        let link = bed.link(LinkKind::Invitation, Some("eve@example.com"));
        let mail = Mail { id: random::id(), sealed: vec![1], created_at: now, due_at: now, attempts: 0 };
        bed.node
            .db
            .write(move |c| {
                account_link::replace(c, &digest, &link)?;
                mail::insert(c, &mail)
            })
            .await
            .unwrap();
        bed.clock.advance(1800);
        housekeeping::purge(&bed.node).await.unwrap();
        assert_eq!(bed.node.db.read(mail::waiting).await.unwrap(), 1);
        bed.clock.advance(86_400);
        assert!(housekeeping::purge(&bed.node).await.unwrap() >= 2);
        assert_eq!(bed.node.db.read(mail::waiting).await.unwrap(), 0);
    }

    impl Bed {
        /// A link of half an hour: about alice's account, or for an address that has none.
        fn link(&self, kind: LinkKind, email: Option<&str>) -> AccountLink {
            let about_somebody = matches!(kind, LinkKind::Password | LinkKind::Email);
            AccountLink {
                kind,
                user_id: about_somebody.then_some(self.user.id),
                email: email.map(str::to_owned),
                created_at: self.clock.now(),
                expires_at: self.clock.now().plus_seconds(1800),
            }
        }
    }
}
