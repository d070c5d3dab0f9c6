//! Short TOML files that people write.

use std::{fs::File, io::Read as _, path::Path};

use anyhow::Context as _;
use toml::Table;

/// A few sentences are a few kilobytes. A longer file is something else.
const MAX_LENGTH: u64 = 1 << 20;

/// Reads a file that should be of this sort. `sort` names it for people.
pub fn read(path: &Path, sort: &str) -> anyhow::Result<String> {
    let failed = || format!("{}: cannot read {sort}", path.display());
    let mut text = Vec::new();
    let file = File::open(path).with_context(failed)?;
    file.take(MAX_LENGTH + 1).read_to_end(&mut text).with_context(failed)?;
    anyhow::ensure!(
        text.len() as u64 <= MAX_LENGTH,
        "{}: longer than a mebibyte, so it is not a file of {sort}; name another file",
        path.display()
    );
    String::from_utf8(text)
        .map_err(|_| anyhow::anyhow!("{}: not UTF-8; save it as UTF-8", path.display()))
}

/// Parses the contents as a table. An error names the line but does not show it, since the file may be a
/// wrong one that contains people's data. Instead it shows a correct line, which may depend on the wrong
/// one.
pub fn table<'a>(text: &str, example: impl Fn(&str) -> &'a str) -> anyhow::Result<Table> {
    text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        let example = example(text.lines().nth(line - 1).unwrap_or_default());
        anyhow::anyhow!("line {line} is not TOML; {example}")
    })
}
