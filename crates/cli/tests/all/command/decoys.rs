//! Decoys measure how many matches of a run are accidental.

use std::fmt::Write as _;

use leakdex_synthetic::{
    date::Date,
    population::{self, Inhabitant},
};
use serde_json::Value;

use super::support::{Site, signs};

const HEADER: &str = "Mitglied;Nachname;Vorname;Geburtsdatum;PLZ\n";

/// People with realistic names, dates of birth and postcodes.
fn people(numbers: impl Iterator<Item = u32>) -> String {
    list(numbers.map(population::person))
}

/// People with few names and postcodes, born in one year. A short list of them has as many accidental
/// matches as a long list of ordinary people.
fn similar_people(numbers: impl Iterator<Item = u32>) -> String {
    const LAST_NAMES: [&str; 4] = ["Müller", "Schmidt", "Weber", "Fischer"];
    const FIRST_NAMES: [&str; 23] = [
        "Anna", "Brigitte", "Claudia", "Dirk", "Elke", "Frank", "Gisela", "Heike", "Ingo", "Jens",
        "Karin", "Lars", "Monika", "Norbert", "Olga", "Peter", "Ralf", "Stefan", "Thomas", "Uwe",
        "Veronika", "Wolfgang", "Yvonne",
    ];
    const POSTCODES: u32 = 17;
    list(numbers.map(|number| {
        let mut person = population::person(number);
        LAST_NAMES[number as usize * 7 / 3 % LAST_NAMES.len()].clone_into(&mut person.last_name);
        // The period of first names has no common divisor with the periods of last names and postcodes.
        let first_name = FIRST_NAMES[number as usize / 7 % FIRST_NAMES.len()];
        first_name.clone_into(&mut person.first_name);
        // The postcodes differ from each other in several digits.
        person.postal_code = 10_115 + number % POSTCODES * 4_219;
        person.birth_date.year = 1970;
        person
    }))
}

fn list(people: impl Iterator<Item = Inhabitant>) -> String {
    let mut file = HEADER.to_owned();
    for (number, person) in people.enumerate() {
        let Inhabitant { first_name, last_name, birth_date, postal_code, .. } = person;
        let Date { year, month, day } = birth_date;
        writeln!(
            file,
            "m{number};{last_name};{first_name};{day:02}.{month:02}.{year};{postal_code:05}"
        )
        .expect("a String takes all");
    }
    file
}

/// A folder with members and a leak.
fn site(members: &str, leak: &str) -> Site {
    let site = Site::new();
    site.write("members.csv", members);
    site.write("leak.csv", leak);
    site
}

fn accidents(site: &Site, strength: &str) -> Value {
    site.json("s.json")["coincidences"]["by_strength"][strength].clone()
}

const CHECK: &str = "check --leak leak.csv --output f.csv --summary s.json";

#[test]
fn decoys_measure_the_accidents_among_strangers() {
    let site = site(&similar_people(0..8_000), &similar_people(5_000_000..5_001_500));
    site.run(&format!("{CHECK} members.csv")).expect(0).says("accidents");
    // Nobody is in the leak, so each match is accidental.
    for strength in ["probable", "candidate"] {
        let counts = accidents(&site, strength);
        let number = |name: &str| counts[name].as_f64().expect(name);
        let found = number("matches") - number("not_measurable");
        assert!(found >= 20.0, "{counts}");
        // There are about 30 matches, and the decoys differ from run to run. So both numbers vary by chance.
        assert!((found / 2.0..found * 2.0).contains(&number("expected")), "{counts}");
        assert!(number("low") < number("expected") && number("expected") < number("high"));
    }
}

#[test]
fn decoys_of_members_who_are_in_the_leak_find_almost_nothing() {
    let leaked = people(0..1_000);
    let site = site(&people(0..2_000), &leaked);
    site.run(&format!("{CHECK} members.csv")).expect(0);
    for strength in ["probable", "candidate"] {
        let counts = accidents(&site, strength);
        assert!(counts["high"].as_f64().expect("decoys were asked") < 15.0, "{counts}");
        assert_eq!(counts["is_above_limit"], false);
    }
    assert!(accidents(&site, "probable")["matches"].as_u64().expect("a number") >= 990);
}

