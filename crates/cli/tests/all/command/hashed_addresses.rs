//! Hashes of e-mail addresses: in the leak, in the member list, in both, and with two algorithms.

use serde_json::Value;

use super::support::Site;

const MD5_OF_ANNA: &str = "6b56db1f84a3997b902509d3fbf0a306";
const SHA1_OF_ANNA: &str = "46864313fa6d54ca75d20f478c80edfa75d92a16";
const SHA256_OF_ANNA: &str = "f7d54c22dda5b1780276601cd005909b70543fc4a6ba72d735b4cb9bbb611f01";

fn site(leak: &str, members: &str) -> Site {
    let site = Site::new();
    site.write("leak.csv", leak);
    site.write("members.csv", members);
    site
}

/// Anna, identified by this hash, and a stranger.
fn of_anna(header: &str, hash: &str) -> String {
    format!("id;{header}\nm1;{hash}\nm2;{}\n", "0a".repeat(hash.len() / 2))
}

#[test]
fn a_member_list_of_hashes_is_checked_against_a_leak_of_plain_addresses() {
    for (header, hash) in
        [("email_md5", MD5_OF_ANNA), ("email_sha1", SHA1_OF_ANNA), ("email_sha256", SHA256_OF_ANNA)]
    {
        let site = site("E-Mail\nAnna@Example.com\n", &of_anna(header, hash));
        site.run("check --all --leak leak.csv members.csv")
            .expect(0)
            .verdicts("affected not_affected");
    }
}

#[test]
fn hashes_in_a_later_member_list_are_checked_too() {
    let site = site("E-Mail\nanna@example.com\n", "id;E-Mail\nm1;eva@example.com\n");
    site.write("later.csv", of_anna("email_md5", MD5_OF_ANNA));
    site.run("check --all --leak leak.csv members.csv later.csv")
        .expect(0)
        .verdicts("not_affected affected not_affected");
    // A list on standard input can be read only once.
    let run =
        site.feed("check --all --leak leak.csv members.csv -", of_anna("email_sha1", SHA1_OF_ANNA));
    run.expect(0).verdicts("not_affected affected not_affected");
}

/// Eva's address is in the leak, but the index has neither the address nor its hash.
#[test]
fn an_index_of_hashes_says_that_it_leaves_out_plain_addresses() {
    let leak = format!("E-Mail;email_sha1\neva@example.com;\n;{SHA1_OF_ANNA}\n");
    let site = site(&leak, "E-Mail\neva@example.com\n");
    site.write("hashes.csv", format!("email_sha1\n{}\n", "0a".repeat(20)));
    site.run("keygen key").expect(0);
    site.run("build --key key --output index --kinds sha1-email leak.csv").expect(0);
    for members in ["members.csv", "hashes.csv"] {
        site.run(&format!("check --key key --index index {members} --summary s.json")).expect(0);
        assert_eq!(site.json("s.json")["partially_checked"], 1, "{members}");
    }
    let run = site.run("check --key key --index index hashes.csv").expect(0);
    run.says("some addresses are not indexed as sha1-email").says("--email-hashes sha1");
}

#[test]
fn an_index_of_plain_addresses_says_how_to_check_hashed_members() {
    let site = site("E-Mail\nanna@example.com\n", &of_anna("email_sha1", SHA1_OF_ANNA));
    site.run("keygen key").expect(0);
    site.run("build --key key --output plain leak.csv").expect(0);
    let run = site.run("check --all --key key --index plain members.csv").expect(3);
    run.says("no sha1-email is indexed")
        .says("--email-hashes sha1")
        .verdicts("indeterminate indeterminate");

    site.run("build --key key --output hashed --email-hashes sha1,md5 leak.csv").expect(0);
    site.run("check --all --key key --index hashed members.csv")
        .expect(0)
        .verdicts("affected not_affected");
    let metadata = site.json_of("inspect --json hashed");
    let kinds = metadata["kinds"].as_array().expect("a list");
    let kinds: Vec<&Value> = kinds.iter().map(|count| &count["kind"]).collect();
    assert_eq!(kinds, ["email", "email-alias", "md5-email", "sha1-email"]);
}

