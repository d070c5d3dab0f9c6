//! Decides what each column holds, by its name and a sample of its values.

use std::ops::ControlFlow;

use leakdex::{Field, Normaliser, Outcome, Reason};

use crate::{
    columns::Column,
    doubt::{ColumnDoubt, DoubtBasis},
    error::InputProblem,
    names::{HeaderMeaning, NameMeaning},
    options::{Shape, Target},
    rows::{Block, ColumnSelection, Layout, Parsed},
    unused::{Counts, MIN_VALUES, fields, is_strict, may_hold_field},
};

mod dialling;

/// The maximum number of values of a column that are examined. More would not change the result.
const MAX_VALUES: usize = 1000;

/// The same limit for columns of unknown content, since there may be many of them.
const MAX_JUDGED_VALUES: usize = 100;

/// Whether the values of a column decide its use.
pub(crate) fn is_open(column: &Column) -> bool {
    column.target == Target::Id || may_be_used(column)
}

/// Whether a column is used if its values fit its name.
fn may_be_used(column: &Column) -> bool {
    column.target == Target::Ignore
        && !column.is_explicit
        && column.reading.meaning == NameMeaning::Perhaps
}

/// The remaining doubts. The lines are for people: a question for each column that may hold more than it is
/// used for, and warnings. The columns are for programs.
#[derive(Default)]
pub(crate) struct Doubts {
    pub lines: Vec<String>,
    pub columns: Vec<ColumnDoubt>,
}

/// If the name of a column leaves its content open, the values of the first blocks decide. If only mapped
/// columns are used, nothing is left to decide.
pub(crate) fn settle<'a>(
    layout: &mut Layout,
    blocks: impl Iterator<Item = &'a Block>,
    file: &str,
) -> Result<Doubts, InputProblem> {
    let rules = layout.normaliser;
    let samples = samples(layout, blocks);
    let profiles: Vec<Counts> = samples.iter().map(|sample| sample.counts(rules)).collect();
    let is_settled = layout.columns.are_settled();
    let columns = &mut layout.columns.list;
    for (column, (sample, profile)) in columns.iter_mut().zip(samples.iter().zip(&profiles)) {
        if is_settled {
            continue;
        }
        match column.target {
            Target::Id => column.identifier = identifier(profile),
            Target::Ignore if may_be_used(column) => {
                settle_by_values(column, sample, profile, rules);
            }
            _ => {}
        }
    }
    check_names(layout, &samples)?;
    let columns = &layout.columns.list;
    let has_birth_date = fields(columns).any(|field| field == Field::BirthDate);
    let mut doubts = Doubts::default();
    if is_settled {
        return Ok(doubts);
    }
    let phones = samples.iter().zip(&layout.columns.list);
    let phones = phones.filter(|(_, column)| column.field() == Some(Field::Phone));
    let bare_number = dialling::bare_number(phones.map(|(sample, _)| &*sample.values), rules);
    for (number, (sample, profile)) in samples.iter().zip(&profiles).enumerate() {
        let column = &mut layout.columns.list[number];
        // For this purpose the column counts as unused, even if its class is read or it is the reference.
        let fit = profile.fit(|field| may_hold_field(&column.reading, has_birth_date, field));
        if !column.is_explicit && column.field().is_none() {
            column.possible_field = column.possible_field.or(fit.map(|(field, _)| field));
        }
        let column = &layout.columns.list[number];
        let header = &column.header;
        let question = match column.target {
            Target::Field(field) => doubt(column, field, &sample.values, column.rules(rules)),
            _ if column.is_explicit => None,
            _ if dialling::may_hold_codes(column, &sample.values, bare_number.as_deref()) => {
                Some(dialling::question(column))
            }
            _ => question(column, profile, fit),
        };
        let mut add = |fields, basis| {
            doubts.columns.push(ColumnDoubt {
                place: number,
                header: header.clone(),
                fields,
                basis,
            });
        };
        match question {
            Some(ColumnQuestion { text, .. }) if column.is_explicit => {
                doubts.lines.push(format!("  warning: '{header}' {text}"));
            }
            Some(ColumnQuestion { text, fields, basis }) => {
                add(fields, basis);
                doubts.lines.push(format!("question: {file}: {} {text}", layout.place(number)));
            }
            None => {}
        }
        if sample.is_nested && column.is_unused() {
            add(Vec::new(), DoubtBasis::Nested);
            doubts.lines.push(format!(
                "  warning: '{header}' is nested too deeply to be read: move the identifiers of persons to a \
                 higher level, or give --column '{header}=ignore'"
            ));
        }
    }
    Ok(doubts)
}

