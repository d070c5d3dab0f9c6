//! Counts persons one by one, and the leaked rows of all of them.

use std::collections::{BTreeMap, BTreeSet};

use leakdex::{Field, FieldSet, KindSet, Strength};

use super::{
    CountsBy, FieldNotInLeak, NewPersons, Partial, PartialCause, PersonCounts, Persons, Records,
    Relatives,
    facts::{Attributes, Cause, Match, PersonFacts, State, strength_of},
    outcome::{NewMatch, Outcome},
};
use crate::{causes, decision::Decision};

/// One row of a person: the number of its outcome, and the positions of its match and its records.
#[derive(Clone, Copy)]
pub(super) struct RowOfPerson {
    pub outcome: u16,
    pub starts: Option<(usize, usize)>,
}

/// A record of a person who counts: its tag, its attributes, and a mark. The mark is twice the number of the
/// person's institution, plus one if the record confirms the person.
type CountedRecord = (u64, u32, u32);

/// The counts so far.
pub(super) struct Tally<'a> {
    facts: &'a PersonFacts,
    persons: Persons,
    records: Vec<CountedRecord>,
    causes: BTreeMap<Cause, u64>,
    partial: Partial,
    not_leaked: [u64; 32],
    /// The number of tags, followed by the tags, for each person who looks like a relative.
    relatives: Vec<u64>,
    new: NewPersons,
}

impl<'a> Tally<'a> {
    pub fn new(facts: &'a PersonFacts) -> Self {
        Self {
            facts,
            persons: Persons::default(),
            records: Vec::new(),
            causes: BTreeMap::new(),
            partial: Partial::default(),
            not_leaked: [0; 32],
            relatives: Vec::new(),
            new: NewPersons::default(),
        }
    }

    pub fn is_affected(&self, outcome: u16) -> bool {
        self.facts.outcomes.get(outcome.into()).state == State::Affected
    }

    /// Counts a person with these rows.
    pub fn count(&mut self, rows: &[RowOfPerson]) {
        self.persons.checked += 1;
        let outcomes = rows.iter().map(|row| self.facts.outcomes.get(row.outcome.into()));
        let not_leaked = outcomes.fold(0, |all, outcome| all | outcome.not_leaked);
        for field in FieldSet::from_bits(not_leaked).iter() {
            self.not_leaked[field as usize] += 1;
        }
        if rows.iter().any(|row| row.starts.is_some()) {
            self.count_match(rows);
        } else {
            self.count_without_match(rows);
        }
    }

    fn count_without_match(&mut self, rows: &[RowOfPerson]) {
        let outcomes = || rows.iter().map(|row| self.facts.outcomes.get(row.outcome.into()));
        let is_clear = outcomes().any(|outcome| outcome.state == State::Clear);
        let causes: BTreeSet<&Cause> = outcomes().flat_map(|outcome| &outcome.causes).collect();
        if is_clear {
            self.persons.not_affected += 1;
        } else {
            self.persons.open += 1;
        }
        let reasons: BTreeSet<&str> = causes.iter().map(|(reason, _)| &**reason).collect();
        let by_reason = if is_clear {
            &mut self.persons.partially_checked_by_reason
        } else {
            &mut self.persons.open_by_reason
        };
        reasons.iter().for_each(|reason| add(by_reason, reason));
        if !is_clear || causes.is_empty() {
            return;
        }
        self.persons.partially_checked += 1;
        if reasons.iter().any(|reason| causes::is_defect(reason)) {
            self.partial.defective += 1;
        } else {
            self.partial.caveats += 1;
        }
        for cause in causes {
            *self.causes.entry(cause.clone()).or_default() += 1;
        }
    }

