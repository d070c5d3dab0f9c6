//! Counts of the values in unused columns, and the fields that these columns seem to hold.

pub(crate) mod forms;

use std::{borrow::Cow, collections::BTreeMap};

use leakdex::{Field, FieldSet, KindSet, Normaliser, Outcome, Reason};
use serde::{Deserialize, Serialize};

use crate::{
    columns::{Column, Columns},
    common_names::common,
    header::one_line,
    names::{HeaderMeaning, NameMeaning, is_related},
    options::Target,
};

/// With fewer values in a column, only a field with a distinctive form is recognised.
pub(crate) const MIN_VALUES: u64 = 10;

/// The maximum number of columns that are counted and named.
pub(crate) const MAX_COLUMNS: usize = 1000;

/// The maximum number of late keys of JSON Lines that are counted. A late key appears after the sample.
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
    /// The fields that some cell of a used column may hold beside the column's own value, as a bit set.
    beside: u32,
    /// Late keys of the current block whose names are hidden.
    #[serde(skip)]
    hidden: Vec<(String, Counts)>,
}

/// The prefix for late keys with hidden names.
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
            if let Some(total) = late(&mut self.late, &header) {
                total.add(counts);
            }
        }
        self.beside |= next.beside;
    }

    /// Notes the fields that a cell of a used column may hold beside its own value.
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
            let name = match counts.fit(|_| true) {
                Some((field, _)) => format!("{HIDDEN} with values like {field}, names not shown)"),
                None => format!("{HIDDEN}, names not shown)"),
            };
            if let Some(total) = late(&mut self.late, &name) {
                total.add(counts);
            }
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
            counts.may_hold(columns.list.get(number).map(|column| &column.target))
        });
        let late = self.late.iter().map(|(_, counts)| counts.may_hold(None));
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

/// The counts of a late key; `None` if there are too many keys.
fn late<'a>(list: &'a mut Vec<(String, Counts)>, header: &str) -> Option<&'a mut Counts> {
    let place = match list.iter().position(|(known, _)| known == header) {
        Some(place) => place,
        None if list.len() == MAX_LATE_KEYS => return None,
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
    let may_hold = |field| {
        if reading.is_of_relative {
            // Nobody is found by these names and dates, even if used columns have the same fields.
            reading.fields.iter().any(|&named| is_related(named, field)) || field.kind().is_some()
        } else {
            may_hold_field(reading, has_birth_date, field)
        }
    };
    let by_values = counts.and_then(|counts| counts.fit(may_hold));
    let filled = counts.map_or(0, |counts| counts.filled);
    // Any value can be a username, so only the header shows one.
    let is_username =
        reading.meaning == NameMeaning::Ambiguous && reading.fields.contains(&Field::Username);
    let fit = by_values.or((is_username && filled > 0).then_some((Field::Username, filled)));
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

/// Counts of the values of one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    filled: u64,
    is_nested: bool,
    /// The number of values that are valid in a field, by the field's slug.
    fitting: BTreeMap<Cow<'static, str>, u64>,
    /// The fields that some value may hold by its form, as a bit set.
    forms: u32,
    /// Whether some value is long and without spaces, like a digest or a token.
    has_token: bool,
}

/// The characters between the values of a list in one cell.
const BETWEEN: [char; 4] = [',', ';', '/', '|'];

impl Counts {
    /// Counts a value. `normal_form` is scratch space.
    pub fn count(
        &mut self,
        value: Result<&str, Reason>,
        normaliser: Normaliser,
        normal_form: &mut String,
    ) {
        match value {
            Ok(value) if leakdex::is_placeholder(value) => {}
            Ok(value) => {
                self.filled += 1;
                let mut fields: FieldSet = fitting(value.trim(), normaliser, normal_form).collect();
                // The cell may be a list of numbers, such as those of the children.
                if !fields.iter().any(is_strict) && value.contains(BETWEEN) {
                    for part in value.split(BETWEEN) {
                        let of_part = fitting(part.trim(), normaliser, normal_form);
                        fields = fields.union(of_part.filter(|&field| is_strict(field)).collect());
                    }
                }
                for field in fields.iter() {
                    *self.fitting.entry(Cow::Borrowed(field.slug())).or_default() += 1;
                }
            }
            Err(Reason::NestedValue) => {}
            Err(_) => self.filled += 1,
        }
    }

