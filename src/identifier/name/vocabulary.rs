//! The words that stand around names, in their folded spelling.
//!
//! Source of the particles and ranks: annexes 6 and 7 of the data transmission rules for German
//! social insurance (DEÜV), versions 2.30 and 2.25; insurers keep these words in columns of their
//! own, so that a name has them in one file and not in the other. Left out are words of the annexes
//! that
//! - are given names or family names just as well (`ben`, `don`, `earl`, `gil`, `lee`, `li`,
//!   `thi`, `tom` …), since dropping one would change who is meant;
//! - are written together with the name as often as apart (`al`, `el`, `mc`, `mac`, `o`, `d`,
//!   `l` …): names are compared with their parts joined, so that both spellings meet as they are.
//!
//! Added are particles of the Nordic languages and ranks that the annex lacks. The titles are the words
//! of which German, Austrian, Swiss and Czech degrees are made.

/// How a word can be used, as far as the word alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// In none of these lists.
    Name,
    /// `Herr`, `Frau`: at the beginning.
    Salutation,
    /// `Dr`: a title or a degree wherever it stands.
    Title,
    /// `phil`: a part of a title after another one, or abbreviated; a name elsewhere.
    TitleWord,
    /// `von`
    Particle,
    /// `Graf`, and words that are names of families as often, as `Große`.
    Rank,
    /// `III`: at the end.
    Generation,
    /// `sen`: a generation, or the name that is spelt `Şen`.
    Senior,
    /// `geb`: another name follows.
    Marker,
    /// The same after a name; a name elsewhere.
    WeakMarker,
    /// `und`
    And,
    /// `GmbH`: no person.
    Company,
    /// The same at the end; a name elsewhere.
    CompanyEnd,
    /// Too short to say anything alone: `m` of `m sc`.
    Letters,
}

// Bytes, since the compiler makes one decision tree of them, and of strings a row of comparisons.

impl Class {
    pub(super) fn of(word: &str) -> Self {
        let word = word.as_bytes();
        match word {
            _ if is_particle(word) => Self::Particle,
            [_] | b"ae" | b"hd" | b"ll" | b"ph" => Self::Letters,
            _ if is_rank(word) => Self::Rank,
            _ if is_title(word) => Self::Title,
            _ if is_title_word(word) => Self::TitleWord,
            _ => Self::of_others(word),
        }
    }

    #[rustfmt::skip]
    fn of_others(word: &[u8]) -> Self {
        match word {
            b"eheleute" | b"eheleuten" | b"ehepaar" | b"fam" | b"familie" | b"fr" | b"fraeulein"
            | b"frau" | b"fraulein" | b"frl" | b"haenden" | b"herr" | b"herren" | b"herrn" | b"hr"
            | b"hrn" | b"madame" | b"mademoiselle" | b"meneer" | b"mevrouw" | b"miss" | b"mister"
            | b"mlle" | b"mme" | b"monsieur" | b"mr" | b"mrs" | b"ms" | b"mx" | b"senor"
            | b"senora" | b"signor" | b"signora" | b"signore" | b"sra" | b"zhd" => Self::Salutation,
            b"ii" | b"iii" | b"iv" | b"jnr" | b"jr" | b"junior" | b"senior" | b"snr" | b"sr" => {
                Self::Generation
            }
            b"jun" | b"sen" => Self::Senior,
            b"geb" | b"geboren" | b"geborene" | b"geborener" | b"verheiratet" | b"verheiratete"
            | b"verheirateter" | b"verwitwet" | b"verwitwete" | b"verwitweter" | b"geschieden"
            | b"geschiedene" | b"geschiedener" | b"ehemals" | b"ehemalige" | b"ehemaliger"
            | b"vormals" | b"adoptiert" | b"adoptierte" | b"adoptierter" => Self::Marker,
            b"adopt" | b"alias" | b"ehem" | b"frueher" | b"gesch" | b"nee" | b"verh" | b"verw"
            | b"wiederverh" => Self::WeakMarker,
            b"and" | b"und" => Self::And,
            b"firma" | b"gbr" | b"gmbh" | b"kgaa" | b"mbh" | b"ohg" | b"partg" | b"partgmbb" => {
                Self::Company
            }
            b"ag" | b"co" | b"ev" | b"inc" | b"kg" | b"limited" | b"llc" | b"ltd" | b"plc" | b"ug" => {
                Self::CompanyEnd
            }
            _ => Self::Name,
        }
    }
}

