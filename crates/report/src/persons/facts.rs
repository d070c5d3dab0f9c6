//! Facts about each row of the member lists, in the order of the rows.

use std::{borrow::Cow, collections::BTreeSet};

use leakdex::{BreachName, FieldSet, Finding, InstitutionCode, KindSet, Strength, Verdict};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{interner::Interner, outcome::NewMatch};
use crate::{causes, decision::Decision};

/// Facts about the rows so far. At the end, persons and their records are counted from them. They contain no
/// values: for an affected row, they have the tags of the leaked records, which are keyed hashes. But they have the
/// outcome of each row in order. Together with the member list, this order tells who is affected.
///
/// A row takes two bytes. An affected row takes eight more, and twelve for each of its records.
#[derive(Default, Serialize, Deserialize)]
pub struct PersonFacts {
    /// The number of the outcome of each row.
    pub(super) rows: Codes,
    pub(super) outcomes: Interner<Outcome>,
    pub(super) attributes: Interner<Attributes>,
    pub(super) breaches: Interner<String>,
    pub(super) class_sets: Interner<Vec<String>>,
    pub(super) institutions: Interner<String>,
    /// For each affected row, in order: the number of its records, and its other facts.
    pub(super) matches: Vec<(u32, Match)>,
    /// The tags of the records, and the numbers of their attributes.
    pub(super) tags: Vec<u64>,
    pub(super) attributes_of: Vec<u32>,
    /// Whether new persons are to be counted.
    pub(super) asks_news: bool,
    /// The first row of the current list.
    list_start: usize,
    /// The last outcome of a row that was checked in full, since most rows have the same one as the row
    /// before.
    #[serde(skip)]
    last_whole: Option<((KindSet, FieldSet), u16)>,
}

/// The result of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum State {
    #[default]
    Clear,
    Open,
    Affected,
}

/// A cause of a gap, and its field if it has one.
pub(super) type Cause = (Cow<'static, str>, Option<Cow<'static, str>>);

/// The outcome of a row. Many rows share one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub state: State,
    /// For an all-clear without a gap so far: the kinds that it relies on, as bits.
    checked: u32,
    /// Why the check has a gap, or why nothing could be checked.
    pub causes: BTreeSet<Cause>,
    /// The fields that a leak certainly does not contain, as bits.
    pub not_leaked: u32,
}

/// Facts about a leaked record that matched. Many records share them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Attributes {
    pub breach: u32,
    pub class_set: u32,
    /// The kinds with which it matched, as bits.
    pub kinds: u32,
    /// The index of the strength in the list of all strengths.
    pub strength: u8,
    /// The decision about the member in the breach.
    pub decision: Option<Decision>,
}

fn place_of(strength: Strength) -> u8 {
    let place = Strength::ALL.iter().position(|other| *other == strength);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
}

pub(super) fn strength_of(place: u8) -> Strength {
    Strength::ALL.get(usize::from(place)).copied().unwrap_or(Strength::Candidate)
}

/// Facts about an affected row other than its records.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Match {
    /// The number of the institution plus one; 0 if there is none.
    pub institution: u16,
    pub looks_like_relative: bool,
    pub news: NewMatch,
}

