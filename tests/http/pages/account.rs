//! `/settings/…`: what people do about their password, their sign-ins, their apps and their account (contract §1;
//! security §3, 42–59).

use serde_json::json;

use crate::support::actor::{Actor, VERIFIER, asks, leads_to, page};
use crate::support::page::{Form, MOST_BYTES, Page};
use crate::support::seed::unused;
use crate::support::server::TestServer;
use crate::support::trail::events;

const PAGES: &[&str] = &[
    "/settings/password",
    "/settings/sessions",
    "/settings/apps",
    "/settings/activity",
    "/settings/jwt",
    "/settings/delete",
];
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const SIGN_IN_AGAIN: &str = "&again=1";

fn is_signed_in(actor: &Actor<'_>) -> bool {
    actor.get("/settings/password").send().status == 200
}

fn changes(actor: &Actor<'_>, current: &str, new: &str) -> Form {
    page(actor, "/settings/password").form("/settings/password").with("current", current).with("new", new)
}

/// A password nobody has, and which is looked for in the log.
fn another_password(server: &TestServer) -> String {
    let password = format!("another horse {}", unused());
    server.secrets.add(&password);
    password
}

fn can_log_in(server: &TestServer, name: &str, password: &str) -> bool {
    let fields = [("username", name), ("password", password)];
    server.actor().post("/auth/v1/token").form(&fields).send().status == 200
}

/// A key of the account.
fn key(actor: &Actor<'_>) -> String {
    let token = actor.logs_in().access;
    let made = actor.post("/api/v1/keys").bearer(&token).json(&json!({"name": "ci"})).send().expect(201);
    let key = made.member("key");
    actor.server.secrets.add(&key);
    key
}

fn works(server: &TestServer, key: &str) -> bool {
    server.actor().get("/v1/auth/verify").header("x-api-key", key).send().status == 200
}

/// What root reads of somebody in the audit trail, newest first.
fn kinds(server: &TestServer, user: &str) -> Vec<String> {
    let all = events(server, &format!("&user_id={user}"));
    all.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

/// Sends a form as it should not be sent: without a token, with that of another form, of another browser of the same
/// person, and from another site. Insists that it is refused each time.
#[track_caller]
fn is_forgery_proof(actor: &Actor<'_>, form: &Form) {
    let second = actor.server.actor();
    let _ = second.signs_in();
    let other_form = page(actor, "/logout").form("/logout").value("csrf_token").to_owned();
    let other_browser = page(&second, "/logout").form("/logout").value("csrf_token").to_owned();
    for (name, forged) in [
        ("none", form.clone().without("csrf_token")),
        ("another form's", form.clone().with("csrf_token", &other_form)),
        ("another browser's", form.clone().with("csrf_token", &other_browser)),
        ("nonsense", form.clone().with("csrf_token", "x")),
    ] {
        assert_eq!(actor.submits(&forged).status, 403, "{}: {name}", form.action);
    }
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(actor.post(&form.action).headers(&foreign).form(&form.pairs()).send().status, 403);
    let own = second.submits(form);
    assert_eq!(own.status, 403, "{}: the token of one browser in another", form.action);
}

#[test]
fn pages_every_page_is_small_and_has_its_own_title() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let mut titles = Vec::new();
    for path in PAGES {
        let reply = person.get(path).send().expect(200);
        assert!(reply.weight() <= MOST_BYTES, "{path}: {} bytes", reply.weight());
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let html = reply.text();
        assert!(!html.contains(" style=") && !html.contains("onclick"), "{path}");
        let title = html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned();
        assert!(!titles.contains(&title), "{title} twice");
        titles.push(title);
        let german = person.get(path).header("accept-language", "de").send().expect(200).text();
        assert!(german.contains("<html lang=\"de\">"), "{path}");
    }
}

#[test]
fn pages_who_is_signed_out_signs_in_and_comes_back() {
    let server = TestServer::start();
    for path in PAGES {
        for reply in [server.actor().get(path).send(), server.actor().post(path).form(&[]).send()] {
            if reply.status == 405 {
                continue;
            }
            let to = reply.expect(303).the_header("location").to_owned();
            assert_eq!(to, format!("/login?next={}", path.replace('/', "%2F")), "{path}");
        }
    }
}

