//! The private check, from keys to findings and letters.

mod equality;

use super::support::{MAX, NOBODY, Site, columns};

/// The fingerprints of the provider and the insurer.
struct Parties {
    provider: String,
    insurer: String,
}

/// Makes keys, the table of `leak.csv`, and a grant.
fn begin(site: &Site, members: u32) -> Parties {
    let fingerprint = |key: &str| {
        let run = site.run(&format!("private signer {key}")).expect(0);
        run.stdout.trim_end().to_owned()
    };
    let parties =
        Parties { provider: fingerprint("provider.key"), insurer: fingerprint("insurer.key") };
    site.run("private epoch epoch.seed --name leak-2026").expect(0);
    let table = "private table --epoch epoch.seed --signer provider.key --name leak-2026";
    site.run(&format!("{table} --output leak.table leak.csv")).expect(0);
    let grant = "private grant --ledger ledger.jsonl --epoch epoch.seed";
    let Parties { insurer, .. } = &parties;
    site.run(&format!("{grant} --insurer {insurer} --members {members}")).expect(0);
    parties
}

fn ask(site: &Site, parties: &Parties, members: &str) -> super::support::Run {
    let Parties { provider, .. } = parties;
    site.run(&format!(
        "private ask --leak-table leak.table --provider {provider} --signer insurer.key --state state \
         --output request {members}"
    ))
}

const ANSWER: &str = "private answer --epoch epoch.seed --signer provider.key --ledger ledger.jsonl \
                      --output response request";

const FINISH: &str = "private finish --leak-table leak.table --state state --request request \
                      --response response";

/// A folder in which only the last step is missing.
fn answered() -> (Site, Parties) {
    let site = Site::with_files();
    let parties = begin(&site, 4);
    ask(&site, &parties, "members.csv").expect(0);
    site.run(ANSWER).expect(0);
    (site, parties)
}

#[test]
fn a_private_exchange_ends_with_findings_report_and_letters() {
    let (site, _) = answered();
    let results = "--all --output findings.csv --report report.json --report report.md --summary summary.json \
                   --letters letters --draft --rejects rejects.csv";
    site.run(&format!("{FINISH} {results} members.csv")).expect(3);
    assert_eq!(
        super::support::verdicts(&site.read("findings.csv")),
        ["affected", "not_affected", "indeterminate", "affected"]
    );
    let summary = site.json("summary.json");
    assert_eq!(summary["affected"], 2);
    assert_eq!(
        summary["indexes"][0]["provider"],
        site.run("private signer provider.key").stdout.trim_end()
    );
    assert!(summary["coincidences"].is_null(), "{summary}");
    assert_eq!(site.json("report.json")["checked_against"][0]["source"], "table");
    let report = site.read("report.md");
    assert!(report.contains("ließ sich nicht messen, wie viele Treffer zufällig sind"), "{report}");
    assert!(site.read("letters/index.csv").contains("m1"));
}

#[test]
fn a_changed_list_gives_no_result() {
    let (site, _) = answered();
    let members = site.read("members.csv");
    for changed in [
        members.replace("Z123456783", MAX),
        format!("{members}m5;;{MAX}\n"),
        members.replace("m1;MAX@example.de;\n", ""),
    ] {
        site.write("changed.csv", changed);
        let run = site.run(&format!("{FINISH} --output findings.csv changed.csv"));
        run.expect_error(&["not those of the request"]);
        assert!(!site.exists("findings.csv"));
    }
    // A column that is not an identifier may change.
    site.write("changed.csv", members.replace("m1;", "x1;"));
    site.run(&format!("{FINISH} --output findings.csv changed.csv")).expect(3);
}

#[test]
fn a_resumed_request_has_the_same_bytes() {
    let (site, parties) = answered();
    let (request, response, state) =
        (site.bytes("request"), site.bytes("response"), site.bytes("state"));
    site.remove("request");
    ask(&site, &parties, "members.csv").expect(0).says("continues with");
    assert_eq!(site.bytes("request"), request);
    assert_eq!(site.bytes("state"), state);
    site.run(ANSWER).expect(0).says("charged before");
    assert!(site.bytes("response") == response, "the same request has the same response");
    site.write("others.csv", "Mitglied;KVNR\nm9;Z123456783\n");
    ask(&site, &parties, "others.csv").expect_error(&["state", "not those of the request"]);
    assert_eq!(site.bytes("request"), request, "the refused run changes nothing");
}

