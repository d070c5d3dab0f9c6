//! `leakdex.toml`: settings in a file, which keep the command line of a nightly job short.
//!
//! A setting is a long option of the command line or the files that a command reads. Settings are appended
//! to the words of the command line, unless the command line already gives them. The parser thus judges
//! both alike, and options are defined only once.

mod file;

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgMatches, Command, error::ErrorKind, parser::ValueSource};
use leakdex_input::{Mapping, one_line};
use leakdex_report::{Insurer, SheetFormat};
use toml::Value;

use self::file::ConfigFile;
use crate::{
    args::{DEPENDENT, ForFile, FormatOut, is_same_header},
    command_line, output, patterns,
    status::{print_info, print_message},
};

/// The commands that read settings.
const COMMANDS: [&str; 7] = ["build", "check", "decide", "lookup", "merge", "normalize", "verify"];

/// The settings that were added to a command line.
#[derive(Default)]
pub struct Settings {
    /// The file, as the user named it.
    file: String,
    /// The settings that were used.
    used: Vec<UsedSetting>,
    /// Messages that appear even with `--quiet`, since these settings reduce what is checked.
    relaxations: Vec<String>,
    /// The insurer, for commands that write in its name.
    insurer: Option<Insurer>,
}

/// A setting that was used.
struct UsedSetting {
    /// The name.
    name: String,
    /// Texts that identify this setting in a parser error. An error that contains all of them is about the
    /// setting.
    signs: Vec<String>,
}

/// Completes the words of a command line with settings from a file.
pub fn complete(words: Vec<OsString>) -> anyhow::Result<(Vec<OsString>, Settings)> {
    let mut definition = command_line::definition().ignore_errors(true);
    definition.build();
    // The final parsing reports any errors in the words.
    let matches = definition.try_get_matches_from_mut(&words).ok();
    let given = matches.as_ref().and_then(ArgMatches::subcommand);
    let given = given.filter(|(name, _)| COMMANDS.contains(name) || *name == file::COLUMNS);
    let file = given.map(|(_, given)| find(given)).transpose()?.flatten();
    let (Some((name, given)), Some(file)) = (given, file) else {
        return Ok((words, Settings::default()));
    };
    let file = ConfigFile::read(&file, &definition)?;
    let command = definition.find_subcommand(name).expect("the parser has just found it");
    let (words, mut settings) = fill(words, &file, command, given)?;
    if name == "check" {
        settings.insurer = file.insurer()?;
        // The parser does not see the insurer.
        let insurer = settings.insurer.iter();
        let used = insurer.map(|_| UsedSetting { name: "insurer".to_owned(), signs: Vec::new() });
        settings.used.extend(used);
    }
    Ok((words, settings))
}

/// The settings file: the one that the user names, or else the one in the current folder.
fn find(given: &ArgMatches) -> anyhow::Result<Option<PathBuf>> {
    if is_given(given, "no_config") {
        return Ok(None);
    }
    if let Some(path) = given.get_one::<PathBuf>("config") {
        return Ok(Some(path.clone()));
    }
    let default_file = PathBuf::from("leakdex.toml");
    // A settings file that cannot be examined is an error, since it must not be ignored.
    match fs::metadata(&default_file) {
        Ok(metadata) if metadata.is_file() => {}
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error)
                .with_context(|| format!("{}: cannot be read", default_file.display()));
        }
        _ => return Ok(None),
    }
    file::refuse_writable_by_others(&default_file)?;
    Ok(Some(default_file))
}

