//! The settings file: its contents, and the settings that it may contain.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, Command, ValueHint};
use leakdex_input::closest::suggestion;
use leakdex_report::Insurer;
use serde::Deserialize as _;
use toml::{Table, Value};

use super::{COMMANDS, takes_several};
use crate::{
    args::{FOR_NAMES, is_same_header},
    status::WrongUsage,
    toml_file,
};

/// Options that may appear above all sections. They have the same meaning in every command that has them.
const SHARED: [&str; 20] = [
    "key",
    "passphrase-file",
    "index",
    "decisions",
    "min-generation",
    "threads",
    "delimiter",
    "encoding",
    "no-header",
    "skip-rows",
    "format",
    "layout",
    "table",
    "sql-dialect",
    "sheet",
    "max-input-bytes",
    "max-rejects",
    "date-format",
    "date-order",
    "region",
];

/// Options that belong on the command line, since they apply to a single run. `quiet` would hide the list of
/// settings that were used.
const LEFT_OUT: [&str; 18] = [
    "help",
    "version",
    "config",
    "no-config",
    "quiet",
    "verbose",
    "explain",
    "explain-match",
    "checkpoint-every",
    "column",
    "for",
    "for-settings",
    "without",
    "without-breach",
    // Each decision is made once.
    "from",
    "reference",
    "decision",
    "reason",
];

/// Sections that do not belong to a single command.
const SECTIONS: [&str; 3] = ["columns", "for", "insurer"];

/// Options that belong on the command line of `decide`, but may be settings of other commands.
const COMMAND_LINE_ONLY_IN_DECIDE: [&str; 2] = ["worklist", "breach"];

/// The command `columns` has no section, because `[columns]` holds the mappings. It reads files as `check`
/// does.
pub const COLUMNS: &str = "columns";

/// Correct lines.
const EXAMPLE: &str = "write a setting as key = \"breach.key\", and a column below a line [columns] \
                       as 'E-Mail' = \"email\"";

/// The first word of a key file, which must not appear in any other file.
const KEY: &str = "leakdex-key-";

/// A settings file whose keys are all known.
pub struct ConfigFile {
    path: PathBuf,
    all: Table,
}

impl ConfigFile {
    /// Reads a file. Refuses settings that no command knows.
    pub fn read(path: &Path, definition: &Command) -> anyhow::Result<Self> {
        let text = toml_file::read(path, "the settings")?;
        let all = toml_file::table(&text, |_| EXAMPLE)
            .and_then(|all| refuse_unknown(&all, definition).map(|()| all))
            .map_err(|error| WrongUsage(format!("{}: {error:#}", path.display())))?;
        Ok(Self { path: path.to_owned(), all })
    }

    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The settings of a command, without columns. Its own section overrides the shared settings.
    pub fn settings_of(&self, command: &Command) -> BTreeMap<&str, &Value> {
        let shared = self
            .all
            .iter()
            .filter(|(key, value)| !value.is_table() && argument(command, key).is_some());
        let section = self.section(command.get_name()).into_iter().flatten();
        let section = section.filter(|(key, _)| argument(command, key).is_some());
        shared
            .chain(section.filter(|(_, value)| !value.is_table()))
            .map(|(key, value)| (key.as_str(), value))
            .collect()
    }

    /// The column mappings of a command: headers and their fields.
    pub fn columns_of(&self, command: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let of = |columns: Option<&Value>| -> anyhow::Result<BTreeMap<String, String>> {
            let columns = columns.into_iter().flat_map(entries);
            let column = |(header, field): (&String, &Value)| {
                Ok((header.clone(), self.field(field)?.to_owned()))
            };
            columns.map(column).collect()
        };
        let mut columns = of(self.all.get("columns"))?;
        let of_command = of(self.section(command).and_then(|section| section.get("columns")))?;
        columns.retain(|header, _| !of_command.keys().any(|other| is_same_header(other, header)));
        columns.extend(of_command);
        Ok(columns)
    }

