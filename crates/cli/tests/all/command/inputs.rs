//! The forms of inputs: format, compression, encoding, delimiter, columns.

use super::support::{EVA, FINDINGS, LEAK, MAX, MEMBERS, NOBODY, Site, gzip, kvnr, latin_1};

/// A leak whose only identifier is built from a name with umlauts.
const UMLAUTS: &str = "Nachname;Vorname;Geburtsdatum\nMüßig;Jörg;01.02.1970\n";

/// A folder with that leak in UTF-8.
fn with_umlauts() -> Site {
    let site = Site::new();
    site.write("leak.csv", UMLAUTS);
    site
}

#[test]
fn a_hyphen_is_standard_input_and_output() {
    let site = Site::with_index();
    let by_file = site.run("check --key key --index leak.leakdex --output f members.csv");
    by_file.expect(3).prints("");
    // No cell may start a formula, so even the name of standard input gets an apostrophe.
    let expected = site.read("f").replace("members.csv,", "'-,");
    let run = site.feed("check --key key --index leak.leakdex --output - -", MEMBERS);
    run.expect(3).prints(&expected);
    let run = site.feed("check --leak - members.csv --summary - --output f", LEAK).expect(3);
    assert!(run.stdout.contains("\"affected\": 2"), "{}", run.stdout);
    let run = site.feed(
        "build --key key --output i --max-rejects 1 --rejects - -",
        "KVNR\nA12\nA123456780\n",
    );
    run.expect(0).prints("file,row,column,reason\n'-,1,KVNR,wrong-length\n");
}

#[test]
fn gzip_is_read_from_files_and_standard_input() {
    let site = Site::with_index();
    site.write("leak.csv.gz", gzip(LEAK));
    site.write("members.gz", gzip(MEMBERS));
    site.run("check --leak leak.csv.gz members.gz").expect(3).verdicts("affected affected");
    site.feed("check --key key --index leak.leakdex -", gzip(MEMBERS))
        .expect(3)
        .verdicts("affected affected");
}

#[test]
fn json_lines_are_detected_or_declared_for_all_inputs_or_one() {
    let site = Site::with_files();
    let members = format!(
        "{{\"id\":\"a\",\"E-Mail\":[\"x@example.de\",\"max@example.de\"]}}\n\
         {{\"id\":7,\"KVNR\":\"{EVA}\"}}\n{{\"KVNR\":null}}\n"
    );
    site.write("m.jsonl", &members);
    site.write("m.txt", format!("\n{members}"));
    let check = "check --leak leak.csv --all";
    for list in ["m.jsonl", "m.txt"] {
        let run = site.run(&format!("{check} {list}"));
        let run = run.expect(3).verdicts("affected affected indeterminate");
        assert!(run.stdout.contains(",2,7,affected,certain,kvnr,"), "{}", run.stdout);
    }
    // The first line is not JSON, so nothing shows the format.
    site.write("m.txt", format!("cut off\n{members}"));
    site.run(&format!("{check} m.txt")).expect_error(&["m.txt", "no column"]);
    site.run(&format!("{check} --for m.txt:format=jsonl m.txt"))
        .expect(3)
        .verdicts("indeterminate affected affected indeterminate");
    // `--format` applies to all inputs, and this leak is CSV.
    site.run(&format!("{check} --format jsonl m.txt"))
        .expect_error(&["leak.csv", "no value has a name"]);
}

#[test]
fn a_line_that_is_not_json_counts_as_a_row() {
    let site = Site::with_files();
    site.write("m.jsonl", format!("{{\"KVNR\":\"{MAX}\"}}\n{{\"KVNR\":\n{{\"KVNR\":\"{EVA}\"}}\n"));
    site.run("check --leak leak.csv --all --rejects r m.jsonl")
        .expect(3)
        .verdicts("affected indeterminate affected");
    assert_eq!(site.read("r"), "file,row,column,reason\nm.jsonl,2,,invalid-json\n");
}