fn fill(
    mut words: Vec<OsString>,
    file: &ConfigFile,
    command: &Command,
    given: &ArgMatches,
) -> anyhow::Result<(Vec<OsString>, Settings)> {
    let mut settings = Settings { file: file.name(), ..Settings::default() };
    let (mut options, mut files) = (Vec::new(), Vec::new());
    let all: Vec<(&str, &Value, &Arg)> = file
        .settings_of(command)
        .into_iter()
        .map(|(key, value)| {
            let argument = file::argument(command, key);
            (key, value, argument.expect("the keys of the file were looked at"))
        })
        .filter(|(.., argument)| {
            !is_given(given, argument.get_id().as_str()) && !is_ruled_out(argument, command, given)
        })
        .collect();
    let is_there = |id: &str| {
        is_given(given, id) || all.iter().any(|(.., other)| other.get_id().as_str() == id)
    };
    let of_files = match file::argument(command, "for") {
        Some(_) => file.options_of_files(command.get_name())?,
        None => Vec::new(),
    };
    let given_of_files: Vec<&ForFile> =
        given.try_get_many("for_files").ok().flatten().into_iter().flatten().collect();
    // The parser reports malformed options.
    let parsed_of_files: Vec<ForFile> = of_files
        .iter()
        .filter_map(|(selector, key, value)| format!("{selector}:{key}={value}").parse().ok())
        .collect();
    let except_for = |name: &str, header: &str| {
        exceptions(given_of_files.iter().copied().chain(&parsed_of_files), name, header)
    };
    for &(key, value, argument) in &all {
        // These settings describe the leak in the file, but the command line gives another leak.
        let is_of_leak = ["name", "breach"].contains(&argument.get_id().as_str());
        let is_of_another_leak =
            is_of_leak && command.get_name() == "check" && is_given(given, "leak");
        if is_of_another_leak || !has_required_option(argument, command, is_there) {
            continue;
        }
        let values = file.values(key, value, argument)?;
        if values.is_empty() {
            continue;
        }
        settings.take(key, value, &except_for(key, ""));
        if argument.is_positional() {
            if let Some(setting) = settings.used.last_mut() {
                setting.signs = vec![argument.to_string()];
            }
            files.extend(values);
        } else {
            options.extend(values.into_iter().map(|value| option(key, value, argument)));
        }
    }
    let mapped: Vec<&Mapping> =
        given.try_get_many("columns").ok().flatten().into_iter().flatten().collect();
    if file::argument(command, "column").is_some() {
        for (header, field) in file.columns_of(command.get_name())? {
            if !mapped.iter().any(|mapping| is_same_header(&mapping.header, &header)) {
                settings.take_column(&header, &field, &except_for("column", &header));
                options.push(format!("--column={header}={field}").into());
            }
        }
    }
    for (selector, key, value) in &of_files {
        let header = value.rsplit_once('=').map_or("", |(header, _)| header);
        let same =
            given_of_files.iter().copied().filter(|given_of_file| given_of_file.is(key, header));
        let same: Vec<&ForFile> = same.collect();
        // A pattern in the file may match more files than the one on the command line.
        let mentions = |option: &&ForFile| {
            option.file == *selector
                || !patterns::is_pattern(selector)
                    && patterns::selects(&option.file, Path::new(selector))
        };
        if same.iter().any(mentions) {
            continue;
        }
        let partly = same.into_iter().filter(|other| may_share_files(selector, &other.file));
        settings.take_of_file(selector, key, value, &exceptions(partly, key, header));
        options.push(format!("--for-settings={selector}:{key}={value}").into());
    }
    // After all other words, so no option can become the value of another one, but before `--`, since only
    // file names follow it.
    let end = words.iter().position(|word| word == "--");
    let place = end.unwrap_or(words.len());
    words.splice(place..place, options);
    if end.is_none() && !files.is_empty() {
        words.push("--".into());
    }
    words.extend(files);
    Ok((words, settings))
}

/// An option as a word of the command line.
fn option(key: &str, value: OsString, argument: &Arg) -> OsString {
    let mut word = OsString::from(format!("--{key}"));
    if argument.get_action().takes_values() {
        word.push("=");
        word.push(value);
    }
    word
}

fn is_given(given: &ArgMatches, id: &str) -> bool {
    given.try_contains_id(id).is_ok() && given.value_source(id) == Some(ValueSource::CommandLine)
}

