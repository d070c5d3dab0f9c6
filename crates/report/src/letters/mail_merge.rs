//! The table for a mail merge, with a row for each member who gets a letter.

use std::{
    collections::{BTreeSet, HashMap},
    io::{self, Write},
    path::Path,
};

use leakdex::{DataClass, Finding};

use super::{Age, StatedBreach, content};
use crate::{
    decision::Decision,
    decisions::strength_of,
    error::Error,
    language::{Audience, Language},
    sheet::{Cell, SheetFormat, SheetWriter},
};

/// Collects the rows until the table is written, since its columns are known only at the end. There is no
/// `Debug`, since the references identify persons.
pub struct MailMerge {
    language: Language,
    rows: Vec<Row>,
    /// Members share contents, since many have the same.
    contents: Vec<Content>,
    numbers: HashMap<Content, usize>,
}

struct Row {
    member: Box<str>,
    age: Age,
    /// The index of the row's content in [`MailMerge::contents`].
    content: usize,
}

/// The content of a row besides the reference and the age.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Content {
    breaches: String,
    dates: String,
    /// The name of the strength.
    strength: &'static str,
    classes: BTreeSet<DataClass>,
}

/// The format of a table with this name.
///
/// # Errors
///
/// If the extension is neither `.csv` nor `.xlsx`.
pub fn mail_merge_format(path: &Path) -> Result<SheetFormat, Error> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("xlsx") => Ok(SheetFormat::Xlsx),
        Some("csv") => Ok(SheetFormat::Excel),
        _ => Err(Error::new(format!(
            "{}: a table for a mail merge is a workbook (.xlsx) or CSV (.csv); give it such a name",
            path.display()
        ))),
    }
}

impl MailMerge {
    pub(super) fn new(language: Language) -> Self {
        Self { language, rows: Vec::new(), contents: Vec::new(), numbers: HashMap::new() }
    }

    /// Records a member who gets a letter.
    pub(super) fn note(
        &mut self,
        (member, age): (&str, Age),
        finding: &Finding,
        stated: &[StatedBreach<'_>],
    ) {
        let breaches = stated.iter().map(|stated| &stated.exposure.breach);
        let titles: Vec<&str> = breaches
            .clone()
            .map(|breach| content::filled(breach.title.as_ref()).unwrap_or(breach.name().as_str()))
            .collect();
        let dates = breaches.map(|breach| content::filled(breach.breach_date.as_ref()));
        let is_dated = dates.clone().any(|date| date.is_some());
        // A missing date keeps its place. Otherwise, the date of the next breach would seem to be its date.
        let dates = dates.filter(|_| is_dated).map(|date| self.language.date(date.unwrap_or("–")));
        let dates: Vec<_> = dates.collect();
        let classes = stated.iter().flat_map(|stated| content::classes(finding, stated)).cloned();
        let decision =
            |breach: &StatedBreach<'_>| breach.is_confirmed.then_some(Decision::Affected);
        let strengths = stated.iter().map(|stated| (stated.exposure.strength, decision(stated)));
        let content = Content {
            breaches: titles.join("; "),
            dates: dates.join("; "),
            strength: strength_of(strengths),
            classes: classes.collect(),
        };
        let number = *self.numbers.entry(content).or_insert_with_key(|content| {
            self.contents.push(content.clone());
            self.contents.len() - 1
        });
        self.rows.push(Row { member: member.into(), age, content: number });
    }

    /// Keeps only the rows marked in `is_kept`.
    pub(super) fn keep(&mut self, is_kept: &[bool]) {
        let mut is_kept = is_kept.iter();
        self.rows.retain(|_| is_kept.next() == Some(&true));
    }

    /// Writes the table. It has a column for each class of data that leaked about any of these members.
    ///
    /// # Errors
    ///
    /// Errors of the output.
    pub fn write<W: Write>(&self, output: W, format: SheetFormat) -> io::Result<W> {
        let of_rows: BTreeSet<usize> = self.rows.iter().map(|row| row.content).collect();
        let contents = of_rows.iter().map(|&number| &self.contents[number]);
        let classes: BTreeSet<&DataClass> = contents.flat_map(|content| &content.classes).collect();
        let language = self.language;
        let names =
            classes.iter().map(|class| language.data_class_of(class.as_str(), Audience::OfMany));
        let names: Vec<_> = names.collect();
        let [sheet, reference, minor, breach, date, strength] = match language {
            Language::De => [
                "Serienbrief",
                "Unser Zeichen",
                "Minderjährig",
                "Vorfall",
                "Datum des Vorfalls",
                "Sicherheit",
            ],
            Language::En => [
                "Mail merge",
                "Our reference",
                "Minor",
                "Breach",
                "Date of the incident",
                "Strength",
            ],
        };
        let [yes, no, unknown] = match language {
            Language::De => ["ja", "nein", "unbekannt"],
            Language::En => ["yes", "no", "unknown"],
        };
        let header = [reference, minor, breach, date, strength].into_iter();
        let header: Vec<&str> = header.chain(names.iter().map(|name| &**name)).collect();
        let mut table = SheetWriter::new(output, format, sheet, &header)?;
        for row in &self.rows {
            let content = &self.contents[row.content];
            let age = match row.age {
                Age::Minor => yes,
                Age::OfAge => no,
                Age::Unknown => unknown,
            };
            let strength = language.strength(content.strength);
            let cells = [&*row.member, age, &content.breaches, &content.dates, &strength];
            let leaked =
                |class: &&DataClass| if content.classes.contains(*class) { yes } else { no };
            let cells: Vec<Cell<'_>> =
                cells.into_iter().chain(classes.iter().map(leaked)).map(Cell::Text).collect();
            table.row(&cells)?;
        }
        table.finish()
    }
}
