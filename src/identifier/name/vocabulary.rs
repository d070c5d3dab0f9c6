//! Words that appear around names, in their folded spelling.
//!
//! The particles and ranks come from annexes 6 and 7 of the data transmission rules for German
//! social insurance (DEÜV), versions 2.30 and 2.25. Insurers keep these words in separate columns,
//! so one file has them in the name and another does not. Two groups of words in the annexes are
//! left out:
//! - words that are also given names or family names (`ben`, `don`, `earl`, `gil`, `lee`, `li`,
//!   `thi`, `tom` …), because dropping one would change the person;
//! - words that are often written together with the name (`al`, `el`, `mc`, `mac`, `o`, `d`, `l`
//!   …). Names are compared with their parts joined, so both spellings match anyway.
//!
//! Particles of the Nordic languages are added, and ranks that the annex lacks. The titles are the
//! words of German, Austrian, Swiss and Czech degrees.

/// How a word can be used, judged by the word alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// In none of these lists.
    Name,
    /// `Herr`, `Frau`: at the beginning.
    Salutation,
    /// `Dr`: a title or a degree in any place.
    Title,
    /// `phil`: part of a title after another title word or with a dot; otherwise a name.
    TitleWord,
    /// `von`
    Particle,
    /// `Graf`, and words that are family names just as often, such as `Große`.
    Rank,
    /// `III`: at the end.
    Generation,
    /// `sen`: a generation, or the name `Şen`.
    Senior,
    /// `geb`: another name follows.
    Marker,
    /// The same after a name; otherwise a name.
    WeakMarker,
    /// `und`
    And,
    /// `GmbH`: not a person.
    Company,
    /// The same at the end; otherwise a name.
    CompanyEnd,
    /// Too short to mean anything alone: the `m` of `m sc`.
    Letters,
}

impl Class {
    #[inline]
    pub(super) fn of(word: &[u8]) -> Self {
        match word {
            [b'v' | b'y'] => Self::Particle,
            [_] => Self::Letters,
            [b'd', b'i', b'p', b'l', ..] => Self::Title,
            _ => match listed(word) {
                Some(class) => class,
                None if is_abbreviated_degree(word) => Self::Title,
                None => Self::Name,
            },
        }
    }
}

/// Whether a word begins with `b` or `m`, for bachelor or master, and has no vowel: `msc`, `mpp`.
/// `r` counts as a vowel, as in Slavic names. The abbreviations of Mohammad and Mosammat in
/// registers are names.
fn is_abbreviated_degree(word: &[u8]) -> bool {
    let is_consonant = |letter: &u8| {
        letter.is_ascii_lowercase()
            && !matches!(letter, b'a' | b'e' | b'i' | b'o' | b'r' | b'u' | b'y')
    };
    let is_name = matches!(word, b"mhd" | b"mhmd" | b"mhmmd" | b"mst");
    matches!(word, [b'b' | b'm', rest @ ..]
        if matches!(rest.len(), 2..=5) && rest.iter().all(is_consonant) && !is_name)
}

/// Whether a word at the start of a last name is a particle of annex 6 that is also a name, or that
/// is often written together with the name.
pub(super) fn may_be_particle(word: &[u8]) -> bool {
    matches!(
        word,
        b"al"
            | b"ben"
            | b"che"
            | b"cid"
            | b"d"
            | b"don"
            | b"el"
            | b"gil"
            | b"l"
            | b"lee"
            | b"li"
            | b"lo"
            | b"mac"
            | b"mc"
            | b"o"
            | b"st"
            | b"t"
            | b"thi"
            | b"tho"
            | b"thom"
            | b"thor"
            | b"to"
            | b"tom"
            | b"tor"
            | b"tu"
    )
}

/// Whether a word has no vowel. This is typical of abbreviated degrees and offices.
pub(super) fn has_no_vowel(word: &str) -> bool {
    word.bytes().all(|letter| {
        letter.is_ascii_lowercase() && !matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
    })
}

