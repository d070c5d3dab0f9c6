//! Names: the folded words that count, separated by single spaces. Titles, salutations, particles
//! and the like do not count.
//!
//! The same words are dropped from last and first names, so a swapped pair still matches. A cell
//! can hold several names of one person, such as the name at birth.

mod damage;
mod fold;
mod grammar;
mod values;
mod vocabulary;
mod whole;
mod words;

use grammar::Mode;
use values::{Spellings, Values};
use words::Word;

use super::{
    BETWEEN_VALUES, LONGEST_VALUE, Normaliser, Outcome, Reason,
    placeholder::{self, Meaning},
};
use crate::text::ROOM;

/// A last name: `Freifrau an der Elster` becomes `elster`, `Müller-Lüdenscheidt` becomes `mueller
/// luedenscheidt`, and `Müller geb. Schmidt` becomes `mueller; schmidt`.
pub(super) fn normalise_last(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    normalise(raw, &|cell| column(cell, Half::Last), normal_form)
}

/// Given names: `Karl Heinz` becomes `karl heinz`. `Hans-Peter` becomes `hans peter; hanspeter`, since
/// it is also written as one word.
pub(super) fn normalise_first(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    normalise(raw, &|cell| column(cell, Half::First), normal_form)
}

/// A whole name in one cell, `Last, First` or `First … Last`, becomes `last, first`.
///
/// Without a comma, the last name is the last word that counts, with the particles and ranks before
/// it. A cell that cannot be split like this is invalid: a single word, a title with one name, an
/// initial at the end.
pub(super) fn normalise_full(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    if push_usual_whole(raw, normal_form) {
        return Outcome::Ok;
    }
    normalise(raw, &parse_whole_names, normal_form)
}

/// Handles the usual cell: words of letters in which every word counts and the last one is the last
/// name.
fn push_usual_whole(raw: &str, normal_form: &mut String) -> bool {
    let mut room = [0; ROOM];
    // A hyphen joins two words into one name.
    let length = if raw.contains('-') { 0 } else { fold::write_words(raw.as_bytes(), &mut room) };
    let words = str::from_utf8(&room[..length]).unwrap_or_default();
    let Some((first, last)) = words.rsplit_once(' ') else { return false };
    let is_usual = words::is_plain(words.as_bytes())
        && placeholder::is_name(first.as_bytes())
        && placeholder::is_name(last.as_bytes());
    if is_usual {
        normal_form.extend([last, ", ", first]);
    }
    is_usual
}

/// Writes a name of letters in which every word counts to `room`, and returns its length; 0 for
/// others.
#[inline]
pub(super) fn write_usual(raw: &[u8], half: Half, room: &mut [u8; ROOM]) -> usize {
    let length = fold::write_words(raw, room);
    let name = &room[..length];
    if !placeholder::is_name(name) || !words::is_plain(name) {
        0
    } else if half == Half::First && raw.contains(&b'-') {
        write_joined(length, room)
    } else if half == Half::Last && begins_with_particle(name) {
        0
    } else {
        length
    }
}

/// Whether a last name of several words may begin with a particle.
fn begins_with_particle(name: &[u8]) -> bool {
    let end = name.iter().position(|&byte| byte == b' ');
    end.is_some_and(|end| vocabulary::may_be_particle(&name[..end]))
}

/// Appends a given name of two words as one word, after the name with this length: `hans peter;
/// hanspeter`. Returns 0 if there are more words, because a hyphen need not join all of them.
fn write_joined(length: usize, room: &mut [u8; ROOM]) -> usize {
    let (name, rest) = room.split_at_mut(length);
    let mut words = name.split(|&byte| byte == b' ');
    let (Some(one), Some(other), None) = (words.next(), words.next(), words.next()) else {
        return 0;
    };
    let parts = [BETWEEN_VALUES.as_bytes(), one, other];
    let Some(rest) = rest.get_mut(..parts.iter().map(|part| part.len()).sum()) else { return 0 };
    let bytes = parts.into_iter().flatten();
    rest.iter_mut().zip(bytes).for_each(|(place, &byte)| *place = byte);
    // `Dip-Ler` as one word would be a title.
    if words::is_plain(&rest[BETWEEN_VALUES.len()..]) { length + rest.len() } else { length }
}

/// Which half of a name a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Last,
    First,
}

