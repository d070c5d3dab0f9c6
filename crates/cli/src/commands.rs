//! The commands, one file each.

pub mod build;
pub mod check;
pub mod columns;
pub mod completions;
pub mod decide;
pub mod demo;
pub mod explain;
pub mod explain_match;
pub mod inspect;
pub mod keygen;
pub mod lookup;
pub mod man;
pub mod merge;
pub mod normalize;
pub mod private;
mod reference;
pub mod verify;

use std::io::{self, BufRead, IsTerminal as _, Write as _};

use anyhow::Context as _;
use leakdex::Reason;

use crate::status::{is_quiet, print_info, print_message, standard_output};

/// Prints to standard output. A closed one is an error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(standard_output)
}

/// The length of the longest accepted line of standard input with its line ending, in bytes.
const LONGEST_LINE: u64 = 64 * 1024;

/// Whether a person types the values and sees the answers interactively.
fn is_typed() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && !is_quiet()
}

/// Calls `take` with each line of standard input without its line ending, or with the reason why the line
/// cannot be a value. At a terminal, prompts for values of this name.
fn each_line(
    name: &str,
    mut take: impl FnMut(Result<&str, Reason>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    let is_typed = is_typed();
    if is_typed {
        print_info(format_args!(
            "one {name} per line; press Ctrl-D at the beginning of a line to end\n"
        ));
    }
    loop {
        line.clear();
        if is_typed {
            print_message(format_args!("{name}: "));
        }
        let read = io::Read::take(&mut input, LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .context("cannot read standard input")?;
        if read == 0 {
            if is_typed {
                // End the line of the prompt.
                print_message(format_args!("\n"));
            }
            return Ok(());
        }
        let whole = line.ends_with(b"\n") || (read as u64) < LONGEST_LINE;
        if !whole {
            input.skip_until(b'\n').context("cannot read standard input")?;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        take(if whole {
            std::str::from_utf8(text).map_err(|_| Reason::InvalidEncoding)
        } else {
            Err(Reason::TooLong)
        })?;
    }
}
