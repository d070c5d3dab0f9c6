//! The inputs of a command and the rules for reading them, from its arguments.

mod repeated;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex::{DateOrder, Normaliser};
use leakdex_input::{Format, Input, InputError, InputProblem, Mapping, Options, file_of};
use leakdex_report::Rules;

pub use repeated::refuse_repeated;

use crate::{
    args::{DateFormat, FileOption, ForFile, InputArguments, RuleArguments, is_same_header},
    clock, patterns,
    status::{print_warning, wrong_usage},
};

/// How each input of a run is read: the options for all inputs, and those for single files.
pub struct Inputs {
    common: Options,
    /// Options for single files, from the settings file.
    settings: Vec<ForFile>,
    /// Options for single files, from the command line.
    given: Vec<ForFile>,
}

impl Inputs {
    /// The options of a run with these inputs. Refuses an option for a file that is not among them.
    pub fn new<'a>(
        arguments: &InputArguments,
        inputs: impl IntoIterator<Item = &'a PathBuf>,
    ) -> anyhow::Result<Self> {
        let inputs = Vec::from_iter(inputs);
        let InputArguments { for_files, for_settings, .. } = arguments;
        for option in for_settings.iter().chain(for_files) {
            patterns::refuse_wrong(&option.file)?;
        }
        let selects_none =
            |option: &&ForFile| !inputs.iter().any(|input| patterns::selects(&option.file, input));
        let unused: BTreeSet<&str> = for_settings
            .iter()
            .filter(selects_none)
            .map(|for_setting| &*for_setting.file)
            .collect();
        // A command without inputs ignores options for files.
        for file in unused.iter().filter(|_| !inputs.is_empty()) {
            print_warning(format_args!(
                "the settings for '{file}' are ignored: no input of this run has this name"
            ));
        }
        if let Some(ForFile { file, text, .. }) = for_files.iter().find(selects_none) {
            let names: Vec<String> =
                inputs.iter().map(|input| input.display().to_string()).collect();
            return wrong_usage(format!(
                "--for '{text}': no input of this run is '{file}'; name one as it is given: {}",
                patterns::abbreviated_list(&names)
            ));
        }
        let (settings, given) = (for_settings.clone(), for_files.clone());
        let this = Self { common: options(arguments), settings, given };
        inputs.iter().try_for_each(|input| this.refuse_layout_beside_format(input))?;
        Ok(this)
    }

    /// Refuses a layout together with another format, if both are for this file or both for all files.
    fn refuse_layout_beside_format(&self, input: &Path) -> anyhow::Result<()> {
        let of_file = |all: &[ForFile]| {
            let mut options = (None, false);
            for entry in all.iter().filter(|entry| patterns::selects(&entry.file, input)) {
                match entry.option {
                    FileOption::Format(format) => options.0 = Some(format),
                    FileOption::Layout(_) => options.1 = true,
                    _ => {}
                }
            }
            options
        };
        let common = (self.common.format, self.common.layout.is_some());
        for (format, has_layout) in [common, of_file(&self.settings), of_file(&self.given)] {
            if let Some(format) = format.filter(|&format| has_layout && format != Format::Fixed) {
                return wrong_usage(format!(
                    "{}: a layout is for columns of fixed width, and the format is given as {format}; leave out \
                     the format or the layout",
                    input.display()
                ));
            }
        }
        Ok(())
    }

    /// The normalising rules, which are the same for all inputs.
    pub const fn normaliser(&self) -> Normaliser {
        self.common.normaliser
    }

    /// Sets the last possible year of birth. The default is the current year.
    pub const fn set_year(&mut self, year: u16) {
        self.common.normaliser = self.common.normaliser.current_year(year);
    }

    /// Sets whether a digest of each input is taken while it is read.
    pub const fn take_digests(&mut self, is_requested: bool) {
        self.common.digest = is_requested;
    }

    /// Ignores classes of data in the following inputs, which are member lists.
    pub const fn ignore_classes(&mut self) {
        self.common.data_classes = false;
    }

    /// The options of one input. Options for this file override those for all.
    pub fn of(&self, input: &Path) -> Options {
        let mut options = self.common.clone();
        let options_of = |all: &[ForFile]| -> Vec<FileOption> {
            let selected = all.iter().filter(|entry| patterns::selects(&entry.file, input));
            selected.map(|entry| entry.option.clone()).collect()
        };
        let (settings, given) = (options_of(&self.settings), options_of(&self.given));
        settings.iter().chain(&given).for_each(|option| option.apply(&mut options));
        let mut columns = mappings(&given);
        add_others(&mut columns, mappings(&settings));
        let mapped = columns.clone();
        add_others(&mut columns, options.columns);
        // An input may lack a column that is mapped for all inputs, but not a column that is mapped for
        // this input.
        options
            .optional
            .retain(|header| !mapped.iter().any(|mapping| is_same_header(&mapping.header, header)));
        Options { columns, ..options }
    }

    /// Opens an input with its options.
    pub fn open(&self, input: &Path) -> Result<Input, InputError> {
        Input::open(input, &self.of(input))
    }

    /// Opens the leak of `check --leak`. A column that is mapped for all inputs must be in the leak or in
    /// the member lists.
    pub fn open_leak(&mut self, leak: &Path) -> Result<Input, InputError> {
        let for_all = self.common.columns.iter().map(|mapping| mapping.header.clone());
        self.common.optional = for_all.collect();
        let options = self.of(leak);
        let input = Input::open(leak, &options)?;
        let Options { columns, optional, .. } = options;
        let is_mapped = |header: &String| columns.iter().any(|column| column.header == *header);
        let is_there = |header: &String| !input.missing_columns().contains(header);
        self.common.optional =
            optional.into_iter().filter(|header| is_mapped(header) && is_there(header)).collect();
        Ok(input)
    }

    /// Completes the error of a member list. If the list lacks a column that is mapped for all inputs, the
    /// leak lacks it too.
    pub fn name_leak(&self, error: InputError, leak: Option<&Path>) -> anyhow::Error {
        let InputProblem::NoSuchColumn { requested, .. } = &error.problem else {
            return error.into();
        };
        let is_for_all = self.common.columns.iter().any(|mapping| mapping.header == *requested);
        match leak {
            Some(leak) if is_for_all => {
                let context = format!("neither {} nor the member list has it", leak.display());
                anyhow::Error::new(error).context(context)
            }
            _ => error.into(),
        }
    }
}