on_both! {
    fn security_3_54_57_a_new_password_ends_everything_else_and_gives_this_browser_a_new_cookie(server) {
        let (person, other) = (server.actor(), server.actor());
        let _ = (person.signs_in(), other.signs_in());
        let (script, key) = (server.actor().logs_in(), key(&server.actor()));
        let code = server.actor().authorizes(&asks("spa", &[])).code();
        let app = server.app("spa").redeems(&code);
        let (before, new) = (person.jar("sid").unwrap(), another_password(server));
        let changed = person.submits(&changes(&person, &server.seed.password, &new));
        leads_to(&changed, "/settings/password?done=changed");
        assert!(page(&person, "/settings/password?done=changed").words().contains("Your password is changed."));
        assert_ne!(person.jar("sid").unwrap(), before);
        let thief = server.actor();
        thief.puts("sid", &before, "/");
        assert!(!is_signed_in(&thief), "the cookie from before is dead");
        assert!(!is_signed_in(&other) && is_signed_in(&person));
        assert!(!person.is_believed(&script.access) && !person.is_believed(&app.access));
        assert_eq!(server.app("spa").refreshes(&app.refresh).status, 400);
        assert!(works(server, &key), "keys go on working: the page says so");
        assert!(can_log_in(server, "alice", &new) && !can_log_in(server, "alice", &server.seed.password));
    }

    fn security_3_57_the_others_stay_signed_in_if_they_shall(server) {
        let (person, other) = (server.actor(), server.actor());
        let _ = (person.signs_in(), other.signs_in());
        let script = server.actor().logs_in();
        let form = changes(&person, &server.seed.password, &another_password(server));
        let _ = person.submits(&form.without("elsewhere")).expect(303);
        assert!(is_signed_in(&person) && is_signed_in(&other) && person.is_believed(&script.access));
    }

    fn security_3_57_an_account_goes_with_its_keys_sign_ins_and_projects(server) {
        let (person, name) = (server.actor(), "alice");
        let user = user_id(server, name);
        let (script, key) = (server.actor().logs_in(), key(&server.actor()));
        let code = server.actor().authorizes(&asks("spa", &[])).code();
        let app = server.app("spa").redeems(&code);
        let (own, shared) = (project(server, "alice", "Own"), project(server, "bob", "Shared"));
        member(server, "bob", &shared, "alice", "editor");
        let _ = person.signs_in();
        let words = page(&person, "/settings/delete").words();
        for part in ["The project Own, which nobody else is in", "Your place in the project Shared", "audit trail"] {
            assert!(words.contains(part), "{part} is missing in: {words}");
        }
        let form = page(&person, "/settings/delete").form("/settings/delete");
        let wrong = person.submits(&form.clone().with("username", "Alice")).expect(400);
        assert!(Page::of(&wrong).words().contains("This is not your user name. Type alice."));
        assert_eq!(Page::of(&wrong).form("/settings/delete").value("username"), "Alice", "what was typed stays");
        let form = form.anew(&wrong);
        let done = person.submits(&form.clone().with("username", name)).expect(200);
        assert!(Page::of(&done).words().contains("Your account is deleted"));
        assert!(done.set_cookie("sid").unwrap().1.contains("Max-Age=0"));
        assert!(!works(server, &key) && !person.is_believed(&script.access) && !person.is_believed(&app.access));
        assert_eq!(server.app("spa").refreshes(&app.refresh).status, 400);
        assert!(!can_log_in(server, name, &server.seed.password));
        assert_eq!(person.submits(&form.with("username", name)).status, 303, "signed out");
        let root = server.actor().named("root").logs_in();
        let project = |id: &str| server.actor().get(&format!("/api/v1/projects/{id}")).bearer(&root.access).send();
        assert_eq!(project(&own).status, 404);
        let bob = server.actor().named("bob").logs_in();
        let members = server.actor().get(&format!("/api/v1/projects/{shared}/members")).bearer(&bob.access).send();
        assert!(!members.expect(200).text().contains("alice"));
        let kinds = kinds(server, &user);
        assert_eq!(kinds.first().map(String::as_str), Some("user_deleted"), "the trail stays: {kinds:?}");
        assert!(kinds.iter().any(|kind| kind == "project_deleted"));
    }
}

