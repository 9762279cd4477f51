//! axe-core's judgement of a page: WCAG 2.0 to 2.2, A and AA, in light and in dark.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use crate::inspection::prefer;
use crate::person::Variant;
use crate::tab::Tab;

/// axe-core's source, which tests/run brings.
#[expect(clippy::disallowed_methods, reason = "tests/run says where it put axe-core")]
fn source() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let file = std::env::var("PORTCULLIS_TEST_AXE")
            .expect("these tests need axe-core (PORTCULLIS_TEST_AXE): run the tests with tests/run");
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
    })
}

/// What axe finds serious, in both schemes. It is given to the page past the page's policy, which stays as strict as it is.
#[track_caller]
pub fn complaints(tab: &Tab) -> Vec<String> {
    let known = tab.runs("return typeof window.axe === 'object'");
    if known != json!(true) {
        let _ = tab.devtools("Runtime.evaluate", json!({ "expression": source() }));
    }
    let mut complaints =
        judged(tab, "light", "{ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }");
    complaints.extend(judged(tab, "dark", "{ type: 'rule', values: ['color-contrast'] }"));
    prefer(tab, "light");
    complaints
}

/// Whether no page was judged yet that looks the same to axe and to the keyboard: walks cross each other often.
#[track_caller]
pub fn is_new(tab: &Tab, variant: Variant) -> bool {
    static JUDGED: Mutex<Option<HashSet<(bool, String)>>> = Mutex::new(None);
    let shape = tab.runs(include_str!("shape.js")).as_str().unwrap_or_default().to_owned();
    let mut judged = JUDGED.lock().unwrap_or_else(PoisonError::into_inner);
    judged.get_or_insert_default().insert((variant.narrow, shape))
}

fn judged(tab: &Tab, scheme: &str, rules: &str) -> Vec<String> {
    prefer(tab, scheme);
    let script = format!(
        "axe.run(document, {{ runOnly: {rules}, resultTypes: ['violations'] }})
           .then((found) => done(found.violations), (error) => done([{{ id: String(error), impact: 'serious' }}]));"
    );
    let violations = tab.awaits(&script);
    let violations = violations.as_array().expect("a list of violations");
    violations.iter().filter(|found| is_serious(found)).map(|found| sentence(scheme, found)).collect()
}

fn is_serious(violation: &Value) -> bool {
    matches!(violation["impact"].as_str(), Some("serious" | "critical"))
}

fn sentence(scheme: &str, violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().into_iter().flatten();
    let nodes: Vec<String> =
        nodes.map(|node| format!("{} ({})", node["html"], node["failureSummary"])).collect();
    format!("axe, {scheme}: {} {}: {}", violation["id"], violation["help"], nodes.join("; "))
}
