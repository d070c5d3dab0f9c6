//! A field that certainly did not leak does not make an all-clear partial. Any other field that was
//! not compared makes it partial.

use std::slice;

use leakdex::{
    Column, Columns, Coverage, Field, FieldSet, FoundIndex, Index, IndexBuilder, IndexSet, Kind,
    KindSet, LeakDescription, Record, ShardBuilder, TaskAccount, Verdict,
};

use crate::support::{breach, built, filled, folder, key, merged, publish_shards, without};

/// The builder of an index of these records.
fn leak(name: &str, records: &[Record]) -> IndexBuilder<'static> {
    filled(IndexBuilder::new(&key(), breach(name)), records)
}

/// An index of these records. If `except` is given, the leak has no further columns, apart from
/// columns that may hold these fields.
fn build(breach: &str, records: &[Record], except: Option<FieldSet>) -> Index {
    let mut builder = leak(breach, records);
    except.into_iter().for_each(|open| builder.has_no_more_columns(open));
    builder.build().expect("it fits the format")
}

fn kvnr() -> Record {
    Record::new().kvnr("A123456780")
}

/// A member who is not in the leak, with a phone number.
fn member() -> Record {
    Record::new().kvnr("B123456782").phone("+49 221 4710815")
}

fn fields(fields: &[Field]) -> FieldSet {
    fields.iter().copied().collect()
}

#[track_caller]
fn assert_whole(verdict: &Verdict, not_leaked: &[Field]) {
    assert!(verdict.slug() == "not_affected" && !verdict.is_partially_checked(), "{verdict:?}");
    assert_eq!(verdict.coverage().not_leaked, fields(not_leaked), "{verdict:?}");
    assert!(verdict.coverage().unused.is_empty(), "{verdict:?}");
}

#[track_caller]
fn assert_partial(verdict: &Verdict, unused: &[Field]) {
    assert!(verdict.is_partially_checked(), "{verdict:?}");
    assert_eq!(verdict.coverage().unused, fields(unused), "{verdict:?}");
    assert!(verdict.coverage().not_leaked.is_empty(), "{verdict:?}");
}

const NOTHING: Option<FieldSet> = Some(FieldSet::EMPTY);

#[test]
fn an_index_knows_the_fields_that_a_leak_lacks_only_from_its_builder() {
    assert_partial(&build("a", &[kvnr()], None).check(&member()), &[Field::Phone]);
    assert_whole(&build("a", &[kvnr()], NOTHING).check(&member()), &[Field::Phone]);
    assert!(build("a", &[], None).metadata().absent_fields.is_empty());
    let except = Some(fields(&[Field::Phone]));
    assert_partial(&build("a", &[kvnr()], except).check(&member()), &[Field::Phone]);
    // Later rows may have further columns.
    let mut early = leak("a", &[kvnr()]);
    early.has_no_more_columns(FieldSet::EMPTY);
    let later = built(early, &[Record::new().kvnr("C123456784")]);
    assert_partial(&later.check(&member()), &[Field::Phone]);
}

/// Another match key was checked, but it does not contain the field.
#[test]
fn a_field_that_no_checked_match_key_contains_is_a_gap() {
    let person = |last: &str| Record::new().last_name(last).first_name("Eva").postal_code("50667");
    // A profile has no count below ten.
    let dated = |date: &str| -> Vec<Record> {
        (0..10).map(|_| person("Muster").birth_date(date)).collect()
    };
    let unreadable = build("a", &dated("**.**.1970"), NOTHING);
    let member = person("Weidenbach");
    assert_whole(&unreadable.check(&member), &[]);
    let with_date = member.birth_date("1.2.1980");
    assert_partial(&unreadable.check(&with_date), &[Field::BirthDate]);
    // The leak has no last names. A member may give both names in one value.
    let first_names: Vec<Record> = (0..10)
        .map(|day| {
            Record::new()
                .first_name("Eva")
                .birth_date(&format!("1{day}.2.1970"))
                .postal_code("50667")
        })
        .collect();
    let index = build("a", &first_names, Some(fields(&[Field::LastName])));
    let born = Record::new().birth_date("1.2.1980").postal_code("50667");
    let apart = born.clone().last_name("Weidenbach").first_name("Eva");
    assert_partial(&index.check(&apart), &[Field::LastName]);
    let together = born.with(Field::Name, "Eva Weidenbach");
    assert_partial(&index.check(&together), &[Field::Name]);
    // The chosen kinds leave out all keys with a postcode.
    let kinds = [Kind::StartsBirth].into_iter().collect();
    let chosen = built(leak("a", &[]).kinds(kinds), &dated("1.2.1970"));
    assert_partial(&chosen.check(&with_date), &[Field::PostalCode]);
}

