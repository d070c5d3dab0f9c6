//! The check of a week, and everything that it must report.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};

use super::{
    EarlierResults, History, InformedStrengths, Member, NO_REFERENCES,
    files::{COLUMNS, Found, Letter, Place, read_findings, read_letters, table},
};
use crate::random::{
    chance::Chance,
    truth::{self, InBreach, PROBABLE, Records},
};

/// A member of this week's lists, and the expected report.
struct ExpectedReport<'a> {
    place: Place,
    member: &'a Member,
    verdict: &'static str,
    breaches: BTreeMap<&'static str, InBreach>,
    /// Whether some breach was not reported yet, or only with a lower strength.
    is_new: bool,
    /// Whether this is true of a breach that a letter states.
    is_written_to: bool,
}

impl ExpectedReport<'_> {
    fn has_reference(&self) -> bool {
        !NO_REFERENCES.contains(&self.member.reference.as_str())
    }

    fn is_affected(&self) -> bool {
        self.verdict == "affected"
    }

    /// The breaches that a letter states.
    fn stated(&self) -> impl Iterator<Item = (&'static str, &InBreach)> {
        let all = self.breaches.iter().map(|(name, item)| (*name, item));
        all.filter(|(_, item)| item.strength >= PROBABLE)
    }
}

impl History {
    /// The check of the week.
    pub(super) fn check(&mut self, chance: &mut Chance) {
        let number = self.next();
        let reports = self.lists(chance);
        if reports.is_empty() || self.indexes.is_empty() {
            return;
        }
        let shared = shared_references(reports.iter());
        let lists: BTreeSet<&str> = reports.iter().map(|report| report.place.0.as_str()).collect();
        let (is_json, is_of_all) = (chance.one_in(2), chance.one_in(3));
        let with_letters = chance.one_in(2);
        let (findings, letters) = (format!("f{number}"), format!("letters{number}"));
        let mut check = format!("check --key key --no-decoys --output {findings} --summary s.json");
        check += if is_json { " --format-out jsonl" } else { "" };
        check += if is_of_all { " --all" } else { "" };
        for known in &self.indexes {
            check += &format!(" --index {}", known.file);
        }
        for previous in &self.previous {
            check += &format!(" --previous {previous}");
        }
        if with_letters {
            check += &format!(" --letters {letters} --template letter.txt");
        }
        for list in lists {
            check += &format!(" {list}");
        }
        let columns: Vec<&str> = COLUMNS.iter().copied().chain(iter::once("id=id")).collect();
        let run = self.run(&check, &columns);
        let about = format!("{run:?}, informed {:?}", self.informed);
        let needs_reference = |report: &ExpectedReport<'_>| with_letters && report.is_written_to;
        let is_shared = |report: &ExpectedReport<'_>| shared.contains(&report.member.reference);
        let is_refused = |report: &ExpectedReport<'_>| {
            (needs_reference(report) && (!report.has_reference() || is_shared(report)))
                || (with_letters
                    && report.is_affected()
                    && is_shared(report)
                    && self.knows(&report.member.reference))
        };
        if reports.iter().any(is_refused) {
            run.expect_error(&["reference"]);
            assert!(!self.site.exists(&findings) && !self.site.exists(&letters), "{about}");
            self.mend_references(&shared, chance);
            return;
        }
        let is_open = reports.iter().any(|report| report.verdict == "indeterminate");
        run.expect(if is_open { 3 } else { 0 });

        let found = read_findings(&self.site.read(&findings), is_json);
        let reported = reports.iter().filter(|report| report.is_affected() || is_of_all);
        let reported: Vec<&ExpectedReport<'_>> = reported.collect();
        assert_eq!(found.len(), reported.len(), "{about}");
        for (found, expected) in found.iter().zip(&reported) {
            let about = format!("{:?}, {found:?}, {about}", expected.member);
            compare(found, expected, &about);
            let is_new = (!self.previous.is_empty()).then_some(expected.is_new);
            assert_eq!(found.is_new, is_new, "{about}");
        }
        self.compare_summary(&reports, &about);
        if with_letters {
            self.compare_letters(&letters, &reports, &about);
        }