/// A question about a column: the text after its name, and its content as data.
struct ColumnQuestion {
    text: String,
    fields: Vec<Field>,
    basis: DoubtBasis,
}

/// Shows the column names if they are known, or if the values prove that they are names. Otherwise refuses a
/// first row that seems to be a person's data.
fn check_names(layout: &mut Layout, samples: &[Sample]) -> Result<(), InputProblem> {
    let is_records = layout.format.shape() == Shape::Records;
    let rules = layout.normaliser;
    let columns = &mut layout.columns;
    let recurs = |(column, sample): (&Column, &Sample)| {
        sample.values.iter().any(|value| value.trim() == column.header.as_written().trim())
    };
    // A header describes the values below it and differs from them. A person's row does not.
    let is_proof = |(column, sample): (&Column, &Sample)| {
        let has_digits = |field: &Field| is_strict(*field) || *field == Field::PostalCode;
        let is_named = |field: &Field| {
            has_digits(field) && (column.is_explicit || column.reading.fields.contains(field))
        };
        let field = column.field().filter(is_named);
        field.is_some_and(|field| fits(field, &sample.values, column.rules(rules)))
            && columns.can_prove(column)
            && !recurs((column, sample))
    };
    if !columns.list.iter().zip(samples).any(is_proof) {
        let is_filled = |(_, sample): &(&Column, &Sample)| !sample.values.is_empty();
        let recurring: Vec<bool> =
            columns.list.iter().zip(samples).filter(is_filled).map(recurs).collect();
        columns.refuse_data(&recurring)?;
        if !columns.are_credible() {
            return Ok(());
        }
    }
    // A key that few records have may be a person, as in a list of contacts.
    columns.show_names(|number| !is_records || samples[number].is_usual());
    Ok(())
}

/// Whether values fit a field. Most values with a digit or an at sign must be valid, and the valid ones must
/// be at least a tenth of all values. Other values, such as remarks instead of numbers, are not evidence.
fn fits(field: Field, values: &[String], rules: Normaliser) -> bool {
    let mut normal_form = String::new();
    let (mut relevant, mut valid) = (0, 0);
    let is_relevant = |letter: char| letter == '@' || letter.is_ascii_digit();
    for value in values.iter().filter(|value| value.contains(is_relevant)) {
        let outcome = rules.normalise(field, value, &mut normal_form);
        relevant += 1;
        valid += usize::from(matches!(outcome, Outcome::Ok | Outcome::Suspect(_)));
    }
    valid * 2 > relevant && valid * 10 >= values.len()
}

/// Whether values alone show that references are identifiers of this field. Phone numbers do not count, since
/// customer numbers look like them.
pub(crate) fn shows_as_reference(field: Field) -> bool {
    is_strict(field) && field.kind().is_some() && !matches!(field, Field::Phone)
}

/// The field of references that have the form of an identifier.
fn identifier(profile: &Counts) -> Option<Field> {
    let fit = profile
        .strict_fit(shows_as_reference)
        .filter(|&(_, count)| is_evidence(count, profile.filled()));
    fit.map(|(field, _)| field)
}

/// Whether this many matching values show a field: more than half of them, or all if there are few.
const fn is_evidence(matching: u64, filled: u64) -> bool {
    matching * 2 > filled && (filled >= MIN_VALUES || matching == filled)
}

/// Uses a column as one of the fields that its name suggests, if its values show which. Otherwise uses it as
/// the class of data that its name suggests.
fn settle_by_values(column: &mut Column, sample: &Sample, profile: &Counts, rules: Normaliser) {
    let is_named = |field: Field| column.reading.fields.contains(&field);
    let valid = |field: Field| (field, count_valid(field, sample, profile, rules));
    let named = column.reading.fields.iter().copied().filter(|&field| is_strict(field));
    let best = named.rev().map(valid).max_by_key(|&(_, count)| count);
    let strict = best.filter(|&(_, count)| is_evidence(count, profile.filled()));
    let is_name = || {
        // The header already suggests names, so the values need not be common names.
        let has_other_form = profile.strict_fit(|_| true).is_some();
        let (given, invalid) = counts(Field::Name, &sample.values, rules);
        is_named(Field::Name)
            && is_number_or_name(&column.reading)
            && !has_other_form
            && invalid * 2 < given
    };
    let field = strict.map(|(field, _)| field).or_else(|| is_name().then_some(Field::Name));
    if let Some(field) = field {
        column.target = Target::Field(field);
        column.remark = Some("by its name and its values");
    } else if let Some(class) = column.reading.class.clone() {
        column.target = Target::Class(class);
    }
}

