//! A provider that is killed at any moment.

use std::{
    env, fs,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use leakdex::Kind;
use leakdex_private::{CheckedRequest, Epoch, Ledger, Request, Response, Signer, answer};
use leakdex_staging::Staged;

use crate::provider::{World, time};

/// The variable with the folder in which a child of this test answers requests.
const FOLDER: &str = "LEAKDEX_TEST_ANSWERS_IN";

/// The variable with the step after which the child dies.
const DIES_AFTER: &str = "LEAKDEX_TEST_DIES_AFTER";

const REQUESTS: u64 = 4;

fn request_in(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("request-{number}"))
}

fn response_in(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("response-{number}"))
}

/// Answers all requests of a folder, as the command does.
fn answer_all(folder: &Path) {
    let read = |name: &str| fs::read(folder.join(name)).expect("it is there");
    let epoch = Epoch::from_text(&read("epoch")).expect("a seed");
    let signer = Signer::from_text(&read("signer")).expect("a key");
    let ledger = Ledger::at(folder.join("ledger"));
    for number in 0..REQUESTS {
        let source = File::open(request_in(folder, number)).expect("it is there");
        let mut request = Request::open(BufReader::new(source)).expect("it is sound");
        let checked = CheckedRequest::new(&epoch, &mut request).expect("it is of this epoch");
        let charged = ledger.charge(&checked, time()).expect("it was granted");
        die_after("charge");
        let mut staged = Staged::create(&response_in(folder, number)).expect("there is room");
        let id = answer(checked, &charged, &signer, |_, _| (), &mut staged).expect("it is sound");
        staged.sync().expect("there is room");
        die_after("write");
        staged.publish().expect("there is room");
        ledger.answered(&charged, id, time()).expect("there is room");
    }
}

fn die_after(step: &str) {
    if env::var_os(DIES_AFTER).is_some_and(|chosen| chosen == step) {
        std::process::abort();
    }
}

#[test]
#[ignore = "the test below runs and kills it"]
fn the_child_that_answers() {
    if let Some(folder) = env::var_os(FOLDER) {
        answer_all(Path::new(&folder));
    }
}

#[test]
fn a_provider_killed_at_any_moment_leaves_no_response_without_its_charge() {
    let world = World::new(&[Kind::Kvnr]);
    world.grant(REQUESTS);
    let folder = world.folder.path();
    fs::write(folder.join("epoch"), world.epoch.to_text().as_bytes()).expect("there is room");
    fs::write(folder.join("signer"), world.provider.to_text().as_bytes()).expect("there is room");
    let requests: Vec<_> = (0..REQUESTS).map(|seed| world.request(seed, 1)).collect();
    for (number, request) in (0..).zip(&requests) {
        fs::write(request_in(folder, number), request).expect("there is room");
    }

    let child = || {
        let mut child = Command::new(env::current_exe().expect("this is a program"));
        child.args(["--exact", "killed::the_child_that_answers", "--ignored"]).env(FOLDER, folder);
        child.stdout(Stdio::null()).stderr(Stdio::null());
        child
    };
    // A child that dies between a charge and its response leaves a request charged, but not answered.
    for step in ["charge", "write"] {
        let status = child().env(DIES_AFTER, step).status().expect("this program runs");
        assert!(!status.success(), "it died after the {step}");
        assert_eq!(charges(&world).len(), 1, "the first request is charged once");
        assert!(!response_in(folder, 0).exists(), "after the {step}");
    }

    let rounds = if env::var_os("LEAKDEX_CAMPAIGN").is_some() { 400 } else { 12 };
    for round in 0..=rounds {
        let mut child = child().spawn().expect("this program runs");
        if round == rounds {
            let status = child.wait().expect("it is a child");
            assert!(status.success(), "the last child answers everything");
        } else {
            // The child takes a quarter of a second. It spends only a small part of that time on writing.
            thread::sleep(Duration::from_millis(3 + 37 * round % 301));
            child.kill().expect("it is a child");
            child.wait().expect("it is a child");
        }
        let charged = charges(&world);
        assert!(charged.len() as u64 <= REQUESTS, "nothing is charged twice");
        for (number, request) in (0..).zip(&requests) {
            let path = response_in(folder, number);
            let Ok(file) = File::open(&path) else { continue };
            let response = Response::open(BufReader::new(file)).expect("it is whole");
            assert_eq!(response.request().to_string(), crate::forge::id_of(request));
            let charge = (response.charge().seq, response.charge().digest.to_string());
            assert!(charged.contains(&(response.request().to_string(), charge)), "round {round}");
        }
        if round + 1 < rounds && charged.len() as u64 == REQUESTS {
            // The next round must publish this response again.
            fs::remove_file(response_in(folder, round % REQUESTS)).ok();
        }
    }
    for (number, request) in (0..).zip(&requests) {
        let published = fs::read(response_in(folder, number)).expect("all are answered");
        assert!(world.answer(request).expect("it was charged") == published);
    }
    assert_eq!(world.accounts(), [(REQUESTS, REQUESTS)]);
}

/// The requests that the whole lines of the ledger charge, each with its line.
fn charges(world: &World) -> Vec<(String, (u64, String))> {
    // The ledger is sound, whatever happened.
    world.accounts();
    let text = fs::read_to_string(world.ledger.path()).expect("there is a ledger");
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let lines =
        whole.map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line is JSON"));
    let text_of = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let charges = lines.filter(|line| line["what"] == "charge").map(|line| {
        let seq = line["seq"].as_u64().expect("a number");
        (text_of(&line["request"]), (seq, text_of(&line["digest"])))
    });
    charges.collect()
}
