//! A letter to each affected member, of a template, and a table of the same members for a mail merge.
//!
//! Letters are files in a folder that takes its name at the end of the run. In it are folders of a
//! thousand letters each, since some hundred thousand files in one are slow for whatever reads them, and
//! a list of all letters. For printing, the letters of such a folder can be one file.

mod age;
mod bundle;
mod content;
mod files;
mod mail_merge;
mod name;
mod placeholder;
mod template;

use std::{
    fmt,
    io::{BufReader, BufWriter, Write as _},
    path::Path,
};

use leakdex::{BreachExposure, Finding, Strength};
use serde::Serialize;

pub use self::{
    age::{Age, Day},
    bundle::Packing,
    content::Sender,
    files::LetterFolder,
    mail_merge::{MailMerge, mail_merge_format},
    placeholder::misleading_words,
    template::{Look, Template},
};

use self::{content::Content, files::LetterList};
use crate::{
    cell::inert, decision::Decision, decisions::Standing, error::Error, language::Language,
};

/// How many letters are in one folder.
const LETTERS_IN_FOLDER: u64 = 1000;

/// Writes letters and the table for a mail merge, or one of the two.
pub struct Letters {
    files: Option<Files>,
    mail_merge: Option<MailMerge>,
    with_candidates: bool,
    /// For each letter, how sure its news is (the greatest strength in a breach that is not known), and the age of
    /// the member.
    written: Vec<(Strength, Age)>,
    counts: LetterCounts,
}

/// The letters themselves.
struct Files {
    folder: LetterFolder,
    list: LetterList,
    template: Template,
    packing: Packing,
}

/// The written files, none of them with its name yet.
pub struct WrittenLetters {
    /// The letters, if there are any.
    pub folder: Option<LetterFolder>,
    /// The table, if it is asked for.
    pub mail_merge: Option<MailMerge>,
    /// How many there are.
    pub counts: LetterCounts,
}

/// How many affected members were written to, and how many were not.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct LetterCounts {
    /// Members who were written to.
    pub written: u64,
    /// Those of them whose letters are to their guardians, since they are minors.
    pub to_guardians: u64,
    /// Those of them whose age is not known, as their list has no usable date of birth. They are written to
    /// as adults.
    pub age_unknown: u64,
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

/// A breach that a letter states, and how sure it states it.
#[derive(Clone, Copy)]
pub(crate) struct Stated<'a> {
    part: &'a BreachExposure,
    /// As the person is told: *certain* if somebody confirmed the match.
    strength: Strength,
    is_confirmed: bool,
}

impl Letters {
    /// Letters to nobody yet. Candidates are written to only if asked for.
    #[must_use]
    pub fn new(with_candidates: bool) -> Self {
        Self {
            files: None,
            mail_merge: None,
            with_candidates,
            written: Vec::new(),
            counts: LetterCounts::default(),
        }
    }

    /// Prepares a folder that will take this name, which must be new or empty.
    ///
    /// # Errors
    ///
    /// If no folder can be made there, or the letters of this template cannot be in one file.
    pub fn into_folder(
        mut self,
        target: &Path,
        template: Template,
        packing: Packing,
    ) -> Result<Self, Error> {
        if packing == Packing::One {
            bundle::refuse_unfit(&template)?;
        }
        let folder = LetterFolder::create(target)?;
        let list = LetterList::create(&folder)?;
        self.files = Some(Files { folder, list, template, packing });
        Ok(self)
    }

    /// Takes notes for a table for a mail merge, too, in this language.
    #[must_use]
    pub fn into_mail_merge(mut self, language: Language) -> Self {
        self.mail_merge = Some(MailMerge::new(language));
        self
    }

    /// The template of the letters, if there are any.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        self.files.as_ref().map(|files| &files.template)
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
        (member, age): (&str, Age),
        finding: &Finding,
        is_known: impl Fn(&BreachExposure) -> bool,
        standing: impl Fn(&BreachExposure) -> Standing,
    ) -> Result<bool, Error> {
        let decision = |part: &BreachExposure| standing(part).decision();
        let is_stated = |part: &BreachExposure| match decision(part) {
            Some(Decision::Affected) => true,
            Some(Decision::NotAffected | Decision::Later) => false,
            None => self.with_candidates || part.strength > Strength::Candidate,
        };
        let all = finding.exposure().by_breach();
        if all.iter().all(|part| decision(part) == Some(Decision::NotAffected)) {
            self.counts.dismissed_left_out += 1;
            return Ok(false);
        }
        let stated = all.iter().filter(|part| is_stated(part)).map(|part| {
            // A person is surer than any match.
            let is_confirmed = decision(part) == Some(Decision::Affected);
            let strength = if is_confirmed { Strength::Certain } else { part.strength };
            Stated { part, strength, is_confirmed }
        });
        let stated: Vec<Stated<'_>> = stated.collect();
        if stated.is_empty() && !all.iter().all(&is_known) {
            self.counts.candidates_left_out += 1;
            return Ok(false);
        }
        let news = stated.iter().filter(|own| !is_known(own.part)).map(|own| own.strength);
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
        self.written.push((news, age));
        self.counts.written += 1;
        self.counts.count_age(age, 1);
        if let Some(files) = &mut self.files {
            files.write(self.counts.written, place, (member, age), finding, &stated)?;
        }
        if let Some(mail_merge) = &mut self.mail_merge {
            mail_merge.note((member, age), finding, &stated);
        }
        Ok(true)
    }

    /// All letters, on the disk and without the name of their folder, the table, and how many there are. Removes
    /// those whose news is of one of these strengths. The others keep their numbers.
    ///
    /// # Errors
    ///
    /// If they cannot be brought to the disk.
    pub fn finish(self, held_back: &[Strength]) -> Result<WrittenLetters, Error> {
        let Self { files, mut mail_merge, written, mut counts, .. } = self;
        let is_kept: Vec<bool> = written.iter().map(|(own, _)| !held_back.contains(own)).collect();
        for ((_, age), is_kept) in written.iter().zip(&is_kept) {
            if !is_kept {
                counts.written -= 1;
                counts.held_back += 1;
                counts.count_age(*age, -1);
            }
        }
        let folder = files.map(|files| files.finish(&is_kept)).transpose()?;
        if let Some(mail_merge) = &mut mail_merge {
            mail_merge.keep(&is_kept);
        }
        Ok(WrittenLetters { folder, mail_merge, counts })
    }
}

