//! The options of letters and of the table for a mail merge.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use leakdex_report::{Packing, TemplateStyle};

use super::values::{letter_format, packing};

/// Letters to the affected members.
#[derive(Args, Clone)]
#[command(next_help_heading = "Letters")]
#[command(group = ArgGroup::new("writing").multiple(true).args(["letters", "mail_merge"]))]
pub struct LetterArguments {
    /// Write a letter to each affected member into this folder, which must be new or empty
    #[arg(long, value_name = "FOLDER")]
    pub letters: Option<PathBuf>,
    /// The template of the letters, with variables such as {{ member }} [default: a letter under Art. 34 GDPR]
    #[arg(long, value_name = "FILE", requires = "letters")]
    pub template: Option<PathBuf>,
    /// The format of letters without --template: text, or pages for printing
    #[arg(
        long,
        value_name = "FORMAT",
        requires = "letters",
        conflicts_with = "template",
        default_value = "text",
        value_parser = letter_format()
    )]
    pub letter_format: TemplateStyle,
    /// Write each letter into a separate file, or a thousand into one, with page breaks
    #[arg(
        long,
        value_name = "FILES",
        requires = "letters",
        default_value = "each",
        value_parser = packing()
    )]
    pub letters_in: Packing,
    /// Write a table for a mail merge, with a row for each member who gets a letter: a workbook (.xlsx), or
    /// CSV with semicolons (.csv)
    #[arg(long, value_name = "FILE")]
    pub mail_merge: Option<PathBuf>,
    /// Write letters even if parts are missing, and mark each as a draft
    #[arg(long, requires = "letters")]
    pub draft: bool,
    /// Write letters to candidates, too; many of them are other people
    #[arg(long, requires = "writing")]
    pub letters_candidates: bool,
    /// Write letters even if too many matches are probably accidents
    #[arg(long, requires = "writing")]
    pub letters_despite_accidents: bool,
}
