//! What became of each mutant, kept from run to run as a file of JSON lines.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Caught,
    TimedOut,
    /// All tests that reach it passed.
    Missed,
    /// The likely tests passed.
    Undecided,
    Unviable,
    /// The expression around the switch does not compile.
    Unswitchable,
}

#[derive(Deserialize, Serialize)]
struct Line {
    key: String,
    ending: Ending,
    /// The digest of the test programs.
    programs: u64,
}

pub struct Results {
    file: File,
    lines: HashMap<String, Line>,
}

impl Results {
    pub fn open(path: &Path) -> Outcome<Self> {
        let text = fs::read_to_string(path).unwrap_or_default();
        // An interrupted run leaves half a line.
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let lines = lines.map(|line| (line.key.clone(), line)).collect();
        let mut file = File::options().append(true).create(true).open(path)?;
        if !text.is_empty() && !text.ends_with('\n') {
            writeln!(file)?;
        }
        Ok(Self { file, lines })
    }

    /// What became of a mutant. A survivor has another chance when the library or a test changed.
    pub fn get(&self, key: &str, programs: u64) -> Option<Ending> {
        let line = self.lines.get(key)?;
        let survived = matches!(line.ending, Ending::Missed | Ending::Undecided);
        (!survived || line.programs == programs).then_some(line.ending)
    }

    pub fn add(&mut self, key: &str, ending: Ending, programs: u64) -> Outcome<()> {
        let line = Line { key: key.to_owned(), ending, programs };
        writeln!(self.file, "{}", serde_json::to_string(&line)?)?;
        self.lines.insert(key.to_owned(), line);
        Ok(())
    }
}
