//! The facts about the reading of an input that lead to caveats.

use std::ops::AddAssign;

use leakdex::{Field, FieldSet, KindSet, RunCaveat, Side, Sign};
use leakdex_input::{Input, OrderBasis, UnusedColumn};
use serde::{Deserialize, Serialize};

use crate::caveats::ColumnCaveat;

/// The facts about the reading of an input that lead to caveats. If several tasks read parts of one table, their
/// readings can be added.
#[derive(Serialize, Deserialize)]
pub struct Reading {
    file: String,
    fields: Vec<Field>,
    is_cut_off: bool,
    /// The headers of date columns whose order of day and month is unproven, and the number of their dates with
    /// two meanings.
    unproven_dates: Vec<(String, u64)>,
}

impl Reading {
    /// The reading of this input so far. It is complete after the last block.
    #[must_use]
    pub fn new(input: &Input) -> Self {
        let dates = input.date_columns().iter();
        let unproven = dates.filter(|date| date.basis == OrderBasis::Unproven);
        Self {
            file: input.name().to_owned(),
            fields: input.fields().iter().collect(),
            is_cut_off: input.is_cut_off(),
            unproven_dates: unproven.map(|date| (date.header.to_string(), date.open)).collect(),
        }
    }

    /// The name of the input, as the caller gave it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The fields of its mapped columns.
    #[must_use]
    pub fn fields(&self) -> FieldSet {
        self.fields.iter().copied().collect()
    }

    /// The caveats from the reading: an end within a row, dates whose order is unproven, and unused columns that
    /// would add identifiers of these kinds.
    #[must_use]
    pub fn caveats(
        &self,
        side: Side,
        unused: &[UnusedColumn],
        kinds: KindSet,
    ) -> Vec<ColumnCaveat> {
        let fields = self.fields();
        let mut caveats = Vec::new();
        let mut add = |column: Option<String>, caveat| {
            caveats.push(ColumnCaveat { file: self.file.clone(), column, caveat });
        };
        if self.is_cut_off {
            add(None, RunCaveat::of_rows(side, Sign::CutOff, 1, 1));
        }
        for (header, open) in &self.unproven_dates {
            let sign = Sign::UnprovenDateOrder;
            let caveat = RunCaveat::new(side, Field::BirthDate, sign, *open, *open);
            add(Some(header.clone()), caveat);
        }
        for unused in unused {
            let UnusedColumn { looks_like: Some(field), is_of_relative, .. } = unused else {
                continue;
            };
            let UnusedColumn { column, fitting, filled, .. } = unused;
            // Any value can be a username, and the user was already asked about it.
            if *field == Field::Username {
                continue;
            }
            let is_of_person = matches!(
                field,
                Field::Name | Field::LastName | Field::FirstName | Field::BirthDate
            );
            // In a member list, relatives have rows of their own. In a leak, a postcode alone finds no relative.
            if *is_of_relative && field.kind().is_none() && (side == Side::Members || !is_of_person)
            {
                continue;
            }
            let with_it: FieldSet = fields.iter().chain([*field]).collect();
            let gained = with_it.kinds().difference(fields.kinds()).intersection(kinds);
            // A row can also have the address or number of another person, such as a child. A member keeps some numbers
            // for life, so another one in a member list belongs to another person. Many numbers look like phone numbers.
            let is_for_life = matches!(field, Field::Kvnr | Field::Rvnr | Field::SteuerId);
            let is_other = side == Side::Members && is_for_life || *field == Field::Phone;
            let is_identifier = !is_other && field.kind().is_some_and(|kind| kinds.contains(kind));
            // Relatives may be members, too.
            let is_lost_person =
                *is_of_relative && is_of_person && kinds.iter().any(leakdex::Kind::is_match_key);
            if is_identifier || is_lost_person || !gained.is_empty() {
                let caveat = RunCaveat::new(side, *field, Sign::UnusedColumn, *fitting, *filled);
                add(Some(column.clone()), caveat);
            }
        }
        caveats
    }
}

/// Adds the reading of another part of the same table.
impl AddAssign for Reading {
    fn add_assign(&mut self, more: Self) {
        let fields: FieldSet = self.fields.iter().copied().chain(more.fields).collect();
        self.fields = fields.iter().collect();
        self.is_cut_off |= more.is_cut_off;
        for (header, open) in more.unproven_dates {
            match self.unproven_dates.iter_mut().find(|(known, _)| *known == header) {
                Some((_, count)) => *count += open,
                None => self.unproven_dates.push((header, open)),
            }
        }
    }
}
