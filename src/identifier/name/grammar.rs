//! The grammar of names. It decides how each word of a name is used, and drops titles, salutations
//! and the like.

use super::{
    super::Reason,
    vocabulary::{Class, Phrase, phrase},
    words::{NameBoundary, Sign, Usage, Word, split},
};

/// How to read a cell.
#[derive(Clone, Copy, Default)]
pub(super) struct Mode {
    /// The cell may hold a whole name, with the first name before the last one.
    pub in_order: bool,
    /// Letters with dots are initials, not a degree.
    pub keeps_letters: bool,
}

/// The words of a folded text.
///
/// # Errors
///
/// [`Reason::NoPerson`] for the name of a company.
pub(super) fn read(text: &str, mode: Mode) -> Result<Vec<Word<'_>>, Reason> {
    let mut words = split(text);
    let mut grammar = Grammar::new(mode);
    let mut place = 0;
    while place < words.len() {
        place += grammar.next(&mut words, place)?;
    }
    Ok(words)
}

/// The state after the words so far. It decides on the next word.
struct Grammar {
    keeps_letters: bool,
    in_order: bool,
    /// How many names a complete name has. Some words are names themselves unless a complete name
    /// precedes them.
    min_names: usize,
    /// The first word of the current part. A part begins at the start, and after a sign that ends
    /// the previous part.
    part: usize,
    /// How many names are in the current part so far.
    in_part: usize,
    /// How many names and ranks there are so far.
    names: usize,
    before: PreviousWord,
    /// Whether this is within parentheses after a title: `Dipl.-Ing. (FH)`.
    in_title: bool,
    /// How the next name starts.
    start: NameBoundary,
}

/// The word before this one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PreviousWord {
    Other,
    /// A word of a title.
    Title,
    /// A word of a title that any field of study can follow: `Dipl.-Kfm.`
    Diploma,
    /// `von` or a similar word, before a short one: `v. d. Berg`, `von u. zu`, `van 't Hoff`.
    Particle,
}

impl PreviousWord {
    const fn is_title(self) -> bool {
        matches!(self, Self::Title | Self::Diploma)
    }
}

impl Grammar {
    const fn new(mode: Mode) -> Self {
        Self {
            keeps_letters: mode.keeps_letters,
            in_order: mode.in_order,
            min_names: if mode.in_order { 2 } else { 1 },
            part: 0,
            in_part: 0,
            names: 0,
            before: PreviousWord::Other,
            in_title: false,
            start: NameBoundary::None,
        }
    }

