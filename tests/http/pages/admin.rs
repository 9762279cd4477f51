//! `/admin/…`: who gets in, and everything an administrator does there, as a browser does it (contract §14; security §3).

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::support::actor::{Actor, asks, leads_to, page, root, signed_in};
use crate::support::exchange::Reply;
use crate::support::made::{makes_key, makes_project};
use crate::support::page::{Form, Page};
use crate::support::seed::ZOE;
use crate::support::server::TestServer;

const PAGES: &[&str] = &[
    "/admin",
    "/admin/users",
    "/admin/users/new",
    "/admin/clients",
    "/admin/clients/new",
    "/admin/scopes",
    "/admin/scopes/new",
    "/admin/registration-tokens",
    "/admin/registration-tokens/new",
    "/admin/projects",
    "/admin/keys",
    "/admin/sessions",
    "/admin/signing-keys",
    "/admin/signing-keys/rotate",
    "/admin/limits",
    "/admin/audit",
];

/// Goes to a page that asks, and says yes.
#[track_caller]
fn confirms(actor: &Actor<'_>, path: &str) -> Reply {
    actor.submits(&page(actor, path).form(path))
}

/// The kinds of the newest events, newest first.
fn kinds(actor: &Actor<'_>, query: &str) -> Vec<String> {
    let words = page(actor, &format!("/admin/audit?{query}"));
    let cells = words.html().split("<code>").skip(1).filter_map(|rest| rest.split('<').next());
    cells.map(str::to_owned).collect()
}

#[test]
fn contract_14_only_administrators_know_that_it_is_there() {
    let server = TestServer::start();
    let (alice, stranger) = (server.actor(), server.actor());
    alice.signs_in();
    let id = server.id_of("bob");
    let one = format!("/admin/users/{id}");
    let question = format!("{one}/disable");
    for path in PAGES.iter().copied().chain([&*one, &*question, "/admin/clients/spa", "/admin/users/disable"])
    {
        assert_eq!(alice.get(path).send().status, 404, "{path}");
        let away = stranger.get(path).send();
        assert_eq!(away.status, 303, "{path}");
        assert!(away.the_header("location").starts_with("/login?next=%2Fadmin"), "{path}");
    }
    for path in [&*question, "/admin/users/new", "/admin/clients/spa", "/admin/clients/spa/delete"] {
        assert_eq!(alice.submits(&Form { action: path.to_owned(), fields: vec![] }).status, 404, "{path}");
    }
    assert!(!page(&alice, "/settings").links().contains(&"/admin".to_owned()));
    assert!(page(&root(&server), "/settings").links().contains(&"/admin".to_owned()));
}

