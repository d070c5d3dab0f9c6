//! A letter to each affected member, of a template.
//!
//! Letters are files in a folder that takes its name at the end of the run. In it are folders of a
//! thousand letters each, since some hundred thousand files in one are slow for whatever reads them, and
//! a list of all letters.

mod content;
mod name;
mod template;

use std::{
    fmt,
    fs::File,
    io::{BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use leakdex::{BreachExposure, Finding, Strength};
use leakdex_staging::StagedFolder;
use serde::Serialize;

pub use self::template::Template;

use self::content::{Content, IsConfirmed};
use crate::{cell::inert, decision::Decision, decisions::Standing, error::Error};

/// How many letters are in one folder.
const LETTERS_IN_FOLDER: u64 = 1000;

/// The list of letters, in their folder.
const LIST: &str = "index.csv";

const HEADER: [&str; 8] =
    ["letter", "file", "row", "member", "strength", "breaches", "breach_strengths", "decision"];

/// Writes letters.
pub struct Letters {
    folder: LetterFolder,
    list: csv::Writer<BufWriter<File>>,
    template: Template,
    with_candidates: bool,
    /// For each letter, how sure its news is: the greatest strength in a breach that is not known.
    news: Vec<Strength>,
    counts: LetterCounts,
}

/// How many affected members were written to, and how many were not.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct LetterCounts {
    /// Members who were written to.
    pub written: u64,
    /// Members with a finding of strength *candidate*, unless letters to them are asked for.
    pub candidates_left_out: u64,
    /// Members of whom earlier findings say as much as a letter would.
    pub known_left_out: u64,
    /// Members all of whose matches people dismissed.
    pub dismissed_left_out: u64,
    /// Members whose letters were held back, since too many matches of their strength are accidents.
    pub held_back: u64,
}

/// Where a member stands: in which list, of how many, and in which row.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The member list, as it was named.
    pub file: &'a str,
    /// The number of the list in this run, from 1.
    pub list: usize,
    /// The row in the list, from 1.
    pub row: u64,
}

impl Letters {
    /// Prepares a folder that will take this name, which must be new or empty. Candidates are written
    /// to only if asked for.
    ///
    /// # Errors
    ///
    /// If no folder can be made there.
    pub fn create(target: &Path, template: Template, with_candidates: bool) -> Result<Self, Error> {
        let folder = LetterFolder::create(target)?;
        let list = csv::Writer::from_writer(BufWriter::new(folder.file(LIST)?));
        let counts = LetterCounts::default();
        let mut letters =
            Self { folder, list, template, with_candidates, news: Vec::new(), counts };
        letters.write_line(HEADER)?;
        Ok(letters)
    }

    /// The template of the letters.
    #[must_use]
    pub const fn template(&self) -> &Template {
        &self.template
    }

