//! Workbooks of each format, as leak and as member list.

use std::{fs, path::Path};

use super::{super::support::Site, text, workbook};

/// A workbook with two members. One of them has a formula in place of the number.
fn members(extension: &str) -> Vec<u8> {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../input/tests/data/fuzz/workbook");
    fs::read(inputs.join(format!("members.{extension}"))).expect("a committed workbook")
}

const FORMATS: [&str; 4] = ["xlsx", "xlsb", "xls", "ods"];

#[test]
fn a_member_list_is_read_in_each_format_and_an_empty_formula_gives_no_all_clear() {
    let site = Site::new();
    site.write("leak.csv", "KVNR;PLZ\nA123456780;01067\n");
    for extension in FORMATS {
        let file = format!("m.{extension}");
        site.write(&file, members(extension));
        let run = site.run(&format!("check --leak leak.csv --all --rejects r {file}")).expect(3);
        run.says(&format!("{}, sheet 'A'", extension.to_uppercase()))
            .verdicts("affected indeterminate");
        let reason = format!("{file},2,KVNR,formula-without-value");
        assert!(site.read("r").contains(&reason), "{}", site.read("r"));
        site.feed("check --leak leak.csv --all -", members(extension))
            .expect(3)
            .verdicts("affected indeterminate");
    }
}

#[test]
fn a_leak_is_read_in_each_format_and_empty_formulas_are_counted() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site.write("m.csv", "KVNR;Nachname;Vorname\nA123456780;Müßig;Jörg\n");
    for extension in FORMATS {
        let file = format!("leak.{extension}");
        site.write(&file, members(extension));
        site.run(&format!("build --key key --output i --max-rejects 1 --rejects r {file}"))
            .expect(0);
        let reason = format!("{file},2,KVNR,formula-without-value");
        assert!(site.read("r").contains(&reason), "{}", site.read("r"));
        site.run("check --key key --index i m.csv").expect(0).verdicts("affected");
    }
}

#[test]
fn a_header_with_a_formula_without_a_value_is_an_error() {
    let site = Site::new();
    site.write("leak.csv", "KVNR\nA123456780\n");
    let row = format!("<row>{}<c r=\"B1\"><f>A1</f><v/></c></row>", text("A1", "KVNR"));
    site.write("m.xlsx", workbook(&(row + &format!("<row>{}</row>", text("A2", "A123456780")))));
    site.run("check --leak leak.csv m.xlsx").expect_error(&["m.xlsx", "header", "formula", "save"]);
}

#[test]
fn files_that_look_like_workbooks_are_refused_by_name_with_advice() {
    let site = Site::new();
    site.write("leak.csv", "KVNR\nA123456780\n");
    let page = "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table><tr><td>KVNR";
    let sheet = "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook \
                 xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
    let lock = [b"\x05Erika", &[b' '; 49][..], b"\x05\0E\0r\0i\0k\0a\0", &[0; 99]].concat();
    for (name, content, words) in [
        ("page.xls", page.as_bytes(), ["HTML", "XLSX"]),
        ("sheet.xls", sheet.as_bytes(), ["Excel 2003", "XLSX"]),
        ("~$m.xlsx", &lock, ["lock file of a program", "give 'm.xlsx'"]),
        (
            ".~lock.m.ods#",
            b",erika,pc,01.02.2024 10:00,file:///home/erika/x;",
            ["lock file", "'m.ods'"],
        ),
        ("empty.xlsx", b"", ["is empty", "export"]),
        ("broken.ods", b"PK\x03\x04", ["ODS", "CSV"]),
        ("broken.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", ["XLS", "CSV"]),
    ] {
        site.write(name, content);
        let [first, second] = words;
        site.run(&format!("check --leak leak.csv {name}")).expect_error(&[name, first, second]);
    }
    site.write("m.xls", "KVNR\tName\nA123456780\tMüßig\n");
    site.run("check --leak leak.csv m.xls")
        .expect(0)
        .says("CSV, delimiter tab")
        .verdicts("affected");
}
