//! Device codes under races: one decision, one token set, every question counted (RFC 8628).

on_both! {
    rfc8628_3_5_one_device_code_redeemed_by_64_at_once_has_one_winner
    rfc8628_3_3_of_decisions_at_once_one_counts
    rfc8628_3_5_questions_at_once_are_all_counted
    signing_out_ends_what_was_allowed_and_not_fetched
    a_disabled_user_gets_no_tokens_for_a_device
    a_client_that_was_switched_off_has_no_device_code_left
    security_3_24_disconnecting_an_app_ends_what_a_device_was_allowed
    who_can_give_nothing_cannot_allow
    rfc8628_5_1_an_address_gets_no_codes_without_end
    rfc8628_3_5_an_ended_code_is_told_for_an_hour_and_then_removed
}

mod bodies {
    use std::sync::Arc;

    use portcullis::crypto::random;
    use portcullis::flows::actor::Actor;
    use portcullis::flows::clients::{self, ClientChange};
    use portcullis::flows::connected_apps;
    use portcullis::flows::device_authorization::{CodeRefusal, Decided, StartRefusal, ask, decide, start};
    use portcullis::flows::session::SignedIn;
    use portcullis::flows::{housekeeping, session, token};
    use portcullis::oauth::device_authorization::UserCode;
    use portcullis::oauth::error::ErrorCode;
    use portcullis::oauth::scope::Scope;
    use portcullis::oauth::token_response::TokenResponse;
    use portcullis::storage;

    use crate::bed::{Bed, HERE, form};

    struct Codes {
        device: String,
        user: UserCode,
    }

    async fn begins(bed: &Bed) -> Codes {
        let request = form(&[("client_id", "app"), ("scope", "read")]);
        match start(&bed.node, None, &request, HERE).await.unwrap() {
            Ok(answer) => {
                Codes { device: answer.device_code, user: UserCode::parse(&answer.user_code).unwrap() }
            }
            Err(StartRefusal::OAuth(error)) => panic!("{error:?}"),
            Err(StartRefusal::Throttled(seconds)) => panic!("{seconds}"),
        }
    }

