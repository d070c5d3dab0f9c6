//! `leakdex merge`.

use serde_json::{Value, json};

use super::support::{EVA, LEAK, MAX, NOBODY, Site};

/// Two indexes of one key: `leak.leakdex` of the usual leak, and `other.leakdex` of another breach.
fn site() -> Site {
    let site = Site::with_index();
    site.write("other.csv", format!("E-Mail;KVNR\nmax@example.de;\nzoe@example.de;{EVA}\n"));
    site.run("build --key key --generation 3 --output other.leakdex other.csv").expect(0);
    site
}

const BOTH: &str = "--key key leak.leakdex other.leakdex";

#[test]
fn a_merged_index_names_every_breach() {
    let site = site();
    site.run(&format!("merge {BOTH} --output all.leakdex --summary s.json"))
        .expect(0)
        .says("breaches: leak other");
    site.run("verify --key key --min-generation 3 all.leakdex").expect(0);
    let found = site.run("check --key key --index all.leakdex members.csv").expect(3);
    let classes = "email-addresses health-insurance-information";
    assert!(found.stdout.contains("m1,affected,strong,email email-alias,leak other,"));
    assert!(found.stdout.contains("m4,affected,certain,kvnr,leak other,"), "{}", found.stdout);
    assert!(found.stdout.contains(classes), "{}", found.stdout);
    let summary = site.json("s.json");
    assert_eq!(summary["read"], summary["written"].as_u64().expect("a number") + 3);
    assert_eq!((&summary["erased"], &summary["generation"]), (&0.into(), &3.into()));
}

#[test]
fn a_merge_can_replace_one_of_its_indexes() {
    let site = site();
    site.run(&format!("merge {BOTH} --output leak.leakdex")).expect(0);
    site.run("merge --key key --output leak.leakdex --without-breach other leak.leakdex")
        .expect(0)
        .says("breaches: leak\n");
    let found = site.run("check --key key --index leak.leakdex members.csv").expect(3);
    assert!(found.stdout.contains(",certain,kvnr,leak,"), "{}", found.stdout);
}

#[test]
fn merging_without_a_breach_restores_the_earlier_index() {
    let site = site();
    site.run(&format!("merge {BOTH} --output all.leakdex")).expect(0);
    site.run(
        "merge --key key --generation 0 --output back.leakdex --without-breach other all.leakdex",
    )
    .expect(0);
    assert!(site.bytes("back.leakdex") == site.bytes("leak.leakdex"));
}

#[test]
fn erased_persons_are_not_found_any_more() {
    let site = site();
    site.write("erase.csv", LEAK.lines().take(2).collect::<Vec<_>>().join("\n"));
    site.run("merge --key key --output left.leakdex --without erase.csv leak.leakdex")
        .expect(0)
        .says("1 row to erase; 1 leaked record erased; 0 of their identifiers were in no")
        .says("  erase.csv, row 1: erased 1 of leak\n");
    let input = format!("{MAX}\n{EVA}\n");
    let looked_up = site.feed("lookup --key key --index left.leakdex kvnr", input).expect(0);
    let verdicts: Vec<&str> =
        looked_up.stdout.lines().map(|line| line.split('\t').next().expect("a cell")).collect();
    assert_eq!(verdicts, ["not_affected", "affected"]);
}

/// Eva and Max share an address. Eva is in two breaches, and twice in one of them.
fn family() -> Site {
    let site = Site::new();
    site.run("keygen key").expect(0);
    let header = "E-Mail;KVNR;Telefon";
    let (eva, max) = (format!("family@example.de;{EVA}"), format!("family@example.de;{MAX}"));
    site.write("one.csv", format!("{header}\n{eva};030 1234567\n{eva};\n{max};030 1234567\n"));
    site.write("two.csv", format!("{header}\n{eva};030 1234567\n{max};\n"));
    for breach in ["one", "two"] {
        site.run(&format!("build --key key --output {breach}.leakdex {breach}.csv")).expect(0);
    }
    site.write("eva.csv", format!("{header}\n{eva};030 1234567\n"));
    site.write("members.csv", format!("Mitglied;KVNR\neva;{EVA}\nmax;{MAX}\nno;{NOBODY}\n"));
    site
}

const ERASE: &str = "merge --key key --output left.leakdex --summary s.json";