#[test]
fn every_page_is_small_has_a_title_of_its_own_and_texts_in_both_languages() {
    let server = TestServer::start();
    let root = root(&server);
    let key = server.key("alice", |key| key.rate_limit = Some(7));
    let mut titles = BTreeSet::new();
    for path in PAGES {
        let reply = root.get(path).header("accept-language", "de").send().expect(200);
        let german = Page::of(&reply);
        for text in [german.words(), page(&root, path).words()] {
            // A text that is nowhere shows its id.
            assert!(!text.split(' ').any(|word| word.starts_with("admin-")), "{path}: {text}");
        }
        assert!(!german.html().contains(&key), "{path}");
        let title = german.html().split("<title>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert!(titles.insert(title), "{path}");
    }
    let english = page(&root, "/admin").words();
    assert!(
        english.contains("Ready: this server answers requests") && english.contains("SQLite"),
        "{english}"
    );
    let limits = page(&root, "/admin/limits").words();
    assert!(limits.contains("sk_...") && limits.contains("7"), "{limits}");
}

on_both! {
    fn users_are_found_by_how_a_name_or_an_address_begins(server) {
        let root = root(server);
        for (query, found, not) in [
            ("", &["alice", "bob", "dave", "root", ZOE][..], &[][..]),
            ("q=AL", &["alice"], &["bob"]),
            ("q=zoe%40exam", &[ZOE], &["alice"]),
            ("q=zo%C3%AB", &[ZOE], &["alice"]),
            ("q=lice", &[], &["alice"]),
            ("q=%25", &[], &["alice"]),
            ("state=disabled", &["dave"], &["alice", "root"]),
            ("state=administrators", &["root"], &["alice", "dave"]),
            ("state=enabled&q=d", &[], &["dave"]),
        ] {
            let html = page(&root, &format!("/admin/users?{query}")).html().to_owned();
            let has = |name: &&str| html.contains(&format!(">{name}</a>"));
            assert!(found.iter().all(has) && !not.iter().any(has), "{query}: {html}");
        }
        // One after the other, each once.
        let (mut next, mut seen) = (Some("/admin/users?limit=2".to_owned()), Vec::new());
        while let Some(path) = next {
            let shown = page(&root, &path);
            let links = shown.links();
            next = links.iter().find(|link| link.contains("cursor=")).cloned();
            let ids = links.iter().filter_map(|link| link.strip_prefix("/admin/users/"));
            seen.extend(ids.filter_map(|id| Uuid::parse_str(id).ok()));
        }
        assert_eq!(seen.len(), 6);
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 6);
        assert_eq!(root.get("/admin/users?state=odd").send().status, 400);
        assert_eq!(root.get("/admin/users?odd=1").send().status, 400);
    }

    fn an_account_is_switched_off_and_on_and_the_trail_says_by_whom(server) {
        let root = root(server);
        let bob = server.actor().named("bob");
        let token = bob.logs_in().access;
        let one = format!("/admin/users/{}", server.id_of("bob"));
        leads_to(&confirms(&root, &format!("{one}/disable")), &format!("{one}?done=disabled"));
        assert!(!bob.is_believed(&token));
        let shown = page(&root, &format!("{one}?done=disabled"));
        assert!(shown.words().contains("Switched off. What was issued"), "{}", shown.words());
        leads_to(&root.submits(&shown.form(&format!("{one}/enable"))), &format!("{one}?done=enabled"));
        let _ = bob.logs_in();
        let id = server.id_of("bob");
        assert_eq!(kinds(&root, &format!("user={id}"))[..3], ["login_succeeded", "user_enabled", "user_disabled"]);
        let row = page(&root, "/admin/audit?kind=user_disabled&user=bob").words();
        assert!(row.contains("by root") && row.contains("127.0.0.1"), "{row}");
    }

    fn administrators_come_and_go_but_the_last_one_stays(server) {
        let root = root(server);
        let (alice, me) = (server.id_of("alice"), server.id_of("root"));
        let last = confirms(&root, &format!("/admin/users/{me}/unmake-administrator"));
        assert_eq!(last.status, 409);
        assert!(Page::of(&last).words().contains("This is the last administrator"));
        let one = format!("/admin/users/{alice}");
        leads_to(&confirms(&root, &format!("{one}/make-administrator")), &format!("{one}?done=administrator"));
        let second = server.actor();
        second.signs_in();
        let _ = page(&second, "/admin");
        let mine = format!("/admin/users/{me}");
        leads_to(&confirms(&second, &format!("{mine}/unmake-administrator")), &format!("{mine}?done=no-administrator"));
        assert_eq!(root.get("/admin").send().status, 404);
        let trail = kinds(&second, "");
        assert!(["administrator_made", "administrator_unmade"].iter().all(|kind| trail.contains(&(*kind).to_owned())));
    }

    fn signing_somebody_out_ends_browsers_and_tokens_and_leaves_keys(server) {
        let root = root(server);
        let bob = server.actor().named("bob");
        let key = server.key("bob", |_| ());
        let token = bob.logs_in().access;
        bob.forgets_cookies();
        bob.signs_in();
        let one = format!("/admin/users/{}", server.id_of("bob"));
        leads_to(&confirms(&root, &format!("{one}/sign-out")), &format!("{one}?done=signed-out"));
        assert!(!bob.is_believed(&token));
        assert_eq!(bob.get("/settings").send().status, 303);
        bob.forgets_cookies();
        assert_eq!(bob.get("/v1/auth/verify").header("x-api-key", &key).send().status, 200);
    }

    fn keys_are_found_by_name_hint_owner_and_state_and_revoked(server) {
        let root = root(server);
        let secret = server.key("alice", |key| key.name = "ci-deploy".to_owned());
        let other = server.key("bob", |key| key.name = "laptop".to_owned());
        let hint = format!("sk_...{}", &secret[26..]);
        for (query, is_found) in [
            ("q=ci-".to_owned(), true),
            (format!("q={hint}"), true),
            ("user=alice".to_owned(), true),
            ("user=alice%40example.com&state=active".to_owned(), true),
            ("q=deploy".to_owned(), false),
            ("user=bob".to_owned(), false),
            ("user=nobody".to_owned(), false),
            ("state=revoked".to_owned(), false),
        ] {
            let html = page(&root, &format!("/admin/keys?{query}")).html().to_owned();
            assert_eq!(html.contains(">ci-deploy</a>"), is_found, "{query}: {html}");
            assert!(!html.contains(&secret) && !html.contains(&other));
        }
        let links = page(&root, "/admin/keys?q=ci-deploy").links();
        let one = links.iter().find(|link| link.starts_with("/admin/keys/")).unwrap();
        let _ = page(&root, one);
        leads_to(&confirms(&root, &format!("{one}/revoke")), &format!("{one}?done=revoked"));
        let asked = server.actor();
        assert_eq!(asked.get("/v1/auth/verify").header("x-api-key", &secret).send().status, 401);
        assert_eq!(asked.get("/v1/auth/verify").header("x-api-key", &other).send().status, 200);
        let id = one.strip_prefix("/admin/keys/").unwrap();
        assert_eq!(kinds(&root, &format!("key_id={id}")), ["key_revoked"]);
        assert!(page(&root, "/admin/keys?state=revoked").html().contains(">ci-deploy</a>"));
    }

    fn somebodys_sign_in_is_ended(server) {
        let root = root(server);
        let (bob, app) = (server.actor().named("bob"), server.actor().named("bob"));
        bob.signs_in();
        let token = app.logs_in().access;
        let shown = page(&root, "/admin/sessions?user=bob");
        let ends: Vec<Form> = shown.forms().into_iter().filter(|form| form.action.ends_with("/end")).collect();
        assert_eq!(ends.len(), 2);
        for form in &ends {
            leads_to(&root.submits(form), "/admin/sessions?done=ended");
            assert_eq!(root.submits(form).status, 403, "sent again");
        }
        assert_eq!(bob.get("/settings").send().status, 303);
        assert!(!app.is_believed(&token));
        assert!(page(&root, "/admin/sessions?user=bob").words().contains("Nobody is signed in here"));
    }

    fn the_audit_trail_is_filtered_by_the_url(server) {
        let root = root(server);
        let made = kinds(&root, "kind=client_created&limit=100");
        assert!(made.len() > 5 && made.iter().all(|kind| kind == "client_created"));
        assert_eq!(kinds(&root, "client=spa"), ["client_created"]);
        assert!(kinds(&root, "from=2027-01-15&to=2027-01-15").contains(&"login_succeeded".to_owned()));
        for (query, words) in [
            ("from=2027-01-16", "Nothing fits"),
            ("to=2027-01-14", "Nothing fits"),
            ("project=0198c5b1-7f3a-7cc0-8000-000000000001", "Nothing fits"),
            ("user=nobody", "Check how it is written"),
            ("kind=odd", "Check how it is written"),
            ("from=tomorrow", "Check how it is written"),
            ("key_id=odd", "Check how it is written"),
        ] {
            let shown = page(&root, &format!("/admin/audit?{query}")).words();
            assert!(shown.contains(words), "{query}: {shown}");
        }
        let first = page(&root, "/admin/audit?kind=user_created&limit=2");
        let more = first.links().into_iter().find(|link| link.contains("cursor=")).unwrap();
        assert!(more.contains("kind=user_created") && more.contains("limit=2"), "{more}");
        let events = |page: &Page| page.links().iter().filter(|link| link.starts_with("/admin/users/")).cloned().collect::<BTreeSet<_>>();
        assert!(events(&first).is_disjoint(&events(&page(&root, &more))));
    }

    fn a_client_is_registered_changed_switched_off_and_deleted(server) {
        let root = root(server);
        let new = "/admin/clients/new";
        let form = page(&root, new).form(new);
        let empty = root.submits(&Form { fields: vec![("csrf_token".into(), form.value("csrf_token").into())], ..form.clone() });
        assert_eq!(empty.status, 400);
        assert_eq!(Page::of(&empty).html().matches("class=\"fault\"").count(), 2);
        let filled = |more: &[(&str, &str)]| {
            let fresh = page(&root, new).form(new);
            let fields = [("csrf_token", fresh.value("csrf_token")), ("client_id", "shop"), ("name", "The <Shop>"), ("kind", "web"), ("scope-read", "on")];
            let fields = fields.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Form { action: form.action.clone(), fields: fields.collect() }
        };
        let wrong = root.submits(&filled(&[("redirect_uris", "http://shop.example/cb")]));
        assert_eq!(wrong.status, 400);
        let html = Page::of(&wrong).html().to_owned();
        assert!(html.contains("redirect_uris-fault") && html.contains("http://shop.example/cb") && html.contains("The &#60;Shop&#62;"), "{html}");
        let made = root.submits(&filled(&[("redirect_uris", "https://shop.example/cb\r\nhttps://shop.example/other")]));
        assert_eq!((made.status, made.header("cache-control")), (200, Some("no-store")), "{}", made.text());
        let secret = secret_of(&made);
        assert_eq!(root.submits(&filled(&[("redirect_uris", "https://a.example/cb")])).status, 400, "taken");
        let shop = |secret: &str| {
            let fields = [("grant_type", "authorization_code"), ("code", "none")];
            server.actor().post("/oauth/token").basic("shop", secret).form(&fields).send().error()
        };
        assert_eq!(shop(&secret), "invalid_grant");

        let place = "/admin/clients/shop";
        let shown = page(&root, place);
        assert!(!shown.html().contains(&secret));
        let change = shown.form(place).with("name", "Shop Two").with("redirect_uris", "https://two.example/cb").with("rate_limit", "9");
        leads_to(&root.submits(&change), "/admin/clients/shop?done=saved");
        let words = page(&root, place).html().to_owned();
        assert!(words.contains("Shop Two") && words.contains("https://two.example/cb") && !words.contains("shop.example"), "{words}");
        assert!(page(&root, "/admin/limits").words().contains("Shop Two : 9"));

        let rotated = confirms(&root, "/admin/clients/shop/secret").expect(200);
        assert_eq!((shop(&secret), shop(&secret_of(&rotated))), ("invalid_client".into(), "invalid_grant".into()));

        leads_to(&confirms(&root, "/admin/clients/shop/disable"), "/admin/clients/shop?done=disabled");
        assert_eq!(shop(&secret_of(&rotated)), "invalid_client");
        let on = page(&root, place).form("/admin/clients/shop/enable");
        leads_to(&root.submits(&on), "/admin/clients/shop?done=enabled");
        assert_eq!(shop(&secret_of(&rotated)), "invalid_grant");

        let question = page(&root, "/admin/clients/shop/delete").form("/admin/clients/shop/delete");
        let refused = root.submits(&question.clone().with("typed", "spa")).expect(400);
        leads_to(&root.submits(&question.anew(&refused).with("typed", "shop")), "/admin/clients?done=deleted");
        assert_eq!(root.get(place).send().status, 404);
        assert_eq!(kinds(&root, "client=shop"), ["client_deleted", "client_enabled", "client_disabled", "client_secret_replaced", "client_updated", "client_created"]);
    }
}

