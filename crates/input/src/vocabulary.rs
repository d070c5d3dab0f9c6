//! The words of headers and their meanings.

use std::{collections::HashMap, sync::LazyLock};

use leakdex::{DataClass, Field};

/// The words, by meaning. Umlauts are spelled out, and compound terms are written as one word. Two words with
/// a dot between them match the end of a path.
const WORDS: &str = include_str!("../data/words.csv");

/// The meaning of a word in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The column holds this field.
    Field(Field),
    /// `Name`: the last name if there is a first name, and otherwise the full name.
    Name,
    /// A further last name, which does not affect the meaning of `Name`.
    BirthName,
    /// The column may hold one of these fields, and its values show which. Otherwise it holds this class of
    /// data.
    Perhaps(Vec<Field>, Option<DataClass>),
    /// The column may hold one of these fields, and no value can show which.
    Ambiguous(Vec<Field>),
    /// The column holds data of this class.
    Class(DataClass),
    /// A place, which may follow a postcode.
    Place(DataClass),
    /// The caller's own reference to a member.
    Id,
    /// A word for a member. Without other words, it means the reference to a member.
    Owner,
    /// A word for an insured person. Together with a word for a number, it means the insured number.
    Insured,
    /// A word for a number.
    Number,
    /// A word for the key of a row.
    Key,
    /// A hash of something.
    Hash,
    /// Digits only: the `2` of a second column, or a length such as `10`.
    Digits,
    /// A word without influence on the meaning.
    Qualifier,
    /// Somebody else, or something that does not belong to the person.
    Other,
    /// An event other than a birth, with a date of its own.
    Event,
    /// A birth. Other words name the content of the column, such as a place.
    Birth,
    /// A relative, or another person who may also be insured.
    Relative,
    /// A word that is not in the vocabulary.
    Unknown,
}

impl Meaning {
    /// Parses a role and its target from a line of the vocabulary.
    fn of(role: &str, target: &str) -> Option<Self> {
        let field = |slug: &str| slug.parse::<Field>().ok();
        let class = |slug: &str| DataClass::new(slug).ok();
        let class_in = |target: &str| {
            target.split(' ').find_map(|part| part.strip_prefix("class:")).and_then(class)
        };
        let fields_in = |target: &str| target.split(' ').filter_map(field).collect();
        Some(match role {
            "field" => Self::Field(field(target)?),
            "name" => Self::Name,
            "birth-name" => Self::BirthName,
            "perhaps" => Self::Perhaps(fields_in(target), class_in(target)),
            "asked" => Self::Ambiguous(fields_in(target)),
            "class" => Self::Class(class(target)?),
            "place" => Self::Place(class(target)?),
            "id" => Self::Id,
            "owner" => Self::Owner,
            "insured" => Self::Insured,
            "number" => Self::Number,
            "key" => Self::Key,
            "hash" => Self::Hash,
            "qualifier" => Self::Qualifier,
            "other" => Self::Other,
            "event" => Self::Event,
            "birth" => Self::Birth,
            "relative" => Self::Relative,
            _ => return None,
        })
    }
}

/// The lines of the vocabulary. Each has a meaning and its words.
fn lines() -> impl Iterator<Item = (Meaning, std::str::Split<'static, char>)> {
    WORDS.lines().skip(1).filter_map(|line| {
        let mut parts = line.splitn(3, ',');
        let meaning = Meaning::of(parts.next()?, parts.next()?)?;
        Some((meaning, parts.next()?.split(' ')))
    })
}

static VOCABULARY: LazyLock<HashMap<String, Meaning>> = LazyLock::new(|| {
    // The slug of a field is a word, too. Two slugs are left out: the vocabulary itself gives the meanings of
    // `name` and `emailalias`.
    let fields =
        Field::ALL.iter().filter(|&&field| !matches!(field, Field::Name | Field::EmailAlias));
    let slugs = fields.map(|&field| (folded(field.slug()), Meaning::Field(field)));
    let words = lines()
        .flat_map(|(meaning, words)| words.map(move |word| (word.to_owned(), meaning.clone())));
    slugs.chain(words).collect()
});

/// Whether a text contains a word of headers, such as `Tel.` in `Tel. Kontaktperson`. Compounds are not split, so this
/// is much faster than [`meanings`].
pub(crate) fn has_word(text: &str) -> bool {
    let mut words =
        text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    words.any(|word| known(&folded(word)).is_some())
}

