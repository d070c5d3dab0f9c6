//! Inputs of one run that are read in different ways: `--for`.

use super::support::{EVA, MAX, NOBODY, Site};

/// A leak without a header, and two member lists that differ in all options.
fn site() -> Site {
    let site = Site::new();
    site.write("leak.csv", format!("max@example.de|{MAX}\neva@example.de|{EVA}\n"));
    site.write("one.csv", format!("Nr;Feld\nm1;{MAX}\nm2;{NOBODY}\n"));
    site.write("two.txt", b"Post,Ort\neva@example.de,K\xF6ln\n");
    site
}

const LEAK: &str = "check --leak leak.csv --for leak.csv:no-header --for leak.csv:delimiter=| \
                    --for leak.csv:column=1=email --for leak.csv:column=2=kvnr";

const LISTS: &str = "--for one.csv:column=Feld=kvnr --for one.csv:column=Nr=id \
                     --for two.txt:format=csv --for two.txt:encoding=latin1 \
                     --for two.txt:column=Post=email one.csv two.txt";

#[test]
fn leak_and_member_lists_may_differ_in_header_delimiter_encoding_format_and_columns() {
    let site = site();
    let run = site.run(&format!("{LEAK} {LISTS}")).expect(0);
    assert!(run.stdout.contains("one.csv,1,m1,affected"), "{}", run.stdout);
    assert!(run.stdout.contains("two.txt,1,,affected"), "{}", run.stdout);
    assert_eq!(run.stdout.lines().count(), 3, "{}", run.stdout);
    run.says("leak.csv: CSV, delimiter '|'").says("one.csv: CSV, delimiter ';'");
    let run = site.run(&LEAK.replace("check", "check --explain one.csv two.txt")).expect(1);
    assert!(run.stderr.contains("one.csv: no column that identifies"), "{}", run.stderr);
    site.run(&format!("{LEAK} --explain {LISTS}"))
        .expect(0)
        .prints_all(&["leak.csv: CSV, delimiter '|'", "email        <- '1' (column 1)"]);
}

#[test]
fn leaked_files_of_one_build_may_differ() {
    let site = site();
    site.run("keygen key").expect(0);
    site.write("part2.csv", "Feld,Nr\nZ123456783,5\n");
    let leak = LEAK.strip_prefix("check --leak leak.csv").expect("it begins so");
    site.run(&format!(
        "build --key key --output i --summary s {leak} --for part2.csv:column=Feld=kvnr \
         leak.csv part2.csv"
    ))
    .expect(0);
    assert_eq!(site.json("s")["indexed"], 3);
    assert_eq!(site.json("s")["by_kind"]["kvnr"], 3);
}

#[test]
fn an_option_for_one_file_overrides_the_same_option_for_all() {
    let site = site();
    site.write("three.csv", format!("{EVA};x\n"));
    let check = format!("{LEAK} --no-header --delimiter ; --column 1=kvnr three.csv");
    // The options for all apply to the list. For the leak, its own options win.
    let run = site.run(&check).expect(0);
    assert!(run.stdout.contains("three.csv,1,,affected,certain,kvnr"), "{}", run.stdout);
    site.run(&format!("{LEAK} --no-header --for one.csv:no-header=false {LISTS}"))
        .expect(1)
        .says("two.txt: there is no column 'Post'");
    let run = site.run(&check.replace(" three.csv", " --for three.csv:column=1=ignore three.csv"));
    run.expect(1).says("three.csv: no column that identifies");
}

#[test]
fn a_pattern_selects_all_matching_inputs() {
    let site = site();
    site.make_folder("in");
    for (name, value) in [("in/m1.csv", MAX), ("in/m2.csv", EVA)] {
        site.write(name, format!("Feld\n{value}\n"));
    }
    let column = "--for 'in/m*.csv:column=Feld=kvnr'";
    let run = site.run(&format!("{LEAK} {column} 'in/m*.csv'")).expect(0);
    assert_eq!(run.stdout.lines().count(), 3, "{}", run.stdout);
    site.run(&format!("{LEAK} {} in/m1.csv ./in/m2.csv", column.replace("in/", "./in/"))).expect(0);
    // A star does not match a folder.
    site.run(&format!("{LEAK} --for '*.csv:no-header' --for 'm*.csv:no-header' in/m1.csv"))
        .expect(2)
        .says("no input of this run is 'm*.csv'");
    site.run(&format!("{LEAK} --for '[.csv:no-header' in/m1.csv")).expect(2).says("not a pattern");
}

#[test]
fn an_option_can_be_for_standard_input() {
    let site = site();
    let list = format!("Feld|x\n{MAX}|1\n");
    let arguments = "--for -:column=Feld=kvnr --for '-:delimiter=|' -";
    let run = site.feed(&format!("{LEAK} {arguments}"), list).expect(0);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
}

#[test]
fn an_option_for_a_file_that_is_not_an_input_is_wrong_usage() {
    let site = site();
    site.write("f", "earlier");
    for arguments in [
        format!("{LEAK} --for ones.csv:no-header --output f {LISTS}"),
        format!("{LEAK} --for in/one.csv:no-header --output f {LISTS}"),
        "build --key key --output f --for x.csv:no-header leak.csv".to_owned(),
        "merge --key key --output f --for leak.csv:no-header i".to_owned(),
    ] {
        let run = site.run(&arguments).expect(2).prints("");
        run.says("no input of this run is");
        assert_eq!(site.read("f"), "earlier");
    }
    site.run(&format!("{LEAK} --for one.csv:shape=round {LISTS}"))
        .expect(2)
        .says("the options are: column delimiter");
}

