//! Assigns the mappings of the caller to the columns.

use leakdex::Field;

use super::alike;
use crate::{
    error::InputProblem,
    header::one_line,
    options::{Mapping, Options, Target},
};

/// The mappings of each column.
pub(super) struct Assignment<'o> {
    pub explicit: Vec<Option<&'o Mapping>>,
    /// The fields of references that are also identifiers.
    pub identifiers: Vec<Option<Field>>,
    /// The headers of mappings without a column.
    pub unseen: Vec<String>,
}

impl<'o> Assignment<'o> {
    pub fn of(headers: &[String], options: &'o Options) -> Result<Self, InputProblem> {
        let count = headers.len();
        let mut assignment = Self {
            explicit: vec![None; count],
            identifiers: vec![None; count],
            unseen: Vec::new(),
        };
        for mapping in &options.columns {
            let places = places_of(&mapping.header, headers);
            if places.is_empty() {
                assignment.unseen.push(mapping.header.clone());
            }
            assignment.assign(mapping, &places, options.only_mapped)?;
        }
        let targets = assignment.explicit.iter().flatten().map(|mapping| &mapping.target);
        if targets.filter(|target| **target == Target::Id).count() > 1 {
            return Err(InputProblem::TwoIds);
        }
        Ok(assignment)
    }

    fn assign(
        &mut self,
        mapping: &'o Mapping,
        places: &[usize],
        only_mapped: bool,
    ) -> Result<(), InputProblem> {
        for &place in places {
            let is_of_id = match (self.explicit[place], &mapping.target) {
                (None, target) => {
                    self.explicit[place] = Some(mapping);
                    *target == Target::Id
                }
                // The reference may also be an identifier.
                (Some(id), Target::Field(field)) if only_mapped && id.target == Target::Id => {
                    self.identifiers[place] = Some(*field);
                    true
                }
                _ => return Err(InputProblem::MappedTwice(one_line(&mapping.header))),
            };
            // As without a mapping, only the first column of a name is the reference, and only it may also be an
            // identifier.
            if only_mapped && is_of_id {
                break;
            }
        }
        Ok(())
    }
}

/// The columns with this header. If none has exactly this header, case and blanks at its ends do not matter.
fn places_of(name: &str, headers: &[String]) -> Vec<usize> {
    let is_exact = headers.iter().any(|header| header == name);
    let is_meant = |header: &str| if is_exact { header == name } else { alike(header, name) };
    let places = headers.iter().enumerate().filter(|(_, header)| is_meant(header));
    places.map(|(place, _)| place).collect()
}
