//! Summarises the agreement of the two sides: for each field, the list and the breach where it is
//! lowest.

use std::collections::BTreeMap;

use leakdex::Field;
use serde::Serialize;

use super::model::Report;

/// A field, and the list and the breach with its lowest agreement.
#[derive(Debug, Serialize)]
pub struct LowestAgreement<'a> {
    field: Field,
    anchors: u64,
    agreed: u64,
    file: &'a str,
    /// `None` if it covers all breaches together.
    breach: Option<&'a str>,
}

/// The agreement of a report.
#[derive(Debug, Default, Serialize)]
pub struct Agreement<'a> {
    /// The fields whose agreement could be measured, the lowest first.
    lowest: Vec<LowestAgreement<'a>>,
    /// The fields with too few comparisons.
    not_measurable: Vec<Field>,
}

pub fn of(report: &Report) -> Agreement<'_> {
    let mut fields: BTreeMap<Field, Option<LowestAgreement<'_>>> = BTreeMap::new();
    for list in &report.member_lists {
        for concordance in &list.concordance {
            let lowest = fields.entry(concordance.field).or_default();
            let (anchors, agreed) = (concordance.anchors, concordance.agreed);
            let is_lower = lowest.as_ref().is_none_or(|known| {
                u128::from(agreed) * u128::from(known.anchors)
                    < u128::from(known.agreed) * u128::from(anchors)
            });
            if concordance.measurable && is_lower {
                let (file, breach) =
                    (&*list.file, concordance.breach.as_ref().map(leakdex::BreachName::as_str));
                *lowest = Some(LowestAgreement {
                    field: concordance.field,
                    anchors,
                    agreed,
                    file,
                    breach,
                });
            }
        }
    }
    let mut agreement = Agreement::default();
    for (field, lowest) in fields {
        match lowest {
            Some(lowest) => agreement.lowest.push(lowest),
            None => agreement.not_measurable.push(field),
        }
    }
    agreement.lowest.sort_by(|one, other| {
        (u128::from(one.agreed) * u128::from(other.anchors))
            .cmp(&(u128::from(other.agreed) * u128::from(one.anchors)))
    });
    agreement
}
