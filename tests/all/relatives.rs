//! Twins and relatives: candidates that look like another person of the household.

use std::sync::Arc;

use leakdex::{
    Agreement, Caveat, Evidence, Finding, Index, IndexBuilder, IndexSet, Kind, NameAgreement,
    Reason, Record, Strength, Verdict,
};

use crate::support::{breach, index_of, key};

fn person(first: &str, last: &str, birth: &str, postcode: &str) -> Record {
    Record::new().last_name(last).first_name(first).birth_date(birth).postal_code(postcode)
}

fn indexes(leaked: &[Record]) -> IndexSet {
    IndexSet::new([index_of(&key(), leaked)]).expect("one index")
}

fn finding(indexes: &IndexSet, member: &Record) -> Finding {
    indexes.check(member).finding().expect("the member is affected").clone()
}

fn tags(finding: &Finding, at_least: Strength) -> Vec<u64> {
    finding.tags(at_least).collect()
}

#[test]
fn a_twin_of_a_leaked_person_looks_like_a_relative_and_has_the_tag_of_that_person() {
    let leaked = person("Johanna", "Weidenbach", "17.11.1983", "50667");
    let indexes = indexes(std::slice::from_ref(&leaked));
    let johanna = finding(&indexes, &leaked);
    let twin = finding(&indexes, &person("Friedrich", "Weidenbach", "17.11.1983", "50667"));
    assert_eq!((johanna.strength(), johanna.looks_like_relative()), (Strength::Probable, false));
    assert_eq!((twin.strength(), twin.looks_like_relative()), (Strength::Candidate, true));
    assert_eq!(tags(&johanna, Strength::Probable), tags(&twin, Strength::Candidate));
    assert_eq!(tags(&johanna, Strength::Candidate).len(), 1);
    assert!(tags(&twin, Strength::Probable).is_empty());
}

#[test]
fn a_first_name_that_shares_a_feature_but_no_key_belongs_to_a_relative() {
    let with_first_name = |leaked: &str, text: &str| {
        let indexes = indexes(&[person(leaked, "Weidenbach", "17.11.1983", "50667")]);
        let member = person(text, "Weidenbach", "17.11.1983", "50667");
        let agreement = indexes.explain(&member)[0].agreement.expect("both give names");
        let needed = Agreement::weight_needed(Strength::Probable).expect("names can be probable");
        assert!(agreement.weight >= needed, "{leaked}, {text}: the sum would be enough");
        let found = finding(&indexes, &member);
        (found.strength(), found.looks_like_relative(), agreement.first_name)
    };
    // The first two share a code by chance, the others share their letters.
    for (leaked, text) in [("Petra", "Willi"), ("Georg", "Axel"), ("Arno", "Nora"), ("wUe", "Uwe")]
    {
        let expected = (Strength::Candidate, true, NameAgreement::Differs);
        assert_eq!(with_first_name(leaked, text), expected, "{leaked}, {text}");
    }
    // The same sound, end or start.
    for (leaked, text) in [("Catarina", "Katharina"), ("Lohar", "Lothar"), ("Alex", "Alexander")] {
        let expected = (Strength::Probable, false, NameAgreement::Remote);
        assert_eq!(with_first_name(leaked, text), expected, "{leaked}, {text}");
    }
}

#[test]
fn a_shared_key_does_not_change_whether_a_first_name_agrees() {
    // A check reads 64 records of the end of both names with the date.
    let of_place = |first: &str, number: u32| {
        person(first, "Weidenbach", "17.11.1983", &format!("{:05}", 10_000 + number * 137))
    };
    let leaked: Vec<Record> = (0..70).map(|number| of_place("Lohar", number)).collect();
    let indexes = indexes(&leaked);
    let strengths = (0..70).map(|number| finding(&indexes, &of_place("Lothar", number)).strength());
    assert_eq!(strengths.collect::<Vec<_>>(), [Strength::Candidate; 70]);
}

