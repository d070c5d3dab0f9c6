//! Who was affected in earlier runs, so that nobody is told twice.

use std::{collections::HashSet, fs::File, io::BufRead, io::BufReader, path::Path};

use anyhow::Context as _;
use serde::Deserialize;

use crate::findings::inert;

/// The members whom earlier findings call affected, by the caller's own reference.
#[derive(Default)]
pub struct Previous {
    /// As findings in CSV have them, which hold a cell back that would start a formula.
    members: HashSet<String>,
}

/// What is read of a finding.
#[derive(Deserialize)]
struct Line {
    member: String,
    verdict: String,
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

    /// Whether a member was affected before. One without a reference is not known.
    pub fn holds(&self, member: &str) -> bool {
        !member.is_empty() && self.members.contains(&*inert(member))
    }

    fn add(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut file = BufReader::new(File::open(path).context("cannot be read")?);
        let is_json = file.fill_buf().context("cannot be read")?.starts_with(b"{");
        let (mut rows, before) = (0_u64, self.members.len());
        if is_json {
            for line in file.lines() {
                let line = line.context("cannot be read")?;
                self.take(&serde_json::from_str(&line).map_err(|_| no_findings())?);
                rows += 1;
            }
        } else {
            let mut reader = csv::Reader::from_reader(file);
            for line in reader.deserialize() {
                self.take(&line.map_err(|_| no_findings())?);
                rows += 1;
            }
            let header = reader.headers().map_err(|_| no_findings())?;
            let has_column = |name| header.iter().any(|own| own == name);
            anyhow::ensure!(has_column("member") && has_column("verdict"), no_findings());
        }
        anyhow::ensure!(
            rows == 0 || self.members.len() > before || before > 0,
            "no affected member in it has a reference, so that nobody could be told apart; map the \
             column of the reference with --column 'HEADER=id' in that run, too"
        );
        Ok(())
    }

    fn take(&mut self, line: &Line) {
        if line.verdict == "affected" && !line.member.is_empty() {
            self.members.insert(inert(&line.member).into_owned());
        }
    }
}

fn no_findings() -> anyhow::Error {
    anyhow::anyhow!("these are no findings of 'leakdex check'")
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
        let csv = "file,row,member,verdict\na,1,'=m1,affected\na,2,m2,not_affected\n";
        let json = "{\"member\":\"=m1\",\"verdict\":\"affected\"}\n\
                    {\"member\":\"m2\",\"verdict\":\"not_affected\"}\n";
        for text in [csv, json] {
            let previous = read(text).expect("they are findings");
            assert!(previous.holds("=m1") && !previous.holds("m2") && !previous.holds(""));
        }
    }

    #[test]
    fn other_files_and_findings_without_references_are_refused() {
        for text in ["", "a,b\n1,2\n", "{\"a\":1}\n", "file,row,member,verdict\na,1,,affected\n"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(Previous::read(&["missing.csv"]).is_err());
    }
}
