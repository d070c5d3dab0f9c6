//! The words around a name that do not count: titles, nobiliary particles and ranks.
//!
//! Source of the particles and ranks: annexes 6 and 7 of the data transmission rules for German
//! social insurance (DEÜV), versions 2.30 and 2.25, in the folded spelling; insurers keep these
//! words in columns of their own, so that a name has them in one file and not in the other.
//! Left out are words of the annexes that
//! - are given names or family names just as well (`ben`, `don`, `earl`, `gil`, `lee`, `li`,
//!   `thi`, `tom` …), since dropping one would change who is meant;
//! - are written together with the name as often as apart (`al`, `el`, `mc`, `mac`, `o`, `d`,
//!   `l` …): names are compared with their parts joined, so that both spellings meet as they are.
//!
//! Added are particles of the Nordic languages, `und`, and ranks that the annex lacks.

/// Takes the words that do not count out of the words in `text` from `start` on, which are
/// separated by single spaces. If no other word is there, the last one that is no title stays, or
/// else the last one.
pub(super) fn drop_from(text: &mut String, start: usize) {
    // A single word stays, whatever it is.
    if !text.as_bytes()[start..].contains(&b' ') {
        return;
    }
    loop {
        let content = Content::of(&text[start..]);
        if content.is_name_only() {
            return;
        }
        if !content.name {
            keep_one(text, start);
            return;
        }
        // Words that come together by this may be a degree: once more.
        remove(text, start);
    }
}

/// Which sorts of words a name has.
#[derive(Clone, Copy, Default)]
pub(super) struct Content {
    pub title: bool,
    pub affix: bool,
    pub name: bool,
}

impl Content {
    pub(super) fn of(text: &str) -> Self {
        let mut content = Self::default();
        for (_, sort) in sorted_words(text) {
            match sort {
                Sort::Title => content.title = true,
                Sort::Affix => content.affix = true,
                Sort::Name => content.name = true,
            }
        }
        content
    }

    /// Whether every word counts.
    pub(super) const fn is_name_only(self) -> bool {
        !self.title && !self.affix
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// An academic title or degree.
    Title,
    /// A nobiliary particle or rank.
    Affix,
    Name,
}

fn remove(text: &mut String, start: usize) {
    let mut context = Context::default();
    let mut position = start;
    while position < text.len() {
        let (word, rest) = split_word(&text[position..]);
        let end = text.len() - rest.len();
        if context.sort(word, rest) == Sort::Name {
            position = end;
        } else {
            text.drain(position..end);
        }
    }
    if text.ends_with(' ') {
        text.pop();
    }
}

fn keep_one(text: &mut String, start: usize) {
    let mut kept = start..start;
    let mut kept_a_title = true;
    let mut position = start;
    for (word, sort) in sorted_words(&text[start..]) {
        let is_title = sort == Sort::Title;
        if kept_a_title || !is_title {
            kept = position..position + word.len();
            kept_a_title = is_title;
        }
        position += word.len() + 1;
    }
    text.truncate(kept.end);
    text.drain(start..kept.start);
}

fn sorted_words(mut text: &str) -> impl Iterator<Item = (&str, Sort)> {
    let mut context = Context::default();
    std::iter::from_fn(move || {
        let (word, rest) = split_word(text);
        text = rest;
        (!word.is_empty()).then(|| (word, context.sort(word, rest)))
    })
}

/// The first word, and what comes after its space.
fn split_word(text: &str) -> (&str, &str) {
    match text.bytes().position(|byte| byte == b' ') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, ""),
    }
}

/// What the words before say of the next one: some abbreviations are initials elsewhere.
#[derive(Default)]
struct Context {
    /// A word came before.
    within: bool,
    /// `von` or the like came before: `v. d. Berg`, `von u. zu`, `van 't Hoff`.
    after_particle: bool,
    /// The first half of a degree came before.
    in_degree: bool,
}

impl Context {
    fn sort(&mut self, word: &str, rest: &str) -> Sort {
        let abbreviated = self.after_particle && matches!(word, "d" | "t" | "u" | "z");
        let sort = if std::mem::take(&mut self.in_degree) || is_title(word) {
            Sort::Title
        } else if abbreviated || is_affix(word) {
            Sort::Affix
        } else if self.within && begins_degree(word, rest) {
            self.in_degree = true;
            Sort::Title
        } else {
            Sort::Name
        };
        self.within = true;
        self.after_particle = abbreviated
            || (sort == Sort::Affix
                && matches!(word, "v" | "van" | "vom" | "von" | "zu" | "zum" | "zur"));
        sort
    }
}

