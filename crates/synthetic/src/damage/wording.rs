//! Phone numbers, addresses, dates and postcodes as people write them.

use leakdex::Field;

use super::{ALL, Cell, DATE, Damage, MAIL, PHONE, POSTCODE, noticeable};
use crate::{date::Date, names::letters, population::last_name, random::seeded};

const NUMBERS: &[Field] = &[Field::Phone, Field::Kvnr, Field::Iban, Field::SteuerId, Field::Iccsn];
/// Fields for which a person often has two values.
const OFTEN_TWO: &[Field] = &[Field::Email, Field::Phone];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN_MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
/// The first one is the weekday of 1899-12-30, which has serial number 0.
const WEEKDAYS: [&str; 7] =
    ["Samstag", "Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"];
const ADDRESSES_OF_NOBODY: [&str; 8] = [
    "keine@keine.de",
    "kein@kein.de",
    "noreply@firma.de",
    "unbekannt@unbekannt.de",
    "x@x.de",
    "test@test.de",
    "nomail@nomail.de",
    "no-reply@kasse.de",
];

pub(super) const DAMAGES: &[Damage] = &[
    noticeable("German quotation marks", ALL, |cell| format!("„{}“", cell.written)),
    noticeable("guillemets", ALL, |cell| format!("«{}»", cell.written)),
    noticeable("single quotation marks", ALL, |cell| format!("'{}'", cell.written)),
    noticeable("two values with a slash between", OFTEN_TWO, |cell| two(cell, " / ")),
    noticeable("two values with a comma between", OFTEN_TWO, |cell| two(cell, ", ")),
    noticeable("two values with a word between", OFTEN_TWO, |cell| two(cell, " oder ")),
    noticeable("two values with a blank between", OFTEN_TWO, |cell| two(cell, " ")),
    noticeable("two values in two lines", OFTEN_TWO, |cell| two(cell, "\n")),
    noticeable("number of the extension at the end", PHONE, |cell| {
        format!("{} App. {}", cell.written, 10 + cell.drawn % 90)
    }),
    noticeable("number of the extension at the end, in full", PHONE, |cell| {
        format!("{} Durchwahl {}", cell.written, 10 + cell.drawn % 90)
    }),
    noticeable("word in parentheses at the end", PHONE, |cell| {
        format!("{} ({})", cell.written, ["privat", "Fax", "dienstlich"][cell.row % 3])
    }),
    noticeable("hour at the end", PHONE, |cell| format!("{} nach 18 Uhr", cell.written)),
    noticeable("one hotline", PHONE, |_| "030 1234567".to_owned()),
    noticeable("middle masked", NUMBERS, |cell| middle_masked(cell.written, '*')),
    noticeable("middle crossed out", NUMBERS, |cell| middle_masked(cell.written, 'X')),
    noticeable("all but two letters masked", MAIL, |cell| masked(cell, |_| "***".to_owned())),
    noticeable("all but two letters masked one for one", MAIL, |cell| {
        masked(cell, |hidden| "*".repeat(hidden))
    }),
    noticeable("masked with bullets", MAIL, |cell| masked(cell, |_| "•••".to_owned())),
    noticeable("masked with an ellipsis", MAIL, |cell| masked(cell, |_| "…".to_owned())),
    noticeable("masked with three dots", MAIL, |cell| masked(cell, |_| "...".to_owned())),
    noticeable("masked with crosses", MAIL, |cell| masked(cell, |_| "xxx".to_owned())),
    noticeable("masked with crosses one for one", MAIL, |cell| {
        masked(cell, |hidden| "x".repeat(hidden))
    }),
    noticeable("masked domain", MAIL, |cell| {
        format!("{}@***.de", cell.written.split('@').next().unwrap_or_default())
    }),
    noticeable("person in quotation marks and address", MAIL, |cell| {
        let person = &cell.subject.person;
        format!("\"{}, {}\" <{}>", person.last_name, person.first_name, cell.written)
    }),
    noticeable("address and person", MAIL, |cell| {
        let person = &cell.subject.person;
        format!("{} ({} {})", cell.written, person.first_name, person.last_name)
    }),
    noticeable("sign of full width", MAIL, |cell| cell.written.replace('@', "＠")),
    noticeable("one of eight addresses of nobody", MAIL, |cell| {
        ADDRESSES_OF_NOBODY[cell.row % ADDRESSES_OF_NOBODY.len()].to_owned()
    }),
    noticeable("country before the postcode", POSTCODE, |cell| format!("D-{}", cell.written)),
    noticeable("country before the postcode, joined", POSTCODE, |cell| {
        format!("D{}", cell.written)
    }),
    noticeable("country of two letters before the postcode", POSTCODE, |cell| {
        format!("DE {}", cell.written)
    }),
    noticeable("town after the postcode", POSTCODE, |cell| {
        format!("{} {}", cell.written, ["Essen", "Kiel", "Bad Berka"][cell.row % 3])
    }),
    noticeable("year first, with slashes", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{year}/{month:02}/{day:02}")
    }),
    noticeable("year first, with dots", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{year}.{month:02}.{day:02}")
    }),
    noticeable("day first, with hyphens", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{day:02}-{month:02}-{year}")
    }),
    noticeable("month first, with hyphens", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{month:02}-{day:02}-{year}")
    }),
    noticeable("day, month and year joined", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{day:02}{month:02}{year}")
    }),
    noticeable("English month, as Oracle writes it", DATE, |cell| {
        let Date { year, day, .. } = cell.date();
        format!("{day:02}-{}-{year}", english(cell).to_uppercase())
    }),
    noticeable("English month, as SQL Server writes it", DATE, |cell| {
        let Date { year, day, .. } = cell.date();
        format!("{} {day:>2} {year} 12:00AM", english(cell))
    }),
    noticeable("English month in full", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{} {day}, {year}", MONTHS[usize::from(month) - 1])
    }),
    noticeable("weekday and German month", DATE, |cell| {
        let date = cell.date();
        let weekday = date.serial().rem_euclid(7).unsigned_abs() as usize;
        let month = GERMAN_MONTHS[usize::from(date.month) - 1];
        format!("{}, {}. {month} {}", WEEKDAYS[weekday], date.day, date.year)
    }),
];

fn english(cell: &Cell<'_>) -> &'static str {
    &MONTHS[usize::from(cell.date().month) - 1][..3]
}

/// The value, and another value of the same person.
fn two(cell: &Cell<'_>, between: &str) -> String {
    let other = if cell.field == Field::Phone {
        format!("0201 {}", 200_000 + cell.drawn % 700_000)
    } else {
        let name = letters(&last_name(&mut seeded(cell.drawn, 1)));
        format!("{name}{}@firma.de", cell.drawn % 10_000)
    };
    format!("{}{between}{other}", cell.written)
}

/// Replaces the letters and digits in the third quarter of the text with the mask.
fn middle_masked(text: &str, mask: char) -> String {
    let length = text.chars().count();
    let middle = length / 2..length * 3 / 4;
    let masked = |(place, character): (usize, char)| {
        if middle.contains(&place) && character.is_alphanumeric() { mask } else { character }
    };
    text.chars().enumerate().map(masked).collect()
}

/// The first two characters, the domain, and a mask for the number of characters between.
fn masked(cell: &Cell<'_>, mask: impl Fn(usize) -> String) -> String {
    let (local, domain) = cell.written.split_once('@').unwrap_or((cell.written, ""));
    let shown: String = local.chars().take(2).collect();
    format!("{shown}{}@{domain}", mask(local.chars().count().saturating_sub(2)))
}
