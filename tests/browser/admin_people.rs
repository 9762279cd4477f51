//! `/admin/users/…`: what an administrator does for people, and what these do with it in browsers of their own (contract §14;
//! security §3, 47–50).

use crate::mail::{NEW, signs_in_with};
use crate::person::{walked, walked_with};

#[test]
fn contract_14_a_password_link_is_handed_out_and_used() {
    walked(|person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin/users");
        let _ = person.clicks("alice");
        let _ = person.clicks("Make a password link for alice");
        person.reads("Make a link for alice to set a new password?");
        let _ = person.clicks("Make a password link for alice");
        person.reads("Hand it on in a safe way");
        let link = person.shown_once("Link");
        let _ = person.clicks("I have saved it");
        person.is_at(&format!("/admin/users/{}", person.server.id_of("alice")));
        assert!(!person.tab.source().contains("prl_"), "it is shown once");

        let alice = person.makes_room();
        let _ = alice.opens(&link);
        alice.reads("For the account alice.");
        alice.types("New password", NEW);
        let _ = alice.clicks("Change password");
        alice.reads("Your password is changed");
        let _ = alice.opens_for(404, &link);
        let _ = alice.opens("/login");
        alice.gives_password_of("alice");
        let _ = alice.clicks_for(401, "Sign in");
        signs_in_with(&alice, "alice", NEW);
    });
}

#[test]
fn contract_14_somebody_is_made_an_administrator_and_unmade() {
    walked(|person| {
        let page_of = |name: &str| format!("/admin/users/{}", person.server.id_of(name));
        person.signs_in_as("root");
        let _ = person.opens(&page_of("alice"));
        let _ = person.clicks("Make alice an administrator");
        person.reads("alice may then do everything on these pages.");
        let _ = person.clicks("Make alice an administrator");
        person.reads("This person administers the server now.");
        let _ = person.opens("/admin/users?state=administrators");
        person.reads("alice@example.com");

        let alice = person.makes_room();
        alice.signs_in_as("alice");
        let _ = alice.clicks("Administration");
        let _ = alice.opens(&page_of("root"));
        let _ = alice.clicks("Take administration away from root");
        alice.reads("root keeps the account");
        let _ = alice.clicks("Take administration away from root");
        alice.reads("This person administers the server no more.");
        let _ = alice.opens(&page_of("alice"));
        let _ = alice.clicks("Take administration away from alice");
        let _ = alice.clicks_for(409, "Take administration away from alice");
        alice.reads("This is the last administrator. Make somebody else one first.");

        let root = alice.makes_room();
        root.signs_in_as("root");
        root.does_not_read("Administration");
        let _ = root.opens_for(404, "/admin");
    });
}

#[test]
fn contract_14_somebody_is_invited_and_makes_an_account_by_the_link() {
    walked_with(&[("REGISTRATION", "invitation")], |person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin/users");
        let _ = person.clicks("Invite somebody");
        person.types("E-mail address", "alice@example.com");
        let _ = person.clicks_for(400, "Invite");
        person.reads("Somebody has an account with this e-mail address.");
        assert_eq!(person.value("E-mail address"), "alice@example.com");
        person.types("E-mail address", "ida@example.com");
        let _ = person.clicks("Invite");
        person.reads("Hand it on in a safe way");
        let link = person.shown_once("Link");
        let _ = person.clicks("I have saved it");
        person.is_at("/admin/users");
        person.does_not_read("ida@example.com");

        let ida = person.makes_room();
        let _ = ida.opens(&link);
        ida.reads("ida@example.com");
        ida.types("User name", "ida");
        ida.types("Password", NEW);
        let _ = ida.clicks("Make my account");
        ida.reads("Your account is made");
        let _ = ida.opens_for(404, &link);
        signs_in_with(&ida, "ida", NEW);
        ida.reads("ida@example.com");
        ida.does_not_read("Administration");
    });
}
