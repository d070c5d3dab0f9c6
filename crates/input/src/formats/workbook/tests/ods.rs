//! Spreadsheets as `LibreOffice`, odfpy and pandas write them.

use super::*;

/// A spreadsheet with these tables.
pub(super) fn file(tables: &str) -> Vec<u8> {
    const NAMESPACE: &str = "urn:oasis:names:tc:opendocument:xmlns";
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<office:document-content \
         xmlns:office=\"{NAMESPACE}:office:1.0\" xmlns:table=\"{NAMESPACE}:table:1.0\" \
         xmlns:text=\"{NAMESPACE}:text:1.0\" xmlns:draw=\"{NAMESPACE}:drawing:1.0\" \
         xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\" \
         office:version=\"1.2\"><office:body><office:spreadsheet>{tables}</office:spreadsheet>\
         </office:body></office:document-content>"
    );
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_bytes()),
    ])
}

fn table(name: &str, rows: &str) -> String {
    format!("<table:table table:name=\"{name}\"><table:table-column/>{rows}</table:table>")
}

fn sheet(rows: &str) -> Vec<u8> {
    file(&table("A", rows))
}

fn row(cells: &str) -> String {
    format!("<table:table-row>{cells}</table:table-row>")
}

pub(super) fn cell(attributes: &str, text: &str) -> String {
    format!("<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>")
}

#[test]
fn cells_of_each_kind_are_read() {
    let cells = [
        (cell("office:value-type=\"string\"", "Max"), "Max"),
        (cell("office:value-type=\"string\" office:string-value=\"Max\"", "other"), "Max"),
        (cell("office:value-type=\"float\" office:value=\"45127\"", "45.127,00"), "45127"),
        (cell("office:value-type=\"float\" office:value=\"1067\"", "01067"), "01067"),
        (cell("office:value-type=\"float\" office:value=\"1067\"", "02067"), "1067"),
        (cell("office:value-type=\"float\" office:value=\"664123\"", "+43 664 123"), "+43 664 123"),
        (
            cell("office:value-type=\"float\" office:value=\"6641234572\"", "0043.664.1234572"),
            "0043.664.1234572",
        ),
        (
            cell("office:value-type=\"float\" office:value=\"6641234572\"", "0043.6641234572"),
            "0043.6641234572",
        ),
        (
            cell(
                "office:value-type=\"float\" office:value=\"6641234573\"",
                "+43\u{A0}664\u{202F}1234573",
            ),
            "+43\u{A0}664\u{202F}1234573",
        ),
        (cell("office:value-type=\"float\" office:value=\"123\"", "A000123"), "A000123"),
        (cell("office:value-type=\"float\" office:value=\"2\"", "2 m2"), "2"),
        (cell("office:value-type=\"float\" office:value=\"0\"", "0,00"), "0"),
        (cell("office:value-type=\"float\" office:value=\"0\"", "0.00"), "0"),
        (cell("office:value-type=\"float\" office:value=\"100\"", "100.00"), "100"),
        (cell("office:value-type=\"float\" office:value=\"100\"", "+100.00"), "100"),
        (cell("office:value-type=\"float\" office:value=\"1067\"", "01067.00"), "1067"),
        (cell("office:value-type=\"float\" office:value=\"10.1\"", "10.10"), "10.1"),
        (cell("office:value-type=\"float\" office:value=\"1234567\"", "1.234.567"), "1234567"),
        (
            cell("office:value-type=\"float\" office:value=\"1234567\"", "1\u{202F}234\u{202F}567"),
            "1234567",
        ),
        (cell("office:value-type=\"percentage\" office:value=\"0.5\"", "50 %"), "0.5"),
        (cell("office:value-type=\"currency\" office:value=\"12\"", "12,00 EUR"), "12"),
        (
            cell("office:value-type=\"date\" office:date-value=\"1970-02-01\"", "01.02.70"),
            "1970-02-01",
        ),
        (
            cell("office:value-type=\"date\" office:date-value=\"1970-02-01T00:00:00\"", "x"),
            "1970-02-01",
        ),
        (cell("office:value-type=\"time\" office:time-value=\"PT10H\"", "10:00"), "10:00"),
        (cell("office:value-type=\"boolean\" office:boolean-value=\"true\"", "WAHR"), "true"),
        (cell("", "no kind"), "no kind"),
        (
            cell("office:value-type=\"string\" calcext:value-type=\"string\"", "two kinds"),
            "two kinds",
        ),
    ];
    let all: String = cells.iter().map(|(cell, _)| &**cell).collect();
    let expected: Vec<_> = cells.iter().map(|(_, text)| *text).collect();
    assert_eq!(rows(&sheet(&row(&all))), [expected.join("|")]);
}

