//! Index files: `inspect`, `verify`, and refused files.

use serde_json::json;

use super::support::{MAX, NOBODY, Site, json};

#[test]
fn inspect_needs_no_key_and_says_that_nothing_is_verified() {
    let site = Site::with_index();
    site.run("inspect leak.leakdex").expect(0).prints_all(&[
        "not verified",
        "scheme        aes-cmac-64+hmac-sha256-64/1\n",
        "kind          kvnr: 2 identifiers",
        "kind          starts-birth: 2 identifiers",
        "breach        leak\n",
    ]);
    let metadata = site.json_of("inspect leak.leakdex --json");
    assert_eq!(metadata["verified"], false);
    assert_eq!(metadata["rows"]["read"], 2);
    assert_eq!(metadata["breaches"][0]["Name"], "leak");
    assert_eq!(metadata["kinds"][1]["kind"], "kvnr");
}

/// Nothing verifies the index before, so the first lookup that needs the damaged part detects the damage.
#[test]
fn a_check_of_a_damaged_index_publishes_nothing() {
    let site = Site::with_index();
    let leak = (0..30_000)
        .fold(String::new(), |text, number| text + &format!("m{number:05}@example.de\n"));
    site.write("large.csv", format!("E-Mail\n{leak}"));
    site.run("build --key key --name large --output large.leakdex large.csv").expect(0);
    let mut bytes = site.bytes("large.leakdex");
    // The filter is the fifth section.
    let filter = u64::from_le_bytes(*bytes[144..].first_chunk().expect("a section table"));
    bytes[usize::try_from(filter).expect("it is small") + 5] ^= 1;
    site.write("large.leakdex", bytes);
    site.write("findings", "earlier");
    let words = [
        "large.leakdex: the index is damaged or was changed (64 KiB from byte",
        "copy or build it",
    ];
    let arguments = "--key key --index large.leakdex";
    for command in [
        "check --no-decoys --output findings",
        "check --explain",
        "check --resume --output findings",
    ] {
        site.run(&format!("{command} {arguments} large.csv")).expect_error(&words);
        assert_eq!(site.read("findings"), "earlier");
    }
    // Among this many values, some need the damaged part.
    let values: String = leak.split_inclusive('\n').take(40).collect();
    let run = site.feed(&format!("lookup {arguments} email"), values);
    run.expect_error(&words).prints("");
    site.run("verify --key key large.leakdex").expect_error(&words);
    site.run("merge --key key --output merged large.leakdex").expect_error(&words);
}

#[test]
fn verify_reports_each_index_and_continues_after_a_bad_one() {
    let site = Site::with_index();
    site.run("verify --key key leak.leakdex").expect(0);
    let run = site.run("verify --key key members.csv leak.leakdex");
    let run = run.expect_error(&["members.csv: not a leakdex index"]);
    assert!(run.stdout.contains("leak.leakdex: verified"), "{}", run.stdout);
    let run = site.run("verify --json --key key members.csv leak.leakdex").expect(1);
    let lines: Vec<_> = run.stdout.lines().map(json).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["index"], &lines[0]["verified"]), (&"members.csv".into(), &false.into()));
    assert_eq!(lines[1]["verified"], true);
}

/// Asserts that every command that reads an index refuses it with these words and publishes nothing.
#[track_caller]
fn refused(site: &Site, words: &[&str]) {
    site.write("findings", "earlier");
    let check = "check --key key --output findings --index";
    site.run(&format!("{check} bad members.csv")).expect_error(words);
    site.run(&format!("{check} leak.leakdex --index bad members.csv")).expect_error(words);
    site.feed("lookup --key key --index bad kvnr", MAX).expect_error(words).prints("");
    site.run("verify --key key bad").expect_error(words).prints("");
    assert_eq!(site.read("findings"), "earlier");
}

#[test]
fn a_file_that_is_not_an_index_is_refused() {
    let site = Site::with_index();
    for content in [&b""[..], b"x", b"E-Mail;KVNR\n;A123456780\n", &[0; 10_000]] {
        site.write("bad", content);
        refused(&site, &["bad", "not a leakdex index"]);
        site.run("inspect bad").expect_error(&["bad", "not a leakdex index"]).prints("");
    }
    site.run("inspect nobody").expect_error(&["nobody"]);
    site.run("verify --key key nobody").expect_error(&["nobody"]);
}

