//! The operator's scopes: `/admin/scopes`, and what people read where they are asked (RFC 6749 §3.3; decision 0018).

use std::collections::BTreeMap;

use portcullis::flows::actor::Actor::Operator;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::flows::scopes::{self, ScopeChange};
use portcullis::oauth::scope::Scope;
use serde_json::json;

use crate::api_v1::Caller;
use crate::support::actor::{Actor, asks};
use crate::support::page::{Form, Page};
use crate::support::seed::RESOURCE;
use crate::support::server::TestServer;

const SCOPE: &str = "files:list";
/// Its address: no address of ours has an escape.
const ONE: &str = "/admin/scopes/~66696c65733a6c697374";

fn root(server: &TestServer) -> Actor<'_> {
    let root = server.actor().named("root");
    root.signs_in();
    root
}

#[track_caller]
fn page(actor: &Actor<'_>, path: &str) -> Page {
    Page::of(&actor.get(path).send().expect(200))
}

fn registers(server: &TestServer, name: &str) {
    let german = BTreeMap::from([("de".to_owned(), "Ihre Dateien auflisten".to_owned())]);
    let said = ScopeChange {
        description: Some("list your files".to_owned()),
        translations: german,
        ..ScopeChange::default()
    };
    server.operator(scopes::add(&server.node, Operator, name, said)).unwrap().unwrap();
}

fn lets(server: &TestServer, client: &str, scope: &str, default: Option<&str>) {
    let change = ClientChange {
        scope: Some(Scope::parse(scope).unwrap()),
        default_scope: default.map(|scope| Some(Scope::parse(scope).unwrap())),
        ..ClientChange::default()
    };
    server.operator(clients::update(&server.node, Operator, client, change)).unwrap().unwrap();
}

