//! The work list: a table of the matches that people have to decide about. People fill it in.
//!
//! Its only personal value is the reference. Agreement and difference are described in words.

mod leaked;
mod words;

use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    hash::{BuildHasher as _, RandomState},
    io::{BufRead as _, BufReader, BufWriter, Seek as _, Write},
};

use leakdex::{
    Agreement, DateAgreement, Field, Kind, KindSet, NameAgreement, PostalCodeAgreement, Strength,
};
use serde::{Deserialize, Serialize};

pub use self::leaked::{LeakedRecord, LeakedRow, LeakedRows};
use self::words::{CODE, COLUMNS, FROZEN_COLUMNS, KINDS, word};
use crate::{
    causes::needs,
    decision::Decision,
    decisions::{Basis, DecisionReason, DecisionStatus, Lapse},
    error::Error,
    false_matches::{FalseMatchEstimate, round_to_count},
    language::Language,
    letters::Place,
    numbers::number,
    sheet::{Cell, SheetFormat, SheetWriter},
};

/// The match of a member in a breach that a person has to decide about.
#[derive(Clone)]
pub struct OpenMatch {
    /// The name of the breach.
    pub breach: String,
    /// The strength of the match.
    pub strength: Strength,
    /// The state according to a decisions file.
    pub status: DecisionStatus,
    /// The latest decision about the member in this breach, if any.
    pub earlier: Option<Decision>,
    /// How well names, date of birth and postcode agree with the best record.
    pub agreement: Option<Agreement>,
    /// The kinds of identifiers that the best record and the member share.
    pub kinds: KindSet,
    /// The number of matching records.
    pub records: u64,
    /// The ids of these records, the best first.
    pub leaked: Vec<LeakedRecord>,
    /// The classes of data of these records.
    pub data_classes: Vec<String>,
    /// The data that a decision is based on.
    pub basis: Basis,
}

/// Collects the matches to decide about. They wait in an unnamed file, since two facts are known only after
/// the last member: who is certainly affected by another row, and the expected number of accidental matches.
pub struct Worklist {
    language: Language,
    pending: BufWriter<File>,
    hasher: RandomState,
    /// The hashes of pairs of member and breach that are certain.
    sure: HashSet<u64>,
    /// The hashes of waiting matches.
    known: HashSet<u64>,
    /// The hashes of pairs of member and breach whose rows name shared kinds.
    with_kinds: HashSet<u64>,
    /// The records that rows name.
    leaked: HashSet<LeakedRecord>,
    /// The number of matches to decide about whose member has no reference.
    without_reference: u64,
}

/// A match in the unnamed file.
#[derive(Serialize, Deserialize)]
struct PendingMatch {
    /// The hash of the member and the breach.
    subject: u64,
    /// The hash of the member.
    person: u64,
    strength: String,
    /// Whether the match remains to be decided, and does not count until then.
    stays_to_decide: bool,
    may_be_relative: bool,
    /// Whether decoys can match in this way. A decoy has a different date of birth and no identifiers of its
    /// own.
    is_measurable: bool,
    row: u64,
    records: u64,
    /// The best of these records.
    leaked: Vec<LeakedRecord>,
    texts: BTreeMap<String, String>,
}

/// The counts of a work list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorklistCounts {
    /// Its rows.
    pub rows: u64,
    /// The members in it.
    pub persons: u64,
    /// The rows whose match remains to be decided: a candidate, or a match that was put off. All others are
    /// probable and count as affected.
    pub to_decide: u64,
    /// The records in it that are in no given list of leaked rows.
    pub unplaced: u64,
    /// Matches that are left out, since a decision about a member without a reference could not be revoked.
    pub without_reference: u64,
}

impl Worklist {
    /// A work list in this language. Its rows wait in `pending`.
    #[must_use]
    pub fn new(language: Language, pending: File) -> Self {
        Self {
            language,
            pending: BufWriter::new(pending),
            hasher: RandomState::new(),
            sure: HashSet::new(),
            known: HashSet::new(),
            with_kinds: HashSet::new(),
            leaked: HashSet::new(),
            without_reference: 0,
        }
    }

