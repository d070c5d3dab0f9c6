//! Workbooks with binary parts, as Excel writes them.

use super::{xlsx::relations, *};

/// A record of a part.
pub(super) fn record(number: u16, data: &[u8]) -> Vec<u8> {
    let [low, high] = number.to_le_bytes();
    let number = if number < 0x80 { vec![low] } else { vec![low | 0x80, high << 1 | low >> 7] };
    let length = data.len();
    let byte = |place: usize| u8::try_from(length >> (7 * place) & 0x7F).expect("seven bits");
    let length = if length < 0x80 { vec![byte(0)] } else { vec![byte(0) | 0x80, byte(1)] };
    [&number[..], &length, data].concat()
}

/// A string, after its length.
pub(super) fn text(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u32::try_from(units.len() / 2).expect("short");
    [&length.to_le_bytes()[..], &units].concat()
}

/// A cell record of the type `number`, in this column and with this style.
pub(super) fn cell(number: u16, column: u32, style: u32, data: &[u8]) -> Vec<u8> {
    record(number, &[&column.to_le_bytes(), &style.to_le_bytes(), data].concat())
}

pub(super) fn row(number: u32) -> Vec<u8> {
    record(0, &[&number.to_le_bytes()[..], &[0; 13]].concat())
}

/// The sheet of these rows.
pub(super) fn sheet(rows: &[Vec<u8>]) -> Vec<u8> {
    [record(129, &[]), record(145, &[]), rows.concat(), record(146, &[])].concat()
}

/// A workbook with these named sheets and shared strings. `properties` are the records before the sheets.
pub(super) fn file(sheets: &[(&str, Vec<u8>)], texts: &[&str], properties: &[u8]) -> Vec<u8> {
    let (mut book, mut list) = (properties.to_vec(), Vec::new());
    for (number, (name, _)) in sheets.iter().enumerate() {
        let id = format!("rId{number}");
        book.extend(record(156, &[&[0; 8], &text(&id)[..], &text(name)].concat()));
        list.push((id, format!("worksheets/sheet{number}.bin")));
    }
    let mut kinds: Vec<(&str, &str, &str)> =
        list.iter().map(|(id, part)| (&**id, "worksheet", &**part)).collect();
    kinds.extend([("s", "styles", "styles.bin"), ("t", "sharedStrings", "sharedStrings.bin")]);
    let digits = record(44, &[&164_u16.to_le_bytes()[..], &text("00000")].concat());
    let style = |format: u16| record(47, &[&[0, 0][..], &format.to_le_bytes(), &[0; 12]].concat());
    // Records of named styles must not count as styles of cells.
    let styles = [digits, record(626, &[]), style(14), record(627, &[]), record(617, &[])].concat();
    let styles = [styles, style(0), style(14), style(164), record(618, &[])].concat();
    let texts: Vec<u8> =
        texts.iter().flat_map(|shared| record(19, &[&[0][..], &text(shared)].concat())).collect();
    let (main, root) =
        (relations(&kinds), relations(&[("w", "officeDocument", "xl/workbook.bin")]));
    let names: Vec<String> = list.iter().map(|(_, part)| format!("xl/{part}")).collect();
    let mut parts = vec![
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.bin", &book),
        ("xl/_rels/workbook.bin.rels", main.as_bytes()),
        ("xl/styles.bin", &styles),
        ("xl/sharedStrings.bin", &texts),
    ];
    parts.extend(names.iter().zip(sheets).map(|(name, (_, sheet))| (&**name, &**sheet)));
    archive(&parts)
}

fn book(rows: &[Vec<u8>]) -> Vec<u8> {
    file(&[("A", sheet(rows))], &["Müßig", "Max"], &[])
}

