use std::{fs, path::PathBuf};

use jiff::Timestamp;
use leakdex::{Breach, Field, IndexBuilder, IndexSet, Key, Record};

use super::*;

fn key(byte: u8) -> Key {
    Key::from_bytes(&[byte; 32]).expect("a key")
}

fn basis_of(byte: u8, subject: (&str, &str), record: &Record, tags: &[u64]) -> Basis {
    let key = key(byte);
    let builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    let mut batch = builder.batch();
    batch.push(record);
    Basis::of(
        &key,
        subject,
        batch.canonical_identifiers(),
        std::iter::empty(),
        tags.iter().copied(),
    )
}

#[test]
fn a_name_alone_is_part_of_the_basis() {
    let (key, subject) = (key(1), ("007", "leak"));
    let named = |name| {
        let parts = [(Field::LastName, name)].into_iter();
        Basis::of(&key, subject, std::iter::empty(), parts, [7].into_iter())
    };
    assert_eq!(named("huber"), named("huber"));
    assert_ne!(named("huber").member, named("schulz").member);
    assert_eq!(named("huber").records, named("schulz").records);
}

fn member() -> Record {
    Record::new().last_name("Muster").first_name("Eva").birth_date("5.2.1970").postal_code("50667")
}

fn basis() -> Basis {
    basis_of(1, ("m1", "leak"), &member(), &[3, 1])
}

fn line(reference: &str, decision: Decision, basis: Basis) -> DecisionLine {
    DecisionLine {
        reference: reference.to_owned(),
        breach: "leak".to_owned(),
        decision,
        reason: DecisionReason::Other,
        by: "E. Muster".to_owned(),
        when: "2026-01-19T08:00:00Z".parse::<Timestamp>().expect("a time"),
        basis,
    }
}

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("decisions.csv");
    (folder, path)
}

fn status(decisions: &Decisions, strength: Strength, basis: &Basis) -> DecisionStatus {
    decisions.status(("m1", "leak"), strength, basis)
}

#[test]
fn a_basis_changes_with_any_of_its_data() {
    let subject = ("m1", "leak");
    let same = basis();
    assert_eq!(basis_of(1, subject, &member(), &[1, 3, 3]), same);
    let moved = member().postal_code("50668");
    let with_number = member().kvnr("A123456780");
    for other in [
        basis_of(2, subject, &member(), &[1, 3]),
        basis_of(1, ("m2", "leak"), &member(), &[1, 3]),
        basis_of(1, ("m1", "leak2"), &member(), &[1, 3]),
        basis_of(1, ("m1l", "eak"), &member(), &[1, 3]),
    ] {
        assert!(other.member != same.member && other.records != same.records);
    }
    for record in [&moved, &with_number, &Record::new()] {
        let other = basis_of(1, subject, record, &[1, 3]);
        assert!(other.member != same.member && other.records == same.records);
    }
    let other = basis_of(1, subject, &member(), &[1, 3, 4]);
    assert!(other.member == same.member && other.records != same.records);
}

#[test]
fn a_basis_depends_neither_on_the_order_of_values_nor_on_the_indexes_of_the_run() {
    let key = key(1);
    let subject = ("m1", "leak");
    let plain = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    let hashing = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    let hashing = hashing.email_hashes(leakdex::KindSet::EMAIL_HASHES);
    let sets = [plain, hashing].map(|mut builder| {
        let leaked = Record::new().email("eva+shop@example.de");
        let _ = builder.add(&leaked).expect("added");
        IndexSet::new([builder.build().expect("built")]).expect("one index")
    });
    let mut all = sets.iter().flat_map(|set| {
        let records = [
            Record::new().email("eva+shop@example.de").kvnr("A123456780"),
            Record::new().kvnr("A 123456780").email("Eva+shop@example.de"),
        ];
        records.map(|record| {
            let mut batch = set.batch();
            batch.push(&record);
            Basis::of(
                &key,
                subject,
                batch.canonical_identifiers(),
                std::iter::empty(),
                [7].into_iter(),
            )
        })
    });
    let first = all.next().expect("there are four");
    assert!(all.all(|other| other == first));
    // Without an address, a hash counts.
    let of_hash = |hash: char| {
        let hash = hash.to_string().repeat(64);
        basis_of(1, subject, &Record::new().with(Field::Sha256Email, &hash), &[7])
    };
    assert_ne!(of_hash('a'), of_hash('b'));
}

#[test]
fn a_code_is_valid_only_for_its_reference_and_breach() {
    let basis = basis();
    let code = basis.code("007", "leak");
    assert!(code.starts_with("L1-"), "{code}");
    assert_eq!(Basis::of_code(&format!(" {code} "), "007", "leak"), Ok(basis));
    for (reference, breach) in [("7", "leak"), ("007", "lea"), ("007l", "eak"), ("", "leak")] {
        let read = Basis::of_code(&code, reference, breach);
        assert_eq!(read, Err(CodeFault::OfAnother), "{reference} {breach}");
    }
    for place in 0..code.len() {
        let mut changed = code.clone().into_bytes();
        changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(changed).expect("ASCII");
        assert!(Basis::of_code(&changed, "007", "leak").is_err(), "{changed}");
        assert!(Basis::of_code(&code[..place], "007", "leak").is_err());
    }
}