    async fn polls(bed: &Bed, device: &str) -> Result<TokenResponse, ErrorCode> {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", "app"),
            ("device_code", device),
        ];
        token::token(&bed.node, None, &form(&fields), None, None).await.unwrap().map_err(|error| error.code)
    }

    async fn says(bed: &Bed, codes: &Codes, signed_in: &SignedIn, allow: bool) -> Decided {
        decide(&bed.node, &codes.user, signed_in, allow, HERE).await.unwrap()
    }

    pub async fn rfc8628_3_5_one_device_code_redeemed_by_64_at_once_has_one_winner(bed: Bed) {
        let bed = Arc::new(bed);
        let signed_in = bed.sign_in().await;
        for _ in 0..3 {
            let codes = begins(&bed).await;
            assert_eq!(says(&bed, &codes, &signed_in, true).await, Decided::Allowed);
            let tries: Vec<_> = (0..64)
                .map(|_| {
                    let (bed, device) = (Arc::clone(&bed), codes.device.clone());
                    tokio::spawn(async move { polls(&bed, &device).await })
                })
                .collect();
            let mut winners = Vec::new();
            for one in tries {
                match one.await.unwrap() {
                    Ok(tokens) => winners.push(tokens),
                    Err(error) => assert_eq!(error, ErrorCode::InvalidGrant),
                }
            }
            assert_eq!(winners.len(), 1);
            assert!(bed.is_valid(&bed.node, &winners[0].access_token).await);
            assert!(winners[0].refresh_token.is_some());
        }
    }

    pub async fn rfc8628_3_3_of_decisions_at_once_one_counts(bed: Bed) {
        let bed = Arc::new(bed);
        let signed_in = bed.sign_in().await;
        for _ in 0..5 {
            let codes = Arc::new(begins(&bed).await);
            let tries: Vec<_> = (0..16)
                .map(|n| {
                    let (bed, codes) = (Arc::clone(&bed), Arc::clone(&codes));
                    let signed_in = signed_in.clone();
                    tokio::spawn(async move { says(&bed, &codes, &signed_in, n % 2 == 0).await })
                })
                .collect();
            let mut counted = Vec::new();
            for one in tries {
                let decided = one.await.unwrap();
                if decided != Decided::TooLate {
                    counted.push(decided);
                }
            }
            assert_eq!(counted.len(), 1, "{counted:?}");
            let answer = polls(&bed, &codes.device).await.map(|_| ());
            let expected = match counted[0] {
                Decided::Allowed => Ok(()),
                _ => Err(ErrorCode::AccessDenied),
            };
            assert_eq!(answer, expected);
        }
    }

    pub async fn rfc8628_3_5_questions_at_once_are_all_counted(bed: Bed) {
        let bed = Arc::new(bed);
        let codes = begins(&bed).await;
        let tries: Vec<_> = (0..32)
            .map(|_| {
                let (bed, device) = (Arc::clone(&bed), codes.device.clone());
                tokio::spawn(async move { polls(&bed, &device).await.err() })
            })
            .collect();
        let mut pending = 0;
        for one in tries {
            match one.await.unwrap() {
                Some(ErrorCode::AuthorizationPending) => pending += 1,
                Some(ErrorCode::SlowDown) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(pending, 2, "one question and its second try");
        bed.clock.advance(60);
        assert_eq!(polls(&bed, &codes.device).await.err(), Some(ErrorCode::AuthorizationPending));
    }

    pub async fn signing_out_ends_what_was_allowed_and_not_fetched(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let (codes, undecided) = (begins(&bed).await, begins(&bed).await);
        assert_eq!(says(&bed, &codes, &signed_in, true).await, Decided::Allowed);
        session::end(&bed.node, &signed_in, HERE).await.unwrap();
        assert_eq!(polls(&bed, &codes.device).await.err(), Some(ErrorCode::InvalidGrant));
        assert_eq!(says(&bed, &undecided, &signed_in, true).await, Decided::SignedOut);
        assert_eq!(polls(&bed, &undecided.device).await.err(), Some(ErrorCode::AuthorizationPending));
    }

    pub async fn a_disabled_user_gets_no_tokens_for_a_device(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let codes = begins(&bed).await;
        assert_eq!(says(&bed, &codes, &signed_in, true).await, Decided::Allowed);
        let disabled = portcullis::flows::users::set_disabled(&bed.node, "alice", true).await.unwrap();
        assert!(disabled.is_ok());
        assert_eq!(polls(&bed, &codes.device).await.err(), Some(ErrorCode::InvalidGrant));
    }

    pub async fn who_can_give_nothing_cannot_allow(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let codes = begins(&bed).await;
        let record = bed.node.db.read(|c| storage::client::find(c, "app")).await.unwrap().unwrap();
        assert_eq!(record.client.client_id, "app");
        // As if it had asked for what only an administrator has.
        let code = storage_code(&bed, Scope::from(["admin"])).await;
        let prompt = ask(&bed.node, &code.user.to_string(), &signed_in, HERE).await.unwrap();
        assert!(prompt.is_ok_and(|prompt| prompt.scope.is_empty()));
        assert_eq!(says(&bed, &code, &signed_in, true).await, Decided::Denied);
        assert_eq!(polls(&bed, &code.device).await.err(), Some(ErrorCode::AccessDenied));
        let prompt = ask(&bed.node, codes.user.letters(), &signed_in, HERE).await.unwrap();
        assert!(prompt.is_ok_and(|prompt| prompt.scope == Scope::from(["read"])));
    }

    /// A device code for `scope`, whatever its client may ask for.
    async fn storage_code(bed: &Bed, scope: Scope) -> Codes {
        use portcullis::crypto::opaque_token::{PlainToken, TokenType};
        use portcullis::oauth::device_authorization::{ALPHABET, USER_CODE_LENGTH};
        use portcullis::oauth::device_code::{DeviceCode, Pace};

        let plain = PlainToken::generate(TokenType::DeviceCode);
        let user = UserCode::parse(&random::drawn_from(ALPHABET, USER_CODE_LENGTH)).unwrap();
        let digest = bed.node.tokens.digest(&plain);
        let user_digest = bed.node.tokens.digest_user_code(user.letters());
        let now = bed.clock.now();
        let code = DeviceCode {
            client_id: "app".into(),
            scope,
            resource: None,
            address: "192.0.2.1".into(),
            created_at: now,
            expires_at: now.plus_seconds(600),
            pace: Pace::FRESH,
            decision: None,
            consumed_at: None,
        };
        bed.node
            .db
            .write(move |c| storage::device_code::insert(c, &digest, &user_digest, &code))
            .await
            .unwrap();
        Codes { device: plain.expose().to_owned(), user }
    }

    pub async fn rfc8628_5_1_an_address_gets_no_codes_without_end(bed: Bed) {
        let request = form(&[("client_id", "app")]);
        let mut given = 0;
        let waits = loop {
            match start(&bed.node, None, &request, HERE).await.unwrap() {
                Ok(_) => given += 1,
                Err(StartRefusal::Throttled(seconds)) => break seconds,
                Err(StartRefusal::OAuth(error)) => panic!("{error:?}"),
            }
            assert!(given < 1000, "no end");
        };
        assert!(given >= 300 && waits > 0, "{given} {waits}");
        let secret = bed.secret.clone();
        let web = form(&[("client_id", "web"), ("client_secret", &secret)]);
        assert!(start(&bed.node, None, &web, HERE).await.unwrap().is_ok(), "who has a secret is known");
        bed.clock.advance(60);
        assert!(start(&bed.node, None, &request, HERE).await.unwrap().is_ok());
    }

    pub async fn rfc8628_3_5_an_ended_code_is_told_for_an_hour_and_then_removed(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let codes = begins(&bed).await;
        bed.clock.advance(600);
        let asked = ask(&bed.node, codes.user.letters(), &signed_in, HERE).await.unwrap();
        assert_eq!(asked.err(), Some(CodeRefusal::Unknown));
        housekeeping::purge(&bed.node).await.unwrap();
        assert_eq!(polls(&bed, &codes.device).await.err(), Some(ErrorCode::ExpiredToken));
        bed.clock.advance(3601);
        housekeeping::purge(&bed.node).await.unwrap();
        assert_eq!(polls(&bed, &codes.device).await.err(), Some(ErrorCode::InvalidGrant));
    }

    pub async fn a_client_that_was_switched_off_has_no_device_code_left(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let (asked, allowed) = (begins(&bed).await, begins(&bed).await);
        assert_eq!(says(&bed, &allowed, &signed_in, true).await, Decided::Allowed);
        for off in [true, false] {
            let change = ClientChange { disabled: Some(off), ..ClientChange::default() };
            let done = clients::update(&bed.node, Actor::Operator, "app", change).await.unwrap();
            assert!(done.is_ok());
        }
        assert_eq!(says(&bed, &asked, &signed_in, true).await, Decided::TooLate);
        for codes in [&asked, &allowed] {
            assert_eq!(polls(&bed, &codes.device).await.err(), Some(ErrorCode::InvalidGrant));
        }
    }

    pub async fn security_3_24_disconnecting_an_app_ends_what_a_device_was_allowed(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let (asked, allowed) = (begins(&bed).await, begins(&bed).await);
        let connected = || connected_apps::find(&bed.node, bed.user.id, "app");
        assert!(connected().await.unwrap().is_none());
        assert_eq!(says(&bed, &allowed, &signed_in, true).await, Decided::Allowed);
        let app = connected().await.unwrap().unwrap();
        assert_eq!(app.scope, Scope::from(["read"]));
        assert!(connected_apps::disconnect(&bed.node, &signed_in, "app", HERE).await.unwrap());
        assert_eq!(polls(&bed, &allowed.device).await.err(), Some(ErrorCode::InvalidGrant));
        assert!(connected().await.unwrap().is_none());
        // What nobody has decided about is nobody's.
        assert_eq!(polls(&bed, &asked.device).await.err(), Some(ErrorCode::AuthorizationPending));
        assert!(!connected_apps::disconnect(&bed.node, &signed_in, "app", HERE).await.unwrap());
    }
}
