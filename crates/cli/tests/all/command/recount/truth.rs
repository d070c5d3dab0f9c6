//! A leak and two member lists. The generator knows all their numbers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use leakdex_synthetic::numbers::kvnr;

use super::super::support::Site;

const HEADER: &str = "Mitglied;KVNR;E-Mail;Nachname;Vorname;Geburtsdatum;PLZ;Telefon\n";
const LEAKED: &str = "KVNR;E-Mail;Nachname;Vorname;Geburtsdatum;PLZ\n";

/// The number of families. A family has up to nine persons, one of each sort.
const FAMILIES: u32 = 60;

/// The numbers that a check must report.
#[derive(Default)]
pub struct Truth {
    /// The rows of both lists.
    pub rows: Vec<String>,
    pub states: BTreeMap<&'static str, u64>,
    pub by_strength: BTreeMap<String, u64>,
    /// The leaked rows that match persons who are confirmed or to be decided, with their classes.
    pub records: BTreeMap<String, BTreeSet<String>>,
    /// The number of these rows that confirm somebody.
    pub confirming: u64,
    /// Unaffected persons with a defective value.
    pub partial: u64,
    /// Unaffected persons who give a value of each kind that the leak has.
    pub whole: u64,
    /// Persons with a phone number. The leak has none.
    pub with_phone: u64,
    leak: Vec<String>,
    lists: [Vec<String>; 2],
}

const FIRST: &str = "Anna,Bernd,Clara,Dieter,Elke,Frank,Gisela,Holger,Inge,Jonas,Karin,Lukas,Marta,\
                     Norbert,Oskar,Paula,Quirin,Ralf,Sabine,Thomas,Ursula,Viktor,Wanda,Xenia,Yvonne,\
                     Zoltan,Amalie,Bodo,Corinna,Detlef,Emil,Friederike,Gerd,Hanna,Ilse,Julius,Kurt,\
                     Lydia,Moritz,Nele";

const SYLLABLES: [&str; 24] = [
    "bach", "ber", "dorf", "fels", "gar", "hau", "jan", "kel", "lin", "mark", "nord", "ost",
    "pfal", "quen", "rich", "schul", "tann", "ulm", "vog", "wein", "zim", "brau", "drey", "glas",
];

const HOSTS: [&str; 5] =
    ["example.de", "example.com", "example.org", "example.net", "post.example"];

/// Letters that represent a number. No two families have a name in common.
fn letters(number: u32) -> String {
    let places = [number * 5, number * 7 + 3, number * 11 + number / 24 + 9];
    places.map(|place| SYLLABLES[place as usize % SYLLABLES.len()]).concat()
}

