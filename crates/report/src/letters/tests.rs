use std::fs;

use leakdex::{Breach, Index, IndexBuilder, IndexSet, Key, Record, Verdict};

use super::*;
use crate::Insurer;

const PLACE: Place<'_> = Place { file: "members.csv", list: 1, row: 1 };

/// An index of one leaked record.
fn index(key: &Key, name: &str, record: &Record) -> Index {
    let mut breach = Breach::named(name).expect("well formed");
    breach.title = Some(format!("Title of {name}"));
    breach.breach_date = Some("2026-01-18".into());
    breach.description = Some("So kam es.".into());
    let mut builder = IndexBuilder::new(key, breach);
    let _ = builder.add(record).expect("added");
    builder.build().expect("built")
}

fn finding(index: &Index, record: &Record) -> Finding {
    let Verdict::Affected(finding) = index.check(record) else { panic!("it leaked") };
    finding
}

fn template(style: TemplateStyle, draft: bool) -> Template {
    let sender = Sender { insurer: Insurer::default(), today: "2026-02-01".to_owned(), draft };
    Template::read(None, style, Language::De, sender).expect("it is built in")
}

fn undecided(_: &BreachExposure) -> DecisionStatus {
    DecisionStatus::Undecided
}

#[test]
fn debug_shows_no_member() {
    let key = Key::generate().expect("a key");
    let index = index(&key, "leak", &Record::new().username("eva"));
    let finding = finding(&index, &Record::new().username("eva"));
    let folder = tempfile::tempdir().expect("a folder");
    let letters = Letters::new(true).into_mail_merge(Language::De);
    let mut letters = letters
        .into_folder(
            &folder.path().join("letters"),
            template(TemplateStyle::Text, false),
            Packing::Separate,
        )
        .expect("there is room");
    let member = ("M-4711", Age::Unknown);
    assert!(letters.write(PLACE, member, &finding, |_| false, undecided).expect("there is room"));
    let shown = format!("{letters:?}");
    // The buffer of the list would be shown as numbers.
    for member in ["4711", "52, 55, 49, 49"] {
        assert!(!shown.contains(member), "{shown}");
    }
}

#[test]
fn the_table_for_a_mail_merge_has_a_row_for_each_letter_and_the_classes_of_all() {
    let key = Key::generate().expect("a key");
    let eva = Record::new().username("eva").email("eva@example.de");
    let leak = index(&key, "leak", &eva);
    let by_name = finding(&leak, &Record::new().username("eva"));
    let other = index(&key, "other", &Record::new().iban("DE89370400440532013000"));
    let by_account = finding(&other, &Record::new().iban("DE89370400440532013000"));
    let mut letters = Letters::new(false).into_mail_merge(Language::De);
    for (member, age, finding) in [
        ("=1+1", Age::OfAge, &by_name),
        ("0042", Age::Minor, &by_name),
        ("M-3", Age::Unknown, &by_account),
    ] {
        letters.write(PLACE, (member, age), finding, |_| false, undecided).expect("no file");
    }
    // Known or dismissed members have no row.
    letters.write(PLACE, ("M-4", Age::OfAge), &by_name, |_| true, undecided).expect("no file");
    let dismissed = |_: &BreachExposure| DecisionStatus::Holds(Decision::NotAffected);
    letters.write(PLACE, ("M-5", Age::OfAge), &by_name, |_| false, dismissed).expect("no file");
    let written = letters.finish(&[]).expect("no file");
    let counts = written.counts;
    assert_eq!((counts.written, counts.to_guardians, counts.age_unknown), (3, 1, 1));
    assert_eq!((counts.known_left_out, counts.dismissed_left_out), (1, 1));
    assert!(written.folder.is_none());
    let table = written.mail_merge.expect("it was asked for");
    let table = table.write(Vec::new(), crate::SheetFormat::Excel).expect("to memory");
    let table = String::from_utf8(table).expect("it is text");
    let expected = "\u{feff}Unser Zeichen;Minderjährig;Vorfall;Datum des Vorfalls;Sicherheit;Bankverbindungen;\
                    E-Mail-Adressen;Benutzernamen\r\n\
                    '=1+1;nein;Title of leak;18. Januar 2026;sehr wahrscheinlich;nein;ja;ja\r\n\
                    0042;ja;Title of leak;18. Januar 2026;sehr wahrscheinlich;nein;ja;ja\r\n\
                    M-3;unbekannt;Title of other;18. Januar 2026;sehr wahrscheinlich;ja;nein;nein\r\n";
    assert_eq!(table, expected);
}

