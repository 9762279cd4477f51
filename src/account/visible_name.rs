//! Names that people see and compare with their eyes: what is shown of one is all there is (contract §9; security §3).

/// Whether a name has characters that are not seen, or that turn the text around them: control characters, and the format
/// characters (Unicode Cf) that join, separate, mark or turn text. With them, two names that differ look the same.
pub fn has_unseen(name: &str) -> bool {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}')
            || matches!(c, '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    name.chars().any(unseen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::api_key::ApiKey;
    use crate::account::api_key::rules;
    use crate::account::{api_key, project, user};

    #[test]
    fn contract_9_no_name_holds_what_is_not_seen_or_turns_the_text() {
        for c in [
            '\u{200b}', '\u{200d}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2060}', '\u{2064}', '\u{2066}',
            '\u{2069}', '\u{feff}', '\0', '\u{7f}', '\u{85}',
        ] {
            let name = format!("a{c}b");
            assert!(has_unseen(&name), "{c:?}");
            assert!(project::validate_name(&name).is_err(), "{c:?}");
            assert!(
                rules::validate(&ApiKey { name: name.clone(), ..api_key::tests::key() }, 1).is_err(),
                "{c:?}"
            );
            assert!(user::validate_names(&name, "a@example.com").is_err(), "{c:?}");
            assert!(user::validate_names("ada", &format!("{name}@example.com")).is_err(), "{c:?}");
        }
        for fine in ["Ada's laptop", "Åsa", "日本", "a\u{2010}b", "\u{1f600}"] {
            assert!(!has_unseen(fine), "{fine}");
        }
    }
}
