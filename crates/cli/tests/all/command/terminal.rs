//! Colour, times and prompts appear on a terminal, and nowhere else.

use std::{
    ffi::OsStr,
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::support::Site;

/// A pseudo-terminal: the side of the user, and the side of a command.
fn terminal() -> (OwnedFd, File) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal can be made");
    grantpt(&terminal).and_then(|()| unlockpt(&terminal)).expect("it is ours");
    let name = ptsname(&terminal, Vec::new()).expect("it has a name");
    let end = OpenOptions::new().read(true).write(true).open(OsStr::from_bytes(name.to_bytes()));
    (terminal, end.expect("it can be opened"))
}

/// A person at the terminal of a command. All streams of the command lead there, and it has no other
/// terminal.
struct Person {
    terminal: File,
    shown: Vec<u8>,
    child: Child,
}

impl Person {
    fn starts(command: &Command, site: &Site) -> Self {
        let (terminal, end) = terminal();
        let mut alone = Command::new("setsid");
        alone.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args());
        alone.current_dir(site.path(".")).env("TERM", "xterm").env_remove("NO_COLOR");
        let [input, output] = [&end, &end].map(|end| end.try_clone().expect("it can be shared"));
        let child = alone.stdin(input).stdout(output).stderr(end).spawn().expect("Linux has it");
        drop(alone);
        Self { terminal: terminal.into(), shown: Vec::new(), child }
    }

    /// Waits for words, and types a line.
    fn types(&mut self, after: &str, line: &str) {
        let seen = self.shown.len();
        while !String::from_utf8_lossy(&self.shown[seen..]).contains(after) {
            let mut byte = [0];
            let read = self.terminal.read(&mut byte).unwrap_or_default();
            assert!(read > 0, "'{after}' was not shown: {}", String::from_utf8_lossy(&self.shown));
            self.shown.push(byte[0]);
        }
        // The command may still have to change the mode of the terminal.
        thread::sleep(Duration::from_millis(300));
        self.terminal.write_all(line.as_bytes()).expect("it is open");
    }

    /// Everything that the terminal has shown, and the exit status of the command.
    fn ends(mut self) -> (String, ExitStatus) {
        // Linux reports the end as an error.
        let _ = self.terminal.read_to_end(&mut self.shown);
        let status = self.child.wait().expect("it ends");
        (String::from_utf8_lossy(&self.shown).into_owned(), status)
    }
}

/// The text that a command writes to standard error on a terminal.
fn on_terminal(mut command: Command) -> String {
    let (terminal, end) = terminal();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(end);
    let mut child = command.spawn().expect("the command starts");
    // The command's end of the terminal is closed here, so reading ends with the command.
    drop(command);
    let reading = thread::spawn(move || {
        let mut shown = Vec::new();
        // Linux reports the end as an error.
        let _ = File::from(terminal).read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    });
    child.wait().expect("the command ends");
    reading.join().expect("reading does not panic")
}

fn command(site: &Site, arguments: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = site.command(arguments);
    // If `CI` is set, a dumb terminal counts as one with colours.
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm").envs(variables.iter().copied());
    command
}

