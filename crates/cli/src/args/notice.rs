//! The command line of the notice to the authority.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};

/// The notice that a check writes, and facts of the case that no file has.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Results")]
pub struct NoticeArguments {
    /// Write the notice to the authority (Art. 33 GDPR): a page (.html), Markdown (.md) or a Word document
    /// (.docx); may be given several times. The settings [insurer] fill it in
    #[arg(long, value_name = "FILE")]
    pub notice: Vec<PathBuf>,
    /// The time at which the breach became known, local ('2026-01-19 08:00') or in RFC 3339; the 72 hours
    /// begin then
    #[arg(long, value_name = "TIME", requires = "notice", value_parser = NonEmptyStringValueParser::new())]
    pub aware_since: Option<String>,
    /// The reason for a notice after the 72 hours, in full sentences
    #[arg(long, value_name = "TEXT", requires = "notice", value_parser = NonEmptyStringValueParser::new())]
    pub delay_reason: Option<String>,
}
