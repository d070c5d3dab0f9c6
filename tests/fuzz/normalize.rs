//! Arbitrary text as a value of every field, and as the parts of match keys.

use std::sync::LazyLock;

use leakdex::{
    AddOutcome, Breach, DateOrder, Field, Index, IndexBuilder, Key, Normaliser, Outcome, Reason,
    Record, Region,
    internal::{InsuredNumber, koelner_phonetik, read_institution_code, usual_form},
};

use super::feed::Feed;

const LONGEST_NORMAL_FORM: usize = 4096;

static KEY: LazyLock<Key> = LazyLock::new(|| Key::from_bytes(&[5; 32]).expect("a key"));

/// Asserts all promises for the values in these bytes.
pub fn check(data: &[u8]) {
    let mut feed = Feed::new(data);
    let flags = feed.byte();
    let order = DateOrder::ALL[usize::from(flags >> 3 & 1)];
    let normaliser = Normaliser::new().excel_dates(flags & 1 == 1).date_order(order);
    let normaliser = if flags & 2 == 0 {
        normaliser.current_year(2026)
    } else {
        normaliser.region(region(flags))
    };
    if flags & 4 == 0 {
        let text = String::from_utf8_lossy(feed.rest());
        for &field in Field::ALL {
            assert_stable(normaliser, field, &text);
            assert_usual_form_follows_the_rules(normaliser, field, &text);
        }
        let _ = normaliser.date_evidence(text.as_bytes());
        assert_phone_is_stable(region(flags), region(flags >> 4), &text);
        let mut sound = String::new();
        koelner_phonetik(&text, &mut sound);
        assert!(sound.bytes().all(|digit| digit.is_ascii_digit()));
        if let Ok(code) = read_institution_code(&text) {
            assert_eq!(code.as_str().len(), 9);
        }
        if let Ok(number) = InsuredNumber::read(&text, &mut String::new()) {
            assert_eq!(number.personal_number().len(), 10);
        }
    } else {
        assert_is_found(normaliser, &record(&mut feed));
    }
}

/// A used value has a normal form. The form is bounded, and normalising it does not change it.
pub fn assert_stable(normaliser: Normaliser, field: Field, raw: &str) {
    let mut normal_form = "left over".to_owned();
    match normaliser.normalise(field, raw, &mut normal_form) {
        Outcome::Ok | Outcome::Suspect(_) => {
            assert!(!normal_form.is_empty(), "{field}: {raw:?}");
            assert!(normal_form.len() <= LONGEST_NORMAL_FORM, "{field}: {raw:?}");
            let mut again = String::new();
            let outcome = normaliser.normalise(field, &normal_form, &mut again);
            assert!(
                matches!(outcome, Outcome::Ok | Outcome::Suspect(_)),
                "{field}: {raw:?} gives {normal_form:?}, and that {outcome:?}"
            );
            assert_eq!(again, normal_form, "{field}: {raw:?}");
        }
        Outcome::Invalid(_) | Outcome::Absent => assert_eq!(normal_form, "", "{field}: {raw:?}"),
    }
}

/// For a value in a usual spelling, the short path agrees with the full rules.
fn assert_usual_form_follows_the_rules(rules: Normaliser, field: Field, raw: &str) {
    let mut normal_form = String::new();
    if let Some(usual) = usual_form(field, raw.as_bytes(), rules) {
        assert_eq!(rules.normalise(field, raw, &mut normal_form), Outcome::Ok, "{field}: {raw:?}");
        assert_eq!(usual, normal_form.as_bytes(), "{field}: {raw:?}");
    }
}

/// The normal form of a phone number contains its country.
pub fn assert_phone_is_stable(first: Region, second: Region, raw: &str) {
    let [first, second] = [first, second].map(|region| Normaliser::new().region(region));
    let (mut number, mut again) = (String::new(), String::new());
    if first.normalise(Field::Phone, raw, &mut number) == Outcome::Ok {
        let outcome = second.normalise(Field::Phone, &number, &mut again);
        assert_eq!((outcome, &again), (Outcome::Ok, &number), "{raw:?}");
    }
}

fn region(number: u8) -> Region {
    let codes =
        ["DE", "AT", "CH", "US", "IT", "AR", "MX", "BR", "GB", "RU", "KZ", "CI", "SM", "HU"];
    codes[usize::from(number) % codes.len()].parse().expect("a country with numbers")
}

/// A record with arbitrary values.
fn record(feed: &mut Feed<'_>) -> Record {
    let mut record = Record::new();
    for _ in 0..20 {
        if feed.is_empty() {
            break;
        }
        let field = Field::ALL[feed.below(Field::ALL.len())];
        match feed.byte() {
            0xFF => record.push_unusable(field, Reason::InvalidEncoding),
            0xFE => record.doubt(Reason::TooManyFields),
            _ => record.push(field, &feed.text()),
        }
    }
    record
}

/// A check of a record finds everything that was indexed from it.
fn assert_is_found(normaliser: Normaliser, record: &Record) {
    let breach = Breach::named("leak").expect("well formed");
    let mut builder = IndexBuilder::new(&KEY, breach).normaliser(normaliser);
    let mut batch = builder.batch();
    batch.push(record);
    batch.push(&Record::new());
    for problem in batch.problems(0).iter().chain(batch.suspicions(0)) {
        assert!(problem.value.is_none_or(|value| value < record.len()));
    }
    let added = builder.add_batch(&batch).expect("there are few classes");
    let index: Index = builder.build().expect("the index fits the format");
    let index = index.with_normaliser(normaliser);
    let verdict = index.check(record);
    match &added[0] {
        AddOutcome::Indexed(_) => {
            assert_eq!(verdict.slug(), "affected", "{record:?}");
            let matched = verdict.finding().expect("it is affected").matched();
            assert_eq!(matched, index.kinds(), "{record:?}");
        }
        AddOutcome::Rejected(problems) => {
            assert!(!problems.is_empty() && index.is_empty());
            assert_eq!(verdict.slug(), "indeterminate", "{record:?}");
        }
    }
}
