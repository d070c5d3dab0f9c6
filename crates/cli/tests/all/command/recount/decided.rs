//! Work lists, decisions, and the numbers that follow from them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    super::{
        decisions::{DECISION, as_text, rows_of},
        support::Site,
    },
    truth::Truth,
};

const CHECK: &str = "check --key key --index leak.leakdex --no-decoys --output findings --summary summary \
                     --allow-indeterminate --lang en one.csv two.csv --worklist work.csv";

/// The decisions on candidates and on probable matches, in turn.
const CANDIDATES: [Option<&str>; 4] = [Some("affected"), Some("not affected"), Some("later"), None];
const PROBABLE: [Option<&str>; 3] = [Some("not affected"), None, Some("later")];

#[test]
fn every_number_of_work_lists_and_decisions_can_be_recounted() {
    let site = Site::new();
    Truth::write(&site);
    site.run("keygen key").expect(0);
    site.run("build --key key --output leak.leakdex leak.csv").expect(0);
    site.run(CHECK).expect(0);
    // Another test compares these numbers with the truth.
    let before = site.json("summary");
    let number = |of: &Value| of.as_u64().expect("a number");
    let state = |state: &str| number(&before["persons"][state]);
    let strength = |strength: &str| number(&before["persons"]["by_strength"][strength]);

    // A row for each candidate and each probable match, and for nobody else.
    let mut rows = rows_of(&site.read("work.csv"), b',');
    let mut by_strength = BTreeMap::<String, u64>::new();
    rows[1..].iter().for_each(|row| *by_strength.entry(row[2].clone()).or_default() += 1);
    assert_eq!(by_strength.len(), 2, "{by_strength:?}");
    assert_eq!(by_strength["possible"], strength("candidate"));
    assert_eq!(by_strength["probable"], strength("probable"));

    let mut decided = BTreeMap::<(bool, &str), u64>::new();
    let (mut candidates, mut probable) = (CANDIDATES.iter().cycle(), PROBABLE.iter().cycle());
    for row in &mut rows[1..] {
        let is_candidate = row[2] == "possible";
        let next = if is_candidate { candidates.next() } else { probable.next() };
        if let Some(decision) = next.copied().flatten() {
            let cells = [decision, "other reason", "E. Muster"].map(str::to_owned);
            row[DECISION..DECISION + 3].clone_from_slice(&cells);
            *decided.entry((is_candidate, decision)).or_default() += 1;
        }
    }
    site.write("filled.csv", as_text(&rows, b','));
    site.run("decide --decisions decisions.csv --from filled.csv").expect(0);
    site.run(&format!("{CHECK} --decisions decisions.csv --report r.json --report r.html"))
        .expect(0);

    let of = |is_candidate, decision| decided[&(is_candidate, decision)];
    let of_both = |decision: &'static str| {
        let sorts = [true, false].iter();
        sorts.filter_map(|is_candidate| decided.get(&(*is_candidate, decision))).sum::<u64>()
    };
    let summary = site.json("summary");
    let persons = &summary["persons"];
    let (yes, no, later) = (of(true, "affected"), of_both("not affected"), of_both("later"));
    let moved_to_open = of(false, "later");
    let confirmed = state("confirmed") + yes - of(false, "not affected") - moved_to_open;
    let to_decide = state("to_decide") - yes - of(true, "not affected") + moved_to_open;
    for (state, number) in [
        ("confirmed", confirmed),
        ("to_decide", to_decide),
        ("dismissed", no),
        ("open", state("open")),
        ("not_affected", state("not_affected")),
        ("checked", state("checked")),
    ] {
        assert_eq!(persons[state], number, "{state}");
    }
    for (name, number) in [
        ("affected", yes),
        ("not_affected", no),
        ("later", later),
        ("lapsed", 0),
        ("passed_over", 0),
        ("unmatched", 0),
    ] {
        assert_eq!(summary["decisions"][name], number, "{name}");
    }
    assert_eq!(site.json("r.json")["decisions"], summary["decisions"]);
    let sentence = format!("{yes} confirmed, {no} dismissed, {later} put off.");
    assert!(site.read("r.html").contains(&sentence), "{sentence}");
    // The next list has the matches without a decision, and the postponed ones.
    let left = rows_of(&site.read("work.csv"), b',').len() - 1;
    assert_eq!(left, rows.len() - 1 - usize::try_from(yes + no).expect("there are few"));
    // The findings agree.
    let findings = rows_of(&site.read("findings"), b',');
    let column = findings[0].iter().position(|name| name == "decision").expect("a column");
    for (slug, number) in [("affected", yes), ("not_affected", no), ("later", later)] {
        let counted = findings[1..].iter().filter(|row| row[column] == slug).count() as u64;
        assert_eq!(counted, number, "{slug}");
    }
}
