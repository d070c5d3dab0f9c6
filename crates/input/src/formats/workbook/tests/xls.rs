//! Workbooks as Excel 5 to 2003, xlwt and POI write them.

use super::*;

/// A record of a stream.
pub(super) fn record(number: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("short");
    [&number.to_le_bytes(), &length.to_le_bytes(), data].concat()
}

fn begin(version: u16, kind: u16) -> Vec<u8> {
    let mut data = [version.to_le_bytes(), kind.to_le_bytes()].concat();
    data.resize(if version == 0x600 { 16 } else { 8 }, 0);
    record(0x809, &data)
}

fn end() -> Vec<u8> {
    record(0x0A, &[])
}

/// A BIFF8 string with one byte for each character, after its length.
fn narrow(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("short");
    [&length.to_le_bytes()[..], &[0], text.as_bytes()].concat()
}

/// A BIFF8 string with two bytes for each character, after its length.
pub(super) fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u16::try_from(units.len() / 2).expect("short");
    [&length.to_le_bytes()[..], &[1], &units].concat()
}

/// A cell record of the type `number`, with this style.
pub(super) fn cell(number: u16, (row, column): (u16, u16), style: u16, data: &[u8]) -> Vec<u8> {
    let place = [row, column, style].map(u16::to_le_bytes).concat();
    record(number, &[&place, data].concat())
}

/// The stream of a workbook: the global records, and for each sheet its name, kind and records.
pub(super) fn stream(version: u16, globals: &[u8], sheets: &[(&str, u16, Vec<u8>)]) -> Vec<u8> {
    let bounds = |starts: &[usize]| {
        let bound = |((name, kind, _), start): (&(&str, u16, Vec<u8>), &usize)| {
            let start = u32::try_from(*start).expect("short").to_le_bytes();
            let length = u8::try_from(name.len()).expect("short");
            let options: &[u8] = if version == 0x600 { &[length, 0] } else { &[length] };
            record(
                0x85,
                &[&start[..], &(kind << 8).to_le_bytes(), options, name.as_bytes()].concat(),
            )
        };
        sheets.iter().zip(starts).flat_map(bound).collect::<Vec<u8>>()
    };
    let mut starts = vec![0; sheets.len()];
    let length = begin(version, 5).len() + globals.len() + bounds(&starts).len() + end().len();
    let mut contents = Vec::new();
    for ((_, kind, records), start) in sheets.iter().zip(&mut starts) {
        *start = length + contents.len();
        contents.extend(
            [begin(version, if *kind == 2 { 0x20 } else { 0x10 }), records.clone(), end()].concat(),
        );
    }
    [begin(version, 5), globals.to_vec(), bounds(&starts), end(), contents].concat()
}

/// The workbook with this stream.
pub(super) fn file(name: &str, stream: &[u8]) -> Vec<u8> {
    let mut compound =
        cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))
            .expect("to memory");
    compound.create_stream(name).expect("to memory").write_all(stream).expect("to memory");
    compound.into_inner().into_inner()
}

fn sheet(globals: &[u8], records: &[Vec<u8>]) -> Vec<u8> {
    file("Workbook", &stream(0x600, globals, &[("A", 0, records.concat())]))
}

/// A formula with this result and these recalculation flags.
pub(super) fn formula(place: (u16, u16), result: [u8; 8], options: u16) -> Vec<u8> {
    let data = [&result[..], &options.to_le_bytes(), &[0; 4], &[3, 0, 0x1E, 1, 0]].concat();
    cell(0x06, place, 0, &data)
}

fn number(place: (u16, u16), number: f64) -> Vec<u8> {
    cell(0x203, place, 0, &number.to_le_bytes())
}

const TEXT: [u8; 8] = [0, 0, 0, 0, 0, 0, 0xFF, 0xFF];
pub(super) const EMPTY: [u8; 8] = [3, 0, 0, 0, 0, 0, 0xFF, 0xFF];

/// Styles: general, date, and five digits.
pub(super) fn styles() -> Vec<u8> {
    let style =
        |format: u16| record(0xE0, &[&[0, 0][..], &format.to_le_bytes(), &[0; 16]].concat());
    let digits = [&164_u16.to_le_bytes()[..], &narrow("00000")].concat();
    [record(0x41E, &digits), style(0), style(14), style(164)].concat()
}

