//! Parses the command line and reports its errors.

use std::{
    env,
    ffi::OsString,
    io::{self, Write as _},
    process::ExitCode,
    slice,
};

use clap::{
    ArgMatches, CommandFactory as _, FromArgMatches as _,
    error::{ContextKind, ContextValue, ErrorKind},
};
use leakdex::Kind;
use leakdex_input::closest::suggestion;

use crate::{
    args::{Arguments, Form, single_value_kinds, slugs},
    examples,
    status::{self, print_error, print_message, standard_output},
    streams,
};

/// The whole command line. Help, completions and man pages are made from this definition only.
pub fn definition() -> clap::Command {
    examples::add_to(Arguments::command())
}

/// Parses the words of a command line, the program's name first.
pub fn parse(words: &[OsString]) -> Result<Arguments, clap::Error> {
    let mut definition = definition();
    let mut matches = definition.try_get_matches_from_mut(words)?;
    Arguments::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut definition))
}

/// Reports why a command line is wrong, and returns the exit status.
///
/// It does not repeat a value that was put into the command line of `lookup` or `normalize`.
///
/// # Errors
///
/// If help or version were requested and cannot be printed.
pub fn report(error: &clap::Error) -> anyhow::Result<ExitCode> {
    let matches = definition().ignore_errors(true).try_get_matches_from(env::args_os()).ok();
    let command = matches.as_ref().and_then(ArgMatches::subcommand_name);
    // The parser may stop before the command. The line may still have a value.
    let has_word = |name: &str| env::args_os().any(|word| word == name);
    let is_of = |name: &str| command.map_or_else(|| has_word(name), |command| command == name);
    let (is_lookup, is_normalize) = (is_of("lookup"), is_of("normalize"));
    let may_repeat = [
        ErrorKind::InvalidSubcommand,
        ErrorKind::UnknownArgument,
        ErrorKind::InvalidValue,
        ErrorKind::ValueValidation,
        ErrorKind::TooManyValues,
    ];
    if (is_lookup || is_normalize) && may_repeat.contains(&error.kind()) {
        let names: Vec<&str> =
            if is_lookup { single_value_kinds().collect() } else { Form::names().collect() };
        let typed = match error.get(ContextKind::InvalidValue) {
            Some(ContextValue::String(typed)) => typed,
            _ => "",
        };
        let hint = if is_lookup && typed.parse::<Kind>().is_ok_and(Kind::is_match_key) {
            "; this one is made of several fields: check a file with 'leakdex check'".to_owned()
        } else {
            suggestion(typed, names.iter().copied())
        };
        print_error(format_args!(
            "an argument is not allowed; values come from standard input, one per line, and the kinds \
             are: {}{hint}",
            slugs(names.into_iter())
        ));
    } else {
        let text = error.render().ansi().to_string();
        if error.use_stderr() {
            // Standard error may be closed.
            let _ = status::on_terminal(io::stderr()).write_all(text.as_bytes());
            let options = named_options(error);
            let has = |name: &str| options.contains(&name);
            let is_of_decisions =
                ["--decisions", "--worklist", "--leaked-rows"].into_iter().any(has);
            if error.kind() == ErrorKind::ArgumentConflict && is_of_decisions && has("--leak") {
                print_message(format_args!(
                    "a decision is bound to the key of an index, and --leak has a one-time key: build an index with \
                     'leakdex build', and give it with --key and --index\n"
                ));
            }
        } else {
            streams::refuse_unusable_output()?;
            let mut stdout = status::on_terminal(io::stdout());
            let printed = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
            printed.map_err(standard_output)?;
        }
    }
    Ok(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)))
}

/// The options that an error is about, without their values. The message also has a usage line with other options.
fn named_options(error: &clap::Error) -> Vec<&str> {
    let named =
        [ContextKind::InvalidArg, ContextKind::PriorArg].map(|kind| match error.get(kind) {
            Some(ContextValue::String(option)) => slice::from_ref(option),
            Some(ContextValue::Strings(options)) => options.as_slice(),
            _ => &[],
        });
    let options = named.into_iter().flatten();
    options.filter_map(|option| option.split_whitespace().next()).collect()
}
