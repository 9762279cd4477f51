//! The person's side: prints where the browser is to go, and reads where it ended.

use serde_json::{Value, json};
use url::Url;

/// The code and the state that came back.
pub fn visit(url: &Url) -> (String, String) {
    println!("{}", json!({ "open": url.as_str() }));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("nobody came back");
    let answer = Url::parse(line.trim()).expect("a URL");
    let value = |name: &str| answer.query_pairs().find(|(own, _)| own == name).expect(name).1.into_owned();
    (value("code"), value("state"))
}

pub fn done(what: Value) {
    println!("{}", json!({ "done": what }));
}

pub fn text(settings: &Value, name: &str) -> String {
    settings[name].as_str().unwrap_or_default().to_owned()
}