#[test]
fn a_breach_without_a_date_does_not_take_the_date_of_another() {
    let key = Key::generate().expect("a key");
    let eva = Record::new().username("eva");
    let mut undated = IndexBuilder::new(&key, Breach::named("a").expect("well formed"));
    let _ = undated.add(&eva).expect("added");
    let undated = undated.build().expect("built");
    let alone = finding(&undated, &eva);
    let dated = index(&key, "b", &Record::new().username("eva").email("eva@example.de"));
    let both = IndexSet::new([undated, dated]).expect("one key");
    let Verdict::Affected(both) = both.check(&eva) else { panic!("it leaked") };
    let mut letters = Letters::new(false).into_mail_merge(Language::De);
    for (member, finding) in [("m1", &alone), ("m2", &both)] {
        let member = (member, Age::OfAge);
        letters.write(PLACE, member, finding, |_| false, undecided).expect("no file");
    }
    let table = letters.finish(&[]).expect("no file").mail_merge.expect("it was asked for");
    let table = table.write(Vec::new(), crate::SheetFormat::Excel).expect("to memory");
    let table = String::from_utf8(table).expect("it is text");
    assert!(table.contains("m1;nein;a;;"), "{table}");
    assert!(table.contains("m2;nein;\"a; Title of b\";\"–; 18. Januar 2026\";"), "{table}");
}

#[test]
fn letters_that_are_held_back_are_in_no_file_and_no_row() {
    let key = Key::generate().expect("a key");
    let index = index(&key, "leak", &Record::new().username("eva").kvnr("A123456780"));
    let strong = finding(&index, &Record::new().username("eva"));
    let certain = finding(&index, &Record::new().kvnr("A123456780"));
    for (packing, expected) in [(Packing::Separate, 2), (Packing::Bundled, 2)] {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("letters");
        let letters = Letters::new(false).into_mail_merge(Language::De);
        let mut letters = letters
            .into_folder(&target, template(TemplateStyle::Html, true), packing)
            .expect("there is room");
        for (member, finding) in [("M-1", &strong), ("M-2", &certain), ("M-3", &strong)] {
            let member = (member, Age::Minor);
            letters.write(PLACE, member, finding, |_| false, undecided).expect("there is room");
        }
        let written = letters.finish(&[Strength::Strong]).expect("there is room");
        assert_eq!((written.counts.written, written.counts.held_back), (1, 2));
        assert_eq!(written.counts.to_guardians, 1);
        written.folder.expect("it was asked for").publish().expect("it is new");
        let list = fs::read_to_string(target.join("index.csv")).expect("there is a list");
        assert_eq!(list.lines().count(), expected, "{list}");
        let letter = match packing {
            Packing::Separate => "0001/0000002-M-2.html",
            Packing::Bundled => "letters-0001.html",
        };
        assert!(list.contains(&format!("\n{letter},members.csv,1,M-2,")), "{list}");
        let page = fs::read_to_string(target.join(letter)).expect("it is where it is listed");
        assert!(page.contains("M-2") && !page.contains("M-1") && !page.contains("M-3"), "{page}");
        let files = fs::read_dir(&target).expect("it is a folder").count();
        assert_eq!(files, 2, "the list, and a file or a folder");
        let table = written.mail_merge.expect("it was asked for");
        let table = table.write(Vec::new(), crate::SheetFormat::Csv).expect("to memory");
        let table = String::from_utf8(table).expect("it is text");
        assert!(table.lines().count() == 2 && table.contains("\nM-2,"), "{table}");
    }
}