fn project(server: &TestServer, owner: &'static str, name: &str) -> String {
    let token = server.actor().named(owner).logs_in().access;
    let body = json!({"name": name});
    server.actor().post("/api/v1/projects").bearer(&token).json(&body).send().expect(201).member("id")
}

fn member(server: &TestServer, owner: &'static str, project: &str, user: &str, role: &str) {
    let token = server.actor().named(owner).logs_in().access;
    let path = format!("/api/v1/projects/{project}/members");
    let body = json!({"user": user, "role": role});
    let reply = server.actor().post(&path).bearer(&token).json(&body).send();
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text());
}

#[test]
fn security_3_44_the_fault_stands_beside_its_field_and_no_password_comes_back() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let old = server.seed.password.clone();
    for (current, new, field, words) in [
        (old.as_str(), "too short", "new", "The password must have at least 15 characters"),
        (&old, "passwordpassword1", "new", "Many people have this password"),
        (&old, "alicealicealicealice", "new", "made of your own name"),
        (&old, "alice@example.com", "new", "made of your own name"),
        (&old, "portcullisportcullis", "new", "the name of this site"),
        (&old, "111111111111111", "new", "Others would guess it"),
        (&old, &"tequil folmazo vug ".repeat(7), "new", "at most 128 characters"),
        (&old, &old, "new", "This is the password you have."),
        ("", "tequil folmazo vug", "current", "Fill this in."),
        (&old, "", "new", "Fill this in."),
    ] {
        let reply = person.submits(&changes(&person, current, new)).expect(400);
        let page = Page::of(&reply);
        assert!(page.words().contains(words), "{new}: {}", page.words());
        assert!(page.html().contains(&format!("id=\"{field}-fault\"")), "{new}");
        let form = page.form("/settings/password");
        assert_eq!((form.value("current"), form.value("new")), ("", ""), "typed again");
        assert!(new.is_empty() || !page.html().contains(new));
    }
    assert!(can_log_in(&server, "alice", &old));
    let german = person.post("/settings/password").header("accept-language", "de");
    let reply = german.form(&changes(&person, &old, "passwordpassword1").pairs()).send().expect(400);
    assert!(Page::of(&reply).words().contains("Viele haben dieses Passwort"));
}

#[test]
fn security_3_47_guesses_at_the_current_password_count_as_those_of_a_login() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let new = another_password(&server);
    for _ in 0..6 {
        let wrong = Page::of(&person.submits(&changes(&person, "wrong horse battery", &new)).expect(403));
        assert!(wrong.words().contains("Current password: The password is wrong."), "{}", wrong.words());
        assert_eq!(wrong.form("/settings/password").value("current"), "", "typed again");
    }
    let reply = person.submits(&changes(&person, &server.seed.password, &new)).expect(429);
    assert!(reply.the_header("retry-after").parse::<i64>().unwrap() >= 1);
    assert!(Page::of(&reply).words().contains("Too many failed attempts."));
    assert!(
        kinds(&server, &user_id(&server, "alice")).iter().filter(|kind| *kind == "login_failed").count() >= 6
    );
}

fn user_id(server: &TestServer, name: &str) -> String {
    let root = server.actor().named("root").logs_in();
    let all = server.actor().get("/api/v1/users").bearer(&root.access).send().expect(200).json();
    let found = all["data"].as_array().unwrap().iter().find(|user| user["username"] == name).unwrap().clone();
    found["id"].as_str().unwrap().to_owned()
}