#[test]
fn cells_of_each_kind_are_read() {
    let texts = [wide("Müßig"), narrow("Max"), narrow("")].concat();
    let texts = record(0xFC, &[&[9, 0, 0, 0, 3, 0, 0, 0][..], &texts].concat());
    let rk = |number: u32| number.to_le_bytes();
    let several =
        [&[1, 0, 0, 0][..], &[0, 0], &rk(7 << 2 | 2), &[2, 0], &rk(1067 << 2 | 2), &[1, 0]];
    let cells = [
        cell(0xFD, (0, 0), 0, &[0; 4]),
        cell(0xFD, (0, 1), 0, &[1, 0, 0, 0]),
        cell(0x204, (0, 2), 0, &wide("Jörg")),
        cell(0x203, (0, 3), 1, &25_600.0_f64.to_le_bytes()),
        cell(0x27E, (0, 4), 2, &rk(1067 << 2 | 2)),
        cell(0x205, (0, 5), 0, &[1, 0]),
        cell(0x205, (0, 6), 0, &[0x17, 1]),
        record(0xBD, &several.concat()),
    ];
    let expected = ["Müßig|Max|Jörg|1970-02-01|01067|true|[formula-without-value]", "7|01067|||||"];
    assert_eq!(rows(&sheet(&[styles(), texts.clone()].concat(), &cells)), expected);
    let of_1904 = [styles(), texts, record(0x22, &[1, 0])].concat();
    assert!(rows(&sheet(&of_1904, &cells))[0].contains("1974-02-02"));
}

#[test]
fn formulas_count_as_their_values() {
    let number_of = |number: f64| number.to_le_bytes();
    let cells = [
        formula((0, 0), number_of(7.0), 0),
        formula((0, 1), TEXT, 0),
        // A shared formula comes before the text.
        record(0x4BC, &[0; 10]),
        record(0x207, &wide("Jörg")),
        formula((0, 2), [1, 0, 1, 0, 0, 0, 0xFF, 0xFF], 0),
        formula((0, 3), EMPTY, 0),
        formula((0, 4), [2, 0, 0x17, 0, 0, 0, 0xFF, 0xFF], 0),
        formula((0, 5), TEXT, 0),
        number((0, 6), 1.0),
    ];
    let expected = "7|Jörg|true||[formula-without-value]|[formula-without-value]|1";
    assert_eq!(rows(&sheet(&[], &cells)), [expected]);
}

#[test]
fn formulas_that_were_never_computed_are_rejects() {
    // xlwt writes empty strings. POI writes a zero with the flag to recalculate.
    for (program, formula) in
        [("xlwt", formula((0, 0), EMPTY, 0)), ("POI", formula((0, 0), [0; 8], 2))]
    {
        let file = sheet(&[], &[formula, number((0, 1), 1.0)]);
        assert_eq!(rows(&file), ["[formula-without-value]|1"], "{program}");
    }
    let file = sheet(&[], &[formula((0, 0), [0; 8], 0), formula((0, 1), EMPTY, 0)]);
    assert_eq!(rows(&file), ["0"], "another formula has a value");
}

#[test]
fn texts_in_several_records_are_complete() {
    // The second string begins with one byte for each character, and continues with two.
    let head = [2, 0, 0, 0, 2, 0, 0, 0];
    let first = [&head[..], &narrow("Max"), &[6, 0, 0x0C, 1, 0, 4, 0, 0, 0], b"Er"].concat();
    let second = [&[1][..], &"ik".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()];
    let third = [&[0][..], b"a\xFC", &[0; 5]].concat();
    let rest = record(0x3C, &[0; 3]);
    let globals =
        [record(0xFC, &first), record(0x3C, &second.concat()), record(0x3C, &third), rest].concat();
    let cells = [cell(0xFD, (0, 0), 0, &[0; 4]), cell(0xFD, (0, 1), 0, &[1, 0, 0, 0])];
    assert_eq!(rows(&sheet(&globals, &cells)), ["Max|Erikaü"]);
    let long = "x".repeat(10_000);
    let (head, tail) = long.split_at(8000);
    let text = [&10_000_u16.to_le_bytes()[..], &[0], head.as_bytes()].concat();
    let continuation = record(0x3C, &[&[0][..], tail.as_bytes()].concat());
    let cells = [formula((0, 0), TEXT, 0), record(0x207, &text), continuation];
    assert_eq!(rows(&sheet(&[], &cells)), [long]);
}

