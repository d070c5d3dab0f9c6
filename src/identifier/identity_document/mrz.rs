//! The machine-readable zone of a document. TD1 has three lines of 30 characters (Doc 9303-5), TD2
//! two of 36 (9303-6), and TD3, a passport, two of 44 (9303-4). Visas have the form of TD2 or TD3
//! (9303-7).
//!
//! The line with the number is enough. Lines can follow each other without a separator, and can
//! lack the fillers at their end.

use super::{
    Document, FILLER, GERMANY, LENGTH,
    states::{Padded, padded_state, state as full_state},
};
use crate::identifier::Reason;

/// Reads the number from the text with its separators (`composed`) and without them (`plain`).
/// `None` if this is not such a zone.
pub(super) fn read(composed: &str, plain: &str) -> Option<Result<Document, Reason>> {
    if let Some(document) = without_fillers(plain) {
        return Some(document);
    }
    let lines = lines(composed, plain);
    let issuer = lines.iter().find_map(|line| first_line(line));
    // A card has its number in the first line. Other documents have it in the second line.
    if let Some((state, rest)) = issuer
        && let Some(document) = number_of_card(state, rest)
    {
        return Some(document);
    }
    if let Some(document) = lines.iter().find_map(|line| number_line(line, issuer)) {
        return Some(Ok(document));
    }
    (issuer.is_some() || plain.len() >= SHORTEST_LINE).then_some(Err(Reason::NoDocumentNumber))
}

/// The length of a card's line.
const SHORTEST_LINE: usize = 30;

/// The length of a number, the state `D` without fillers, and a date, with their check digits.
const SHORTEST_WITH_DATES: usize = 18;

/// The position of the holder's state in a line with the number.
const NATIONALITY: usize = LENGTH + 1;

/// The length of the document type, which precedes the issuing state.
const DOCUMENT_TYPE_LENGTH: usize = 2;

const STATE: usize = 3;

fn lines<'t>(composed: &'t str, plain: &'t str) -> Vec<&'t str> {
    let separated: Vec<&str> = composed.split_whitespace().collect();
    if separated.len() > 1 && separated.iter().all(|line| line.contains(char::from(FILLER))) {
        return separated;
    }
    let length = match plain.len() {
        60 | 90 => 30,
        72 => 36,
        88 => 44,
        length => return vec![&plain[..length]],
    };
    (0..plain.len()).step_by(length).map(|start| &plain[start..start + length]).collect()
}

/// The issuer in a first line, and the characters after it.
fn first_line(line: &str) -> Option<(&'static str, &str)> {
    let (document_type, rest) = line.split_at_checked(DOCUMENT_TYPE_LENGTH)?;
    let (state, rest) = rest.split_at_checked(STATE)?;
    // The fillers matter: the `D` in `IND<` is not a state.
    let state = if state == "D<<" { GERMANY } else { full_state(state)? };
    let is_known_type = document_type.starts_with(['A', 'C', 'I', 'P', 'V'])
        && document_type.bytes().all(|byte| byte.is_ascii_uppercase() || byte == FILLER);
    (is_known_type && rest.len() > LENGTH).then_some((state, rest))
}

/// The number in the first line of a card, after the issuer. A passport has the name in this place,
/// without digits.
fn number_of_card(state: &str, rest: &str) -> Option<Result<Document, Reason>> {
    let (number, after_number) = rest.split_at_checked(LENGTH)?;
    let digit = *after_number.as_bytes().first()?;
    if digit.is_ascii_digit() {
        return Some(Document::new(state, number, Some(digit)));
    }
    // The rest of a long number, and its check digit (9303-5, note j).
    let more = after_number.strip_prefix(char::from(FILLER))?.split(char::from(FILLER)).next()?;
    let (more, digit) = more.split_at_checked(more.len().checked_sub(1)?)?;
    let is_long = !more.is_empty()
        && digit.bytes().all(|byte| byte.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_long.then(|| Document::new(state, &format!("{number}{more}"), digit.bytes().next()))
}

/// The number in a line that also has the holder's state, date of birth and sex. Without the line
/// of the issuer, the document counts as issued by the holder's own state. This is certain only for
/// Germany: refugees and stateless people have documents of another state.
fn number_line(line: &str, issuer: Option<(&'static str, &str)>) -> Option<Document> {
    // A line without fillers and dates is a number with a state before or after it.
    if !line.contains(char::from(FILLER)) && line.len() < SHORTEST_WITH_DATES {
        return None;
    }
    let (number, rest) = line.split_at_checked(NATIONALITY)?;
    let Padded { state: nationality, rest } = padded_state(rest)?;
    // An unknown day is written as fillers.
    let date = rest.as_bytes().first_chunk::<6>();
    let is_filler = |byte: &u8| *byte == FILLER;
    let is_date = date
        .is_some_and(|date| date.iter().all(|byte| byte.is_ascii_digit() || is_filler(byte)))
        || rest.bytes().all(|byte| is_filler(&byte));
    let (number, digit) = number.split_at_checked(LENGTH)?;
    let digit = digit.bytes().next().filter(u8::is_ascii_digit)?;
    let is_whole = !number.trim_end_matches(char::from(FILLER)).contains(char::from(FILLER));
    if !is_date || !is_whole || number.starts_with(char::from(FILLER)) {
        return None;
    }
    let state = issuer.map_or(nationality, |(state, _)| state);
    // `D`, a German number and another `D` have the same form, but no German number contains a `D`.
    let document = Document::new(state, number, Some(digit)).ok()?;
    let is_sure = issuer.is_some() || nationality == GERMANY;
    let doubt = (!is_sure).then_some(Reason::NoIssuingState);
    Some(Document { doubt: document.doubt.or(doubt), ..document })
}

/// The fields of a German card in the order in which forms ask for them: the number, the dates of
/// birth and expiry, each with its check digit, `D`, and optionally the check digit over
/// everything.
fn without_fillers(plain: &str) -> Option<Result<Document, Reason>> {
    let (number, rest) = plain.split_at_checked(LENGTH)?;
    let (digits, end) = rest.split_at_checked(15)?;
    let has_this_form = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (end == "D" || end.len() == 2 && end.starts_with('D'));
    has_this_form.then(|| Document::new(GERMANY, number, digits.bytes().next()))
}