#[test]
fn a_neighbour_whose_first_name_shares_a_feature_is_never_wholly_cleared() {
    let indexes = indexes(&[person("Arno", "Abel", "17.11.1983", "50667")]);
    let verdict = indexes.check(&person("Nora", "Weidenbach", "17.11.1983", "50667"));
    assert!(matches!(&verdict, Verdict::NotAffected(_)) && verdict.is_partially_checked());
}

/// Two parts of a breach hold one record, whose names are rare in one part only.
#[test]
fn the_order_of_indexes_changes_no_weight() {
    let shared = person("Johanna", "Weidenbach", "17.11.1983", "50667");
    let part = |others: u32| {
        let namesake = |number: u32| {
            person("Johanna", "Weidenbach", "1.1.1985", &format!("{:05}", 10_000 + number))
        };
        let leak: Vec<Record> = (0..others).map(namesake).chain([shared.clone()]).collect();
        Arc::new(index_of(&key(), &leak))
    };
    let (small, large) = (part(0), part(12_000));
    let weight = |indexes: [&Arc<Index>; 2]| {
        let indexes = IndexSet::new(indexes.map(Arc::clone)).expect("one key");
        indexes.explain(&shared)[0].agreement.expect("all agrees").weight
    };
    assert_eq!(weight([&small, &large]), weight([&large, &small]));
    let alone = |index: &Arc<Index>| {
        let indexes = IndexSet::new([Arc::clone(index)]).expect("one index");
        indexes.explain(&shared)[0].agreement.expect("all agrees").weight
    };
    assert_ne!(alone(&small), alone(&large), "the weights differ, so the order could matter");
}

#[test]
fn a_candidate_who_may_be_the_person_does_not_look_like_a_relative() {
    // A marriage may have changed the last name.
    let indexes = indexes(&[person("Friedrich", "Abel", "17.11.1983", "50667")]);
    let married = finding(&indexes, &person("Friedrich", "Weidenbach", "17.11.1983", "50667"));
    assert_eq!((married.strength(), married.looks_like_relative()), (Strength::Candidate, false));
    // Two records match, and one of them is not a relative's.
    let indexes = self::indexes(&[
        person("Johanna", "Weidenbach", "17.11.1983", "50667"),
        person("Friedrich", "Abel", "17.11.1983", "50667"),
    ]);
    let both = finding(&indexes, &person("Friedrich", "Weidenbach", "17.11.1983", "50667"));
    assert_eq!(tags(&both, Strength::Candidate).len(), 2);
    assert_eq!((both.strength(), both.looks_like_relative()), (Strength::Candidate, false));
}

#[test]
fn a_number_in_common_makes_nobody_a_relative() {
    let leaked = person("Johanna", "Weidenbach", "17.11.1983", "50667").kvnr("A123456780");
    let indexes = indexes(&[leaked]);
    let member = person("Friedrich", "Weidenbach", "17.11.1983", "50667").kvnr("A123456780");
    let found = finding(&indexes, &member);
    assert_eq!((found.strength(), found.looks_like_relative()), (Strength::Certain, false));
}

#[test]
fn an_explanation_says_which_records_count() {
    let indexes = indexes(&[
        person("Johanna", "Weidenbach", "17.11.1983", "50667"),
        person("Friedrich", "Weidenbach", "17.11.1983", "50667"),
    ]);
    let member = person("Friedrich", "Weidenbach", "17.11.1983", "50667");
    let evidence = indexes.explain(&member);
    let outcome = |record: &Evidence| (record.strength, record.dominated, record.refuted);
    let expected =
        [(Some(Strength::Probable), false, false), (Some(Strength::Candidate), true, false)];
    assert_eq!(evidence.iter().map(outcome).collect::<Vec<_>>(), expected);
    // The same records count in the explanation and in the verdict.
    let counting = evidence.iter().filter(|record| record.strength.is_some() && !record.dominated);
    let counting: Vec<u64> = counting.map(|record| record.tag).collect();
    assert_eq!(tags(&finding(&indexes, &member), Strength::Candidate), counting);
}

