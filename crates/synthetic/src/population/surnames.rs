//! 400,000 surnames, and their frequencies in each region.

use std::collections::HashSet;

use rand::seq::{IndexedRandom, SliceRandom};

use super::{
    normal,
    places::{Places, REGIONS},
    shares::Shares,
};
use crate::random::Random;

/// The number of different surnames.
pub const SURNAMES: usize = 400_000;

/// The number of names whose frequency depends on the region. All others are too rare for that to matter.
const REGIONAL: usize = 10_000;

/// The number of lines of the ten most frequent surnames in the telephone book of 2018 (Digitales
/// Familiennamenwörterbuch Deutschlands).
const LINES: [f64; 10] = [
    256_003.0, 190_584.0, 115_749.0, 97_658.0, 86_061.0, 83_586.0, 79_732.0, 74_009.0, 73_736.0,
    71_440.0,
];

/// The number of people per line: 83.2 million inhabitants divided by 29.7 million lines.
const PEOPLE_PER_LINE: f64 = 2.8;
const INHABITANTS: f64 = 83.2e6;

/// How much regions differ in the frequency of a name: the standard deviation of its logarithm.
const TASTE: f64 = 1.2;

/// The surnames of a population.
pub struct Surnames {
    /// From the most frequent to the rarest.
    names: Vec<String>,
    /// For each region, the names of all people there. The last entry represents all rare names.
    regional: Vec<Shares>,
    rare: Shares,
    everywhere: Shares,
}

impl Surnames {
    /// The names with their frequencies, for these places.
    pub fn new(places: &Places, model: &mut Random) -> Self {
        let shares = national_shares();
        let (frequent, rare) = shares.split_at(REGIONAL);
        let rare_in_all = rare.iter().sum();
        let weights = frequent.iter().copied().chain([rare_in_all]);
        let regional = regional_weights(&weights.collect::<Vec<_>>(), places, model);
        Self {
            names: names(model),
            regional: regional.iter().map(|weights| Shares::new(weights)).collect(),
            rare: Shares::new(rare),
            everywhere: Shares::new(&shares),
        }
    }

    /// The rank of a surname in this region.
    pub fn pick(&self, region: usize, [drawn, rare]: [u32; 2]) -> usize {
        match self.regional[region].pick(drawn) {
            REGIONAL => REGIONAL + self.rare.pick(rare),
            rank => rank,
        }
    }

    /// The rank of a surname, with the frequencies of the whole country.
    pub fn pick_anywhere(&self, drawn: u32) -> usize {
        self.everywhere.pick(drawn)
    }

    /// The name with this rank.
    pub fn name(&self, rank: usize) -> &str {
        &self.names[rank]
    }
}

/// The shares of all names: the published ones, continued by a power of the rank (Zipf and Mandelbrot).
fn national_shares() -> Vec<f64> {
    let published = LINES.map(|lines| lines * PEOPLE_PER_LINE / INHABITANTS);
    let ranks = (11_u32..).take(SURNAMES - published.len());
    let rest: Vec<f64> = ranks.map(|rank| (f64::from(rank) + 30.0).powf(-0.94)).collect();
    let factor = (1.0 - published.iter().sum::<f64>()) / rest.iter().sum::<f64>();
    published.into_iter().chain(rest.into_iter().map(|weight| weight * factor)).collect()
}

/// For each region, the weights of the names. Over all regions, each name keeps its share.
fn regional_weights(shares: &[f64], places: &Places, model: &mut Random) -> Vec<Vec<f64>> {
    let people = places.region_weights();
    let all: f64 = people.iter().sum();
    let mut weights = vec![shares.to_vec(); REGIONS];
    // The last entry represents all rare names, which do not depend on the region.
    for name in 0..shares.len() - 1 {
        let tastes: Vec<f64> = people.iter().map(|_| (TASTE * normal(model)).exp()).collect();
        let mean =
            tastes.iter().zip(&people).map(|(taste, people)| taste * people).sum::<f64>() / all;
        for (region, taste) in weights.iter_mut().zip(&tastes) {
            region[name] *= taste / mean;
        }
    }
    weights
}

/// Real names first, roughly in their order. Then compounds, and then syllables with endings.
fn names(model: &mut Random) -> Vec<String> {
    let mut names: Vec<String> =
        include_str!("surnames.txt").split_whitespace().map(str::to_owned).collect();
    let mut compounds: Vec<String> = STEMS
        .split(' ')
        .flat_map(|stem| STEM_ENDINGS.split(' ').map(move |ending| format!("{stem}{ending}")))
        .collect();
    compounds.shuffle(model);
    let mut seen = HashSet::with_capacity(SURNAMES);
    names.retain(|name| seen.insert(name.clone()));
    let mut add = |name: String| {
        if seen.insert(name.clone()) {
            names.push(name);
        }
        names.len() < SURNAMES
    };
    for name in compounds {
        add(name);
    }
    let parts = [ONSETS, VOWELS, CODAS, ENDINGS].map(|list| list.split(' ').collect::<Vec<_>>());
    // Each name is a syllable and an ending.
    while add(parts.iter().filter_map(|list| list.choose(model)).copied().collect()) {}
    names
}

const ONSETS: &str = "B Bl Br D Dr F Fl Fr G Gl Gr H J K Kl Kn Kr L M N P Pf R S Sch Schl Schm Schn Schr \
                      Schw St Str T Tr W Z Zw";

const VOWELS: &str = "a a e e i i o o u u ei au eu ie a e i o u ä ö ü é";

const CODAS: &str = "b ch ck d ff g h l ll lm ld lt m mm n nn nd ng nk nz p pp r rb rd rg rk rl rm rn rst rt \
                     s ss st t tt tz z";

const ENDINGS: &str = "e er el en mann ke ler ner ing inger ig isch ow itz itsch ski owski ek icz sen son \
                       stein berg burg bach feld hof hofer dorf meier huber bauer kamp hagen haus lein le \
                       li ić ović enko ov oğlu ez i o a as is idis ou ini ano eit ich";

const STEMS: &str = "Linden Birk Eich Buch Tann Erl Has Wolf Bär Fuchs Hirsch Adler Falk Reh \
                     Stein Fels Sand Kies Lehm Moor Bach Quell See Teich Rhein Donau Main \
                     Korn Weiz Roggen Hafer Kohl Rüb Möhr Äpfel Birn Kirsch Nuss Rot Weiß \
                     Schwarz Grün Blau Gold Silber Kupfer Eisen Zinn Kessel Topf Hammer Nagel \
                     Pflug Wag Rad Brück Turm Burg Kirch Markt";

const STEM_ENDINGS: &str = "er mann ner berg bach feld hof hofer müller bauer meier schmidt huber \
                     lein le ke ing inger sen stein wald au auer acker haus häuser dorf \
                     dorfer weg thal thaler kamp kötter horst brink busch loh mayr wirth \
                     scheidt ow itz";
