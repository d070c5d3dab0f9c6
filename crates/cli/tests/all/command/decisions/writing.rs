//! The decisions file: single decisions, several processes, and processes that die.

use super::{check, counts, decide, site};

const ONE: &str = "decide --decisions decisions.csv --worklist work.csv --by Muster";

#[test]
fn a_single_decision_identifies_the_member_by_reference() {
    let site = site();
    check(&site, "--worklist work.csv");
    site.run(&format!("{ONE} --reference m2 --decision affected --reason same-person"))
        .expect(0)
        .says("1 decision taken: 1 affected");
    site.feed(
        &format!("{ONE} --reference - --decision Not-Affected --reason andere-Person"),
        "m3\n",
    )
    .expect(0)
    .says("1 decision taken: 0 affected, 1 not affected");
    check(&site, "--decisions decisions.csv");
    assert_eq!(counts(&site), [1, 1, 0, 0, 0]);
    // A later decision replaces it, and the first one can be restored.
    for (decision, reason) in [("later", "unclear"), ("affected", "same-person")] {
        site.run(&format!("{ONE} --reference m2 --decision {decision} --reason {reason}"))
            .expect(0)
            .says_all(&["1 decision taken", "; 1 replaces an earlier decision"]);
    }
    check(&site, "--decisions decisions.csv");
    assert_eq!(counts(&site), [1, 1, 0, 0, 0]);
    assert_eq!(site.read("decisions.csv").lines().count(), 5);
}

#[test]
fn wrong_usage_lists_the_valid_words() {
    let site = site();
    check(&site, "--worklist work.csv");
    for (arguments, words) in [
        ("--reference m2 --decision maybe --reason other", "affected not_affected later"),
        ("--reference m2 --decision later --reason because", "same-person other-person"),
        ("--reference m2 --decision affected --reason relative", "does not go with"),
        ("--reference m2 --decision affected", "--reason"),
        ("--reference A123456780 --decision later --reason other", "form of a value"),
        ("--from work.csv", "cannot be used with"),
    ] {
        site.run(&format!("{ONE} {arguments}")).expect(2).says(words);
    }
    // So many blanks follow the reference that the command does not read the end of the line.
    let long = format!("m2{}x\n", " ".repeat(1 << 16));
    site.feed(&format!("{ONE} --reference - --decision later --reason other"), long)
        .expect(1)
        .says("longer than 64 KiB");
    site.run("decide --decisions decisions.csv").expect(2);
    site.run("decide --decisions - --from work.csv").expect(2).says("needs a file");
    site.run(&format!("{ONE} --reference m9 --decision later --reason other")).expect_error(&[
        "work.csv",
        "no row has this reference",
        "--worklist",
    ]);
    site.run("decide --decisions decisions.csv --from members.csv")
        .expect_error(&["members.csv", "not a work list"]);
    site.write("decisions.csv", "a,b\n1,2\n");
    site.run("decide --decisions decisions.csv --from work.csv").expect_error(&[
        "decisions.csv",
        "header",
        "last good copy",
    ]);
}

#[test]
fn a_member_in_two_breaches_needs_the_name_of_one() {
    let site = site();
    site.run("build --key key --name other --output other.leakdex leak.csv").expect(0);
    let check = format!("{} --index other.leakdex", super::CHECK);
    site.run(&format!("{check} --worklist work.csv")).expect(0).says("6 matches to decide on");
    let decision = "--reference m2 --decision not-affected --reason relative";
    site.run(&format!("{ONE} {decision}")).expect_error(&["2 times", "rows 2, 3", "--breach"]);
    site.run(&format!("{ONE} {decision} --breach other")).expect(0);
    site.run(&format!("{check} --decisions decisions.csv")).expect(0);
    let decisions = super::column(&site, "decision");
    assert_eq!(decisions[1], "m2 none not_affected");
    // A second index does not change a decision.
    super::check(&site, "--decisions decisions.csv");
    assert_eq!(counts(&site), [0, 0, 0, 0, 0]);
    site.run(
        "check --key key --index other.leakdex --no-decoys --decisions decisions.csv --summary summary.json \
         members.csv",
    )
    .expect(0);
    assert_eq!(counts(&site), [0, 1, 0, 0, 0]);
}

#[test]
fn several_processes_lose_no_decision() {
    let site = site();
    check(&site, "--worklist work.csv");
    let decided = ["m2", "m3", "m4"];
    let children: Vec<_> = decided
        .iter()
        .flat_map(|reference| {
            ["A", "B", "C"].map(|by| {
                let words = format!(
                    "decide --decisions decisions.csv --worklist work.csv --by {by} --reference {reference} \
                     --decision affected --reason other"
                );
                super::super::support::piped(&mut site.command(&words))
            })
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(site.read("decisions.csv").lines().count(), 10);
    check(&site, "--decisions decisions.csv");
    assert_eq!(counts(&site), [3, 0, 0, 0, 0]);
}

#[test]
#[cfg(unix)]
fn the_file_is_private_and_holds_no_member_data() {
    let site = site();
    decide(&site, &[("m2", "betroffen", "dieselbe Person")]);
    assert_eq!(site.mode("decisions.csv"), 0o600);
    let text: String = ["decisions.csv", "work.csv"].map(|name| site.read(name)).concat();
    for value in ["Xanderberg", "Zacharias", "02.1970", "1970-02", "24103", "A123456780"] {
        assert!(!text.contains(value), "{value}");
    }
}

#[test]
fn settings_name_the_decisions_for_check_and_decide() {
    let site = site();
    check(&site, "--worklist work.csv");
    site.write("leakdex.toml", "decisions = 'decisions.csv'\n[decide]\nby = 'Muster'\n");
    site.run("decide --worklist work.csv --reference m2 --decision later --reason unclear")
        .expect(0);
    check(&site, "");
    assert_eq!(counts(&site), [0, 0, 1, 0, 0]);
    // A check with `--leak` has a one-time key, so it ignores the decisions in the settings.
    site.run("check --leak leak.csv --output f members.csv").expect(0);
    site.write("leakdex.toml", "[decide]\nworklist = 'w.csv'\n");
    site.run("decide --decisions d --from work.csv").expect(2).says("no setting 'worklist'");
}
