//! Writes a member list and a leak as CSV files. One leaked row in twenty belongs to a member. All others
//! belong to strangers.
//!
//! ```sh
//! cargo run --release -p leakdex-synthetic --example people -- \
//!     members.csv 3000000 leak.csv 300000
//! ```
//!
//! `--plain` generates people with a few simple names. `--wide` adds postcodes and phone numbers.

use std::{
    error::Error,
    fs::File,
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use leakdex::{Field, Record};
use leakdex_synthetic::{plain, population};

const COLUMNS: [(Field, &str); 7] = [
    (Field::Email, "email"),
    (Field::Kvnr, "kvnr"),
    (Field::FirstName, "first_name"),
    (Field::LastName, "last_name"),
    (Field::BirthDate, "birth_date"),
    (Field::PostalCode, "postal_code"),
    (Field::Phone, "phone"),
];

/// The number of columns written without `--wide`.
const NARROW: usize = 5;

const USAGE: &str = "usage: people MEMBERS.CSV COUNT LEAK.CSV COUNT [--plain] [--wide]";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (flags, arguments): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let is_known = |flag: &String| ["--plain", "--wide"].contains(&flag.as_str());
    let [members, member_count, leak, leak_count] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return Ok(ExitCode::FAILURE);
    };
    if !flags.iter().all(is_known) {
        eprintln!("{USAGE}");
        return Ok(ExitCode::FAILURE);
    }
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let columns = if has("--wide") { &COLUMNS[..] } else { &COLUMNS[..NARROW] };
    let (member_count, leak_count): (u32, u32) = (member_count.parse()?, leak_count.parse()?);

    let person: Box<dyn Fn(u32) -> Record> = if has("--plain") {
        Box::new(plain::person)
    } else {
        Box::new(|number| population::person(number).wide_record())
    };
    write_file(members, columns, (0..member_count).map(&person))?;
    write_file(leak, columns, leaked(member_count, leak_count).map(&person))?;
    Ok(ExitCode::SUCCESS)
}

/// The numbers of the leaked people: members spread evenly over the whole list, and strangers.
fn leaked(members: u32, count: u32) -> impl Iterator<Item = u32> {
    let step = (members / count.div_ceil(20).max(1)).max(1);
    (0..count).map(move |row| match row % 20 {
        0 if row / 20 * step < members => row / 20 * step,
        _ => members + row,
    })
}

fn write_file(
    path: &str,
    columns: &[(Field, &str)],
    records: impl Iterator<Item = Record>,
) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write!(file, "id")?;
    for (_, name) in columns {
        write!(file, ";{name}")?;
    }
    writeln!(file)?;
    for (id, record) in records.enumerate() {
        write!(file, "{id}")?;
        for (column, _) in columns {
            // No value has a semicolon or a quotation mark.
            let given = record.values().find(|(field, _)| field == column);
            write!(file, ";{}", given.and_then(|(_, value)| value.ok()).unwrap_or_default())?;
        }
        writeln!(file)?;
    }
    file.flush()
}
