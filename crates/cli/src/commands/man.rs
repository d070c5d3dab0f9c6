//! `leakdex man`: writes the man pages, from the definition of the command line.

use std::{fs, io, path::Path};

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};

use crate::{
    args::{Arguments, ManPages},
    examples,
    status::Status,
};

/// The exit statuses, as in the manual.
const STATUSES: [(&str, &str); 6] = [
    ("0", "Done."),
    ("1", "An error; the message on standard error says what, where, and what to do."),
    ("2", "Wrong usage."),
    (
        "3",
        "Done and everything written, but the check is incomplete. A member (or a value, for lookup) is \
         indeterminate; --allow-indeterminate makes it 0. Or, with --strict, an all-clear is partial or the \
         run has a caveat. Or 'private audit' opened an identifier that is not in the books.",
    ),
    ("4", "More rejects than allowed, of the leak or the members; nothing was published."),
    ("101", "A bug in leakdex; nothing of the run can be relied on."),
];

pub fn run(arguments: &ManPages) -> anyhow::Result<Status> {
    let folder = &arguments.folder;
    anyhow::ensure!(
        folder.is_dir(),
        "{}: there is no such folder; make it first",
        folder.display()
    );
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    write_all(&command, folder)?;
    Ok(Status::Done)
}

/// Writes the page of a command and the pages of its subcommands.
fn write_all(command: &Command, folder: &Path) -> anyhow::Result<()> {
    let path = write(command, folder)?;
    super::print(&format!("{path}\n"))?;
    let subcommands = command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set());
    subcommands
        .filter(|subcommand| subcommand.get_name() != "help")
        .try_for_each(|subcommand| write_all(subcommand, folder))
}

/// Writes the page of one command, and returns its path.
fn write(command: &Command, folder: &Path) -> anyhow::Result<String> {
    let man = Man::new(command.clone());
    let path = folder.join(man.get_filename());
    // A man page is for everybody, so it is not written like a result.
    let written = page(&man, command.get_name()).and_then(|page| fs::write(&path, page));
    written.with_context(|| format!("{}: cannot write", path.display()))?;
    Ok(path.display().to_string())
}

fn page(man: &Man, command: &str) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    man.render(&mut page)?;
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    for (purpose, line) in examples::of(command) {
        roff.control("PP", []);
        roff.text([roman(format!("{purpose}:"))]);
        // Verbatim and indented.
        roff.control("RS", ["4"]);
        roff.control("nf", []);
        for line in line.lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
        roff.control("RE", []);
    }
    roff.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in STATUSES {
        roff.control("TP", []);
        roff.text([roman(status)]);
        roff.text([roman(meaning)]);
    }
    roff.to_writer(&mut page)?;
    Ok(page)
}
