use std::{
    fs,
    sync::{Arc, LazyLock},
};

use leakdex::{Breach, BreachExposure, Index, IndexBuilder, IndexSet, Key, Record, Verdict};
use leakdex_report::{Age, Language};
use proptest::prelude::*;

use super::*;
use crate::{
    args::FormatOut,
    decided::MemberDecisions,
    findings::{Findings, Layout, MemberFinding},
    row_numbers::RowNumber,
};

fn read(text: impl AsRef<[u8]>) -> anyhow::Result<Previous> {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), text).expect("written");
    Previous::read(&[file.path()])
}

/// The verdict on a member who is in all these breaches, with one strength.
fn exposure(names: &[&str]) -> Verdict {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::from_bytes(&[7; 32]).expect("a key"));
    let index = |name: &&str| -> Index {
        let mut builder = IndexBuilder::new(&KEY, Breach::named(name).expect("well formed"));
        let _ = builder.add(&Record::new().kvnr("A123456780")).expect("added");
        builder.build().expect("built")
    };
    let indexes = IndexSet::new(names.iter().map(index).map(Arc::new)).expect("one key");
    indexes.check(&Record::new().kvnr("A123456780"))
}

/// A part of a finding with this strength.
fn part(name: &str, strength: Strength) -> BreachExposure {
    let verdict = exposure(&[name]);
    let finding = verdict.finding().expect("it leaked");
    let mut part = finding.exposure().by_breach()[0].clone();
    part.strength = strength;
    part
}

#[test]
fn each_known_breach_has_its_own_strength() {
    let csv = "file,row,member,verdict,strength,matched,breaches,data_classes,breach_strengths\n\
               a,1,'=m1,affected,strong,email,one two,names,strong candidate\n\
               a,2,m2,not_affected,,,,,\n";
    let json = "{\"member\":\"=m1\",\"verdict\":\"affected\",\"strength\":\"strong\",\
                \"breaches\":[\"one\",\"two\"],\"breach_strengths\":[\"strong\",\"candidate\"]}\n\
                {\"member\":\"m2\",\"verdict\":\"not_affected\",\"strength\":null,\
                \"breaches\":[],\"breach_strengths\":[]}\n";
    let letters = "letter,file,row,member,strength,breaches,breach_strengths\n\
                   0001/0000001-_m1.txt,a,1,'=m1,strong,one two,strong candidate\n";
    for (text, has_findings) in [(csv, true), (json, true), (letters, false)] {
        let previous = read(text).expect("they are findings");
        assert_eq!(previous.has_findings(), has_findings);
        for (member, breach, strength, expected) in [
            ("=m1", "one", Strength::Strong, true),
            ("=m1", "one", Strength::Candidate, true),
            ("=m1", "two", Strength::Candidate, true),
            ("=m1", "two", Strength::Probable, false),
            ("=m1", "one", Strength::Certain, false),
            ("=m1", "three", Strength::Candidate, false),
            ("'=m1", "one", Strength::Candidate, false),
            ("m2", "one", Strength::Candidate, false),
            ("", "one", Strength::Candidate, false),
        ] {
            let holds =
                previous.contains_match(member, &part(breach, strength), DecisionStatus::Undecided);
            assert_eq!(holds, expected, "{member} {breach} {strength}");
        }
    }
}

#[test]
fn findings_without_strengths_per_breach_are_exact_only_for_one_breach() {
    let header = "file,row,member,verdict,strength,matched,breaches,data_classes\n";
    let read = |rows: &str| read(format!("{header}{rows}")).expect("they are findings");
    let one = read("a,1,m1,affected,certain,kvnr,one,names\n");
    assert!(one.contains_match("m1", &part("one", Strength::Certain), DecisionStatus::Undecided));
    let two = read("a,1,m1,affected,certain,kvnr,one two,names\n");
    for breach in ["one", "two"] {
        assert!(two.contains_match(
            "m1",
            &part(breach, Strength::Candidate),
            DecisionStatus::Undecided
        ));
        assert!(!two.contains_match(
            "m1",
            &part(breach, Strength::Probable),
            DecisionStatus::Undecided
        ));
    }
    let formula = read("a,1,'=m1,affected,certain,kvnr,one,names\n");
    assert!(formula.contains("=m1") && !formula.contains("'=m1"));
    // An earlier version accepted a placeholder as a reference.
    let absent = read("a,1,-,affected,certain,kvnr,one,names\na,2,m1,not_affected,,,,\n");
    assert!(!absent.contains("-"));
}

#[test]
fn several_files_count_together_with_the_greatest_strength_of_each_breach() {
    let folder = tempfile::tempdir().expect("a folder");
    let header = "member,verdict,strength,breaches,breach_strengths\n";
    let paths = ["candidate certain", "probable candidate"].map(|strengths| {
        let strongest = if strengths.contains("certain") { "certain" } else { "probable" };
        let path = folder.path().join(strongest);
        let row = format!("{header}m1,affected,{strongest},one two,{strengths}\n");
        fs::write(&path, row).expect("written");
        path
    });
    let previous = Previous::read(&paths).expect("they are findings");
    assert!(previous.contains_match(
        "m1",
        &part("one", Strength::Probable),
        DecisionStatus::Undecided
    ));
    assert!(previous.contains_match(
        "m1",
        &part("two", Strength::Certain),
        DecisionStatus::Undecided
    ));
    assert!(!previous.contains_match(
        "m1",
        &part("one", Strength::Strong),
        DecisionStatus::Undecided
    ));
    let [one, other] = paths;
    let reversed = Previous::read(&[&other, &one]).expect("they are findings");
    assert_eq!(reversed.digest(), previous.digest());
    assert_ne!(Previous::read(&[one]).expect("findings").digest(), previous.digest());
}