#[test]
fn a_member_who_is_refuted_is_never_wholly_cleared_and_an_explanation_reports_it() {
    let indexes = indexes(&[person("Johanna", "Weidenbach", "17.11.1983", "50667")]);
    // Everything except the date agrees, as for a mother and a daughter with the same name.
    let member = person("Johanna", "Weidenbach", "3.5.1951", "50667");
    let verdict = indexes.check(&member);
    assert!(matches!(&verdict, Verdict::NotAffected(_)) && verdict.is_partially_checked());
    assert!(verdict.coverage().caveats().contains(Caveat::MatchRefuted));
    assert!(verdict.coverage().refuted.contains(Kind::SoundPostcode));
    let evidence = indexes.explain(&member);
    assert_eq!(evidence.len(), 1);
    assert!(evidence[0].refuted && !evidence[0].dominated && evidence[0].strength.is_none());
    let agreement = evidence[0].agreement.expect("names and dates are compared");
    let needed = Agreement::weight_needed(Strength::Candidate).expect("names make candidates");
    assert!(agreement.weight < needed);
}

/// A leak with this record, and many others of the same name that have a date and a postcode.
fn among_namesakes(first: &str, last: &str, record: &Record) -> IndexSet {
    let namesake = |number: u32| {
        let birth =
            format!("{}.{}.{}", 1 + number % 28, 1 + number / 28 % 12, 1930 + number / 336 % 40);
        person(first, last, &birth, &format!("{:05}", 10_000 + number))
    };
    let leaked: Vec<Record> = (0..12_000).map(namesake).chain([record.clone()]).collect();
    indexes(&leaked)
}

#[test]
fn a_member_with_a_common_name_is_a_candidate_by_names_and_date_alone() {
    let leaked = person("Johanna", "Weidenbach", "17.11.1983", "");
    let indexes = among_namesakes("Johanna", "Weidenbach", &leaked);
    assert_eq!(finding(&indexes, &leaked).strength(), Strength::Candidate);
    let agreement = indexes.explain(&leaked)[0].agreement.expect("both give names");
    let needed = Agreement::weight_needed(Strength::Candidate).expect("names make candidates");
    assert!(agreement.weight < needed, "the names are common: {agreement:?}");
    assert!(agreement.is_without_difference());
    // A second given name, or names in another order, may be similar and weigh more.
    for (first, last, member_first) in
        [("Nina", "Müller", "Nina Katharina"), ("Otto", "Otten", "Otto")]
    {
        let indexes = among_namesakes(first, last, &person(first, last, "29.11.1950", ""));
        let member = person(member_first, last, "29.11.1950", "");
        let agreement = indexes.explain(&member)[0].agreement.expect("both give names");
        assert_ne!(agreement.first_name, NameAgreement::Same, "the similar name weighs more");
        assert_eq!(finding(&indexes, &member).strength(), Strength::Candidate, "{last}");
    }
    // A differing postcode counts against the match.
    let leaked = person("Johanna", "Weidenbach", "17.11.1983", "50667");
    let moved = person("Johanna", "Weidenbach", "17.11.1983", "01067");
    let verdict = among_namesakes("Johanna", "Weidenbach", &leaked).check(&moved);
    assert!(matches!(&verdict, Verdict::NotAffected(_)) && verdict.is_partially_checked());
}

#[test]
fn a_hashed_batch_has_the_tag_of_each_row_and_none_of_a_rejected_one() {
    let key = key();
    let mut builder = IndexBuilder::new(&key, breach("leak"));
    let leaked = person("Johanna", "Weidenbach", "17.11.1983", "50667");
    let mut batch = builder.batch();
    batch.push(&Record::new().kvnr("A12"));
    batch.push(&leaked);
    let hashed = builder.hasher().hash(&batch);
    let tags = hashed.tags().to_vec();
    let added = builder.add_hashed(hashed).expect("there are few classes");
    let problems = added[0].problems();
    assert!(problems.iter().any(|problem| problem.reason == Reason::WrongLength), "{problems:?}");
    let indexes = IndexSet::new([builder.build().expect("it fits")]).expect("one index");
    assert_eq!(tags, [None, Some(indexes.explain(&leaked)[0].tag)]);
}
