//! Owns the tests of the operator's scopes: what people read, who may ask for them, and what removing one does.

use super::*;
use crate::flows::clients::{self, ClientChange, ClientRefusal};
use crate::flows::fixture::{block_on, node};
use crate::oauth::client::Client;
use crate::oauth::scope::Scope;

fn said(default: &str, translations: &[(&str, &str)]) -> ScopeChange {
    let all = translations.iter().map(|(language, text)| ((*language).to_owned(), (*text).to_owned()));
    ScopeChange {
        description: Some(default.to_owned()),
        translations: all.collect(),
        ..ScopeChange::default()
    }
}

fn asking(scope: &str) -> ClientChange {
    ClientChange {
        name: Some("App".to_owned()),
        scope: Some(Scope::parse(scope).unwrap()),
        ..ClientChange::default()
    }
}

async fn register(node: &Node, id: &str, scope: &str) -> Result<Client, ClientRefusal> {
    clients::create(node, Actor::Operator, Some(id), asking(scope)).await.unwrap().map(|made| made.client)
}

#[test]
fn people_read_a_scope_in_their_language_and_what_changed_at_once() {
    block_on(async {
        let (_folder, node) = node().await;
        let german = said("list your files", &[("de", "Ihre Dateien auflisten")]);
        add(&node, Actor::Operator, "files:list", german).await.unwrap().unwrap();
        let read = |language| describe(&node, "files:list", language);
        assert_eq!(read("en").as_deref(), Some("list your files"));
        assert_eq!(read("de").as_deref(), Some("Ihre Dateien auflisten"));
        assert_eq!(names(&node), ["files:list"]);
        let other = ScopeChange { description: None, ..said("", &[("de", "")]) };
        update(&node, Actor::Operator, "files:list", other).await.unwrap().unwrap();
        assert_eq!(read("de").as_deref(), Some("list your files"));
        let again = add(&node, Actor::Operator, "files:list", said("x", &[])).await.unwrap();
        assert_eq!(again.err(), Some(ScopeRefusal::Taken("files:list".into())));
        for (name, text, languages) in
            [("read", "x", &[][..]), ("x", "a\u{202e}b", &[]), ("x", "a", &[("fr", "b")]), ("x", "", &[])]
        {
            let refused = add(&node, Actor::Operator, name, said(text, languages)).await.unwrap();
            assert!(matches!(refused, Err(ScopeRefusal::Invalid(_))), "{name} {text:?}");
        }
    });
}

#[test]
fn rfc6749_3_3_a_client_is_registered_for_scopes_that_exist_only() {
    block_on(async {
        let (_folder, mut node) = node().await;
        let refused = register(&node, "app", "read files:list").await.unwrap_err().to_string();
        assert!(refused.contains("portcullis scope add files:list"), "{refused}");
        node.policy.scopes = vec![("files:list".into(), "list your files".into())];
        register(&node, "app", "read files:list").await.unwrap();
        // What it has stays its own, also when nobody names it any more; nothing is added to it.
        node.policy.scopes = Vec::new();
        let change = |scope| clients::update(&node, Actor::Operator, "app", asking(scope));
        assert!(change("read write files:list").await.unwrap().is_ok());
        assert!(matches!(change("read files:list x").await.unwrap(), Err(ClientRefusal::Invalid(_))));
        assert!(change("read").await.unwrap().is_ok());
        assert!(change("read files:list").await.unwrap().is_err());
        add(&node, Actor::Operator, "files:list", said("list", &[])).await.unwrap().unwrap();
        assert!(change("read files:list").await.unwrap().is_ok());
    });
}

#[test]
fn a_removed_scope_is_taken_from_every_client() {
    block_on(async {
        let (_folder, node) = node().await;
        add(&node, Actor::Operator, "files", said("list", &[])).await.unwrap().unwrap();
        register(&node, "app", "read files").await.unwrap();
        register(&node, "job", "files").await.unwrap();
        register(&node, "other", "read").await.unwrap();
        let listed = find(&node, "files").await.unwrap().unwrap();
        assert_eq!((listed.clients, listed.keys, listed.declared), (2, 0, false));
        let named = |limit| clients_with(&node, "files", limit);
        assert_eq!(named(NAMED).await.unwrap(), ["app", "job"]);
        assert_eq!(named(1).await.unwrap(), ["app"]);
        let had = remove(&node, Actor::Operator, "files").await.unwrap().unwrap();
        assert_eq!(had, ["app", "job"]);
        assert!(!exists(&node, "files") && exists(&node, "read"));
        for (id, allowed, default) in [("app", "read", "read"), ("job", "", ""), ("other", "read", "read")] {
            let client = clients::find(&node, id).await.unwrap().unwrap();
            assert_eq!(
                (client.scope.to_string(), client.default_scope.to_string()),
                (allowed.into(), default.into())
            );
        }
        let again = remove(&node, Actor::Operator, "files").await.unwrap();
        assert_eq!(again, Err(ScopeRefusal::Unknown("files".into())));
    });
}

#[test]
fn what_the_setting_names_cannot_be_removed_and_can_be_said_in_more_languages() {
    block_on(async {
        let (_folder, mut node) = node().await;
        node.policy.scopes = vec![("files".into(), "list your files".into())];
        assert_eq!(describe(&node, "files", "de").as_deref(), Some("list your files"));
        register(&node, "app", "files").await.unwrap();
        let declared = Some(ScopeRefusal::Declared("files".into()));
        assert_eq!(remove(&node, Actor::Operator, "files").await.unwrap().err(), declared);
        assert_eq!(update(&node, Actor::Operator, "files", said("x", &[])).await.unwrap().err(), declared);
        let german = said("see your files", &[("de", "Ihre Dateien sehen")]);
        add(&node, Actor::Operator, "files", german).await.unwrap().unwrap();
        assert_eq!(describe(&node, "files", "de").as_deref(), Some("Ihre Dateien sehen"));
        assert_eq!(describe(&node, "files", "en").as_deref(), Some("see your files"));
        // The setting goes on saying that it exists: nobody loses it.
        assert_eq!(remove(&node, Actor::Operator, "files").await.unwrap(), Ok(Vec::new()));
        assert_eq!(describe(&node, "files", "de").as_deref(), Some("list your files"));
        assert_eq!(clients::find(&node, "app").await.unwrap().unwrap().scope.to_string(), "files");
    });
}