#[test]
fn erasing_a_person_from_two_breaches_erases_nobody_else() {
    let site = family();
    let both = "one.leakdex two.leakdex";
    site.run(&format!("{ERASE} --without eva.csv {both}")).expect(0);
    let once = site.bytes("left.leakdex");
    let check = "check --key key --index left.leakdex --strict --all members.csv";
    let run = site.run(check).expect(3);
    assert_eq!(site.json("s.json")["erased_records"], 3);
    // The erasure is a caveat of the run, and the all-clears of the others are complete.
    let run = run.verdicts("not_affected affected not_affected");
    assert!(run.stdout.contains("max,affected,certain,kvnr,one two,"), "{}", run.stdout);
    let caveat = "caveat: left.leakdex: Records were erased from the index";
    assert_eq!(run.stderr.matches(caveat).count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("3 of 5, 60 %"), "{}", run.stderr);

    site.run(&format!("{ERASE} --without eva.csv --without eva.csv {both}")).expect(0);
    assert!(site.bytes("left.leakdex") == once, "the same file twice in one run");
    site.run(&format!("{ERASE} --without eva.csv left.leakdex")).expect(0).says(
        "  eva.csv, row 1: erased nothing; 1 of one stays (shared: email phone\n    email-alias; the row lacks \
         their kvnr); 1 of two stays (shared: email\n    email-alias; the row lacks their kvnr)\n",
    );
    assert!(site.bytes("left.leakdex") == once, "the same file in two runs");
    let known = site.feed("lookup --key key --index left.leakdex kvnr", MAX).expect(0);
    assert_eq!(known.stderr.matches(caveat).count(), 1, "{}", known.stderr);
}

#[test]
fn each_row_to_erase_has_an_account_without_a_value() {
    let site = family();
    let header = "E-Mail;KVNR;Telefon";
    site.write("erase.csv", format!("{header}\nnobody@example.de;;\nfamily@example.de;{EVA};\n"));
    let both = "one.leakdex two.leakdex";
    let run = site.run(&format!("{ERASE} --without erase.csv --without eva.csv {both}")).expect(0);
    let quiet = format!("{ERASE} --quiet --without erase.csv --without eva.csv {both}");
    assert!(site.run(&quiet).expect(0).stderr.starts_with("warning: 1 of 3 rows erased nothing. "));
    for words in [
        "  erase.csv, row 1: erased nothing; no merged record has any of its identifiers\n",
        "  erase.csv, row 2: erased 1 of one; 2 more by other rows; 1 of one stays\n    (shared: email",
        "  eva.csv, row 1: erased 2 of one, 1 of two; ",
        "  a record stays if it has an identifier that the row lacks",
    ] {
        assert!(run.stderr.contains(words), "'{words}' is not in\n{}", run.stderr);
    }
    let summary = site.json("s.json");
    let rows = summary["erasure"].as_array().expect("a list");
    let places: Vec<(&Value, &Value)> =
        rows.iter().map(|row| (&row["file"], &row["row"])).collect();
    let (erase, eva) = (json!("erase.csv"), json!("eva.csv"));
    assert_eq!(places, [(&erase, &json!(1)), (&erase, &json!(2)), (&eva, &json!(1))]);
    let nothing = json!({
        "file": "erase.csv", "row": 1, "erased": [], "stays": [], "erased_by_others": 0,
    });
    assert_eq!(rows[0], nothing);
    let address = ["email", "email-alias"];
    let stays = |breach: &str, lacking: &[&str]| {
        json!({
            "breach": breach, "records": 1, "shared": address, "differing": [], "lacking": lacking,
        })
    };
    assert_eq!(
        rows[1]["stays"],
        json!([stays("one", &["kvnr", "phone"]), stays("two", &["kvnr"])])
    );
    let kinds = ["email", "kvnr", "email-alias"];
    let erased = json!({ "breach": "one", "records": 1, "kinds": kinds });
    assert_eq!(rows[1]["erased"], json!([erased]));
    assert_eq!(rows[1]["erased_by_others"], 2);
    for value in [EVA, MAX, "family", "1234567"] {
        assert!(!run.stderr.contains(value) && !summary.to_string().contains(value), "{value}");
    }
}

