//! Somebody at a browser: verbs for what people do there. Every page they come to is inspected.

use std::fmt;
use std::panic;

use serde_json::json;

use crate::chrome::wait;
use crate::inspection::{self, Seen};
use crate::support::server::TestServer;
use crate::tab::Tab;
use crate::{axe, keyboard, visits};

/// How somebody looks at pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Whether pages may run scripts.
    pub script: bool,
    /// Whether the screen is a telephone's, 360 × 740, and not 1280 × 900.
    pub narrow: bool,
}

impl Variant {
    /// The usual one.
    pub const DESK: Self = Self { script: true, narrow: false };

    /// All four.
    pub const ALL: [Self; 4] = [
        Self::DESK,
        Self { script: true, narrow: true },
        Self { script: false, narrow: false },
        Self { script: false, narrow: true },
    ];

    /// The size of the window.
    pub const fn size(self) -> (u32, u32) {
        if self.narrow { (360, 740) } else { (1280, 900) }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = self.size();
        write!(f, "{width} × {height}, script {}", if self.script { "on" } else { "off" })
    }
}

/// Somebody at a browser.
pub struct Person<'s> {
    /// The server whose pages they look at.
    pub server: &'s TestServer,
    /// Their tab.
    pub tab: &'s Tab,
    /// How they look at it.
    pub variant: Variant,
}

