//! The name of a letter's file.

use super::Place;

/// So many characters of a reference are taken: file systems have limits, and the list has the rest.
const LONGEST_REFERENCE: usize = 60;

/// The name of a letter's file. No two letters have the same, since they are numbered, and nothing in a
/// reference can lead to another folder.
pub fn of_letter(number: u64, member: &str, place: Place<'_>, ending: &str) -> String {
    if member.is_empty() {
        format!("{number:07}-list{}-row{}.{ending}", place.list, place.row)
    } else {
        let harmless = |letter: char| {
            if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' }
        };
        let reference: String = member.chars().take(LONGEST_REFERENCE).map(harmless).collect();
        format!("{number:07}-{reference}.{ending}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_leads_nowhere_else_and_no_name_is_long() {
        let place = Place { file: "members.csv", list: 2, row: 7 };
        for (member, expected) in [
            ("M-1001", "0000001-M-1001.txt"),
            ("", "0000001-list2-row7.txt"),
            ("../../x", "0000001-______x.txt"),
            ("..", "0000001-__.txt"),
            ("C:\\x\0\n", "0000001-C__x__.txt"),
            ("Jürgen", "0000001-J_rgen.txt"),
        ] {
            assert_eq!(of_letter(1, member, place, "txt"), expected);
        }
        assert!(of_letter(u64::MAX, &"ä".repeat(10_000), place, "txt").len() < 100);
    }
}