    fn count_match(&mut self, rows: &[RowOfPerson]) {
        let facts = self.facts;
        match matches_of(facts, rows).map(|row| row.news).max().unwrap_or_default() {
            NewMatch::Confirmed => self.new.confirmed += 1,
            NewMatch::ToDecide => self.new.to_decide += 1,
            NewMatch::None => {}
        }
        let mut outcomes = BTreeMap::<u32, Outcome>::new();
        // The numbers of the records that count.
        let mut counted: Vec<usize> = Vec::new();
        for row in rows {
            for (breach, outcome, records) in outcomes_of(facts, row) {
                let entry = outcomes.entry(breach).or_insert(outcome);
                *entry = outcome.max(*entry);
                if outcome > Outcome::Dismissed {
                    counted.extend(records);
                }
            }
        }
        match outcomes.values().max() {
            Some(Outcome::Confirmed) => self.persons.confirmed += 1,
            Some(Outcome::ToDecide) => self.persons.to_decide += 1,
            Some(Outcome::Dismissed) => {
                self.persons.dismissed += 1;
                return;
            }
            // A match without records occurs only in a damaged index.
            None => {
                self.persons.to_decide += 1;
                return;
            }
        }
        let attributes = |number: usize| facts.attributes.get(facts.attributes_of[number]);
        let is_confirmed =
            |attributes: &Attributes| outcomes[&attributes.breach] == Outcome::Confirmed;
        let institution = institution_of(facts, rows);
        let (mut strength, mut kinds) = (Strength::Candidate, KindSet::EMPTY);
        let (mut breaches, mut class_sets) = (BTreeSet::new(), BTreeSet::new());
        for &number in &counted {
            let attributes_of_match = attributes(number);
            strength = strength.max(strength_of(attributes_of_match.strength));
            kinds = kinds.union(KindSet::from_bits(attributes_of_match.kinds));
            breaches.insert((attributes_of_match.breach, is_confirmed(attributes_of_match)));
            class_sets.insert((attributes_of_match.class_set, is_confirmed(attributes_of_match)));
            let mark = u32::from(institution) * 2 + u32::from(is_confirmed(attributes_of_match));
            self.records.push((facts.tags[number], facts.attributes_of[number], mark));
        }
        let persons = &mut self.persons;
        add(&mut persons.by.by_strength, strength.slug());
        kinds.iter().for_each(|kind| add(&mut persons.by.by_kind, kind.slug()));
        for &(breach, is_confirmed) in &breaches {
            add(&mut persons.by.by_breach, facts.breaches.get(breach));
            if is_confirmed {
                add(&mut persons.confirmed_by_breach, facts.breaches.get(breach));
            }
        }
        let classes = |only_confirmed: bool| {
            let sets =
                class_sets.iter().filter(move |(_, confirmed)| *confirmed || !only_confirmed);
            let classes = sets.flat_map(|(set, _)| facts.class_sets.get(*set));
            classes.collect::<BTreeSet<&String>>()
        };
        classes(false).iter().for_each(|class| add(&mut persons.by.by_data_class, class));
        classes(true).iter().for_each(|class| add(&mut persons.confirmed_by_data_class, class));
        match institution_name(facts, institution) {
            Some(name) => add(&mut persons.by.by_institution, name),
            None => persons.without_institution += 1,
        }
        let looks_like_relative = outcomes.values().all(|outcome| *outcome < Outcome::Confirmed)
            && matches_of(facts, rows).all(|row| row.looks_like_relative);
        if looks_like_relative {
            self.relatives.push(counted.len() as u64);
            self.relatives.extend(counted.iter().map(|&number| facts.tags[number]));
        }
    }

    /// All counts.
    pub fn finish(self) -> PersonCounts {
        let Self { facts, persons, records, causes, mut partial, not_leaked, relatives, new } =
            self;
        let new = facts.asks_news.then_some(new);
        let mut by_cause: Vec<PartialCause> = causes
            .into_iter()
            .map(|((reason, field), persons)| PartialCause { reason, field, persons })
            .collect();
        by_cause.sort_by_key(|cause| std::cmp::Reverse(cause.persons));
        partial.largest_cause = by_cause.first().cloned();
        partial.by_cause = by_cause;
        let not_in_leak = Field::ALL.iter().filter(|field| not_leaked[**field as usize] > 0);
        let not_in_leak = not_in_leak.map(|&field| FieldNotInLeak {
            field: super::name_of(field),
            persons: not_leaked[field as usize],
        });
        let not_in_leak = not_in_leak.collect();
        let (records, confirmed) = count_records(facts, records);
        let relatives = count_relatives(&relatives, &confirmed);
        PersonCounts { persons, records, partial, not_in_leak, relatives, new }
    }
}

