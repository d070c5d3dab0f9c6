//! Batches: many rows, normalised and ready to be hashed.

mod canonical;
mod normalise;
mod other_dates;
mod parts;
mod pseudonyms;
#[cfg(test)]
mod tests;

use std::fmt;

use zeroize::Zeroize;

pub use self::canonical::CanonicalIdentifier;
pub(crate) use self::pseudonyms::{Combinations, HashedIdentifier, RowPseudonyms};
use self::{normalise::Normalising, parts::Parts};
use crate::{
    breach::DataClass,
    columns::Columns,
    identifier::{
        Field, FieldSet, InstitutionCode, Kind, KindSet, Normaliser, PersonCodes, Reason,
    },
    profile::{ColumnProfile, Profile},
    pseudonym::{HashMemory, Pseudonym, Pseudonymiser},
    record::Record,
    text::{Place, Text},
};

/// The identifiers of many rows, normalised and not yet hashed.
///
/// Use it to pass large inputs to [`IndexBuilder::add_batch`](crate::IndexBuilder::add_batch) and
/// [`Index::check_batch`](crate::Index::check_batch). A batch stores the identifiers of its rows in
/// one buffer, so they need no allocations of their own and are hashed and looked up together. Use
/// a few thousand rows at a time: [`clear`](Self::clear) the batch and fill it again.
///
/// The batch holds normalised values: `Debug` hides them, and dropping the batch overwrites them.
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
/// assert_eq!(verdicts.get(0).slug(), "affected");
/// assert_eq!(verdicts.get(1).slug(), "indeterminate");
///
/// batch.clear();
/// assert!(batch.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Batch {
    normaliser: Normaliser,
    derived: KindSet,
    /// The canonical bytes of all identifiers. Several identifiers may share the same bytes.
    text: Text,
    identifiers: Vec<Identifier>,
    rows: Vec<Row>,
    problems: ByRow<Problem>,
    suspicions: ByRow<Problem>,
    data_classes: ByRow<DataClass>,
    institutions: ByRow<InstitutionCode>,
    /// Whether the rows are leaked ones. Their tags then cover `all_parts`.
    pub(crate) is_of_leak: bool,
    /// For each leaked row that has any: all its names, dates and postcodes in one text.
    all_parts: ByRow<Place>,
    /// The fields of all columns that were pushed, filled or not.
    pub(crate) fields: FieldSet,
    /// One for each column, if profiles were requested.
    profiles: Option<Vec<ColumnProfile>>,
    parts: Parts,
    normal_form: String,
    derived_form: String,
}

#[derive(Clone, Copy)]
pub(crate) struct Identifier {
    pub row: u32,
    /// The position of its canonical bytes in `text`.
    pub place: Place,
    /// The distance to the coarser identifier ([`Kind::coarser`]) behind it; 0 if there is none.
    to_coarser: u16,
    /// The distance back to the finer identifier that points to this one; 0 if there is none.
    to_finer: u16,
    pub kind: Kind,
    /// For a match key: the index of its combination of values in `Parts::for_each_person`.
    pub person: u8,
    pub suspect: bool,
    /// Whether the canonical bytes are ASCII. ASCII normalises alike in all versions of Unicode.
    pub ascii: bool,
}

impl Identifier {
    #[inline]
    fn new(row: usize, kind: Kind, place: Place, suspect: bool, ascii: bool) -> Self {
        let row = batch_number(row);
        Self { row, place, to_coarser: 0, to_finer: 0, kind, person: 0, suspect, ascii }
    }

    /// Whether the batch has a coarser identifier of the same values.
    pub const fn has_coarser(self) -> bool {
        self.to_coarser > 0
    }

    /// Takes the index of this identifier. Returns the index of the finer one of the same values.
    pub fn finer(self, index: usize) -> Option<usize> {
        (self.to_finer > 0).then(|| index - usize::from(self.to_finer))
    }
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Row {
    pub kinds: KindSet,
    /// The fields that are filled, whether or not their values are usable.
    pub given: FieldSet,
    /// The filled fields whose values are valid but not specific enough for any identifier.
    pub unspecific: FieldSet,
    /// The filled fields with a value that differs from its coarser form ([`Kind::coarser`]).
    pub varied: FieldSet,
}

/// A value or a row that was not used, and why. It never carries the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// The index of the value among those of the record, in the order in which they were added.
    /// With [`Columns`], the index of the column. `None` if the problem is about the whole row.
    pub value: Option<usize>,
    /// The field of that value.
    pub field: Option<Field>,
    /// Why it was not used.
    pub reason: Reason,
}

impl Problem {
    pub(crate) const fn of_row(reason: Reason) -> Self {
        Self { value: None, field: None, reason }
    }
}

