//! An e-mail address: the local part in lower case, and the domain as in the DNS.
//!
//! RFC 5321 section 4.5.3.1 defines the lengths. It also allows quoted local parts and address
//! literals. No customer file has those, so they are invalid here. A domain that is not plain ASCII
//! follows UTS 46, non-transitional, so `straße.de` and `strasse.de` stay two domains.

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};
use unicode_normalization::UnicodeNormalization;

use super::{
    BETWEEN_VALUES, Normaliser, Outcome, Reason,
    cell::{add_value, is_quotation_mark},
};
use crate::text::ROOM;

mod cell;
mod nobody;

/// A cell that is not one address may hold several. Addresses that belong to nobody count as
/// absent.
pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    let text = cell::with_at_sign(raw);
    if cell::is_masked(&text) {
        return Outcome::Invalid(Reason::Masked);
    }
    match write_address(cell::bare(&text), normal_form) {
        Ok(()) if nobody::is_placeholder(normal_form.as_bytes()) => Outcome::Absent,
        Ok(()) => Outcome::Ok,
        Err(reason) => match write_several(&text, normal_form) {
            Ok(()) if normal_form.is_empty() => Outcome::Absent,
            Ok(()) => Outcome::Ok,
            Err(cell_reason) => Outcome::Invalid(cell_reason.unwrap_or(reason)),
        },
    }
}

/// Writes all addresses of a cell, if the cell holds only addresses and the names of their owners.
fn write_several(text: &str, normal_form: &mut String) -> Result<(), Option<Reason>> {
    normal_form.clear();
    let mut address = String::new();
    for raw in cell::addresses(text).ok_or(None)? {
        address.clear();
        write_address(raw, &mut address).map_err(|_| None)?;
        if !nobody::is_placeholder(address.as_bytes()) {
            add_value(&address, normal_form).map_err(Some)?;
        }
    }
    Ok(())
}

/// The length of the longest local part, in octets.
const LONGEST_LOCAL_PART: usize = 64;
/// The length of the longest domain name without the root's dot, in octets.
const LONGEST_DOMAIN: usize = 253;
/// The length of the longest address in octets: the path of RFC 5321 without its angle brackets.
const LONGEST_ADDRESS: usize = 254;
/// The length of the longest label of a domain name, in octets.
const LONGEST_LABEL: usize = 63;

/// Writes an address of the usual shape to `room` in lower case, and returns its length; 0 for
/// others.
///
/// A usual address consists of words of letters and digits, separated by single dots. The local
/// part may also contain any number of `_`, `+` and hyphens. The domain may contain single hyphens;
/// two in a row could be those of `xn--`.
#[inline]
pub(super) fn write_usual(raw: &[u8], room: &mut [u8; ROOM]) -> usize {
    // Within this length, no part of the address is too long, either.
    if raw.len() > LONGEST_LOCAL_PART {
        return 0;
    }
    // Start as if after a separator, because none may be at the start, at the end or next to
    // another one.
    let (mut before, mut wrong) = (SEPARATOR, 0);
    let (mut at, mut last_dot) = (usize::MAX, 0);
    let mut classes = &IN_LOCAL_PART;
    for (place, &byte) in raw.iter().enumerate() {
        let class = classes[usize::from(byte)];
        wrong |= class & (before | UNUSUAL);
        before = class & SEPARATOR;
        if byte == b'.' {
            last_dot = place;
        }
        if byte == b'@' {
            at = place;
            classes = &IN_DOMAIN;
        }
    }
    // Without an `@`, `at` is the maximum, so no dot follows it.
    let is_usual = wrong | before == 0
        && last_dot > at
        && raw.len() - last_dot > 2
        && raw[last_dot + 1..].iter().all(u8::is_ascii_alphabetic);
    if !is_usual {
        return 0;
    }
    room[..raw.len()].copy_from_slice(raw);
    room.make_ascii_lowercase();
    if nobody::is_placeholder(&room[..raw.len()]) { 0 } else { raw.len() }
}