#[test]
fn decoys_change_only_the_accident_figures() {
    let site = site(&similar_people(0..500), &similar_people(300..1_000));
    site.run(&format!("{CHECK} members.csv")).expect(0);
    let (findings, mut with) = (site.read("f.csv"), site.json("s.json"));
    site.run(&format!("{CHECK} members.csv --no-decoys")).expect(0);
    let mut without = site.json("s.json");
    assert_eq!(site.read("f.csv"), findings);
    assert!(without["coincidences"].is_null());
    without["coincidences"] = with["coincidences"].clone();
    with["caveats"]
        .as_array_mut()
        .expect("a list")
        .retain(|caveat| !caveat["sign"].as_str().expect("a sign").starts_with("accidental-"));
    assert_eq!(without, with);
}

#[test]
fn decoy_counts_do_not_depend_on_threads_or_row_order() {
    let members = similar_people(0..1_500);
    let site = site(&members, &similar_people(1_400..3_000));
    site.run("keygen key").expect(0);
    site.run("build --key key --output i --name b leak.csv").expect(0);
    let coincidences = |options: &str, members: &str| {
        let check = "check --key key --index i --output f.csv --summary s.json --threads";
        site.run(&format!("{check} {options} {members}")).expect(0);
        site.json("s.json")["coincidences"].clone()
    };
    let one = coincidences("1", "members.csv");
    assert!(one["asked"].as_u64() > Some(8_000), "{one}");
    assert!(one["matched_by_kind"]["name-birthday"].as_u64() > Some(0), "{one}");
    assert_eq!(coincidences("4", "members.csv"), one);
    let mut rows: Vec<&str> = members.lines().skip(1).collect();
    rows.reverse();
    site.write("reversed.csv", format!("{HEADER}{}\n", rows.join("\n")));
    assert_eq!(coincidences("2", "reversed.csv"), one);
    let (first, second) = rows.split_at(600);
    site.write("first.csv", format!("{HEADER}{}\n", first.join("\n")));
    site.write("second.csv", format!("{HEADER}{}\n", second.join("\n")));
    assert_eq!(coincidences("2", "first.csv second.csv"), one);
}

#[test]
fn without_dates_accidents_are_not_measurable() {
    let without_dates = |file: String| {
        let rows = file.lines().map(|row| {
            let cells: Vec<&str> = row.split(';').collect();
            [cells[0], cells[1], cells[2], cells[4]].join(";")
        });
        rows.collect::<Vec<_>>().join("\n")
    };
    let leak = without_dates(people(0..100));
    let site = site(&without_dates(people(50..200)), &leak);
    let run = site.run(&format!("{CHECK} members.csv --report r.md --lang en")).expect(0);
    run.says("not measurable");
    let counts = accidents(&site, "candidate");
    assert!(counts["low"].is_null() && counts["expected"].is_null(), "{counts}");
    assert_eq!(counts["not_measurable"], counts["matches"]);
    assert!(site.read("r.md").contains("Nothing could be measured"));
}

/// People with the same name and these birthdays. Only the postcode distinguishes them from others.
pub fn namesakes(postcode: &str, birthdays: impl Iterator<Item = u32>) -> String {
    let rows = birthdays.map(|day| {
        let (year, month) = (1940 + day % 2, 1 + day / 28 % 12);
        format!("m{day};Müller;Anna;{:02}.{month:02}.{year};{postcode}\n", 1 + day % 28)
    });
    format!("{HEADER}{}", rows.collect::<String>())
}

#[test]
fn too_many_accidental_matches_of_a_strength_hold_back_its_letters() {
    // Most birthdays leaked, so every third decoy matches. The postcodes have two swapped digits: close
    // enough for a match, while names and postcode alone find nobody.
    let leaked = (0..336).filter(|day| day % 3 > 0);
    let site = site(&namesakes("20195", 0..336), &namesakes("21095", leaked));
    let letters = format!("{CHECK} --letters letters --draft --report r.html members.csv");
    let run = site.run(&letters).expect(0).says("expected to be accidents");
    run.says("held back");
    let summary = site.json("s.json");
    assert!(signs(&summary).contains(&"accidental-probable"), "{:?}", signs(&summary));
    assert_eq!(summary["letters"]["written"], 0);
    assert!(summary["letters"]["held_back"].as_u64() > Some(100));
    assert_eq!(site.read("letters/index.csv").lines().count(), 1);

    site.run(&format!("{CHECK} --letters all --draft --letters-despite-accidents members.csv"))
        .expect(0);
    let written = site.json("s.json")["letters"]["written"].as_u64().expect("a number");
    assert_eq!(site.read("all/index.csv").lines().count() as u64, written + 1);
    assert!(written > 100);

    site.run(&format!("{CHECK} --no-decoys --letters none --draft members.csv")).expect(0);
    assert_eq!(site.json("s.json")["letters"]["held_back"], 0);
    site.run("check --leak leak.csv --letters-despite-accidents members.csv").expect(2);
}
