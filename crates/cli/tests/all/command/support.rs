//! A folder in which the command runs, and the outcome of a run.

#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::{self, Cursor, Write as _},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
};

use leakdex::Key;
pub use leakdex_staging::in_campaign;
pub use leakdex_synthetic::numbers::kvnr;
#[cfg(target_os = "linux")]
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

/// The path of the command.
pub const LEAKDEX: &str = env!("CARGO_BIN_EXE_leakdex");

/// Insured numbers with valid check digits.
pub const MAX: &str = "A123456780";
pub const EVA: &str = "Q123456784";
pub const NOBODY: &str = "Z123456783";

/// A leak of two persons, one of them without an e-mail address.
pub const LEAK: &str = "\
E-Mail;KVNR;Nachname;Vorname;Geburtsdatum
max@example.de;A123456780;Muster;Max;01.02.1970
;Q123456784;Beispiel;Eva;03.04.1980
";

/// Four members: affected, not affected, indeterminate, affected.
pub const MEMBERS: &str = "\
Mitglied;E-Mail;KVNR
m1;MAX@example.de;
m2;;Z123456783
m3;;
m4;;Q 123 456 784
";

/// The header of the findings.
pub const FINDINGS: &str = "file,row,member,verdict,strength,matched,breaches,data_classes\n";

/// The header of the rejects.
pub const REJECTS: &str = "file,row,column,reason\n";

/// Starts a command with pipes for all its streams.
pub fn piped(command: &mut Command) -> Child {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    piped.spawn().expect("the command starts")
}

/// Letters that represent a number: one for each place.
pub fn letters<const N: usize>(number: u32, places: [u32; N]) -> String {
    let letter =
        |place: u32| char::from(b'a' + u8::try_from(number / place % 26).expect("a letter"));
    places.into_iter().map(letter).collect()
}

/// Waits, up to a limit, until another process has reached a state.
#[cfg(target_os = "linux")]
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
pub fn send(signal: Signal, to: &Child) {
    kill_process(Pid::from_child(to), signal).expect("nobody waited for it");
}

/// A temporary folder with files, in which the command runs.
pub struct Site {
    folder: TempDir,
}

impl Site {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// A folder with `leak.csv` and `members.csv`.
    pub fn with_files() -> Self {
        let site = Self::new();
        site.write("leak.csv", LEAK);
        site.write("members.csv", MEMBERS);
        site
    }

    /// The same with `key` and `leak.leakdex`.
    pub fn with_index() -> Self {
        let site = Self::with_files();
        site.run("keygen key").expect(0);
        site.run("build --key key --output leak.leakdex leak.csv").expect(0);
        site
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("the temporary folder can be written");
    }

    pub fn read(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).expect("the command writes UTF-8")
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The output of a command, as JSON.
    pub fn json_of(&self, arguments: &str) -> serde_json::Value {
        json(&self.run(arguments).expect(0).stdout)
    }

    pub fn json(&self, name: &str) -> serde_json::Value {
        json(&self.read(name))
    }

    /// The permissions of a file.
    #[cfg(unix)]
    pub fn mode(&self, name: &str) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        self.path(name).metadata().expect("the file is there").permissions().mode() & 0o777
    }

    /// Does nothing on systems without modes.
    pub fn set_mode(&self, name: &str, mode: u32) {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(self.path(name), permissions).expect("the file is ours");
        }
        #[cfg(not(unix))]
        let _ = (name, mode);
    }

    /// Pseudonyms and digests depend on the key. With a random key, they may contain any few digits by chance.
    pub fn write_fixed_key(&self, name: &str) {
        let key = Key::from_bytes(&[7; 32]).expect("a key");
        key.save(self.path(name)).expect("the temporary folder can be written");
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).expect("the file is there");
    }

    pub fn make_folder(&self, name: &str) {
        fs::create_dir(self.path(name)).expect("the temporary folder can be written");
    }

    /// The names of all files in a folder. `.` is the folder of the site itself.
    pub fn names(&self, folder: &str) -> BTreeSet<String> {
        let entries = fs::read_dir(self.path(folder)).expect("the folder can be read");
        let name = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name());
        let names = entries.map(|entry| name(entry).expect("the folder can be read"));
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    /// Makes a named pipe.
    #[cfg(unix)]
    pub fn make_pipe(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        let status = Command::new("mkfifo").args(["-m", "600"]).arg(&path).status();
        assert!(status.expect("every Unix has it").success());
        path
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// Runs the command without input. The arguments are separated by spaces, or in single quotation marks.
    pub fn run(&self, arguments: &str) -> Run {
        self.feed(arguments, "")
    }

    /// Runs the command with this standard input.
    pub fn feed(&self, arguments: &str, input: impl Into<Vec<u8>>) -> Run {
        self.feed_to(&words(arguments), input)
    }

    /// Runs the command with arbitrary arguments.
    pub fn run_with(&self, arguments: &[&str]) -> Run {
        self.feed_to(arguments, "")
    }

    fn feed_to(&self, arguments: &[&str], input: impl Into<Vec<u8>>) -> Run {
        let mut child = piped(self.command("").args(arguments));
        let mut pipe = child.stdin.take().expect("standard input is a pipe");
        let input = input.into();
        // The command may stop reading before the end.
        let feeder = thread::spawn(move || pipe.write_all(&input));
        let output = child.wait_with_output().expect("the command ends");
        drop(feeder.join().expect("the feeder does not panic"));
        self.after(arguments.join(" "), &output)
    }

    /// The command with these arguments, for a test that needs its streams.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(LEAKDEX);
        command.current_dir(self.folder.path()).args(words(arguments));
        command
    }

    /// The outcome of a run. Asserts that it left nothing unfinished.
    pub fn after(&self, arguments: String, output: &Output) -> Run {
        let mut leftovers = self.names(".");
        leftovers.retain(|name| name.ends_with(".leakdex-part"));
        assert!(leftovers.is_empty(), "leakdex {arguments} left {leftovers:?} behind");
        // Only an index on standard output is not text.
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Run {
            arguments,
            status: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

/// The words of a line. Text in single quotation marks is one word.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (number, part) in line.split('\'').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace()),
            _ => words.push(part),
        }
    }
    words
}

