//! The commonest German surnames and given names, by which columns of names are told.
//!
//! Source: the published frequency lists of surnames in German telephone directories, and the yearly
//! lists of given names by the Gesellschaft für deutsche Sprache. Words that columns hold for other
//! reasons are left out: colours, sizes, seasons and the like.

/// More letters than the longest name has.
const MOST_LETTERS: usize = 16;

/// Whether a word is one of the commonest surnames, in whatever case.
pub(crate) fn is_surname(word: &str) -> bool {
    is_in(&SURNAMES, word)
}

/// Whether a word is one of the commonest given names, in whatever case.
pub(crate) fn is_given_name(word: &str) -> bool {
    is_in(&GIVEN_NAMES, word)
}

fn is_in(names: &[&str], word: &str) -> bool {
    let mut letters = [0; MOST_LETTERS];
    let Some(length) = written_out(word, &mut letters) else { return false };
    names.binary_search_by(|name| name.as_bytes().cmp(&letters[..length])).is_ok()
}

/// Writes a word in lower case and ASCII, if it is short and has no other letters; gives its length.
fn written_out(word: &str, letters: &mut [u8; MOST_LETTERS]) -> Option<usize> {
    if word.len() > MOST_LETTERS {
        return None;
    }
    let mut length = 0;
    for letter in word.chars() {
        let written: &[u8] = match letter {
            'ä' | 'Ä' => b"ae",
            'ö' | 'Ö' => b"oe",
            'ü' | 'Ü' => b"ue",
            'ß' => b"ss",
            _ if letter.is_ascii_alphabetic() => &[u8::try_from(letter).ok()? | 0x20],
            _ => return None,
        };
        letters.get_mut(length..length + written.len())?.copy_from_slice(written);
        length += written.len();
    }
    Some(length)
}

/// In the order of the alphabet, umlauts written out.
const SURNAMES: [&str; 96] = [
    "albrecht",
    "arndt",
    "arnold",
    "bauer",
    "baumann",
    "beck",
    "becker",
    "berger",
    "bergmann",
    "boehm",
    "brandt",
    "busch",
    "dietrich",
    "engel",
    "fischer",
    "franke",
    "franz",
    "friedrich",
    "fuchs",
    "graf",
    "guenther",
    "haas",
    "hahn",
    "hansen",
    "hartmann",
    "heinrich",
    "hermann",
    "herrmann",
    "hoffmann",
    "hofmann",
    "huber",
    "jaeger",
    "jansen",
    "keller",
    "koch",
    "koehler",
    "koenig",
    "kraemer",
    "kraus",
    "krause",
    "krueger",
    "kuehn",
    "kuhn",
    "lehmann",
    "lindner",
    "lorenz",
    "ludwig",
    "maier",
    "martin",
    "mayer",
    "meier",
    "meyer",
    "moeller",
    "mueller",
    "neumann",
    "peters",
    "petersen",
    "pfeiffer",
    "pohl",
    "richter",
    "ritter",
    "roth",
    "sauer",
    "schaefer",
    "schmid",
    "schmidt",
    "schmitt",
    "schmitz",
    "schneider",
    "scholz",
    "schreiber",
    "schroeder",
    "schubert",
    "schulte",
    "schulz",
    "schulze",
    "schumacher",
    "schuster",
    "schwarzer",
    "seidel",
    "simon",
    "thiel",
    "ullrich",
    "vogel",
    "vogt",
    "voigt",
    "wagner",
    "walter",
    "weber",
    "wegner",
    "werner",
    "winkler",
    "wolf",
    "wolff",
    "ziegler",
    "zimmermann",
];

/// In the order of the alphabet, umlauts written out.
const GIVEN_NAMES: [&str; 127] = [
    "alexander",
    "andrea",
    "andreas",
    "angelika",
    "anja",
    "anna",
    "barbara",
    "ben",
    "bernd",
    "birgit",
    "brigitte",
    "carsten",
    "christa",
    "christian",
    "christina",
    "christine",
    "claudia",
    "daniel",
    "david",
    "dieter",
    "dirk",
    "elisabeth",
    "elke",
    "emma",
    "erika",
    "eva",
    "felix",
    "finn",
    "florian",
    "frank",
    "gabriele",
    "gerda",
    "gerhard",
    "gertrud",
    "gisela",
    "guenter",
    "guenther",
    "hannah",
    "hannelore",
    "hans",
    "heike",
    "heinrich",
    "heinz",
    "helga",
    "helmut",
    "herbert",
    "hermann",
    "hildegard",
    "holger",
    "horst",
    "ilse",
    "inge",
    "ingeborg",
    "ingrid",
    "irmgard",
    "jan",
    "jens",
    "joachim",
    "joerg",
    "johanna",
    "jonas",
    "juergen",
    "julia",
    "jutta",
    "karin",
    "karl",
    "katharina",
    "kathrin",
    "kerstin",
    "klaus",
    "kurt",
    "laura",
    "lea",
    "lena",
    "leon",
    "leonie",
    "lisa",
    "lukas",
    "manfred",
    "marcel",
    "margarete",
    "maria",
    "marie",
    "marion",
    "markus",
    "martin",
    "martina",
    "matthias",
    "max",
    "maximilian",
    "mia",
    "michael",
    "monika",
    "nicole",
    "niklas",
    "oliver",
    "paul",
    "peter",
    "petra",
    "philipp",
    "rainer",
    "ralf",
    "renate",
    "rolf",
    "rudolf",
    "sabine",
    "sarah",
    "sebastian",
    "silvia",
    "sophie",
    "stefan",
    "stefanie",
    "stephan",
    "susanne",
    "sven",
    "thomas",
    "thorsten",
    "tim",
    "tobias",
    "torsten",
    "ursula",
    "ute",
    "uwe",
    "walter",
    "werner",
    "wilhelm",
    "wolfgang",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_with_umlauts_or_without() {
        for names in [&SURNAMES[..], &GIVEN_NAMES] {
            assert!(names.is_sorted());
            assert!(names.iter().all(|name| is_in(names, name)));
        }
        assert!(["Müller", "MUELLER", "schäfer"].iter().all(|name| is_surname(name)));
        assert!(["Jürgen", "Eva", "JÖRG"].iter().all(|name| is_given_name(name)));
        for other in ["", "Essen", "Mülle", "Müllerin", "Müller1", "Donaudampfschifffahrt", "Ä"]
        {
            assert!(!is_surname(other) && !is_given_name(other), "{other}");
        }
    }
}