#[test]
fn a_formula_without_a_value_is_a_reject() {
    for (cell, text) in [
        // As odfpy writes it.
        ("<table:table-cell table:formula=\"of:=[.B1]\"/>".to_owned(), None),
        (
            "<table:table-cell table:formula=\"of:=[.B1]\" office:value-type=\"string\"/>"
                .to_owned(),
            None,
        ),
        (
            cell(
                "table:formula=\"of:=1/0\" office:value-type=\"string\" office:string-value=\"\" \
                 calcext:value-type=\"error\"",
                "#DIV/0!",
            ),
            None,
        ),
        (
            cell(
                "table:formula=\"of:=1/0\" office:value-type=\"float\" office:value=\"0\"",
                "Err:502",
            ),
            None,
        ),
        // As LibreOffice writes it.
        (
            cell(
                "table:formula=\"of:=&quot;&quot;\" office:value-type=\"string\" \
                 office:string-value=\"\" calcext:value-type=\"string\"",
                "",
            ),
            Some(""),
        ),
        (
            cell("table:formula=\"of:=[.B1]\" office:value-type=\"float\" office:value=\"5\"", "5"),
            Some("5"),
        ),
    ] {
        let file =
            sheet(&row(&format!("{cell}<table:table-cell><text:p>1</text:p></table:table-cell>")));
        let expected = text.unwrap_or("[formula-without-value]");
        assert_eq!(rows(&file), [format!("{expected}|1")], "{cell}");
    }
}

#[test]
fn the_text_of_a_cell_has_no_comments() {
    for (content, text) in [
        ("<text:p>a</text:p><text:p>b</text:p>", "a\nb"),
        ("<text:p>a<text:s/>b<text:s text:c=\"2\"/>c</text:p>", "a b  c"),
        ("<text:p>a<text:tab/>b<text:line-break/>c</text:p>", "a\tb\nc"),
        ("<text:p>a\n   b</text:p>", "a b"),
        (
            "<text:p>M<text:span>ü<text:span>ß</text:span></text:span>ig &amp; &#67;o</text:p>",
            "Müßig & Co",
        ),
        ("<text:p><text:a>link</text:a></text:p>", "link"),
        ("<office:annotation><text:p>comment</text:p></office:annotation><text:p>a</text:p>", "a"),
        ("<text:p>a<office:annotation><text:p>comment</text:p></office:annotation></text:p>", "a"),
        (
            "<draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame><text:p>a</text:p>",
            "a",
        ),
        ("<text:p><![CDATA[<a>]]></text:p>", "<a>"),
    ] {
        let file = sheet(&row(&format!(
            "<table:table-cell office:value-type=\"string\">{content}</table:table-cell>"
        )));
        assert_eq!(rows(&file), [text], "{content}");
    }
}

#[test]
fn repeated_rows_and_cells_are_expanded() {
    let file = sheet(
        "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell \
         table:number-columns-repeated=\"16384\"/></table:table-row>\
         <table:table-header-rows><table:table-row table:number-rows-repeated=\"2\">\
         <table:table-cell table:number-columns-repeated=\"2\"/><table:table-cell \
         table:number-columns-repeated=\"2\"><text:p>x</text:p></table:table-cell>\
         <table:table-cell table:number-columns-repeated=\"16380\"/></table:table-row>\
         </table:table-header-rows><table:table-row-group><table:table-row><table:table-cell>\
         <text:p>y</text:p></table:table-cell></table:table-row></table:table-row-group>",
    );
    assert_eq!(rows(&file), ["||x|x", "||x|x", "y|||"]);
}

