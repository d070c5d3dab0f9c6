//! How the columns of a stream are used.

use std::fmt;

use arrow_schema::Schema;
use leakdex::{DateOrder, IndexSet, KindSet, Normaliser};
use leakdex_input::{ColumnDoubt, DateColumn, Input, Layout, OrderBasis, Target};
use serde::{Deserialize, Serialize};

use crate::{error::Error, options::Options, output, stream::Batches};

/// The name of a stream of members in messages.
pub(crate) const MEMBERS: &str = "the members";

/// The name of a stream of leaked rows in messages.
pub(crate) const LEAK: &str = "the leak";

/// A used column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnUse {
    /// The name of the column.
    pub column: String,
    /// Its content: the slug of a field, `id`, or `class:SLUG`.
    pub content: String,
}

/// The recognised contents of the columns of a stream, in a form that can be sent. The process that recognises the
/// columns sends them to each task that reads a part of the list.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedColumns {
    columns: Vec<(String, String)>,
    date_orders: Vec<(String, String)>,
}

/// Recognises the columns of members from a sample of their rows, as [`check`](crate::check) does.
///
/// # Errors
///
/// As [`check`](crate::check).
pub fn resolve(
    sample: Batches,
    options: &Options,
    indexes: &IndexSet,
) -> Result<ResolvedColumns, Error> {
    let (kinds, rules) = (indexes.kinds(), indexes.batch().normaliser());
    Ok(ResolvedColumns::of(&open(MEMBERS, sample, options, kinds, rules)?))
}

/// Shows no column names, because a name may be a person's value.
impl fmt::Debug for ResolvedColumns {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ResolvedColumns").finish_non_exhaustive()
    }
}

impl ResolvedColumns {
    pub(crate) fn of(input: &Input) -> Self {
        let order = |column: &DateColumn| {
            (column.header.as_written().to_owned(), column.order.slug().to_owned())
        };
        // An unproven order may be wrong in the rest of the list. So each task looks for the order itself, and
        // counts the dates with two meanings.
        let is_known = |column: &&DateColumn| {
            !matches!(column.basis, OrderBasis::Unproven | OrderBasis::Usual)
        };
        let orders = input.date_columns().iter().filter(is_known);
        Self { columns: mapped(input), date_orders: orders.map(order).collect() }
    }

    /// Sets the options of a task: it uses these columns, and no others.
    ///
    /// # Errors
    ///
    /// If a field or an order is unknown.
    pub fn apply(&self, options: &mut Options) -> Result<(), Error> {
        let wrong = |error: &dyn fmt::Display| Error::Columns(error.to_string());
        options.only_mapped = true;
        options.columns.clear();
        for (header, target) in &self.columns {
            options.map(header, target).map_err(|error| wrong(&error))?;
        }
        for (header, order) in &self.date_orders {
            let order: DateOrder = order.parse().map_err(|error| wrong(&error))?;
            options.date_orders.push((header.clone(), order));
        }
        Ok(())
    }
}

/// Opens a stream. Refuses unused columns that would identify persons, if an index holds one of their kinds.
pub(crate) fn open(
    name: &str,
    batches: Batches,
    options: &Options,
    kinds: KindSet,
    rules: Normaliser,
) -> Result<Input, Error> {
    let input = Input::of_batches(name, batches, &options.of_input(rules))?;
    if options.only_mapped {
        return Ok(input);
    }
    if let Some(header) = input.nested_columns().next() {
        return Err(Error::Columns(format!(
            "the column '{header}' holds lists or structs, which are not read, so persons could be missed: give its \
             texts as columns of their own, or leave it out on purpose, as '{header}': 'ignore'"
        )));
    }
    let doubts = input.doubts();
    let would_identify = |doubt: &&ColumnDoubt| doubt.can_form(input.fields(), kinds);
    let Some(doubt) = doubts.iter().find(would_identify) else { return Ok(input) };
    let ColumnDoubt { header, fields, .. } = doubt;
    let slugs: Vec<&str> = fields.iter().map(|field| field.slug()).collect();
    let (field, alternatives) = (slugs[0], slugs.join(" or "));
    Err(Error::Columns(format!(
        "the column '{header}' may hold {alternatives} and is not used, so persons could be missed: map it in \
         `columns`, as '{header}': '{field}', or leave it out on purpose, as '{header}': 'ignore'"
    )))
}

/// The positions of the columns that come back beside the verdicts.
pub(crate) fn kept(schema: &Schema, keep: &[String]) -> Result<Vec<usize>, Error> {
    let verdict = output::fields();
    let place = |name: &String| {
        if verdict.iter().any(|verdict| verdict.name() == name) {
            return Err(Error::Columns(format!(
                "a column '{name}' cannot be kept, since a column of the verdict has this name: rename it"
            )));
        }
        schema
            .index_of(name)
            .map_err(|_| Error::Columns(format!("there is no column '{name}' to keep")))
    };
    let places: Vec<usize> = keep.iter().map(place).collect::<Result<_, _>>()?;
    match (1..keep.len()).find(|&number| keep[..number].contains(&keep[number])) {
        Some(number) => Err(Error::Columns(format!("the column '{}' is kept twice", keep[number]))),
        None => Ok(places),
    }
}

/// The used columns.
pub(crate) fn used(input: &Input) -> Vec<ColumnUse> {
    let columns = input.columns().into_iter();
    let used = columns.filter(|column| column.target != Target::Ignore);
    used.map(|column| ColumnUse {
        column: column.header.to_string(),
        content: content(&column.target),
    })
    .collect()
}

/// The unused columns.
pub(crate) fn ignored(input: &Input) -> Vec<String> {
    let columns = input.columns().into_iter();
    columns
        .filter(|column| column.target == Target::Ignore)
        .map(|column| column.header.to_string())
        .collect()
}

/// The columns that are used, and those that the caller explicitly ignores. Each has its header, and its content as
/// an option gives it.
pub(crate) fn mapped(input: &Input) -> Vec<(String, String)> {
    input.settled().into_iter().map(|item| (item.header, content(&item.target))).collect()
}

/// The content of a column, as an option gives it.
fn content(target: &Target) -> String {
    match target {
        Target::Ignore => "ignore".to_owned(),
        other => other.to_string(),
    }
}

/// The layout of columns with these headers and contents. It is the same for all tasks.
pub(crate) fn layout_of(
    headers: Vec<String>,
    mapped: &[(String, String)],
    rules: Normaliser,
) -> Result<Layout, Error> {
    let mut options = Options { only_mapped: true, ..Options::default() };
    for (header, content) in mapped {
        options.map(header, content).map_err(|error| Error::Counts(error.to_string()))?;
    }
    Ok(Layout::of_names(headers, &options.of_input(rules))?)
}