#[test]
fn security_4_6_no_other_site_form_or_browser_changes_anything() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let _ = server.actor().authorizes(&asks("spa", &[])).code();
    let password = changes(&person, &server.seed.password, &another_password(&server));
    let elsewhere = page(&person, "/settings/sessions").forms().into_iter().last().unwrap();
    let one = page(&person, "/settings/sessions").forms().remove(0);
    let apps = page(&person, "/settings/apps/disconnect?client=spa").form("/settings/apps/disconnect");
    let jwt = page(&person, "/settings/jwt").form("/settings/jwt");
    let delete = page(&person, "/settings/delete").form("/settings/delete").with("username", "alice");
    for form in [&password, &elsewhere, &one, &apps, &jwt, &delete] {
        is_forgery_proof(&person, form);
    }
    assert!(is_signed_in(&person) && can_log_in(&server, "alice", &server.seed.password));
    assert!(page(&person, "/settings/apps").words().contains("Single Page"));
    // One sign-in's token ends no other.
    let other = page(&person, "/settings/sessions").forms().remove(1);
    assert_eq!(person.submits(&one.clone().with("id", other.value("id"))).status, 403);
}

#[test]
fn security_3_54_signing_in_again_gives_a_new_cookie_and_the_old_one_is_dead() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let before = person.jar("sid").unwrap();
    server.clock.advance(901);
    let asked = person.get("/settings/jwt").send().expect(303);
    let to = asked.the_header("location").to_owned();
    assert_eq!(to, format!("/login?next=%2Fsettings%2Fjwt{SIGN_IN_AGAIN}"));
    leads_to(&person.signs_in_for(&to), "/settings/jwt");
    assert_ne!(person.jar("sid").unwrap(), before);
    let _ = person.get("/settings/jwt").send().expect(200);
    let thief = server.actor();
    thief.puts("sid", &before, "/");
    assert!(!is_signed_in(&thief));
}

fn signs_in_with(actor: &Actor<'_>, user_agent: &str) {
    let form = page(actor, "/login").form("/login");
    let form = form.with("email", "alice").with("password", &actor.server.seed.password);
    let _ = actor.post("/login").header("user-agent", user_agent).form(&form.pairs()).send().expect(303);
}

#[test]
fn contract_1_sign_ins_are_named_as_people_know_them_and_ended_one_by_one() {
    let server = TestServer::start();
    let (person, other) = (server.actor(), server.actor());
    signs_in_with(&person, FIREFOX);
    signs_in_with(&other, "curl/8.5.0");
    let script = server.actor().logs_in();
    let sessions = page(&person, "/settings/sessions");
    let words = sessions.words();
    for part in ["Firefox on Linux this browser", "127.0.0.1", "Sign out curl", "A script or a generated JWT"]
    {
        assert!(words.contains(part), "{part} is missing in: {words}");
    }
    let end = |name: &str| {
        let sessions = page(&person, "/settings/sessions");
        let before = sessions.html().split(name).next().unwrap().to_owned();
        let at = before.matches("<form").count() - 1;
        sessions.forms().remove(at)
    };
    let form = end(">Sign out curl<");
    leads_to(&person.submits(&form), "/settings/sessions?done=ended");
    assert!(!is_signed_in(&other) && is_signed_in(&person) && person.is_believed(&script.access));
    assert!(page(&person, "/settings/sessions?done=ended").words().contains("It is signed out."));
    assert_eq!(person.submits(&form).status, 403, "once");
    let _ = person.submits(&end(">Sign out A script")).expect(303);
    assert!(!person.is_believed(&script.access));
}

#[test]
fn security_3_57_signing_out_elsewhere_leaves_this_browser_alone() {
    let server = TestServer::start();
    let (person, other, bob) = (server.actor(), server.actor(), server.actor().named("bob"));
    let _ = (person.signs_in(), other.signs_in(), bob.signs_in());
    let (script, key) = (server.actor().logs_in(), key(&server.actor()));
    assert!(
        page(&person, "/settings/sessions").links().contains(&"/settings/sessions?ask=elsewhere".to_owned())
    );
    let form = page(&person, "/settings/sessions?ask=elsewhere").form("/settings/sessions");
    leads_to(&person.submits(&form), "/settings/sessions?done=elsewhere");
    assert!(is_signed_in(&person) && !is_signed_in(&other) && is_signed_in(&bob));
    assert!(!person.is_believed(&script.access) && works(&server, &key));
}

