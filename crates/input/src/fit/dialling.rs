//! Columns of dialling codes that the phone numbers of another column lack.
//!
//! Without its code, a foreign number is read as another number of the region, and its owner is not found.

use leakdex::{Field, Normaliser, Outcome};

use super::ColumnQuestion;
use crate::{columns::Column, doubt::DoubtBasis, options::Target, vocabulary::folded};

/// Words in the names of such columns.
#[rustfmt::skip]
const WORDS: [&str; 8] = [
    "vorwahl", "countrycode", "areacode", "dialcode", "dialingcode", "diallingcode", "phonecountry", "phoneprefix",
];

/// The normal form of a phone number that begins with neither `+` nor 0, if most numbers of a column do so. `phones`
/// are samples of the columns of phone numbers.
pub(super) fn bare_number<'a>(
    phones: impl Iterator<Item = &'a [String]>,
    rules: Normaliser,
) -> Option<String> {
    let is_bare = |value: &&String| {
        value.trim_start_matches([' ', '(']).starts_with(|first: char| matches!(first, '1'..='9'))
    };
    let mut normal_form = String::new();
    for values in phones {
        let is_usual = values.iter().filter(is_bare).count() * 2 > values.len();
        for value in values.iter().filter(is_bare).filter(|_| is_usual) {
            if rules.normalise(Field::Phone, value, &mut normal_form) == Outcome::Ok {
                return Some(normal_form);
            }
        }
    }
    None
}

/// Whether an unused column seems to hold codes that the phone numbers lack: at least one in a hundred differs from the
/// country with which the bare number was read.
pub(super) fn may_hold_codes(
    column: &Column,
    values: &[String],
    bare_number: Option<&str>,
) -> bool {
    let Some(number) = bare_number.and_then(|number| number.strip_prefix('+')) else {
        return false;
    };
    let name = folded(column.header.as_written());
    let is_other = |value: &&String| code(value).is_some_and(|code| !number.starts_with(code));
    let others = values.iter().filter(is_other).count();
    column.target != Target::Id
        && WORDS.iter().any(|word| name.contains(word))
        && others > 0
        && others * 100 >= values.len()
}

/// The digits of a code: `43` for `+43`, `0043` and `43.0`.
fn code(value: &str) -> Option<&str> {
    const LONGEST: usize = 5;
    let value = value.trim();
    let code = value.strip_suffix(".0").unwrap_or(value).trim_start_matches(['+', '(', '0']);
    let code = code.strip_suffix(')').unwrap_or(code);
    let is_code =
        (1..=LONGEST).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then_some(code)
}

/// The question about such a column.
pub(super) fn question(column: &Column) -> ColumnQuestion {
    let header = &column.header;
    let otherwise = match &column.reading.class {
        Some(class) => format!("'{header}=class:{class}'"),
        None => format!("'{header}=ignore'"),
    };
    ColumnQuestion {
        text: format!(
            "is not used, but the phone numbers may lack its codes: write the whole numbers into one column, or \
             give --column {otherwise} if the numbers are complete"
        ),
        fields: vec![Field::Phone],
        basis: DoubtBasis::Name,
    }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn a_code_is_read_without_its_signs() {
        for (value, digits) in [
            ("43", Some("43")),
            ("+43", Some("43")),
            ("0043", Some("43")),
            ("43.0", Some("43")),
            ("(030)", Some("30")),
            ("DE", None),
            ("", None),
            ("00", None),
            ("123456", None),
        ] {
            assert_eq!(code(value), digits, "{value}");
        }
    }
}
