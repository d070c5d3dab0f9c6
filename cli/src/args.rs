//! The command line.

use std::{env, num::NonZeroUsize, path::PathBuf, process::ExitCode};

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum, error::ErrorKind};
use leakdex::{BreachName, Kind, Normaliser, Region, ShardCount};

use crate::{
    clock,
    commands::normalize::Form,
    input::{ByteCount, Delimiter, Encoding, Format, Mapping, Options},
    language::Language,
    rejects::RejectLimit,
    status::tell,
};

/// Tells which members of an insurer are in a data leak.
#[derive(Parser)]
#[command(name = "leakdex", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args)]
pub struct Global {
    /// Use this many threads [default: all cores]
    #[arg(long, value_name = "N", global = true, display_order = 900)]
    pub threads: Option<NonZeroUsize>,
    /// Print nothing but results and errors
    #[arg(long, global = true, display_order = 901)]
    pub quiet: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Make a key
    Keygen(Keygen),
    /// Index a leaked file
    Build(Build),
    /// Check member lists against a leak
    Check(Check),
    /// Check values from standard input, one a line
    Lookup(Lookup),
    /// Show the normal form of values from standard input, one a line
    Normalize(Normalize),
    /// Show what an index says of itself, without a key and thus not verified
    Inspect(Inspect),
    /// Check that indexes are as they were built
    Verify(Verify),
    /// Make one index of several, without what is to be erased
    Merge(Merge),
    /// Generate, index and check a synthetic breach whose truth is known
    Demo,
}

#[derive(Args)]
pub struct Keygen {
    /// The file to make; it must not exist
    #[arg(value_name = "KEYFILE")]
    pub key: PathBuf,
}

#[derive(Args)]
pub struct Build {
    /// The key, made with 'leakdex keygen'
    #[arg(long, value_name = "KEYFILE")]
    pub key: PathBuf,
    /// The index to write; an earlier one is replaced once the new one is verified
    #[arg(long, value_name = "INDEX")]
    pub output: PathBuf,
    /// What is known of the breach: a TOML file with the fields of the HIBP breach model
    #[arg(long, value_name = "FILE.toml", conflicts_with = "name")]
    pub breach: Option<PathBuf>,
    /// The name of the breach [default: the name of the first leaked file]
    #[arg(long)]
    pub name: Option<BreachName>,
    /// Index these kinds of identifier only, separated by commas [default: all]
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
    pub kinds: Vec<Kind>,
    /// Hold at most so much in memory; what is beyond is sorted on the disk, beside the index
    /// [default: a quarter of the machine's memory]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<ByteCount>,
    /// Which one of several indexes that replace each other this is; count up
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub generation: u64,
    /// Split the index into this many files, a power of two up to 256, for workers that each map their
    /// own; INDEX is then a new folder
    #[arg(long, value_name = "N")]
    pub shards: Option<ShardCount>,
    #[command(flatten)]
    pub input: InputArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    /// The leaked files; '-' is standard input
    #[arg(value_name = "LEAK", required = true)]
    pub leaks: Vec<PathBuf>,
}

#[derive(Args)]
#[command(group = ArgGroup::new("source").required(true).args(["index", "leak"]))]
pub struct Check {
    /// The key that the indexes were built with; may be given several times, if they have several
    #[arg(long, value_name = "KEYFILE", requires = "index")]
    pub key: Vec<PathBuf>,
    /// An index to check against; may be given several times
    #[arg(long, value_name = "INDEX", requires = "key")]
    pub index: Vec<PathBuf>,
    /// Refuse an index of an earlier generation than this
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "leak")]
    pub min_generation: u64,
    /// A leaked file to index in memory, under a one-time key, and to check against at once
    #[arg(long, value_name = "LEAK", conflicts_with = "key")]
    pub leak: Option<PathBuf>,
    /// Where the findings go [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How the findings are written
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub format_out: FormatOut,
    /// The language of what is written for people
    #[arg(long, value_name = "LANGUAGE", default_value = "de")]
    #[allow(dead_code, reason = "results for people read it")]
    pub lang: Language,
    /// Findings of an earlier run: a column 'new' says who was not affected there; may be given several
    /// times, and needs the members' references (a column 'id') in both runs
    #[arg(long, value_name = "FINDINGS")]
    pub previous: Vec<PathBuf>,
    /// Write a row for every member, not only for the affected ones
    #[arg(long)]
    pub all: bool,
    /// Exit with 0 even if some members could not be checked
    #[arg(long)]
    pub allow_indeterminate: bool,
    #[command(flatten)]
    pub input: InputArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    /// The member lists; '-' is standard input
    #[arg(value_name = "MEMBERS", required = true)]
    pub members: Vec<PathBuf>,
}

