//! The notices to the authority that a run writes.

use std::{io::Write as _, path::PathBuf};

use jiff::{Timestamp, tz::TimeZone};
use leakdex::IndexSet;
use leakdex_report::{Case, CheckSummary, Insurer, Language, Notice, NoticeFormat, parse_time};

use crate::{
    args::NoticeArguments,
    clock,
    human::count,
    output::Output,
    status::{WrongUsage, inform, wrong_usage},
};

/// The notices that are asked for, and the facts of the case.
pub struct Notices {
    outputs: Vec<(NoticeFormat, Output)>,
    aware_since: Option<Timestamp>,
    delay_reason: Option<String>,
    zone: TimeZone,
    language: Language,
}

/// Refuses files that are no notices, before any file is touched.
pub fn refuse_unfit(paths: &[PathBuf]) -> anyhow::Result<()> {
    for path in paths {
        NoticeFormat::of(path).map_err(|error| WrongUsage(format!("--notice {error}")))?;
    }
    Ok(())
}

impl Notices {
    /// Prepares the files, before the work.
    pub fn create(arguments: &NoticeArguments, language: Language) -> anyhow::Result<Self> {
        let zone = clock::zone();
        let aware_since = arguments.aware_since.as_deref();
        let aware_since = aware_since.map(|text| since(text, &zone)).transpose()?;
        let output = |path: &PathBuf| Ok((NoticeFormat::of(path)?, Output::create(path)?));
        let outputs = arguments.notice.iter().map(output).collect::<anyhow::Result<_>>()?;
        let delay_reason = arguments.delay_reason.clone();
        Ok(Self { outputs, aware_since, delay_reason, zone, language })
    }

    /// The notices of a run that came to this, written and not yet published.
    pub fn into_outputs(
        self,
        summary: &CheckSummary,
        indexes: &IndexSet,
        insurer: &Insurer,
    ) -> anyhow::Result<Vec<Output>> {
        let Self { outputs, aware_since, delay_reason, zone, language } = self;
        if outputs.is_empty() {
            return Ok(Vec::new());
        }
        let case = Case { aware_since, delay_reason, now: clock::now(), zone };
        let notice = Notice::new(summary, indexes, insurer, &case, language);
        let missing = notice.missing();
        if missing > 0 {
            inform(format_args!(
                "notice: {} entries are missing and marked; each mark names the setting or option that \
                 supplies it, see docs/REPORT.md\n",
                count(missing as u64)
            ));
        }
        let written = outputs.into_iter().map(|(format, mut output)| {
            output.write_all(&notice.render(format)?)?;
            Ok(output)
        });
        written.collect()
    }
}

fn since(text: &str, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    let time = parse_time(text, zone)
        .map_err(|error| WrongUsage(format!("--aware-since '{text}': {error}")))?;
    if time > clock::now() {
        return wrong_usage("--aware-since: this time is in the future");
    }
    Ok(time)
}
