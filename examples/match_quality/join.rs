//! What a database finds, to compare with.

use std::collections::HashMap;

use crate::{person::Person, score::Score};

/// What a database would find: last name, first name and date of birth, each trimmed and in lower
/// case, are the same text.
pub fn exact_join(indexed: &[Person], members: &[Person]) -> Score {
    let key = |person: &Person| {
        let parts = [&person.last, &person.first, &person.birth_date];
        let parts = parts.map(|part| part.trim().to_lowercase());
        (!parts.iter().any(String::is_empty)).then(|| parts.join("|"))
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
