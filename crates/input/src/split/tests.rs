use proptest::prelude::*;

use super::*;

const CSV: Grammar = Grammar::csv(Some(b';'), b'\n');

/// The fields of a row; `None` if the row is too long.
type Fields = Option<Vec<(Vec<u8>, Form)>>;

fn rows(bytes: &[u8], grammar: Grammar, row_limit: usize, size: usize) -> Vec<Fields> {
    let mut splitter = Splitter::with_row_limit(bytes, grammar, row_limit);
    let (mut rows, mut cells) = (Vec::new(), Vec::new());
    while let Some(cut) = splitter.next_cut(size).expect("from memory") {
        let mut start = 0;
        for run in cut.runs {
            if run.form == RowForm::Missing(Reason::RowTooLong) {
                rows.push(None);
            }
            while start < run.end {
                let literal = run.form == RowForm::Lines;
                start = grammar.cells(&cut.bytes[..run.end], start, literal, &mut cells);
                if !cells.is_empty() {
                    let fields = cells
                        .iter()
                        .map(|cell| (cut.bytes[cell.range.clone()].to_vec(), cell.form));
                    rows.push(Some(fields.collect()));
                }
            }
        }
    }
    rows
}

fn values(rows: &[Fields]) -> Vec<Vec<String>> {
    let value = |(bytes, form): &(Vec<u8>, Form)| {
        let text = String::from_utf8(bytes.clone()).expect("UTF-8");
        if *form == Form::Escaped { text.replace("\"\"", "\"") } else { text }
    };
    rows.iter().flatten().map(|fields| fields.iter().map(value).collect()).collect()
}

#[test]
fn one_stray_quotation_mark_never_swallows_the_rows_after_it() {
    let text = b"a;b\n\"c;d\ne;f\ng;\"h\"x\n\"i\nj\";k\n";
    let rows = rows(text, CSV, 1 << 20, 1 << 20);
    assert_eq!(
        values(&rows),
        [vec!["a", "b"], vec!["\"c", "d"], vec!["e", "f"], vec!["g", "\"h\"x"], vec!["i\nj", "k"]]
    );
    assert_eq!(rows[1].as_ref().map(|fields| fields[0].1), Some(Form::Stray));
    assert_eq!(rows[1].as_ref().map(|fields| fields[1].1), Some(Form::Plain));
}

#[test]
fn a_row_beyond_the_limit_is_one_row_and_the_next_is_whole() {
    let long = [&b"a;b\n"[..], &b"x".repeat(1000), b"\nc;d\n"].concat();
    for size in [1, 7, 100, 5000] {
        let rows = rows(&long, CSV, 50, size);
        assert_eq!(rows.len(), 3, "blocks of {size}");
        assert_eq!(
            (&rows[1], values(&rows)),
            (&None, vec![vec!["a".into(), "b".into()], vec!["c".into(), "d".into()]])
        );
    }
}

#[test]
fn a_line_of_100_mb_is_one_row_in_bounded_memory() {
    let long = io::repeat(b'x').take(100_000_000);
    let mut splitter = Splitter::with_row_limit(long, CSV, ROW_LIMIT);
    let cut = splitter.next_cut(BLOCK_SIZE).expect("readable").expect("a row");
    assert_eq!(cut.runs, [Run { form: RowForm::Missing(Reason::RowTooLong), end: 0 }]);
    assert_eq!(splitter.next_cut(BLOCK_SIZE).expect("readable"), None);
    assert!(splitter.feed.buffer.capacity() <= 2 * (BLOCK_SIZE + ROW_LIMIT));
}

#[test]
fn a_stray_quotation_mark_on_every_line_costs_no_more_than_reading() {
    // At the end of each line a field is open, whether the line begins inside or outside quotation marks.
    let open = b"x\";\"\n".repeat(400_000);
    let malformed = [&open[..], b"\"y\n"].concat();
    let long = [&open[..], b"\";", &b"y".repeat(ROW_LIMIT)].concat();
    for text in [open, malformed, long] {
        // If every line caused a scan to the end, this would take hours.
        assert!(rows(&text, CSV, 1 << 20, 1 << 20).len() >= 400_000);
    }
}

/// A simple reference implementation: without blocks, and without remembering failed scans.
fn expected(bytes: &[u8], grammar: Grammar, row_limit: usize) -> Vec<Fields> {
    let (mut rows, mut cells, mut rest) = (Vec::new(), Vec::new(), bytes);
    while !rest.is_empty() {
        let window = &rest[..rest.len().min(row_limit)];
        let last = rest.len() < row_limit;
        let line = rest.iter().position(|&byte| byte == grammar.line_end());
        let line = line.map_or(rest.len(), |line_end| line_end + 1);
        let fits = last || rest[..line.min(row_limit)].ends_with(&[grammar.line_end()]);
        let (end, literal) = match grammar.scan(window, last) {
            Scan::Row(end) => (end, false),
            _ if fits => (line, true),
            _ => {
                rows.push(None);
                rest = &rest[line..];
                continue;
            }
        };
        grammar.cells(&rest[..end], 0, literal, &mut cells);
        if !cells.is_empty() {
            let field = |cell: &Cell| (rest[cell.range.clone()].to_vec(), cell.form);
            rows.push(Some(cells.iter().map(field).collect()));
        }
        rest = &rest[end..];
    }
    rows
}

fn dense_csv() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop::sample::select(b"\"\"\"\"\n\n\n;;\rab".to_vec());
    prop::collection::vec(byte, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_give_the_same_rows_for_every_block_size(
        bytes in dense_csv(), row_limit in 1_usize..80, size in 1_usize..120,
        delimiter in prop::option::of(Just(b';')),
        line_end in prop::sample::select(vec![b'\n', b'\r']),
    ) {
        let grammar = Grammar::csv(delimiter, line_end);
        let rows = rows(&bytes, grammar, row_limit, size);
        prop_assert_eq!(rows, expected(&bytes, grammar, row_limit));
    }

    #[test]
    fn only_overlong_rows_lose_bytes(
        bytes in dense_csv(), size in 1_usize..120,
    ) {
        let mut splitter = Splitter::with_row_limit(&bytes[..], CSV, 1000);
        let mut read = Vec::new();
        while let Some(cut) = splitter.next_cut(size).expect("from memory") {
            prop_assert_eq!(cut.runs.last().map(|run| run.end), Some(cut.bytes.len()));
            read.extend(cut.bytes);
        }
        prop_assert_eq!(read, bytes);
    }

    #[test]
    fn well_formed_csv_is_read_as_the_csv_crate_reads_it(
        table in prop::collection::vec(prop::collection::vec("[a;\"\n\r ]{0,6}", 1..5), 0..12),
        size in 1_usize..100, crlf: bool, always: bool,
    ) {
        let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(b';').quote_style(style).terminator(end).flexible(true)
            .from_writer(Vec::new());
        for row in &table {
            writer.write_record(row).expect("to memory");
        }
        let text = writer.into_inner().expect("to memory");
        let expected: Vec<Vec<String>> = csv::ReaderBuilder::new()
            .delimiter(b';').has_headers(false).flexible(true).from_reader(&text[..])
            .records()
            .map(|row| row.expect("well-formed").iter().map(str::to_owned).collect())
            .collect();
        prop_assert_eq!(values(&rows(&text, CSV, 1 << 20, size)), expected);
    }
}
