//! What a run knows of references survives its end.

use std::fs;

use super::{BOTH, CHECK, RESUME, expect, members, packed, site};
use crate::command::support::kvnr;

#[test]
fn a_resumed_run_knows_the_references_in_what_it_passes_over() {
    let site = site();
    expect(&site, &format!("{CHECK} one.csv"), 0, &[]);
    fs::rename(site.path("findings"), site.path("earlier")).expect("it is there");
    // At its end, the second list has the reference of a member whom the earlier findings know.
    let again = format!("eins3;{};;\n", kvnr(1)).into_bytes();
    let whole = packed(&[members("zwei", 2000), again].concat());
    site.write("two.csv.gz", &whole[..whole.len() / 2]);
    let run = format!("{RESUME} --previous earlier {BOTH}");
    expect(&site, &run, 1, &["the same command goes on"]);
    site.write("two.csv.gz", &whole);
    let words = ["goes on after", "one.csv, row 4: another", "1 further", "--previous knows it"];
    expect(&site, &run, 1, &words);
}
