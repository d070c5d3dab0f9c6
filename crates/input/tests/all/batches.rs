//! Record batches are read like the same table in a file.

mod faults;
mod types;

use std::{collections::BTreeSet, sync::Arc};

use arrow_array::{
    Array, ArrayRef, DictionaryArray, LargeStringArray, RecordBatch, RecordBatchIterator,
    StringArray, StringViewArray, types::Int16Type,
};
use arrow_schema::{ArrowError, Field as ArrowField, Schema};
use leakdex_input::{Input, InputError, Options, Sizes, UnusedCounts};

/// The cells of a table: each row has one for each column.
type Table = Vec<Vec<Option<String>>>;

/// The result of reading an input.
#[derive(Debug, PartialEq, Eq)]
pub struct Reading {
    pub rows: Vec<String>,
    /// The description without its first line, which names the format.
    pub described: Vec<String>,
    pub unused: Vec<String>,
    dates: Vec<String>,
}

fn read(input: Input) -> Reading {
    try_read(input).expect("readable")
}

/// Reads all rows as text, and everything that is reported about the columns.
pub fn try_read(mut input: Input) -> Result<Reading, InputError> {
    let (layout, mut counts) = (input.layout(), UnusedCounts::default());
    let mut rows = Vec::new();
    while let Some(block) = input.next_block()? {
        let mut block_counts = UnusedCounts::default();
        layout.rows_and_unused(&block, &mut block_counts, |share| {
            for row in 0..share.len() {
                let record = share.columns().record(row);
                let mut text = share.id(row).to_owned();
                for (field, value) in record.values() {
                    text += &format!(" {field}={value:?}");
                }
                for class in record.data_classes() {
                    text += &format!(" {class}");
                }
                rows.push(text);
            }
        });
        counts.merge(block_counts);
    }
    let unused = layout.unused_columns(&counts);
    let dates = input.date_columns().iter();
    let dates = dates.map(|date| format!("{} {:?} {:?}", date.header, date.order, date.basis));
    let dates = dates.collect();
    let described = [input.describe(), input.notes()].concat();
    Ok(Reading {
        rows,
        described: described[1..].to_vec(),
        unused: unused.iter().map(|unused| format!("{unused:?}")).collect(),
        dates,
    })
}