/// Why a name with a normal form is suspect, if it is.
type Doubt = Option<Reason>;

/// The values of a cell.
struct Cell {
    values: Vec<String>,
    doubt: Doubt,
    /// Whether every word counts on its own, so these values are their own normal form.
    is_plain: bool,
}

/// The largest number of rounds in which a name is read. Words that were apart can form a phrase
/// when others are dropped. No real name needs this many rounds.
const ROUNDS: usize = 8;

fn normalise(
    raw: &str,
    read: &dyn Fn(&str) -> Result<Cell, Outcome>,
    normal_form: &mut String,
) -> Outcome {
    let mut doubt = match damage::check(raw.trim()) {
        Ok(doubt) => doubt,
        Err(reason) => return Outcome::Invalid(reason),
    };
    for round in 0..ROUNDS {
        let mut cell = match read(if round == 0 { raw } else { normal_form }) {
            Ok(cell) => cell,
            Err(outcome) => return outcome,
        };
        if round == 0
            && let Some(other) = without_elision(raw)
            && let Ok(other) = read(&other)
        {
            cell.add(other);
        }
        doubt = doubt.or(cell.doubt);
        let values = cell.values.join(BETWEEN_VALUES);
        // Some characters fold to many letters.
        if values.len() > LONGEST_VALUE {
            return Outcome::Invalid(Reason::TooLong);
        }
        let is_stable = cell.is_plain || values == *normal_form;
        *normal_form = values;
        if is_stable {
            return doubt.map_or(Outcome::Ok, Outcome::Suspect);
        }
    }
    Outcome::Invalid(Reason::TooLong)
}

impl Cell {
    /// Adds another reading of the cell, as long as there is room.
    fn add(&mut self, other: Self) {
        self.is_plain &= other.is_plain;
        for value in other.values {
            if self.values.len() < values::MAX_COUNT && !self.values.contains(&value) {
                self.values.push(value);
            }
        }
    }
}

/// The name without an elided particle: `Neill` for `O'Neill`, `Hondt` for `d'Hondt`. Insurers keep
/// particles in a separate column.
fn without_elision(raw: &str) -> Option<String> {
    let is_apostrophe =
        |character: char| matches!(character, '\'' | '`' | '´' | '‘' | '’' | 'ʼ' | '＇');
    let mut before = ' ';
    for (start, letter) in raw.char_indices() {
        let mut rest = raw[start + letter.len_utf8()..].chars();
        if matches!(letter, 'd' | 'D' | 'l' | 'L' | 'o' | 'O')
            && !before.is_alphanumeric()
            && !is_apostrophe(before)
            && rest.next().is_some_and(is_apostrophe)
            && rest.clone().next().is_some_and(char::is_alphabetic)
        {
            return Some([&raw[..start], rest.as_str()].concat());
        }
        before = letter;
    }
    None
}

/// The names in a cell of a column for last names or for first names.
fn column(cell: &str, half: Half) -> Result<Cell, Outcome> {
    let (mut values, mut doubt, mut is_plain) = (Values::default(), None, true);
    // The outcome if no name remains.
    let mut outcome = Outcome::Invalid(Reason::NoLetters);
    let mut folded = String::new();
    let pieces = cell.split(';').filter(|piece| !placeholder::is_sure(piece));
    for (place, piece) in pieces.enumerate() {
        fold::write(piece, &mut folded).map_err(Outcome::Invalid)?;
        if folded.is_empty() {
            continue;
        }
        let mut words = grammar::read(&folded, Mode::default()).map_err(Outcome::Invalid)?;
        if !words.iter().any(|word| word.is_name() || word.is_affix()) {
            // `M. A.` may be two initials.
            let mode = Mode { keeps_letters: true, ..Mode::default() };
            words = grammar::read(&folded, mode).map_err(Outcome::Invalid)?;
        }
        is_plain &= words::are_plain(&words);
        if outcome == Outcome::Invalid(Reason::NoLetters) {
            outcome = without_names(&words, half);
        }
        // The former name in `Müller geb. Herr`.
        if place > 0 && matches!(without_names(&words, half), Outcome::Suspect(_)) {
            values.push(HERR.to_owned()).map_err(Outcome::Invalid)?;
            doubt = Some(Reason::Placeholder);
        }
        for name in values::names(&words).map_err(Outcome::Invalid)? {
            let Some(name) = Spellings::of(&name, half == Half::First) else { continue };
            match placeholder::meaning(&name.usual) {
                Meaning::Name => {}
                Meaning::Doubtful => doubt = Some(Reason::Placeholder),
                // Folding can reveal a placeholder.
                Meaning::Nothing => {
                    outcome = Outcome::Absent;
                    continue;
                }
            }
            values.push(name.usual).map_err(Outcome::Invalid)?;
            if let Some(other) = name.other {
                values.push_spelling(other);
            }
        }
    }
    is_plain &= !values.may_have_further_spellings();
    let mut values = values.finish();
    if values.is_empty() {
        let Outcome::Suspect(reason) = outcome else { return Err(outcome) };
        doubt = Some(reason);
        values.push(HERR.to_owned());
    }
    Ok(Cell { values, doubt, is_plain })
}

