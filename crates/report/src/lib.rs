//! The outcome of a check, for people and for other programs.
//!
//! A [`CheckSummary`] counts members by their verdicts, and serialises to JSON. A [`Report`] tells
//! a data-protection officer how many persons are affected, and what the check does not cover. It
//! is an HTML page, Markdown or JSON. [`Letters`] tell affected members what leaked about them. The
//! caller chooses where these files go and when they get their names, and passes the current time.
//!
//! ```
//! use leakdex::{Breach, IndexBuilder, Key, Record};
//! use leakdex_report::CheckSummary;
//!
//! let key = Key::generate()?;
//! let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
//! builder.add(&Record::new().email("m.muster@example.de"))?;
//! let index = builder.build()?;
//!
//! let mut summary = CheckSummary::default();
//! for member in [Record::new().email("m.muster@example.de"), Record::new()] {
//!     summary.count(&index.check(&member), None);
//! }
//! assert_eq!((summary.counts.affected, summary.counts.indeterminate), (1, 1));
//! println!("{}", serde_json::to_string_pretty(&summary)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod causes;
mod cell;
mod coincidences;
mod counts;
mod decision;
mod decisions;
mod error;
mod explanation;
mod indexes;
mod insurer;
mod language;
mod letters;
mod markdown;
mod notice;
mod numbers;
mod relatives;
mod report;
mod sheet;
mod summary;
mod unused;
mod worklist;

pub use cell::{exact, inert};
pub use coincidences::{Accidents, Coincidences, whole};
pub use counts::Counts;
pub use decision::Decision;
pub use decisions::{
    Basis, CodeFault, DecisionCounts, DecisionFile, DecisionLine, DecisionReason, DecisionUse,
    Decisions, Lapse, Standing, is_decidable,
};
pub use error::Error;
pub use explanation::{Explanation, Line, RecordExplanation};
pub use indexes::identifiers_of;
pub use insurer::{Authority, Contact, Insurer, LegalSupervision};
pub use language::{Consequence, Language, Whose};
pub use letters::{LetterCounts, LetterFolder, Letters, Place, Template};
pub use notice::{Case, Notice, NoticeFormat, parse_time};
pub use relatives::{Households, Relatives};
pub use report::{Digest, Format, MemberListRead, Report, Rules, Run, Sources};
pub use sheet::{Cell, SheetFormat, SheetWriter};
pub use summary::{
    BuildSummary, CheckSummary, CountsBy, FileSummary, IndexNames, IndexSummary, RejectsByField,
    TableNames,
};
pub use unused::UnusedColumn;
pub use worklist::{OpenMatch, Worklist, WorklistColumn, WorklistCounts, worklist_headers};