#[test]
fn without_a_header_columns_are_mapped_by_number() {
    let site = Site::with_index();
    site.write("m.csv", format!("x,1,{MAX}\ny,2,{NOBODY}\n"));
    let run = site.run(
        "check --key key --index leak.leakdex --no-header --column 3=kvnr --column 1=id m.csv",
    );
    run.expect(0).says("kvnr").finds(&["m.csv,1,x,affected,certain,kvnr,leak,\
         dates-of-birth email-addresses health-insurance-information names"]);
    site.run("check --key key --index leak.leakdex --no-header --column 4=kvnr m.csv")
        .expect_error(&["m.csv", "'4'", "from 1 to 3"]);
}

#[test]
fn a_column_is_mapped_as_the_caller_says() {
    let site = Site::with_files();
    site.write("m.csv", format!("Nr;E-Mail;Feld A;Kontakt=neu\n7;{EVA};{MAX};max@example.de\n"));
    let run = site.run(
        "check --leak leak.csv --rejects r --column Nr=id --column 'feld a=kvnr' \
         --column E-Mail=ignore --column Kontakt=neu=email m.csv",
    );
    // The leak's own column of that name is ignored too, so its address is not in the index.
    let run = run.expect(0).says("kvnr         <- 'Feld A' (column 3)");
    assert!(run.stdout.contains("m.csv,1,7,affected,certain,kvnr,"), "{}", run.stdout);
    assert_eq!(site.read("r"), "file,row,column,reason\n");
}

#[test]
fn usual_german_and_english_headers_are_recognised_and_listed() {
    let site = Site::with_files();
    let german = "Versichertennummer;E-Mail-Adresse;Name;Vorname;Geb.-Datum;PLZ;Sonstiges\n";
    site.write("m.csv", format!("{german}{MAX};;;;;;\n"));
    site.run("check --leak leak.csv m.csv").expect(0).says_all(&[
        "m.csv: CSV, delimiter ';', encoding ASCII",
        "kvnr         <- 'Versichertennummer'",
        "email        <- 'E-Mail-Adresse'",
        "last-name    <- 'Name'",
        "first-name   <- 'Vorname'",
        "birth-date   <- 'Geb.-Datum'",
        "postal-code  <- 'PLZ'",
        "ignored      <- 'Sonstiges'",
    ]);
    let english = "insured_number,email address,last name,First-Name,date_of_birth,zip\n";
    site.write("m.csv", format!("{english}{MAX},,,,,\n"));
    site.run("check --leak leak.csv m.csv")
        .expect(0)
        .says_all(&["kvnr         <- 'insured_number'", "birth-date   <- 'date_of_birth'"]);
}

