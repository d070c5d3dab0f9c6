//! `leakdex merge`.

use super::support::{EVA, LEAK, MAX, Site};

/// Two indexes of one key: `leak.leakdex` of the usual leak, and `other.leakdex` of another breach.
fn site() -> Site {
    let site = Site::with_index();
    site.write("other.csv", format!("E-Mail;KVNR\nmax@example.de;\nzoe@example.de;{EVA}\n"));
    site.run("build --key key --generation 3 --output other.leakdex other.csv").expect(0);
    site
}

const BOTH: &str = "--key key leak.leakdex other.leakdex";

#[test]
fn a_merged_index_names_every_breach() {
    let site = site();
    site.run(&format!("merge {BOTH} --output all.leakdex --summary s.json"))
        .expect(0)
        .says("breaches: leak other");
    site.run("verify --key key --min-generation 3 all.leakdex").expect(0);
    let found = site.run("check --key key --index all.leakdex members.csv").expect(3);
    let classes = "email-addresses health-insurance-information";
    assert!(found.stdout.contains("m1,affected,strong,email email-alias,leak other,"));
    assert!(found.stdout.contains("m4,affected,certain,kvnr,leak other,"), "{}", found.stdout);
    assert!(found.stdout.contains(classes), "{}", found.stdout);
    let summary = site.json("s.json");
    assert_eq!(summary["read"], summary["written"].as_u64().expect("a number") + 3);
    assert_eq!((&summary["erased"], &summary["generation"]), (&0.into(), &3.into()));
}

#[test]
fn an_index_can_be_replaced_by_what_becomes_of_it() {
    let site = site();
    site.run(&format!("merge {BOTH} --output leak.leakdex")).expect(0);
    site.run("merge --key key --output leak.leakdex --without-breach other leak.leakdex")
        .expect(0)
        .says("breaches: leak\n");
    let found = site.run("check --key key --index leak.leakdex members.csv").expect(3);
    assert!(found.stdout.contains(",certain,kvnr,leak,"), "{}", found.stdout);
}

#[test]
fn without_a_breach_the_index_is_as_it_was_before_the_merge() {
    let site = site();
    site.run(&format!("merge {BOTH} --output all.leakdex")).expect(0);
    site.run(
        "merge --key key --generation 0 --output back.leakdex --without-breach other all.leakdex",
    )
    .expect(0);
    assert!(site.bytes("back.leakdex") == site.bytes("leak.leakdex"));
}

#[test]
fn erased_persons_are_not_found_any_more() {
    let site = site();
    site.write("erase.csv", LEAK.lines().take(2).collect::<Vec<_>>().join("\n"));
    site.run("merge --key key --output left.leakdex --without erase.csv leak.leakdex")
        .expect(0)
        .says("1 records to erase; 0 of their identifiers were in no index");
    let input = format!("{MAX}\n{EVA}\n");
    let looked_up = site.feed("lookup --key key --index left.leakdex kvnr", input).expect(0);
    let verdicts: Vec<&str> =
        looked_up.stdout.lines().map(|line| line.split('\t').next().expect("a cell")).collect();
    assert_eq!(verdicts, ["not_affected", "affected"]);
}

#[test]
fn a_row_to_erase_that_cannot_be_used_is_an_error() {
    let site = site();
    for (rows, told) in
        [("KVNR\nA12345\n", "mend the file"), ("KVNR\n", "has a header and no rows")]
    {
        site.write("erase.csv", rows);
        site.run("merge --key key --output left.leakdex --without erase.csv leak.leakdex")
            .expect_error(&["erase.csv", told]);
        assert!(!site.exists("left.leakdex"));
    }
}

#[test]
fn a_merge_refuses_indexes_that_do_not_go_together_and_says_why() {
    let site = site();
    site.run("keygen key2").expect(0);
    site.run("build --key key2 --output foreign.leakdex leak.csv").expect(0);
    for (arguments, words) in [
        ("leak.leakdex foreign.leakdex", ["foreign.leakdex: built with key", "you gave"]),
        ("--without-breach leka leak.leakdex", ["leka: no index has a breach", "inspect"]),
        ("--without-breach leak leak.leakdex", ["nothing would be left", "delete the index"]),
        ("leak.leakdex key", ["key: not a leakdex index", "error: "]),
    ] {
        site.run(&format!("merge --key key --output all.leakdex {arguments}")).expect_error(&words);
        assert!(!site.exists("all.leakdex"));
    }
    site.run("merge --key key --output - leak.leakdex").expect(2);
    site.run("merge --key key --output key leak.leakdex").expect(2);
}

#[test]
fn indexes_of_another_scheme_or_normaliser_are_refused_and_everything_stays() {
    let site = site();
    site.write("s.json", "earlier");
    let (earlier, index) = (site.bytes("leak.leakdex"), site.bytes("other.leakdex"));
    for (from, to, words) in [
        ("hmac-sha256-64/1", "hmac-sha256-64/9", ["hmac-sha256-64/9", "does not know"]),
        ("\"normaliser\":3,", "\"normaliser\":4,", ["normaliser 4", "has normaliser 3"]),
    ] {
        // The metadata is at the beginning, and of the same length as before.
        let place = index.windows(from.len()).position(|bytes| bytes == from.as_bytes());
        let mut changed = index.clone();
        let place = place.expect("the metadata says it");
        changed[place..place + to.len()].copy_from_slice(to.as_bytes());
        site.write("other.leakdex", &changed);
        let merge = format!("merge {BOTH} --output leak.leakdex --summary s.json");
        site.run(&merge).expect_error(&["other.leakdex: ", words[0], words[1]]).prints("");
        assert!(site.bytes("leak.leakdex") == earlier, "the output was replaced");
        assert!(site.bytes("other.leakdex") == changed);
        assert_eq!(site.read("s.json"), "earlier");
    }
}

#[test]
fn a_merge_with_an_index_of_another_key_leaves_the_index_that_it_would_replace() {
    let site = site();
    site.run("keygen key2").expect(0);
    site.run("build --key key2 --output foreign.leakdex leak.csv").expect(0);
    let earlier = site.bytes("leak.leakdex");
    site.run("merge --key key --output leak.leakdex leak.leakdex foreign.leakdex")
        .expect_error(&["foreign.leakdex: built with key", "you gave"]);
    assert!(site.bytes("leak.leakdex") == earlier, "the output was replaced");
}
