//! Results appear complete, and only after the run has succeeded.

use super::support::{FINDINGS, MAX, REJECTS, Site};

#[test]
fn results_that_exist_are_replaced_on_success() {
    let site = Site::with_index();
    let names = ["findings", "rejects", "summary", "i"];
    names.iter().for_each(|name| site.write(name, "earlier\n".repeat(1000)));
    let results = "--rejects rejects --summary summary";
    site.run(&format!("build --key key --output i {results} leak.csv")).expect(0);
    assert!(site.bytes("i") == site.bytes("leak.leakdex"), "the index differs");
    assert_eq!(site.json("summary")["rows"], 2);
    let check = format!("check --key key --index i --output findings {results} members.csv");
    site.run(&check).expect(3).prints("");
    assert_eq!(site.json("summary")["rows"], 4);
    for name in names {
        let content = site.bytes(name);
        assert!(!content.windows(7).any(|window| window == b"earlier"), "{name}");
    }
}

#[test]
fn results_that_exist_are_kept_when_a_later_list_cannot_be_read() {
    let site = Site::with_index();
    site.write("bad.csv", "Farbe;Vorname\nrot;Max\n");
    let names = ["findings", "rejects", "summary"];
    names.iter().for_each(|name| site.write(name, "earlier"));
    let check = "check --leak leak.csv --output findings --rejects rejects --summary summary";
    site.run(&format!("{check} members.csv bad.csv")).expect_error(&["bad.csv", "'Vorname'"]);
    names.iter().for_each(|name| assert_eq!(site.read(name), "earlier", "{name}"));
    // Standard output does not get a part of the findings either.
    site.run("check --leak leak.csv members.csv bad.csv").expect(1).prints("");
}

#[test]
fn a_result_in_a_missing_folder_is_refused_before_the_work_begins() {
    let site = Site::with_index();
    site.write("findings", "earlier");
    for arguments in [
        "check --leak leak.csv --output no/x members.csv",
        "check --leak leak.csv --output findings --rejects no/x members.csv",
        "check --leak leak.csv --output findings --summary no/x members.csv",
        "build --key key --output no/x leak.csv",
        "build --key key --output i --rejects no/x leak.csv",
        "build --key key --output i --summary no/x leak.csv",
    ] {
        let run = site.run(arguments).expect_error(&["no/x"]).prints("");
        assert!(!run.stderr.contains("rows:"), "leakdex {arguments} worked first");
        assert!(!run.stderr.contains(".leakdex-"), "{}", run.stderr);
    }
    assert_eq!(site.read("findings"), "earlier");
    assert!(!site.exists("no") && !site.exists("i"));
}

#[test]
fn a_result_cannot_replace_a_folder() {
    let site = Site::with_index();
    site.make_folder("folder");
    site.run("check --leak leak.csv --output folder members.csv").expect_error(&["folder"]);
    site.run("build --key key --output folder leak.csv").expect_error(&["folder"]);
}

#[test]
fn quiet_prints_nothing_on_standard_error() {
    let site = Site::with_index();
    for (arguments, status) in [
        ("build --quiet --key key --output i leak.csv", 0),
        ("check --quiet --key key --index leak.leakdex members.csv", 3),
        ("check --leak leak.csv members.csv --rejects r --summary s --quiet", 3),
        ("--quiet verify --key key leak.leakdex", 0),
        ("--quiet inspect leak.leakdex", 0),
        ("--quiet keygen another", 0),
    ] {
        assert_eq!(site.run(arguments).expect(status).stderr, "", "leakdex {arguments}");
    }
    site.run("check --quiet --leak leak.csv nobody.csv").expect_error(&["nobody.csv"]);
}

#[test]
fn findings_alone_go_to_standard_output_and_no_progress_is_drawn_without_a_terminal() {
    let site = Site::with_index();
    let run = site.run("check --key key --index leak.leakdex members.csv").expect(3);
    assert!(run.stdout.starts_with("file,row,"), "{}", run.stdout);
    assert_eq!(run.stdout.lines().count(), 3);
    for control in ['\r', '\u{1B}'] {
        assert!(!run.stderr.contains(control), "{:?}", run.stderr);
    }
}

#[test]
#[cfg(unix)]
fn only_their_owner_can_read_results() {
    let site = Site::with_index();
    site.run("check --leak leak.csv --output f --rejects r --summary s members.csv").expect(3);
    for name in ["f", "r", "s", "leak.leakdex"] {
        assert_eq!(site.mode(name), 0o600, "{name}");
    }
}

#[test]
#[cfg(unix)]
fn a_link_is_kept_and_its_target_is_replaced() {
    let site = Site::with_index();
    site.make_folder("folder");
    site.write("folder/real", "earlier");
    for (command, starts_with) in [
        ("check --leak leak.csv --output link members.csv", &b"file,row,"[..]),
        ("build --key key --output link leak.csv", b"\x89LDX"),
    ] {
        let _ = std::fs::remove_file(site.path("link"));
        std::os::unix::fs::symlink("folder/real", site.path("link")).expect("links can be made");
        // The target is also created if it does not exist.
        for _ in 0..2 {
            site.run(command);
            let link = site.path("link").symlink_metadata().expect("the link is there");
            assert!(link.is_symlink(), "{command}");
            assert!(site.bytes("folder/real").starts_with(starts_with), "{command}");
            site.remove("folder/real");
        }
    }
    let both = "check --leak leak.csv --output link --summary folder/real members.csv";
    site.run(both).expect(2).says("can take one result only");
}

#[test]
fn a_build_to_standard_output_creates_no_file_named_hyphen() {
    let site = Site::with_index();
    let run = site.run("build --key key --output - leak.csv").expect(0);
    assert!(run.stdout.contains("LDX\r\n"), "the index is not on standard output");
    assert!(!site.exists("-"), "a file named '-' was created");
    site.run("keygen -").expect(2);
    assert!(!site.exists("-"), "a key named '-' was created");
}

#[test]
fn an_index_is_published_only_with_its_rejects_and_summary() {
    let site = Site::with_index();
    let before = site.bytes("leak.leakdex");
    site.write("other.csv", format!("KVNR\n{MAX}\n"));
    site.make_folder("s");
    site.run("build --key key --output leak.leakdex --summary s other.csv").expect(1);
    assert!(site.bytes("leak.leakdex") == before, "the index differs");
}

#[test]
#[cfg(unix)]
fn long_similar_and_non_text_result_names_do_not_collide() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};

    let site = Site::with_index();
    // The longest name that the system allows.
    let long = |end: &str| OsString::from("ergebnis-".repeat(30)[..254].to_owned() + end);
    let no_text = |end: u8| OsString::from_vec([&[b'x'; 250][..], &[0xFF, end]].concat());
    for (findings, rejects) in [(long("1"), long("2")), (no_text(1), no_text(2))] {
        for more in [&["--resume", "--checkpoint-every", "0"][..], &[]] {
            let mut check =
                site.command("check --quiet --key key --index leak.leakdex members.csv");
            check.arg("--output").arg(&findings).arg("--rejects").arg(&rejects).args(more);
            let output = check.output().expect("the command starts");
            site.after("check".into(), &output).expect(3);
            for (name, header) in [(&findings, FINDINGS), (&rejects, REJECTS)] {
                let path = site.path(".").join(name);
                let text = std::fs::read_to_string(&path).expect("the result is there");
                assert!(text.starts_with(header), "{text}");
                std::fs::remove_file(path).expect("it is there");
            }
            assert!(site.names(".").iter().all(|name| !name.contains("checkpoint")));
        }
    }
}