#[test]
fn letters_in_one_file_have_a_page_each() {
    let key = Key::generate().expect("a key");
    let index = index(&key, "leak", &Record::new().username("eva"));
    let finding = finding(&index, &Record::new().username("eva"));
    for (style, name) in
        [(TemplateStyle::Html, "letters-0001.html"), (TemplateStyle::Text, "letters-0001.txt")]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("letters");
        let letters = Letters::new(false);
        let mut letters =
            letters.into_folder(&target, template(style, false), Packing::Bundled).expect("room");
        for number in 1..=1001 {
            let member = format!("M-{number}");
            let member = (&*member, Age::OfAge);
            letters.write(PLACE, member, &finding, |_| false, undecided).expect("room");
        }
        let written = letters.finish(&[]).expect("room");
        written.folder.expect("it was asked for").publish().expect("it is new");
        let pages = fs::read_to_string(target.join(name)).expect("it is there");
        assert_eq!(pages.matches("Mit freundlichen Grüßen").count(), 1000);
        if style == TemplateStyle::Html {
            assert_eq!(pages.matches("<html").count(), 1);
            assert_eq!(pages.matches("</body>").count(), 1);
            assert_eq!(pages.matches("break-before: page").count(), 999);
        } else {
            assert_eq!(pages.matches('\x0C').count(), 999);
        }
        let second = name.replace("0001", "0002");
        let pages = fs::read_to_string(target.join(&second)).expect("it is there");
        assert_eq!(pages.matches("Mit freundlichen Grüßen").count(), 1);
        let list = fs::read_to_string(target.join("index.csv")).expect("there is a list");
        assert!(
            list.ends_with(&format!("{second},members.csv,1,M-1001,strong,leak,strong,none\n"))
        );
    }
}

#[test]
fn a_match_that_somebody_confirmed_is_stated_as_sure_and_a_dismissed_one_is_not_stated() {
    let key = Key::generate().expect("a key");
    let leaked = Record::new().last_name("Xanderberg").first_name("Quirinus");
    let leaked = leaked.birth_date("01.02.1970").postal_code("24103");
    let index = index(&key, "leak", &leaked);
    let member = Record::new().last_name("Xanderberg").first_name("Zacharias");
    let finding = finding(&index, &member.birth_date("01.02.1970").postal_code("24103"));
    assert_eq!(finding.strength(), Strength::Candidate);
    for (status, words) in [
        (DecisionStatus::Holds(Decision::Affected), Some("Das hat sich bestätigt.")),
        (DecisionStatus::Holds(Decision::NotAffected), None),
        (DecisionStatus::Holds(Decision::Later), None),
        (DecisionStatus::Undecided, None),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("letters");
        let letters = Letters::new(false);
        let mut letters = letters
            .into_folder(&target, template(TemplateStyle::Text, false), Packing::Separate)
            .expect("room");
        let member = ("M-1", Age::OfAge);
        let written = letters.write(PLACE, member, &finding, |_| false, |_| status).expect("room");
        assert_eq!(written, words.is_some());
        let written = letters.finish(&[]).expect("room");
        written.folder.expect("it was asked for").publish().expect("it is new");
        let Some(words) = words else { continue };
        let letter = fs::read_to_string(target.join("0001/0000001-M-1.txt")).expect("it is there");
        let flat = letter.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words) && !flat.contains("möglicherweise"), "{letter}");
        let list = fs::read_to_string(target.join("index.csv")).expect("there is a list");
        assert!(list.ends_with("M-1,candidate,leak,candidate,affected\n"), "{list}");
    }
}
