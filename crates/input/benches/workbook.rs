//! Reading a workbook of members, compared with calamine. Both have the file in memory. calamine returns
//! cells. `leakdex` also finds the columns, and returns the rows as columns of text.

use std::{
    fmt::Write as _,
    hint::black_box,
    io::{Cursor, Write as _},
};

use calamine::{Data, Reader as _, Xlsx};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use leakdex_input::{Input, Options};
use zip::{ZipWriter, write::SimpleFileOptions};

const MEMBERS: u32 = 50_000;

const LAST_NAMES: [&str; 8] =
    ["Müller", "Schmidt", "Özdemir", "Groß", "von der Heide", "Nowak", "Meyer-Lüdke", "Li"];
const FIRST_NAMES: [&str; 8] =
    ["Erika", "Jörg", "Ayşe", "Hans-Peter", "Zoë", "Max", "Anneliese", "Björn"];

fn workbook(criterion: &mut Criterion) {
    // A test run only checks that the bench works.
    let is_given = |flag: &str| std::env::args().any(|argument| argument == flag);
    let is_test = is_given("--test") || !is_given("--bench");
    let members = if is_test { 100 } else { MEMBERS };
    let file = file(members);
    let mut group = criterion.benchmark_group("workbook");
    group.throughput(Throughput::Elements(members.into()));
    let name = BenchmarkId::from_parameter;
    group.bench_function(name("leakdex"), |bencher| {
        bencher.iter(|| {
            let mut input = Input::of_bytes(file.clone(), &Options::default()).expect("a workbook");
            let layout = input.layout();
            let mut rows = 0;
            while let Some(block) = input.next_block().expect("a workbook") {
                rows += layout.rows(&block, |rows| {
                    black_box(rows.columns().len());
                });
            }
            assert_eq!(rows, u64::from(members));
        });
    });
    group.bench_function(name("calamine, cell by cell"), |bencher| {
        bencher.iter(|| {
            let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file.clone())).expect("a workbook");
            let mut cells = book.worksheet_cells_reader("Mitglieder").expect("a sheet");
            let mut count = 0;
            while let Some(cell) = cells.next_cell().expect("a cell") {
                black_box(cell.get_value());
                count += 1;
            }
            assert_eq!(count, (members + 1) * COLUMNS);
        });
    });
    group.bench_function(name("calamine, all cells as text"), |bencher| {
        bencher.iter(|| {
            let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file.clone())).expect("a workbook");
            let range = book.worksheet_range("Mitglieder").expect("a sheet");
            let mut text = String::new();
            for (_, _, cell) in range.used_cells() {
                match cell {
                    Data::String(cell) => text.push_str(cell),
                    cell => write!(text, "{cell}").expect("to memory"),
                }
            }
            black_box(text);
        });
    });
    group.finish();
}

const COLUMNS: u32 = 7;

/// A workbook as Excel writes it, with shared strings.
fn file(members: u32) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut texts, mut rows, mut count) = (String::new(), String::new(), 0_u32);
    let mut text = |text: &str| {
        write!(texts, "<si><t>{text}</t></si>").expect("to memory");
        count += 1;
        count - 1
    };
    let names = LAST_NAMES.map(&mut text);
    let first_names = FIRST_NAMES.map(&mut text);
    rows += "<row r=\"1\" spans=\"1:7\">";
    let header = ["Mitglied", "Nachname", "Vorname", "Geburtsdatum", "KVNR", "E-Mail", "PLZ"];
    for (column, name) in ('A'..).zip(header) {
        write!(rows, "<c r=\"{column}1\" t=\"s\"><v>{}</v></c>", text(name)).expect("to memory");
    }
    rows += "</row>";
    for number in 0..members {
        let row = number + 2;
        // Spreads the members over names and dates.
        let spread = number.wrapping_mul(2_654_435_761) >> 8;
        let place = |hash: u32| usize::try_from(hash % 8).expect("small");
        let (last, first) = (names[place(spread)], first_names[place(spread >> 3)]);
        let (id, kvnr, email) = (
            text(&format!("M-{number:07}")),
            text(&format!("A{:09}", spread * 7 % 1_000_000_000)),
            text(&format!("member.{spread}@example.de")),
        );
        let (date, postcode) = (10_000 + spread % 30_000, 1000 + spread % 98_000);
        write!(
            rows,
            "<row r=\"{row}\" spans=\"1:7\"><c r=\"A{row}\" t=\"s\"><v>{id}</v></c>\
             <c r=\"B{row}\" t=\"s\"><v>{last}</v></c><c r=\"C{row}\" t=\"s\"><v>{first}</v></c>\
             <c r=\"D{row}\" s=\"1\"><v>{date}</v></c><c r=\"E{row}\" t=\"s\"><v>{kvnr}</v></c>\
             <c r=\"F{row}\" t=\"s\"><v>{email}</v></c><c r=\"G{row}\"><v>{postcode}</v></c></row>"
        )
        .expect("to memory");
    }
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |list: String| format!("<Relationships>{list}</Relationships>");
    let parts = [
        ("_rels/.rels", relations(relation("a", "officeDocument", "xl/workbook.xml"))),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets><sheet \
                 name=\"Mitglieder\" sheetId=\"1\" r:id=\"a\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations(
                relation("a", "worksheet", "worksheets/sheet1.xml")
                    + &relation("b", "styles", "styles.xml")
                    + &relation("c", "sharedStrings", "sharedStrings.xml"),
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{MAIN}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>\
                 </cellXfs></styleSheet>"
            ),
        ),
        ("xl/sharedStrings.xml", format!("<sst xmlns=\"{MAIN}\">{texts}</sst>")),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in parts {
        archive.start_file(name, SimpleFileOptions::default()).expect("to memory");
        archive.write_all(part.as_bytes()).expect("to memory");
    }
    archive.finish().expect("to memory").into_inner()
}

criterion_group!(benches, workbook);
criterion_main!(benches);