#[test]
fn a_field_that_was_read_counts_as_leaked_whatever_its_values_are() {
    for phone in ["", "-", "unbekannt", "0000000", "#REF!", "4711", "no number", "+49 30 1234567"] {
        let index = build("a", &[kvnr().phone(phone), kvnr().username("eva")], NOTHING);
        let verdict = index.check(&member());
        assert!(verdict.coverage().not_leaked.is_empty(), "'{phone}': {verdict:?}");
        let is_held = index.kinds().contains(Kind::Phone);
        assert_eq!(verdict.is_partially_checked(), !is_held, "'{phone}': {verdict:?}");
    }
}

#[test]
fn a_choice_of_kinds_leaves_fields_unknown() {
    let kinds = [Kind::Kvnr].into_iter().collect();
    let mut chosen = filled(leak("a", &[]).kinds(kinds), [kvnr()]);
    chosen.has_no_more_columns(FieldSet::EMPTY);
    let index = chosen.build().expect("it fits");
    assert_partial(&index.check(&member()), &[Field::Phone]);
    let named = Record::new().kvnr("B123456782").last_name("Muster").birth_date("1.2.1970");
    assert_partial(&index.check(&named), &[Field::LastName, Field::BirthDate]);
    for field in [Field::Md5Email, Field::Email] {
        assert!(!index.metadata().absent_fields.contains(&field.slug().to_owned()));
    }
}

#[test]
fn a_field_in_another_form_is_the_same_field() {
    let hash = "6b56db1f84a3997b902509d3fbf0a306";
    let with_hash = Record::new().kvnr("B123456782").md5_email(hash);
    let leaked_hash = kvnr().sha1_email("da39a3ee5e6b4b0d3255bfef95601890afd80709");
    let index = build("a", &[leaked_hash], NOTHING);
    assert_partial(&index.check(&with_hash), &[Field::Md5Email]);
    let index = build("a", &[kvnr().email("a@example.com")], NOTHING);
    assert_partial(&index.check(&with_hash), &[Field::Md5Email]);
    // Somebody's address may be among the usernames.
    let index = build("a", &[kvnr().username("eva")], NOTHING);
    let address = Record::new().kvnr("B123456782").email("m.muster@example.de");
    assert_partial(&index.check(&address), &[Field::Email]);
    assert_partial(&index.check(&member()), &[Field::Phone]);
    assert_whole(
        &index.check(&Record::new().kvnr("B123456782").iban("DE89370400440532013000")),
        &[Field::Iban],
    );
    // A whole name contains both parts, and vice versa.
    let index = build("a", &[kvnr().with(Field::Name, "Eva Muster")], NOTHING);
    let named = Record::new().kvnr("B123456782").last_name("Muster").postal_code("50667");
    let verdict = index.check(&named);
    assert_eq!(verdict.coverage().unused, fields(&[Field::LastName]));
    assert_eq!(verdict.coverage().not_leaked, fields(&[Field::PostalCode]));
    let leaked = Record::new().with(Field::Name, "Muster, Eva").birth_date("1.2.1970");
    let named = Record::new().with(Field::Name, "Beispiel, Max").birth_date("3.4.1980");
    assert_whole(&build("a", &[leaked], NOTHING).check(&named), &[]);
    let index =
        build("a", &[Record::new().kvnr("A123456780").iccsn("80276001081699900578")], NOTHING);
    let card = Record::new().kvnr("B123456782").ehic("80276001081699900579");
    assert!(index.check(&card).coverage().not_leaked.is_empty());
}

