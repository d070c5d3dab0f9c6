//! What a verdict says: its JSON, and its reasons.

use std::slice;

use leakdex::{FieldSet, IndexBuilder, Record, RunCaveat, Side, Sign, Verdict};
use serde_json::Value;

use crate::support::{breach, filled, index_of, key};

const IBAN: &str = "DE89370400440532013000";

fn json(verdict: &Verdict) -> Value {
    let text = serde_json::to_string(verdict).expect("to memory");
    serde_json::from_str(&text).expect("it is JSON")
}

/// The names in an object, in alphabetical order.
fn names(object: &Value) -> Vec<&str> {
    let names = object.as_object().expect("an object").keys();
    let mut names: Vec<&str> = names.map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_json_of_a_verdict_omits_what_does_not_apply() {
    let (key, leaked) = (key(), Record::new().kvnr("A123456780"));
    let index = index_of(&key, slice::from_ref(&leaked));
    let affected = json(&index.check(&leaked));
    assert_eq!(names(&affected), ["coverage", "exposure", "matched", "strength", "verdict"]);
    let whole = json(&index.check(&Record::new().kvnr("B123456782")));
    assert_eq!(names(&whole), ["coverage", "verdict"]);
    let always = ["checked", "missing", "not_held", "problems", "suspect", "unused"];
    assert_eq!(names(&whole["coverage"]), always);

    let addresses = (0..20).map(|number| Record::new().email(&format!("m{number}@example.de")));
    let mut builder = filled(IndexBuilder::new(&key, breach("leak")), addresses.chain([leaked]));
    builder.has_no_more_columns(FieldSet::EMPTY);
    builder.add_caveat(RunCaveat::of_rows(Side::Leak, Sign::CutOff, 1, 1));
    let index = builder.build().expect("it fits the format");
    let partial = json(&index.check(&Record::new().kvnr("B123456782").iban(IBAN)));
    let mut all = [&always[..], &["doubtful", "not_leaked", "out_of_reach"]].concat();
    all.sort_unstable();
    assert_eq!(names(&partial["coverage"]), all);
}

#[test]
fn the_reasons_are_codes_of_unused_values_and_caveats_that_these_do_not_explain() {
    let leaked = Record::new().kvnr("A123456780").email("eva@example.de");
    let index = index_of(&key(), slice::from_ref(&leaked));
    let other = || Record::new().kvnr("B123456782").email("max@example.de");
    let rows: [(Record, &str, &[&str]); 5] = [
        (leaked.email("nobody"), "affected", &["no-at-sign"]),
        (Record::new().kvnr("B123456782").email("nobody"), "not_affected", &["no-at-sign"]),
        (other(), "not_affected", &[]),
        // Its check digit is wrong.
        (other().kvnr("B123456789"), "not_affected", &["suspect-value"]),
        (Record::new().iban(IBAN), "indeterminate", &["kind-not-indexed"]),
    ];
    for (member, verdict, reasons) in rows {
        let found = index.check(&member);
        assert_eq!((found.slug(), &found.reasons()[..]), (verdict, reasons));
    }
}
