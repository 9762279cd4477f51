//! Owns what commands print: text for people, or exactly one JSON object; complaints on one line (contract §14).

use std::io::{self, Write};

use serde_json::Value;

use super::Failure;

/// Where a command's result goes.
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints the result: `object` with `--json`, else `text` with a newline after it.
    pub(super) fn result(&self, object: &Value, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{object}")?
        } else {
            writeln!(out, "{text}")?
        }
        Ok(out.flush()?)
    }
}

/// One line on standard error, whatever the message holds.
pub(super) fn complain(message: &str) {
    let line: String =
        message.split(['\n', '\r']).map(str::trim).filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" ");
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "portcullis: {line}");
}

/// Columns of equal width, one row a line, without trailing spaces.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(i, cell)| format!("{cell:<0$}", width(i)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
