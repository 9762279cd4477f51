//! Arguments to command: everything else is the library's.

use std::process::ExitCode;

fn main() -> ExitCode {
    portcullis::cli::run()
}