    /// The options of single inputs of a command: the input, the option and its value. Options in the
    /// section of the command come last, and so override the others.
    pub fn options_of_files(&self, command: &str) -> anyhow::Result<Vec<(String, String, String)>> {
        let for_command = self.section(command).and_then(|section| section.get("for"));
        let mut options = BTreeMap::<(String, (String, String)), String>::new();
        for (file, all) in self.all.get("for").into_iter().chain(for_command).flat_map(entries) {
            let file = self.name_of(file);
            let headers: Vec<&String> = all
                .get("columns")
                .into_iter()
                .flat_map(entries)
                .map(|(header, _)| header)
                .collect();
            options.retain(|(of, (_, earlier)), _| {
                *of != file || !headers.iter().any(|header| is_same_header(header, earlier))
            });
            for (key, value) in entries(all) {
                if key == "columns" {
                    for (header, field) in entries(value) {
                        let field = self.field(field)?;
                        let option = ("column".to_owned(), header.clone());
                        options.insert((file.clone(), option), format!("{header}={field}"));
                    }
                    continue;
                }
                let value = match value {
                    Value::String(text) if key == "layout" => self.name_of(text),
                    Value::String(text) => text.clone(),
                    Value::Boolean(is_so) if key == "no-header" => is_so.to_string(),
                    Value::Integer(number) => number.to_string(),
                    _ => return Err(self.wrong(&format!("'{key}' of '{file}' has a wrong value"))),
                };
                options.insert((file.clone(), (key.clone(), String::new())), value);
            }
        }
        let option = |((file, (key, _)), value)| (file, key, value);
        Ok(options.into_iter().map(option).collect())
    }

    /// The insurer for letters and notices, if the file has one.
    pub fn insurer(&self) -> anyhow::Result<Option<Insurer>> {
        self.all.get("insurer").map(insurer).transpose()
    }

    fn field<'a>(&self, field: &'a Value) -> anyhow::Result<&'a str> {
        field.as_str().ok_or_else(|| {
            self.wrong("a column needs a field in quotation marks, as in 'E-Mail' = \"email\"")
        })
    }

    /// A path, as the command sees it.
    fn path_of(&self, path: &str) -> PathBuf {
        let folder = self.path.parent().filter(|_| path != "-").unwrap_or(Path::new(""));
        folder.join(path)
    }

    /// The same path as text, for an option of a single file.
    fn name_of(&self, path: &str) -> String {
        self.path_of(path).to_string_lossy().into_owned()
    }

    /// The values of a setting on the command line. Empty for a switch that is off.
    pub fn values(
        &self,
        key: &str,
        value: &Value,
        argument: &Arg,
    ) -> anyhow::Result<Vec<OsString>> {
        if matches!(argument.get_action(), ArgAction::SetTrue) {
            return match value {
                Value::Boolean(true) => Ok(vec![OsString::new()]),
                Value::Boolean(false) => Ok(Vec::new()),
                _ => Err(self.wrong(&format!("'{key}' must be true or false"))),
            };
        }
        let values = match value {
            Value::Array(values) if takes_several(argument) => values.as_slice(),
            Value::Array(_) => {
                return Err(self.wrong(&format!("'{key}' has one value, not a list")));
            }
            one => std::slice::from_ref(one),
        };
        values.iter().map(|value| self.value(key, value, argument)).collect()
    }

    fn value(&self, key: &str, value: &Value, argument: &Arg) -> anyhow::Result<OsString> {
        let text = match value {
            Value::String(text) if text.trim_start().starts_with(KEY) => {
                return Err(self.wrong(&format!(
                    "'{key}' is a key itself; put the key into a file that only its owner can read, \
                     and the path of this file here"
                )));
            }
            Value::String(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            _ => {
                return Err(
                    self.wrong(&format!("'{key}' must be a text in quotation marks or a number"))
                );
            }
        };
        let is_path = !matches!(argument.get_value_hint(), ValueHint::Unknown | ValueHint::Other);
        Ok(if is_path { self.path_of(&text).into() } else { text.into() })
    }

    fn section(&self, command: &str) -> Option<&Table> {
        let command = if command == COLUMNS { "check" } else { command };
        self.all.get(command).and_then(Value::as_table)
    }

    fn wrong(&self, what: &str) -> anyhow::Error {
        WrongUsage(format!("{}: {what}", self.path.display())).into()
    }
}

/// The option of a command with this long name, or the files that it reads.
pub fn argument<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|argument| name(argument) == Some(key))
}

