//! Workbooks as openpyxl, POI, `XlsxWriter` and Excel write them.

use super::*;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// The content of a workbook.
#[derive(Default)]
struct Book<'a> {
    /// The sheets: name, attributes, type of the part, and content of the part.
    sheets: &'a [(&'a str, &'a str, &'a str, &'a str)],
    /// The elements after the sheets in the main part.
    properties: &'a str,
    texts: &'a str,
    /// The id and the code of each number format.
    formats: &'a [(u32, &'a str)],
}

pub(super) fn relations(list: &[(&str, &str, &str)]) -> String {
    let relation = |(id, kind, target): &(&str, &str, &str)| {
        format!("<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")
    };
    let list: String = list.iter().map(relation).collect();
    format!("<Relationships xmlns=\"{PACKAGE}\">{list}</Relationships>")
}

impl Book<'_> {
    fn file(&self) -> Vec<u8> {
        let Self { sheets, properties, texts, formats } = self;
        let (mut list, mut parts) = (String::new(), Vec::new());
        let mut kinds = Vec::new();
        for (number, (name, attributes, kind, content)) in sheets.iter().enumerate() {
            let (id, part) = (format!("rId{number}"), format!("worksheets/sheet{number}.xml"));
            list += &format!(
                "<sheet name=\"{name}\" sheetId=\"{}\" {attributes} r:id=\"{id}\"/>",
                number + 1
            );
            kinds.push((id, *kind, part.clone()));
            let root = if *kind == "worksheet" { "worksheet" } else { "chartsheet" };
            let content = format!("<{root} xmlns=\"{MAIN}\">{content}</{root}>");
            parts.push((format!("xl/{part}"), content));
        }
        let mut list_of_parts: Vec<(&str, &str, &str)> =
            kinds.iter().map(|(id, kind, part)| (&**id, *kind, &**part)).collect();
        list_of_parts.push(("t", "sharedStrings", "sharedStrings.xml"));
        list_of_parts.push(("s", "styles", "/xl/styles.xml"));
        let format = |(number, code): &(u32, &str)| {
            format!("<numFmt numFmtId=\"{number}\" formatCode=\"{code}\"/>")
        };
        let style = |(number, _): &(u32, &str)| format!("<xf numFmtId=\"{number}\" fontId=\"0\"/>");
        let custom: String =
            formats.iter().filter(|(number, _)| *number >= 164).map(format).collect();
        let styles: String = formats.iter().map(style).collect();
        parts.extend([
            ("_rels/.rels".to_owned(), relations(&[("w", "officeDocument", "xl/workbook.xml")])),
            ("xl/_rels/workbook.xml.rels".to_owned(), relations(&list_of_parts)),
            (
                "xl/workbook.xml".to_owned(),
                format!(
                    "<?xml version=\"1.0\"?>\n<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\">\
                     <sheets>{list}</sheets>{properties}</workbook>"
                ),
            ),
            ("xl/sharedStrings.xml".to_owned(), format!("<sst xmlns=\"{MAIN}\">{texts}</sst>")),
            (
                "xl/styles.xml".to_owned(),
                format!(
                    "<styleSheet xmlns=\"{MAIN}\"><numFmts>{custom}</numFmts><cellStyleXfs>\
                     <xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/>{styles}\
                     </cellXfs></styleSheet>"
                ),
            ),
        ]);
        let parts: Vec<_> =
            parts.iter().map(|(name, content)| (&**name, content.as_bytes())).collect();
        archive(&parts)
    }
}

/// A workbook with one sheet of these rows.
fn book(rows: &str) -> Vec<u8> {
    let sheet = format!("<sheetData>{rows}</sheetData>");
    Book { sheets: &[("A", "", "worksheet", &sheet)], ..Book::default() }.file()
}

/// A workbook with one sheet of these rows, a style for dates, and a style for five digits.
pub(super) fn dated_book(rows: &str) -> Vec<u8> {
    let sheet = format!("<sheetData>{rows}</sheetData>");
    let sheets = &[("A", "", "worksheet", &*sheet)];
    Book { sheets, formats: &[(14, ""), (164, "00000")], ..Book::default() }.file()
}

