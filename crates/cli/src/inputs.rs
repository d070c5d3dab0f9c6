//! Arguments as settings: the inputs of a command, and the rules by which they are read.

use std::path::PathBuf;

use leakdex::{DateOrder, Normaliser};
use leakdex_input::Options;
use leakdex_report::Rules;

use crate::{
    args::{DateFormat, InputArguments, RuleArguments},
    clock,
};

/// How inputs are read.
pub fn options(arguments: &InputArguments) -> Options {
    Options {
        columns: arguments.columns.clone(),
        delimiter: arguments.delimiter,
        encoding: arguments.encoding,
        header: !arguments.no_header,
        skip_rows: arguments.skip_rows,
        format: arguments.format,
        table: arguments.table.clone(),
        sheet: arguments.sheet.clone(),
        max_bytes: arguments.max_input_bytes,
        normaliser: normaliser(&arguments.rules),
        date_order: arguments.rules.date_order,
        ..Options::default()
    }
}

/// The rules of normalising, with the current year after which nobody was born.
pub fn normaliser(rules: &RuleArguments) -> Normaliser {
    let of_now = Normaliser::new().current_year(clock::current_year());
    let order = rules.date_order.unwrap_or_default();
    of_now.excel_dates(has_excel_dates(rules)).date_order(order).region(rules.region)
}

/// The rules as a report has them.
pub fn described(rules: &RuleArguments, min_generation: u64) -> Rules {
    let region = rules.region.to_string();
    let date_order = rules.date_order.map(DateOrder::slug);
    Rules { region, excel_dates: has_excel_dates(rules), date_order, min_generation }
}

fn has_excel_dates(rules: &RuleArguments) -> bool {
    rules.date_format == Some(DateFormat::Excel)
}

/// Looks for all inputs before the first is worked on.
pub fn refuse_missing(inputs: &[PathBuf]) -> anyhow::Result<()> {
    for input in inputs.iter().filter(|input| input.as_os_str() != "-") {
        anyhow::ensure!(
            input.exists(),
            "{}: no such file; look at the spelling, and at the folder that this runs in",
            input.display()
        );
    }
    Ok(())
}
