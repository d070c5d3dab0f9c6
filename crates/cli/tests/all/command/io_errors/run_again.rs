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
    Counts, Failed, shim, shimmed,
};

/// Copies all files of a folder, with their modes.
fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("there is room");
    }
}

/// A command; its standard input is a file of the folder. It needs no other results than those in the folder.
struct Step<'a> {
    arguments: &'a str,
    input: Option<&'a str>,
}

impl Step<'_> {
    fn command(&self, site: &Site) -> Command {
        let mut command = site.command(&format!("--quiet --threads 1 {}", self.arguments));
        command.stdin(self.input.map_or_else(Stdio::null, |name| {
            File::open(site.path(name)).expect("the input is there").into()
        }));
        command
    }

    fn run(&self, site: &Site) -> Run {
        let output = self.command(site).output().expect("the command starts");
        site.after(self.arguments.to_owned(), &output)
    }
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
    for number in (first..).step_by(in_campaign(1, 17)) {
        let trial = reset();
        let mut command = step.command(&trial);
        let Failed { run, operation } =
            shimmed(&trial, &mut command, step.arguments, "LEAKDEX_SHIM_CALL", number, shim);
        let again = step.run(&trial);
        let Some(operation) = operation else {
            assert!(matches!(run.status(), Some(0 | 3)), "{run:?}");
            break;
        };
        let at = format!("{}: {} of operation {number}", step.arguments, operation.trim());
        if matches!(run.status(), Some(0 | 3)) {
            counts.same += 1;
            continue;
        }
        let run = run.expect_error(&[]);
        // An error after the last step may leave a whole result. Nothing overwrites a secret.
        let is_published = again.stderr.contains("already exists");
        assert!(is_published || matches!(again.status(), Some(0 | 3)), "{at}: {run:?}, {again:?}");
        assert!(is_published || again.stdout.starts_with(&run.stdout), "{at}: {run:?}");
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
    let mut step = |arguments: &str, input| {
        fail_and_run_again(&site, &Step { arguments, input }, arguments.len() % 17, &mut counts);
    };
    step("keygen new.key", None);
    step("lookup --key key --index leak.leakdex kvnr", Some("numbers"));
    step("decide --decisions decisions.csv --from work.csv", None);
    step("private signer provider.key", None);
    step("private signer insurer.key", None);
    step("private epoch epoch.seed --name leak-2026", None);
    let fingerprint = |key: &str| {
        site.run(&format!("private signer {key}")).expect(0).stdout.trim_end().to_owned()
    };
    let (provider, insurer) = (fingerprint("provider.key"), fingerprint("insurer.key"));
    let signed = "--epoch epoch.seed --signer provider.key";
    step(&format!("private table {signed} --name leak-2026 --output leak.table leak.csv"), None);
    let grant = "private grant --ledger ledger.jsonl --epoch epoch.seed";
    step(&format!("{grant} --insurer {insurer} --members 4000"), None);
    let ask = "private ask --leak-table leak.table --signer insurer.key --state state";
    step(&format!("{ask} --provider {provider} --output request members.csv"), None);
    step(&format!("private answer {signed} --ledger ledger.jsonl --output response request"), None);
    let finish = "private finish --leak-table leak.table --state state --request request";
    step(&format!("{finish} --response response --output found members.csv"), None);
    println!("steps: {} errors, {} with the same results", counts.errors, counts.same);
}