/// A dot or the `@`; in a domain, also a hyphen.
const SEPARATOR: u8 = 1;
/// A character that no usual address has in this part.
const UNUSUAL: u8 = 2;

/// The class of each byte in the local part, up to the `@`; 0 for characters of words.
static IN_LOCAL_PART: [u8; 256] = {
    let mut classes = IN_DOMAIN;
    classes[b'@' as usize] = SEPARATOR;
    classes[b'-' as usize] = 0;
    classes[b'_' as usize] = 0;
    classes[b'+' as usize] = 0;
    classes
};

/// The same for the domain.
static IN_DOMAIN: [u8; 256] = {
    let mut classes = [UNUSUAL; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            classes[byte as usize] = 0;
        }
        byte += 1;
    }
    classes[b'.' as usize] = SEPARATOR;
    classes[b'-' as usize] = SEPARATOR;
    classes
};

/// Whether an address in normal form is its own alias.
#[inline]
pub(crate) fn is_own_alias(address: &[u8]) -> bool {
    !(is_of_gmail(address) || address.contains(&b'+'))
}

#[inline]
fn is_of_gmail(address: &[u8]) -> bool {
    address.ends_with(b"mail.com")
        && (address.ends_with(b"@gmail.com") || address.ends_with(b"@googlemail.com"))
}

fn write_address(address: &str, normal_form: &mut String) -> Result<(), Reason> {
    let (local_part, domain) = address.split_once('@').ok_or(Reason::NoAtSign)?;
    if domain.contains('@') {
        return Err(Reason::SeveralAtSigns);
    }
    push_local_part(local_part, normal_form);
    if !is_local_part(normal_form) {
        return Err(Reason::InvalidLocalPart);
    }
    normal_form.push('@');
    let start = normal_form.len();
    if domain.is_ascii() && !has_encoded_label(domain) {
        normal_form.push_str(domain);
        normal_form[start..].make_ascii_lowercase();
    } else {
        let ascii = Uts46::new()
            .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow, DnsLength::Ignore)
            .map_err(|_| Reason::InvalidDomain)?;
        normal_form.push_str(&ascii);
    }
    if !is_domain(&normal_form[start..]) {
        return Err(Reason::InvalidDomain);
    }
    if normal_form.len() > LONGEST_ADDRESS { Err(Reason::TooLong) } else { Ok(()) }
}

fn push_local_part(local_part: &str, normal_form: &mut String) {
    if local_part.is_ascii() {
        normal_form.push_str(local_part);
        normal_form.make_ascii_lowercase();
    } else {
        // Character by character, because a final sigma depends on its neighbours.
        normal_form.extend(local_part.nfc().flat_map(char::to_lowercase).nfc());
    }
}

/// Accepts more than RFC 5321 allows without quotation marks, because providers hand out such
/// addresses.
fn is_local_part(text: &str) -> bool {
    let mut after_dot = true;
    for byte in text.bytes() {
        match byte {
            b'.' if after_dot => return false,
            b'"' | b'(' | b')' | b',' | b':' | b';' | b'<' | b'>' | b'[' | b'\\' | b']' | b'|' => {
                return false;
            }
            // Lists mask letters with asterisks.
            0..=b' ' | b'*' | 0x7F => return false,
            _ => after_dot = byte == b'.',
        }
    }
    !after_dot
        && text.len() <= LONGEST_LOCAL_PART
        && !has_foreign_sign(text)
        && (text.is_ascii() || !text.contains(is_unusable))
}

/// Whether signs of another format are stuck to the local part: `%20max`, `=3Dmax`, `#max`, or `max'`,
/// which is left of `'max'@example.de`. RFC 5322 allows these signs, but no provider hands out such
/// addresses. They would silently never match.
fn has_foreign_sign(text: &str) -> bool {
    // An alias may lack the dots.
    let is_escape = |after: &str| {
        let digits = after.bytes().filter(|&byte| byte != b'.').take(2);
        digits.filter(u8::is_ascii_hexdigit).count() == 2
    };
    text.starts_with(['=', '#'])
        || text.ends_with(is_quotation_mark)
        || text.split('%').skip(1).any(is_escape)
}