/// What a page shows this once.
#[track_caller]
fn secret_of(reply: &Reply) -> String {
    let html = Page::of(reply).html().to_owned();
    let field = html.split("readonly").nth(1).unwrap().split_once('>').unwrap().1;
    field.split('<').next().unwrap().to_owned()
}

/// Each leads to what happened to what its row is about, and says so to who hears the link alone (WCAG 2.4.4).
#[test]
fn every_row_of_a_list_links_to_its_history() {
    let server = TestServer::start();
    let (root, alice) = (root(&server), signed_in(&server, "alice"));
    let project = makes_project(&alice, "Lab & Co", "private").replace("/projects/", "");
    let (_, key) = makes_key(&alice, "/settings/keys/new", "laptop");
    let key = key.replace("/settings/keys/", "");
    for (list, name, filter, kind) in [
        ("users", "alice", format!("user={}", server.id_of("alice")), "user_created"),
        ("clients", "Web Shop", "client=web".to_owned(), "client_created"),
        ("keys", "laptop", format!("key_id={key}"), "key_created"),
        ("projects", "Lab &#38; Co", format!("project={project}"), "project_created"),
    ] {
        let shown = page(&root, &format!("/admin/{list}"));
        let place = format!("/admin/audit?{filter}");
        let link =
            format!("<a href=\"{place}\" aria-label=\"History of {name} in the audit log\">History</a>");
        assert!(shown.html().contains(&link), "{list}: {link} {}", shown.html());
        let rows = shown.html().matches("<tr>").count() - 1;
        assert_eq!(shown.html().matches(">History</a>").count(), rows, "{list}: every row has one");
        assert!(kinds(&root, &filter).contains(&kind.to_owned()), "{list}");
    }
    let health = page(&root, "/admin").words();
    assert!(health.contains("Applications to be told that a session ended 0"), "{health}");
}

