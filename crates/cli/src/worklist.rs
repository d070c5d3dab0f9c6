//! The work list of a check: a file with the matches that people have to decide, for them to fill in.

use std::path::{Path, PathBuf};

use leakdex::Finding;
use leakdex_report::{
    Decision, DecisionStatus, FalseMatchEstimate, Language, Place, SheetFormat, Worklist,
    WorklistCounts, is_decidable,
};

use crate::{
    findings::MemberFinding,
    human::{by_number, count, counted},
    leaked_rows,
    output::{Output, temporary_file},
    status::{print_info, print_warning, wrong_usage},
};

/// A work list and its file.
pub struct WorklistFile {
    list: Worklist,
    output: Output,
    format: SheetFormat,
    path: PathBuf,
    /// The files that locate the leaked records.
    leaked_rows: Vec<PathBuf>,
}

impl WorklistFile {
    /// Begins a work list. The file extension sets its format.
    pub fn create(
        path: &Path,
        leaked_rows: &[PathBuf],
        language: Language,
    ) -> anyhow::Result<Self> {
        let is_text = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let format = match (SheetFormat::is_workbook(path), is_text, language) {
            (true, ..) => SheetFormat::Xlsx,
            (_, true, Language::De) => SheetFormat::Excel,
            (_, true, Language::En) => SheetFormat::Csv,
            _ => {
                return wrong_usage(format!(
                    "--worklist {}: the file extension determines the format; name a file that ends in .xlsx \
                     (a workbook, with lists to choose from) or .csv",
                    path.display()
                ));
            }
        };
        leaked_rows::refuse_foreign(leaked_rows)?;
        let output = Output::create(path)?;
        let (list, path) = (Worklist::new(language, temporary_file()?), path.to_owned());
        Ok(Self { list, output, format, path, leaked_rows: leaked_rows.to_owned() })
    }

    /// Adds an affected member.
    pub fn take(
        &mut self,
        (place, shown): (Place<'_>, u64),
        found: &MemberFinding,
        finding: &Finding,
    ) -> anyhow::Result<()> {
        for part in finding.exposure().by_breach() {
            let status = found.decided.status(Some(finding), part.breach.name());
            let is_confirmed = status == DecisionStatus::Holds(Decision::Affected);
            if !is_decidable(part.strength) || is_confirmed {
                self.list.record_certain_match(&found.member, part.breach.name().as_str());
            }
        }
        // People look for the row in a spreadsheet.
        let place = Place { row: shown, ..place };
        for open in &found.decided.open {
            self.list.add(place, &found.member, open)?;
        }
        Ok(())
    }

    /// Writes the list. It is not yet published. `persons_to_decide` is the number in the summary.
    pub fn finish(
        self,
        coincidences: Option<&FalseMatchEstimate>,
        persons_to_decide: u64,
    ) -> anyhow::Result<Output> {
        let Self { list, output, format, path, leaked_rows } = self;
        let places = (!leaked_rows.is_empty())
            .then(|| leaked_rows::find(&leaked_rows, list.leaked()))
            .transpose()?;
        let (output, counts) = list.finish(output, format, coincidences, places.as_ref())?;
        let path = path.display();
        print_info(format_args!("{path}: {}\n", summary_line(&counts, persons_to_decide)));
        leaked_rows::warn_of_missing_records(&format!("{path}: "), counts.unplaced);
        if counts.without_reference > 0 {
            print_warning(format_args!(
                "{path}: {} without a reference of the member {} not in it. Add references to the member list",
                counted(counts.without_reference, "match"),
                by_number(counts.without_reference, "is", "are")
            ));
        }
        Ok(output)
    }
}

/// The counts of a work list in words. The list counts matches and the summary counts persons, so the line
/// explains the difference.
fn summary_line(counts: &WorklistCounts, persons_to_decide: u64) -> String {
    let WorklistCounts { rows, persons, to_decide, .. } = *counts;
    let mut text = format!("{} to decide on", counted(rows, "match"));
    if rows == 0 {
        return text;
    }
    let probable = rows - to_decide;
    text += &format!(
        ": {} {} for nobody yet, {} probable",
        count(to_decide),
        by_number(to_decide, "counts", "count"),
        count(probable)
    );
    if persons != rows {
        text += &format!("; of {}", counted(persons, "person"));
    }
    if persons > persons_to_decide || probable > 0 {
        text += "; a person with a probable or a surer match counts as confirmed until somebody decides otherwise";
    }
    text
}