/// The name of a setting: the long name of an option, or the name of the files in the definition.
fn name(argument: &Arg) -> Option<&str> {
    if argument.is_positional() {
        takes_several(argument).then(|| argument.get_id().as_str())
    } else {
        argument.get_long()
    }
}

/// The settings that the section of a command may contain.
pub fn keys_of(command: &Command) -> impl Iterator<Item = &str> {
    let is_decide = command.get_name() == "decide";
    let is_left_out = move |name: &str| {
        LEFT_OUT.contains(&name) || is_decide && COMMAND_LINE_ONLY_IN_DECIDE.contains(&name)
    };
    command.get_arguments().filter_map(name).filter(move |name| !is_left_out(name))
}

/// The keys that may appear above all sections, including the names of sections.
pub fn keys_above() -> impl Iterator<Item = &'static str> {
    SHARED.into_iter().chain(SECTIONS).chain(COMMANDS)
}

fn refuse_unknown(all: &Table, definition: &Command) -> anyhow::Result<()> {
    for (key, value) in all {
        let is_section = SECTIONS.contains(&&**key) || COMMANDS.contains(&key.as_str());
        if !keys_above().any(|known| known == key) {
            anyhow::bail!(unknown(key, "", &keys_above().collect::<Vec<_>>()));
        }
        anyhow::ensure!(
            is_section == value.is_table(),
            "'{key}' {}",
            if is_section {
                "is a section: put its entries below a line with its name in brackets"
            } else {
                "is a setting, not a section: give it a value"
            }
        );
        if key == "insurer" {
            insurer(value)?;
        }
        if key == "for" {
            refuse_unknown_of_files(value, "[for]")?;
        }
        let command = definition.find_subcommand(key).filter(|_| COMMANDS.contains(&&**key));
        if let Some(command) = command {
            let sections = [("column", "columns"), ("for", "for")].into_iter();
            let sections = sections.filter(|(option, _)| argument(command, option).is_some());
            let known: Vec<&str> =
                keys_of(command).chain(sections.map(|(_, section)| section)).collect();
            for (entry, value) in entries(value) {
                anyhow::ensure!(
                    known.contains(&entry.as_str()),
                    unknown(entry, &format!(" in [{key}]"), &known)
                );
                if entry == "for" {
                    refuse_unknown_of_files(value, &format!("[{key}.for]"))?;
                }
                anyhow::ensure!(
                    ["columns", "for"].contains(&&**entry) == value.is_table(),
                    "'{entry}' in [{key}] has a wrong value; see the manual, docs/CLI.md, for an example"
                );
            }
        }
    }
    Ok(())
}

/// Refuses unknown options in the sections of single files.
fn refuse_unknown_of_files(files: &Value, place: &str) -> anyhow::Result<()> {
    let known = FOR_NAMES.map(|name| if name == "column" { "columns" } else { name });
    for (file, options) in entries(files) {
        anyhow::ensure!(
            options.is_table(),
            "'{file}' in {place} is a section: put its options below a line [for.\"{file}\"]"
        );
        for (key, value) in entries(options) {
            let place = format!(" for '{file}' in {place}");
            anyhow::ensure!(known.contains(&key.as_str()), unknown(key, &place, &known));
            anyhow::ensure!(
                (key == "columns") == value.is_table(),
                "'{key}'{place} has a wrong value"
            );
        }
    }
    Ok(())
}

fn insurer(section: &Value) -> anyhow::Result<Insurer> {
    Insurer::deserialize(section.clone()).map_err(|error| {
        let what = error.message().trim_end();
        anyhow::anyhow!("[insurer]: {what}; docs/LETTERS.md lists its fields")
    })
}

fn unknown(key: &str, place: &str, known: &[&str]) -> String {
    if LEFT_OUT.contains(&key) && !["column", "for", "for-settings"].contains(&key) {
        return format!("'{key}' is for the command line only; remove it from the file");
    }
    let hint = suggestion(key, known.iter().copied());
    format!("no setting '{key}'{place}; the settings are: {}{hint}", known.join(" "))
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_table().into_iter().flatten()
}

