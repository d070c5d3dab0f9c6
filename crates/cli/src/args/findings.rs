//! The formats of findings and rejects, from the command line and the names of the files.

use std::path::Path;

use leakdex_report::SheetFormat;

use super::{FindingArguments, FormatOut};

impl FindingArguments {
    /// The format of the findings: the given one, or the one that the name of their file implies.
    pub fn format(&self) -> FormatOut {
        let is_workbook = self.output.as_deref().is_some_and(SheetFormat::is_workbook);
        let default = if is_workbook { FormatOut::Xlsx } else { FormatOut::Csv };
        self.format_out.unwrap_or(default)
    }

    /// The format of a rejects file: a workbook if the path has that extension, or CSV for Excel if the findings have
    /// that format, or plain CSV.
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
