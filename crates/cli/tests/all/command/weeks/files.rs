//! The files of the random weeks: the command's input and output.

use std::collections::BTreeSet;

use super::super::support::{Site, json};
use crate::random::{
    people::{Row, fields},
    truth::{Account, Kinds},
};

/// The columns of leaks, member lists and rows to erase.
pub const COLUMNS: &[&str] = &[
    "kvnr=kvnr",
    "email=email",
    "username=username",
    "iban=iban",
    "phone=phone",
    "last-name=last-name",
    "first-name=first-name",
    "birth-date=birth-date",
    "postal-code=postal-code",
    "passwords=class:passwords",
];

/// A table with `COLUMNS`. `id` is the header of a further column with the references.
pub fn table<'a>(
    id: Option<&str>,
    rows: impl Iterator<Item = (&'a str, &'a Row, bool)>,
) -> Vec<u8> {
    let columns = COLUMNS.iter().map(|column| column.split_once('=').expect("a mapping").0);
    let columns: Vec<&str> = columns.chain(id).collect();
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    writer.write_record(&columns).expect("memory takes it");
    for (reference, row, has_password) in rows {
        let texts: Vec<(&str, String)> = row.iter().flat_map(|&value| fields(value)).collect();
        let cell = |column: &&str| match *column {
            "passwords" => if has_password { "geheim" } else { "" }.to_owned(),
            "id" => reference.to_owned(),
            _ => {
                let text = texts.iter().find(|(name, _)| name == column);
                text.map_or("", |(_, text)| text).to_owned()
            }
        };
        writer.write_record(columns.iter().map(cell)).expect("memory takes it");
    }
    writer.into_inner().expect("memory takes it")
}

/// The position of a member: the list, and the row in it.
pub type Place = (String, u64);

/// A finding.
#[derive(Debug)]
pub struct Found {
    pub place: Place,
    pub reference: String,
    pub verdict: String,
    /// 0 unless the member is affected.
    pub strength: u8,
    /// Each breach with its strength.
    pub breaches: Vec<(String, u8)>,
    pub classes: BTreeSet<String>,
    /// In JSON only.
    pub records: Option<u64>,
    pub is_new: Option<bool>,
}

fn strength(slug: &str) -> u8 {
    let all = ["", "candidate", "probable", "strong", "certain"];
    let place = all.iter().position(|known| *known == slug).unwrap_or_else(|| panic!("{slug}"));
    u8::try_from(place).expect("a small number")
}

fn split(cell: &str) -> Vec<String> {
    cell.split_whitespace().map(str::to_owned).collect()
}

fn with_strengths(breaches: Vec<String>, strengths: &[String]) -> Vec<(String, u8)> {
    assert_eq!(breaches.len(), strengths.len(), "a strength for each breach");
    breaches.into_iter().zip(strengths.iter().map(|slug| strength(slug))).collect()
}

