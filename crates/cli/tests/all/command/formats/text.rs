//! Other text formats: xDT, vCard, LDIF, fixed width, and delimiters of several characters.

use super::super::support::{EVA, MAX, NOBODY, Site};

/// A list of a member who is in the leak and a member who is not.
fn members() -> String {
    format!(
        "Nr;KVNR;E-Mail;Nachname;Vorname;Geburtsdatum\n\
         m1;{MAX};max@example.de;Müller;Max;01.02.1970\n\
         m2;{NOBODY};nobody@example.de;Niemand;Nina;05.06.1971\n"
    )
}

/// Asserts that a leak or a member list in another format gives the same verdicts as CSV.
fn assert_found(name: &str, leak: &[u8], list: &[u8], options: &str, reader: &str) {
    let site = Site::new();
    site.write("members.csv", members());
    site.write("leak.csv", members().lines().take(2).collect::<Vec<_>>().join("\n"));
    site.write(name, leak);
    let run = site.run(&format!("check --leak {name} --all members.csv {options}")).expect(0);
    run.says(&format!("{name}: {reader}")).verdicts("affected not_affected");
    site.write(name, list);
    let run = site.run(&format!("check --leak leak.csv --all {name} {options}")).expect(0);
    run.says(&format!("{name}: {reader}")).verdicts("affected not_affected");
}

/// xDT fields in a DOS code page.
fn xdt(fields: &[(&str, &str)]) -> Vec<u8> {
    let line = |(number, content): &(&str, &str)| {
        let content: Vec<u8> = content
            .chars()
            .map(
                |character| {
                    if character == 'ü' { 0x81 } else { u8::try_from(character).expect("ASCII") }
                },
            )
            .collect();
        let length = format!("{:03}{number}", content.len() + 9);
        [length.as_bytes(), &content, b"\r\n"].concat()
    };
    fields.iter().flat_map(line).collect()
}

#[test]
fn xdt_patients_are_found_as_leak_and_as_members() {
    let header = [("8000", "0020"), ("9106", "2")];
    let max = [
        ("8000", "6100"),
        ("3000", "m1"),
        ("3101", "Müller"),
        ("3102", "Max"),
        ("3103", "01021970"),
    ];
    let nina = [("8000", "6100"), ("3000", "m2"), ("3105", NOBODY), ("3101", "Niemand")];
    let leak = xdt(&[&header[..], &max].concat());
    let list = xdt(&[&header[..], &max, &nina, &[("8000", "0021")]].concat());
    assert_found("a.txt", &leak, &list, "", "xDT, encoding CP437");
}

#[test]
fn phone_contacts_are_found_as_leak_and_as_members() {
    let max = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Müller;Max;;;\r\nFN:Max Müller\r\nBDAY:1970-02-01\r\n\
               item1.EMAIL;type=INTERNET:max@exam\r\n ple.de\r\nUID:m1\r\nEND:VCARD\r\n";
    let nina = "BEGIN:VCARD\r\nVERSION:2.1\r\nEMAIL;INTERNET:nobody@example.de\r\nEND:VCARD\r\n";
    let list = format!("{max}{nina}");
    assert_found("a.vcf", max.as_bytes(), list.as_bytes(), "", "vCard");
}

#[test]
fn a_contact_whose_date_a_time_zone_may_have_shifted_gets_no_all_clear() {
    let site = Site::new();
    site.write("leak.csv", "Nachname;Vorname;Geburtsdatum\nMeier;Eva;01.02.1971\n");
    for date in ["19700131T200000-0400", "19700131T20:00:00-04:00", "19700131T20-04"] {
        let card = "BEGIN:VCARD\nVERSION:4.0\nN:Muster;Max;;;\nBDAY:DATE\nEND:VCARD\n";
        site.write("m.vcf", card.replace("DATE", date));
        site.run("check --leak leak.csv --all m.vcf").expect(3).verdicts("indeterminate");
    }
}

#[test]
fn directory_entries_are_found_as_leak_and_as_members() {
    let max = "dn: uid=mm,dc=example,dc=de\nobjectClass: inetOrgPerson\nemployeeNumber: m1\n\
               sn:: TcO8bGxlcg==\ngivenName: Max\nmail: max@exam\n ple.de\n\n";
    let nina = "dn: uid=nn,dc=example,dc=de\nemployeeNumber: m2\nmail: nobody@example.de\n";
    let list = format!("version: 1\n\n{max}{nina}");
    assert_found("a.ldif", max.as_bytes(), list.as_bytes(), "", "LDIF");
}

