//! The command line of decisions on matches.

use std::path::PathBuf;

use clap::{ArgGroup, Args, builder::NonEmptyStringValueParser};
use leakdex::BreachName;
use leakdex_report::{Decision, DecisionReason};

use super::slugs;

/// The decisions that a check honours, and the work list for further decisions.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Decisions")]
pub struct DecisionArguments {
    /// Honour the decisions that 'leakdex decide' wrote to this file, as long as the member's data and the
    /// matching leaked records are unchanged
    #[arg(long, value_name = "FILE", conflicts_with = "leak")]
    pub decisions: Option<PathBuf>,
    /// Write the matches that need a decision, as a table with columns to fill in: a workbook (.xlsx) or text
    /// (.csv)
    #[arg(long, value_name = "FILE", conflicts_with = "leak")]
    pub worklist: Option<PathBuf>,
    /// Name the leaked rows in the work list or in the explanation of a match. The file is from
    /// 'leakdex build --leaked-rows'; may be given several times
    #[arg(long, value_name = "FILE", requires = "placing", conflicts_with = "leak")]
    pub leaked_rows: Vec<PathBuf>,
}

#[derive(Args)]
#[command(group = ArgGroup::new("decided").required(true).args(["from", "reference"]))]
pub struct Decide {
    /// Append the decisions to this file, which is created if needed
    #[arg(long, value_name = "FILE")]
    pub decisions: PathBuf,
    /// Read the decisions from a work list that people filled in; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with_all = ["worklist", "breach", "decision", "reason"])]
    pub from: Vec<PathBuf>,
    /// For a single decision: the work list that has the match
    #[arg(long, value_name = "FILE", requires = "reference")]
    pub worklist: Option<PathBuf>,
    /// Decide on the member with this reference; '-' reads it from standard input
    #[arg(
        long,
        value_name = "REF",
        value_parser = NonEmptyStringValueParser::new(),
        requires_all = ["worklist", "decision", "reason", "by"]
    )]
    pub reference: Option<String>,
    /// The breach, if the work list has several breaches of the member
    #[arg(long, value_name = "NAME", requires = "reference")]
    pub breach: Option<BreachName>,
    /// The decision: affected, not-affected or later
    #[arg(long, value_name = "DECISION", requires = "reference", value_parser = decision)]
    pub decision: Option<Decision>,
    /// The reason: same-person, other-person, relative, data-outdated, not-reachable, unclear or other
    #[arg(long, value_name = "CODE", requires = "reference", value_parser = reason)]
    pub reason: Option<DecisionReason>,
    /// The person who decides; with --from, for rows without a name
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub by: Option<String>,
}

fn decision(text: &str) -> Result<Decision, String> {
    let all = Decision::ALL.iter().map(|decision| decision.slug());
    Decision::of_words(text).ok_or_else(|| format!("the decisions are: {}", slugs(all)))
}

fn reason(text: &str) -> Result<DecisionReason, String> {
    let all = DecisionReason::ALL.iter().map(|reason| reason.code());
    DecisionReason::of_words(text).ok_or_else(|| format!("the reasons are: {}", slugs(all)))
}
