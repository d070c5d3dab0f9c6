use std::io::{Cursor, Read as _};

use jiff::SignedDuration;
use leakdex::{Breach, Index, IndexBuilder, IndexSet, Key, Record};
use zip::ZipArchive;

use super::*;
use crate::{CheckSummary, Insurer, PersonFacts, insurer::Contact};

/// A name that looks like markup in every format.
const TITLE: &str = "<b>Portal</b> & [x](y) |`_\u{1}\u{ffff}";

fn index(breach: Breach) -> IndexSet {
    IndexSet::new([single_index(breach)]).expect("one index")
}

fn single_index(breach: Breach) -> Index {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let mut builder = IndexBuilder::new(&key, breach);
    for number in ["A123456780", "M204815368"] {
        let record = Record::new().kvnr(number).email("m.muster@example.de");
        assert!(builder.add(&record).expect("it fits").problems().is_empty());
    }
    builder.build().expect("it fits")
}

fn summary(indexes: &IndexSet, members: &[Record]) -> CheckSummary {
    let mut summary = CheckSummary::default();
    let mut facts = PersonFacts::default();
    for member in members {
        let verdict = indexes.check(member);
        summary.count(&verdict);
        facts.note(&verdict, None, |_| None);
    }
    summary.conclude(facts, &vec![0; members.len()]);
    summary
}

fn case(aware_before: Option<SignedDuration>) -> Case {
    let now: Timestamp = "2026-01-20T12:00:00Z".parse().expect("a time");
    let aware_since = aware_before.map(|before| now.checked_sub(before).expect("a time"));
    Case { aware_since, delay_reason: None, now, zone: TimeZone::UTC }
}

fn known() -> Insurer {
    let text = |text: &str| Some(text.to_owned());
    let mut insurer = Insurer {
        name: text("BKK Beispiel"),
        street: text("Musterstraße 1"),
        postal_code: text("12345"),
        city: text("Musterstadt"),
        signatory: text("Erika Beispiel, Vorstand"),
        place: text("Musterstadt"),
        measures_taken: vec!["Die Zugänge sind gesperrt.".to_owned()],
        measures_planned: vec!["Das Portal wird geprüft.".to_owned()],
        ..Insurer::default()
    };
    insurer.data_protection_officer = Contact {
        name: text("Maria Muster"),
        address: text("Musterstraße 1"),
        phone: text("0800 1"),
        email: text("datenschutz@example.de"),
    };
    insurer.authority.name = text("Die Behörde");
    insurer.authority.address = text("Am Platz 1");
    insurer.legal_supervision.name = text("Die Aufsicht");
    insurer
}

fn breach() -> Breach {
    let mut breach = Breach::named("portal-2026").expect("a name");
    breach.title = Some(TITLE.to_owned());
    breach.breach_date = Some("2026-01-18".to_owned());
    breach.description = Some("Jemand hat Daten entwendet.".to_owned());
    breach
}

fn members() -> Vec<Record> {
    vec![Record::new().kvnr("A123456780"), Record::new().email("other@example.de"), Record::new()]
}

fn markdown(notice: &Notice) -> String {
    let bytes = notice.render(NoticeFormat::Markdown).expect("it can be filled in");
    String::from_utf8(bytes).expect("it is text")
}