/// The leak has tax numbers, and the classes of its breach may hold other fields, too.
#[test]
fn a_class_of_data_keeps_the_gap_of_every_field_that_it_may_hold() {
    let leak = kvnr().with(Field::SteuerId, "86095742719");
    let check = |class: &str, leak: Record| {
        let mut breach = breach("a");
        breach.data_classes = vec![class.parse().expect("a class")];
        let mut builder = filled(IndexBuilder::new(&key(), breach), [leak]);
        builder.has_no_more_columns(FieldSet::EMPTY);
        let index = builder.build().expect("it fits");
        let document = Record::new().kvnr("B123456782").with(Field::IdentityDocument, "L9F6MKYMJ");
        index.check(&document).is_partially_checked()
    };
    for class in ["Passport numbers", "Government issued IDs", "Private messages", "Of the future"]
    {
        assert!(check(class, leak.clone()), "{class}");
    }
    for class in ["Passwords", "Phone numbers", "Health insurance information"] {
        assert!(!check(class, leak.clone()), "{class}");
    }
    // A row names a class in the same way.
    let mut with_passport = leak;
    with_passport.push_data_class("passport-numbers".parse().expect("a class"));
    assert!(check("Passwords", with_passport));
}

/// A breach with card data may also have the names of the holders. A column of card data was examined
/// and has none.
#[test]
fn only_a_class_of_the_breach_keeps_the_gap_of_fields_that_leak_beside_it() {
    let unused = |of_breach: &[&str], leaked: Record| {
        let mut breach = breach("a");
        breach.data_classes =
            of_breach.iter().map(|class| class.parse().expect("a class")).collect();
        let mut builder = filled(IndexBuilder::new(&key(), breach), [leaked]);
        builder.has_no_more_columns(FieldSet::EMPTY);
        let index = builder.build().expect("it fits");
        let member = Record::new().kvnr("B123456782").email("m.muster@example.de");
        let member = member.last_name("Muster").first_name("Eva").birth_date("1.2.1970");
        index.check(&member).coverage().unused
    };
    for (class, of_class, beside) in [
        (
            "Social media profiles",
            &[Field::Email][..],
            &[Field::LastName, Field::FirstName, Field::BirthDate][..],
        ),
        ("Credit cards", &[], &[Field::LastName, Field::FirstName]),
        ("Partial credit card data", &[], &[Field::LastName, Field::FirstName]),
        ("Payment methods", &[], &[Field::Email]),
    ] {
        let mut of_row = kvnr();
        of_row.push_data_class(class.parse().expect("a class"));
        assert_eq!(unused(&[], of_row), fields(of_class), "{class}");
        assert_eq!(unused(&[class], kvnr()), fields(of_class).union(fields(beside)), "{class}");
    }
}

#[test]
fn all_clears_stay_whole_if_columns_hold_the_classes_of_the_breach() {
    let mut breach = breach("a");
    let classes = ["Names", "Dates of birth", "Email addresses", "Phone numbers", "Passwords"];
    breach.data_classes = classes.map(|class| class.parse().expect("a class")).to_vec();
    let person = |name: &str| Record::new().last_name(name).first_name("Eva");
    let leaked = person("Muster").birth_date("1.2.1970").email("eva@example.com");
    let leaked = [leaked.phone("+49 30 1234567")];
    let mut builder = filled(IndexBuilder::new(&key(), breach), leaked);
    builder.has_no_more_columns(FieldSet::EMPTY);
    let index = builder.build().expect("it fits");
    let member = person("Beispiel").birth_date("3.4.1980").email("b@example.com");
    let member = member.phone("+49 221 4710815").kvnr("B123456782");
    assert_whole(&index.check(&member), &[Field::Kvnr]);
}

