//! What can be read of a client elsewhere: set on its page, and linked where people are asked (RFC 7591 §2, §5; contract §14).

use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client_metadata::ClientMetadata;

use crate::oauth::register::{open, registers};
use crate::support::actor::{asks, page, root, signed_in};
use crate::support::page::Page;
use crate::support::server::TestServer;

const ABOUT: [(&str, &str); 5] = [
    ("client_uri", "https://web.example/"),
    ("logo_uri", "https://web.example/logo.png"),
    ("tos_uri", "https://web.example/terms?a=1&b=2"),
    ("policy_uri", "https://web.example/privacy"),
    ("contacts", "ops@web.example\nlegal@web.example"),
];

fn metadata(server: &TestServer, id: &str) -> ClientMetadata {
    server.operator(clients::find(&server.node, id)).unwrap().unwrap().metadata
}

#[test]
fn rfc7591_2_what_people_can_read_of_a_client_is_set_on_its_page_and_linked_where_they_are_asked() {
    let server = TestServer::start();
    let (root, person) = (root(&server), signed_in(&server, "alice"));
    let consent = format!("/oauth/authorize?{}", asks("web", &[("scope", "read")]));
    assert!(!page(&person, &consent).words().contains("Its conditions"));
    let path = "/admin/clients/web";
    let form = ABOUT.iter().fold(page(&root, path).form(path), |form, (name, value)| form.with(name, value));
    let _ = root.submits(&form).expect(303);
    let shown = page(&root, path);
    for (name, value) in ABOUT {
        assert_eq!(shown.form(path).value(name), value);
    }
    assert_eq!(shown.html().matches("<details open>").count(), 1, "what is set is seen");
    let set = metadata(&server, "web");
    assert_eq!(set.contacts, ["ops@web.example", "legal@web.example"]);
    assert_eq!(set.tos_uri.as_deref(), Some("https://web.example/terms?a=1&b=2"));

    let asked = page(&person, &consent);
    for link in [
        "<a href=\"https://web.example/terms?a=1&#38;b=2\" rel=\"noreferrer\">Terms of service</a>",
        "<a href=\"https://web.example/privacy\" rel=\"noreferrer\">Privacy policy</a>",
    ] {
        assert!(asked.html().contains(link), "{link}: {}", asked.html());
    }
    for unseen in ["logo.png", "ops@web.example"] {
        assert!(!asked.html().contains(unseen), "{unseen}");
    }
    let bare = ABOUT.iter().fold(page(&root, path).form(path), |form, (name, _)| form.with(name, ""));
    let _ = root.submits(&bare).expect(303);
    assert_eq!(metadata(&server, "web"), ClientMetadata::default(), "and taken away");
}

#[test]
fn rfc7591_5_nobody_is_sent_to_what_a_client_says_of_itself_while_they_decide() {
    let server = open();
    let said = serde_json::json!({ "tos_uri": "https://app.example/terms", "policy_uri": "https://app.example/privacy" });
    let id = registers(&server, &said).expect(201).member("client_id");
    let person = signed_in(&server, "alice");
    let query = asks(&id, &[("redirect_uri", "https://app.example/callback"), ("scope", "read")]);
    let asked = page(&person, &format!("/oauth/authorize?{query}"));
    assert!(!asked.html().contains("app.example/terms") && !asked.html().contains("app.example/privacy"));
}

/// The heading would say of an application what it says of itself.
#[test]
fn security_3_40_the_sign_in_page_says_of_an_application_that_nobody_checked_it() {
    let server =
        TestServer::with(&[("DYNAMIC_REGISTRATION", "open"), ("CLIENT_ID_METADATA_DOCUMENTS", "on")]);
    let own = registers(&server, &serde_json::json!({ "client_name": "Your Bank" }))
        .expect(201)
        .member("client_id");
    let described = "https://agent.example/client.json";
    let change = ClientChange {
        name: Some("Your Bank".to_owned()),
        redirect_uris: Some(vec!["https://agent.example/cb".to_owned()]),
        metadata: Some(ClientMetadata { from_document: true, ..ClientMetadata::default() }),
        ..ClientChange::default()
    };
    let made = server.operator(clients::create(&server.node, By::Operator, Some(described), change)).unwrap();
    assert!(made.is_ok());
    for (id, heading, more) in [
        ("web", "<h1>Sign in to continue to Web Shop</h1>", ""),
        (&own, "<h1>Sign in</h1>", "It calls itself “Your Bank”, and nobody here has checked it."),
        (described, "<h1>Sign in</h1>", "An application at agent.example sent you here."),
    ] {
        let next =
            crate::support::exchange::encode(&[("next", &*format!("/oauth/authorize?{}", asks(id, &[])))]);
        let shown = Page::of(&server.actor().get(&format!("/login?{next}")).send().expect(200));
        assert!(shown.html().contains(heading), "{id}: {}", shown.html());
        assert!(shown.words().contains(more), "{id}: {}", shown.words());
        assert_eq!(shown.words().contains("nobody here has checked it"), !more.is_empty(), "{id}");
        let title = shown.html().split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        assert!(!title.contains("Your Bank"), "{title}");
    }
}
