//! Keys, projects and members put where they are kept, for the tests of those who only ask about them (contract §7, §9).

use portcullis::account::api_key::ApiKey;
use portcullis::account::project::{Project, Role};
use portcullis::account::user::LoginName;
use portcullis::crypto::opaque_token::{PlainToken, TokenType};
use portcullis::crypto::random;
use portcullis::oauth::scope::Scope;
use portcullis::storage;
use portcullis::storage::api_key::StoredSecret;
use portcullis::storage::revocation::Subject;
use uuid::Uuid;

use super::server::TestServer;

impl TestServer {
    /// A key of `username` that may read and write, as `change` makes it; its secret.
    pub fn key(&self, username: &str, change: impl FnOnce(&mut ApiKey)) -> String {
        let secret = PlainToken::generate(TokenType::ApiKey);
        let now = self.clock.now();
        let blank = ApiKey::new(random::id_at(now), self.id_of(username), &secret.hint(), now);
        let mut key = ApiKey { name: "test".to_owned(), scope: Scope::from(["read", "write"]), ..blank };
        change(&mut key);
        let stored = StoredSecret { digest: self.node.tokens.digest(&secret), sealed: None };
        self.operator(self.node.db.write(move |c| storage::api_key::insert(c, &key, &stored))).unwrap();
        self.secrets.add(secret.expose());
        secret.expose().to_owned()
    }

    /// A project with these members.
    pub fn project(&self, members: &[(&str, Role)]) -> Uuid {
        let now = self.clock.now();
        let project =
            Project { id: random::id_at(now), name: "test".to_owned(), is_public: false, created_at: now };
        let id = project.id;
        self.operator(self.node.db.write(move |c| storage::project::insert(c, &project))).unwrap();
        members.iter().for_each(|(name, role)| self.member(id, name, Some(*role)));
        id
    }

    /// Gives somebody a role in a project, or takes it away.
    pub fn member(&self, project: Uuid, username: &str, role: Option<Role>) {
        let (user, now) = (self.id_of(username), self.clock.now());
        let change = move |c: &mut storage::DbConnection| {
            match role {
                Some(role) => storage::project::set_member(c, project, user, role, now)?,
                None => assert!(storage::project::remove_member(c, project, user)?),
            }
            Ok(())
        };
        self.operator(self.node.db.write(change)).unwrap();
        self.node.revocations.apply(&[Subject::Project(project)]);
    }

    /// Whose id it is.
    pub fn id_of(&self, username: &str) -> Uuid {
        let name = LoginName::parse(username).unwrap();
        let found = self.operator(self.node.db.read(move |c| storage::user::find_by_login(c, &name)));
        found.unwrap().unwrap().user.id
    }
}
