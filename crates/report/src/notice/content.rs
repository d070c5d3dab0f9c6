//! The answers of a notice, in the order of Art. 33(3) GDPR.

use std::{cmp::Reverse, collections::BTreeSet};

use leakdex::{Breach, IndexSet};

use super::{Case, Entry, Line, Notice, Section, deadline::deadline};
use crate::{
    insurer::Insurer,
    language::{Audience, Language},
    numbers,
    summary::CheckSummary,
    words::Words,
};

/// The classes of data covered by Art. 9(1) GDPR. Data collected when a person registers for health care are
/// health data, and so is the number assigned to the person (recital 35).
const SPECIAL: [&str; 11] = [
    "personal-health-data",
    "health-insurance-information",
    "hiv-statuses",
    "disabilities",
    "biometric-data",
    "ethnicities",
    "races",
    "religions",
    "political-views",
    "sexual-orientations",
    "sexual-fetishes",
];

/// If more classes of data leaked, the notice names this many and counts the rest, so it stays one page. A
/// single remaining class is named, too.
const MAX_CLASSES: usize = 12;

/// A class of data that leaked.
struct LeakedClass<'a> {
    class: &'a str,
    /// The number of confirmed persons whose data of this class leaked.
    confirmed: u64,
    /// The number of further persons whose data of this class leaked if their matches are right.
    undecided: u64,
}

/// Writes answers in one language.
struct Writer<'a> {
    words: Words,
    case: &'a Case,
}

impl Notice {
    /// The notice for a run with this summary, over these indexes.
    #[must_use]
    pub fn new(
        summary: &CheckSummary,
        indexes: &IndexSet,
        insurer: &Insurer,
        case: &Case,
        language: Language,
    ) -> Self {
        let writer = Writer { words: Words::notice(language), case };
        let words = writer.words;
        let mut notice = Self {
            language,
            title: words.of("title"),
            subtitle: words.of("subtitle"),
            draft: None,
            head: writer.head(insurer),
            sections: vec![
                writer.nature(summary, indexes),
                writer.contact(insurer),
                writer.consequences(summary, insurer),
                writer.measures(summary, insurer),
                writer.delay(),
            ],
            sign: writer.sign(insurer),
        };
        let missing = notice.missing();
        notice.draft = (missing > 0).then(|| words.count("draft", missing as u64));
        notice
    }
}