/// The meanings of the words of a header, in order.
pub(crate) fn meanings(header: &str) -> Vec<Meaning> {
    let words = words(header);
    let mut meanings = Vec::new();
    let path_meaning = name_in_path(header);
    let length = if path_meaning.is_some() { 2 } else { leaf_length(header, &words) };
    let (above, leaf) = words.split_at(words.len() - length);
    let leaf = if path_meaning.is_some() { &[] } else { leaf };
    for mut run in [above, leaf] {
        while !run.is_empty() {
            let (meaning, length) = longest(run);
            meanings.extend(meaning);
            run = &run[length..];
        }
    }
    meanings.extend(path_meaning.cloned());
    meanings
}

/// The meaning of the last two words of a path, if the vocabulary has them with a dot. `user.name` in a
/// nested object is a person's name, but `user_name` and `login.name` are usernames.
fn name_in_path(header: &str) -> Option<&'static Meaning> {
    let (above, last) = header.rsplit_once('.')?;
    let parent = words(above).pop()?;
    VOCABULARY.get(&format!("{parent}.{}", folded(last)))
}

/// The number of words at the end of a path such as `person.name.first` that form a known word together. They
/// must not be joined with the words before them. 0 if there are none, or if the header is not a path.
fn leaf_length(header: &str, words: &[String]) -> usize {
    let mut parts = header.rsplit('.');
    let (Some(last), Some(parent), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return 0;
    };
    // Dots after abbreviations do not make a path.
    if !header.split('.').all(|part| part.starts_with(char::is_alphanumeric)) {
        return 0;
    }
    let length = self::words(parent).len() + self::words(last).len();
    let start = words.len().saturating_sub(length);
    let is_known = known(&words[start..].concat()).is_some();
    if is_known { words.len() - start } else { 0 }
}

/// Whether all words of a text are words of headers. Single letters are ignored, but a text of single letters
/// is not enough. A compound counts only if both parts are long and neither is a word of addresses: `Denkins`
/// and `Neustadt` are names.
pub(crate) fn is_made_of_known_words(text: &str) -> bool {
    const SHORTEST: usize = 4;
    let words = words(text);
    let is_compound = |word: &str| {
        let is_address = |meaning: &Meaning| {
            matches!(meaning, Meaning::Place(class) | Meaning::Class(class)
                if class.as_str() == "physical-addresses")
        };
        let is_part = |part: &str| {
            part.len() >= SHORTEST && VOCABULARY.get(part).is_some_and(|item| !is_address(item))
        };
        word.is_ascii()
            && (SHORTEST..word.len()).any(|end| {
                let (first, last) = word.split_at(end);
                let is_first = is_part(first) || first.strip_suffix('s').is_some_and(is_part);
                is_first && is_part(last)
            })
    };
    let mut start = 0;
    let mut has_known = false;
    while start < words.len() {
        let most = (words.len() - start).min(MAX_WORDS);
        let is_known = |length: &usize| known(&words[start..start + length].concat()).is_some();
        let word = words[start].trim_end_matches(|character: char| character.is_ascii_digit());
        match (1..=most).rev().find(is_known) {
            Some(length) => {
                has_known = true;
                start += length;
            }
            None if is_compound(word) => {
                has_known = true;
                start += 1;
            }
            None if word.chars().count() < 2 => start += 1,
            None => return false,
        }
    }
    // Single letters alone may be the initials of a person.
    has_known
}

/// The maximum number of words that are joined.
const MAX_WORDS: usize = 6;

/// The meanings of the longest known word that the first words form when joined, and the number of these words.
/// If they form none, the meanings of the parts of the first word.
fn longest(words: &[String]) -> (Vec<Meaning>, usize) {
    for length in (1..=words.len().min(MAX_WORDS)).rev() {
        if let Some(meaning) = known(&words[..length].concat()) {
            return (vec![meaning.clone()], length);
        }
    }
    let word = words[0].trim_end_matches(|character: char| character.is_ascii_digit());
    let meanings = match word.chars().count() {
        0 => vec![Meaning::Digits],
        // A single letter is a prefix for a table or a type.
        1 => vec![Meaning::Qualifier],
        _ => parts(word).unwrap_or_else(|| vec![Meaning::Unknown]),
    };
    (meanings, 1)
}

/// The minimum length of a part of a compound, in bytes. Only a word for a number or a key may be shorter, as
/// the last part.
const SHORTEST_PART: usize = 3;

/// The meaning of a word, with or without a trailing number or a genitive `s`.
fn known(word: &str) -> Option<&'static Meaning> {
    let of_stem = |stem: &str| {
        let meaning = VOCABULARY.get(stem).filter(|_| stem.len() >= SHORTEST_PART);
        // `id2` is not the caller's reference.
        meaning.filter(|meaning| !matches!(meaning, Meaning::Id | Meaning::Key))
    };
    let unnumbered = word.trim_end_matches(|character: char| character.is_ascii_digit());
    let genitive = || unnumbered.strip_suffix('s').and_then(of_stem);
    VOCABULARY.get(word).or_else(|| of_stem(unnumbered)).or_else(genitive)
}