/// How a row counts in each breach, with the numbers of its records in that breach.
fn outcomes_of(facts: &PersonFacts, row: &RowOfPerson) -> Vec<(u32, Outcome, Vec<usize>)> {
    let Some((number, start)) = row.starts else { return Vec::new() };
    let records = facts.matches[number].0 as usize;
    let mut of_breaches = BTreeMap::<u32, (Strength, Option<Decision>, Vec<usize>)>::new();
    for record in start..start + records {
        let attribute = facts.attributes.get(facts.attributes_of[record]);
        let strength = strength_of(attribute.strength);
        let known = of_breaches.entry(attribute.breach);
        let (best, _, all) = known.or_insert((strength, attribute.decision, Vec::new()));
        *best = strength.max(*best);
        all.push(record);
    }
    let outcomes = of_breaches.into_iter();
    outcomes
        .map(|(breach, (best, decision, all))| (breach, Outcome::of(best, decision), all))
        .collect()
}

fn matches_of<'a>(
    facts: &'a PersonFacts,
    rows: &'a [RowOfPerson],
) -> impl Iterator<Item = &'a Match> {
    rows.iter().filter_map(|row| row.starts).map(|(number, _)| &facts.matches[number].1)
}

/// The institution of the first row that states one.
fn institution_of(facts: &PersonFacts, rows: &[RowOfPerson]) -> u16 {
    let mut institutions = matches_of(facts, rows).map(|row| row.institution);
    institutions.find(|institution| *institution > 0).unwrap_or(0)
}

fn institution_name(facts: &PersonFacts, institution: u16) -> Option<&String> {
    let place = u32::from(institution).checked_sub(1)?;
    Some(facts.institutions.get(place))
}

/// Counts each leaked row once. Also returns the tags of those that confirm somebody, in ascending order.
fn count_records(facts: &PersonFacts, mut all: Vec<CountedRecord>) -> (Records, Vec<u64>) {
    all.sort_unstable();
    let (mut records, mut confirmed) = (Records::default(), Vec::new());
    for same in all.chunk_by(|one, other| one.0 == other.0) {
        let (mut strength, mut kinds) = (Strength::Candidate, KindSet::EMPTY);
        let (mut breaches, mut classes) = (BTreeSet::new(), BTreeSet::new());
        let mut institutions = BTreeSet::new();
        let mut confirms = false;
        for &(_, attributes, mark) in same {
            let attribute = facts.attributes.get(attributes);
            strength = strength.max(strength_of(attribute.strength));
            kinds = kinds.union(KindSet::from_bits(attribute.kinds));
            breaches.insert(attribute.breach);
            classes.extend(facts.class_sets.get(attribute.class_set));
            institutions.extend(institution_name(facts, u16::try_from(mark / 2).unwrap_or(0)));
            confirms |= mark % 2 == 1;
        }
        records.concerned += 1;
        if confirms {
            records.confirmed += 1;
            confirmed.push(same[0].0);
        }
        let CountsBy { by_strength, by_kind, by_breach, by_data_class, by_institution } =
            &mut records.by;
        add(by_strength, strength.slug());
        kinds.iter().for_each(|kind| add(by_kind, kind.slug()));
        breaches.into_iter().for_each(|breach| add(by_breach, facts.breaches.get(breach)));
        classes.iter().for_each(|class| add(by_data_class, class));
        records.without_institution += u64::from(institutions.is_empty());
        institutions.iter().for_each(|institution| add(by_institution, institution));
    }
    (records, confirmed)
}

/// Counts the persons who look like relatives, and those among them with a record that confirms somebody
/// else.
fn count_relatives(mut rest: &[u64], confirmed: &[u64]) -> Relatives {
    let mut relatives = Relatives::default();
    while let Some((length, tags)) = rest.split_first() {
        let length = usize::try_from(*length).unwrap_or(usize::MAX).min(tags.len());
        let (tags_of_person, others) = tags.split_at(length);
        relatives.look_like_relatives += 1;
        let is_of_another = tags_of_person.iter().any(|tag| confirmed.binary_search(tag).is_ok());
        relatives.of_affected += u64::from(is_of_another);
        rest = others;
    }
    relatives
}

fn add(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}
