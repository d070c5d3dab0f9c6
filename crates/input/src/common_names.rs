//! The most common German surnames and given names. They show which columns hold names.
//!
//! Source: the published frequency lists of surnames in German telephone directories, and the yearly
//! lists of given names by the Gesellschaft für deutsche Sprache. Words that occur in columns for other
//! reasons, such as colours, sizes and seasons, are left out.

/// The length of the longest name in the lists.
const MAX_LETTERS: usize = 16;

/// Whether a word is a common given name, and whether it is a common surname. Letter case does not count.
pub(crate) fn common(word: &str) -> (bool, bool) {
    let letters = match packed_lower_case(word) {
        Some(letters) if KNOWN[hash_of(letters) / 64] >> (hash_of(letters) % 64) & 1 == 1 => {
            letters
        }
        _ => return (false, false),
    };
    let is_in = |names: &[&str]| names.binary_search_by_key(&letters, |name| packed(name)).is_ok();
    (is_in(&GIVEN_NAMES), is_in(&SURNAMES))
}

/// Writes a word in lower-case ASCII, or returns `None` if it is too long or has other letters.
fn packed_lower_case(word: &str) -> Option<u128> {
    if word.len() > MAX_LETTERS {
        return None;
    }
    let mut letters = 0;
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
        length += written.len();
        letters = written.iter().fold(letters, |letters, &byte| letters << 8 | u128::from(byte));
    }
    (length <= MAX_LETTERS).then(|| left_aligned(letters, length))
}

/// Packs a word into a number that sorts alphabetically: the first letter is the highest byte.
const fn packed(name: &str) -> u128 {
    let bytes = name.as_bytes();
    let (mut letters, mut next) = (0, 0);
    while next < bytes.len() {
        letters = letters << 8 | bytes[next] as u128;
        next += 1;
    }
    left_aligned(letters, bytes.len())
}

const fn left_aligned(letters: u128, length: usize) -> u128 {
    if length == 0 { 0 } else { letters << (8 * (MAX_LETTERS - length)) }
}

/// A filter: the bit for the hash of each name is set. For most other words, the bit is not set.
const KNOWN: [u64; FILTER_BITS / 64] = {
    let mut known = [0; FILTER_BITS / 64];
    let mut next = 0;
    while next < SURNAMES.len() + GIVEN_NAMES.len() {
        let name =
            if next < SURNAMES.len() { SURNAMES[next] } else { GIVEN_NAMES[next - SURNAMES.len()] };
        let hash = hash_of(packed(name));
        known[hash / 64] |= 1 << (hash % 64);
        next += 1;
    }
    known
};

const FILTER_BITS: usize = 4096;

#[expect(clippy::cast_possible_truncation, reason = "it mixes the halves of a number")]
const fn hash_of(letters: u128) -> usize {
    let mixed = (letters as u64 ^ (letters >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 52) as usize
}

/// Sorted, with umlauts spelled out.
#[rustfmt::skip]
const SURNAMES: [&str; 96] = [
    "albrecht", "arndt", "arnold", "bauer", "baumann", "beck", "becker", "berger", "bergmann",
    "boehm", "brandt", "busch", "dietrich", "engel", "fischer", "franke", "franz", "friedrich",
    "fuchs", "graf", "guenther", "haas", "hahn", "hansen", "hartmann", "heinrich", "hermann",
    "herrmann", "hoffmann", "hofmann", "huber", "jaeger", "jansen", "keller", "koch", "koehler",
    "koenig", "kraemer", "kraus", "krause", "krueger", "kuehn", "kuhn", "lehmann", "lindner",
    "lorenz", "ludwig", "maier", "martin", "mayer", "meier", "meyer", "moeller", "mueller",
    "neumann", "peters", "petersen", "pfeiffer", "pohl", "richter", "ritter", "roth", "sauer",
    "schaefer", "schmid", "schmidt", "schmitt", "schmitz", "schneider", "scholz", "schreiber",
    "schroeder", "schubert", "schulte", "schulz", "schulze", "schumacher", "schuster", "schwarzer",
    "seidel", "simon", "thiel", "ullrich", "vogel", "vogt", "voigt", "wagner", "walter", "weber",
    "wegner", "werner", "winkler", "wolf", "wolff", "ziegler", "zimmermann",
];

/// Sorted, with umlauts spelled out.
#[rustfmt::skip]
const GIVEN_NAMES: [&str; 127] = [
    "alexander", "andrea", "andreas", "angelika", "anja", "anna", "barbara", "ben", "bernd",
    "birgit", "brigitte", "carsten", "christa", "christian", "christina", "christine", "claudia",
    "daniel", "david", "dieter", "dirk", "elisabeth", "elke", "emma", "erika", "eva", "felix",
    "finn", "florian", "frank", "gabriele", "gerda", "gerhard", "gertrud", "gisela", "guenter",
    "guenther", "hannah", "hannelore", "hans", "heike", "heinrich", "heinz", "helga", "helmut",
    "herbert", "hermann", "hildegard", "holger", "horst", "ilse", "inge", "ingeborg", "ingrid",
    "irmgard", "jan", "jens", "joachim", "joerg", "johanna", "jonas", "juergen", "julia", "jutta",
    "karin", "karl", "katharina", "kathrin", "kerstin", "klaus", "kurt", "laura", "lea", "lena",
    "leon", "leonie", "lisa", "lukas", "manfred", "marcel", "margarete", "maria", "marie",
    "marion", "markus", "martin", "martina", "matthias", "max", "maximilian", "mia", "michael",
    "monika", "nicole", "niklas", "oliver", "paul", "peter", "petra", "philipp", "rainer", "ralf",
    "renate", "rolf", "rudolf", "sabine", "sarah", "sebastian", "silvia", "sophie", "stefan",
    "stefanie", "stephan", "susanne", "sven", "thomas", "thorsten", "tim", "tobias", "torsten",
    "ursula", "ute", "uwe", "walter", "werner", "wilhelm", "wolfgang",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn is_given_name(word: &str) -> bool {
        common(word).0
    }

    fn is_surname(word: &str) -> bool {
        common(word).1
    }

    #[test]
    fn names_are_known_in_any_case_and_with_umlauts_or_without() {
        assert!(SURNAMES.is_sorted() && GIVEN_NAMES.is_sorted());
        assert!(SURNAMES.iter().all(|name| is_surname(name)));
        assert!(GIVEN_NAMES.iter().all(|name| is_given_name(name)));
        assert!(["Müller", "MUELLER", "schäfer"].iter().all(|name| is_surname(name)));
        assert!(["Jürgen", "Eva", "JÖRG"].iter().all(|name| is_given_name(name)));
        for other in ["", "Essen", "Mülle", "Müllerin", "Müller1", "Donaudampfschifffahrt", "Ä"]
        {
            assert!(!is_surname(other) && !is_given_name(other), "{other}");
        }
    }
}
