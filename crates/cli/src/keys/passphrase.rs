//! Passphrases, read from the terminal without echo, or from a file that only its owner can read.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::Context as _;
use leakdex_staging::read_secret;
use zeroize::Zeroizing;

use super::system_error;
use crate::{
    human::count,
    status::{is_quiet, print_message, wrong_usage},
};

/// The minimum length of a passphrase in characters. With a stolen file, a shorter one can be guessed.
const MIN_COUNT: usize = 12;

/// The maximum length of a passphrase in bytes.
const MAX_LENGTH: usize = 1024;

/// The passphrase file, if one is given.
static FILE: OnceLock<PathBuf> = OnceLock::new();

/// Reads all further passphrases from this file.
pub fn set_file(path: PathBuf) {
    FILE.get_or_init(|| path);
}

/// The passphrase file, if one is given.
pub fn file() -> Option<&'static PathBuf> {
    FILE.get()
}

/// A passphrase. It is overwritten when it is dropped.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// The passphrase of this file.
    pub fn of(path: &Path) -> anyhow::Result<Self> {
        match file() {
            Some(file) => read(file),
            None => ask(&format!("Passphrase of {}: ", path.display()), path),
        }
    }

    /// A passphrase for a new file. A person must type it twice.
    pub fn new(path: &Path) -> anyhow::Result<Self> {
        if let Some(file) = file() {
            let passphrase = read(file)?;
            passphrase.refuse_short()?;
            return Ok(passphrase);
        }
        if !is_quiet() {
            print_message(format_args!(
                "without its passphrase, nobody can use {}; keep a copy of the passphrase in a safe place\n",
                path.display()
            ));
        }
        let passphrase = ask(&format!("New passphrase of {}: ", path.display()), path)?;
        passphrase.refuse_short()?;
        let other = ask("Repeat the passphrase: ", path)?;
        anyhow::ensure!(
            passphrase.0 == other.0,
            "the two passphrases differ, and nothing was made; run this again"
        );
        Ok(passphrase)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it comes from a file. Asking again would then give the same one.
    #[expect(clippy::unused_self, reason = "it is a question about this passphrase")]
    pub fn is_of_file(&self) -> bool {
        file().is_some()
    }

    fn refuse_short(&self) -> anyhow::Result<()> {
        let characters = String::from_utf8_lossy(&self.0).chars().count();
        if characters < MIN_COUNT {
            return wrong_usage(format!(
                "a passphrase needs at least {MIN_COUNT} characters, but this one has {}; six words that \
                 nobody would guess are easy to remember",
                count(characters as u64)
            ));
        }
        Ok(())
    }
}

/// Reads a passphrase from a file with one line.
fn read(file: &Path) -> anyhow::Result<Passphrase> {
    let in_file = || file.display().to_string();
    let content = read_secret(file, 0o077, MAX_LENGTH);
    let mut line = content.map_err(system_error).with_context(in_file)?;
    let end = line.strip_suffix(b"\n").unwrap_or(&line);
    let length = end.strip_suffix(b"\r").unwrap_or(end).len();
    line.truncate(length);
    anyhow::ensure!(
        !line.is_empty() && !line.contains(&b'\n'),
        "{}: a file with a passphrase must have one line, which is the passphrase",
        in_file()
    );
    Ok(Passphrase(line))
}

/// Asks at the terminal of this process, even if its streams are redirected.
fn ask(prompt: &str, path: &Path) -> anyhow::Result<Passphrase> {
    // The system's message for a missing terminal would only confuse.
    let typed = rpassword::prompt_password(prompt).map_err(|error| match error.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => {
            anyhow::anyhow!("{}: no passphrase was given, and nothing was done", path.display())
        }
        _ => anyhow::anyhow!(
            "{}: needs a passphrase, and there is no terminal to ask for it; give a file with it \
             with --passphrase-file FILE",
            path.display()
        ),
    })?;
    Ok(Passphrase(Zeroizing::new(typed.into_bytes())))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_passphrase_is_one_line_and_not_short() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("passphrase");
        for (content, expected) in [
            ("six good words that hold\n", Some("six good words that hold")),
            ("six good words that hold\r\n", Some("six good words that hold")),
            (" with a blank at both ends ", Some(" with a blank at both ends ")),
            ("", None),
            ("\n", None),
            ("two good words\nand others\n", None),
        ] {
            fs::write(&path, content).expect("written");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = fs::Permissions::from_mode(0o600);
                fs::set_permissions(&path, mode).expect("it is ours");
            }
            let read = read(&path).ok().map(|passphrase| passphrase.0.to_vec());
            assert_eq!(read.as_deref(), expected.map(str::as_bytes), "{content:?}");
        }
        let short = Passphrase(Zeroizing::new("zwölfte Uhr".into()));
        assert!(short.refuse_short().is_err());
        let long = Passphrase(Zeroizing::new("zwölfte Uhr!".into()));
        assert!(long.refuse_short().is_ok());
    }
}
