//! Batches: records made ready to be hashed, many at a time.

mod names;
mod parts;

use std::{fmt, ops::Range};

use zeroize::Zeroize;

use self::{names::KnownNames, parts::Parts};

use crate::{
    breach::DataClass,
    columns::Columns,
    identifier::{
        Field, FieldSet, InstitutionCode, KeyWriter, Kind, KindSet, Normaliser, Outcome, Reason,
        institution_code,
    },
    record::Record,
};

/// The identifiers of many records, normalised and not yet hashed.
///
/// This is how large inputs go into [`IndexBuilder::add_batch`](crate::IndexBuilder::add_batch) and
/// [`Index::check_batch`](crate::Index::check_batch): a batch lays the identifiers of its records
/// one after the other, so that they are hashed and looked up together, without memory of their
/// own. A few thousand records a batch are enough; [`clear`](Self::clear) it and use it again.
///
/// The batch holds normalised values: `Debug` hides them, and they are overwritten on drop.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Reason, Record};
/// # let key = Key::generate()?;
/// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// # builder.add(&Record::new().kvnr("A123456780"))?;
/// # let index = builder.build()?;
///
/// let mut batch = index.batch();
/// batch.push(&Record::new().kvnr("A123456780"));
/// batch.push(&Record::new().email("nobody"));
/// assert_eq!((batch.len(), batch.identifier_count()), (2, 1));
/// assert_eq!(batch.problems(1)[0].reason, Reason::NoAtSign);
///
/// let verdicts = index.check_batch(&batch);
/// assert_eq!(verdicts[0].slug(), "affected");
/// assert_eq!(verdicts[1].slug(), "indeterminate");
///
/// batch.clear();
/// assert!(batch.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Batch {
    normaliser: Normaliser,
    derived: KindSet,
    /// The canonical bytes of all identifiers, one after the other.
    canonical: Vec<u8>,
    identifiers: Vec<Identifier>,
    rows: Vec<Row>,
    problems: Vec<Problem>,
    suspicions: Vec<Problem>,
    data_classes: Vec<DataClass>,
    parts: Parts,
    names: KnownNames,
    key_ends: Vec<(Kind, usize)>,
    normal_form: String,
    derived_form: String,
}

/// One identifier of a batch.
#[derive(Clone, Copy)]
pub(crate) struct Identifier {
    pub kind: Kind,
    pub suspect: bool,
    /// Whether the canonical bytes are ASCII, so that no version of Unicode can differ on them.
    pub ascii: bool,
    /// How far on in the batch the identifier of the same values stands that tells less
    /// ([`Kind::coarser`]); 0 if there is none.
    to_coarser: u8,
    /// How far back the one stands that tells more, and points to this one; 0 if there is none.
    to_finer: u8,
    /// Where the canonical bytes end; they begin where the ones before them end.
    end: usize,
}

/// Where one record's share of each list ends, and what it gave.
#[derive(Clone, Copy)]
struct Row {
    identifiers_end: usize,
    problems_end: usize,
    suspicions_end: usize,
    data_classes_end: usize,
    given: FieldSet,
    idle: FieldSet,
    institution: Option<InstitutionCode>,
}

impl Identifier {
    const fn new(kind: Kind, suspect: bool, ascii: bool, end: usize) -> Self {
        Self { kind, suspect, ascii, to_coarser: 0, to_finer: 0, end }
    }

    /// Whether the batch has an identifier of the same values that tells less.
    pub const fn has_coarser(self) -> bool {
        self.to_coarser > 0
    }

    /// The number of the identifier that tells more of the same values, given this one's.
    pub fn finer(self, own: usize) -> Option<usize> {
        (self.to_finer > 0).then(|| own - usize::from(self.to_finer))
    }
}

/// One record of a batch.
#[derive(Clone)]
pub(crate) struct RowView<'a> {
    /// Which identifiers of the batch are this record's.
    pub identifiers: Range<usize>,
    pub problems: &'a [Problem],
    /// The values that are used and suspect, and why.
    pub suspicions: &'a [Problem],
    /// The classes that the record names beside those of its fields.
    pub data_classes: &'a [DataClass],
    /// The fields that are filled, usable or not.
    pub given: FieldSet,
    /// Those of them whose values are right and tell too little for any identifier.
    pub idle: FieldSet,
}

/// A value or a row that was not used, and why. It never carries the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// Which of the record's values it is, in the order in which they were added, from 0; `None`
    /// if the problem is the row's as a whole.
    pub value: Option<usize>,
    /// The field of that value.
    pub field: Option<Field>,
    /// Why it was not used.
    pub reason: Reason,
}

