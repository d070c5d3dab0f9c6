//! `build --shards`: an index in several files, checked as one.

use super::support::{FINDINGS, MAX, Site};

fn site() -> Site {
    let site = Site::with_index();
    site.run("build --key key --output shards --shards 4 leak.csv").expect(0);
    site
}

#[test]
fn an_index_in_shards_is_checked_as_a_whole_or_refused() {
    let site = site();
    assert_eq!(site.names("shards").len(), 4);
    let check = "check --key key --all --output";
    site.run(&format!("{check} one --index leak.leakdex members.csv")).expect(3);
    site.run(&format!("{check} split --index shards --summary summary members.csv")).expect(3);
    assert_eq!(site.read("one"), site.read("split"));
    assert!(site.read("one").starts_with(FINDINGS.trim_end()));
    let summary = site.json("summary");
    assert_eq!(summary["indexes"].as_array().map(Vec::len), Some(1), "it is one index");
    assert_eq!(summary["indexes"][0]["file"], "shards");
    let whole = site.json_of("verify --json --key key leak.leakdex");
    assert_eq!(summary["indexes"][0]["identifiers"], whole["identifiers"]);

    site.feed("lookup --key key --index shards kvnr", MAX).expect(0);
    let run = site.run("verify --key key shards").expect(0);
    assert!(run.stdout.starts_with("shards: verified, "), "{}", run.stdout);
    let run = site.run("inspect shards").expect(0);
    assert!(run.stdout.contains("0 of 4 (from 0)"), "{}", run.stdout);

    // A single shard cannot be checked against. Neither can an index that lacks one.
    let one = "shards/shard-001-of-004.leakdex";
    let words = ["shard-001-of-004.leakdex", "one shard of an index", "folder"];
    site.run(&format!("{check} other --index {one} members.csv")).expect_error(&words);
    site.run(&format!("merge --key key --output all leak.leakdex {one}")).expect_error(&words[1..]);
    site.run(&format!("verify --key key {one}")).expect(0);
    site.remove(one);
    let words = ["shards: shard 1 of the 4 shards", "is missing"];
    site.run(&format!("{check} other --index shards members.csv")).expect_error(&words);
    site.feed("lookup --key key --index shards kvnr", MAX).expect_error(&words);
    site.run("verify --key key shards").expect_error(&words);
    assert!(!site.exists("other") && !site.exists("all"));
}

#[test]
fn shards_need_their_own_folder_and_a_power_of_two() {
    let site = site();
    let build = "build --key key --output";
    site.run(&format!("{build} shards --shards 4 leak.csv")).expect_error(&["shards", "not empty"]);
    site.run(&format!("{build} leak.leakdex --shards 4 leak.csv")).expect_error(&["not a folder"]);
    site.run(&format!("{build} nobody/shards --shards 4 leak.csv")).expect_error(&["nobody"]);
    for wrong in ["0", "3", "512", "many"] {
        let run = site.run(&format!("{build} other --shards {wrong} leak.csv")).expect(2);
        run.says("power of two");
    }
    site.run(&format!("{build} - --shards 4 leak.csv")).expect(2).says("--output");
    assert!(!site.exists("other"));
}

#[test]
fn a_folder_without_an_index_is_an_error() {
    let site = site();
    site.make_folder("empty");
    let words = ["empty: this folder contains no index", "--shards"];
    site.run("check --key key --index empty members.csv").expect_error(&words);
    site.run("verify --key key empty").expect_error(&words);
    site.run("inspect empty").expect_error(&words);
}
