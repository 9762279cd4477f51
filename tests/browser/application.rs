//! What an application asks of a sign-in and of a sign-out, as its people see it (OpenID Connect Core §3.1.2.1; RP-Initiated
//! Logout 1.0 §2).

use portcullis::oauth::client_metadata::ClientMetadata;

use crate::person::{Person, walked};
use crate::support::actor::asks;
use crate::support::exchange::encode;

const BACK: &str = "https://app.example/callback?";
const OUT: &str = "https://app.example/out";

/// What the Web Shop asks for.
fn asked(more: &[(&str, &str)]) -> String {
    let mut all = vec![("scope", "openid read"), ("state", "kept")];
    all.extend_from_slice(more);
    format!("/oauth/authorize?{}", asks("web", &all))
}

/// The person is back at the application, with a code: the ID token that it gets for it.
#[track_caller]
fn id_token(person: &Person<'_>) -> String {
    let url = person.ends_at(BACK);
    let url = url::Url::parse(&url).unwrap();
    let code = url.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    person.server.app("web").presents(&code).expect(200).member("id_token")
}

/// Signs in for the Web Shop, and says yes to it.
fn begins(person: &Person<'_>, name: &str) -> String {
    let _ = person.opens(&asked(&[]));
    person.gives_password_of(name);
    let _ = person.clicks("Sign in");
    person.presses("Allow Web Shop");
    id_token(person)
}

/// Gives the password for an answer that follows at once.
fn proves(person: &Person<'_>, name: &str) {
    person.gives_password_of(name);
    person.presses("Sign in");
}

#[test]
fn oidc_core_3_1_2_1_who_is_known_is_asked_again_where_the_application_wants_it() {
    walked(|person| {
        let _ = begins(person, "alice");
        person.server.clock.advance(61);
        // An old sign-in is not good enough; what was allowed is.
        let _ = person.opens(&asked(&[("max_age", "60")]));
        person.is_at("/login");
        person.reads("Sign in to continue to Web Shop");
        assert!(!person.has("Continue"), "there is no way past the password");
        proves(person, "alice");
        let _ = id_token(person);
        let _ = person.opens_and_leaves(&asked(&[("max_age", "60")]), BACK);
        // What was allowed is asked about again.
        let _ = person.opens(&asked(&[("prompt", "consent")]));
        person.reads("Allow Web Shop to use your account?");
        person.presses("Do not allow");
        assert!(person.ends_at(BACK).contains("error=access_denied"));
        let _ = person.opens_and_leaves(&asked(&[]), &format!("{BACK}code="));
    });
}

#[test]
fn oidc_core_3_1_2_1_who_is_known_may_choose_to_be_somebody_else() {
    walked(|person| {
        let hint = begins(person, "alice");
        let _ = person.opens(&asked(&[("prompt", "select_account")]));
        person.reads("You are signed in as alice.");
        person.presses("Continue");
        let _ = id_token(person);
        let _ = person.opens(&asked(&[("prompt", "select_account")]));
        person.gives_password_of("bob");
        let _ = person.clicks("Sign in");
        person.reads("Allow Web Shop to use your account?");
        person.reads("bob (somebody else?)");
        person.presses("Allow Web Shop");
        let _ = id_token(person);
        // The application knows alice, and bob is at the browser.
        person.server.clock.advance(1);
        let _ = person.opens(&asked(&[("prompt", "login"), ("login_hint", "alice")]));
        person.reads("alice is expected here, and you are signed in as bob.");
        assert_eq!(person.value("User name or e-mail address"), "alice");
        let expected = asked(&[("id_token_hint", &hint)]);
        let _ = person.opens(&expected);
        person.is_at("/login");
        proves(person, "bob");
        assert!(person.ends_at(BACK).contains("error=login_required"), "bob is not alice");
        let _ = person.opens(&expected);
        proves(person, "alice");
        let _ = id_token(person);
    });
}

#[test]
fn oidc_rpinitiated_2_an_application_asks_to_sign_out_and_its_people_come_back_to_it() {
    walked(|person| {
        let metadata =
            ClientMetadata { post_logout_redirect_uris: vec![OUT.to_owned()], ..ClientMetadata::default() };
        person.server.registers("web", metadata);
        let _ = begins(person, "alice");
        let out = |more: (&str, &str)| {
            let fields = [more, ("post_logout_redirect_uri", OUT), ("state", "kept")];
            format!("/oauth/logout?{}", encode(&fields))
        };
        let back = format!("{OUT}?state=kept");
        // Anybody could have sent the person here: they are asked.
        let _ = person.opens(&out(("client_id", "web")));
        person.reads("Sign out?");
        person.reads("The application Web Shop asks you to sign out here, too.");
        let _ = person.clicks("Stay signed in");
        person.reads("alice");
        let _ = person.opens(&out(("client_id", "web")));
        person.presses("Sign out");
        let _ = person.ends_at(&back);
        let _ = person.opens("/settings");
        person.is_at("/login");
        // Whose sign-in it is can show it.
        let _ = person.opens(&asked(&[]));
        proves(person, "alice");
        let hint = id_token(person);
        let _ = person.opens_and_leaves(&out(("id_token_hint", &hint)), &back);
        let _ = person.opens("/settings");
        person.is_at("/login");
        // What is not in order leads nowhere.
        person.signs_in_as("alice");
        let _ = person.opens_for(400, &out(("client_id", "nobody")));
        person.reads("An application sent you here that is not registered on this server. You can sign out all the same.");
        let _ = person.opens("/settings");
        person.is_at("/settings");
    });
}