#[test]
fn a_column_mapped_for_one_file_must_exist_in_it_and_is_mapped_only_there() {
    let site = site();
    let lists = LISTS.replace("two.txt:column=Post=email", "two.txt:column=Feld=email");
    site.run(&format!("{LEAK} {lists}"))
        .expect_error(&["two.txt: there is no column 'Feld'"])
        .prints("");
    // A mapping for the leak does not apply to a list with the same header.
    site.write("leak2.csv", format!("Post;KVNR\n{MAX};{EVA}\n"));
    site.write("list.csv", format!("Post;E-Mail\n{MAX};max@example.de\n"));
    let check = "check --leak leak2.csv list.csv --for leak2.csv:column=Post=kvnr";
    site.run(check).expect(3).says("ignored      <- 'Post' (column 1)").finds(&[]);
    site.run(&check.replace("--for leak2.csv:column=", "--column ")).expect(0).verdicts("affected");
    // A list may lack a column that is mapped for all inputs and is in the leak.
    site.run(&format!("{check} --for list.csv:column=KVNR=kvnr"))
        .expect_error(&["list.csv: there is no column 'KVNR'"]);
}

#[test]
fn a_mapped_column_missing_everywhere_is_an_error_and_missing_somewhere_a_note() {
    let site = Site::with_files();
    site.run("check --leak leak.csv --column Post=email members.csv").expect_error(&[
        "neither leak.csv nor the member list has it",
        "no column 'Post'",
        "--for",
    ]);
    site.run("check --leak leak.csv --column Nachname=last-name members.csv")
        .expect(3)
        .says("  'Nachname' is not in this file");
    site.run("check --leak leak.csv --column Mitglied=id members.csv")
        .expect(3)
        .says("  'Mitglied' is not in this file");
    site.write("more.csv", "E-Mail\nmax@example.de\n");
    site.run("check --leak leak.csv --column Mitglied=id members.csv more.csv")
        .expect_error(&["more.csv: there is no column 'Mitglied'", "--for"]);
}

#[test]
fn each_file_may_have_its_own_order_of_day_and_month() {
    let site = Site::new();
    site.write("leak.csv", "Nachname;Vorname;Geburtsdatum\nMuster;Max;01/02/1970\n");
    let row = r#"{"Nachname":"Muster","Vorname":"Max""#;
    site.write("list.jsonl", format!("{row},\"Geburtsdatum\":\"02/01/1970\"}}\n"));
    let check = "check --leak leak.csv list.jsonl --for leak.csv:date-order=day-first";
    site.run(&format!("{check} --for list.jsonl:date-order=month-first"))
        .expect(0)
        .verdicts("affected");
    site.run(&format!("{check} --for list.jsonl:date-order=day-first")).expect(0).verdicts("");
    // A key that appears late also has the date order of its file.
    let padding = format!("{row}}}\n").repeat(40_000);
    site.write("list.jsonl", format!("{padding}{row},\"Geburtsdatum\":\"02/01/1970\"}}\n"));
    let late =
        format!("{check} --for list.jsonl:date-order=month-first --column Geburtsdatum=birth-date");
    site.run(&late).expect(3).verdicts("affected");
}

#[test]
fn options_for_files_can_be_set_in_the_settings() {
    let site = site();
    let settings = "[check]\nleak = 'leak.csv'\nmembers = ['one.csv', 'two.txt']\n\
                    [for.'leak.csv']\nno-header = true\ndelimiter = '|'\n\
                    [for.'leak.csv'.columns]\n1 = 'email'\n2 = 'kvnr'\n\
                    [check.for.'two.txt']\nformat = 'csv'\nencoding = 'latin1'\n\
                    [check.for.'two.txt'.columns]\nPost = 'email'\n\
                    [for.'one.csv'.columns]\nNr = 'id'\nFeld = 'kvnr'\n\
                    [for.'two.txt']\nencoding = 'cp850'\n";
    site.write("leakdex.toml", settings);
    let run = site.run("check").expect(0);
    assert!(run.stdout.contains("one.csv,1,m1,affected"), "{}", run.stdout);
    assert!(run.stdout.contains("two.txt,1,,affected"), "{}", run.stdout);
    run.says("leak.csv: delimiter").says("one.csv: column 'Feld'").says("encoding windows-1252");

    // The command line wins, even over options for files.
    site.run("check --for one.csv:column=feld=username").expect(3).says("username     <- 'Feld'");
    // A run without these files says so, even with `--quiet`.
    site.write("list.csv", format!("KVNR\n{NOBODY}\n"));
    site.run("check --quiet list.csv")
        .expect(0)
        .says("warning: the settings for 'one.csv' are ignored");
    // The same holds for a setting that reduces the check.
    site.write("leakdex.toml", settings.replace("Nr = 'id'", "Nr = 'ignore'"));
    site.run("check --quiet").expect(0).says("one.csv: column 'Nr': nobody is checked by it");
}