#[test]
fn lines_of_fixed_width_are_read_with_a_layout() {
    const LAYOUT: &str = "name;start;length\nNr;1;4\nNachname;5;12\nKVNR;17;10\n-;27;4\n";
    let line = |nr: &str, last: &str, kvnr: &str| format!("{nr:4}{last:12}{kvnr:10}    \r\n");
    let (max, nina) = (line("m1", "Müller", MAX), line("m2", "Niemand", NOBODY));
    let list = max.clone() + &nina;
    let site = Site::new();
    site.write("layout.csv", LAYOUT);
    site.write("members.csv", members());
    site.write("leak.txt", max);
    site.write("members.txt", &list);
    let run = site.run("check --leak leak.txt --layout layout.csv --all members.txt").expect(0);
    run.verdicts("affected not_affected");
    let check = "check --leak leak.txt --for leak.txt:layout=layout.csv --all members.csv";
    let run = site.run(check).expect(0);
    run.says("leak.txt: fixed width, lines of 30 characters, columns at 1-4, 5-16, 17-26")
        .says("members.csv: CSV")
        .verdicts("affected not_affected");
    site.write("long.csv", LAYOUT.to_owned() + &"\n".repeat(16 << 20));
    site.run("check --leak leak.txt --layout long.csv members.txt").expect(2).says("16 MiB");
    site.run(&format!("{check} --explain")).expect(2);
    site.run(&check.replace("--all", "--explain")).expect(0).prints_all(&["fixed width"]);
    // In the settings, the path is relative to their folder.
    site.make_folder("job");
    let settings = "[for.'leak.txt']\nlayout = '../layout.csv'\n[check]\nleak = 'leak.txt'\n";
    site.write("job/leakdex.toml", settings.replace("leak.txt", "../leak.txt"));
    let run = site.run("check --config job/leakdex.toml --all members.csv").expect(0);
    run.verdicts("affected not_affected");
}

#[test]
fn records_without_line_ends_are_found_if_a_program_padded_them_to_bytes() {
    let record = |number: usize| {
        let last = if number == 4 { "Müller" } else { "Muster" };
        // `ü` has two bytes.
        let width = if number == 4 { 15 } else { 16 };
        let email = format!("p{number}@example.de");
        format!("{number:>8}{last:width$}{:16}{email:34}", "Eva")
    };
    let site = Site::new();
    let layout = "name;start;length\nNr;1;8\nNachname;9;16\nVorname;25;16\nE-Mail;41;34\n";
    site.write("layout.csv", layout);
    site.write("members.txt", (1..=25).map(record).collect::<String>());
    let leaked = |number: usize| format!("{number};p{number}@example.de\n");
    site.write("leak.csv", "Nr;E-Mail\n".to_owned() + &(1..=25).map(leaked).collect::<String>());
    let check = "check --leak leak.csv --for members.txt:layout=layout.csv --all members.txt";
    let run = site.run(check).expect(0);
    run.says("without line ends, positions count bytes").verdicts(&["affected"; 25].join(" "));
}

#[test]
fn a_wrong_or_missing_layout_is_refused_with_advice() {
    let site = Site::with_files();
    let row = |name: &str| format!("{name:20}{MAX:14}x\n");
    site.write("m.txt", [row("Name"), row("Muster"), row("Beispiel")].concat());
    let run = site.run("check --leak leak.csv m.txt");
    run.expect_error(&["m.txt", "columns of fixed width", "--layout FILE"]);
    site.run("check --leak leak.csv --for m.txt:format=fixed m.txt")
        .expect_error(&["columns of fixed width", "--layout FILE"]);
    site.run("check --leak leak.csv --layout missing.csv m.txt").expect(2).says("missing.csv");
    site.write("layout.csv", "name;start;length\nName;1;x\n");
    site.run("check --leak leak.csv --layout layout.csv m.txt").expect(2).says("line 2");
    site.write("layout.csv", "name;start;length\nName;1;20\n");
    site.run("check --leak leak.csv --for m.txt:layout=layout.csv m.txt")
        .expect_error(&["the layout ends at character 20", "most lines have 35"]);
}