#[test]
fn the_delimiter_is_detected_or_set() {
    let site = Site::with_index();
    for (delimiter, shown) in [(";", "';'"), (",", "','"), ("\t", "tab"), ("|", "'|'")] {
        site.write("m.csv", format!("id{delimiter}KVNR\nx{delimiter}{MAX}\n"));
        let run = site.run("check --key key --index leak.leakdex m.csv").expect(0);
        run.says(&format!("delimiter {shown}"));
    }
    site.write("m.csv", format!("id#KVNR\nx#{MAX}\n"));
    let check = "check --key key --index leak.leakdex m.csv --delimiter";
    site.run(&format!("{check} #")).expect(0).verdicts("affected");
    site.write("m.csv", format!("id\tKVNR\nx\t{MAX}\n"));
    site.run(&format!("{check} tab")).expect(0);
    site.run("check --leak m.csv --delimiter '\t' m.csv").expect(0);
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_header() {
    let site = with_umlauts();
    site.write("m.csv", format!("\u{FEFF}{UMLAUTS}"));
    site.run("check --leak leak.csv m.csv")
        .expect(0)
        .says("UTF-8 (byte order mark)")
        .verdicts("affected");
    let utf_16 = format!("\u{FEFF}{UMLAUTS}");
    site.write("m.csv", utf_16.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    site.run("check --leak leak.csv m.csv").expect(0).says("UTF-16LE").verdicts("affected");
}

#[test]
fn a_file_that_is_not_utf_8_is_windows_1252() {
    let site = with_umlauts();
    site.write("m.csv", latin_1(UMLAUTS));
    site.run("check --leak leak.csv m.csv")
        .expect(0)
        .says("windows-1252 (not UTF-8)")
        .verdicts("affected");
    // The first non-ASCII letter comes after the part that is examined before the run.
    let mut late = b"Nachname;Vorname;Geburtsdatum\n".to_vec();
    late.extend(b"Nobody;Here;01.01.1980\n".repeat(60_000));
    late.extend(latin_1("Müßig;Jörg;01.02.1970\n"));
    site.write("m.csv", late);
    let run = site
        .run("check --leak leak.csv m.csv")
        .expect(0)
        .says("m.csv: encoding windows-1252")
        .verdicts("affected");
    assert!(!run.stderr.contains("m.csv: m.csv:"), "{}", run.stderr);
}

#[test]
fn another_encoding_can_be_set() {
    let site = Site::new();
    site.write("leak.csv", "Nachname;Vorname;Geburtsdatum\nŽižka;Zoë;01.02.1970\n");
    let mut members = b"Nachname;Vorname;Geburtsdatum\n".to_vec();
    members.extend(b"\xB4i\xB8ka;Zo\xEB;01.02.1970\n");
    site.write("m.csv", members);
    let run = site.run("check --leak leak.csv --encoding iso-8859-15 m.csv").expect(0);
    run.says("ISO-8859-15").verdicts("affected");
    // As windows-1252, the name is `´i¸ka`, which gives no all-clear.
    site.run("check --leak leak.csv m.csv").expect(3).prints(FINDINGS);
}

#[test]
fn line_endings_may_be_crlf_and_the_last_may_be_missing() {
    let site = Site::with_files();
    site.write("m.csv", format!("id;KVNR\r\nx;{MAX}\r\n\r\ny;{EVA}"));
    let run = site.run("check --leak leak.csv m.csv").expect(0);
    assert!(run.stdout.contains("\nm.csv,2,y,affected"), "{}", run.stdout);
}

#[test]
fn a_quoted_field_may_hold_delimiters_and_line_ends() {
    let site = Site::with_files();
    site.write("m.csv", format!("id;KVNR\n\"a;\nb\";{MAX}\nc;{EVA}\n"));
    let run = site.run("check --leak leak.csv --format-out jsonl m.csv").expect(0);
    assert!(run.stdout.contains("\"row\":1,\"member\":\"a;\\nb\""), "{}", run.stdout);
    assert!(run.stdout.contains("\"row\":2,\"member\":\"c\""), "{}", run.stdout);
}

#[test]
fn an_unused_identifying_column_raises_a_question() {
    let site = Site::with_index();
    let rows: Vec<_> =
        (1..=20).map(|number| format!("x{number}@example.de;{}", kvnr(number))).collect();
    let rows = rows.join("\n");
    site.write("m.csv", format!("E-Mail;Zirkel\n{rows}\n;\n"));
    let check = "check --key key --index leak.leakdex";
    let run = site.run(&format!("{check} m.csv")).expect(3).says_all(&[
        "question: m.csv: 'Zirkel' (column 2) is not used",
        "of its first 20 values look like kvnr",
        "--column 'Zirkel=kvnr'",
    ]);
    assert!(!run.stderr.contains(&kvnr(7)), "{}", run.stderr);
    for target in ["kvnr", "ignore"] {
        let mapping = format!("--column 'Zirkel={target}'");
        let run = site.run(&format!("{check} {mapping} m.csv")).expect(3);
        assert!(!run.stderr.contains("question"), "{}", run.stderr);
    }
    let quiet = site.run(&format!("{check} --quiet m.csv")).expect(3);
    quiet.says("question: m.csv: 'Zirkel' (column 2) is not used");
    let build = site.run("build --key key --output i m.csv").expect(0);
    build.says("'Zirkel' (column 2) is not used");
}

#[test]
fn values_in_objects_within_json_lines_are_read() {
    let site = Site::with_index();
    site.write(
        "m.jsonl",
        format!(
            "{{\"E-Mail\":\"x@example.de\",\"tags\":[\"a\"]}}\n\
             {{\"E-Mail\":\"y@example.de\",\"person\":{{\"kvnr\":\"{MAX}\"}}}}\n\
             {{\"E-Mail\":\"z@example.de\",\"persons\":[{{\"kvnr\":\"{EVA}\"}}]}}\n"
        ),
    );
    let run = site
        .run("check --key key --index leak.leakdex --all m.jsonl")
        .expect(0)
        .verdicts("not_affected affected affected");
    assert!(!run.stderr.contains(MAX) && !run.stderr.contains(EVA), "{}", run.stderr);
}

#[test]
fn a_clerks_name_in_a_username_column_affects_nobody() {
    let site = Site::new();
    let rows = |shift: u32| {
        let row = |number: u32| format!("p{}@example.de;mmeier\n", number + shift);
        (0..150).map(row).collect::<String>()
    };
    site.write("leak.csv", format!("E-Mail;Benutzer\n{}", rows(0)));
    site.write("m.csv", format!("E-Mail;Benutzer\n{}", rows(1000)));
    let run = site.run("check --leak leak.csv --quiet --summary s m.csv").expect(0);
    assert_eq!(site.json("s")["affected"], 0);
    run.says_all(&[
        "question: leak.csv: 'Benutzer' (column 2) is not used",
        "question: m.csv: 'Benutzer' (column 2) is not used",
    ]);
    let unused = &site.json("s")["files"][0]["unused_columns"][0];
    assert_eq!(
        (&unused["column"], &unused["looks_like"]),
        (&"Benutzer".into(), &"username".into())
    );
    // Affected members learn that their usernames leaked.
    site.write("m.csv", "E-Mail\np7@example.de\n");
    let run = site.run("check --leak leak.csv m.csv").expect(0);
    run.finds(&["m.csv,1,,affected,strong,email email-alias,leak,email-addresses usernames"]);
    let run = site.run("check --leak leak.csv --column Benutzer=username m.csv").expect(0);
    run.says("username     <- 'Benutzer'");
}

#[test]
fn an_insured_number_under_the_reference_is_checked() {
    let site = Site::new();
    let rows = |from: u32| (from..from + 20).map(|number| kvnr(number) + "\n").collect::<String>();
    site.write("leak.csv", format!("Versichertennummer\n{}", rows(10)));
    site.write("m.csv", format!("Mitgliedsnummer\n{}", rows(0)));
    let run = site.run("check --leak leak.csv --summary s m.csv").expect(0);
    assert_eq!(site.json("s")["affected"], 10);
    assert!(run.stdout.contains(&format!("m.csv,11,{},affected,certain,kvnr", kvnr(10))));
    run.says(
        "kvnr         <- 'Mitgliedsnummer' (column 1): the references are also used as this field",
    );
}

#[test]
fn letters_mention_a_leaked_diagnosis_by_default() {
    let site = Site::new();
    site.write("leak.csv", format!("KVNR;Diagnose;Ort\n{MAX};J45;Essen\n{EVA};;\n"));
    site.write("m.csv", format!("KVNR;Diagnose;Ort\n{MAX};;\n{EVA};x;y\n"));
    let run = site.run("check --leak leak.csv m.csv").expect(0);
    assert!(!run.stderr.contains("question"), "{}", run.stderr);
    run.finds(&[
        "m.csv,1,,affected,certain,kvnr,leak,\
         health-insurance-information personal-health-data physical-addresses",
        "m.csv,2,,affected,certain,kvnr,leak,health-insurance-information",
    ]);
}
