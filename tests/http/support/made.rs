//! Keys and projects as people make them, on their pages.

use super::actor::{Actor, page};
use super::page::Page;

/// Makes a key of this name; `new` is where. Its secret and the address of its page.
#[track_caller]
pub fn makes_key(person: &Actor<'_>, new: &str, name: &str) -> (String, String) {
    let form = page(person, new).form(new).with("name", name);
    let secret = Page::of(&person.submits(&form).expect(200)).control("secret");
    person.server.secrets.add(&secret);
    let url = person.page_of_key(&secret);
    (secret, url)
}

/// Makes a project; its address.
#[track_caller]
pub fn makes_project(person: &Actor<'_>, name: &str, visibility: &str) -> String {
    let form = page(person, "/projects/new").form("/projects/new");
    assert_eq!(form.value("visibility"), "private", "as long as nobody says otherwise");
    let made = person.submits(&form.with("name", name).with("visibility", visibility)).expect(303);
    made.the_header("location").strip_suffix("/settings?done=made").expect("its settings").to_owned()
}