/// A workbook with one text, and these cells in the sheet's first row.
fn workbook(text: &str, cells: &str) -> Vec<u8> {
    let sheet = format!("<sheetData><row>{cells}</row></sheetData>");
    let texts = format!("<si><t>{text}</t></si>");
    let sheets = &[("A", "", "worksheet", &*sheet)];
    Book { sheets, texts: &texts, ..Book::default() }.file()
}

#[test]
fn a_workbook_beyond_the_limits_is_refused() {
    let book = workbook(&"x".repeat(50_000), "<c r=\"A1\" t=\"s\"><v>0</v></c>");
    assert!(book.len() < 5_000, "{} bytes", book.len());
    let mut archive = ZipArchive::new(Cursor::new(&book)).expect("just written");
    let unpacked: u64 = (0..archive.len())
        .map(|number| archive.by_index(number).expect("just written").size())
        .sum();
    let unpacked = usize::try_from(unpacked).expect("fits");
    let read = |reading| read(&book[..], reading, &Options::default());
    let (_, sheet) = read(reading(book.len(), unpacked)).expect("it just fits");
    let (_, cuts) = sheet.split(None).expect("a row");
    assert_eq!(rows_of_cut(&cuts[0])[0], Ok(vec![Ok("x".repeat(50_000))]));
    for reading in [reading(book.len() - 1, unpacked), reading(book.len(), unpacked - 1)] {
        assert!(matches!(read(reading), Err(InputProblem::LargeWorkbook)));
    }
    let given = ByteCount(u64::try_from(unpacked).expect("fits") - 1);
    let outcome = read_rows(&book, &Options { max_bytes: Some(given), ..Options::default() });
    assert!(matches!(outcome, Err(InputProblem::TooLong(limit)) if limit == given));
}

#[test]
fn a_shared_string_counts_for_each_of_its_cells() {
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(100);
    let book = workbook(&"x".repeat(50_000), &cells);
    let read = |content| read(&book[..], reading(book.len(), content), &Options::default());
    assert!(matches!(read(1_000_000), Err(InputProblem::LargeWorkbook)));
    assert!(read(10_000_000).is_ok());
}

#[test]
fn a_row_with_more_columns_than_excel_has_is_refused() {
    let cell = "<c><v>1</v></c>";
    let most = usize::try_from(sheet::MAX_COLUMNS).expect("fits");
    for (count, is_read) in [(most, true), (most + 1, false)] {
        let book = workbook("x", &cell.repeat(count));
        let outcome = read_rows(&book, &Options::default());
        assert_eq!(outcome.is_ok(), is_read, "{count} columns");
    }
    for name in ["XFD1", "XFE1", "ZZZ1", "ZZZZZZ1"] {
        let book = workbook("x", &format!("<c r=\"{name}\"><v>1</v></c>"));
        let outcome = read_rows(&book, &Options::default());
        assert_eq!(outcome.is_ok(), name == "XFD1", "{name}");
    }
}

