//! Owns the log: text or JSON on standard error, filtered by level, never a secret (security §4.8).

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::LogFormat;

/// Starts logging at `level` (a level, or a filter such as `info,portcullis=debug`), once in a process, and makes a
/// panic log where it happened and nothing of what it held.
///
/// # Errors
/// What is wrong with `level`, and what to write.
pub fn start(format: LogFormat, level: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(quieted(level)).map_err(|_| {
        format!("log_level: {} is no level: write error, warn, info, debug or trace", level.escape_debug())
    })?;
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Only the first in a process counts: a second is a test's.
    let _ = match format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "somewhere".to_owned(), ToString::to_string);
        tracing::error!(place, "panicked");
    }));
    Ok(())
}

/// What the framework says of its own start helps nobody who runs this server, unless they ask for it by name.
fn quieted(level: &str) -> String {
    if level.contains("actix_server") { level.to_owned() } else { format!("{level},actix_server=warn") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_framework_is_quiet_unless_it_is_named() {
        assert_eq!(quieted("info"), "info,actix_server=warn");
        assert_eq!(quieted("info,actix_server=debug"), "info,actix_server=debug");
    }

    #[test]
    fn a_level_that_is_none_is_refused_by_the_name_of_the_setting() {
        assert!(start(LogFormat::Text, "info,=").is_err_and(|e| e.starts_with("log_level")));
    }
}
