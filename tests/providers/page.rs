//! A page as the commands it gives (contract §10, §11). Every fenced block is one of these, or the page is refused:
//!
//! - `sh`, `python`, `javascript`: run;
//! - `json` or `text` right after one of those: what it must have printed;
//! - `toml`: written into portcullis.toml;
//! - any of them under `<!-- shown: WHY -->`: an illustration, which the tests count.
//!
//! `<!-- by hand: COMMAND -->` is what a person does meanwhile, in a browser (`person`) or with what was printed last
//! (`$PRINTED`), as a command that stands in for it.

use std::fs;

/// What a block is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    Shell,
    Python,
    JavaScript,
}

/// What must have been printed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// One JSON value.
    Json(String),
    /// These lines, among others.
    Lines(String),
}

/// One thing to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    Run { language: Language, text: String, line: usize, answer: Option<Answer> },
    Configure { text: String },
    Illustration { text: String, why: String, line: usize },
}

/// A page.
pub struct Page {
    pub name: String,
    pub steps: Vec<Step>,
}

impl Page {
    /// Reads `docs/NAME.md`.
    pub fn read(name: &str) -> Self {
        let path = format!("{}/docs/{name}.md", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        Self::parse(name, &text)
    }

    /// Reads a page's text.
    pub fn parse(name: &str, text: &str) -> Self {
        let (mut steps, mut why) = (Vec::new(), None);
        // Whether nothing but empty lines came since the last block: what follows is its answer.
        let mut just_ran = false;
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let place = format!("{name}.md:{}", at + 1);
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let body: Vec<&str> =
                    lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```").collect();
                let block = Block { language, text: body.join("\n"), line: at + 1 };
                just_ran = block.add_to(&mut steps, why.take(), just_ran, &place);
            } else if let Some(reason) = comment(line, "shown:") {
                why = Some(reason.to_owned());
            } else if let Some(text) = comment(line, "by hand:") {
                let (language, text) = (Language::Shell, text.to_owned());
                steps.push(Step::Run { language, text, line: at + 1, answer: None });
                just_ran = false;
            } else if !line.trim().is_empty() {
                assert!(why.is_none(), "{place}: a block must follow the reason why it is only shown");
                just_ran = false;
            }
        }
        Self { name: name.to_owned(), steps }
    }
}

struct Block<'a> {
    language: &'a str,
    text: String,
    line: usize,
}

impl Block<'_> {
    /// Adds the step it is; whether it ran.
    fn add_to(self, steps: &mut Vec<Step>, why: Option<String>, just_ran: bool, place: &str) -> bool {
        let Self { language, text, line } = self;
        if let Some(why) = why {
            steps.push(Step::Illustration { text, why, line });
            return false;
        }
        let language = match language {
            "sh" => Language::Shell,
            "python" => Language::Python,
            "javascript" => Language::JavaScript,
            "toml" => {
                steps.push(Step::Configure { text });
                return false;
            }
            "json" | "text" if just_ran => {
                let given = if language == "json" { Answer::Json(text) } else { Answer::Lines(text) };
                match steps.last_mut() {
                    Some(Step::Run { answer, .. }) => *answer = Some(given),
                    other => panic!("{place}: an answer to {other:?}"),
                }
                return false;
            }
            other => {
                panic!("{place}: a block of {other:?} that is neither run nor an answer nor marked as shown")
            }
        };
        steps.push(Step::Run { language, text, line, answer: None });
        true
    }
}

fn comment<'a>(line: &'a str, kind: &str) -> Option<&'a str> {
    let inside = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    inside.strip_prefix(kind).map(str::trim)
}

#[test]
fn a_page_is_read_block_by_block() {
    let text = "# A\n\n```sh\necho 1\n```\n\n```json\n1\n```\n\nWords.\n\n<!-- shown: too long -->\n```json\n{}\n```\n\
        <!-- by hand: person x -->\n```toml\na = 1\n```\n";
    let run =
        |text: &str, line, answer| Step::Run { language: Language::Shell, text: text.into(), line, answer };
    assert_eq!(
        Page::parse("a", text).steps,
        [
            run("echo 1", 3, Some(Answer::Json("1".into()))),
            Step::Illustration { text: "{}".into(), why: "too long".into(), line: 14 },
            run("person x", 17, None),
            Step::Configure { text: "a = 1".into() },
        ]
    );
}

#[test]
fn no_block_is_passed_over_in_silence() {
    for text in
        ["```rust\n1\n```", "```\n1\n```", "```json\n1\n```", "```sh\n1\n```\n\nWords\n\n```json\n1\n```"]
    {
        let read = std::panic::catch_unwind(|| Page::parse("a", text));
        assert!(read.is_err(), "{text}");
    }
}