#[test]
fn requests_above_the_quota_are_refused_and_recorded() {
    let (site, parties) = answered();
    site.remove("state");
    site.remove("response");
    ask(&site, &parties, "members.csv").expect(0);
    site.run(ANSWER).expect_error(&["request", "1 granted", "1 already used"]);
    assert!(!site.exists("response"));
    assert!(site.read("ledger.jsonl").contains("\"what\":\"refused\""));
    let grant = format!("--epoch epoch.seed --insurer {}", parties.insurer);
    let shown = site.run(&format!("private grant --ledger ledger.jsonl {grant}")).expect(0);
    assert!(shown.stdout.contains("kvnr: 1 batch granted, 1 used"), "{}", shown.stdout);
    site.run(&format!("private grant --ledger ledger.jsonl {grant} --members 4")).expect(0);
    site.run(ANSWER).expect(0);
}

#[test]
fn a_table_of_another_epoch_signer_or_generation_is_refused() {
    let (site, parties) = answered();
    site.run("private signer other.key").expect(0);
    let table = "private table --name leak-2026 --output other.table leak.csv";
    site.run(&format!("{table} --epoch epoch.seed --signer other.key")).expect(0);
    let finish = FINISH.replace("leak.table", "other.table");
    site.run(&format!("{finish} members.csv")).expect_error(&["other.table", "signed by"]);
    site.run("private epoch other.seed --name leak-2026").expect(0);
    site.run(&format!("{table} --epoch other.seed --signer provider.key")).expect(0);
    site.run(&format!("{finish} members.csv")).expect_error(&["another epoch"]);
    let newer = format!("{FINISH} --min-generation 1 members.csv");
    site.run(&newer).expect_error(&["leak.table", "generation 0"]);
    let refused =
        ask(&site, &Parties { provider: parties.insurer.clone(), ..parties }, "members.csv");
    refused.expect_error(&["leak.table", "compare this fingerprint"]);
}

#[test]
fn an_audit_finds_a_stranger() {
    let (site, _) = answered();
    let challenge = "07".repeat(32);
    let open =
        "private open --leak-table leak.table --state state --signer insurer.key --request request";
    // With so many samples of 12,288 elements, each of the four identifiers is drawn.
    let sample = format!("--challenge {challenge} --samples 60000");
    site.run(&format!("{open} {sample} --output openings members.csv")).expect(0);
    let audit =
        format!("private audit --request request --openings openings {sample} --output left.csv");
    site.run(&format!("{audit} members.csv")).expect(0).prints_all(&["0 identifiers"]);
    site.write("books.csv", "Mitglied;KVNR\nm2;Z123456783\nm4;Q123456784\n");
    site.run(&format!("{audit} books.csv")).expect(3).prints_all(&["1 identifier"]);
    assert_eq!(site.read("left.csv"), "kind,identifier\nemail,\"max@example.de\"\n");
    let other = format!(
        "private audit --request request --openings openings --output left.csv \
                         --challenge {} --samples 60000",
        "08".repeat(32)
    );
    site.run(&other).expect_error(&["openings"]);
}

