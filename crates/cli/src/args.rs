//! The command line.

mod columns;
mod decisions;
mod findings;
mod for_file;
mod letters;
mod notice;
mod private;
mod together;
mod values;

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{ArgGroup, Args, Parser, Subcommand, ValueHint, builder::NonEmptyStringValueParser};
use clap_complete::Shell;
use leakdex::{BreachName, DateOrder, Kind, Region, ShardCount};
use leakdex_input::{ByteCount, Delimiter, Encoding, Format, Mapping, RecordLayout, SqlDialect};
use leakdex_report::{Insurer, Language};

pub use columns::Columns;
pub use decisions::{Decide, DecisionArguments};
pub use for_file::{FileOption, ForFile, NAMES as FOR_NAMES, is_same_header};
pub use letters::LetterArguments;
pub use notice::NoticeArguments;
pub use private::{
    AnswerArguments, AskArguments, AuditArguments, EpochArguments, FinishArguments, GrantArguments,
    OpenArguments, Private, PrivateCommand, SignerArguments, TableArguments, TablesArguments,
};
pub use together::DEPENDENT;
pub use values::{DateFormat, Form, FormatOut, RejectLimit, algorithm, single_value_kinds, slugs};

use together::{NOT_RESUMED, RESULTS};
use values::{
    at_least_one, date_order, email_hash, kind, language, record_layout, single_value_kind,
};

/// Finds the members of an insurer who are in a data leak.
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
    #[arg(long, value_name = "N", global = true, display_order = 900, value_parser = at_least_one)]
    pub threads: Option<NonZeroUsize>,
    /// Print only results, errors, caveats, questions and important warnings
    #[arg(short, long, global = true, display_order = 901)]
    pub quiet: bool,
    /// Print more, such as the contents of each index
    #[arg(short, long, global = true, display_order = 901, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Read the passphrase of key files from this file of one line, which only its owner can read [default:
    /// ask at the terminal]
    #[arg(long, value_name = "FILE", global = true, display_order = 901)]
    pub passphrase_file: Option<PathBuf>,
    /// Take settings from this TOML file [default: leakdex.toml in the current folder, if it exists]
    #[arg(long, value_name = "FILE", global = true, display_order = 902)]
    pub config: Option<PathBuf>,
    /// Take no settings from a file
    #[arg(long, global = true, display_order = 903, conflicts_with = "config")]
    pub no_config: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Make a key
    Keygen(Keygen),
    /// Index a leaked file
    Build(Build),
    /// Check member lists against a leak
    Check(Box<Check>),
    /// Record the decisions of people on uncertain matches
    Decide(Decide),
    /// Check values from standard input, one per line
    Lookup(Lookup),
    /// Show the normal form of values from standard input, one per line
    Normalize(Normalize),
    /// Show the profile of each column of a file, without values
    Columns(Columns),
    /// Show the metadata of an index, without a key and therefore unverified
    Inspect(Inspect),
    /// Check that indexes are unchanged since they were built
    Verify(Verify),
    /// Merge several indexes into one, and erase breaches or records from it
    Merge(Merge),
    /// Check members against a leak that another party holds; neither side shows its file to the other
    ///
    /// The provider runs signer, epoch, table, grant and answer. The insurer runs signer, ask and finish.
    /// Section 16 of docs/GUIDE.md has an example.
    Private(Private),
    /// Generate a synthetic breach and members, check them, and compare the findings with the truth
    Demo,
    /// Write a completion script for a shell
    Completions(Completions),
    /// Write the man pages
    Man(ManPages),
}

#[derive(Args)]
pub struct Keygen {
    /// The file to make; it must not exist
    #[arg(value_name = "KEYFILE")]
    pub key: PathBuf,
    /// Ask for a passphrase, and seal the key with it: nobody can use the file without it
    #[arg(long)]
    pub passphrase: bool,
}

