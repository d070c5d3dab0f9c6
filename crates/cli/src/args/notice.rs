//! The command-line options for the notice to the authority.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};

/// The files of the notice, and the facts that only the command line gives.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Results")]
pub struct NoticeArguments {
    /// Write the notice to the authority (Art. 33 GDPR): a page (.html), Markdown (.md) or a Word document
    /// (.docx); may be given several times. It takes the insurer's details from [insurer] in the settings
    #[arg(long, value_name = "FILE")]
    pub notice: Vec<PathBuf>,
    /// The time at which the breach became known, when the 72 hours begin: local ('2026-01-19 08:00') or in
    /// RFC 3339
    #[arg(long, value_name = "TIME", requires = "notice", value_parser = NonEmptyStringValueParser::new())]
    pub aware_since: Option<String>,
    /// The reason for the delay if the notice is later than 72 hours, in full sentences
    #[arg(long, value_name = "TEXT", requires = "notice", value_parser = NonEmptyStringValueParser::new())]
    pub delay_reason: Option<String>,
}
