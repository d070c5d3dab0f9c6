//! The words of a name and their use: the grammar by which titles, salutations and the like go.

use super::{
    super::Reason,
    vocabulary::{Class, Phrase, phrase},
};

/// A word, and its use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    /// A dot abbreviates it.
    pub dotted: bool,
    pub sign: Sign,
    pub class: Class,
    pub usage: Usage,
    pub start: Start,
}

/// The sign between a word and the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Space,
    Hyphen,
    /// Another sign that touches both: a letter may have been lost there.
    Other,
    Comma,
    Open,
    Close,
    And,
}

impl Sign {
    /// Whether the words on both sides are of one part of a name.
    const fn is_within(self) -> bool {
        matches!(self, Self::Space | Self::Hyphen | Self::Other)
    }
}

/// How a word is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// It does not count.
    None,
    /// A part of the name.
    Name,
    /// It counts only if nothing else does.
    Particle,
    /// The same; it may be the name of a family.
    Rank,
    /// `sen` at the end: it may be a name.
    Senior,
}

/// Whether another name begins with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    None,
    /// The name at birth, or a former one.
    Former,
    /// The name of somebody else.
    And,
    /// A name in parentheses.
    Open,
    /// The name that the parentheses interrupted.
    Close,
}

impl Word<'_> {
    pub(super) fn is_name(&self) -> bool {
        self.usage == Usage::Name
    }

    pub(super) fn is_affix(&self) -> bool {
        matches!(self.usage, Usage::Particle | Usage::Rank)
    }
}

/// Whether nothing but the words themselves decides on them: each is a plain name.
pub(super) fn are_plain(words: &[Word<'_>]) -> bool {
    words.iter().all(|word| {
        word.class == Class::Name
            && !word.dotted
            && matches!(word.sign, Sign::Space | Sign::Comma)
    })
}

/// Whether all words of a text of letters, with spaces between, are plain names.
pub(super) fn is_plain(text: &str) -> bool {
    text.split(' ').all(|word| Class::of(word) == Class::Name)
}

/// The words of a folded text. `in_order` tells that it may be a whole name, so that a first name
/// stands before the last one.
///
/// # Errors
///
/// [`Reason::NoPerson`] for the name of a company.
pub(super) fn read(text: &str, in_order: bool) -> Result<Vec<Word<'_>>, Reason> {
    let mut words = split(text);
    let mut grammar = Grammar::new(in_order);
    let mut place = 0;
    while place < words.len() {
        place += grammar.next(&mut words, place)?;
    }
    Ok(words)
}

fn split(text: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let (mut start, mut sign) = (0, Sign::Space);
    for (place, byte) in text.bytes().chain([b' ']).enumerate() {
        let next = match byte {
            b',' => Sign::Comma,
            b'(' => Sign::Open,
            b')' => Sign::Close,
            b'&' => Sign::And,
            b'-' => Sign::Hyphen,
            b'_' => Sign::Other,
            b' ' | b'.' => Sign::Space,
            _ => continue,
        };
        if start < place {
            let text = &text[start..place];
            let (class, dotted) = (Class::of(text), byte == b'.');
            let (usage, start) = (Usage::Name, Start::None);
            words.push(Word { text, dotted, sign, class, usage, start });
            sign = next;
        } else if next != Sign::Space {
            sign = next;
        }
        start = place + 1;
    }
    words
}

/// What the words so far say of the next one.
struct Grammar {
    in_order: bool,
    /// Where the current part begins: at the start, and after a sign other than space and hyphen.
    part: usize,
    /// How many names that part has so far.
    in_part: usize,
    /// How many names there were in all.
    names: usize,
    comma: bool,
    /// The word before is one of a title.
    after_title: bool,
    /// The word before is of a title that takes any field of study: `Dipl.-Kfm.`
    after_diploma: bool,
    /// The word before is `von` or the like: `v. d. Berg`, `von u. zu`, `van 't Hoff`.
    after_particle: bool,
    /// Within parentheses after a title: `Dipl.-Ing. (FH)`.
    in_title: bool,
    /// How the next name starts.
    start: Start,
}