#[test]
fn only_a_reference_to_a_missing_shared_string_is_an_error() {
    let texts = record(0xFC, &[&[9, 0, 0, 0, 9, 0, 0, 0][..], &narrow("Max")].concat());
    assert_eq!(rows(&sheet(&texts, &[cell(0xFD, (0, 0), 0, &[0; 4])])), ["Max"]);
    let message = problem(&sheet(&texts, &[cell(0xFD, (0, 0), 0, &[1, 0, 0, 0])]));
    assert!(message.contains("not an Excel workbook (XLS) that can be read"), "{message}");
}

#[test]
fn a_workbook_of_excel_5_has_texts_in_its_code_page() {
    let text = |bytes: &[u8]| [&[u8::try_from(bytes.len()).expect("short"), 0], bytes].concat();
    let file_of = |page: u16, bytes: &[u8]| {
        let globals = record(0x42, &page.to_le_bytes());
        let cells = [cell(0x204, (0, 0), 0, &text(bytes)), cell(0xD6, (0, 1), 0, &text(b"Max"))];
        file("Book", &stream(0x500, &globals, &[("A", 0, cells.concat())]))
    };
    assert_eq!(rows(&file_of(1252, b"M\xFC\xDFig")), ["Müßig|Max"]);
    assert_eq!(rows(&file_of(1250, b"\xA3ukasz")), ["Łukasz|Max"]);
    assert_eq!(rows(&file_of(10_000, b"M\x9F\xA7ig")), ["Müßig|Max"]);
    assert_eq!(rows(&file_of(437, b"M\x81\xE1ig")), ["[invalid-encoding]|Max"]);
}

#[test]
fn cells_of_charts_do_not_belong_to_the_sheet() {
    let chart = [begin(0x600, 0x20), number((0, 0), 99.0), end()].concat();
    let cells = [chart.clone(), number((0, 0), 1.0), chart, number((1, 0), 2.0)];
    assert_eq!(rows(&sheet(&[], &cells)), ["1", "2"]);
    let sheets = [("Chart", 2, number((0, 0), 99.0)), ("A", 0, number((0, 0), 1.0))];
    assert_eq!(rows(&file("Workbook", &stream(0x600, &[], &sheets))), ["1"]);
}

#[test]
fn cells_are_sorted_by_row_and_column() {
    let cells =
        [number((2, 0), 5.0), number((0, 1), 2.0), number((2, 1), 6.0), number((0, 0), 1.0)];
    assert_eq!(rows(&sheet(&[], &cells)), ["1|2", "5|6"]);
}

#[test]
fn a_cell_that_spans_several_rows_has_its_value_in_each_of_them() {
    let merged = [1_u16, 0, 1, 0, 0].map(u16::to_le_bytes).concat();
    let cells = [
        number((0, 0), 7.0),
        number((0, 1), 1.0),
        number((1, 1), 2.0),
        number((2, 1), 3.0),
        record(0xE5, &merged),
    ];
    assert_eq!(rows(&sheet(&[], &cells)), ["7|1", "7|2", "|3"]);
}

#[test]
fn a_stream_without_a_compound_file_is_read() {
    assert_eq!(rows(&stream(0x600, &[], &[("A", 0, number((0, 0), 1.0))])), ["1"]);
}

#[test]
fn a_truncated_workbook_is_refused() {
    let stream = stream(0x600, &styles(), &[("A", 0, number((0, 0), 1.0))]);
    for length in (8..stream.len()).step_by(3) {
        let message = problem(&stream[..length]);
        assert!(message.contains("not an Excel workbook (XLS) that can be read"), "{message}");
    }
}

#[test]
fn a_workbook_with_a_password_is_refused_by_name() {
    let file = sheet(&record(0x2F, &[1, 0]), &[number((0, 0), 1.0)]);
    let message = problem(&file);
    assert!(message.contains("encrypted") && message.contains("without one"), "{message}");
}

#[test]
fn sheets_at_the_same_offset_do_not_take_long() {
    let cells = number((0, 0), 1.0).repeat(1000);
    let mut file = stream(0x600, &[], &vec![("A", 0, Vec::new()); 2000]);
    let start = file.len();
    file.extend([begin(0x600, 0x10), cells, end()].concat());
    let bytes = u32::try_from(start).expect("short").to_le_bytes();
    let mut at = begin(0x600, 5).len();
    for _ in 0..2000 {
        file[at + 4..at + 8].copy_from_slice(&bytes);
        at += 4 + usize::from(file[at + 2]);
    }
    let options = Options { max_bytes: Some(ByteCount(1 << 20)), ..Options::default() };
    assert!(matches!(read_rows(&file, &options), Err(InputProblem::TooLong(_))));
}