/// Whether one of the options that this option needs is given. True if it needs none.
fn has_required_option(argument: &Arg, command: &Command, is_there: impl Fn(&str) -> bool) -> bool {
    let is_known = |id: &str| command.get_arguments().any(|other| other.get_id() == id);
    DEPENDENT.iter().all(|(dependent, needed)| {
        let mut needed = needed.iter().copied().filter(|&other| is_known(other)).peekable();
        argument.get_id().as_str() != *dependent || needed.peek().is_none() || needed.any(&is_there)
    })
}

/// The end of a message: it names the files to which another option of this name applies. A file whose option also
/// leaves the column out of the check is not an exception.
fn exceptions<'a>(
    of_files: impl IntoIterator<Item = &'a ForFile>,
    name: &str,
    header: &str,
) -> String {
    let other =
        of_files.into_iter().filter(|file| file.is(name, header) && !file.excludes_column());
    let files: BTreeSet<String> = other.map(|item| one_line(&item.file)).collect();
    if files.is_empty() {
        return String::new();
    }
    format!(", except for {}", Vec::from_iter(files).join(", "))
}

/// Whether both names may match the same file. At least one of them is a pattern.
fn may_share_files(one: &str, other: &str) -> bool {
    patterns::selects(one, Path::new(other))
        || patterns::is_pattern(one) && patterns::is_pattern(other)
}

/// Whether the option conflicts with one on the command line. The command line wins.
fn is_ruled_out(argument: &Arg, command: &Command, given: &ArgMatches) -> bool {
    let ruled_out_by = |argument: &Arg| {
        if argument.is_global_set() { Vec::new() } else { command.get_arg_conflicts_with(argument) }
    };
    let is_given = |other: &Arg| is_given(given, other.get_id().as_str());
    ruled_out_by(argument).into_iter().any(is_given)
        || argument.get_id() == "resume" && (has_stream(given) || has_workbook(given))
        || argument.get_id() == "format_out" && names_workbook(given, "output")
        || command.get_arguments().filter(|other| is_given(other)).any(|other| {
            ruled_out_by(other).iter().any(|ruled_out| ruled_out.get_id() == argument.get_id())
        })
}

/// Whether the command line sends a result to a stream. A later run cannot continue a stream. The parser
/// cannot detect this conflict, since it depends on a value.
fn has_stream(given: &ArgMatches) -> bool {
    ["output", "rejects"]
        .into_iter()
        .filter(|id| is_given(given, id))
        .any(|id| given.get_one::<PathBuf>(id).is_some_and(|path| output::is_stream(path)))
}

/// Whether the command line requests a workbook. A later run cannot continue a workbook.
fn has_workbook(given: &ArgMatches) -> bool {
    let is_requested = is_given(given, "format_out")
        && given.get_one::<FormatOut>("format_out") == Some(&FormatOut::Xlsx);
    is_requested || ["output", "rejects"].into_iter().any(|id| names_workbook(given, id))
}

/// Whether the command line names a workbook for this result.
fn names_workbook(given: &ArgMatches, id: &str) -> bool {
    is_given(given, id)
        && given.get_one::<PathBuf>(id).is_some_and(|path| SheetFormat::is_workbook(path))
}

impl Settings {
    /// Adds an option. `except_for` names the files that it does not apply to.
    fn take(&mut self, key: &str, value: &Value, except_for: &str) {
        self.used.push(UsedSetting { name: key.to_owned(), signs: vec![format!("--{key}")] });
        match key {
            "allow-indeterminate" => self.relaxations.push(
                "allow-indeterminate: members who cannot be checked do not make the exit status 3"
                    .into(),
            ),
            "table" | "sheet" => {
                self.relaxations.push(format!("{key}: only rows of {value} are read{except_for}"));
            }
            "skip-rows" => {
                let rows = match value.as_integer() {
                    Some(1) => "the first row of each file is".to_owned(),
                    _ => format!("the first {value} rows of each file are"),
                };
                self.relaxations.push(format!("skip-rows: {rows} skipped{except_for}"));
            }
            "no-decoys" => self
                .relaxations
                .push("no-decoys: nothing shows how many matches are accidents".into()),
            "letters-despite-accidents" => self.relaxations.push(
                "letters-despite-accidents: no letter is held back, however many matches are accidents"
                    .into(),
            ),
            "kinds" => self.relaxations.push(format!("kinds: only {value} are indexed")),
            _ => {}
        }
    }

