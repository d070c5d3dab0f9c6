//! No secret leaks, whatever goes wrong: no value, no normal form, no pseudonym, no key.

use std::{collections::BTreeSet, fs, process::Stdio};
#[cfg(target_os = "linux")]
use std::{io::Write as _, path::PathBuf};

use leakdex::{Field, Key, Normaliser, Outcome, Pseudonymiser};

use super::support::{NOBODY, Site, gzip, latin_1};
#[cfg(target_os = "linux")]
use super::support::{piped, wait_until};

/// A value of every field, with the header of its column.
const VALUES: [(&str, Field, &str); 19] = [
    ("E-Mail", Field::Email, "Zauberwort.A@Geheim-a.de"),
    ("Zweitmail", Field::EmailAlias, "zauberwort+b@geheim-b.de"),
    ("email_md5", Field::Md5Email, MD5),
    ("email_sha1", Field::Sha1Email, SHA_1),
    ("email_sha256", Field::Sha256Email, SHA_256),
    ("KVNR", Field::Kvnr, "T734261955"),
    ("ICCSN", Field::Iccsn, "80276001011699910102"),
    ("EHIC-Nummer", Field::Ehic, "80276001089876543219"),
    ("Rentenversicherungsnummer", Field::Rvnr, "65170839J003"),
    ("Steuer-ID-Nr.", Field::SteuerId, "86095742719"),
    ("Ausweisnummer", Field::IdentityDocument, "L9F6MKYMJ"),
    ("IBAN-Nummer", Field::Iban, "DE89 3704 0044 0532 0130 00"),
    ("Telefon", Field::Phone, "0171 2345678"),
    ("Benutzername", Field::Username, "Zauberlehrling77"),
    ("Nachname", Field::LastName, "Zauberwörtchen"),
    ("Vorname", Field::FirstName, "Abrakadabra"),
    ("Kontoinhaber", Field::Name, "Simsalabim, Hokuspokus"),
    ("Geburtsdatum", Field::BirthDate, "17.11.1923"),
    ("PLZ", Field::PostalCode, "98765"),
];

const MD5: &str = "1a41b812d3fa8d75fa73de7bc315814b";
const SHA_1: &str = "2b41b812d3fa8d75fa73de7bc315814b0ee83334";
const SHA_256: &str = "1a41b812d3fa8d75fa73de7bc315814b0ee83334c0b28e2c2687b4ad495cf2fc";

/// Columns that hold no field, with their values.
const OTHERS: [(&str, &str); 2] =
    [("Diagnose", "Schnupfen-vertraulich"), ("Notiz", "Dreimalschwarzerkater")];

const MAPPING: &str = "--column Zweitmail=email-alias --column Kontoinhaber=name \
                       --column Diagnose=class:personal-health-data --column Notiz=ignore \
                       --column Nr=id --column Benutzername=username";

/// The rows of a CSV file. The stray character at the end of a cell makes most values invalid.
fn rows(stray: &str) -> String {
    let headers: Vec<&str> =
        VALUES.iter().map(|value| value.0).chain(OTHERS.iter().map(|other| other.0)).collect();
    let values: Vec<String> = VALUES
        .iter()
        .map(|value| value.2)
        .chain(OTHERS.iter().map(|other| other.1))
        .map(|value| format!("{value}{stray}"))
        .collect();
    let mut text = format!("Nr;{}\nref-0;{}\n", headers.join(";"), values.join(";"));
    for number in 0..values.len() {
        let cells: Vec<&str> = (0..values.len())
            .map(|other| if other == number { &*values[other] } else { "" })
            .collect();
        text += &format!("ref-{};{}\n", number + 1, cells.join(";"));
    }
    text
}

/// The secrets in lower case, each with its name.
struct Secrets(Vec<(String, Vec<u8>)>);

impl Secrets {
    /// All of these values: as written, in normal form, and as pseudonyms under the key of the site.
    fn of(site: &Site) -> Self {
        let key = Key::load(site.path("key")).expect("the key was just made");
        let (rules, pseudonymiser) = (Normaliser::new(), Pseudonymiser::new(&key));
        let mut secrets = Self(Vec::new());
        for (name, field, value) in VALUES {
            secrets.add(name, "", value);
            let mut normal_form = String::new();
            let outcome = rules.normalise(field, value, &mut normal_form);
            assert!(matches!(outcome, Outcome::Ok | Outcome::Suspect(_)), "{name}: {outcome:?}");
            secrets.add(name, "normal form", &normal_form);
            for part in normal_form.split([' ', ',', '|']).filter(|part| part.len() > 4) {
                secrets.add(name, "part", part);
            }
            let Some(kind) = field.kind() else { continue };
            let number = pseudonymiser.pseudonym(kind, normal_form.as_bytes()).number();
            secrets.add(name, "pseudonym", &format!("{number:032x}")[..16]);
            secrets.add(name, "pseudonym", &format!("{number:032x}")[16..]);
            secrets.add(name, "pseudonym", &number.to_string());
            let bytes = number.to_le_bytes();
            let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
            for bytes in [&bytes[..], &reversed] {
                secrets.0.push((format!("{name}, pseudonym"), bytes.to_ascii_lowercase()));
            }
        }
        OTHERS.iter().for_each(|(name, value)| secrets.add(name, "", value));
        let file = site.read("key");
        let digits = file.trim_end().rsplit(':').next().expect("a key file has one colon");
        for part in [&digits[..8], &digits[24..40], &digits[56..]] {
            secrets.add("key", "digits", part);
        }
        secrets
    }

