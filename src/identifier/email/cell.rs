//! Signs and words around an e-mail address in its cell, and several addresses in one cell.

use std::borrow::Cow;

use super::super::cell::{MASKS, unmarked};

/// The text with a plain `@` in place of a full-width one, or of one that is spelled out in
/// brackets to hide it from programs. Spelled-out dots are then replaced, too.
pub(super) fn with_at_sign(raw: &str) -> Cow<'_, str> {
    if raw.contains(['＠', '﹫']) {
        return Cow::Owned(raw.replace(['＠', '﹫'], "@"));
    }
    if raw.contains('@') || !raw.contains(['(', '[', '{']) {
        return Cow::Borrowed(raw);
    }
    let with_sign =
        ["at", "ät"].iter().fold(raw.to_owned(), |text, word| replaced(&text, word, '@'));
    Cow::Owned(["dot", "punkt"].iter().fold(with_sign, |text, word| replaced(&text, word, '.')))
}

/// Replaces the word in brackets, such as ` (at) `, with the sign. The brackets may be of any kind.
/// Upper and lower case count as equal.
fn replaced(text: &str, word: &str, sign: char) -> String {
    let (mut written, mut rest) = (String::new(), text);
    while let Some(open) = rest.find(['(', '[', '{']) {
        let (before, bracket) = rest.split_at(open);
        let close = match bracket.as_bytes()[0] {
            b'(' => ')',
            b'[' => ']',
            _ => '}',
        };
        let inner = bracket[1..].split_once(close);
        match inner {
            Some((inner, after)) if inner.trim().eq_ignore_ascii_case(word) => {
                written.push_str(before.trim_end());
                written.push(sign);
                rest = after.trim_start();
            }
            _ => {
                written.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    written.push_str(rest);
    written
}

/// The address without the signs that exports, letters and mail programs put around it, in any
/// order and depth. No address begins or ends with these signs.
pub(super) fn bare(text: &str) -> &str {
    const BEFORE: [char; 3] = ['<', '(', '['];
    const AFTER: [char; 8] = ['>', ')', ']', ';', ',', '.', ':', '!'];
    let mut address = text;
    if is_prefixed_literal(text) {
        return text;
    }
    loop {
        let inner = unmarked(address).trim_start_matches(BEFORE).trim_end_matches(AFTER);
        let inner = unmarked(without_scheme(inner));
        if inner.len() == address.len() {
            return inner;
        }
        address = inner;
    }
}

/// Whether asterisks or other signs mask letters: `m***@example.de`. An asterisk between other
/// signs masks nothing, as in the remark `(*)`.
pub(super) fn is_masked(text: &str) -> bool {
    let text = text.trim();
    let is_beside = |character: Option<char>| {
        character.is_none_or(|other| other.is_alphanumeric() || matches!(other, '*' | '@'))
    };
    let masks = |(place, _): (usize, &str)| {
        is_beside(text[..place].chars().next_back()) || is_beside(text[place + 1..].chars().next())
    };
    text.contains(MASKS) || text.contains("...") || text.match_indices('*').any(masks)
}

/// Whether the text is a program's literal with a letter before the opening apostrophe (`b'…'`). The
/// letter would look like part of the address.
fn is_prefixed_literal(text: &str) -> bool {
    let inner = text.trim_matches(|sign: char| !sign.is_alphanumeric() && sign != '\'');
    !inner.starts_with('\'') && inner.strip_suffix('\'').is_some_and(|rest| rest.contains('\''))
}

/// The address of a link or of a form: `mailto:m.muster@example.de?subject=…`,
/// `email=m.muster@example.de`.
fn without_scheme(address: &str) -> &str {
    const SCHEMES: [&str; 5] = ["mailto:", "mailto=", "e-mail=", "email=", "mail="];
    let after = |scheme: &&str| {
        let (start, rest) = address.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    let Some(rest) = SCHEMES.iter().find_map(after) else { return address };
    let domain = rest.find('@').unwrap_or(rest.len());
    let end = rest[domain..].find('?').map_or(rest.len(), |end| domain + end);
    &rest[..end]
}

/// The addresses of a cell, as written. Names may precede addresses in angle brackets (`Max Muster
/// <m.muster@example.de>`), remarks in parentheses may follow addresses, and labels may be
/// anywhere. `None` if there are other words.
pub(super) fn addresses(text: &str) -> Option<Vec<&str>> {
    let (mut addresses, mut has_name, mut in_remark) = (Vec::new(), false, false);
    let mut before = ' ';
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(is_separator).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let sign = after.chars().next();
        if word.contains('@') {
            let close = match before {
                '<' => '>',
                '(' => ')',
                '[' => ']',
                _ => ' ',
            };
            let is_in_brackets = close != ' ' && after.contains(close);
            // Text in parentheses before an address may be part of it: `(max)muster@example.de`.
            if before == ')' || (has_name || in_remark) && !is_in_brackets {
                return None;
            }
            has_name = false;
            addresses.push(bare(word));
        } else if !unmarked(word).is_empty() && !is_label(unmarked(word)) && !in_remark {
            has_name = true;
        }
        match sign {
            Some('(') => in_remark = !addresses.is_empty(),
            Some(')') => in_remark = false,
            _ => {}
        }
        // A sign before a label or a space still counts: `< mailto:a@example.de>`.
        if !(sign == Some(':') || word.is_empty() && sign.is_some_and(char::is_whitespace)) {
            before = sign.unwrap_or(' ');
        }
        rest = &after[sign.map_or(0, char::len_utf8)..];
    }
    (!has_name && !addresses.is_empty()).then_some(addresses)
}

fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, ',' | ';' | ':' | '/' | '|' | '<' | '>' | '(' | ')' | '[' | ']')
}

/// Words between addresses, and labels. None of them is a name.
fn is_label(word: &str) -> bool {
    #[rustfmt::skip]
    const LABELS: &[&str] = &[
        "und", "oder", "bzw.", "u.", "o.", "&", "and", "or", "+", "-", "mailto", "smtp", "e-mail", "email",
        "mail", "e-mail-adresse", "mailadresse", "privat", "priv.", "private", "dienstlich", "dienstl.",
        "geschäftlich", "geschäftl.", "beruflich", "firma", "arbeit", "büro", "work", "home", "neu",
    ];
    let is_word = |label: &&str| word.chars().flat_map(char::to_lowercase).eq(label.chars());
    LABELS.iter().any(is_word)
}
