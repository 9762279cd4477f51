//! Reads Rust source as text, as far as `tests/architecture.rs` needs it (docs/architecture.md): which words and
//! which paths a file names. Comments and literals are left out, `use` trees are spread out, no macro is expanded.

/// An identifier, `::`, or one character of punctuation, with the line it stands on (from 1).
pub struct Token {
    /// The word or the punctuation itself.
    pub text: String,
    /// Line number, from 1.
    pub line: usize,
}

/// A path as written in a file: `crate::oauth::scope`, `std::env`, `super::Client`.
pub struct NamedPath {
    /// The segments; a glob is `*`.
    pub segments: Vec<String>,
    /// Line number, from 1.
    pub line: usize,
    /// The inline modules (`mod tests { … }`) around it.
    inline: Vec<String>,
}

impl NamedPath {
    /// The path from the crate's root, without `crate`, if it is one of this crate's own; `module` is the file's place.
    pub fn within_crate(&self, module: &[&str]) -> Option<Vec<String>> {
        let mut base: Vec<String> = module.iter().map(|part| (*part).to_owned()).collect();
        base.extend(self.inline.iter().cloned());
        let mut rest = self.segments.as_slice();
        match rest.first()?.as_str() {
            "crate" => return Some(rest.get(1..)?.to_vec()),
            "self" => rest = rest.get(1..)?,
            "super" => {}
            _ => return None,
        }
        while rest.first().is_some_and(|segment| segment == "super") {
            base.pop();
            rest = rest.get(1..)?;
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// Whether the path starts with the external crate (or standard module) `prefix`, as in `std::env`.
    pub fn starts_with(&self, prefix: &str) -> bool {
        let wanted: Vec<&str> = prefix.split("::").collect();
        self.segments.len() >= wanted.len()
            && wanted.iter().zip(&self.segments).all(|(want, have)| {
                // `actix_*` stands for the whole family of crates.
                want.strip_suffix('*').map_or(have == want, |stem| have.starts_with(stem))
            })
    }

    /// Whether the path ends with `suffix`, as in `Utc::now`.
    pub fn ends_with(&self, suffix: &str) -> bool {
        let wanted: Vec<&str> = suffix.split("::").collect();
        self.segments.iter().rev().zip(wanted.iter().rev()).filter(|(have, want)| have == *want).count()
            == wanted.len()
    }
}

/// The words and punctuation of `source`, without comments, strings, characters and lifetimes.
pub fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while let Some(&c) = chars.get(at) {
        let end = match (c, chars.get(at + 1).copied()) {
            ('/', Some('/')) => skip_line(&chars, at),
            ('/', Some('*')) => skip_block_comment(&chars, at),
            ('"', _) => skip_string(&chars, at),
            ('\'', _) => skip_quote(&chars, at),
            (c, _) if c.is_alphanumeric() || c == '_' => {
                let end = word_end(&chars, at);
                match literal_after(&chars, at, end) {
                    Some(literal_end) => literal_end,
                    None => {
                        found.push(Token { text: chars[at..end].iter().collect(), line });
                        end
                    }
                }
            }
            (':', Some(':')) => {
                found.push(Token { text: "::".to_owned(), line });
                at + 2
            }
            (c, _) => {
                if !c.is_whitespace() {
                    found.push(Token { text: c.to_string(), line });
                }
                at + 1
            }
        };
        line += chars[at..end.min(chars.len())].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    found
}

fn word_end(chars: &[char], at: usize) -> usize {
    at + chars[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count()
}

fn skip_line(chars: &[char], at: usize) -> usize {
    at + chars[at..].iter().take_while(|c| **c != '\n').count()
}

/// Block comments nest.
fn skip_block_comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn skip_string(chars: &[char], at: usize) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != '"' {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}

/// A character literal, or a lifetime, which has no closing quote.
fn skip_quote(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            at + 3 + chars[(at + 3).min(chars.len())..].iter().take_while(|c| **c != '\'').count() + 1
        }
        (_, Some('\'')) => at + 3,
        _ => word_end(chars, at + 1),
    }
}

/// The end of a prefixed literal (`b"…"`, `r#"…"#`, `b'x'`) whose prefix is the word `at..end`.
fn literal_after(chars: &[char], at: usize, end: usize) -> Option<usize> {
    let prefix: String = chars[at..end].iter().collect();
    match (prefix.as_str(), chars.get(end)?) {
        ("b" | "c", '"') => Some(skip_string(chars, end)),
        ("b", '\'') => Some(skip_quote(chars, end)),
        ("r" | "br" | "cr", '"' | '#') => {
            let hashes = chars[end..].iter().take_while(|c| **c == '#').count();
            // `r#type` is a raw identifier, not a string.
            (chars.get(end + hashes) == Some(&'"')).then(|| skip_raw_string(chars, end + hashes + 1, hashes))
        }
        _ => None,
    }
}

fn skip_raw_string(chars: &[char], mut at: usize, hashes: usize) -> usize {
    while at < chars.len() {
        let closing = chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count();
        if chars[at] == '"' && closing == hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    at
}

/// Every path that `source` names: all branches of each `use`, and each `a::b` in code.
pub fn paths(source: &str) -> Vec<NamedPath> {
    let tokens = tokens(source);
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let (mut found, mut at, mut depth) = (Vec::new(), 0, 0usize);
    let mut inline: Vec<(String, usize)> = Vec::new();
    while let Some(token) = tokens.get(at) {
        let names = |inline: &[(String, usize)]| inline.iter().map(|(name, _)| name.clone()).collect();
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                inline.retain(|(_, opened)| *opened < depth + 1);
            }
            "mod" if word(at + 2) == "{" => inline.push((word(at + 1).to_owned(), depth + 1)),
            "use" if word(at + 1) != "<" => {
                let mut spread = Vec::new();
                at = use_tree(&tokens, at + 1, &[], &mut spread);
                found.extend(spread.into_iter().map(|segments| NamedPath {
                    segments,
                    line: token.line,
                    inline: names(&inline),
                }));
                continue;
            }
            "crate" if at > 0 && word(at - 1) == "extern" => {
                let segments = vec![word(at + 1).to_owned()];
                found.push(NamedPath { segments, line: token.line, inline: names(&inline) });
            }
            text if is_word(text) && word(at + 1) == "::" => {
                let mut segments = vec![text.to_owned()];
                while word(at + 1) == "::" && is_word(word(at + 2)) {
                    at += 2;
                    segments.push(word(at).to_owned());
                }
                found.push(NamedPath { segments, line: token.line, inline: names(&inline) });
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Spreads one `use` tree from token `at` on; answers where it ended.
fn use_tree(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = prefix.to_vec();
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "::" => at += 1,
            "as" => at += 2,
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.text != "}") {
                    at = use_tree(tokens, at, &path, found);
                    at += usize::from(tokens.get(at).is_some_and(|token| token.text == ","));
                }
                return at + 1;
            }
            text if text == "*" || is_word(text) => {
                path.push(text.to_owned());
                at += 1;
            }
            _ => break,
        }
    }
    found.push(path);
    at
}
