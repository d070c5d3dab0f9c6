//! The formats of findings and rejects, by the command line and the names of the files.

use std::path::Path;

use leakdex_report::SheetFormat;

use super::{FindingArguments, FormatOut};

impl FindingArguments {
    /// The format of the findings: the given one, or else by the name of their file.
    pub fn format(&self) -> FormatOut {
        let is_workbook = self.output.as_deref().is_some_and(SheetFormat::is_workbook);
        let usual = if is_workbook { FormatOut::Xlsx } else { FormatOut::Csv };
        self.format_out.unwrap_or(usual)
    }

    /// The format of a rejects file with this name: a workbook by its name, or in words if the findings are.
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