#[test]
fn a_disabled_client_loses_what_it_was_granted() {
    let server = TestServer::start();
    let root = root(&server);
    let person = server.actor();
    let code = person.authorizes(&asks("web", &[])).code();
    let token = server.app("web").redeems(&code).access;
    assert!(person.is_believed(&token));
    let _ = confirms(&root, "/admin/clients/web/disable").expect(303);
    assert!(!person.is_believed(&token));
    let _ = root.submits(&page(&root, "/admin/clients/web").form("/admin/clients/web/enable")).expect(303);
    assert!(!person.is_believed(&token), "it came back with the client");
}

#[test]
fn an_account_is_added_and_its_link_shown_once() {
    let server = TestServer::start();
    let root = root(&server);
    let mut form = page(&root, "/admin/users/new").form("/admin/users/new").without("is_admin");
    for (username, email, words) in [
        ("", "carol@example.com", "Fill this in"),
        ("alice", "carol@example.com", "Somebody has this user name"),
        ("carol", "ALICE@example.com", "Somebody has an account with this e-mail address"),
        ("ca:rol", "carol@example.com", "cannot contain a colon"),
    ] {
        let refused = root.submits(&form.clone().with("username", username).with("email", email));
        assert_eq!(refused.status, 400, "{username} {email}");
        let page = Page::of(&refused);
        assert!(page.words().contains(words) && page.html().contains("aria-invalid"), "{}", page.words());
        assert!(page.html().contains(&format!("value=\"{email}\"")));
        form = form.anew(&refused);
    }
    let form = form.with("username", "carol").with("email", "carol@example.com");
    let made = root.submits(&form).expect(200);
    assert_eq!(made.the_header("cache-control"), "no-store");
    let link = secret_of(&made);
    assert!(link.starts_with(&format!("{}/reset-password", server.issuer)), "{link}");
    let carol = server.actor();
    let set = Page::of(&carol.get(&link).send().expect(200)).forms().remove(0);
    assert!(set.pairs().iter().any(|(name, _)| *name == "password"), "{set:?}");
    assert!(!page(&root, &format!("/admin/users/{}", server.id_of("carol"))).html().contains(&link));
}

