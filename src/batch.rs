//! Batches: records made ready to be hashed, many at a time.

use std::{fmt, ops::Range};

use zeroize::Zeroize;

use crate::{
    breach::DataClass,
    identifier::{
        Field, FieldSet, InstitutionCode, KeyWriter, Kind, KindSet, Normaliser, Outcome, Person,
        Reason, institution_code,
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
    key_ends: Vec<usize>,
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
    institution: Option<InstitutionCode>,
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
        let mut given = FieldSet::EMPTY;
        let mut institution = None;
        self.parts.clear();

        for (position, (field, value)) in record.values().enumerate() {
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
            institution,
        });
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
        self.row(record).problems
    }

    /// Which values of the record with this number, from 0, are used and suspect, and why.
    ///
    /// # Panics
    ///
    /// If there is no such record.
    #[must_use]
    pub fn suspicions(&self, record: usize) -> &[Problem] {
        self.row(record).suspicions
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

    /// The kinds that are made beside values of another and that this batch makes.
    pub(crate) const fn derived(&self) -> KindSet {
        self.derived
    }

    pub(crate) fn row(&self, number: usize) -> RowView<'_> {
        let row = self.rows[number];
        let before = number.checked_sub(1).map(|before| self.rows[before]);
        let start = |end: fn(&Row) -> usize| before.as_ref().map_or(0, end);
        RowView {
            identifiers: start(|row| row.identifiers_end)..row.identifiers_end,
            problems: &self.problems[start(|row| row.problems_end)..row.problems_end],
            suspicions: &self.suspicions[start(|row| row.suspicions_end)..row.suspicions_end],
            data_classes: &self.data_classes
                [start(|row| row.data_classes_end)..row.data_classes_end],
            given: row.given,
        }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = RowView<'_>> {
        (0..self.rows.len()).map(|number| self.row(number))
    }

    pub(crate) fn identifier(&self, number: usize) -> Identifier {
        self.identifiers[number]
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
    }

    /// Composes every match key that the record's parts allow. Several values of one part can make
    /// the same key twice, which does no harm.
    fn push_match_keys(&mut self) {
        let parts = std::mem::take(&mut self.parts);
        let mut ends = std::mem::take(&mut self.key_ends);
        for (person, suspect) in parts.persons() {
            for (kind, compose) in Kind::match_keys() {
                ends.clear();
                compose(&person, &mut KeyWriter::new(&mut self.canonical, &mut ends));
                ends.iter().for_each(|&end| self.end_identifier(kind, suspect, end));
            }
        }
        self.parts = parts;
        self.key_ends = ends;
    }

    /// Makes an identifier of the canonical bytes since the one before, up to `end`.
    fn end_identifier(&mut self, kind: Kind, suspect: bool, end: usize) {
        let start = self.identifiers.last().map_or(0, |before| before.end);
        let ascii = self.canonical[start..end].is_ascii();
        self.identifiers.push(Identifier { kind, suspect, ascii, end });
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.canonical.zeroize();
        self.normal_form.zeroize();
        self.derived_form.zeroize();
        self.parts.text.zeroize();
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

/// The parts of match keys that one record gives, in normal form.
#[derive(Clone, Default)]
struct Parts {
    text: String,
    last: Vec<Part>,
    first: Vec<Part>,
    birth_date: Vec<Part>,
    postal_code: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    place: Range<usize>,
    suspect: bool,
}

impl Parts {
    /// How many values of one part are combined with those of the others.
    const LIMIT: usize = 4;

    fn clear(&mut self) {
        self.text.clear();
        self.last.clear();
        self.first.clear();
        self.birth_date.clear();
        self.postal_code.clear();
    }

    fn push(&mut self, field: Field, normal_form: &str, suspect: bool) -> Result<(), Reason> {
        let start = self.text.len();
        self.text.push_str(normal_form);
        let whole = Part { place: start..self.text.len(), suspect };
        match field {
            Field::LastName => Self::add(&mut self.last, whole),
            Field::FirstName => Self::add(&mut self.first, whole),
            Field::PostalCode => Self::add(&mut self.postal_code, whole),
            // Day or month is unknown: the date is right, and makes no key.
            Field::BirthDate if normal_form.ends_with("-00") => Ok(()),
            Field::BirthDate => Self::add(&mut self.birth_date, whole),
            Field::Name => {
                let comma = normal_form.find(", ").unwrap_or(normal_form.len());
                let first_start = (start + comma + 2).min(whole.place.end);
                let last = Part { place: start..start + comma, suspect };
                let first = Part { place: first_start..whole.place.end, suspect };
                Self::add(&mut self.last, last).and(Self::add(&mut self.first, first))
            }
            // These are identifiers on their own and do not come here.
            _ => Ok(()),
        }
    }

    fn add(parts: &mut Vec<Part>, part: Part) -> Result<(), Reason> {
        if part.place.is_empty() {
            return Ok(());
        }
        if parts.len() == Self::LIMIT {
            return Err(Reason::TooManyValues);
        }
        parts.push(part);
        Ok(())
    }

    /// Every combination of the values of each part, and whether one of them is suspect.
    fn persons(&self) -> impl Iterator<Item = (Person<'_>, bool)> {
        choices(&self.last).flat_map(move |last| {
            choices(&self.first).flat_map(move |first| {
                choices(&self.birth_date).flat_map(move |birth_date| {
                    choices(&self.postal_code).map(move |postal_code| {
                        let text =
                            |part: Option<&Part>| part.map(|part| &self.text[part.place.clone()]);
                        let person = Person {
                            last: text(last),
                            first: text(first),
                            birth_date: text(birth_date),
                            postal_code: text(postal_code),
                        };
                        let suspect = [last, first, birth_date, postal_code]
                            .into_iter()
                            .flatten()
                            .any(|part| part.suspect);
                        (person, suspect)
                    })
                })
            })
        })
    }
}

/// Each of the values, or once nothing where there are none.
fn choices(parts: &[Part]) -> impl Iterator<Item = Option<&Part>> {
    parts.iter().map(Some).chain(parts.is_empty().then_some(None))
}
