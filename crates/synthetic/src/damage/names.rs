//! Names as people and offices write them: with salutations, titles, former names and second persons.

use leakdex::Field;

use super::{Cell, Damage, NAMES, harmless, noticeable};
use crate::{
    population::{first_name, last_name},
    random::seeded,
};

const WITH_LAST: &[Field] = &[Field::LastName, Field::Name];
const BOTH: &[Field] = &[Field::Name];

const DEGREES: [&str; 12] = [
    "M.Sc.",
    "B.A.",
    "Ph.D.",
    "LL.M.",
    "B.Eng.",
    "Dipl.-Kfm.",
    "Dr. agr.",
    "Dr. h.c.",
    "Priv.-Doz.",
    "MMag.",
    "apl. Prof.",
    "Diplom-Kauffrau",
];
/// Rare titles and ranks.
const OFFICES: [&str; 8] = [
    "Oberstudienrat",
    "Regierungsdirektorin",
    "Pfarrer",
    "Studiendirektor",
    "Oberst",
    "Kommerzialrat",
    "Amtsrätin",
    "Hofrat",
];
const GENERATIONS: [&str; 6] = ["jun.", "sen.", "Jr.", "sr.", "III", "d. Ä."];
const COMPANIES: [&str; 6] = ["GmbH", "AG", "e.V.", "OHG", "GmbH & Co. KG", "UG"];
const FORMER: [&str; 6] = ["verw.", "gesch.", "geborene", "née", "vorm.", "früher"];
const RANKS: [&str; 4] = ["von", "Freiherr von", "von und zu", "Graf von der"];

pub(super) const DAMAGES: &[Damage] = &[
    noticeable("salutation at the start, abbreviated", NAMES, |cell| {
        format!("{} {}", ["Hr.", "Fr."][cell.row % 2], cell.written)
    }),
    noticeable("salutation at the start, English", NAMES, |cell| {
        format!("{} {}", ["Mr.", "Mrs.", "Ms."][cell.row % 3], cell.written)
    }),
    noticeable("salutation and title at the start", NAMES, |cell| {
        format!("{} Dr. {}", ["Herr", "Frau"][cell.row % 2], cell.written)
    }),
    noticeable("salutation at the end", NAMES, |cell| {
        format!("{}, {}", cell.written, ["Herr", "Frau"][cell.row % 2])
    }),
    noticeable("salutation in parentheses at the end", NAMES, |cell| {
        format!("{} ({})", cell.written, ["Herr", "Frau"][cell.row % 2])
    }),
    noticeable("degree at the start", NAMES, |cell| format!("M.Sc. {}", cell.written)),
    noticeable("one of many degrees at the start", NAMES, |cell| {
        format!("{} {}", one_of(&DEGREES, cell), cell.written)
    }),
    noticeable("degree at the end", NAMES, |cell| format!("{}, M.Sc.", cell.written)),
    noticeable("one of many degrees at the end", NAMES, |cell| {
        format!("{} {}", cell.written, one_of(&DEGREES, cell))
    }),
    noticeable("office at the start", NAMES, |cell| format!("Oberstudienrat {}", cell.written)),
    noticeable("one of many offices at the start", NAMES, |cell| {
        format!("{} {}", one_of(&OFFICES, cell), cell.written)
    }),
    noticeable("birth name at the end", WITH_LAST, |cell| {
        after_last_name(cell, &format!(" geb. {}", other_last_name(cell)))
    }),
    noticeable("birth name in parentheses at the end", WITH_LAST, |cell| {
        after_last_name(cell, &format!(" (geb. {})", other_last_name(cell)))
    }),
    noticeable("birth name after a comma", WITH_LAST, |cell| {
        format!("{}, geb. {}", cell.written, other_last_name(cell))
    }),
    noticeable("former name at the end", WITH_LAST, |cell| {
        after_last_name(cell, &format!(" {} {}", one_of(&FORMER, cell), other_last_name(cell)))
    }),
    noticeable("generation at the end", WITH_LAST, |cell| {
        after_last_name(cell, &format!(" {}", one_of(&GENERATIONS, cell)))
    }),
    noticeable("company at the end", WITH_LAST, |cell| {
        format!("{} {}", cell.written, one_of(&COMPANIES, cell))
    }),
    noticeable("two people", NAMES, |cell| two_people(cell, "und")),
    noticeable("two people with a sign between", NAMES, |cell| two_people(cell, "&")),
    noticeable("rank in display order", BOTH, |cell| {
        let person = &cell.subject.person;
        format!("{} {} {}", person.first_name, one_of(&RANKS, cell), person.last_name)
    }),
    noticeable("noble name in display order", BOTH, |cell| {
        let person = &cell.subject.person;
        format!("{} Freiherr von {} vor der Isar", person.first_name, person.last_name)
    }),
    harmless("hyphens left out", &[Field::FirstName], |cell| {
        let mut names = cell.written.split('-');
        let first = names.next().unwrap_or_default().to_owned();
        names.fold(first, |joined, name| joined + &name.to_lowercase())
    }),
];

fn one_of<'a>(list: &[&'a str], cell: &Cell<'_>) -> &'a str {
    let place = usize::try_from(cell.drawn % 1_000).expect("it is small");
    list[place % list.len()]
}

fn other_last_name(cell: &Cell<'_>) -> String {
    last_name(&mut seeded(cell.drawn, 1))
}

/// Inserts a text after the last name. If the cell has both names as `Last, First`, that is before the
/// comma.
fn after_last_name(cell: &Cell<'_>, suffix: &str) -> String {
    match cell.written.split_once(',') {
        Some((last, first)) => format!("{last}{suffix},{first}"),
        None => format!("{}{suffix}", cell.written),
    }
}

/// `Hans und Eva Müller`, `Müller, Hans und Eva`, `Hans und Eva`, `Müller und Schmidt`.
fn two_people(cell: &Cell<'_>, and: &str) -> String {
    let person = &cell.subject.person;
    let (first, last) = (&person.first_name, &person.last_name);
    let partner = first_name(person.birth_date.year, &mut seeded(cell.drawn, 1));
    match cell.field {
        Field::LastName => format!("{} {and} {}", cell.written, other_last_name(cell)),
        Field::Name if !cell.style.is_last_first => format!("{first} {and} {partner} {last}"),
        _ => format!("{} {and} {partner}", cell.written),
    }
}