#[derive(Args)]
pub struct Build {
    /// The key, made with 'leakdex keygen'
    #[arg(short, long, value_name = "KEYFILE")]
    pub key: PathBuf,
    /// The index to write; an earlier one is replaced once the new one is verified
    #[arg(short, long, value_name = "INDEX")]
    pub output: PathBuf,
    /// Describe the breach: a TOML file with the fields of the HIBP breach model
    #[arg(long, value_name = "FILE.toml", conflicts_with = "name")]
    pub breach: Option<PathBuf>,
    /// The name of the breach [default: the name of the first leaked file]
    #[arg(long)]
    pub name: Option<BreachName>,
    /// Index these kinds of identifier only, separated by commas [default: all]
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
    pub kinds: Vec<Kind>,
    /// Index these hashes of each plain address, too, for member lists that hold hashes only: md5, sha1,
    /// sha256, separated by commas [default: none]
    #[arg(long, value_name = "HASHES", value_delimiter = ',', value_parser = email_hash())]
    pub email_hashes: Vec<Kind>,
    /// Use at most this much memory; the rest is sorted on the disk, beside the index [default: a quarter of
    /// the machine's memory]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<ByteCount>,
    /// Number the index among indexes that replace each other; count up
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub generation: u64,
    /// Split the index into this many files, a power of two up to 256, for workers that each map one file;
    /// INDEX is then a new folder
    #[arg(long, value_name = "N")]
    pub shards: Option<ShardCount>,
    /// Write the file and the row of each indexed record, as CSV, so that 'check --worklist' can name the
    /// leaked row of a match. Together with the key, this file links members to rows of the leak
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub leaked_rows: Option<PathBuf>,
    /// The language of a workbook of --rejects
    #[arg(long, value_name = "LANGUAGE", default_value = "de", value_parser = language())]
    pub lang: Language,
    #[command(flatten)]
    pub input: InputArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    /// The leaked files; '-' is standard input
    #[arg(value_name = "LEAK", required = true, help_heading = None)]
    pub leaks: Vec<PathBuf>,
}

#[derive(Args)]
#[command(group = ArgGroup::new("source").required(true).args(["index", "leak"]))]
#[command(group = ArgGroup::new("placing").multiple(true).args(["worklist", "explain_match"]))]
pub struct Check {
    /// The key of the indexes; may be given several times, for indexes of several keys
    #[arg(short, long, value_name = "KEYFILE", requires = "index")]
    pub key: Vec<PathBuf>,
    /// An index to check against; may be given several times
    #[arg(short, long, value_name = "INDEX", requires = "key")]
    pub index: Vec<PathBuf>,
    /// Refuse an index of an earlier generation than this
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "leak")]
    pub min_generation: u64,
    /// Index this leaked file in memory, under a one-time key, and check against it at once
    #[arg(long, value_name = "LEAK", conflicts_with_all = ["key", "index"])]
    pub leak: Option<PathBuf>,
    /// The name of the breach of --leak, by which --previous tells breaches apart [default: the name of the
    /// leaked file]
    #[arg(long, requires = "leak", conflicts_with_all = ["key", "index"])]
    pub name: Option<BreachName>,
    /// Describe the breach of --leak, for letters and reports: a TOML file with the fields of the HIBP breach
    /// model
    #[arg(long, value_name = "FILE.toml", requires = "leak", conflicts_with_all = ["key", "index", "name"])]
    pub breach: Option<PathBuf>,
    #[command(flatten)]
    pub findings: FindingArguments,
    /// Save the progress of the run, and continue an interrupted run; needs --index and --output FILE, and
    /// does not work with --letters, --mail-merge, --worklist or --leaked-rows
    #[arg(long, conflicts_with_all = NOT_RESUMED)]
    pub resume: bool,
    /// The milliseconds between two saves. Only tests change the default
    #[arg(long, value_name = "N", hide = true, default_value_t = 5000, requires = "resume")]
    pub checkpoint_every: u64,
    /// Look up no decoys; the number of accidental matches is then not measured
    #[arg(long)]
    pub no_decoys: bool,
    /// Dry run: show how the files are read and the outcome of their first rows, with masked values, and
    /// write no results [default: 5 rows]
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "5",
        value_parser = at_least_one,
        conflicts_with_all = RESULTS,
        conflicts_with_all = ["format_out", "explain_match", "decisions", "leaked_rows"]
    )]
    pub explain: Option<NonZeroUsize>,
    /// Explain why the member with this reference is affected or not: which details agree with each leaked
    /// record and which differ, without values; '-' reads the reference from standard input
    #[arg(
        long,
        value_name = "REF",
        value_parser = NonEmptyStringValueParser::new(),
        conflicts_with_all = RESULTS,
        conflicts_with = "explain"
    )]
    pub explain_match: Option<String>,
    #[command(flatten)]
    pub input: InputArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    pub letters: LetterArguments,
    /// The insurer that the settings describe.
    #[arg(skip)]
    pub insurer: Insurer,
    #[command(flatten)]
    pub decision_settings: DecisionArguments,
    /// The member lists; '-' is standard input
    #[arg(value_name = "MEMBERS", required = true, help_heading = None)]
    pub members: Vec<PathBuf>,
}

