//! The operator's colour and logo on the pages (contract §14; WCAG 2.2 §1.4.3).

use std::fs;

use portcullis::config::{Flags, Settings};

use crate::support::page::Page;
use crate::support::server::TestServer;

#[test]
fn contract_14_the_accent_is_in_the_stylesheet_whose_tag_changes_with_it() {
    let (plain, red) = (TestServer::start(), TestServer::with(&[("ACCENT_COLOR", "#a3161c")]));
    let style = |server: &TestServer| server.actor().get("/assets/style.css").send().expect(200);
    let (before, after) = (style(&plain), style(&red));
    assert!(!before.text().contains("#a3161c;--on-accent"), "the colour is ours");
    assert!(after.text().contains(":root{--accent:#a3161c;--on-accent:#ffffff}"));
    assert_ne!(before.the_header("etag"), after.the_header("etag"));
    let again = red.actor().get("/assets/style.css").header("if-none-match", after.the_header("etag")).send();
    assert_eq!(again.status, 304);
}

#[test]
fn wcag_1_4_3_a_pale_accent_refuses_to_start_and_says_which_is_near() {
    let given = |value: &str| vec![("PORTCULLIS_ACCENT_COLOR".to_owned(), value.to_owned())];
    let refused = |value: &str| Settings::load(&Flags::default(), &given(value)).err().unwrap().to_string();
    let words = refused("#ffcc00");
    assert!(words.contains("accent_color") || words.contains("ACCENT_COLOR"), "{words}");
    assert!(words.contains("1.3:1") || words.contains("1.4:1"), "{words}");
    let nearest = words.split('#').nth(1).unwrap().get(..6).unwrap().to_owned();
    assert!(Settings::load(&Flags::default(), &given(&format!("#{nearest}"))).is_ok(), "{words}");
    assert!(refused("yellow").contains("#rrggbb"));
}

#[test]
fn contract_14_the_logo_stands_beside_the_name_and_can_do_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logo.svg");
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    fs::write(&path, svg).unwrap();
    let server = TestServer::with(&[("LOGO_FILE", path.to_str().unwrap())]);
    let reply = server.actor().get("/assets/logo").send().expect(200);
    assert_eq!((reply.header("content-type"), reply.text().as_str()), (Some("image/svg+xml"), svg));
    assert!(reply.the_header("content-security-policy").contains("sandbox"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    for path in ["/login", "/nothing"] {
        let page = Page::of(&server.actor().get(path).send());
        assert!(page.html().contains("<img src=\"/assets/logo\" alt=\"\""), "{path}");
    }
    let plain = TestServer::start();
    assert_eq!(plain.actor().get("/assets/logo").send().status, 404);
    assert!(!Page::of(&plain.actor().get("/login").send()).html().contains("<img"));
}
