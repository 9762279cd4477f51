//! What every template is given: the texts in the person's language, who they are, and the time.

use std::borrow::Borrow;
use std::fmt;

use askama::filters::HtmlSafe;

use super::assets::{self, Look};
use super::language::Language;
use crate::account::user::User;
use crate::clock::UnixTime;

/// What every template is given, as `page`.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// The name people see.
    pub brand: &'a str,
    /// The operator's colour and logo.
    pub look: &'a Look,
    /// The language it is in.
    pub language: Language,
    /// Who is signed in.
    pub who: Option<&'a User>,
    /// Where the page is.
    pub path: &'a str,
    /// The time.
    pub now: UnixTime,
}

impl Page<'_> {
    /// The text of this id.
    pub fn say(&self, id: &str) -> String {
        self.language.words.say(id)
    }

    /// The address of the script.
    pub fn script(&self) -> String {
        assets::script_address()
    }

    /// The address of a page on the way of who was sent here, in the language that was asked for.
    pub fn at(&self, path: &str) -> String {
        self.language.at(path)
    }

    /// The same with names and the like put in.
    pub fn tell<V: AsRef<str>>(&self, id: &str, with: &[(&str, V)]) -> String {
        self.language.words.tell(id, with)
    }

    /// The same for a number.
    pub fn count(&self, id: &str, count: impl Borrow<i64>) -> String {
        self.language.words.count(id, count)
    }

    /// A point in time: how long ago, and exactly when it is pointed at.
    pub fn time(&self, time: impl Borrow<UnixTime>) -> Time {
        let time = *time.borrow();
        let (ago, exact) = (self.language.words.ago(time, self.now), self.language.words.exact(time));
        Time { machine: time.rfc3339(), ago, exact }
    }

    /// The sections a person may go to, with their names.
    pub fn sections(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("/settings", "section-settings"),
            ("/settings/sessions", "section-sessions"),
            ("/settings/apps", "section-apps"),
            ("/settings/activity", "section-activity"),
            ("/projects", "section-projects"),
            ("/docs", "section-docs"),
            ("/admin", "section-administration"),
        ];
        let is_admin = self.who.is_some_and(|user| user.is_admin);
        let mine = all.into_iter().filter(|(path, _)| is_admin || *path != "/admin");
        mine.map(|(path, id)| (path, self.say(id))).collect()
    }

    /// The list that the page belongs to, with its name: of the administration, or of the sections.
    pub fn list(&self) -> Option<(&'static str, String)> {
        let administration =
            self.administration().into_iter().find(|(path, _, is_in)| *is_in && *path != "/admin");
        let section = || self.sections().into_iter().find(|(path, _)| self.is_in(path));
        administration.map(|(path, name, _)| (path, name)).or_else(section)
    }

    /// Whether the page belongs to a section: the longest path that leads to it.
    pub fn is_in(&self, section: &str) -> bool {
        let leads = |path: &str| self.path == path || self.path.starts_with(&format!("{path}/"));
        let longest = self
            .sections()
            .into_iter()
            .map(|(path, _)| path)
            .filter(|path| leads(path))
            .max_by_key(|p| p.len());
        longest == Some(section)
    }
}

/// A `time` element.
pub struct Time {
    machine: String,
    ago: String,
    exact: String,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<time datetime=\"{}\" title=\"{}\">{}</time>", self.machine, self.exact, self.ago)
    }
}

/// All three are made here, of digits and of our own texts.
impl HtmlSafe for Time {}