#[test]
fn the_answers_are_in_the_order_of_the_article_and_complete_if_all_details_are_known() {
    let indexes = index(breach());
    let summary = summary(&indexes, &members());
    for (language, order) in [
        (Language::De, ["lit. a", "lit. b", "lit. c", "lit. d", "Abs. 1 Satz 2"]),
        (Language::En, ["33(3)(a)", "33(3)(b)", "33(3)(c)", "33(3)(d)", "33(1), second"]),
    ] {
        let case = case(Some(SignedDuration::from_hours(20)));
        let notice = Notice::new(&summary, &indexes, &known(), &case, language);
        assert_eq!(notice.missing(), 0, "{}", markdown(&notice));
        assert!(notice.draft.is_none());
        let text = markdown(&notice);
        let places: Vec<Option<usize>> = order.iter().map(|law| text.find(law)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
        let time = ["22. Januar 2026, 16:00 Uhr UTC", "22 January 2026, 16:00 UTC"];
        assert!(text.contains(time[language as usize]), "{text}");
        // The program does not know whether a list contains former members.
        let persons = ["Versicherte, soweit sie in", "Insured persons, as far as they are on"];
        assert!(text.contains(persons[language as usize]), "{text}");
        for known in ["Maria Muster", "Am Platz 1", "Die Aufsicht", "Das Portal wird geprüft."] {
            assert!(text.contains(known), "{known}: {text}");
        }
    }
}

#[test]
fn the_numbers_are_those_of_the_summary() {
    let indexes = index(breach());
    let summary = summary(&indexes, &members());
    let (persons, records) = (&summary.persons, summary.records.concerned);
    assert_eq!((persons.checked, persons.confirmed, persons.open, records), (3, 1, 1, 1));
    let text = markdown(&Notice::new(&summary, &indexes, &known(), &case(None), Language::De));
    for sentence in [
        "1 Person ist bestätigt betroffen.",
        "1 Person konnte noch nicht geprüft werden.",
        "Abgeglichen wurden 3 Personen.",
        "1 Datensatz, der zu bestätigt betroffenen Personen passt.",
        "In Klammern die Zahl der bestätigt betroffenen Personen.",
        "Besondere Kategorien sind betroffen: Angaben zur Krankenversicherung (1).",
    ] {
        assert!(text.contains(sentence), "{sentence}: {text}");
    }
}

#[test]
fn persons_and_records_to_be_decided_are_not_part_of_the_numbers_of_the_confirmed() {
    let indexes = index(breach());
    let mut summary = summary(&indexes, &members());
    summary.records.concerned = 4;
    let classes = &mut summary.persons.by.by_data_class;
    *classes.get_mut("health-insurance-information").expect("a number leaked") = 8;
    classes.insert("personal-health-data".to_owned(), 2);
    let notice = |summary: &CheckSummary| {
        markdown(&Notice::new(summary, &indexes, &known(), &case(None), Language::De))
    };
    let text = notice(&summary);
    for sentence in [
        "1 Datensatz, der zu bestätigt betroffenen Personen passt. 3 weitere Datensätze passen nur \
         zu Personen, die noch geprüft werden.",
        "sind betroffen: Angaben zur Krankenversicherung (1 + 7), Gesundheitsdaten (0 + 2).",
        "nach dem Pluszeichen die Zahl der Personen, bei denen dies noch geprüft wird.",
    ] {
        assert!(text.contains(sentence), "{sentence}: {text}");
    }
    summary.persons.confirmed_by_data_class.clear();
    let text = notice(&summary);
    assert!(text.contains("Ob besondere Kategorien betroffen sind, wird noch geprüft: "), "{text}");
}

#[test]
fn missing_facts_name_their_setting() {
    let indexes = index(Breach::named("portal-2026").expect("a name"));
    let summary = summary(&indexes, &members());
    for (language, mark) in [(Language::De, "[BITTE ERGÄNZEN: "), (Language::En, "[PLEASE ADD: ")]
    {
        let notice = Notice::new(&summary, &indexes, &Insurer::default(), &case(None), language);
        let page = notice.render(NoticeFormat::Html).expect("it can be filled in");
        let page = String::from_utf8(page).expect("it is text");
        assert_eq!(page.matches(mark).count(), notice.missing());
        assert_eq!(page.matches("<mark>").count(), notice.missing());
        for name in [
            "[insurer] name",
            "[insurer] street",
            "postal-code, city",
            "authority.name",
            "authority.address",
            "legal-supervision.name",
            "data-protection-officer.name",
            "data-protection-officer.address",
            "data-protection-officer.phone",
            "data-protection-officer.email",
            "measures-taken",
            "measures-planned",
            "[insurer] place",
            "signatory",
            "--aware-since",
            "BreachDate",
            "Description",
        ] {
            assert!(page.contains(name), "{name}");
        }
    }
}

#[test]
fn half_an_address_is_marked_as_missing() {
    let indexes = index(breach());
    let summary = summary(&indexes, &members());
    for (postal_code, city) in [(None, Some("Musterstadt")), (Some("12345"), None)] {
        let [postal_code, city] = [postal_code, city].map(|text| text.map(str::to_owned));
        let insurer = Insurer { postal_code, city, ..known() };
        let case = case(Some(SignedDuration::from_hours(20)));
        let notice = Notice::new(&summary, &indexes, &insurer, &case, Language::De);
        assert_eq!(notice.missing(), 1);
        let page = notice.render(NoticeFormat::Html).expect("it can be filled in");
        let page = String::from_utf8(page).expect("it is text");
        assert!(page.contains("[insurer] postal-code, city]"), "{page}");
    }
}

#[test]
fn indexes_of_one_breach_with_other_descriptions_are_all_described() {
    let described = |other: Breach| {
        let indexes = [breach(), other, breach()].map(single_index);
        let indexes = IndexSet::new(indexes).expect("three indexes");
        let summary = summary(&indexes, &members());
        markdown(&Notice::new(&summary, &indexes, &known(), &case(None), Language::De))
    };
    let count = |text: &str, part: &str| text.matches(part).count();
    let text = described(breach());
    assert_eq!(count(&text, "Jemand hat Daten entwendet."), 1, "{text}");
    let mut other = breach();
    other.description = Some("Noch jemand.".to_owned());
    let text = described(other);
    let parts = ["Jemand hat Daten entwendet.", "Noch jemand."].map(|part| count(&text, part));
    assert_eq!(parts, [1, 1], "{text}");
    let mut other = breach();
    other.breach_date = Some("2026-01-17".to_owned());
    let text = described(other);
    let parts = ["18. Januar 2026", "17. Januar 2026"].map(|date| count(&text, date));
    assert_eq!(parts, [1, 1], "{text}");
}

#[test]
fn a_notice_later_than_72_hours_needs_its_reasons() {
    let indexes = index(breach());
    let summary = summary(&indexes, &members());
    let period = SignedDuration::from_hours(72);
    let second = SignedDuration::from_secs(1);
    for (before, is_late) in [(period - second, false), (period, false), (period + second, true)] {
        let mut case = case(Some(before));
        let notice = Notice::new(&summary, &indexes, &known(), &case, Language::De);
        let text = markdown(&notice);
        assert_eq!(notice.missing(), usize::from(is_late), "{text}");
        assert_eq!(text.contains("--delay-reason"), is_late, "{text}");
        assert_eq!(text.contains("endete am"), is_late, "{text}");
        assert_eq!(text.contains("Entfällt, wenn die Meldung bis zum"), !is_late, "{text}");
        case.delay_reason = Some("Die Datei lag erst später vor.".to_owned());
        let notice = Notice::new(&summary, &indexes, &known(), &case, Language::De);
        assert_eq!(notice.missing(), 0);
        assert!(markdown(&notice).contains("Die Datei lag erst später vor."));
    }
}

#[test]
fn the_reasons_for_a_delay_keep_their_paragraphs_and_no_other_line_ends() {
    let indexes = index(breach());
    let summary = summary(&indexes, &members());
    let mut case = case(Some(SignedDuration::from_hours(80)));
    case.delay_reason =
        Some("Die Datei lag\r\n    erst spät vor.\n \n\nZahlen\tfolgen.\n".to_owned());
    let notice = Notice::new(&summary, &indexes, &known(), &case, Language::De);
    let document = part(&notice, "word/document.xml");
    for paragraph in [">Die Datei lag erst spät vor.</w:t>", ">Zahlen folgen.</w:t>"] {
        assert!(document.contains(paragraph), "{document}");
    }
    assert!(markdown(&notice).contains("- Gründe: Die Datei lag erst spät vor. Zahlen folgen.\n"));
    // A blank text is not a reason.
    case.delay_reason = Some(" \n".to_owned());
    assert_eq!(Notice::new(&summary, &indexes, &known(), &case, Language::De).missing(), 1);
}

#[test]
fn partially_checked_persons_are_mentioned_but_not_counted_as_affected() {
    let indexes = index(breach());
    let suspect = Record::new().kvnr("B123456781").email("other@example.de");
    let mut members = members();
    members.push(suspect);
    let summary = summary(&indexes, &members);
    assert_eq!((summary.persons.confirmed, summary.persons.partially_checked), (1, 1));
    for (language, words) in [
        (
            Language::De,
            "Bei 1 weiteren Person war die Prüfung unvollständig; sie zählt nicht zu den",
        ),
        (Language::En, "The check of 1 other person was incomplete; this person does not count as"),
    ] {
        let text = markdown(&Notice::new(&summary, &indexes, &known(), &case(None), language));
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn no_affected_persons_means_no_consequences() {
    let indexes = index(breach());
    let summary = summary(&indexes, &members()[1..]);
    let text = markdown(&Notice::new(&summary, &indexes, &known(), &case(None), Language::De));
    assert!(
        text.contains("keine Person bestätigt betroffen")
            && !text.contains("Krankenversicherung (")
    );
}

#[test]
fn names_that_look_like_markup_are_text_in_each_format() {
    let indexes = index(breach());
    let summary = summary(&indexes, &members());
    let notice = Notice::new(&summary, &indexes, &known(), &case(None), Language::De);
    let page = String::from_utf8(notice.render(NoticeFormat::Html).expect("filled")).expect("text");
    assert!(page.contains("&lt;b&gt;Portal") && !page.contains("<b>"));
    assert!(markdown(&notice).contains("&lt;b&gt;Portal&lt;/b&gt; &amp; \\[x\\](y) \\|"));
    let document = part(&notice, "word/document.xml");
    assert!(document.contains("&lt;b&gt;Portal"));
    assert!(!document.contains(['\u{1}', '\u{ffff}']), "{document}");
}

fn part(notice: &Notice, name: &str) -> String {
    let bytes = notice.render(NoticeFormat::Docx).expect("it can be filled in");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect("the part").read_to_string(&mut text).expect("it is text");
    text
}

#[test]
fn a_document_has_the_parts_that_word_needs_and_each_begins_as_xml() {
    let indexes = index(breach());
    let summary = summary(&indexes, &members());
    let notice = Notice::new(&summary, &indexes, &known(), &case(None), Language::De);
    for name in [
        "[Content_Types].xml",
        "_rels/.rels",
        "word/_rels/document.xml.rels",
        "word/styles.xml",
        "word/document.xml",
    ] {
        let text = part(&notice, name);
        assert!(text.starts_with("<?xml version=\"1.0\""), "{name}: {text}");
        assert_eq!(text.matches('<').count(), text.matches('>').count(), "{name}");
    }
    let equal = notice.render(NoticeFormat::Docx).expect("filled");
    assert!(
        equal == notice.render(NoticeFormat::Docx).expect("filled"),
        "the same notice is the same file"
    );
}

#[test]
fn the_extension_decides_the_format_and_unknown_ones_are_refused() {
    for (file, format) in [
        ("a.html", NoticeFormat::Html),
        ("A.MD", NoticeFormat::Markdown),
        ("b.docx", NoticeFormat::Docx),
    ] {
        assert_eq!(NoticeFormat::of(Path::new(file)).expect("it is one"), format);
    }
    for (file, words) in
        [("a.odt", ".odt"), ("a.pdf", "print"), ("a", ".html, .md"), ("a.txt", ".docx")]
    {
        let error = NoticeFormat::of(Path::new(file)).expect_err(file).to_string();
        assert!(error.contains(words) && error.starts_with(file), "{error}");
    }
}
