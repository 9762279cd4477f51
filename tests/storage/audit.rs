//! The audit trail on both databases: who did it is kept beside what happened (security I6).

on_both! {
    security_i6_an_event_keeps_who_did_it_as_they_were_called_then
    security_i6_an_event_from_before_actors_were_kept_stays_readable
}

mod bodies {
    use diesel::RunQueryDsl;
    use portcullis::flows::api_keys::{self, Actor, NewKey, Place};
    use portcullis::flows::audit_events::{self, By, ByKind, Filter, Kind, StoredEvent};
    use portcullis::flows::session;
    use portcullis::flows::verify::{Credential, Verdict, verify};

    use crate::bed::{Bed, HERE};

    async fn newest(bed: &Bed, kind: Kind) -> StoredEvent {
        let filter = Filter { kind: Some(kind), ..Filter::default() };
        audit_events::list(&bed.node, filter, None, 1).await.unwrap().remove(0)
    }

    fn key(name: &str) -> NewKey {
        NewKey { name: name.to_owned(), ..NewKey::default() }
    }

    pub async fn security_i6_an_event_keeps_who_did_it_as_they_were_called_then(bed: Bed) {
        let node = &bed.node;
        let signed_in = bed.sign_in().await;
        let (user, called) = (signed_in.user.id, signed_in.user.username.clone());
        let place = Place::Account(user);
        let by = |kind, through| By { kind, user_id: Some(user), name: Some(called.clone()), through };
        assert_eq!(newest(&bed, Kind::LoginSucceeded).await.by, Some(by(ByKind::Person, None)));

        let browser = Actor::Browser { signed_in: &signed_in, address: HERE };
        let first = api_keys::create(node, browser, user, place, key("first")).await.unwrap().unwrap();
        let event = newest(&bed, Kind::KeyCreated).await;
        assert_eq!(event.by, Some(by(ByKind::Person, None)));
        assert!(event.detail.is_some_and(|detail| detail.starts_with("first (sk_")), "what was made");
        assert_eq!(event.address, Some(HERE.to_string()));

        let presented = Credential::ApiKey(first.secret.expose());
        let Verdict::Valid(identity) = verify(node, presented).await.unwrap() else { panic!("it is good") };
        let holder = Actor::Holder { identity: &identity, address: HERE };
        let _ = api_keys::create(node, holder, user, place, key("second")).await.unwrap().unwrap();
        let through = Some(first.key.id.to_string());
        assert_eq!(newest(&bed, Kind::KeyCreated).await.by, Some(by(ByKind::Key, through)));

        let _ = api_keys::create(node, Actor::Operator, user, place, key("third")).await.unwrap().unwrap();
        let event = newest(&bed, Kind::KeyCreated).await;
        assert_eq!((event.by, event.address), (Some(By::nameless(ByKind::Operator)), None));

        api_keys::report_leaked(node, first.secret.expose(), HERE).await.unwrap();
        assert_eq!(newest(&bed, Kind::KeyLeaked).await.by, Some(By::nameless(ByKind::Stranger)));
        assert_eq!(newest(&bed, Kind::SigningKeyCreated).await.by, Some(By::nameless(ByKind::Server)));

        session::end(node, &signed_in, HERE).await.unwrap();
        let rename = "UPDATE users SET username = 'renamed', username_key = 'renamed'";
        bed.node.db.write(move |c| Ok(diesel::sql_query(rename).execute(c)?)).await.unwrap();
        assert_eq!(newest(&bed, Kind::SessionEnded).await.by, Some(by(ByKind::Person, None)));
    }

    pub async fn security_i6_an_event_from_before_actors_were_kept_stays_readable(bed: Bed) {
        let signed_in = bed.sign_in().await;
        session::end(&bed.node, &signed_in, HERE).await.unwrap();
        let old = "UPDATE audit_events SET actor_kind = NULL, actor_id = NULL, actor_name = NULL, detail = 'by alice'";
        bed.node.db.write(move |c| Ok(diesel::sql_query(old).execute(c)?)).await.unwrap();
        let event = newest(&bed, Kind::SessionEnded).await;
        assert_eq!((event.by, event.detail.as_deref()), (None, Some("by alice")));
    }
}