/// Each class with its words, in alphabetical order.
const LISTS: &[(Class, &[&str])] = &[
    (Class::Particle, PARTICLES),
    (Class::Rank, RANKS),
    (Class::Title, TITLES),
    (Class::TitleWord, TITLE_WORDS),
    (Class::Salutation, SALUTATIONS),
    (Class::Generation, &["ii", "iii", "iv", "jnr", "jr", "snr", "sr"]),
    (Class::Senior, &["jun", "junior", "sen", "senior"]),
    (Class::Marker, MARKERS),
    (Class::WeakMarker, WEAK_MARKERS),
    (Class::And, &["and", "und"]),
    (Class::Company, COMPANIES),
    (Class::CompanyEnd, &["ag", "co", "eg", "ev", "kg", "ug"]),
    (Class::Letters, &["ae", "hd", "ll", "ph"]),
];

/// The number of places in the table below. There are many more places than words, so a lookup of
/// most names finds an empty one.
const PLACES: usize = 1 << 12;

/// A hash table of the words of all lists. An empty place is 0. Other places hold 1 + 256 × the
/// index of the list + the index of the word in it. If a place is taken, the next free one is used.
static TABLE: [u16; PLACES] = {
    let mut table = [0; PLACES];
    let mut list = 0;
    while list < LISTS.len() {
        let words = LISTS[list].1;
        let mut word = 0;
        while word < words.len() {
            let mut place = place_of(words[word].as_bytes());
            while table[place] != 0 {
                place = (place + 1) % PLACES;
            }
            #[expect(clippy::cast_possible_truncation, reason = "no list has 256 words")]
            let entry = 1 + (list as u16) * 256 + word as u16;
            table[place] = entry;
            word += 1;
        }
        list += 1;
    }
    table
};

/// The class of a word, if it is in the lists.
#[inline]
fn listed(word: &[u8]) -> Option<Class> {
    let mut place = place_of(word);
    while TABLE[place] != 0 {
        let entry = usize::from(TABLE[place] - 1);
        let (class, words) = LISTS[entry / 256];
        if words[entry % 256].as_bytes() == word {
            return Some(class);
        }
        place = (place + 1) % PLACES;
    }
    None
}

/// A hash of the first two letters, the middle one, the last one and the length.
#[inline]
const fn place_of(word: &[u8]) -> usize {
    let [one, two, ..] = *word else { return 0 };
    let (middle, last) = (word[word.len() / 2], word[word.len() - 1]);
    let letters = u32::from_le_bytes([one, two, middle, last]);
    #[expect(clippy::cast_possible_truncation, reason = "a hash may lose bits")]
    let hash = (letters ^ ((word.len() as u32) << 5)).wrapping_mul(0x9E37_79B1);
    (hash >> 20) as usize
}

/// Particles.
#[rustfmt::skip]
const PARTICLES: &[&str] = &[
    "aan", "af", "am", "an", "auf", "auff", "aufm", "aus", "av", "be", "bei", "beim", "bey", "da",
    "dal", "dall", "dalla", "dalle", "dallo", "das", "de", "degli", "dei", "del", "deli", "dell",
    "della", "delle", "delli", "dello", "dem", "den", "der", "des", "di", "dit", "do", "dos", "du",
    "dy", "gen", "genannt", "gli", "het", "im", "in", "int", "la", "las", "le", "los", "op",
    "ostoja", "oude", "pla", "pro", "te", "ten", "ter", "tum", "unten", "unter", "unterm", "van",
    "vande", "vandem", "vanden", "vander", "vant", "ven", "ver", "vo", "vom", "von", "vonde",
    "vondem", "vonden", "vonder", "vor", "vorm", "vorn", "zu", "zum", "zur",
];