#[test]
fn rows_that_erased_nothing_are_shown_first() {
    let site = family();
    let rows: Vec<String> = (0..20).map(|row| format!("nobody{row}@example.de;;")).collect();
    let header = "E-Mail;KVNR;Telefon";
    let rows = format!("{header}\nfamily@example.de;{EVA};030 1234567\n{}\n", rows.join("\n"));
    site.write("erase.csv", rows);
    let run = site.run(&format!("{ERASE} --without erase.csv one.leakdex")).expect(0);
    assert!(run.stderr.contains("row 9: erased nothing"), "{}", run.stderr);
    assert!(!run.stderr.contains("row 10:") && !run.stderr.contains("row 1:"), "{}", run.stderr);
    assert!(run.stderr.contains("  and 13 more rows, see --summary\n"), "{}", run.stderr);
    assert_eq!(site.json("s.json")["erasure"].as_array().map(Vec::len), Some(21));
}

/// The first index has all kinds, and the second one has addresses only.
#[test]
fn rows_that_differ_in_data_classes_or_in_kinds_that_are_not_held_are_erased() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    let header = "E-Mail;Telefon;Passwort";
    let rows = "eva@example.de;030 1234567;geheim\neva@example.de;030 1234567;\n\
                eva@example.de;030 7654321;\n";
    site.write("leak.csv", format!("{header}\n{rows}max@example.de;030 1234567;\n"));
    site.write("eva.csv", format!("{header}\n{rows}"));
    site.write("members.csv", "Mitglied;E-Mail\neva;eva@example.de\nmax;max@example.de\n");
    for (kinds, erased) in [("", 3), ("--kinds email,email-alias", 2)] {
        site.run(&format!("build --key key {kinds} --output i leak.csv")).expect(0);
        // This part repeats one of Eva's rows.
        site.write("part.csv", format!("{header}\neva@example.de;030 1234567;\n"));
        site.run(&format!("build --key key --name leak {kinds} --output part part.csv")).expect(0);
        site.run(&format!("{ERASE} --without eva.csv i part")).expect(0);
        assert_eq!(site.json("s.json")["erased_records"], erased, "{kinds}");
        site.run("check --key key --index left.leakdex --all members.csv")
            .expect(0)
            .verdicts("not_affected affected");
    }
}

#[test]
fn a_kind_stays_held_after_its_last_identifier_is_erased() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site.write("leak.csv", format!("E-Mail;KVNR\neva@example.de;{EVA}\nmax@example.de;\n"));
    site.write("eva.csv", format!("E-Mail;KVNR\neva@example.de;{EVA}\n"));
    site.write("members.csv", format!("Mitglied;KVNR\neva;{EVA}\n"));
    site.run("build --key key --output i leak.csv").expect(0);
    site.run(&format!("{ERASE} --without eva.csv i")).expect(0);
    let shown = site.run("inspect left.leakdex").expect(0).stdout;
    assert!(shown.contains("kvnr"), "{shown}");
    assert!(shown.contains("records       1\n  erased      1\n"), "{shown}");
    site.run("check --key key --index left.leakdex --all members.csv")
        .expect(0)
        .verdicts("not_affected");
}

/// Two parts share records and numbers, and a record has two addresses.
#[test]
fn counts_of_merged_and_separate_indexes_agree() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    let header = "E-Mail;Zweitmail;KVNR";
    let shared = format!("eva@example.de;eva@example.org;{EVA}\n");
    site.write("leak.csv", format!("{header}\n{shared}max@example.de;;{MAX}\n"));
    site.write("more.csv", format!("{header}\n{shared}m@example.de;;{MAX}\n"));
    site.write("members.csv", format!("Mitglied;KVNR\neva;{EVA}\nmax;{MAX}\n"));
    for (index, file) in [("one", "leak.csv"), ("two", "more.csv")] {
        let build =
            format!("build --key key --name leak --column Zweitmail=email --output {index}");
        site.run(&format!("{build} {file}")).expect(0);
    }
    site.run("merge --key key --output all --summary s.json one two").expect(0);
    let reports = ["--index one --index two", "--index all"].map(|indexes| {
        let check = format!("check --key key {indexes} --report r.json --output f.csv members.csv");
        site.run(&check).expect(0);
        (site.json("r.json"), site.read("f.csv"))
    });
    let persons = |report: &Value| report["persons"].clone();
    assert_eq!(persons(&reports[0].0), persons(&reports[1].0));
    assert_eq!(reports[0].1, reports[1].1);
    let metadata = site.json_of("inspect --json all");
    let rows = &metadata["rows"];
    assert_eq!((&metadata["records"], &rows["read"]), (&json!(3), &json!(4)));
    assert_eq!((&rows["indexed"], &rows["duplicate"]), (&json!(3), &json!(1)));
    assert_eq!(site.json("s.json")["records"], 3);
    for base in
        reports.iter().filter_map(|(report, _)| report["checked_against"].as_array()).flatten()
    {
        let kinds = base["kinds"].as_array().expect("a list").iter();
        let sum: u64 = kinds.map(|kind| kind["identifiers"].as_u64().expect("a number")).sum();
        assert_eq!(base["identifiers"], sum);
    }
    let shown = site.run("inspect all").expect(0).stdout;
    assert!(shown.contains("kvnr: 2 identifiers, 3 times in a record\n"), "{shown}");
    assert!(shown.contains("email: 4 identifiers, 4 times in a record\n"), "{shown}");
}