#[test]
fn names_and_dates_that_did_not_leak_are_no_gaps_but_other_defects_are() {
    let index = build("a", &[kvnr()], NOTHING);
    let named = member().last_name("Muster").first_name("Eva").postal_code("50667");
    assert_whole(
        &index.check(&named.clone().birth_date("1.2.1970")),
        &[Field::Phone, Field::LastName, Field::FirstName, Field::BirthDate, Field::PostalCode],
    );
    // A year alone makes no key, and the leak has no dates.
    let year = index.check(&Record::new().kvnr("B123456782").birth_date("00.00.1970"));
    assert_whole(&year, &[Field::BirthDate]);
    let unknown = build("a", &[kvnr()], None);
    let year = unknown.check(&Record::new().kvnr("B123456782").birth_date("00.00.1970"));
    assert_partial(&year, &[Field::BirthDate]);
    // A wrong value of a field that did not leak hides nothing. In another field, it remains a gap.
    let wrong_date = index.check(&named.clone().birth_date("31.2.1970"));
    assert!(!wrong_date.is_partially_checked() && wrong_date.reasons().is_empty());
    assert!(index.check(&named.kvnr("A12")).is_partially_checked());
    // A member who has only fields that did not leak cannot be checked.
    let verdict = index.check(&Record::new().phone("+49 221 4710815"));
    assert_eq!(verdict.slug(), "indeterminate");
    assert_eq!(verdict.coverage().problems[0].reason.code(), "kind-not-indexed");
}

#[test]
fn the_parts_of_a_merged_index_are_judged_one_by_one() {
    let with_phone = || build("b", &[kvnr().phone("+49 30 1234567")], NOTHING);
    // One leak has phone numbers and was checked; the other has none.
    assert_whole(
        &merged([build("a", &[kvnr()], NOTHING), with_phone()]).check(&member()),
        &[Field::Phone],
    );
    // An index of an earlier version records no absent fields.
    let index = merged([build("a", &[kvnr()], None), with_phone()]);
    assert_partial(&index.check(&member()), &[Field::Phone]);
    let index = merged([index, build("c", &[kvnr()], NOTHING)]);
    assert_partial(&index.check(&member()), &[Field::Phone]);
    // Two builds of one breach with the same kinds are one part. Only the fields that both lack are
    // absent from it.
    let other = || Record::new().kvnr("C123456784");
    for except in [None, Some(fields(&[Field::Phone]))] {
        let parts = [build("a", &[kvnr()], NOTHING), build("a", &[other()], except)];
        assert_partial(&merged(parts).check(&member()), &[Field::Phone]);
    }
    let index = merged([build("a", &[kvnr()], NOTHING), build("a", &[other()], NOTHING)]);
    assert!(index.metadata().parts.is_empty());
    assert_whole(&index.check(&member()), &[Field::Phone]);
    assert!(index.metadata().absent_fields.contains(&"phone".to_owned()));
}

#[test]
fn several_indexes_are_judged_one_by_one() {
    let set = |indexes: Vec<Index>| IndexSet::new(indexes).expect("they go together");
    let sure = || build("a", &[kvnr()], NOTHING);
    assert_whole(
        &set(vec![sure(), build("b", &[kvnr()], NOTHING)]).check(&member()),
        &[Field::Phone],
    );
    for indexes in
        [vec![sure(), build("b", &[kvnr()], None)], vec![build("b", &[kvnr()], None), sure()]]
    {
        assert_partial(&set(indexes).check(&member()), &[Field::Phone]);
    }
    // The other leak has phone numbers, and the member's was looked up there.
    let phones = build("b", &[kvnr().phone("+49 30 1234567")], NOTHING);
    assert_whole(&set(vec![sure(), phones]).check(&member()), &[Field::Phone]);
}

