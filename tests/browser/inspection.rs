//! What a browser has to complain about: its console, its policy, its network, and how the page is built.

use serde_json::{Value, json};

use crate::tab::Tab;

/// The most a page may weigh on the wire, headers included, with its stylesheet, script and icon.
const HEAVIEST: u64 = 30 * 1024;
/// What those weigh together at most, which a test of tests/http/pages/look.rs holds them to.
const ASSETS: u64 = 7 * 1024;

/// What came to pass since it was last asked.
#[derive(Default, Debug)]
pub struct Seen {
    /// How the last document of ours was answered.
    pub status: u16,
    /// What it weighed.
    pub bytes: u64,
    /// The URLs that documents were asked for at, in order, redirects and other sites included.
    pub asked: Vec<String>,
    /// What should not be.
    pub complaints: Vec<String>,
}

/// Reads the logs. `base` is where our own pages are.
#[track_caller]
pub fn read(tab: &Tab, base: &str) -> Seen {
    let mut seen = Seen::default();
    let mut pending = Vec::new();
    // What came last may still be on its way to the log.
    for _ in 0..50 {
        for entry in tab.log("performance") {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap_or("")).unwrap();
            seen.event(&message["message"], base, &mut pending);
        }
        if pending.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for entry in tab.log("browser") {
        if let Some(complaint) = console(&entry, &seen) {
            seen.complaints.push(complaint);
        }
    }
    seen
}

/// Where pages tried to go since it was last asked.
pub fn navigations(tab: &Tab) -> Vec<String> {
    let url = |entry: &Value| {
        let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
        let message = &message["message"];
        let asks = matches!(
            message["method"].as_str()?,
            "Page.frameRequestedNavigation" | "Page.frameScheduledNavigation"
        );
        asks.then(|| message["params"]["url"].as_str().unwrap_or_default().to_owned())
    };
    tab.log("performance").iter().filter_map(url).collect()
}

/// A request that was not finished yet: its id, its URL, whether it is a document.
struct Pending {
    id: String,
    url: String,
    document: bool,
}

impl Seen {
    fn event(&mut self, message: &Value, base: &str, pending: &mut Vec<Pending>) {
        let parameters = &message["params"];
        let id = parameters["requestId"].as_str().unwrap_or_default();
        let document = parameters["type"] == "Document";
        match message["method"].as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => {
                let url = parameters["request"]["url"].as_str().unwrap_or_default().to_owned();
                let is_ours = is_here(parameters["documentURL"].as_str().unwrap_or_default(), base);
                pending.retain(|request| request.id != id);
                if document {
                    self.asked.push(url.clone());
                } else if is_ours && !is_here(&url, base) && !url.starts_with("data:") {
                    self.complaints.push(format!("asks another site for {url}"));
                }
                if is_here(&url, base) {
                    pending.push(Pending { id: id.to_owned(), url, document });
                }
            }
            "Network.responseReceived" => {
                let response = &parameters["response"];
                let (url, status) =
                    (response["url"].as_str().unwrap_or_default(), response["status"].as_u64());
                let status = u16::try_from(status.unwrap_or_default()).unwrap_or_default();
                if document && is_here(url, base) {
                    self.status = status;
                } else if status >= 400 {
                    self.complaints.push(format!("{url} answers {status}"));
                }
            }
            "Network.loadingFinished" => {
                let bytes = parameters["encodedDataLength"].as_f64().unwrap_or_default();
                if let Some(at) = pending.iter().position(|request| request.id == id) {
                    let request = pending.remove(at);
                    self.weigh(&request, bytes as u64);
                }
            }
            "Network.loadingFailed" => {
                if let Some(at) = pending.iter().position(|request| request.id == id) {
                    let request = pending.remove(at);
                    let (url, why) = (request.url, &parameters["errorText"]);
                    self.complaints.push(format!("{url} cannot be loaded: {why}"));
                }
            }
            _ => {}
        }
    }

    fn weigh(&mut self, request: &Pending, bytes: u64) {
        if request.document {
            self.bytes = bytes;
        }
        if bytes > HEAVIEST - ASSETS {
            self.complaints.push(format!("{} weighs {bytes} bytes", request.url));
        }
    }
}

fn is_here(url: &str, base: &str) -> bool {
    url.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Anything in the console is one too many, but what Chromium says about a page that is an error on purpose.
fn console(entry: &Value, seen: &Seen) -> Option<String> {
    let text = entry["message"].as_str().unwrap_or_default();
    let is_the_page =
        entry["source"] == "network" && seen.asked.iter().any(|url| text.starts_with(url.as_str()));
    if is_the_page && (seen.status >= 400 || text.contains("net::ERR_NAME_NOT_RESOLVED")) {
        return None;
    }
    Some(format!("console: {} {text}", entry["level"].as_str().unwrap_or_default()))
}

/// What stands in the console but what begins so, and has nothing to do with the network.
pub fn complaints_but(tab: &Tab, expected: &str) -> Vec<String> {
    let text = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
    tab.log("browser").iter().map(text).filter(|text| !text.contains(expected)).collect()
}

/// How the page is built.
#[track_caller]
pub fn structure(tab: &Tab) -> Vec<String> {
    let found = tab.runs(include_str!("structure.js"));
    found
        .as_array()
        .expect("a list")
        .iter()
        .map(|text| text.as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Shows the page as somebody who prefers dark pages sees it, or light ones.
pub fn prefer(tab: &Tab, scheme: &str) {
    let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
    let _ = tab.devtools("Emulation.setEmulatedMedia", json!({ "features": features }));
}
