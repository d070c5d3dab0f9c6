//! The bytes that cross between Java and Rust: little-endian numbers, and texts with their length before them.

use std::ffi::CStr;

use leakdex::{DateOrder, Field, Kind};
use leakdex_arrow::{
    Options, RunOutcome,
    arrow_array::{Array, RecordBatch, StringArray, cast::AsArray as _, types::Int64Type},
};

use crate::{
    error::LeakdexError,
    guard::Outcome,
    options::{self, mapping},
    verdict::{LeakdexState, LeakdexStrength, LeakdexVerdict},
};

/// Writes an answer.
#[derive(Default)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    pub fn of(text: &CStr) -> Self {
        Self(text.to_bytes().to_vec())
    }

    pub fn of_text(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub fn append(&mut self, other: &Self) {
        self.append_raw(&other.0);
    }

    pub fn append_raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub fn number(&mut self, number: u32) {
        self.append_raw(&number.to_le_bytes());
    }

    pub fn long(&mut self, number: u64) {
        self.append_raw(&number.to_le_bytes());
    }

    pub fn text(&mut self, text: &[u8]) {
        self.number(u32::try_from(text.len()).expect("it is shorter than 4 GiB"));
        self.append_raw(text);
    }

    /// The verdict on one member.
    pub fn verdict(&mut self, verdict: &LeakdexVerdict) {
        self.byte(verdict.state() as u8);
        self.byte(verdict.strength() as u8);
        self.byte(u8::from(verdict.is_partial()));
        self.long(verdict.records());
        let texts = verdict.texts();
        let texts = [
            &texts.matched,
            &texts.breaches,
            &texts.breach_strengths,
            &texts.data_classes,
            &texts.checked,
            &texts.reasons,
        ];
        texts.into_iter().for_each(|text| self.text(text.as_bytes()));
    }

    /// The verdicts of a batch, each as [`verdict`](Self::verdict) writes it.
    pub fn verdicts(&mut self, batch: &RecordBatch) -> Outcome<()> {
        let column = |name| batch.column_by_name(name).ok_or_else(LeakdexError::internal);
        let texts = |name| column(name)?.as_string_opt().ok_or_else(LeakdexError::internal);
        let (state, strength): (&StringArray, &StringArray) =
            (texts("verdict")?, texts("strength")?);
        let parts =
            ["matched", "breaches", "breach_strengths", "data_classes", "checked", "reasons"];
        let parts = parts.map(texts).into_iter().collect::<Outcome<Vec<&StringArray>>>()?;
        let records = column("records")?.as_primitive::<Int64Type>();
        let partial = column("partial")?.as_boolean();
        self.number(u32::try_from(batch.num_rows()).map_err(|_| LeakdexError::internal())?);
        for row in 0..batch.num_rows() {
            self.byte(state_of(state.value(row))? as u8);
            let is_affected = strength.is_valid(row);
            let row_strength =
                if is_affected { strength_of(strength.value(row))? } else { LeakdexStrength::None };
            self.byte(row_strength as u8);
            self.byte(u8::from(partial.value(row)));
            let records = if records.is_valid(row) { records.value(row) } else { 0 };
            self.long(u64::try_from(records).map_err(|_| LeakdexError::internal())?);
            parts.iter().for_each(|part| self.text(part.value(row).as_bytes()));
        }
        Ok(())
    }

    /// The outcome of a run: its counts and its caveats.
    pub fn outcome(&mut self, outcome: &RunOutcome) {
        let counts = [
            outcome.rows,
            outcome.affected,
            outcome.not_affected,
            outcome.indeterminate,
            outcome.partially_checked,
        ];
        counts.into_iter().for_each(|count| self.long(count));
        self.number(u32::try_from(outcome.caveats.len()).expect("there are few"));
        for caveat in &outcome.caveats {
            // A missing text is written as an empty one.
            let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
            let (column, field) = (or_empty(&caveat.column), or_empty(&caveat.field));
            let kinds = caveat.kinds.iter().map(Kind::slug).collect::<Vec<_>>().join(" ");
            let texts = [&caveat.side, &column, &field, &kinds, &caveat.sign, &caveat.explanation];
            texts.into_iter().for_each(|text| self.text(text.as_bytes()));
            self.long(caveat.count);
            self.long(caveat.of);
        }
    }
}

fn state_of(slug: &str) -> Outcome<LeakdexState> {
    match slug {
        "affected" => Ok(LeakdexState::Affected),
        "not_affected" => Ok(LeakdexState::NotAffected),
        "indeterminate" => Ok(LeakdexState::Indeterminate),
        _ => Err(LeakdexError::internal()),
    }
}

fn strength_of(slug: &str) -> Outcome<LeakdexStrength> {
    match slug {
        "candidate" => Ok(LeakdexStrength::Candidate),
        "probable" => Ok(LeakdexStrength::Probable),
        "strong" => Ok(LeakdexStrength::Strong),
        "certain" => Ok(LeakdexStrength::Certain),
        _ => Err(LeakdexError::internal()),
    }
}

/// Reads a request.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, count: usize) -> Outcome<&'a [u8]> {
        let (taken, left) = self.0.split_at_checked(count).ok_or_else(LeakdexError::internal)?;
        self.0 = left;
        Ok(taken)
    }

    pub fn number(&mut self) -> Outcome<u32> {
        let bytes = self.take(4)?.try_into().map_err(|_| LeakdexError::internal())?;
        Ok(u32::from_le_bytes(bytes))
    }

    pub fn field(&mut self) -> Outcome<Field> {
        let number = usize::from(self.take(1)?[0]);
        Field::ALL.get(number).copied().ok_or_else(LeakdexError::internal)
    }

    pub fn text(&mut self) -> Outcome<&'a str> {
        self.optional_text()?.ok_or_else(LeakdexError::internal)
    }

    /// A text, or `None`.
    pub fn optional_text(&mut self) -> Outcome<Option<&'a str>> {
        const NONE: u32 = u32::MAX;
        let length = self.number()?;
        if length == NONE {
            return Ok(None);
        }
        let bytes = self.take(length as usize)?;
        std::str::from_utf8(bytes).map(Some).map_err(|_| LeakdexError::internal())
    }

    /// The order of dates, the threads, the columns with their contents, and the columns to keep.
    pub fn options(&mut self) -> Outcome<Options> {
        let date_order: Option<DateOrder> = options::date_order(self.number()?)?;
        let threads = std::num::NonZeroUsize::new(self.number()? as usize);
        let columns = (0..self.number()?).map(|_| mapping(self.text()?, self.text()?));
        let columns = columns.collect::<Outcome<_>>()?;
        let keep = (0..self.number()?).map(|_| Ok(self.text()?.to_owned()));
        Ok(Options {
            columns,
            keep: keep.collect::<Outcome<_>>()?,
            threads,
            date_order,
            ..Options::default()
        })
    }
}