#[test]
fn a_truncated_index_is_refused_wherever_it_ends() {
    let site = Site::with_index();
    let whole = site.bytes("leak.leakdex");
    for length in [9, 64, whole.len() / 2, whole.len() - 1] {
        site.write("bad", &whole[..length]);
        refused(&site, &["bad"]);
        site.run("inspect bad").expect_error(&["bad"]).prints("");
    }
    site.write("bad", [&whole[..], b"\n"].concat());
    refused(&site, &["bad", "bytes"]);
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let site = Site::with_index();
    let whole = site.bytes("leak.leakdex");
    for position in (0..whole.len()).step_by(whole.len() / 23) {
        let mut changed = whole.clone();
        changed[position] ^= 0x10;
        site.write("bad", changed);
        site.run("check --key key --index bad members.csv").expect_error(&["bad"]).prints("");
    }
}

#[test]
fn changed_line_endings_are_reported() {
    let site = Site::with_index();
    let whole = site.bytes("leak.leakdex");
    let text_mode: Vec<u8> = whole.iter().copied().filter(|&byte| byte != b'\r').collect();
    site.write("bad", text_mode);
    refused(&site, &["bad", "line ends"]);
}

/// A user who reads *not affected* must be able to see how much of the leak that covers.
#[test]
fn every_check_of_an_index_says_how_many_leaked_rows_it_lacks_and_why() {
    let site = Site::with_index();
    site.write("bad.csv", format!("KVNR;E-Mail\n{MAX};bad\n{MAX};bad\nA12;bad\n;\n;\n"));
    site.run("build --key key --output bad.leakdex --max-rejects 9 bad.csv").expect(0);
    site.write("m.csv", format!("KVNR\n{NOBODY}\n"));
    let reasons = "no-at-sign 3, no-identifier 2, wrong-length 1";
    let run = site.run("check --key key --index bad.leakdex --summary s m.csv").expect(0);
    let line =
        "bad.leakdex: 5 rows: 1 indexed, 1 duplicate, 3 rejected; 1 identifier of kind kvnr\n";
    assert!(!run.stderr.contains("not used") && run.stderr.contains(line), "{}", run.stderr);
    let more = site.run("check -v --key key --index bad.leakdex m.csv").expect(0);
    more.says(line).says(&format!("not used: {reasons}")).says("1 identifier of kind kvnr\n");
    let index = &site.json("s")["indexes"][0];
    assert_eq!((&index["file"], &index["identifiers"]), (&json!("bad.leakdex"), &json!(1)));
    assert_eq!(
        index["rows"],
        json!({
            "read": 5,
            "indexed": 1,
            "duplicate": 1,
            "rejected": 3,
            "rejects_by_reason": { "no-at-sign": 3, "no-identifier": 2, "wrong-length": 1 },
        })
    );
    let shown = site.run("inspect bad.leakdex").expect(0).stdout;
    let words = ["rejected    3", "3 no-at-sign", "2 no-identifier", "1 wrong-length"];
    assert!(words.iter().all(|words| shown.contains(words)), "{shown}");
}

#[test]
fn each_index_is_queried_with_its_own_key() {
    let site = Site::with_index();
    site.run("keygen key2").expect(0);
    site.write("other.csv", "KVNR\nZ123456783\n");
    site.run("build --key key2 --output other.leakdex other.csv").expect(0);
    let indexes = "--index other.leakdex --index leak.leakdex members.csv";
    let found = site.run(&format!("check --key key --key key2 {indexes}")).expect(3);
    let breaches: Vec<&str> =
        found.stdout.lines().skip(1).map(|row| row.split(',').nth(6).expect("a cell")).collect();
    assert_eq!(breaches, ["leak", "other", "leak"]);
    site.feed(
        "lookup --key key2 --key key --index leak.leakdex --index other.leakdex kvnr",
        "Z123456783\n",
    )
    .expect(0)
    .prints("affected\tcertain\tother\thealth-insurance-information\t1\t\t\n");

    site.run("keygen key3").expect(0);
    for keys in ["--key key", "--key key --key key3"] {
        site.run(&format!("check {keys} {indexes}"))
            .expect_error(&["other.leakdex: built with key", "you gave"]);
    }
}
