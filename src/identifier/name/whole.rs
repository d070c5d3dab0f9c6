//! A whole name in one cell: finds where the last name begins.

use super::{
    super::{
        Reason,
        placeholder::{self, Meaning},
    },
    Doubt,
    values::{Spellings, Values, is_further_name, is_in_double_name, names},
    vocabulary::{has_no_vowel, is_also_foreign_name, is_romance},
    words::{NameBoundary, Sign, Usage, Word},
};

/// Separates the two halves in the normal form of a whole name.
const BETWEEN: &str = ", ";

/// Adds every reading of a cell as a whole name, in the form `last, first`.
///
/// # Errors
///
/// [`Reason::SingleName`] if there is no first or no last name.
pub(super) fn push(words: &[Word<'_>], values: &mut Values) -> Result<Doubt, Reason> {
    let mut halves = Halves { values, doubt: None };
    let mut former = Vec::new();
    let mut sections = Vec::new();
    let mut begins_with_herr = false;
    for section in words.chunk_by(|_, word| word.sign != Sign::Comma) {
        let counts = |word: &&Word<'_>| word.is_name() || word.is_affix();
        match section.iter().find(counts) {
            Some(word) if word.start == NameBoundary::Former => {
                former.extend(spellings(section, false)?);
            }
            Some(_) if is_degree(section) && has_two_names(&sections) => {}
            Some(_) => sections.push(section),
            None if sections.is_empty() && section.iter().any(|word| word.text == "herr") => {
                former.push(Spellings { usual: "herr".to_owned(), other: None });
                halves.doubt = Some(Reason::Placeholder);
                begins_with_herr = true;
            }
            None => {}
        }
    }
    // In `Karl Müller, D.O.`, the letters are a degree or two initials.
    if let [section, letters] = sections[..]
        && former.is_empty()
        && has_two_names(&[section])
        && letters.len() > 1
        && letters.iter().all(|word| word.dotted && word.text.len() == 1)
    {
        halves.push_all(&spellings(section, false)?, &spellings(letters, true)?)?;
        halves.push_in_order(section, &[])?;
        return Ok(halves.doubt);
    }
    match sections[..] {
        [] => return Err(Reason::SingleName),
        [section] if begins_with_herr => {
            halves.push_all(&former, &spellings(section, true)?)?;
        }
        [section] => halves.push_in_order(section, &former)?,
        [last, ..] => {
            if sections.len() > 2 {
                // The cell may name several persons.
                halves.doubt = halves.doubt.or(Some(Reason::TooManyValues));
            }
            let first = sections[1..].concat();
            if !first.iter().any(Word::is_name) {
                halves.push_affix(&first)?;
            }
            // `Müller, Eva geb. Schmidt`
            let (first, after) = first.split_at(former_start(&first));
            let mut lasts = spellings(last, false)?;
            lasts.extend(former);
            lasts.extend(spellings(after, false)?);
            halves.push_all(&lasts, &spellings(first, true)?)?;
        }
    }
    Ok(halves.doubt)
}

/// The names in one half.
fn spellings(words: &[Word<'_>], joined: bool) -> Result<Vec<Spellings>, Reason> {
    let names = names(words)?;
    Ok(names.iter().filter_map(|name| Spellings::of(name, joined)).collect())
}

/// The position of a former last name, or the end.
fn former_start(words: &[Word<'_>]) -> usize {
    words.iter().position(|word| word.start == NameBoundary::Former).unwrap_or(words.len())
}

/// Whether a part after a comma is a degree, as in `Karl Müller, MA`. In other places, it can be a
/// name.
fn is_degree(section: &[Word<'_>]) -> bool {
    let is_degree = |word: &Word<'_>| {
        matches!(word.text, "ba" | "ma") || has_no_vowel(word.text) && !word.dotted
    };
    section.iter().filter(|word| word.usage != Usage::None).all(is_degree)
}

fn has_two_names(sections: &[&[Word<'_>]]) -> bool {
    sections.iter().flat_map(|section| section.iter()).filter(|word| word.is_name()).count() > 1
}

/// Collects pairs of last and first names.
struct Halves<'v> {
    values: &'v mut Values,
    doubt: Doubt,
}

impl Halves<'_> {
    /// Adds every last name with every first name.
    fn push_all(&mut self, lasts: &[Spellings], firsts: &[Spellings]) -> Result<(), Reason> {
        for last in lasts {
            for first in firsts {
                self.push(&last.usual, &first.usual)?;
                if let Some(other) = &last.other {
                    self.values.push_spelling([other, BETWEEN, &first.usual].concat());
                }
                if let Some(other) = &first.other {
                    self.values.push_spelling([&last.usual, BETWEEN, other].concat());
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, last: &str, first: &str) -> Result<(), Reason> {
        for half in [last, first] {
            match placeholder::meaning(half) {
                Meaning::Name => {}
                Meaning::Doubtful => self.doubt = Some(Reason::Placeholder),
                Meaning::Nothing => return Err(Reason::SingleName),
            }
        }
        self.values.push([last, BETWEEN, first].concat())
    }

    /// Adds the names of a cell without a comma, for one or several persons.
    fn push_in_order(&mut self, words: &[Word<'_>], former: &[Spellings]) -> Result<(), Reason> {
        let mut persons = persons(words);
        let last_person = persons.pop().unwrap_or_default();
        let readings = last_person.readings();
        let mut is_read = false;
        for reading in &readings {
            let Reading { last, first, is_doubtful } = reading;
            if *is_doubtful {
                self.doubt = self.doubt.or(Some(Reason::SingleName));
            }
            if Spellings::of(last, false).is_none_or(|last| last.usual.len() == 1) {
                continue;
            }
            is_read = true;
            let mut lasts = last_person.lasts(last);
            lasts.extend_from_slice(former);
            let mut firsts: Vec<_> = Spellings::of(first, true).into_iter().collect();
            for other in &last_person.others_of_first {
                firsts.extend(Spellings::of(other, true));
            }
            self.push_all(&lasts, &firsts)?;
            // Persons who share the last name: `Hans und Eva Müller`.
            for person in &persons {
                // `Graf und Gräfin Eva Berg` has one first name.
                let first = Spellings::of(&person.main, true)
                    .filter(|_| person.main.iter().any(Word::is_name));
                self.push_all(&lasts, first.as_slice())?;
            }
        }
        for person in &persons {
            for Reading { last, first, .. } in person.readings() {
                let first = Spellings::of(&first, true);
                self.push_all(&person.lasts(&last), first.as_slice())?;
            }
        }
        if is_read { Ok(()) } else { Err(Reason::SingleName) }
    }

    /// Accepts a part after the comma that has only particles and ranks, with a doubt, if the last of
    /// them may be a name.
    fn push_affix(&mut self, words: &[Word<'_>]) -> Result<(), Reason> {
        let kept = words.iter().rfind(|word| word.is_affix());
        let may_be_name =
            |word: &Word<'_>| word.usage == Usage::Rank || is_also_foreign_name(word.text);
        if kept.is_some_and(may_be_name) {
            self.doubt = Some(Reason::SingleName);
            Ok(())
        } else {
            Err(Reason::SingleName)
        }
    }
}

/// The words of one person.
#[derive(Default)]
struct Person<'t> {
    main: Vec<Word<'t>>,
    /// `(Evi)` in `Eva (Evi) Müller`
    others_of_first: Vec<Vec<Word<'t>>>,
    /// `geb. Schmidt`
    others_of_last: Vec<Vec<Word<'t>>>,
}

/// Splits the words of a cell without a comma into persons.
fn persons<'t>(words: &[Word<'t>]) -> Vec<Person<'t>> {
    let mut persons = vec![Person::default()];
    let mut aside: Option<(NameBoundary, Vec<Word<'t>>)> = None;
    for (place, word) in words.iter().enumerate() {
        if word.start != NameBoundary::None {
            let person = persons.last_mut().expect("there is one from the start");
            match aside.take() {
                Some((NameBoundary::Open, name)) if word.start == NameBoundary::Close => {
                    person.others_of_first.push(name);
                }
                Some((_, name)) => person.others_of_last.push(name),
                None => {}
            }
            match word.start {
                NameBoundary::And => persons.push(Person::default()),
                NameBoundary::Former | NameBoundary::Open => aside = Some((word.start, Vec::new())),
                NameBoundary::Close | NameBoundary::None => {}
            }
        }
        let person = persons.last_mut().expect("there is one from the start");
        let mut word = *word;
        if is_in_double_name(words, place) {
            person.others_of_last.push(vec![word]);
            word.usage = Usage::Name;
        }
        match &mut aside {
            Some((_, name)) => name.push(word),
            None => person.main.push(word),
        }
    }
    if let Some((_, name)) = aside.filter(|(_, name)| is_further_name(name)) {
        persons.last_mut().expect("there is one from the start").others_of_last.push(name);
    }
    persons
}

/// One way to split words into a last and a first name.
struct Reading<'t> {
    last: Vec<Word<'t>>,
    first: Vec<Word<'t>>,
    /// All of the words together may be a last name.
    is_doubtful: bool,
}

impl<'t> Person<'t> {
    /// The spellings of this last name, and of the person's other ones.
    fn lasts(&self, last: &[Word<'t>]) -> Vec<Spellings> {
        let others = self.others_of_last.iter().map(Vec::as_slice);
        std::iter::once(last).chain(others).filter_map(|name| Spellings::of(name, false)).collect()
    }

    /// The ways to read these words.
    fn readings(&self) -> Vec<Reading<'t>> {
        let counting: Vec<_> =
            self.main.iter().filter(|word| word.usage != Usage::None).copied().collect();
        let (mut with_doubtful, mut without_doubtful) = (Vec::new(), counting.clone());
        if counting.last().is_some_and(|word| word.usage == Usage::Doubtful) {
            without_doubtful.pop();
            with_doubtful.clone_from(&counting);
            with_doubtful.iter_mut().for_each(|word| {
                if word.usage == Usage::Doubtful {
                    word.usage = Usage::Name;
                }
            });
        }
        let mut readings = split(&without_doubtful);
        // `Müller jun` may be a last name; `Şen` is a common last name.
        let is_doubtful =
            readings.is_empty() && with_doubtful.last().is_some_and(|word| word.text != "sen");
        readings.extend(
            split(&with_doubtful).into_iter().map(|reading| Reading {
                is_doubtful: is_doubtful || reading.is_doubtful,
                ..reading
            }),
        );
        readings
    }
}

/// The ways to split words into a last and a first name. The last name starts at the first particle
/// or rank after a name. Without one, it is the last word.
fn split<'t>(words: &[Word<'t>]) -> Vec<Reading<'t>> {
    let reading = |first: &[Word<'t>], last: &[Word<'t>]| Reading {
        last: last.to_vec(),
        first: first.to_vec(),
        is_doubtful: false,
    };
    let names = words.iter().filter(|word| word.is_name()).count();
    let (Some(first_name), Some(last_name)) =
        (words.iter().position(Word::is_name), words.iter().rposition(Word::is_name))
    else {
        return Vec::new();
    };
    let after = &words[last_name + 1..];
    // `Hans Graf`, and `Hans von` or `Karl Van`.
    if let Some(word) = after.last().filter(|word| word.usage == Usage::Rank) {
        return vec![reading(&words[..=last_name], std::slice::from_ref(word))];
    }
    if names == 1 || after.last().is_some_and(|word| is_also_foreign_name(word.text)) {
        let lone = after.last().or(words[..first_name].last());
        let may_be_name =
            |word: &&Word<'_>| word.usage == Usage::Rank || is_also_foreign_name(word.text);
        return match lone.filter(may_be_name) {
            Some(word) => {
                let name = &words[first_name..=last_name];
                let word = std::slice::from_ref(word);
                let (first, last) = if after.is_empty() { (word, name) } else { (name, word) };
                vec![Reading { is_doubtful: true, ..reading(first, last) }]
            }
            None => Vec::new(),
        };
    }
    let words = &words[first_name..=last_name];
    // A hyphen joins two words into one name. So does a sign that may replace a letter.
    let begins = |word: &Word<'_>| !matches!(word.sign, Sign::Hyphen | Sign::Other);
    let end = words.iter().rposition(begins).unwrap_or(0);
    if end == 0 {
        return Vec::new();
    }
    let Some(affix) = words.iter().position(Word::is_affix) else {
        return vec![reading(&words[..end], &words[end..])];
    };
    // `Heijdanus-De Boer`
    let joined = words[..=affix].iter().rev().take_while(|word| word.sign == Sign::Hyphen).count();
    let affix = if joined < affix { affix - joined } else { affix };
    let begins_before = words[affix].text == "y";
    match affix {
        // `Ortega y Gasset` is a last name on its own.
        1 if begins_before => {
            vec![Reading { is_doubtful: true, ..reading(&words[..1], &words[2..]) }]
        }
        _ if begins_before => vec![reading(&words[..affix - 1], &words[affix - 1..])],
        _ => {
            let mut readings = vec![reading(&words[..affix], &words[affix..])];
            // `Juan de la Cruz Perez`: the particle may be one of the given names.
            let after = words[affix..].iter().filter(|word| word.is_name()).count();
            if is_romance(words[affix].text) && after > 1 {
                readings.push(reading(&words[..end], &words[end..]));
            }
            readings
        }
    }
}
