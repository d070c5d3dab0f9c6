//! A column that is built to raise a sign raises it. A sound column raises none.

use std::collections::BTreeSet;

use super::values::{VALUES, column, sound_column};
use crate::{
    identifier::{Field, FieldSet, Kind, KindSet, Reason},
    profile::{
        LeakProfile, MIN_COUNT, Profile, RunCaveat, Side, Sign, feature::Feature, judge,
        tests::values::Damage,
    },
};

const SIDES: [Side; 2] = [Side::Leak, Side::Members];

fn signs(caveats: &[RunCaveat]) -> Vec<Sign> {
    caveats.iter().map(|caveat| caveat.sign).collect()
}

#[test]
fn a_sound_column_of_any_field_raises_no_sign() {
    for &field in Field::ALL {
        let (leak, members) = (sound_column(field, 1), sound_column(field, 2));
        for side in SIDES {
            assert_eq!(judge::of_column(side, field, &leak), [], "{field}");
        }
        assert_eq!(judge::of_difference(field, &leak, &members), None, "{field}");
        assert_eq!(judge::of_difference(field, &members, &leak), None, "{field}");
    }
}

/// Damage that a column shows on its own.
#[rustfmt::skip]
const ALONE: &[(&[Field], Sign, &str, Damage)] = &[
    (Field::ALL, Sign::RepeatedValue, "one value", |_, _| "1970-05-17".into()),
    (TEXTS, Sign::RepeatedBeginning, "a word before it", |value, _| format!("herr {value}")),
    (TEXTS, Sign::RepeatedEnding, "a word behind it", |value, _| match value.split_once('@') {
        Some((local, domain)) => format!("{local}gmbh@{domain}"),
        None => format!("{value}gmbh"),
    }),
    (SURNAMES, Sign::RepeatedBeginning, "one of several first words", |value, number| {
        format!("{}r von {value}", &value[..(number % 3) as usize])
    }),
    (NUMBERS, Sign::RepeatedEnding, "three zeros at the end", |value, _| {
        value[..value.len() - 4].to_owned() + "1000"
    }),
    (NUMBERS, Sign::RepeatedEnding, "a last digit that was rounded", |value, _| {
        value[..value.len() - 1].to_owned() + "0"
    }),
    (HASHES, Sign::RepeatedBeginning, "a mark before it", |value, _| {
        "0x00".to_owned() + &value
    }),
    (HASHES, Sign::RepeatedEnding, "zeros behind it", |value, _| value + "0000"),
    (&[Field::BirthDate], Sign::UnevenDates, "the first of the month", |value, _| {
        value[..8].to_owned() + "01"
    }),
    (&[Field::BirthDate], Sign::UnevenDates, "January", |value, _| {
        value[..5].to_owned() + "01" + &value[7..]
    }),
    (&[Field::Phone], Sign::RepeatedBeginning, "the country code twice, several area codes", |value, _| {
        format!("+4949{}", &value[3..])
    }),
    (&[Field::PostalCode], Sign::SuspectValues, "a zone that does not exist", |value, _| {
        format!("05{}", &value[2..])
    }),
    (&[Field::BirthDate], Sign::UnevenDates, "no day above the 12th", |value, number| {
        format!("{}{:02}", &value[..8], number % 12 + 1)
    }),
];

const NAMES: &[Field] = &[Field::LastName, Field::FirstName, Field::Name];
/// Without first names, because only the first of several given names counts.
const SURNAMES: &[Field] = &[Field::LastName, Field::Name];
const TEXTS: &[Field] =
    &[Field::LastName, Field::FirstName, Field::Name, Field::Email, Field::Username];
const NUMBERS: &[Field] = &[
    Field::Kvnr,
    Field::Iccsn,
    Field::Ehic,
    Field::Rvnr,
    Field::SteuerId,
    Field::IdentityDocument,
    Field::Iban,
    Field::Phone,
];
const HASHES: &[Field] = &[Field::Md5Email, Field::Sha1Email, Field::Sha256Email];

