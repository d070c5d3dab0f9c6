//! Letters to affected members, created from a template, and a table of the same members for a mail merge.
//!
//! The letters are files in a folder that gets its name at the end of the run. The folder has a list of all
//! letters, and subfolders of a thousand letters each, since programs are slow with a hundred thousand files
//! in one folder. For printing, the letters of a subfolder can be combined into one file.

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
    template::{Template, TemplateStyle},
};

use self::{content::Content, files::LetterList};
use crate::{
    cell::inert, decision::Decision, decisions::DecisionStatus, error::Error, language::Language,
};

/// The number of letters in a subfolder.
const LETTERS_IN_FOLDER: u64 = 1000;

/// Writes letters, the table for a mail merge, or both.
pub struct Letters {
    files: Option<Files>,
    mail_merge: Option<MailMerge>,
    with_candidates: bool,
    /// For each letter, the strength of its news and the age of the member. The strength of the news is the
    /// greatest strength in a breach that is not yet known.
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

/// The written files. They do not have their final names yet.
pub struct WrittenLetters {
    /// The folder of letters, if any were requested.
    pub folder: Option<LetterFolder>,
    /// The table, if requested.
    pub mail_merge: Option<MailMerge>,
    /// The counts of letters.
    pub counts: LetterCounts,
}

/// The number of affected members who were written to, and of those who were not.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct LetterCounts {
    /// Members who were written to.
    pub written: u64,
    /// Letters to the guardians of minors, included in `written`.
    pub to_guardians: u64,
    /// Letters to members of unknown age, included in `written`. Their list has no usable date of birth, so
    /// they are written to as adults.
    pub age_unknown: u64,
    /// Members without a match to state: only *candidates*, unless letters to candidates are requested, or
    /// matches that people dismissed or put off.
    pub candidates_left_out: u64,
    /// Members whose earlier findings already state as much as a letter would.
    pub known_left_out: u64,
    /// Members whose matches were all dismissed by people.
    pub dismissed_left_out: u64,
    /// Members whose letters were withheld, since too many matches of their strength are accidental.
    pub held_back: u64,
}

/// The position of a member: the list, its number, and the row.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The name of the member list, as given.
    pub file: &'a str,
    /// The number of the list in this run, from 1.
    pub list: usize,
    /// The row in the list, from 1.
    pub row: u64,
}

/// A breach that a letter states, and the strength with which it is stated.
#[derive(Clone, Copy)]
pub(crate) struct StatedBreach<'a> {
    exposure: &'a BreachExposure,
    /// The strength as stated: *certain* if a person confirmed the match.
    strength: Strength,
    is_confirmed: bool,
}

impl Letters {
    /// No letters yet. Candidates are written to only if requested.
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

    /// Prepares a folder that gets this name at the end. A folder with this name must be empty if it exists.
    ///
    /// # Errors
    ///
    /// If the folder cannot be created, or the letters of this template cannot be combined into one file.
    pub fn into_folder(
        mut self,
        target: &Path,
        template: Template,
        packing: Packing,
    ) -> Result<Self, Error> {
        if packing == Packing::Bundled {
            bundle::refuse_unfit(&template)?;
        }
        let folder = LetterFolder::create(target)?;
        let list = LetterList::create(&folder)?;
        self.files = Some(Files { folder, list, template, packing });
        Ok(self)
    }

    /// Also collects the table for a mail merge, in this language.
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

