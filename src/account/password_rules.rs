//! What a new password must be: long enough, and not what a guesser tries first (NIST SP 800-63B-4 §3.1.1.2; security §3,
//! 42–46). No rule asks for digits or signs.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zxcvbn::matching::Match;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Score, zxcvbn};

/// Most characters of a new password: code points after NFKC.
pub const MAX_CHARACTERS: usize = 128;

/// What this software and its makers' name are: the first thing to try where nobody chose another brand.
const OUR_NAME: &str = "portcullis";

/// What people write twice, or dress up with a year, when one word is too short; letters only.
const COMMON_WORDS: [&str; 16] = [
    "correcthorsebatterystaple",
    "password",
    "passwort",
    "passphrase",
    "changeme",
    "changeit",
    "letmein",
    "welcome",
    "willkommen",
    "iloveyou",
    "qwerty",
    "qwertz",
    "default",
    "secret",
    "login",
    "admin",
];

/// Letters that must be left of a password without known and common words, or more digits than a date has.
const FEWEST_LETTERS: usize = 6;
const DATE_DIGITS: usize = 8;

/// What a guesser knows of whoever chooses: their names and the site's.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The user name.
    pub username: &'a str,
    /// The e-mail address.
    pub email: &'a str,
    /// The name that people see on the pages.
    pub brand: &'a str,
    /// The public URL.
    pub site: &'a str,
}

/// Why a password cannot be had. Says nothing of the password itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasswordFault {
    /// It has fewer characters than this.
    #[error("the password must have at least {0} characters; a short sentence works well")]
    TooShort(usize),
    /// It has more characters, or bytes, than can be had.
    #[error("the password must have at most {MAX_CHARACTERS} characters")]
    TooLong,
    /// It would be guessed.
    #[error("the password is easy to guess: {0}; take some words that do not belong together")]
    Guessable(Reason),
}

/// What makes a password easy to guess.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// Many people have it, or one like it.
    Common,
    /// It is made of the person's own names, or the site's.
    Own,
    /// The same again and again.
    Repeats,
    /// Like `abcdef` or 98765.
    Sequence,
    /// Keys that lie side by side.
    Keyboard,
    /// A first name or a surname.
    Names,
    /// A date or a year.
    Dates,
    /// Too few words for their number.
    Words,
}

