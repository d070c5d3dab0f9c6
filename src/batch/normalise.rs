//! Normalises rows, column by column.

use super::{Batch, Identifier, Problem, Row, batch_number};
use crate::{
    columns::{Column, Columns},
    identifier::{
        DateEvidence, Field, Kind, KindSet, Normaliser, Outcome, Reason, institution_code,
        is_own_alias,
    },
    profile::{ColumnProfile, Profile},
    text::Place,
};

/// Rows that are being added to a batch.
pub(super) struct Normalising<'b, 'c> {
    batch: &'b mut Batch,
    columns: &'c Columns<'c>,
    /// The rules of the current column.
    rules: Normaliser,
    /// The index of the first row in the batch.
    first_row: usize,
    /// Whether each row is doubtful as a whole; empty if none is.
    doubtful: Vec<bool>,
    /// Whether each row has a problem.
    has_problem: Vec<bool>,
    /// The index of the profile of the current column.
    profile: usize,
}

impl<'b, 'c> Normalising<'b, 'c> {
    pub fn of(batch: &'b mut Batch, columns: &'c Columns<'c>) -> Self {
        let first_row = batch.rows.len();
        batch.rows.resize(first_row + columns.len(), Row::default());
        batch.fields = columns.columns().iter().fold(batch.fields, |mut all, column| {
            all.insert(column.field());
            all
        });
        batch.parts.begin(columns.len());
        let mut doubtful = Vec::new();
        for &(row, _) in columns.doubts() {
            doubtful.resize(columns.len(), false);
            doubtful[row] = true;
        }
        let (rules, has_problem) = (batch.normaliser, vec![false; columns.len()]);
        Self { batch, columns, rules, first_row, doubtful, has_problem, profile: 0 }
    }

    pub fn run(mut self) {
        let batch = &self.batch;
        let (problems_start, suspicions_start) = (batch.problems.len(), batch.suspicions.len());
        let classes_start = batch.data_classes.len();
        let institutions_start = batch.institutions.len();
        for (number, column) in self.columns.columns().iter().enumerate() {
            self.profile = self.begin_profile(number, column.field());
            self.push_column(number, column);
        }
        self.batch.push_match_keys(self.first_row);
        for &(row, reason) in self.columns.doubts().iter().chain(self.columns.notes()) {
            self.push_problem(row, Problem::of_row(reason));
        }
        for row in 0..self.columns.len() {
            if !self.has_problem[row] && self.batch.rows[self.first_row + row].kinds.is_empty() {
                self.push_problem(row, Problem::of_row(Reason::NoIdentifier));
            }
        }
        for (row, class) in self.columns.data_classes() {
            let row = self.number_in_batch(*row);
            self.batch.data_classes.push(row, class.clone());
        }
        self.batch.problems.sort_from(problems_start);
        self.batch.suspicions.sort_from(suspicions_start);
        self.batch.data_classes.sort_from(classes_start);
        self.batch.institutions.sort_from(institutions_start);
    }

    /// Finds or makes the profile of a column, and returns its index.
    fn begin_profile(&mut self, column: usize, field: Field) -> usize {
        let Some(profiles) = &mut self.batch.profiles else { return 0 };
        let known =
            profiles.iter().position(|profile| profile.column == column && profile.field == field);
        known.unwrap_or_else(|| {
            profiles.push(ColumnProfile { column, field, profile: Profile::default() });
            profiles.len() - 1
        })
    }

    /// Adds all values of a column. Nearly all values have a usual spelling. Those take one short
    /// pass, in a loop of their own for each field. The rest take the full rules.
    fn push_column(&mut self, number: usize, column: &Column<'_>) {
        let rules = self.batch.normaliser;
        self.rules = match column.date_order() {
            Some(order) => rules.date_order(order),
            None => rules,
        };
        match column.field() {
            Field::Email => self.push_values(number, column, |this, row, raw| {
                let write = |room: &mut _| Field::Email.write_usual(raw, rules, room);
                let place = this.batch.text.push_written(write);
                !place.is_empty() && this.push_email(row, place)
            }),
            Field::Kvnr => self.push_values(number, column, |this, row, raw| {
                let write = |room: &mut _| Field::Kvnr.write_usual(raw, rules, room);
                let place = this.batch.text.push_written(write);
                !place.is_empty() && {
                    this.count_usual(Field::Kvnr, place);
                    this.push_identifier(row, Kind::Kvnr, place)
                }
            }),
            Field::LastName => self.push_parts(number, column, Field::LastName),
            Field::FirstName => self.push_parts(number, column, Field::FirstName),
            Field::BirthDate => self.push_parts(number, column, Field::BirthDate),
            Field::PostalCode => self.push_parts(number, column, Field::PostalCode),
            _ => self.push_values(number, column, |_, _, _| false),
        }
    }