/// The leak that has the field may hold the right value.
#[test]
fn a_wrong_value_is_a_gap_unless_no_leak_holds_its_field() {
    let named = |record: Record| record.last_name("Muster").first_name("Eva");
    let member = Record::new().kvnr("B123456782");
    for (field, leaked, member) in [
        (
            Field::Email,
            kvnr().email("a@example.com"),
            member.clone().email("b@example.com").email("nobody"),
        ),
        (
            Field::Phone,
            kvnr().phone("+49 30 1234567"),
            member.clone().phone("+49 221 4710815").phone("4710815"),
        ),
        (
            Field::BirthDate,
            named(kvnr()).birth_date("1.2.1970"),
            named(member.clone()).birth_date("1.2.1980").birth_date("31.2.1980"),
        ),
    ] {
        let with = || build("a", slice::from_ref(&leaked), NOTHING);
        let without = |name: &str| build(name, &[kvnr()], NOTHING);
        let set = |one: Index, other: Index| IndexSet::new([one, other]).expect("they go together");
        let both = merged([with(), without("b")]).check(&member);
        let verdicts = set(with(), without("b")).check_all(slice::from_ref(&member));
        assert!(!verdicts.in_no_leak().contains(field) && !verdicts.caveats()[0].is_empty());
        for verdict in [with().check(&member), both, verdicts.get(0)] {
            assert!(verdict.is_partially_checked() && !verdict.reasons().is_empty(), "{verdict:?}");
            assert_eq!(verdict.coverage().gaps().count(), 1, "{verdict:?}");
        }
        let verdicts = set(without("b"), without("c")).check_all(&[member]);
        assert!(verdicts.in_no_leak().contains(field));
        assert!(!verdicts.get(0).is_partially_checked(), "{:?}", verdicts.get(0));
    }
}

/// A caller can read the verdicts on many members without an object for each.
#[test]
fn the_columns_of_many_verdicts_agree_with_each_verdict() {
    let index = build("a", &[kvnr().email("a@example.com")], NOTHING);
    let wrong_address = Record::new().kvnr("B123456782").email("nobody");
    let wrong_number = Record::new().kvnr("A123456788");
    let verdicts = index.check_all(&[kvnr(), member(), wrong_address, wrong_number, Record::new()]);
    for (row, verdict) in verdicts.iter().enumerate() {
        let Coverage { checked, suspect, not_leaked, .. } = *verdict.coverage();
        assert_eq!((verdicts.checked()[row], verdicts.suspect()[row]), (checked, suspect));
        assert_eq!(verdicts.not_leaked(row), not_leaked);
        assert_eq!(verdicts.reasons(row), verdict.reasons());
    }
    let affected = verdicts.get(0);
    assert_eq!(affected.finding().expect("it is in the leak").coverage(), affected.coverage());
    assert!(affected.coverage().checked.contains(Kind::Kvnr));
    assert_eq!(verdicts.not_leaked(1), fields(&[Field::Phone]));
    // The wrong value explains why its field was not compared.
    assert_eq!(verdicts.reasons(2), ["no-at-sign"]);
    assert!(!verdicts.is_empty() && index.check_all(&[]).is_empty());

    let mut columns = Columns::new(1);
    columns.push(Column::new(Field::Kvnr, b"A123456780", &[0, 10]));
    assert_eq!(index.check_columns(&columns).to_vec(), [affected]);
}

#[test]
fn shards_lack_what_the_whole_index_lacks() {
    for (except, is_sure) in [(NOTHING, true), (None, false)] {
        let folder = folder();
        let target = folder.path().join("shards");
        let mut builder = leak("a", &[kvnr()]);
        except.into_iter().for_each(|open| builder.has_no_more_columns(open));
        publish_shards(builder, &target, 4);
        let set = IndexSet::open_shards(&target, &key()).expect("they were just written");
        assert_eq!(!set.check(&member()).is_partially_checked(), is_sure);
    }
}

