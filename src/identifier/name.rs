//! Names: the folded parts that count, separated by single spaces.
//!
//! Last and first names follow the same rules, so that a swapped pair still meets.

mod affixes;
mod damage;
mod fold;

use affixes::Content;

use super::{LONGEST_VALUE, Normaliser, Outcome, Reason, is_placeholder};

/// A last name or given names: `Freifrau an der Elster` becomes `elster`, `Müller-Lüdenscheidt`
/// becomes `mueller luedenscheidt`.
pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    if let Err(reason) = push_name(raw, normal_form) {
        return Outcome::Invalid(reason);
    }
    // Folding may lay a placeholder bare.
    if is_placeholder(normal_form) { Outcome::Absent } else { Outcome::Ok }
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
        Ok(()) if normal_form.len() > LONGEST_VALUE => Outcome::Invalid(Reason::TooLong),
        Ok(()) => Outcome::Ok,
        Err(reason) => Outcome::Invalid(reason),
    }
}

fn push_name(raw: &str, normal_form: &mut String) -> Result<(), Reason> {
    let start = normal_form.len();
    fold::push(raw, normal_form)?;
    affixes::drop_from(normal_form, start);
    // Some characters fold to many letters.
    if normal_form.len() > LONGEST_VALUE { Err(Reason::TooLong) } else { Ok(()) }
}

/// Between the halves of a whole name's normal form.
const BETWEEN: &str = ", ";

fn push_split(last: &str, first: &str, normal_form: &mut String) -> Result<(), Reason> {
    let is_name = |content: Content| content.name || content.affix;
    push_half(last, is_name, normal_form)?;
    normal_form.push_str(BETWEEN);
    push_half(first, is_name, normal_form)
}

fn push_in_order(raw: &str, normal_form: &mut String) -> Result<(), Reason> {
    let mut rest = raw.trim();
    loop {
        let (first, last) = rest.rsplit_once(char::is_whitespace).ok_or(Reason::SingleName)?;
        normal_form.clear();
        fold::push(last, normal_form)?;
        let content = Content::of(normal_form);
        if content.name || content.affix {
            break;
        }
        // A title after the name.
        rest = first;
    }
    let (first, _) = rest.rsplit_once(char::is_whitespace).ok_or(Reason::SingleName)?;
    affixes::drop_from(normal_form, 0);
    if normal_form.len() == 1 || is_placeholder(normal_form) {
        return Err(Reason::SingleName);
    }
    normal_form.push_str(BETWEEN);
    // `von Berg` and `Graf Berg` are last names on their own.
    push_half(first, |content| content.name, normal_form)
}

/// Appends one half if it holds the words that it needs.
fn push_half(
    raw: &str,
    is_enough: impl Fn(Content) -> bool,
    normal_form: &mut String,
) -> Result<(), Reason> {
    if is_placeholder(raw) {
        return Err(Reason::SingleName);
    }
    let start = normal_form.len();
    fold::push(raw, normal_form)?;
    if !is_enough(Content::of(&normal_form[start..])) {
        return Err(Reason::SingleName);
    }
    affixes::drop_from(normal_form, start);
    if is_placeholder(&normal_form[start..]) { Err(Reason::SingleName) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> (Outcome, String) {
        let mut normal_form = String::new();
        let outcome = normalise(raw, Normaliser::new(), &mut normal_form);
        (outcome, normal_form)
    }

    fn full(raw: &str) -> (Outcome, String) {
        let mut normal_form = String::new();
        let outcome = normalise_full(raw, Normaliser::new(), &mut normal_form);
        (outcome, normal_form)
    }

    #[test]
    fn only_the_words_that_count_remain() {
        let names = [
            ("Müller-Lüdenscheidt", "mueller luedenscheidt"),
            ("Prof. Dr. med. Frank Florian", "frank florian"),
            ("Freifrau an der Elster", "elster"),
            ("Gräfin v. d. Goltz", "goltz"),
            ("d'Alembert", "dalembert"),
            ("Nguyễn", "nguyen"),
            ("Von", "von"),
        ];
        for (raw, expected) in names {
            assert_eq!(of(raw), (Outcome::Ok, expected.to_owned()), "{raw}");
        }
    }

    #[test]
    fn a_placeholder_behind_a_title_is_absent() {
        assert_eq!(of("Dr. Null").0, Outcome::Absent);
    }

    #[test]
    fn a_damaged_name_is_invalid() {
        let names = [
            ("M\u{FFFD}ller", Reason::ReplacementCharacter),
            ("M?ller", Reason::LostCharacter),
            ("MÃ¼ller", Reason::Mojibake),
            ("4711", Reason::NoLetters),
        ];
        for (raw, reason) in names {
            assert_eq!(of(raw).0, Outcome::Invalid(reason), "{raw}");
            assert_eq!(full(&format!("{raw}, Karl")).0, Outcome::Invalid(reason), "{raw}");
            assert_eq!(full(&format!("Karl {raw}")).0, Outcome::Invalid(reason), "{raw}");
        }
    }

    #[test]
    fn a_name_that_folds_to_a_page_is_too_long() {
        assert_eq!(of(&"\u{FDFA}".repeat(500)).0, Outcome::Invalid(Reason::TooLong));
    }

    #[test]
    fn a_whole_name_has_one_form() {
        let spellings = [
            "Müller-Lüdenscheidt, Karl Heinz",
            "Karl Heinz Müller-Lüdenscheidt",
            "Dr. Karl Heinz Freiherr von Müller-Lüdenscheidt",
            "von Müller-Lüdenscheidt, Dr. Karl Heinz",
            "Karl Heinz Müller-Lüdenscheidt Dr. med.",
            "mueller luedenscheidt, karl heinz",
        ];
        for raw in spellings {
            let expected = "mueller luedenscheidt, karl heinz".to_owned();
            assert_eq!(full(raw), (Outcome::Ok, expected), "{raw}");
        }
    }

    #[test]
    fn a_last_name_on_its_own_is_no_whole_name() {
        let names = [
            "Müller",
            "Müller,",
            ", Karl",
            "Müller, -",
            "Dr. Müller",
            "Müller, Dr.",
            "Graf Berg",
            "von Berg",
            "Müller K.",
            "Dr. med.",
        ];
        for raw in names {
            assert_eq!(full(raw).0, Outcome::Invalid(Reason::SingleName), "{raw}");
        }
    }
}