    /// Notes the fields that a value may hold, without counting it.
    pub fn note_form(&mut self, value: Result<&str, Reason>) {
        match value {
            Ok(value) if leakdex::is_placeholder(value) => {}
            Ok(value) => {
                self.forms |= forms::may_hold(value.trim()).bits();
                self.has_token |= forms::is_token(value.trim());
            }
            Err(Reason::NestedValue) => self.is_nested = true,
            Err(_) => self.forms = FieldSet::all().bits(),
        }
    }

    /// The fields that some value of a column with this use may hold.
    fn may_hold(&self, target: Option<&Target>) -> FieldSet {
        // A reference in the leak is a number and looks like many identifiers. A password may be any token.
        match target {
            _ if self.is_nested => FieldSet::all(),
            Some(Target::Id) => FieldSet::EMPTY,
            Some(Target::Class(_)) => FieldSet::from_bits(self.forms),
            _ if self.has_token => FieldSet::all(),
            _ => FieldSet::from_bits(self.forms),
        }
    }

    fn add(&mut self, other: Self) {
        self.filled += other.filled;
        self.is_nested |= other.is_nested;
        self.forms |= other.forms;
        self.has_token |= other.has_token;
        for (field, more) in other.fitting {
            *self.fitting.entry(field).or_default() += more;
        }
    }

    /// The number of values.
    pub const fn filled(&self) -> u64 {
        self.filled
    }

    /// The number of values that fit a field.
    pub fn of(&self, field: Field) -> u64 {
        self.fitting.get(field.slug()).copied().unwrap_or_default()
    }

    /// The allowed field with a distinctive form that most values fit, and the number of these values.
    pub fn strict_fit(&self, may_be: impl Fn(Field) -> bool) -> Option<(Field, u64)> {
        let strict = Field::ALL.iter().filter(|&&field| is_strict(field) && may_be(field));
        // The first field of the list wins a tie.
        let best =
            strict.rev().map(|&field| (field, self.of(field))).max_by_key(|&(_, count)| count);
        best.filter(|&(_, count)| count * 2 > self.filled)
    }

    /// The allowed field that the values look like, and the number of these values.
    ///
    /// A column holds names if enough of its values contain a common name. It holds postcodes only if nearly
    /// all values have five digits and no other field fits, since many numbers have five digits.
    pub fn fit(&self, may_be: impl Fn(Field) -> bool) -> Option<(Field, u64)> {
        self.strict_fit(&may_be).or_else(|| self.rare_fit(&may_be)).or_else(|| self.lax_fit(may_be))
    }

    /// A field that only some values fit. If it were missed, some people would not be found. At least one value in a
    /// hundred must have its form. Values of other kinds do not have this form by chance.
    fn rare_fit(&self, may_be: impl Fn(Field) -> bool) -> Option<(Field, u64)> {
        const FIELDS: [Field; 4] = [Field::Email, Field::Kvnr, Field::Iban, Field::Iccsn];
        const MIN_COUNT: u64 = 5;
        let counts = FIELDS.iter().map(|&field| (field, self.of(field)));
        let is_enough = |&(field, count): &(Field, u64)| {
            may_be(field) && count >= MIN_COUNT && count * 100 >= self.filled
        };
        counts.filter(is_enough).max_by_key(|&(_, count)| count)
    }

    fn lax_fit(&self, may_be: impl Fn(Field) -> bool) -> Option<(Field, u64)> {
        /// A field, and the percentage of values that must fit it.
        const LEAST: [(Field, u64); 4] = [
            (Field::PostalCode, 90),
            (Field::FirstName, 20),
            (Field::Name, 3),
            (Field::LastName, 5),
        ];
        const MIN_NAMES: u64 = 5;
        if self.filled < MIN_VALUES {
            return None;
        }
        let is_enough = |&&(field, share): &&(Field, u64)| {
            let count = self.of(field);
            may_be(field) && count >= MIN_NAMES && count * 100 >= self.filled * share
        };
        LEAST.iter().find(is_enough).map(|&(field, _)| (field, self.of(field)))
    }
}

/// Whether the values of the field have a distinctive form. Postcodes and names look like many other values,
/// and a username can be anything.
pub(crate) const fn is_strict(field: Field) -> bool {
    use Field::{FirstName, LastName, Name, PostalCode, Username};
    !matches!(field, PostalCode | Name | LastName | Username | FirstName)
}

