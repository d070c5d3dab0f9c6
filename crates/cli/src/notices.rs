//! The notices to the authority that a run writes.

use std::{io::Write as _, path::PathBuf};

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use leakdex::IndexSet;
use leakdex_report::{Case, CheckSummary, Insurer, Language, Notice, NoticeFormat, parse_time};

use crate::{
    args::NoticeArguments,
    clock,
    human::count,
    output::Output,
    status::{WrongUsage, print_info, print_warning, wrong_usage},
};

/// The requested notices, and the facts of the case.
pub struct Notices {
    outputs: Vec<(NoticeFormat, Output)>,
    aware_since: Option<Timestamp>,
    delay_reason: Option<String>,
    zone: TimeZone,
    language: Language,
}

/// Refuses files that cannot be notices, before any file is touched.
pub fn refuse_unknown_formats(paths: &[PathBuf]) -> anyhow::Result<()> {
    for path in paths {
        NoticeFormat::of(path).map_err(|error| WrongUsage(format!("--notice {error}")))?;
    }
    Ok(())
}

impl Notices {
    /// Prepares the files, before the work.
    pub fn create(arguments: &NoticeArguments, language: Language) -> anyhow::Result<Self> {
        let zone = clock::zone();
        if language == Language::De && !arguments.notice.is_empty() {
            warn_of_utc(&zone);
        }
        let aware_since = arguments.aware_since.as_deref();
        let aware_since = aware_since.map(|text| parse_aware_since(text, &zone)).transpose()?;
        let output = |path: &PathBuf| Ok((NoticeFormat::of(path)?, Output::create(path)?));
        let outputs = arguments.notice.iter().map(output).collect::<anyhow::Result<_>>()?;
        let delay_reason = arguments.delay_reason.clone();
        Ok(Self { outputs, aware_since, delay_reason, zone, language })
    }

    /// Writes the notices for the outcome of the run. They are not yet published.
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
            print_info(format_args!(
                "notice: {}. A mark names the setting or option that supplies the entry; see docs/REPORT.md\n",
                match missing as u64 {
                    1 => "1 entry is missing and marked".to_owned(),
                    more => format!("{} entries are missing and marked", count(more)),
                }
            ));
        }
        let written = outputs.into_iter().map(|(format, mut output)| {
            output.write_all(&notice.render(format)?)?;
            Ok(output)
        });
        written.collect()
    }
}

/// Warns if the times of a German notice are in UTC, as on many servers. Readers expect German time and
/// would misread the deadline.
fn warn_of_utc(zone: &TimeZone) {
    if zone.to_offset(clock::now()) != Offset::UTC {
        return;
    }
    // Without a time zone database, the machine knows no names of zones, but it understands their rules.
    let is_known = TimeZone::get("Europe/Berlin").is_ok();
    let german = if is_known { "Europe/Berlin" } else { "'CET-1CEST,M3.5.0,M10.5.0/3'" };
    print_warning(format_args!(
        "the times in the notice are in UTC, the time zone of this machine, and so is a time of --aware-since without \
         an offset. For German time, run 'TZ={german} leakdex …'"
    ));
}

fn parse_aware_since(text: &str, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    let time = parse_time(text, zone)
        .map_err(|error| WrongUsage(format!("--aware-since '{text}': {error}")))?;
    if time > clock::now() {
        return wrong_usage("--aware-since: this time is in the future");
    }
    Ok(time)
}