/// A settings file that the user did not name must belong to the user or to root, and must not be writable for
/// everybody. Otherwise, somebody else could make a check skip columns.
#[cfg(unix)]
pub fn refuse_writable_by_others(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    use anyhow::Context as _;

    let metadata =
        path.metadata().with_context(|| format!("{}: cannot be read", path.display()))?;
    let (user, name) = (rustix::process::geteuid().as_raw(), path.display());
    anyhow::ensure!(
        metadata.mode() & 0o002 == 0,
        "{name}: everybody can change this file, so it is not read; correct this with: chmod o-w \
         '{name}', or give --no-config"
    );
    anyhow::ensure!(
        [user, 0].contains(&metadata.uid()),
        "{name}: belongs to another user (uid {}), so it is not read; give --config '{name}' if it is \
         the right file, or --no-config",
        metadata.uid()
    );
    Ok(())
}

/// On other systems, the owner and the writers are unknown.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
pub fn refuse_writable_by_others(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command_line;

    /// A command of the definition, built.
    fn definition() -> Command {
        let mut definition = command_line::definition();
        definition.build();
        definition
    }

    fn refusal(text: &str) -> String {
        let all = toml_file::table(text, |_| EXAMPLE).expect("it is TOML");
        refuse_unknown(&all, &definition()).expect_err("it is refused").to_string()
    }

    #[test]
    fn each_shared_setting_is_an_option_of_several_commands() {
        let definition = definition();
        for key in SHARED {
            let having = COMMANDS
                .iter()
                .filter_map(|name| definition.find_subcommand(name))
                .filter(|command| argument(command, key).is_some());
            assert!(having.count() > 1, "{key}");
        }
    }

    #[test]
    fn an_unknown_setting_is_refused_with_a_suggestion() {
        for (text, words) in [
            ("kye = 'a'", "did you mean 'key'?"),
            ("output = 'a'", "no setting 'output'; the settings are: key "),
            ("[chek]\nall = true", "did you mean 'check'?"),
            ("[check]\nrejcets = 'a'", "no setting 'rejcets' in [check]; the settings are: "),
            ("[check]\nrejcets = 'a'", "did you mean 'rejects'?"),
            ("[lookup.columns]\na = 'email'", "no setting 'columns' in [lookup]"),
            ("quiet = true", "'quiet' is for the command line only"),
            ("[check]\nexplain = 5", "'explain' is for the command line only"),
            ("[merge]\nwithout = 'a'", "'without' is for the command line only"),
            ("[key]\na = 1", "'key' is a setting, not a section"),
            ("columns = 'a'", "'columns' is a section"),
            ("for = 'a'", "'for' is a section"),
            ("insurer = 'a'", "'insurer' is a section"),
            ("[insurer]\nnmae = 'a'", "[insurer]: unknown field `nmae`"),
            ("[insurer]\nmeasures-taken = 'a'", "[insurer]: invalid type"),
            ("[for]\n'a.csv' = 'b'", "'a.csv' in [for] is a section"),
            ("[for.'a.csv']\ndelimter = ';'", "did you mean 'delimiter'?"),
            ("[for.'a.csv']\ncolumns = 'x'", "'columns' for 'a.csv' in [for] has a wrong value"),
            (
                "[check.for.'a.csv']\nregion = 'AT'",
                "no setting 'region' for 'a.csv' in [check.for]",
            ),
            ("[lookup.for.'a.csv']\nformat = 'csv'", "no setting 'for' in [lookup]"),
        ] {
            let message = refusal(text);
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn every_setting_is_in_the_manual_and_in_the_example() {
        let definition = definition();
        let manual = include_str!("../../../../docs/CLI.md");
        let example = include_str!("../../../../examples/leakdex.toml");
        let commands = COMMANDS.iter().filter_map(|name| definition.find_subcommand(name));
        let mut keys: Vec<&str> = keys_above().collect();
        keys.extend(commands.flat_map(keys_of));
        for key in keys {
            assert!(manual.contains(&format!("`{key}`")), "'{key}' is not in docs/CLI.md");
            let in_example =
                example.contains(&format!("{key} = ")) || example.contains(&format!("[{key}"));
            assert!(in_example, "'{key}' is not in examples/leakdex.toml");
        }
    }
}
