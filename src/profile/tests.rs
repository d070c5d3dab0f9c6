//! Sums of profiles, their serialisation, and the signs in them.

mod signs;
mod values;

use proptest::prelude::*;

use super::{feature::Feature, *};
use crate::{
    batch::Batch,
    columns::{Column, Columns},
    identifier::Normaliser,
    key::Key,
};

fn key(byte: u8) -> Key {
    Key::from_bytes(&[byte; 32]).expect("a key")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("to memory")
}

/// Adds the values of each field, as columns, to the profile of a leak.
fn add_rows(batch: &mut Batch, profile: &mut LeakProfile, rows: &[Vec<String>]) {
    let texts: Vec<(String, Vec<i32>)> = (0..FIELDS.len())
        .map(|place| {
            let (mut text, mut offsets) = (String::new(), vec![0]);
            for row in rows {
                text += &row[place];
                offsets.push(i32::try_from(text.len()).expect("short"));
            }
            (text, offsets)
        })
        .collect();
    let mut columns = Columns::new(rows.len());
    for (field, (text, offsets)) in FIELDS.iter().zip(&texts) {
        columns.push(Column::new(*field, text.as_bytes(), offsets));
    }
    batch.clear();
    batch.push_columns(&columns);
    batch.profiles().for_each(|(_, field, column)| profile.add(field, column));
    for row in 0..batch.len() {
        profile.count_row(batch.kinds(row));
    }
}

const FIELDS: [Field; 5] =
    [Field::Email, Field::Kvnr, Field::LastName, Field::BirthDate, Field::Iban];

/// A row of values of these fields: usual, unusual, suspect, invalid and absent ones.
fn row() -> impl Strategy<Value = Vec<String>> {
    let fields = [
        "|a@b|[a-c]{1,3}[.]?[0-9]{0,3}@(example|beispiel)[.](de|com)|MAX@Example.de",
        "|[A-C][0-3]{9}|A123456780|A 123 456 780|A1234",
        "|[a-c]{1,4}|Müller|Dr. [a-c]{2}|M.ller\u{FFFD}|[0-9]{3}",
        "|[0-3][0-9][./][01][0-9][./]19[0-9]{2}|19[0-9]{2}-[01][0-9]-[0-3][0-9]|1970",
        "|DE[0-9]{20}|DE89370400440532013000|DE1",
    ];
    fields
        .map(|form| proptest::string::string_regex(form).expect("an expression"))
        .prop_map(Vec::from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_split_of_rows_into_batches_gives_the_same_sum(
        rows in prop::collection::vec(row(), 1..60), cuts in prop::collection::vec(0..60_usize, 0..6),
    ) {
        let empty = || Batch::new(Normaliser::new(), KindSet::all()).profiled();
        let mut whole = LeakProfile::default();
        add_rows(&mut empty(), &mut whole, &rows);

        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).collect();
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        // One batch that is cleared and used again, and a new one for each part.
        let (mut kept, mut of_kept, mut of_new) =
            (empty(), LeakProfile::default(), LeakProfile::default());
        for part in cuts.windows(2).map(|ends| &rows[ends[0]..ends[1]]) {
            add_rows(&mut kept, &mut of_kept, part);
            let mut of_part = LeakProfile::default();
            add_rows(&mut empty(), &mut of_part, part);
            of_new += &of_part;
        }
        prop_assert_eq!(json(&of_kept), json(&whole));
        prop_assert_eq!(json(&of_new), json(&whole));
    }

    #[test]
    fn counters_round_trip(
        counts in prop::collection::vec((0..Feature::END, 1..=u32::MAX), 0..40),
    ) {
        let mut counters = Counters::default();
        for (place, count) in counts {
            counters.all()[place] = count;
        }
        let mut read: Counters = serde_json::from_str(&json(&counters)).expect("they were written");
        prop_assert_eq!(json(&read), json(&counters));
        prop_assert_eq!(read.all(), counters.all());
    }

    #[test]
    fn a_sealed_profile_opens_as_it_was_without_its_small_counts(
        rows in prop::collection::vec(row(), 1..200),
    ) {
        let mut profile = LeakProfile::default();
        let mut batch = Batch::new(Normaliser::new(), KindSet::all()).profiled();
        add_rows(&mut batch, &mut profile, &rows);
        profile.add_caveat(RunCaveat::of_rows(Side::Leak, Sign::CutOff, 1, 1));
        let cipher = ProfileCipher::new(&key(6));
        let sealed = cipher.seal(&[profile.clone(), LeakProfile::default()]);
        let opened = cipher.open(&sealed).expect("nothing was changed");
        prop_assert_eq!(json(&opened[0]), json(&profile.without_small_counts()));
        prop_assert_eq!(&opened[1], &LeakProfile::default());
        assert_no_small_counts(&opened[0]);
        // A sum of such profiles has no small counts either, so a merge reveals no more than its
        // parts.
        let mut sum = opened[0].clone();
        sum += &opened[0];
        assert_no_small_counts(&sum);
        prop_assert_eq!(cipher.seal(&opened), sealed, "equal profiles have equal bytes");
    }
}