#[test]
fn a_layout_with_another_format_is_wrong_usage() {
    let site = Site::with_files();
    site.write("layout.csv", "name;start;length\nKVNR;1;10\n");
    site.write("m.txt", format!("{MAX}\n{NOBODY}\n"));
    let check = "check --leak leak.csv --all m.txt";
    for options in [
        "--layout layout.csv --format csv",
        "--for m.txt:layout=layout.csv --for m.txt:format=csv",
        "--for m.txt:format=jsonl --for m.*:layout=layout.csv",
    ] {
        let run = site.run(&format!("{check} {options}")).expect(2);
        run.says("m.txt: a layout is for columns of fixed width");
    }
    site.write("leakdex.toml", "[for.'m.txt']\nlayout = 'layout.csv'\nformat = 'csv'\n");
    site.run(check).expect(2).says("a layout is for columns of fixed width");
    site.write("leakdex.toml", "");
    // The option for one file overrides the option for all.
    for options in [
        "--for m.txt:layout=layout.csv --for m.txt:format=fixed",
        "--for m.txt:layout=layout.csv --format csv",
        "--layout layout.csv --for leak.csv:format=csv",
    ] {
        let run = site.run(&format!("{check} {options}")).expect(0);
        run.says("m.txt: fixed width").says("leak.csv: CSV").verdicts("affected not_affected");
    }
}

#[test]
fn a_shifted_line_of_a_member_list_is_reported() {
    let site = Site::with_files();
    site.write("layout.csv", "name;start;length\nNr;1;4\nKVNR;5;10\n");
    site.write("m.txt", format!("m1  {NOBODY}\nm2 {MAX}\nm3  {EVA}\nm4  {NOBODY}1\n"));
    let run =
        site.run("check --leak leak.csv --for m.txt:layout=layout.csv --all --rejects r m.txt");
    run.expect(3).verdicts("not_affected indeterminate affected indeterminate");
    let rejects = site.read("r");
    for reject in ["m.txt,2,,too-few-fields", "m.txt,4,,too-many-fields"] {
        assert!(rejects.contains(reject), "{rejects}");
    }
}

#[test]
fn delimiters_of_several_characters_and_marks_before_line_ends_are_read() {
    let row = |kvnr: &str| format!("x+|{kvnr}&|\r\n");
    let leak = row("KVNR") + &row(MAX);
    let list = row("KVNR") + &row(MAX) + &row(NOBODY);
    let reader = "CSV, delimiter '+|', '&|' before line ends";
    assert_found("a.csv", leak.as_bytes(), list.as_bytes(), "", reader);
    for delimiter in ["||", "~|~", ";;", "::", "¦", "<br>"] {
        let list = list.replace("+|", delimiter).replace("&|", "");
        let leak = leak.replace("+|", delimiter).replace("&|", "");
        let option = format!("--for 'a.csv:delimiter={delimiter}'");
        let reader = format!("CSV, delimiter '{delimiter}'");
        assert_found("a.csv", leak.as_bytes(), list.as_bytes(), &option, &reader);
    }
}

#[test]
fn a_file_of_an_unsupported_format_is_refused_without_showing_values() {
    let site = Site::with_files();
    for (bytes, words) in [
        (
            &b"PAR1\x15\x04\x15\x10Muster, Max;1\x15\x02\x19PAR1"[..],
            ["the Parquet file is damaged", "x.dat"],
        ),
        (b"ARROW1\0\0\xFF\xFF\xFF\xFF\xE8\0\0\0Muster", ["the Arrow data is damaged", "x.dat"]),
        (b"Obj\x01\x04\x14avro.codec\x08nullMuster", ["an Avro file", "as CSV"]),
        (b"\0\x01\0\0Standard Jet DB\0Muster", ["an Access database", "as CSV"]),
        (b"{\\rtf1\\ansi Muster}", ["a rich text document", "as CSV"]),
        (b"<html><body>Muster</body></html>", ["an HTML page", "as CSV"]),
        (b"- name: Muster\n  email: max@example.de\n", ["a YAML file", "JSON"]),
        (b"From: Muster <max@example.de>\nMIME-Version: 1.0\n\nHallo", ["an e-mail", "attachment"]),
        (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDRMuster", ["an image", "CSV file"]),
    ] {
        site.write("x.dat", bytes);
        for arguments in ["check --leak x.dat members.csv", "check --leak leak.csv x.dat"] {
            let run = site.run(arguments);
            assert!(!run.stderr.contains("Muster"), "{}", run.stderr);
            run.expect_error(&words);
        }
    }
}
