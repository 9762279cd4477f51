//! Names that people see and compare with their eyes: what is shown of one is all there is, and no letter passes for one of another
//! script (contract §9; security §3; Unicode Technical Standard 39).

use unicode_security::mixed_script::AugmentedScriptSet;

/// Whether a name has characters that are not seen, or that turn the text around them: control characters, format characters
/// (Unicode Cf), line separators, what may be left out where text is shown (Default_Ignorable_Code_Point), and a letter that is
/// blank. With them, two names that differ look the same.
pub fn has_unseen(name: &str) -> bool {
    name.chars().any(|c| c.is_control() || is_ignorable(c) || is_format(c) || is_blank(c))
}

/// Whether a user name is written in letters of several scripts, so that one of them may stand for another that looks like it:
/// Latin with Cyrillic or Greek. What is written together counts as one script, as does Latin with Chinese, Japanese or Korean
/// ("highly restrictive", UTS 39 §5.2). Of an e-mail address each part counts by itself: the name, and what is between the host's
/// dots.
pub fn mixes_scripts(username: &str) -> bool {
    match username.rsplit_once('@') {
        Some((local, host)) => is_mixed(local) || host.split('.').any(is_mixed),
        None => is_mixed(username),
    }
}

fn is_mixed(text: &str) -> bool {
    let others: String = text.chars().filter(|c| !c.is_ascii()).collect();
    let others = AugmentedScriptSet::for_str(&others);
    AugmentedScriptSet::for_str(text).is_empty() && !(others.hanb || others.jpan || others.kore)
}

/// Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties).
const fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(c, '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}')
        || matches!(c, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// What of Cf is not ignorable.
const fn is_format(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}')
}

/// Separators of lines, and the pattern of Braille without a dot.
const fn is_blank(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{2800}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::api_key::ApiKey;
    use crate::account::api_key::rules;
    use crate::account::{api_key, project, user};

    #[test]
    fn uts39_5_2_a_user_name_is_of_one_script_or_of_scripts_that_are_written_together() {
        for fine in [
            "alice",
            "zoë",
            "o'brien-2_x+ci.test",
            "алиса",
            "άλκηστις7",
            "日本語カナかな",
            "taro太郎",
            "kim김",
            "иван@example.com",
            "ivan@пример.example",
            "7",
        ] {
            assert!(!mixes_scripts(fine), "{fine}");
        }
        for mixed in ["аlice", "alicе", "αlice", "аlice@example.com", "ivan@еxample.com", "а.lice", "太郎ж"]
        {
            assert!(mixes_scripts(mixed), "{mixed}");
        }
    }

    #[test]
    fn contract_9_no_name_holds_what_is_not_seen_or_turns_the_text() {
        for c in [
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2064}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\0',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{180e}',
            '\u{fe0f}',
            '\u{e0041}',
            '\u{3164}',
            '\u{115f}',
            '\u{1160}',
            '\u{ffa0}',
            '\u{2028}',
            '\u{2800}',
            '\u{600}',
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
