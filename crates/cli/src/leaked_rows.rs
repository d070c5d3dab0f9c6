//! The rows of a leak by record id. A build lists them, and a work list names the rows that matched.
//!
//! Some decisions need a look at the leaked record, and an index does not contain its position.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex::{IndexSet, Key};
use leakdex_report::{Cell, LeakedRecord, LeakedRow, SheetFormat, SheetWriter, exact};

use crate::{
    human::{by_number, count},
    output::Output,
    row_numbers::RowNumbers,
    status::{print_warning, wrong_usage},
};

/// The columns. Rows are numbered as in the rejects, and as a spreadsheet shows them.
const HEADER: [&str; 4] = ["record", "file", "row", "spreadsheet_row"];

/// The id of the record with this tag. The tag itself stays in the index, since it helps to seal a posting.
pub fn id(key: &Key, tag: u64) -> LeakedRecord {
    let digest = key.digest("leaked-row", &[&tag.to_le_bytes()]);
    let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    LeakedRecord(u64::from_le_bytes(*first))
}

/// The key of each breach, which gives its records their ids. If the indexes of a breach have several keys, the
/// key with the lowest id is used.
pub fn keys_by_breach(indexes: &IndexSet, keys: &[Key]) -> anyhow::Result<BTreeMap<String, Key>> {
    let mut by_breach = BTreeMap::<String, Key>::new();
    for index in indexes.indexes() {
        let index_key = keys.iter().find(|key| key.id() == index.key_id());
        let index_key = index_key.context("no key of an index was given")?;
        for breach in &index.metadata().breaches {
            let key =
                by_breach.entry(breach.name().to_string()).or_insert_with(|| index_key.clone());
            if index_key.id() < key.id() {
                *key = index_key.clone();
            }
        }
    }
    Ok(by_breach)
}

/// Refuses a name that makes programs take the file for a workbook.
pub fn refuse_misnamed(path: &Path) -> anyhow::Result<()> {
    if SheetFormat::is_workbook(path) {
        return wrong_usage(format!(
            "--leaked-rows writes CSV, and Excel refuses it with the name {}; give a name that ends in .csv",
            path.display()
        ));
    }
    Ok(())
}

/// Lists the rows of a leak.
pub struct LeakedRows<'k> {
    table: SheetWriter<Output>,
    key: &'k Key,
}

impl<'k> LeakedRows<'k> {
    pub fn new(output: Output, key: &'k Key) -> anyhow::Result<Self> {
        let table = SheetWriter::new(output, SheetFormat::Csv, "", &HEADER)?;
        Ok(Self { table, key })
    }

    /// Adds the rows of a block, with their numbers in the file and the tags of their records.
    pub fn add(
        &mut self,
        file: &str,
        numbers: RowNumbers<'_>,
        tags: &[Option<u64>],
    ) -> anyhow::Result<()> {
        for (row, tag) in (0..).zip(tags) {
            let Some(tag) = *tag else { continue };
            let (record, number) = (id(self.key, tag).to_string(), numbers.of(row));
            let numbers = [number.row, number.shown].map(Cell::Number);
            let [row, shown] = numbers;
            self.table.row(&[Cell::Text(&record), Cell::Text(file), row, shown])?;
        }
        Ok(())
    }

    /// The output, with all rows.
    pub fn into_inner(self) -> anyhow::Result<Output> {
        Ok(self.table.finish()?)
    }
}

/// Refuses files that no build wrote, before the work.
pub fn refuse_foreign(paths: &[PathBuf]) -> anyhow::Result<()> {
    paths.iter().try_for_each(|path| open(path).map(drop))
}

/// Finds the first row of each of these records. Equal rows are one record.
///
/// Files that name different rows come from different builds. One of them would lead to somebody else's
/// record.
pub fn find(
    paths: &[PathBuf],
    records: &HashSet<LeakedRecord>,
) -> anyhow::Result<HashMap<LeakedRecord, LeakedRow>> {
    let mut all = HashMap::new();
    for path in paths {
        let mut found = HashMap::new();
        let mut reader = open(path)?;
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row).map_err(|error| unread(path, error))? {
            let place = place_of(&row).with_context(|| damaged(path))?;
            if records.contains(&place.0) {
                found.entry(place.0).or_insert(place.1);
            }
        }
        for (record, row) in found {
            let known = all.entry(record).or_insert_with(|| row.clone());
            anyhow::ensure!(
                *known == row || known.file != row.file,
                "--leaked-rows: the files name different rows of {} for one record, so they are of different \
                 builds; give only those that the builds of these indexes wrote",
                row.file
            );
        }
    }
    Ok(all)
}

/// Warns of records that are in no file. `place` begins the warning.
pub fn warn_of_missing_records(place: &str, missing: u64) {
    if missing > 0 {
        print_warning(format_args!(
            "{place}{} in no file of --leaked-rows. Only an id is shown for such a record. Give the file that the \
             build of each index wrote: a file of another build, such as an earlier one, does not fit",
            by_number(
                missing,
                "1 leaked record is",
                &format!("{} leaked records are", count(missing))
            )
        ));
    }
}

fn open(path: &Path) -> anyhow::Result<csv::Reader<BufReader<File>>> {
    let file = File::open(path).map_err(|error| unread(path, error.into()))?;
    let mut reader = csv::Reader::from_reader(BufReader::new(file));
    let has_header = reader.headers().map_err(|error| unread(path, error))?.iter().eq(HEADER);
    anyhow::ensure!(has_header, damaged(path));
    Ok(reader)
}

fn place_of(row: &csv::StringRecord) -> Option<(LeakedRecord, LeakedRow)> {
    let file = exact(row.get(1)?).to_owned();
    let place =
        LeakedRow { file, row: row.get(2)?.parse().ok()?, shown: row.get(3)?.parse().ok()? };
    Some((row.get(0)?.parse().ok()?, place))
}

fn unread(path: &Path, error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => {
            let failed = format!("--leaked-rows {}: cannot be read", path.display());
            anyhow::Error::new(error).context(failed)
        }
        _ => anyhow::anyhow!(damaged(path)),
    }
}

fn damaged(path: &Path) -> String {
    format!(
        "--leaked-rows {}: this is not a file of 'leakdex build --leaked-rows', or it was changed; give the file as \
         the build wrote it",
        path.display()
    )
}
