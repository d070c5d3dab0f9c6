//! Key files that need a passphrase.

use super::support::{MAX, Site};

const PASSPHRASE: &str = "sechs Wörter, die niemand errät";

/// A folder with a key that needs a passphrase, and an index under it.
fn site() -> Site {
    let site = Site::with_files();
    with_passphrase(&site, "passphrase", PASSPHRASE);
    site.run("keygen --passphrase-file passphrase key").expect(0);
    site.run("build -k key --passphrase-file passphrase -o leak.leakdex leak.csv").expect(0);
    site
}

fn with_passphrase(site: &Site, name: &str, passphrase: &str) {
    site.write(name, format!("{passphrase}\n"));
    site.set_mode(name, 0o600);
}

/// The commands that use a key.
const COMMANDS: [&str; 5] = [
    "check -k key -i leak.leakdex --allow-indeterminate -o findings.csv members.csv",
    "check -k key -i leak.leakdex --allow-indeterminate --resume -o findings.csv members.csv",
    "lookup -k key -i leak.leakdex kvnr",
    "verify -k key leak.leakdex",
    "merge -k key -o merged.leakdex leak.leakdex",
];

#[test]
fn every_command_with_a_key_takes_one_that_needs_a_passphrase() {
    let site = site();
    let key = site.read("key");
    assert!(key.starts_with("leakdex-passphrase-v1:") && key.lines().count() == 1, "{key}");
    assert!(!key.contains("leakdex-key"));
    #[cfg(unix)]
    assert_eq!(site.mode("key"), 0o600);
    for command in COMMANDS {
        site.feed(&format!("{command} --passphrase-file passphrase"), MAX).expect(0);
    }
    let run = site.run("verify -k key --passphrase-file passphrase leak.leakdex").expect(0);
    let id = site.json_of("inspect --json leak.leakdex")["key_id"].as_str().map(str::to_owned);
    run.prints_all(&[&id.expect("an index has the id of its key")]);
    // A key without a passphrase needs none.
    let plain = Site::with_index();
    with_passphrase(&plain, "passphrase", PASSPHRASE);
    plain.run("verify -k key --passphrase-file passphrase leak.leakdex").expect(0);
}

#[test]
fn signing_keys_and_seeds_take_a_passphrase_too() {
    let site = Site::with_files();
    with_passphrase(&site, "passphrase", PASSPHRASE);
    let file = "--passphrase-file passphrase";
    let first = site.run(&format!("private signer {file} signer.key")).expect(0);
    assert!(site.read("signer.key").starts_with("leakdex-passphrase-v1:"));
    // A second run prints the same fingerprint.
    site.run(&format!("private signer {file} signer.key")).expect(0).prints(&first.stdout);
    site.run(&format!("private epoch {file} --name leak --kinds kvnr seed")).expect(0);
    assert!(site.read("seed").starts_with("leakdex-passphrase-v1:"));
    let table = "private table --epoch seed --signer signer.key -o leak.table leak.csv";
    site.run(&format!("{table} {file}")).expect(0);
    with_passphrase(&site, "other", "vier andere Wörter von hier");
    site.run(&format!("{table} --passphrase-file other")).expect_error(&["passphrase is wrong"]);
}

#[test]
fn a_wrong_passphrase_and_a_damaged_file_have_different_errors() {
    let site = site();
    with_passphrase(&site, "other", &PASSPHRASE.replace('ö', "oe"));
    for command in COMMANDS {
        let run = site.feed(&format!("{command} --passphrase-file other"), MAX);
        run.expect_error(&["key: the passphrase is wrong"]).prints("");
    }
    let key = site.read("key");
    let digit = if key.as_bytes()[100] == b'0' { "1" } else { "0" };
    for (content, words) in [
        (key[..key.len() / 2].to_owned(), "key: the sealed file is damaged or cut off"),
        (key[..30].to_owned(), "key: the sealed file is damaged or cut off"),
        (format!("{}{digit}{}", &key[..100], &key[101..]), "damaged or cut off; use your copy"),
        (key.replace("-v1:", "-v2:"), "use a later leakdex"),
    ] {
        site.write("key", content);
        let verify = "verify -k key --passphrase-file passphrase leak.leakdex";
        site.run(verify).expect_error(&[words]).prints("");
    }
}

#[test]
fn a_passphrase_file_is_private_and_has_one_line() {
    let site = site();
    let verify = "verify -k key --passphrase-file passphrase leak.leakdex";
    #[cfg(unix)]
    {
        site.set_mode("passphrase", 0o640);
        site.run(verify).expect_error(&["passphrase: ", "chmod 600"]);
        site.set_mode("passphrase", 0o600);
    }
    with_passphrase(&site, "passphrase", &format!("{PASSPHRASE}\nand more"));
    let run = site.run(verify).expect_error(&["passphrase: ", "must have one line"]);
    assert!(!run.stderr.contains("niemand"), "{}", run.stderr);
    site.run("verify -k key --passphrase-file nowhere leak.leakdex").expect_error(&["nowhere"]);
    // No result replaces the passphrase file.
    let check =
        "check -k key -i leak.leakdex --passphrase-file passphrase -o passphrase members.csv";
    site.run(check).expect(2).says("passphrase is an input");
}

#[test]
fn a_short_passphrase_is_refused_and_no_key_is_made() {
    let site = Site::new();
    with_passphrase(&site, "passphrase", "kurz und gut");
    site.run("keygen --passphrase-file passphrase long").expect(0);
    with_passphrase(&site, "passphrase", "zu kurz, oh");
    let run = site.run("keygen --passphrase-file passphrase key").expect(2);
    assert!(!run.says("12 characters").stderr.contains("zu kurz"));
    assert!(!site.exists("key"));
    // A key is never overwritten, even with a passphrase.
    let key = site.read("long");
    with_passphrase(&site, "passphrase", PASSPHRASE);
    site.run("keygen --passphrase-file passphrase long").expect_error(&["long: the file exists"]);
    assert_eq!(site.read("long"), key);
}

#[test]
fn the_passphrase_file_can_be_set_in_the_settings() {
    let site = site();
    site.write("leakdex.toml", "key = \"key\"\npassphrase-file = \"passphrase\"\n");
    site.run("verify leak.leakdex").expect(0);
}

#[test]
#[cfg(target_os = "linux")]
fn without_terminal_and_passphrase_file_the_error_has_advice() {
    let site = site();
    // A process in its own session has no terminal.
    let verify = site.command("verify -k key leak.leakdex");
    let mut alone = std::process::Command::new("setsid");
    alone.arg("--wait").arg(verify.get_program()).args(verify.get_args());
    let output = alone.current_dir(site.path(".")).output().expect("every Linux has it");
    let run = site.after("verify".to_owned(), &output);
    run.expect_error(&["key: needs a passphrase", "--passphrase-file FILE"]);
}
