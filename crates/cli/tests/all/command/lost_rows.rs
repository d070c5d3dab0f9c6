//! Rows and cells that hold the data of several people: a check must not give the others a whole all-clear.

use std::ops::Range;

use super::support::{Site, kvnr, signs};

const HEADER: &str = "E-Mail;Nachname;KVNR\n";

fn row(number: u32) -> String {
    format!("m{number}@example.de;Name{number};{}\n", kvnr(number))
}

fn lines(numbers: Range<u32>, line: impl Fn(u32) -> String) -> String {
    numbers.map(line).collect()
}

fn rows(numbers: Range<u32>) -> String {
    lines(numbers, row)
}

/// Members who are all in an intact leak of the rows 0 to 400.
fn members() -> String {
    "id;E-Mail\n".to_owned() + &lines(0..400, |number| format!("{number};m{number}@example.de\n"))
}

/// A folder with a key and the members.
fn site() -> Site {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site.write("m.csv", members());
    site
}

/// Checks the members against this leak. Some must be missing, and none of those may be wholly clear.
#[track_caller]
fn assert_no_whole_all_clear(site: &Site, (leak, sign): (&str, &str), members: &str) {
    site.run(&format!("build --key key --max-rejects 400 --output i {leak}")).expect(0);
    for source in ["--key key --index i".to_owned(), format!("--max-rejects 400 --leak {leak}")] {
        site.run(&format!("check {source} --output f --summary s {members}")).expect(0);
        let summary = site.json("s");
        let not_affected = summary["not_affected"].as_u64().expect("a count");
        assert!(not_affected > 0, "{leak}, {source}: nobody is missing");
        assert_eq!(summary["partially_checked"], not_affected, "{leak}, {source}");
        assert!(signs(&summary).contains(&sign), "{leak}, {source}: {:?}", signs(&summary));
    }
}

#[test]
fn rows_that_ran_together_leave_a_caveat() {
    let site = site();
    let carriage_returns = rows(300..400).replace('\n', "\r");
    let first = row(300).replacen(';', ";\"", 1);
    let last = row(350).replacen("Name350", "Name350\"", 1);
    let between_quotes = first + &rows(301..350) + &last + &rows(351..400);
    let one_line = rows(300..400).trim_end().replace('\n', ";") + "\n";
    let other_separators = rows(300..400).trim_end().replace('\n', "\u{2028}") + "\n";
    let quoted = format!("\"{}\"\n", rows(300..400));
    for (name, end) in [
        ("quoted.csv", quoted),
        ("returns.csv", carriage_returns),
        ("quotes.csv", between_quotes),
        ("line.csv", one_line),
        ("separators.csv", other_separators),
    ] {
        site.write(name, HEADER.to_owned() + &rows(0..300) + &end);
        assert_no_whole_all_clear(&site, (name, "cut-off"), "m.csv");
    }
}

#[test]
fn members_whose_rows_ran_together_leave_a_caveat() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site.write("leak.csv", HEADER.to_owned() + &rows(0..400));
    let list = |numbers| lines(numbers, |number| format!("{number};{}", row(number)));
    let returns = list(300..400).replace('\n', "\r");
    site.write("m.csv", format!("id;{HEADER}{}{returns}\n", list(0..300)));
    site.run("check --leak leak.csv --output f --summary s m.csv").expect(0);
    let summary = site.json("s");
    assert_eq!((&summary["affected"], &summary["not_affected"]), (&301.into(), &0.into()));
    let caveats = summary["caveats"].as_array().expect("a list");
    let cut_off = caveats.iter().find(|caveat| caveat["sign"] == "cut-off");
    assert_eq!(cut_off.expect("99 members have no finding")["side"], "members");
}

#[test]
fn several_records_in_a_line_of_json_leave_a_caveat() {
    let site = site();
    let record = |number: u32| format!("{{\"E-Mail\":\"m{number}@example.de\"}}");
    let records =
        |numbers: Range<u32>, between: &str| numbers.map(record).collect::<Vec<_>>().join(between);
    for (name, between) in [("commas.jsonl", ","), ("joined.jsonl", ""), ("returns.jsonl", "\r")] {
        site.write(name, records(0..300, "\n") + "\n" + &records(300..400, between) + "\n");
        assert_no_whole_all_clear(&site, (name, "cut-off"), "m.csv");
    }
}