/// Dots separate, so that `h. c.` and `M.Sc.` are two words.
fn begins_degree(word: &str, rest: &str) -> bool {
    word.len() <= 2
        && matches!(
            (word, split_word(rest).0),
            ("b" | "m", "a" | "sc") | ("e", "h") | ("h", "c") | ("ph", "d")
        )
}

// Bytes, since the compiler makes one decision tree of them, and of strings a row of comparisons.

#[rustfmt::skip]
fn is_title(word: &str) -> bool {
    matches!(
        word.as_bytes(),
            b"bsc" | b"dent" | b"dipl" | b"doz" | b"dr" | b"dres" | b"drs" | b"habil" | b"hc"
            | b"ing" | b"iur" | b"jur" | b"llb" | b"llm" | b"mag" | b"magister" | b"mba" | b"med"
            | b"msc" | b"nat" | b"oec" | b"pd" | b"phd" | b"phil" | b"pol" | b"prof"
            | b"professor" | b"professorin" | b"rer" | b"sc" | b"theol" | b"univ" | b"vet"
    )
}

#[rustfmt::skip]
fn is_affix(word: &str) -> bool {
    matches!(
        word.as_bytes(),
            b"aan" | b"af" | b"altgraefin" | b"altgraf" | b"am" | b"an" | b"auf" | b"auff"
            | b"aufm" | b"aus" | b"av" | b"baron" | b"baroness" | b"baronesse" | b"baronin"
            | b"be" | b"bei" | b"beim" | b"bey" | b"brand" | b"burggraefin" | b"burggraf"
            | b"comtesse" | b"condesa" | b"da" | b"dal" | b"dall" | b"dalla" | b"dalle" | b"dallo"
            | b"das" | b"de" | b"degli" | b"dei" | b"del" | b"deli" | b"dell" | b"della"
            | b"delle" | b"delli" | b"dello" | b"dem" | b"den" | b"der" | b"des" | b"di" | b"dit"
            | b"do" | b"dos" | b"du" | b"dy" | b"edle" | b"edler" | b"erbgraefin" | b"erbgraf"
            | b"erbprinz" | b"erbprinzessin" | b"erzherzog" | b"erzherzogin" | b"ffr" | b"freifr"
            | b"freifraeulein" | b"freifrau" | b"freih" | b"freiherr" | b"freiin" | b"frf"
            | b"frfr" | b"frh" | b"frhr" | b"fst" | b"fstn" | b"fuerst" | b"fuerstin" | b"gen"
            | b"genannt" | b"gli" | b"gr" | b"graefin" | b"graf" | b"grf" | b"grfn" | b"grosse"
            | b"grossherzog" | b"grossherzogin" | b"herzog" | b"herzogin" | b"het" | b"im" | b"in"
            | b"int" | b"jhr" | b"jonkheer" | b"jonkvrouw" | b"junker" | b"kl" | b"kleine"
            | b"komtess" | b"komtesse" | b"la" | b"landgraefin" | b"landgraf" | b"las" | b"le"
            | b"los" | b"markgraefin" | b"markgraf" | b"marques" | b"marquis" | b"marschall"
            | b"op" | b"ostoja" | b"oude" | b"pfalzgraefin" | b"pfalzgraf" | b"pla" | b"prinz"
            | b"prinzessin" | b"pro" | b"przin" | b"rabe" | b"reichsfreifrau" | b"reichsfreiherr"
            | b"reichsfreiin" | b"reichsfuerst" | b"reichsfuerstin" | b"reichsgraefin"
            | b"reichsgraf" | b"reichsritter" | b"ritter" | b"rr" | b"te" | b"ten" | b"ter"
            | b"thum" | b"truchsess" | b"tum" | b"und" | b"unten" | b"unter" | b"unterm" | b"v"
            | b"van" | b"vande" | b"vandem" | b"vanden" | b"vander" | b"vant" | b"ven" | b"ver"
            | b"vo" | b"vom" | b"von" | b"vonde" | b"vondem" | b"vonden" | b"vonder" | b"vor"
            | b"vorm" | b"vorn" | b"y" | b"zu" | b"zum" | b"zur"
    )
}
