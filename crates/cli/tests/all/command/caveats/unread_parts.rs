//! Dates of birth, names and postcodes in columns that are not read. Other match keys were checked, but only these
//! columns find people who have moved or married since.

use std::fmt::Write as _;

use super::{
    super::support::{Site, columns},
    Person, caveats,
};

fn site() -> Site {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site
}

/// Two hundred rows. `cells` gives the cells of a person.
fn list(header: &str, cells: impl Fn(&Person) -> String) -> String {
    let mut text = format!("{header}\n");
    for number in 0..200 {
        let person = Person::of(number);
        writeln!(text, "{}", cells(&person)).expect("to memory");
    }
    text
}

/// A member list in which everybody has another postcode than in the leak.
fn members() -> String {
    list("Mitglied;Nachname;Vorname;Geburtsdatum;PLZ", |person| {
        let Person { number, last_name, first_name, birth_date, .. } = person;
        format!("m{number};{last_name};{first_name};{birth_date};{:05}", 60_000 + number * 7)
    })
}

/// Gives the cells of a person.
type Cell = fn(&Person) -> String;

/// Day, month and year of birth.
fn date(person: &Person) -> [&str; 3] {
    let date = &person.birth_date;
    [&date[..2], &date[3..5], &date[6..]]
}

fn postcode(person: &Person) -> u32 {
    10_000 + person.number * 11
}

/// Checks `members.csv`, and requires that nobody is found and nobody has a whole all-clear. Returns the gaps.
fn gaps(site: &Site, leak: &str) -> Vec<String> {
    site.run(&format!("build --key key --output i.leakdex --name x {leak}")).expect(0);
    site.run("check --key key --index i.leakdex members.csv --all --output f --summary s")
        .expect(0);
    let summary = site.json("s");
    assert_eq!(summary["not_affected"], 200, "{leak}");
    assert_eq!(summary["partially_checked"], 200, "{leak}");
    columns(&site.read("f"), ["gaps"]).concat()
}

#[test]
fn an_unread_column_of_the_leak_with_part_of_a_match_key_is_a_gap() {
    let site = site();
    site.write("members.csv", members());
    let whole = |person: &Person, date: String| {
        let Person { last_name, first_name, .. } = person;
        format!("{last_name};{first_name};{date};{}", postcode(person))
    };
    let dated: [(&str, Cell); 5] = [
        ("Datum", |person| person.birth_date.clone()),
        ("birth", |person| date(person).into_iter().rev().collect::<Vec<_>>().join("-")),
        ("Tag;Monat;Jahr", |person| date(person).join(";")),
        ("geb_tag;geb_jahr", |person| format!("{};{}", date(person)[0], date(person)[2])),
        // Days since 1900, as in spreadsheets.
        ("Feld 7", |person| (15_000 + person.number * 97).to_string()),
    ];
    for (header, cell) in dated {
        let header = format!("Nachname;Vorname;{header};PLZ");
        site.write("leak.csv", list(&header, |person| whole(person, cell(person))));
        let gaps = gaps(&site, "leak.csv");
        let other = gaps.iter().find(|gaps| !gaps.starts_with("field-not-compared:birth-date"));
        assert_eq!(other, None, "{header}");
    }
    let row = |person: &Person| {
        let Person { last_name, first_name, birth_date, .. } = person;
        format!("{first_name};{birth_date};{};{last_name}", postcode(person))
    };
    site.write("leak.csv", list("Vorname;Geburtsdatum;PLZ;soyadi", row));
    let gaps = gaps(&site, "leak.csv");
    let other = gaps.iter().find(|gaps| !gaps.starts_with("field-not-compared:last-name"));
    assert_eq!(other, None);
}

#[test]
fn dates_of_other_events_are_no_gap() {
    let site = site();
    site.write("members.csv", members());
    for (header, cell) in [
        ("Vertragsbeginn", "2019-03-01"),
        ("created_at", "2019-03-01 10:00:00"),
        ("last_login", "1551434400"),
        ("Beitrag", "19,95"),
        ("aktiv", "1"),
    ] {
        let row = |person: &Person| {
            let Person { last_name, first_name, .. } = person;
            format!("{last_name};{first_name};{};{cell}", postcode(person))
        };
        site.write("leak.csv", list(&format!("Nachname;Vorname;PLZ;{header}"), row));
        let check = "check --leak leak.csv members.csv --output f --summary s";
        site.run(check).expect(0);
        let summary = site.json("s");
        assert_eq!(summary["not_affected"], 200, "{header}");
        assert_eq!(summary["partially_checked"], 0, "{header}");
    }
}

#[test]
fn a_possible_date_or_an_address_is_no_caveat_for_members_without_names() {
    let site = site();
    let named = |person: &Person, more: &str| {
        format!("{};{};{};{more}", person.email, person.last_name, person.first_name)
    };
    for (header, more) in [("Artikel", "18274"), ("email_frequency", "weekly")] {
        let header = format!("E-Mail;Nachname;Vorname;{header}");
        site.write("leak.csv", list(&header, |person| named(person, more)));
        let other = |person: &Person| Person::of(person.number + 5_000);
        let member = |person: &Person| format!("m{};{}", person.number, other(person).email);
        site.write("members.csv", list("Mitglied;E-Mail", member));
        site.run("check --leak leak.csv members.csv --output f --summary s").expect(0);
        assert_eq!(site.json("s")["partially_checked"], 0, "{header}");
    }
}

#[test]
fn an_unread_column_with_part_of_a_match_key_is_a_caveat() {
    let site = site();
    let row = |person: &Person| {
        let Person { last_name, first_name, birth_date, .. } = person;
        format!("{last_name};{first_name};{birth_date};{}", postcode(person))
    };
    site.write("leak.csv", list("Nachname;Vorname;Geburtsdatum;PLZ", row));
    let moved = |person: &Person| format!("{:05}", 60_000 + person.number * 7);
    let split = |person: &Person| {
        let Person { number, last_name, first_name, birth_date, .. } = person;
        format!(
            "m{number};{last_name};{first_name};{};{}",
            birth_date.replace('.', ";"),
            moved(person)
        )
    };
    site.write("members.csv", list("Mitglied;Nachname;Vorname;Tag;Monat;Jahr;PLZ", split));
    gaps(&site, "leak.csv");
    assert_eq!(caveats(&site.json("s")), [["members.csv", "Jahr", "unused-column"]]);
    // Everybody married.
    let address = |person: &Person| {
        let Person { number, first_name, birth_date, .. } = person;
        let name = Person::of(number + 5_000).last_name;
        format!("m{number};{name};{first_name};{birth_date};Weg 3, {} Essen", postcode(person))
    };
    site.write("members.csv", list("Mitglied;Nachname;Vorname;Geburtsdatum;Anschrift", address));
    gaps(&site, "leak.csv");
    assert_eq!(caveats(&site.json("s")), [["members.csv", "Anschrift", "unused-column"]]);
    // The second file of the leak has its dates under another name. The first one has other people.
    let other = |person: &Person| row(&Person::of(person.number + 9_000));
    site.write("first.csv", list("Nachname;Vorname;Geburtsdatum;PLZ", other));
    site.write("second.csv", list("Nachname;Vorname;Datum;PLZ", row));
    site.write("members.csv", members());
    gaps(&site, "first.csv second.csv");
    let summary = site.json("s");
    assert!(caveats(&summary).contains(&["i.leakdex", "", "unused-column"]), "{summary}");
}