/// The text of a cell as a spreadsheet shows it.
fn shown(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

pub fn read_findings(text: &str, is_json: bool) -> Vec<Found> {
    if is_json {
        return text.lines().map(of_json).collect();
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("there is a header").clone();
    let place = |name: &str| header.iter().position(|header| header == name);
    reader
        .into_records()
        .map(|row| {
            let row = row.expect("findings are well-formed");
            let cell = |name: &str| &row[place(name).unwrap_or_else(|| panic!("{name}"))];
            Found {
                place: (cell("file").to_owned(), cell("row").parse().expect("a number")),
                reference: shown(cell("member")).to_owned(),
                verdict: cell("verdict").to_owned(),
                strength: strength(cell("strength")),
                breaches: with_strengths(
                    split(shown(cell("breaches"))),
                    // A single breach has the strength of the member.
                    &split(cell(
                        place("breach_strengths").map_or("strength", |_| "breach_strengths"),
                    )),
                ),
                classes: split(cell("data_classes")).into_iter().collect(),
                records: None,
                is_new: place("new").map(|new| &row[new] == "yes"),
            }
        })
        .collect()
}

fn of_json(line: &str) -> Found {
    let line = json(line);
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let list = |name: &str| -> Vec<String> {
        line[name].as_array().expect("a list").iter().map(text).collect()
    };
    Found {
        place: (text(&line["file"]), line["row"].as_u64().expect("a number")),
        reference: text(&line["member"]),
        verdict: text(&line["verdict"]),
        strength: line["strength"].as_str().map_or(0, strength),
        breaches: with_strengths(
            list("breaches"),
            &match line["breach_strengths"] {
                serde_json::Value::Null => {
                    line["strength"].as_str().map(str::to_owned).into_iter().collect()
                }
                _ => list("breach_strengths"),
            },
        ),
        classes: list("data_classes").into_iter().collect(),
        records: line["records"].as_u64(),
        is_new: line.get("new").map(|new| new.as_bool().expect("a truth value")),
    }
}

/// A letter, and its line in the list of letters.
#[derive(Debug)]
pub struct Letter {
    pub place: Place,
    pub reference: String,
    /// The breaches in the list.
    pub listed: Vec<(String, u8)>,
    /// The breaches in the letter.
    pub breaches: Vec<Stated>,
}

/// A breach in a letter.
#[derive(Debug)]
pub struct Stated {
    pub name: String,
    pub strength: u8,
    pub records: u64,
    pub classes: Vec<String>,
}

pub fn read_letters(site: &Site, folder: &str) -> Vec<Letter> {
    let list = site.read(&format!("{folder}/index.csv"));
    let mut reader = csv::Reader::from_reader(list.as_bytes());
    let header = reader.headers().expect("there is a header").clone();
    let place = |name: &str| header.iter().position(|header| header == name);
    reader
        .into_records()
        .map(|line| {
            let line = line.expect("the list is well-formed");
            let cell = |name: &str| &line[place(name).unwrap_or_else(|| panic!("{name}"))];
            let text = site.read(&format!("{folder}/{}", cell("letter")));
            let mut lines = text.lines();
            let first = lines.next().expect("a first line");
            let reference = first.rsplitn(3, '|').nth(2).expect("three parts").to_owned();
            assert_eq!(shown(cell("member")), reference);
            Letter {
                place: (cell("file").to_owned(), cell("row").parse().expect("a number")),
                reference,
                listed: with_strengths(
                    split(shown(cell("breaches"))),
                    &split(cell("breach_strengths")),
                ),
                breaches: lines.map(stated).collect(),
            }
        })
        .collect()
}

fn stated(line: &str) -> Stated {
    let parts: Vec<&str> = line.split('|').collect();
    Stated {
        name: parts[0].to_owned(),
        strength: strength(parts[1]),
        records: parts[2].parse().expect("a number"),
        classes: split(parts[3]),
    }
}

/// The account of each row to erase.
pub fn read_accounts(summary: &serde_json::Value) -> Vec<Account> {
    let rows = summary["erasure"].as_array().expect("an account of each row");
    let list = |value: &serde_json::Value| value.as_array().expect("a list").clone();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let kinds = |value: &serde_json::Value| -> Kinds { list(value).iter().map(text).collect() };
    let count = |value: &serde_json::Value| value.as_u64().expect("a number");
    let account = |(row, entry): (u64, &serde_json::Value)| {
        assert_eq!((&entry["file"], &entry["row"]), (&"erase.csv".into(), &row.into()));
        let mut account =
            Account { by_others: count(&entry["erased_by_others"]), ..Account::default() };
        for item in list(&entry["erased"]) {
            let erased = (count(&item["records"]), kinds(&item["kinds"]));
            account.erased.insert(text(&item["breach"]), erased);
        }
        for item in list(&entry["stays"]) {
            let reason = (text(&item["breach"]), kinds(&item["shared"]), kinds(&item["lacking"]));
            account.stays.insert(reason, count(&item["records"]));
        }
        account
    };
    (1..).zip(rows).map(account).collect()
}