/// White space, control and invisible characters, and the replacement character of wrongly decoded
/// text. An address with them would silently never match.
fn is_unusable(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{FFFD}'
        )
}

/// Whether a label is marked as encoded (`xn--`). Decoding checks whether it is valid.
fn has_encoded_label(domain: &str) -> bool {
    domain
        .as_bytes()
        .split(|byte| *byte == b'.')
        .any(|label| label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--")))
}

/// Whether a domain name in lower case can belong to a mail server on the internet.
fn is_domain(text: &str) -> bool {
    let labels = text.as_bytes().split(|byte| *byte == b'.');
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_top_level = last.starts_with("xn--")
        || (last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_lowercase()));
    text.len() <= LONGEST_DOMAIN
        && is_top_level
        && text.contains('.')
        && labels.into_iter().all(is_label)
}

/// Letters and digits, and hyphens between them (RFC 1123 section 2.1).
fn is_label(label: &[u8]) -> bool {
    (1..=LONGEST_LABEL).contains(&label.len())
        && !label.starts_with(b"-")
        && !label.ends_with(b"-")
        && label.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Reads the field `email-alias`: the aliases of the given addresses.
pub(super) fn normalise_alias(
    raw: &str,
    normaliser: Normaliser,
    normal_form: &mut String,
) -> Outcome {
    let (mut addresses, mut own_alias) = (String::new(), String::new());
    let outcome = normalise(raw, normaliser, &mut addresses);
    if outcome == Outcome::Ok {
        for address in addresses.split(BETWEEN_VALUES) {
            own_alias.clear();
            alias(address, &mut own_alias);
            if nobody::is_placeholder(own_alias.as_bytes()) {
                continue;
            }
            if let Err(reason) = add_value(&own_alias, normal_form) {
                return Outcome::Invalid(reason);
            }
        }
        if normal_form.is_empty() {
            return Outcome::Absent;
        }
    }
    outcome
}

/// The address in normal form without the parts that its owner can vary: the `+tag`, and for Gmail
/// the dots and the older of its two domains.
///
/// A tag with nothing before it is kept as the name. So is a tag after a quotation mark and, except
/// for Gmail, after a dot, because the rest would not be a valid local part.
pub(super) fn alias(address: &str, alias: &mut String) {
    if is_own_alias(address.as_bytes()) {
        alias.push_str(address);
        return;
    }
    let of_gmail = is_of_gmail(address.as_bytes());
    let (local_part, domain) = address.split_once('@').unwrap_or((address, ""));
    let is_valid = |name: &str| {
        !name.is_empty()
            && (of_gmail || !name.ends_with('.'))
            && !name.trim_end_matches('.').ends_with(is_quotation_mark)
    };
    let name = match local_part.split_once('+') {
        Some((name, _)) if is_valid(name) => name,
        _ => local_part,
    };
    if of_gmail {
        if name.is_ascii() {
            name.split('.').for_each(|word| alias.push_str(word));
        } else {
            // A mark after a dot now follows a letter.
            alias.extend(name.chars().filter(|&letter| letter != '.').nfc());
        }
        alias.push_str("@gmail.com");
    } else {
        alias.push_str(name);
        alias.push('@');
        alias.push_str(domain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_local_part_is_stable_after_one_round() {
        for character in crate::identifier::testing::characters() {
            let (mut once, mut twice) = (String::new(), String::new());
            push_local_part(&character.to_string(), &mut once);
            push_local_part(&once, &mut twice);
            assert_eq!(once, twice, "{character:?}");
        }
    }

    #[test]
    fn usual_addresses_take_the_fast_path() {
        for raw in ["m.muster@example.de", "Max_Mu+bank-1@mail2.ex-ample.CO.uk"] {
            assert_eq!(write_usual(raw.as_bytes(), &mut [0; ROOM]), raw.len(), "{raw}");
        }
    }
}
