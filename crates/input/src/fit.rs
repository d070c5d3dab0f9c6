//! Whether the columns hold what they are mapped to, and whether those that are not used hold something
//! of use, by a sample of their values.

use std::ops::ControlFlow;

use leakdex::{Field, Normaliser, Outcome, Reason};

use crate::{
    columns::{Column, shown},
    options::Target,
    rows::{Block, Layout, Wanted},
    unused::{Counts, FEWEST_VALUES, fields, is_strict},
};

/// More values of a column tell no more.
const MOST_VALUES: usize = 1000;

/// Of a column that is not used fewer do, since there may be many such columns.
const MOST_IGNORED_VALUES: usize = 100;

/// For people, one line for each column most of whose values are invalid in the field that it is
/// mapped to, with the field that they would fit; and one for each column that nobody mapped and
/// whose values seem to be of use, or are hidden in objects.
pub(crate) fn warnings(layout: &Layout, block: &Block, normaliser: Normaliser) -> Vec<String> {
    let samples = samples(layout, block);
    let columns = layout.columns.list.iter().zip(&samples);
    let has_birth_date = fields(&layout.columns.list).any(|field| field == Field::BirthDate);
    let (mut warnings, mut normal_form) = (Vec::new(), String::new());
    for (column, sample) in columns {
        let header = shown(&column.header);
        match column.target {
            Target::Field(field) => {
                let rules = column.rules(normaliser);
                warnings.extend(warning_of_mapped(&header, field, &sample.values, rules));
            }
            Target::Ignore if !column.is_explicit => {
                let mut counts = Counts::default();
                for value in sample.values.iter().take(MOST_IGNORED_VALUES) {
                    counts.count(Ok(value), normaliser, &mut normal_form);
                }
                let fit = counts.fit(has_birth_date).filter(|&(field, _)| is_strict(field));
                warnings.extend(fit.map(|(field, count)| {
                    format!(
                        "  warning: '{header}' is not used, but {count} of its first {} values look \
                         like {field}: --column '{header}={field}', or '{header}=ignore' if they are \
                         not the person's own",
                        counts.filled()
                    )
                }));
                if sample.is_nested {
                    warnings.push(format!(
                        "  warning: '{header}' holds objects or lists of them, and nothing within \
                         them is read: bring what identifies a person to the top of the line, or \
                         give --column '{header}=ignore'"
                    ));
                }
            }
            Target::Ignore | Target::Class(_) | Target::Id => {}
        }
    }
    warnings
}

/// Values of a column in the first rows.
#[derive(Clone, Default)]
struct Sample {
    values: Vec<String>,
    /// Whether it holds JSON objects, or arrays of them or of arrays.
    is_nested: bool,
}

/// The values of the first rows, of as many as it takes until each column has shown enough, or the
/// block is at its end.
fn samples(layout: &Layout, block: &Block) -> Vec<Sample> {
    let columns = &layout.columns.list;
    let mut samples = vec![Sample::default(); columns.len()];
    layout.parse(block, Wanted::Judged(1), &mut |parsed| {
        let share = parsed.share;
        let all = || share.columns.iter().chain(&share.judged);
        for (row, cells) in (0..share.rows).flat_map(|row| all().map(move |cells| (row, cells))) {
            // Keys that come late are not judged.
            let Some(sample) = samples.get_mut(cells.origin) else { continue };
            match cells.values(parsed.bytes).text(row) {
                Ok(value) => {
                    if sample.values.len() < MOST_VALUES && !leakdex::is_placeholder(value) {
                        sample.values.push(value.to_owned());
                    }
                }
                Err(reason) => sample.is_nested |= reason == Reason::NestedValue,
            }
        }
        let is_enough = |(column, sample): (&Column, &Sample)| match column.target {
            Target::Field(_) => sample.values.len() == MOST_VALUES,
            Target::Ignore => column.is_explicit || sample.values.len() >= MOST_IGNORED_VALUES,
            Target::Class(_) | Target::Id => true,
        };
        if columns.iter().zip(&samples).all(is_enough) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    samples
}

fn warning_of_mapped(
    header: &str,
    field: Field,
    sample: &[String],
    normaliser: Normaliser,
) -> Option<String> {
    let (given, invalid) = counts(field, sample, normaliser);
    if (given as u64) < FEWEST_VALUES || invalid * 2 <= given {
        return None;
    }
    let remedy = match fitting(field, sample, normaliser) {
        Some(fit) => format!("they look like {fit}: --column '{header}={fit}'"),
        None => format!("they fit no other field: --column '{header}=ignore'"),
    };
    Some(format!(
        "  warning: '{header}' is mapped to {field}, but {invalid} of its first {given} values are \
         invalid; {remedy}"
    ))
}

/// The field in whose form most of the values are, if it is more than half of them.
///
/// Fields with a strict form come first.
fn fitting(mapped: Field, sample: &[String], normaliser: Normaliser) -> Option<Field> {
    const LAX: [Field; 3] = [Field::PostalCode, Field::Name, Field::LastName];
    let fits = |&field: &Field| {
        let (given, invalid) = counts(field, sample, normaliser);
        let valid = given - invalid;
        (field != mapped && valid * 2 > sample.len()).then_some((field, valid))
    };
    let strict = Field::ALL.iter().filter(|&&field| is_strict(field));
    let best = most(strict.filter_map(fits)).or_else(|| LAX.iter().find_map(fits));
    best.map(|(field, _)| field)
}

/// The field with the highest count; of equal ones the first.
fn most(fields: impl DoubleEndedIterator<Item = (Field, usize)>) -> Option<(Field, usize)> {
    fields.rev().max_by_key(|(_, count)| *count)
}

/// How many of the values are not absent from this field, and how many of those are invalid.
fn counts(field: Field, sample: &[String], normaliser: Normaliser) -> (usize, usize) {
    let (mut normal_form, mut given, mut invalid) = (String::new(), 0, 0);
    for value in sample {
        let outcome = normaliser.normalise(field, value, &mut normal_form);
        given += usize::from(outcome != Outcome::Absent);
        invalid += usize::from(matches!(outcome, Outcome::Invalid(_)));
    }
    (given, invalid)
}
