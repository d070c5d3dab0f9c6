//! The shape of a normal form. It contains no letter or digit of the value.

use leakdex::{Field, KindSet};

/// The shape of a value: `a` and `A` for letters, `9` for digits, `?` for unusual characters.
///
/// A field whose values all have one length is shown character by character. In all other fields, each run of
/// letters or digits of one sort becomes three characters, and each run of another character becomes one: the
/// lengths of a name and of an address together can identify a person.
/// A hash shows no character, since the pattern of letters and digits identifies it.
pub fn masked(field: Field, normal_form: &str) -> String {
    if is_hash(field) {
        return format!("({} hexadecimal digits)", normal_form.chars().count());
    }
    let masks = normal_form.chars().map(mask_of);
    if has_one_length(field) {
        return masks.collect();
    }
    let mut shape = String::new();
    let mut last = None;
    for mask in masks {
        if last != Some(mask) {
            let times = if mask.is_ascii_alphanumeric() { 3 } else { 1 };
            shape.extend(std::iter::repeat_n(mask, times));
        }
        last = Some(mask);
    }
    shape
}

fn is_hash(field: Field) -> bool {
    field.kind().is_some_and(|kind| KindSet::EMAIL_HASHES.contains(kind))
}

/// Whether all usable values of the field have the same length, or a length that the country sets.
fn has_one_length(field: Field) -> bool {
    use Field::{BirthDate, Ehic, Iban, Iccsn, Kvnr, PostalCode, Rvnr, SteuerId};
    matches!(field, BirthDate | Ehic | Iban | Iccsn | Kvnr | PostalCode | Rvnr | SteuerId)
}

fn mask_of(character: char) -> char {
    match character {
        _ if character.is_uppercase() => 'A',
        _ if character.is_alphabetic() => 'a',
        _ if character.is_numeric() => '9',
        '@' | '.' | '-' | '_' | '+' | ' ' | ',' => character,
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_shape_shows_how_a_value_was_read() {
        for (field, normal_form, shape) in [
            (Field::Kvnr, "Q123456784", "A999999999"),
            (Field::BirthDate, "1970-02-01", "9999-99-99"),
            (Field::PostalCode, "98765", "99999"),
            (Field::Iban, "DE02120300000000202051", "AA99999999999999999999"),
            (Field::Email, "m.muster+shop@example.de", "aaa.aaa+aaa@aaa.aaa"),
            (Field::Phone, "+4917012345678", "+999"),
            (Field::Name, "müller-lüdenscheidt, eva", "aaa-aaa, aaa"),
            (Field::Username, "__x__", "_aaa_"),
            (Field::LastName, "\u{1}\u{2}=", "?"),
            (Field::Md5Email, "0a1b", "(4 hexadecimal digits)"),
            (Field::Sha256Email, "0a1b", "(4 hexadecimal digits)"),
            (Field::IdentityDocument, "D<L9F6MKYMJ", "AAA?AAA999AAA999AAA"),
        ] {
            assert_eq!(masked(field, normal_form), shape, "{field}");
        }
    }

    #[test]
    fn the_shape_of_a_name_hides_its_length() {
        assert_eq!(masked(Field::LastName, "li"), masked(Field::LastName, "meierhofer"));
        assert_eq!(masked(Field::Email, "a@b.de"), masked(Field::Email, "eva@example.org"));
    }

    proptest! {
        /// The only letters and digits in a shape are `a`, `A` and `9`.
        #[test]
        fn no_letter_or_digit_of_a_value_is_in_its_shape(value in "\\PC{0,40}") {
            for &field in Field::ALL.iter().filter(|&&field| !is_hash(field)) {
                let shape = masked(field, &value);
                let is_of_the_mask = |character: char| "aA9?@.-_+ ,".contains(character);
                prop_assert!(shape.chars().all(is_of_the_mask), "{field}: {shape}");
            }
        }
    }
}