#[test]
fn a_formula_without_a_value_is_a_reject_and_not_an_empty_cell() {
    for (program, cell) in [
        ("openpyxl", "<c r=\"A1\"><f>B1&amp;C1</f><v></v></c>"),
        ("openpyxl with lxml", "<c r=\"A1\"><f>B1&amp;C1</f><v/></c>"),
        ("POI", "<c r=\"A1\"><f>B1&amp;C1</f></c>"),
        ("POI, a text that was not computed", "<c r=\"A1\" t=\"str\"><f>B1&amp;C1</f></c>"),
        ("POI, streaming", "<c r=\"A1\" t=\"n\"><f>B1&amp;C1</f><v>0.0</v></c>"),
        ("a shared formula", "<c r=\"A1\"><f t=\"shared\" ref=\"A1:A9\" si=\"0\">B1</f><v/></c>"),
        ("its other cells", "<c r=\"A1\"><f t=\"shared\" si=\"0\"/></c>"),
        ("an array formula", "<c r=\"A1\"><f t=\"array\" ref=\"A1\">B1:B9</f><v></v></c>"),
        ("a table of data", "<c r=\"A1\"><f t=\"dataTable\" ref=\"A1:A9\" r1=\"C1\"/><v/></c>"),
        ("an error", "<c r=\"A1\" t=\"e\"><f>VLOOKUP(B1,C:D,2,0)</f><v>#N/A</v></c>"),
        ("an error that was pasted", "<c r=\"A1\" t=\"e\"><v>#REF!</v></c>"),
    ] {
        let file = book(&format!("<row>{cell}<c r=\"B1\"><v>1</v></c></row>"));
        assert_eq!(rows(&file), ["[formula-without-value]|1"], "{program}");
        let outcome = read(&file[..], ReadContext::new(Format::Xlsx, None), &Options::default());
        let (_, sheet) = outcome.expect("it is read");
        let outcome = sheet.split(Some(0));
        assert!(matches!(outcome, Err(InputProblem::HeaderFormula)), "{program}");
    }
}

#[test]
fn a_formula_with_a_value_counts_as_its_value() {
    for (cell, text) in [
        ("<c r=\"A1\" t=\"str\"><f>B1</f><v>Max</v></c>", "Max"),
        ("<c r=\"A1\" t=\"str\"><f>B1</f><v></v></c>", ""),
        ("<c r=\"A1\" t=\"str\"><f>B1</f><v/></c>", ""),
        ("<c r=\"A1\"><f>B1</f><v>0</v></c>", "0"),
        ("<c r=\"A1\"><f>B1</f><v>1067</v></c>", "1067"),
        ("<c r=\"A1\" t=\"b\"><f>B1</f><v>1</v></c>", "true"),
        ("<c r=\"A1\"><f t=\"shared\" si=\"0\"/><v>5</v></c>", "5"),
    ] {
        let file = book(&format!("<row>{cell}<c r=\"B1\"><v>1</v></c></row>"));
        assert_eq!(rows(&file), [format!("{text}|1")], "{cell}");
    }
}

#[test]
fn a_zero_is_not_a_value_if_the_workbook_asks_for_recalculation() {
    let sheet = "<sheetData><row><c><f>B1</f><v>0</v></c><c><f>B1</f><v>7</v></c>\
                 <c><v>0</v></c></row></sheetData>";
    let book = Book {
        sheets: &[("A", "", "worksheet", sheet)],
        // As XlsxWriter writes it.
        properties: "<calcPr calcId=\"124519\" fullCalcOnLoad=\"1\"/>",
        ..Book::default()
    };
    assert_eq!(rows(&book.file()), ["[formula-without-value]|7|0"]);
}

#[test]
fn every_form_of_text_is_read() {
    let texts = "<si><t>Max</t></si>\
        <si><r><t xml:space=\"preserve\">Mu </t></r><r><rPr><b/></rPr><t>ster</t></r></si>\
        <si><t>&#29579;</t><rPh sb=\"0\" eb=\"1\"><t>Wang</t></rPh><phoneticPr fontId=\"1\"/></si>\
        <si><t>a &amp; b_x000D_c</t></si><si/><si><t><![CDATA[<x>]]></t></si>";
    let cell = |kind: &str, content: &str| format!("<c t=\"{kind}\">{content}</c>");
    let shared: String = (0..6).map(|number| cell("s", &format!("<v>{number}</v>"))).collect();
    let inline = cell("inlineStr", "<is><t>in</t></is>")
        + &cell("inlineStr", "<v>in</v><is><r><t>l</t></r><r><t>ine</t></r></is>")
        + &cell("str", "<v>str</v>")
        + "<c><v>no number</v></c>";
    let sheet = format!("<sheetData><row>{shared}</row><row>{inline}</row></sheetData>");
    let book = Book { sheets: &[("A", "", "worksheet", &sheet)], texts, ..Book::default() };
    let expected = ["Max|Mu ster|王|a & b\rc||<x>", "in|line|str|no number||"];
    assert_eq!(rows(&book.file()), expected);
}