impl PersonFacts {
    /// The number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows.0.len()
    }

    /// Records the verdict on the next row, the insurer in the insured number, and the decision about each
    /// breach.
    pub fn note(
        &mut self,
        verdict: &Verdict,
        institution: Option<InstitutionCode>,
        decision: impl Fn(&BreachName) -> Option<Decision>,
    ) {
        let coverage = verdict.coverage();
        let not_leaked = coverage.not_leaked.bits();
        let outcome = match verdict {
            Verdict::NotAffected(_) if coverage.is_whole() => {
                return self.note_whole(coverage.checked, coverage.not_leaked);
            }
            Verdict::NotAffected(_) => {
                Outcome { causes: causes_of(verdict), not_leaked, ..Outcome::default() }
            }
            Verdict::Indeterminate(_) => {
                let (state, causes) = (State::Open, causes_of(verdict));
                Outcome { state, causes, not_leaked, checked: 0 }
            }
            Verdict::Affected(finding) => {
                self.note_records(finding, institution, decision);
                let (state, causes) = (State::Affected, BTreeSet::new());
                Outcome { state, causes, not_leaked, checked: 0 }
            }
        };
        let number = self.number_of(&outcome);
        self.rows.0.push(number);
    }

    /// Records a row that is not affected and was checked in full. `checked` are the kinds that the all-clear
    /// relies on, and `not_leaked` are the row's fields that the leak does not contain.
    pub fn note_whole(&mut self, checked: KindSet, not_leaked: FieldSet) {
        let number = match self.last_whole {
            Some((known, number)) if known == (checked, not_leaked) => number,
            _ => {
                let (checked, not_leaked) = (checked.bits(), not_leaked.bits());
                self.number_of(&Outcome { checked, not_leaked, ..Outcome::default() })
            }
        };
        self.last_whole = Some(((checked, not_leaked), number));
        self.rows.0.push(number);
    }

    fn note_records(
        &mut self,
        finding: &Finding,
        institution: Option<InstitutionCode>,
        decision: impl Fn(&BreachName) -> Option<Decision>,
    ) {
        let records = finding.records();
        for record in records {
            let name = record.breach.name();
            let mut classes: Vec<String> =
                record.data_classes.iter().map(|class| class.as_str().to_owned()).collect();
            classes.sort_unstable();
            let attributes = Attributes {
                breach: self.breaches.number(&name.as_str().to_owned()),
                class_set: self.class_sets.number(&classes),
                kinds: record.kinds.bits(),
                strength: place_of(record.strength),
                decision: decision(name),
            };
            self.tags.push(record.tag);
            self.attributes_of.push(self.attributes.number(&attributes));
        }
        let institution =
            institution.map(|code| self.institutions.number(&code.as_str().to_owned()));
        // There are far fewer institutions than a `u16` can number.
        let institution = institution.and_then(|number| u16::try_from(number + 1).ok());
        let new_match = Match {
            institution: institution.unwrap_or(0),
            looks_like_relative: finding.looks_like_relative(),
            news: NewMatch::None,
        };
        let count = u32::try_from(records.len()).expect("a check reads few records");
        self.matches.push((count, new_match));
    }

    /// Requests the count of new persons, compared with earlier runs.
    pub const fn track_new_matches(&mut self) {
        self.asks_news = true;
    }

    /// Records the news about all affected rows, in order.
    pub fn note_news(&mut self, news: &[NewMatch]) {
        for ((_, match_of_row), news) in self.matches.iter_mut().zip(news) {
            match_of_row.news = *news;
        }
    }

    /// Ends a member list. All-clears in it that rely on one of these kinds get a caveat of the run.
    pub fn end_list(&mut self, doubted: KindSet) {
        let cause: Cause = (Cow::Borrowed(causes::RUN_CAVEAT), None);
        let outcomes = (0..).zip(self.outcomes.items().to_vec());
        let numbers = outcomes.map(|(number, outcome)| {
            let relies = !KindSet::from_bits(outcome.checked).intersection(doubted).is_empty();
            if relies && outcome.state == State::Clear && outcome.causes.is_empty() {
                let causes = [cause.clone()].into();
                self.number_of(&Outcome { causes, checked: 0, ..outcome })
            } else {
                number
            }
        });
        let numbers: Vec<u16> = numbers.collect();
        for code in &mut self.rows.0[self.list_start..] {
            *code = numbers[usize::from(*code)];
        }
        self.list_start = self.rows();
        self.last_whole = None;
    }

    /// Appends the facts about the following rows.
    pub fn append(&mut self, more: Self) {
        let numbers: Vec<u16> =
            more.outcomes.items().iter().map(|outcome| self.number_of(outcome)).collect();
        self.rows.0.extend(more.rows.0.iter().map(|&code| numbers[usize::from(code)]));
        let breaches: Vec<u32> =
            more.breaches.items().iter().map(|breach| self.breaches.number(breach)).collect();
        let class_sets: Vec<u32> = more
            .class_sets
            .items()
            .iter()
            .map(|class_set| self.class_sets.number(class_set))
            .collect();
        let attributes: Vec<u32> = more
            .attributes
            .items()
            .iter()
            .map(|attribute| {
                let breach = breaches[attribute.breach as usize];
                let class_set = class_sets[attribute.class_set as usize];
                self.attributes.number(&Attributes { breach, class_set, ..attribute.clone() })
            })
            .collect();
        self.tags.extend(more.tags);
        self.attributes_of
            .extend(more.attributes_of.iter().map(|&number| attributes[number as usize]));
        let institutions: Vec<u16> = more
            .institutions
            .items()
            .iter()
            .map(|institution| {
                u16::try_from(self.institutions.number(institution) + 1).unwrap_or(0)
            })
            .collect();
        self.matches.extend(more.matches.iter().map(|&(records, facts)| {
            let place = usize::from(facts.institution).checked_sub(1);
            let institution = place.map_or(0, |place| institutions[place]);
            (records, Match { institution, ..facts })
        }));
    }

    /// The number of an outcome. Once there are `MAX_COUNT` different outcomes, further ones keep only one
    /// cause without its field, and lose the fields that did not leak. Their all-clears then rely on all kinds, so
    /// no caveat is lost.
    fn number_of(&mut self, outcome: &Outcome) -> u16 {
        const MAX_COUNT: usize = 60_000;
        let is_full = self.outcomes.items().len() >= MAX_COUNT;
        let number = if is_full && self.outcomes.known(outcome).is_none() {
            let causes = outcome.causes.iter().take(1).map(|(cause, _)| (cause.clone(), None));
            let (state, causes) = (outcome.state, causes.collect());
            let checked = if outcome.checked == 0 { 0 } else { KindSet::all().bits() };
            self.outcomes.number(&Outcome { state, checked, causes, not_leaked: 0 })
        } else {
            self.outcomes.number(outcome)
        };
        u16::try_from(number).expect("there are few causes")
    }
}

