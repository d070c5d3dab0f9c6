//! The exact join of a database, for comparison.

use std::{collections::HashMap, ops::Range};

use leakdex_synthetic::copies::Row;

/// The pairs that a database would find: last name, first name and date of birth are equal after trimming
/// and lower-casing.
#[derive(Clone, Copy, Default)]
pub struct ExactJoin {
    /// Pairs of a leaked row and its person.
    pub found: u64,
    /// Pairs of a leaked row and somebody else.
    pub wrong: u64,
}

impl ExactJoin {
    /// Adds the join of leaked rows and members. `leaked` has the number of each row's person.
    pub fn add(
        &mut self,
        rows: &[Row],
        leaked: &[u32],
        members: Range<u32>,
        member: impl Fn(u32) -> Row,
    ) {
        let mut people = HashMap::<String, Vec<u32>>::new();
        for (row, &number) in rows.iter().zip(leaked) {
            if let Some(key) = key(row) {
                people.entry(key).or_default().push(number);
            }
        }
        for number in members {
            let of_key = key(&member(number)).and_then(|key| people.get(&key));
            for &leaked in of_key.into_iter().flatten() {
                *(if leaked == number { &mut self.found } else { &mut self.wrong }) += 1;
            }
        }
    }
}

fn key(row: &Row) -> Option<String> {
    let parts = [&row.last_name, &row.first_name, &row.birth_date].map(|part| part.trim());
    let is_whole = parts.iter().all(|part| !part.is_empty());
    is_whole.then(|| parts.join("|").to_lowercase())
}
