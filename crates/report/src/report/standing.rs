//! The persons by their result, in the order in which the report shows them.

use crate::persons::Persons;

/// The parts add up to all persons. Those who are not affected are two parts.
pub const fn parts(persons: &Persons) -> [(&'static str, u64); 6] {
    [
        ("confirmed", persons.confirmed),
        ("to-decide", persons.to_decide),
        ("open", persons.open),
        ("dismissed", persons.dismissed),
        ("partially-checked", persons.partially_checked),
        ("not-affected", persons.not_affected - persons.partially_checked),
    ]
}