/// Options for the findings of a check, for their output for people, and for the exit status.
#[derive(Args, Clone)]
pub struct FindingArguments {
    /// The file for the findings [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The format of the findings [default: xlsx if the name of --output ends in .xlsx, else csv]
    #[arg(long, value_name = "FORMAT")]
    pub format_out: Option<FormatOut>,
    /// The language of output for people
    #[arg(long, value_name = "LANGUAGE", default_value = "de", value_parser = language())]
    pub lang: Language,
    /// Write a report for a data-protection officer: a page (.html), Markdown (.md) or JSON (.json); may
    /// be given several times
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub report: Vec<PathBuf>,
    #[command(flatten)]
    pub notices: NoticeArguments,
    /// Findings of an earlier run, or the index.csv of its letters: a column 'new' marks the members who are
    /// not in them; may be given several times, and needs references (a column 'id') in both runs
    #[arg(long, value_name = "FINDINGS")]
    pub previous: Vec<PathBuf>,
    /// Write a row for every member, not only for the affected ones, with the kinds checked and the gaps
    #[arg(long)]
    pub all: bool,
    /// Exit with 0 even if some members could not be checked
    #[arg(long)]
    pub allow_indeterminate: bool,
    /// Exit with 3 also if some all-clear is partial, or a column has a caveat
    #[arg(long)]
    pub strict: bool,
}

impl Check {
    /// All files that the command reads.
    pub fn files_read(&self) -> impl Iterator<Item = &PathBuf> {
        let files = self.members.iter().chain(&self.index).chain(&self.leak).chain(&self.key);
        let files = files.chain(&self.findings.previous).chain(&self.letters.template);
        let files = files.chain(&self.breach).chain(&self.decision_settings.decisions);
        files.chain(&self.decision_settings.leaked_rows)
    }
}

#[derive(Args)]
pub struct Lookup {
    /// The key of the indexes; may be given several times, for indexes of several keys
    #[arg(short, long, value_name = "KEYFILE", required = true)]
    pub key: Vec<PathBuf>,
    /// An index to look in; may be given several times
    #[arg(short, long, value_name = "INDEX", required = true)]
    pub index: Vec<PathBuf>,
    /// Refuse an index of an earlier generation than this
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub min_generation: u64,
    /// Write one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// Exit with 0 even if some values could not be checked
    #[arg(long)]
    pub allow_indeterminate: bool,
    // No kind of a lookup is a date, so it needs no rules for dates.
    /// The country of phone numbers without a country code, in two letters
    #[arg(long, value_name = "XX", default_value_t = Region::DE)]
    pub region: Region,
    /// The kind of the values
    #[arg(value_name = "KIND", value_parser = single_value_kind(), help_heading = None)]
    pub kind: Kind,
}

#[derive(Args)]
pub struct Normalize {
    /// Write one JSON object per line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub rules: RuleArguments,
    /// The kind or field of the values, such as email or birth-date, or a form such as kvnr20 or ik
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
    /// The key of the indexes
    #[arg(short, long, value_name = "KEYFILE")]
    pub key: PathBuf,
    /// Refuse an index of an earlier generation than this
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub min_generation: u64,
    /// Write one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// The indexes
    #[arg(value_name = "INDEX", required = true)]
    pub indexes: Vec<PathBuf>,
}

#[derive(Args)]
pub struct Merge {
    /// The key of the indexes
    #[arg(short, long, value_name = "KEYFILE")]
    pub key: PathBuf,
    /// The index to write; an earlier one is replaced once the new one is verified
    #[arg(short, long, value_name = "INDEX")]
    pub output: PathBuf,
    /// Leave out this breach, and everybody who is in no other; may be given several times
    #[arg(long, value_name = "NAME")]
    pub without_breach: Vec<BreachName>,
    /// Erase the records in this file; may be given several times
    #[arg(long, value_name = "FILE")]
    pub without: Vec<PathBuf>,
    /// Number the index among indexes that replace each other [default: the highest generation of the
    /// indexes]
    #[arg(long, value_name = "N")]
    pub generation: Option<u64>,
    #[command(flatten)]
    pub input: InputArguments,
    /// Write the figures of the run as JSON
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub summary: Option<PathBuf>,
    /// The indexes
    #[arg(value_name = "INDEX", required = true, help_heading = None)]
    pub indexes: Vec<PathBuf>,
}