/// Ranks, and words of annex 7 that are family names just as often.
#[rustfmt::skip]
const RANKS: &[&str] = &[
    "altgraefin", "altgraf", "baron", "baroness", "baronesse", "baronin", "brand", "burggraefin",
    "burggraf", "comtesse", "condesa", "edle", "edler", "erbgraefin", "erbgraf", "erbprinz",
    "erbprinzessin", "erzherzog", "erzherzogin", "ffr", "freifr", "freifraeulein", "freifrau",
    "freih", "freiherr", "freiin", "frf", "frfr", "frh", "frhr", "fst", "fstn", "fuerst",
    "fuerstin", "gr", "graefin", "graf", "grf", "grfn", "grosse", "grossherzog", "grossherzogin",
    "herzog", "herzogin", "jhr", "jonkheer", "jonkvrouw", "junker", "kl", "kleine", "komtess",
    "komtesse", "landgraefin", "landgraf", "markgraefin", "markgraf", "marques", "marquis",
    "marschall", "pfalzgraefin", "pfalzgraf", "prinz", "prinzessin", "przin", "rabe",
    "reichsfreifrau", "reichsfreiherr", "reichsfreiin", "reichsfuerst", "reichsfuerstin",
    "reichsgraefin", "reichsgraf", "reichsritter", "ritter", "rr", "thum", "truchsess",
];

/// Titles and degrees that are not names.
#[rustfmt::skip]
const TITLES: &[&str] = &[
    "apl", "bakk", "bba", "beng", "bfa", "bsc", "bstat", "csc", "dba", "dddr", "ddr", "dds", "dipl",
    "doz", "dphil", "dr", "dres", "drmed", "drs", "drsc", "dsc", "emba", "esq", "esquire", "fh",
    "habil", "hc", "iur", "judr", "llb", "llm", "magistra", "mba", "mbe", "mbi", "mbr", "mca",
    "mdb", "mddr", "mdep", "mdl", "meng", "mfa", "mgr", "mha", "mhba", "mle", "mmag", "mpa",
    "mphil", "mpp", "msc", "mudr", "mvdr", "oec", "paeddr", "pd", "pharmdr", "phd", "phdr", "priv",
    "privatdozent", "privatdozentin", "privdoz", "prof", "professor", "professorin", "rer", "rndr",
    "sc", "thdr", "univ", "univdoz", "univprof", "verst", "verstorben", "verstorbene", "verstorbener",
];

/// Words of titles that are also names or ordinary words. They count as titles after another title
/// word or with a dot.
#[rustfmt::skip]
const TITLE_WORDS: &[&str] = &[
    "agr", "akad", "anim", "ao", "arch", "art", "ass", "assoz", "bac", "bacc", "bachelor", "bc",
    "bed", "betriebsw", "betriebswirt", "betriebswirtin", "bio", "biochem", "biol", "biomed", "bw",
    "can", "cand", "causa", "chem", "comm", "cult", "cur", "dent", "design", "disc", "doc", "dott",
    "eh", "em", "emer", "et", "eth", "eur", "fac", "forest", "geogr", "geol", "geophys", "hdl",
    "holzw", "hom", "hon", "honoris", "hort", "hsg", "hum", "hydrol", "inf", "inform",
    "informatiker", "informatikerin", "ing", "ingenieur", "ingenieurin", "jur", "kauffrau", "kffr",
    "kfm", "lic", "licentiatus", "lit", "litt", "lizentiat", "mag", "maga", "magister", "master",
    "math", "med", "medic", "merc", "meteorol", "mont", "mult", "mus", "nat", "nutr", "oecotroph",
    "oek", "paed", "paedagoge", "paedagogin", "pharm", "phil", "phys", "physiol", "pol", "pold",
    "polit", "psych", "psychol", "psychologe", "psychologin", "pth", "publ", "regionalwiss", "rel",
    "relig", "rerum", "rev", "sci", "scient", "sec", "silv", "soc", "soz", "sozpaed", "sozw",
    "sportwiss", "stat", "stud", "tech", "techn", "theol", "tit", "troph", "utr", "vet", "volksw",
    "volkswirt", "volkswirtin", "vw", "wirtsch", "wiss",
];

/// Salutations, and `Doktor`.
#[rustfmt::skip]
const SALUTATIONS: &[&str] = &[
    "att", "attn", "dame", "doktor", "doktorin", "eheleute", "eheleuten", "ehepaar", "fam",
    "familie", "fr", "fraeulein", "frau", "fraulein", "frl", "haenden", "herr", "herren", "herrn",
    "hr", "hrn", "madame", "mademoiselle", "meneer", "mevrouw", "miss", "mister", "mlle", "mme",
    "monsieur", "mr", "mrs", "ms", "mx", "ra", "rechtsanwaeltin", "rechtsanwalt", "senor", "senora",
    "signor", "signora", "signore", "sir", "sra", "zhd",
];