/// The meanings of the parts of a compound such as `Privattelefon`; `None` if a part is unknown.
fn parts(word: &str) -> Option<Vec<Meaning>> {
    const MAX_LENGTH: usize = 60;
    if !word.is_ascii() || word.len() > MAX_LENGTH {
        return None;
    }
    // For each position, the meanings of the text before it, in as few parts as possible. The shorter last
    // part wins a tie.
    let mut ends: Vec<Option<Vec<Meaning>>> = vec![None; word.len() + 1];
    ends[0] = Some(Vec::new());
    for end in 1..=word.len() {
        let with_part = |start: usize| {
            let before = ends[start].as_ref()?;
            let part = &word[start..end];
            let meaning = VOCABULARY.get(part)?;
            let is_number_suffix =
                matches!(meaning, Meaning::Number | Meaning::Key) && start > 0 && end == word.len();
            let is_long = part.len() >= SHORTEST_PART || is_number_suffix;
            is_long.then(|| before.iter().chain([meaning]).cloned().collect::<Vec<_>>())
        };
        // German often links two parts with an `s`.
        let joint = || {
            let is_joint = word.as_bytes()[end - 1] == b's';
            ends[end - 1].clone().filter(|before| is_joint && !before.is_empty())
        };
        let best = (0..end).rev().filter_map(with_part).min_by_key(Vec::len);
        ends[end] = best.or_else(joint);
    }
    ends.pop().flatten().filter(|parts| parts.len() > 1)
}

/// Splits a header into words, in lower case and with umlauts spelled out. A word ends at a character that is
/// neither a letter nor a digit, and begins at a capital letter.
fn words(header: &str) -> Vec<String> {
    let letters: Vec<char> = header.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (place, &letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| letters[before]);
        let is_next_small = letters.get(place + 1).is_some_and(|next| next.is_lowercase());
        let begins_a_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || before.is_uppercase() && is_next_small
            });
        if begins_a_word || !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
        }
        word.push_str(&folded(letter.encode_utf8(&mut [0; 4])));
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Letters and digits in lower case, with umlauts spelled out.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        match character {
            'ä' => folded.push_str("ae"),
            'ö' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            other if other.is_alphanumeric() => folded.push(other),
            _ => {}
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_line_of_the_vocabulary_is_read_and_each_word_has_one_meaning() {
        assert_eq!(lines().count(), WORDS.lines().count() - 1);
        let mut known = HashSet::new();
        for word in lines().flat_map(|(_, words)| words) {
            assert_eq!(folded(word), word.replace('.', ""), "it is folded");
            assert!(!word.is_empty() && known.insert(word), "'{word}' appears twice");
        }
        for line in WORDS.lines().skip(1) {
            let target = line.split(',').nth(1).expect("a target");
            let is_known = |part: &str| {
                part.strip_prefix("class:").map_or(part.parse::<Field>().is_ok(), |slug| {
                    DataClass::new(slug).is_ok_and(|class| class.as_str() == slug)
                })
            };
            let is_class = line.starts_with("class,") || line.starts_with("place,");
            assert!(target.is_empty() || is_class || target.split(' ').all(is_known), "{line}");
        }
    }

    #[test]
    fn a_header_is_split_into_words_however_it_is_written() {
        for (header, expected) in [
            ("E-Mail-Adresse privat", "e mail adresse privat"),
            ("customer_email", "customer email"),
            ("ContactName", "contact name"),
            ("IBANNummer", "iban nummer"),
            ("KVNR (10-stellig)", "kvnr 10 stellig"),
            ("dbo.Straße", "dbo strasse"),
            ("", ""),
        ] {
            assert_eq!(words(header).join(" "), expected, "{header}");
        }
    }

    #[test]
    fn a_compound_is_split_only_if_all_of_its_parts_are_known() {
        assert_eq!(meanings("Privattelefon"), [Meaning::Qualifier, Meaning::Field(Field::Phone)]);
        let number = [Meaning::Owner, Meaning::Number];
        assert_eq!(meanings("Mitgliedernummer"), [Meaning::Id]);
        assert_eq!(meanings("Membersnr"), number);
        assert_eq!(meanings("Notfalltelefonliste"), [Meaning::Unknown]);
        assert_eq!(meanings("Arztnummer"), [Meaning::Other, Meaning::Number]);
    }
}