#[test]
fn an_index_given_twice_counts_once() {
    let site = site();
    site.write("copy.leakdex", site.bytes("leak.leakdex"));
    site.run("merge --key key --output all.leakdex leak.leakdex copy.leakdex")
        .expect(0)
        .says("copy.leakdex: is the same index as leak.leakdex, and counts once\n");
    assert!(site.bytes("all.leakdex") == site.bytes("leak.leakdex"));
    site.run(&format!("merge {BOTH} --output all.leakdex")).expect(0);
    let all = site.json_of("inspect --json all.leakdex");
    site.run("merge --key key --output more.leakdex all.leakdex leak.leakdex").expect(0);
    let more = site.json_of("inspect --json more.leakdex");
    assert_eq!((&all["records"], &all["kinds"]), (&more["records"], &more["kinds"]));
    assert_eq!(all["rows"]["indexed"], more["rows"]["indexed"]);
}

#[test]
fn an_unusable_row_to_erase_is_an_error() {
    let site = site();
    for (rows, expected) in
        [("KVNR\nA12345\n", "correct the file"), ("KVNR\n", "has a header and no rows")]
    {
        site.write("erase.csv", rows);
        site.run("merge --key key --output left.leakdex --without erase.csv leak.leakdex")
            .expect_error(&["erase.csv", expected]);
        assert!(!site.exists("left.leakdex"));
    }
}

#[test]
fn a_merge_refuses_incompatible_indexes_with_the_reason() {
    let site = site();
    site.run("keygen key2").expect(0);
    site.run("build --key key2 --output foreign.leakdex leak.csv").expect(0);
    for (arguments, words) in [
        ("leak.leakdex foreign.leakdex", ["foreign.leakdex: built with key", "you gave"]),
        ("--without-breach leka leak.leakdex", ["leka: no index has a breach", "inspect"]),
        ("--without-breach leak leak.leakdex", ["nothing would be left", "delete the index"]),
        ("leak.leakdex key", ["key: not a leakdex index", "error: "]),
    ] {
        site.run(&format!("merge --key key --output all.leakdex {arguments}")).expect_error(&words);
        assert!(!site.exists("all.leakdex"));
    }
    site.run("merge --key key --output - leak.leakdex").expect(2);
    site.run("merge --key key --output key leak.leakdex").expect(2);
}

#[test]
fn indexes_of_another_scheme_or_normaliser_are_refused_and_everything_stays() {
    let site = site();
    site.write("s.json", "earlier");
    let (earlier, index) = (site.bytes("leak.leakdex"), site.bytes("other.leakdex"));
    for (from, to, words) in [
        ("hmac-sha256-64/1", "hmac-sha256-64/9", ["hmac-sha256-64/9", "does not know"]),
        ("\"normaliser\":3,", "\"normaliser\":4,", ["normaliser 4", "has normaliser 3"]),
    ] {
        // The metadata is at the beginning, and has the same length as before.
        let place = index.windows(from.len()).position(|bytes| bytes == from.as_bytes());
        let mut changed = index.clone();
        let place = place.expect("the metadata says it");
        changed[place..place + to.len()].copy_from_slice(to.as_bytes());
        site.write("other.leakdex", &changed);
        let merge = format!("merge {BOTH} --output leak.leakdex --summary s.json");
        site.run(&merge).expect_error(&["other.leakdex: ", words[0], words[1]]).prints("");
        assert!(site.bytes("leak.leakdex") == earlier, "the output was replaced");
        assert!(site.bytes("other.leakdex") == changed);
        assert_eq!(site.read("s.json"), "earlier");
    }
}
