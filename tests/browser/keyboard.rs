//! A person without a mouse: every control can be reached with the Tab key, and one sees where one is (WCAG 2.1.1, 2.4.7).

use crate::tab::Tab;

/// The same on the way: the focus, and what was selected, are as before then.
#[track_caller]
pub fn complaints_in_passing(tab: &Tab) -> Vec<String> {
    let _ = tab.runs(
        "const field = document.activeElement; \
         const at = typeof field.selectionStart === 'number' ? [field.selectionStart, field.selectionEnd] : null; \
         window.goesBack = () => { \
           document.activeElement?.blur(); \
           field.focus(); \
           if (at) field.setSelectionRange(...at); \
           scrollTo(0, 0); \
         }",
    );
    let found = complaints(tab);
    let _ = tab.runs("window.goesBack()");
    found
}

/// What cannot be reached, or does not show that it was, pressing Tab from the top of the page to its end.
#[track_caller]
pub fn complaints(tab: &Tab) -> Vec<String> {
    let wanted = tab.runs(include_str!("keyboard.js"));
    let wanted = wanted.as_u64().expect("a number of controls");
    tab.presses_tab(wanted + 1);
    let found = tab.runs("return window.unreached()");
    found
        .as_array()
        .expect("a list")
        .iter()
        .map(|text| text.as_str().unwrap_or_default().to_owned())
        .collect()
}