on_both! {
    fn a_scope_is_registered_changed_and_removed_by_page(server) {
        let root = root(server);
        assert!(page(&root, "/admin/scopes").words().contains("no scopes of its own"));
        let form = page(&root, "/admin/scopes/new").form("/admin/scopes/new");
        let missing = root.submits(&form.clone().with("name", SCOPE)).expect(400);
        let form = Page::of(&missing).form("/admin/scopes/new");
        assert_eq!(form.value("name"), SCOPE, "what was typed stays");
        let built_in = root.submits(&form.with("name", "read").with("description", "look")).expect(400);
        assert!(Page::of(&built_in).words().contains("built in"));
        let form = Page::of(&built_in).form("/admin/scopes/new");
        let filled = form.with("name", SCOPE).with("description", "list files").with("description_de", "Dateien");
        assert_eq!(root.submits(&filled).expect(303).the_header("location"), "/admin/scopes?done=saved");
        let again = page(&root, "/admin/scopes/new").form("/admin/scopes/new");
        let taken = root.submits(&again.with("name", SCOPE).with("description", "x")).expect(400);
        assert!(Page::of(&taken).words().contains("There is a scope of this name already"));

        assert!(page(&root, "/admin/scopes").links().contains(&ONE.to_owned()));
        let form = page(&root, ONE).form(ONE);
        assert_eq!((form.value("description"), form.value("description_de")), ("list files", "Dateien"));
        let changed = form.with("description", "see your files").with("description_de", "");
        assert_eq!(root.submits(&changed).expect(303).the_header("location"), format!("{ONE}?done=saved"));
        let shown = root.get("/admin/scopes").header("accept-language", "de").send().expect(200);
        assert!(Page::of(&shown).words().contains("see your files"));
        let form = page(&root, ONE).form(ONE);
        assert!(form.fields.iter().all(|(name, _)| name != "for_anybody"), "nobody said so");
        let _ = root.submits(&form.with("for_anybody", "on")).expect(303);
        let form = page(&root, ONE).form(ONE);
        assert_eq!(form.value("for_anybody"), "on");
        let _ = root.submits(&form.without("for_anybody")).expect(303);
        assert!(page(&root, ONE).form(ONE).fields.iter().all(|(name, _)| name != "for_anybody"));

        // People can give it to their keys at once; an application may ask for it when it is registered for it.
        let caller = Caller::person(server, "root");
        let key = caller.with_key(&json!({"name": "lister", "scopes": ["read", SCOPE]}));
        lets(server, "spa", "read write files:list", None);
        let asked = page(&root, &format!("{ONE}/remove"));
        assert!(["spa", "lister", "One key has it"].iter().all(|text| asked.words().contains(text)));
        let form = asked.form(&format!("{ONE}/remove"));
        let gone = root.submits(&form).expect(303);
        assert_eq!(gone.the_header("location"), "/admin/scopes?done=scope-removed");
        assert_eq!(root.get(ONE).send().status, 404);
        let spa = server.operator(clients::find(&server.node, "spa")).unwrap().unwrap();
        assert_eq!(spa.scope.to_string(), "read write");
        assert_eq!(key.get("/v1/auth/verify").expect(200).json()["scopes"], json!(["read", SCOPE]));
        let made = caller.post("/api/v1/keys", &json!({"name": "x", "scopes": [SCOPE]}));
        assert_eq!(made.status, 400, "no new key has it");
        for kind in ["scope_created", "scope_updated", "scope_removed"] {
            let trail = page(&root, &format!("/admin/audit?kind={kind}"));
            assert!(trail.words().contains(SCOPE), "{kind}");
        }
    }

    fn rfc6749_6_a_refresh_leaves_out_a_scope_that_was_removed(server) {
        registers(server, SCOPE);
        lets(server, "web", "read files:list", None);
        let person = server.actor();
        let web = server.app("web");
        let tokens = web.redeems(&person.authorizes(&asks("web", &[("scope", "read files:list")])).code());
        assert_eq!(person.verifies(&tokens.access).json()["scopes"], json!(["read", SCOPE]));
        server.operator(scopes::remove(&server.node, Operator, SCOPE)).unwrap().unwrap();
        assert!(person.is_believed(&tokens.access), "until it ends");
        assert_eq!(web.refreshes(&tokens.refresh).expect(200).member("scope"), "read");
        // Whoever repeats what it was given keeps the rest; alone it is nothing to ask for.
        let asks_for = |scope| {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str()), ("scope", scope)];
            web.asks_for_tokens(&fields)
        };
        assert_eq!(asks_for("read files:list").expect(200).member("scope"), "read");
        assert_eq!(asks_for(SCOPE).expect(400).error(), "invalid_scope");
        let refused = person.authorizes(&asks("web", &[("scope", "read files:list")]));
        assert_eq!(refused.error(), "invalid_scope");
    }

    fn rfc6749_3_3_a_scope_that_is_registered_again_is_allowed_anew(server) {
        registers(server, SCOPE);
        lets(server, "web", "read files:list", None);
        lets(server, "tv", "files:list", None);
        let (person, web, query) = (server.actor(), server.app("web"), asks("web", &[("scope", "read files:list")]));
        let both = web.redeems(&person.authorizes(&query).code());
        let alone = web.redeems(&person.authorizes(&asks("web", &[("scope", SCOPE)])).code());
        let held = person.authorizes(&asks("web", &[("scope", SCOPE)])).code();
        let codes = server.app("tv").posts("/oauth/device_authorization", &[]).expect(200);
        server.operator(scopes::remove(&server.node, Operator, SCOPE)).unwrap().unwrap();
        registers(server, SCOPE);
        lets(server, "web", "read files:list", None);
        lets(server, "tv", "files:list", None);
        // Nothing is left of what was said about the name before.
        assert_eq!(web.refreshes(&both.refresh).expect(200).member("scope"), "read");
        assert_eq!(web.refreshes(&alone.refresh).error(), "invalid_grant");
        assert!(!person.is_believed(&alone.access), "what allowed nothing else is over");
        assert_eq!(web.presents(&held).error(), "invalid_grant");
        let entry = page(&person, "/device").form("/device").with("user_code", &codes.member("user_code"));
        assert_eq!(person.submits(&entry).status, 400, "the device begins again");
        let asked = page(&person, &format!("/oauth/authorize?{query}"));
        assert!(asked.words().contains("list your files"), "they are asked again");
    }
}

