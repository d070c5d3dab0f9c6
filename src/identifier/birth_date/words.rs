//! Names of months and days of the week from CLDR, for German (with Austria), English, French,
//! Italian, Dutch, Polish and Turkish: whole, abbreviated, and without diacritics.

use unicode_normalization::UnicodeNormalization;

/// The month with this name. `after_dot` is true if the name follows a day with a dot. Names with
/// another meaning in Croatian are then refused: `listopad` is November in Polish and October in
/// Croatian, and Croatian writes a dot after the day.
pub(super) fn month(word: &str, after_dot: bool) -> Option<u32> {
    let folded = folded(word);
    let is_polish_only = matches!(&*folded, "listopada" | "listopad" | "lis" | "lip");
    if is_polish_only && after_dot {
        return None;
    }
    (1..).zip(MONTHS).find(|(_, names)| names.contains(&&*folded)).map(|(month, _)| month)
}

/// Whether this is a day of the week, or another word that may precede a date.
pub(super) fn is_ignorable(word: &str) -> bool {
    let folded = folded(word);
    WEEKDAYS.contains(&&*folded) || matches!(&*folded, "der" | "den" | "am" | "le" | "il" | "the")
}

/// Lower case, without diacritics.
fn folded(word: &str) -> String {
    word.nfkd()
        .flat_map(char::to_lowercase)
        .filter(|character| !unicode_normalization::char::is_combining_mark(*character))
        .map(|character| match character {
            'ı' => 'i',
            'ł' => 'l',
            other => other,
        })
        .collect()
}

#[rustfmt::skip]
const MONTHS: [&[&str]; 12] = [
    &["januar", "jan", "janner", "jaenner", "january", "janvier", "janv", "gennaio", "gen", "januari", "styczen",
      "stycznia", "sty", "ocak", "oca"],
    &["februar", "feb", "feber", "february", "fevrier", "fevr", "fev", "febbraio", "februari", "luty", "lutego", "lut",
      "subat", "sub"],
    &["marz", "maerz", "mar", "mrz", "march", "mars", "marzo", "maart", "mrt", "marzec", "marca", "mart"],
    &["april", "apr", "avril", "avr", "aprile", "kwiecien", "kwietnia", "kwi", "nisan", "nis"],
    &["mai", "may", "maggio", "mag", "mei", "maj", "maja", "mayis"],
    &["juni", "jun", "june", "juin", "giugno", "giu", "czerwiec", "czerwca", "cze", "haziran", "haz"],
    &["juli", "jul", "july", "juillet", "juil", "luglio", "lug", "lipiec", "lipca", "lip", "temmuz", "tem"],
    &["august", "aug", "aout", "agosto", "ago", "augustus", "sierpien", "sierpnia", "sie", "agustos", "agu"],
    &["september", "sept", "sep", "septembre", "settembre", "set", "wrzesien", "wrzesnia", "wrz", "eylul", "eyl"],
    &["oktober", "okt", "october", "oct", "octobre", "ottobre", "ott", "pazdziernik", "pazdziernika", "paz",
      "ekim", "eki"],
    &["november", "nov", "novembre", "listopad", "listopada", "lis", "kasim", "kas"],
    &["dezember", "dez", "december", "dec", "decembre", "dicembre", "dic", "grudzien", "grudnia", "gru",
      "aralik", "ara"],
];

/// Without names that are also months: French `mar.` is Tuesday and March. The exception is `paz`,
/// which is Sunday in Turkish and October in Polish.
#[rustfmt::skip]
const WEEKDAYS: &[&str] = &[
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend", "sonntag", "mo", "di",
    "mi", "do", "fr", "sa", "so",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed", "thu",
    "fri", "sat", "sun", "tues", "thur", "thurs",
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "lun", "mer", "jeu", "ven", "sam",
    "dim",
    "lunedi", "martedi", "mercoledi", "giovedi", "venerdi", "sabato", "domenica", "gio", "sab", "dom",
    "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag", "ma", "wo", "vr", "za", "zo",
    "poniedzialek", "wtorek", "sroda", "czwartek", "piatek", "sobota", "niedziela", "pon", "wt", "sr", "czw",
    "pt", "sob", "niedz",
    "pazartesi", "sali", "carsamba", "persembe", "cuma", "cumartesi", "pazar", "pzt", "sal", "car", "per", "cum",
    "cmt", "paz",
];
