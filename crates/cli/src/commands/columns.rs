//! `leakdex columns`: the profile of each column of a file, as a check would read it. No value is shown, only
//! shapes.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use leakdex::{
    Batch, Breach, Field, IndexBuilder, Key, Normaliser, Outcome, Profile, Reason, RunCaveat,
};
use leakdex_input::{Block, Input, Layout, Rows, Target, UnusedCounts};
use leakdex_report::UnusedColumn;
use leakdex_screening::{ColumnCaveat, pipeline};
use serde::Serialize;

use super::print;
use crate::{
    args::Columns,
    human::count,
    inputs::{self, Inputs},
    mask::masked,
    output,
    progress::Progress,
    screen::{list, shortened},
    self_check,
    status::{self, Status},
    unused,
};

/// So many shapes of a column are counted. Of a column with more, the rest counts as one.
const MOST_SHAPES: usize = 256;

/// So many of them are shown.
const SHAPES_SHOWN: usize = 3;

pub fn run(arguments: &Columns) -> anyhow::Result<Status> {
    output::refuse_conflicts([], &arguments.files)?;
    let inputs = Inputs::new(&arguments.input, &arguments.files)?;
    inputs::refuse_missing(&arguments.files)?;
    // How a file is read is a part of the result here, and no note.
    let is_quiet = status::is_quiet();
    for file in &arguments.files {
        let input = inputs.open(file)?;
        if !arguments.json {
            print(&(input.describe()[..1].join("\n") + "\n"))?;
        }
        let (profile, caveats) = profile_of(input, inputs.normaliser())?;
        print(&if arguments.json {
            serde_json::to_string(&profile)? + "\n"
        } else {
            describe(&profile)
        })?;
        if !is_quiet {
            self_check::tell(&caveats);
        }
    }
    Ok(Status::Done)
}

/// The profile of a file.
#[derive(Serialize)]
struct FileProfile {
    file: String,
    rows: u64,
    columns: Vec<ColumnProfile>,
    unused_columns: Vec<UnusedColumn>,
    caveats: Vec<ColumnCaveat>,
}

/// The profile of a column.
#[derive(Serialize)]
struct ColumnProfile {
    column: String,
    field: String,
    /// Cells that are neither empty nor a placeholder.
    filled: u64,
    ok: u64,
    suspect: u64,
    invalid: u64,
    /// Suspect and invalid values by reason.
    reasons: BTreeMap<&'static str, u64>,
    /// The shapes of values that are used, the most frequent first.
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
struct Counted {
    rows: u64,
    references: u64,
    /// In the order in which the rows show the columns.
    columns: Vec<(String, Field, Counts, Profile)>,
    unused: UnusedCounts,
}

fn profile_of(
    mut input: Input,
    rules: Normaliser,
) -> anyhow::Result<(FileProfile, Vec<ColumnCaveat>)> {
    let (layout, file) = (input.layout(), input.name().to_owned());
    let progress = Progress::new(&input);
    // Only the batch is of use: it judges values as a check does.
    let key = Key::generate()?;
    let builder = IndexBuilder::new(&key, Breach::named("columns")?).normaliser(rules);
    let empty = builder.batch().profiled();
    let mut all = Counted::default();
    pipeline::run(
        || {
            progress.update();
            anyhow::Ok(input.next_block()?)
        },
        || empty.clone(),
        |batch, block| count_block(&layout, block, batch, rules),
        |counted| {
            all.unite(counted);
            anyhow::Ok(true)
        },
    )?;
    drop(progress);
    let mut caveats = Vec::new();
    let mut columns = Vec::new();
    let has_reference = input.columns().into_iter().find(|column| column.target == Target::Id);
    columns.extend(has_reference.map(|column| ColumnProfile {
        column: column.header.to_string(),
        field: Target::Id.to_string(),
        filled: all.references,
        ok: all.references,
        suspect: 0,
        invalid: 0,
        reasons: BTreeMap::new(),
        shapes: Vec::new(),
    }));
    for (column, field, counts, profile) in all.columns {
        let named = |caveat: RunCaveat| ColumnCaveat {
            file: file.clone(),
            column: Some(column.clone()),
            caveat,
        };
        caveats.extend(profile.caveats(field).into_iter().map(named));
        columns.push(counts.profile(column, field));
    }
    let unused_columns = unused::of(layout.unused_columns(&all.unused));
    let profile =
        FileProfile { file, rows: all.rows, columns, unused_columns, caveats: caveats.clone() };
    Ok((profile, caveats))
}

fn count_block(layout: &Layout, block: &Block, batch: &mut Batch, rules: Normaliser) -> Counted {
    let (mut counted, mut unused) = (Counted::default(), UnusedCounts::default());
    counted.rows = layout.rows_and_unused(block, &mut unused, |rows| {
        batch.clear();
        batch.push_columns(rows.columns());
        counted.count_rows(rows, batch, rules);
    });
    counted.unused = unused;
    counted
}

impl Counted {
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
        let place = self.columns.iter().position(|own| own.0 == header && own.1 == field);
        let place = place.unwrap_or_else(|| {
            self.columns.push((header, field, Counts::default(), Profile::default()));
            self.columns.len() - 1
        });
        let (_, _, counts, profile) = &mut self.columns[place];
        (counts, profile)
    }