#[test]
fn visible_damage_raises_its_sign_on_either_side() {
    for &(fields, sign, damage, change) in ALONE {
        for &field in fields {
            for share in [40, 100] {
                let damaged = column(field, 1, share, change);
                for side in SIDES {
                    let caveats = judge::of_column(side, field, &damaged);
                    let caveat = caveats.iter().find(|caveat| caveat.sign == sign);
                    let signs: BTreeSet<Sign> = caveats.iter().map(|caveat| caveat.sign).collect();
                    assert_eq!(signs.len(), caveats.len(), "each sign once: {caveats:?}");
                    let caveat = caveat.unwrap_or_else(|| panic!("{damage}: {share} % of {field}"));
                    assert_eq!((caveat.side, caveat.field), (side, Some(field)));
                    let least = VALUES * share / 100;
                    assert!(caveat.of == VALUES && caveat.count <= VALUES, "{caveat:?}");
                    // Damage with these names is spread over several classes, such as three first
                    // words or twelve days.
                    let is_one_class = !damage.contains("several") && !damage.contains("no day");
                    assert!(!is_one_class || caveat.count >= least, "{damage}: {caveat:?}");
                }
            }
        }
    }
}

/// Damage that only a comparison with the other side shows.
#[rustfmt::skip]
const COMPARED: &[(&[Field], &str, Damage)] = &[
    (&[Field::LastName, Field::FirstName], "cut after six letters", |mut value, _| {
        value.truncate(6);
        value
    }),
    (SURNAMES, "a second word, never the same", |value, _| {
        format!("{} {value}", value.chars().rev().collect::<String>())
    }),
    (SURNAMES, "an initial behind it", |value, number| {
        let initial = b"abcdefghijklmnopqrstuvwxyz"[(number / 7 % 26) as usize];
        format!("{value} {}", char::from(initial))
    }),
    (NAMES, "a digit behind it", |value, number| format!("{value}{}", number * 7 % 10)),
    (&[Field::Email], "another top-level domain", |value, _| {
        value[..value.rfind('.').expect("there is one")].to_owned() + ".invalid"
    }),
    (&[Field::Email, Field::Username], "a number before it", |value, number| {
        format!("{}{value}", number * 7919 % 90_000 + 10_000)
    }),
    (&[Field::Phone], "a digit less", |mut value, _| {
        value.pop();
        value
    }),
    (&[Field::PostalCode], "a digit less", |value, _| value[1..].to_owned()),
    (&[Field::PostalCode], "two digits more", |value, number| {
        format!("{value}{:02}", number * 7 % 100)
    }),
    (&[Field::PostalCode], "two zeros at the end", |value, _| value[..3].to_owned() + "00"),
    (&[Field::Kvnr, Field::SteuerId, Field::Iban], "a digit more", |value, number| {
        format!("{value}{}", number * 7 % 10)
    }),
    (&[Field::Kvnr], "a letter that all have", |value, _| "X".to_owned() + &value[1..]),
    (&[Field::BirthDate], "half of the dates on three days", |value, number| {
        format!("{}{:02}", &value[..8], number / 7 % 3 + 20)
    }),
];

#[test]
fn damage_visible_by_comparison_raises_its_sign() {
    for &(fields, damage, change) in COMPARED {
        for &field in fields {
            let (sound, damaged) = (sound_column(field, 1), column(field, 2, 50, change));
            for side in SIDES {
                assert_eq!(judge::of_column(side, field, &damaged), [], "{damage}: {field}");
            }
            for (leak, members) in [(&sound, &damaged), (&damaged, &sound)] {
                let caveat = judge::of_difference(field, leak, members);
                let caveat = caveat.unwrap_or_else(|| panic!("{damage}: {field}"));
                assert_eq!((caveat.sign, caveat.field), (Sign::UnlikeOtherSide, Some(field)));
                assert!(caveat.count > 0 && caveat.count <= VALUES, "{caveat:?}");
                assert_eq!(caveat.of, VALUES);
            }
        }
    }
}