#[test]
fn contract_9_many_sign_ins_come_piece_by_piece() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    for _ in 0..35 {
        let _ = server.actor().logs_in();
    }
    let first = page(&person, "/settings/sessions");
    assert_eq!(first.html().matches("<tr>").count(), 21, "twenty and the head");
    let more = first.links().into_iter().find(|link| link.contains("cursor=")).expect("a link to more");
    let second = page(&person, &more);
    assert_eq!(second.html().matches("<tr>").count(), 17);
    assert!(!second.links().iter().any(|link| link.contains("cursor=")));
    assert_eq!(person.get("/settings/sessions?cursor=x").send().status, 400);
}

on_both! {
    fn security_3_24_a_disconnected_app_has_no_access_and_has_to_ask(server) {
        let (person, bob) = (server.actor(), server.actor().named("bob"));
        let _ = (person.signs_in(), bob.signs_in());
        assert!(page(&person, "/settings/apps").words().contains("No app has access to your account."));
        let tokens = server.app("web").redeems(&person.authorizes(&asks("web", &[("scope", "read")])).code());
        let unused = person.authorizes(&asks("web", &[("scope", "read")])).code();
        let kept = server.app("spa").redeems(&person.authorizes(&asks("spa", &[])).code());
        let apps = page(&person, "/settings/apps").words();
        for part in ["Web Shop", "see your data", "app.example", "Disconnect Web Shop"] {
            assert!(apps.contains(part), "{part} is missing in: {apps}");
        }
        let ask = "/settings/apps/disconnect?client=web";
        assert_eq!(bob.get(ask).send().status, 404, "not bob's");
        let form = page(&person, ask).form("/settings/apps/disconnect");
        assert!(page(&person, ask).words().contains("Disconnect Web Shop?"));
        leads_to(&person.submits(&form), "/settings/apps?done=disconnected");
        assert!(!person.is_believed(&tokens.access) && person.is_believed(&kept.access));
        assert_eq!(server.app("web").refreshes(&tokens.refresh).status, 400);
        assert_eq!(server.app("web").presents(&unused).status, 400, "a code that was on its way");
        let left = page(&person, "/settings/apps?done=disconnected").words();
        assert!(!left.contains("Web Shop") && left.contains("Single Page") && left.contains("is disconnected"));
        assert_eq!(person.submits(&form).status, 403, "once");
        let query = asks("web", &[("scope", "read")]);
        let again = person.get(&format!("/oauth/authorize?{query}")).send().expect(200);
        let _ = Page::of(&again).form("/consent");
        assert!(kinds(server, &user_id(server, "alice")).contains(&"consent_revoked".to_owned()));
    }
}

#[test]
fn security_3_24_an_app_of_any_name_can_be_disconnected() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let native = ("redirect_uri", "com.example.native:/done");
    let code = person.authorizes(&asks("native", &[native])).code();
    let code = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", VERIFIER), native];
    let _ = server.app("native").asks_for_tokens(&code).expect(200);
    let apps = page(&person, "/settings/apps");
    assert!(!apps.html().contains("<b>Bold"), "a name is no markup");
    let link = apps.links().into_iter().find(|link| link.contains("disconnect")).unwrap();
    let _ = person.submits(&page(&person, &link).form("/settings/apps/disconnect")).expect(303);
    assert_eq!(person.get("/settings/apps/disconnect?client=nobody").send().status, 404);
    leads_to(&person.get("/settings/apps/disconnect").send(), "/settings/apps");
}

