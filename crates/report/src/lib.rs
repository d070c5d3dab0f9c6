//! The outcome of a check, for people and for other programs.
//!
//! A [`CheckSummary`] counts members by verdict, and serialises to JSON. A [`Report`] shows a data-protection
//! officer how many persons are affected, and the limits of the check. It is an HTML page, Markdown or JSON.
//! [`Letters`] inform affected members about their leaked data. The caller chooses the paths of these files,
//! decides when to publish them, and passes the current time.
//!
//! ```
//! use leakdex::{Breach, IndexBuilder, Key, Record};
//! use leakdex_report::{CheckSummary, PersonFacts};
//!
//! let key = Key::generate()?;
//! let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
//! builder.add(&Record::new().email("m.muster@example.de"))?;
//! let index = builder.build()?;
//!
//! let (mut summary, mut facts) = (CheckSummary::default(), PersonFacts::default());
//! for member in [Record::new().email("m.muster@example.de"), Record::new()] {
//!     let verdict = index.check(&member);
//!     summary.count(&verdict);
//!     facts.note(&verdict, None, |_| None);
//! }
//! assert_eq!((summary.counts.affected, summary.counts.indeterminate), (1, 1));
//! summary.conclude(facts, &[]);
//! assert_eq!((summary.persons.confirmed, summary.persons.open), (1, 1));
//! println!("{}", serde_json::to_string_pretty(&summary)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod causes;
mod cell;
mod counts;
mod decision;
mod decisions;
mod error;
mod explanation;
mod false_matches;
mod insurer;
mod language;
mod letters;
mod notice;
mod numbers;
mod persons;
mod report;
mod sheet;
mod summary;
mod templates;
mod words;
mod worklist;

pub use causes::{Gap, gaps};
pub use cell::{exact, inert};
pub use counts::Counts;
pub use decision::Decision;
pub use decisions::{
    Basis, CodeFault, DecisionCounts, DecisionFile, DecisionLine, DecisionReason, DecisionStatus,
    DecisionUse, Decisions, Lapse, is_decidable, strength_label,
};
pub use error::Error;
pub use explanation::{Explanation, Line, RecordExplanation};
pub use false_matches::{Accidents, FalseMatchEstimate, round_to_count};
pub use insurer::{Authority, Contact, Insurer, LegalSupervision};
pub use language::{Audience, Consequence, Language};
pub use letters::{
    Age, Day, LetterCounts, LetterFolder, Letters, MailMerge, Packing, Place, Sender, Template,
    TemplateStyle, WrittenLetters, mail_merge_format, misleading_words,
};
pub use notice::{Case, Notice, NoticeFormat, parse_time};
pub use persons::{
    CountsBy, FieldNotInLeak, NewMatch, NewPersons, Partial, PartialCause, PersonCounts,
    PersonFacts, PersonTotals, Persons, Records, Relatives, outcome_of, strength_of_counted,
};
pub use report::{
    Format, KeyedDigest, MemberListRead, Report, Rules, Run, Sources, gap_name, outcome_name,
};
pub use sheet::{Cell, SheetFormat, SheetWriter};
pub use summary::{
    BuildSummary, CheckSummary, FileSummary, IndexNames, IndexSummary, RejectsByField, TableNames,
    identifiers_of,
};
pub use worklist::{
    LeakedRecord, LeakedRow, LeakedRows, OpenMatch, Worklist, WorklistColumn, WorklistCounts,
    worklist_headers,
};
