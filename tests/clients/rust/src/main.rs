//! The crates `openidconnect` and `oauth2` as clients: `client openidconnect|oauth2 SETTINGS`.

mod oauth2_client;
mod openidconnect_client;
mod person;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (which, settings) = (arguments.next(), arguments.next().expect("settings"));
    let settings = serde_json::from_str(&settings).expect("settings are JSON");
    match which.as_deref() {
        Some("openidconnect") => openidconnect_client::run(&settings),
        Some("oauth2") => oauth2_client::run(&settings),
        _ => panic!("client openidconnect|oauth2 SETTINGS"),
    }
}
