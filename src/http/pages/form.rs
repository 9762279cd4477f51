//! What a form was sent with and what is wrong with it: the page comes back with both, secrets excepted (WCAG 3.3.1).

use std::fmt;

use actix_web::http::StatusCode;
use askama::filters::HtmlSafe;

use super::super::failure::Failure;
use super::browser;
use crate::oauth::parameters::Parameters;
use crate::words::Words;

/// A form as it is shown: what was typed before, and the faults of its fields.
#[derive(Default)]
pub struct Form {
    values: Vec<(String, String)>,
    faults: Vec<(&'static str, String)>,
    help: Vec<&'static str>,
    labels: Vec<(&'static str, String)>,
    back: Back,
}

/// What is to be done first about a form that comes back.
#[derive(Default)]
enum Back {
    #[default]
    Nothing,
    /// To type the password again, at this address.
    Prove(String),
    /// To look whether it did what was wanted: it was sent before.
    Look,
}

impl Form {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was sent in `names`. Passwords are not named: they are typed again.
    pub fn sent(fields: &Parameters, names: &[&str]) -> Self {
        let values = names.iter().filter_map(|name| Some(((*name).to_owned(), fields.get(name)?.to_owned())));
        Self { values: values.collect(), ..Self::default() }
    }

    /// With a value to begin with.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.push((name.to_owned(), value.into()));
        self
    }

    /// With help below a field, which the control's description then names.
    #[must_use]
    pub fn helped(mut self, name: &'static str) -> Self {
        self.help.push(name);
        self
    }

    /// With the words beside its fields, by which what is wrong is summed up.
    #[must_use]
    pub fn labelled<const N: usize>(mut self, labels: [(&'static str, String); N]) -> Self {
        self.labels.extend(labels);
        self
    }

    /// With something wrong; `name` is empty for what no single field can mend.
    #[must_use]
    pub fn wrong(mut self, name: &'static str, fault: impl Into<String>) -> Self {
        self.faults.push((name, fault.into()));
        self
    }

    /// Shown once more, with the reason. What somebody else typed is not.
    #[must_use]
    pub fn sent_back(self, words: &Words, why: &Why) -> Self {
        let told = self.wrong("", notice(words, why));
        match why {
            Why::Late => told,
            Why::Sent => Self { back: Back::Look, ..told },
            Why::OtherPerson(_) => Self { values: Vec::new(), ..told },
            Why::Proof(page) => Self { back: Back::Prove(browser::prove_address(page)), ..told },
        }
    }

    /// Where the password is typed again, if that is what is missing: in another tab, so that this one stays.
    pub fn prove_at(&self) -> Option<&str> {
        match &self.back {
            Back::Prove(page) => Some(page),
            Back::Nothing | Back::Look => None,
        }
    }

    /// Whether it comes back because it was sent before.
    pub const fn was_sent(&self) -> bool {
        matches!(self.back, Back::Look)
    }

    /// What stands in a field.
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().rfind(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// Whether `value` is among what was sent for `name`, where several may be: a box that is ticked, an option chosen.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.values.iter().any(|(own, sent)| own == name && sent == value)
    }

    /// What is wrong with a field.
    pub fn fault(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|(own, _)| *own == name).map(|(_, fault)| fault.as_str())
    }

    /// All that is wrong, in order, each with the words beside its field, where those are known (WCAG 3.3.1).
    pub fn summary(&self, words: &Words) -> Vec<(&'static str, String)> {
        let named = |(name, fault): &(&'static str, String)| {
            let label = self.labels.iter().find(|(own, _)| own == name);
            let text = label.map(|(_, label)| {
                words.tell("fault-of-field", &[("field", label.as_str()), ("fault", fault.as_str())])
            });
            (*name, text.unwrap_or_else(|| fault.clone()))
        };
        self.faults.iter().map(named).collect()
    }

    /// Whether anything is.
    pub const fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The attributes that tell a screen reader about help and faults.
    pub fn aria(&self, name: &str) -> Aria {
        let fault = self.fault(name).is_some();
        Aria { name: name.to_owned(), help: self.help.contains(&name), fault }
    }
}

/// Attributes of a control; its name is ours.
pub struct Aria {
    name: String,
    help: bool,
    fault: bool,
}

impl fmt::Display for Aria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match (self.help, self.fault) {
            (false, false) => Ok(()),
            (true, false) => write!(f, " aria-describedby=\"{name}-help\""),
            (false, true) => write!(f, " aria-invalid=\"true\" aria-describedby=\"{name}-fault\""),
            (true, true) => write!(f, " aria-invalid=\"true\" aria-describedby=\"{name}-help {name}-fault\""),
        }
    }
}