        let takes_letters = match self.earlier_results {
            EarlierResults::Findings => false,
            EarlierResults::Letters => true,
            EarlierResults::Either => with_letters && chance.one_in(2),
        };
        let mut informed = InformedStrengths::new();
        for entry in reports.iter().filter(|report| report.has_reference()) {
            let of_letter = entry.stated().filter(|_| with_letters && entry.is_written_to);
            let of_findings = entry.breaches.iter().map(|(name, item)| (*name, item));
            let all: Vec<_> =
                if takes_letters { of_letter.collect() } else { of_findings.collect() };
            let reference = &entry.member.reference;
            informed
                .extend(all.iter().map(|(name, item)| ((reference.clone(), *name), item.strength)));
        }
        // Findings of people without references identify nobody, and are refused.
        let has_references =
            reported.is_empty() || reported.iter().any(|reported| reported.has_reference());
        if takes_letters && with_letters {
            self.previous.push(format!("{letters}/index.csv"));
        } else if !takes_letters && has_references {
            let doubtful = shared_references(reported.into_iter());
            self.doubtful.extend(doubtful);
            self.previous.push(findings);
        }
        for (match_id, strength) in informed {
            let known = self.informed.entry(match_id).or_default();
            *known = strength.max(*known);
        }
    }

    /// Whether earlier results contain the member with this reference.
    fn knows(&self, reference: &str) -> bool {
        !self.doubtful.contains(reference)
            && self.informed.keys().any(|(known, _)| known == reference)
    }

    /// Gives each member a unique reference, as the error message advises.
    fn mend_references(&mut self, shared: &BTreeSet<String>, chance: &mut Chance) {
        let is_none = |reference: &str| NO_REFERENCES.contains(&reference);
        for place in 0..self.members.len() {
            while is_none(&self.members[place].reference)
                || shared.contains(&self.members[place].reference)
            {
                self.members[place].reference = self.reference(chance);
            }
        }
    }

    /// Writes the member lists of the week. Returns the expected report of each member.
    fn lists(&self, chance: &mut Chance) -> Vec<ExpectedReport<'_>> {
        let mut here: Vec<&Member> = self.members.iter().filter(|member| member.is_here).collect();
        chance.shuffle(&mut here);
        let records: Records =
            self.indexes.iter().flat_map(|known| known.records.iter().cloned()).collect();
        let held = truth::united(self.indexes.iter().map(|known| &known.held));
        let first = if chance.one_in(3) { here.len() / 2 } else { 0 };
        let (first, second) = here.split_at(first);
        let mut reports = Vec::new();
        for (list, members) in [("members1.csv", first), ("members2.csv", second)] {
            let rows = members.iter().map(|member| (member.reference.as_str(), &member.row, false));
            self.site.write(list, table(Some("id"), rows));
            for (row, &member) in (1..).zip(members) {
                let (verdict, breaches) = truth::expected(&records, &held, &member.row);
                let is_more = |name: &'static str, in_breach: &InBreach| {
                    let informed = self.informed.get(&(member.reference.clone(), name));
                    let informed = informed.filter(|_| !self.doubtful.contains(&member.reference));
                    informed.is_none_or(|informed| *informed < in_breach.strength)
                };
                let place = (list.to_owned(), row);
                let mut report = ExpectedReport {
                    is_new: breaches.iter().any(|(name, item)| is_more(name, item)),
                    is_written_to: false,
                    place,
                    member,
                    verdict,
                    breaches,
                };
                let is_written_to = report.stated().any(|(name, item)| is_more(name, item));
                report.is_written_to = is_written_to;
                reports.push(report);
            }
        }
        reports
    }

    fn compare_summary(&self, reports: &[ExpectedReport<'_>], about: &str) {
        let summary = self.site.json("s.json");
        for verdict in ["affected", "not_affected", "indeterminate"] {
            let expected = reports.iter().filter(|report| report.verdict == verdict).count();
            assert_eq!(summary[verdict], expected, "{verdict}, {about}");
        }
        if !self.previous.is_empty() {
            // Rows with the same reference are one person. A letter states all confirmed matches.
            let persons = |rows: Vec<&ExpectedReport<'_>>| -> BTreeSet<String> {
                let person = |report: &&ExpectedReport<'_>| {
                    if report.has_reference() {
                        report.member.reference.clone()
                    } else {
                        format!("{:?}", report.place)
                    }
                };
                rows.iter().map(person).collect()
            };
            let confirmed = persons(reports.iter().filter(|report| report.is_written_to).collect());
            let all = persons(reports.iter().filter(|report| report.is_new).collect());
            assert_eq!(summary["new"], confirmed.len(), "{about}");
            assert_eq!(summary["new_to_decide"], all.difference(&confirmed).count(), "{about}");
        }
    }

    fn compare_letters(&self, folder: &str, reports: &[ExpectedReport<'_>], about: &str) {
        let written = read_letters(&self.site, folder);
        let due: Vec<&ExpectedReport<'_>> =
            reports.iter().filter(|report| report.is_written_to).collect();
        let places: Vec<&Place> = written.iter().map(|letter| &letter.place).collect();
        let of_due: Vec<&Place> = due.iter().map(|due| &due.place).collect();
        assert_eq!(places, of_due, "letters, {about}");
        assert_eq!(self.site.json("s.json")["letters"]["written"], due.len(), "{about}");
        for (letter, expected) in written.iter().zip(due) {
            compare_letter(letter, expected);
        }
    }
}