#[test]
fn a_statement_that_inserts_rows_in_another_way_leaves_a_caveat() {
    let site = site();
    let values = |numbers: Range<u32>| -> String {
        let values = numbers.map(|number| format!("('m{number}@example.de')"));
        values.collect::<Vec<_>>().join(",")
    };
    let usual = format!("INSERT INTO u (email) VALUES {};\n", values(0..300));
    let other =
        format!("INSERT INTO u (email) SELECT * FROM (VALUES {}) AS v;\n", values(300..400));
    let commented = format!("/*!50000 INSERT INTO u (email) VALUES {} */;\n", values(300..400));
    let merged = format!(
        "MERGE INTO u USING (VALUES {}) AS v (e) ON u.email = v.e WHEN NOT MATCHED THEN INSERT (email) VALUES (v.e);\n",
        values(300..400)
    );
    let from_file = "COPY u (email) FROM '/data/rest.csv';\n".to_owned();
    for (name, end) in [
        ("select.sql", other),
        ("comment.sql", commented),
        ("merge.sql", merged),
        ("file.sql", from_file),
    ] {
        site.write(name, usual.clone() + &end);
        assert_no_whole_all_clear(&site, (name, "cut-off"), "m.csv");
    }
}

#[test]
fn many_values_in_a_cell_and_fields_beyond_the_header_leave_a_caveat() {
    let site = site();
    let address = |number: u32| format!("m{number}@example.de");
    let cell: Vec<String> = (300..400).map(address).collect();
    site.write("cell.csv", format!("E-Mail;Nachname\n{}{};X\n", pairs(0..300), cell.join(", ")));
    assert_no_whole_all_clear(&site, ("cell.csv", "cut-off"), "m.csv");
    let wide = lines(0..200, |number| {
        format!("{};Name{number};{}\n", address(number), address(number + 200))
    });
    site.write("wide.csv", format!("E-Mail;Nachname\n{wide}"));
    assert_no_whole_all_clear(&site, ("wide.csv", "cut-off"), "m.csv");
}

fn pairs(numbers: Range<u32>) -> String {
    lines(numbers, |number| format!("m{number}@example.de;Name{number}\n"))
}

#[test]
fn a_damaged_column_with_few_values_leaves_a_caveat() {
    let site = site();
    // Nearly all rows have another address in an intact column.
    let row = |number: u32| {
        let second =
            if number < 100 { format!("m{}(a)example.de", number + 300) } else { String::new() };
        format!("x{number}@example.de;{second}\n")
    };
    site.write("leak.csv", "E-Mail;E-Mail 2\n".to_owned() + &lines(0..10_000, row));
    site.write(
        "late.csv",
        "id;E-Mail\n".to_owned() + &lines(300..400, |n| format!("{n};m{n}@example.de\n")),
    );
    assert_no_whole_all_clear(&site, ("leak.csv", "invalid-values"), "late.csv");
}

/// A row can also have the number of the member's child.
#[test]
fn an_unused_column_of_a_used_kind_leaves_a_caveat() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    let leak =
        lines(0..200, |number| format!("{};Name{number};{}\n", kvnr(number), kvnr(number + 200)));
    site.write("leak.csv", format!("KVNR;Nachname;Kind 1 KVNR\n{leak}"));
    let list = lines(0..400, |number| format!("{number};{}\n", kvnr(number)));
    site.write("m.csv", format!("id;KVNR\n{list}"));
    assert_no_whole_all_clear(&site, ("leak.csv", "unused-column"), "m.csv");
    site.run("build --key key --output i2 --column 'Kind 1 KVNR=kvnr' leak.csv").expect(0);
    site.run("check --key key --index i2 --output f --summary s m.csv").expect(0);
    assert_eq!(site.json("s")["affected"], 400);
}

/// An index stores no count below ten, so its reader could not find this caveat again.
#[test]
fn each_check_repeats_a_caveat_of_many_rare_reasons() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    let damaged = |number: u32| match number % 5 {
        0 => format!("m{number}example.de"),
        1 => format!("m***@{number}.example.de"),
        2 => format!("m{number}@@example.de"),
        3 => format!("m{number}@example.d"),
        _ => format!(".m{number}@example.de"),
    };
    let second = |number| {
        if number < 45 { damaged(number) } else { format!("m{number}@example.de") }
    };
    let leak = lines(0..300, |number| format!("other{number}@example.de;{}\n", second(number)));
    site.write("leak.csv", format!("E-Mail;E-Mail 2\n{leak}"));
    site.write("m.csv", members());
    site.run("build --key key --output i --summary b leak.csv").expect(0);
    site.run("check --key key --index i --output f --summary s m.csv").expect(0);
    let (build, check) = (site.json("b"), site.json("s"));
    assert!(signs(&build).contains(&"invalid-values"), "{build}");
    let of_leak = check["caveats"].as_array().expect("a list").iter();
    let of_leak = of_leak.filter(|caveat| caveat["side"] == "leak").count();
    assert_eq!(of_leak, signs(&build).len(), "{check}");
}