#[derive(Args)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Args)]
pub struct ManPages {
    /// The folder for the pages; existing pages are replaced
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}

/// Options for reading inputs. The command detects the settings that are not given, and reports them.
#[derive(Args, Clone)]
#[command(next_help_heading = "Input options")]
pub struct InputArguments {
    /// Map a column to a field such as email, or to 'id', 'class:SLUG' or 'ignore'; repeatable
    #[arg(long = "column", value_name = "HEADER=FIELD")]
    pub columns: Vec<Mapping>,
    /// The delimiter between fields, such as ';', '+|', '\x1f' or 'tab'
    #[arg(long, value_name = "TEXT")]
    pub delimiter: Option<Delimiter>,
    /// The encoding of an input that is not UTF-8, such as iso-8859-15
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<Encoding>,
    /// The inputs have no header: a HEADER is the number of a column, from 1
    #[arg(long)]
    pub no_header: bool,
    /// Skip this many rows of each CSV file or sheet; the next row is the header [default: skip titles
    /// above a header that is recognised]
    #[arg(long, value_name = "N")]
    pub skip_rows: Option<usize>,
    /// The format of the inputs: csv, fixed, jsonl, json, fhir, vsd, xdt, vcard, ldif, sql, sqlite, xlsx, xlsb,
    /// xls, ods, parquet or arrow
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// The layout of lines of fixed width: a table with the columns name, start and length [implies --format
    /// fixed]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = record_layout)]
    pub layout: Option<RecordLayout>,
    /// The table of an SQL dump or a database, or the place of the records in a JSON document, such as
    /// data.users
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
    /// The dialect of an SQL dump: mysql, postgresql, or standard for any other [default: detected]
    #[arg(long, value_name = "DIALECT")]
    pub sql_dialect: Option<SqlDialect>,
    /// The sheet of a workbook [default: the only one that is not empty]
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// Refuse an input that is longer than this when unpacked, such as 500MB or 2GiB [default: no limit]
    #[arg(long, value_name = "SIZE")]
    pub max_input_bytes: Option<ByteCount>,
    /// Set one of these options, or date-order, for one file or pattern, such as 'leak.csv:delimiter=|' or
    /// 'leak.csv:column=1=email'; repeatable
    #[arg(long = "for", value_name = "FILE:OPTION=VALUE", allow_hyphen_values = true)]
    pub for_files: Vec<ForFile>,
    /// The same, from the settings file; FILE may be missing from the run
    #[arg(long, value_name = "FILE:OPTION=VALUE", hide = true)]
    pub for_settings: Vec<ForFile>,
    #[command(flatten)]
    pub rules: RuleArguments,
}

/// The rules of normalisation that a run can set.
#[derive(Args, Clone)]
pub struct RuleArguments {
    /// How to read a date of birth that is a bare number [default: do not use such a date]
    #[arg(long, value_name = "FORMAT")]
    pub date_format: Option<DateFormat>,
    /// Whether the day or the month comes first in dates such as 03/04/1970 [default: what each column
    /// shows, else day-first]
    #[arg(long, value_name = "ORDER", value_parser = date_order())]
    pub date_order: Option<DateOrder>,
    /// The country of phone numbers without a country code, in two letters
    #[arg(long, value_name = "XX", default_value_t = Region::DE)]
    pub region: Region,
}

/// Further results of a run.
#[derive(Args, Clone)]
#[command(next_help_heading = "Results")]
pub struct ResultArguments {
    /// Stop and publish nothing if there are more rejects than this number or percentage of the rows [default:
    /// any number, but at most one row in ten of a leak may be unusable]
    #[arg(long, value_name = "N|P%")]
    pub max_rejects: Option<RejectLimit>,
    /// Write a table of every field and row that could not be used, with the reason: CSV, or a workbook in words
    /// if FILE ends in .xlsx
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Write the figures of the run as JSON
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
}

#[cfg(test)]
mod tests;