    /// Writes to an affected member, unless the member is left out. Returns whether a letter was written.
    ///
    /// The letter states the breaches in which the member is at least *probable*, or also *candidate* if
    /// letters to candidates are requested. `is_known` returns whether earlier findings already state as much
    /// about a breach. `status` returns people's decision: a confirmed match is stated as certain, and a
    /// match that was dismissed or put off is not stated.
    ///
    /// # Errors
    ///
    /// If the member has no reference (such a letter could not be addressed), the template cannot be filled
    /// in, or the letter cannot be written.
    pub fn write(
        &mut self,
        place: Place<'_>,
        (member, age): (&str, Age),
        finding: &Finding,
        is_known: impl Fn(&BreachExposure) -> bool,
        status: impl Fn(&BreachExposure) -> DecisionStatus,
    ) -> Result<bool, Error> {
        let decision = |exposure: &BreachExposure| status(exposure).decision();
        let is_stated = |exposure: &BreachExposure| match decision(exposure) {
            Some(Decision::Affected) => true,
            Some(Decision::NotAffected | Decision::Later) => false,
            None => self.with_candidates || exposure.strength > Strength::Candidate,
        };
        let all = finding.exposure().by_breach();
        if all.iter().all(|exposure| decision(exposure) == Some(Decision::NotAffected)) {
            self.counts.dismissed_left_out += 1;
            return Ok(false);
        }
        let stated = all.iter().filter(|exposure| is_stated(exposure)).map(|exposure| {
            // A person's decision is more certain than any match.
            let is_confirmed = decision(exposure) == Some(Decision::Affected);
            let strength = if is_confirmed { Strength::Certain } else { exposure.strength };
            StatedBreach { exposure, strength, is_confirmed }
        });
        let stated: Vec<StatedBreach<'_>> = stated.collect();
        if stated.is_empty() && !all.iter().all(&is_known) {
            self.counts.candidates_left_out += 1;
            return Ok(false);
        }
        let news =
            stated.iter().filter(|stated| !is_known(stated.exposure)).map(|stated| stated.strength);
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

    /// Finishes all letters, the table and the counts. The letters are on disk, and their folder does not
    /// have its final name yet. Removes the letters whose news has one of the strengths in `held_back`. The
    /// others keep their numbers.
    ///
    /// # Errors
    ///
    /// If the letters cannot be written to disk.
    pub fn finish(self, held_back: &[Strength]) -> Result<WrittenLetters, Error> {
        let Self { files, mut mail_merge, written, mut counts, .. } = self;
        let is_kept: Vec<bool> =
            written.iter().map(|(strength, _)| !held_back.contains(strength)).collect();
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
    /// Changes the counts of letters for this age group by `more`.
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
        stated: &[StatedBreach<'_>],
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
            stated.iter().map(|stated| stated.exposure.breach.name().as_str()).collect();
        let strengths: Vec<&str> =
            stated.iter().map(|stated| stated.exposure.strength.slug()).collect();
        let decisions =
            stated.iter().map(|stated| if stated.is_confirmed { "affected" } else { "none" });
        let decisions: Vec<&str> = decisions.collect();
        let strength = finding.strength().slug();
        let (breaches, strengths, decisions) =
            (breaches.join(" "), strengths.join(" "), decisions.join(" "));
        let cells =
            [&path, &*listed, &row, &*member, strength, &*inert(&breaches), &strengths, &decisions];
        self.list.write(cells).map_err(self.folder.failed())
    }

    /// The folder with the letters that are kept, combined into files if requested.
    fn finish(self, is_kept: &[bool]) -> Result<LetterFolder, Error> {
        let Self { folder, list, template, packing } = self;
        list.finish().map_err(folder.failed())?;
        if packing == Packing::Bundled || is_kept.contains(&false) {
            let bundler = match packing {
                Packing::Bundled => Some(bundle::Bundler::new(&folder, &template)),
                Packing::Separate => None,
            };
            rewrite(&folder, is_kept, bundler)?;
        }
        folder.staged.sync().map_err(folder.failed())?;
        Ok(folder)
    }
}

/// Removes the letters that are not kept, combines the others if requested, and rewrites their list. A letter
/// may be removed even if an earlier letter informed the member about a more certain match.
fn rewrite(
    folder: &LetterFolder,
    is_kept: &[bool],
    mut bundler: Option<bundle::Bundler<'_>>,
) -> Result<(), Error> {
    let old = files::take_list(folder)?;
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

/// The list is left out, since its buffer holds members' references.
impl fmt::Debug for Letters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Letters").field("counts", &self.counts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