#[test]
fn a_repeated_reference_identifies_nobody() {
    let header = "member,verdict,strength,breaches,breach_strengths\n";
    let row = |member: &str| format!("{member},affected,strong,one,strong\n");
    let nobody = "m1,not_affected,,,\n";
    let folder = tempfile::tempdir().expect("a folder");
    let once = folder.path().join("once");
    fs::write(&once, format!("{header}{}", row("m1"))).expect("written");
    for rows in [row("m1") + &row("m1"), row("m1") + nobody, nobody.to_owned() + &row("m1")] {
        let twice = folder.path().join("twice");
        fs::write(&twice, format!("{header}{}{rows}", row("m2"))).expect("written");
        for paths in [vec![&twice], vec![&once, &twice], vec![&twice, &once]] {
            let previous = Previous::read(&paths).expect("they are findings");
            assert!(!previous.contains("m1") && previous.contains("m2"), "{rows}");
        }
    }
}

#[test]
fn unrelated_files_and_findings_without_references_are_refused() {
    let nameless = "member,verdict,strength,breaches\n,affected,strong,one\n-,not_affected,,\n";
    let old_letters = "letter,file,row,member,strength\n0001/1.txt,a,1,m1,strong\n";
    let header = "member,verdict,strength,breaches,breach_strengths\n";
    let rows = [
        "m1,affected,strong,one two,strong\n",
        "m1,affected,strong,,\n",
        "m1,affected,big,one,strong\n",
        "m1,affected,strong,one,big\n",
        "m1,found,strong,one,strong\n",
        "m1,affected,strong\n",
        "m1,not_affected,strong,one,strong\n",
        header,
    ];
    let damaged = rows.map(|row| format!("{header}{row}"));
    let others = ["a,b\n1,2\n", "\n", "{\"a\":1}\n", "member;verdict\n", nameless, old_letters];
    for text in others.into_iter().chain(damaged.iter().map(String::as_str)) {
        assert!(read(text).is_err(), "{text}");
    }
    assert!(Previous::read(&["missing.csv"]).is_err());
    // JSONL findings without affected members.
    assert!(!read("").expect("it lists nobody").has_findings());
}

/// References that resemble numbers, formulas, quotes and each other.
fn reference() -> impl Strategy<Value = String> {
    let hostile = [
        "=m1",
        "'=m1",
        "''=m1",
        "'",
        "+49",
        "-1",
        "@a",
        "007",
        "1e5",
        "true",
        "20230115",
        "a,b",
        "a\"b",
        "\"",
        "a\nb",
        "a\r\nb",
        "ä",
        "null_",
        "{\"member\":\"m1\"}",
        "member",
        "NaN",
        "0x1",
    ];
    prop_oneof![
        proptest::sample::select(hostile.to_vec()).prop_map(str::to_owned),
        "[-'=+@,\"\n\r\t 0-9a-zA-Zä]{1,12}",
    ]
    .prop_map(|text| text.trim().to_owned())
    .prop_filter("a reference", |text| !is_placeholder(text))
}

fn name() -> impl Strategy<Value = String> {
    let odd = ["-", "-1", "--", "20230115", "007", "true", "false", "1e5", "0x1f", ".", "_", "NaN"];
    prop_oneof![proptest::sample::select(odd.to_vec()).prop_map(str::to_owned), "[-._0-9a-z]{1,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_command_reads_all_of_its_own_findings(
        members in proptest::collection::hash_set(reference(), 1..8),
        names in proptest::collection::btree_set(name(), 1..4),
        format in proptest::sample::select(vec![
            FormatOut::Csv, FormatOut::Jsonl, FormatOut::Excel, FormatOut::Xlsx,
        ]),
        language in proptest::sample::select(Language::ALL.to_vec()),
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let verdict = exposure(&names);
        let is_of_several_breaches = names.len() > 1;
        let layout = Layout { format, language, is_of_several_breaches, has_decisions: false, has_gaps: false };
        let mut findings = Findings::new(Vec::new(), layout, None).expect("to memory");
        let members: Vec<_> = members.into_iter().collect();
        let (absent, members) = members.split_first().expect("there is one");
        for (row, member) in (0..).zip(members) {
            let (member, verdict) = (member.clone(), verdict.clone());
            let found = MemberFinding {
                row,
                member,
                age: Age::Unknown,
                verdict,
                decided: MemberDecisions::default(),
            };
            let number = RowNumber { row: row + 1, shown: row + 2 };
            findings.write("-", number, &found).expect("to memory");
        }
        let written = findings.into_inner().expect("to memory");
        let previous = read(&written).expect("they are findings");
        let parts = verdict.finding().expect("it leaked").exposure().by_breach();
        prop_assert_eq!(parts.len(), names.len());
        for part in parts {
            for member in members {
                let holds = previous.contains_match(member, part, DecisionStatus::Undecided);
                prop_assert!(holds, "{:?} in {:?}", member, format);
            }
            let holds = previous.contains_match(absent, part, DecisionStatus::Undecided);
            prop_assert!(!holds, "{:?} in {:?}", absent, format);
        }
    }
}