#[derive(Args)]
pub struct Lookup {
    /// The key that the indexes were built with; may be given several times, if they have several
    #[arg(long, value_name = "KEYFILE", required = true)]
    pub key: Vec<PathBuf>,
    /// An index to look in; may be given several times
    #[arg(long, value_name = "INDEX", required = true)]
    pub index: Vec<PathBuf>,
    /// Refuse an index of an earlier generation than this
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub min_generation: u64,
    /// Write one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Exit with 0 even if some values could not be checked
    #[arg(long)]
    pub allow_indeterminate: bool,
    #[command(flatten)]
    pub rules: RuleArguments,
    /// The kind of the values, as email or kvnr
    #[arg(value_name = "KIND", value_parser = kind)]
    pub kind: Kind,
}

#[derive(Args)]
pub struct Normalize {
    /// Write one JSON object a line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub rules: RuleArguments,
    /// The kind or field of the values, as email or birth-date, or a form as kvnr20 or ik
    #[arg(value_name = "KIND")]
    pub form: Form,
}

#[derive(Args)]
pub struct Inspect {
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// The index
    #[arg(value_name = "INDEX")]
    pub index: PathBuf,
}

#[derive(Args)]
pub struct Verify {
    /// The key that the indexes were built with
    #[arg(long, value_name = "KEYFILE")]
    pub key: PathBuf,
    /// Refuse an index of an earlier generation than this
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub min_generation: u64,
    /// Write one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// The indexes
    #[arg(value_name = "INDEX", required = true)]
    pub indexes: Vec<PathBuf>,
}

#[derive(Args)]
pub struct Merge {
    /// The key that the indexes were built with
    #[arg(long, value_name = "KEYFILE")]
    pub key: PathBuf,
    /// The index to write; an earlier one is replaced once the new one is verified
    #[arg(long, value_name = "INDEX")]
    pub output: PathBuf,
    /// Leave out this breach, and who was in no other; may be given several times
    #[arg(long, value_name = "NAME")]
    pub without_breach: Vec<BreachName>,
    /// Erase the records in this file; may be given several times
    #[arg(long, value_name = "FILE")]
    pub without: Vec<PathBuf>,
    /// Which one of several indexes that replace each other this is [default: that of the latest]
    #[arg(long, value_name = "N")]
    pub generation: Option<u64>,
    #[command(flatten)]
    pub input: InputArguments,
    /// Write the figures of the run as JSON
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub summary: Option<PathBuf>,
    /// The indexes
    #[arg(value_name = "INDEX", required = true)]
    pub indexes: Vec<PathBuf>,
}

/// How inputs are read; what is not given is detected, and said.
#[derive(Args)]
#[command(next_help_heading = "Input options")]
pub struct InputArguments {
    /// What a column holds: a field such as email, 'id', 'class:SLUG' or 'ignore'; repeatable
    #[arg(long = "column", value_name = "HEADER=FIELD")]
    columns: Vec<Mapping>,
    /// The character between two fields, or 'tab'
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<Delimiter>,
    /// The encoding of an input that is not UTF-8, as iso-8859-15
    #[arg(long, value_name = "NAME")]
    encoding: Option<Encoding>,
    /// The inputs have no header: a HEADER is the number of a column, from 1
    #[arg(long)]
    no_header: bool,
    /// The format of the inputs: csv, jsonl, sql or xlsx
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The table of an SQL dump that has rows of several
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The sheet of an XLSX workbook [default: the only one that is not empty]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Refuse an input that is longer than this once unpacked, as 500MB or 2GiB [default: no limit]
    #[arg(long, value_name = "SIZE")]
    max_input_bytes: Option<ByteCount>,
    #[command(flatten)]
    rules: RuleArguments,
}

