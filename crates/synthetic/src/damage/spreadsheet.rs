//! Damage by spreadsheets.

use leakdex::Field;

use super::{ALL, Cell, DATE, Damage, PHONE, POSTCODE, harmless, noticeable};
use crate::date::Date;

/// Values that spreadsheets read as numbers.
const DIGITS: &[Field] = &[Field::Phone, Field::SteuerId, Field::Iccsn, Field::PostalCode];
const LONG: &[Field] = &[Field::Phone, Field::SteuerId, Field::Iccsn];
const CARD: &[Field] = &[Field::Iccsn];

pub(super) const DAMAGES: &[Damage] = &[
    noticeable("number with .0", DIGITS, |cell| format!("{}.0", number(cell))),
    noticeable("number with ,00", DIGITS, |cell| format!("{},00", number(cell))),
    noticeable("scientific notation", LONG, scientific),
    noticeable("floating point", LONG, floating_point),
    noticeable("digits after the 15th are zeros", CARD, fifteen_digits),
    noticeable("thousands separators", DIGITS, thousands),
    noticeable("plus lost", PHONE, |cell| format!("49{}", &cell.subject.phone[1..])),
    noticeable("leading zero lost, phone", PHONE, number),
    harmless("leading zero lost, postcode", POSTCODE, number),
    noticeable("formula", ALL, |cell| format!("=\"{}\"", cell.written)),
    noticeable("apostrophe at the start", ALL, |cell| format!("'{}", cell.written)),
    noticeable("error value", ALL, |cell| ["#NV", "#WERT!", "#BEZUG!"][cell.row % 3].to_owned()),
    noticeable("column too narrow", DATE, |_| "########".to_owned()),
    noticeable("date as serial number", DATE, |cell| cell.date().serial().to_string()),
    noticeable("date as serial number of 1904", DATE, |cell| {
        (cell.date().serial() - DAYS_TO_1904).to_string()
    }),
    noticeable("date moved by the calendar of 1904", DATE, |cell| {
        cell.style.date(Date::from_serial(cell.date().serial() - DAYS_TO_1904))
    }),
    noticeable("American order", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{month:02}/{day:02}/{year}")
    }),
    noticeable("day and month swapped if it gives a date, in ISO form", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        if day <= 12 { format!("{year}-{day:02}-{month:02}") } else { cell.written.to_owned() }
    }),
    noticeable("day and month swapped if it gives a date", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        if day <= 12 {
            cell.style.date(Date { year, month: day, day: month })
        } else {
            cell.written.to_owned()
        }
    }),
    noticeable("year of two digits", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{day:02}.{month:02}.{:02}", year % 100)
    }),
    noticeable("month and year", DATE, |cell| {
        let Date { year, month, .. } = cell.date();
        format!("{month:02}.{year}")
    }),
    harmless("midnight at the end", DATE, |cell| format!("{} 00:00:00", cell.written)),
];

/// The days from 1899-12-30 to 1904-01-01.
const DAYS_TO_1904: i32 = 1_462;

/// The value as a number, without leading zeros.
fn number(cell: &Cell<'_>) -> String {
    cell.subject.plain(cell.field).trim_start_matches('0').to_owned()
}

fn scientific(cell: &Cell<'_>) -> String {
    let digits = number(cell);
    format!("{},{}E+{:02}", &digits[..1], &digits[1..6], digits.len() - 1)
}

/// A 64-bit floating-point number, as programs write it with all its digits.
fn floating_point(cell: &Cell<'_>) -> String {
    let number: f64 = number(cell).parse().expect("it consists of digits");
    format!("{number:E}")
}

fn fifteen_digits(cell: &Cell<'_>) -> String {
    let digits = number(cell);
    format!("{}{}", &digits[..15], "0".repeat(digits.len() - 15))
}

fn thousands(cell: &Cell<'_>) -> String {
    let digits = number(cell);
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}
