//! The caveats of columns in which hardly any member agrees with the leaked records that are certainly theirs.

use leakdex::{Field, FieldAgreement, FieldSet, IndexSet};

use super::{ColumnProfile, ListProfile};
use crate::caveats::ColumnCaveat;

impl ListProfile {
    /// The agreement in each field that both this list and an index can have. `fields` are those of the
    /// list's columns.
    #[must_use]
    pub fn agreements(&self, fields: FieldSet, indexes: &IndexSet) -> Vec<FieldAgreement> {
        self.concordance.agreements(fields.kinds().intersection(indexes.kinds()))
    }
}

/// The caveats of a list, each with its columns. If several breaches show the same caveat, the breach with the
/// most differing members counts.
pub(super) fn caveats(
    agreements: &[FieldAgreement],
    list: &ListProfile,
    file: &str,
) -> Vec<ColumnCaveat> {
    let mut caveats: Vec<ColumnCaveat> = Vec::new();
    for caveat in agreements.iter().filter_map(FieldAgreement::caveat) {
        let column = caveat.field.and_then(|field| headers(list, field));
        match caveats.iter_mut().find(|known| known.caveat.field == caveat.field) {
            Some(known) if known.caveat.count >= caveat.count => {}
            Some(known) => known.caveat = caveat,
            None => caveats.push(ColumnCaveat { file: file.to_owned(), column, caveat }),
        }
    }
    caveats
}

/// The headers of the columns with values of this field; `None` if there is no such column.
fn headers(list: &ListProfile, field: Field) -> Option<String> {
    let is_name = matches!(field, Field::LastName | Field::FirstName);
    let holds = |profile: &&ColumnProfile| {
        let has_kind = field.kind().is_some_and(|kind| profile.field.kinds().contains(kind));
        // Hashes of addresses count as addresses.
        let is_derived = profile.field.kind().is_some_and(|kind| field.kinds().contains(kind));
        profile.field == field || has_kind || is_derived || is_name && profile.field == Field::Name
    };
    let headers: Vec<&str> =
        list.columns.iter().filter(holds).map(|column| column.header.as_str()).collect();
    (!headers.is_empty()).then(|| headers.join("', '"))
}