impl Batch {
    /// An empty batch for members. It normalises them by these rules, and makes those derived kinds
    /// that are in `kinds`. Derived kinds are computed from values of another kind.
    ///
    /// [`Index`](crate::Index) accepts only batches from [`Index::batch`]. Use this one for
    /// identifiers that go elsewhere.
    ///
    /// [`Index::batch`]: crate::Index::batch
    #[must_use]
    pub fn new(normaliser: Normaliser, kinds: KindSet) -> Self {
        Self {
            normaliser,
            derived: kinds.intersection(KindSet::derived()),
            text: Text::default(),
            identifiers: Vec::new(),
            rows: Vec::new(),
            problems: ByRow::default(),
            suspicions: ByRow::default(),
            data_classes: ByRow::default(),
            institutions: ByRow::default(),
            is_of_leak: false,
            all_parts: ByRow::default(),
            fields: FieldSet::EMPTY,
            profiles: None,
            parts: Parts::default(),
            normal_form: String::new(),
            derived_form: String::new(),
        }
    }

    /// Makes the batch collect [`profiles`](Self::profiles) of its columns. This takes about a
    /// fifth of the time of a check, and 6 KiB for each column.
    #[must_use]
    pub fn profiled(mut self) -> Self {
        self.profiles = Some(Vec::new());
        self
    }

    /// Makes this a batch for rows of a leak: it keeps all names, dates and postcodes of each row.
    pub(crate) const fn of_leak(mut self) -> Self {
        self.is_of_leak = true;
        self
    }

    /// A pseudonym of all names, dates and postcodes of a leaked row, as a number. It distinguishes
    /// the records of different people who share an address.
    pub(crate) fn parts_pseudonym(&self, row: usize, by: &Pseudonymiser) -> Option<u128> {
        let &place = self.all_parts.of(row).first()?;
        Some(by.pseudonym(Kind::StartsBirth, self.text.get(place)).number())
    }

    /// The names, dates and postcodes of a leaked row, as codes.
    pub(crate) fn record_codes(&self, row: usize) -> PersonCodes {
        self.parts.record_codes(row)
    }

    /// The codes of these combinations of values in a leaked row.
    pub(crate) fn person_codes(&self, row: usize, persons: Combinations) -> PersonCodes {
        self.parts.person_codes(row, persons)
    }

    /// Every code that a leaked record of this member may have.
    pub(crate) fn member_codes(&self, row: usize) -> PersonCodes {
        self.parts.member_codes(row)
    }

    /// The profiles of the columns in the batch: the column's index, its field, and the statistics
    /// of its values. Empty unless the batch is [`profiled`](Self::profiled).
    pub fn profiles(&self) -> impl Iterator<Item = (usize, Field, &Profile)> {
        self.column_profiles().map(|column| (column.column, column.field, &column.profile))
    }

    pub(crate) fn column_profiles(&self) -> impl Iterator<Item = &ColumnProfile> {
        self.profiles.iter().flatten().filter(|column| column.profile.filled() > 0)
    }

    /// Normalises a record's fields and adds it as the next row.
    ///
    /// # Panics
    ///
    /// If the normal forms of all rows take 4 GiB.
    pub fn push(&mut self, record: &Record) {
        self.push_columns(&record.columns());
    }

    /// Normalises rows, column by column, and adds them.
    ///
    /// # Panics
    ///
    /// If the normal forms of all rows take 4 GiB.
    pub fn push_columns(&mut self, columns: &Columns<'_>) {
        Normalising::of(self, columns).run();
    }

    /// Removes all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.identifiers.clear();
        self.rows.clear();
        self.problems.clear();
        self.suspicions.clear();
        self.data_classes.clear();
        self.institutions.clear();
        self.all_parts.clear();
        self.parts.clear();
        self.profiles.iter_mut().flatten().for_each(|column| column.profile.clear());
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the batch has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of identifiers of all rows together.
    #[must_use]
    pub fn identifier_count(&self) -> usize {
        self.identifiers.len()
    }

