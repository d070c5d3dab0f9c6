//! No message shows a person's value, for any input.

mod files;

use std::{fmt::Write as _, fs, path::Path};

use leakdex_input::{Input, InputError, Options, UnusedCounts};
use proptest::prelude::*;

use files::{Person, files};

/// All messages about an input.
fn messages(path: &Path, options: &Options) -> String {
    let mut text = String::new();
    if let Err(error) = write_messages(path, options, &mut text) {
        write!(text, "{error}\n{error:?}").expect("to memory");
    }
    // The folder has a random name.
    text.replace(&path.display().to_string(), "")
}

fn write_messages(path: &Path, options: &Options, text: &mut String) -> Result<(), InputError> {
    let mut input = Input::open(path, options)?;
    let (layout, mut counts) = (input.layout(), UnusedCounts::default());
    while let Some(block) = input.next_block()? {
        let mut block_counts = UnusedCounts::default();
        layout.rows_and_unused(&block, &mut block_counts, |rows| {
            for number in 0..rows.columns().columns().len() {
                let header = rows.header(number);
                write!(text, "{header} {header:?} ").expect("to memory");
            }
            write!(text, "{rows:?}").expect("to memory");
        });
        counts.merge(block_counts);
    }
    let lines = [input.describe(), input.notes(), &input.account(options)].concat();
    let classes: Vec<_> = input.class_columns().collect();
    write!(
        text,
        "{} {:?} {:?} {classes:?} {layout:?}",
        lines.join("\n"),
        layout.unused_columns(&counts),
        input.date_columns().iter().map(|column| &column.header).collect::<Vec<_>>(),
    )
    .expect("to memory");
    write!(text, "{}", serde_json::to_string(&counts).expect("JSON")).expect("to memory");
    Ok(())
}

fn person() -> impl Strategy<Value = Person> {
    let name = || "[A-ZÄÖ][a-zäöü]{6,11}";
    let numbers = (1_u32..28, 1_u32..13, 1920_u32..2010, 10_000_u32..99_999, 0_u64..1_000_000_000);
    (name(), name(), name(), name(), name(), numbers).prop_map(
        |(
            first_name,
            last_name,
            town,
            diagnosis,
            domain,
            (day, month, year, postal_code, kvnr),
        )| {
            Person {
                email: format!("{first_name}.{last_name}@{domain}.example").to_lowercase(),
                diagnosis: format!("Morbus {diagnosis}"),
                postal_code: postal_code.to_string(),
                birth_date: format!("{day:02}.{month:02}.{year}"),
                kvnr: format!("A{kvnr:09}"),
                first_name,
                last_name,
                town,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn no_message_about_an_input_has_a_value_of_it(
        people in prop::collection::vec(person(), 1..12),
    ) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (number, (ending, text)) in files(&people).into_iter().enumerate() {
            for ending in [ending, "", "csv", "jsonl"] {
                let path = folder.path().join(format!("f.{ending}"));
                fs::write(&path, &text).expect("written");
                for header in [true, false] {
                    let description = messages(&path, &Options { header, ..Options::default() });
                    for word in people.iter().flat_map(Person::words) {
                        // These words are the same in all diagnoses and addresses.
                        let is_usual = ["Morbus", "example"].contains(&word);
                        prop_assert!(is_usual || !description.contains(word), "{number} {ending}: {word}: {description}");
                    }
                }
            }
        }
    }
}