/// The number of the first values that are valid in a field that the column name suggests.
fn count_valid(field: Field, sample: &Sample, profile: &Counts, rules: Normaliser) -> u64 {
    // Nearly any number could be a phone number, and nearly any text a name.
    if field == Field::Phone || !is_strict(field) {
        return profile.of(field);
    }
    let mut normal_form = String::new();
    let values = sample.values.iter().take(MAX_JUDGED_VALUES);
    let valid = values
        .filter(|value| rules.normalise(field, value, &mut normal_form) == Outcome::Ok)
        .count();
    valid as u64
}

/// Whether the name allows only a number or a name.
fn is_number_or_name(reading: &HeaderMeaning) -> bool {
    reading.fields == [Field::Kvnr, Field::Name]
}

/// The question about a column that may hold more than it is used for.
fn question(
    column: &Column,
    profile: &Counts,
    fit: Option<(Field, u64)>,
) -> Option<ColumnQuestion> {
    let header = &column.header;
    let (reading, filled) = (&column.reading, profile.filled());
    let is_used = matches!(column.target, Target::Id) && column.identifier.is_some();
    if filled == 0 || is_used {
        return None;
    }
    let is_id = column.target == Target::Id;
    let current_use = if is_id { "is the reference only" } else { "is not used" };
    let otherwise = match &reading.class {
        _ if is_id => format!("'{header}=id'"),
        Some(class) => format!("'{header}=class:{class}'"),
        None => format!("'{header}=ignore'"),
    };
    if let Some((field, count)) = fit {
        let text = if profile.are_within(field) {
            // A column can only be used as a field if its cells hold nothing else.
            format!(
                "{current_use}, but {count} of its first {filled} values contain {field} beside other \
                 text: move it to a column of its own if it is the person's own, else --column {otherwise}"
            )
        } else {
            format!(
                "{current_use}, but {count} of its first {filled} values look like {field}: --column \
                 '{header}={field}' if they are the person's own, else {otherwise}"
            )
        };
        let basis = DoubtBasis::Values { fitting: count, filled };
        return Some(ColumnQuestion { text, fields: vec![field], basis });
    }
    let by_name =
        |text| ColumnQuestion { text, fields: reading.fields.clone(), basis: DoubtBasis::Name };
    match (reading.meaning, &reading.fields[..]) {
        (NameMeaning::Ambiguous, [Field::Username, ..]) => Some(by_name(format!(
            "is not used: a username means the same person in one portal only, and may be a clerk's: \
             --column '{header}=username' if both files are of one portal and it is the person's own, \
             else {otherwise}"
        ))),
        (NameMeaning::Ambiguous, _) | (NameMeaning::Perhaps, [_, ..]) => {
            // A number may be damaged in all rows, and any text may be a name.
            let may_be = |&field: &Field| is_strict(field) || profile.of(field) > 0;
            let is_other = profile.strict_fit(|field| field.kind().is_some()).is_some();
            let is_open = filled < MIN_VALUES || is_other || reading.fields.iter().any(may_be);
            let choices: Vec<String> =
                reading.fields.iter().map(|field| format!("'{header}={field}'")).collect();
            is_open.then(|| {
                by_name(format!(
                    "is not used: neither its name nor its values show what it holds: --column \
                     {} if it holds that, else {otherwise}",
                    choices.join(" or ")
                ))
            })
        }
        _ => None,
    }
}

/// Values of a column from the first rows.
#[derive(Clone, Default)]
struct Sample {
    values: Vec<String>,
    rows: u64,
    /// The number of rows that have this cell.
    cells: u64,
    /// Whether the column holds JSON objects, or arrays of objects or of arrays.
    is_nested: bool,
}

impl Sample {
    /// Whether at least half of the rows have this cell. In a small sample, all rows must have the cell, since
    /// one person may occur twice.
    const fn is_usual(&self) -> bool {
        const FEW: u64 = 10;
        let least = if self.rows < FEW { self.rows } else { self.rows / 2 };
        self.cells > 1 && self.cells >= least
    }

    /// Counts the first values by the fields that they fit.
    fn counts(&self, rules: Normaliser) -> Counts {
        let (mut counts, mut normal_form) = (Counts::default(), String::new());
        for value in self.values.iter().take(MAX_JUDGED_VALUES) {
            counts.count(Ok(value), rules, &mut normal_form);
        }
        counts
    }
}

