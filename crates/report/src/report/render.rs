//! Renders the page and the Markdown from templates. Inserted values are escaped, unless a template marks
//! them as markup.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{Timestamp, tz::TimeZone};
use leakdex::{Kind, KindCount, Strength};
use minijinja::{
    self as jinja, Environment, ErrorKind, Value, context,
    value::{Kwargs, Serde},
};

use super::{
    Format, accidents, agreement, chart,
    model::{Base, Report},
    unusable,
};
use crate::{
    causes::{RUN_CAVEAT, SUSPECT_VALUE},
    error::Error,
    language::Language,
    numbers, templates,
    words::Words,
};

const TEMPLATES: [(&str, &str); 10] = [
    ("report.html", include_str!("templates/report.html")),
    ("parts.html", include_str!("templates/parts.html")),
    ("result.html", include_str!("templates/result.html")),
    ("gaps.html", include_str!("templates/gaps.html")),
    ("concerned.html", include_str!("templates/concerned.html")),
    ("basis.html", include_str!("templates/basis.html")),
    ("accidents.md", include_str!("templates/accidents.md")),
    ("concordance.md", include_str!("templates/concordance.md")),
    ("style.css", include_str!("templates/style.css")),
    ("report.md", include_str!("templates/report.md")),
];

/// The maximum number of rows of a table without bars that the page shows at once.
const MAX_ROWS: usize = 10;

impl Report {
    /// Renders the report in a format and a language, with times in a zone. JSON has no language, and its
    /// times are in UTC.
    ///
    /// # Errors
    ///
    /// If a template cannot be filled in, which would be a bug.
    pub fn render(
        &self,
        format: Format,
        language: Language,
        zone: &TimeZone,
    ) -> Result<String, Error> {
        let page = |name: &str| {
            let failed = Error::failed(format!("the template {name} cannot be filled in"));
            fill(name, self, language, zone).map_err(failed)
        };
        match format {
            Format::Json => serde_json::to_string_pretty(self)
                .map(|json| json + "\n")
                .map_err(Error::failed("the report cannot be written as JSON")),
            Format::Html => page("report.html"),
            Format::Markdown => page("report.md"),
        }
    }
}

fn fill(
    name: &str,
    report: &Report,
    language: Language,
    zone: &TimeZone,
) -> Result<String, jinja::Error> {
    let cause = |cause: &str, field: Option<&str>| gap_name(cause, field, language);
    let [open, defective, with_caveats] = chart::gaps(report, cause);
    let persons = &report.persons.counts;
    let of_persons = ["members-not-checked", "members-partially-checked"];
    let caveats = report.caveats.iter().filter(|caveat| !of_persons.contains(&caveat.id));
    let expected = |strength| accidents::expected(report, strength, language);
    let breakdowns = chart::breakdowns(report, language);
    let (rejects, leaked) = (unusable::of_lists(report), unusable::of_leaks(report));
    let agreement = agreement::of(report);
    let context = context! {
        lang => match language { Language::De => "de", Language::En => "en" },
        t => Serde(Words::report(language).table),
        r => Serde(report),
        overview => Serde(chart::overview(persons)),
        p => Serde(persons),
        expected => context! {
            confirmed => expected(Strength::Probable),
            to_decide => expected(Strength::Candidate),
        },
        largest => largest(report, language),
        not_in_leak => not_in_leak(report, language),
        caveats => Serde(caveats.collect::<Vec<_>>()),
        breakdowns => Serde(breakdowns),
        gaps => Serde([open, defective]),
        with_caveats => Serde(with_caveats),
        rejects => Serde(rejects),
        leaked => Serde(leaked),
        agreement => Serde(agreement),
        most => MAX_ROWS,
        accidents => Serde(accidents::rows(report, language)),
        is_decided => accidents::is_decided(report),
        is_private => report.checked_against.iter().any(Base::is_of_private_check),
        steps => steps(report, language),
        breaches => breaches(report),
        unused => unused(report),
    };
    let mut environment = environment(language, zone)?;
    add_names(&mut environment, report, language);
    Ok(environment.get_template(name)?.render(context)? + "\n")
}

