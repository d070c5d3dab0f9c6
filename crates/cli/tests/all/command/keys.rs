//! Keys are made once, readable by their owner only, never overwritten, and never confused.

use super::support::{MAX, Site};

/// The commands that use a key.
#[cfg(unix)]
const COMMANDS: [&str; 4] = [
    "build --key key --output leak.leakdex leak.csv",
    "check --key key --index leak.leakdex members.csv",
    "lookup --key key --index leak.leakdex kvnr",
    "verify --key key leak.leakdex",
];

#[test]
fn keygen_makes_a_private_key_file_and_prints_only_its_id() {
    let site = Site::new();
    let run = site.run("keygen my.key").expect(0);
    let content = site.read("my.key");
    let digits = content.trim_end().strip_prefix("leakdex-key-v1:").expect("a key file");
    assert_eq!(digits.len(), 64);
    assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{content}");
    assert!(run.stdout.contains("my.key"), "{}", run.stdout);
    for part in 0..=(64 - 8) {
        assert!(!run.stdout.contains(&digits[part..part + 8]), "a part of the key is printed");
    }
    #[cfg(unix)]
    assert_eq!(site.mode("my.key"), 0o600);
}

#[test]
fn keygen_never_overwrites() {
    let site = Site::new();
    site.write("key", "precious");
    site.run("keygen key").expect_error(&["key"]);
    assert_eq!(site.read("key"), "precious");
    site.run("keygen nowhere/key").expect_error(&["nowhere/key"]);
}

#[test]
#[cfg(unix)]
fn a_key_that_others_can_read_is_refused_with_the_fixing_command() {
    let site = Site::with_index();
    for bits in [0o640, 0o604, 0o660, 0o644] {
        site.set_mode("key", bits);
        for command in COMMANDS {
            site.run(command).expect_error(&["key", "chmod 600"]).prints("");
        }
    }
    site.set_mode("key", 0o400);
    site.run("verify --key key leak.leakdex").expect(0);
}

#[test]
#[cfg(unix)]
fn a_key_of_another_user_is_refused_with_advice() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let site = Site::with_index();
    let user = site.path("key").metadata().expect("it was just made").uid();
    if let Err(error) = chown(site.path("key"), Some(user + 1), None) {
        eprintln!("not shown, since only root can give a file away: {error}");
        return;
    }
    let owner = format!("uid {}", user + 1);
    for command in COMMANDS {
        site.run(command).expect_error(&["key", &owner, "chown"]).prints("");
    }
}

#[test]
#[cfg(unix)]
fn a_pipe_as_key_file_is_refused_without_waiting() {
    let site = Site::with_index();
    site.make_pipe("pipe");
    site.run("verify --key pipe leak.leakdex").expect_error(&["pipe", "not a regular file"]);
    site.run("verify --key . leak.leakdex").expect_error(&["not a regular file"]);
}

#[test]
fn a_missing_or_other_file_is_not_a_key() {
    let site = Site::with_index();
    site.write("wrong", "leakdex-key-v1:0123\n");
    site.set_mode("wrong", 0o600);
    site.run("verify --key wrong leak.leakdex").expect_error(&["wrong", "keygen"]);
    site.run("verify --key nobody leak.leakdex").expect_error(&["nobody"]);
    let earlier = site.bytes("leak.leakdex");
    site.run("build --key nobody --output leak.leakdex leak.csv").expect_error(&["nobody"]);
    assert!(site.bytes("leak.leakdex") == earlier, "the index was replaced");
    site.run("verify --key leak.leakdex leak.leakdex").expect_error(&["leak.leakdex", "keygen"]);
}

#[test]
fn a_wrong_key_is_refused_and_both_keys_are_named() {
    let site = Site::with_index();
    site.run("keygen other").expect(0);
    site.run("build --key other --output other.leakdex leak.csv").expect(0);
    let id = |index: &str| {
        let metadata = site.json_of(&format!("inspect --json {index}"));
        metadata["key_id"].as_str().expect("an id").to_owned()
    };
    let (built_with, given) = (id("leak.leakdex"), id("other.leakdex"));
    let words = ["leak.leakdex", &*built_with, &*given];
    site.run("check --key other --index leak.leakdex members.csv").expect_error(&words).prints("");
    site.feed("lookup --key other --index leak.leakdex kvnr", MAX).expect_error(&words).prints("");
    site.run("verify --key other leak.leakdex").expect_error(&words);
    site.run("check --key other --index other.leakdex --index leak.leakdex members.csv")
        .expect_error(&words)
        .prints("");
}