#[test]
fn titles_in_a_fifth_of_the_names_raise_a_sign() {
    const TITLES: [&str; 5] =
        ["geheimrat", "oberstudienrat", "regierungsdirektor", "kommerzialrat", "stabsfeldwebel"];
    let with_title: Damage = |value, number| TITLES[(number / 7 % 5) as usize].to_owned() + &value;
    for &field in NAMES {
        let (sound, damaged) = (sound_column(field, 1), column(field, 2, 20, with_title));
        for (leak, members) in [(&sound, &damaged), (&damaged, &sound)] {
            let caveat = judge::of_difference(field, leak, members);
            let caveat = caveat.unwrap_or_else(|| panic!("{field}"));
            assert_eq!(caveat.sign, Sign::UnlikeOtherSide);
            assert!(caveat.count >= VALUES / 10, "{field}: {caveat:?}");
        }
    }
    // An index leaves out up to nine names of each length.
    let long = |count: u32, used| {
        let mut profile = Profile { used, ..Profile::default() };
        let start = Feature::Length.range().start;
        profile.counters.all()[start + 20..start + 30].fill(count);
        profile
    };
    let of = |leak, members| judge::of_difference(Field::FirstName, &leak, &members);
    assert_eq!(of(long(0, 1000), long(9, 1000)), None, "they may be hidden");
    assert!(of(long(9, 1000), long(0, 1000)).is_some());
    assert_eq!(of(long(0, 100), long(4, 1000)), None, "many may be hidden in a small leak");
    assert!(of(long(0, 1000), long(19, 1000)).is_some());
    assert_eq!(of(long(9, 1000), long(6, 1000)), None, "both sides have them");
}

/// Differences between exports and populations that do no harm to a comparison.
#[test]
fn sound_populations_that_differ_raise_no_sign() {
    let names = |share| column(Field::FirstName, 1, share, |value, _| format!("{value} anna"));
    assert_eq!(judge::of_difference(Field::FirstName, &names(5), &names(60)), None, "given names");
    let two_words = column(Field::LastName, 1, 100, |value, _| format!("{value} {value}"));
    assert_eq!(two_words.counters.range(Feature::Odd.range()), [0, 0], "no word is a letter");
    let phones = |start: &'static str| {
        let mut profile = Profile::default();
        (0..VALUES).for_each(|number| {
            let number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            profile.count(Field::Phone, format!("{start}{number:08}").as_bytes());
        });
        profile
    };
    let (mobile, fixed) = (phones("+49176"), phones("+4930"));
    assert_eq!(judge::of_difference(Field::Phone, &mobile, &fixed), None, "kinds of numbers");
}

/// A profile in which one class of a feature has `count` of all values.
fn with_class(feature: Feature, count: u32, used: u64) -> Profile {
    let mut profile = Profile { used, ..Profile::default() };
    profile.counters.all()[feature.range().start + 1] = count;
    profile
}

#[test]
fn differences_within_chance_and_families_raise_no_sign() {
    // Last names may differ by 5 points in one length.
    let differ = |leak: (u32, u64), members: (u32, u64)| {
        let [leak, members] =
            [leak, members].map(|(count, used)| with_class(Feature::Length, count, used));
        judge::of_difference(Field::LastName, &leak, &members)
    };
    let is_sign = |leak, members| differ(leak, members).is_some();
    assert!(!is_sign((100, 1000), (140, 1000)), "four points");
    assert!(!is_sign((100_000, 1_000_000), (149_000, 1_000_000)), "in a large list, too");
    assert!(is_sign((100_000, 1_000_000), (151_000, 1_000_000)));
    assert!(is_sign((151_000, 1_000_000), (100_000, 1_000_000)), "on either side");
    // Seven percentage points are a large change of a small share, and a small change of a share
    // near one half.
    assert!(is_sign((10, 1000), (80, 1000)));
    assert!(!is_sign((400, 1000), (470, 1000)));
    assert!(is_sign((920, 1000), (990, 1000)));
    // The shares of a few values differ by chance.
    assert!(!is_sign((20, 100), (40, 100)));
    assert!(is_sign((20, 100), (80, 100)));
    assert!(!is_sign((0, 29), (29, 29)), "29 values prove nothing");
    assert!(!is_sign((0, 30), (29, 29)));
    assert!(is_sign((0, 30), (30, 30)));
    // An index leaves out up to nine values of a class.
    assert!(!is_sign((0, 100), (200, 1000)), "nine of a hundred may be hidden");
    assert!(is_sign((0, 100), (400, 1000)));
    let caveat = differ((0, 600), (120, 600)).expect("nine of six hundred are few");
    assert_eq!((caveat.count, caveat.of), (120, 600));
}

