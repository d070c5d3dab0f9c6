//! After a failed operation, the command that failed runs again: keys, lookups, decisions and private checks.

use std::{
    fs,
    fs::File,
    path::Path,
    process::{Command, Stdio},
};

use super::{
    super::{
        decisions::{DECISION, as_text, rows_of},
        support::{EVA, MAX, Run, Site, in_campaign},
    },
    Counts, FaultedRun, run_shimmed, shim,
};

/// Copies all files of a folder, with their modes.
fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("there is room");
    }
}

/// A command that needs the results of the earlier ones.
struct Step<'a> {
    arguments: &'a str,
    /// The file for its standard input. Its answers on standard output are then the same each time.
    input: Option<&'a str>,
    /// A result that is the same each time. The others hold random numbers or times.
    result: Option<&'a str>,
}

impl Step<'_> {
    fn command(&self, site: &Site) -> Command {
        let mut command = site.command(&format!("--quiet --threads 1 {}", self.arguments));
        command.stdin(self.input.map_or_else(Stdio::null, |name| {
            File::open(site.path(name)).expect("the input is there").into()
        }));
        command
    }

    /// The answers and the result of a run, if they are the same each time.
    fn answers(&self, site: &Site, run: &Run) -> (Option<String>, Option<Vec<u8>>) {
        let result = self.result.filter(|name| site.exists(name));
        (self.input.map(|_| run.stdout.clone()), result.map(|name| site.bytes(name)))
    }

    fn run(&self, site: &Site) -> Run {
        let output = self.command(site).output().expect("the command starts");
        site.after(self.arguments.to_owned(), &output)
    }
}

const fn plain_step(arguments: &str) -> Step<'_> {
    Step { arguments, input: None, result: None }
}

/// Makes one operation of a step fail in each run. Each time, the step then runs again without a fault.
///
/// In the end, the step has run without a fault in `site`.
fn fail_and_run_again(site: &Site, step: &Step, first: usize, counts: &mut Counts) {
    let Some(shim) = shim() else {
        println!("not tested: there is no C compiler");
        return;
    };
    let reset = || {
        let trial = Site::new();
        copy_files(&site.path(""), &trial.path(""));
        trial
    };
    for number in (in_campaign(0, first)..).step_by(in_campaign(1, 61)) {
        let trial = reset();
        let mut command = step.command(&trial);
        let FaultedRun { run, operation } =
            run_shimmed(&trial, &mut command, step.arguments, "LEAKDEX_SHIM_CALL", number, shim);
        let answers = step.answers(&trial, &run);
        let again = step.run(&trial);
        let expected = step.answers(&trial, &again);
        let Some(operation) = operation else {
            assert!(matches!(run.status(), Some(0 | 3)), "{run:?}");
            break;
        };
        let at = format!("{}: {} of operation {number}", step.arguments, operation.trim());
        // A secret is never overwritten. An error after the last step may leave a complete one.
        let is_published = again.stderr.contains("is never overwritten");
        if matches!(run.status(), Some(0 | 3)) {
            assert!(is_published || run.status() == again.status(), "{at}: {run:?}, {again:?}");
            assert!(answers == expected, "{at}: other answers, {run:?}");
            counts.same += 1;
            continue;
        }
        let run = run.expect_error(&[]);
        assert!(is_published || matches!(again.status(), Some(0 | 3)), "{at}: {run:?}, {again:?}");
        let (printed, result) = answers;
        let is_start = printed.is_none_or(|printed| again.stdout.starts_with(&printed));
        assert!(is_start, "{at}: other answers, {run:?}");
        assert!(result.is_none() || result == expected.1, "{at}: a part of a result");
        counts.errors += 1;
    }
    assert!(matches!(step.run(site).status(), Some(0 | 3)), "{}", step.arguments);
}

#[test]
fn a_command_with_a_failed_operation_can_run_again() {
    let site = Site::with_index();
    site.write("numbers", format!("{MAX}\n{EVA}\n"));
    site.write(
        "leak2.csv",
        "KVNR;Nachname;Vorname;Geburtsdatum;PLZ\n;Weidenbach;Johanna;17.11.1983;50667\n",
    );
    site.write(
        "members2.csv",
        "Mitglied;Nachname;Vorname;Geburtsdatum;PLZ\nm3;Weidenbach;Friedrich;17.11.1983;50667\n",
    );
    site.run("build --key key --name other --output other.leakdex leak2.csv").expect(0);
    site.run("check --key key --index other.leakdex --no-decoys --output findings --worklist work.csv members2.csv").expect(0);
    let work = site.read("work.csv");
    let mut rows = rows_of(work.trim_start_matches('\u{feff}'), b';');
    for (cell, text) in
        rows[1][DECISION..].iter_mut().zip(["betroffen", "dieselbe Person", "E. Muster"])
    {
        text.clone_into(cell);
    }
    site.write("work.csv", as_text(&rows, b';'));

    let mut counts = Counts::default();
    let mut number = 0;
    let mut run = |step: Step| {
        number += 1;
        fail_and_run_again(&site, &step, number % 61, &mut counts);
    };
    run(plain_step("keygen new.key"));
    let lookup = "lookup --key key --index leak.leakdex kvnr";
    run(Step { input: Some("numbers"), ..plain_step(lookup) });
    run(plain_step("decide --decisions decisions.csv --from work.csv"));
    run(plain_step("private signer provider.key"));
    run(plain_step("private signer insurer.key"));
    run(plain_step("private epoch epoch.seed --name leak-2026"));
    let fingerprint = |key: &str| {
        site.run(&format!("private signer {key}")).expect(0).stdout.trim_end().to_owned()
    };
    let (provider, insurer) = (fingerprint("provider.key"), fingerprint("insurer.key"));
    let signed = "--epoch epoch.seed --signer provider.key";
    let table = format!("private table {signed} --name leak-2026 --output leak.table leak.csv");
    run(plain_step(&table));
    let grant = "private grant --ledger ledger.jsonl --epoch epoch.seed";
    run(plain_step(&format!("{grant} --insurer {insurer} --members 4000")));
    let ask = "private ask --leak-table leak.table --signer insurer.key --state state";
    run(plain_step(&format!("{ask} --provider {provider} --output request members.csv")));
    let answer = format!("private answer {signed} --ledger ledger.jsonl --output response request");
    run(plain_step(&answer));
    let finish = "private finish --leak-table leak.table --state state --request request";
    let finish = format!("{finish} --response response --output found members.csv");
    run(Step { result: Some("found"), ..plain_step(&finish) });
    assert!(shim().is_none() || counts.errors > 5, "{counts:?}");
    println!("steps: {} errors, {} with the same results", counts.errors, counts.same);
}
