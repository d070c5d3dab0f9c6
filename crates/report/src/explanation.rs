//! Explains to a case officer why a member is affected or not, record by record. No value is shown.

use std::iter;

use leakdex::{Agreement, Evidence, Kind, KindSet, NameAgreement, Strength, Verdict};
use serde::{Serialize, Serializer};

use crate::{
    decision::Decision,
    language::Language,
    persons::strength_of_counted,
    report,
    words::Words,
    worklist::{LeakedRecord, LeakedRow, of_dates, of_names, of_postal_codes},
};

/// The explanation of one member's verdict. As JSON, it is for other programs.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// The name of the member list, as given.
    pub file: String,
    /// The row of the list, from 1.
    pub row: u64,
    /// The number of the row in a spreadsheet program.
    #[serde(skip)]
    pub shown: u64,
    /// The verdict of the check.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The outcome, named as in the report, taking people's decisions into account.
    pub outcome: &'static str,
    /// The decisions about the breaches of the finding, by their names in findings files. `None` if decisions were
    /// not requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decisions: Option<Vec<&'static str>>,
    /// The leaked records that share an identifier with the member, the most certain match first.
    pub records: Vec<RecordExplanation>,
}

/// A leaked record, and the evidence in it for and against a match.
#[derive(Debug, Serialize)]
pub struct RecordExplanation {
    /// The id of the record, as in a work list and in a list of leaked rows.
    #[serde(serialize_with = "as_text")]
    record: LeakedRecord,
    /// Its row in the leak, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<LeakedRow>,
    breach: String,
    kinds: KindSet,
    shared: KindSet,
    data_classes: Vec<String>,
    agreement: Option<Agreement>,
    /// The weight of the agreement, in bits.
    bits: Option<f64>,
    #[serde(serialize_with = "in_bits")]
    probable_from: i32,
    #[serde(serialize_with = "in_bits")]
    candidate_from: i32,
    strength: Option<Strength>,
    refuted: bool,
    #[serde(rename = "outdone")]
    dominated: bool,
    looks_like_relative: bool,
    /// Why the record has this strength, or none.
    reason: &'static str,
    /// The usual name of the breach.
    #[serde(skip)]
    title: String,
}

/// A line of an explanation: a name and a text. A line without a name is a heading or a sentence.
#[derive(Debug)]
pub struct Line {
    /// The name, or an empty text.
    pub name: &'static str,
    /// The text.
    pub text: String,
    /// Whether the line belongs to a record.
    pub is_of_record: bool,
}

impl RecordExplanation {
    /// Explains the evidence in the record with this id.
    #[must_use]
    pub fn new(evidence: &Evidence, record: LeakedRecord) -> Self {
        let needed = |strength| Agreement::weight_needed(strength).unwrap_or(i32::MAX);
        let (name, agreement) = (evidence.breach.name().to_string(), evidence.agreement);
        Self {
            record,
            place: None,
            kinds: evidence.kinds,
            shared: evidence.shared,
            data_classes: evidence.data_classes.iter().map(ToString::to_string).collect(),
            agreement,
            bits: agreement.map(|agreement| bits(agreement.weight)),
            probable_from: needed(Strength::Probable),
            candidate_from: needed(Strength::Candidate),
            strength: evidence.strength,
            refuted: evidence.refuted,
            dominated: evidence.dominated,
            looks_like_relative: agreement.is_some_and(|agreement| agreement.is_like_a_relative()),
            reason: reason(evidence),
            title: evidence.breach.title.clone().unwrap_or_else(|| name.clone()),
            breach: name,
        }
    }

    /// The id of the record.
    #[must_use]
    pub const fn record(&self) -> LeakedRecord {
        self.record
    }

