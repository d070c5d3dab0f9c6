//! What a database finds, to compare with.

use std::collections::HashMap;

use leakdex::Field;
use leakdex_synthetic::{copies::Row, spelling::spell_plainly};

use crate::score::Score;

/// What a database would find: last name, first name and date of birth, each trimmed and in lower
/// case, are the same text.
pub fn exact_join(indexed: &[Row], members: &[Row]) -> Score {
    let key = |row: &Row| {
        let fields = [Field::LastName, Field::FirstName, Field::BirthDate];
        let part = |field| spell_plainly(&row.person, field).trim().to_lowercase();
        fields.iter().all(|&field| row.given.contains(field)).then(|| fields.map(part).join("|"))
    };
    let mut rows = HashMap::<String, Vec<usize>>::new();
    for (number, person) in indexed.iter().enumerate() {
        if let Some(key) = key(person) {
            rows.entry(key).or_default().push(number);
        }
    }
    let mut score = Score::default();
    for (number, member) in members.iter().enumerate() {
        for &row in key(member).and_then(|key| rows.get(&key)).into_iter().flatten() {
            if row == number {
                score.found += 1;
            } else {
                score.wrong += 1;
            }
        }
    }
    score
}
