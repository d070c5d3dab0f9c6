//! Counts of the values in unused columns, and the fields that these columns seem to hold.

mod counts;
pub(crate) mod forms;
mod within;

use std::collections::BTreeMap;

use leakdex::{Field, FieldSet, KindSet, Normaliser, Reason};
use serde::{Deserialize, Serialize};

use crate::{
    columns::{Column, Columns},
    header::one_line,
    names::{HeaderMeaning, NameMeaning, is_related},
    options::Target,
};

pub(crate) use counts::{Counts, is_strict};

/// With fewer values in a column, only a field with a distinctive form is recognised.
pub(crate) const MIN_VALUES: u64 = 10;

/// The maximum number of columns that are counted and named.
pub(crate) const MAX_COLUMNS: usize = 1000;

/// The maximum number of late keys of JSON Lines that are counted by their names. A late key appears after the sample.
pub(crate) const MAX_LATE_KEYS: usize = 100;

/// Counts of the values in columns that are neither mapped nor ignored on purpose.
///
/// The counts add up: each thread counts its blocks, and `merge` adds the counts in the order of the blocks.
/// The serialised form contains no value, and no header that may be a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedCounts {
    /// By column number.
    columns: BTreeMap<usize, Counts>,
    /// Late keys in the order of appearance, by their displayed name.
    late: Vec<(String, Counts)>,
    /// The further fields that some cell of a used column may hold, as a bit set.
    beside: u32,
    /// Late keys of the current block whose names are hidden.
    #[serde(skip)]
    hidden: Vec<(String, Counts)>,
}

/// The prefix for late keys with hidden names, and for those beyond the limit.
const HIDDEN: &str = "(late keys";

/// A column that is neither mapped nor ignored on purpose. Summaries and reports contain it in this form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedColumn {
    /// The file, if the caller lists the columns of several files together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The header, for a message; see [`Header`](crate::Header).
    pub column: String,
    /// The number of values that were examined and are not placeholders.
    pub filled: u64,
    /// The field that its values look like.
    pub looks_like: Option<Field>,
    /// The number of these values that fit the field that they look like.
    pub fitting: u64,
    /// Whether a used column already provides this field or an identifier of the same kind.
    pub otherwise_given: bool,
    /// Whether it holds JSON objects, or lists of them. Their content is not read.
    #[serde(rename = "nested")]
    pub is_nested: bool,
    /// Whether its header names a relative, or another person who may also be insured.
    #[serde(skip)]
    pub is_of_relative: bool,
}

impl UnusedCounts {
    /// Adds the counts of the blocks that follow.
    pub fn merge(&mut self, next: Self) {
        for (number, counts) in next.columns {
            self.columns.entry(number).or_default().add(counts);
        }
        for (header, counts) in next.late {
            match late(&mut self.late, &header) {
                Some(total) => total.add(counts),
                None => self.pool(counts),
            }
        }
        self.beside |= next.beside;
    }

    /// Notes the further fields that a cell of a used column may hold.
    pub(crate) fn note_used(
        &mut self,
        column: &Column,
        value: Result<&str, Reason>,
        normaliser: Normaliser,
    ) {
        let fields = match (value, column.field()) {
            (Ok(value), _) if leakdex::is_placeholder(value) => FieldSet::EMPTY,
            (Ok(value), Some(field)) => forms::beside(field, value.trim(), normaliser),
            (Ok(value), None) if column.target == Target::Id => forms::of_reference(value.trim()),
            // Cells with a class are counted as those of an unused column.
            (Ok(_), None) => FieldSet::EMPTY,
            (Err(_), _) => FieldSet::all(),
        };
        self.beside |= fields.bits();
    }

    /// The number of values in an unused column that are not placeholders, among the examined rows. Columns
    /// count from 0. `None` if the column is used as a field, or if there are too many columns.
    #[must_use]
    pub fn filled(&self, number: usize) -> Option<u64> {
        self.columns.get(&number).map(Counts::filled)
    }

