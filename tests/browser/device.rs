//! `/device`: a person lets a device in that shows them a code (RFC 8628 §3.3; security §4.7).

use crate::person::{Person, walked};

/// What the device shows.
pub fn code(person: &Person<'_>) -> String {
    let asked =
        person.server.app("tv").posts("/oauth/device_authorization", &[("scope", "read")]).expect(200);
    person.server.secrets.add(&asked.member("device_code"));
    asked.member("user_code")
}

#[test]
fn rfc8628_3_3_a_code_that_is_typed_lets_the_device_in() {
    walked(|person| {
        let code = code(person);
        let _ = person.opens("/device");
        person.is_at("/login");
        person.gives_password_of("alice");
        let _ = person.clicks("Sign in");
        assert!(person.is_in("Code"));
        person.types("Code", "BCDF-GHJK");
        let _ = person.clicks_for(400, "Continue");
        person.reads("This code does not work.");
        person.types("Code", &code.to_lowercase().replace('-', " "));
        let _ = person.clicks("Continue");
        person.reads("Allow Television to use your account?");
        person.reads("Only go on if you started this on a device in front of you");
        person.reads("see your data");
        let _ = person.clicks("Allow Television");
        person.reads("You can go back to your device.");
        let _ = person.opens("/device");
        person.types("Code", &code);
        let _ = person.clicks_for(400, "Continue");
        person.reads("This code does not work.");
    });
}

#[test]
fn rfc8628_3_3_1_a_link_with_the_code_in_it_sends_nothing_by_itself() {
    walked(|person| {
        let code = code(person);
        let _ = person.opens(&format!("/device?user_code={code}"));
        person.gives_password_of("alice");
        let _ = person.clicks("Sign in");
        assert_eq!(person.value("Code"), code);
        let _ = person.clicks("Continue");
        let _ = person.clicks("Do not allow");
        person.reads("The device is not connected");
    });
}