#[test]
fn lines_are_read_as_they_were_written_whatever_a_reference_looks_like() {
    let (_folder, path) = file();
    let references = ["m1", "=1+1", "'x", "a,b", "a\"b", "zwei\nZeilen", "ä;ö", "007"];
    let mut file = DecisionFile::open(&path).expect("it is made");
    for (number, reference) in references.iter().enumerate() {
        let decision = Decision::ALL[number % 3];
        file.append(vec![line(reference, decision, basis())]).expect("there is room");
    }
    drop(file);
    let decisions = Decisions::read(&path).expect("it was just written");
    assert_eq!((decisions.all().count(), decisions.cut_off()), (references.len(), 0));
    for (number, reference) in references.iter().enumerate() {
        let lines = decisions.lines(reference, "leak").expect("it was written");
        assert!(lines == [line(reference, Decision::ALL[number % 3], basis())], "{reference}");
        assert_eq!(decisions.number(reference, "leak"), u32::try_from(number).ok());
    }
    let text = fs::read_to_string(&path).expect("it is text");
    assert!(text.contains("\n'=1+1,") && text.contains("\n''x,"), "{text}");
}

#[test]
fn the_latest_line_on_the_same_data_holds_until_they_change() {
    let (_folder, path) = file();
    let other_member = basis_of(1, ("m1", "leak"), &member().kvnr("A123456780"), &[1, 3]);
    let other_records = basis_of(1, ("m1", "leak"), &member(), &[1]);
    let other_key = basis_of(2, ("m1", "leak"), &member(), &[1, 3]);
    let mut file = DecisionFile::open(&path).expect("it is made");
    file.append(vec![
        line("m1", Decision::Affected, basis()),
        line("m1", Decision::NotAffected, basis()),
        line("m2", Decision::Later, basis()),
    ])
    .expect("there is room");
    let all = file.decisions();
    let candidate = |basis: &Basis| status(all, Strength::Candidate, basis);
    assert_eq!(candidate(&basis()), DecisionStatus::Holds(Decision::NotAffected));
    assert_eq!(candidate(&other_member), DecisionStatus::Lapsed(Lapse::Member));
    assert_eq!(candidate(&other_records), DecisionStatus::Lapsed(Lapse::Records));
    assert_eq!(candidate(&other_key), DecisionStatus::Lapsed(Lapse::Key));
    assert_eq!(
        status(all, Strength::Probable, &basis()),
        DecisionStatus::Holds(Decision::NotAffected)
    );
    // Nobody can decide that a person with this insured number is somebody else.
    for strength in [Strength::Strong, Strength::Certain] {
        let passed_over = DecisionStatus::PassedOver(Decision::NotAffected);
        assert_eq!(status(all, strength, &other_records), passed_over);
    }
    assert_eq!(
        all.status(("m3", "leak"), Strength::Candidate, &basis()),
        DecisionStatus::Undecided
    );
    // The member is also in a second list with other data. Each row has its own decision.
    file.append(vec![line("m1", Decision::Affected, other_member)]).expect("there is room");
    let all = file.decisions();
    let holds = |basis: &Basis| status(all, Strength::Candidate, basis);
    assert_eq!(holds(&basis()), DecisionStatus::Holds(Decision::NotAffected));
    assert_eq!(holds(&other_member), DecisionStatus::Holds(Decision::Affected));
    let certain = status(all, Strength::Certain, &other_records);
    assert_eq!(certain, DecisionStatus::Holds(Decision::Affected));
}

#[test]
fn a_truncated_line_is_ignored_and_overwritten() {
    let (_folder, path) = file();
    let mut file = DecisionFile::open(&path).expect("it is made");
    file.append(vec![line("m1", Decision::Affected, basis())]).expect("there is room");
    let first = fs::read(&path).expect("it is there");
    file.append(vec![line("zwei\nZeilen", Decision::Later, basis())]).expect("there is room");
    drop(file);
    let whole = fs::read(&path).expect("it is there");
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).expect("it is ours");
        let read = Decisions::read(&path).expect("an incomplete line is not damage");
        let header =
            "reference,breach,decision,reason,by,when,member_digest,records_digest,key_id\n";
        let ends = [0, header.len(), first.len(), whole.len()];
        let lines = ends.iter().filter(|end| **end <= length).count().saturating_sub(2);
        assert_eq!(read.all().count(), lines, "{length}");
        assert_eq!(read.cut_off() == 0, ends.contains(&length), "{length}");

        let mut file = DecisionFile::open(&path).expect("an incomplete line is not damage");
        file.append(vec![line("m3", Decision::Later, basis())]).expect("there is room");
        drop(file);
        let read = Decisions::read(&path).expect("it is repaired");
        assert_eq!((read.all().count(), read.cut_off()), (lines + 1, 0), "{length}");
    }
}

