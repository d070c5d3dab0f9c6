//! The work list of a check: the matches that people have to decide on, as a file that they fill in.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex::Finding;
use leakdex_report::{
    Coincidences, Decision, Language, Place, SheetFormat, Standing, Worklist, is_decidable,
};
use leakdex_staging::unnamed_in;

use crate::{
    findings::Found,
    human::count,
    output::Output,
    status::{inform, tell_warning, wrong_usage},
};

/// A work list, and the file that it goes to.
pub struct WorklistFile {
    list: Worklist,
    output: Output,
    format: SheetFormat,
    path: PathBuf,
}

impl WorklistFile {
    /// Begins a work list. The ending of the file tells how it is written.
    pub fn create(path: &Path, language: Language) -> anyhow::Result<Self> {
        let is_text = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let format = match (SheetFormat::is_workbook(path), is_text, language) {
            (true, ..) => SheetFormat::Xlsx,
            (_, true, Language::De) => SheetFormat::Excel,
            (_, true, Language::En) => SheetFormat::Csv,
            _ => {
                return wrong_usage(format!(
                    "--worklist {}: the file's ending decides on the format; name a file that ends in .xlsx \
                     (a workbook, with lists to choose from) or .csv",
                    path.display()
                ));
            }
        };
        let output = Output::create(path)?;
        let folder = env::temp_dir();
        let waiting = unnamed_in(&folder).with_context(|| {
            format!(
                "cannot create a temporary file in {}; set TMPDIR to a folder that can be written",
                folder.display()
            )
        })?;
        Ok(Self { list: Worklist::new(language, waiting), output, format, path: path.to_owned() })
    }

    /// Takes in an affected member.
    pub fn take(
        &mut self,
        (place, shown): (Place<'_>, u64),
        found: &Found,
        finding: &Finding,
    ) -> anyhow::Result<()> {
        for part in finding.exposure().by_breach() {
            let standing = found.decided.standing(Some(finding), part);
            let is_confirmed = standing == Standing::Holds(Decision::Affected);
            if !is_decidable(part.strength) || is_confirmed {
                self.list.note_sure(&found.member, part.breach.name().as_str());
            }
        }
        // People look for the row in a spreadsheet.
        let place = Place { row: shown, ..place };
        for open in &found.decided.open {
            self.list.add(place, &found.member, open)?;
        }
        Ok(())
    }

    /// Writes the list, not yet published.
    pub fn finish(self, coincidences: Option<&Coincidences>) -> anyhow::Result<Output> {
        let Self { list, output, format, path } = self;
        let (output, counts) = list.finish(output, format, coincidences)?;
        let path = path.display();
        inform(format_args!("{path}: {} matches to decide on\n", count(counts.rows)));
        if counts.without_reference > 0 {
            tell_warning(format_args!(
                "{path}: {} matches to decide on are not in it, since their members have no reference; add \
                 references to the member list",
                count(counts.without_reference)
            ));
        }
        Ok(output)
    }
}
