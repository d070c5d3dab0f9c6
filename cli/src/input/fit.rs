//! Whether the columns hold what they are mapped to, by a sample of their values.

use leakdex::{Field, Normaliser, Outcome};

use super::{
    columns::shown,
    options::Target,
    rows::{Block, Layout},
};

/// Fewer values of a column tell nothing.
const FEWEST_VALUES: usize = 10;

/// More values of a column tell no more.
const MOST_VALUES: usize = 1000;

/// For people, one line for each column most of whose values are invalid in the field that it is
/// mapped to, with the field that they would fit.
pub(super) fn warnings(layout: &Layout, block: &Block, normaliser: Normaliser) -> Vec<String> {
    let columns = &layout.columns.list;
    let mut samples: Vec<Vec<String>> = vec![Vec::new(); columns.len()];
    layout.rows(block, |row| {
        for (number, (_, value)) in row.record.values().enumerate() {
            let sample = row.origin(number).and_then(|origin| samples.get_mut(origin));
            if let (Ok(value), Some(sample)) = (value, sample)
                && sample.len() < MOST_VALUES
                && !leakdex::is_placeholder(value)
            {
                sample.push(value.to_owned());
            }
        }
    });
    let mapped = columns.iter().zip(&samples).filter_map(|(column, sample)| match column.target {
        Target::Field(field) => Some((column, field, sample)),
        _ => None,
    });
    mapped
        .filter_map(|(column, field, sample)| {
            let count = Count::of(field, sample, normaliser);
            if count.given < FEWEST_VALUES || count.invalid * 2 <= count.given {
                return None;
            }
            let header = shown(&column.header);
            let Count { given, invalid, .. } = count;
            let remedy = match fitting(field, sample, normaliser) {
                Some(fit) => format!("they look like {fit}: --column '{header}={fit}'"),
                None => format!("they fit no other field: --column '{header}=ignore'"),
            };
            Some(format!(
                "  warning: '{header}' is mapped to {field}, but {invalid} of its first {given} \
                 values are invalid; {remedy}"
            ))
        })
        .collect()
}

/// The field in whose form most of the values are, if it is more than half of them.
///
/// What has a strict form comes first: nearly everything could be a postcode or a name, and a
/// username can be anything.
fn fitting(mapped: Field, sample: &[String], normaliser: Normaliser) -> Option<Field> {
    const LAX: [Field; 3] = [Field::PostalCode, Field::Name, Field::LastName];
    let is_strict = |field: &&Field| {
        !LAX.contains(field) && !matches!(field, Field::Username | Field::FirstName)
    };
    let strict: Vec<Field> = Field::ALL.iter().filter(is_strict).copied().collect();
    let groups = std::iter::once(strict.as_slice()).chain(LAX.chunks(1));
    for group in groups {
        let mut best = None;
        for &field in group.iter().filter(|&&field| field != mapped) {
            let Count { given, invalid, .. } = Count::of(field, sample, normaliser);
            let valid = given - invalid;
            if valid * 2 > sample.len() && best.is_none_or(|(most, _)| valid > most) {
                best = Some((valid, field));
            }
        }
        if let Some((_, field)) = best {
            return Some(field);
        }
    }
    None
}

struct Count {
    /// Values that are not absent.
    given: usize,
    invalid: usize,
}

impl Count {
    fn of(field: Field, sample: &[String], normaliser: Normaliser) -> Self {
        let mut normal_form = String::new();
        let mut count = Self { given: 0, invalid: 0 };
        for value in sample {
            let outcome = normaliser.normalise(field, value, &mut normal_form);
            count.given += usize::from(outcome != Outcome::Absent);
            count.invalid += usize::from(matches!(outcome, Outcome::Invalid(_)));
        }
        count
    }
}