/// Words before a birth name, a married name or a former name.
#[rustfmt::skip]
const MARKERS: &[&str] = &[
    "adoptiert", "adoptierte", "adoptierter", "ehemalige", "ehemaliger", "ehemals", "geb",
    "geboren", "geborene", "geborener", "geschieden", "geschiedene", "geschiedener", "verheiratet",
    "verheiratete", "verheirateter", "verwitwet", "verwitwete", "verwitweter", "vormals",
];

/// The same, for words that are also names.
const WEAK_MARKERS: &[&str] =
    &["adopt", "alias", "ehem", "frueher", "gesch", "nee", "verh", "verw", "wiederverh"];

/// Legal forms of companies.
#[rustfmt::skip]
const COMPANIES: &[&str] = &[
    "aktiengesellschaft", "bv", "firma", "gbr", "gmbh", "haftungsbeschraenkt", "inc", "kgaa",
    "limited", "llc", "llp", "ltd", "mbh", "nv", "ohg", "partg", "partgmbb", "plc", "sarl", "srl",
    "unternehmergesellschaft", "vvag",
];

/// Whether a particle of the Romance languages can be among given names, as in `Juan de la Cruz`.
pub(super) fn is_romance(particle: &str) -> bool {
    matches!(
        particle,
        "da" | "das" | "de" | "del" | "della" | "di" | "do" | "dos" | "du" | "la" | "las" | "los"
    )
}

/// Whether a particle is also a given name or a family name in other languages: `Van Nguyen`.
pub(super) fn is_also_foreign_name(particle: &str) -> bool {
    matches!(
        particle,
        "an" | "be" | "bey" | "da" | "do" | "du" | "im" | "le" | "van" | "ven" | "vo"
    )
}

/// The meaning of a phrase of two or three short words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phrase {
    /// `M.Sc.`: a title, if it is abbreviated or not at the beginning.
    Degree,
    /// `Ph. D.`: a title in any place.
    Title,
    /// `z. Hd.`
    Salutation,
    /// `d. Ä.`: at the end.
    Generation,
    /// `e. K.`: at the end.
    Trader,
    /// `e. V.`: a company at the end.
    Company,
}