    fn add(&mut self, name: &str, form: &str, secret: &str) {
        self.0.push((format!("{name}, {form}"), secret.as_bytes().to_ascii_lowercase()));
    }

    /// Asserts that the content has none of them, except those that are allowed.
    #[track_caller]
    fn are_not_in(&self, place: &str, content: &[u8], allowed: &str) {
        let content = content.to_ascii_lowercase();
        for (name, secret) in &self.0 {
            let found = memchr::memmem::find(&content, secret).is_some();
            let is_allowed = !allowed.is_empty() && name.ends_with(allowed);
            assert!(
                !found || is_allowed,
                "{name} in {place}:\n{}",
                String::from_utf8_lossy(&content)
            );
        }
    }
}

/// A site with an index of the values, and with good, bad and broken lists around them.
fn site() -> Site {
    let site = Site::new();
    let (good, bad) = (rows(""), rows("\u{1}"));
    let (header, body) = good.split_once('\n').expect("there are rows");
    let first = body.lines().next().expect("there are rows");
    let cells: Vec<&str> = first.split(';').collect();
    site.write_fixed_key("key");
    site.write("good.csv", &good);
    site.write("bad.csv", &bad);
    site.write("nobody.csv", format!("KVNR\n{NOBODY}\n"));
    site.write("headless.csv", body);
    site.write("only-header.csv", format!("{first}\n"));
    site.write("open.csv", format!("{header}\n\"{body}"));
    site.write("open-header.csv", format!("\"{good}"));
    site.write("quotes.csv", format!("{header}\n{}\n", body.replace(';', "\";\"")));
    site.write("long.csv", format!("{header}\n{}\n{body}", body.repeat(2000).replace('\n', "")));
    site.write("shifted.csv", format!("{header}\n{}", format!(";;{first}\n").repeat(20)));
    site.write(
        "swapped.csv",
        format!("KVNR;PLZ\n{}", format!("{};{}\n", cells[1], cells[4]).repeat(20)),
    );
    site.write("utf-16.csv", good.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    site.write("latin.csv", latin_1(&good));
    site.write("cut.csv.gz", &gzip(&good)[..200]);
    site.write("plain.csv.gz", &good);
    let quoted: Vec<String> = cells.iter().map(|cell| format!("'{cell}'")).collect();
    let tuple = quoted.join(", ");
    let insert = |table: &str| format!("INSERT INTO {table} VALUES ({tuple});\n");
    site.write("two.sql", insert("a") + &insert("b"));
    site.write("call.sql", format!("{}INSERT INTO a VALUES (f({tuple}));\n", insert("a")));
    site.write("open.sql", format!("{}INSERT INTO a VALUES ('{body}", insert("a")));
    let pairs: Vec<String> = header
        .split(';')
        .zip(&cells)
        .map(|(header, cell)| format!("\"{header}\":\"{cell}\""))
        .collect();
    let object = pairs.join(",");
    site.write("good.jsonl", format!("{{{object}}}\n"));
    site.write(
        "bad.jsonl",
        format!("{{{object}}}\n{{{object}\n{{{object}}} x\n{object}\n[{object}]\n"),
    );
    site.write("keys.jsonl", format!("{{\"{}\":1,\"{}\":2}}\n", cells[1], cells[4]));
    site.run(&format!("build --key key --output i --max-rejects 99 good.csv {MAPPING}")).expect(0);
    let key = site.read("key");
    for (name, content, mode) in [("broken", key.repeat(2), 0o600), ("exposed", key, 0o644)] {
        site.write(name, content);
        site.set_mode(name, mode);
    }
    for list in ["good.csv", "headless.csv", "bad.jsonl"] {
        // These lists have the mode of a key, so they are not refused for their mode alone.
        site.set_mode(list, 0o600);
    }
    let mut damaged = site.bytes("i");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    site.write("damaged", &damaged);
    site.write("short", &damaged[..last / 2]);
    site
}

/// Runs the command and searches all its output for secrets. Returns the status and the text on standard
/// error.
fn run(
    site: &Site,
    secrets: &Secrets,
    before: &BTreeSet<String>,
    arguments: &str,
) -> (i32, String) {
    let output = site.command(arguments).stdin(Stdio::null()).output();
    let output = output.expect("the command starts");
    secrets.are_not_in(arguments, &output.stdout, "");
    secrets.are_not_in(arguments, &output.stderr, "");
    for name in &site.names(".") - before {
        // An index consists of pseudonyms.
        let allowed = if name == "new" { "pseudonym" } else { "" };
        secrets.are_not_in(&format!("{name} after {arguments}"), &site.bytes(&name), allowed);
        site.remove(&name);
    }
    let messages = String::from_utf8(output.stderr).expect("the command writes UTF-8");
    (output.status.code().expect("nothing kills the command"), messages)
}

#[test]
fn no_secret_is_in_any_message_or_result_of_any_command() {
    let site = site();
    let (secrets, before) = (Secrets::of(&site), site.names("."));
    let check = "check --key key --index i";
    let results = format!("--rejects r --summary s --max-rejects 9999 {MAPPING}");
    let reports = "--report p.html --report p.md --report p.json";
    let mut runs = Vec::new();
    for list in before.iter().filter(|name| name.contains('.')) {
        runs.push(format!("{check} {results} {reports} --all --output o {list}"));
        runs.push(format!(
            "check {results} {reports} --all --format-out jsonl --leak {list} good.csv"
        ));
        runs.push(format!("build --key key --output new {results} {list}"));
        runs.push(format!("{check} --explain=99 {MAPPING} {list}"));
        runs.push(format!("check --explain=99 {MAPPING} --leak {list} good.csv"));
    }
    let messages = run_all(&site, &secrets, &before, &runs, &[0, 1, 3]);
    let words = ["not used: ", "warning: ", "are invalid; they ", "several tables"];
    assert_printed(&messages, &words);
}

#[test]
fn no_secret_is_in_any_message_about_a_wrong_argument() {
    let site = site();
    let (secrets, before) = (Secrets::of(&site), site.names("."));
    let check = "check --key key --index i";
    let mut runs = Vec::new();
    for list in ["good.csv", "headless.csv", "bad.jsonl"] {
        for options in [
            "",
            "--max-rejects 0",
            "--max-input-bytes 600",
            "--no-header --column 5=kvnr",
            "--column KVNR=email",
            "--column Nirgends=email",
            "--encoding utf-16le",
            "--encoding din-66003",
            "--format jsonl",
            "--format sql --table nirgends",
            "--format xlsx",
        ] {
            runs.push(format!("{check} {options} {list}"));
        }
        // Lists in place of other files.
        runs.push(format!("check --key {list} --index i good.csv"));
        runs.push(format!("check --key key --index {list} good.csv"));
        runs.push(format!("verify --key key {list}"));
        runs.push(format!("inspect {list}"));
        runs.push(format!("{check} --config {list} good.csv"));
        runs.push(format!("build --key key --output new --breach {list} good.csv"));
    }
    runs.extend(["no/o", ".", "good.csv"].map(|o| format!("{check} --output {o} good.csv")));
    for index in ["i", "damaged", "short"] {
        runs.push(format!("verify --key key --json {index}"));
        runs.push(format!("verify --key broken {index}"));
        runs.push(format!("verify --key exposed {index}"));
        runs.push(format!("inspect {index}"));
        runs.push(format!("inspect --json {index}"));
        runs.push(format!("check --key key --index {index} good.csv"));
    }
    runs.extend(["keygen key", "keygen no/key", "demon"].map(str::to_owned));

    let messages = run_all(&site, &secrets, &before, &runs, &[0, 1, 2, 3, 4]);
    let words = [
        "looks like data",
        "is damaged",
        "cut off",
        "not a key file",
        "chmod 600",
        "not a leakdex index",
    ];
    assert_printed(&messages, &words);
}

/// Runs the command with each of these argument lists, and asserts that the runs end with exactly these
/// statuses. Returns all text on standard error.
#[track_caller]
fn run_all(
    site: &Site,
    secrets: &Secrets,
    before: &BTreeSet<String>,
    runs: &[String],
    statuses: &[i32],
) -> String {
    let outcomes = runs.iter().map(|arguments| run(site, secrets, before, arguments));
    let (found, messages): (BTreeSet<i32>, Vec<String>) = outcomes.unzip();
    assert!(statuses.iter().eq(&found), "statuses {found:?}");
    messages.concat()
}

#[track_caller]
fn assert_printed(messages: &str, words: &[&str]) {
    let missing: Vec<&&str> = words.iter().filter(|words| !messages.contains(**words)).collect();
    assert!(missing.is_empty(), "no run said {missing:?}");
}

#[test]
fn lookup_repeats_no_value_normal_form_or_pseudonym() {
    let site = site();
    let (secrets, before) = (Secrets::of(&site), site.names("."));
    for (_, field, value) in VALUES {
        let Some(kind) = field.kind() else { continue };
        for (stray, json) in [("", ""), ("\u{1}", "--json"), ("\u{FFFD}", "")] {
            let arguments = format!("lookup --key key --index i {json} {kind}");
            let run = site.feed(&arguments, format!("{value}{stray}\n"));
            secrets.are_not_in(&arguments, run.stdout.as_bytes(), "");
            secrets.are_not_in(&arguments, run.stderr.as_bytes(), "");
            assert!(!stray.is_empty() || run.stdout.contains("affected"), "{run:?}");
        }
        // A user who puts a value into the command line learns where it belongs. The message does not
        // repeat it.
        let value = value.replace(' ', "");
        let lookup = format!("lookup --key key --index i {kind} {value}");
        assert_eq!(run(&site, &secrets, &before, &lookup).0, 2, "{kind}");
        assert_eq!(run(&site, &secrets, &before, &format!("normalize {value}")).0, 2, "{kind}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_running_command_leaves_no_core_dump() {
    let site = Site::with_index();
    let mut child = piped(&mut site.command("lookup --key key --index leak.leakdex kvnr"));
    let limits = format!("/proc/{}/limits", child.id());
    let is_zero = |line: &str| {
        let limit = line.strip_prefix("Max core file size");
        limit.is_some_and(|limit| limit.split_whitespace().eq(["0", "0", "bytes"]))
    };
    wait_until("the limit is zero", || {
        let limits = fs::read_to_string(&limits).expect("it waits for values");
        limits.lines().any(is_zero)
    });
    drop(child.stdin.take());
    assert!(child.wait().expect("the command ends").success());
}

/// The files that the process has open besides its standard streams, if this user may see them.
#[cfg(target_os = "linux")]
fn open_files(process: u32) -> Option<Vec<PathBuf>> {
    let entries = match fs::read_dir(format!("/proc/{process}/fd")) {
        Ok(entries) => entries,
        Err(error) => {
            // The command lets nobody inspect it, except root.
            eprintln!("not tested for unnamed files, only for those in the folder: {error}");
            return None;
        }
    };
    let paths = entries.map(|entry| entry.expect("the process runs").path());
    Some(paths.filter(|path| path.metadata().is_ok_and(|file| file.is_file())).collect())
}

#[test]
#[cfg(target_os = "linux")]
fn files_of_a_running_check_are_private_and_hold_no_value() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = site();
    let secrets = Secrets::of(&site);
    // Findings go to a file, or to standard output. The latter wait in an unnamed file.
    for output in ["--output out/o", ""] {
        fs::create_dir_all(site.path("out")).expect("the folder can be written");
        let check = "check --key key --index i --all --rejects out/r --summary out/s";
        let mut child = piped(&mut site.command(&format!("{check} {output} {MAPPING} -")));
        // The input is larger than all buffers, and it stays open.
        let rows = rows("");
        let lines: Vec<&str> = rows.lines().collect();
        let [first, .., last] = &lines[1..] else { panic!("there are rows") };
        let found = lines[2];
        let mut input = child.stdin.take().expect("standard input is a pipe");
        // The last column is ignored.
        let filler = "x".repeat(1000);
        let many = format!("{found}{filler}\n{last}{filler}\n").repeat(1_500);
        write!(input, "{}\n{first}\n{many}", lines[0]).expect("the command reads on");

        let in_folder = || {
            let entries = fs::read_dir(site.path("out")).expect("it is there");
            entries.map(|entry| entry.expect("it is there").path())
        };
        let is_filled = |file: PathBuf| file.metadata().is_ok_and(|file| file.len() >= 1 << 13);
        wait_until("some results are in files", || in_folder().any(is_filled));
        let mut examined = 0;
        for file in in_folder().chain(open_files(child.id()).unwrap_or_default()) {
            let name = fs::read_link(&file).unwrap_or_else(|_| file.clone());
            let name = name.display().to_string();
            let is_given = [site.path("key"), site.path("i")].iter().any(|given| {
                fs::canonicalize(given).is_ok_and(|given| given.display().to_string() == name)
            });
            if is_given {
                continue;
            }
            let mode = fs::metadata(&file).expect("the command waits").permissions().mode();
            // Nobody but this process can open an unnamed file.
            assert_eq!(mode & 0o777, 0o600, "{name}");
            secrets.are_not_in(&name, &fs::read(&file).expect("the command waits"), "");
            examined += 1;
        }
        assert!(examined >= 2, "{examined} files");
        child.kill().expect("the command waits");
        child.wait().expect("the command ends");
    }
}
