//! Descriptions of leaks are consistent, or are refused.

use std::collections::BTreeMap;

use leakdex::{
    FoundIndex, IndexBuilder, IndexFault, Kind, KindSet, LeakDescription, LeakedRecord, Record,
    RunCaveat, Side, Sign,
};
use leakdex_synthetic::leak::Fragments;
use serde_json::{Value, json};

use crate::{
    found_entries::{FIELDS, changed, kinds, leak_of, members_key, run_caveats, small_leak},
    support::{breach, built, fault, key, merged},
};

#[test]
fn a_description_that_does_not_fit_together_is_refused() {
    let description = small_leak().description().expect("one leak");
    let part = |pointer: &str, value: Value| {
        let forged = changed(&description, pointer, value).expect("it is still JSON of this form");
        match fault(FoundIndex::new(&members_key(), &forged)) {
            IndexFault::WrongDescription { part } => part,
            IndexFault::OtherNormaliser { .. } => "normaliser",
            other => panic!("another fault: {other}"),
        }
    };
    assert_eq!(part("/normaliser", json!(2)), "normaliser");
    assert_eq!(part("/kinds/0/kind", json!("shoe-size")), "kinds");
    assert_eq!(part("/kinds/0/kind", json!("starts-birth")), "kinds");
    let of_plain = json!({"kind": "email", "identifiers": 1, "records": 1, "only_of_plain": true});
    assert_eq!(part("/kinds/0", of_plain), "kinds");
    let many: Vec<String> = (0..257).map(|number| format!("class-{number:03}")).collect();
    assert_eq!(part("/data_classes", json!(many)), "data classes");
    assert_eq!(part("/data_classes", json!(["names", "email-addresses"])), "data classes");
    assert_eq!(part("/class_sets", json!([[0, 99]])), "data classes");
    let beyond = description.data_classes.len();
    assert_eq!(part("/class_sets", json!([[0, beyond]])), "data classes");
    assert_eq!(part("/class_sets", json!([[1, 0]])), "data classes");
    assert_eq!(part("/class_sets", json!([[0, 0]])), "data classes");
    assert_eq!(part("/class_sets", json!([[0], [0]])), "data classes");
    assert_eq!(part("/rows/read", json!(7)), "rows");
    assert_eq!(part("/rows/duplicate", json!(u64::MAX)), "rows");
    assert_eq!(part("/records", json!(u64::MAX)), "rows");
    assert_eq!(part("/rows/rejects_by_reason", json!({"wrong-length": u64::MAX})), "rows");
    assert_eq!(part("/rows/rejects_by_reason", json!({"Eva Muster": 1})), "rows");
    let reasons = |count: u32| -> BTreeMap<String, u64> {
        (0..count).map(|number| (format!("r{number}"), 1)).collect()
    };
    for (rejects, suspects) in [(200, 57), (257, 0)] {
        let mut rows = json!(description)["rows"].take();
        rows["rejects_by_reason"] = json!(reasons(rejects));
        rows["suspects_by_reason"] = json!(reasons(suspects));
        assert_eq!(part("/rows", rows), "rows", "there are 257 reasons");
    }
    assert_eq!(part("/profile/fields/email/used", json!(u64::MAX)), "profile");
    let mut email = json!(description)["profile"]["fields"]["email"].take();
    email["suspect"] = json!(reasons(200));
    email["invalid"] = json!(reasons(57));
    assert_eq!(part("/profile/fields/email", email), "profile", "there are 257 reasons");
    assert_eq!(part("/profile/rows_by_kinds", json!({"4294967295": 10})), "profile");
    let told = json!([{"side": "members", "field": null, "sign": "cut-off", "count": 1, "of": 1}]);
    assert_eq!(part("/profile/told", told), "profile");
    let unknown = json!({"fields": {}, "rows_by_kinds": {}, "told": [], "more": 1});
    assert!(changed(&description, "/profile", unknown).is_none());
}

#[test]
fn a_description_has_at_most_256_classes_and_65536_different_sets_of_them() {
    let description = small_leak().description().expect("one leak");
    let classes: Vec<String> = (0..256).map(|number| format!("class-{number:03}")).collect();
    let with_classes = changed(&description, "/data_classes", json!(classes)).expect("JSON");
    for (count, is_taken) in [(65_536, true), (65_537, false)] {
        // The bits of a number are a set of its own.
        let places = |number: u32| (0..17_u32).filter(move |place| number >> place & 1 == 1);
        let sets: Vec<Vec<u32>> = (0..count).map(|number| places(number).collect()).collect();
        let forged = changed(&with_classes, "/class_sets", json!(sets)).expect("JSON");
        assert_eq!(FoundIndex::new(&members_key(), &forged).is_ok(), is_taken, "{count} sets");
    }
}

/// JSON pointers to all parts of a value.
fn pointers(value: &Value, path: &str, all: &mut Vec<String>) {
    all.push(path.to_owned());
    match value {
        Value::Array(items) => {
            let numbered = items.iter().enumerate().take(12);
            numbered.for_each(|(place, item)| pointers(item, &format!("{path}/{place}"), all));
        }
        Value::Object(items) => {
            items.iter().for_each(|(name, item)| pointers(item, &format!("{path}/{name}"), all));
        }
        _ => {}
    }
}