#[rustfmt::skip]
fn is_title(word: &[u8]) -> bool {
    matches!(
        word,
            b"apl" | b"bakk" | b"beng" | b"bsc" | b"csc" | b"dddr" | b"ddr" | b"doz" | b"dphil"
            | b"dr" | b"dres" | b"drmed" | b"drs" | b"drsc" | b"dsc" | b"emba" | b"fh" | b"habil"
            | b"hc" | b"iur" | b"judr" | b"llb" | b"llm" | b"magistra" | b"mba" | b"mddr" | b"meng"
            | b"mgr" | b"mhba" | b"mmag" | b"mphil" | b"msc" | b"mudr" | b"mvdr" | b"oec"
            | b"paeddr" | b"pd" | b"pharmdr" | b"phd" | b"phdr" | b"priv" | b"privatdozent"
            | b"privatdozentin" | b"privdoz" | b"prof" | b"professor" | b"professorin" | b"rer"
            | b"rndr" | b"sc" | b"thdr" | b"univ" | b"univdoz" | b"univprof"
    ) || word.starts_with(b"dipl")
}

#[rustfmt::skip]
fn is_title_word(word: &[u8]) -> bool {
    matches!(
        word,
            b"agr" | b"akad" | b"anim" | b"ao" | b"arch" | b"art" | b"ass" | b"bachelor"
            | b"bacc" | b"bc" | b"betriebsw" | b"betriebswirt" | b"betriebswirtin" | b"bio"
            | b"biochem" | b"biol" | b"biomed" | b"bw" | b"can" | b"cand" | b"causa" | b"chem"
            | b"comm" | b"cult" | b"cur" | b"dent" | b"design" | b"disc" | b"doc"
            | b"dott" | b"eh" | b"em" | b"emer" | b"et" | b"eth" | b"eur" | b"fac"
            | b"forest" | b"geogr" | b"geol" | b"geophys" | b"hdl" | b"holzw" | b"hom" | b"hon"
            | b"honoris" | b"hort" | b"hum" | b"hydrol" | b"inf" | b"inform" | b"informatiker"
            | b"informatikerin" | b"ing" | b"ingenieur" | b"ingenieurin" | b"jur" | b"kffr" | b"kfm"
            | b"kauffrau" | b"lic" | b"licentiatus" | b"lit" | b"litt" | b"lizentiat"
            | b"mag" | b"magister" | b"master" | b"math" | b"med" | b"medic" | b"merc"
            | b"meteorol" | b"mont" | b"mult" | b"mus" | b"nat" | b"nutr" | b"oecotroph"
            | b"oek" | b"paed" | b"paedagoge" | b"paedagogin" | b"pharm" | b"phil" | b"phys"
            | b"physiol" | b"pol" | b"pold" | b"polit" | b"psych" | b"psychol" | b"psychologe" | b"psychologin"
            | b"publ" | b"regionalwiss" | b"relig" | b"rerum" | b"scient" | b"sec" | b"silv"
            | b"soc" | b"soz" | b"sozpaed" | b"sozw" | b"sportwiss" | b"stat" | b"stud"
            | b"tech" | b"techn" | b"theol" | b"troph" | b"utr" | b"vet" | b"volksw" | b"volkswirt"
            | b"volkswirtin" | b"vw" | b"wirtsch"
    )
}

#[rustfmt::skip]
fn is_particle(word: &[u8]) -> bool {
    matches!(
        word,
            b"aan" | b"af" | b"am" | b"an" | b"auf" | b"auff" | b"aufm" | b"aus" | b"av" | b"be"
            | b"bei" | b"beim" | b"bey" | b"da" | b"dal" | b"dall" | b"dalla" | b"dalle" | b"dallo"
            | b"das" | b"de" | b"degli" | b"dei" | b"del" | b"deli" | b"dell" | b"della" | b"delle"
            | b"delli" | b"dello" | b"dem" | b"den" | b"der" | b"des" | b"di" | b"dit" | b"do"
            | b"dos" | b"du" | b"dy" | b"gen" | b"genannt" | b"gli" | b"het" | b"im" | b"in" | b"int"
            | b"la" | b"las" | b"le" | b"los" | b"op" | b"ostoja" | b"oude" | b"pla" | b"pro" | b"te"
            | b"ten" | b"ter" | b"tum" | b"unten" | b"unter" | b"unterm" | b"v" | b"van" | b"vande"
            | b"vandem" | b"vanden" | b"vander" | b"vant" | b"ven" | b"ver" | b"vo" | b"vom" | b"von"
            | b"vonde" | b"vondem" | b"vonden" | b"vonder" | b"vor" | b"vorm" | b"vorn" | b"y"
            | b"zu" | b"zum" | b"zur"
    )
}

