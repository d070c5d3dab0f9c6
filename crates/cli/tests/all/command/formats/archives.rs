//! Leaks and member lists in archives.

use super::super::support::{LEAK, MEMBERS, Site, gzip, tar, zip};

/// A second part of the leak.
const OTHER: &str = "E-Mail\nother@example.de\n";

/// Each type of archive, with these files.
fn archives(files: &[(&str, &str)]) -> [(&'static str, Vec<u8>); 3] {
    [("a.zip", zip(files)), ("a.tar", tar(files)), ("a.tar.gz", gzip(tar(files)))]
}

#[test]
fn every_file_of_an_archive_is_a_leak_and_every_file_a_member_list() {
    let parts = [("leak.csv", LEAK), ("more/other.csv", OTHER), ("more/.DS_Store", "x")];
    let (one, two) =
        ("Mitglied;E-Mail\nm1;MAX@example.de\n", "Mitglied;E-Mail\nm2;other@example.de\n");
    for ((name, leak), (_, members)) in
        archives(&parts).into_iter().zip(archives(&[("m1.csv", one), ("m/m2.csv", two)]))
    {
        let site = Site::new();
        site.write(name, leak);
        site.run("keygen key").expect(0);
        let run = site.run(&format!("build --key key --output i {name}")).expect(0);
        let message = format!("{name}: skipped entries without data: more/.DS_Store");
        run.says_all(&[&message, &format!("{name}/more/other.csv: CSV"), "3 rows: 3 indexed"]);
        site.write(name, members);
        site.run(&format!("check --key key --index i {name}")).expect(0).finds(&[
            &format!("{name}/m1.csv,1,m1,affected,strong,email email-alias,a,dates-of-birth email-addresses health-insurance-information names"),
            &format!("{name}/m/m2.csv,1,m2,affected,strong,email email-alias,a,email-addresses"),
        ]);
    }
}

#[test]
fn an_archive_with_one_file_is_accepted_for_any_file() {
    for ((name, leak), (_, members)) in
        archives(&[("leak.csv", LEAK)]).into_iter().zip(archives(&[("m.csv", MEMBERS)]))
    {
        let site = Site::with_index();
        site.write(name, leak);
        site.run(&format!("check --all --leak {name} members.csv"))
            .expect(3)
            .verdicts("affected not_affected indeterminate affected");
        site.run(&format!("check --explain --leak {name} members.csv"))
            .expect(0)
            .prints_all(&[&format!("{name}/leak.csv: CSV"), "affected"]);
        site.run(&format!("merge --key key --output rest --without {name}/leak.csv leak.leakdex"))
            .expect(1)
            .says("nothing would be left");
        site.write(name, members);
        site.run(&format!("check --all --leak leak.csv {name}"))
            .expect(3)
            .verdicts("affected not_affected indeterminate affected");
    }
}

#[test]
fn a_leak_of_several_files_is_refused_with_advice_to_use_build() {
    let site = Site::with_files();
    site.write("a.zip", zip(&[("leak.csv", LEAK), ("other.csv", OTHER)]));
    site.run("check --leak a.zip members.csv")
        .expect(2)
        .says_all(&["a.zip/leak.csv, a.zip/other.csv", "'leakdex build'"]);
    site.run("check --leak a.zip/leak.csv members.csv").expect(3).verdicts("affected affected");
}

#[test]
fn a_name_or_a_pattern_chooses_files_of_an_archive() {
    let site = Site::with_index();
    let files = [("leak.csv", LEAK), ("b/other.csv", OTHER), ("note.pdf", "%PDF-1.7 ")];
    for (name, archive) in archives(&files) {
        site.write(name, archive);
        let build = |what: &str| site.run_with(&["build", "--key", "key", "--output", "i", what]);
        build(name).expect_error(&[
            &format!("{name}/note.pdf: is a PDF document"),
            &format!("to leave this file out, name the files to read, as in '{name}/*.csv'"),
        ]);
        build(&format!("{name}/*.csv")).expect(0).says("2 rows: 2 indexed");
        build(&format!("{name}/**/*.csv")).expect(0).says("3 rows: 3 indexed");
        build(&format!("{name}/b/other.csv")).expect(0).says("1 row: 1 indexed");
        build(&format!("{name}/c/*.csv"))
            .expect_error(&["no file in the archive matches", "leak.csv"]);
        build(&format!("{name}/other.csv")).expect_error(&["b/other.csv"]);
    }
}

#[test]
fn options_can_apply_to_one_file_in_an_archive_or_to_all() {
    let site = Site::with_files();
    let odd = LEAK.replace(';', "#");
    site.write("a.zip", zip(&[("leak.csv", &odd), ("other.csv", &odd.replace("max", "eva"))]));
    site.run("keygen key").expect(0);
    let build = "build --key key --output i a.zip";
    site.run(build).expect(1);
    site.run(&format!("{build} --for a.zip:delimiter=#")).expect(0).says("4 rows: ");
    site.run(&format!("{build} --for *.zip:delimiter=#")).expect(0);
    site.run(&format!("{build} --for a.zip/*.csv:delimiter=#")).expect(0);
    let both = "--for a.zip/leak.csv:delimiter=# --for a.zip/other.csv:delimiter=#";
    site.run(&format!("{build} {both}")).expect(0);
    site.run(&format!("{build} {both} --for a.zip/none.csv:delimiter=#")).expect(2);
}

#[test]
fn archive_files_that_match_no_pattern_are_reported() {
    let site = Site::with_files();
    site.write("a.zip", zip(&[("leak.csv", LEAK), ("b/leak.csv", OTHER), ("B.CSV", OTHER)]));
    site.run("keygen key").expect(0);
    site.run("build --key key --output i a.zip/*.csv")
        .expect(0)
        .says("their names do not fit: 2 of its files");
}

#[test]
fn a_file_that_is_in_an_archive_and_beside_it_is_refused() {
    let site = Site::with_files();
    site.run("keygen key").expect(0);
    for (name, archive) in archives(&[("leak.csv", LEAK), ("b.csv", OTHER)]) {
        site.write(name, archive);
        let build = "build --key key --output i";
        site.run(&format!("{build} leak.csv {name}"))
            .expect_error(&["leak.csv have the same content"]);
        site.run(&format!("{build} {name} {name}")).expect(2).says("is given twice");
        site.write(name, archives(&[("b.csv", OTHER), ("c.csv", OTHER)])[0].1.clone());
        site.run(&format!("{build} {name}")).expect_error(&["c.csv have the same content"]);
    }
}

#[test]
fn a_result_never_overwrites_an_archive_that_is_an_input() {
    let site = Site::with_index();
    let archive = zip(&[("m.csv", MEMBERS)]);
    site.write("a.zip", &archive);
    for input in ["a.zip", "a.zip/m.csv"] {
        site.run(&format!("check --key key --index leak.leakdex --output a.zip {input}"))
            .expect(2)
            .says("a.zip is an input");
    }
    assert!(site.bytes("a.zip") == archive);
}

#[test]
fn an_archive_on_standard_input_is_refused_with_advice() {
    let site = Site::with_index();
    for (name, archive) in archives(&[("m.csv", MEMBERS)]) {
        let run = site.feed("check --key key --index leak.leakdex -", archive);
        run.expect(1).says_all(&[
            "archive",
            if name == "a.zip" { "unpack it" } else { "save or unpack it" },
        ]);
    }
}

#[test]
fn a_damaged_file_in_an_archive_stops_the_run_and_is_named() {
    let site = Site::with_index();
    let mut archive = zip(&[("m1.csv", MEMBERS), ("m2.csv", MEMBERS.trim_end())]);
    // The last byte of the second file's content precedes the list of files.
    let list = archive.windows(4).position(|bytes| bytes == b"PK\x01\x02").expect("it is there");
    archive[list - 3] ^= 0x40;
    site.write("a.zip", archive);
    site.run("check --key key --index leak.leakdex --output o a.zip")
        .expect_error(&["a.zip/m2.csv"]);
    assert!(!site.exists("o"));
}

#[test]
fn the_report_has_the_digest_of_the_file_in_the_archive_only() {
    let site = Site::with_index();
    site.write("a.tar.gz", gzip(tar(&[("members.csv", MEMBERS)])));
    let check = "check --key key --index leak.leakdex --output o --report r.json";
    let digest = |input: &str| {
        site.run(&format!("{check} {input}")).expect(3);
        let report = site.read("r.json");
        let at = report.find("\"hmac_sha256\"").expect("the report has a digest");
        report[at..].lines().next().expect("a line").to_owned()
    };
    assert_eq!(digest("members.csv"), digest("a.tar.gz"));
}

#[test]
fn an_interrupted_run_resumes_within_an_archive() {
    let site = Site::with_index();
    let rows = |from: u32| {
        (from..from + 30_000).fold("Mitglied;E-Mail\n".to_owned(), |text, number| {
            text + &format!("m{number};m{number}@example.de\n")
        })
    };
    let good = [("m1.csv", rows(0)), ("m2.csv", rows(30_000))];
    let files = good.each_ref().map(|(name, rows)| (*name, &**rows));
    let whole = gzip(tar(&files));
    let check = "check --key key --index leak.leakdex --resume --checkpoint-every 0 --all --output o a.tar.gz";
    // The second list is a PDF document under another name, which stops the run.
    site.write("a.tar.gz", gzip(tar(&[files[0], ("m2.csv", "%PDF-1.7")])));
    let stopped = site.command(check).output().expect("the command starts");
    let message = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert!(message.contains("the work until a few seconds ago is kept"), "{message}");
    site.write("a.tar.gz", whole);
    site.run(check).expect(0).says("--resume: continues after ");
    let resumed = site.bytes("o");
    site.run(&check.replace("--resume --checkpoint-every 0 ", "")).expect(0);
    assert!(resumed == site.bytes("o"));
}