impl Batch {
    /// An empty batch whose records are normalised by these rules, and which makes these of the
    /// kinds that are made beside values of another.
    pub(crate) fn new(normaliser: Normaliser, kinds: KindSet) -> Self {
        Self {
            normaliser,
            derived: kinds.intersection(KindSet::derived()),
            canonical: Vec::new(),
            identifiers: Vec::new(),
            rows: Vec::new(),
            problems: Vec::new(),
            suspicions: Vec::new(),
            data_classes: Vec::new(),
            parts: Parts::default(),
            names: KnownNames::default(),
            key_ends: Vec::new(),
            normal_form: String::new(),
            derived_form: String::new(),
        }
    }

    /// Normalises a record's fields and adds it as the next row.
    pub fn push(&mut self, record: &Record) {
        let problems_start = self.problems.len();
        let identifiers_start = self.identifiers.len();
        let doubtful = !record.doubts().is_empty();
        let (mut given, mut idle) = (FieldSet::EMPTY, FieldSet::EMPTY);
        let mut institution = None;
        self.parts.clear();

        for (position, (field, value)) in record.values().enumerate() {
            if let (Field::LastName | Field::FirstName, Ok(raw)) = (field, value)
                && let Some(name) = self.names.get(raw, self.normaliser)
                && self.parts.push_known(field, name, doubtful).is_ok()
            {
                given.insert(field);
                continue;
            }
            let outcome = match value {
                Ok(raw) => self.normaliser.normalise(field, raw, &mut self.normal_form),
                Err(reason) => Outcome::Invalid(reason),
            };
            let suspect = doubtful || matches!(outcome, Outcome::Suspect(_));
            let problem = match outcome {
                Outcome::Absent => continue,
                Outcome::Invalid(reason) => Some(reason),
                Outcome::Ok | Outcome::Suspect(_) => match field.kind_of(&self.normal_form) {
                    Some(kind) => {
                        self.push_value(field, kind, suspect);
                        None
                    }
                    None if is_without_day(field, &self.normal_form) => {
                        idle.insert(field);
                        None
                    }
                    None => self.parts.push(field, &self.normal_form, suspect).err(),
                },
            };
            given.insert(field);
            if let (Field::Kvnr, Ok(raw), None) = (field, value, institution) {
                institution = institution_code(raw, &mut self.derived_form);
            }
            let of_value = |reason| Problem { value: Some(position), field: Some(field), reason };
            self.problems.extend(problem.map(of_value));
            if let Outcome::Suspect(reason) = outcome {
                self.suspicions.push(of_value(reason));
            }
        }
        self.push_match_keys();

        for &reason in record.doubts().iter().chain(record.notes()) {
            self.problems.push(Problem::of_row(reason));
        }
        let nothing_came_of_it =
            self.identifiers.len() == identifiers_start && self.problems.len() == problems_start;
        if nothing_came_of_it {
            self.problems.push(Problem::of_row(Reason::NoIdentifier));
        }
        self.data_classes.extend_from_slice(record.data_classes());
        self.rows.push(Row {
            identifiers_end: self.identifiers.len(),
            problems_end: self.problems.len(),
            suspicions_end: self.suspicions.len(),
            data_classes_end: self.data_classes.len(),
            given,
            idle,
            institution,
        });
    }

    /// Normalises rows and adds them.
    pub fn push_columns(&mut self, columns: &Columns<'_>) {
        (0..columns.len()).for_each(|row| self.push(&columns.record(row)));
    }

    /// Takes all records out and keeps the memory.
    pub fn clear(&mut self) {
        self.canonical.clear();
        self.identifiers.clear();
        self.rows.clear();
        self.problems.clear();
        self.suspicions.clear();
        self.data_classes.clear();
    }

    /// How many records are in the batch.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no record is in the batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many identifiers its records have together.
    #[must_use]
    pub fn identifier_count(&self) -> usize {
        self.identifiers.len()
    }

    /// What could not be used of the record with this number, from 0, and why.
    ///
    /// # Panics
    ///
    /// If there is no such record.
    #[must_use]
    pub fn problems(&self, record: usize) -> &[Problem] {
        &self.problems[self.range(record, |row| row.problems_end)]
    }

    /// Which values of the record with this number, from 0, are used and suspect, and why.
    ///
    /// # Panics
    ///
    /// If there is no such record.
    #[must_use]
    pub fn suspicions(&self, record: usize) -> &[Problem] {
        &self.suspicions[self.range(record, |row| row.suspicions_end)]
    }

    /// The kinds of the identifiers that the record with this number, from 0, makes.
    ///
    /// # Panics
    ///
    /// If there is no such record.
    #[must_use]
    pub fn kinds(&self, record: usize) -> KindSet {
        let own = self.range(record, |row| row.identifiers_end);
        self.identifiers[own].iter().map(|identifier| identifier.kind).collect()
    }

    /// The code of the insurer (IK) in the insured number of the record with this number, from 0: in
    /// the first one that is of 20 or 30 characters and whose code is right.
    ///
    /// # Panics
    ///
    /// If there is no such record.
    #[must_use]
    pub fn institution_code(&self, record: usize) -> Option<InstitutionCode> {
        self.rows[record].institution
    }