    /// Records that a member is certainly affected in a breach, without any pending decision. Then matches of
    /// the member's other rows need no decision.
    pub fn record_certain_match(&mut self, reference: &str, breach: &str) {
        if !reference.is_empty() {
            self.sure.insert(self.hasher.hash_one((reference, breach)));
        }
    }

    /// Adds a match. A member who is in two lists with the same data is added once.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn add(
        &mut self,
        place: Place<'_>,
        reference: &str,
        found: &OpenMatch,
    ) -> Result<(), Error> {
        if reference.is_empty() {
            self.without_reference += 1;
            return Ok(());
        }
        let code = found.basis.code(reference, &found.breach);
        if !self.known.insert(self.hasher.hash_one(&code)) {
            return Ok(());
        }
        let language = self.language;
        let subject = self.hasher.hash_one((reference, &*found.breach));
        if named_kinds(found).next().is_some() {
            self.with_kinds.insert(subject);
        }
        let leaked: Vec<LeakedRecord> = found.leaked.iter().copied().take(MAX_NAMED).collect();
        self.leaked.extend(&leaked);
        let pending = PendingMatch {
            subject,
            person: self.hasher.hash_one(reference),
            strength: found.strength.slug().to_owned(),
            stays_to_decide: is_undecided(found.strength, found.status),
            may_be_relative: found.agreement.is_some_and(|agreement| agreement.may_be_relative()),
            is_measurable: found.kinds.iter().any(|kind| needs(kind, Field::BirthDate)),
            row: place.row,
            records: found.records,
            leaked,
            texts: texts(place, reference, found, language)
                .into_iter()
                .chain([(CODE, code)])
                .map(|(name, text)| (name.to_owned(), text))
                .collect(),
        };
        let line = serde_json::to_vec(&pending).map_err(failed)?;
        self.pending.write_all(&line).and_then(|()| self.pending.write_all(b"\n")).map_err(failed)
    }

    /// The records that the rows name. The caller finds their rows in the leak.
    #[must_use]
    pub const fn leaked(&self) -> &HashSet<LeakedRecord> {
        &self.leaked
    }

    /// Writes the list as a table. Candidates and matches that were put off come first, because they count
    /// for nothing until somebody decides. The table states the expected number of accidental matches of each
    /// strength. `places` has the rows of the records in the leak, if known.
    ///
    /// # Errors
    ///
    /// If the table cannot be written.
    pub fn finish<W: Write>(
        self,
        output: W,
        format: SheetFormat,
        coincidences: Option<&FalseMatchEstimate>,
        places: Option<&LeakedRows>,
    ) -> Result<(W, WorklistCounts), Error> {
        let Self { language, pending, sure, with_kinds, without_reference, .. } = self;
        let mut file = pending.into_inner().map_err(|error| failed(error.into_error()))?;
        let has_kinds = with_kinds.iter().any(|subject| !sure.contains(subject));
        let columns: Vec<&str> =
            COLUMNS.into_iter().filter(|name| has_kinds || *name != KINDS).collect();
        let header: Vec<&str> = columns.iter().map(|name| word(name, language)).collect();
        let column = |name| columns.iter().position(|column| *column == name).unwrap_or_default();
        let decisions = Decision::ALL.map(|decision| decision.words(language));
        let reasons = DecisionReason::ALL.map(|reason| reason.words(language));
        let table = SheetWriter::new(output, format, word("sheet", language), &header);
        let mut table = table
            .map_err(failed)?
            .with_choices(column("decision"), &decisions)
            .with_choices(column("reason"), &reasons)
            .with_frozen_columns(FROZEN_COLUMNS);
        let mut counts = WorklistCounts { without_reference, ..WorklistCounts::default() };
        let (mut persons, mut unplaced) = (HashSet::new(), HashSet::new());
        for is_first_part in [true, false] {
            file.rewind().map_err(failed)?;
            for line in BufReader::new(&file).lines() {
                let line = line.map_err(failed)?;
                let pending: PendingMatch = serde_json::from_str(&line).map_err(failed)?;
                if pending.stays_to_decide != is_first_part || sure.contains(&pending.subject) {
                    continue;
                }
                let accidents = if pending.may_be_relative {
                    // Decoys have no relatives, so their number is meaningless here.
                    word("accidents/relatives", language).to_owned()
                } else {
                    let measured = coincidences.filter(|_| pending.is_measurable);
                    accidents(measured, &pending.strength, language)
                };
                let leaked = rows_in_leak(&pending, places, language);
                let cell = |name: &str| match name {
                    "row" => Cell::Number(pending.row),
                    "records" => Cell::Number(pending.records),
                    "accidents" => Cell::Text(&accidents),
                    "leaked" => Cell::Text(&leaked),
                    _ => match pending.texts.get(name) {
                        Some(text) if !text.is_empty() => Cell::Text(text),
                        _ => Cell::Empty,
                    },
                };
                let cells: Vec<Cell<'_>> = columns.iter().map(|name| cell(name)).collect();
                table.row(&cells).map_err(failed)?;
                counts.rows += 1;
                counts.to_decide += u64::from(pending.stays_to_decide);
                persons.insert(pending.person);
                let is_unplaced =
                    |record: &LeakedRecord| places.is_some_and(|all| !all.contains_key(record));
                unplaced.extend(pending.leaked.into_iter().filter(is_unplaced));
            }
        }
        counts.persons = persons.len() as u64;
        counts.unplaced = unplaced.len() as u64;
        Ok((table.finish().map_err(failed)?, counts))
    }
}

