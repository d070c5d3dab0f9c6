//! Given names, which depend on sex and year of birth.

use std::ops::RangeInclusive;

use rand::RngExt;

use super::shares::Shares;
use crate::random::Random;

/// Name, sex, the year of its peak, and a weight for its overall popularity. Years and weights are
/// estimates.
const NAMES: &str = include_str!("given_names.csv");

/// The share of people whose name is not in the list.
const RARE: f64 = 0.25;

/// The spread of a name around its peak, as a standard deviation in years.
const SPREAD: f64 = 9.0;

/// The share of a name's weight that is the same in all years.
const TIMELESS: f64 = 0.04;

/// The given names of girls or boys.
pub struct GivenNames {
    first_year: u16,
    frequent: Vec<&'static str>,
    /// The frequent names of each year.
    years: Vec<Shares>,
    rare: Vec<String>,
    rare_shares: Shares,
}

/// The list and the parts of rare names.
pub struct Sex {
    code: &'static str,
    stems: &'static str,
    endings: &'static str,
}

/// Girls.
pub const FEMALE: Sex = Sex {
    code: "f",
    stems: "Ad Al Am An Ar Aur Ben Bri Cam Car Cel Dal Dor El Em Ev Fab Fel Flor Gab Gis Hed Hel Il \
            Is Jan Jos Jul Kar Kat Kir Lar Lav Leon Lil Lor Lud Mad Mar Mel Mil Min Nad Nat Nor Ol \
            Pal Paul Ram Reg Ros Sam Sel Sib Sol Tam Tat Val Ver Viv Wal Xen Yas Zar",
    endings: "a ea ia ina ine inda isa ita iana ara ella ette etta elle ika ira ena en ide ild ora \
              ola une yn issa ana ice ania ät önne",
};

/// Boys.
pub const MALE: Sex = Sex {
    code: "m",
    stems: "Ad Al Am An Ar Bal Ben Ber Bor Cas Con Dam Dar Den Ed El Em Er Fab Fer Flor Gab Ger Greg \
            Had Hen Hil Ig Im Jan Jar Jer Jon Jul Kas Kil Len Leop Lor Lud Mal Mar Mil Nat Nik Nor \
            Ol Ot Pas Quent Rad Ram Ros Ruf Sam Sel Sil Tam Tar Tib Val Vin Wal Xav Yan Zen",
    endings: "an as ian in io ius is o on os ard bert brand fried hard helm mar mund old olf rich us \
              win en el er ino eck ör ün",
};

impl GivenNames {
    /// The names of this sex, for people born in these years.
    pub fn new(sex: &Sex, years: RangeInclusive<u16>) -> Self {
        let listed: Vec<(&str, f64, f64)> = NAMES
            .lines()
            .skip(1)
            .filter_map(|line| {
                let [name, code, peak, weight] =
                    line.split(';').collect::<Vec<_>>().try_into().ok()?;
                (code == sex.code).then_some((name, peak.parse().ok()?, weight.parse().ok()?))
            })
            .collect();
        let weights_in = |year: u16| -> Vec<f64> {
            let weight = |&(_, peak, weight): &(&str, f64, f64)| {
                let distance = (f64::from(year) - peak) / SPREAD;
                weight * (TIMELESS + (1.0 - TIMELESS) * (-distance * distance / 2.0).exp())
            };
            listed.iter().map(weight).collect()
        };
        let endings = sex.endings.split_whitespace();
        let rare: Vec<String> = endings
            .flat_map(|end| sex.stems.split_whitespace().map(move |stem| format!("{stem}{end}")))
            .collect();
        let ranks = (1_u32..).take(rare.len());
        let rare_weights: Vec<f64> = ranks.map(|rank| f64::from(rank + 20).recip()).collect();
        Self {
            first_year: *years.start(),
            years: years.map(|year| Shares::new(&weights_in(year))).collect(),
            frequent: listed.iter().map(|(name, ..)| *name).collect(),
            rare,
            rare_shares: Shares::new(&rare_weights),
        }
    }

    /// A name for a person born in this year.
    pub fn draw(&self, year: u16, random: &mut Random) -> &str {
        let is_rare = random.random_bool(RARE);
        let drawn = random.random();
        if is_rare {
            &self.rare[self.rare_shares.pick(drawn)]
        } else {
            self.frequent[self.years[usize::from(year - self.first_year)].pick(drawn)]
        }
    }
}
