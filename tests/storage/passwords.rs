//! Password hashes that are made anew at a sign-in, on both databases and under races (security §3, 49).

on_both! {
    security_3_49_a_password_that_is_seen_is_hashed_at_todays_cost
    security_3_49_logins_at_once_renew_one_hash_and_none_is_refused
    security_3_49_a_renewal_never_brings_an_old_password_back
}

mod bodies {
    use std::sync::Arc;

    use portcullis::crypto::master_key::MasterKey;
    use portcullis::crypto::password::{self, Cost, Memory, Password, Pepper, SealedHash};
    use portcullis::flows::password::{LoginRefusal, login};
    use portcullis::flows::users;
    use portcullis::storage::user;

    use crate::bed::{Bed, PASSWORD, attempt};

    const NEW: &str = "quite another password, and long";
    /// As of another year.
    const CHEAPER: Cost = Cost { memory: 1024, passes: 1 };

    struct Old {
        bed: Bed,
        pepper: Pepper,
    }

    impl Old {
        fn of(bed: Bed) -> Self {
            let key = std::fs::read_to_string(bed.folder.path().join("master.key")).unwrap();
            Self { pepper: Pepper::new(&MasterKey::from_text(&key).unwrap()), bed }
        }

        /// Gives alice's password a hash of then.
        async fn ages(&self, text: &str) -> SealedHash {
            let (id, text) = (self.bed.user.id, Password::new(text).unwrap());
            let hash = password::hash(&self.pepper, id, &text, CHEAPER, &mut Memory::new()).unwrap();
            let stored = hash.clone();
            self.bed.node.db.write(move |c| user::set_password(c, id, &stored)).await.unwrap();
            hash
        }

        async fn stored(&self) -> SealedHash {
            let id = self.bed.user.id;
            self.bed.node.db.read(move |c| user::password(c, id)).await.unwrap().unwrap()
        }

        fn is_outdated(&self, hash: &SealedHash) -> bool {
            password::is_outdated(&self.pepper, self.bed.user.id, hash).unwrap()
        }

        async fn logs_in(&self, text: &str) -> Result<(), LoginRefusal> {
            login(&self.bed.node, attempt(text), None).await.unwrap().map(drop)
        }
    }

    pub async fn security_3_49_a_password_that_is_seen_is_hashed_at_todays_cost(bed: Bed) {
        let old = Old::of(bed);
        let before = old.ages(PASSWORD).await;
        assert!(old.is_outdated(&before));
        assert_eq!(old.logs_in(NEW).await, Err(LoginRefusal::InvalidCredentials));
        assert!(old.stored().await.as_bytes() == before.as_bytes(), "a wrong one renews nothing");
        assert_eq!(old.logs_in(PASSWORD).await, Ok(()));
        let after = old.stored().await;
        assert!(!old.is_outdated(&after));
        assert_eq!(old.logs_in(PASSWORD).await, Ok(()));
        assert!(old.stored().await.as_bytes() == after.as_bytes(), "once is enough");
        assert_eq!(old.logs_in(NEW).await, Err(LoginRefusal::InvalidCredentials));
    }

    pub async fn security_3_49_logins_at_once_renew_one_hash_and_none_is_refused(bed: Bed) {
        let old = Arc::new(Old::of(bed));
        for _ in 0..4 {
            old.ages(PASSWORD).await;
            let logins: Vec<_> = (0..6)
                .map(|_| {
                    let old = Arc::clone(&old);
                    tokio::spawn(async move { old.logs_in(PASSWORD).await })
                })
                .collect();
            for login in logins {
                assert_eq!(login.await.unwrap(), Ok(()));
            }
            assert!(!old.is_outdated(&old.stored().await));
        }
    }

    pub async fn security_3_49_a_renewal_never_brings_an_old_password_back(bed: Bed) {
        let old = Arc::new(Old::of(bed));
        let id = old.bed.user.id;
        for _ in 0..8 {
            old.ages(PASSWORD).await;
            let (one, two) = (Arc::clone(&old), Arc::clone(&old));
            let login = tokio::spawn(async move { one.logs_in(PASSWORD).await });
            let change = tokio::spawn(async move {
                users::set_password(&two.bed.node, "alice", Some(NEW)).await.unwrap().unwrap();
            });
            // It was before the change, or it is refused.
            let _ = login.await.unwrap();
            change.await.unwrap();
            assert_eq!(old.logs_in(PASSWORD).await, Err(LoginRefusal::InvalidCredentials));
            assert_eq!(old.logs_in(NEW).await, Ok(()));
        }
        // The same in the order that a race seldom finds: checked, replaced, and only then renewed.
        let before = old.ages(PASSWORD).await;
        let renewed = old.bed.node.passwords.hash(id, Password::new(PASSWORD).unwrap()).await.unwrap();
        users::set_password(&old.bed.node, "alice", Some(NEW)).await.unwrap().unwrap();
        let write = move |c: &mut _| user::renew_password(c, id, &before, &renewed);
        assert!(!old.bed.node.db.write(write).await.unwrap());
        assert_eq!(old.logs_in(PASSWORD).await, Err(LoginRefusal::InvalidCredentials));
        assert_eq!(old.logs_in(NEW).await, Ok(()));
    }
}