#[track_caller]
fn assert_no_small_counts(profile: &LeakProfile) {
    let is_small = |count: u64| (1..MIN_COUNT).contains(&count);
    assert!(!profile.rows_by_kinds.values().any(|&count| is_small(count)), "{profile:?}");
    assert!(!profile.reader_caveats.iter().any(|caveat| is_small(caveat.count)), "{profile:?}");
    for (field, column) in &profile.fields {
        assert!(!is_small(column.used), "{field}");
        let by_reason = column.suspect.values().chain(column.invalid.values());
        assert!(!by_reason.copied().any(is_small), "{field}");
        let counters = column.counters.clone().all().map(u64::from);
        assert!(!counters.into_iter().any(is_small), "{field}");
    }
}

#[test]
fn counters_without_a_place_are_refused() {
    let end = Feature::END;
    for (text, is_sound) in [
        (format!("[{},1]", end - 1), true),
        ("[0,1,0,1]".to_owned(), true),
        ("[]".to_owned(), true),
        (format!("[{end},1]"), false),
        (format!("[{},1,0,1]", end - 1), false),
        ("[4294967295,1,4294967295,1]".to_owned(), false),
        ("[0,1,0]".to_owned(), false),
        ("[0,-1]".to_owned(), false),
        ("[0,4294967296]".to_owned(), false),
    ] {
        assert_eq!(serde_json::from_str::<Counters>(&text).is_ok(), is_sound, "{text}");
    }
}

/// Sixty rows with an e-mail address each, and twelve more with the same address.
fn profile_of_addresses() -> LeakProfile {
    let mut profile = Profile::default();
    for number in 0..60 {
        profile.count(Field::Email, format!("person{number}@example.de").as_bytes());
    }
    (0..12).for_each(|_| profile.count(Field::Email, b"info@example.de"));
    let mut leak = LeakProfile::default();
    leak.add(Field::Email, &profile);
    leak
}

#[test]
fn a_sealed_profile_opens_under_its_own_key_only() {
    let sealed = ProfileCipher::new(&key(6)).seal(&[profile_of_addresses()]);
    assert!(ProfileCipher::new(&key(6)).open(&sealed).is_some());
    assert_eq!(ProfileCipher::new(&key(7)).open(&sealed), None);
}

