//! The inspection itself: each mistake, on a page made for it, is seen.

use serde_json::json;

use crate::foreign::Site;
use crate::person::Variant;
use crate::tab::Tab;
use crate::{axe, inspection, keyboard};

const POLICY: &str =
    "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'";
const STYLE: &str = "<link rel=\"stylesheet\" href=\"/style\">";

fn complaints(site: &Site, tab: &Tab, body: &str) -> Vec<String> {
    let html = format!("<!doctype html><html lang=en><title>A page</title>{STYLE}<main>{body}</main>");
    site.serves("/page", &[POLICY], &html);
    tab.goes(&site.url("127.0.0.1", "/page"));
    let mut seen = inspection::read(tab, &site.url("127.0.0.1", ""));
    assert_eq!(seen.status, 200);
    seen.complaints.extend(inspection::structure(tab));
    seen.complaints.extend(axe::complaints(tab));
    seen.complaints.extend(keyboard::complaints(tab));
    seen.complaints
}

#[test]
fn every_mistake_of_a_page_is_seen() {
    let (site, tab) = (Site::new(), Tab::open());
    let screen = json!({ "width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": false });
    let _ = tab.devtools("Emulation.setDeviceMetricsOverride", screen);
    site.serves(
        "/style",
        &["content-type: text/css"],
        ".pale { color: #ccc } .wide { width: 400px } .thin { width: 1em; overflow-wrap: anywhere } .plain:focus { outline: none } \
         @media (prefers-color-scheme: dark) { .night { color: #ddd } }",
    );
    site.serves("/script", &["content-type: text/javascript"], "console.error('something is broken')");
    let good = "<h1>Good</h1><form><label>Name <input autocomplete=off></label><button>Send</button></form>";
    assert_eq!(complaints(&site, &tab, good), [""; 0]);
    for (mistake, complaint) in [
        ("<script>document.title = 'x'</script>", "Content Security Policy"),
        ("<p style=\"color: red\">red</p>", "Content Security Policy"),
        ("<p style=\"color: red\">red</p>", "style inside the page"),
        ("<script src=/script defer></script>", "something is broken"),
        ("<script src=/script></script>", "blocks rendering"),
        ("<img src=/nothing alt=\"\">", "404"),
        ("<img src=//localhost/x alt=\"\">", "localhost"),
        ("<h1>Again</h1>", "2 h1"),
        ("<link rel=stylesheet href=/style?2>", "2 stylesheets"),
        ("<p class=wide>wide</p>", "pixels wide"),
        ("<p class=thin>a letter in each line</p>", "a column too narrow"),
        ("<p class=pale>pale</p>", "axe, light: \"color-contrast\""),
        ("<p class=night>pale by night</p>", "axe, dark: \"color-contrast\""),
        ("<input>", "axe, light: \"label\""),
        ("<button class=plain>plain</button>", "one does not see the focus"),
        ("<p id=a></p><p id=a></p>", "stands twice"),
        (&"<!-- heavy -->".repeat(3000), "weighs"),
        ("<a href=/ tabindex=1>first</a><div inert><a href=/>never</a></div>", "Tab does not reach"),
    ] {
        let found = complaints(&site, &tab, &format!("{good}{mistake}"));
        assert!(found.iter().any(|text| text.contains(complaint)), "{mistake}: {complaint}: {found:#?}");
    }
}

#[test]
fn script_off_is_off_and_both_sizes_are_real() {
    let (site, tab) = (Site::new(), Tab::open());
    site.serves("/script", &["content-type: text/javascript"], "document.title = 'ran'");
    site.serves(
        "/page",
        &[],
        "<!doctype html><html lang=en><meta name=viewport content=\"width=device-width\"><title>did not</title>\
         <script src=/script defer></script>",
    );
    let server = crate::support::server::TestServer::start();
    for variant in Variant::ALL {
        let _person = crate::person::Person::arrives(&server, &tab, variant);
        tab.goes(&site.url("127.0.0.1", "/page"));
        let title = tab.runs("return document.title");
        assert_eq!(title, if variant.script { "ran" } else { "did not" }, "{variant}");
        assert_eq!(tab.runs("return [innerWidth, innerHeight]"), json!([variant.size().0, variant.size().1]));
    }
}