    fn unite(&mut self, next: Self) {
        self.rows += next.rows;
        self.references += next.references;
        self.unused.unite(next.unused);
        for (header, field, counts, profile) in next.columns {
            let own = self.column(header, field);
            own.0.add(counts);
            *own.1 += &profile;
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
        if self.shapes.len() < MOST_SHAPES || self.shapes.contains_key(&shape) {
            *self.shapes.entry(shape).or_default() += values;
        } else {
            self.other_shapes += values;
        }
    }

    fn add(&mut self, next: Self) {
        self.ok += next.ok;
        for (own, next) in [(&mut self.suspect, next.suspect), (&mut self.invalid, next.invalid)] {
            next.into_iter().for_each(|(reason, values)| *own.entry(reason).or_default() += values);
        }
        self.other_shapes += next.other_shapes;
        // In an order, so that threads change nothing.
        let mut shapes: Vec<_> = next.shapes.into_iter().collect();
        shapes.sort_unstable();
        shapes.into_iter().for_each(|(shape, values)| self.add_shape(shape, values));
    }

    fn profile(self, column: String, field: Field) -> ColumnProfile {
        let (suspect, invalid) = (self.suspect.values().sum(), self.invalid.values().sum());
        let mut reasons = BTreeMap::new();
        for (reason, values) in self.suspect.iter().chain(&self.invalid) {
            *reasons.entry(reason.code()).or_default() += values;
        }
        let shapes = self.shapes.into_iter().map(|(shape, values)| Shape { shape, values });
        let mut shapes: Vec<Shape> = shapes.collect();
        shapes.sort_unstable_by(|a, b| b.values.cmp(&a.values).then_with(|| a.shape.cmp(&b.shape)));
        ColumnProfile {
            column,
            field: field.slug().to_owned(),
            filled: self.ok + suspect + invalid,
            ok: self.ok,
            suspect,
            invalid,
            reasons,
            shapes,
        }
    }
}

/// A table for a terminal.
fn describe(profile: &FileProfile) -> String {
    const LONGEST: usize = 22;
    let mut text = format!("  {} rows\n", count(profile.rows));
    let _ = writeln!(
        text,
        "  {:22} {:13} {:>10} {:>10} {:>9} {:>9}",
        "column", "field", "filled", "ok", "suspect", "invalid"
    );
    for column in &profile.columns {
        let _ = writeln!(
            text,
            "  {:22} {:13} {:>10} {:>10} {:>9} {:>9}",
            shortened(&column.column, LONGEST),
            column.field,
            count(column.filled),
            count(column.ok),
            count(column.suspect),
            count(column.invalid)
        );
        if !column.reasons.is_empty() {
            let _ = writeln!(text, "    suspect or invalid: {}", list(&column.reasons));
        }
        let shown = column.shapes.iter().take(SHAPES_SHOWN);
        let shown: Vec<String> =
            shown.map(|own| format!("{} {}", own.shape, count(own.values))).collect();
        if !shown.is_empty() {
            let more = column.shapes.len().saturating_sub(SHAPES_SHOWN);
            let more =
                if more > 0 { format!(", and {} more", count(more as u64)) } else { String::new() };
            let _ = writeln!(text, "    looks like: {}{more}", shown.join(", "));
        }
    }
    for unused in &profile.unused_columns {
        let like = unused.looks_like.as_ref().map(|field| format!(", looks like {field}"));
        let _ = writeln!(
            text,
            "  {:22} {:13} {:>10}{}",
            shortened(&unused.column, LONGEST),
            "not used",
            count(unused.filled),
            like.unwrap_or_default()
        );
    }
    text
}