/// The cause with the most persons, and its remedy.
fn largest(report: &Report, language: Language) -> Value {
    let open = report.not_checked.indeterminate_by_reason.iter();
    let open = open.map(|(reason, &persons)| (&**reason, None, persons));
    let open = open.max_by_key(|(_, _, persons)| *persons);
    let partial = report.partial.largest_cause.as_ref();
    let partial =
        partial.map(|partial| (&*partial.reason, partial.field.as_deref(), partial.persons));
    let gap = open.into_iter().chain(partial).max_by_key(|(_, _, persons)| *persons);
    let Some((reason, field, persons)) = gap else {
        return Value::from(());
    };
    let cause = gap_name(reason, field, language);
    let is_of_columns = reason == RUN_CAVEAT;
    context! { persons, cause, is_of_columns, remedy => language.remedy(reason, false) }
}

/// The fields that the leak certainly lacks, with the numbers of persons who gave them.
fn not_in_leak(report: &Report, language: Language) -> Vec<String> {
    let lines = report.not_in_leak.iter().map(|entry| {
        let form = if entry.persons == 1 { "one" } else { "other" };
        let field = field_name(&entry.field, language);
        let gaps = [("field", &*field), ("n", &numbers::number(entry.persons, language))];
        Words::report(language).with(&format!("partial.not_in_leak_of.{form}"), &gaps)
    });
    lines.collect()
}

/// The next steps, with their provisions as the language cites them.
fn steps(report: &Report, language: Language) -> Vec<Value> {
    let steps = report.next_steps.iter().map(|step| {
        let cited = step.legal_basis.iter().map(|provision| provision[language as usize]);
        context! { id => step.id, basis => cited.collect::<Vec<_>>() }
    });
    steps.collect()
}

/// The unused columns, those of leaks first, each with its file.
fn unused(report: &Report) -> Vec<Value> {
    let leaks = report
        .checked_against
        .iter()
        .flat_map(|base| base.unused_columns.iter().flatten().map(|column| (&base.file, column)));
    let lists = report.member_lists.iter();
    let lists =
        lists.flat_map(|list| list.unused_columns.iter().map(|column| (&list.file, column)));
    leaks.chain(lists).map(|(file, column)| context! { file, column => Serde(column) }).collect()
}

/// The breaches by their usual names, each once.
fn breaches(report: &Report) -> Vec<String> {
    let breaches = report.checked_against.iter().flat_map(|base| &base.breaches);
    let names: BTreeSet<String> = breaches
        .map(|breach| breach.title.clone().unwrap_or_else(|| breach.name().to_string()))
        .collect();
    names.into_iter().collect()
}

/// Adds filters for short names: a file by the last part of its path unless another file shares it, and a
/// breach by its title.
fn add_names(environment: &mut Environment<'static>, report: &Report, language: Language) {
    let lists = report.member_lists.iter().map(|list| &list.file);
    let files = lists.chain(report.checked_against.iter().map(|base| &base.file));
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let entry = names.entry(last_part(file).to_owned()).or_default();
        if !entry.contains(file) {
            entry.push(file.clone());
        }
    }
    environment.add_filter("file", move |file: &str| {
        let last = last_part(file);
        match file {
            "-" => Words::report(language).of("basis.standard_input").to_owned(),
            _ if names.get(last).is_some_and(|paths| paths.len() > 1) => file.to_owned(),
            _ => last.to_owned(),
        }
    });
    let breaches = report.checked_against.iter().flat_map(|base| &base.breaches);
    let titles: BTreeMap<String, String> = breaches
        .filter_map(|breach| Some((breach.name().to_string(), breach.title.clone()?)))
        .collect();
    environment.add_filter("breach", move |name: &str| {
        titles.get(name).cloned().unwrap_or_else(|| name.to_owned())
    });
}

fn last_part(file: &str) -> &str {
    let last = file.rsplit(['/', '\\']).next();
    last.filter(|last| !last.is_empty()).unwrap_or(file)
}

