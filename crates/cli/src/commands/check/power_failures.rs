//! The results of a check, and its checkpoints, on a simulated disk that loses power.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use leakdex_staging::{
    disk::{Moment, explore_all, record},
    in_campaign,
};
use rayon::ThreadPoolBuilder;
use tempfile::TempDir;

use crate::{
    args::Command,
    command_line, commands,
    status::{self, Status},
};

/// A folder with an index and two member lists, and one for results.
struct Site {
    folder: TempDir,
}

impl Site {
    fn new(rows: usize, note: usize) -> Self {
        status::set_quiet();
        let site = Self { folder: tempfile::tempdir().expect("a folder") };
        // The addresses differ in their first characters.
        let name = |number: usize| {
            format!("{:x}@example.de", number.wrapping_mul(0x9E37_79B9) % (1 << 32))
        };
        let mut leak = String::from("E-Mail\n");
        (0..rows)
            .step_by(3)
            .for_each(|number| writeln!(leak, "{}", name(number)).expect("to memory"));
        fs::write(site.path("leak.csv"), leak).expect("there is room");
        for list in ["one.csv", "two.csv"] {
            let mut members = String::from("Mitglied;E-Mail;Notiz\n");
            for number in 0..rows {
                let name = if number % 5 == 0 { "?".to_owned() } else { name(number) };
                writeln!(members, "{list}{number};{name};{}", "x".repeat(note)).expect("to memory");
            }
            fs::write(site.path(list), members).expect("there is room");
        }
        fs::create_dir(site.path("out")).expect("there is room");
        site.run("keygen @key").expect("it works");
        site.run("build --key @key --name leak --output @index @leak.csv").expect("it works");
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, line: &str) -> anyhow::Result<Status> {
        let words = line.split(' ').map(|word| match word.strip_prefix('@') {
            Some(name) => self.path(name).into(),
            None => word.into(),
        });
        let words: Vec<OsString> = [OsString::from("leakdex")].into_iter().chain(words).collect();
        match command_line::parse(&words).expect("a command line").command {
            Command::Keygen(arguments) => commands::keygen::run(&arguments),
            Command::Build(arguments) => commands::build::run(&arguments),
            Command::Check(arguments) => commands::check::run(&arguments),
            _ => panic!("another command"),
        }
    }

    /// Runs a check on one thread and records its results.
    fn record(&self, line: &str) -> Vec<Moment> {
        let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        let (status, moments) = pool.install(|| record(&self.path("out"), || self.run(line)));
        status.expect("it works");
        moments
    }

    /// Replaces the folder of results with the state after a power failure.
    fn take(&self, image: &Path) {
        fs::remove_dir_all(self.path("out")).expect("it is ours");
        fs::rename(image, self.path("out")).expect("it is ours");
    }

    /// The files in the folder of results, by their relative paths.
    fn results(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (out, mut files) = (self.path("out"), BTreeMap::new());
        let mut folders = vec![out.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("it is there") {
                let path = entry.expect("it is there").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&out).expect("it is in it").to_owned();
                    files.insert(name, fs::read(path).expect("it is there"));
                }
            }
        }
        files
    }
}

#[test]
fn after_a_power_failure_results_are_old_or_new_and_none_is_lost() {
    let names = ["letters", "findings", "rejects", "summary"];
    results_are_old_or_new(&names, " --letters @out/letters --draft");
    // Publishing letters syncs everything, so test without them too.
    results_are_old_or_new(&names[1..], "");
}

fn results_are_old_or_new(names: &[&str], letters: &str) {
    let site = Site::new(40, 10);
    let check = "check --allow-indeterminate --no-decoys --key @key --index @index --output @out/findings \
                 --rejects @out/rejects --summary @out/summary";
    site.run(&format!("{check} @one.csv")).expect("it works");
    let old = site.results();
    let moments = site.record(&format!("{check}{letters} @two.csv"));
    let new = site.results();

    let (mut olds, mut mixed, mut news) = (0, 0, 0);
    let explored = explore_all(&moments, in_campaign(2_000, 20), |image, _| {
        site.take(image);
        let found = site.results();
        let is_new = |name: &&str| below(&found, name) == below(&new, name);
        let count = names.iter().take_while(|name| is_new(name)).count();
        for (place, name) in names.iter().enumerate().skip(count) {
            assert!(below(&found, name) == below(&old, name), "{name} is neither, or not in turn");
            let part = below(&found, &format!(".{name}.leakdex-part"));
            // The file that is being renamed may have neither name.
            let can_lack = count == 0 || place == count && part.is_empty();
            assert!(can_lack || part == below(&new, name), "{name} is lost");
        }
        match count {
            0 => olds += 1,
            all if all == names.len() => news += 1,
            _ => mixed += 1,
        }
    });
    println!(
        "results: {} moments, {} states: {olds} old, {news} new, {mixed} between",
        explored.moments, explored.images
    );
    assert!(explored.images > 30 && mixed > 0 && news > 0, "{explored:?}");
}

/// A file, or the files in a folder by their relative paths.
fn below<'a>(files: &'a BTreeMap<PathBuf, Vec<u8>>, name: &str) -> BTreeMap<&'a Path, &'a [u8]> {
    let results =
        files.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(name).ok()?, &**bytes)));
    results.collect()
}

#[test]
fn after_a_power_failure_a_check_is_resumed_to_the_results_of_one_run() {
    const NAMES: [&str; 3] = ["findings", "rejects", "summary"];
    // Each list has several blocks.
    let site = Site::new(64, 5_000);
    let check = "check --allow-indeterminate --no-decoys --key @key --index @index --output @out/findings \
                 --rejects @out/rejects --summary @out/summary";
    site.run(&format!("{check} @one.csv")).expect("it works");
    let old = site.results();
    let resume = format!("{check} --resume --checkpoint-every 0 @one.csv @two.csv");
    let mut moments = site.record(&resume);
    let new = site.results();

    // Each moment costs a whole run.
    let mut number = 0;
    moments.retain(|_| {
        number += 1;
        number % in_campaign(1, 9) == 0
    });
    let (mut with_checkpoint, mut finished) = (0, 0);
    let explored = explore_all(&moments, in_campaign(30, 2), |image, _| {
        site.take(image);
        let found = site.results();
        let are_new = NAMES.map(|name| below(&found, name) == below(&new, name));
        for (name, is_new) in NAMES.iter().zip(are_new) {
            assert!(is_new || below(&found, name) == below(&old, name), "{name} is neither");
        }
        finished += usize::from(are_new.contains(&true));
        let note = Path::new(".findings.leakdex-checkpoint");
        with_checkpoint += usize::from(found.contains_key(note));
        site.run(&resume).unwrap_or_else(|error| panic!("{error:#}"));
        assert!(site.results() == new, "the results differ");
    });
    println!(
        "resumed: {} moments, {} states, {with_checkpoint} with a checkpoint, {finished} with results",
        explored.moments, explored.images
    );
    assert!(with_checkpoint > 5, "{explored:?}");
}