#[test]
fn cells_of_each_kind_are_read() {
    let rows_of = [
        row(2),
        cell(7, 0, 0, &[0; 4]),
        cell(7, 1, 0, &[1, 0, 0, 0]),
        cell(6, 2, 0, &text("Jörg")),
        cell(62, 3, 0, &[&[1][..], &text("rich"), &[1, 0, 0, 0, 0, 0, 0, 0]].concat()),
        cell(5, 4, 1, &25_600.0_f64.to_le_bytes()),
        cell(2, 5, 2, &(1067_u32 << 2 | 2).to_le_bytes()),
        cell(4, 6, 0, &[1]),
        cell(3, 7, 0, &[0x17]),
        cell(1, 8, 0, &[]),
        cell(5, 9, 0, &1.0_f64.to_le_bytes()),
    ];
    let file_of =
        |properties: &[u8]| file(&[("A", sheet(&rows_of))], &["Müßig", "Max"], properties);
    let expected = "Müßig|Max|Jörg|rich|1970-02-01|01067|true|[formula-without-value]||1";
    assert_eq!(rows(&file_of(&[])), [expected]);
    let of_1904 = record(153, &[1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(rows(&file_of(&of_1904)), [expected.replace("1970-02-01", "1974-02-02")]);
}

#[test]
fn cells_without_a_column_follow_the_previous_cell() {
    let short = |number: u16, data: &[u8]| record(number, &[&[0; 4], data].concat());
    let file = book(&[
        row(0),
        cell(5, 1, 0, &1.0_f64.to_le_bytes()),
        short(13, &(2_u32 << 2 | 2).to_le_bytes()),
        short(17, &text("three")),
        short(12, &[]),
        short(18, &[1, 0, 0, 0]),
        short(14, &[0x17]),
        short(15, &[0]),
        short(16, &8.0_f64.to_le_bytes()),
    ]);
    assert_eq!(rows(&file), ["|1|2|three||Max|[formula-without-value]|false|8"]);
}

#[test]
fn formulas_count_as_their_values_and_errors_are_rejects() {
    let formula = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let file = book(&[
        row(0),
        cell(8, 0, 0, &[&text("Max")[..], &formula].concat()),
        cell(9, 1, 1, &[&25_600.0_f64.to_le_bytes()[..], &formula].concat()),
        cell(10, 2, 0, &[&[1][..], &formula].concat()),
        cell(11, 3, 0, &[&[0x2A][..], &formula].concat()),
        cell(8, 4, 0, &[&text("")[..], &formula].concat()),
        cell(6, 5, 0, &text("last")),
    ]);
    assert_eq!(rows(&file), ["Max|1970-02-01|true|[formula-without-value]||last"]);
}

#[test]
fn the_only_sheet_with_cells_is_read() {
    let data = |value: f64| sheet(&[row(0), cell(5, 0, 0, &value.to_le_bytes())]);
    let empty = sheet(&[row(0), cell(1, 0, 0, &[])]);
    assert_eq!(rows(&file(&[("Empty", empty), ("Sheet1", data(1.0))], &[], &[])), ["1"]);
    let message = problem(&file(&[("Sheet1", data(1.0)), ("Sheet2", data(2.0))], &[], &[]));
    assert!(message.contains("rows on several sheets: 'Sheet1', 'Sheet2'"), "{message}");
}

#[test]
fn a_cell_that_spans_several_rows_has_its_value_in_each_of_them() {
    let number = |column: u32, number: f64| cell(5, column, 0, &number.to_le_bytes());
    let merged = [0_u32, 1, 0, 0].map(u32::to_le_bytes).concat();
    let rows_of = [row(0), number(0, 7.0), number(1, 1.0), row(1), number(1, 2.0)];
    let sheet = [sheet(&rows_of), record(176, &merged)].concat();
    assert_eq!(rows(&file(&[("A", sheet)], &[], &[])), ["7|1", "7|2"]);
}

#[test]
fn the_last_possible_row_is_read() {
    let file = book(&[row(u32::MAX), cell(5, 0, 0, &1.0_f64.to_le_bytes())]);
    assert_eq!(rows(&file), ["1"]);
}

#[test]
fn a_workbook_with_a_damaged_record_is_refused() {
    for rows_of in [
        // A missing shared string, a truncated string, a record longer than the part, and cells in the wrong order.
        vec![row(0), cell(7, 0, 0, &[9, 0, 0, 0])],
        vec![row(0), cell(6, 0, 0, &[9, 0, 0, 0, b'x', 0])],
        vec![row(0), vec![5, 0xFF, 0x7F, 1]],
        vec![row(0), cell(5, 3, 0, &[0; 8]), cell(5, 1, 0, &[0; 8])],
    ] {
        let message = problem(&book(&rows_of));
        assert!(message.contains("not an Excel workbook (XLSB) that can be read"), "{message}");
    }
}