#[test]
fn an_all_clear_by_an_incomplete_hash_is_partial_with_the_reason() {
    let leak = format!("E-Mail;email_md5\neva@example.com;\n;{MD5_OF_ANNA}\n");
    let site = site(&leak, &of_anna("email_md5", MD5_OF_ANNA));
    site.run("keygen key").expect(0);
    for (option, is_partial) in [("", true), ("--email-hashes md5", false)] {
        site.run(&format!("build --key key --output i {option} leak.csv")).expect(0);
        let run = site.run("check --key key --index i --summary s.json members.csv").expect(0);
        assert_eq!(run.stderr.contains("--email-hashes md5"), is_partial, "{}", run.stderr);
        assert_eq!(site.json("s.json")["partially_checked"], u64::from(is_partial));
    }
}

#[test]
fn addresses_of_a_leak_are_hashed_even_if_only_other_kinds_are_indexed() {
    let site = site("E-Mail\nanna@example.com\n", &of_anna("email_md5", MD5_OF_ANNA));
    site.run("keygen key").expect(0);
    let build = "build --key key --output i --kinds kvnr --email-hashes md5 leak.csv";
    site.run(build).expect(0);
    site.run("check --all --key key --index i members.csv")
        .expect(0)
        .verdicts("affected not_affected");
}

#[test]
fn hashes_of_different_algorithms_never_match_and_the_check_reports_it() {
    let leak = format!("email_sha1\n{SHA1_OF_ANNA}\n");
    let site = site(&leak, &of_anna("email_sha256", SHA256_OF_ANNA));
    let run = site
        .run("check --all --leak leak.csv members.csv")
        .expect(3)
        .verdicts("indeterminate indeterminate");
    run.says("the leak holds sha1-email, and hashes of two kinds never match");
}

#[test]
fn email_hashes_can_be_set_in_the_settings() {
    let site = site("E-Mail\nanna@example.com\n", &of_anna("email_md5", MD5_OF_ANNA));
    site.write("leakdex.toml", "[build]\nemail-hashes = [\"md5\"]\n");
    site.run("keygen key").expect(0);
    site.run("build --key key --output i leak.csv").expect(0);
    site.run("check --all --key key --index i members.csv").expect(0);
    let wrong = site.run("build --key key --output i --email-hashes crc32 leak.csv");
    wrong.expect(2).says("md5").says("sha256");
}

#[test]
fn a_dry_run_checks_hashed_members_like_a_check() {
    let site = site("E-Mail\nanna@example.com\n", &of_anna("email_md5", MD5_OF_ANNA));
    site.run("check --explain --leak leak.csv members.csv").expect(0).prints_all(&[
        "    verdict      affected, strong: md5-email found in leak\n",
        "    verdict      not_affected: no checked value is in the leak\n",
    ]);
}

#[test]
fn an_identity_card_number_matches_its_machine_readable_zone() {
    let site = site(
        "MRZ\n\"IDD<<L9F6MKYMJ0<<<<<<<<<<<<<<<\n6408125<2010315D<<<<<<<<<<<<<4\"\n",
        "id;Ausweisnummer\nm1;L9F6 MKYMJ\nm2;C11T002JM\nm3;P1234567\n",
    );
    let run = site
        .run("check --all --leak leak.csv --rejects r.csv members.csv")
        .expect(3)
        .verdicts("affected not_affected indeterminate");
    assert!(run.stdout.contains("certain,identity-document"), "{}", run.stdout);
    assert!(run.stdout.contains("government-issued-ids"), "{}", run.stdout);
    assert!(site.read("r.csv").contains("Ausweisnummer,no-issuing-state"));
}