/// The references that several of these members have.
fn shared_references<'a>(
    reports: impl Iterator<Item = &'a ExpectedReport<'a>>,
) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let references = reports
        .filter(|report| report.has_reference())
        .map(|report| report.member.reference.clone());
    references.filter(|reference| !seen.insert(reference.clone())).collect()
}

/// Asserts that a finding states the result of each breach and of all breaches.
fn compare(found: &Found, expected: &ExpectedReport<'_>, about: &str) {
    let verdict = found.verdict.as_str();
    assert_eq!((&found.place, verdict), (&expected.place, expected.verdict), "{about}");
    if expected.has_reference() {
        assert_eq!(found.reference, expected.member.reference, "{about}");
    }
    let breaches = expected.breaches.iter();
    let breaches: Vec<(String, u8)> =
        breaches.map(|(name, item)| ((*name).to_owned(), item.strength)).collect();
    assert_eq!(found.breaches, breaches, "{about}");
    let best = expected.breaches.values().map(|breach| breach.strength).max();
    assert_eq!(found.strength, best.unwrap_or_default(), "{about}");
    // For a value that very many share, a check reads only some of the records.
    if expected.breaches.values().any(|breach| breach.is_shared) {
        return;
    }
    let classes = expected.breaches.values().flat_map(|breach| &breach.classes);
    let classes: BTreeSet<String> = classes.map(|class| (*class).to_owned()).collect();
    assert_eq!(found.classes, classes, "{about}");
    if let Some(records) = found.records {
        assert_eq!(
            records,
            expected.breaches.values().map(|breach| breach.records).sum::<u64>(),
            "{about}"
        );
    }
}

/// Asserts that a letter states the breaches in which the member is at least probable, and no others.
fn compare_letter(letter: &Letter, expected: &ExpectedReport<'_>) {
    let breaches: Vec<(String, u8)> =
        expected.stated().map(|(name, item)| (name.to_owned(), item.strength)).collect();
    let reference = expected.member.reference.as_str();
    assert_eq!((letter.reference.as_str(), &letter.listed), (reference, &breaches));
    assert_eq!(letter.breaches.len(), breaches.len(), "{letter:?}");
    for ((name, item), stated) in expected.stated().zip(&letter.breaches) {
        assert_eq!((stated.name.as_str(), stated.strength), (name, item.strength), "{letter:?}");
        if !item.is_shared {
            let classes: BTreeSet<&str> = stated.classes.iter().map(String::as_str).collect();
            assert_eq!((stated.records, &classes), (item.records, &item.classes), "{letter:?}");
        }
    }
}
