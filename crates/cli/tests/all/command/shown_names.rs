//! No message and no result shows a person's value as if it were the name of a column.

#[path = "../../../../input/tests/all/shown_names/files.rs"]
mod files;

use std::collections::HashSet;

use leakdex_synthetic::population;

use self::files::{Person, files};
use super::support::{Run, Site};

/// Words that are usual in headers. Some are also names of persons.
const WORDS: &str = include_str!("../../../../input/data/words.csv");

/// Invented people, starting at this number. Some have rare names.
fn people(first: u32, count: u32) -> Vec<Person> {
    let person = |number: u32| {
        let person = population::person(number);
        // Surnames stand in for values that the generator does not have.
        let other = |step: u32| population::person(number + step * 1_000_000).last_name;
        let (year, month, day) = (person.birth_date.year, number % 12 + 1, number % 28 + 1);
        Person {
            town: other(1),
            diagnosis: format!("Morbus {}", other(2)),
            email: format!("{}@{}.example", person.last_name, other(3)).to_lowercase(),
            postal_code: format!("{:05}", person.postal_code),
            birth_date: format!("{day:02}.{month:02}.{year}"),
            kvnr: person.kvnr,
            first_name: person.first_name,
            last_name: person.last_name,
        }
    };
    (first..first + count).map(person).collect()
}

#[test]
fn no_command_shows_a_person_for_any_kind_of_file() {
    let site = Site::with_index();
    let usual: HashSet<String> = WORDS.split([',', ' ', '\n']).map(str::to_owned).collect();
    for (number, (ending, _)) in files(&people(0, 1)).iter().enumerate() {
        let first = u32::try_from(number).expect("few files") * 1000;
        let people = people(first, 12);
        let (_, text) = files(&people).swap_remove(number);
        let name = format!("f{number}.{ending}");
        site.write(&name, text);
        let outputs = "--summary s --rejects r --report p.md --report p.json";
        let runs: Vec<Run> = [
            format!("check --leak {name} {outputs} members.csv"),
            format!("check --leak leak.csv {outputs} {name}"),
            format!("check --explain --leak {name} members.csv"),
            format!("build --key key --output i.leakdex --rejects r {name}"),
            format!("merge --key key --output m.leakdex --without {name} leak.leakdex"),
        ]
        .iter()
        .map(|arguments| site.run(arguments))
        .collect();
        let mut shown: String = runs.iter().map(|run| run.stderr.clone() + &run.stdout).collect();
        for result in ["s", "r", "p.md", "p.json"].iter().filter(|result| site.exists(result)) {
            shown += &site.read(result);
            site.remove(result);
        }
        let shown: HashSet<&str> = shown.split(|letter: char| !letter.is_alphanumeric()).collect();
        for word in people.iter().flat_map(Person::words) {
            let is_usual = usual.contains(&word.to_lowercase()) || word == "Morbus";
            assert!(is_usual || !shown.contains(word), "{name}: {word}: {runs:?}");
        }
    }
}