#[test]
fn numbers_are_read_in_their_format() {
    let formats = &[
        (14, ""),
        (164, "DD.MM.YYYY"),
        (165, "00000"),
        (9, ""),
        (166, "#,##0.00\\ &quot;EUR&quot;"),
        (49, ""),
        (46, ""),
        (167, "[$+43 ]0"),
    ];
    let cell = |style: u32, value: &str| format!("<c s=\"{style}\"><v>{value}</v></c>");
    let numbers = [
        (1, "25600"),
        (2, "25600"),
        (3, "1067"),
        (4, "0.5"),
        (5, "12"),
        (6, "7"),
        (7, "1.5"),
        (8, "6641234568"),
    ];
    let cells: String = numbers.iter().map(|(style, value)| cell(*style, value)).collect();
    let other = "<c t=\"d\"><v>1970-02-01T00:00:00</v></c><c t=\"b\"><v>0</v></c>\
                 <c><v>1.2345678901E10</v></c><c quotePrefix=\"1\" t=\"str\"><v>007</v></c>";
    let sheet = format!("<sheetData><row>{cells}{other}</row></sheetData>");
    let sheets = &[("A", "", "worksheet", &*sheet)];
    let book = Book { sheets, formats, ..Book::default() };
    let rest = "01067|0.5|12|7|1.5|+43 6641234568|1970-02-01|false|12345678901|007";
    assert_eq!(rows(&book.file()), [format!("1970-02-01|1970-02-01|{rest}")]);
    let properties = "<workbookPr date1904=\"1\"/>";
    let book = Book { properties, ..book };
    assert_eq!(rows(&book.file()), [format!("1974-02-02|1974-02-02|{rest}")]);
}

#[test]
fn rows_and_cells_without_a_reference_follow_the_previous_one() {
    let file = book(
        "<row r=\"3\"><c r=\"B3\"><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>\
         <row r=\"9\" hidden=\"1\"><c><v>4</v></c></row>",
    );
    assert_eq!(rows(&file), ["|1|2", "3||", "4||"], "hidden rows are read");
}

#[test]
fn cells_in_the_wrong_order_are_refused() {
    for cells in [
        "<c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>2</v></c>",
        "<c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>2</v></c>",
    ] {
        let message = problem(&book(&format!("<row>{cells}</row>")));
        assert!(message.contains("not an Excel workbook (XLSX) that can be read"), "{message}");
    }
}

#[test]
fn a_cell_that_spans_several_rows_has_its_value_in_each_of_them() {
    let sheet = "<sheetData>\
        <row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><v>2</v></c><c r=\"D1\"><v>4</v></c></row>\
        <row r=\"2\"><c r=\"A2\"/><c r=\"B2\"><v>5</v></c></row>\
        <row r=\"3\"><c r=\"B3\"><v>6</v></c></row>\
        <row r=\"4\"><c r=\"B4\"><v>7</v></c></row></sheetData>\
        <mergeCells><mergeCell ref=\"A1:A3\"/><mergeCell ref=\"D1:E2\"/></mergeCells>";
    let book = Book { sheets: &[("A", "", "worksheet", sheet)], ..Book::default() };
    assert_eq!(rows(&book.file()), ["1|2||4", "1|5||4", "1|6||", "|7||"]);
}

#[test]
fn an_array_formula_leaves_no_cell_of_its_range_empty() {
    // As openpyxl writes it, without the other cells.
    let rows_of = |value: &str| {
        book(&format!(
            "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><f t=\"array\" ref=\"B1:B2\">\
             A1:A2</f>{value}</c></row><row r=\"2\"><c r=\"A2\"><v>2</v></c></row>\
             <row r=\"3\"><c r=\"A3\"><v>3</v></c></row>"
        ))
    };
    let without = ["1|[formula-without-value]", "2|[formula-without-value]", "3|"];
    assert_eq!(rows(&rows_of("<v/>")), without);
    assert_eq!(rows(&rows_of("<v>7</v>")), ["1|7", "2|", "3|"]);
}