fn environment(language: Language, zone: &TimeZone) -> Result<Environment<'static>, jinja::Error> {
    let mut environment = templates::environment(&TEMPLATES)?;
    environment.add_filter("number", move |count: u64| numbers::number(count, language));
    environment.add_filter("share", move |part: u64, all: u64| numbers::share(part, all, language));
    let zone = zone.clone();
    environment.add_filter("time", move |time: &str| {
        let time: Timestamp = time.parse().map_err(|_| wrong("no time"))?;
        Ok::<_, jinja::Error>(numbers::time(time, &zone, language))
    });
    environment.add_filter("date", move |date: &str| language.date(date).into_owned());

    environment.add_filter("with", move |words: Value, gaps: Kwargs| with(&words, &gaps, language));
    environment.add_filter("kind", move |slug: &str| language.kind(slug).into_owned());
    environment.add_filter("data_class", move |slug: &str| language.data_class(slug).into_owned());
    environment.add_filter("field", move |slug: &str| field_name(slug, language));
    environment.add_filter("kind_counts", move |counts: Serde<Vec<KindCount>>| {
        kind_counts(&counts, language)
    });
    environment.add_filter("cause", move |code: &str| cause_name(code, language));
    Ok(environment)
}

/// Fills the gaps of a sentence. If it has a form for 1 and a form for other numbers, `n` decides.
fn with(words: &Value, gaps: &Kwargs, language: Language) -> Result<String, jinja::Error> {
    let sentence = if words.as_str().is_some() {
        words.clone()
    } else {
        let is_one = gaps.get::<u64>("n")? == 1;
        words.get_attr(if is_one { "one" } else { "other" })?
    };
    let mut filled = String::new();
    let mut rest = sentence.as_str().ok_or_else(|| wrong("no words"))?;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| wrong("an open gap"))?;
        let value: Value = gaps.get(name)?;
        filled += before;
        filled += &u64::try_from(value.clone())
            .map_or_else(|_| value.to_string(), |count| numbers::number(count, language));
        rest = after;
    }
    Ok(filled + rest)
}

fn wrong(what: &'static str) -> jinja::Error {
    jinja::Error::new(ErrorKind::InvalidOperation, what)
}

fn field_name(slug: &str, language: Language) -> String {
    let known = Words::report(language).get(&format!("fields.{slug}"));
    known.map_or_else(|| language.kind(slug).into_owned(), str::to_owned)
}