/// Why a check has gaps, or why nothing could be checked, each with its field.
fn causes_of(verdict: &Verdict) -> BTreeSet<Cause> {
    let gaps = causes::gaps(verdict).into_iter();
    gaps.map(|(cause, field)| (Cow::Borrowed(cause), field.map(Cow::Borrowed))).collect()
}

/// The numbers of outcomes, row by row. A checkpoint stores them as text, with one character for each of the
/// most common ones.
#[derive(Default)]
pub(super) struct Codes(pub Vec<u16>);

/// The characters of the text: printable ones that JSON does not escape.
const FIRST: u8 = b'#';
const DIGITS: u16 = 91;
/// Numbers below this take one character. The others take three, and the digit of the first is at least this.
const SHORT: u16 = 80;

fn digit(value: u16) -> u8 {
    let byte = FIRST + u8::try_from(value).expect("it is a digit");
    if byte >= b'\\' { byte + 1 } else { byte }
}

fn value(byte: u8) -> Option<u16> {
    let value = match byte {
        b'\\' => return None,
        byte if byte > b'\\' => byte - 1,
        byte => byte,
    };
    value.checked_sub(FIRST).map(u16::from).filter(|value| *value < DIGITS)
}

impl Serialize for Codes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Vec::with_capacity(self.0.len());
        for &code in &self.0 {
            if code < SHORT {
                text.push(digit(code));
            } else {
                let rest = code - SHORT;
                let (first, low) = (rest / (DIGITS * DIGITS), rest % (DIGITS * DIGITS));
                text.extend([digit(SHORT + first), digit(low / DIGITS), digit(low % DIGITS)]);
            }
        }
        serializer.serialize_str(str::from_utf8(&text).expect("these are ASCII characters"))
    }
}

impl<'de> Deserialize<'de> for Codes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let damaged = || D::Error::custom("the outcomes of rows are damaged");
        let mut values = text.bytes().map(|byte| value(byte).ok_or_else(damaged));
        let mut codes = Vec::with_capacity(text.len());
        while let Some(first) = values.next() {
            let first = first?;
            let Some(first) = first.checked_sub(SHORT) else {
                codes.push(first);
                continue;
            };
            let mut next = || values.next().unwrap_or_else(|| Err(damaged()));
            let (middle, low) = (next()?, next()?);
            let rest = u32::from(first) * u32::from(DIGITS) * u32::from(DIGITS)
                + u32::from(middle) * u32::from(DIGITS)
                + u32::from(low)
                + u32::from(SHORT);
            codes.push(u16::try_from(rest).map_err(|_| damaged())?);
        }
        Ok(Self(codes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each row has a cause of a gap.
    fn has_causes(facts: &PersonFacts) -> Vec<bool> {
        let outcomes = facts.rows.0.iter().map(|&code| facts.outcomes.get(code.into()));
        outcomes.map(|outcome| !outcome.causes.is_empty()).collect()
    }

    #[test]
    fn no_number_of_outcomes_hides_a_caveat() {
        const ROWS: u32 = 70_000;
        let mut facts = PersonFacts::default();
        let sets = || (1..=ROWS).map(KindSet::from_bits);
        sets().for_each(|checked| facts.note_whole(checked, FieldSet::EMPTY));
        // The outcome of the first row keeps its number.
        facts.note_whole(KindSet::from_bits(1), FieldSet::EMPTY);
        facts.end_list(KindSet::EMPTY);
        assert!(has_causes(&facts).iter().all(|has_cause| !has_cause));
        sets().for_each(|checked| facts.note_whole(checked, FieldSet::EMPTY));
        facts.note_whole(KindSet::from_bits(1), FieldSet::EMPTY);
        let doubted = KindSet::from_bits(2);
        facts.end_list(doubted);
        let all = has_causes(&facts);
        let (earlier, latest) = all.split_at(facts.rows() / 2);
        assert!(earlier.iter().all(|has_cause| !has_cause));
        for (checked, has_cause) in sets().zip(latest) {
            assert!(*has_cause || checked.intersection(doubted).is_empty());
        }
        assert_eq!(latest.last(), Some(&false), "it relies on another kind");
    }

    #[test]
    fn outcomes_are_read_as_they_were_written() {
        let codes: Vec<u16> = (0..=u16::MAX).chain([0, 0, 79, 80]).collect();
        let text = serde_json::to_string(&Codes(codes.clone())).expect("to memory");
        assert!(!text.contains('\\'));
        let read: Codes = serde_json::from_str(&text).expect("it was just written");
        assert!(read.0 == codes);
        for damaged in ["\"\\\\\"", "\"~\"", "\"~~\"", "\" \"", "\"\u{e4}\""] {
            assert!(serde_json::from_str::<Codes>(damaged).is_err(), "{damaged}");
        }
    }
}