/// Samples the first rows until each column has enough values or the blocks end.
fn samples<'a>(layout: &Layout, blocks: impl Iterator<Item = &'a Block>) -> Vec<Sample> {
    let columns = &layout.columns.list;
    let mut samples = vec![Sample::default(); columns.len()];
    let mut take = |parsed: &Parsed<'_>| {
        let share = parsed.share;
        // A column that is read anyway is not sampled twice.
        let is_unread = |number: usize| columns.get(number).is_some_and(|item| !item.is_read());
        let judged = || share.judged.iter().filter(|cells| is_unread(cells.origin));
        let all = || share.columns.iter().chain(judged());
        // In concatenated files, the header occurs again as a row. Its cells are not values.
        let name = |number: usize| {
            let header = columns.get(number).map_or("", |item| item.header.as_written().trim());
            (!header.is_empty()).then_some(header)
        };
        let named = || all().filter_map(|cells| Some((cells, name(cells.origin)?)));
        let is_table = layout.format.shape() != Shape::Records && named().nth(1).is_some();
        let is_header = |row: usize| {
            is_table
                && named().all(|(cells, name)| {
                    cells.values(parsed.bytes).text(row).is_ok_and(|text| text.trim() == name)
                })
        };
        let rows = (0..share.rows).filter(|&row| !is_header(row));
        for (row, cells) in rows.flat_map(|row| all().map(move |cells| (row, cells))) {
            // Keys that appear after the sample are not judged.
            let Some(sample) = samples.get_mut(cells.origin) else { continue };
            sample.cells += u64::from(cells.has(row));
            match cells.values(parsed.bytes).text(row) {
                Ok(value) => {
                    if sample.values.len() < MAX_VALUES && !leakdex::is_placeholder(value) {
                        sample.values.push(value.to_owned());
                    }
                }
                Err(reason) => sample.is_nested |= reason == Reason::NestedValue,
            }
        }
        samples.iter_mut().for_each(|sample| sample.rows += share.rows as u64);
        let is_enough = |(column, sample): (&Column, &Sample)| match column.target {
            Target::Field(_) => sample.values.len() == MAX_VALUES,
            Target::Ignore if column.is_explicit => true,
            _ => sample.values.len() >= MAX_JUDGED_VALUES,
        };
        if columns.iter().zip(&samples).all(is_enough) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    for block in blocks {
        layout.parse(block, ColumnSelection::Judged(1), &mut take);
    }
    samples
}

/// The doubt about a column if most of its values are invalid in the field it is used as.
fn doubt(
    column: &Column,
    field: Field,
    sample: &[String],
    normaliser: Normaliser,
) -> Option<ColumnQuestion> {
    let (given, invalid) = counts(field, sample, normaliser);
    if (given as u64) < MIN_VALUES || invalid * 2 <= given {
        return None;
    }
    let header = &column.header;
    let fit = fitting(&column.reading, field, sample, normaliser);
    let remedy = match fit {
        Some(fit) => format!("they look like {fit}: --column '{header}={fit}'"),
        None if column.is_explicit => {
            format!("they fit no other field that its name allows: --column '{header}=ignore'")
        }
        None => format!(
            "look at the column: --column '{header}={field}' if it holds that, else '{header}=ignore'"
        ),
    };
    let text = format!(
        "is mapped to {field}, but {invalid} of its first {given} values are invalid; {remedy}"
    );
    let basis = DoubtBasis::Invalid { invalid: invalid as u64, given: given as u64 };
    Some(ColumnQuestion { text, fields: fit.into_iter().collect(), basis })
}

/// The field whose form more than half of the values have, if the column name allows it.
///
/// Fields with a strict form have priority.
fn fitting(
    reading: &HeaderMeaning,
    mapped: Field,
    sample: &[String],
    normaliser: Normaliser,
) -> Option<Field> {
    const LAX: [Field; 3] = [Field::PostalCode, Field::Name, Field::LastName];
    let fits = |&field: &Field| {
        if field == mapped || !reading.allows(field) {
            return None;
        }
        let (given, invalid) = counts(field, sample, normaliser);
        let valid = given - invalid;
        (valid * 2 > sample.len()).then_some((field, valid))
    };
    let strict = Field::ALL.iter().filter(|&&field| is_strict(field));
    let best = most(strict.filter_map(fits)).or_else(|| LAX.iter().find_map(fits));
    best.map(|(field, _)| field)
}

/// The field with the highest count. The first one wins a tie.
fn most(fields: impl DoubleEndedIterator<Item = (Field, usize)>) -> Option<(Field, usize)> {
    fields.rev().max_by_key(|(_, count)| *count)
}

/// The number of values that are present in this field, and the number of invalid ones among them.
fn counts(field: Field, sample: &[String], normaliser: Normaliser) -> (usize, usize) {
    let (mut normal_form, mut given, mut invalid) = (String::new(), 0, 0);
    for value in sample {
        let outcome = normaliser.normalise(field, value, &mut normal_form);
        given += usize::from(outcome != Outcome::Absent);
        invalid += usize::from(matches!(outcome, Outcome::Invalid(_)));
    }
    (given, invalid)
}