impl Reason {
    /// In English, for the command line and programs.
    const fn words(self) -> &'static str {
        match self {
            Self::Common => "many people have it, or one like it",
            Self::Own => "it is made of your own name or address, or of the name of this site",
            Self::Repeats => "it says the same again and again",
            Self::Sequence => "it follows the alphabet or counts",
            Self::Keyboard => "it follows the keys of a keyboard",
            Self::Names => "it is made of names",
            Self::Dates => "it is made of dates",
            Self::Words => "it has too few words",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Checks a new password. Takes a millisecond; a tenth of a second for what was made to take long.
///
/// # Errors
/// The first rule that it breaks.
pub fn check(password: &str, minimum: usize, context: Context<'_>) -> Result<(), PasswordFault> {
    let normal: String = password.nfkc().collect();
    let characters = normal.chars().count();
    if characters < minimum {
        return Err(PasswordFault::TooShort(minimum));
    }
    if characters > MAX_CHARACTERS {
        return Err(PasswordFault::TooLong);
    }
    let known = known_words(context);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if let Some(reason) = stuffed(&normal, &known) {
        return Err(PasswordFault::Guessable(reason));
    }
    let judged = zxcvbn(&bounded(&normal), &known);
    // Three: some 10^8 guesses, each of which costs our hash; what is beyond is out of reach of a list.
    if judged.score() >= Score::Three {
        return Ok(());
    }
    Err(PasswordFault::Guessable(reason(judged.sequence())))
}

/// Whether hardly anything is left of a password without known and common words, whatever stands between them: each makes a
/// guess longer for the search, and none makes it harder for who knows them.
fn stuffed(password: &str, known: &[&str]) -> Option<Reason> {
    let mut rest: String = password.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let known = known.iter().map(|word| (*word, Reason::Own));
    let mut words: Vec<(&str, Reason)> =
        known.chain(COMMON_WORDS.map(|word| (word, Reason::Common))).collect();
    words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    let mut found = None;
    for (word, reason) in words.into_iter().filter(|(word, _)| word.chars().all(char::is_alphanumeric)) {
        if rest.contains(word) {
            rest = rest.replace(word, "");
            found = found.or(Some(reason));
        }
    }
    let letters = rest.chars().filter(|c| c.is_alphabetic()).count();
    let digits = rest.chars().count() - letters;
    found.filter(|_| letters < FEWEST_LETTERS && digits <= DATE_DIGITS)
}

/// The same with few kinds of signs: the search tries each sign as each letter that it may stand for, all at once, and
/// whoever typed them all would keep us busy for seconds.
fn bounded(password: &str) -> String {
    const SIGNS: &str = "(<[{@!|$+%";
    const KINDS: usize = 5;
    let mut kinds: Vec<char> = Vec::new();
    for sign in password.chars().filter(|c| SIGNS.contains(*c)) {
        if !kinds.contains(&sign) && kinds.len() < KINDS {
            kinds.push(sign);
        }
    }
    password.chars().map(|c| if SIGNS.contains(c) && !kinds.contains(&c) { '.' } else { c }).collect()
}

/// The names, and the parts that they have, as a guesser would try them.
fn known_words(context: Context<'_>) -> Vec<String> {
    let (local, host) = context.email.split_once('@').unwrap_or((context.email, ""));
    let whole = [context.username, local, host, context.email, context.brand, context.site, OUR_NAME];
    let mut words: Vec<String> = Vec::new();
    for name in whole {
        let name = name.nfkc().collect::<String>().to_lowercase();
        let parts = name.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
        let joined: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
        for word in parts.chain([joined, name.clone()]) {
            if word.chars().count() >= 3 && !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words
}

/// What the longest part that was recognised is.
fn reason(parts: &[Match]) -> Reason {
    let recognised = parts.iter().filter(|part| part.pattern != MatchPattern::BruteForce);
    let Some(longest) = recognised.max_by_key(|part| part.token.chars().count()) else {
        return Reason::Words;
    };
    match &longest.pattern {
        MatchPattern::Dictionary(found) => of_dictionary(&format!("{:?}", found.dictionary_name)),
        MatchPattern::Spatial(_) => Reason::Keyboard,
        MatchPattern::Repeat(repeat) => match reason(&repeat.base_matches) {
            known @ (Reason::Own | Reason::Common) => known,
            _ => Reason::Repeats,
        },
        MatchPattern::Sequence(_) => Reason::Sequence,
        MatchPattern::Regex(_) | MatchPattern::Date(_) => Reason::Dates,
        MatchPattern::BruteForce => Reason::Words,
    }
}

/// By the list's name: the crate keeps the type to itself.
fn of_dictionary(name: &str) -> Reason {
    match name {
        "UserInputs" => Reason::Own,
        "Passwords" => Reason::Common,
        "FemaleNames" | "MaleNames" | "Surnames" => Reason::Names,
        _ => Reason::Words,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALICE: Context<'_> = Context {
        username: "alice.liddell",
        email: "alice@wonderland.example",
        brand: "Looking Glass",
        site: "https://id.rabbit-hole.example",
    };

    fn judge(password: &str) -> Result<(), PasswordFault> {
        check(password, 15, ALICE)
    }

    #[test]
    fn nist_800_63b_3_1_1_2_characters_are_counted_as_code_points_after_nfkc() {
        assert_eq!(check("fourteen chars", 15, ALICE), Err(PasswordFault::TooShort(15)));
        // 15 code points, of which two compose: 14 are left.
        assert_eq!(judge("te\u{301}quifolmazovu"), Err(PasswordFault::TooShort(15)));
        assert_eq!(judge("tequilfolmazovu"), Ok(()));
        let long: String = "tequil folmazo vug ".chars().cycle().take(128).collect();
        assert!(!matches!(judge(&long), Err(PasswordFault::TooLong | PasswordFault::TooShort(_))));
        assert_eq!(judge(&format!("{long}x")), Err(PasswordFault::TooLong));
        // One code point that NFKC makes eighteen of.
        assert_eq!(judge(&"\u{fdfa}".repeat(8)), Err(PasswordFault::TooLong));
    }

    #[test]
    fn nist_800_63b_3_1_1_2_no_composition_rules() {
        for fine in [
            "a short sentence works",
            "a password that is long enough",
            "alice 4829-1137-6650-2841-9973",
            "alice likes orbit pantry velvet",
            "orbit pantry velvet",
            "unsaddle-kinship-crept-mural",
            "ein kurzer Satz genuegt hier",
            "дождь над тихой рекой",
            "短い文で十分ですよね本当に大丈夫",
            "wombat   kettle   7",
            "x7Gq2LmZp0VbT4sK9wYc",
        ] {
            assert_eq!(judge(fine), Ok(()), "{fine}");
        }
    }

    #[test]
    fn security_44_what_a_guesser_tries_first_is_refused_with_the_reason() {
        use Reason::{Common, Dates, Keyboard, Names, Own, Repeats, Sequence};
        for (bad, reasons) in [
            ("passwordpassword1", &[Common][..]),
            ("Password1Password1", &[Common]),
            ("P@ssw0rdP@ssw0rd", &[Common]),
            ("iloveyouiloveyou", &[Common]),
            ("portcullisportcullis", &[Own]),
            ("alice.liddellalice.liddell", &[Own]),
            ("liddellliddell1", &[Own]),
            ("alice@wonderland.example", &[Own]),
            ("wonderlandwonderland", &[Own]),
            ("lookingglass12345", &[Own]),
            ("LookingGlassLookingGlass", &[Own]),
            ("Portcullis-Portcullis", &[Own]),
            ("Portcullis-2026-11", &[Own]),
            ("aliceportcullis1", &[Own]),
            ("Alice.Example.2026", &[Own]),
            ("wonderland.example-alice", &[Own]),
            ("https://id.rabbit-hole.example", &[Own]),
            ("Password-Password", &[Common]),
            ("changeme-changeme", &[Common]),
            ("correcthorsebatterystaple", &[Common]),
            ("correct horse battery staple", &[Common]),
            ("Correct-Horse-Battery-Staple-1", &[Common]),
            ("111111111111111", &[Repeats, Common]),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", &[Repeats, Common]),
            ("abababababababababab", &[Repeats]),
            ("abcdefghijklmnop", &[Sequence]),
            ("qwertyuiopasdfghjkl", &[Keyboard, Common]),
            ("qwertyuiop[]asdf", &[Keyboard, Common]),
            ("1qaz2wsx3edc4rfv", &[Keyboard, Common]),
            ("christopherchristopher", &[Names, Common, Repeats]),
            ("1211198012111980", &[Repeats, Dates]),
            ("               ", &[Repeats]),
        ] {
            match judge(bad) {
                Err(PasswordFault::Guessable(reason)) => {
                    assert!(reasons.contains(&reason), "{bad}: {reason:?}");
                }
                other => panic!("{bad}: {other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_judged(password in "\\PC{0,130}|[ab]{90,110}|(ab?c?){30,60}|[İıßﬁA😀]{15,100}") {
            let _ = judge(&password);
        }
    }
}