#[test]
fn on_a_terminal_errors_are_red_unless_colours_are_off() {
    let site = Site::with_files();
    for arguments in ["check --leak nobody.csv members.csv", "chekc"] {
        let shown = on_terminal(command(&site, arguments, &[]));
        assert!(shown.starts_with("\u{1B}[") && shown.contains("31m"), "{shown:?}");
        for variable in [("NO_COLOR", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")] {
            let shown = on_terminal(command(&site, arguments, &[variable]));
            assert!(shown.starts_with("error:"), "{variable:?}: {shown:?}");
            assert!(!shown.contains('\u{1B}'), "{variable:?}: {shown:?}");
        }
    }
}

#[test]
fn files_and_pipes_are_never_coloured() {
    let site = Site::with_index();
    site.write("m.csv", "KVNR;Nachname\n".to_owned() + &"A123;M}ller\n".repeat(20));
    let mut all = String::new();
    for arguments in [
        "--help",
        "check --help",
        "chekc",
        "check --leak nobody.csv members.csv",
        "check --leak leak.csv m.csv",
        "check --leak leak.csv --max-rejects 0 m.csv",
        "check --explain --leak leak.csv m.csv",
        "verify --key key leak.csv",
        "normalize emial",
    ] {
        let mut command = command(&site, arguments, &[("CLICOLOR_FORCE", "1")]);
        let output = command.output().expect("the command starts");
        for stream in [&output.stdout, &output.stderr] {
            assert!(!stream.contains(&0x1B), "{}", String::from_utf8_lossy(stream));
            all += &String::from_utf8_lossy(stream);
        }
    }
    for words in ["error: ", "warning: ", "Examples:", "exit status 3"] {
        assert!(all.contains(words), "'{words}' is not in:\n{all}");
    }
}

#[test]
fn on_a_terminal_the_end_of_a_check_says_how_long_it_took() {
    let site = Site::with_files();
    let check = "check --leak leak.csv members.csv";
    let shown = on_terminal(command(&site, check, &[]));
    assert!(shown.contains("took          0.") && shown.contains(" seconds"), "{shown}");
    let run = site.run(check).expect(3);
    assert!(!run.stderr.contains("took"), "{}", run.stderr);
}

#[test]
fn with_quiet_nothing_is_drawn_on_a_terminal() {
    let site = Site::with_index();
    for arguments in [
        "check --key key --index leak.leakdex members.csv",
        "check --leak leak.csv members.csv",
        "build --key key --output i leak.csv",
    ] {
        let shown = on_terminal(command(&site, arguments, &[]));
        assert!(shown.contains('%'), "without --quiet a bar is drawn: {shown:?}");
        let shown = on_terminal(command(&site, &format!("{arguments} --quiet"), &[]));
        assert_eq!(shown, "", "{arguments}");
    }
}

#[test]
fn at_a_terminal_lookup_asks_for_each_value_and_says_why_one_was_not_checked() {
    let site = Site::with_index();
    let mut person = Person::starts(&site.command("lookup -k key -i leak.leakdex kvnr"), &site);
    person.types("Ctrl-D", "");
    person.types("kvnr: ", "A123456780\n");
    // The answer comes before the next prompt.
    person.types("affected\tcertain", "");
    person.types("kvnr: ", "A123456781\n");
    person.types("not checked: wrong check digit", "");
    person.types("kvnr: ", "\u{4}");
    let (shown, status) = person.ends();
    assert_eq!(status.code(), Some(3), "{shown}");
    assert!(shown.contains("indeterminate\t"), "{shown}");
}

#[test]
fn on_a_terminal_notes_are_dim_and_a_blank_line_precedes_the_summary() {
    let site = Site::with_index();
    let check = "check -k key -i leak.leakdex members.csv";
    // The bar erases its line. Here, that counts as a line end.
    let lines = |shown: String| shown.replace('\r', "").replace("\u{1B}[2K", "\n");
    let shown = lines(on_terminal(command(&site, check, &[])));
    let note = shown.lines().find(|line| line.contains(" rows: ")).expect("it is said");
    assert!(note.starts_with("\u{1B}[2m"), "{note:?}");
    let summary = shown.lines().find(|line| line.starts_with("4 persons: "));
    assert!(summary.is_some(), "the summary is not dim: {shown:?}");
    assert!(shown.contains("\n\n4 persons: "), "{shown:?}");
    let plain = lines(on_terminal(command(&site, check, &[("NO_COLOR", "1")])));
    assert!(plain.contains("\n\n4 persons: ") && !plain.contains("[2m"), "{plain:?}");
    let run = site.run(check).expect(3);
    assert!(!run.stderr.contains("\n\n"), "{}", run.stderr);
}

const PASSPHRASE: &str = "sechs Wörter, die niemand errät\n";

#[test]
fn at_a_terminal_keygen_asks_twice_for_a_passphrase_and_shows_none() {
    let site = Site::with_files();
    let mut person = Person::starts(&site.command("keygen --passphrase key"), &site);
    person.types("New passphrase of key: ", PASSPHRASE);
    person.types("Repeat the passphrase: ", PASSPHRASE);
    let (shown, status) = person.ends();
    assert!(status.success() && !shown.contains("niemand"), "{shown}");

    // Mistyped once, then right.
    let build = "build -k key -o leak.leakdex leak.csv";
    let mut person = Person::starts(&site.command(build), &site);
    person.types("Passphrase of key: ", "falsch\n");
    person.types("Passphrase of key: ", PASSPHRASE);
    let (shown, status) = person.ends();
    assert!(status.success() && !shown.contains("falsch"), "{shown}");

    // The command asks once, although it needs the key twice.
    let check = "check -k key -i leak.leakdex --resume -o findings.csv members.csv";
    let mut person = Person::starts(&site.command(check), &site);
    person.types("Passphrase of key: ", PASSPHRASE);
    let (shown, status) = person.ends();
    assert_eq!(status.code(), Some(3), "{shown}");
    assert_eq!(shown.matches("Passphrase").count(), 1, "{shown}");

    let mut person = Person::starts(&site.command(build), &site);
    for _ in 0..3 {
        person.types("Passphrase of key: ", "falsch\n");
    }
    let (shown, status) = person.ends();
    assert_eq!(status.code(), Some(1), "{shown}");
    assert!(shown.contains("the passphrase is wrong"), "{shown}");
}

#[test]
fn two_passphrases_that_differ_make_no_key() {
    let site = Site::new();
    let mut person = Person::starts(&site.command("keygen --passphrase key"), &site);
    person.types("New passphrase of key: ", PASSPHRASE);
    person.types("Repeat the passphrase: ", "sechs Wörter, die niemand erriet\n");
    let (shown, status) = person.ends();
    assert_eq!(status.code(), Some(1), "{shown}");
    assert!(shown.contains("differ, and nothing was made"), "{shown}");
    assert!(!site.exists("key"));
}
