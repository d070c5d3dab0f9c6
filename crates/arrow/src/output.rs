//! Verdicts as columns of a record batch.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int64Array, StringArray};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field};
use leakdex::{Finding, Kind, KindSet, State, Verdicts};

/// The columns of verdicts: names, types, and whether a value may be null.
pub(crate) fn fields() -> Vec<Field> {
    let text = |name, is_nullable| Field::new(name, DataType::Utf8, is_nullable);
    vec![
        text("verdict", false),
        text("strength", true),
        text("matched", false),
        text("breaches", false),
        text("breach_strengths", false),
        text("data_classes", false),
        Field::new("records", DataType::Int64, true),
        Field::new("partial", DataType::Boolean, false),
        text("checked", false),
        text("reasons", false),
    ]
}

/// Collects verdicts, and makes arrays of them.
pub(crate) struct Output {
    rows: usize,
    verdict: Texts,
    strength: Texts,
    matched: Texts,
    breaches: Texts,
    breach_strengths: Texts,
    data_classes: Texts,
    records: Vec<i64>,
    partial: Vec<bool>,
    checked: Texts,
    /// The checked kinds of the previous member, and their text. Most members have the same kinds.
    last_checked: (KindSet, String),
    reasons: Texts,
    is_affected: Vec<bool>,
}

impl Output {
    /// Room for this many verdicts.
    pub fn with_capacity(rows: usize) -> Self {
        let none = || Texts::with_capacity(rows, 0);
        Self {
            rows: 0,
            verdict: Texts::with_capacity(rows, State::NotAffected.slug().len()),
            strength: none(),
            matched: none(),
            breaches: none(),
            breach_strengths: none(),
            data_classes: none(),
            records: Vec::with_capacity(rows),
            partial: Vec::with_capacity(rows),
            checked: none(),
            last_checked: (KindSet::EMPTY, String::new()),
            reasons: none(),
            is_affected: Vec::with_capacity(rows),
        }
    }

    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Adds the verdicts on the next members.
    pub fn push(&mut self, verdicts: &Verdicts) {
        self.rows += verdicts.len();
        for member in 0..verdicts.len() {
            let state = verdicts.state(member);
            self.verdict.push(state.slug());
            self.is_affected.push(state == State::Affected);
            self.partial
                .push(state == State::NotAffected && !verdicts.caveats()[member].is_empty());
            if state == State::Affected {
                // Few members are affected, and only these need an object.
                let verdict = verdicts.get(member);
                self.push_finding(verdict.finding().expect("the member is affected"));
            } else {
                let empty = [
                    &mut self.strength,
                    &mut self.matched,
                    &mut self.breaches,
                    &mut self.breach_strengths,
                    &mut self.data_classes,
                ];
                empty.into_iter().for_each(Texts::end);
                self.records.push(0);
            }
            self.push_checked(verdicts.checked()[member]);
            self.reasons.push_words(verdicts.reasons(member));
        }
    }

    fn push_checked(&mut self, kinds: KindSet) {
        let (last, text) = &mut self.last_checked;
        if *last != kinds {
            *last = kinds;
            *text = kinds.iter().map(Kind::slug).collect::<Vec<_>>().join(" ");
        }
        self.checked.push(text);
    }

    fn push_finding(&mut self, finding: &Finding) {
        let exposure = finding.exposure();
        let parts = || exposure.by_breach().iter();
        self.strength.push(finding.strength().slug());
        self.matched.push_words(finding.matched().iter().map(Kind::slug));
        self.breaches.push_words(parts().map(|part| part.breach.name().as_str()));
        self.breach_strengths.push_words(parts().map(|part| part.strength.slug()));
        self.data_classes
            .push_words(exposure.data_classes().into_iter().map(leakdex::DataClass::as_str));
        self.records.push(i64::try_from(exposure.records()).unwrap_or(i64::MAX));
    }

    /// The arrays, in the order of [`fields`].
    pub fn finish(self) -> Vec<ArrayRef> {
        let affected = NullBuffer::from(self.is_affected);
        vec![
            self.verdict.finish(None),
            self.strength.finish(Some(affected.clone())),
            self.matched.finish(None),
            self.breaches.finish(None),
            self.breach_strengths.finish(None),
            self.data_classes.finish(None),
            Arc::new(Int64Array::new(self.records.into(), Some(affected))),
            Arc::new(BooleanArray::from(self.partial)),
            self.checked.finish(None),
            self.reasons.finish(None),
        ]
    }
}

/// A column of texts.
struct Texts {
    bytes: String,
    ends: Vec<i32>,
}

impl Texts {
    fn with_capacity(rows: usize, bytes_of_each: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { bytes: String::with_capacity(rows * bytes_of_each), ends }
    }

    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.end();
    }

    /// Adds words, separated by one space.
    fn push_words<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) {
        let start = self.bytes.len();
        for word in words {
            if self.bytes.len() > start {
                self.bytes.push(' ');
            }
            self.bytes.push_str(word);
        }
        self.end();
    }

    /// Ends a text. A text without any push is empty.
    fn end(&mut self) {
        self.ends.push(i32::try_from(self.bytes.len()).expect("a block has less than 2 GiB"));
    }

    fn finish(self, validity: Option<NullBuffer>) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        Arc::new(StringArray::new(offsets, self.bytes.into_bytes().into(), validity))
    }
}