impl Grammar {
    const fn new(in_order: bool) -> Self {
        Self {
            in_order,
            part: 0,
            in_part: 0,
            names: 0,
            comma: false,
            after_title: false,
            after_diploma: false,
            after_particle: false,
            in_title: false,
            start: Start::None,
        }
    }

    /// Decides on the word at a place, and gives how many words it decided on.
    fn next(&mut self, words: &mut Vec<Word<'_>>, place: usize) -> Result<usize, Reason> {
        let word = words[place];
        self.pass(word.sign, place);
        if self.in_title {
            words[place].usage = Usage::None;
            return Ok(1);
        }
        if let Some(length) = self.phrase(words, place)? {
            return Ok(length);
        }
        let usage = self.usage(words, place)?;
        let word = &mut words[place];
        word.usage = usage;
        self.after_diploma = word.text.starts_with("dipl")
            || self.after_diploma && self.after_title && usage == Usage::None;
        self.after_particle = usage == Usage::Particle
            && (matches!(word.text, "d" | "t" | "u" | "z" | "v" | "van" | "vom" | "von")
                || matches!(word.text, "zu" | "zum" | "zur"));
        if matches!(usage, Usage::Name | Usage::Particle | Usage::Rank) {
            word.start = std::mem::replace(&mut self.start, Start::None);
        }
        if usage == Usage::Name {
            self.in_part += 1;
            self.names += 1;
        }
        Ok(1)
    }

    /// Takes in the sign before a word.
    fn pass(&mut self, sign: Sign, place: usize) {
        match sign {
            Sign::Space | Sign::Hyphen | Sign::Other => return,
            Sign::Open => {
                self.in_title = self.after_title;
                if !self.in_title && self.names > 0 {
                    self.start = Start::Open;
                }
            }
            Sign::Close => {
                if self.in_title {
                    self.in_title = false;
                    // The part goes on.
                    return;
                }
                self.start = Start::Close;
            }
            Sign::Comma => {
                self.in_title = false;
                self.comma = true;
                self.start = Start::Close;
            }
            Sign::And => {
                if self.names > 0 && !self.after_particle && !self.after_title {
                    self.start = Start::And;
                }
            }
        }
        self.begin_part(place);
    }

    const fn begin_part(&mut self, place: usize) {
        self.part = place;
        self.in_part = 0;
        self.after_title = false;
        self.after_diploma = false;
    }

    /// Decides on several short words together, if they are a phrase.
    fn phrase(&mut self, words: &mut Vec<Word<'_>>, place: usize) -> Result<Option<usize>, Reason> {
        let word = words[place];
        let Some(two) = words.get(place + 1).copied() else { return Ok(None) };
        if word.text == "c" && two.text == "o" && two.sign == Sign::And {
            // The name of somebody else.
            let end = if self.names > 0 { words.len() } else { place + 2 };
            words[place..end].iter_mut().for_each(|word| word.usage = Usage::None);
            return Ok(Some(end - place));
        }
        let three = words.get(place + 2).filter(|word| word.sign == Sign::Space);
        let three = three.map_or("", |word| word.text);
        if !two.sign.is_within() {
            return Ok(None);
        }
        let Some((phrase, length)) = phrase(word.text, two.text, three) else { return Ok(None) };
        let at_end = ends_part(words, place + length);
        let is_one = match phrase {
            Phrase::Title => word.text != "mag" || !two.dotted,
            Phrase::Degree => word.dotted || place > self.part,
            Phrase::Salutation => self.in_part == 0,
            Phrase::Generation => at_end && self.in_part > 0,
            Phrase::Trader => at_end && self.in_part > 0 && word.dotted,
            Phrase::Company if at_end && place > 0 && word.dotted => return Err(Reason::NoPerson),
            Phrase::Company => false,
        };
        if !is_one {
            return Ok(None);
        }
        words[place..place + length].iter_mut().for_each(|word| word.usage = Usage::None);
        self.after_title = matches!(phrase, Phrase::Degree | Phrase::Title);
        Ok(Some(length))
    }

