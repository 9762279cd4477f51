//! What pages answer to a request that is not theirs is said in the person's language too (WCAG 3.1.1).

use portcullis::account::project::Role;

use crate::support::actor::{asks, page, root, signed_in};
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;

const ADDRESS: [&str; 2] = [
    "This address says something that its page does not know.",
    "In dieser Adresse steht etwas, was ihre Seite nicht kennt.",
];
const FORM: [&str; 2] =
    ["The form did not arrive whole, and nothing was done.", "Das Formular ist nicht vollständig angekommen"];

#[test]
fn wcag_3_1_1_an_address_that_its_page_does_not_know_is_refused_in_the_language_of_the_page() {
    let server = TestServer::start();
    let (alice, root) = (signed_in(&server, "alice"), root(&server));
    let project = server.project(&[("alice", Role::Owner)]);
    let settings = format!("/projects/{project}/settings?cursor=x");
    let paths = [
        "/settings?cursor=x",
        "/settings/sessions?cursor=x",
        "/settings/activity?cursor=x",
        "/settings/activity?kind=x",
        "/projects?cursor=x",
        &settings,
    ];
    let own = paths.iter().map(|path| (&alice, (*path).to_owned(), ADDRESS));
    let lists =
        ["users", "clients", "scopes", "registration-tokens", "projects", "keys", "sessions", "audit"];
    let of_lists = lists
        .iter()
        .flat_map(|list| ["cursor=%", "limit=0", "odd=1"].map(|query| format!("/admin/{list}?{query}")));
    let filters = ["users?state=x", "clients?state=x", "keys?state=x", "projects?visibility=x"]
        .map(|one| format!("/admin/{one}"));
    let of_admin = of_lists.chain(filters).map(|path| (&root, path, ADDRESS));
    let many: String = (0..51).map(|n| format!("user-0198c5b1-7f3a-7cc0-8000-{n:012}=on&")).collect();
    let fewer = ["You chose more than 50 at once", "Sie haben mehr als 50 auf einmal gewählt"];
    let too_many = (&root, format!("/admin/users/disable?{many}"), fewer);
    let app = |query: &str, said| (&alice, format!("/app{query}"), said);
    let apps = [
        app("", ["did not say its name", "hat ihren Namen nicht genannt"]),
        app("?get_api_key=%2F", ["has a name that cannot be used", "hat einen Namen, der nicht geht"]),
    ];
    for (person, path, [english, german]) in own.chain(of_admin).chain([too_many]).chain(apps) {
        for (language, words) in [("en", english), ("de", german)] {
            let refused = person.get(&path).header("accept-language", language).send().expect(400);
            let shown = Page::of(&refused).words();
            assert!(shown.contains(words), "{path} in {language}: {shown}");
        }
    }
    let picky = TestServer::with(&[("HAND_OFF_APPS", "Known")]);
    let refused =
        picky.actor().get("/app?get_api_key=Other").header("accept-language", "de").send().expect(400);
    assert!(Page::of(&refused).words().contains("darf auf diesem Server nicht um Schlüssel bitten"));
}

#[test]
fn wcag_3_1_1_a_form_that_is_not_whole_is_refused_in_the_language_of_the_page() {
    let server = TestServer::start();
    let alice = signed_in(&server, "alice");
    let project = server.project(&[("alice", Role::Owner)]);
    server.member(project, "bob", Some(Role::Viewer));
    let key = server.key("alice", |_| {});
    let rotate = format!("{}/rotate", alice.page_of_key(&key));
    let asked = page(&alice, &format!("/oauth/authorize?{}", asks("web", &[]))).form("/consent");
    let add = page(&alice, &format!("/projects/{project}/settings"));
    let add = add
        .forms()
        .into_iter()
        .find(|form| form.action.ends_with("/members"))
        .expect("a form that adds a member");
    let device = Form { action: "/device/decision".to_owned(), fields: vec![] };
    for form in [
        asked.clone(),
        asked.with("decision", "allow").without("request"),
        device.clone(),
        device.with("user_code", "BCDF-GHJK"),
        add.with("user", "carol").with("role", "king"),
        page(&alice, &rotate).form(&rotate).with("overlap", "7"),
    ] {
        // Nothing of it is spent where nothing could be done.
        let sent = |language| {
            let ours = [("sec-fetch-site", "same-origin"), ("accept-language", language)];
            let reply = alice.post(&form.action).headers(&ours).form(&form.pairs()).send();
            Page::of(&reply).words()
        };
        let [_, german] = FORM;
        let shown = sent("de");
        assert!(shown.contains(german), "{}: {shown}", form.action);
    }
    let device = Form { action: "/device/decision".to_owned(), fields: vec![] };
    assert!(Page::of(&alice.submits(&device).expect(400)).words().contains(FORM[0]));
}
