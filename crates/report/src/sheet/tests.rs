use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::*;

fn table(format: SheetFormat, header: &[&str], rows: &[&[Cell<'_>]]) -> Vec<u8> {
    let mut writer = SheetWriter::new(Vec::new(), format, "Funde", header).expect("begun");
    for row in rows {
        writer.row(row).expect("written");
    }
    writer.finish().expect("whole")
}

fn text_of(format: SheetFormat, header: &[&str], rows: &[&[Cell<'_>]]) -> String {
    String::from_utf8(table(format, header, rows)).expect("it is UTF-8")
}

/// A part of a workbook.
fn part(workbook: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).expect("it is an archive");
    let mut part = String::new();
    let mut found = archive.by_name(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    found.read_to_string(&mut part).expect("it is UTF-8");
    part
}

const ROW: [Cell<'_>; 4] =
    [Cell::Text("0815"), Cell::Number(17), Cell::Date("2023-01-18"), Cell::Empty];

#[test]
fn csv_for_programs_has_commas_and_csv_for_excel_is_as_excel_expects() {
    let header = ["Referenz", "Zeile", "Tag", "Größe; in \"cm\""];
    assert_eq!(
        text_of(SheetFormat::Csv, &header, &[&ROW]),
        "Referenz,Zeile,Tag,\"Größe; in \"\"cm\"\"\"\n0815,17,2023-01-18,\n"
    );
    assert_eq!(
        text_of(SheetFormat::Excel, &header, &[&ROW]),
        "\u{feff}Referenz;Zeile;Tag;\"Größe; in \"\"cm\"\"\"\r\n0815;17;2023-01-18;\r\n"
    );
}

#[test]
fn no_cell_of_a_text_starts_a_formula() {
    let cells = [Cell::Text("=1+1"), Cell::Date("@SUM(A1)"), Cell::Text("'x")];
    for format in [SheetFormat::Csv, SheetFormat::Excel] {
        let text = text_of(format, &["a", "b", "c"], &[&cells]).replace(';', ",");
        assert!(text.contains("'=1+1,'@SUM(A1),''x"), "{text}");
    }
}

#[test]
fn only_texts_are_text_cells_in_a_workbook() {
    let cells =
        [Cell::Text("=1+1"), Cell::Text("0815"), Cell::Number(17), Cell::Date("2023-01-18")];
    let workbook = table(SheetFormat::Xlsx, &["a", "b", "c", "d"], &[&cells]);
    let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
    let text = |cell: &str, text: &str| {
        let text = format!(r#"<is><t xml:space="preserve">{text}</t></is>"#);
        format!(r#"<c r="{cell}" s="1" t="inlineStr">{text}</c>"#)
    };
    for cell in [
        text("A2", "=1+1"),
        text("B2", "0815"),
        r#"<c r="C2" s="0"><v>17</v></c>"#.into(),
        r#"<c r="D2" s="3"><v>44944</v></c>"#.into(),
    ] {
        assert!(sheet.contains(&cell), "{cell} is not in {sheet}");
    }
    assert!(!sheet.contains("<f>"), "{sheet}");
}

#[test]
fn characters_that_xml_cannot_hold_are_written_as_excel_writes_them() {
    let cell = Cell::Text("<a&\"b\">\r\n\u{1b}_x000D_ _xyz_\u{ffff}");
    let sheet = part(&table(SheetFormat::Xlsx, &["a"], &[&[cell]]), "xl/worksheets/sheet1.xml");
    let written = "&lt;a&amp;&quot;b&quot;&gt;_x000D_\n_x001B__x005F_x000D_ _xyz__xFFFF_</t>";
    assert!(sheet.contains(written), "{sheet}");
}

#[test]
fn a_text_that_no_cell_can_hold_is_an_error_that_does_not_show_the_text() {
    let (fits, long) = ("ä".repeat(32_767), "😀".repeat(16_384));
    let begun = || SheetWriter::new(Vec::new(), SheetFormat::Xlsx, "a", &["a", "b"]);
    let mut writer = begun().expect("begun");
    writer.row(&[Cell::Empty, Cell::Text(&fits)]).expect("it fits");
    let error = writer.row(&[Cell::Empty, Cell::Text(&long)]).expect_err("it is too long");
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    let error = error.to_string();
    assert!(
        error.contains("cell B3 ") && error.contains("CSV") && !error.contains('😀'),
        "{error}"
    );
}

#[test]
fn a_date_before_march_1900_or_of_another_form_is_a_text() {
    for text in ["1900-02-28", "2023", "18.01.2023", "2023-01-18T10:00:00Z", "2023-02-30"] {
        let workbook = table(SheetFormat::Xlsx, &["a"], &[&[Cell::Date(text)]]);
        assert!(
            part(&workbook, "xl/worksheets/sheet1.xml").contains(&format!(">{text}<")),
            "{text}"
        );
    }
    let workbook = table(SheetFormat::Xlsx, &["a"], &[&[Cell::Date("1900-03-01")]]);
    assert!(part(&workbook, "xl/worksheets/sheet1.xml").contains("<v>61</v>"));
}

#[test]
fn a_table_longer_than_a_sheet_goes_on_in_the_next_with_its_header() {
    // Also around the number of rows that determine column widths.
    for limit in [4, 200, 201] {
        let mut workbook =
            Workbook::with_limit(Vec::new(), "Funde: A/B", &["Zeile", "b"], limit).expect("begun");
        let rows = u64::from(2 * (limit - 1) + 1);
        for row in 1..=rows {
            workbook.row(&[Cell::Number(row), Cell::Empty]).expect("written");
        }
        let workbook = workbook.finish().expect("whole");
        let mut numbers = Vec::new();
        for number in 1..=3 {
            let sheet = part(&workbook, &format!("xl/worksheets/sheet{number}.xml"));
            assert_eq!(sheet.matches(">Zeile<").count(), 1, "sheet {number} has its header");
            let last = if number == 3 { 2 } else { limit };
            assert!(sheet.contains(&format!(r#"<autoFilter ref="A1:B{last}"/>"#)), "{sheet}");
            let values = sheet.split("<v>").skip(1).map(|rest| rest.split('<').next());
            numbers.extend(values.map(|value| value.and_then(|value| value.parse().ok())));
        }
        assert_eq!(numbers, (1..=rows).map(Some).collect::<Vec<_>>(), "no row is lost");
        let book = part(&workbook, "xl/workbook.xml");
        for name in ["Funde  A B", "Funde  A B (2)", "Funde  A B (3)"] {
            assert!(book.contains(&format!(r#"<sheet name="{name}" "#)), "{book}");
            assert!(book.contains(&format!("'{name}'!$1:$1")), "{book}");
        }
        let types = part(&workbook, "[Content_Types].xml");
        assert_eq!(types.matches("worksheet+xml").count(), 3, "{types}");
    }
}

#[test]
fn an_empty_table_is_a_workbook_with_a_header() {
    let workbook = table(SheetFormat::Xlsx, &["Referenz"], &[]);
    let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
    assert!(
        sheet.contains(r#"s="2" t="inlineStr"><is><t xml:space="preserve">Referenz<"#),
        "{sheet}"
    );
}

#[test]
fn columns_fit_their_first_rows_and_are_never_wider_than_a_page() {
    let long = "x".repeat(500);
    let rows: [&[Cell<'_>]; 1] = [&[Cell::Text("0123456789"), Cell::Text(&long), Cell::Empty]];
    let workbook = table(SheetFormat::Xlsx, &["a", "b", "c"], &rows);
    let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
    for (column, width) in [(1, 12), (2, 62), (3, 10)] {
        let wanted = format!(r#"<col min="{column}" max="{column}" width="{width}" "#);
        assert!(sheet.contains(&wanted), "{sheet}");
    }
}

#[test]
fn a_column_offers_a_list_to_choose_from() {
    let writer = SheetWriter::new(Vec::new(), SheetFormat::Xlsx, "a", &["a", "b"]).expect("begun");
    let mut writer = writer.with_choices(1, &["betroffen", "nicht betroffen"]);
    writer.row(&[Cell::Text("x"), Cell::Empty]).expect("written");
    let sheet = part(&writer.finish().expect("whole"), "xl/worksheets/sheet1.xml");
    let list = r#"sqref="B2:B2"><formula1>"betroffen,nicht betroffen"</formula1>"#;
    assert!(sheet.contains(list), "{sheet}");
}

#[test]
fn a_column_fits_the_words_that_people_choose_from() {
    let writer = SheetWriter::new(Vec::new(), SheetFormat::Xlsx, "a", &["a"]).expect("begun");
    let writer = writer.with_choices(0, &["nicht betroffen", "später"]);
    let sheet = part(&writer.finish().expect("whole"), "xl/worksheets/sheet1.xml");
    assert!(sheet.contains(r#"<col min="1" max="1" width="17" "#), "{sheet}");
}

#[test]
fn columns_stay_in_sight_unless_they_would_fill_a_small_screen() {
    let panes = |width: usize, frozen: usize| {
        let header = ["a", "b", "c", "d"];
        let writer = SheetWriter::new(Vec::new(), SheetFormat::Xlsx, "a", &header).expect("begun");
        let mut writer = writer.with_frozen_columns(frozen);
        let text = "x".repeat(width);
        writer.row(&[Cell::Text(&text); 4]).expect("written");
        let sheet = part(&writer.finish().expect("whole"), "xl/worksheets/sheet1.xml");
        let (_, pane) = sheet.split_once("<pane ").expect("the header is frozen");
        pane.split_once("/>").expect("it ends").0.to_owned()
    };
    let below = r#"ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen""#;
    assert_eq!(panes(20, 0), below);
    let beside = |columns: usize, first: &str| {
        format!(
            r#"xSplit="{columns}" ySplit="1" topLeftCell="{first}2" activePane="bottomRight" state="frozen""#
        )
    };
    assert_eq!(panes(38, 3), beside(3, "D"));
    assert_eq!(panes(39, 3), beside(1, "B"));
}

#[test]
fn equal_tables_are_equal_files() {
    assert_eq!(
        table(SheetFormat::Xlsx, &["a", "b", "c", "d"], &[&ROW]),
        table(SheetFormat::Xlsx, &["a", "b", "c", "d"], &[&ROW])
    );
}

#[test]
fn an_output_that_is_full_is_an_error_at_once() {
    /// Accepts this many bytes.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    for format in [SheetFormat::Csv, SheetFormat::Excel, SheetFormat::Xlsx] {
        let mut writer =
            SheetWriter::new(Full(20_000), format, "a", &["a"]).expect("there is room");
        let mut texts = (0..1_000_000_u64).map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let error = texts.find_map(|text| writer.row(&[Cell::Text(&text.to_string())]).err());
        assert_eq!(error.map(|error| error.kind()), Some(io::ErrorKind::StorageFull), "{format:?}");
        if format == SheetFormat::Xlsx {
            assert!(writer.finish().is_err(), "an incomplete workbook is an error");
        }
    }
}

#[test]
fn a_text_format_is_continued_and_a_workbook_cannot_be() {
    for format in [SheetFormat::Csv, SheetFormat::Excel] {
        let mut writer = SheetWriter::new(Vec::new(), format, "a", &["a", "b"]).expect("begun");
        writer.row(&[Cell::Text("1"), Cell::Empty]).expect("written");
        let so_far = writer.flushed().expect("written").clone();
        let mut writer = SheetWriter::resumed(so_far, format);
        writer.row(&[Cell::Text("2"), Cell::Empty]).expect("written");
        let rows: [&[Cell<'_>]; 2] =
            [&[Cell::Text("1"), Cell::Empty], &[Cell::Text("2"), Cell::Empty]];
        assert_eq!(writer.finish().expect("whole"), table(format, &["a", "b"], &rows));
    }
    let mut writer = SheetWriter::new(Vec::new(), SheetFormat::Xlsx, "a", &["a"]).expect("begun");
    let error = writer.flushed().map(drop).expect_err("it is not whole");
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
}

#[test]
fn the_ending_of_a_workbook_is_known_in_any_case() {
    for (name, is_workbook) in
        [("a.xlsx", true), ("A.XLSX", true), ("xlsx", false), ("a.xls", false)]
    {
        assert_eq!(SheetFormat::is_workbook(Path::new(name)), is_workbook, "{name}");
    }
}