/// A salutation that is also a family name.
const HERR: &str = "herr";

/// The outcome of a cell without names.
fn without_names(words: &[Word<'_>], half: Half) -> Outcome {
    if half == Half::Last && matches!(words, [word] if word.text == HERR) {
        Outcome::Suspect(Reason::Placeholder)
    } else {
        Outcome::Invalid(Reason::NoPerson)
    }
}

/// The whole names in a cell.
fn parse_whole_names(cell: &str) -> Result<Cell, Outcome> {
    let (mut values, mut doubt, mut is_plain) = (Values::default(), None, true);
    let mut folded = String::new();
    for piece in cell.split(';').filter(|piece| !placeholder::is_sure(piece)) {
        fold::write(piece, &mut folded).map_err(Outcome::Invalid)?;
        let is_nothing =
            |half: &str| placeholder::is_sure(half) && half.contains(char::is_alphabetic);
        let reason = if folded.is_empty() {
            Some(Reason::NoLetters)
        } else {
            piece.split(',').any(is_nothing).then_some(Reason::SingleName)
        };
        if let Some(reason) = reason {
            return Err(Outcome::Invalid(reason));
        }
        let mode = Mode { in_order: true, keeps_letters: false };
        let words = grammar::read(&folded, mode).map_err(Outcome::Invalid)?;
        is_plain &= words::are_plain(&words);
        match whole::push(&words, &mut values) {
            Ok(doubt_of_piece) => doubt = doubt_of_piece.or(doubt),
            Err(Reason::SingleName) => {
                // `M. A. Müller` may begin with two initials.
                let mode = Mode { keeps_letters: true, ..mode };
                let words = grammar::read(&folded, mode).map_err(Outcome::Invalid)?;
                whole::push(&words, &mut values).map_err(Outcome::Invalid)?;
                doubt = Some(Reason::SingleName);
            }
            Err(reason) => return Err(Outcome::Invalid(reason)),
        }
    }
    is_plain &= !values.may_have_further_spellings();
    let values = values.finish();
    if values.is_empty() {
        Err(Outcome::Invalid(Reason::NoLetters))
    } else {
        Ok(Cell { values, doubt, is_plain })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::applied, *};

    fn of(raw: &str) -> (Outcome, String) {
        applied(normalise_last, raw)
    }

    fn full(raw: &str) -> (Outcome, String) {
        applied(normalise_full, raw)
    }

    #[test]
    fn usual_whole_names_agree_with_the_full_rules() {
        let words = ["Karl", "MÜLLER", "von", "Herr", "Nan", "Null", "k", "Şen", "a-b", "sen", ""];
        let mut usual = 0;
        for one in words {
            for two in words {
                for three in words {
                    let raw = [one, two, three].join(" ");
                    let (mut quick, mut full) = (String::new(), String::new());
                    if push_usual_whole(&raw, &mut quick) {
                        assert_eq!(
                            normalise(&raw, &parse_whole_names, &mut full),
                            Outcome::Ok,
                            "{raw}"
                        );
                        assert_eq!(quick, full, "{raw}");
                        usual += 1;
                    }
                }
            }
        }
        assert!(usual > 10, "{usual}");
    }

    #[test]
    fn a_name_that_folds_to_a_long_text_is_too_long() {
        assert_eq!(of(&"\u{FDFA}".repeat(500)).0, Outcome::Invalid(Reason::TooLong));
    }

    #[test]
    fn a_whole_name_that_folds_to_a_long_text_is_too_long() {
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