#[test]
fn security_i6_where_somebody_else_did_something_is_not_told_and_where_ones_own_key_did_is() {
    let server = TestServer::start();
    let bob = server.actor().named("bob");
    let token = bob.logs_in().access;
    let made = bob.post("/api/v1/projects").bearer(&token).json(&json!({"name": "x"})).send().expect(201);
    let members = format!("/api/v1/projects/{}/members", made.member("id"));
    let alice = json!({"user": "alice", "role": "viewer"});
    let _ = bob.post(&members).bearer(&token).json(&alice).send().expect(201);
    let own = key(&server.actor());
    let second =
        server.actor().post("/api/v1/keys").header("x-api-key", &own).json(&json!({"name": "b"})).send();
    server.secrets.add(&second.expect(201).member("key"));
    let person = server.actor();
    let _ = person.signs_in();
    let rows = |kind: &str| {
        let path = format!("/settings/activity?kind={kind}");
        page(&person, &path).html().split("<tbody>").nth(1).unwrap_or_default().to_owned()
    };
    let added = rows("member_added");
    assert!(added.contains("viewer") && added.contains("by bob"), "{added}");
    assert!(!added.contains("127.0.0.1"), "where bob was is his business: {added}");
    let made = rows("key_created");
    assert!(made.contains("by alice with the key ") && made.matches("127.0.0.1").count() == 2, "{made}");
}

#[test]
fn security_i6_the_activity_is_ones_own_in_words_and_filtered() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let key = key(&server.actor());
    let wrong = [("username", "alice"), ("password", "wrong horse battery")];
    let _ = server.actor().post("/auth/v1/token").form(&wrong).send().expect(401);
    let bobs = self::key(&server.actor().named("bob"));
    let all = page(&person, "/settings/activity");
    let words = all.words();
    for part in ["Signed in", "Failed sign-in", "API key made", "127.0.0.1", "by alice"] {
        assert!(words.contains(part), "{part} is missing in: {words}");
    }
    assert!(!words.contains("by bob") && !all.html().contains(&key) && !all.html().contains(&bobs));
    let rows = |page: &Page| page.html().split("<tbody>").nth(1).unwrap_or_default().to_owned();
    let failed = page(&person, "/settings/activity?kind=login_failed");
    assert!(rows(&failed).contains("Failed sign-in") && !rows(&failed).contains("API key made"));
    assert!(failed.html().contains("value=\"login_failed\" selected"));
    let none = page(&person, "/settings/activity?kind=key_leaked");
    assert!(none.words().contains("Nothing of this kind happened."));
    for never in ["scope_created", "registration_token_created", "user_invited", "client_created"] {
        assert!(!all.html().contains(&format!("value=\"{never}\"")), "{never} happens to nobody");
    }
    assert_eq!(person.get("/settings/activity?kind=nonsense").send().status, 400);
    for _ in 0..60 {
        let _ = server.actor().logs_in();
    }
    let first = page(&person, "/settings/activity?kind=login_succeeded");
    let more = first.links().into_iter().find(|link| link.contains("cursor=")).expect("a link to more");
    assert!(more.contains("kind=login"), "{more}");
    assert!(rows(&page(&person, &more)).contains("Signed in"));
}

#[test]
fn contract_4_a_generated_jwt_is_a_login_token_that_is_shown_once() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let shown = page(&person, "/settings/jwt");
    assert!(shown.words().contains("Generate JWT") && !shown.words().contains("administer this server"));
    let form = shown.form("/settings/jwt").without("scope-write");
    let reply = person.submits(&form.clone().with("scope-admin", "yes")).expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let made = Page::of(&reply);
    let token = made.control("token");
    server.secrets.add(&token);
    assert!(made.html().contains(&format!("{}/api/v1/account", server.issuer)));
    let verified = person.verifies(&token).expect(200).json();
    assert_eq!(verified["scopes"], json!(["read"]), "a scope that alice has not is not given");
    assert_eq!(
        (verified["username"].as_str(), verified["auth_method"].as_str()),
        (Some("alice"), Some("jwt"))
    );
    assert!(!page(&person, "/settings/jwt").html().contains(&token), "never again");
    let listed = page(&person, "/settings/sessions");
    assert!(!listed.html().contains(&token) && listed.words().contains("A script or a generated JWT"));
    let _ = person.submits(&listed.forms().remove(0)).expect(303);
    assert!(!person.is_believed(&token), "ended in the list of sign-ins");
    assert!(kinds(&server, &user_id(&server, "alice")).contains(&"jwt_generated".to_owned()));
    let form = form.anew(&person.get("/settings/jwt").send()).without("scope-read");
    let nothing = person.submits(&form).expect(400);
    assert!(Page::of(&nothing).words().contains("Choose what it may do."));
}

