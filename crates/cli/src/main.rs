//! The command `leakdex`.

use std::process::ExitCode;

fn main() -> ExitCode {
    leakdex_cli::run()
}
