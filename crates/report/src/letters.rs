//! A letter to each affected member, of a template.
//!
//! Letters are files in a folder that takes its name at the end of the run. In it are folders of a
//! thousand letters each, since some hundred thousand files in one are slow for whatever reads them, and
//! a list of all letters.

mod content;
mod name;
mod template;

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex::{Breach, Strength};
use leakdex_staging::StagedFolder;
use serde::Serialize;

use self::{content::Content, template::Template};
use crate::{
    args::LetterArguments,
    findings::{Found, inert, written},
    language::Language,
    output::{is_standard, refuse_folder_of},
    status::{WrongUsage, tell},
};

/// How many letters are in one folder.
const LETTERS_IN_FOLDER: u64 = 1000;

/// The list of letters, in their folder.
const LIST: &str = "index.csv";

const HEADER: [&str; 5] = ["letter", "file", "row", "member", "strength"];

/// Writes letters.
pub struct Letters {
    folder: Folder,
    list: csv::Writer<BufWriter<File>>,
    template: Template,
    language: Language,
    with_candidates: bool,
    counts: LetterCounts,
}

/// How many affected members were written to, and how many were not.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct LetterCounts {
    pub written: u64,
    /// Members with a finding of strength *candidate*, unless letters to them are asked for.
    pub candidates_left_out: u64,
    /// Members of whom earlier findings say as much.
    pub known_left_out: u64,
}

/// Where a member stands: in which list, of how many, and in which row.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub file: &'a str,
    /// The number of the list in this run, from 1.
    pub list: usize,
    /// The row in the list, from 1.
    pub row: u64,
}

impl Letters {
    /// Prepares letters, if they are asked for, and tries their template out.
    pub fn create(arguments: &LetterArguments, language: Language) -> anyhow::Result<Option<Self>> {
        let Some(target) = &arguments.letters else { return Ok(None) };
        if is_standard(target) || arguments.template.as_deref().is_some_and(is_standard) {
            let reason = "letters go to a folder, and their template is a file";
            return Err(WrongUsage(format!("'-' cannot be taken: {reason}")).into());
        }
        let template = Template::read(arguments.template.as_deref(), language)?;
        template.try_out(&content::samples(language, &[&content::sample_breach()]))?;
        let folder = Folder::create(target)?;
        let list = csv::Writer::from_writer(BufWriter::new(folder.file(LIST)?));
        let with_candidates = arguments.letters_candidates;
        let counts = LetterCounts::default();
        let mut letters = Self { folder, list, template, language, with_candidates, counts };
        letters.write_line(HEADER)?;
        Ok(Some(letters))
    }

    /// Tries the template out on what is known of these breaches, before there is any member.
    pub fn try_out(&self, breaches: &[&Breach], quiet: bool) -> anyhow::Result<()> {
        self.template.try_out(&content::samples(self.language, breaches))?;
        if let Some(mark) = self.template.placeholder()
            && !quiet
        {
            tell(format_args!(
                "letters: the template {} has parts to fill in, which begin with '{mark}'; see \
                 docs/LETTERS.md\n",
                self.template.name()
            ));
        }
        Ok(())
    }

    /// Writes to a member, if he or she is affected and is to be written to. `is_new` says whether
    /// earlier findings do not say as much, if there are any.
    pub fn write(
        &mut self,
        place: Place<'_>,
        found: &Found<'_>,
        is_new: Option<bool>,
    ) -> anyhow::Result<()> {
        let Some(finding) = found.verdict.finding() else { return Ok(()) };
        let strength = finding.strength();
        if is_new == Some(false) {
            self.counts.known_left_out += 1;
            return Ok(());
        }
        if strength == Strength::Candidate && !self.with_candidates {
            self.counts.candidates_left_out += 1;
            return Ok(());
        }
        let content = Content::of(place, &found.member, finding, self.language);
        let letter = self.template.render(&content).map_err(|reason| {
            anyhow::anyhow!("{}, row {}: no letter can be written: {reason}", place.file, place.row)
        })?;

        self.counts.written += 1;
        let number = self.counts.written;
        let folder = format!("{:04}", (number - 1) / LETTERS_IN_FOLDER + 1);
        if number % LETTERS_IN_FOLDER == 1 {
            self.folder.create_folder(&folder)?;
        }
        let name = name::of_letter(number, &found.member, place, self.template.ending());
        let path = format!("{folder}/{name}");
        self.folder.write(&path, &letter)?;
        let row = place.row.to_string();
        let (file, member) = (inert(place.file), inert(&found.member));
        self.write_line([&path, &*file, &row, &*member, strength.slug()])
    }

    /// All letters, on the disk and without their name.
    pub fn finish(self) -> anyhow::Result<(Folder, LetterCounts)> {
        let failed = self.folder.failed();
        let list = written(self.list)?.into_inner().map_err(std::io::IntoInnerError::into_error);
        list.with_context(&failed)?;
        self.folder.staged.sync().with_context(&failed)?;
        Ok((self.folder, self.counts))
    }

    fn write_line(&mut self, cells: [&str; 5]) -> anyhow::Result<()> {
        self.list.write_record(cells).with_context(self.folder.failed())
    }
}

impl LetterCounts {
    /// The counts for people, on one line.
    pub fn describe(&self) -> String {
        let Self { written, candidates_left_out, known_left_out } = self;
        let mut line = format!("{written} written, {candidates_left_out} candidates left out");
        if *known_left_out > 0 {
            line += &format!(", {known_left_out} left out who were in the earlier findings");
        }
        line
    }
}

/// A folder that does not have its name yet, and says in errors which one it is.
pub struct Folder {
    staged: StagedFolder,
    target: PathBuf,
}

impl Folder {
    fn create(target: &Path) -> anyhow::Result<Self> {
        refuse_folder_of(target)?;
        let staged = StagedFolder::create(target).with_context(|| {
            format!("{}: no letters can be written there; name a new folder", target.display())
        })?;
        Ok(Self { staged, target: target.to_owned() })
    }

    fn file(&self, name: &str) -> anyhow::Result<File> {
        self.staged.create_file(name).with_context(self.failed())
    }

    fn create_folder(&self, name: &str) -> anyhow::Result<()> {
        self.staged.create_folder(name).with_context(self.failed())
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        self.file(name)?.write_all(text.as_bytes()).with_context(self.failed())
    }

    /// Gives the folder its name.
    pub fn publish(self) -> anyhow::Result<()> {
        let failed = self.failed();
        self.staged.publish().with_context(failed)
    }

    fn failed(&self) -> impl Fn() -> String + use<> {
        let target = self.target.clone();
        move || format!("{}: cannot write the letters", target.display())
    }
}