    pub(crate) const fn normaliser(&self) -> Normaliser {
        self.normaliser
    }

    /// The kinds that are made beside values of another and that this batch makes.
    pub(crate) const fn derived(&self) -> KindSet {
        self.derived
    }

    pub(crate) fn row(&self, number: usize) -> RowView<'_> {
        let row = &self.rows[number];
        RowView {
            identifiers: self.range(number, |row| row.identifiers_end),
            problems: &self.problems[self.range(number, |row| row.problems_end)],
            suspicions: &self.suspicions[self.range(number, |row| row.suspicions_end)],
            data_classes: &self.data_classes[self.range(number, |row| row.data_classes_end)],
            given: row.given,
            idle: row.idle,
        }
    }

    /// A row's share of a list, given where each row's share ends.
    fn range(&self, number: usize, end: impl Fn(&Row) -> usize) -> Range<usize> {
        let start = number.checked_sub(1).map_or(0, |before| end(&self.rows[before]));
        start..end(&self.rows[number])
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = RowView<'_>> {
        (0..self.rows.len()).map(|number| self.row(number))
    }

    pub(crate) fn identifier(&self, number: usize) -> Identifier {
        self.identifiers[number]
    }

    /// The canonical bytes of the identifier with this number.
    pub(crate) fn canonical(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.identifiers[before].end);
        &self.canonical[start..self.identifiers[number].end]
    }

    /// Every identifier with its canonical bytes, in order.
    pub(crate) fn identifiers(&self) -> impl Iterator<Item = (Identifier, &[u8])> {
        let mut start = 0;
        self.identifiers.iter().map(move |identifier| {
            let bytes = &self.canonical[start..identifier.end];
            start = identifier.end;
            (*identifier, bytes)
        })
    }

    /// Adds the value that is in `normal_form`, and what is made beside it.
    fn push_value(&mut self, field: Field, kind: Kind, suspect: bool) {
        let start = self.identifiers.len();
        self.canonical.extend_from_slice(self.normal_form.as_bytes());
        self.end_identifier(kind, suspect, self.canonical.len());
        for (kind, derive) in field.derivations() {
            if self.derived.contains(kind) {
                self.derived_form.clear();
                derive(&self.normal_form, &mut self.derived_form);
                if self.derived_form.is_empty() {
                    continue;
                }
                self.canonical.extend_from_slice(self.derived_form.as_bytes());
                self.end_identifier(kind, suspect, self.canonical.len());
            }
        }
        link_to_coarser(&mut self.identifiers[start..]);
    }

    /// Composes every match key that the record's parts allow. Several values of one part can make
    /// the same key twice, which does no harm.
    fn push_match_keys(&mut self) {
        let Self { parts, canonical, identifiers, key_ends, .. } = self;
        parts.for_each_person(|person, suspect| {
            let start = identifiers.len();
            let mut key_start = canonical.len();
            key_ends.clear();
            KeyWriter::write_all(person, canonical, key_ends);
            for &(kind, end) in &*key_ends {
                let ascii = canonical[key_start..end].is_ascii();
                identifiers.push(Identifier::new(kind, suspect, ascii, end));
                key_start = end;
            }
            link_to_coarser(&mut identifiers[start..]);
        });
    }

    /// Makes an identifier of the canonical bytes since the one before, up to `end`.
    fn end_identifier(&mut self, kind: Kind, suspect: bool, end: usize) {
        let start = self.identifiers.last().map_or(0, |before| before.end);
        let ascii = self.canonical[start..end].is_ascii();
        self.identifiers.push(Identifier::new(kind, suspect, ascii, end));
    }
}

/// Whether this is a date whose day or month is unknown: it is right, and makes no key.
fn is_without_day(field: Field, normal_form: &str) -> bool {
    field == Field::BirthDate && normal_form.ends_with("-00")
}

/// Notes which of these identifiers, which are of the same values, tell less of them than another.
fn link_to_coarser(same_values: &mut [Identifier]) {
    for finer in 0..same_values.len() {
        if let Some(kind) = same_values[finer].kind.coarser() {
            // One finer identifier waits for each coarser one.
            let is_free = |other: &Identifier| other.kind == kind && other.to_finer == 0;
            let distance = same_values[finer..].iter().position(is_free);
            if let Some(distance) = distance.and_then(|distance| u8::try_from(distance).ok()) {
                same_values[finer].to_coarser = distance;
                same_values[finer + usize::from(distance)].to_finer = distance;
            }
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.canonical.zeroize();
        self.normal_form.zeroize();
        self.derived_form.zeroize();
        self.names.zeroize();
        self.parts.zeroize();
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Batch")
            .field("records", &self.rows.len())
            .field("identifiers", &self.identifiers.len())
            .finish_non_exhaustive()
    }
}

impl Problem {
    pub(crate) const fn of_row(reason: Reason) -> Self {
        Self { value: None, field: None, reason }
    }
}
