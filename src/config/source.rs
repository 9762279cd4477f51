//! Owns where a setting's text comes from: file, environment, flags; later wins (contract §14).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ConfigError;
use super::table::{Kind, PREFIX, SETTINGS, Setting, Unset};

/// The file that is read when no other is named.
const DEFAULT_FILE: &str = "portcullis.toml";

/// What the command line says about settings.
#[derive(Clone, Default)]
pub struct Flags {
    /// `--config`: this file instead of `portcullis.toml`; it must exist.
    pub file: Option<PathBuf>,
    /// Settings given as flags, by the name in the table.
    pub settings: Vec<(&'static str, String)>,
}

/// A setting's text, and where it was written, for messages.
struct Given {
    source: String,
    texts: Vec<String>,
}

/// Everything that was given.
pub(super) struct Sources(BTreeMap<&'static str, Given>);

impl Sources {
    pub(super) fn gather(flags: &Flags, environment: &[(String, String)]) -> Result<Self, ConfigError> {
        let mut all = Self(BTreeMap::new());
        all.add_file(flags.file.as_deref())?;
        all.add_environment(environment);
        for (name, text) in &flags.settings {
            let source = format!("--{}", name.replace('_', "-"));
            all.0.insert(name, Given { source, texts: vec![text.clone()] });
        }
        Ok(all)
    }

    fn add_file(&mut self, named: Option<&Path>) -> Result<(), ConfigError> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let shown = path.display();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => return Ok(()),
            Err(error) => {
                return Err(ConfigError(format!("cannot read the configuration file {shown}: {error}")));
            }
        };
        // The parser's own rendering would print the line, which may hold a password.
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line =
                error.span().map_or(1, |span| text.get(..span.start).unwrap_or("").lines().count().max(1));
            ConfigError(format!("{shown} is not TOML: {} (near line {line})", error.message()))
        })?;
        for (key, value) in table {
            let Some(setting) = SETTINGS.iter().find(|s| s.name == key) else {
                return Err(unknown(&key, &shown.to_string()));
            };
            let source = format!("{key} in {shown}");
            let texts = file_texts(setting, value)
                .ok_or_else(|| ConfigError(format!("{source} must be {}", shape(setting.kind))))?;
            self.0.insert(setting.name, Given { source, texts });
        }
        Ok(())
    }

    /// An empty variable is not given, except for a list, which it empties.
    fn add_environment(&mut self, environment: &[(String, String)]) {
        for setting in SETTINGS {
            let variable = setting.variable();
            let Some((_, text)) = environment.iter().find(|(name, _)| *name == variable) else { continue };
            let texts = match setting.kind {
                Kind::List => {
                    text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
                }
                _ if text.is_empty() => continue,
                _ => vec![text.clone()],
            };
            self.0.insert(setting.name, Given { source: variable, texts });
        }
    }

    /// Whether somebody gave this setting.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Where a setting is written, or how to write it.
    pub(super) fn source(&self, name: &str) -> String {
        self.0.get(name).map_or_else(|| name.to_owned(), |given| given.source.clone())
    }

    /// A setting's value, read by `parse`; the default's when not given; `None` if it has none.
    pub(super) fn optional<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let given = self.0.get(name).and_then(|given| given.texts.first()).map(String::as_str);
        let Some(text) = given.or_else(|| default_text(name)) else { return Ok(None) };
        parse(text).map(Some).map_err(|reason| ConfigError(format!("{}: {reason}", self.source(name))))
    }

    /// A setting that always has a value.
    pub(super) fn required<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        self.optional(name, parse)?.ok_or_else(|| ConfigError(format!("{name} is not set")))
    }

    /// Every entry of a list.
    pub(super) fn list<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        let Some(given) = self.0.get(name) else { return Ok(Vec::new()) };
        let entries = given.texts.iter().map(|text| parse(text));
        entries.collect::<Result<_, _>>().map_err(|reason| ConfigError(format!("{}: {reason}", given.source)))
    }
}

/// Variables that look like ours and are not: to be warned about, since Kubernetes invents some.
pub fn unknown_variables(environment: &[(String, String)]) -> Vec<String> {
    let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    let names = environment.iter().map(|(name, _)| name);
    names.filter(|name| name.starts_with(PREFIX) && !known.contains(name)).cloned().collect()
}

/// The variables of this process that start with our prefix.
#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
pub fn environment() -> Vec<(String, String)> {
    let all = std::env::vars_os().map(|(n, v)| (n.to_string_lossy().into(), v.to_string_lossy().into()));
    all.filter(|(name, _): &(String, String)| name.starts_with(PREFIX)).collect()
}

fn default_text(name: &str) -> Option<&'static str> {
    match SETTINGS.iter().find(|s| s.name == name)?.default {
        Unset::Text(text) => Some(text),
        Unset::Derived(_) | Unset::Nothing => None,
    }
}

fn file_texts(setting: &Setting, value: toml::Value) -> Option<Vec<String>> {
    match (setting.kind, value) {
        (Kind::Text, toml::Value::String(text)) => Some(vec![text]),
        (Kind::Number, toml::Value::Integer(number)) => Some(vec![number.to_string()]),
        (Kind::Switch, toml::Value::Boolean(on)) => Some(vec![on.to_string()]),
        (Kind::List, toml::Value::Array(entries)) => {
            entries.into_iter().map(|e| e.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

const fn shape(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text in quotes",
        Kind::Number => "a whole number",
        Kind::Switch => "true or false",
        Kind::List => "a list of texts: [\"…\", \"…\"]",
    }
}

fn unknown(key: &str, shown: &str) -> ConfigError {
    let near =
        SETTINGS.iter().map(|s| s.name).find(|name| name.replace('_', "") == key.replace(['_', '-'], ""));
    let hint = match near {
        Some(name) => format!("write {name}"),
        None => "remove it, or see docs/configuration.md for the settings there are".to_owned(),
    };
    ConfigError(format!("unknown setting {} in {shown}: {hint}", key.escape_debug()))
}
