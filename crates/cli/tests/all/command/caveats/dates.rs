//! Caveats of dates of birth.

use std::fmt::Write as _;

use super::{super::support::Site, Person, caveats, printed_caveats};

/// A list of names and dates of birth only, so nobody is found without the date.
fn dated(numbers: impl Iterator<Item = u32>, date: impl Fn(u32) -> String) -> String {
    let mut text = String::from("Nachname;Vorname;Geburtsdatum\n");
    for number in numbers {
        let Person { last_name, first_name, .. } = Person::of(number);
        writeln!(text, "{last_name};{first_name};{}", date(number)).expect("to memory");
    }
    text
}

#[test]
fn an_unproven_date_order_is_a_caveat_until_it_is_set() {
    let site = Site::new();
    let (day, month) = (|number: u32| 1 + number * 5 % 12, |number: u32| 1 + number * 7 % 12);
    let slashes = |number: u32| format!("{}/{}/1970", month(number), day(number));
    let iso = |number: u32| format!("1970-{:02}-{:02}", month(number), day(number));
    site.write("leak.csv", dated(0..20, slashes));
    site.write("m.csv", dated(0..60, iso));
    let check = "check --leak leak.csv --output f --summary s";
    let run = site.run(&format!("{check} m.csv")).expect(0);
    let line = "caveat: leak.csv, 'Geburtsdatum' (birth-date): The dates do not show which number is the \
                day and which is the month.";
    assert!(
        printed_caveats(&run).iter().any(|printed| printed.starts_with(line)),
        "{}",
        run.stderr
    );
    let summary = site.json("s");
    assert!(summary["not_affected"].as_u64() > Some(40), "some were read in the wrong order");
    assert_eq!(summary["partially_checked"], summary["not_affected"]);
    site.run(&format!("{check} m.csv --strict")).expect(3);
    site.run(&format!("{check} m.csv --date-order month-first --strict")).expect(3);
    assert_eq!(site.json("s")["affected"], 20);
    let signs = site.json("s");
    let unproven = |item: &[&str; 3]| item[2] == "unproven-date-order";
    assert!(!caveats(&signs).iter().any(unproven), "{:?}", caveats(&signs));
    // The same for a member list.
    site.write("m.csv", dated(0..20, slashes));
    site.write("leak.csv", dated(0..20, iso));
    site.run(&format!("{check} m.csv")).expect(0);
    let summary = site.json("s");
    // Some are found with day and month swapped.
    let signs = ["unproven-date-order", "shifted-dates"];
    assert_eq!(caveats(&summary), signs.map(|sign| ["m.csv", "Geburtsdatum", sign]));
    assert_eq!(summary["partially_checked"], summary["not_affected"]);
}

#[test]
fn dates_that_are_off_by_a_day_on_one_side_are_a_caveat() {
    let site = Site::new();
    let date = |number: u32, day: u32| {
        let day = 1 + number * 5 % 27 + day;
        format!("{}-{:02}-{day:02}", 1940 + number % 60, 1 + number * 7 % 12)
    };
    site.write("leak.csv", dated(0..300, |number| date(number, 0)));
    site.write("sound.csv", dated(200..800, |number| date(number, 0)));
    // In one of four rows.
    site.write("m.csv", dated(200..800, |number| date(number, u32::from(number % 4 == 0))));
    let check = "check --leak leak.csv --output f --summary s";
    assert_eq!(printed_caveats(&site.run(&format!("{check} sound.csv")).expect(0)), [""; 0]);
    let run = site.run(&format!("{check} m.csv")).expect(0);
    let line = "caveat: m.csv, 'Geburtsdatum' (birth-date): More members are found if their dates are \
                all changed in the same way, for example by a day. 25 of 525, 4.8 %: look at how both \
                files write dates.";
    assert_eq!(printed_caveats(&run), [line]);
    let summary = site.json("s");
    assert_eq!(caveats(&summary), [["m.csv", "Geburtsdatum", "shifted-dates"]]);
    assert_eq!(summary["not_affected"], 525);
    assert_eq!(summary["partially_checked"], 525);
}