#[test]
fn a_one_time_link_is_handed_out_and_people_are_invited() {
    let server = TestServer::with(&[("REGISTRATION", "invitation")]);
    let root = root(&server);
    let path = format!("/admin/users/{}/password-link", server.id_of("alice"));
    let made = confirms(&root, &path).expect(200);
    let link = secret_of(&made);
    assert!(link.starts_with(&format!("{}/reset-password", server.issuer)), "{link}");
    assert!(!page(&root, &path).html().contains(&link));
    let _ = server.actor().get(&link).send().expect(200);
    assert!(page(&root, "/admin/users").links().contains(&"/admin/users/invite".to_owned()));
    let form = page(&root, "/admin/users/invite").form("/admin/users/invite");
    let refused = root.submits(&form.clone().with("email", "alice@example.com")).expect(400);
    let made = root.submits(&form.anew(&refused).with("email", "carol@example.com")).expect(200);
    let _ = server.actor().get(&secret_of(&made)).send().expect(200);
    let closed = TestServer::start();
    let root = self::root(&closed);
    assert_eq!(root.get("/admin/users/invite").send().status, 404);
}

#[test]
fn several_accounts_are_switched_off_after_a_look_at_them() {
    let server = TestServer::start();
    let root = root(&server);
    let query = |names: &[&str]| {
        names.iter().map(|name| format!("user-{}=on", server.id_of(name))).collect::<Vec<_>>().join("&")
    };
    leads_to(&root.get("/admin/users/disable").send(), "/admin/users?fault=nobody-chosen");
    let preview = page(&root, &format!("/admin/users/disable?{}", query(&["alice", "bob"])));
    assert!(
        preview.words().contains("Switch off 2 accounts?") && preview.words().contains("alice bob"),
        "{}",
        preview.words()
    );
    leads_to(&root.submits(&preview.form("/admin/users/disable")), "/admin/users?done=disabled");
    let off = page(&root, "/admin/users?state=disabled").html().to_owned();
    assert!([">alice</a>", ">bob</a>", ">dave</a>"].iter().all(|name| off.contains(name)), "{off}");
    let path = format!("/admin/users/disable?{}", query(&["erin", "root", ZOE]));
    let refused = root.submits(&page(&root, &path).form("/admin/users/disable"));
    assert_eq!(refused.status, 409);
    assert!(Page::of(&refused).words().contains("Your own account is among them"));
    let off = page(&root, "/admin/users?state=disabled").html().to_owned();
    assert!(![">erin</a>", ZOE].iter().any(|name| off.contains(name)), "all or none: {off}");
}

