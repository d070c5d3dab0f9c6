//! The smallest program: it indexes a leak and checks members against it.
//!
//! ```sh
//! cargo run --example minimal
//! ```

use leakdex::{Breach, IndexBuilder, Key, Record};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = Key::generate()?;
    let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    for leaked in [
        Record::new().kvnr("A123456780").email("m.muster at example.de"),
        Record::new().last_name("Özdemir").first_name("Ayşe").birth_date("9.11.1985"),
    ] {
        for problem in builder.add(&leaked)?.problems() {
            println!("not used: {}", problem.reason.explanation());
        }
    }
    let index = builder.build()?;

    for (name, member) in [
        ("Muster", Record::new().kvnr("A 123 456 780")),
        (
            "Oezdemir",
            Record::new().last_name("Oezdemir").first_name("Ayse").birth_date("1985-11-09"),
        ),
        ("Schmidt", Record::new().kvnr("B123456782")),
        ("Weber", Record::new().kvnr("4711")),
    ] {
        let verdict = index.check(&member);
        let strength = verdict.finding().map(|finding| finding.strength().slug());
        println!("{name}: {}, {}", verdict.slug(), strength.unwrap_or("nothing found"));
    }
    Ok(())
}