/// The outcome of a run.
#[derive(Debug)]
pub struct Run {
    arguments: String,
    status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The exit status, `None` after a signal.
    pub fn status(&self) -> Option<i32> {
        self.status
    }

    /// Asserts the exit status.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{}", self.shown());
        assert!(!self.stderr.contains("panicked"), "{}", self.shown());
        self
    }

    /// Asserts a refusal: exit status 1, and one clear error.
    #[track_caller]
    pub fn expect_error(self, words: &[&str]) -> Self {
        self.expect(1).says("error: ").says_all(words)
    }

    /// Asserts words on standard error.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "'{words}' is not in stderr: {}", self.shown());
        self
    }

    #[track_caller]
    pub fn says_all(self, words: &[&str]) -> Self {
        words.iter().fold(self, |run, words| run.says(words))
    }

    /// Asserts the whole of standard output.
    #[track_caller]
    pub fn prints(self, expected: &str) -> Self {
        assert_eq!(self.stdout, expected, "{}", self.shown());
        self
    }

    /// Asserts words on standard output.
    #[track_caller]
    pub fn prints_all(self, words: &[&str]) -> Self {
        for words in words {
            assert!(self.stdout.contains(words), "'{words}' is not in stdout: {}", self.shown());
        }
        self
    }

    /// Asserts the findings after their header. The columns of `--all` have other tests.
    #[track_caller]
    pub fn finds(self, rows: &[&str]) -> Self {
        assert_eq!(without_gaps(&self.stdout), lines(FINDINGS, rows), "{}", self.shown());
        self
    }

    /// Asserts findings in several breaches, after their header.
    #[track_caller]
    pub fn expect_findings_in_breaches(self, rows: &[&str]) -> Self {
        self.prints(&lines(&FINDINGS.replace('\n', ",breach_strengths\n"), rows))
    }

    /// Asserts the verdicts in the findings, separated by spaces.
    #[track_caller]
    pub fn verdicts(self, expected: &str) -> Self {
        assert_eq!(verdicts(&self.stdout).join(" "), expected, "{}", self.shown());
        self
    }

    fn shown(&self) -> String {
        let Self { arguments, status, stdout, stderr } = self;
        format!("leakdex {arguments}\n-> {status:?}\n--- out\n{stdout}--- err\n{stderr}---")
    }
}

/// A header and rows, each with its line ending.
pub fn lines(header: &str, rows: &[&str]) -> String {
    rows.iter().fold(header.to_owned(), |mut text, row| {
        writeln!(text, "{row}").expect("text takes all that is written to it");
        text
    })
}

/// Findings without the columns that `--all` adds.
pub fn without_gaps(findings: &str) -> String {
    let header = findings.lines().next().unwrap_or_default();
    if !header.ends_with(",checked,gaps") {
        return findings.to_owned();
    }
    let cut = |line: &str| {
        let mut cells = line.rsplitn(3, ',');
        cells.nth(2).expect("there are more columns").to_owned() + "\n"
    };
    findings.lines().map(cut).collect()
}

pub fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// Latin text in a single-byte encoding.
pub fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(letter).expect("Latin-1")).collect()
}

pub fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content.as_ref()).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// A ZIP archive of these files.
pub fn zip(files: &[(&str, impl AsRef<[u8]>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default()).expect("memory takes it");
        archive.write_all(content.as_ref()).expect("memory takes it");
    }
    archive.finish().expect("memory takes it").into_inner()
}

/// A POSIX tar archive: for each file, a header and its content in blocks of 512 bytes.
pub fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in files {
        let mut header = [0; 512];
        let mut put = |at: usize, text: &str| {
            header[at..at + text.len()].copy_from_slice(text.as_bytes());
        };
        put(0, name);
        put(124, &format!("{:011o}", content.len()));
        put(148, "        0");
        put(257, "ustar");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        bytes.extend(header);
        bytes.extend(content.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize((bytes.len() + 1024).next_multiple_of(10_240), 0);
    bytes
}

/// The rows of a CSV file below its header.
pub fn records(text: &str) -> Vec<csv::StringRecord> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_records();
    rows.map(|row| row.expect("it is well-formed CSV")).collect()
}

/// These columns of a CSV file.
pub fn columns<const N: usize>(text: &str, names: [&str; N]) -> Vec<[String; N]> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|header| header == name).expect("a column");
    let places = names.map(place);
    records(text).iter().map(|row| places.map(|place| row[place].to_owned())).collect()
}

/// The signs of the caveats in a summary.
pub fn signs(summary: &serde_json::Value) -> Vec<&str> {
    let caveats = summary["caveats"].as_array().expect("a list").iter();
    caveats.map(|caveat| caveat["sign"].as_str().expect("a sign")).collect()
}

/// The verdict of each row of findings, in order.
pub fn verdicts(findings: &str) -> Vec<String> {
    records(findings).iter().map(|row| row[3].to_owned()).collect()
}