    /// Decides on the word at `place`, and returns how many words it decided on.
    fn next(&mut self, words: &mut [Word<'_>], place: usize) -> Result<usize, Reason> {
        self.handle_sign(words[place].sign, place);
        if self.in_title {
            words[place].usage = Usage::None;
            return Ok(1);
        }
        let length = self.phrase(words, place)?;
        if length > 0 {
            return Ok(length);
        }
        let usage = self.usage(words, place)?;
        let word = &mut words[place];
        word.usage = usage;
        if matches!(usage, Usage::Name | Usage::Particle | Usage::Rank) {
            word.start = std::mem::replace(&mut self.start, NameBoundary::None);
        }
        if usage == Usage::Name {
            self.in_part += 1;
        }
        if matches!(usage, Usage::Name | Usage::Rank) {
            self.names += 1;
        }
        Ok(1)
    }

    /// Handles the sign before a word.
    fn handle_sign(&mut self, sign: Sign, place: usize) {
        match sign {
            Sign::Space | Sign::Hyphen | Sign::Other => return,
            Sign::Open => {
                self.in_title = self.before.is_title();
                if !self.in_title && self.names > 0 {
                    self.start = NameBoundary::Open;
                }
            }
            Sign::Close => {
                if std::mem::take(&mut self.in_title) {
                    // The part continues.
                    return;
                }
                self.start = NameBoundary::Close;
            }
            Sign::Comma => {
                self.in_title = false;
                self.min_names = 1;
                self.start = NameBoundary::Close;
            }
            Sign::And => {
                if self.names > 0 && self.before == PreviousWord::Other {
                    self.start = NameBoundary::And;
                }
            }
        }
        self.begin_part(place);
    }

    fn begin_part(&mut self, place: usize) {
        self.part = place;
        self.in_part = 0;
        if self.before.is_title() {
            self.before = PreviousWord::Other;
        }
    }

    /// If a phrase of several words starts at `place`, decides on all of them. Returns how many
    /// there are.
    fn phrase(&mut self, words: &mut [Word<'_>], place: usize) -> Result<usize, Reason> {
        let [word, two, ..] = words[place..] else { return Ok(0) };
        if word.text == "c" && two.text == "o" && two.sign == Sign::And {
            // The name of somebody else follows.
            let end = if self.names > 0 { words.len() } else { place + 2 };
            return Ok(drop(words, place, end));
        }
        if !two.sign.is_within() {
            return Ok(0);
        }
        if begins_study(word, two) {
            let end = end_of_section(words, place);
            // `Karl Müller, European Master in Education`
            let start = if words[self.part].sign == Sign::Comma { self.part } else { place };
            drop(words, start, end);
            return Ok(end - place);
        }
        let three = words.get(place + 2).filter(|word| word.sign == Sign::Space);
        let three = three.map_or("", |word| word.text);
        let letters = if self.keeps_letters { 0 } else { degree(&words[place..]) };
        let known = phrase(word.text, two.text, three).filter(|(_, length)| *length >= letters);
        let Some((phrase, length)) = known else {
            if letters > 0 {
                self.before = PreviousWord::Title;
            }
            return Ok(drop(words, place, place + letters));
        };
        let at_end = ends_part(words, place + length);
        let is_phrase = match phrase {
            Phrase::Title => word.text != "mag" || !two.dotted,
            Phrase::Degree => (word.dotted || place > self.part) && !self.keeps_letters,
            Phrase::Salutation => self.in_part == 0,
            // After a comma, `D. J.` may be initials.
            Phrase::Generation => {
                let is_sure = place > 0 && (word.lower || word.text.len() > 1);
                at_end && (is_sure || count_name_words(&words[self.part..place]) > 0)
            }
            Phrase::Trader => at_end && self.in_part > 0 && word.dotted,
            Phrase::Company if at_end && place > 0 && word.dotted => return Err(Reason::NoPerson),
            Phrase::Company => false,
        };
        if !is_phrase {
            return Ok(0);
        }
        if phrase == Phrase::Generation {
            self.end_name(words, place);
        }
        let is_title = matches!(phrase, Phrase::Degree | Phrase::Title);
        self.before = if is_title { PreviousWord::Title } else { PreviousWord::Other };
        Ok(drop(words, place, place + length))
    }

    fn usage(&mut self, words: &mut [Word<'_>], place: usize) -> Result<Usage, Reason> {
        let word = words[place];
        let before = std::mem::replace(&mut self.before, PreviousWord::Other);
        let is_last = place + 1 == words.len();
        let at_end = ends_part(words, place + 1);
        if is_title(word, before) {
            if self.may_be_given_name(words, place) {
                return Ok(Usage::Rank);
            }
            let is_diploma = before == PreviousWord::Diploma || word.text.starts_with("dipl");
            self.before = if is_diploma { PreviousWord::Diploma } else { PreviousWord::Title };
            return Ok(Usage::None);
        }
        Ok(match word.class {
            Class::And | Class::Letters if is_conjunction(word) => {
                if before == PreviousWord::Other && self.names > 0 && !is_last {
                    self.begin_part(place + 1);
                    self.start = NameBoundary::And;
                } else {
                    self.before = before;
                }
                Usage::None
            }
            Class::Letters if before == PreviousWord::Particle && is_short_particle(word.text) => {
                self.before = PreviousWord::Particle;
                Usage::Particle
            }
            Class::Letters | Class::Senior if word.dotted && begins_title(&words[place..]) => {
                Usage::None
            }
            // `Müller geb. Herr`
            Class::Salutation
                if at_end && word.text == "herr" && self.start == NameBoundary::Former =>
            {
                Usage::Name
            }
            Class::Salutation if self.in_part == 0 => {
                // `An Herrn`
                let ranks = words[self.part..place].iter().filter(|word| word.usage == Usage::Rank);
                if ranks.count() == 0 {
                    drop(words, self.part, place);
                }
                Usage::None
            }
            Class::Salutation if at_end && is_never_a_name(word.text) => Usage::None,
            Class::Salutation
                if at_end && word.text == "herr" && self.is_after_complete_name(words, place) =>
            {
                Usage::Doubtful
            }
            Class::Particle
                if word.text == "vorm" && word.dotted && count_name_words(&words[..place]) > 0 =>
            {
                self.end_before_former_name(words, place)
            }
            Class::Particle => {
                if allows_short_particle(word.text) {
                    self.before = PreviousWord::Particle;
                }
                Usage::Particle
            }
            Class::Rank => Usage::Rank,
            // Even directly after a title or a rank, this is not a name.
            Class::Generation if place > 0 && (at_end || word.dotted) => {
                self.end_name(words, place);
                Usage::None
            }
            Class::Senior if place > 0 && word.dotted => {
                self.end_name(words, place);
                Usage::None
            }
            Class::Senior if at_end && count_name_words(&words[self.part..place]) > 0 => {
                let is_sure =
                    word.text.ends_with("ior") && self.is_after_complete_name(words, place);
                self.end_name(words, place);
                if is_sure { Usage::None } else { Usage::Doubtful }
            }
            Class::Marker if !is_last => self.end_before_former_name(words, place),
            Class::WeakMarker if !is_last && word.dotted => {
                self.end_before_former_name(words, place)
            }
            Class::WeakMarker
                if self.is_after_complete_name(words, place) && !ends_part(words, place + 1) =>
            {
                self.end_before_former_name(words, place)
            }
            // The former name is missing.
            Class::Marker | Class::WeakMarker
                if count_name_words(&words[..place]) > 0
                    && (word.dotted || word.class == Class::Marker) =>
            {
                self.end_name(words, place);
                Usage::None
            }
            Class::Company => return Err(Reason::NoPerson),
            Class::CompanyEnd if is_company_end(words, place) => return Err(Reason::NoPerson),
            _ => Usage::Name,
        })
    }

    /// Whether a word after a title may be the first name before the last name: `Dr. med. Phil
    /// Collins`.
    fn may_be_given_name(&self, words: &[Word<'_>], place: usize) -> bool {
        let word = words[place];
        let next = words.get(place + 1);
        self.in_order
            && count_name_words(&words[..place]) == 0
            && !word.dotted
            && matches!(word.text, "art" | "nat" | "phil" | "pol")
            && words[place - 1].text != "rer"
            && next.is_some_and(|next| next.sign == Sign::Space && next.class == Class::Name)
    }

    /// Whether a complete name precedes `place`.
    fn is_after_complete_name(&self, words: &[Word<'_>], place: usize) -> bool {
        count_name_words(&words[..place]) >= self.min_names
    }

    /// Ends the current name at a marker. A former name follows.
    fn end_before_former_name(&mut self, words: &mut [Word<'_>], place: usize) -> Usage {
        self.end_name(words, place);
        self.begin_part(place + 1);
        self.start = NameBoundary::Former;
        Usage::None
    }

    /// Ends a name before the word at `place`. In `Eva Graf jun.`, the rank `Graf` is then a name.
    ///
    /// In a whole name, the rank itself marks the split into first and last name. In a column for
    /// one half, the rank becomes another name, so that reading the result again does not change
    /// it.
    fn end_name(&mut self, words: &mut [Word<'_>], place: usize) {
        let is_after_name = self.in_part > 0 && !self.in_order;
        if let Some(before) = words[..place].last_mut()
            && is_after_name
            && before.usage == Usage::Rank
        {
            before.usage = Usage::Name;
            before.start = NameBoundary::Open;
        }
    }
}

/// How many of these words are names, particles or ranks. Any of them can be the name.
fn count_name_words(words: &[Word<'_>]) -> usize {
    words.iter().filter(|word| word.is_name() || word.is_affix()).count()
}

/// Whether this salutation is never a name, so that it is dropped even after one.
fn is_never_a_name(salutation: &str) -> bool {
    matches!(
        salutation,
        "frau"
            | "herrn"
            | "hr"
            | "fr"
            | "frl"
            | "fraeulein"
            | "familie"
            | "eheleute"
            | "mr"
            | "mrs"
    )
}

/// Drops words, and returns how many.
fn drop(words: &mut [Word<'_>], start: usize, end: usize) -> usize {
    words[start..end].iter_mut().for_each(|word| word.usage = Usage::None);
    end - start
}

/// Whether a word belongs to a title.
fn is_title(word: Word<'_>, before: PreviousWord) -> bool {
    match word.class {
        Class::Title => true,
        _ if before == PreviousWord::Diploma && (word.sign == Sign::Hyphen || word.dotted) => {
            !is_conjunction(word)
        }
        Class::TitleWord => word.dotted || before.is_title(),
        // A field of study, as in `Dr. sc. rel.`
        Class::Name | Class::Letters if word.lower => before.is_title() && !is_conjunction(word),
        Class::Letters => before.is_title() && word.text == "ph",
        Class::Particle => before.is_title() && matches!(word.text, "in" | "des"),
        _ => false,
    }
}

/// Whether this is `und` or `u.`. In contrast, `U.` is an initial.
fn is_conjunction(word: Word<'_>) -> bool {
    word.class == Class::And || word.lower && word.text == "u"
}

/// Whether `d.` and the like may follow a particle.
fn allows_short_particle(particle: &str) -> bool {
    matches!(particle, "auf" | "in" | "op" | "v" | "van" | "vom" | "von" | "zu" | "zum" | "zur")
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

/// Whether these two words begin a degree and its field of study: `Diplom in Gesang`, `Master of
/// Arts`.
fn begins_study(degree: Word<'_>, preposition: Word<'_>) -> bool {
    (matches!(degree.text, "bachelor" | "diplom" | "dipl" | "master" | "magister")
        || matches!(degree.text, "b" | "m") && preposition.text == "of")
        && matches!(preposition.text, "fuer" | "in" | "of")
}

/// The position of the next comma, or the end.
fn end_of_section(words: &[Word<'_>], place: usize) -> usize {
    let length = words[place + 1..].iter().position(|word| word.sign == Sign::Comma);
    length.map_or(words.len(), |length| place + 1 + length)
}

/// How many words are a bachelor's or master's degree, recognised by its dots: `M. B. L.`, `M.
/// Eval.`
fn degree(words: &[Word<'_>]) -> usize {
    if !words[0].dotted || !matches!(words[0].text, "b" | "m") {
        return 0;
    }
    let letters = words.iter().take_while(|word| word.dotted && word.text.len() == 1).count();
    let is_long = words.get(1).is_some_and(|word| {
        let may_be_study = matches!(word.class, Class::Name | Class::Title | Class::TitleWord);
        may_be_study && word.dotted && word.sign == Sign::Space
    });
    match letters {
        1 if is_long => 2,
        1 | 2 => 0,
        letters => letters,
    }
}

/// Whether this is one of the short words in `v. d. Berg`, `von u. zu`, `auf'm Berg`, `van 't
/// Hoff`.
fn is_short_particle(word: &str) -> bool {
    matches!(word, "d" | "m" | "n" | "t" | "u" | "z")
}

/// Whether single letters with dots begin a title: `o. Prof.`, `a. o. Prof.`
fn begins_title(words: &[Word<'_>]) -> bool {
    let is_first = |word: &&Word<'_>| word.dotted && (word.text.len() == 1 || word.text == "jun");
    let letters = words.iter().take(3).take_while(is_first);
    let next = words.get(letters.count());
    next.is_some_and(|word| matches!(word.text, "prof" | "professor" | "professorin" | "univ"))
}

/// Whether `AG` or the like ends the name of a company here.
fn is_company_end(words: &[Word<'_>], place: usize) -> bool {
    let Some(before) = words[..place].last() else { return false };
    let word = words[place];
    let is_partner = word.text != "co" || word.sign == Sign::And || before.class == Class::And;
    let may_end = |word: &Word<'_>| matches!(word.class, Class::Company | Class::CompanyEnd);
    is_partner && words[place..].iter().all(may_end)
}