#[test]
fn a_spreadsheet_with_endless_repetition_is_refused() {
    let long = "x".repeat(10_000);
    for (rows, cells) in
        [("4294967295", "1"), ("1", "4294967295"), ("2000000", "1"), ("1", "20000")]
    {
        let file = sheet(&format!(
            "<table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell \
             table:number-columns-repeated=\"{cells}\"><text:p>{long}</text:p></table:table-cell>\
             </table:table-row>"
        ));
        let options = Options { max_bytes: Some(ByteCount(1 << 20)), ..Options::default() };
        assert!(read_rows(&file, &options).is_err(), "{rows} rows, {cells} cells");
        let options = Options { skip_rows: Some(usize::MAX), ..options };
        assert!(read_rows(&file, &options).is_err(), "{rows} rows, {cells} cells, skipped");
    }
}

#[test]
fn a_cell_that_spans_several_rows_has_its_value_in_each_of_them() {
    let span = "<table:table-cell table:number-rows-spanned=\"2\"><text:p>a</text:p>\
                </table:table-cell>";
    let file = sheet(
        &(row(&format!("{span}{}", cell("", "1")))
            + &row(&format!("<table:covered-table-cell/>{}", cell("", "2")))
            + &row(&format!("<table:table-cell/>{}", cell("", "3")))),
    );
    assert_eq!(rows(&file), ["a|1", "a|2", "|3"]);
}

#[test]
fn the_only_table_with_cells_is_read() {
    let data = |text: &str| row(&cell("", text));
    let empty = row("<table:table-cell/>");
    let file_of = |tables: &[String]| file(&tables.concat());
    let external = table("'file:///x.ods'#$Sheet1", &data("external"));
    let deleted =
        format!("<table:tracked-changes>{}</table:tracked-changes>", table("D", &data("d")));
    let one = [deleted, table("Empty", &empty), table("Sheet1", &data("1")), external];
    assert_eq!(rows(&file_of(&one)), ["1"]);
    let two = file_of(&[table("Sheet1", &data("1")), table("Sheet2", &data("2"))]);
    let message = problem(&two);
    assert!(message.contains("rows on several sheets: 'Sheet1', 'Sheet2'"), "{message}");
    let options = Options { sheet: Some("Sheet2".to_owned()), ..Options::default() };
    assert_eq!(rows_with(&two, &options), ["2"]);
}

#[test]
fn a_truncated_spreadsheet_is_refused() {
    let whole =
        "<table:table table:name=\"A\"><table:table-row><table:table-cell><text:p>1</text:p>";
    let message = problem(&archive(&[("content.xml", whole.as_bytes())]));
    assert!(
        message.contains("not an OpenDocument spreadsheet (ODS) that can be read"),
        "{message}"
    );
    // The document ends between tables, so others may have followed.
    let whole = format!("<a><b>{}", table("A", &row(&cell("", "1"))));
    assert!(
        read_rows(&archive(&[("content.xml", whole.as_bytes())]), &Options::default()).is_err()
    );
    let closed = format!("{whole}</b></a>");
    assert!(
        read_rows(&archive(&[("content.xml", closed.as_bytes())]), &Options::default()).is_ok()
    );
}

#[test]
fn the_text_of_a_list_in_a_cell_is_read_and_a_table_in_it_is_reported() {
    let list = "<table:table-cell><text:list><text:list-item><text:p>Max</text:p></text:list-item>\
                <text:list-item><text:p>Eva</text:p></text:list-item></text:list></table:table-cell>";
    let inner = "<table:table table:is-sub-table=\"true\"><table:table-row><table:table-cell>\
                 <text:p>Max</text:p></table:table-cell></table:table-row></table:table>";
    let table = format!("<table:table-cell>{inner}</table:table-cell>");
    let other = cell("", "b");
    let file =
        sheet(&format!("{}{}", row(&format!("{list}{other}")), row(&format!("{table}{other}"))));
    assert_eq!(rows(&file), ["Max\nEva|b", "[invalid-record]|b"]);
}