    /// Writes to an affected member with this reference, unless the member is left out. A letter
    /// without a reference could not be addressed, so it is an error. It states the breaches in which the
    /// member is at least *probable*, unless letters to candidates are asked for. `is_known` says whether
    /// earlier findings say as much of a breach, and `standing` what people decided: a match that they confirmed
    /// is stated as sure, and one that they dismissed or put off is not stated. Gives whether a letter was written.
    ///
    /// # Errors
    ///
    /// If the member has no reference, the template gives no letter, or the letter cannot be written.
    pub fn write(
        &mut self,
        place: Place<'_>,
        member: &str,
        finding: &Finding,
        is_known: impl Fn(&BreachExposure) -> bool,
        standing: impl Fn(&BreachExposure) -> Standing,
    ) -> Result<bool, Error> {
        let decision = |part: &BreachExposure| standing(part).decision();
        let is_stated = |part: &&BreachExposure| match decision(part) {
            Some(Decision::Affected) => true,
            Some(Decision::NotAffected | Decision::Later) => false,
            None => self.with_candidates || part.strength > Strength::Candidate,
        };
        let all = finding.exposure().by_breach();
        let stated: Vec<&BreachExposure> = all.iter().filter(is_stated).collect();
        if all.iter().all(|part| decision(part) == Some(Decision::NotAffected)) {
            self.counts.dismissed_left_out += 1;
            return Ok(false);
        }
        if stated.is_empty() && !all.iter().all(&is_known) {
            self.counts.candidates_left_out += 1;
            return Ok(false);
        }
        // What a person confirmed is no accident.
        let is_confirmed = |part: &BreachExposure| decision(part) == Some(Decision::Affected);
        let strength = |part: &BreachExposure| {
            if is_confirmed(part) { Strength::Certain } else { part.strength }
        };
        let news = stated.iter().filter(|part| !is_known(part)).map(|part| strength(part));
        let Some(news) = news.max() else {
            self.counts.known_left_out += 1;
            return Ok(false);
        };
        let Place { file, row, .. } = place;
        if member.is_empty() {
            return Err(Error::new(format!(
                "{file}, row {row}: the member has no reference, and a letter without one reaches \
                 nobody; add the reference, or name a column with a reference for each member with \
                 --column 'HEADER=id'; nothing was published"
            )));
        }
        let stated_so = (&*stated, &is_confirmed as IsConfirmed<'_>);
        let content = Content::of(place, member, finding, stated_so, self.template.language);
        let letter = self.template.render(&content).map_err(|reason| {
            Error::new(format!("{file}, row {row}: no letter can be written: {reason}"))
        })?;

        self.news.push(news);
        self.counts.written += 1;
        let number = self.counts.written;
        let folder = format!("{:04}", (number - 1) / LETTERS_IN_FOLDER + 1);
        if number % LETTERS_IN_FOLDER == 1 {
            self.folder.staged.create_folder(&folder).map_err(self.folder.failed())?;
        }
        let name = name::of_letter(number, member, &self.template.ending);
        let path = format!("{folder}/{name}");
        let mut file = self.folder.file(&path)?;
        file.write_all(letter.as_bytes()).map_err(self.folder.failed())?;
        let row = row.to_string();
        let (listed, member) = (inert(place.file), inert(member));
        let breaches: Vec<&str> = stated.iter().map(|part| part.breach.name().as_str()).collect();
        let strengths: Vec<&str> = stated.iter().map(|part| part.strength.slug()).collect();
        let (breaches, strengths) = (breaches.join(" "), strengths.join(" "));
        let (strength, breaches) = (finding.strength().slug(), inert(&breaches));
        let decisions =
            stated.iter().map(|part| if is_confirmed(part) { "affected" } else { "none" });
        let decisions = decisions.collect::<Vec<_>>().join(" ");
        self.write_line([
            &path, &*listed, &row, &*member, strength, &*breaches, &strengths, &decisions,
        ])?;
        Ok(true)
    }

    /// All letters, on the disk and without the name of their folder, and how many there are. Removes
    /// those whose news is of one of these strengths. The others keep their numbers.
    ///
    /// # Errors
    ///
    /// If they cannot be brought to the disk.
    pub fn finish(mut self, held_back: &[Strength]) -> Result<(LetterFolder, LetterCounts), Error> {
        self.list.flush().map_err(self.folder.failed())?;
        if !held_back.is_empty() {
            self.hold_back(held_back)?;
        }
        self.folder.staged.sync().map_err(self.folder.failed())?;
        Ok((self.folder, self.counts))
    }

    /// Removes the letters with news of these strengths, and writes the list without them. A letter to a member
    /// who was told of a surer match before is among them.
    fn hold_back(&mut self, strengths: &[Strength]) -> Result<(), Error> {
        let staged = &self.folder.staged;
        let old = staged.open_file(LIST).map_err(self.folder.failed())?;
        staged.remove_file(LIST).map_err(self.folder.failed())?;
        let new = staged.create_file(LIST).map_err(self.folder.failed())?;
        let mut list = csv::Writer::from_writer(BufWriter::new(new));
        list.write_record(HEADER).map_err(self.folder.failed())?;
        let lines = csv::Reader::from_reader(BufReader::new(old)).into_records();
        for (line, news) in lines.zip(&self.news) {
            let line = line.map_err(self.folder.failed())?;
            if strengths.contains(news) {
                staged.remove_file(&line[0]).map_err(self.folder.failed())?;
                self.counts.written -= 1;
                self.counts.held_back += 1;
            } else {
                list.write_record(&line).map_err(self.folder.failed())?;
            }
        }
        list.flush().map_err(self.folder.failed())?;
        self.list = list;
        Ok(())
    }

    fn write_line(&mut self, cells: [&str; HEADER.len()]) -> Result<(), Error> {
        self.list.write_record(cells).map_err(self.folder.failed())
    }
}

/// Without the list, whose buffer holds the references of members.
impl fmt::Debug for Letters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Letters").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// A folder of letters that does not have its name yet, and says in errors which one it is. Dropping it
/// removes it.
#[derive(Debug)]
pub struct LetterFolder {
    staged: StagedFolder,
    target: PathBuf,
}

impl LetterFolder {
    fn create(target: &Path) -> Result<Self, Error> {
        let staged = StagedFolder::create(target).map_err(Error::failed(format!(
            "{}: no letters can be written there; name a new folder",
            target.display()
        )))?;
        Ok(Self { staged, target: target.to_owned() })
    }

    fn file(&self, name: &str) -> Result<File, Error> {
        self.staged.create_file(name).map_err(self.failed())
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    ///
    /// If it cannot be renamed.
    pub fn publish(self) -> Result<(), Error> {
        let failed = self.failed();
        self.staged.publish().map_err(failed)
    }

    fn failed<E>(&self) -> impl FnOnce(E) -> Error + use<E>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let target = self.target.clone();
        move |source| {
            Error::failed(format!("{}: cannot write the letters", target.display()))(source)
        }
    }
}

#[cfg(test)]
mod tests {
    use leakdex::{Breach, IndexBuilder, Key, Record, Verdict};

    use super::*;
    use crate::Language;

    #[test]
    fn debug_shows_no_member() {
        let key = Key::generate().expect("a key");
        let breach = Breach::named("leak").expect("well formed");
        let mut builder = IndexBuilder::new(&key, breach);
        let _ = builder.add(&Record::new().username("eva")).expect("added");
        let index = builder.build().expect("built");
        let Verdict::Affected(finding) = index.check(&Record::new().username("eva")) else {
            panic!("the name leaked")
        };
        let folder = tempfile::tempdir().expect("a folder");
        let template = Template::read(None, Language::En).expect("it is built in");
        let mut letters =
            Letters::create(&folder.path().join("letters"), template, true).expect("there is room");
        let place = Place { file: "members.csv", list: 1, row: 1 };
        assert!(
            letters
                .write(place, "M-4711", &finding, |_| false, |_| Standing::Undecided)
                .expect("there is room")
        );
        let shown = format!("{letters:?}");
        // The list's buffer would be shown as numbers.
        for member in ["4711", "52, 55, 49, 49"] {
            assert!(!shown.contains(member), "{shown}");
        }
    }
}
