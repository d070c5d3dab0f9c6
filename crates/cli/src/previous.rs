//! Who was affected in earlier runs, so that nobody is told twice.

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::Context as _;
use leakdex::Strength;
use leakdex_report::inert;
use serde::Deserialize;
use serde_json::json;
use twox_hash::XxHash3_128;

/// What earlier findings say of affected members, by the caller's own reference.
#[derive(Default)]
pub struct Previous {
    /// References as findings in CSV have them, which hold a cell back that would start a formula.
    members: HashMap<String, Known>,
}

/// How strongly a member was matched, and in which breaches.
#[derive(Default)]
struct Known {
    strength: Option<Strength>,
    breaches: BTreeSet<String>,
}

/// What is read of a finding.
#[derive(Deserialize)]
struct Line {
    member: String,
    verdict: String,
    strength: Option<String>,
    breaches: Breaches,
}

/// A cell with spaces between the names, or a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Breaches {
    Cell(String),
    List(Vec<String>),
}

impl Previous {
    /// Reads findings as `check` wrote them, in either format.
    pub fn read(paths: &[impl AsRef<Path>]) -> anyhow::Result<Self> {
        let mut previous = Self::default();
        for path in paths {
            let path = path.as_ref();
            previous.add(path).with_context(|| format!("--previous {}", path.display()))?;
        }
        Ok(previous)
    }

    /// Whether all that is found of a member now was found before: the same breaches, and as surely. One
    /// without a reference is not known.
    pub fn holds(&self, member: &str, strength: Strength, breaches: &[&str]) -> bool {
        !member.is_empty()
            && self.members.get(&*inert(member)).is_some_and(|known| {
                known.strength >= Some(strength)
                    && breaches.iter().all(|&breach| known.breaches.contains(breach))
            })
    }

    /// A digest of all that is known: that of other findings is another.
    pub fn digest(&self) -> u128 {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_unstable_by_key(|&(member, _)| member);
        let mut hash = XxHash3_128::new();
        for (member, Known { strength, breaches }) in members {
            let known = json!([member, strength.map(Strength::slug), breaches]);
            hash.write(format!("{known}\n").as_bytes());
        }
        hash.finish_128()
    }

    fn add(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut file = BufReader::new(File::open(path).context("cannot be read")?);
        let is_json = file.fill_buf().context("cannot be read")?.starts_with(b"{");
        let (mut rows, mut with_reference) = (0_u64, 0_u64);
        let mut take = |line: Line| {
            rows += 1;
            with_reference += u64::from(!line.member.is_empty());
            self.take(line);
        };
        if is_json {
            for line in file.lines() {
                let line = line.context("cannot be read")?;
                take(serde_json::from_str(&line).map_err(|_| no_findings())?);
            }
        } else {
            let mut reader = csv::Reader::from_reader(file);
            for line in reader.deserialize() {
                take(line.map_err(|_| no_findings())?);
            }
            let header = reader.headers().map_err(|_| no_findings())?;
            let has_column = |name| header.iter().any(|own| own == name);
            anyhow::ensure!(has_column("member") && has_column("breaches"), no_findings());
        }
        anyhow::ensure!(
            rows == 0 || with_reference > 0,
            "no member in it has a reference, so that nobody could be told apart; map the column of \
             the reference with --column 'HEADER=id' in that run, too"
        );
        Ok(())
    }

    fn take(&mut self, Line { member, verdict, strength, breaches }: Line) {
        if verdict != "affected" || member.is_empty() {
            return;
        }
        let known = self.members.entry(inert(&member).into_owned()).or_default();
        let of_slug = |slug: &str| Strength::ALL.iter().copied().find(|own| own.slug() == slug);
        known.strength = known.strength.max(strength.as_deref().and_then(of_slug));
        match breaches {
            Breaches::Cell(names) => known.breaches.extend(names.split(' ').map(str::to_owned)),
            Breaches::List(names) => known.breaches.extend(names),
        }
    }
}

fn no_findings() -> anyhow::Error {
    anyhow::anyhow!("these are no findings of 'leakdex check'; give what its --output wrote")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Previous> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("written");
        Previous::read(&[file.path()])
    }

    #[test]
    fn members_are_known_from_either_format_also_where_a_cell_was_held_back() {
        let csv = "file,row,member,verdict,strength,matched,breaches,data_classes\n\
                   a,1,'=m1,affected,strong,email,one two,names\na,2,m2,not_affected,,,,\n";
        let json = "{\"member\":\"=m1\",\"verdict\":\"affected\",\"strength\":\"strong\",\
                    \"breaches\":[\"one\",\"two\"]}\n\
                    {\"member\":\"m2\",\"verdict\":\"not_affected\",\"strength\":null,\
                    \"breaches\":[]}\n";
        for text in [csv, json] {
            let previous = read(text).expect("they are findings");
            assert!(previous.holds("=m1", Strength::Strong, &["two"]));
            assert!(previous.holds("=m1", Strength::Candidate, &["one", "two"]));
            for (member, strength, breach) in [
                ("=m1", Strength::Strong, "three"),
                ("=m1", Strength::Certain, "one"),
                ("m2", Strength::Candidate, "one"),
                ("", Strength::Candidate, "one"),
            ] {
                assert!(
                    !previous.holds(member, strength, &[breach]),
                    "{member} {strength} {breach}"
                );
            }
        }
    }

    #[test]
    fn other_files_and_findings_without_references_are_refused() {
        let nameless = "member,verdict,strength,breaches\n,affected,strong,one\n";
        for text in ["", "a,b\n1,2\n", "{\"a\":1}\n", nameless] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(Previous::read(&["missing.csv"]).is_err());
    }
}