#[test]
fn signing_keys_are_rotated_and_revoked() {
    let server = TestServer::start();
    let root = root(&server);
    let person = server.actor();
    let token = person.logs_in().access;
    leads_to(&confirms(&root, "/admin/signing-keys/rotate"), "/admin/signing-keys?done=rotated");
    let shown = page(&root, "/admin/signing-keys");
    assert!(shown.html().contains(">next</span>"), "{}", shown.html());
    assert!(person.is_believed(&token));
    for link in shown.links().iter().filter(|link| link.ends_with("/revoke")) {
        let _ = page(&root, link);
        assert_eq!(root.submits(&page(&root, link).form(link)).status, 303);
    }
    assert!(!person.is_believed(&token));
    assert_eq!(root.get("/admin/signing-keys/nothing/revoke").send().status, 404);
}

#[test]
fn security_4_6_a_form_is_of_one_session_one_thing_and_one_site() {
    let server = TestServer::start();
    let (root, again) = (root(&server), root(&server));
    let (alice, bob) = (server.id_of("alice"), server.id_of("bob"));
    let path = format!("/admin/users/{alice}/disable");
    let form = page(&root, &path).form(&path);
    let other =
        page(&root, &format!("/admin/users/{bob}/disable")).form(&format!("/admin/users/{bob}/disable"));
    let foreign = page(&again, &path).form(&path);
    for bad in [
        form.clone().without("csrf_token"),
        form.clone().with("csrf_token", other.value("csrf_token")),
        form.clone().with("csrf_token", foreign.value("csrf_token")),
        Form { action: format!("/admin/users/{alice}/make-administrator"), ..form.clone() },
    ] {
        assert_eq!(root.submits(&bad).status, 403, "{bad:?}");
    }
    let cross = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    assert_eq!(root.post(&path).headers(&cross).form(&form.pairs()).send().status, 403);
    assert!(!page(&root, "/admin/users?state=disabled").html().contains(">alice</a>"));
    leads_to(&root.submits(&form), &format!("/admin/users/{alice}?done=disabled"));
}

#[test]
fn security_50_what_counts_needs_a_password_typed_lately() {
    let server = TestServer::start();
    let root = root(&server);
    let path = format!("/admin/users/{}/disable", server.id_of("alice"));
    let form = page(&root, &path).form(&path);
    server.clock.advance(901);
    for path in [
        &*path,
        "/admin/users/new",
        "/admin/clients/new",
        "/admin/clients/spa/secret",
        "/admin/signing-keys/rotate",
    ] {
        let away = root.get(path).send();
        assert_eq!(away.status, 303, "{path}");
        assert!(away.the_header("location").ends_with("&again=1"), "{path}");
    }
    let _ = page(&root, "/admin");
    server.clock.advance(901);
    assert!(Page::of(&root.submits(&form).expect(403)).proves_at().is_some());
    assert!(!page(&root, "/admin/users?state=disabled").html().contains(">alice</a>"));
}

#[test]
fn an_administrator_who_is_none_any_more_changes_nothing() {
    let server = TestServer::start();
    let root = root(&server);
    let path = format!("/admin/users/{}/disable", server.id_of("alice"));
    let form = page(&root, &path).form(&path);
    let new = portcullis::flows::user_administration::set_admin(
        &server.node,
        portcullis::flows::actor::Actor::Operator,
        server.id_of("root"),
        false,
    );
    assert!(server.operator(new).unwrap().is_ok());
    assert_eq!(root.submits(&form).status, 404);
}