/// Walks a path in all four variants, each with a server and cookies of its own.
pub fn walked_with(settings: &[(&str, &str)], walk: impl Fn(&Person<'_>)) {
    let tab = Tab::open();
    for variant in Variant::ALL {
        let server = TestServer::with(settings);
        assert_eq!(server.base, server.issuer);
        let person = Person::arrives(&server, &tab, variant);
        let walked = panic::catch_unwind(panic::AssertUnwindSafe(|| walk(&person)));
        if let Err(reason) = walked {
            eprintln!("walked at {variant}");
            panic::resume_unwind(reason);
        }
        visits::kept(&walk);
    }
}

/// The same without settings.
pub fn walked(walk: impl Fn(&Person<'_>)) {
    walked_with(&[], walk);
}

impl<'s> Person<'s> {
    /// With no cookies, on an empty page.
    pub fn arrives(server: &'s TestServer, tab: &'s Tab, variant: Variant) -> Self {
        let person = Self { server, tab, variant };
        for forget in ["Network.clearBrowserCookies", "Network.clearBrowserCache"] {
            let _ = tab.devtools(forget, json!({}));
        }
        person.settles();
        tab.forgets();
        person
    }

    /// Makes the window `width` pixels wide.
    pub fn resizes(&self, width: u32) {
        let (_, height) = self.variant.size();
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": self.variant.narrow });
        let _ = self.tab.devtools("Emulation.setDeviceMetricsOverride", screen);
    }

    /// Makes a tab the browser that this person has.
    pub fn settles(&self) {
        let (tab, variant) = (self.tab, self.variant);
        self.resizes(variant.size().0);
        let _ = tab.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": !variant.script }));
        self.prefers("en-US,en");
    }

    /// Somebody else at a browser of the same kind: this one's cookies are gone.
    pub fn makes_room(&self) -> Self {
        Self::arrives(self.server, self.tab, self.variant)
    }

    /// Asks for pages in other languages from here on.
    pub fn prefers(&self, languages: &str) {
        let headers = json!({ "headers": { "Accept-Language": languages } });
        let _ = self.tab.devtools("Network.setExtraHTTPHeaders", headers);
    }

    /// The URL of a path here.
    pub fn url(&self, path: &str) -> String {
        if path.starts_with('/') { format!("{}{path}", self.server.base) } else { path.to_owned() }
    }

    /// Goes to a page that is there.
    #[track_caller]
    pub fn opens(&self, path: &str) -> Seen {
        self.opens_for(200, path)
    }

    /// Goes to a page that is answered with `status`.
    #[track_caller]
    pub fn opens_for(&self, status: u16, path: &str) -> Seen {
        self.tab.goes(&self.url(path));
        self.looks(status, path)
    }

    /// Goes to where no page of ours is at the end.
    #[track_caller]
    pub fn opens_and_leaves(&self, path: &str, to: &str) -> String {
        // That nobody is there is no failure of the one who sent us.
        let _ = wait(self.tab.client().goto(&self.url(path)));
        self.ends_at(to)
    }

    /// Looks at the page as it is now; it must have been answered with `status`.
    #[track_caller]
    pub fn looks(&self, status: u16, how: &str) -> Seen {
        let mut seen = inspection::read(self.tab, &self.server.base);
        assert_eq!(seen.status, status, "{how}: {}: {}", self.tab.url(), self.tab.words());
        seen.complaints.extend(inspection::structure(self.tab));
        if self.variant.script && axe::is_new(self.tab, self.variant) {
            seen.complaints.extend(axe::complaints(self.tab));
            seen.complaints.extend(keyboard::complaints_in_passing(self.tab));
        }
        self.accepts(how, &seen.complaints);
        if let Some(path) = seen.asked.last().and_then(|url| url.strip_prefix(&self.server.base))
            && status == 200
        {
            visits::saw(path.split('?').next().unwrap_or_default());
        }
        seen
    }

    /// Looks at a page that sends the browser on, as it is while it stays: its form may go elsewhere.
    #[track_caller]
    pub fn examines(&self, how: &str) {
        let mut complaints = inspection::structure(self.tab);
        complaints.retain(|complaint| !complaint.starts_with("a form posts to "));
        if self.variant.script {
            complaints.extend(axe::complaints(self.tab));
        }
        self.accepts(how, &complaints);
    }

    #[track_caller]
    fn accepts(&self, how: &str, complaints: &[String]) {
        assert!(complaints.is_empty(), "{how}: {}: {complaints:#?}", self.tab.url());
    }

    /// The control with this label; the help that stands in a label after it is no part of it.
    #[track_caller]
    fn control(&self, label: &str) -> fantoccini::elements::Element {
        let words = quoted(label);
        let is = format!("[normalize-space()={words} or span/text()[normalize-space()={words}]]");
        let controls = "[self::input or self::select or self::textarea]";
        let path = format!(
            "//*{controls}[@id=//label{is}/@for]|//label{is}//*{controls}|//*{controls}[@aria-label={words}]"
        );
        self.tab.finds(&format!("field “{label}”"), &path)
    }

    /// Types into a field, in place of what stands there.
    #[track_caller]
    pub fn types(&self, label: &str, text: &str) {
        let control = self.control(label);
        let _ = wait(control.clear());
        wait(control.send_keys(text)).unwrap_or_else(|error| panic!("{label}: {error}"));
    }

    /// Chooses from a list.
    #[track_caller]
    pub fn chooses(&self, label: &str, option: &str) {
        wait(self.control(label).select_by_label(option)).unwrap_or_else(|error| panic!("{label}: {error}"));
    }

    /// Ticks a box, or takes the tick away, or chooses one of several.
    #[track_caller]
    pub fn ticks(&self, label: &str) {
        wait(self.control(label).click()).unwrap_or_else(|error| panic!("{label}: {error}"));
    }

    /// What stands in a field.
    #[track_caller]
    pub fn value(&self, label: &str) -> String {
        wait(self.control(label).prop("value")).unwrap().unwrap_or_default()
    }

    /// Whether a field has the focus.
    #[track_caller]
    pub fn is_in(&self, label: &str) -> bool {
        let own = self.control(label).element_id();
        wait(self.tab.client().active_element()).is_ok_and(|element| element.element_id() == own)
    }

    fn path(words: &str) -> String {
        let words = quoted(words);
        format!(
            "//*[self::button or self::a or self::summary][normalize-space()={words} or @aria-label={words}]"
        )
    }

    /// Whether there is such a button or link.
    pub fn has(&self, words: &str) -> bool {
        self.tab.has(&Self::path(words))
    }

    /// Waits until a button says something else.
    #[track_caller]
    pub fn waits_for(&self, words: &str) {
        self.tab.until(&format!("“{words}”"), || self.has(words));
    }

    /// Whether a box is ticked.
    #[track_caller]
    pub fn is_ticked(&self, label: &str) -> bool {
        wait(self.control(label).is_selected()).unwrap()
    }

    /// Presses a button, or follows a link, without waiting for anything.
    #[track_caller]
    pub fn presses(&self, words: &str) {
        let button = self.tab.finds(&format!("button or link “{words}”"), &Self::path(words));
        wait(button.click()).unwrap_or_else(|error| panic!("{words}: {error}"));
    }

    /// Presses a button as who clicks at everything twice.
    #[track_caller]
    pub fn presses_twice(&self, words: &str) {
        let button = self.tab.finds(&format!("button or link “{words}”"), &Self::path(words));
        self.tab.clicks_again(&button);
    }

    /// Presses one that leads to another page of ours.
    #[track_caller]
    pub fn clicks(&self, words: &str) -> Seen {
        self.clicks_for(200, words)
    }

    /// The same where that page is answered with `status`.
    #[track_caller]
    pub fn clicks_for(&self, status: u16, words: &str) -> Seen {
        self.tab.leaves(words, || self.presses(words));
        self.looks(status, words)
    }

    /// Insists that the page says something.
    #[track_caller]
    pub fn reads(&self, words: &str) {
        let all = self.tab.words();
        assert!(all.contains(words), "{}: “{words}” is not in: {all}", self.tab.url());
    }

    /// Insists that it does not.
    #[track_caller]
    pub fn does_not_read(&self, words: &str) {
        let all = self.tab.words();
        assert!(!all.contains(words), "{}: “{words}” is in: {all}", self.tab.url());
    }

    /// Insists that the page is at a path, its query aside.
    #[track_caller]
    pub fn is_at(&self, path: &str) {
        let url = self.tab.url();
        assert_eq!(url.split('?').next(), Some(self.url(path).as_str()), "{}", self.tab.words());
    }

    /// Waits until the browser was sent to a URL that begins so; all of it.
    #[track_caller]
    pub fn ends_at(&self, beginning: &str) -> String {
        self.tab.until(beginning, || self.tab.url().starts_with(beginning));
        let mut seen = inspection::read(self.tab, &self.server.base);
        // A page of ours that was left at once did not wait for what it had asked for.
        seen.complaints.retain(|complaint| !complaint.contains("net::ERR_ABORTED"));
        self.accepts(beginning, &seen.complaints);
        self.tab.url()
    }

    /// Waits until the page tried to send the browser to a URL that begins so and that no browser can show; all of it.
    #[track_caller]
    pub fn attempts(&self, beginning: &str) -> String {
        let mut found = None;
        self.tab.until(beginning, || {
            let urls = inspection::navigations(self.tab);
            found = urls.into_iter().find(|url| url.starts_with(beginning));
            found.is_some()
        });
        let url = found.unwrap();
        self.accepts(beginning, &inspection::complaints_but(self.tab, &format!("Failed to launch '{url}'")));
        url
    }

    /// Fills in the sign-in form.
    #[track_caller]
    pub fn gives_password_of(&self, name: &str) {
        self.types("User name or e-mail address", name);
        self.types("Password", &self.server.seed.password);
    }

    /// The secret in the field with this label: selected, and copied by the button, where there is script.
    #[track_caller]
    pub fn shown_once(&self, label: &str) -> String {
        let secret = self.value(label);
        assert!(secret.len() >= 16, "{label}: {secret}");
        self.server.secrets.add(&secret);
        if self.variant.script {
            self.copies(&secret);
        } else {
            assert!(!self.has("Copy"), "a button that does nothing");
        }
        secret
    }

    /// Presses the copy button and looks at what can be pasted.
    #[track_caller]
    fn copies(&self, secret: &str) {
        let selected = "const field = document.activeElement; \
                        return String(field.value).slice(field.selectionStart, field.selectionEnd)";
        self.tab.until("the selection", || self.tab.runs(selected) == secret);
        let wish = json!({ "origin": self.server.base, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        let _ = self.tab.devtools("Browser.grantPermissions", wish);
        self.presses("Copy");
        self.waits_for("Copied");
        let pasted =
            self.tab.awaits("navigator.clipboard.readText().then(done, (error) => done(String(error)))");
        assert_eq!(pasted, secret);
    }

    /// Signs in.
    #[track_caller]
    pub fn signs_in_as(&self, name: &str) {
        let _ = self.opens("/login");
        self.gives_password_of(name);
        let _ = self.clicks("Sign in");
    }
}

/// A string in XPath 1.0, which has no escapes.
fn quoted(text: &str) -> String {
    if text.contains('"') { format!("'{text}'") } else { format!("\"{text}\"") }
}