impl InputArguments {
    pub fn options(&self) -> Options {
        Options {
            columns: self.columns.clone(),
            delimiter: self.delimiter,
            encoding: self.encoding,
            header: !self.no_header,
            format: self.format,
            table: self.table.clone(),
            sheet: self.sheet.clone(),
            max_bytes: self.max_input_bytes,
            normaliser: self.rules.normaliser(),
            ..Options::default()
        }
    }
}

/// The rules of normalising that a run can set.
#[derive(Args)]
pub struct RuleArguments {
    /// What dates of birth are beside dates as people write them
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<DateFormat>,
    /// The country of phone numbers without a country code, in two letters
    #[arg(long, value_name = "XX", default_value_t = Region::DE)]
    region: Region,
}

impl RuleArguments {
    pub fn normaliser(&self) -> Normaliser {
        let excel_dates = self.date_format == Some(DateFormat::Excel);
        clock::normaliser().excel_dates(excel_dates).region(self.region)
    }
}

/// What a bare number in a date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DateFormat {
    /// A spreadsheet's serial number: the days since 1899-12-30.
    Excel,
}

/// What a run writes beside its main result.
#[derive(Args)]
#[command(next_help_heading = "Results")]
pub struct ResultArguments {
    /// Stop, and publish nothing, at more rejects than this number or percentage of the rows
    #[arg(long, value_name = "N|P%")]
    pub max_rejects: Option<RejectLimit>,
    /// Write a CSV file of every field and row that could not be used, with the reason
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Write the figures of the run as JSON
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
}

/// Tells why a command line cannot be taken, and gives the exit status.
///
/// A value that was put into the command line of `lookup` or `normalize` is not repeated.
pub fn report(error: &clap::Error) -> ExitCode {
    let takes_values = env::args_os().any(|word| word == "lookup" || word == "normalize");
    let may_repeat =
        [ErrorKind::UnknownArgument, ErrorKind::InvalidValue, ErrorKind::ValueValidation];
    if takes_values && may_repeat.contains(&error.kind()) {
        tell(format_args!(
            "error: an argument cannot be taken; values come from standard input, one a line, and \
             the kinds are: {}\n",
            slugs(Form::names())
        ));
    } else {
        // Nobody may be there to read it.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatOut {
    /// Delimited by commas; cells never start a formula.
    Csv,
    /// One JSON object a line, with the exact values.
    Jsonl,
}

fn kind(name: &str) -> Result<Kind, String> {
    name.parse()
        .map_err(|_| format!("the kinds are: {}", slugs(Kind::ALL.iter().map(|k| k.slug()))))
}

fn slugs(names: impl Iterator<Item = &'static str>) -> String {
    names.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// What stands in a command line can be seen by all users of a machine, and is kept in the
    /// history of a shell. A new sort of value is put into this list by somebody who thought of it.
    #[test]
    fn no_option_takes_a_key_or_a_value_of_a_person() {
        const HARMLESS: &[&str] = &[
            "CHAR",
            "FILE",
            "FILE.toml",
            "FINDINGS",
            "FORMAT",
            "HEADER=FIELD",
            "INDEX",
            "KEYFILE",
            "KIND",
            "KINDS",
            "LANGUAGE",
            "LEAK",
            "MEMBERS",
            "N",
            "N|P%",
            "NAME",
            "SIZE",
            "XX",
        ];
        let mut commands = vec![Arguments::command()];
        commands[0].build();
        let mut seen = 0;
        while let Some(command) = commands.pop() {
            for argument in command.get_arguments() {
                if !argument.get_action().takes_values() {
                    continue;
                }
                for name in argument.get_value_names().expect("a command that is built has them") {
                    assert!(HARMLESS.contains(&name.as_str()), "{argument} takes a {name}");
                    seen += 1;
                }
            }
            commands.extend(command.get_subcommands().cloned());
        }
        assert!(seen > 30, "only {seen} values were seen");
    }
}
