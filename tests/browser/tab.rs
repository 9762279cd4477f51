//! One tab of a browser, without opinions: WebDriver's commands and the few of the DevTools protocol that it lacks.

use std::collections::HashMap;
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::chrome::{Chrome, wait};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A tab.
pub struct Tab {
    chrome: Chrome,
}

/// The parts of chromedriver's protocol that are not WebDriver's.
struct Extension {
    path: &'static str,
    body: Value,
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)
    }
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(self.body.to_string()))
    }
}

impl Tab {
    /// The one tab of a fresh browser.
    pub fn open() -> Self {
        let tab = Self { chrome: Chrome::start() };
        let _ = tab.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": false }));
        tab.forgets();
        tab
    }

    /// An empty page, and nothing in the logs.
    pub fn forgets(&self) {
        self.goes("about:blank");
        let _ = (self.log("browser"), self.log("performance"));
    }

    /// The WebDriver session.
    pub fn client(&self) -> &Client {
        &self.chrome.client
    }

    fn extension(&self, path: &'static str, body: Value) -> Result<Value, CmdError> {
        wait(self.client().issue_cmd(Extension { path, body }))
    }

    /// A command of the DevTools protocol.
    #[track_caller]
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.extension("goog/cdp/execute", body).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What a log has gathered since it was last read.
    #[track_caller]
    pub fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.extension("se/log", json!({ "type": kind }));
        let entries = entries.unwrap_or_else(|error| panic!("the {kind} log: {error}"));
        entries.as_array().cloned().unwrap_or_default()
    }

    /// Goes to a URL.
    #[track_caller]
    pub fn goes(&self, url: &str) {
        wait(self.client().goto(url)).unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Runs a script in the page, script or no script.
    #[track_caller]
    pub fn runs(&self, script: &str) -> Value {
        wait(self.client().execute(script, vec![])).unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The same for one that ends by calling `done(…)`.
    #[track_caller]
    pub fn awaits(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1];\n{script}");
        wait(self.client().execute_async(&script, vec![])).unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Does something that leads to another page, and waits for that.
    #[track_caller]
    pub fn leaves(&self, what: &str, act: impl FnOnce()) {
        let _ = self.runs("window.stillHere = true");
        act();
        self.until(&format!("{what}: another page"), || {
            let gone = "return window.stillHere !== true && document.readyState === 'complete'";
            wait(self.client().execute(gone, vec![])).is_ok_and(|gone| gone == json!(true))
        });
    }

    /// Waits.
    #[track_caller]
    pub fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}; this is {}", self.url());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        wait(self.client().current_url()).map(String::from).unwrap_or_default()
    }

    /// The first thing that an XPath leads to and that is shown; it fails with what stands on the page instead.
    #[track_caller]
    pub fn finds(&self, what: &str, path: &str) -> Element {
        let all = wait(self.client().find_all(Locator::XPath(path))).unwrap();
        let shown = all.into_iter().find(|element| wait(element.is_displayed()).unwrap_or(false));
        shown.unwrap_or_else(|| panic!("{}: no {what}; there is: {}", self.url(), self.words()))
    }

    /// Whether an XPath leads to anything that is shown.
    pub fn has(&self, path: &str) -> bool {
        let all = wait(self.client().find_all(Locator::XPath(path))).unwrap();
        all.iter().any(|element| wait(element.is_displayed()).unwrap_or(false))
    }

    /// What a person reads on the page.
    pub fn words(&self) -> String {
        let text = self.runs("return document.body ? document.body.innerText : ''");
        text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The cookies this page's requests carry, by name.
    pub fn cookies(&self) -> HashMap<String, String> {
        let cookies = wait(self.client().get_all_cookies()).unwrap();
        cookies.iter().map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned())).collect()
    }

    /// Presses keys where the focus is; `\t` is Tab, `\n` is Enter.
    pub fn keys(&self, text: &str) {
        for letter in text.chars() {
            let parameters = match letter {
                '\t' => json!({ "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 }),
                '\n' => json!({ "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r" }),
                other => json!({ "text": other.to_string() }),
            };
            for kind in ["keyDown", "keyUp"] {
                let mut key = parameters.clone();
                key["type"] = json!(kind);
                let _ = self.devtools("Input.dispatchKeyEvent", key);
            }
        }
    }

    /// Presses the Tab key so often, all in one command.
    pub fn presses_tab(&self, times: u64) {
        let tab = char::from(Key::Tab);
        let pressed = (0..times).fold(KeyActions::new("keyboard".to_owned()), |keys, _| {
            keys.then(KeyAction::Down { value: tab }).then(KeyAction::Up { value: tab })
        });
        wait(self.client().perform_actions(pressed)).unwrap();
    }

    /// Clicks at something again and again: twice at once, and, where scripts run, once more when the first click was followed.
    pub fn clicks_again(&self, element: &Element) {
        let there = vec![serde_json::to_value(element).unwrap()];
        let clicks = "const [button] = arguments; \
                      button.click(); \
                      button.click(); \
                      setTimeout(() => button.click(), 5)";
        let _ = wait(self.client().execute(clicks, there)).unwrap();
    }

    /// Which tab it is.
    pub fn here(&self) -> WindowHandle {
        wait(self.client().window()).unwrap()
    }

    /// Goes on in a new tab.
    pub fn opens_another(&self) {
        let new = wait(self.client().new_window(true)).unwrap();
        self.back_to(&new.handle);
    }

    /// Goes on in a new tab, and closes this one, with whatever the browser may be about to ask there.
    pub fn renews(&self) {
        let new = wait(self.client().new_window(true)).unwrap();
        wait(self.client().close_window()).unwrap();
        self.back_to(&new.handle);
    }

    /// Goes on in another tab.
    pub fn back_to(&self, tab: &WindowHandle) {
        wait(self.client().switch_to_window(tab.clone())).unwrap();
    }

    /// Goes on in the tab that a link opened beside `this`, when its page is there.
    #[track_caller]
    pub fn to_the_one_beside(&self, this: &WindowHandle) {
        let mut other = None;
        self.until("another tab", || {
            other = wait(self.client().windows()).unwrap().into_iter().find(|one| one != this);
            other.is_some()
        });
        self.back_to(&other.unwrap());
        let there = "return location.protocol !== 'about:' && document.readyState === 'complete'";
        self.until("its page", || {
            wait(self.client().execute(there, vec![])).is_ok_and(|there| there == json!(true))
        });
    }

    /// Closes this tab, and goes on in another.
    pub fn closes(&self, other: &WindowHandle) {
        wait(self.client().close_window()).unwrap();
        self.back_to(other);
    }

    /// Presses the browser's button.
    pub fn goes_back(&self) {
        wait(self.client().back()).unwrap();
    }

    /// Loads the page anew, a form that was sent included.
    pub fn reloads(&self) {
        self.leaves("reload", || {
            let _ = wait(self.client().refresh());
        });
    }

    /// A picture of what is in the window, as WebP: a third of a PNG.
    pub fn picture(&self) -> Vec<u8> {
        let taken = self.devtools("Page.captureScreenshot", json!({ "format": "webp", "quality": 75 }));
        STANDARD.decode(taken["data"].as_str().unwrap()).unwrap()
    }

    /// All that the browser holds of the page.
    pub fn source(&self) -> String {
        wait(self.client().source()).unwrap()
    }

    /// Looks into the page's one frame.
    pub fn in_frame<T>(&self, look: impl FnOnce() -> T) -> T {
        wait(self.client().enter_frame(0)).unwrap();
        let seen = look();
        wait(self.client().enter_parent_frame()).unwrap();
        seen
    }
}