    /// Sets the row of the record in the leak.
    pub fn place(&mut self, place: LeakedRow) {
        self.place = Some(place);
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn as_text<S: Serializer>(record: &LeakedRecord, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(record)
}

/// Converts a weight from eighths of a bit.
fn bits(weight: i32) -> f64 {
    f64::from(weight) / 8.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn in_bits<S: Serializer>(weight: &i32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(bits(*weight))
}

/// Why a record has its strength, or none.
fn reason(evidence: &Evidence) -> &'static str {
    let is_value = |kind: &Kind| !kind.is_match_key();
    let values = evidence.kinds.difference(evidence.shared).iter().filter(is_value);
    let of_values = values.map(Kind::strength).max();
    let agreement = evidence.agreement;
    let reaches = |strength| {
        let needed = Agreement::weight_needed(strength);
        agreement.zip(needed).is_some_and(|(item, needed)| item.weight >= needed)
    };
    let has_a_name = agreement.is_some_and(|agreement| {
        [agreement.last_name, agreement.first_name]
            .iter()
            .any(|name| *name >= NameAgreement::Similar)
    });
    match evidence.strength {
        Some(_) if evidence.strength == of_values => "value",
        Some(Strength::Candidate)
            if !reaches(Strength::Candidate)
                && agreement.is_some_and(|agreement| agreement.is_without_difference()) =>
        {
            "nothing-differs"
        }
        Some(Strength::Candidate) if !reaches(Strength::Candidate) || !has_a_name => "shared-value",
        Some(Strength::Candidate)
            if agreement.is_some_and(|agreement| agreement.is_like_a_relative()) =>
        {
            "relative"
        }
        Some(Strength::Candidate) if reaches(Strength::Probable) && evidence.shared.is_empty() => {
            "no-first-name"
        }
        Some(Strength::Candidate) if reaches(Strength::Probable) => "shared-keys",
        Some(Strength::Candidate) => "below-probable",
        Some(_) => "agreement",
        None if evidence.refuted => "refuted",
        None if !evidence.shared.is_empty() => "open",
        None if reaches(Strength::Candidate) => "no-name",
        None => "too-little",
    }
}

impl Explanation {
    /// The explanation in words.
    #[must_use]
    pub fn lines(&self, language: Language) -> Vec<Line> {
        let words = Words::explanation(language);
        let mut lines = vec![
            sentence(words.place(&self.file, self.row, self.shown)),
            Line { name: words.of("verdict"), text: self.outcome(words), is_of_record: false },
        ];
        if let Some(decisions) = self.decisions.as_deref().filter(|decision| !decision.is_empty()) {
            let names: Vec<_> =
                decisions.iter().map(|decision| language.of_table(decision)).collect();
            let (name, text) = (words.of("decision"), names.join("; "));
            lines.push(Line { name, text, is_of_record: false });
        }
        let why = words.causes(&self.verdict);
        if !why.is_empty() {
            lines.push(Line { name: words.of("why"), text: why.join("; "), is_of_record: false });
        }
        if self.records.is_empty() {
            lines.push(sentence(words.of("nothing").to_owned()));
        }
        self.records.iter().for_each(|record| words.add_record(record, &mut lines));
        lines
    }

    /// The outcome as in findings for people and in the report, and the strength of the match.
    fn outcome(&self, words: Words) -> String {
        let outcome = report::outcome_name(self.outcome, words.language);
        let Some(finding) = self.verdict.finding() else { return outcome.to_owned() };
        let decisions = self.decisions.iter().flatten().map(|slug| Decision::of_slug(slug));
        let parts = finding.exposure().by_breach().iter().map(|part| part.strength);
        let strength = strength_of_counted(parts.zip(decisions.chain(iter::repeat(None))));
        let strength = words.language.strength(strength);
        words.with("matched", &[("outcome", outcome), ("strength", &strength)])
    }

    /// The closing sentences below all explanations of a run. If rows have no explanation, their number
    /// comes first.
    #[must_use]
    pub fn closing(all: &[Self], language: Language, more: u64) -> Vec<Line> {
        let words = Words::explanation(language);
        let more = (more > 0).then(|| words.with("more", &[("n", &more.to_string())]));
        let mut records = all.iter().flat_map(|explanation| &explanation.records);
        let about_weight = records
            .any(|record| record.agreement.is_some())
            .then(|| words.of("about_weight").to_owned() + " ");
        let closing = about_weight.unwrap_or_default() + words.of("closing");
        more.into_iter().chain([closing]).map(sentence).collect()
    }
}

const fn sentence(text: String) -> Line {
    Line { name: "", text, is_of_record: false }
}

impl Words {
    /// The position of a row in a file: its number among the data rows, and its number in a spreadsheet if
    /// that differs.
    fn place(self, file: &str, row: u64, shown: u64) -> String {
        let name = if row == shown { "place" } else { "place_shown" };
        let [row, shown] = [row, shown].map(|number| number.to_string());
        self.with(name, &[("file", file), ("row", &row), ("shown", &shown)])
    }

    /// Why a member was not checked, or only in part.
    fn causes(self, verdict: &Verdict) -> Vec<String> {
        let causes = if verdict.finding().is_some() { Vec::new() } else { verdict.reasons() };
        causes.into_iter().map(|cause| report::cause_name(cause, self.language)).collect()
    }

    fn kinds(self, kinds: KindSet) -> String {
        let names: Vec<_> = kinds.iter().map(|kind| self.language.kind(kind.slug())).collect();
        names.join("; ")
    }

    fn bits(self, weight: i32) -> String {
        let text = format!("{:.1}", bits(weight));
        if self.language == Language::De { text.replace('.', ",") } else { text }
    }

    fn add_record(self, record: &RecordExplanation, lines: &mut Vec<Line>) {
        let id = record.record.to_string();
        let gaps = [("id", &*id), ("breach", &record.title)];
        lines.push(sentence(self.with("record", &gaps)));
        let mut add = |name, text| lines.push(Line { name, text, is_of_record: true });
        if let Some(LeakedRow { file, row, shown }) = &record.place {
            add(self.of("leaked"), self.place(file, *row, *shown));
        }
        add(self.of("kinds"), self.kinds(record.kinds));
        if !record.shared.is_empty() {
            let kinds = self.kinds(record.shared);
            add(self.of("shared"), self.with("shared_note", &[("kinds", &kinds)]));
        }
        if let Some(agreement) = &record.agreement {
            for (field, level) in levels(agreement) {
                add(self.of(field), self.of(&level).to_owned());
            }
            if agreement.names_swapped {
                add("", self.of("names_swapped").to_owned());
            }
            let [weight, candidate, probable] =
                [agreement.weight, record.candidate_from, record.probable_from]
                    .map(|weight| self.bits(weight));
            let gaps = [("weight", &*weight), ("candidate", &candidate), ("probable", &probable)];
            add(self.of("weight"), self.with("weight_note", &gaps));
        } else {
            add("", self.of("not_compared").to_owned());
        }
        let strength = record.strength.map(|strength| self.language.strength(strength.slug()));
        let strength = strength.as_deref().unwrap_or_else(|| self.of("no_match"));
        let reason = self.of(&format!("reasons.{}", record.reason));
        let dominated = if record.dominated { [" ", self.of("outdone")] } else { ["", ""] };
        add(self.of("assessment"), format!("{strength}. {reason}") + &dominated.concat());
        let classes = record.data_classes.iter().map(|class| self.language.data_class(class));
        add(self.of("data_classes"), classes.collect::<Vec<_>>().join("; "));
    }
}

/// For each compared field, the key of its name and the key of its agreement in the word table.
fn levels(agreement: &Agreement) -> [(&'static str, String); 4] {
    [
        ("fields.last-name", format!("names.{}", of_names(agreement.last_name))),
        ("fields.first-name", format!("names.{}", of_names(agreement.first_name))),
        ("fields.birth-date", format!("dates.{}", of_dates(agreement.birth_date))),
        ("fields.postal-code", format!("postal-codes.{}", of_postal_codes(agreement.postal_code))),
    ]
}

#[cfg(test)]
mod tests;
