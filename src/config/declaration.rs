//! Owns the file that `portcullis apply` reads, and the reading of what it refers to (contract §14; docs/apply.md).

use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::ConfigError;
use crate::flows::apply::declaration::{Declaration, Reference};

/// Most bytes of a file with a secret, so that a wrong one is not read to its end.
const LONGEST_SECRET: u64 = 4096;

/// A file that was read.
pub struct DeclarationFile {
    /// What it declares.
    pub declaration: Declaration,
    folder: PathBuf,
}

impl DeclarationFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Why it cannot be used, with the line.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError(format!("cannot read {shown}: {error}")))?;
        let declaration = parse(&text).map_err(|reason| ConfigError(format!("{shown}, {reason}")))?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Self { declaration, folder })
    }

    /// A secret that the file refers to, without the line end after it.
    ///
    /// # Errors
    /// Where it was looked for, and why it was not found.
    pub fn secret(&self, reference: &Reference<'_>) -> Result<Zeroizing<String>, String> {
        let text = match reference {
            Reference::File(path) => {
                let failed = |error| format!("cannot read the file {}: {error}", path.escape_debug());
                read_short(&self.folder.join(path)).map_err(failed)?
            }
            Reference::Variable(name) => variable(name)
                .ok_or_else(|| format!("the variable {} is not set, or is no text", name.escape_debug()))?,
        };
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            return Err(format!("{} is empty", reference.words()));
        }
        Ok(Zeroizing::new(line.to_owned()))
    }
}

/// The parser's own rendering would print the line, which may hold a secret that somebody wrote there.
fn parse(text: &str) -> Result<Declaration, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("line {}: {}", before.matches('\n').count() + 1, error.message())
    })
}

fn read_short(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(path)?.take(LONGEST_SECRET).read_to_string(&mut text)?;
    Ok(text)
}

#[expect(clippy::disallowed_methods, reason = "a variable that the operator named")]
fn variable(name: &str) -> Option<Zeroizing<String>> {
    // A name with `=` or NUL is no variable's.
    let is_name = !name.is_empty() && !name.contains(['=', '\0']);
    is_name.then(|| std::env::var(name).ok()).flatten().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_14_what_may_not_stand_in_the_file_is_refused_by_name_and_line() {
        for (text, words) in [
            ("[clients.web]\nname = \"W\"\nredirect_uri = []", ["line 3", "redirect_uri"]),
            ("\n[client.web]", ["line 2", "client"]),
            ("[clients.web]\n[clients.web.metadata]\npar = true", ["line 3", "par"]),
            ("[administrators.a]\npassword = \"hunter2\"", ["line 2", "password"]),
            ("[clients.web]\n\npublic = \"yes\"", ["line 3", "boolean"]),
            ("[projects.p]\nowners = \"a\"", ["line 2", "sequence"]),
            ("[clients.web]\nrate_limit = -1", ["line 2", "u32"]),
            ("[clients.web]\n[clients.web]", ["line 2", "duplicate"]),
            ("[clients.web", ["line 1", ""]),
        ] {
            let refusal = parse(text).err().unwrap();
            assert!(words.iter().all(|word| refusal.contains(word)), "{text}: {refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }

    #[test]
    fn an_empty_file_declares_nothing() {
        let declared = parse("").ok().unwrap();
        assert!(declared.clients.is_empty() && declared.administrators.is_empty());
    }
}