#[test]
fn a_distributed_build_lacks_the_fields_that_no_task_may_hold() {
    let key = key();
    let check = |second: Record, except: Option<FieldSet>| {
        let (mut accounts, mut summaries) = (Vec::new(), Vec::new());
        let mut shard = ShardBuilder::new(0, "1".parse().expect("a power of two")).expect("one");
        for record in [kvnr(), second] {
            let mut task = leak("a", &[record]);
            // A task does not know the columns of other tasks.
            task.has_no_more_columns(FieldSet::EMPTY);
            let (identifiers, account) = task.into_task_account().expect("it uses no disk");
            for (identifier, set) in identifiers.iter() {
                shard.add(identifier, &identifiers.class_sets()[set]).expect("it is of the shard");
            }
            accounts.push(account.seal(&key));
        }
        let content = shard.finish().expect("it uses no disk");
        summaries.push(content.summary().clone());
        let mut account = TaskAccount::open(&accounts[0], &key).expect("one key");
        account.add(&TaskAccount::open(&accounts[1], &key).expect("one key")).expect("one build");
        except.into_iter().for_each(|open| account.has_no_more_columns(open));
        let plan = leak("a", &[]).plan_shards(account, summaries).expect("they fit");
        let folder = folder();
        let target = folder.path().join("shards");
        content.prepare(&target, &plan, &key).expect("it fits").publish().expect("there is room");
        let set = IndexSet::open_shards(&target, &key).expect("it was just written");
        set.check(&member())
    };
    let other = || Record::new().kvnr("C123456784");
    assert_whole(&check(other(), NOTHING), &[Field::Phone]);
    assert_partial(&check(other(), Some(fields(&[Field::Phone]))), &[Field::Phone]);
    assert_partial(&check(other().phone("no number"), NOTHING), &[Field::Phone]);
}

#[test]
fn an_index_of_found_entries_lacks_exactly_the_absent_fields_of_its_description() {
    let key = key();
    let mut whole = filled(leak("a", &[]).without_codes(), [kvnr()]);
    whole.has_no_more_columns(FieldSet::EMPTY);
    let description = whole.build().expect("it fits").description().expect("one leak");
    let found = |description: &LeakDescription| FoundIndex::new(&key, description);
    let index = found(&description).expect("it is sound").build().expect("it fits");
    assert_whole(&index.check(&member()), &[Field::Phone]);
    let mut silent = description.clone();
    silent.absent_fields.clear();
    let index = found(&silent).expect("it is sound").build().expect("it fits");
    assert_partial(&index.check(&member()), &[Field::Phone]);
    // A contradiction is refused.
    for wrong in [&["kvnr"][..], &["phone", "phone"], &["phone", "iban"], &["x"]] {
        let mut lying = description.clone();
        lying.absent_fields = wrong.iter().map(|field| (*field).to_owned()).collect();
        assert!(found(&lying).is_err(), "{wrong:?}");
    }
    assert!(!description.absent_fields.is_empty());
    // A part of a match key is held, too.
    let mut named = filled(
        leak("a", &[]).without_codes(),
        [Record::new().last_name("Muster").first_name("Eva").birth_date("1.2.1970")],
    );
    named.has_no_more_columns(FieldSet::EMPTY);
    let description = named.build().expect("it fits").description().expect("one leak");
    assert!(found(&description).is_ok());
    for wrong in ["last-name", "first-name", "name", "birth-date"] {
        let mut lying = description.clone();
        lying.absent_fields = vec![wrong.to_owned()];
        assert!(found(&lying).is_err(), "{wrong}");
    }
}

#[test]
fn an_erased_person_makes_no_all_clear_partial() {
    let eva = kvnr().phone("+49 30 1234567").email("eva@example.de");
    let others: Vec<Record> =
        (0..20).map(|number| Record::new().email(&format!("x{number}@example.de"))).collect();
    let leak = build("a", &[&[eva.clone()][..], &others[..]].concat(), NOTHING);
    let (index, _) = without([leak], &[eva]);
    assert!(index.erasure_caveat().is_some_and(|erasure_caveat| erasure_caveat.count == 1));
    // Her insured number and her phone number are gone.
    let filled: KindSet = index
        .metadata()
        .kinds
        .iter()
        .filter(|kind| kind.identifiers > 0)
        .filter_map(|kind| kind.kind.parse().ok())
        .collect();
    assert!(!filled.contains(Kind::Kvnr) && !filled.contains(Kind::Phone));
    for number in 0..100 {
        let member = member().email(&format!("y{number}@example.de"));
        assert_whole(&index.check(&member), &[]);
    }
}