    #[expect(clippy::inline_always, reason = "each field has a loop of its own")]
    #[inline(always)]
    fn push_parts(&mut self, number: usize, column: &Column<'_>, field: Field) {
        let rules = self.rules;
        self.push_values(number, column, |this, row, raw| {
            let (suspect, in_batch) = (this.is_doubtful(row), this.first_row + row);
            let batch = &mut *this.batch;
            let is_usual = batch.parts.push_usual(in_batch, field, raw, suspect, rules);
            if is_usual && let Some(profiles) = &mut batch.profiles {
                let normal_form = batch.parts.first_value(in_batch, field);
                profiles[this.profile].profile.count_written(field, raw, normal_form);
            }
            is_usual
        });
    }

    /// Counts the usual value at `place` in the profile of its column.
    #[expect(clippy::inline_always, reason = "each field has a loop of its own")]
    #[inline(always)]
    fn count_usual(&mut self, field: Field, place: Place) {
        if let Some(profiles) = &mut self.batch.profiles {
            profiles[self.profile].profile.count(field, self.batch.text.get(place));
        }
    }

    /// Counts the cell that was just normalised. If it has several values, the first one counts.
    fn count_normal_form(&mut self, field: Field, raw: &str, outcome: Outcome) {
        let Some(profiles) = &mut self.batch.profiles else { return };
        let profile = &mut profiles[self.profile].profile;
        let value = field.values(&self.batch.normal_form).next().unwrap_or_default();
        profile.count_written(field, raw.as_bytes(), value.as_bytes());
        if let Outcome::Suspect(reason) = outcome {
            profile.count_suspect(reason);
        }
    }

    #[expect(clippy::inline_always, reason = "each field has a loop of its own")]
    #[inline(always)]
    fn push_values(
        &mut self,
        number: usize,
        column: &Column<'_>,
        push_usual: impl Fn(&mut Self, usize, &[u8]) -> bool,
    ) {
        let field = column.field();
        for row in 0..column.len() {
            match column.value(row) {
                Ok([]) => {}
                Ok(raw) if push_usual(self, row, raw) => {
                    self.batch.rows[self.first_row + row].given.insert(field);
                }
                Ok(raw) => self.push_by_full_rules(row, number, field, raw),
                Err(reason) => self.refuse(row, number, field, reason),
            }
        }
    }

    #[inline(never)]
    fn push_by_full_rules(&mut self, row: usize, number: usize, field: Field, raw: &[u8]) {
        let Ok(raw) = str::from_utf8(raw) else {
            return self.refuse(row, number, field, Reason::InvalidEncoding);
        };
        let outcome = self.rules.normalise(field, raw, &mut self.batch.normal_form);
        let suspect = self.is_doubtful(row) || matches!(outcome, Outcome::Suspect(_));
        match outcome {
            Outcome::Absent => return,
            Outcome::Invalid(reason) => {
                self.count_other_order(field, raw);
                return self.refuse(row, number, field, reason);
            }
            Outcome::Ok | Outcome::Suspect(_) => self.count_normal_form(field, raw, outcome),
        }
        let in_batch = self.number_in_batch(row);
        // In a leak, a placeholder such as 1900-01-01 is nobody's date of birth.
        let is_nobodys_date = self.batch.is_of_leak
            && field == Field::BirthDate
            && outcome == Outcome::Suspect(Reason::Placeholder);
        if !is_nobodys_date {
            self.batch.rows[in_batch as usize].given.insert(field);
        }
        let normal_form = std::mem::take(&mut self.batch.normal_form);
        for value in field.values(&normal_form) {
            if let Some(kind) = field.kind_of(value) {
                self.push_value(row, field, kind, value, suspect);
            } else if is_without_day(field, value) {
                self.batch.rows[in_batch as usize].unspecific.insert(field);
                self.batch.parts.push_without_day(in_batch as usize, value, suspect);
            } else if let Err(reason) =
                self.batch.parts.push(in_batch as usize, field, value, suspect)
            {
                self.refuse(row, number, field, reason);
            }
        }
        self.batch.normal_form = normal_form;
        if field == Field::Kvnr
            && self.batch.institutions.rows.last() != Some(&in_batch)
            && let Some(code) = institution_code(raw, &mut self.batch.derived_form)
        {
            self.batch.institutions.push(in_batch, code);
        }
        if let Outcome::Suspect(reason) = outcome {
            let problem = Problem { value: Some(number), field: Some(field), reason };
            self.batch.suspicions.push(in_batch, problem);
        }
    }

    /// Adds a value in normal form, and its derived kinds. Notes whether the value differs from its
    /// coarser form, even if no index holds that form and the batch does not make it.
    fn push_value(&mut self, row: usize, field: Field, kind: Kind, value: &str, suspect: bool) {
        let first = self.batch.identifiers.len();
        let place = self.batch.text.push(value.as_bytes());
        self.add(row, kind, place, suspect, value.is_ascii());
        for (derived, derive) in field.derivations() {
            let is_made = self.batch.derived.contains(derived);
            let is_coarser = kind.coarser() == Some(derived);
            if !is_made && !is_coarser {
                continue;
            }
            self.batch.derived_form.clear();
            derive(value, &mut self.batch.derived_form);
            if is_coarser && self.batch.derived_form != value {
                self.batch.rows[self.first_row + row].varied.insert(field);
            }
            if is_made && !self.batch.derived_form.is_empty() {
                let place = self.batch.text.push(self.batch.derived_form.as_bytes());
                self.add(row, derived, place, suspect, self.batch.derived_form.is_ascii());
            }
        }
        link_to_coarser(&mut self.batch.identifiers[first..]);
    }