impl LetterCounts {
    /// Counts so many more letters about people of this age.
    fn count_age(&mut self, age: Age, more: i64) {
        let counter = match age {
            Age::Minor => &mut self.to_guardians,
            Age::Unknown => &mut self.age_unknown,
            Age::OfAge => return,
        };
        *counter = counter.saturating_add_signed(more);
    }
}

impl Files {
    fn write(
        &mut self,
        number: u64,
        place: Place<'_>,
        (member, age): (&str, Age),
        finding: &Finding,
        stated: &[Stated<'_>],
    ) -> Result<(), Error> {
        let Place { file, row, .. } = place;
        let content = Content::of(place, (number, member, age), finding, stated, &self.template);
        let letter = self.template.render(&content).map_err(|reason| {
            Error::new(format!("{file}, row {row}: no letter can be written: {reason}"))
        })?;
        let folder = format!("{:04}", (number - 1) / LETTERS_IN_FOLDER + 1);
        if number % LETTERS_IN_FOLDER == 1 {
            self.folder.staged.create_folder(&folder).map_err(self.folder.failed())?;
        }
        let name = name::of_letter(number, member, &self.template.ending);
        let path = format!("{folder}/{name}");
        let mut output = self.folder.file(&path)?;
        output.write_all(letter.as_bytes()).map_err(self.folder.failed())?;
        let row = row.to_string();
        let (listed, member) = (inert(file), inert(member));
        let breaches: Vec<&str> =
            stated.iter().map(|own| own.part.breach.name().as_str()).collect();
        let strengths: Vec<&str> = stated.iter().map(|own| own.part.strength.slug()).collect();
        let decisions = stated.iter().map(|own| if own.is_confirmed { "affected" } else { "none" });
        let decisions: Vec<&str> = decisions.collect();
        let strength = finding.strength().slug();
        let (breaches, strengths, decisions) =
            (breaches.join(" "), strengths.join(" "), decisions.join(" "));
        let cells =
            [&path, &*listed, &row, &*member, strength, &*inert(&breaches), &strengths, &decisions];
        self.list.write(cells).map_err(self.folder.failed())
    }

    /// The folder with the letters that are kept, in as many files as are asked for.
    fn finish(self, is_kept: &[bool]) -> Result<LetterFolder, Error> {
        let Self { folder, list, template, packing } = self;
        list.finish().map_err(folder.failed())?;
        if packing == Packing::One || is_kept.contains(&false) {
            let bundler = match packing {
                Packing::One => Some(bundle::Bundler::new(&folder, &template)),
                Packing::Each => None,
            };
            rewrite(&folder, is_kept, bundler)?;
        }
        folder.staged.sync().map_err(folder.failed())?;
        Ok(folder)
    }
}

/// Removes the letters that are not kept, brings the others together if that is asked for, and writes their
/// list anew. A letter to a member who was told of a surer match before may be among those that are not kept.
fn rewrite(
    folder: &LetterFolder,
    is_kept: &[bool],
    mut bundler: Option<bundle::Bundler<'_>>,
) -> Result<(), Error> {
    let old = files::taken(folder)?;
    let new = folder.file(files::LIST)?;
    let mut list = csv::Writer::from_writer(BufWriter::new(new));
    let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(BufReader::new(old));
    let mut lines = lines.records();
    if let Some(header) = lines.next() {
        list.write_record(&header.map_err(folder.failed())?).map_err(folder.failed())?;
    }
    for (line, is_kept) in lines.zip(is_kept) {
        let line = line.map_err(folder.failed())?;
        let mut letter = line[0].to_owned();
        if *is_kept {
            if let Some(bundler) = &mut bundler {
                letter = bundler.add(&letter)?;
            }
            let cells = [&*letter].into_iter().chain(line.iter().skip(1));
            list.write_record(cells).map_err(folder.failed())?;
        } else {
            folder.staged.remove_file(&letter).map_err(folder.failed())?;
        }
    }
    if let Some(bundler) = bundler {
        bundler.finish(is_kept.len())?;
    }
    list.flush().map_err(folder.failed())
}

/// Without the list, whose buffer holds the references of members.
impl fmt::Debug for Letters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Letters").field("counts", &self.counts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