#[test]
fn a_sealed_profile_does_not_open_after_any_bit_was_changed() {
    let cipher = ProfileCipher::new(&key(6));
    let sealed = cipher.seal(&[profile_of_addresses()]);
    assert!(sealed.len() > 200, "{}", sealed.len());
    for bit in 0..8 * sealed.len() {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(cipher.open(&changed), None, "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert_eq!(cipher.open(&sealed[..length]), None, "{length} bytes");
    }
    assert_eq!(cipher.open(&[&sealed[..], b" "].concat()), None);
}

#[test]
fn different_profiles_share_no_key_stream() {
    let cipher = ProfileCipher::new(&key(6));
    let one = cipher.seal(&[profile_of_addresses()]);
    let mut other = profile_of_addresses();
    other.add_caveat(RunCaveat::of_rows(Side::Leak, Sign::CutOff, 1, 1));
    let other = cipher.seal(&[other]);
    assert_ne!(one[..24], other[..24], "the nonces");
    // Both texts begin alike.
    assert_ne!(one[24..40], other[24..40]);
}

#[test]
fn small_counts_are_left_out_wherever_they_are() {
    let mut profile = profile_of_addresses();
    let mut names = Profile::default();
    (0..9).for_each(|_| names.count(Field::LastName, b"muster"));
    profile.add(Field::LastName, &names);
    let mut dates = Profile::default();
    (0..10).for_each(|_| dates.count_invalid(Reason::ImpossibleDate));
    (0..9).for_each(|_| dates.count_invalid(Reason::TooLong));
    (0..30).for_each(|_| dates.count_written(Field::BirthDate, b"1.2.1970", b"1970-02-01"));
    (0..9).for_each(|_| dates.count_suspect(Reason::Placeholder));
    profile.add(Field::BirthDate, &dates);
    let (email, kvnr) = (Field::Email.kinds(), Field::Kvnr.kinds());
    (0..9).for_each(|_| profile.count_row(email));
    (0..10).for_each(|_| profile.count_row(kvnr));
    profile.add_caveat(RunCaveat::new(Side::Leak, Field::BirthDate, Sign::UnprovenDateOrder, 9, 9));

    let cipher = ProfileCipher::new(&key(6));
    let sealed = cipher.seal(&[profile]);
    let opened = cipher.open(&sealed).expect("nothing was changed").remove(0);
    assert_eq!(opened.of(Field::LastName), None, "nine people have such a name");
    let dates = opened.of(Field::BirthDate).expect("there are forty");
    assert_eq!(json(&dates.invalid), "{\"impossible-date\":10}");
    assert_eq!((json(&dates.suspect).as_str(), dates.used), ("{}", 30));
    assert_eq!(opened.rows_by_kinds.into_iter().collect::<Vec<_>>(), [(kvnr.bits(), 10)]);
    let caveat = opened.reader_caveats.first().expect("it stays");
    assert_eq!((caveat.sign, caveat.count), (Sign::UnprovenDateOrder, 0));
    // The count of the address that twelve rows share stays.
    let values = opened.fields[&Field::Email].counters.range(Feature::Value.range());
    assert_eq!(values.iter().max(), Some(&12));
}

#[test]
fn a_value_counts_in_the_class_of_its_shape() {
    let class = |field, value: &str| {
        let mut profile = Profile::default();
        profile.count(field, value.as_bytes());
        profile.counters.range(Feature::Shape.range()).iter().position(|&count| count == 1)
    };
    for (field, value, expected) in [
        (Field::Username, "eva", 0),
        (Field::Username, "eva12", 1),
        (Field::Username, "eva1234", 2),
        (Field::Username, "eva12345", 3),
        (Field::Username, "e.v_a-1", 1 + 4 + 8 + 16),
        (Field::Username, "e+va", 32),
        (Field::Email, "eva12345@example.de", 3),
        (Field::PostalCode, "1010", 4),
        (Field::Kvnr, "A123456780", 5),
        (Field::SteuerId, "86095742719", 6),
        (Field::Iban, "DE89370400440532013000", 7),
        (Field::Phone, "+491711234567", 13),
        (Field::Phone, "+49301234567", 16 + 12),
        (Field::Phone, "+431234567", 32 + 10),
    ] {
        assert_eq!(class(field, value), Some(expected), "{field} {value}");
    }
}

#[test]
fn a_profile_is_shown_without_its_counters() {
    let profile = &profile_of_addresses().fields[&Field::Email];
    assert_eq!(format!("{profile:?}"), "Profile(72 filled, 0 invalid)");
}