#[test]
fn an_array_formula_over_several_columns_leaves_none_of_them_empty() {
    let cells = |first: &str| {
        book(&format!(
            "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><f t=\"array\" ref=\"B1:D2\">\
             A1:C2</f>{first}</c></row><row r=\"2\"><c r=\"A2\"><v>2</v></c><c r=\"C2\"><v>5</v></c></row>\
             <row r=\"3\"><c r=\"A3\"><v>3</v></c></row>"
        ))
    };
    let none = "[formula-without-value]";
    let expected =
        [format!("1|{none}|{none}|{none}"), format!("2|{none}|5|{none}"), "3|||".to_owned()];
    assert_eq!(rows(&cells("<v/>")), expected);
    assert_eq!(rows(&cells("<v>7</v>")), ["1|7|", "2||5", "3||"]);
    // A range of one row, and a data table.
    let row = "<row><c r=\"A1\"><f t=\"array\" ref=\"A1:C1\">X</f></c></row>";
    assert_eq!(rows(&book(row)), [[none; 3].join("|")]);
    assert_eq!(rows(&book(&row.replace("array", "dataTable"))), [[none; 3].join("|")]);
}

#[test]
fn an_inline_cell_without_inline_text_has_its_value() {
    let file = book(
        "<row><c t=\"inlineStr\"><v>Max</v></c><c t=\"inlineStr\"><v>a</v><is><t>b</t></is></c></row>",
    );
    assert_eq!(rows(&file), ["Max|b"]);
}

#[test]
fn a_cell_with_an_error_is_never_empty() {
    for cell in ["<c t=\"e\"/>", "<c t=\"e\"><v/></c>", "<c t=\"e\"><is><t>x</t></is></c>"] {
        let file = book(&format!("<row>{cell}<c><v>1</v></c></row>"));
        assert_eq!(rows(&file), ["[formula-without-value]|1"], "{cell}");
    }
}

#[test]
fn a_part_that_is_cut_off_is_refused() {
    let sheet =
        "<sheetData><row><c t=\"s\"><v>0</v></c></row><row><c><v>1</v></c></row></sheetData>";
    let whole = Book {
        sheets: &[("A", "", "worksheet", sheet)],
        texts: "<si><t>x</t></si>",
        ..Book::default()
    };
    let whole = whole.file();
    assert_eq!(rows(&whole), ["x", "1"]);
    let mut archive = ZipArchive::new(Cursor::new(&whole)).expect("just written");
    let mut parts = Vec::new();
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).expect("just written");
        let mut content = Vec::new();
        part.read_to_end(&mut content).expect("just written");
        let name = part.name().expect("just written").into_owned();
        parts.push((name, content));
    }
    for cut in 0..parts.len() {
        let (name, content) = &parts[cut];
        // Cut after each tag, and at the very start.
        let ends =
            content.iter().enumerate().filter(|(_, byte)| **byte == b'>').map(|(end, _)| end + 1);
        for end in ends.chain([0]).filter(|&end| end < content.len()) {
            let part = |(place, (name, content)): (usize, &(String, Vec<u8>))| {
                (name.clone(), content[..if place == cut { end } else { content.len() }].to_vec())
            };
            let all: Vec<_> = parts.iter().enumerate().map(part).collect();
            let all: Vec<_> = all.iter().map(|(name, content)| (&**name, &**content)).collect();
            let outcome = read_rows(&super::archive(&all), &Options::default());
            assert!(outcome.is_err(), "{name} ends at {end}");
        }
    }
}

#[test]
fn without_a_header_the_widest_row_determines_the_number_of_columns() {
    let row = |cells: usize| format!("<row>{}</row>", "<c><v>1</v></c>".repeat(cells));
    let file = book(&[row(2), row(3).repeat(40), row(5), row(1)].concat());
    let options = Options { header: false, ..Options::default() };
    let (_, sheet) =
        read(&file[..], ReadContext::new(Format::Xlsx, None), &options).expect("readable");
    let (names, _) = sheet.split(None).expect("rows");
    assert_eq!(names, ["1", "2", "3", "4", "5"]);
    let rows = rows_with(&file, &options);
    assert_eq!(
        (rows.len(), &*rows[0], &*rows[41], &*rows[42]),
        (43, "1|1|||", "1|1|1|1|1", "1||||")
    );
}

