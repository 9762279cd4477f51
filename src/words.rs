//! Owns every text that people read on pages and in mails, in each language there is (Fluent, <https://projectfluent.org>).
//!
//! A text is named by its id in `words/<language>/<area>.ftl`. English is complete; a test demands the same of the others.

mod time;

use std::borrow::Borrow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// The texts of one language.
pub struct Words {
    language: &'static str,
    bundle: FluentBundle<FluentResource>,
}

macro_rules! language {
    ($language:literal) => {
        Words::new(
            $language,
            &[
                include_str!(concat!("words/", $language, "/common.ftl")),
                include_str!(concat!("words/", $language, "/errors.ftl")),
                include_str!(concat!("words/", $language, "/account.ftl")),
                include_str!(concat!("words/", $language, "/sign_in.ftl")),
                include_str!(concat!("words/", $language, "/settings.ftl")),
                include_str!(concat!("words/", $language, "/admin.ftl")),
                include_str!(concat!("words/", $language, "/clients.ftl")),
                include_str!(concat!("words/", $language, "/keys.ftl")),
                include_str!(concat!("words/", $language, "/projects.ftl")),
                include_str!(concat!("words/", $language, "/device.ftl")),
                include_str!(concat!("words/", $language, "/mail.ftl")),
                include_str!(concat!("words/", $language, "/registration.ftl")),
            ],
        )
    };
}

/// English first: what a person gets who asks for none of the others.
static CATALOGUE: LazyLock<[Words; 2]> = LazyLock::new(|| [language!("en"), language!("de")]);

/// The texts of the first of `wished` that there are, else the English ones. Language tags of BCP 47, best first.
pub fn choose<'a>(wished: impl IntoIterator<Item = &'a str>) -> &'static Words {
    let [english, ..] = &*CATALOGUE;
    wished.into_iter().find_map(of).unwrap_or(english)
}

/// The tags of the languages there are.
pub fn languages() -> impl Iterator<Item = &'static str> + Clone {
    CATALOGUE.iter().map(Words::language)
}

/// The texts of a language; a region makes no difference.
pub fn of(tag: &str) -> Option<&'static Words> {
    let primary = tag.split(['-', '_']).next()?;
    CATALOGUE.iter().find(|words| words.language.eq_ignore_ascii_case(primary))
}

impl Words {
    fn new(language: &'static str, sources: &[&'static str]) -> Self {
        let locale: LanguageIdentifier = language.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Values stand in HTML and in plain mails, where the marks would be seen.
        bundle.set_use_isolating(false);
        for source in sources {
            // What is not well-formed is left out; the tests refuse it.
            let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(some, _)| some);
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    /// The language's tag, for `lang` and to remember it by.
    pub const fn language(&self) -> &'static str {
        self.language
    }

    /// The text of this id.
    pub fn say(&self, id: &str) -> String {
        self.format(id, None)
    }

    /// The same with names and the like put in.
    pub fn tell<V: AsRef<str>>(&self, id: &str, with: &[(&str, V)]) -> String {
        let mut arguments = FluentArgs::with_capacity(with.len());
        for (name, value) in with {
            arguments.set(*name, FluentValue::from(value.as_ref()));
        }
        self.format(id, Some(&arguments))
    }

    /// The same for a number, `$count`.
    pub fn count(&self, id: &str, count: impl Borrow<i64>) -> String {
        let mut arguments = FluentArgs::with_capacity(1);
        arguments.set("count", FluentValue::from(*count.borrow()));
        self.format(id, Some(&arguments))
    }

    /// Whether there is such a text.
    pub fn knows(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// An id that is nowhere shows itself: a test finds those that templates name.
    fn format(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        self.bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned()
    }
}

#[cfg(test)]
mod tests;