fn address(name: &str, number: u32) -> String {
    format!("{name}.{number}@{}", HOSTS[number as usize % HOSTS.len()])
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// Names, date of birth and postcode of a person in a family. Twins have another first name. An index holds
/// only a few bits of a name, but these names are so different that the bits of twins differ, too.
fn person(family: u32, twin: u32) -> String {
    let names: Vec<&str> = FIRST.split(',').collect();
    let first = names[(family * 7 + twin * 17) as usize % names.len()];
    let last = capital(&letters(family));
    let (day, month, year) = (family * 5 % 28 + 1, family * 7 % 12 + 1, 1931 + family);
    format!("{last};{first};{day:02}.{month:02}.{year};{:05}", 10_117 + family * 1_013)
}

/// A person with a name, a date and a postcode that nobody in the leak has.
fn stranger(family: u32) -> String {
    let (day, month) = (family * 3 % 28 + 1, family * 5 % 12 + 1);
    let (last, first) = (capital(&letters(family + FAMILIES)), capital(&letters(family + 400)));
    format!("{last};{first};{day:02}.{month:02}.1925;{:05}", 10_118 + family * 1_013)
}

impl Truth {
    /// Writes `leak.csv`, `one.csv` and `two.csv`.
    pub fn write(site: &Site) -> Self {
        let mut truth = Self::default();
        (0..FAMILIES).for_each(|family| truth.add_family(family));
        let text = |header: &str, rows: &[String]| {
            let mut text = header.to_owned();
            rows.iter().for_each(|row| writeln!(text, "{row}").expect("to memory"));
            text
        };
        site.write("leak.csv", text(LEAKED, &truth.leak));
        site.write("one.csv", text(HEADER, &truth.lists[0]));
        site.write("two.csv", text(HEADER, &truth.lists[1]));
        truth.rows = truth.lists.concat();
        truth
    }

    fn add_member(&mut self, list: usize, reference: &str, cells: &str, phone: &str) {
        self.lists[list].push(format!("{reference};{cells};{phone}"));
    }

    fn count_person(&mut self, state: &'static str, strength: Option<&str>) {
        *self.states.entry(state).or_default() += 1;
        if let Some(strength) = strength {
            *self.by_strength.entry(strength.to_owned()).or_default() += 1;
        }
    }

    fn add_leaked(&mut self, row: &str, classes: &[&str], confirms: bool) {
        self.leak.push(row.to_owned());
        let classes = classes.iter().map(|class| (*class).to_owned()).collect();
        self.records.insert(row.to_owned(), classes);
        self.confirming += u64::from(confirms);
    }

    fn add_family(&mut self, family: u32) {
        let number = |sort: u32| kvnr(family * 20 + sort);
        let phone = |sort: u32| format!("0221 47{:06}", family * 1_731 + sort * 7);
        let reference = |sort: u32| format!("M{:05}", family * 20 + sort);
        let insured = "health-insurance-information";

        // Found by insured number. In both lists, with two or three leaked rows, one of them repeated.
        let leaked = number(0);
        self.add_leaked(&format!("{leaked};;;;;"), &[insured], true);
        let with_address = format!("{leaked};{};;;;", address(&letters(family + 7), family + 300));
        self.add_leaked(&with_address, &[insured, "email-addresses"], true);
        self.leak.push(with_address);
        if family.is_multiple_of(2) {
            let with_place = format!("{leaked};;;;;{:05}", 20_097 + family);
            self.add_leaked(&with_place, &[insured, "physical-addresses"], true);
        }
        self.add_member(0, &reference(0), &format!("{leaked};;;;;"), &phone(0));
        self.add_member(1, &reference(0), &format!("{};;;;;", spaced(&leaked)), "");
        self.count_person("confirmed", Some("certain"));
        self.with_phone += 1;

        // Two persons found by a shared address, one of them without a reference.
        let shared = address(&letters(family + 11), family + 100);
        self.add_leaked(&format!(";{shared};;;;"), &["email-addresses"], true);
        self.add_member(0, &reference(1), &format!(";{};;;;", shared.to_uppercase()), "");
        self.add_member(1, "", &format!("{};{shared};;;;", number(2)), "");
        self.count_person("confirmed", Some("strong"));
        self.count_person("confirmed", Some("strong"));

        // Found by name, with a twin in the other list. In every third family, the twin alone.
        let (sibling, twin) = (person(family, 0), person(family, 1));
        let sibling_is_member = !family.is_multiple_of(3);
        let classes = ["names", "dates-of-birth", "physical-addresses"];
        self.add_leaked(&format!(";;{sibling}"), &classes, sibling_is_member);
        if sibling_is_member {
            self.add_member(0, &reference(3), &format!("{};;{sibling}", number(3)), "");
            self.count_person("confirmed", Some("probable"));
        }
        self.add_member(1, &reference(4), &format!("{};;{twin}", number(4)), &phone(4));
        self.count_person("to_decide", Some("candidate"));
        self.with_phone += 1;

        // Not in the leak: in both lists, with a defective row in the other list, and without a reference.
        self.add_member(0, &reference(5), &format!("{};;;;;", number(5)), &phone(5));
        self.add_member(1, &reference(5), &format!("{};;;;;", number(5)), &phone(5));
        self.count_person("not_affected", None);
        self.with_phone += 1;
        if family.is_multiple_of(6) {
            self.add_member(0, &reference(6), &format!("{};;;;;", number(6)), "");
            self.add_member(1, &reference(6), &format!("{};keine Angabe.de;;;;", number(6)), "");
            self.count_person("not_affected", None);
            self.partial += 1;
        }
        self.add_member(0, "", &format!("{};;;;;", number(7)), "");
        self.count_person("not_affected", None);

        // Not in the leak, and everything that the leak has could be checked.
        if family.is_multiple_of(4) {
            let stranger = stranger(family);
            let cells =
                format!("{};{};{stranger}", number(9), address(&letters(family), family + 200));
            self.add_member(1, &reference(9), &cells, &phone(9));
            self.count_person("not_affected", None);
            self.with_phone += 1;
            self.whole += 1;
        }

        // Nothing can be checked.
        if family.is_multiple_of(5) {
            self.add_member(0, &reference(8), ";;;;;", &phone(8));
            self.count_person("open", None);
            self.with_phone += 1;
        }
    }
}

fn spaced(number: &str) -> String {
    format!("{} {} {}", &number[..1], &number[1..4], &number[4..])
}
