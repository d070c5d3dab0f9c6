//! Wrong usage has status 2, and a message with the right usage.

use super::support::Site;

#[test]
fn wrong_usage_is_status_2_and_touches_nothing() {
    let site = Site::with_index();
    site.write("findings", "earlier");
    for arguments in [
        "",
        "chekc",
        "keygen",
        "build --key key leak.csv",
        "build --output i leak.csv",
        "build --key key --output i",
        "build --key key --output i --name a --breach b.toml leak.csv",
        "build --key key --output i --kinds shoe-size leak.csv",
        "check members.csv",
        "check --leak leak.csv",
        "check --key key members.csv",
        "check --index leak.leakdex members.csv",
        "check --key key --leak leak.csv members.csv",
        "check --leak leak.csv --index leak.leakdex --key key members.csv",
        "check --leak leak.csv --column KVNR members.csv",
        "check --leak leak.csv --column KVNR=shoe-size members.csv",
        "check --leak leak.csv --column KVNR=class:! members.csv",
        "check --leak leak.csv --delimiter a_delimiter_of_many_signs members.csv",
        "check --leak leak.csv --encoding klingon members.csv",
        "check --leak leak.csv --format xml members.csv",
        "check --leak leak.csv --format-out xml members.csv",
        "check --leak leak.csv --max-rejects many members.csv",
        "check --leak leak.csv --max-rejects 101% members.csv",
        "check --leak leak.csv --threads 0 members.csv",
        "check --leak leak.csv --output - --summary - members.csv",
        "check --leak leak.csv --rejects - members.csv",
        "build --key key --output i --rejects - --summary - leak.csv",
        "lookup --key key kvnr",
        "lookup --key key --index leak.leakdex shoe-size",
        "normalize",
        "normalize shoe-size",
        "inspect",
        "verify --key key",
        "--nonsense",
    ] {
        let run = site.run(arguments).expect(2).prints("");
        assert!(!run.stderr.is_empty(), "leakdex {arguments}");
    }
    assert_eq!(site.read("findings"), "earlier");
    assert!(!site.exists("i"));
}

#[test]
fn an_unknown_field_or_kind_error_lists_the_known_ones() {
    let site = Site::with_files();
    site.run("check --leak leak.csv --column KVNR=kv members.csv").expect(2).says_all(&[
        "kvnr",
        "birth-date",
        "class:SLUG",
        "ignore",
    ]);
    site.run("normalize kv").expect(2).says_all(&["kvnr", "birth-date"]);
}

#[test]
fn a_breach_name_that_findings_could_not_hold_is_wrong_usage() {
    let site = Site::with_index();
    site.run("build --key key --output i --name 'a b' leak.csv").expect(2).says("--name");
    assert!(!site.exists("i"));
}

#[test]
fn standard_input_can_be_one_input_only() {
    let site = Site::with_index();
    for arguments in [
        "check --leak - -",
        "check --leak leak.csv - -",
        "check --key key --index leak.leakdex - members.csv -",
        "build --key key --output i - -",
    ] {
        let members = site.read("members.csv");
        site.feed(arguments, members).expect(2).says("standard input");
    }
}

#[test]
fn two_results_cannot_share_a_file() {
    let site = Site::with_index();
    site.write("x", "earlier");
    for arguments in [
        "check --leak leak.csv --output x --rejects x members.csv",
        "check --leak leak.csv --rejects x --summary x members.csv",
        "check --leak leak.csv --output x --summary ./x members.csv",
        "build --key key --output x --rejects x leak.csv",
    ] {
        site.run(arguments).expect(2);
        assert_eq!(site.read("x"), "earlier", "{arguments}");
    }
}

#[test]
fn a_result_never_replaces_an_input() {
    let site = Site::with_index();
    let files = ["members.csv", "leak.csv", "leak.leakdex", "key"];
    let before = files.map(|name| site.bytes(name));
    for arguments in [
        "check --leak leak.csv --output members.csv members.csv",
        "check --leak leak.csv --summary leak.csv members.csv",
        "check --key key --index leak.leakdex --rejects leak.leakdex members.csv",
        "check --key key --index leak.leakdex --output key members.csv",
        "build --key key --output leak.csv leak.csv",
        "build --key key --output key leak.csv",
    ] {
        site.run(arguments).expect(2).says("is an input");
        for (name, before) in files.iter().zip(&before) {
            assert!(site.bytes(name) == *before, "leakdex {arguments} replaced {name}");
        }
    }
}

#[test]
fn a_value_on_the_command_line_is_not_repeated() {
    let site = Site::with_index();
    for arguments in [
        "lookup --key key --index leak.leakdex kvnr A123456780",
        "lookup --key key --index leak.leakdex --json=A123456780 kvnr",
        "--quiet=A1 lookup --key key --index leak.leakdex kvnr",
        "A123456780 lookup --key key --index leak.leakdex kvnr",
        "normalize kvnr A1",
    ] {
        let run = site.run(arguments).expect(2).says("standard input");
        assert!(!run.stderr.contains("A1"), "{}", run.stderr);
    }
    // A file with the name of a command.
    site.run("check --leak leak.csv --unknown lookup").expect(2).says("'--unknown'");
}

#[test]
fn common_options_have_short_forms() {
    let site = Site::with_files();
    site.run("keygen key").expect(0);
    site.run("build -q -k key -o leak.leakdex leak.csv").expect(0);
    site.run("check -qk key -i leak.leakdex -o findings.csv members.csv").expect(3);
    assert!(site.exists("findings.csv"));
    site.run("verify -k key leak.leakdex").expect(0);
    site.run("merge -k key -o both.leakdex leak.leakdex").expect(0);
    site.feed("lookup -k key -i leak.leakdex kvnr", super::support::MAX).expect(0);
    site.run("check -q -v -k key -i leak.leakdex members.csv").expect(2);
}
