//! The languages say the same things, and pages say nothing that is nowhere.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::clock::UnixTime;

fn files(folder: &Path, extension: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn under(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), extension, &mut found);
    found
}

/// The ids that a language's files define, each once, in files that are read.
fn ids(language: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for (file, text) in under(&format!("src/words/{language}"), "ftl") {
        assert!(FluentResource::try_new(text.clone()).is_ok(), "{file} is not well-formed");
        for line in text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase())) {
            let id = line.split(' ').next().unwrap_or_default().to_owned();
            assert!(of(language).unwrap().knows(&id), "{file}: {id} is not read: name the file in words.rs");
            assert!(ids.insert(id.clone()), "{file}: {id} is defined twice");
        }
    }
    ids
}

/// The arguments a text names.
fn arguments(words: &Words, id: &str) -> BTreeSet<String> {
    let language = words.language();
    let all: String =
        under(&format!("src/words/{language}"), "ftl").into_iter().map(|(_, text)| text).collect();
    let text: Vec<&str> = all
        .lines()
        .skip_while(|line| !line.starts_with(&format!("{id} =")))
        .enumerate()
        .take_while(|(n, line)| *n == 0 || line.is_empty() || line.starts_with([' ', '}']))
        .map(|(_, line)| line)
        .collect();
    let parts = text.join("\n");
    parts
        .split('$')
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect())
        .collect()
}

#[test]
fn every_language_says_all_that_english_says_with_the_same_arguments() {
    let english = ids("en");
    for words in CATALOGUE.iter().skip(1) {
        assert_eq!(ids(words.language()), english, "{}", words.language());
        for id in english.iter().filter(|id| !id.starts_with("time-")) {
            assert_eq!(arguments(words, id), arguments(of("en").unwrap(), id), "{} {id}", words.language());
        }
    }
}

#[test]
fn every_text_that_a_page_names_is_there_and_every_text_is_named() {
    let english = ids("en");
    let sources: Vec<(String, String)> =
        under("src", "html").into_iter().chain(under("src", "rs")).chain(under("src", "js")).collect();
    for (file, text) in &sources {
        for call in [".say(\"", ".tell(\"", ".count(\""] {
            for rest in text.split(call).skip(1) {
                let id = rest.split('"').next().unwrap_or_default();
                let is_of_a_test = file.ends_with("words/tests.rs");
                assert!(is_of_a_test || english.contains(id), "{file} says {id}, which is nowhere");
            }
        }
    }
    for id in &english {
        // Families of ids are put together: their stem stands in the source.
        let stem = ["time-", "scope-", "kind-", "by-"].iter().find(|stem| id.starts_with(**stem));
        // Those of an explanation (`http/explanation.rs`) stand there without what they begin with.
        let own = ["what-", "do-"].iter().find_map(|stem| id.strip_prefix(stem)).unwrap_or(id);
        let quoted = stem.map_or_else(|| format!("\"{own}\""), |stem| (*stem).to_owned());
        assert!(sources.iter().any(|(_, text)| text.contains(&quoted)), "nobody says {id}");
    }
}

#[test]
fn oidc_core_3_1_2_1_ui_locales_the_first_language_there_is_wins() {
    for (wished, chosen) in [
        (vec!["de-AT", "en"], "de"),
        (vec!["fr-CA", "DE"], "de"),
        (vec!["fr"], "en"),
        (vec![], "en"),
        (vec!["", "-", "dezent", "de_DE"], "de"),
    ] {
        assert_eq!(choose(wished.iter().copied()).language(), chosen, "{wished:?}");
    }
}

#[test]
fn times_are_said_in_whole_units() {
    let [english, german] = &*CATALOGUE;
    let now = UnixTime::from_seconds(1_795_335_300);
    for (then, words) in [
        (-5, "just now"),
        (-60, "1 minute ago"),
        (-7199, "1 hour ago"),
        (-172_800, "2 days ago"),
        (86_400 * 30, "in 30 days"),
    ] {
        assert_eq!(english.ago(now.plus_seconds(then), now), words);
    }
    assert_eq!(german.ago(now.plus_seconds(-172_800), now), "vor 2 Tagen");
    assert_eq!(english.span(86_400), "1 day");
    assert_eq!(english.exact(now), "22 November 2026, 08:15 UTC");
    assert_eq!(german.exact(now), "22. November 2026, 08:15 UTC");
}