#[test]
fn no_secret_is_in_any_private_message_or_file() {
    let (site, _) = answered();
    let secrets = ["provider.key", "insurer.key", "epoch.seed"].map(|name| {
        site.read(name).trim_end().rsplit(':').next().expect("a secret has a colon").to_owned()
    });
    let state = site.read("state");
    let seed = state.split("\"seed\":\"").nth(1).expect("a state has a seed")[..64].to_owned();
    let shown = site.run(&format!("{FINISH} --all members.csv")).expect(3);
    let again = site.run(ANSWER).expect(0);
    let refused = site.run(&ANSWER.replace("epoch.seed", "state")).expect(1);
    let mut texts: Vec<Vec<u8>> = [shown, again, refused]
        .into_iter()
        .flat_map(|run| [run.stdout.into_bytes(), run.stderr.into_bytes()])
        .collect();
    texts
        .extend(["leak.table", "request", "response", "ledger.jsonl"].map(|name| site.bytes(name)));
    let values = ["MAX@example.de", "max@example.de", "Z123456783", "A123456780", "Muster"];
    for text in &texts {
        for secret in secrets.iter().chain([&seed]) {
            assert!(!holds(text, secret.as_bytes()), "a secret is shown");
            assert!(!holds(text, &hex_bytes(secret)), "a secret is there");
        }
        assert!(!values.iter().any(|value| holds(text, value.as_bytes())), "a value is shown");
    }
    // The search does find bytes that are present.
    let provider = site.run("private signer provider.key").expect(0).stdout;
    assert!(texts.iter().any(|text| holds(text, &hex_bytes(provider.trim_end()))));
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

fn hex_bytes(digits: &str) -> Vec<u8> {
    hex::decode(digits).expect("hex digits")
}

#[test]
#[cfg(unix)]
fn only_their_owner_can_read_private_files() {
    let (site, _) = answered();
    for name in [
        "provider.key",
        "insurer.key",
        "epoch.seed",
        "state",
        "leak.table",
        "request",
        "response",
        "ledger.jsonl",
    ] {
        assert_eq!(site.mode(name), 0o600, "{name}");
    }
    for name in ["epoch.seed", "provider.key"] {
        site.set_mode(name, 0o644);
        site.run(ANSWER).expect_error(&[name, "chmod 600"]);
        site.set_mode(name, 0o600);
    }
    site.set_mode("state", 0o640);
    site.run(&format!("{FINISH} members.csv")).expect_error(&["state", "chmod 600"]);
}

#[test]
fn a_secret_is_never_overwritten_and_file_types_are_never_confused() {
    let (site, _) = answered();
    let seed = site.read("epoch.seed");
    site.run("private epoch epoch.seed --name other").expect_error(&["epoch.seed", "exists"]);
    assert_eq!(site.read("epoch.seed"), seed);
    site.run("private signer epoch.seed").expect_error(&["epoch.seed", "not a valid signing key"]);
    let answer = ANSWER.replace("request", "response").replace("--output response", "--output r");
    site.run(&answer).expect_error(&["not a request of a private check"]);
    let finish = FINISH.replace("--response response", "--response request");
    site.run(&format!("{finish} members.csv")).expect_error(&["not a response of a private check"]);
    site.run(&format!("{FINISH} -")).expect(2).says("several times");
    site.run("private epoch e --name x --kinds kvnr,email,iban,phone")
        .expect(2)
        .says("three kinds");
}

#[test]
fn records_of_two_generations_of_a_table_are_not_added_up() {
    let site = Site::with_files();
    // An address in too many records would identify nobody.
    let mut leak = "E-Mail;KVNR;Nachname;Vorname;Geburtsdatum\n".to_owned();
    for number in 0..40 {
        let day = number % 28 + 1;
        leak += &format!("max@example.de;;Muster;Max;{day:02}.02.1970\n");
    }
    site.write("leak.csv", leak);
    let parties = begin(&site, 8);
    let table =
        "private table --epoch epoch.seed --signer provider.key --name leak-2026 --generation 2";
    site.run(&format!("{table} --output newer.table leak.csv")).expect(0);
    ask(&site, &parties, "members.csv").expect(0);
    site.run(ANSWER).expect(0);
    let strength = |more: &str| {
        let run = site.run(&format!("{FINISH} {more} members.csv")).expect(3);
        run.stdout.lines().nth(1).expect("a finding").split(',').nth(4).map(str::to_owned)
    };
    assert_eq!(strength("").as_deref(), Some("strong"));
    assert_eq!(strength("--leak-table newer.table").as_deref(), Some("strong"));
    site.run(&format!("{FINISH} --table-id {} members.csv", "07".repeat(16)))
        .expect_error(&["leak.table", "another one is required"]);
}

#[test]
fn no_result_replaces_a_file_of_the_exchange() {
    let (site, parties) = answered();
    let state = site.read("state");
    for result in ["--output state", "--output response", "--summary request"] {
        site.run(&format!("{FINISH} {result} members.csv")).expect(2).says("is an input");
    }
    site.run("private signer other.key").expect(0);
    let other = format!(
        "private ask --leak-table leak.table --provider {} --signer other.key --state state \
                         --output request members.csv",
        parties.provider
    );
    site.run(&other).expect_error(&["state", "belongs to the request"]);
    assert_eq!(site.read("state"), state);
    for command in [
        ANSWER.replace("--output response", "--output -"),
        other.replace("--output request", "--output -"),
    ] {
        site.run(&command).expect(2).says("cannot be a stream");
    }
    site.run("private signer provider.key --config nothing.toml").expect(2).says("no settings");
}

#[test]
fn an_address_with_a_tag_is_a_gap_in_a_table_without_aliases() {
    let site = Site::new();
    site.write("leak.csv", format!("E-Mail;KVNR\nmax@example.de;{MAX}\n"));
    let members = format!("m1;zoe+news@example.de;{NOBODY}\nm2;zoe@example.de;{NOBODY}\n");
    site.write("members.csv", format!("Mitglied;E-Mail;KVNR\n{members}"));
    let parties = begin(&site, 4);
    let table = "private table --epoch epoch.seed --signer provider.key --name leak-2026";
    let run = site.run(&format!("{table} --output other.table leak.csv")).expect(0);
    run.says("addresses are indexed without email-alias");
    ask(&site, &parties, "members.csv").expect(0);
    site.run(ANSWER).expect(0);
    let found = site.run(&format!("{FINISH} --all members.csv")).expect(0).stdout;
    let expected = [["m1", "not_affected", "field-not-compared:email"], ["m2", "not_affected", ""]];
    assert_eq!(
        columns(&found, ["member", "verdict", "gaps"]),
        expected.map(|row| row.map(str::to_owned))
    );
}
