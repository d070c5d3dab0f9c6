//! Candidates who look like relatives of another person, as twins do, and the members whose relatives they
//! may be.

use leakdex::{Finding, Strength};
use serde::{Deserialize, Serialize};

/// How many affected members are only candidates and look like somebody else of a household.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relatives {
    /// Candidates for whom each decisive record has their last name and place, and another first name.
    pub look_like_relatives: u64,
    /// Those of them with such a record that is at least probably another member's; known at the end.
    pub of_affected: u64,
}

/// The leaked records of a run by their tags: those that are at least probably a member's, and those that
/// look like a relative's. A tag takes eight bytes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Households {
    of_members: Vec<u64>,
    /// For each candidate that looks like a relative, the number of records, and then their tags.
    of_relatives: Vec<u64>,
}

impl Households {
    /// Notes the records of an affected member.
    pub fn note(&mut self, finding: &Finding) {
        self.of_members.extend(finding.tags(Strength::Probable));
        if finding.looks_like_relative() {
            let place = self.of_relatives.len();
            self.of_relatives.push(0);
            self.of_relatives.extend(finding.tags(Strength::Candidate));
            self.of_relatives[place] = (self.of_relatives.len() - place - 1) as u64;
        }
    }

    /// Adds the records of further members.
    pub fn append(&mut self, mut more: Self) {
        self.of_members.append(&mut more.of_members);
        self.of_relatives.append(&mut more.of_relatives);
    }

    /// How many of the candidates that look like relatives have a record that is at least probably another
    /// member's. A member is never both, so that nobody is their own relative.
    #[must_use]
    pub fn relatives_of_affected(mut self) -> u64 {
        self.of_members.sort_unstable();
        let is_of_a_member = |tag: &u64| self.of_members.binary_search(tag).is_ok();
        let mut rest = self.of_relatives.as_slice();
        let mut relatives = 0;
        while let Some((length, tags)) = rest.split_first() {
            let length = usize::try_from(*length).unwrap_or(usize::MAX).min(tags.len());
            let (own, others) = tags.split_at(length);
            relatives += u64::from(own.iter().any(is_of_a_member));
            rest = others;
        }
        relatives
    }
}

#[cfg(test)]
mod tests {
    use leakdex::{Breach, Index, IndexBuilder, Key, Record};

    use super::*;

    fn person(first: &str, last: &str) -> Record {
        let named = Record::new().last_name(last).first_name(first);
        named.birth_date("17.11.1983").postal_code("50667")
    }

    fn index(leaked: &[Record]) -> Index {
        let key = Key::from_bytes(&[6; 32]).expect("a key");
        let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
        for record in leaked {
            let _ = builder.add(record).expect("there are few classes");
        }
        builder.build().expect("it fits the format")
    }

    /// The households of these members, each noted on its own.
    fn households(index: &Index, members: &[Record]) -> Households {
        let mut all = Households::default();
        for member in members {
            let mut own = Households::default();
            own.note(index.check(member).finding().expect("affected"));
            all.append(own);
        }
        all
    }

    #[test]
    fn a_twin_is_a_relative_of_an_affected_member_on_either_side_of_them() {
        let index = index(&[person("Johanna", "Weidenbach")]);
        let (own, twin) = (person("Johanna", "Weidenbach"), person("Friedrich", "Weidenbach"));
        for members in [[own.clone(), twin.clone()], [twin.clone(), own]] {
            assert_eq!(households(&index, &members).relatives_of_affected(), 1);
        }
        // Nobody of the list is the twin's relative.
        let (alone, both) = ([twin.clone()], [twin.clone(), twin]);
        assert_eq!(households(&index, &alone).relatives_of_affected(), 0);
        assert_eq!(households(&index, &both).relatives_of_affected(), 0);
    }

    #[test]
    fn a_relative_counts_once_for_all_their_records_and_what_is_kept_is_what_was_noted() {
        let index = index(&[person("Johanna", "Weidenbach"), person("Susanne", "Weidenbach")]);
        let members = ["Friedrich", "Susanne", "Johanna", "Xaver"];
        let members = members.map(|first| person(first, "Weidenbach"));
        let households = households(&index, &members);
        let kept = serde_json::to_string(&households).expect("to memory");
        let read: Households = serde_json::from_str(&kept).expect("it was just written");
        assert_eq!((households.relatives_of_affected(), read.relatives_of_affected()), (2, 2));
    }
}
