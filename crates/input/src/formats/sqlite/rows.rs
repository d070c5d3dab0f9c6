//! Reads the rows of a table on a separate thread, which owns both the connection and the statement that
//! borrows it.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use leakdex::Reason;
use rusqlite::types::ValueRef;

use super::{
    Table,
    database::{Database, damaged, quoted},
};
use crate::{
    error::InputProblem,
    fields::Fields,
    formats::decimal,
    opening::{QUESTION, RowSource},
    options::Sizes,
    split::{Cut, RowForm},
};

/// The capacity of the queue, in blocks.
const WAITING: usize = 2;

/// An invalid byte, so the field is reported.
const NO_TEXT: u8 = 0xFF;

pub(super) struct TableRows {
    /// `None` after an error or the end.
    cuts: Option<Receiver<Result<Cut, InputProblem>>>,
    /// The question about computed columns, until it is taken.
    question: Option<String>,
}

impl TableRows {
    /// Starts to read the table.
    pub fn new(database: Database, table: Table, sizes: Sizes) -> Result<Self, InputProblem> {
        let question = table.question();
        let (sender, cuts) = sync_channel(WAITING);
        let work = move || {
            let outcome = read(&database, &table, sizes, &sender);
            // Sending fails only if the receiver is gone.
            let _ = match outcome {
                Ok(()) => sender.send(Ok(Cut::default())),
                Err(problem) => sender.send(Err(problem)),
            };
        };
        thread::Builder::new().spawn(work).map_err(InputProblem::Read)?;
        Ok(Self { cuts: Some(cuts), question })
    }
}

impl RowSource for TableRows {
    fn next_cut(&mut self, _: usize) -> Result<Option<Cut>, InputProblem> {
        let Some(cuts) = &self.cuts else { return Ok(None) };
        // A thread that ends without a last message has panicked.
        let cut = cuts.recv().unwrap_or_else(|_| Err(damaged(())));
        match cut {
            Ok(cut) if !cut.runs.is_empty() => Ok(Some(cut)),
            end => {
                self.cuts = None;
                end.map(|_| None)
            }
        }
    }

    fn take_notes(&mut self) -> Vec<String> {
        self.question.take().map(|text| format!("{QUESTION}{text}")).into_iter().collect()
    }
}

/// Reads all rows, then checks the integrity of the table. A damaged tree may have lost some rows.
fn read(
    database: &Database,
    table: &Table,
    sizes: Sizes,
    cuts: &SyncSender<Result<Cut, InputProblem>>,
) -> Result<(), InputProblem> {
    // A long value, such as a picture, is not loaded.
    let cells = table.columns.iter().map(|column| {
        let name = quoted(column);
        format!("CASE WHEN octet_length({name}) > {} THEN x'FF' ELSE {name} END", sizes.row)
    });
    let cells = cells.collect::<Vec<_>>().join(", ");
    let all = format!("SELECT {cells} FROM {} NOT INDEXED", quoted(&table.name));
    let mut statement = database.connection.prepare(&all).map_err(damaged)?;
    let mut rows = statement.query([]).map_err(damaged)?;
    let (mut cut, mut fields) = (Cut::default(), Fields::default());
    while let Some(row) = rows.next().map_err(damaged)? {
        fields.clear();
        for number in 0..table.columns.len() {
            // Data beyond the limit is dropped.
            if fields.bytes.len() <= sizes.row {
                push_text(row.get_ref(number).map_err(damaged)?, &mut fields.bytes);
            }
            fields.end_field();
        }
        if fields.bytes.len() + fields.len() > sizes.row {
            cut.push_missing(RowForm::Missing(Reason::RowTooLong));
        } else {
            cut.push_row(fields.iter());
        }
        if cut.fills(sizes.block) && cuts.send(Ok(std::mem::take(&mut cut))).is_err() {
            return Ok(());
        }
    }
    if !cut.runs.is_empty() && cuts.send(Ok(cut)).is_err() {
        return Ok(());
    }
    refuse_damaged(database, &table.name)
}

/// Refuses a table with a damaged tree, and a database with unreferenced pages, since these may have belonged
/// to the table.
fn refuse_damaged(
    Database { connection: database, usable, .. }: &Database,
    table: &str,
) -> Result<(), InputProblem> {
    let mut is_sound = true;
    let checked = database.pragma(None, "quick_check", table, |row| {
        let verdict: String = row.get(0)?;
        // These findings lose no row: a value of the wrong type, a missing value, or an unknown collation of
        // another program.
        is_sound &= verdict == "ok"
            || verdict.contains(" value in ")
            || verdict.contains("PRIMARY KEY order");
        Ok(())
    });
    checked.map_err(damaged)?;
    let count = |what: &str| {
        let count = database.query_row(what, [], |row| row.get::<_, i64>(0)).map_err(damaged)?;
        u64::try_from(count).map_err(damaged)
    };
    let pages = count("PRAGMA page_count")?;
    let mut known = count("SELECT count(*) FROM dbstat")? + count("PRAGMA freelist_count")?;
    // The lock-byte page is empty.
    known += u64::from(pages * count("PRAGMA page_size")? > 1 << 30);
    if count("PRAGMA auto_vacuum")? > 0 && pages > 1 {
        // Pointer-map pages of a database with auto-vacuum: 5 bytes per page, from the second page on.
        known += (pages - 2) / (usable / 5 + 1) + 1;
    }
    if is_sound && known == pages { Ok(()) } else { Err(damaged(())) }
}

/// A value as plain text.
fn push_text(value: ValueRef<'_>, text: &mut Vec<u8>) {
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => text.extend_from_slice(number.to_string().as_bytes()),
        ValueRef::Real(number) => text.extend_from_slice(decimal(number).as_bytes()),
        ValueRef::Text(bytes) => text.extend_from_slice(bytes),
        ValueRef::Blob(bytes) if is_text(bytes) => text.extend_from_slice(bytes),
        ValueRef::Blob(_) => text.push(NO_TEXT),
    }
}

/// Whether bytes are text. Some programs store text as a BLOB.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.contains(|c: char| c.is_control() && !c.is_whitespace()))
}