#[test]
fn namespace_prefixes_and_the_strict_form_make_no_difference() {
    let strict = "http://purl.oclc.org/ooxml/officeDocument/relationships";
    let main = "http://purl.oclc.org/ooxml/spreadsheetml/main";
    let relations = |id: &str, kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{PACKAGE}\"><Relationship Target=\"{target}\" \
             Type=\"{strict}/{kind}\" Id=\"{id}\"/></Relationships>"
        )
    };
    let file = archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", relations("a", "officeDocument", "xl/workbook.xml").as_bytes()),
        (
            "xl/workbook.xml",
            format!(
                "<x:workbook xmlns:x=\"{main}\" xmlns:r=\"{strict}\" conformance=\"strict\">\
                 <x:sheets><x:sheet name=\"A\" sheetId=\"1\" r:id=\"b\"/></x:sheets></x:workbook>"
            )
            .as_bytes(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations("b", "worksheet", "worksheets/Sheet1.XML").as_bytes(),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(
                "<x:worksheet xmlns:x=\"{main}\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\" \
                 t=\"d\"><x:v>1970-02-01</x:v></x:c><x:c><x:f>A1</x:f></x:c></x:row>\
                 </x:sheetData></x:worksheet>"
            )
            .as_bytes(),
        ),
    ]);
    assert_eq!(rows(&file), ["1970-02-01|[formula-without-value]"]);
}

#[test]
fn the_only_sheet_with_cells_is_read() {
    let data = |value: &str| format!("<sheetData><row><c><v>{value}</v></c></row></sheetData>");
    let (one, two) = (data("1"), data("2"));
    let empty = "<sheetData><row><c s=\"1\"/><c t=\"str\"><v></v></c></row></sheetData>";
    let chart = ("Chart", "", "chartsheet", "<drawing/>");
    let book = |sheets: &[(&str, &str, &str, &str)]| Book { sheets, ..Book::default() }.file();
    let file = book(&[chart, ("Empty", "", "worksheet", empty), ("Sheet1", "", "worksheet", &one)]);
    assert_eq!(rows(&file), ["1"]);
    let hidden = ("Sheet2", "state=\"veryHidden\"", "worksheet", &*two);
    let file = book(&[("Sheet1", "", "worksheet", &one), hidden]);
    let message = problem(&file);
    assert!(message.contains("rows on several sheets: 'Sheet1', 'Sheet2'"), "{message}");
    let requested = |name: &str| Options { sheet: Some(name.to_owned()), ..Options::default() };
    assert_eq!(rows_with(&file, &requested("sheet2")), ["2"]);
    let problem = read_rows(&file, &requested("Three")).expect_err("there is no such sheet");
    assert!(problem.to_string().contains("'Sheet1', 'Sheet2'"), "{problem}");
}

#[test]
fn a_formula_alone_fills_a_sheet() {
    let sheet = "<sheetData><row><c><f>Other!A1</f></c></row></sheetData>";
    let data = "<sheetData><row><c><v>1</v></c></row></sheetData>";
    let sheets = &[("Sheet1", "", "worksheet", sheet), ("Sheet2", "", "worksheet", data)];
    let message = problem(&Book { sheets, ..Book::default() }.file());
    assert!(message.contains("'Sheet1', 'Sheet2'"), "{message}");
}

#[test]
fn a_reference_to_a_missing_shared_string_is_refused() {
    for cell in ["<c t=\"s\"><v>7</v></c>", "<c t=\"s\"><v>x</v></c>", "<c t=\"?\"><v>1</v></c>"] {
        let message = problem(&book(&format!("<row>{cell}</row>")));
        assert!(
            message.contains("not an Excel workbook (XLSX)") && message.contains("CSV"),
            "{message}"
        );
    }
}
