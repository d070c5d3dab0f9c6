//! Explains why an input is read as it is, for `check --explain`.

use std::path::Path;

use super::Input;
use crate::{
    columns::Column,
    header::one_line,
    options::{Format, Options, Shape},
    sniff,
};

impl Input {
    /// Explains how the input is read, for people, one line each: the decisions with their reasons, then each
    /// column, then the doubts. `options` must be those that the input was opened with.
    #[must_use]
    pub fn account(&self, options: &Options) -> Vec<String> {
        let mut lines: Vec<String> = self.description.iter().take(1).cloned().collect();
        lines.push(format!("  format: {}", self.format_from(options)));
        if !self.delimiter_from.is_empty() {
            lines.push(format!("  delimiter: {}", self.delimiter_from));
        }
        lines.push(format!("  header: {}", self.header_from(options)));
        let columns = &self.layout.columns;
        lines.push(format!("  columns: {}", columns.list.len()));
        lines.extend(
            columns
                .list
                .iter()
                .enumerate()
                .map(|(number, column)| self.column_line(number, column)),
        );
        for header in &columns.unseen {
            let header = one_line(header);
            lines.push(format!(
                "    '{header}' was given with --column, but is not in the first lines"
            ));
        }
        lines.extend_from_slice(&self.description[self.decision_lines..]);
        lines
    }

    fn format_from(&self, options: &Options) -> &'static str {
        let format = self.layout.format;
        match sniff::named_format(Path::new(&self.name)) {
            _ if options.format.is_some() => "given with --format",
            _ if format == Format::Fixed => "a layout is given",
            _ if format.is_binary() => "the first bytes show it",
            _ if matches!(format, Format::Fhir | Format::Vsd) => "the content shows it",
            Some(named) if named == format => "the file name extension shows it",
            _ if matches!(format, Format::Xdt | Format::Vcard | Format::Ldif) => {
                "the first line shows it"
            }
            _ if format == Format::Jsonl => "the first line is an object",
            _ if format == Format::Json => "the first character is { or [",
            _ => "the default, since nothing indicates another format",
        }
    }

    fn header_from(&self, options: &Options) -> &'static str {
        match self.layout.format {
            format if format.shape() == Shape::Records => "the names of the values",
            _ if !options.header => "none, because of --no-header; columns are numbered",
            Format::Sql | Format::Sqlite => {
                "the names of the table's columns; numbers, if there are none"
            }
            Format::Fixed => "the layout file",
            _ => self.heading.reason(),
        }
    }

    fn column_line(&self, number: usize, column: &Column) -> String {
        let place = self.layout.place(number);
        let why = column.reason();
        let line = format!("    {:<12} <- {place}: {why}", column.target);
        match column.identifier {
            Some(field) => {
                let slug = field.slug();
                format!(
                    "{line}\n    {slug:<12} <- {place}: the references are also used as this field"
                )
            }
            None => line,
        }
    }
}
