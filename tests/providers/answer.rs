//! Whether a command printed what the page says. `…` in a page stands for anything within a line.

use serde_json::Value;

use crate::page::Answer;

/// What is wrong with `printed`; `Ok` if nothing is.
pub fn compare(expected: &Answer, printed: &str) -> Result<(), String> {
    match expected {
        Answer::Json(text) => {
            let expected: Value = serde_json::from_str(text).map_err(|e| format!("the page's JSON: {e}"))?;
            let printed: Value =
                serde_json::from_str(printed).map_err(|e| format!("what was printed: {e}"))?;
            same(&expected, &printed, "")
        }
        Answer::Lines(text) => {
            let mut lines = printed.lines();
            for wanted in text.lines() {
                if !lines.any(|line| matches(wanted, line.trim_end())) {
                    return Err(format!("no line `{wanted}` (after those before it) in:\n{printed}"));
                }
            }
            Ok(())
        }
    }
}

/// Objects have the same members; a member `"…"` of the page's stands for any more.
fn same(expected: &Value, printed: &Value, path: &str) -> Result<(), String> {
    match (expected, printed) {
        (Value::Object(expected), Value::Object(printed)) => {
            for (name, value) in expected.iter().filter(|(name, _)| *name != "…") {
                let own = printed.get(name).ok_or_else(|| format!("no {path}/{name}"))?;
                same(value, own, &format!("{path}/{name}"))?;
            }
            match printed.keys().find(|name| !expected.contains_key(*name) && !expected.contains_key("…")) {
                Some(more) => Err(format!("the page does not name {path}/{more}")),
                None => Ok(()),
            }
        }
        (Value::Array(expected), Value::Array(printed)) if expected.len() == printed.len() => {
            let mut pairs = expected.iter().zip(printed).enumerate();
            pairs.try_for_each(|(at, (expected, printed))| same(expected, printed, &format!("{path}/{at}")))
        }
        (Value::String(expected), Value::String(printed)) if matches(expected, printed) => Ok(()),
        (expected, printed) if expected == printed => Ok(()),
        (expected, printed) => Err(format!("{path}: the page says {expected}, it is {printed}")),
    }
}

/// Whether `text` is `pattern`, with anything for each `…`.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('…');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn an_ellipsis_stands_for_anything_and_nothing_else_does() {
    for (pattern, text, fits) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a…", "abc", true),
        ("a…c…e", "abcde", true),
        ("a…c…e", "abce", true),
        ("a…c…e", "abde", false),
        ("…Z", "2026-01-01T00:00:00Z", true),
        ("…Z", "2026-01-01T00:00:00", false),
    ] {
        assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
    }
}

#[test]
fn an_answer_that_differs_is_found() {
    let json = |text: &str| Answer::Json(text.into());
    for (expected, printed, fits) in [
        (json(r#"{"a":1,"b":"x…"}"#), r#"{"b":"xyz","a":1}"#, true),
        (json(r#"{"a":1}"#), r#"{"a":1,"b":2}"#, false),
        (json(r#"{"a":1,"…":"…"}"#), r#"{"a":1,"b":2}"#, true),
        (json(r#"{"a":1,"b":2}"#), r#"{"a":1}"#, false),
        (json(r#"{"a":null}"#), r#"{"a":"x"}"#, false),
        (json("[1]"), "[1,2]", false),
        (Answer::Lines("HTTP/1.1 200 OK\nb: …".into()), "HTTP/1.1 200 OK\r\na: 1\r\nb: 2\r\n", true),
        (Answer::Lines("b: 2\na: 1".into()), "a: 1\nb: 2\n", false),
    ] {
        assert_eq!(compare(&expected, printed).is_ok(), fits, "{expected:?} {printed}");
    }
}