#[test]
fn a_smaller_difference_of_odd_values_is_a_sign() {
    // Last names may differ by 0.8 points, and by 3.6 standard deviations.
    let is_sign = |leak: (u32, u64), members: (u32, u64)| {
        let [leak, members] =
            [leak, members].map(|(count, used)| with_class(Feature::Odd, count, used));
        judge::of_difference(Field::LastName, &leak, &members).is_some()
    };
    assert!(!is_sign((10, 2000), (30, 2000)), "3.3 standard deviations");
    assert!(is_sign((10, 2000), (34, 2000)), "3.8 standard deviations");
    // Nine of a thousand may be hidden. With ten, it would be 3.4 standard deviations.
    assert!(is_sign((0, 1000), (23_700, 1_000_000)), "3.8 standard deviations");
}

#[test]
fn a_sign_of_several_features_has_the_largest_count() {
    let raised = |tail, last| {
        let mut profile = with_class(Feature::Tail, tail, 1000);
        profile.counters.all()[Feature::Last.range().start + 1] = last;
        let caveats = judge::of_column(Side::Leak, Field::Kvnr, &profile);
        caveats.iter().map(|caveat| (caveat.sign, caveat.count)).collect::<Vec<_>>()
    };
    assert_eq!(raised(500, 300), [(Sign::RepeatedEnding, 500)]);
    assert_eq!(raised(300, 500), [(Sign::RepeatedEnding, 500)]);
}

#[test]
fn a_share_in_one_column_is_too_large_only_beyond_chance() {
    let raised = |count, used| {
        let profile = with_class(Feature::Value, count, used);
        !judge::of_column(Side::Leak, Field::Kvnr, &profile).is_empty()
    };
    assert!(!raised(9, 100), "fewer than ten values prove nothing");
    assert!(raised(10, 100));
    assert!(!raised(29, 29), "29 values prove nothing");
    assert!(!raised(10_300, 1_000_000), "one in a hundred, and chance");
    assert!(raised(10_500, 1_000_000));
}

#[test]
fn each_side_has_its_own_limit_for_unusable_values() {
    let of = |unusable: u64, side| {
        [Profile::count_invalid, Profile::count_suspect].map(|count| {
            let mut profile = Profile { used: 1000 - unusable, ..Profile::default() };
            (0..unusable).for_each(|_| count(&mut profile, Reason::WrongCheckDigit));
            if profile.suspect() > 0 {
                profile.used = 1000;
            }
            let caveats = judge::of_column(side, Field::Kvnr, &profile);
            assert!(caveats.iter().all(|caveat| (caveat.count, caveat.of) == (unusable, 1000)));
            signs(&caveats)
        })
    };
    let both = [vec![Sign::InvalidValues], vec![Sign::SuspectValues]];
    assert_eq!(of(20, Side::Leak), [[], []]);
    assert_eq!(of(21, Side::Leak), both);
    assert_eq!(of(300, Side::Members), [[], []]);
    assert_eq!(of(301, Side::Members), both);

    // Counts up to nine never raise a sign.
    let mut few = Profile::default();
    (1..MIN_COUNT).for_each(|_| few.count_invalid(Reason::TooLong));
    assert_eq!(judge::of_column(Side::Leak, Field::Kvnr, &few), []);
    few.count_invalid(Reason::TooLong);
    assert_eq!(signs(&judge::of_column(Side::Leak, Field::Kvnr, &few)), [Sign::InvalidValues]);
}

#[test]
fn more_than_one_rejected_row_in_fifty_is_a_sign() {
    assert_eq!(judge::of_rows(9, 9), None);
    assert_eq!(judge::of_rows(20, 1000), None);
    let caveat = judge::of_rows(21, 1000);
    assert_eq!(caveat, Some(RunCaveat::of_rows(Side::Leak, Sign::RejectedRows, 21, 1000)));
}

/// Dates from January 1970 to December 1989, with this many days up to and above the 12th, in this
/// spelling.
fn add_dates(
    profile: &mut Profile,
    early: u32,
    late: u32,
    write: impl Fn(u32, u32, u32) -> String,
) {
    for number in 0..early + late {
        let day = if number < early { 1 + number % 12 } else { 13 + number % 16 };
        let (year, month) = (1970 + number % 20, 1 + number / 12 % 12);
        let normal_form = format!("{year}-{month:02}-{day:02}");
        let raw = write(year, month, day);
        profile.count_written(Field::BirthDate, raw.as_bytes(), normal_form.as_bytes());
    }
}