    /// Counts an invalid date that is valid with day and month swapped.
    fn count_other_order(&mut self, field: Field, raw: &str) {
        if let (Field::BirthDate, Some(profiles)) = (field, &mut self.batch.profiles)
            && let DateEvidence::Proves(_) = self.rules.date_evidence(raw.as_bytes())
        {
            profiles[self.profile].profile.count_other_order();
        }
    }

    /// Adds a usual address, and its derived kinds.
    fn push_email(&mut self, row: usize, place: Place) -> bool {
        self.count_usual(Field::Email, place);
        let batch = &mut *self.batch;
        let address = batch.text.get(place);
        let is_hashed = !batch.derived.intersection(KindSet::EMAIL_HASHES).is_empty();
        if is_hashed || !is_own_alias(address) {
            let mut value = std::mem::take(&mut batch.normal_form);
            value.clear();
            value.push_str(str::from_utf8(address).unwrap_or_default());
            batch.text.truncate(place.range().start);
            self.push_value(row, Field::Email, Kind::Email, &value, self.is_doubtful(row));
            self.batch.normal_form = value;
            return true;
        }
        let first = batch.identifiers.len();
        self.push_identifier(row, Kind::Email, place);
        if self.batch.derived.contains(Kind::EmailAlias) {
            self.push_identifier(row, Kind::EmailAlias, place);
        }
        link_to_coarser(&mut self.batch.identifiers[first..]);
        true
    }

    /// Adds a usual value as an identifier.
    #[inline]
    fn push_identifier(&mut self, row: usize, kind: Kind, place: Place) -> bool {
        self.add(row, kind, place, self.is_doubtful(row), true);
        true
    }

    #[inline]
    fn add(&mut self, row: usize, kind: Kind, place: Place, suspect: bool, ascii: bool) {
        let number = self.first_row + row;
        self.batch.rows[number].kinds.insert(kind);
        self.batch.identifiers.push(Identifier::new(number, kind, place, suspect, ascii));
    }

    #[cold]
    fn refuse(&mut self, row: usize, number: usize, field: Field, reason: Reason) {
        self.batch.rows[self.first_row + row].given.insert(field);
        if let Some(profiles) = &mut self.batch.profiles {
            profiles[self.profile].profile.count_invalid(reason);
        }
        self.push_problem(row, Problem { value: Some(number), field: Some(field), reason });
    }

    fn push_problem(&mut self, row: usize, problem: Problem) {
        self.has_problem[row] = true;
        let row = self.number_in_batch(row);
        self.batch.problems.push(row, problem);
    }

    fn is_doubtful(&self, row: usize) -> bool {
        self.doubtful.get(row) == Some(&true)
    }

    /// The index of a row in the batch.
    fn number_in_batch(&self, row: usize) -> u32 {
        batch_number(self.first_row + row)
    }
}

impl Batch {
    /// Makes every match key for which a row has the parts, from `first_row` on. Several values of
    /// one part can make the same key twice, which does no harm.
    pub(super) fn push_match_keys(&mut self, first_row: usize) {
        let is_of_leak = self.is_of_leak;
        let Self { parts, text, identifiers, rows, all_parts, .. } = self;
        parts.finish();
        for (number, row) in rows.iter_mut().enumerate().skip(first_row) {
            let mut combination = 0_u8;
            parts.for_each_person(number, !is_of_leak, |person, suspect, all_ascii| {
                person.push_match_keys(text, |kind, place, text| {
                    row.kinds.insert(kind);
                    let ascii = all_ascii || text.get(place).is_ascii();
                    let identifier = Identifier::new(number, kind, place, suspect, ascii);
                    identifiers.push(Identifier { person: combination, ..identifier });
                });
                combination = combination.saturating_add(1);
            });
            if is_of_leak && let Some(place) = parts.push_all(number, text) {
                all_parts.push(batch_number(number), place);
            }
        }
    }
}

/// Whether this is a date with an unknown day or month. It is valid, but makes no key.
fn is_without_day(field: Field, normal_form: &str) -> bool {
    field == Field::BirthDate && normal_form.ends_with("-00")
}

/// Links an identifier to its coarser one, which is derived first.
fn link_to_coarser(same_value: &mut [Identifier]) {
    if let [finer, coarser, ..] = same_value
        && finer.kind.coarser() == Some(coarser.kind)
    {
        (finer.to_coarser, coarser.to_finer) = (1, 1);
    }
}
