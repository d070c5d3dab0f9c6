//! Names: drawn from a list, or with the uneven frequencies of German ones.

use fake::{
    Fake,
    faker::name::raw::{FirstName, LastName},
    locales::{DE_DE, Data},
};
use rand::RngExt;

use crate::random::Random;

/// A last name, all equally often; one in twelve is a double one.
pub fn last_name(random: &mut Random) -> String {
    let one: &str = LastName(DE_DE).fake_with_rng(random);
    let other: &str = LastName(DE_DE).fake_with_rng(random);
    // In a double name, `Graf` would be taken for a title.
    let simple = |name: &str| !name.contains('-') && name != "Graf";
    if random.random_ratio(1, 12) && simple(one) && simple(other) {
        format!("{one}-{other}")
    } else {
        one.to_owned()
    }
}

/// A first name, all equally often; one person in five has two.
pub fn first_name(random: &mut Random) -> String {
    let one: &str = FirstName(DE_DE).fake_with_rng(random);
    if random.random_ratio(1, 5) {
        let other: &str = FirstName(DE_DE).fake_with_rng(random);
        format!("{one} {other}")
    } else {
        one.to_owned()
    }
}

/// Names in the order of their frequency, which falls with a power of the rank.
pub struct Names {
    names: Vec<String>,
    /// The weights of all names up to and with each.
    weights: Vec<f64>,
}

impl Names {
    /// Some 15,000, of which the commonest has 0.9 % of the persons, as in Germany.
    pub fn last() -> Self {
        let joined = |name: &str| name.contains('-') || name == "Graf";
        let common = DE_DE::NAME_LAST_NAME.iter().skip(14).filter(|name| !joined(name));
        let mut names: Vec<String> = common.map(|&name| name.to_owned()).collect();
        names.extend(made_up(&STEMS, &ENDINGS, &BEGINNINGS));
        Self::new(names, 0.6)
    }

    /// Some 370, of which the commonest has 2.7 % of the persons.
    pub fn first() -> Self {
        let mut names: Vec<String> =
            DE_DE::NAME_FIRST_NAME.iter().skip(21).map(|&name| name.to_owned()).collect();
        names.extend(made_up(&FIRST_STEMS, &FIRST_ENDINGS, &[""]));
        Self::new(names, 0.5)
    }

    fn new(names: Vec<String>, power: f64) -> Self {
        let mut sum = 0.0;
        let weights = (1_u32..)
            .zip(&names)
            .map(|(rank, _)| {
                sum += f64::from(rank).powf(-power);
                sum
            })
            .collect();
        Self { names, weights }
    }

    /// How probable it is that two persons have the same.
    pub fn shared(&self) -> f64 {
        let all = self.weights.last().copied().unwrap_or_default();
        let before = [0.0].into_iter().chain(self.weights.iter().copied());
        self.weights.iter().zip(before).map(|(end, start)| ((end - start) / all).powi(2)).sum()
    }

    /// One of the names.
    pub fn draw(&self, random: &mut Random) -> &str {
        let all = self.weights.last().copied().unwrap_or_default();
        let drawn = random.random::<f64>() * all;
        let place = self.weights.partition_point(|&weight| weight <= drawn);
        self.names.get(place).map_or("Muster", String::as_str)
    }
}

/// Some 2,500 surnames of two words, such as `Lindenhof`.
pub fn compounds() -> Vec<String> {
    made_up(&STEMS, &ENDINGS, &[""])
}

/// Every combination of a beginning, a stem and an ending, those without a beginning first.
fn made_up(stems: &[&str], endings: &[&str], beginnings: &[&str]) -> Vec<String> {
    let mut names = Vec::with_capacity(stems.len() * endings.len() * beginnings.len());
    for beginning in beginnings {
        for ending in endings {
            for stem in stems {
                let name = format!("{beginning}{stem}{ending}").to_lowercase();
                let (initial, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
                names.push(format!("{}{rest}", initial.to_uppercase()));
            }
        }
    }
    names
}

const BEGINNINGS: [&str; 6] = ["", "Ober", "Nieder", "Neu", "Alt", "Hohen"];

const STEMS: [&str; 60] = [
    "Linden", "Birk", "Eich", "Buch", "Tann", "Erl", "Has", "Wolf", "Bär", "Fuchs", "Hirsch",
    "Adler", "Falk", "Reh", "Stein", "Fels", "Sand", "Kies", "Lehm", "Moor", "Bach", "Quell",
    "See", "Teich", "Rhein", "Donau", "Main", "Korn", "Weiz", "Roggen", "Hafer", "Kohl", "Rüb",
    "Möhr", "Äpfel", "Birn", "Kirsch", "Nuss", "Rot", "Weiß", "Schwarz", "Grün", "Blau", "Gold",
    "Silber", "Kupfer", "Eisen", "Zinn", "Kessel", "Topf", "Hammer", "Nagel", "Pflug", "Wag",
    "Rad", "Brück", "Turm", "Burg", "Kirch", "Markt",
];

const ENDINGS: [&str; 42] = [
    "er", "mann", "ner", "berg", "bach", "feld", "hof", "hofer", "müller", "bauer", "meier",
    "schmidt", "huber", "lein", "le", "ke", "ing", "inger", "sen", "stein", "wald", "au", "auer",
    "acker", "haus", "häuser", "dorf", "dorfer", "weg", "thal", "thaler", "kamp", "kötter",
    "horst", "brink", "busch", "loh", "mayr", "wirth", "scheidt", "ow", "itz",
];

const FIRST_STEMS: [&str; 20] = [
    "Al", "Ben", "Car", "Dan", "El", "Fel", "Gab", "Han", "Is", "Jan", "Kat", "Le", "Mar", "Nik",
    "Ol", "Paul", "Rom", "Sam", "Tim", "Val",
];

const FIRST_ENDINGS: [&str; 14] =
    ["a", "o", "ine", "ius", "ika", "ian", "ea", "eas", "ette", "in", "ina", "is", "ara", "en"];

/// The letters of a name in lower case, with umlauts and accents written out in ASCII.
pub fn letters(name: &str) -> String {
    let mut letters = written_out(name);
    letters.retain(|character| character.is_ascii_alphabetic());
    letters.make_ascii_lowercase();
    letters
}

/// As on a typewriter without umlauts and accents.
pub fn written_out(name: &str) -> String {
    let mut written = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        match character {
            'ä' | 'æ' => written.push_str("ae"),
            'ö' => written.push_str("oe"),
            'ü' => written.push_str("ue"),
            'ß' => written.push_str("ss"),
            'å' => written.push_str("aa"),
            'Ä' => written.push_str("Ae"),
            'Ö' => written.push_str("Oe"),
            'Ü' => written.push_str("Ue"),
            'Å' => written.push_str("Aa"),
            'á' => written.push('a'),
            'ç' | 'ć' | 'č' => written.push('c'),
            'Ć' => written.push('C'),
            'é' | 'ê' => written.push('e'),
            'ğ' => written.push('g'),
            'í' => written.push('i'),
            'š' => written.push('s'),
            // A circumflex of its own.
            '\u{302}' => {}
            other => written.push(other),
        }
    }
    written
}