#[test]
fn dates_without_late_days_in_one_spelling_are_uneven() {
    type Write = fn(u32, u32, u32) -> String;
    let spellings: [Write; 5] = [
        |year, month, day| format!("{day:02}.{month:02}.{year}"),
        |year, month, day| format!("{day}/{month}/{year}"),
        |year, month, day| format!(" {day}-{month}-{year} 00:00"),
        |year, month, day| format!("{day}. Monat {month} {year}"),
        |year, month, day| format!("{year}{month:02}{day:02}"),
    ];
    for write in spellings {
        let uneven = |early, late| {
            let mut profile = Profile::default();
            add_dates(&mut profile, early, late, write);
            // Most of the column is sound, in another spelling.
            add_dates(&mut profile, 380, 620, |year, month, day| {
                format!("{year}-{month:02}-{day:02}")
            });
            let caveats = judge::of_column(Side::Members, Field::BirthDate, &profile);
            let counts = caveats.iter().map(|caveat| (caveat.sign, caveat.count, caveat.of));
            counts.collect::<Vec<_>>()
        };
        let example = write(1970, 2, 1);
        assert_eq!(uneven(80, 120), [], "{example}");
        assert_eq!(uneven(170, 30), [(Sign::UnevenDates, 170, 200)], "{example}");
        assert_eq!(uneven(29, 0), [], "{example}: 29 dates prove nothing");
    }
}

#[test]
fn dates_in_both_orders_are_a_sign_beyond_typing_errors() {
    let caveats = |between: &str, others: u64, year_first: u32| {
        let mut profile = Profile::default();
        add_dates(&mut profile, 800, 1200, |year, month, day| {
            format!("{day:02}{between}{month:02}{between}{year}")
        });
        let (early, late) = (year_first * 2 / 5, year_first * 3 / 5);
        add_dates(&mut profile, early, late, |year, month, day| format!("{year}-{month}-{day}"));
        for _ in 0..others {
            profile.count_invalid(Reason::ImpossibleDate);
            profile.count_other_order();
        }
        judge::of_column(Side::Leak, Field::BirthDate, &profile)
    };
    let expected = RunCaveat::new(Side::Leak, Field::BirthDate, Sign::MixedDateOrder, 11, 2011);
    for between in [".", "/", "-", " ", ""] {
        assert_eq!(caveats(between, 10, 0), [], "a sound column with {between:?} in its dates");
        assert_eq!(caveats(between, 11, 0), [expected], "{between:?}");
        assert_eq!(caveats(between, 11, 500), [expected], "dates with one order hide nothing");
    }
}

#[test]
fn more_than_one_row_in_a_hundred_out_of_reach_is_a_sign() {
    let (kvnr, email) = (Field::Kvnr.kinds(), Field::Email.kinds());
    let reach = |of_email: u64, of_both: u64, of_nothing: u64, fields: &[Field]| {
        let mut leak = LeakProfile::default();
        (0..1000 - of_email - of_both).for_each(|_| leak.count_row(kvnr));
        (0..of_email).for_each(|_| leak.count_row(email));
        (0..of_both).for_each(|_| leak.count_row(kvnr.union(email)));
        (0..of_nothing).for_each(|_| leak.count_row(KindSet::EMPTY));
        let fields: FieldSet = fields.iter().copied().collect();
        leak.caveat_of_reach(fields.kinds()).map(|caveat| {
            assert_eq!((caveat.side, caveat.field), (Side::Leak, None));
            assert_eq!(caveat.sign, Sign::OutOfReach);
            (caveat.count, caveat.of)
        })
    };
    assert_eq!(reach(10, 0, 0, &[Field::Kvnr]), None);
    assert_eq!(reach(11, 0, 0, &[Field::Kvnr]), Some((11, 1000)));
    assert_eq!(reach(11, 0, 500, &[Field::Kvnr]), Some((11, 1000)), "rejected rows do not count");
    assert_eq!(reach(0, 500, 0, &[Field::Kvnr]), None, "they have a number, too");
    assert_eq!(reach(500, 0, 0, &[Field::Kvnr, Field::Email]), None);
    assert_eq!(reach(500, 0, 0, &[Field::LastName]), Some((1000, 1000)));
    // An address also makes its hash, but a hash does not reveal its address.
    assert_eq!(reach(500, 0, 0, &[Field::Kvnr, Field::Sha256Email]), None);
    let mut leak = LeakProfile::default();
    leak.count_row([Kind::StartsBirth].into_iter().collect());
    let names: FieldSet = [Field::LastName, Field::FirstName].into_iter().collect();
    assert!(leak.caveat_of_reach(names.kinds()).is_some());
    let has_caveat = |fields: &[Field]| {
        let fields: FieldSet = fields.iter().copied().collect();
        leak.caveat_of_reach(fields.kinds()).is_some()
    };
    assert!(!has_caveat(&[Field::Name, Field::BirthDate]));
    assert!(!has_caveat(&[Field::LastName, Field::FirstName, Field::BirthDate]));
    assert!(has_caveat(&[Field::FirstName, Field::BirthDate]), "the key needs both names");
    assert_eq!(LeakProfile::default().caveat_of_reach(names.kinds()), None);
}

