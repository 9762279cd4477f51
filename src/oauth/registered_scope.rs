//! A scope that the operator registered, and what people read of it where they are asked (RFC 6749 §3.3, contract §2).

use std::collections::BTreeMap;

use super::scope::{self, Scope};
use crate::clock::UnixTime;

/// Longest name, in bytes: it travels in URLs and tokens.
pub const MAX_NAME: usize = 100;
/// Longest description, in characters: it is one line of a list.
pub const MAX_DESCRIPTION: usize = 200;

/// A scope of the operator's API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisteredScope {
    /// The scope token.
    pub name: String,
    /// What it lets its holder do: read by everybody in whose language it is not said.
    pub description: String,
    /// The same by language.
    pub translations: BTreeMap<String, String>,
    /// When it was registered.
    pub created_at: UnixTime,
    /// Whether applications that nobody registered may ask for it, too.
    pub for_anybody: bool,
}

impl RegisteredScope {
    /// What it lets its holder do, in `language` if that is said.
    pub fn describe(&self, language: &str) -> &str {
        self.translations.get(language).unwrap_or(&self.description)
    }

    /// Whether it may be registered; `languages` are those that the pages are in.
    ///
    /// # Errors
    /// What to change.
    pub fn validate<'a>(&self, languages: impl Iterator<Item = &'a str> + Clone) -> Result<(), ScopeFault> {
        validate_name(&self.name)?;
        validate_text(None, &self.description)?;
        for (language, text) in &self.translations {
            if !languages.clone().any(|known| known == language) {
                let known = languages.collect::<Vec<_>>().join(", ");
                return Err(ScopeFault::Language { asked: language.escape_debug().to_string(), known });
            }
            validate_text(Some(language), text)?;
        }
        Ok(())
    }
}

/// Why a scope may not be registered. As text: a sentence that says what to change. A description is named by its language;
/// `None` is the one for all.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ScopeFault {
    /// This one is built in.
    #[error("{0} is built in, with its description: choose another name")]
    BuiltIn(String),
    /// The name is no scope token, or too long.
    #[error(
        "the name of a scope is 1 to {MAX_NAME} of printable ASCII without space, quote and backslash (RFC 6749 §3.3)"
    )]
    Name,
    /// No page is in this language.
    #[error("no page is in the language {asked}: choose of {known}")]
    Language {
        /// The one that was asked for, escaped.
        asked: String,
        /// Those there are.
        known: String,
    },
    /// A description is empty, too long or has more than one line.
    #[error(
        "the description{} is one line of 1 to {MAX_DESCRIPTION} characters: what its holder may do, for instance `list your files`",
        .0.as_ref().map(|language| format!(" in {language}")).unwrap_or_default()
    )]
    Description(Option<String>),
    /// A description has characters that nobody sees.
    #[error("write the description in characters that are seen")]
    Unseen(Option<String>),
}

/// Whether the operator may register a scope of this name.
///
/// # Errors
/// What to change.
pub fn validate_name(name: &str) -> Result<(), ScopeFault> {
    if scope::BUILT_IN.contains(&name) {
        return Err(ScopeFault::BuiltIn(name.to_owned()));
    }
    let is_one = Scope::parse(name).is_ok_and(|scope| scope.iter().eq([name]));
    if is_one && name.len() <= MAX_NAME { Ok(()) } else { Err(ScopeFault::Name) }
}

fn validate_text(language: Option<&str>, text: &str) -> Result<(), ScopeFault> {
    let is_short = text.chars().count() <= MAX_DESCRIPTION;
    if is_short && !text.trim().is_empty() && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(ScopeFault::Description(language.map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(name: &str, description: &str, translations: &[(&str, &str)]) -> RegisteredScope {
        let all = translations.iter().map(|(language, text)| ((*language).to_owned(), (*text).to_owned()));
        RegisteredScope {
            name: name.to_owned(),
            description: description.to_owned(),
            translations: all.collect(),
            created_at: UnixTime::from_seconds(0),
            for_anybody: false,
        }
    }

    #[test]
    fn rfc6749_3_3_a_registered_scope_is_one_token_that_is_not_built_in() {
        let long = "a".repeat(101);
        for (name, good) in [
            ("files:list", true),
            ("https://api.example/x", true),
            (long.get(..100).unwrap(), true),
            (long.as_str(), false),
            ("", false),
            ("a b", false),
            (" a", false),
            ("a\"", false),
            ("a\\", false),
            ("\u{e9}", false),
            ("read", false),
            ("openid", false),
            ("Read", true),
        ] {
            let said = registered(name, "list your files", &[]).validate(["en", "de"].into_iter());
            assert_eq!(said.is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn a_description_is_one_line_in_a_language_of_the_pages() {
        let long = "x".repeat(201);
        for (description, translations, good) in [
            ("list", &[("de", "auflisten")][..], true),
            ("list", &[("fr", "lister")], false),
            ("list", &[("de", " ")], false),
            ("", &[], false),
            ("a\nb", &[], false),
            (long.as_str(), &[], false),
        ] {
            let said = registered("x", description, translations).validate(["en", "de"].into_iter());
            assert_eq!(said.is_ok(), good, "{description:?} {translations:?}");
        }
    }

    #[test]
    fn people_read_their_language_or_what_is_said_for_all() {
        let scope = registered("x", "list", &[("de", "auflisten")]);
        assert_eq!((scope.describe("de"), scope.describe("en")), ("auflisten", "list"));
    }

    #[test]
    fn what_is_wrong_with_a_scope_is_said_with_the_language_it_is_about() {
        for (fault, said) in [
            (ScopeFault::BuiltIn("read".into()), "read is built in"),
            (ScopeFault::Name, "the name of a scope is 1 to 100"),
            (ScopeFault::Description(None), "the description is one line of 1 to 200"),
            (ScopeFault::Description(Some("de".into())), "the description in de is one line"),
        ] {
            assert!(fault.to_string().starts_with(said), "{fault}");
        }
    }
}
