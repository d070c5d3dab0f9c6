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
    use super::{
        super::{Field, testing::applied},
        *,
    };

    fn of(raw: &str) -> (Outcome, String) {
        applied(normalise, raw)
    }

    fn full(raw: &str) -> (Outcome, String) {
        applied(normalise_full, raw)
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
    fn a_name_that_may_lack_a_letter_keeps_its_form_and_is_suspect() {
        let suspect = Outcome::Suspect(Reason::LostCharacter);
        for (raw, expected) in [("¦ahin", "ahin"), ("M_ller", "m ller"), ("Pawe³", "pawe")] {
            assert_eq!(of(raw), (suspect, expected.to_owned()), "{raw}");
            assert_eq!(full(&format!("{raw}, Karl")), (suspect, format!("{expected}, karl")));
            assert_eq!(full(&format!("Karl, {raw}")), (suspect, format!("karl, {expected}")));
            assert_eq!(full(&format!("Karl {raw}")), (suspect, format!("{expected}, karl")));
            assert_eq!(full(&format!("{raw} Karl")), (suspect, format!("karl, {expected}")));
        }
    }

    #[test]
    fn a_word_that_may_stand_for_nothing_is_suspect() {
        let suspect = Outcome::Suspect(Reason::Placeholder);
        for raw in ["unbekannt", "Nan", "NONE", "k.A.", "K. A.", "Dr. Unbekannt", "undefined", "NA"]
        {
            assert_eq!(of(raw).0, suspect, "{raw}");
            assert_eq!(full(&format!("{raw}, Karl")).0, suspect, "{raw}");
            assert_eq!(full(&format!("Karl, {raw}")).0, suspect, "{raw}");
        }
        assert_eq!(full("Karl Unbekannt").0, suspect);
        assert_eq!(full("Nan Müller").0, suspect);
        for raw in ["keine Angabe", "Dr. keine Angabe", "--"] {
            let mut normal_form = String::new();
            let outcome = Normaliser::new().normalise(Field::LastName, raw, &mut normal_form);
            assert_eq!((outcome, normal_form.as_str()), (Outcome::Absent, ""), "{raw}");
        }
        for raw in ["Nana", "Nan Li", "Keiner", "Unbekannter", "Ka"] {
            assert_eq!(of(raw).0, Outcome::Ok, "{raw}");
        }
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
