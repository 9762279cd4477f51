//! The operator's colour and logo on the pages (contract §14; WCAG 2.2 §1.4.3).

use std::fs;
use std::io::Read;

use flate2::read::GzDecoder;
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

/// Who upgrades the server, or chooses another colour, has no page that meets an older stylesheet or script (RFC 8246).
#[test]
fn a_page_names_the_version_of_its_stylesheet_and_script_which_is_kept_for_good() {
    let (plain, red) = (TestServer::start(), TestServer::with(&[("ACCENT_COLOR", "#a3161c")]));
    let addresses = |server: &TestServer| {
        let html = Page::of(&server.actor().get("/login").send().expect(200)).html().to_owned();
        let of = |attribute: &str| {
            let (_, rest) = html.split_once(attribute).expect("an address");
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        (of("rel=\"stylesheet\" href=\""), of("<script src=\""))
    };
    let ((style, script), (other, same)) = (addresses(&plain), addresses(&red));
    assert!(style.starts_with("/assets/style.css?v=") && script.starts_with("/assets/page.js?v="));
    assert!(style != other && script == same, "{style} {other} {script} {same}");
    let kept = |path: &str| plain.actor().get(path).send().expect(200).the_header("cache-control").to_owned();
    for address in [&style, &script] {
        assert_eq!(kept(address), "public, max-age=31536000, immutable", "{address}");
    }
    // While several nodes are upgraded one after the other, one is asked for what it has not.
    assert_eq!(kept(&other), "no-cache");
    assert_eq!(kept("/assets/page.js?v=x"), "no-cache");
    assert_eq!(kept("/assets/style.css"), "public, max-age=3600");
}

/// A page may weigh 30 KB with everything it asks for: 23 KB are left for itself.
#[test]
fn what_every_page_asks_for_weighs_seven_kilobytes() {
    let server = TestServer::start();
    let (actor, mut weight) = (server.actor(), 0);
    for path in ["/assets/style.css", "/assets/page.js", "/assets/icon.svg"] {
        let asked = || actor.get(path).header("accept-encoding", "br, gzip");
        let (plain, reply) = (actor.get(path).send().expect(200), asked().send().expect(200));
        assert_eq!(reply.header("content-encoding"), Some("gzip"), "{path}");
        assert_eq!(reply.the_header("vary"), "accept-encoding", "{path}");
        let mut read = String::new();
        GzDecoder::new(reply.body.as_slice()).read_to_string(&mut read).unwrap();
        assert_eq!(read, plain.text(), "{path}");
        assert_eq!(plain.header("content-encoding"), None);
        // What one has is not what the other has (RFC 9110 §8.8.3.3).
        let (tag, other) = (reply.the_header("etag"), plain.the_header("etag"));
        assert_ne!(tag, other);
        assert_eq!(asked().header("if-none-match", tag).send().status, 304);
        assert_eq!(asked().header("if-none-match", other).send().status, 200);
        // 700 bytes of headers at most.
        weight += reply.body.len() + 700;
    }
    assert!(weight <= 7 * 1024, "{weight} bytes");
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
