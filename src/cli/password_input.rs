//! Owns the reading of a password: from standard input only, never from an argument others can see (contract §14).

use std::io::{self, BufRead, Read};

use zeroize::Zeroizing;

use super::Failure;

/// More than any password may have, so that a wrong file is not read to its end.
const MOST: u64 = 4096;

/// One line of standard input without its line end, if asked for.
pub(super) fn read(from_stdin: bool) -> Result<Option<Zeroizing<String>>, Failure> {
    if !from_stdin {
        return Ok(None);
    }
    let mut line = Zeroizing::new(String::new());
    io::stdin()
        .lock()
        .take(MOST)
        .read_line(&mut line)
        .map_err(|error| Failure(format!("cannot read the password from standard input: {error}")))?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        return Err(Failure("standard input holds no password: write it there as one line".to_owned()));
    }
    Ok(Some(Zeroizing::new(password.to_owned())))
}