#[test]
fn contract_4_a_generated_jwt_lives_as_long_as_a_login_token_and_not_longer() {
    let server = TestServer::start();
    let person = server.actor().named("root");
    let _ = person.signs_in();
    let shown = page(&person, "/settings/jwt");
    assert!(shown.words().contains("administer this server"));
    assert!(!shown.html().contains("name=\"scope-admin\" type=\"checkbox\" value=\"yes\" checked"));
    let reply = person.submits(&shown.form("/settings/jwt")).expect(200);
    let token = Page::of(&reply).control("token");
    server.secrets.add(&token);
    let scopes = &person.verifies(&token).expect(200).json()["scopes"];
    assert_eq!(*scopes, json!(["read", "write"]), "the last one is ticked by hand");
    server.clock.advance(3599);
    assert!(person.is_believed(&token));
    server.clock.advance(1);
    assert_eq!(person.verifies(&token).status, 401);
}

#[test]
fn security_3_50_what_is_for_good_needs_the_password_again() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let jwt = page(&person, "/settings/jwt").form("/settings/jwt");
    let delete = page(&person, "/settings/delete").form("/settings/delete").with("username", "alice");
    server.clock.advance(901);
    for path in ["/settings/jwt", "/settings/delete"] {
        let to = format!("/login?next={}{SIGN_IN_AGAIN}", path.replace('/', "%2F"));
        leads_to(&person.get(path).send(), &to);
    }
    server.clock.advance(900);
    for form in [&jwt, &delete] {
        let to = format!("/login?next={}{SIGN_IN_AGAIN}", form.action.replace('/', "%2F"));
        assert_eq!(Page::of(&person.submits(form).expect(403)).proves_at(), Some(to));
    }
    assert!(can_log_in(&server, "alice", &server.seed.password));
}

#[test]
fn the_last_administrator_and_the_only_owner_stay() {
    let server = TestServer::start();
    let root = server.actor().named("root");
    let _ = root.signs_in();
    let words = page(&root, "/settings/delete").words();
    assert!(words.contains("You are the only administrator."), "{words}");
    assert!(page(&root, "/settings/delete").forms().is_empty());
    let shared = project(&server, "alice", "Shared");
    let person = server.actor();
    let _ = person.signs_in();
    // The form from before the project had another member.
    let form = page(&person, "/settings/delete").form("/settings/delete").with("username", "alice");
    member(&server, "alice", &shared, "bob", "viewer");
    let refused = person.submits(&form).expect(409);
    let refused = Page::of(&refused);
    assert!(refused.words().contains("You are the only owner of these projects"), "{}", refused.words());
    assert!(refused.links().contains(&format!("/projects/{shared}/settings")));
    assert!(refused.forms().is_empty() && is_signed_in(&person));
    member(&server, "alice", &shared, "bob", "owner");
    let _ = person.submits(&form.anew(&person.get("/settings/delete").send())).expect(200);
}

#[test]
fn security_3_50_a_new_password_ends_every_link_to_another_one() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let id = user_id(&server, "alice").parse().expect("an id");
    let by = portcullis::flows::actor::Actor::Operator;
    let link = portcullis::flows::password_reset::link_for(&server.node, by, id);
    let url = server.operator(link).expect("a store").expect("a link").url;
    let path = url.strip_prefix(&server.issuer).expect("a link of ours").to_owned();
    server.secrets.add(path.split_once('=').expect("a token").1);
    assert_eq!(server.actor().get(&path).send().status, 200);
    let _ = person.submits(&changes(&person, &server.seed.password, &another_password(&server))).expect(303);
    assert_eq!(server.actor().get(&path).send().status, 404, "whoever holds it gets in no more");
}