    fn usage(&mut self, words: &mut [Word<'_>], place: usize) -> Result<Usage, Reason> {
        let word = words[place];
        let after_title = std::mem::take(&mut self.after_title);
        let is_last = place + 1 == words.len();
        let at_end = ends_part(words, place + 1);
        Ok(match word.class {
            _ if self.after_diploma && (word.sign == Sign::Hyphen || word.dotted) => {
                self.after_title = true;
                Usage::None
            }
            Class::Title => {
                self.after_title = true;
                Usage::None
            }
            Class::TitleWord if after_title || word.dotted => {
                self.after_title = true;
                Usage::None
            }
            Class::Letters if self.after_particle && is_short_particle(word.text) => {
                Usage::Particle
            }
            Class::Letters if word.dotted && begins_title(&words[place..]) => Usage::None,
            Class::Salutation if self.in_part == 0 => {
                // `An Herrn`
                let before = &mut words[self.part..place];
                before.iter_mut().for_each(|word| word.usage = Usage::None);
                Usage::None
            }
            Class::Particle if word.text == "in" && after_title => Usage::None,
            Class::Particle if word.text == "vorm" && word.dotted && self.names > 0 => {
                self.former(place)
            }
            Class::Particle => Usage::Particle,
            Class::Rank => Usage::Rank,
            Class::Generation if self.names > 0 && (at_end || word.dotted) => Usage::None,
            Class::Senior if self.names > 0 && word.dotted => Usage::None,
            Class::Senior if self.in_part > 0 && at_end => Usage::Senior,
            Class::Marker if !is_last => self.former(place),
            Class::Marker if self.names > 0 => Usage::None,
            Class::WeakMarker if word.dotted && !is_last => self.former(place),
            Class::WeakMarker if self.names >= self.names_before_former() && !is_last => {
                self.former(place)
            }
            Class::And if self.after_particle || after_title || self.names == 0 || is_last => {
                Usage::None
            }
            Class::And => {
                self.begin_part(place + 1);
                self.start = Start::And;
                Usage::None
            }
            Class::Company => return Err(Reason::NoPerson),
            Class::CompanyEnd if is_company_end(words, place) => return Err(Reason::NoPerson),
            _ => Usage::Name,
        })
    }

    /// Ends the name before a former one.
    const fn former(&mut self, place: usize) -> Usage {
        self.begin_part(place + 1);
        self.start = Start::Former;
        Usage::None
    }

    /// How many names stand at least before a former last name.
    const fn names_before_former(&self) -> usize {
        if self.in_order && !self.comma { 2 } else { 1 }
    }
}

/// Whether a part ends before the word at this place.
fn ends_part(words: &[Word<'_>], place: usize) -> bool {
    words.get(place).is_none_or(|word| {
        !word.sign.is_within()
            || matches!(
                word.class,
                Class::Generation | Class::Senior | Class::Marker | Class::WeakMarker | Class::And
            )
            || word.class == Class::Title
    })
}

/// `v. d. Berg`, `von u. zu`, `van 't Hoff`
fn is_short_particle(word: &str) -> bool {
    matches!(word, "d" | "t" | "u" | "z")
}

/// Whether single letters with dots are those of a title: `o. Prof.`, `a. o. Prof.`
fn begins_title(words: &[Word<'_>]) -> bool {
    let letters = words.iter().take(3).take_while(|word| word.dotted && word.text.len() == 1);
    let next = words.get(letters.count());
    next.is_some_and(|word| matches!(word.text, "prof" | "professor" | "professorin" | "univ"))
}

/// Whether `AG` and the like ends the name of a company here.
fn is_company_end(words: &[Word<'_>], place: usize) -> bool {
    let rest = &words[place + 1..];
    let is_end = rest
        .iter()
        .all(|word| matches!(word.class, Class::Company | Class::CompanyEnd));
    let is_partner = words[place].text != "co"
        || words[place].sign == Sign::And
        || place > 0 && words[place - 1].class == Class::And;
    place > 0 && is_end && is_partner
}
