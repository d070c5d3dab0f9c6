//! Files that are not workbooks, and the same members in each format.

use std::{fs, path::Path};

use super::*;

fn compound(streams: &[&str]) -> Vec<u8> {
    let mut compound =
        cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))
            .expect("to memory");
    for name in streams {
        compound.create_stream(name).expect("to memory").write_all(b"x").expect("to memory");
    }
    compound.into_inner().into_inner()
}

#[test]
fn other_office_files_are_refused_by_name() {
    let mimetype = |kind: &str| archive(&[("mimetype", kind.as_bytes())]);
    let office = |target: &str| {
        let relations = xlsx::relations(&[("a", "officeDocument", target)]);
        archive(&[
            ("[Content_Types].xml", b""),
            ("_rels/.rels", relations.as_bytes()),
            (target, b""),
        ])
    };
    let manifest: &[u8] = b"<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>";
    for (file, word) in [
        (compound(&["EncryptionInfo", "EncryptedPackage"]), "encrypted with a password"),
        (compound(&["WordDocument"]), "a Word document"),
        (compound(&["PowerPoint Document"]), "a PowerPoint presentation"),
        (compound(&["__properties_version1.0"]), "an Outlook message"),
        (compound(&["x"]), "another Office file"),
        (compound(&[])[..600].to_vec(), "not an Excel workbook (XLS) that can be read"),
        (office("word/document.xml"), "a Word document"),
        (office("ppt/presentation.xml"), "a PowerPoint presentation"),
        (mimetype("application/vnd.oasis.opendocument.text"), "an OpenDocument text"),
        (
            mimetype("application/vnd.oasis.opendocument.presentation"),
            "an OpenDocument presentation",
        ),
        (mimetype("application/vnd.oasis.opendocument.graphics"), "not a spreadsheet"),
        (mimetype("application/vnd.sun.xml.calc"), "SXC"),
        (archive(&[("Index/Document.iwa", b"")]), "Apple Numbers"),
        (
            archive(&[
                ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
                ("META-INF/manifest.xml", manifest),
                ("content.xml", b"noise"),
            ]),
            "encrypted with a password",
        ),
        (archive(&[("members.csv", b"")]), "not an Excel workbook (XLSX) that can be read"),
        (b"PK\x03\x04 and so on".to_vec(), "not an Excel workbook (XLSX) that can be read"),
    ] {
        let message = problem(&file);
        assert!(message.contains(word), "{message}");
        assert!(message.contains("save") || message.contains("CSV"), "advice: {message}");
    }
}

const HEADER: [&str; 4] = ["KVNR", "Nachname", "Geburtsdatum", "PLZ"];

/// The members, with a formula that was never calculated.
fn members(extension: &str) -> Vec<u8> {
    match extension {
        "xlsx" => members_as_xlsx(),
        "xlsb" => members_as_xlsb(),
        "xls" => members_as_xls(),
        _ => members_as_ods(),
    }
}

