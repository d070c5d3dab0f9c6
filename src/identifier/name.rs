//! Names: the folded parts that count, separated by single spaces.
//!
//! Last and first names follow the same rules, so that a swapped pair still meets.

mod affixes;
mod damage;
mod fold;

use affixes::Content;

use super::{
    LONGEST_VALUE, Normaliser, Outcome, Reason,
    placeholder::{self, Meaning},
};
use crate::text::ROOM;

/// A last name or given names: `Freifrau an der Elster` becomes `elster`, `Müller-Lüdenscheidt`
/// becomes `mueller luedenscheidt`.
pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    match push_name(raw, normal_form) {
        Err(reason) => Outcome::Invalid(reason),
        // Folding may lay a placeholder bare.
        Ok(doubt) => match placeholder::meaning(normal_form) {
            Meaning::Name => outcome(doubt),
            Meaning::Doubtful => Outcome::Suspect(Reason::Placeholder),
            Meaning::Nothing => Outcome::Absent,
        },
    }
}

/// Writes a name of letters in which every word counts to `room`, and gives its length; 0 for others.
#[inline]
pub(super) fn write_usual(raw: &[u8], room: &mut [u8; ROOM]) -> usize {
    let length = fold::write_words(raw, room);
    let name = &room[..length];
    let is_usual = placeholder::is_name(name)
        && (!name.contains(&b' ')
            || str::from_utf8(name).is_ok_and(|name| Content::of(name).is_name_only()));
    if is_usual { length } else { 0 }
}

/// Why a name that has a normal form is suspect, if it is.
type Doubt = Option<Reason>;

fn outcome(doubt: Doubt) -> Outcome {
    doubt.map_or(Outcome::Ok, Outcome::Suspect)
}

/// The whole name in one cell, `Last, First` or `First … Last`, as `last, first`.
///
/// Without a comma the last name is the last word that is no title. What cannot be split so, is
/// invalid: a single word, a title with a name, an initial at the end.
pub(super) fn normalise_full(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    let pushed = match raw.split_once(',') {
        Some((last, first)) => push_split(last, first, normal_form),
        None => push_in_order(raw, normal_form),
    };
    match pushed {
        Ok(_) if normal_form.len() > LONGEST_VALUE => Outcome::Invalid(Reason::TooLong),
        Ok(doubt) => outcome(doubt),
        Err(reason) => Outcome::Invalid(reason),
    }
}

fn push_name(raw: &str, normal_form: &mut String) -> Result<Doubt, Reason> {
    let start = normal_form.len();
    let doubt = fold::push(raw, normal_form)?;
    affixes::drop_from(normal_form, start);
    // Some characters fold to many letters.
    if normal_form.len() > LONGEST_VALUE { Err(Reason::TooLong) } else { Ok(doubt) }
}

/// Between the halves of a whole name's normal form.
const BETWEEN: &str = ", ";

fn push_split(last: &str, first: &str, normal_form: &mut String) -> Result<Doubt, Reason> {
    let is_name = |content: Content| content.name || content.affix;
    let doubt = push_half(last, is_name, normal_form)?;
    normal_form.push_str(BETWEEN);
    Ok(doubt.or(push_half(first, is_name, normal_form)?))
}

fn push_in_order(raw: &str, normal_form: &mut String) -> Result<Doubt, Reason> {
    let mut rest = raw.trim();
    let doubt = loop {
        let (first, last) = rest.rsplit_once(char::is_whitespace).ok_or(Reason::SingleName)?;
        normal_form.clear();
        let doubt = fold::push(last, normal_form)?;
        let content = Content::of(normal_form);
        if content.name || content.affix {
            break doubt;
        }
        // A title after the name.
        rest = first;
    };
    let (first, _) = rest.rsplit_once(char::is_whitespace).ok_or(Reason::SingleName)?;
    affixes::drop_from(normal_form, 0);
    if normal_form.len() == 1 {
        return Err(Reason::SingleName);
    }
    let doubt = doubt.or(doubt_of_half(normal_form)?);
    normal_form.push_str(BETWEEN);
    // `von Berg` and `Graf Berg` are last names on their own.
    Ok(doubt.or(push_half(first, |content| content.name, normal_form)?))
}

/// Appends one half if it holds the words that it needs.
fn push_half(
    raw: &str,
    is_enough: impl Fn(Content) -> bool,
    normal_form: &mut String,
) -> Result<Doubt, Reason> {
    if placeholder::is_sure(raw) {
        return Err(Reason::SingleName);
    }
    let start = normal_form.len();
    let doubt = fold::push(raw, normal_form)?;
    if !is_enough(Content::of(&normal_form[start..])) {
        return Err(Reason::SingleName);
    }
    affixes::drop_from(normal_form, start);
    Ok(doubt.or(doubt_of_half(&normal_form[start..])?))
}

fn doubt_of_half(half: &str) -> Result<Doubt, Reason> {
    match placeholder::meaning(half) {
        Meaning::Name => Ok(None),
        Meaning::Doubtful => Ok(Some(Reason::Placeholder)),
        Meaning::Nothing => Err(Reason::SingleName),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::applied, *};

    fn of(raw: &str) -> (Outcome, String) {
        applied(normalise, raw)
    }

    fn full(raw: &str) -> (Outcome, String) {
        applied(normalise_full, raw)
    }

    #[test]
    fn a_name_that_folds_to_a_page_is_too_long() {
        assert_eq!(of(&"\u{FDFA}".repeat(500)).0, Outcome::Invalid(Reason::TooLong));
    }

    #[test]
    fn a_whole_name_that_folds_to_a_page_is_too_long() {
        let half = "\u{FDFA}".repeat(120);
        assert_eq!(full(&format!("{half}, Karl")).0, Outcome::Ok);
        assert_eq!(full(&format!("{half}, {half}")).0, Outcome::Invalid(Reason::TooLong));
        assert_eq!(full(&format!("{half} {half}")).0, Outcome::Invalid(Reason::TooLong));
    }

    #[test]
    fn the_longest_name_is_as_long_as_the_longest_value() {
        let longest = "a".repeat(LONGEST_VALUE);
        assert_eq!(of(&longest).0, Outcome::Ok);
        assert_eq!(of(&format!("{longest}a")).0, Outcome::Invalid(Reason::TooLong));
        let longest = "a".repeat(LONGEST_VALUE - ", karl".len());
        assert_eq!(full(&format!("{longest}, Karl")).0, Outcome::Ok);
        assert_eq!(full(&format!("{longest}a, Karl")).0, Outcome::Invalid(Reason::TooLong));
    }
}
