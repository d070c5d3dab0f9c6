//! The command line of the private check.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};
use leakdex::{BreachName, Kind};
use leakdex_private::{Challenge, Factor, FileId, Fingerprint};
use leakdex_report::Language;

use super::{
    FindingArguments, InputArguments, LetterArguments, ResultArguments,
    values::{kind, language},
};

#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Private {
    #[command(subcommand)]
    pub command: PrivateCommand,
}

#[derive(Subcommand)]
pub enum PrivateCommand {
    /// Both sides: make a signing key, or show the fingerprint of one
    Signer(SignerArguments),
    /// Provider: make the secret keys of an epoch
    Epoch(EpochArguments),
    /// Provider: make the table of a leak
    Table(TableArguments),
    /// Provider: grant an insurer a number of members, or show the quota granted and used
    Grant(GrantArguments),
    /// Provider: answer a request
    Answer(AnswerArguments),
    /// Insurer: write a request for the members of lists
    Ask(AskArguments),
    /// Insurer: verify the response and write the findings
    Finish(Box<FinishArguments>),
    /// Insurer: open some elements of a request for an auditor
    Open(OpenArguments),
    /// Auditor: verify openings, and compare them with the books
    Audit(AuditArguments),
}

#[derive(Args)]
pub struct SignerArguments {
    /// The file of the key. It is made if it does not exist
    #[arg(value_name = "KEYFILE")]
    pub key: PathBuf,
    /// Ask for a passphrase, and seal a new key with it
    #[arg(long)]
    pub passphrase: bool,
}

#[derive(Args)]
pub struct EpochArguments {
    /// The file to make; it must not exist. It is the provider's secret
    #[arg(value_name = "SEED")]
    pub seed: PathBuf,
    /// Ask for a passphrase, and seal the file with it
    #[arg(long)]
    pub passphrase: bool,
    /// The name of the epoch, such as the name of a breach
    #[arg(long)]
    pub name: BreachName,
    /// One to three kinds of identifier, separated by commas
    #[arg(
        long,
        value_name = "KINDS",
        value_delimiter = ',',
        value_parser = kind,
        default_value = "kvnr,email,starts-birth"
    )]
    pub kinds: Vec<Kind>,
}