impl Writer<'_> {
    fn head(&self, insurer: &Insurer) -> Vec<Entry> {
        let authority = &insurer.authority;
        let city = insurer.postal_code.as_ref().zip(insurer.city.as_ref());
        let city = city.map(|(code, city)| format!("{code} {city}"));
        vec![
            self.joined(
                "head.to",
                [
                    self.setting(authority.name.as_ref(), "head.authority", "authority.name"),
                    self.setting(
                        authority.address.as_ref(),
                        "head.authority_address",
                        "authority.address",
                    ),
                ],
            ),
            self.entry(
                "head.legal",
                [self.setting(
                    insurer.legal_supervision.name.as_ref(),
                    "head.legal_supervision",
                    "legal-supervision.name",
                )],
            ),
            self.joined(
                "head.controller",
                [
                    self.setting(insurer.name.as_ref(), "head.name", "name"),
                    self.setting(insurer.street.as_ref(), "head.street", "street"),
                    self.setting(city.as_ref(), "head.city", "postal-code, city"),
                ],
            ),
            self.entry("head.aware", [self.aware()]),
            self.entry("head.as_of", [line(self.time(self.case.now))]),
        ]
    }

    fn aware(&self) -> Line {
        let Some(aware) = self.case.aware_since else {
            let what = self.words.of("head.aware_time");
            return self
                .missing(&self.words.with("option", &[("what", what), ("name", "--aware-since")]));
        };
        let ends = deadline(aware);
        let name = if self.case.now > ends { "head.deadline_over" } else { "head.deadline" };
        line(self.words.with(name, &[("aware", &self.time(aware)), ("deadline", &self.time(ends))]))
    }

    fn nature(&self, summary: &CheckSummary, indexes: &IndexSet) -> Section {
        let words = self.words;
        let breaches = indexes.indexes().iter().flat_map(|index| &index.metadata().breaches);
        // Several indexes may describe one breach, alike or not. Equal answers appear once.
        let mut seen = BTreeSet::new();
        let incidents = breaches.map(|breach| self.incident(breach));
        let incident = incidents.filter(|lines| seen.insert(lines.clone())).flatten().collect();
        let figures = &summary.persons;
        let mut persons = vec![words.count("nature.confirmed", figures.confirmed)];
        for (name, count) in [
            ("nature.to_decide", figures.to_decide),
            ("nature.open", figures.open),
            ("nature.partially_checked", figures.partially_checked),
        ] {
            if count > 0 {
                persons.push(words.count(name, count));
            }
        }
        persons.push(words.count("nature.checked", figures.checked));
        self.section(
            ["nature.title", "nature.law"],
            vec![
                Entry { label: words.of("nature.incident"), lines: incident },
                self.entry("nature.categories", [line(words.of("nature.members"))]),
                self.entry("nature.persons", [line(persons.join(" "))]),
                Entry { label: words.of("nature.classes"), lines: self.classes(summary) },
                self.entry("nature.records", [self.records(summary)]),
                self.entry("nature.special", [self.special(summary)]),
            ],
        )
    }

    fn incident(&self, breach: &Breach) -> Vec<Line> {
        let words = self.words;
        let name = breach.name().to_string();
        let title = breach.title.as_deref().unwrap_or(&name);
        let domain = breach.domain.as_deref().map(|domain| format!(" ({domain})"));
        let gaps = [("title", title), ("domain", domain.as_deref().unwrap_or_default())];
        let mut text = words.with("nature.incident_of", &gaps);
        let mut lines = Vec::new();
        match &breach.breach_date {
            Some(date) => {
                let date = words.language.date(date);
                text = format!("{text} {}", words.with("nature.when", &[("date", &date)]));
            }
            None => lines.push(self.of_breach("nature.date", title, "BreachDate")),
        }
        match &breach.description {
            Some(description) => text = format!("{text} {}", description.trim()),
            None => lines.push(self.of_breach("nature.description", title, "Description")),
        }
        lines.insert(0, line(text));
        lines
    }

    fn of_breach(&self, what: &str, title: &str, field: &str) -> Line {
        let what = self.words.with(what, &[("title", title)]);
        self.missing(&self.words.with("breach_field", &[("what", &what), ("name", field)]))
    }

    /// The classes of data that leaked, those with the most persons first.
    fn classes(&self, summary: &CheckSummary) -> Vec<Line> {
        let words = self.words;
        let classes = sorted(summary, |_| true);
        if classes.is_empty() {
            return vec![line(words.of("nature.no_classes"))];
        }
        let shown = if classes.len() <= MAX_CLASSES + 1 { classes.len() } else { MAX_CLASSES };
        let mut text = self.list(&classes[..shown]);
        if classes.len() > shown {
            let more = words.count("nature.more_classes", (classes.len() - shown) as u64);
            text = format!("{text} {more}");
        }
        let has_undecided = classes.iter().any(|class| class.undecided > 0);
        let note =
            if has_undecided { "nature.classes_note_undecided" } else { "nature.classes_note" };
        vec![line(format!("{text}. {}", words.of(note)))]
    }

    /// The leaked records of confirmed persons, and those that match only undecided persons.
    fn records(&self, summary: &CheckSummary) -> Line {
        let (words, records) = (self.words, &summary.records);
        let text = words.count("nature.records_of", records.confirmed);
        let undecided = records.concerned.saturating_sub(records.confirmed);
        if undecided == 0 {
            return line(text);
        }
        line(format!("{text} {}", words.count("nature.records_undecided", undecided)))
    }

    fn special(&self, summary: &CheckSummary) -> Line {
        let classes = sorted(summary, |class| SPECIAL.contains(&class));
        if classes.is_empty() {
            return line(self.words.of("nature.special_no"));
        }
        let is_confirmed = classes.iter().any(|class| class.confirmed > 0);
        let form = if is_confirmed { "nature.special_yes" } else { "nature.special_undecided" };
        line(self.words.with(form, &[("classes", &self.list(&classes))]))
    }

    fn list(&self, classes: &[LeakedClass<'_>]) -> String {
        let words = self.words;
        let class = |leaked_class: &LeakedClass<'_>| {
            let [confirmed, undecided] = [leaked_class.confirmed, leaked_class.undecided]
                .map(|count| numbers::number(count, words.language));
            let name = words.language.data_class(leaked_class.class);
            let gaps = [("class", &*name), ("n", &confirmed), ("undecided", &undecided)];
            let form =
                if leaked_class.undecided == 0 { "nature.class" } else { "nature.class_undecided" };
            words.with(form, &gaps)
        };
        classes.iter().map(class).collect::<Vec<_>>().join(", ")
    }

    fn contact(&self, insurer: &Insurer) -> Section {
        let data_protection_officer = &insurer.data_protection_officer;
        let lines = [
            self.setting(
                data_protection_officer.name.as_ref(),
                "contact.name",
                "data-protection-officer.name",
            ),
            self.setting(
                data_protection_officer.address.as_ref(),
                "contact.address",
                "data-protection-officer.address",
            ),
            self.setting(
                data_protection_officer.phone.as_ref(),
                "contact.phone",
                "data-protection-officer.phone",
            ),
            self.setting(
                data_protection_officer.email.as_ref(),
                "contact.email",
                "data-protection-officer.email",
            ),
        ];
        self.section(["contact.title", "contact.law"], vec![self.joined("contact.officer", lines)])
    }

    fn consequences(&self, summary: &CheckSummary, insurer: &Insurer) -> Section {
        let classes = &summary.members.by_data_class;
        let figures = &summary.persons;
        let is_clear = figures.confirmed + figures.to_decide == 0;
        let lines = if is_clear {
            vec![line(self.words.of("consequences.none"))]
        } else {
            let likely_consequences =
                insurer.likely_consequences.iter().map(|consequence| consequence.trim().to_owned());
            let has = |class: &str| classes.contains_key(class);
            let known = self.words.language.consequences(has, Audience::OfMany);
            let known = known.into_iter().map(|consequence| consequence.text.to_owned());
            vec![line(likely_consequences.chain(known).collect::<Vec<_>>().join(" "))]
        };
        let entry = Entry { label: self.words.of("consequences.label"), lines };
        self.section(["consequences.title", "consequences.law"], vec![entry])
    }

    fn measures(&self, summary: &CheckSummary, insurer: &Insurer) -> Section {
        let words = self.words;
        let when = self.time(self.case.now);
        let mut taken = vec![line(words.with("measures.taken_by_check", &[("when", &when)]))];
        self.add_all(&mut taken, &insurer.measures_taken, "measures.taken_what", "measures-taken");
        let mut planned = Vec::new();
        let figures = &summary.persons;
        let uncertain = figures.to_decide + figures.open;
        if uncertain > 0 {
            planned.push(line(words.count("measures.planned_by_check", uncertain)));
        }
        self.add_all(
            &mut planned,
            &insurer.measures_planned,
            "measures.planned_what",
            "measures-planned",
        );
        self.section(
            ["measures.title", "measures.law"],
            vec![
                Entry { label: words.of("measures.taken"), lines: taken },
                Entry { label: words.of("measures.planned"), lines: planned },
            ],
        )
    }

    /// Adds the sentences of a setting, or the mark for a missing part.
    fn add_all(&self, lines: &mut Vec<Line>, sentences: &[String], what: &str, name: &str) {
        if sentences.is_empty() {
            lines.push(self.setting(None, what, name));
        } else {
            lines.push(line(sentences.join(" ")));
        }
    }

    fn delay(&self) -> Section {
        let words = self.words;
        let reasons = self.case.delay_reason.as_deref().map(paragraphs).unwrap_or_default();
        if !reasons.is_empty() {
            return self.delay_of(reasons.into_iter().map(line).collect());
        }
        let line = match self.case.aware_since.map(deadline) {
            Some(ends) if self.case.now > ends => {
                let what = words.of("delay.what");
                self.missing(&words.with("option", &[("what", what), ("name", "--delay-reason")]))
            }
            Some(ends) => line(words.with("delay.in_time", &[("deadline", &self.time(ends))])),
            None => line(words.of("delay.unknown")),
        };
        self.delay_of(vec![line])
    }

    fn delay_of(&self, lines: Vec<Line>) -> Section {
        let entry = Entry { label: self.words.of("delay.label"), lines };
        self.section(["delay.title", "delay.law"], vec![entry])
    }

    fn sign(&self, insurer: &Insurer) -> Vec<Entry> {
        let today = self.case.now.to_zoned_datetime(self.case.zone.clone()).date().to_string();
        let place = match &insurer.place {
            Some(place) => line(format!("{place}, {}", self.words.language.date(&today))),
            None => self.setting(None, "sign.place_what", "place"),
        };
        let signatory =
            self.setting(insurer.signatory.as_ref(), "sign.signatory_what", "signatory");
        vec![self.entry("sign.place", [place]), self.entry("sign.signatory", [signatory])]
    }

    fn section(&self, [title, law]: [&str; 2], entries: Vec<Entry>) -> Section {
        Section { title: self.words.of(title), law: self.words.of(law), entries }
    }

    fn entry<const N: usize>(&self, label: &str, lines: [Line; N]) -> Entry {
        Entry { label: self.words.of(label), lines: lines.into() }
    }

    /// Joins the given lines into one. The marks for missing parts follow, one per line.
    fn joined<const N: usize>(&self, label: &str, lines: [Line; N]) -> Entry {
        let (missing, given): (Vec<Line>, Vec<Line>) =
            lines.into_iter().partition(|line| line.is_missing);
        let given: Vec<String> = given.into_iter().map(|line| line.text).collect();
        let given = (!given.is_empty()).then(|| line(given.join(", ")));
        Entry { label: self.words.of(label), lines: given.into_iter().chain(missing).collect() }
    }

    /// The text of a setting, or the mark for a missing part.
    fn setting(&self, value: Option<&String>, what: &str, name: &str) -> Line {
        let Some(value) = value else {
            let what = self.words.of(what);
            return self.missing(&self.words.with("setting", &[("what", what), ("name", name)]));
        };
        line(value.clone())
    }

    fn missing(&self, what: &str) -> Line {
        Line { text: self.words.with("add", &[("what", what)]), is_missing: true }
    }

    fn time(&self, time: jiff::Timestamp) -> String {
        numbers::time(time, &self.case.zone, self.words.language)
    }
}

