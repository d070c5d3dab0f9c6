//! The name of a letter's file.

/// The largest number of characters of a reference in a file name. File systems limit the length of names, and
/// the list has the full reference.
const LONGEST_REFERENCE: usize = 60;

/// The name of a letter's file. It is unique because letters are numbered. No reference can lead to another
/// folder.
pub fn of_letter(number: u64, member: &str, ending: &str) -> String {
    let harmless =
        |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    let reference: String = member.chars().take(LONGEST_REFERENCE).map(harmless).collect();
    format!("{number:07}-{reference}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_no_other_folder_and_no_long_file() {
        for (member, expected) in [
            ("M-1001", "0000001-M-1001.txt"),
            ("../../x", "0000001-______x.txt"),
            ("..", "0000001-__.txt"),
            ("C:\\x\0\n", "0000001-C__x__.txt"),
            ("Jürgen", "0000001-J_rgen.txt"),
        ] {
            assert_eq!(of_letter(1, member, "txt"), expected);
        }
        assert!(of_letter(u64::MAX, &"ä".repeat(10_000), "txt").len() < 100);
    }
}