fn members_as_xlsx() -> Vec<u8> {
    let text = |cell: &str, text: &str| {
        format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    let header = HEADER.iter().zip(["A1", "B1", "C1", "D1"]);
    let header: String = header.map(|(name, cell)| text(cell, name)).collect();
    let row = |number: u32, kvnr: String, name: &str, date: u32, plz: u32| {
        let name = text(&format!("B{number}"), name);
        format!(
            "<row r=\"{number}\">{kvnr}{name}<c r=\"C{number}\" s=\"1\"><v>{date}</v></c>\
             <c r=\"D{number}\" s=\"2\"><v>{plz}</v></c></row>"
        )
    };
    let rows = format!("<row r=\"1\">{header}</row>")
        + &row(2, text("A2", "A123456780"), "Müßig", 25_600, 1067)
        + &row(3, "<c r=\"A3\"><f>B3</f><v></v></c>".to_owned(), "Muster", 21_550, 45127);
    xlsx::dated_book(&rows)
}

fn members_as_xlsb() -> Vec<u8> {
    let row = |number: u32, cells: [Vec<u8>; 4]| [xlsb::row(number), cells.concat()].concat();
    let name = |column: u32, name: &str| xlsb::cell(6, column, 0, &xlsb::text(name));
    let number =
        |column: u32, style: u32, number: f64| xlsb::cell(5, column, style, &number.to_le_bytes());
    let [kvnr, last_name, date, plz] = HEADER;
    let rows = [
        row(0, [name(0, kvnr), name(1, last_name), name(2, date), name(3, plz)]),
        row(
            1,
            [
                xlsb::cell(7, 0, 0, &[0; 4]),
                name(1, "Müßig"),
                number(2, 1, 25_600.0),
                number(3, 2, 1067.0),
            ],
        ),
        row(
            2,
            [
                xlsb::cell(11, 0, 0, &[0x2A; 11]),
                name(1, "Muster"),
                number(2, 1, 21_550.0),
                number(3, 2, 45_127.0),
            ],
        ),
    ];
    xlsb::file(&[("A", xlsb::sheet(&rows))], &["A123456780"], &[])
}

fn members_as_xls() -> Vec<u8> {
    let name = |place, name: &str| xls::cell(0x204, place, 0, &xls::wide(name));
    let number =
        |place, style: u16, number: f64| xls::cell(0x203, place, style, &number.to_le_bytes());
    let header = (0..).zip(HEADER).map(|(column, text)| name((0, column), text));
    let rows = header.chain([
        name((1, 0), "A123456780"),
        name((1, 1), "Müßig"),
        number((1, 2), 1, 25_600.0),
        number((1, 3), 2, 1067.0),
        xls::formula((2, 0), xls::EMPTY, 0),
        name((2, 1), "Muster"),
        number((2, 2), 1, 21_550.0),
        number((2, 3), 2, 45_127.0),
    ]);
    let rows = rows.collect::<Vec<_>>().concat();
    xls::file("Workbook", &xls::stream(0x600, &xls::styles(), &[("A", 0, rows)]))
}

fn members_as_ods() -> Vec<u8> {
    let text = |text: &str| ods::cell("office:value-type=\"string\"", text);
    let date = |date: &str| {
        ods::cell(&format!("office:value-type=\"date\" office:date-value=\"{date}\""), date)
    };
    let number = |number: &str, shown: &str| {
        ods::cell(&format!("office:value-type=\"float\" office:value=\"{number}\""), shown)
    };
    let rows = [
        HEADER.map(text).concat(),
        text("A123456780") + &text("Müßig") + &date("1970-02-01") + &number("1067", "01067"),
        "<table:table-cell table:formula=\"of:=[.B3]\"/>".to_owned()
            + &text("Muster")
            + &date("1958-12-31")
            + &number("45127", "45127"),
    ];
    let row = |cells: &String| format!("<table:table-row>{cells}</table:table-row>");
    let rows: String = rows.iter().map(row).collect();
    ods::file(&format!("<table:table table:name=\"A\">{rows}</table:table>"))
}

const FORMATS: [&str; 4] = ["xlsx", "xlsb", "xls", "ods"];

#[test]
fn each_format_gives_the_same_members() {
    for extension in FORMATS {
        assert_eq!(
            rows(&members(extension)),
            [
                "KVNR|Nachname|Geburtsdatum|PLZ",
                "A123456780|Müßig|1970-02-01|01067",
                "[formula-without-value]|Muster|1958-12-31|45127",
            ],
            "{extension}"
        );
    }
}

/// A fuzzing seed. Tests of the command read it as well.
fn committed(extension: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz/workbook");
    folder.join(format!("members.{extension}"))
}

#[test]
fn the_committed_workbooks_are_up_to_date() {
    for extension in FORMATS {
        let file = fs::read(committed(extension)).expect("a committed file");
        assert_eq!(rows(&file), rows(&members(extension)), "{extension}");
    }
}

#[test]
#[ignore = "writes the committed workbooks"]
fn write_the_committed_workbooks() {
    for extension in FORMATS {
        let path = committed(extension);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, members(extension)).expect("written");
    }
}
