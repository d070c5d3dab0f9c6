//! A batch job with the library: it reads records from any iterator on both sides, in bounded memory.
//!
//! ```sh
//! cargo run --release --example batch -- 1000000
//! ```
//!
//! builds an index of made-up leaked records, checks a million made-up members against it, and counts the
//! verdicts.

use std::{collections::BTreeMap, env, error::Error};

use leakdex::{Breach, Index, IndexBuilder, Key, Record, Verdict};

/// The number of records in memory at a time: enough for all threads, and far fewer than a list has.
const SHARE: usize = 1 << 14;

fn main() -> Result<(), Box<dyn Error>> {
    let members = env::args().nth(1).map_or(Ok(100_000), |number| number.parse())?;
    let key = Key::generate()?;
    let index = build(&key, (0..members / 10).map(leaked))?;

    let mut counts = BTreeMap::<String, u64>::new();
    let mut partial = 0;
    check(&index, (0..members).map(member), |_number, verdict| {
        // A real job writes `_number` and the verdict, which serde can serialize, to its findings.
        let name = match verdict {
            Verdict::Affected(finding) => format!("affected, {}", finding.strength()),
            Verdict::NotAffected(_) | Verdict::Indeterminate(_) => verdict.slug().to_owned(),
        };
        *counts.entry(name).or_default() += 1;
        partial += u64::from(verdict.is_partially_checked());
    });

    counts.iter().for_each(|(name, count)| println!("{count:>9}  {name}"));
    println!("{partial:>9}  of those not affected were checked in part");
    // Damage to a column of the leak concerns all members. For damage to the member list, see `leakdex-screening`.
    index
        .leak_caveats()
        .iter()
        .for_each(|caveat| println!("caveat of the leak: {}", caveat.sign.slug()));
    assert_eq!(counts.values().sum::<u64>(), members, "each member has one verdict");
    Ok(())
}

/// Builds an index of all records. Unusable values are counted by reason.
fn build(key: &Key, records: impl Iterator<Item = Record>) -> Result<Index, Box<dyn Error>> {
    let mut builder = IndexBuilder::new(key, Breach::named("portal-2024-05")?);
    let mut batch = builder.batch();
    for record in records {
        batch.push(&record);
        if batch.len() == SHARE {
            let _ = builder.add_batch(&batch)?;
            batch.clear();
        }
    }
    let _ = builder.add_batch(&batch)?;
    let rows = builder.rows();
    println!("leaked rows: {} read, {} rejected", rows.read, rows.rejected);
    rows.rejects_by_reason.iter().for_each(|(code, count)| println!("{count:>9}  {code}"));
    Ok(builder.build()?)
}

/// Passes the verdict on each record to `report`, in order, with the record's number from 0. Checks a share
/// of the records on all threads, then takes the next share from the iterator.
fn check(
    index: &Index,
    mut records: impl Iterator<Item = Record>,
    mut report: impl FnMut(u64, &Verdict),
) {
    let mut number = 0;
    loop {
        let share: Vec<Record> = records.by_ref().take(SHARE).collect();
        if share.is_empty() {
            return;
        }
        for verdict in index.check_all(&share).iter() {
            report(number, &verdict);
            number += 1;
        }
    }
}

/// A made-up row of the leak: an address, a username, or a name with a date of birth. Some rows have nothing
/// usable.
fn leaked(number: u64) -> Record {
    match number % 3 {
        0 => Record::new().email(&format!("user{number}@example.de")),
        1 => named(number),
        _ if number % 100 == 2 => Record::new().email("unknown"),
        _ => Record::new().username(&format!("user{number}")),
    }
}

/// A made-up member. Some give a username, and some give nothing.
fn member(number: u64) -> Record {
    match number % 5 {
        0 => Record::new(),
        1 => Record::new().username(&format!("user{number}")).iban("unreadable"),
        _ => named(number).email(&format!("User{number}@example.de")),
    }
}

fn named(number: u64) -> Record {
    let (day, month, year) = (number % 28 + 1, number / 28 % 12 + 1, 1940 + number / 336 % 60);
    let last_name = format!("Muster{}", letters(number));
    Record::new()
        .last_name(&last_name)
        .first_name("Eva")
        .birth_date(&format!("{day}.{month}.{year}"))
}

/// The digits of a number as letters, since digits in a name count as damage.
fn letters(number: u64) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}