impl HtmlSafe for Aria {}

/// Why a form is not carried out, and shown again.
#[derive(Debug)]
pub enum Why {
    /// Its token has ended.
    Late,
    /// It was sent before.
    Sent,
    /// It was opened before this person signed in, perhaps by somebody else.
    OtherPerson(String),
    /// The password was typed too long ago (security §3, 50); the form stands on this page.
    Proof(String),
}

impl From<Why> for Failure {
    fn from(why: Why) -> Self {
        match why {
            Why::Sent => Self::form_sent(),
            Why::Late | Why::OtherPerson(_) | Why::Proof(_) => Self::form_expired(),
        }
    }
}

/// A form that is not carried out: what was typed, and why.
pub struct SentBack {
    /// What was typed.
    pub typed: Parameters,
    /// Why it is shown again.
    pub why: Why,
}

impl SentBack {
    /// The form once more, with what was sent in `names`.
    pub fn form(&self, words: &Words, names: &[&str]) -> Form {
        self.told(words, Form::sent(&self.typed, names))
    }

    /// The form of something that is there, with the reason: as it is kept where somebody else typed, else with what was typed.
    pub fn of_kept(&self, words: &Words, kept: Form, typed: impl FnOnce(&Parameters) -> Form) -> Form {
        if self.is_foreign() {
            return kept.wrong("", notice(words, &self.why));
        }
        self.told(words, typed(&self.typed))
    }

    /// Whether somebody else typed it.
    pub const fn is_foreign(&self) -> bool {
        matches!(self.why, Why::OtherPerson(_))
    }

    /// The same, where the page reads what was typed its own way.
    pub fn told(&self, words: &Words, form: Form) -> Form {
        form.sent_back(words, &self.why)
    }
}

/// Why a form is shown once more, in words.
pub fn notice(words: &Words, why: &Why) -> String {
    match why {
        Why::Late => words.say("fault-too-late"),
        Why::Sent => words.say("fault-sent-already"),
        Why::OtherPerson(name) => words.tell("fault-other-person", &[("name", name)]),
        Why::Proof(_) => words.say("fault-prove-again"),
    }
}

/// With which status a form is shown, once more or not.
pub const fn status(again: Option<&Why>) -> StatusCode {
    if again.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wcag_3_3_1_a_fault_is_tied_to_its_field() {
        let form = Form::new().with("email", "a@b").helped("email").wrong("email", "Fill this in.");
        assert_eq!(form.value("email"), "a@b");
        assert_eq!(
            form.aria("email").to_string(),
            " aria-invalid=\"true\" aria-describedby=\"email-help email-fault\""
        );
        assert_eq!(form.aria("name").to_string(), "");
        let form = form.labelled([("email", "E-mail address".to_owned())]).wrong("", "Too late.");
        let summary = form.summary(crate::words::choose([]));
        assert_eq!(summary[0], ("email", "E-mail address: Fill this in.".to_owned()));
        assert_eq!(summary[1], ("", "Too late.".to_owned()));
        assert_eq!((form.fault("email"), form.fault("name")), (Some("Fill this in."), None));
    }

    #[test]
    fn what_is_kept_takes_the_place_of_what_somebody_else_typed() {
        let words = crate::words::choose([]);
        for (why, value, was_sent) in [
            (Why::Late, "typed", false),
            (Why::Sent, "typed", true),
            (Why::OtherPerson("bob".to_owned()), "kept", false),
            (Why::Proof("/settings".to_owned()), "typed", false),
        ] {
            let back = SentBack { typed: Parameters::default(), why };
            let form =
                back.of_kept(words, Form::new().with("name", "kept"), |_| Form::new().with("name", "typed"));
            assert_eq!((form.value("name"), form.was_sent()), (value, was_sent), "{:?}", back.why);
            assert!(form.has_faults());
        }
    }
}