/// Intact files often have such cells.
#[test]
fn usual_line_ends_and_further_fields_leave_no_caveat() {
    let site = site();
    let leak = HEADER.to_owned() + &rows(0..300);
    let inner_return = leak.clone() + "m300@example.de;Straße\r12;\n";
    let remarks = leak.clone() + "m300@example.de;Muster;;Dr.;med.;MBA;Bonn\n";
    let quoted = leak + "m300@example.de;\"Straße\n12\";\n";
    for (name, text) in [("r.csv", inner_return), ("t.csv", remarks), ("q.csv", quoted)] {
        site.write(name, text);
        site.run(&format!("build --key key --output i --summary b {name}")).expect(0);
        let build = site.json("b");
        assert!(!signs(&build).contains(&"cut-off"), "{name}: {build}");
    }
    let list =
        lines(0..200, |number| format!("{number};{};{}\n", kvnr(number), kvnr(number + 500)));
    site.write("m.csv", format!("id;KVNR;KVNR Hauptversicherter\n{list}"));
    site.run("check --key key --index i --output f --summary s m.csv").expect(0);
    assert!(!signs(&site.json("s")).contains(&"unused-column"), "it is another person's number");
}

#[test]
fn a_second_header_in_another_order_leaves_a_caveat() {
    let site = site();
    let line = |number| format!("m{number}@example.de;alt{number}@example.org\n");
    let header = "E-Mail;Kontakt\n";
    let changed = |number| format!("alt{number}@example.org;m{number}@example.de\n");
    let end = "Kontakt;E-Mail\n".to_owned() + &lines(300..400, changed);
    site.write("order.csv", header.to_owned() + &lines(0..300, line) + &end);
    assert_no_whole_all_clear(&site, ("order.csv", "cut-off"), "m.csv");
    // The content of the columns is unknown in the second part.
    site.write("phone.csv", "id;E-Mail;Telefon\n1;x@example.de;0221 4712345\n");
    site.run("check --leak order.csv --output f --summary s phone.csv").expect(0);
    assert_eq!(site.json("s")["not_in_leak"], serde_json::json!([]));
    // Excel begins a file with a byte order mark. The new column does not hide the other names.
    let marked = format!("\u{feff}Kontakt;E-Mail;Neu\n{}", lines(300..400, changed));
    site.write("marked.csv", header.to_owned() + &lines(0..300, line) + &marked);
    assert_no_whole_all_clear(&site, ("marked.csv", "cut-off"), "m.csv");
    // PowerShell also writes quotation marks. The new column comes first.
    let quoted = format!("\u{feff}\"Neu\";\"Kontakt\";\"E-Mail\"\n{}", lines(300..400, changed));
    site.write("quoted.csv", header.to_owned() + &lines(0..300, line) + &quoted);
    assert_no_whole_all_clear(&site, ("quoted.csv", "cut-off"), "m.csv");
    // Another system wrote the second part, and names its columns differently.
    let contacts = |number| format!("m{number}@example.de;alt{number}@example.org;Name{number}\n");
    let first = "E-Mail;E-Mail des Vermittlers;Nachname\n".to_owned() + &lines(0..300, contacts);
    let swapped = |number| format!("Name{number};alt{number}@example.org;m{number}@example.de\n");
    let other = format!("last_name;supervisor_email;e_mail\n{}", lines(300..400, swapped));
    site.write("other.csv", first + &other);
    assert_no_whole_all_clear(&site, ("other.csv", "cut-off"), "m.csv");
    // The headers have a further word beside the name of the field.
    let other = format!("Mail Kontaktperson;Mail\n{}", lines(300..400, changed));
    let first = "E-Mail;E-Mail Ansprechpartner\n".to_owned() + &lines(0..300, line);
    site.write("further.csv", first + &other);
    assert_no_whole_all_clear(&site, ("further.csv", "cut-off"), "m.csv");
    // Each cell of this header is a valid name.
    let person = |number| format!("Muster{number};Max;50667\n");
    let names = "Nachname;Vorname;PLZ\n".to_owned() + &lines(0..20, person);
    site.write("names.csv", names + "Vorname;Nachname;PLZ\nEva;Muster;50667\n");
    site.run("build --key key --output i names.csv").expect(0).says("other-header 1");
    // The same header again does no harm, even if a name occurs twice.
    let row = |number| format!("m{number}@example.de;;\n");
    let twice = "E-Mail;Telefon;Telefon\n";
    site.write("twice.csv", twice.to_owned() + &lines(0..20, row) + twice);
    let run = site.run("build --key key --output i twice.csv").expect(0);
    assert!(!run.stderr.contains("other-header"), "{}", run.stderr);
    // Without a header, the names of the columns are numbers.
    let numbers = "2;m0@example.de;1\n".to_owned()
        + &lines(1..400, |number| format!("{number};m{number}@example.de;1\n"));
    site.write("numbers.csv", numbers);
    site.run("build --no-header --column 2=email --column 1=ignore --column 3=ignore --key key --output i numbers.csv")
        .expect(0);
    site.run("check --key key --index i --output f --summary s m.csv").expect(0);
    assert_eq!(signs(&site.json("s")), [""; 0]);
    // The same header again does no harm.
    let again = header.to_owned() + &lines(0..200, line) + header + &lines(200..400, line);
    site.write("again.csv", again);
    site.run("check --column Kontakt=ignore --leak again.csv --output f --summary s m.csv")
        .expect(0);
    assert_eq!(signs(&site.json("s")), [""; 0]);
}

