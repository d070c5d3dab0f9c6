//! Colour and times on a terminal, and nowhere else.

use std::{
    ffi::OsStr,
    fs::{File, OpenOptions},
    io::Read as _,
    os::unix::ffi::OsStrExt as _,
    process::{Command, Stdio},
    thread,
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::support::Site;

/// What a command writes to a terminal that is its standard error, and nothing else of it.
fn on_terminal(mut command: Command) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal can be made");
    grantpt(&terminal).and_then(|()| unlockpt(&terminal)).expect("it is ours");
    let name = ptsname(&terminal, Vec::new()).expect("it has a name");
    let end = OpenOptions::new().read(true).write(true).open(OsStr::from_bytes(name.to_bytes()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(end.expect("it can be opened"));
    let mut child = command.spawn().expect("the command starts");
    // Its end of the terminal is closed here, so that reading ends with the command.
    drop(command);
    let reading = thread::spawn(move || {
        let mut shown = Vec::new();
        // Linux tells the end as an error.
        let _ = File::from(terminal).read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    });
    child.wait().expect("the command ends");
    reading.join().expect("reading does not panic")
}

fn command(site: &Site, arguments: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = site.command(arguments);
    // On machines of continuous integration, a dumb terminal counts as one with colours.
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm").envs(variables.iter().copied());
    command
}

#[test]
fn on_a_terminal_errors_are_red_unless_its_user_objects() {
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
fn in_files_and_pipes_nothing_is_coloured_whatever_is_asked_for() {
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
        assert!(all.contains(words), "'{words}' was not among it:\n{all}");
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