#[test]
fn people_read_what_an_application_wants_in_their_language() {
    let server = TestServer::start();
    registers(&server, SCOPE);
    lets(&server, "web", "read files:list", None);
    lets(&server, "tv", "read files:list", None);
    let person = server.actor();
    person.signs_in();
    let query = format!("/oauth/authorize?{}", asks("web", &[("scope", "read files:list")]));
    for (language, text) in
        [("de", "Ihre Dateien auflisten"), ("en", "list your files"), ("fr", "list your files")]
    {
        let shown = person.get(&query).header("accept-language", language).send().expect(200);
        assert!(Page::of(&shown).words().contains(text), "{language}");
        let keys = person.get("/settings/keys/new").header("accept-language", language).send().expect(200);
        assert!(Page::of(&keys).words().contains(text), "{language}");
    }
    let metadata = person.get("/.well-known/openid-configuration").send().expect(200).json();
    assert!(metadata["scopes_supported"].as_array().unwrap().contains(&json!(SCOPE)));
}

#[test]
fn rfc8707_3_people_read_whose_api_an_application_wants_to_use() {
    let server = TestServer::start();
    let person = server.actor();
    person.signs_in();
    let query = asks("web", &[("resource", RESOURCE), ("scope", "read")]);
    let shown = page(&person, &format!("/oauth/authorize?{query}"));
    let host = url::Url::parse(RESOURCE).unwrap().host_str().unwrap().to_owned();
    assert!(shown.words().contains(&format!("The API, {host}")), "{}", shown.words());
    assert!(shown.words().contains(RESOURCE));
}

#[test]
fn rfc6749_3_3_requests_without_a_scope_get_the_one_the_client_is_registered_with() {
    let server = TestServer::start();
    lets(&server, "web", "read write openid email", Some("read email"));
    lets(&server, "robot", "read write", Some("write"));
    let answer = server.actor().authorizes(&asks("web", &[]));
    let code = server.app("web").presents(&answer.code()).expect(200);
    assert_eq!(code.member("scope"), "read email");
    assert_eq!(server.app("robot").acts_for_itself(&[]).expect(200).member("scope"), "write");
    assert_eq!(server.app("robot").acts_for_itself(&[("scope", "read")]).expect(200).member("scope"), "read");
}

#[test]
fn a_scope_of_the_setting_stays_and_gets_more_languages() {
    let server = TestServer::with(&[("SCOPES", "files:list=list your files")]);
    let root = root(&server);
    let list = page(&root, "/admin/scopes");
    assert!(list.words().contains("in the configuration"));
    assert!(!list.links().contains(&format!("{ONE}/remove")));
    assert_eq!(root.get(&format!("{ONE}/remove")).send().status, 404);
    let form = page(&root, ONE).form(ONE).with("description_de", "Ihre Dateien auflisten");
    let _ = root.submits(&form).expect(303);
    let shown = root.get("/settings/keys/new").header("accept-language", "de").send().expect(200);
    assert!(Page::of(&shown).words().contains("Ihre Dateien auflisten"));
    let form = page(&root, &format!("{ONE}/remove")).form(&format!("{ONE}/remove"));
    let _ = root.submits(&form).expect(303);
    let shown = root.get("/settings/keys/new").header("accept-language", "de").send().expect(200);
    assert!(Page::of(&shown).words().contains("list your files"), "it goes on existing");
}

#[test]
fn security_4_6_only_administrators_and_only_by_the_form_of_this_scope() {
    let server = TestServer::start();
    registers(&server, SCOPE);
    registers(&server, "other");
    let (root, alice) = (root(&server), server.actor());
    alice.signs_in();
    let remove = format!("{ONE}/remove");
    for path in ["/admin/scopes", "/admin/scopes/new", ONE, &remove] {
        assert_eq!(alice.get(path).send().status, 404, "{path}");
        if path != "/admin/scopes" {
            let form = Form { action: path.to_owned(), fields: vec![] };
            assert_eq!(alice.submits(&form).status, 404, "{path}");
        }
    }
    let of_another = page(&root, "/admin/scopes/other/remove").form("/admin/scopes/other/remove");
    let of_a_change = page(&root, ONE).form(ONE);
    for form in [
        Form { action: remove.clone(), fields: vec![] },
        Form { action: remove.clone(), ..of_another },
        Form { action: remove.clone(), ..of_a_change },
    ] {
        assert_eq!(root.submits(&form).status, 403);
    }
    assert_eq!(root.get(ONE).send().status, 200);
    for path in ["/admin/scopes/files%3Alist", "/admin/scopes/~6F74686572", "/admin/scopes/nothing"] {
        assert_ne!(root.get(path).send().status, 200, "{path}");
    }
}
