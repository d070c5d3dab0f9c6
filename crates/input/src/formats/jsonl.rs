//! JSON Lines: one object per line.

use crate::{
    columns::Columns,
    error::InputProblem,
    grammar::Grammar,
    opening::{Cutter, InputStart, OpenInput},
    options::{Format, Options},
    rows::{self, Layout},
    sniff,
    split::Splitter,
};

pub(super) fn open(opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    let (decision, line_end) = (opened.decision, sniff::line_end(&opened.sample));
    let grammar = Grammar::lines(line_end);
    let keys = rows::keys_of(&opened.sample, line_end, decision.charset);
    let columns = Columns::of_keys(keys, opened.whole, options)?;
    let layout = Layout::new(Format::Jsonl, grammar, columns);
    let splitter = Splitter::with_row_limit(opened.from(0), grammar, options.sizes.row);
    let cutter = Cutter::Text(splitter);
    Ok(OpenInput::new(layout, decision, cutter, "JSONL".to_owned()))
}