    /// The counts of a column; `None` if the column is used as a field or exceeds the limit.
    pub(crate) fn of(
        &mut self,
        number: usize,
        column: &Column,
        is_late: bool,
    ) -> Option<&mut Counts> {
        if is_late {
            let list = if column.header.is_shown() { &mut self.late } else { &mut self.hidden };
            column.is_unused().then(|| late(list, column.header.as_written()))?
        } else {
            column.field().is_none().then(|| self.columns.entry(number).or_default())
        }
    }

    /// Drops hidden names at the end of a block. Hidden keys are then counted together by the field that
    /// their values look like, so no kind of value hides another.
    pub(crate) fn end_block(&mut self) {
        let is_full = self.hidden.len() + self.late.len() >= MAX_LATE_KEYS;
        for (name, mut counts) in std::mem::take(&mut self.hidden) {
            // Further keys were not counted, and each key may be a value.
            let by_name = if is_full { FieldSet::all() } else { forms::of_name(&name) };
            counts.forms |= by_name.bits();
            self.pool(counts);
        }
    }

    /// Adds the counts of a late key without its name, by the field that its values look like.
    pub(crate) fn pool(&mut self, counts: Counts) {
        let name = match counts.fit(|_| true) {
            Some((field, _)) => format!("{HIDDEN} with values like {field}, names not shown)"),
            None => format!("{HIDDEN}, names not shown)"),
        };
        if let Some(total) = late(&mut self.late, &name) {
            total.add(counts);
        }
    }

    /// The fields of the used columns, and those that other columns may hold, by their names and by the form of
    /// their values. A value without a distinctive form may hold anything. So may a column with an unknown name
    /// that the caller maps or ignores: the name does not show what else the column holds.
    pub(crate) fn may_hold(&self, columns: &Columns) -> FieldSet {
        let unread = columns.list.iter().enumerate().filter(|(_, column)| column.field().is_none());
        let is_beyond = unread.clone().nth(MAX_COLUMNS).is_some();
        let has_late = self.late.len() >= MAX_LATE_KEYS || columns.ignores_unseen();
        let is_unknown = |column: &Column| column.is_explicit && !column.reading.is_known();
        if is_beyond || has_late || unread.clone().any(|(_, column)| is_unknown(column)) {
            return FieldSet::all();
        }
        let given: FieldSet = fields(&columns.list).collect();
        let named = columns.list.iter().flat_map(|column| column.reading.fields.clone());
        let headers = columns.list.iter().map(|column| forms::of_name(column.header.as_written()));
        let early = self.columns.iter().map(|(&number, counts)| {
            let column = columns.list.get(number);
            let is_of_event = column.is_some_and(|column| column.reading.is_of_event);
            counts.may_hold(column.map(|column| &column.target), is_of_event)
        });
        let late = self
            .late
            .iter()
            .map(|(header, counts)| counts.may_hold(None, HeaderMeaning::of(header).is_of_event));
        let looks = self.judged(columns).into_iter().filter_map(|judged| judged.looks_like);
        let beside = FieldSet::from_bits(self.beside);
        let by_name: FieldSet = given.iter().chain(named).chain(looks).collect();
        headers.chain(early).chain(late).fold(by_name.union(beside), FieldSet::union)
    }

    /// The unused columns, in order. This includes class columns and the reference if their values look like
    /// a different field.
    pub(crate) fn judged(&self, columns: &Columns) -> Vec<UnusedColumn> {
        let given: FieldSet = fields(&columns.list).collect();
        let early = columns.list.iter().enumerate().filter(|(_, column)| column.is_judged());
        let early = early.take(MAX_COLUMNS).filter_map(|(number, column)| {
            let judged = judged(
                column.header.to_string(),
                &column.reading,
                self.columns.get(&number),
                given,
            );
            (column.is_unused() || judged.looks_like.is_some()).then_some(judged)
        });
        let late = self.late.iter().map(|(header, counts)| {
            let is_hidden = header.starts_with(HIDDEN);
            let reading =
                if is_hidden { HeaderMeaning::default() } else { HeaderMeaning::of(header) };
            judged(one_line(header), &reading, Some(counts), given)
        });
        early.chain(late).collect()
    }
}

