//! Counts of the values of one column, and the field that they fit.

use std::{borrow::Cow, collections::BTreeMap};

use leakdex::{Field, FieldSet, Normaliser, Outcome, Reason};
use serde::{Deserialize, Serialize};

use super::{MIN_VALUES, forms, within::Within};
use crate::{common_names::common, header::is_date, options::Target};

/// Counts of the values of one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(super) filled: u64,
    pub(super) is_nested: bool,
    /// The number of values that are valid in a field, by the field's slug.
    fitting: BTreeMap<Cow<'static, str>, u64>,
    /// The fields that some value may hold by its form, as a bit set. Dates and postcodes are counted
    /// instead, since many columns hold a few numbers that look like these.
    pub(super) forms: u32,
    /// How many values were noted, and how many of them may be a date of birth or a postcode.
    noted: u64,
    dates: u64,
    postcodes: u64,
    /// Whether some value is long and without spaces, like a digest or a token.
    has_token: bool,
    /// Identifiers beside other text. They do not show that the column can be used as their field.
    within: Within,
}

/// The fields that matter even if only few values fit. If they were missed, some people would not be found. Values of
/// other kinds do not have their forms by chance.
pub(super) const RARE: [Field; 4] = [Field::Email, Field::Kvnr, Field::Iban, Field::Iccsn];

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
                if !fields.iter().any(is_strict) {
                    if value.contains(BETWEEN) {
                        for part in value.split(BETWEEN) {
                            let of_part = fitting(part.trim(), normaliser, normal_form);
                            let of_part = of_part.filter(|&field| is_strict(field)).collect();
                            fields = fields.union(of_part);
                        }
                    }
                    self.within.count(value, fields, normaliser, normal_form);
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
                let fields = forms::may_hold(value.trim());
                self.noted += 1;
                // Any text may hold anything. It counts here only if it shows a date or a postcode.
                let is_text = fields == FieldSet::all();
                let shown = if is_text { forms::shown_in_text(value) } else { fields };
                self.dates += u64::from(shown.contains(Field::BirthDate));
                self.postcodes += u64::from(shown.contains(Field::PostalCode));
                self.forms |= without_counted(fields).bits();
                self.has_token |= forms::is_token(value.trim());
            }
            Err(Reason::NestedValue) => self.is_nested = true,
            Err(_) => self.forms = FieldSet::all().bits(),
        }
    }

    /// The fields that values of a column with this use may hold. `is_of_event` says that its dates are those of an
    /// event, such as a contract.
    pub(super) fn may_hold(&self, target: Option<&Target>, is_of_event: bool) -> FieldSet {
        // Fewer dates or postcodes than these are accidents.
        let is_enough = |count: u64| count > 0 && count * 10 >= self.noted;
        // A table of keys and values holds few dates, and they are whole.
        let has_dates =
            self.of(Field::BirthDate) >= 5 && self.of(Field::BirthDate) * 100 >= self.filled;
        let mut by_form = FieldSet::from_bits(self.forms);
        for (field, is_held) in [
            (Field::BirthDate, !is_of_event && (is_enough(self.dates) || has_dates)),
            (Field::PostalCode, is_enough(self.postcodes)),
        ] {
            by_form = by_form.union([field].into_iter().filter(|_| is_held).collect());
        }
        // Numbers of references look like many identifiers, but few values have a letter and a right check digit by
        // chance.
        let is_reference = |&field: &Field| {
            let count = self.of(field);
            count > 0 && count * 500 >= self.filled
        };
        // A password may be any token.
        match target {
            _ if self.is_nested => FieldSet::all(),
            Some(Target::Id) => {
                [Field::Kvnr, Field::Rvnr, Field::Iban].into_iter().filter(is_reference).collect()
            }
            // The class says which dates and places the column may hold.
            Some(Target::Class(_)) => FieldSet::from_bits(self.forms),
            _ if self.has_token => FieldSet::all(),
            _ => by_form,
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.filled += other.filled;
        self.is_nested |= other.is_nested;
        self.forms |= other.forms;
        self.noted += other.noted;
        self.dates += other.dates;
        self.postcodes += other.postcodes;
        self.has_token |= other.has_token;
        self.within.add(other.within);
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

    /// The field, date of birth or postcode, that most values may hold in some form, such as a year or a whole address.
    /// Also returns how many may hold it, and how many were noted.
    pub(super) fn loose_fit(&self, may_be: impl Fn(Field) -> bool) -> Option<(Field, u64, u64)> {
        let counts = [(Field::BirthDate, self.dates), (Field::PostalCode, self.postcodes)];
        let is_enough = |&(field, count): &(Field, u64)| {
            self.noted >= MIN_VALUES && count * 2 > self.noted && may_be(field)
        };
        counts.into_iter().find(is_enough).map(|(field, count)| (field, count, self.noted))
    }

    /// Whether most identifiers of this field stand beside other text in their cells.
    pub fn are_within(&self, field: Field) -> bool {
        self.within.cells(field, self.filled) > self.of(field)
    }

    /// One of the [`RARE`] fields that only some values fit or contain: most of them, or at least one in a hundred.
    fn rare_fit(&self, may_be: impl Fn(Field) -> bool) -> Option<(Field, u64)> {
        const MIN_COUNT: u64 = 5;
        let count = |field| self.of(field) + self.within.cells(field, self.filled);
        let counts = RARE.iter().map(|&field| (field, count(field)));
        let is_enough = |&(field, count): &(Field, u64)| {
            let is_part = count >= MIN_COUNT && count * 100 >= self.filled;
            may_be(field) && (count * 2 > self.filled || is_part)
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

/// The fields without those that a single value does not show, unless the value may hold anything.
fn without_counted(fields: FieldSet) -> FieldSet {
    let counted = [Field::BirthDate, Field::PostalCode].into_iter().collect();
    if fields == FieldSet::all() { fields } else { fields.difference(counted) }
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
pub(super) fn candidates(value: &str) -> [Option<Field>; 3] {
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
    // A time may follow.
    let is_date_like = || value.split([' ', 'T']).next().is_some_and(is_date);
    match (letters, digits) {
        _ if is_hash() => one(Field::Sha256Email, true),
        // Any number can look like the number of a document, so only a machine-readable line counts.
        _ if value.contains("<<") => one(Field::IdentityDocument, true),
        _ if letters <= 2 && digits <= 20 && is_date_like() => one(Field::BirthDate, true),
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