#[test]
fn a_caveat_concerns_the_kinds_that_its_field_is_or_is_part_of() {
    let kinds = |field, sign| RunCaveat::new(Side::Members, field, sign, 1, 1).kinds();
    let sign = Sign::RepeatedValue;
    let set = |kinds: &[Kind]| -> KindSet { kinds.iter().copied().collect() };
    assert_eq!(kinds(Field::Phone, sign), set(&[Kind::Phone]));
    let of_address = set(&[Kind::Email, Kind::EmailAlias]).union(KindSet::EMAIL_HASHES);
    assert_eq!(kinds(Field::Email, sign), of_address);
    assert_eq!(kinds(Field::Ehic, sign), set(&[Kind::Ehic, Kind::Iccsn]));
    assert_eq!(
        kinds(Field::PostalCode, sign),
        set(&[Kind::BirthPostcode, Kind::SoundPostcode, Kind::FirstBirthRegion,])
    );
    let of_keys: KindSet = Kind::ALL.iter().copied().filter(|kind| kind.is_match_key()).collect();
    assert_eq!(kinds(Field::BirthDate, sign), of_keys.difference(set(&[Kind::SoundPostcode])));
    let of_names = of_keys.difference(set(&[Kind::BirthPostcode]));
    assert_eq!(kinds(Field::Name, sign), of_names);
    assert_eq!(kinds(Field::LastName, sign), of_names.difference(set(&[Kind::FirstBirthRegion])));
    // With these signs, people may be in rows without a value in any column.
    assert_eq!(kinds(Field::Phone, Sign::UnusedColumn), KindSet::all());
    assert_eq!(kinds(Field::Phone, Sign::EmptyColumn), KindSet::all());
    assert_eq!(RunCaveat::of_rows(Side::Leak, Sign::CutOff, 1, 1).kinds(), KindSet::all());
    // Only match keys contain a name. Without such a key, each member with a name has a gap anyway.
    for sign in [Sign::UnusedColumn, Sign::EmptyColumn] {
        let of_leak = |field| RunCaveat::new(Side::Leak, field, sign, 1, 1).kinds();
        assert_eq!(of_leak(Field::Name), of_names);
        assert_eq!(of_leak(Field::Phone), KindSet::all());
        assert_eq!(kinds(Field::Name, sign), KindSet::all());
    }
    // An accidental match or an erased record makes no all-clear doubtful.
    for sign in [Sign::AccidentalProbable, Sign::AccidentalCandidates, Sign::ErasedRecords] {
        assert_eq!(RunCaveat::of_rows(Side::Members, sign, 1, 1).kinds(), KindSet::EMPTY);
    }
    // Each field must belong to a kind, or its caveats would have no effect.
    assert!(Field::ALL.iter().all(|&field| !kinds(field, sign).is_empty()));
}

#[test]
fn sign_names_round_trip_and_others_are_refused() {
    for &sign in Sign::ALL {
        let caveat = RunCaveat::new(Side::Leak, Field::Email, sign, 10, 20);
        let text = super::json(&caveat);
        assert!(text.contains(&format!("\"sign\":\"{}\"", sign.slug())), "{text}");
        assert_eq!(serde_json::from_str::<RunCaveat>(&text).expect("it was written"), caveat);
    }
    assert!(serde_json::from_str::<Sign>("\"repeated\"").is_err());
}