/// The column mappings among the options.
fn mappings(options: &[FileOption]) -> Vec<Mapping> {
    let mapping = |option: &FileOption| match option {
        FileOption::Column(mapping) => Some(mapping.clone()),
        _ => None,
    };
    options.iter().filter_map(mapping).collect()
}

/// Adds the mappings of headers that are not mapped yet.
fn add_others(columns: &mut Vec<Mapping>, mut others: Vec<Mapping>) {
    others.retain(|other| {
        !columns.iter().any(|column| is_same_header(&column.header, &other.header))
    });
    columns.append(&mut others);
}

/// The options for all inputs.
fn options(arguments: &InputArguments) -> Options {
    Options {
        columns: arguments.columns.clone(),
        delimiter: arguments.delimiter,
        encoding: arguments.encoding,
        header: !arguments.no_header,
        skip_rows: arguments.skip_rows,
        format: arguments.format,
        layout: arguments.layout.clone(),
        table: arguments.table.clone(),
        sql_dialect: arguments.sql_dialect,
        sheet: arguments.sheet.clone(),
        max_bytes: arguments.max_input_bytes,
        normaliser: normaliser(&arguments.rules),
        date_order: arguments.rules.date_order,
        ..Options::default()
    }
}

/// The normalising rules. The current year is the last possible year of birth.
pub fn normaliser(rules: &RuleArguments) -> Normaliser {
    let of_now = Normaliser::new().current_year(clock::current_year());
    let order = rules.date_order.unwrap_or_default();
    of_now.excel_dates(has_excel_dates(rules)).date_order(order).region(rules.region)
}

/// The rules, as a report describes them.
pub fn described(rules: &RuleArguments, min_generation: u64) -> Rules {
    let region = rules.region.to_string();
    let date_order = rules.date_order.map(DateOrder::slug);
    Rules { region, excel_dates: has_excel_dates(rules), date_order, min_generation }
}

fn has_excel_dates(rules: &RuleArguments) -> bool {
    rules.date_format == Some(DateFormat::Excel)
}

/// Refuses missing inputs before work on the first one begins.
pub fn refuse_missing(inputs: &[PathBuf]) -> anyhow::Result<()> {
    for input in inputs.iter().filter(|input| input.as_os_str() != "-") {
        let is_there = file_of(input).try_exists();
        anyhow::ensure!(
            is_there.with_context(|| format!("{}: cannot be opened", input.display()))?,
            "{}: no such file; check the spelling and the current folder",
            input.display()
        );
    }
    Ok(())
}