    fn take_column(&mut self, header: &str, field: &str, except_for: &str) {
        let name = format!("column '{}'", one_line(header));
        self.used.push(UsedSetting { name, signs: vec!["--column".to_owned(), header.to_owned()] });
        if field.trim() == "ignore" || field.trim().starts_with("class:") {
            let header = one_line(header);
            self.relaxations
                .push(format!("column '{header}': nobody is checked by it{except_for}"));
        }
    }

    /// Adds an option of a single input.
    fn take_of_file(&mut self, file: &str, key: &str, value: &str, except_for: &str) {
        let relaxations = self.relaxations.len();
        match value.rsplit_once('=') {
            Some((header, field)) if key == "column" => self.take_column(header, field, except_for),
            _ => self.take(key, &Value::String(value.to_owned()), except_for),
        }
        if let Some(setting) = self.used.last_mut() {
            setting.name = format!("{file}: {}", setting.name);
            setting.signs = vec![format!("{file}:{key}=")];
        }
        self.relaxations[relaxations..]
            .iter_mut()
            .for_each(|message| *message = format!("{file}: {message}"));
    }

    /// Takes out the insurer, if the file has one and the command writes in its name.
    pub fn take_insurer(&mut self) -> Option<Insurer> {
        self.insurer.take()
    }

    /// Lists the settings that were used. Settings that reduce the check are printed even with `--quiet`.
    pub fn announce(&self) {
        if !self.used.is_empty() {
            let (file, used) = (&self.file, names(&self.used));
            print_info(format_args!(
                "{file}: settings used: {used} (--no-config ignores the file)\n"
            ));
        }
        for relaxation in &self.relaxations {
            print_message(format_args!("{}: {relaxation}\n", self.file));
        }
    }

    /// Prints, beside a parser error, the settings that contributed to it, since nobody typed them.
    pub fn print_contributing_settings(&self, error: &clap::Error) {
        let text = error.render().to_string();
        // The usage repeats every given option. That matters only if an option is missing.
        let is_missing = error.kind() == ErrorKind::MissingRequiredArgument;
        let (before, _) = text.split_once("\nUsage:").unwrap_or((&text, ""));
        let message = if is_missing { &*text } else { before };
        let has_part = |used_setting: &&UsedSetting| {
            !used_setting.signs.is_empty()
                && used_setting.signs.iter().all(|sign| mentions(message, sign))
        };
        let used: Vec<&UsedSetting> = self.used.iter().filter(has_part).collect();
        if error.use_stderr() && !used.is_empty() {
            let (file, used) = (&self.file, names(used));
            print_message(format_args!(
                "{file} sets {used}; correct it there, or give --no-config to ignore it\n"
            ));
        }
    }
}

fn names<'a>(used: impl IntoIterator<Item = &'a UsedSetting>) -> String {
    let names: Vec<&str> = used.into_iter().map(|setting| &*setting.name).collect();
    names.join(", ")
}

/// Whether a text contains this option, and not only a longer option that begins with it.
fn mentions(text: &str, part: &str) -> bool {
    let continues = |next: char| next.is_ascii_alphanumeric() || next == '-';
    let is_option = part.starts_with("--");
    text.match_indices(part).any(|(place, _)| {
        let next = text[place + part.len()..].chars().next();
        !is_option || !next.is_some_and(continues)
    })
}

/// Whether an option or a list of files takes several values.
fn takes_several(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Append)
        || argument.get_num_args().is_some_and(|range| range.max_values() > 1)
}
