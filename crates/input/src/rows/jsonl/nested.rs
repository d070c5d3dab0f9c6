//! Values within the objects and lists of a record, named by their paths.

use std::{borrow::Cow, cell::RefCell};

use leakdex::internal::civil_from_days;
use serde_json::value::RawValue;

use super::read_object;
use crate::path;

/// The maximum depth of a value.
pub(super) const MAX_LEVELS: usize = 32;

/// The length limit of the name of a value, in bytes.
const LONGEST_NAME: usize = 256;

/// Calls `each` with each member of an object and its path. Returns false if some members could not be read.
pub(super) fn members<'v>(
    object: &'v str,
    name: &mut String,
    mut each: impl FnMut(&mut String, &'v str),
) -> bool {
    let is_first = name.is_empty();
    let mut is_sound = true;
    let name = RefCell::new(name);
    let outcome = read_object(
        object,
        |key| {
            let mut name = name.borrow_mut();
            let before = name.len();
            if before + key.len() > LONGEST_NAME {
                return None;
            }
            path::push(&mut name, is_first, key);
            Some(before)
        },
        |before, value| {
            let mut name = name.borrow_mut();
            match before {
                Some(before) => {
                    each(&mut name, value.get());
                    name.truncate(before);
                }
                None => is_sound = false,
            }
        },
    );
    outcome.is_ok() && is_sound
}

/// The items of a list.
pub(super) fn items(list: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(list).ok()
}

/// Calls `each` with the name of each value within a value.
pub(super) fn each_name(name: &mut String, value: &str, level: usize, each: &mut dyn FnMut(&str)) {
    match value.as_bytes().first() {
        Some(b'{') if level < MAX_LEVELS => {
            members(value, name, |name, value| each_name(name, value, level + 1, each));
        }
        Some(b'[') if level < MAX_LEVELS => {
            for item in items(value).unwrap_or_default() {
                each_name(name, item.get(), level + 1, each);
            }
        }
        _ => each(name),
    }
}

/// The date in an object such as `{"$date":{"$numberLong":"-369792000000"}}`, as JSON. `MongoDB` writes dates
/// before 1970 as milliseconds since 1970, and others as text.
pub(super) fn date(object: &str) -> Option<Cow<'_, str>> {
    let begin = object.strip_prefix('{')?.trim_ascii_start();
    if !begin.starts_with("\"$date\"") {
        return None;
    }
    let mut date = member(object, "$date")?;
    if date.starts_with('{') {
        date = member(date, "$numberLong")?;
    }
    let digits = date.trim_matches('"');
    let Ok(milliseconds) = digits.parse::<i64>() else { return Some(Cow::Borrowed(date)) };
    let (days, rest) = (milliseconds.div_euclid(DAY), milliseconds.rem_euclid(DAY));
    let (year, month, day) = civil_from_days(days);
    if !(1..=9999).contains(&year) {
        return None;
    }
    let (hours, minutes, seconds) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    Some(Cow::Owned(format!(
        "\"{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}Z\""
    )))
}

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The value of an object's only member, if its key is `key`.
fn member<'v>(object: &'v str, key: &str) -> Option<&'v str> {
    let (mut found, mut count) = (None, 0);
    let outcome = read_object(
        object,
        |name| name == key,
        |is_match, value: &'v RawValue| {
            count += 1;
            if is_match {
                found = Some(value.get());
            }
        },
    );
    found.filter(|_| outcome.is_ok() && count == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_mongodb_is_read_as_text_and_as_milliseconds() {
        for (object, expected) in [
            (r#"{"$date":"1980-02-29T00:00:00Z"}"#, r#""1980-02-29T00:00:00Z""#),
            (r#"{ "$date" : -369619200000 }"#, r#""1958-04-16T00:00:00Z""#),
            (r#"{"$date":{"$numberLong":"-369622800000"}}"#, r#""1958-04-15T23:00:00Z""#),
            (r#"{"$date":{"$numberLong":"951782400000"}}"#, r#""2000-02-29T00:00:00Z""#),
            (r#"{"$date":0}"#, r#""1970-01-01T00:00:00Z""#),
            (r#"{"$date":-1}"#, r#""1969-12-31T23:59:59Z""#),
        ] {
            assert_eq!(date(object).as_deref(), Some(expected), "{object}");
        }
        for object in
            ["{}", r#"{"$date":1,"x":2}"#, r#"{"$oid":"1"}"#, r#"{"$date":9223372036854775807}"#]
        {
            assert_eq!(date(object), None, "{object}");
        }
    }
}
