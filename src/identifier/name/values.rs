//! The values of a cell. A cell can hold a name and a former name, or the names of two people.

use super::{
    super::Reason,
    vocabulary::{Class, is_also_foreign_name, may_be_particle},
    words::{NameBoundary, Sign, Usage, Word, is_plain},
};

/// The largest number of values of a cell. Match keys use no more.
pub(super) const MAX_COUNT: usize = 4;

/// Values in order, without duplicates.
#[derive(Default)]
pub(super) struct Values {
    all: Vec<String>,
    /// Other spellings. They are added last, if there is room.
    spellings: Vec<String>,
}

impl Values {
    /// # Errors
    ///
    /// [`Reason::TooManyValues`].
    pub(super) fn push(&mut self, value: String) -> Result<(), Reason> {
        if !self.all.contains(&value) {
            if self.all.len() == MAX_COUNT {
                return Err(Reason::TooManyValues);
            }
            self.all.push(value);
        }
        Ok(())
    }

    pub(super) fn push_spelling(&mut self, value: String) {
        self.spellings.push(value);
    }

    /// Whether another spelling has further spellings, since it may begin with a particle, too.
    pub(super) fn may_have_further_spellings(&self) -> bool {
        self.spellings.iter().any(|spelling| without_particle(spelling).is_some())
    }

    /// All values, with the other spellings at the end.
    pub(super) fn finish(mut self) -> Vec<String> {
        for spelling in self.spellings {
            if self.all.len() < MAX_COUNT && !self.all.contains(&spelling) {
                self.all.push(spelling);
            }
        }
        self.all
    }
}

/// The spellings of one name, the usual one first.
#[derive(Clone)]
pub(super) struct Spellings {
    pub usual: String,
    /// `hanspeter` for `hans peter`, or the name with a word at its end that may mean a generation.
    pub other: Option<String>,
}

impl Spellings {
    /// The spellings of the words that count. With `joined`, a hyphenated name at the start is also
    /// spelled as one word.
    ///
    /// If no word counts, the last one that may be a name is kept.
    pub(super) fn of(words: &[Word<'_>], joined: bool) -> Option<Self> {
        let mut usual = String::new();
        let (mut together, mut is_joined) = (String::new(), false);
        for (place, word) in words.iter().enumerate().filter(|(_, word)| word.is_name()) {
            if !usual.is_empty() {
                usual.push(' ');
                let in_first = !together.contains(' ');
                if joined && in_first && is_joined_name(words, place) {
                    is_joined = true;
                } else {
                    together.push(' ');
                }
            }
            usual.push_str(word.text);
            together.push_str(word.text);
        }
        let doubtful = words.iter().find(|word| word.usage == Usage::Doubtful);
        if usual.is_empty() {
            let kept = words.iter().rfind(|word| word.is_affix())?;
            // `Graf Şen` is a rank and a name. Nobody has the name `jun`.
            let other = doubtful.filter(|word| word.text == "sen");
            let other = other.map(|word| word.text.to_owned());
            return Some(Self { usual: kept.text.to_owned(), other });
        }
        // In `Graf J.`, the rank is the name, and an initial follows.
        if let (1, Some(rank)) = (usual.len(), words.iter().rfind(|word| word.usage == Usage::Rank))
        {
            return Some(Self { usual: rank.text.to_owned(), other: None });
        }
        let other = match doubtful {
            Some(word) => Some(format!("{usual} {}", word.text)),
            // `Dip-Ler` as one word would be a title.
            None if joined => Some(together).filter(|name| is_joined && is_plain(name.as_bytes())),
            None => without_particle(&usual).map(str::to_owned),
        };
        Some(Self { usual, other })
    }
}

/// A last name without its first word, if that may be a particle. Insurers keep particles in a
/// separate column.
fn without_particle(name: &str) -> Option<&str> {
    let (word, rest) = name.split_once(' ')?;
    may_be_particle(word.as_bytes()).then_some(rest)
}

/// Whether a hyphen joins the word at this place and the one before into one given name.
fn is_joined_name(words: &[Word<'_>], place: usize) -> bool {
    let (before, word) = (&words[place - 1], &words[place]);
    before.is_name() && word.sign == Sign::Hyphen && before.text.len() > 1 && word.text.len() > 1
}

/// Whether a hyphen or another sign joins the rank at this place to a name: `Müller-Brand`. Then the
/// rank is a family name.
pub(super) fn is_in_double_name(words: &[Word<'_>], place: usize) -> bool {
    let word = &words[place];
    if word.usage != Usage::Rank {
        return false;
    }
    let is_joined = |word: &Word<'_>| matches!(word.sign, Sign::Hyphen | Sign::Other);
    let before = words[..place].last().filter(|_| is_joined(word));
    let after = words.get(place + 1).filter(|next| is_joined(next));
    let is_name = |word: &Word<'_>| word.is_name() || word.usage == Usage::Rank;
    before.into_iter().chain(after).any(is_name)
}

/// Whether a name beside the main name counts. It does not if only single letters of it remain, or
/// if it is a particle in parentheses: `Berg (von)`.
pub(super) fn is_further_name(name: &[Word<'_>]) -> bool {
    let Some(Spellings { usual, .. }) = Spellings::of(name, false) else { return false };
    let is_particle =
        Class::of(usual.as_bytes()) == Class::Particle && !is_also_foreign_name(&usual);
    let is_aside = name.first().is_some_and(|word| word.start == NameBoundary::Open);
    !(is_aside && is_particle) && usual.split(' ').any(|word| word.len() > 1)
}

/// The words of each name in a cell of a column, the main name first.
pub(super) fn names<'t>(words: &[Word<'t>]) -> Result<Vec<Vec<Word<'t>>>, Reason> {
    let mut names: Vec<Vec<Word<'t>>> = vec![Vec::new()];
    let mut ranks = Vec::new();
    let (mut current, mut main) = (0, 0);
    for (place, word) in words.iter().enumerate() {
        match word.start {
            NameBoundary::None => {}
            NameBoundary::Close => current = main,
            NameBoundary::Former | NameBoundary::And | NameBoundary::Open => {
                names.push(Vec::new());
                current = names.len() - 1;
                if word.start == NameBoundary::And {
                    main = current;
                }
            }
        }
        names[current].push(*word);
        if is_in_double_name(words, place) {
            ranks.push(vec![*word]);
        }
    }
    let mut number = 0;
    names.retain(|name| {
        number += 1;
        number == 1 || is_further_name(name)
    });
    names.extend(ranks);
    if names.len() > MAX_COUNT { Err(Reason::TooManyValues) } else { Ok(names) }
}