#[derive(Args)]
pub struct TableArguments {
    /// The seed of the epoch
    #[arg(long, value_name = "SEED")]
    pub epoch: PathBuf,
    /// The provider's signing key
    #[arg(long, value_name = "KEYFILE")]
    pub signer: PathBuf,
    /// The table to write
    #[arg(short, long, value_name = "TABLE")]
    pub output: PathBuf,
    /// The breach: a TOML file with the fields of the HIBP breach model
    #[arg(long, value_name = "FILE.toml", conflicts_with = "name")]
    pub breach: Option<PathBuf>,
    /// The name of the breach [default: the name of the first leaked file]
    #[arg(long)]
    pub name: Option<BreachName>,
    /// The generation of the table. Use a higher number for each replacement
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub generation: u64,
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
pub struct GrantArguments {
    /// The provider's ledger. It is made if it does not exist
    #[arg(long, value_name = "LEDGER")]
    pub ledger: PathBuf,
    /// The seed of the epoch
    #[arg(long, value_name = "SEED")]
    pub epoch: PathBuf,
    /// The fingerprint of the insurer
    #[arg(long, value_name = "FINGERPRINT")]
    pub insurer: Fingerprint,
    /// Grant a quota for this number of members (as officially reported), in addition to earlier grants.
    /// Without this option: show the quota granted and used
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub members: Option<u64>,
    /// The average number of identifiers of a kind per member, such as email=1.4 [default: 1.05; match keys:
    /// 1.6]; repeatable
    #[arg(long = "factor", value_name = "KIND=F", requires = "members")]
    pub factors: Vec<KindFactor>,
    /// A note for the ledger, such as a contract number
    #[arg(long, value_name = "TEXT", requires = "members", default_value = "")]
    pub reason: String,
}

#[derive(Args)]
pub struct AnswerArguments {
    /// The seed of the epoch
    #[arg(long, value_name = "SEED")]
    pub epoch: PathBuf,
    /// The provider's signing key
    #[arg(long, value_name = "KEYFILE")]
    pub signer: PathBuf,
    /// The provider's ledger
    #[arg(long, value_name = "LEDGER")]
    pub ledger: PathBuf,
    /// The response to write
    #[arg(short, long, value_name = "RESPONSE")]
    pub output: PathBuf,
    /// The request
    #[arg(value_name = "REQUEST")]
    pub request: PathBuf,
}

/// The tables that an insurer got.
#[derive(Args)]
pub struct TablesArguments {
    /// A table of the provider; may be given several times, for tables of one epoch
    #[arg(long = "leak-table", value_name = "TABLE", required = true)]
    pub tables: Vec<PathBuf>,
    /// Refuse a table with any other id; may be given several times
    #[arg(long = "table-id", value_name = "ID")]
    pub table_ids: Vec<FileId>,
    /// Refuse a table of an earlier generation than this
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub min_generation: u64,
}

#[derive(Args)]
pub struct AskArguments {
    #[command(flatten)]
    pub tables: TablesArguments,
    /// The provider's fingerprint: 64 hex digits, obtained by telephone or on paper
    #[arg(long, value_name = "FINGERPRINT")]
    pub provider: Fingerprint,
    /// The insurer's signing key
    #[arg(long, value_name = "KEYFILE")]
    pub signer: PathBuf,
    /// A secret file for 'finish' and 'open'. Never send it. If it exists, the same request is written again
    #[arg(long, value_name = "STATE")]
    pub state: PathBuf,
    /// The request to write
    #[arg(short, long, value_name = "REQUEST")]
    pub output: PathBuf,
    #[command(flatten)]
    pub input: InputArguments,
    /// The member lists
    #[arg(value_name = "MEMBERS", required = true, help_heading = None)]
    pub members: Vec<PathBuf>,
}

#[derive(Args)]
pub struct FinishArguments {
    #[command(flatten)]
    pub tables: TablesArguments,
    /// The state that 'ask' made
    #[arg(long, value_name = "STATE")]
    pub state: PathBuf,
    /// The request
    #[arg(long, value_name = "REQUEST")]
    pub request: PathBuf,
    /// The provider's response
    #[arg(long, value_name = "RESPONSE")]
    pub response: PathBuf,
    #[command(flatten)]
    pub findings: FindingArguments,
    #[command(flatten)]
    pub input: InputArguments,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    pub letters: LetterArguments,
    /// The member lists, as 'ask' read them
    #[arg(value_name = "MEMBERS", required = true, help_heading = None)]
    pub members: Vec<PathBuf>,
}

/// The elements that an audit looks at.
#[derive(Args)]
pub struct SampleArguments {
    /// The auditor's challenge: 64 hex digits, drawn after the request
    #[arg(long, value_name = "HEX")]
    pub challenge: Challenge,
    /// The number of draws. The auditor sets it; 'open' and 'audit' need the same number
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub samples: u64,
}

#[derive(Args)]
pub struct OpenArguments {
    #[command(flatten)]
    pub tables: TablesArguments,
    /// The state that 'ask' made
    #[arg(long, value_name = "STATE")]
    pub state: PathBuf,
    /// The insurer's signing key
    #[arg(long, value_name = "KEYFILE")]
    pub signer: PathBuf,
    /// The request
    #[arg(long, value_name = "REQUEST")]
    pub request: PathBuf,
    #[command(flatten)]
    pub sample: SampleArguments,
    /// The openings to write. They hold identifiers in the clear
    #[arg(short, long, value_name = "OPENINGS")]
    pub output: PathBuf,
    #[command(flatten)]
    pub input: InputArguments,
    /// The member lists, as 'ask' read them
    #[arg(value_name = "MEMBERS", required = true, help_heading = None)]
    pub members: Vec<PathBuf>,
}

#[derive(Args)]
pub struct AuditArguments {
    /// The request
    #[arg(long, value_name = "REQUEST")]
    pub request: PathBuf,
    #[command(flatten)]
    pub sample: SampleArguments,
    /// The insurer's file of openings
    #[arg(long, value_name = "OPENINGS")]
    pub openings: PathBuf,
    /// The CSV file for opened identifiers that are not in the books
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub input: InputArguments,
    /// The insurer's books, as the auditor got them: member lists. Without them, 'audit' writes all opened
    /// identifiers
    #[arg(value_name = "BOOKS", help_heading = None)]
    pub books: Vec<PathBuf>,
}

/// The average number of identifiers of a kind per member.
#[derive(Clone, Copy, Debug)]
pub struct KindFactor {
    pub kind: Kind,
    pub factor: Factor,
}

impl FromStr for KindFactor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, factor) = text.split_once('=').ok_or("expected KIND=F, as in email=1.4")?;
        let factor = factor.parse().map_err(|error: leakdex_private::Error| error.to_string())?;
        Ok(Self { kind: kind(name)?, factor })
    }
}