/// The number of identifiers of each kind that has any. All match keys together are one part. The parts add up
/// to all identifiers.
fn kind_counts(counts: &[KindCount], language: Language) -> String {
    let is_match_key = |count: &&KindCount| {
        let kind: Option<Kind> = count.kind.parse().ok();
        kind.is_some_and(Kind::is_match_key)
    };
    let (match_keys, values): (Vec<_>, Vec<_>) = counts.iter().partition(is_match_key);
    let mut parts: Vec<(Cow<'_, str>, u64)> =
        values.into_iter().map(|value| (language.kind(&value.kind), value.identifiers)).collect();
    let joined = Words::report(language).of("basis.match_keys");
    parts.push((
        Cow::Borrowed(joined),
        match_keys.iter().map(|match_key| match_key.identifiers).sum(),
    ));
    parts.retain(|(_, identifiers)| *identifiers > 0);
    let part = |(name, identifiers): &(Cow<'_, str>, u64)| {
        format!("{name}: {}", numbers::number(*identifiers, language))
    };
    parts.iter().map(part).collect::<Vec<_>>().join("; ")
}

/// The name of a cause, including its field.
#[must_use]
pub fn gap_name(cause: &str, field: Option<&str>, language: Language) -> String {
    let name = cause_name(cause, language);
    match field {
        Some(field) => format!("{}: {name}", field_name(field, language)),
        None if cause == SUSPECT_VALUE => {
            let parts = Words::report(language).of("partial.parts");
            format!("{parts}: {name}")
        }
        None => name,
    }
}

/// The name of a cause or a reason.
pub fn cause_name(cause: &str, language: Language) -> String {
    let words = Words::report(language).get(&format!("causes.{cause}"));
    words.map_or_else(|| language.reason(cause).into_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The provider of a private check can corrupt an entry. If that made a run fail, a complaint would reveal
    /// to the provider that a member has this entry.
    #[test]
    fn a_report_can_be_made_if_the_leaked_data_of_a_person_is_unknown() {
        use crate::{
            CheckSummary, IndexSummary, PersonFacts, TableNames,
            report::{Rules, Run, Sources},
        };
        use leakdex::{
            Breach, FoundIndex, IndexBuilder, IndexSet, Key, Kind, KindSet, LeakedRecord, Record,
        };
        let key = Key::from_bytes(&[7; 32]).expect("a key");
        let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("a name"));
        let added = builder.add(&Record::new().kvnr("A123456780")).expect("it fits");
        assert!(added.problems().is_empty());
        let description = builder.build().expect("it fits").description().expect("one leak");
        let mut found = FoundIndex::new(&key, &description).expect("it is sound");
        let record =
            LeakedRecord { tag: 1, kinds: KindSet::EMPTY, is_first: true, class_set: None };
        found.add(Kind::Kvnr, b"A123456780", &[record]).expect("the kind is held");
        let indexes = IndexSet::new([found.build().expect("it fits")]).expect("one index");
        let verdict = indexes.check(&Record::new().kvnr("A123456780"));
        let mut summary = CheckSummary::default();
        summary.count(&verdict);
        let mut facts = PersonFacts::default();
        facts.note(&verdict, None, |_| None);
        summary.conclude(facts, &[]);
        let names = TableNames { table_id: "t".into(), provider: "p".into(), generation: 0 };
        let table = IndexSummary::of_table("leak.table".into(), names, &indexes.indexes()[0]);
        summary.indexes.push(table);
        let now = Timestamp::UNIX_EPOCH;
        let run = Run { started: now, finished: now };
        let rules =
            Rules { region: "DE".into(), excel_dates: false, date_order: None, min_generation: 0 };
        let sources = Sources { run, rules, leak: None, lists: Vec::new() };
        let report = Report::new(&summary, &indexes, sources);
        for language in [Language::De, Language::En] {
            for format in [Format::Html, Format::Markdown, Format::Json] {
                report.render(format, language, &TimeZone::UTC).expect("it can be filled in");
            }
            let text = report.render(Format::Markdown, language, &TimeZone::UTC);
            let text = text.expect("it can be filled in");
            let words = ["ist nicht bekannt", "is not known"][language as usize];
            assert!(text.contains(words), "{text}");
        }
    }

    fn rendered(name: &'static str, template: &'static str, language: Language) -> String {
        let mut environment =
            environment(language, &TimeZone::UTC).expect("the templates are sound");
        environment.add_template(name, template).expect("it is a template");
        let template = environment.get_template(name).expect("it was added");
        let name = "<b>|`x`*_[y] & \n#\u{1}";
        let words = context! { one => "{n} of {all}: one", other => "{n} of {all}: {name}" };
        template.render(context! { name, words }).expect("it can be filled in")
    }

    #[test]
    fn a_filled_in_value_is_text_in_each_format() {
        let html = rendered("x.html", "<i>{{ name }}</i>", Language::De);
        assert_eq!(html, "<i>&lt;b&gt;|`x`*_[y] &amp; \n#\u{1}</i>");
        let markdown = rendered("x.md", "*{{ name }}*", Language::De);
        assert_eq!(markdown, "*&lt;b&gt;\\|\\`x\\`\\*\\_\\[y\\] &amp;  # *");
    }

    #[test]
    fn sentences_have_a_form_for_one_and_numbers_of_their_language() {
        let template =
            "{{ words | with(n=1, all=1234) }}; {{ words | with(n=5000, all=0, name=name) }}";
        assert_eq!(
            rendered("x.html", template, Language::En),
            "1 of 1,234: one; 5,000 of 0: &lt;b&gt;|`x`*_[y] &amp; \n#\u{1}"
        );
        assert!(rendered("x.html", template, Language::De).starts_with("1 of 1.234: one; 5.000"));
    }

    #[test]
    fn a_gap_that_nothing_fills_is_an_error() {
        let mut environment =
            environment(Language::De, &TimeZone::UTC).expect("the templates are sound");
        for template in ["{{ '{n} of {all}' | with(n=1) }}", "{{ nothing }}", "{{ t.nothing }}"] {
            environment.add_template("x.html", template).expect("it is a template");
            let template = environment.get_template("x.html").expect("it was added");
            assert!(template.render(context! { t => context! {} }).is_err());
        }
    }
}