/// A stream of the given columns in batches of this many rows. Each batch is a slice of the whole.
fn stream(
    columns: &[(&str, ArrayRef)],
    chunk: usize,
    options: &Options,
) -> Result<Input, InputError> {
    let fields: Vec<ArrowField> = columns
        .iter()
        .map(|(name, array)| ArrowField::new(*name, array.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.iter().map(|(_, array)| Arc::clone(array)).collect();
    let whole = RecordBatch::try_new(Arc::clone(&schema), arrays).expect("a table");
    let starts = (0..whole.num_rows()).step_by(chunk);
    let batches: Vec<Result<RecordBatch, ArrowError>> =
        starts.map(|start| Ok(whole.slice(start, chunk.min(whole.num_rows() - start)))).collect();
    Input::of_batches("memory", Box::new(RecordBatchIterator::new(batches, schema)), options)
}

/// The error for a stream that is refused.
fn refused(columns: &[(&str, ArrayRef)], options: &Options) -> String {
    stream(columns, 1000, options).err().expect("it is refused").to_string()
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn csv(header: &[&str], table: &Table, options: &Options) -> Reading {
    let mut text = header.join(";") + "\n";
    for row in table {
        let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or_default()).collect();
        text += &(cells.join(";") + "\n");
    }
    read(Input::of_bytes(text.into_bytes(), options).expect("a table"))
}

/// Makes an array of text.
type MakeArray = fn(Vec<Option<&str>>) -> ArrayRef;

/// The ways in which arrays hold the same text.
const LAYOUTS: [MakeArray; 4] = [
    |values| Arc::new(StringArray::from(values)),
    |values| Arc::new(LargeStringArray::from(values)),
    |values| Arc::new(StringViewArray::from(values)),
    |values| Arc::new(values.into_iter().collect::<DictionaryArray<Int16Type>>()),
];

/// Asserts that the table as a CSV file gives the same reading as batches of every size, slice and layout.
/// Returns the reading.
fn agrees(header: &[&str], table: &Table, options: &Options) -> Reading {
    let expected = csv(header, table, options);
    for (number, layout) in LAYOUTS.iter().enumerate() {
        // A row before and after those that are read, so that slices have an offset.
        let column = |place: usize| {
            let cells = table.iter().map(|row| row[place].as_deref());
            let all = [Some("before")].into_iter().chain(cells).chain([Some("after")]);
            layout(all.collect()).slice(1, table.len())
        };
        let columns: Vec<(&str, ArrayRef)> =
            header.iter().enumerate().map(|(place, name)| (*name, column(place))).collect();
        for chunk in [1, 7, 1000] {
            let input = match stream(&columns, chunk, options) {
                Ok(input) => input,
                Err(error) => panic!("layout {number}, batches of {chunk} rows: {error}"),
            };
            let (found, case) = (read(input), format!("layout {number}, batches of {chunk} rows"));
            assert_eq!(found.described, expected.described, "{case}");
            assert_eq!(found.unused, expected.unused, "{case}");
            assert_eq!(found.dates, expected.dates, "{case}");
            assert!(found.rows == expected.rows, "{case}");
        }
    }
    expected
}

fn row(cells: &[&str]) -> Vec<Option<String>> {
    cells.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect()
}

#[test]
fn text_gives_the_same_cells_in_every_layout() {
    let header = ["Mitglied", "Nachname", "Vorname", "Geburtsdatum", "PLZ", "E-Mail", "Passwort"];
    let mut table = Table::new();
    for number in 0..1500 {
        let (id, day) =
            (format!("M-{number}"), format!("{:02}.03.19{:02}", number % 28 + 1, number % 90));
        let mail = format!("person.number.{number}@example.de");
        let cells = [&*id, "Müller", "Eva", &day, "01234", &mail, "geheim"];
        let mut cells = row(&cells);
        // Nulls and empty text, also in the first and the last column.
        cells[number % 7] = if number % 3 == 0 { None } else { Some(String::new()) };
        table.push(cells);
    }
    let reading = agrees(&header, &table, &Options::default());
    assert_eq!(reading.rows.len(), 1500);
    assert!(
        reading.rows[8].contains("email=Ok(\"person.number.8@example.de\")"),
        "{}",
        reading.rows[8]
    );
    assert!(reading.rows[8].ends_with("passwords"), "{}", reading.rows[8]);
}

#[test]
fn columns_of_empty_cells_and_nulls_are_read() {
    let header = ["id", "E-Mail", "Telefon"];
    let mut table: Table = (0..20).map(|_| row(&["", "", ""])).collect();
    for cells in &mut table[..10] {
        cells[1] = Some(String::new());
    }
    let reading = agrees(&header, &table, &Options::default());
    assert_eq!(reading.rows.len(), 20);
}

#[test]
fn questions_and_unused_columns_are_the_same() {
    let header = ["Kundennummer", "Kontakt", "Nr", "Login", "Notiz", "kvnr"];
    let table: Table = (0..60)
        .map(|number| {
            let mail = format!("person{number}@example.de");
            let cells = [&number.to_string(), &*mail, "A123456780", "evi", "x", "A123456780"];
            row(&cells)
        })
        .collect();
    let reading = agrees(&header, &table, &Options::default());
    let questions = reading.described.iter().filter(|line| line.starts_with("question: "));
    assert!(questions.count() >= 2, "{:#?}", reading.described);
    assert!(
        reading.unused.iter().any(|unused| unused.contains("Kontakt") && unused.contains("Email"))
    );
}

#[test]
fn the_order_of_day_and_month_is_found_by_reading_ahead() {
    let header = ["Nachname", "Vorname", "PLZ", "birth_date"];
    let table: Table = (0..900)
        .map(|number| {
            let date = if number == 800 { "02/13/1970" } else { "03/04/1970" };
            row(&["Muster", "Eva", "01234", date])
        })
        .collect();
    for block in [1, 300, 1 << 18] {
        let options = Options { sizes: Sizes { block, ..Sizes::default() }, ..Options::default() };
        let reading = agrees(&header, &table, &options);
        assert!(reading.dates[0].contains("MonthFirst Proven"), "{:?}", reading.dates);
    }
}

#[test]
fn blocks_have_about_the_requested_size_and_expose_their_batch() {
    let mails: Vec<String> =
        (0..5000).map(|number| format!("person{number:05}@example.de")).collect();
    let mails: ArrayRef = Arc::new(StringArray::from_iter_values(mails));
    let options =
        Options { sizes: Sizes { block: 2200, ..Sizes::default() }, ..Options::default() };
    let mut input = stream(&[("email", mails)], 1000, &options).expect("a table");
    let (layout, mut sizes, mut digests) = (input.layout(), Vec::new(), Vec::new());
    while let Some(block) = input.next_block().expect("readable") {
        let batch = block.batch().expect("it is one");
        sizes.push(batch.num_rows());
        assert_eq!(layout.rows(&block, |_| {}), batch.num_rows() as u64);
        digests.push((block.digest(), block.sha256()));
    }
    // An address has 22 bytes, and a delimiter would be one more.
    assert_eq!(sizes.pop(), Some(8));
    assert_eq!(sizes, [96; 52]);
    let (quick, strong): (BTreeSet<_>, BTreeSet<_>) = digests.into_iter().unzip();
    assert_eq!((quick.len(), strong.len()), (53, 53));
}

#[test]
fn columns_of_the_same_name_are_read_as_those_of_a_file() {
    let header = ["email", "email", "x"];
    let table: Table =
        (0..3).map(|number| row(&["a@b.de", &format!("c{number}@d.de"), "1"])).collect();
    let reading = agrees(&header, &table, &Options::default());
    assert!(reading.rows[2].contains("email=Ok(\"a@b.de\") email=Ok(\"c2@d.de\")"));
    let columns = vec![
        "email=ignore".parse().expect("well formed"),
        "x=username".parse().expect("well formed"),
    ];
    let options = Options { columns, ..Options::default() };
    agrees(&header, &table, &options);
}

#[test]
fn text_that_was_decoded_wrongly_before_gives_a_warning() {
    let header = ["Nachname", "Vorname", "PLZ"];
    let table: Table = (0..30).map(|_| row(&["MÃ¼ller", "JÃ¼rgen", "01234"])).collect();
    let reading = agrees(&header, &table, &Options::default());
    assert!(reading.described.iter().any(|line| line.contains("ask for a new export")));
}
