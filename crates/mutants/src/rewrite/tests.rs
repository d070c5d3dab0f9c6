use std::collections::{BTreeSet, HashSet};

use super::rewrite;
use crate::list::Mutant;

/// Rewrites a file of one line. A mutant is its genre, the text where it begins, and its replacement.
fn rewritten(text: &str, mutants: &[(&str, &str, &str)], constants: &[&str]) -> String {
    let list: Vec<Mutant> = mutants
        .iter()
        .map(|(genre, at, replacement)| {
            let start = text[..text.find(at).expect("it is there")].chars().count() + 1;
            let position = serde_json::json!({ "line": 1, "column": start });
            let json = serde_json::json!({
                "file": "", "genre": genre, "name": "", "replacement": replacement, "function": null,
                "span": { "start": position, "end": position },
            });
            serde_json::from_value(json).expect("it is a mutant")
        })
        .collect();
    let numbered: Vec<(u32, &Mutant)> = (1..).zip(&list).collect();
    let constants: BTreeSet<String> = constants.iter().map(|&name| name.to_owned()).collect();
    let rewritten = rewrite(text, &numbered, &HashSet::new(), &constants).expect("it is Rust");
    let short = rewritten.text.replace("crate::mutants::on", "on");
    syn::parse_file(&short).expect("it is still Rust");
    short
}

#[test]
fn an_operator_gets_alternatives() {
    let mutants = [("BinaryOperator", "< b", "=="), ("BinaryOperator", "< b", "<=")];
    assert_eq!(
        rewritten("fn f() -> bool { a < b }", &mutants, &[]),
        "fn f() -> bool { (if on(1) { ((a) == (b)) } else if on(2) { ((a) <= (b)) } else { a < b }) }"
    );
}

#[test]
fn a_place_counts_characters_and_not_bytes() {
    let mutants = [("BinaryOperator", "+= 1", "-=")];
    assert_eq!(
        rewritten(r#"fn f() { g("ä→"); n += 1; }"#, &mutants, &[]),
        r#"fn f() { g("ä→"); (if on(1) { ((n) -= (1)) } else { n += 1 }); }"#
    );
}

#[test]
fn a_unary_operator_is_left_out() {
    assert_eq!(
        rewritten("fn f() { g(!x.y()); }", &[("UnaryOperator", "!", "")], &[]),
        "fn f() { g((if on(1) { (x.y()) } else { !x.y() })); }"
    );
}

#[test]
fn a_function_returns_early_and_is_no_longer_const() {
    let mutants = [("FnValue", "x }", "0"), ("FnValue", "x }", "1")];
    assert_eq!(
        rewritten("const fn f() -> u8 { x }", &mutants, &[]),
        " fn f() -> u8 { if on(1) { return 0; } if on(2) { return 1; } x }"
    );
}

#[test]
fn what_cannot_be_switched_stays_as_it_is() {
    for (text, mutant) in [
        ("const fn f() -> u8 { x }", ("FnValue", "x }", "0")),
        ("const C: u8 = 1 + 2;", ("BinaryOperator", "+", "-")),
        ("fn g() -> [u8; 1 + 2] { y }", ("BinaryOperator", "+", "-")),
        ("fn g() -> impl Iterator<Item = u8> { y }", ("FnValue", "y }", "z")),
        ("fn g() { match x { _ if y => 1, A => 2, B => 3 } }", ("MatchArm", "A =>", "")),
        ("fn g() { if a && let Some(b) = c { d } }", ("BinaryOperator", "&&", "||")),
    ] {
        assert_eq!(rewritten(text, &[mutant], &["f"]), text);
    }
}

#[test]
fn an_arm_without_a_guard_gets_one() {
    assert_eq!(
        rewritten("fn f() { match x { A => 1, _ => 2 } }", &[("MatchArm", "A =>", "")], &[]),
        "fn f() { match x { A if !on(1) => 1, _ => 2 } }"
    );
}

#[test]
fn a_guard_is_replaced_and_its_arm_is_deleted() {
    let mutants = [
        ("MatchArm", "A if", ""),
        ("MatchArmGuard", "b ||", "true"),
        ("MatchArmGuard", "b ||", "false"),
        ("BinaryOperator", "||", "&&"),
    ];
    assert_eq!(
        rewritten("fn f() { match x { A if b || c => 1, _ => 2 } }", &mutants, &[]),
        "fn f() { match x { A if on(2) || !on(3) && !on(1) && \
         ((if on(4) { ((b) && (c)) } else { b || c })) => 1, _ => 2 } }"
    );
}

#[test]
fn a_field_takes_the_value_of_the_base() {
    assert_eq!(
        rewritten("fn f() { S { a: 1, ..b } }", &[("StructField", "a: 1", "")], &[]),
        "fn f() { S { a: (if on(1) { ((b).a) } else { 1 }), ..b } }"
    );
}

#[test]
fn an_expression_within_another_keeps_both_switches() {
    let mutants = [("BinaryOperator", "* c", "/"), ("BinaryOperator", "+ b", "-")];
    assert_eq!(
        rewritten("fn f() { (a + b) * c }", &mutants, &[]),
        "fn f() { (if on(1) { (((a + b)) / (c)) } else { \
         ((if on(2) { ((a) - (b)) } else { a + b })) * c }) }"
    );
}
