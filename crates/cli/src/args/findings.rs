//! The formats of findings and rejects, from the command line and from file names.

use std::path::Path;

use leakdex_report::SheetFormat;

use super::{FindingArguments, FormatOut};

impl FindingArguments {
    /// The given format of the findings, or else the format that the file name implies.
    pub fn format(&self) -> FormatOut {
        let is_workbook = self.output.as_deref().is_some_and(SheetFormat::is_workbook);
        let usual = if is_workbook { FormatOut::Xlsx } else { FormatOut::Csv };
        self.format_out.unwrap_or(usual)
    }

    /// The format of rejects in a file of this name: a workbook if the name says so, in words if the
    /// findings are.
    pub fn format_of_rejects(&self, path: &Path) -> SheetFormat {
        if SheetFormat::is_workbook(path) {
            SheetFormat::Xlsx
        } else if self.format() == FormatOut::Excel {
            SheetFormat::Excel
        } else {
            SheetFormat::Csv
        }
    }
}