/// The maximum number of records that a row names.
const MAX_NAMED: usize = 5;

/// The leak rows of the records that a row names, or their ids.
fn rows_in_leak(pending: &PendingMatch, places: Option<&LeakedRows>, language: Language) -> String {
    let named = |record: &LeakedRecord| {
        let Some(place) = places.and_then(|all| all.get(record)) else { return record.to_string() };
        let text = word("leaked-row", language).replace("{row}", &place.shown.to_string());
        text.replace("{file}", &place.file)
    };
    let mut all: Vec<String> = pending.leaked.iter().map(named).collect();
    if pending.records > MAX_NAMED as u64 {
        all.push("…".to_owned());
    }
    all.join("; ")
}

/// The headers that a filled-in work list may have for a column, in all languages.
#[must_use]
pub fn worklist_headers(column: WorklistColumn) -> [&'static str; 2] {
    Language::ALL.map(|language| word(column.name(), language))
}

/// A column that is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorklistColumn {
    /// The member's reference.
    Reference,
    /// The name of the breach.
    Breach,
    /// The decision.
    Decision,
    /// Why it was made.
    Reason,
    /// Who made the decision.
    By,
    /// The code of the data that the decision is based on.
    Code,
}

impl WorklistColumn {
    /// All columns that are read back.
    pub const ALL: [Self; 6] =
        [Self::Reference, Self::Breach, Self::Decision, Self::Reason, Self::By, Self::Code];

    const fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Breach => "breach",
            Self::Decision => "decision",
            Self::Reason => "reason",
            Self::By => "by",
            Self::Code => CODE,
        }
    }
}

/// The texts of a row, by column. A missing text stays empty.
fn texts(
    place: Place<'_>,
    reference: &str,
    found: &OpenMatch,
    language: Language,
) -> Vec<(&'static str, String)> {
    let word = |name: &str| word(name, language).to_owned();
    let kinds: Vec<_> = named_kinds(found).map(|kind| language.kind(kind.slug())).collect();
    let classes: Vec<_> =
        found.data_classes.iter().map(|data_class| language.data_class(data_class)).collect();
    let otherwise = if is_undecided(found.strength, found.status) {
        "stays-to-decide"
    } else {
        "counts-as-affected"
    };
    let mut texts = vec![
        ("reference", reference.to_owned()),
        ("breach", found.breach.clone()),
        ("list", place.file.to_owned()),
        ("strength", language.strength(found.strength.slug()).into_owned()),
        ("otherwise", word(otherwise)),
        ("earlier", earlier(found, language)),
        (KINDS, kinds.join("; ")),
        ("data-classes", classes.join("; ")),
    ];
    if let Some(agreement) = &found.agreement {
        let mut last_name = word(of_names(agreement.last_name));
        if agreement.names_swapped {
            last_name += &format!(" ({})", word("swapped-names"));
        }
        let relative = if agreement.may_be_relative() { "yes" } else { "no" };
        texts.extend([
            ("last-name", last_name),
            ("first-name", word(of_names(agreement.first_name))),
            ("birth-date", word(of_dates(agreement.birth_date))),
            ("postal-code", word(of_postal_codes(agreement.postal_code))),
            ("relative", word(relative)),
        ]);
    }
    texts
}