    /// The values of a row that could not be used, and why. The first row is 0.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn problems(&self, row: usize) -> &[Problem] {
        self.require(row);
        self.problems.of(row)
    }

    /// The values of a row that are used but suspect, and why. The first row is 0.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn suspicions(&self, row: usize) -> &[Problem] {
        self.require(row);
        self.suspicions.of(row)
    }

    /// The kinds of the identifiers of a row. The first row is 0.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn kinds(&self, row: usize) -> KindSet {
        self.rows[row].kinds
    }

    /// The institution code (IK) of the insurer, from the insured number of a row. If the row has
    /// several numbers, the first one with 20 or 30 characters and a valid code counts. The first
    /// row is 0.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn institution_code(&self, row: usize) -> Option<InstitutionCode> {
        self.require(row);
        self.institutions.of(row).first().copied()
    }

    /// The rules that normalise its rows.
    #[must_use]
    pub const fn normaliser(&self) -> Normaliser {
        self.normaliser
    }

    /// The derived kinds that this batch makes.
    pub(crate) const fn derived(&self) -> KindSet {
        self.derived
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The classes of data that a row names in addition to those of its fields.
    pub(crate) fn data_classes(&self, row: usize) -> &[DataClass] {
        self.data_classes.of(row)
    }

    pub(crate) fn identifiers(&self) -> &[Identifier] {
        &self.identifiers
    }

    pub(crate) fn canonical(&self, identifier: Identifier) -> &[u8] {
        self.text.get(identifier.place)
    }

    /// The first halves of the pseudonyms of the identifiers at these indexes, in the same order.
    pub(crate) fn first_halves(&self, numbers: &[u32], pseudonymiser: &Pseudonymiser) -> Vec<u64> {
        let mut halves = vec![0; numbers.len()];
        if numbers.is_empty() {
            return halves;
        }
        // The start of the messages of each kind; after the loop, their end.
        let mut ends = [0; Kind::ALL.len() + 1];
        let identifiers = || numbers.iter().map(|&number| self.identifiers[number as usize]);
        identifiers().for_each(|identifier| ends[identifier.kind as usize + 1] += 1);
        (0..Kind::ALL.len()).for_each(|kind| ends[kind + 1] += ends[kind]);
        let mut messages = vec![(0, Place::new(0..0)); numbers.len()];
        for (place, identifier) in identifiers().enumerate() {
            let end = &mut ends[identifier.kind as usize];
            messages[*end] = (place, identifier.place);
            *end += 1;
        }
        let mut memory = HashMemory::default();
        let mut start = 0;
        for (&kind, &end) in Kind::ALL.iter().zip(&ends) {
            let messages_of_kind = &messages[start..end];
            if !messages_of_kind.is_empty() {
                let take = |message: usize, half| halves[messages_of_kind[message].0] = half;
                pseudonymiser.first_halves(
                    kind,
                    self.text.bytes(),
                    messages_of_kind,
                    &mut memory,
                    take,
                );
            }
            start = end;
        }
        halves
    }

    /// The pseudonyms of the identifiers of these kinds, row by row.
    pub(crate) fn pseudonyms(&self, kinds: KindSet, by: &Pseudonymiser) -> RowPseudonyms {
        let numbered = (0..).zip(&self.identifiers);
        let chosen = numbered.filter(|(_, identifier)| kinds.contains(identifier.kind));
        let mut numbers: Vec<u32> = chosen.map(|(number, _)| number).collect();
        numbers.sort_by_key(|&number| self.identifiers[number as usize].row);
        let first_halves = self.first_halves(&numbers, by);
        let mut second_halves = Vec::with_capacity(numbers.len());
        let identifiers = || numbers.iter().map(|&number| self.identifiers[number as usize]);
        let messages = identifiers().map(|entry| (entry.kind, self.canonical(entry)));
        by.second_halves(messages, |half, code_key| second_halves.push((half, code_key)));

        let mut pseudonyms = RowPseudonyms::with_capacity(numbers.len());
        let halves = first_halves.into_iter().zip(second_halves);
        let mut hashed = identifiers().zip(halves).peekable();
        for row in 0..self.rows.len() {
            while let Some((identifier, (first, (second, code_key)))) =
                hashed.next_if(|(identifier, _)| identifier.row as usize == row)
            {
                let pseudonym = Pseudonym::from_halves(first, second);
                let (kind, persons) = (identifier.kind, Combinations::only(identifier.person));
                pseudonyms.push(HashedIdentifier { pseudonym, kind, code_key, persons });
            }
            pseudonyms.end_row();
        }
        pseudonyms
    }

    fn require(&self, row: usize) {
        assert!(row < self.rows.len(), "the row is one of this batch");
    }
}

/// The index of a row or an identifier within a batch.
pub(crate) fn batch_number(place: usize) -> u32 {
    u32::try_from(place).expect("a batch takes less than 4 GiB")
}

/// The items of a property that few rows have, in the order of the rows.
#[derive(Clone, Debug)]
pub(crate) struct ByRow<T> {
    rows: Vec<u32>,
    items: Vec<T>,
}

impl<T> ByRow<T> {
    pub fn push(&mut self, row: u32, item: T) {
        self.rows.push(row);
        self.items.push(item);
    }

    /// Appends the items of rows that follow the first `rows` rows.
    pub fn append(&mut self, more: Self, rows: u32) {
        self.rows.extend(more.rows.iter().map(|row| row + rows));
        self.items.extend(more.items);
    }

    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// The items from index `start` on.
    pub fn items_from(&self, start: usize) -> &[T] {
        &self.items[start..]
    }

    pub fn of(&self, row: usize) -> &[T] {
        let start = self.rows.partition_point(|&other| (other as usize) < row);
        let count = self.rows[start..].iter().take_while(|&&other| other as usize == row).count();
        &self.items[start..start + count]
    }

    /// Sorts the items from `start` on by row, since they were added by column. The sort is stable.
    fn sort_from(&mut self, start: usize) {
        if self.rows[start..].is_sorted() {
            return;
        }
        let rows = self.rows.drain(start..);
        let mut pairs: Vec<(u32, T)> = rows.zip(self.items.drain(start..)).collect();
        pairs.sort_by_key(|&(row, _)| row);
        pairs.into_iter().for_each(|(row, item)| self.push(row, item));
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.items.clear();
    }
}

impl<T> Default for ByRow<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), items: Vec::new() }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.text.zeroize();
        self.normal_form.zeroize();
        self.derived_form.zeroize();
        self.parts.zeroize();
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Batch")
            .field("rows", &self.rows.len())
            .field("identifiers", &self.identifiers.len())
            .finish_non_exhaustive()
    }
}
