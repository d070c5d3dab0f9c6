//! Runs that do not continue, because files or options differ from those of the interrupted run.

use super::*;

#[cfg(unix)]
#[test]
fn a_kept_file_that_others_can_change_is_not_resumed() {
    use std::os::unix::fs::PermissionsExt;
    let site = site();
    let expected = interrupt_in_second_list(&site, "");
    let set_mode = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(site.path(PARTS[0]), permissions).expect("it is ours");
    };
    set_mode(0o666);
    let words = ["findings: cannot continue", "users other than its owner have access (mode 666)"];
    expect(&site, &format!("{RESUME} {BOTH}"), 1, &words);
    assert_eq!(run_files(&site), kept_files());
    set_mode(0o600);
    resumes(&site, BOTH, &expected);
}

#[test]
fn changed_member_lists_are_not_skipped() {
    let site = site();
    let (one, two) = (site.bytes("one.csv"), site.bytes("two.csv"));
    let expected = interrupt_in_second_list(&site, "");
    let changed = |bytes: &[u8], place: usize| {
        let mut bytes = bytes.to_vec();
        bytes[place] ^= 1;
        bytes
    };
    let header = |bytes: &[u8]| [b"Mitglied;IBAN;PLZ;Notiz\n", &bytes[24..]].concat();
    let refused = |what: &str| {
        let message =
            expect(&site, &format!("{RESUME} {BOTH}"), 1, &["do not begin with the rows"]);
        assert!(message.contains("run without --resume, or delete"), "{what}: {message}");
        assert_eq!(run_files(&site), kept_files(), "{what}");
    };
    for (what, bytes) in [
        ("a byte of the list that was done", changed(&one, one.len() / 2)),
        ("a row less", one[..one.len() - 2010].to_vec()),
        ("a row more", [&one[..], b"m;;;\n"].concat()),
        ("another header", header(&one)),
    ] {
        site.write("one.csv", bytes);
        refused(what);
    }
    site.write("one.csv", &one);
    for (what, bytes) in [
        ("a byte of the first rows", changed(&two, 100)),
        ("hardly any rows", two[..10_000].to_vec()),
        ("another header", header(&two)),
    ] {
        site.write("two.csv.gz", packed(&bytes));
        refused(what);
    }
    site.write("two.csv.gz", packed(&two));
    resumes(&site, BOTH, &expected);

    // Rows after the checkpoint may differ.
    interrupt_in_second_list(&site, "");
    let last = changed(&two, two.len() - 2010 + 1);
    site.write("two.csv.gz", packed(&last));
    expect(&site, &format!("{RESUME} {BOTH}"), 0, &["continues after "]);
    let results = take_results(&site);
    expect(&site, &format!("{CHECK} {BOTH}"), 0, &[]);
    assert!(take_results(&site) == results, "the results differ");
}

#[test]
fn a_run_with_other_options_or_inputs_is_refused_with_the_differences() {
    const RULES: &str = "--region, --date-format, --date-order or the year";
    let site = site();
    let expected = interrupt_in_second_list(&site, "");
    for (arguments, differs) in [
        ("--all one.csv two.csv.gz", "--all"),
        ("--no-decoys one.csv two.csv.gz", "--no-decoys"),
        ("--format-out jsonl one.csv two.csv.gz", "--format-out"),
        ("--column Notiz=username one.csv two.csv.gz", "--column"),
        ("--delimiter ; one.csv two.csv.gz", "--delimiter"),
        ("--encoding iso-8859-15 one.csv two.csv.gz", "--encoding"),
        ("--max-input-bytes 1GB one.csv two.csv.gz", "--max-input-bytes"),
        ("--region AT one.csv two.csv.gz", RULES),
        ("--date-format excel one.csv two.csv.gz", RULES),
        ("--date-order day-first one.csv two.csv.gz", RULES),
        ("two.csv.gz one.csv", "the names of the member lists"),
        ("one.csv", "the names of the member lists"),
    ] {
        let words = ["findings: cannot continue", &format!("these differ: {differs}\n")];
        expect(&site, &format!("{RESUME} {arguments}"), 1, &words);
    }
    let without = RESUME.replace("--rejects rejects", "");
    expect(&site, &format!("{without} {BOTH}"), 1, &["these differ: --rejects\n"]);

    let index = site.bytes("leak.leakdex");
    site.write("other.csv", format!("KVNR\n{}\n", kvnr(1)));
    expect(&site, "build --key key --output other.leakdex other.csv", 0, &[]);
    fs::copy(site.path("other.leakdex"), site.path("leak.leakdex")).expect("copied");
    expect(&site, &format!("{RESUME} {BOTH}"), 1, &["these differ: the indexes\n"]);
    site.write("leak.leakdex", index);
    let further = RESUME.replace("leak.leakdex", "leak.leakdex --index other.leakdex");
    expect(&site, &format!("{further} {BOTH}"), 1, &["these differ: the indexes\n"]);

    assert_eq!(run_files(&site), kept_files());
    // Options without effect on the results may differ.
    resumes(&site, &format!("--threads 1 --max-rejects 100% --min-generation 0 {BOTH}"), &expected);
}

#[test]
fn a_damaged_checkpoint_is_refused_and_stays() {
    let site = site();
    let expected = interrupt_in_second_list(&site, "");
    let refused = |name: &str, bytes: &[u8], words: &[&str]| {
        let whole = site.bytes(name);
        site.write(name, bytes);
        let message = expect(&site, &format!("{RESUME} {BOTH}"), 1, words);
        assert!(message.contains("run without --resume, or delete"), "{message}");
        assert!(message.contains(CHECKPOINTS[0]), "{message}");
        assert!(site.bytes(name) == bytes, "{name} stays as it is");
        assert_eq!(run_files(&site), kept_files());
        site.write(name, whole);
    };
    let note = site.bytes(CHECKPOINTS[0]);
    refused(CHECKPOINTS[0], &note[..note.len() / 2], &["its checkpoint is damaged"]);
    refused(CHECKPOINTS[0], b"", &["its checkpoint is damaged"]);
    let blocks =
        String::from_utf8(note).expect("it is JSON").replace("\"blocks\":", "\"blocks\":1");
    refused(CHECKPOINTS[0], blocks.as_bytes(), &["its checkpoint is damaged"]);
    for (name, result) in PARTS.iter().zip(RESULTS) {
        let short = &site.bytes(name)[..100];
        refused(name, short, &[result, "is incomplete", "100 bytes are left of"]);
    }
    refused(CHECKPOINTS[1], b"{}", &["the rejects", "are missing"]);
    resumes(&site, BOTH, &expected);
}