#[test]
fn a_row_that_is_too_long_leaves_a_caveat() {
    let site = site();
    let record = |number: u32| format!("{{\"E-Mail\":\"m{number}@example.de\",\"Notiz\":\"\"}}");
    let records = |numbers: Range<u32>| numbers.map(record).collect::<Vec<_>>().join(",");
    let note = records(300..400).replace('"', "\\\"") + &" ".repeat(1 << 20);
    let long = format!("{{\"E-Mail\":\"x@example.de\",\"Notiz\":\"{note}\"}}");
    site.write("long.json", format!("[{},{long}]", records(0..300)));
    assert_no_whole_all_clear(&site, ("long.json", "cut-off"), "m.csv");
}

#[test]
fn people_beside_the_records_of_a_document_leave_a_caveat() {
    let site = site();
    let record = |number: u32| format!("{{\"E-Mail\":\"m{number}@example.de\"}}");
    let records = (0..300).map(record).collect::<Vec<_>>().join(",");
    let entry = |number: u32| format!("\"{number}\":\"m{number}@example.de\"");
    let entries = (300..400).map(entry).collect::<Vec<_>>().join(",");
    let aside = format!("{{\"users\":[{records}],\"newsletter\":{{{entries}}}}}");
    site.write("aside.json", aside);
    assert_no_whole_all_clear(&site, ("aside.json", "cut-off"), "m.csv");
}

#[test]
fn further_values_and_rare_values_in_unused_columns_leave_a_caveat() {
    let site = site();
    let sound = |number: u32| {
        format!("{{\"E-Mail\":\"m{number}@example.de\",\"Daten\":[[\"tel\",\"x\"]]}}\n")
    };
    let with_address = |number: u32| {
        format!(
            "{{\"E-Mail\":\"y{number}@example.de\",\"Daten\":[[\"mail\",\"m{number}@example.de\"]]}}\n"
        )
    };
    site.write("further.jsonl", lines(0..300, sound) + &lines(300..400, with_address));
    assert_no_whole_all_clear(&site, ("further.jsonl", "unused-column"), "m.csv");
    // Two in a hundred names of accounts are addresses.
    let line = |number| format!("m{number}@example.de;konto{number}\n");
    let rare = |number| format!("y{number}@example.de;m{number}@example.de\n");
    let address = |number| format!("{number};m{number}@example.de\n");
    site.write("many.csv", "id;E-Mail\n".to_owned() + &lines(7_840..8_000, address));
    let rows = "E-Mail;Feld 7\n".to_owned() + &lines(0..7_840, line) + &lines(7_840..8_000, rare);
    site.write("rare.csv", rows);
    assert_no_whole_all_clear(&site, ("rare.csv", "unused-column"), "many.csv");
}

#[test]
fn unused_columns_of_relatives_leave_a_caveat() {
    let site = site();
    let names = ["Weber", "Schulz", "Becker", "Hoffmann", "Koch"];
    let person = |number: u32| {
        let name = names[number as usize % names.len()];
        format!(
            "{name};Anna;{:02}.03.{};{:05}",
            number % 28 + 1,
            1930 + number % 70,
            10_115 + number
        )
    };
    let fields = "Nachname;Vorname;Geburtsdatum;PLZ";
    let with_child = |number| {
        let name = names[number as usize % names.len()];
        format!("{};{name};Lena;{:02}.07.{}\n", person(number), number % 28 + 1, 1990 + number % 30)
    };
    let header = format!("{fields};Kind Nachname;Kind Vorname;Kind Geburtsdatum\n");
    site.write("family.csv", header + &lines(0..300, with_child));
    let child = |number: u32| {
        let name = names[number as usize % names.len()];
        let (day, year) = (number % 28 + 1, 1990 + number % 30);
        format!("{number};{name};Lena;{day:02}.07.{year};{:05}\n", 10_115 + number)
    };
    site.write("children.csv", format!("id;{fields}\n") + &lines(0..300, child));
    assert_no_whole_all_clear(&site, ("family.csv", "unused-column"), "children.csv");
}