#[rustfmt::skip]
fn is_rank(word: &[u8]) -> bool {
    matches!(
        word,
            b"altgraefin" | b"altgraf" | b"baron" | b"baroness" | b"baronesse" | b"baronin"
            | b"brand" | b"burggraefin" | b"burggraf" | b"comtesse" | b"condesa" | b"edle" | b"edler"
            | b"erbgraefin" | b"erbgraf" | b"erbprinz" | b"erbprinzessin" | b"erzherzog"
            | b"erzherzogin" | b"ffr" | b"freifr" | b"freifraeulein" | b"freifrau" | b"freih"
            | b"freiherr" | b"freiin" | b"frf" | b"frfr" | b"frh" | b"frhr" | b"fst" | b"fstn"
            | b"fuerst" | b"fuerstin" | b"gr" | b"graefin" | b"graf" | b"grf" | b"grfn" | b"grosse"
            | b"grossherzog" | b"grossherzogin" | b"herzog" | b"herzogin" | b"jhr" | b"jonkheer"
            | b"jonkvrouw" | b"junker" | b"kl" | b"kleine" | b"komtess" | b"komtesse"
            | b"landgraefin" | b"landgraf" | b"markgraefin" | b"markgraf" | b"marques" | b"marquis"
            | b"marschall" | b"pfalzgraefin" | b"pfalzgraf" | b"prinz" | b"prinzessin" | b"przin"
            | b"rabe" | b"reichsfreifrau" | b"reichsfreiherr" | b"reichsfreiin" | b"reichsfuerst"
            | b"reichsfuerstin" | b"reichsgraefin" | b"reichsgraf" | b"reichsritter" | b"ritter"
            | b"rr" | b"thum" | b"truchsess"
    )
}

/// Whether a particle of the Romance languages can stand within given names, as in `Juan de la Cruz`.
pub(super) fn is_romance(particle: &str) -> bool {
    matches!(
        particle,
        "da" | "das" | "de" | "del" | "della" | "di" | "do" | "dos" | "du" | "la" | "las" | "los"
    )
}

/// Whether a particle is a given name or a family name of other languages, too: `Van Nguyen`.
pub(super) fn is_name_of_others(particle: &str) -> bool {
    matches!(particle, "be" | "bey" | "do" | "le" | "van" | "ven" | "vo")
}

/// What two or three short words are together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phrase {
    /// `M.Sc.`: a title where it is abbreviated or not at the beginning.
    Degree,
    /// `Ph. D.`: a title anywhere.
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

/// The phrase with which these words begin, and of how many words it is.
pub(super) fn phrase(one: &str, two: &str, three: &str) -> Option<(Phrase, usize)> {
    let phrase = match (one, two) {
        ("b" | "m", "b") if three == "a" => return Some((Phrase::Degree, 3)),
        ("m", "p") if matches!(three, "a" | "h") => return Some((Phrase::Degree, 3)),
        ("m", "a") if matches!(three, "s") => return Some((Phrase::Degree, 3)),
        ("b" | "m", "a" | "sc" | "eng" | "ed" | "phil" | "arch" | "mus" | "com" | "tech" | "fa" | "th" | "theol")
        | ("d", "sc" | "phil" | "eng" | "litt" | "mus")
        | ("e", "h")
        | ("h", "c") => Phrase::Degree,
        ("ph" | "sc", "d") | ("ll", "b" | "m") | ("mag", "a") => Phrase::Title,
        ("z", "h" | "hd" | "haenden") | ("zu", "hd" | "haenden") => Phrase::Salutation,
        ("d", "ae" | "j") | ("der" | "die", "aeltere" | "juengere") => Phrase::Generation,
        ("e", "k") => Phrase::Trader,
        ("e", "v" | "g") => Phrase::Company,
        _ => return None,
    };
    Some((phrase, 2))
}