#[test]
#[cfg(unix)]
fn after_a_power_failure_all_confirmed_decisions_are_there_and_whole() {
    use leakdex_staging::disk::{explore_all, mark_durable, record};

    let (folder, path) = file();
    let references: Vec<String> =
        ["m1", &"lange Mitgliedsnummer ".repeat(40), "m3", "zwei\nZeilen", "m5"]
            .map(Into::into)
            .into();
    let lines: Vec<_> =
        references.iter().map(|reference| line(reference, Decision::Affected, basis())).collect();
    let ((), moments) = record(folder.path(), || {
        let mut file = DecisionFile::open(&path).expect("it is made");
        for lines in [&lines[..1], &lines[1..4], &lines[4..]] {
            file.append(lines.to_vec()).expect("there is room");
            mark_durable();
        }
    });
    let most = if std::env::var_os("LEAKDEX_CAMPAIGN").is_some() { 20_000 } else { 300 };
    let explored = explore_all(&moments, most, |folder, message| {
        let path = folder.join("decisions.csv");
        let found = if path.exists() {
            Decisions::read(&path).expect("no damage").all().count()
        } else {
            0
        };
        assert!(found >= [0, 1, 4, 5][message], "{found} lines, {message} appends confirmed");
        let mut file = DecisionFile::open(&path).expect("no damage");
        for (number, reference) in references.iter().enumerate() {
            let lines = file.decisions().lines(reference, "leak");
            assert_eq!(lines.is_some_and(|lines| !lines.is_empty()), number < found, "{number}");
        }
        file.append(vec![line("m6", Decision::Later, basis())]).expect("there is room");
        drop(file);
        let read = Decisions::read(&path).expect("it is repaired");
        assert_eq!((read.all().count(), read.cut_off()), (found + 1, 0));
    });
    println!("decisions: {} moments, {} states", explored.moments, explored.images);
    assert!(explored.images > 20, "{explored:?}");
}

#[test]
fn a_changed_line_and_another_file_are_refused_without_their_content() {
    let (_folder, path) = file();
    let mut file = DecisionFile::open(&path).expect("it is made");
    let lines = ["m1", "m2"].map(|reference| line(reference, Decision::Affected, basis()));
    file.append(lines.to_vec()).expect("there is room");
    drop(file);
    let text = fs::read_to_string(&path).expect("it is text");
    for changed in [
        text.replacen(",affected,", ",maybe,", 1),
        text.replacen("E. Muster", "", 1),
        text.replacen("2026", "x", 1),
        text.replacen("\nm1,", "\n", 1),
        text.replacen("reference", "member", 1),
        "a;b\n1;2\n".to_owned(),
        "x".to_owned(),
    ] {
        fs::write(&path, &changed).expect("it is ours");
        let Err(error) = Decisions::read(&path) else { panic!("it is read: {changed}") };
        let message = format!("{error:?}");
        assert!(
            message.contains("decisions.csv") && message.contains("leakdex decide"),
            "{message}"
        );
        assert!(!message.contains("m1") && !message.contains("Muster"), "{message}");
        assert!(DecisionFile::open(&path).is_err());
        assert_eq!(fs::read_to_string(&path).expect("it is text"), changed);
    }
    assert!(Decisions::read(&path.with_extension("missing")).is_err());
}

#[test]
fn a_reason_that_says_the_opposite_of_the_decision_does_not_fit() {
    for reason in DecisionReason::ALL {
        assert_eq!(reason.code().parse(), Ok(reason));
        assert!(Decision::ALL.iter().any(|&decision| reason.fits(decision)), "{reason}");
    }
    assert!(!DecisionReason::OtherPerson.fits(Decision::Affected));
    assert!(!DecisionReason::SamePerson.fits(Decision::NotAffected));
    assert!(!DecisionReason::SamePerson.fits(Decision::Later));
}

#[test]
fn a_decision_counts_once_however_many_rows_the_member_has() {
    let mut used = DecisionUse::default();
    used.note(0, DecisionStatus::Holds(Decision::Affected));
    used.note(0, DecisionStatus::Lapsed(Lapse::Records));
    used.note(0, DecisionStatus::Holds(Decision::Affected));
    used.note(1, DecisionStatus::Holds(Decision::NotAffected));
    used.note(2, DecisionStatus::PassedOver(Decision::NotAffected));
    let kept = serde_json::to_string(&used).expect("to memory");
    let read: DecisionUse = serde_json::from_str(&kept).expect("it was just written");
    let counts = read.counts();
    assert_eq!((counts.affected, counts.not_affected, counts.later), (0, 1, 0));
    assert_eq!((counts.lapsed, counts.lapsed_by.records, counts.passed_over), (1, 1, 1));
}
