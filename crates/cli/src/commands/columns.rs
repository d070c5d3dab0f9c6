//! `leakdex columns`: the profile of each column of a file, as a check would read it. It shows shapes,
//! never values.

mod table;

use std::collections::{BTreeMap, HashMap};

use leakdex::{
    Batch, Breach, DataClass, Field, IndexBuilder, Key, Normaliser, Outcome, Profile, Reason,
    RunCaveat,
};
use leakdex_input::{Block, ColumnUse, Input, Layout, Rows, Target, UnusedColumn, UnusedCounts};
use leakdex_screening::{ColumnCaveat, pipeline};
use serde::Serialize;

use super::print;
use crate::{
    args::Columns,
    inputs::{self, Inputs},
    mask::masked,
    output,
    progress::Progress,
    self_check,
    status::{self, Status},
};

/// The maximum number of shapes counted per column. All further shapes count as one.
const MAX_SHAPES: usize = 256;

pub fn run(arguments: &Columns) -> anyhow::Result<Status> {
    output::refuse_conflicts([], &arguments.files)?;
    let inputs = Inputs::new(&arguments.input, &arguments.files)?;
    inputs::refuse_missing(&arguments.files)?;
    let mut legend = table::Legend::default();
    for file in &arguments.files {
        let input = inputs.open(file)?;
        // The table shows how each column is read, but not how doubtful that is.
        let is_doubt = |line: &&String| {
            line.starts_with("question:") || line.trim_start().starts_with("warning:")
        };
        let doubts: Vec<String> = input.describe().iter().filter(is_doubt).cloned().collect();
        if !arguments.json {
            print(&(input.describe()[..1].join("\n") + "\n"))?;
        }
        let profile = profile_of(input, inputs.normaliser())?;
        print(&if arguments.json {
            serde_json::to_string(&profile)? + "\n"
        } else {
            legend.note(&profile);
            table::of(&profile)
        })?;
        status::print_lines(&doubts);
        if !status::is_quiet() {
            self_check::print(&profile.caveats);
        }
    }
    if !status::is_quiet() {
        print(&legend.text())?;
    }
    Ok(Status::Done)
}

/// The profile of a file.
#[derive(Default, Serialize)]
struct FileProfile {
    file: String,
    rows: u64,
    columns: Vec<ColumnProfile>,
    /// The columns by which no member is found.
    other_columns: Vec<OtherColumn>,
    unused_columns: Vec<UnusedColumn>,
    caveats: Vec<ColumnCaveat>,
    /// All columns, in the order of the file.
    #[serde(skip)]
    order: Vec<Place>,
}

/// A position in one of the two lists of columns.
#[derive(Clone, Copy)]
enum Place {
    Column(usize),
    Other(usize),
}

/// A column by which no member is found.
#[derive(Serialize)]
struct OtherColumn {
    column: String,
    /// `ignored` or `class:SLUG`.
    r#use: String,
    /// `None` if the values were not counted: `--column` maps the column, or there are too many columns.
    filled: Option<u64>,
    #[serde(skip)]
    why: &'static str,
}

