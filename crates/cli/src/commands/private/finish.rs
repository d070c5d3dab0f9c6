//! `leakdex private finish`: checks members with the response of a provider.

use std::time::Instant;

use anyhow::Context as _;
use leakdex::IndexSet;
use leakdex_private::{Error, FileType, Finisher, Request, Response, State, Table, TableHits};
use leakdex_report::{Insurer, TableNames};

use super::{
    lists::{Lists, refuse_streams},
    load, open, open_tables,
};
use crate::{
    args::{Check, DecisionArguments, FinishArguments},
    commands::check,
    human::{by_number, counted},
    inputs::Inputs,
    output,
    status::{Status, print_info, time_for_people},
};

pub fn run(arguments: &FinishArguments) -> anyhow::Result<Status> {
    refuse_streams(&arguments.members)?;
    let FinishArguments { state, request, response, findings, results, letters, .. } = arguments;
    let written = findings.output.iter().chain(&findings.report).chain(&findings.notices.notice);
    let written = written.chain(&letters.letters).chain(&letters.mail_merge);
    let written = written.chain(&results.rejects).chain(&results.summary);
    output::refuse_conflicts(written, [state, request, response])?;
    let state = load(state, State::from_text)?;
    let check = as_check(arguments);
    let find =
        check::Search { year: state.year(), find: &mut |inputs| find(arguments, &state, inputs) };
    check::run_against(&check, Some(find))
}

/// The check against the found entries. It looks up no decoys: a provider would charge them, and an audit
/// would report them as identifiers of strangers.
fn as_check(arguments: &FinishArguments) -> Check {
    let FinishArguments { tables, findings, input, results, letters, members, .. } = arguments;
    Check {
        key: Vec::new(),
        index: tables.tables.clone(),
        min_generation: tables.min_generation,
        leak: None,
        name: None,
        breach: None,
        findings: findings.clone(),
        resume: false,
        checkpoint_every: 0,
        no_decoys: true,
        explain: None,
        explain_match: None,
        input: input.clone(),
        results: results.clone(),
        letters: letters.clone(),
        insurer: Insurer::default(),
        decision_settings: DecisionArguments::default(),
        members: members.clone(),
    }
}

/// Verifies the response, and finds the entries that the members hit.
fn find(
    arguments: &FinishArguments,
    state: &State,
    inputs: &Inputs,
) -> anyhow::Result<(IndexSet, check::PrivateCheck)> {
    let start = Instant::now();
    let tables = open_tables(&arguments.tables, &state.provider(), inputs)?;
    let lists = Lists::new(inputs, &arguments.members)?;
    let in_request = || arguments.request.display().to_string();
    let in_response = || arguments.response.display().to_string();
    let mut request = Request::open(open(&arguments.request)?).with_context(in_request)?;
    let mut response = Response::open(open(&arguments.response)?).with_context(in_response)?;

    let in_file = |error: Error| {
        let path = match error.file() {
            Some(FileType::Table) => &arguments.tables.tables[0],
            Some(FileType::Request) => &arguments.request,
            Some(_) => &arguments.response,
            None => &arguments.state,
        };
        anyhow::Error::new(error).context(path.display().to_string())
    };
    let finisher = Finisher::new(state, &tables, &mut request, &mut response);
    let mut finisher = finisher.map_err(in_file)?;
    let empty = tables[0].batch();
    while let Some(mut pass) = finisher.next_pass()? {
        lists.for_each_batch(&empty, false, |batch| pass.feed(batch).map_err(in_file))?;
        pass.end().map_err(in_file)?;
    }
    let (found, digest) = finisher.finish().map_err(in_file)?;
    let identifiers: usize = found.iter().map(TableHits::len).sum();
    let time = time_for_people(start).map(|time| format!(" in {} s", time.as_secs()));
    print_info(format_args!(
        "the response is verified: {} of members {} in the leak{}\n",
        counted(identifiers as u64, "identifier"),
        by_number(identifiers as u64, "is", "are"),
        time.unwrap_or_default()
    ));
    let indexes = found.into_iter().map(TableHits::into_index);
    let indexes = IndexSet::new(indexes.collect::<Result<Vec<_>, _>>()?)?;
    let names = |table: &Table| TableNames {
        table_id: table.id().to_string(),
        provider: table.provider().to_string(),
        generation: table.description().generation,
    };
    let requested = (empty, tables[0].requested_kinds());
    let found =
        check::PrivateCheck { tables: tables.iter().map(names).collect(), requested, digest };
    Ok((indexes.with_normaliser(inputs.normaliser()), found))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        args::{Command, PrivateCommand},
        command_line, commands,
    };

    /// The check reopens the second list after the entries were found. A member who was added in between
    /// was never requested.
    #[test]
    fn a_list_changed_after_the_search_gives_no_result() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let command = |line: &str| {
            let words =
                line.split(' ').map(|word| word.strip_prefix('@').map_or(word.into(), path));
            let words = ["leakdex".to_owned(), "private".to_owned()].into_iter().chain(words);
            let words: Vec<std::ffi::OsString> = words.map(Into::into).collect();
            let parsed = command_line::parse(&words).expect("a command line");
            let Command::Private(private) = parsed.command else { panic!("another command") };
            private.command
        };
        let run = |line: &str| commands::private::run(&command(line)).expect("it works");
        let fingerprint = |name: &str| {
            let _ = run(&format!("signer @{name}"));
            super::super::load_signer(std::path::Path::new(&path(name)))
                .expect("a key")
                .fingerprint()
        };
        fs::write(path("leak.csv"), "KVNR\nA123456780\n").expect("written");
        fs::write(path("one.csv"), "Nr;KVNR\n1;Q123456784\n").expect("written");
        fs::write(path("two.csv"), "Nr;KVNR\n2;Z123456783\n").expect("written");
        let (provider, insurer) = (fingerprint("provider"), fingerprint("insurer"));
        let _ = run("epoch @seed --name leak --kinds kvnr");
        let _ = run("table --epoch @seed --signer @provider --output @table @leak.csv");
        let grant = format!("grant --ledger @ledger --epoch @seed --insurer {insurer} --members 9");
        let _ = run(&grant);
        let ask = format!("ask --leak-table @table --provider {provider} --signer @insurer");
        let _ = run(&format!("{ask} --state @state --output @request @one.csv @two.csv"));
        let answer = "answer --epoch @seed --signer @provider --ledger @ledger";
        let _ = run(&format!("{answer} --output @response @request"));

        let finish = "finish --leak-table @table --state @state --request @request --response \
                      @response --output @findings @one.csv @two.csv";
        let PrivateCommand::Finish(arguments) = command(finish) else { panic!("another command") };
        let state = load(&arguments.state, State::from_text).expect("a state");
        for (added, is_finished) in [("", true), ("3;A123456780\n", false)] {
            let find = &mut |inputs: &Inputs| {
                let found = find(&arguments, &state, inputs)?;
                fs::write(path("two.csv"), format!("Nr;KVNR\n2;Z123456783\n{added}"))?;
                Ok(found)
            };
            let find = check::Search { year: state.year(), find };
            let outcome = check::run_against(&as_check(&arguments), Some(find));
            assert_eq!(outcome.is_ok(), is_finished, "{added}");
            if let Err(error) = outcome {
                let error = error.downcast::<Error>().expect("an error of the private check");
                assert!(matches!(error, Error::ListChanged), "{error}");
            }
            assert_eq!(fs::remove_file(path("findings")).is_ok(), is_finished, "{added}");
        }
    }
}