/// The shared kinds that a row names. Match keys add nothing to the columns for names, date and postcode.
fn named_kinds(found: &OpenMatch) -> impl Iterator<Item = Kind> {
    found.kinds.iter().filter(|kind| !kind.is_match_key())
}

/// Whether this match does not count until somebody decides.
const fn is_undecided(strength: Strength, status: DecisionStatus) -> bool {
    matches!(strength, Strength::Candidate)
        || matches!(status, DecisionStatus::Holds(Decision::Later))
}

/// The earlier decision and, if it lapsed, why.
fn earlier(found: &OpenMatch, language: Language) -> String {
    let Some(decision) = found.earlier else { return String::new() };
    let decision = decision.words(language);
    let why = match found.status {
        DecisionStatus::Lapsed(Lapse::Member) => "lapsed/member",
        DecisionStatus::Lapsed(Lapse::Records) => "lapsed/records",
        DecisionStatus::Lapsed(Lapse::Key) => "lapsed/key",
        _ => return decision.to_owned(),
    };
    format!("{decision} ({})", word(why, language))
}

/// The expected number of accidental matches of this strength, in words.
fn accidents(
    coincidences: Option<&FalseMatchEstimate>,
    strength: &str,
    language: Language,
) -> String {
    let accidents = coincidences.and_then(|all| all.by_strength.get(strength));
    let Some(accidents) = accidents else { return word("accidents/unknown", language).to_owned() };
    let rounded = |count: f64| number(round_to_count(count), language);
    // No total is shown next to it: the measurement does not see relatives, and precedes all decisions.
    let filled = |name: &str, low: f64, high: f64| {
        word(name, language).replace("{low}", &rounded(low)).replace("{high}", &rounded(high))
    };
    match (accidents.expected, accidents.low.zip(accidents.high)) {
        (Some(most), _) | (None, Some((_, most))) if most < 1.0 => {
            filled("accidents/few", most, most)
        }
        (Some(expected), _) => filled("accidents/about", expected, expected),
        (None, Some((low, high))) => filled("accidents/range", low, high),
        (None, None) => word("accidents/unknown", language).to_owned(),
    }
}

pub(crate) const fn of_names(level: NameAgreement) -> &'static str {
    match level {
        NameAgreement::Differs => "differs",
        NameAgreement::Remote => "remote",
        NameAgreement::Similar => "similar",
        NameAgreement::Same => "same",
        _ => "unknown",
    }
}

pub(crate) const fn of_dates(level: DateAgreement) -> &'static str {
    match level {
        DateAgreement::Differs => "differs",
        DateAgreement::OnePartDiffers => "one-part-differs",
        DateAgreement::Swapped => "swapped",
        DateAgreement::Same => "same",
        _ => "unknown",
    }
}

pub(crate) const fn of_postal_codes(level: PostalCodeAgreement) -> &'static str {
    match level {
        PostalCodeAgreement::Differs => "differs",
        PostalCodeAgreement::OneDigitDiffers => "one-digit-differs",
        PostalCodeAgreement::Transposed => "transposed",
        PostalCodeAgreement::Same => "same",
        _ => "unknown",
    }
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::failed("the work list cannot be written")(error)
}

#[cfg(test)]
mod tests;
