//! Addresses that belong to nobody. People and programs enter them if they have no address.

/// Whether an address in normal form certainly belongs to nobody. There are three rules: the local
/// part is a word of the first list, at any domain; both sides of the `@` consist of words of the
/// second list; or the domain ends in `.invalid`, where no domain can exist (RFC 2606).
#[inline]
pub(super) fn is_placeholder(address: &[u8]) -> bool {
    // A quick test: nearly all other addresses begin with other letters.
    let [first, second, ..] = address else { return false };
    let may_be_placeholder = match first {
        b'n' => matches!(second, b'a' | b'e' | b'i' | b'o' | b'u' | b'v'),
        b'd' => matches!(second, b'o' | b'u'),
        b'k' => matches!(second, b'e' | b'a'),
        b'u' => *second == b'n',
        b'o' => *second == b'h',
        b't' => *second == b'e',
        b'b' => *second == b'i',
        b'm' => *second == b'a',
        b'a' => *second == b's',
        b'q' => *second == b'w',
        b'x' => matches!(second, b'x' | b'@'),
        _ => false,
    };
    (may_be_placeholder || matches!(second, b'.' | b'-' | b'_' | b'+'))
        && is_placeholder_address(address)
        || address.ends_with(b".invalid")
}

fn is_placeholder_address(address: &[u8]) -> bool {
    let Some(at) = address.iter().position(|byte| *byte == b'@') else { return false };
    let (local_part, domain) = (&address[..at], &address[at + 1..]);
    let mut letters = [0; 24];
    let mut length = 0;
    let without_tag = local_part.split(|byte| *byte == b'+').next().unwrap_or(local_part);
    for &byte in without_tag.iter().filter(|byte| !matches!(byte, b'.' | b'-' | b'_')) {
        let Some(letter) = letters.get_mut(length) else { return false };
        *letter = byte;
        length += 1;
    }
    let local_part = &letters[..length];
    // Skip the top-level domain.
    let mut labels = domain.rsplit(|byte| *byte == b'.').skip(1);
    PLACEHOLDER_LOCAL_PARTS.contains(&local_part)
        || is_placeholder_word(local_part) && labels.all(is_placeholder_word)
}

/// Dots, hyphens and underscores in these words are ignored, and so is a tag after them.
#[rustfmt::skip]
const PLACEHOLDER_LOCAL_PARTS: &[&[u8]] = &[
    b"noreply", b"noreplay", b"donotreply", b"dontreply", b"nichtantworten", b"bittenichtantworten",
    b"keineantwort", b"mailerdaemon", b"noemail", b"nomail", b"noemailaddress", b"keinemail", b"keineemail",
    b"keinemailadresse", b"keineemailadresse", b"keinemailvorhanden", b"keineemailvorhanden", b"ohnemail",
    b"ohneemail", b"keineangabe", b"keineangaben", b"nichtvorhanden", b"nichtbekannt", b"notavailable",
    b"unbekannt", b"unknown",
];

fn is_placeholder_word(word: &[u8]) -> bool {
    #[rustfmt::skip]
    const WORDS: &[&[u8]] = &[
        b"kein", b"keine", b"keiner", b"nein", b"no", b"none", b"null", b"nix", b"nichts", b"na", b"nv", b"ka",
        b"nan", b"unbekannt", b"unknown", b"undefined", b"noemail", b"nomail", b"keinemail", b"test", b"tester",
        b"testtest", b"dummy", b"asdf", b"asd", b"qwertz",
    ];
    WORDS.contains(&word) || !word.is_empty() && word.iter().all(|byte| *byte == b'x')
}