/// Every description gives an error or an index that can be used.
#[test]
fn no_forged_description_causes_a_panic() {
    let leak = small_leak();
    let description = leak.description().expect("one leak");
    let mut all = Vec::new();
    pointers(&serde_json::to_value(&description).expect("JSON"), "", &mut all);
    let row = Record::new().email("eva1@example.de").last_name("Muster");
    let mut batch = leak.batch().profiled();
    (0..300).for_each(|_| batch.push(&row));
    let (mut refused, mut taken) = (0, 0);
    for pointer in &all {
        for value in
            [json!(u64::MAX), json!(1_u64 << 36), json!(0), json!([]), json!({}), json!("x")]
        {
            let forged = changed(&description, pointer, value);
            let new = forged.map(|forged| (FoundIndex::new(&members_key(), &forged), forged));
            let Some((Ok(new), forged)) = new else {
                refused += 1;
                continue;
            };
            let _ = forged.rounded();
            let Ok(index) = new.build() else { continue };
            taken += 1;
            let fields = FIELDS.iter().copied().collect();
            let _ = (run_caveats(&index, fields, &batch), index.check(&row));
        }
    }
    assert!(refused > 100 && taken > 50, "{refused} refused, {taken} taken");
}

#[test]
fn rounding_keeps_the_sums_and_two_digits() {
    let leak =
        leak_of(&Fragments::of(0..500).rows, kinds(&[Kind::Kvnr, Kind::Email]), KindSet::EMPTY);
    let exact = leak.description().expect("one leak");
    let rounded = exact.clone().rounded();
    let rows = &rounded.rows;
    assert_eq!(rows.read, rows.indexed + rows.duplicate + rows.rejected);
    assert!(
        rows.indexed.is_multiple_of(10)
            && rounded.records.is_multiple_of(10)
            && exact.records != rounded.records
    );
    assert!(rows.indexed.abs_diff(exact.rows.indexed) * 20 <= exact.rows.indexed);
    assert!(FoundIndex::new(&members_key(), &rounded).is_ok());
    assert_eq!(rounded.clone().rounded(), rounded);
    let columns = |description: &LeakDescription| json!(description)["profile"]["fields"].take();
    assert_eq!(columns(&rounded), columns(&exact), "rounding could look like damage");
    assert!(columns(&exact)["kvnr"].is_object());
}

#[test]
fn a_caveat_in_a_description_is_a_caveat_of_its_index() {
    let description = small_leak().description().expect("one leak");
    let told = json!([{"side": "leak", "field": null, "sign": "cut-off", "count": 0, "of": 0}]);
    let cut_off = changed(&description, "/profile/told", told).expect("it is a caveat");
    let found = FoundIndex::new(&members_key(), &cut_off).expect("it is sound");
    let caveats = found.build().expect("it fits").leak_caveats();
    assert!(caveats.contains(&RunCaveat::of_rows(Side::Leak, Sign::CutOff, 0, 0)), "{caveats:?}");
}

#[test]
fn a_description_says_nothing_of_other_kinds_or_names() {
    let rows: Vec<Record> = (0..50)
        .map(|number| Record::new().kvnr("A123456780").username(&format!("user{number}")))
        .collect();
    let leak = leak_of(&rows, kinds(&[Kind::Kvnr]), KindSet::EMPTY);
    let json = serde_json::to_value(leak.description().expect("one leak")).expect("JSON");
    let fields = json["profile"]["fields"].as_object().expect("an object");
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["kvnr"]);
    assert!(json["profile"].get("names").is_none());
}

#[test]
fn an_index_of_several_leaks_has_no_description() {
    let build =
        |name| built(IndexBuilder::new(&key(), breach(name)), &[Record::new().kvnr("A123456780")]);
    let both = merged(["one", "two"].map(build));
    assert_eq!(fault(both.description()), IndexFault::SeveralLeaks);
}

/// A check fails if its index has no room for the found entries. If that depended on their number,
/// the failure would reveal to the writer of the description that somebody was found.
#[test]
fn a_description_leaves_room_for_any_number_of_entries_or_is_refused() {
    let description = small_leak().description().expect("one leak");
    let titled = |length: usize| {
        let mut json = serde_json::to_value(&description).expect("JSON");
        json["breach"]["Title"] = json!("a".repeat(length));
        let titled: LeakDescription = serde_json::from_value(json).expect("it has a title");
        FoundIndex::new(&members_key(), &titled)
    };
    let (mut longest, mut too_long) = (1_000_000, 1 << 20);
    titled(longest).expect("it has room");
    while longest + 1 < too_long {
        let middle = usize::midpoint(longest, too_long);
        if titled(middle).is_ok() { longest = middle } else { too_long = middle }
    }
    assert!(matches!(fault(titled(too_long)), IndexFault::WrongDescription { part: "length" }));
    let mut found = titled(longest).expect("it has room");
    for number in 0..2_000 {
        let record =
            |tag| LeakedRecord { tag, kinds: KindSet::EMPTY, is_first: true, class_set: None };
        let records: Vec<LeakedRecord> = (0..60).map(record).collect();
        let canonical = format!("eva{number}@example.de");
        found.add(Kind::Email, canonical.as_bytes(), &records).expect("it is described");
    }
    found.build().expect("the longest title that is taken leaves room for all of them");
}