fn line(text: impl Into<String>) -> Line {
    Line { text: text.into(), is_missing: false }
}

/// The paragraphs of a text, separated by blank lines. Other line ends become blanks, since they come from the
/// editor or the shell in which somebody wrote the text.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![Vec::new()];
    for line in text.lines().map(str::trim) {
        match paragraphs.last_mut() {
            Some(paragraph) if !line.is_empty() => paragraph.push(line),
            _ => paragraphs.push(Vec::new()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.into_iter().map(|paragraph| paragraph.join(" ")).collect()
}

/// The classes of data that leaked, with their numbers of persons, the highest first.
fn sorted(summary: &CheckSummary, is_included: impl Fn(&str) -> bool) -> Vec<LeakedClass<'_>> {
    let confirmed = &summary.persons.confirmed_by_data_class;
    let classes = summary.persons.by.by_data_class.iter().filter(|(class, _)| is_included(class));
    let mut classes: Vec<LeakedClass<'_>> = classes
        .map(|(class, &persons)| {
            let confirmed = confirmed.get(class).copied().unwrap_or(0);
            LeakedClass { class, confirmed, undecided: persons.saturating_sub(confirmed) }
        })
        .collect();
    classes.sort_by_key(|leaked| (Reverse((leaked.confirmed, leaked.undecided)), leaked.class));
    classes
}