/// The profile of a column.
#[derive(Default, Serialize)]
struct ColumnProfile {
    column: String,
    field: String,
    /// The class of data that a filled cell of a leak shows. References have none.
    data_class: Option<DataClass>,
    /// The number of cells that are neither empty nor a placeholder.
    filled: u64,
    ok: u64,
    suspect: u64,
    invalid: u64,
    /// Suspect and invalid values, by reason.
    reasons: BTreeMap<&'static str, u64>,
    #[serde(skip)]
    suspect_reasons: Vec<(&'static str, u64)>,
    #[serde(skip)]
    invalid_reasons: Vec<(&'static str, u64)>,
    /// The shapes of usable values, the most frequent first.
    shapes: Vec<Shape>,
}

#[derive(Serialize)]
struct Shape {
    shape: String,
    values: u64,
}

/// The counts of one column.
#[derive(Default)]
struct Counts {
    ok: u64,
    suspect: BTreeMap<Reason, u64>,
    invalid: BTreeMap<Reason, u64>,
    shapes: HashMap<String, u64>,
    other_shapes: u64,
}

/// The counts of a block.
#[derive(Default)]
struct BlockCounts {
    rows: u64,
    references: u64,
    /// In the order in which the columns first occur in the rows.
    columns: Vec<(String, Field, Counts, Profile)>,
    unused: UnusedCounts,
}

fn profile_of(mut input: Input, rules: Normaliser) -> anyhow::Result<FileProfile> {
    let (layout, file) = (input.layout(), input.name().to_owned());
    let progress = Progress::new(&input);
    // Only the batch is needed: it judges values as a check does.
    let key = Key::generate()?;
    let builder = IndexBuilder::new(&key, Breach::named("columns")?).normaliser(rules);
    let empty = builder.batch().profiled();
    let mut all = BlockCounts::default();
    pipeline::run(
        || {
            progress.update();
            anyhow::Ok(input.next_block()?)
        },
        || empty.clone(),
        |batch, block| count_block(&layout, block, batch, rules),
        |counted| {
            all.merge(counted);
            anyhow::Ok(true)
        },
    )?;
    drop(progress);
    let mut caveats = Vec::new();
    for (column, field, _, profile) in &all.columns {
        let named = |caveat: RunCaveat| ColumnCaveat {
            file: file.clone(),
            column: Some(column.clone()),
            caveat,
        };
        caveats.extend(profile.caveats(*field).into_iter().map(named));
    }
    let mut profile = FileProfile {
        file,
        rows: all.rows,
        unused_columns: layout.unused_columns(&all.unused),
        caveats,
        ..FileProfile::default()
    };
    for (number, column) in input.columns().iter().enumerate() {
        profile.add(column, number, &mut all);
    }
    profile.add_late(all);
    Ok(profile)
}

impl FileProfile {
    /// Adds a column, and moves its counts out of `all`.
    fn add(&mut self, column: &ColumnUse, number: usize, all: &mut BlockCounts) {
        let header = column.header.to_string();
        let field = match &column.target {
            Target::Field(field) => Some(*field),
            Target::Id => {
                self.add_column(ColumnProfile::of_reference(header.clone(), all.references));
                column.identifier
            }
            Target::Class(_) | Target::Ignore => {
                self.order.push(Place::Other(self.other_columns.len()));
                let filled = if column.is_explicit { None } else { all.unused.filled(number) };
                self.other_columns.push(OtherColumn {
                    column: header.clone(),
                    r#use: column.target.to_string(),
                    filled,
                    why: column.why,
                });
                None
            }
        };
        let Some(field) = field else { return };
        let counted = all.columns.iter().position(|(name, of, ..)| *name == header && *of == field);
        if let Some(place) = counted {
            let (_, _, counts, _) = all.columns.remove(place);
            self.add_column(counts.profile(header, field));
        } else if !self.has(&header, field) {
            self.add_column(Counts::default().profile(header, field));
        }
    }

    fn add_column(&mut self, column: ColumnProfile) {
        self.order.push(Place::Column(self.columns.len()));
        self.columns.push(column);
    }

    /// Whether an earlier column has the same name and field. Both were then counted as one.
    fn has(&self, header: &str, field: Field) -> bool {
        self.columns.iter().any(|column| column.column == header && column.field == field.slug())
    }

    /// Adds the keys of JSON lines that are missing from the first rows.
    fn add_late(&mut self, all: BlockCounts) {
        for (column, field, counts, _) in all.columns {
            self.add_column(counts.profile(column, field));
        }
        for unused in &self.unused_columns {
            let is_listed = self.columns.iter().any(|column| column.column == unused.column)
                || self
                    .other_columns
                    .iter()
                    .any(|other_column| other_column.column == unused.column);
            if !is_listed {
                self.order.push(Place::Other(self.other_columns.len()));
                self.other_columns.push(OtherColumn {
                    column: unused.column.clone(),
                    r#use: Target::Ignore.to_string(),
                    filled: Some(unused.filled),
                    why: "not among the first rows",
                });
            }
        }
    }
}

fn count_block(
    layout: &Layout,
    block: &Block,
    batch: &mut Batch,
    rules: Normaliser,
) -> BlockCounts {
    let (mut counted, mut unused) = (BlockCounts::default(), UnusedCounts::default());
    counted.rows = layout.rows_and_all_unused(block, &mut unused, |rows| {
        batch.clear();
        batch.push_columns(rows.columns());
        counted.count_rows(rows, batch, rules);
    });
    counted.unused = unused;
    counted
}

impl BlockCounts {
    fn count_rows(&mut self, rows: &Rows<'_>, batch: &Batch, rules: Normaliser) {
        let mut normal_form = String::new();
        self.references += (0..rows.len()).filter(|&row| !rows.id(row).is_empty()).count() as u64;
        for (number, column) in rows.columns().columns().iter().enumerate() {
            let order = column.date_order();
            let rules = order.map_or(rules, |order| rules.date_order(order));
            let field = column.field();
            let (counts, _) = self.column(rows.header(number).to_string(), field);
            for row in (0..rows.len()).filter(|&row| rows.has(row, number)) {
                normal_form.clear();
                let outcome = match column.text(row) {
                    Ok(raw) => rules.normalise(field, raw, &mut normal_form),
                    Err(reason) => Outcome::Invalid(reason),
                };
                counts.count(field, outcome, &normal_form);
            }
        }
        for (number, field, profile) in batch.profiles() {
            *self.column(rows.header(number).to_string(), field).1 += profile;
        }
    }

    fn column(&mut self, header: String, field: Field) -> (&mut Counts, &mut Profile) {
        let place = self.columns.iter().position(|column| column.0 == header && column.1 == field);
        let place = place.unwrap_or_else(|| {
            self.columns.push((header, field, Counts::default(), Profile::default()));
            self.columns.len() - 1
        });
        let (_, _, counts, profile) = &mut self.columns[place];
        (counts, profile)
    }

    fn merge(&mut self, next: Self) {
        self.rows += next.rows;
        self.references += next.references;
        self.unused.merge(next.unused);
        for (header, field, counts, profile) in next.columns {
            let counts_of_column = self.column(header, field);
            counts_of_column.0.add(counts);
            *counts_of_column.1 += &profile;
        }
    }
}

impl Counts {
    fn count(&mut self, field: Field, outcome: Outcome, normal_form: &str) {
        match outcome {
            Outcome::Ok => self.ok += 1,
            Outcome::Suspect(reason) => *self.suspect.entry(reason).or_default() += 1,
            Outcome::Invalid(reason) => *self.invalid.entry(reason).or_default() += 1,
            Outcome::Absent => {}
        }
        if matches!(outcome, Outcome::Ok | Outcome::Suspect(_)) {
            self.add_shape(masked(field, normal_form), 1);
        }
    }

    fn add_shape(&mut self, shape: String, values: u64) {
        if self.shapes.len() < MAX_SHAPES || self.shapes.contains_key(&shape) {
            *self.shapes.entry(shape).or_default() += values;
        } else {
            self.other_shapes += values;
        }
    }

    fn add(&mut self, next: Self) {
        self.ok += next.ok;
        for (counts, next) in [(&mut self.suspect, next.suspect), (&mut self.invalid, next.invalid)]
        {
            next.into_iter()
                .for_each(|(reason, values)| *counts.entry(reason).or_default() += values);
        }
        self.other_shapes += next.other_shapes;
        // Sorted, so the result does not depend on threads.
        let mut shapes: Vec<_> = next.shapes.into_iter().collect();
        shapes.sort_unstable();
        shapes.into_iter().for_each(|(shape, values)| self.add_shape(shape, values));
    }

    fn profile(self, column: String, field: Field) -> ColumnProfile {
        let mut reasons = BTreeMap::new();
        for (reason, values) in self.suspect.iter().chain(&self.invalid) {
            *reasons.entry(reason.code()).or_default() += values;
        }
        let by_count = |counts: &BTreeMap<Reason, u64>| {
            let counts = counts.iter().map(|(reason, &values)| (reason.code(), values));
            let mut counts: Vec<(&str, u64)> = counts.collect();
            counts.sort_by_key(|&(_, values)| std::cmp::Reverse(values));
            counts
        };
        let (suspect, invalid) = (self.suspect.values().sum(), self.invalid.values().sum());
        let (suspect_reasons, invalid_reasons) = (by_count(&self.suspect), by_count(&self.invalid));
        let shapes = self.shapes.into_iter().map(|(shape, values)| Shape { shape, values });
        let mut shapes: Vec<Shape> = shapes.collect();
        shapes.sort_unstable_by(|a, b| b.values.cmp(&a.values).then_with(|| a.shape.cmp(&b.shape)));
        ColumnProfile {
            column,
            field: field.slug().to_owned(),
            data_class: Some(field.data_class()),
            filled: self.ok + suspect + invalid,
            ok: self.ok,
            suspect,
            invalid,
            reasons,
            suspect_reasons,
            invalid_reasons,
            shapes,
        }
    }
}

impl ColumnProfile {
    /// The column of the caller's references. Every filled cell is usable, and none has a shape.
    fn of_reference(column: String, filled: u64) -> Self {
        Self { column, field: Target::Id.to_string(), filled, ok: filled, ..Self::default() }
    }
}