/// The counts of a late key; `None` if there are too many keys with names.
fn late<'a>(list: &'a mut Vec<(String, Counts)>, header: &str) -> Option<&'a mut Counts> {
    let place = match list.iter().position(|(known, _)| known == header) {
        Some(place) => place,
        None if list.len() >= MAX_LATE_KEYS && !header.starts_with(HIDDEN) => return None,
        None => {
            list.push((header.to_owned(), Counts::default()));
            list.len() - 1
        }
    };
    Some(&mut list[place].1)
}

/// The fields that the columns are used as.
pub(crate) fn fields(columns: &[Column]) -> impl Iterator<Item = Field> {
    columns.iter().filter_map(Column::field)
}

/// Whether the values of an unused column with this name may belong to this field.
///
/// Many columns hold other dates, so a date of birth counts only if no used column has one.
pub(crate) fn may_hold_field(reading: &HeaderMeaning, has_birth_date: bool, field: Field) -> bool {
    reading.allows(field) && !(has_birth_date && field == Field::BirthDate)
}

fn judged(
    column: String,
    reading: &HeaderMeaning,
    counts: Option<&Counts>,
    given: FieldSet,
) -> UnusedColumn {
    let has_birth_date = given.iter().any(|given| given == Field::BirthDate);
    let is_other = reading.meaning == NameMeaning::Other && !reading.is_of_event;
    let may_hold = |field| {
        if reading.is_of_relative {
            // Nobody is found by these names and dates, even if used columns have the same fields.
            reading.fields.iter().any(|&named| is_related(named, field)) || field.kind().is_some()
        } else {
            // Without another column of birth dates, any dates may be these, except those of events.
            is_other && field == Field::BirthDate && !has_birth_date
                || may_hold_field(reading, has_birth_date, field)
        }
    };
    let by_values = counts.and_then(|counts| counts.fit(may_hold));
    let filled = counts.map_or(0, |counts| counts.filled);
    // Any value can be a username, so only the header shows one.
    let is_username =
        reading.meaning == NameMeaning::Ambiguous && reading.fields.contains(&Field::Username);
    // The name may be right although no value is: all of them may be encoded or hidden.
    let is_perhaps = |field: Field| {
        let by_form = || counts.map_or(FieldSet::EMPTY, |counts| counts.may_hold(None, false));
        reading.meaning == NameMeaning::Perhaps
            && field.kind().is_some()
            && (!is_given(field, given) || by_form().contains(field))
    };
    let by_name = reading
        .fields
        .iter()
        .copied()
        .find(|&field| is_username && field == Field::Username || is_perhaps(field));
    let fit = by_values.or(by_name.filter(|_| filled > 0).map(|field| (field, filled)));
    // Without it, some match keys would be missing.
    let is_address =
        reading.class.as_ref().is_some_and(|class| class.as_str() == "physical-addresses");
    let may_hold_missing = |field| {
        !given.contains(field)
            && (is_other || reading.allows(field) || is_address && field == Field::PostalCode)
    };
    let loose =
        counts.filter(|_| fit.is_none()).and_then(|counts| counts.loose_fit(may_hold_missing));
    let (fit, filled) = match loose {
        Some((field, fitting, noted)) => (Some((field, fitting)), noted),
        None => (fit, filled),
    };
    UnusedColumn {
        file: None,
        column,
        filled,
        fitting: fit.map_or(0, |(_, fitting)| fitting),
        looks_like: fit.map(|(field, _)| field),
        otherwise_given: fit.is_some_and(|(field, _)| is_given(field, given)),
        is_nested: counts.is_some_and(|counts| counts.is_nested),
        is_of_relative: reading.is_of_relative,
    }
}

/// Whether these fields already provide everything that this field could add.
fn is_given(field: Field, given: FieldSet) -> bool {
    let is_name = matches!(field, Field::FirstName | Field::LastName);
    let kinds = given.iter().fold(KindSet::EMPTY, |all, item| all.union(item.kinds()));
    given.iter().any(|given| given == field || is_name && given == Field::Name)
        || field.kind().is_some_and(|kind| kinds.contains(kind))
}

#[cfg(test)]
mod tests;