/// The fields in which a value is valid. Quick tests come first, so other text costs little.
fn fitting(
    value: &str,
    normaliser: Normaliser,
    normal_form: &mut String,
) -> impl Iterator<Item = Field> {
    candidates(value).into_iter().flatten().filter(move |&field| {
        // A word list has already decided about names. Their rules accept nearly any text.
        matches!(field, Field::FirstName | Field::LastName | Field::Name)
            || normaliser.normalise(field, value, normal_form) == Outcome::Ok
                && !(field == Field::BirthDate && normal_form.ends_with("-00"))
    })
}

/// The fields whose rules are worth trying on a value.
fn candidates(value: &str) -> [Option<Field>; 3] {
    const NONE: [Option<Field>; 3] = [None; 3];
    /// The length limit of an identifier, in bytes.
    const MAX_LENGTH: usize = 128;
    let bytes = value.as_bytes();
    let (Some(&first), 2..=MAX_LENGTH) = (bytes.first(), bytes.len()) else { return NONE };
    let (mut digits, mut letters) = (0, 0);
    for byte in bytes {
        digits += usize::from(byte.is_ascii_digit());
        letters += usize::from(byte.is_ascii_alphabetic());
        if *byte == b'@' {
            return [Some(Field::Email), None, None];
        }
    }
    if digits == 0 {
        return names(value);
    }
    let is_hash = || bytes.len() == 64 && bytes.iter().all(u8::is_ascii_hexdigit);
    let begins_with_digit = first.is_ascii_digit();
    // Skip leading quotation marks and the like, as the rules of the fields do.
    let mut core = bytes.iter().skip_while(|byte| !byte.is_ascii_alphanumeric());
    let mut begins_with_letters = || core.by_ref().take(2).all(u8::is_ascii_alphabetic);
    let one = |field, fits: bool| if fits { [Some(field), None, None] } else { NONE };
    match (letters, digits) {
        _ if is_hash() => one(Field::Sha256Email, true),
        // Any number can look like the number of a document, so only a machine-readable line counts.
        _ if value.contains("<<") => one(Field::IdentityDocument, true),
        _ if letters <= 2 && digits <= 20 && is_date_like(value) => one(Field::BirthDate, true),
        (0, 5) => one(Field::PostalCode, bytes.len() == 5),
        (0, 20) if value.starts_with("80") => [Some(Field::Iccsn), Some(Field::Ehic), None],
        (0, 6..=15) => {
            let phone = matches!(first, b'+' | b'0' | b'(').then_some(Field::Phone);
            [phone, (digits == 11).then_some(Field::SteuerId), None]
        }
        (1, 9 | 19 | 29) => one(Field::Kvnr, true),
        (1, 11) => one(Field::Rvnr, true),
        (2.., 10..=32) if begins_with_letters() => one(Field::Iban, letters + digits >= 15),
        // A date with the month as a word.
        (3..=9, 5..=6) => one(Field::BirthDate, begins_with_digit),
        _ => NONE,
    }
}

/// Whether a value has three parts separated by two dots, hyphens or slashes, followed only by a time.
fn is_date_like(value: &str) -> bool {
    let date = value.split([' ', 'T']).next().unwrap_or_default();
    ['.', '-', '/'].iter().any(|&separator| {
        let mut parts = date.split(separator);
        let is_number = |part: &str| {
            (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        parts.by_ref().take(3).filter(|part| is_number(part)).count() == 3 && parts.next().is_none()
    })
}

/// The fields that a value without digits may fit if it contains a common name.
fn names(value: &str) -> [Option<Field>; 3] {
    /// The length limit of a name. Longer text is not a name.
    const MAX_LENGTH: usize = 40;
    const MAX_WORDS: usize = 4;
    if value.len() > MAX_LENGTH {
        return [None; 3];
    }
    let (mut words, mut given, mut surnames, mut both) = (0, 0, 0, 0);
    for word in value.split([' ', ',', '-']).filter(|word| !word.is_empty()) {
        words += 1;
        let (is_given, is_surname) = common(word);
        given += usize::from(is_given);
        surnames += usize::from(is_surname);
        both += usize::from(is_given && is_surname);
    }
    let is_name = words > 1 && given + surnames - both > 1 && given > 0 && surnames > 0;
    if words > MAX_WORDS {
        [None; 3]
    } else if is_name {
        [Some(Field::Name), None, None]
    } else if words > 2 {
        [None; 3]
    } else {
        let first = (given > 0).then_some(Field::FirstName);
        [first, (words == 1 && surnames > 0).then_some(Field::LastName), None]
    }
}

#[cfg(test)]
mod tests;
