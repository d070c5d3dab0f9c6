//! A check of members that Java passes step by step. It runs on its own thread, which requests rows and returns
//! verdicts. So Java's iterator is only ever called on the thread that reads the verdicts.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

use leakdex::Field;
use leakdex_arrow::{
    Options,
    arrow_array::{ArrayRef, RecordBatch, RecordBatchReader, builder::StringBuilder},
    arrow_schema::{ArrowError, DataType, Field as ArrowField, Schema, SchemaRef},
};
use leakdex_input::{Mapping, Target};

use super::bytes::{Bytes, Reader};
use crate::{
    check::LeakdexCheck,
    error::{LeakdexCode, LeakdexError},
    guard::{self, Outcome},
    index::LeakdexIndex,
};

/// A step that Java takes.
#[derive(Clone, Copy)]
pub enum Step<'a> {
    /// Java has read the last answer.
    Continue,
    /// Java passes rows: for each row and column a text or none.
    Rows(&'a [u8]),
    /// Java has no more rows.
    NoMoreRows,
}

/// The next answer of the check.
enum Event {
    NeedsRows,
    Verdicts(RecordBatch),
    Ended(Box<LeakdexCheck>),
    Failed(LeakdexError),
}

/// The first byte of an answer.
const NEEDS_ROWS: u8 = 0;
const VERDICTS: u8 = 1;
const ENDED: u8 = 2;

/// A check that is under way.
pub struct Rows {
    /// `None` once it is freed, which ends the thread.
    channels: Mutex<Option<Channels>>,
    schema: SchemaRef,
    thread: Option<JoinHandle<()>>,
}

struct Channels {
    rows: SyncSender<Option<RecordBatch>>,
    events: Receiver<Event>,
}

impl Rows {
    /// Begins a check of members who have these fields. A field may occur several times.
    pub fn begin(index: &LeakdexIndex, fields: &[Field], mut options: Options) -> Outcome<Self> {
        let name = |place: usize| format!("{}-{place}", fields[place]);
        options.columns = fields
            .iter()
            .enumerate()
            .map(|(place, &field)| Mapping { header: name(place), target: Target::Field(field) })
            .collect();
        let columns =
            (0..fields.len()).map(|place| ArrowField::new(name(place), DataType::Utf8, true));
        let schema = Arc::new(Schema::new(columns.collect::<Vec<_>>()));
        let (rows, row_receiver) = sync_channel(1);
        let (event_sender, events) = sync_channel(0);
        let feed = Feed {
            schema: Arc::clone(&schema),
            rows: row_receiver,
            events: event_sender.clone(),
            has_ended: false,
        };
        let index = index.shared();
        let thread = thread::Builder::new().name("leakdex-rows".to_owned()).spawn(move || {
            let outcome = guard::caught(|| run(&index, feed, &options, &event_sender));
            let last = outcome.map_or_else(Event::Failed, |check| Event::Ended(Box::new(check)));
            // Java may have freed the check.
            let _ = event_sender.send(last);
        });
        let thread = thread.map_err(|error| {
            LeakdexError::new(LeakdexCode::Io, format!("cannot start a thread: {error}"))
        })?;
        let channels = Mutex::new(Some(Channels { rows, events }));
        Ok(Self { channels, schema, thread: Some(thread) })
    }

    /// Takes the next step, and returns the next event.
    pub fn step(&self, step: Step<'_>) -> Outcome<Bytes> {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let channels = channels.as_ref().ok_or_else(LeakdexError::internal)?;
        let rows = match step {
            Step::Continue => None,
            Step::Rows(bytes) => Some(Some(batch(&self.schema, bytes)?)),
            Step::NoMoreRows => Some(None),
        };
        if let Some(rows) = rows {
            channels.rows.send(rows).map_err(|_| LeakdexError::internal())?;
        }
        let mut bytes = Bytes::default();
        match channels.events.recv().map_err(|_| LeakdexError::internal())? {
            Event::NeedsRows => bytes.byte(NEEDS_ROWS),
            Event::Verdicts(batch) => {
                bytes.byte(VERDICTS);
                bytes.verdicts(&batch)?;
            }
            Event::Ended(check) => {
                bytes.byte(ENDED);
                let mut outcome = check.outcome()?.clone();
                // Java passes members as objects without columns, so the internal column names would mean nothing to
                // the caller.
                let caveats = outcome.caveats.iter_mut().filter(|caveat| caveat.side == "members");
                caveats.for_each(|caveat| caveat.column = None);
                bytes.outcome(&outcome);
            }
            Event::Failed(error) => return Err(error),
        }
        Ok(bytes)
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        // Without its channels, the thread fails at its next step, if it has not ended.
        *self.channels.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Checks all rows of a feed.
fn run(
    index: &LeakdexIndex,
    feed: Feed,
    options: &Options,
    events: &SyncSender<Event>,
) -> Outcome<LeakdexCheck> {
    let (check, mut verdicts) = LeakdexCheck::begin(index, Box::new(feed), options)?;
    while let Some(batch) = verdicts.read()? {
        events.send(Event::Verdicts(batch)).map_err(|_| LeakdexError::internal())?;
    }
    Ok(check)
}

/// Rows that Java passes on request.
struct Feed {
    schema: SchemaRef,
    rows: Receiver<Option<RecordBatch>>,
    events: SyncSender<Event>,
    has_ended: bool,
}

impl Iterator for Feed {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let sent = self.events.send(Event::NeedsRows).ok();
        let given = sent.and_then(|()| self.rows.recv().ok());
        self.has_ended = !matches!(given, Some(Some(_)));
        match given {
            Some(batch) => batch.map(Ok),
            None => Some(Err(ArrowError::CDataInterface("the check was closed".to_owned()))),
        }
    }
}

impl RecordBatchReader for Feed {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// The rows that Java passed, as a batch.
fn batch(schema: &SchemaRef, bytes: &[u8]) -> Outcome<RecordBatch> {
    let mut columns: Vec<StringBuilder> =
        schema.fields().iter().map(|_| StringBuilder::new()).collect();
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        for column in &mut columns {
            column.append_option(reader.optional_text()?);
        }
    }
    let columns = columns.iter_mut().map(|column| -> ArrayRef { Arc::new(column.finish()) });
    RecordBatch::try_new(Arc::clone(schema), columns.collect())
        .map_err(|_| LeakdexError::internal())
}