/// The phrase at the start of these words, and how many words it has.
pub(super) fn phrase(one: &str, two: &str, three: &str) -> Option<(Phrase, usize)> {
    let phrase = match (one, two) {
        ("b" | "m", "b") if three == "a" => return Some((Phrase::Degree, 3)),
        ("m", "p") if matches!(three, "a" | "h") => return Some((Phrase::Degree, 3)),
        ("m", "b") if three == "h" => return Some((Phrase::Company, 3)),
        ("m", "a") | ("d", "d") if three == "s" => return Some((Phrase::Degree, 3)),
        (
            "b" | "m",
            "a" | "s" | "ac" | "comp" | "edu" | "sc" | "eng" | "ed" | "phil" | "arch" | "mus"
            | "com" | "tech" | "fa" | "th" | "theol",
        )
        | ("m", "d")
        | ("d", "sc" | "phil" | "eng" | "litt" | "mus")
        | ("e", "h")
        | ("h", "c") => Phrase::Degree,
        ("ph" | "sc", "d")
        | ("ll", "b" | "m")
        | ("mag", "a")
        | ("eth", "zuerich")
        | ("inf" | "inform", "wirt" | "wirtin") => Phrase::Title,
        ("z", "h" | "hd" | "haenden") | ("zu", "hd" | "haenden") => Phrase::Salutation,
        ("d", "ae" | "j") | ("der" | "die", "aeltere" | "juengere") => Phrase::Generation,
        ("e", "k") => Phrase::Trader,
        ("e", "v" | "g") => Phrase::Company,
        _ => return None,
    };
    Some((phrase, 2))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            super::{Outcome, testing::applied},
            normalise_full, normalise_last,
        },
        *,
    };

    #[test]
    fn each_list_is_sorted_and_no_word_is_in_two_lists() {
        let mut all = Vec::new();
        for (class, words) in LISTS {
            assert!(words.is_sorted_by(|one, other| one < other), "{class:?}");
            for word in *words {
                assert_eq!(Class::of(word.as_bytes()), *class, "{word}");
                all.push(*word);
            }
        }
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn an_abbreviated_degree_has_no_vowel() {
        for word in ["msc", "bsc", "mpp", "mcl"] {
            assert_eq!(Class::of(word.as_bytes()), Class::Title, "{word}");
        }
        for word in ["mia", "brk", "ng", "vlk", "mueller", "ммм"] {
            assert_eq!(Class::of(word.as_bytes()), Class::Name, "{word}");
        }
    }

    #[test]
    fn a_suffix_or_marker_never_takes_the_place_of_a_rank_or_particle() {
        let suffixes = [
            "jun.",
            "sen.",
            "junior",
            "senior",
            "jun",
            "jr",
            "Jr.",
            "sr",
            "jnr",
            "II",
            "III",
            "IV",
            "d. Ä.",
            "d.J.",
            "der Jüngere",
        ];
        for affix in RANKS.iter().chain(PARTICLES) {
            let last = |rest: &str| applied(normalise_last, &format!("{affix} {rest}"));
            let whole = |rest: &str| applied(normalise_full, &format!("{affix} {rest}, Eva"));
            for suffix in suffixes {
                let expected = (Outcome::Ok, (*affix).to_owned());
                assert_eq!(last(suffix), expected, "{affix} {suffix}");
                let expected = (Outcome::Ok, format!("{affix}, eva"));
                assert_eq!(whole(suffix), expected, "{affix} {suffix}");
            }
            let former = applied(normalise_last, &format!("Huber geb. {affix}"));
            assert_eq!(former, (Outcome::Ok, format!("huber; {affix}")));
            for marker in MARKERS {
                let expected = (Outcome::Ok, (*affix).to_owned());
                assert_eq!(last(marker), expected, "{affix} {marker}");
            }
            let dotted = WEAK_MARKERS.iter().chain(&["vorm"]).map(|marker| format!("{marker}."));
            let plain = WEAK_MARKERS.iter().chain(MARKERS).map(|marker| (*marker).to_owned());
            for marker in dotted.chain(plain) {
                let both = (Outcome::Ok, format!("{affix}; huber"));
                assert_eq!(last(&format!("{marker} Huber")), both, "{affix} {marker}");
            }
        }
    }

    #[test]
    fn a_rank_in_a_double_name_or_before_a_suffix_or_marker_is_a_name() {
        for rank in RANKS {
            for double in [format!("Huber-{rank}"), format!("{rank}-Huber")] {
                let column = applied(normalise_last, &double);
                assert_eq!(column, (Outcome::Ok, format!("huber; {rank}")));
                let both = (Outcome::Ok, format!("huber, eva; {rank}, eva"));
                assert_eq!(applied(normalise_full, &format!("Eva {double}")), both);
                assert_eq!(applied(normalise_full, &format!("{double}, Eva")), both);
            }
            let whole = |rest: &str| applied(normalise_full, &format!("Eva {rank} {rest}"));
            for suffix in ["jun.", "sen.", "Junior", "jr", "III", "d. Ä."] {
                let expected = (Outcome::Ok, format!("{rank}, eva"));
                assert_eq!(whole(suffix), expected, "{rank} {suffix}");
                let column = applied(normalise_last, &format!("Eva {rank} {suffix}"));
                assert_eq!(column, (Outcome::Ok, format!("eva; {rank}")), "{rank} {suffix}");
            }
            for marker in ["geb.", "née", "verw.", "vorm.", "früher"] {
                let both = (Outcome::Ok, format!("{rank}, eva; huber, eva"));
                assert_eq!(whole(&format!("{marker} Huber")), both, "{rank} {marker}");
            }
        }
    }
}
