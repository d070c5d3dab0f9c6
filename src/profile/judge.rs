//! Looks for signs that a column does not hold the expected values.
//!
//! Each rule is about one feature and has two limits: the largest share of one class in a sound
//! column, and the largest difference of this share between the two sides of a check. Populations
//! differ: each portal has its own ages, regions and mail providers. So no rule uses those, and
//! each limit leaves room.

use super::{
    Counters, LeakProfile, MIN_COUNT, Profile,
    feature::{DateForm, Feature},
    sign::{RunCaveat, Side, Sign},
};
use crate::identifier::{Field, KindSet};

/// Fewer values prove nothing.
const MIN_VALUES: u64 = 30;

/// A share is too large only if it exceeds its limit by more than this many standard deviations.
const DEVIATIONS: f64 = 4.2;

/// The same for a difference between the two sides. It is larger, because families share names:
/// their values are not independent, so shares vary more than among strangers.
const MAX_DEVIATIONS_BETWEEN_SIDES: f64 = 5.2;

/// The same for values that are odd for their field. A sound column has hardly any.
const DEVIATIONS_ODD: f64 = 3.6;

/// The largest share of invalid or suspect values, and of rejected rows, in a leak. Each of them
/// may belong to a member, and the check then calls that member not affected.
const MAX_UNUSABLE: f64 = 0.02;

/// The largest share of invalid or suspect values among the members. It can be larger than in a
/// leak, because each such value is already a caveat for its own member. Only a large share is
/// evidence about the other members.
const MAX_UNUSABLE_SHARE_OF_MEMBERS: f64 = 0.3;

/// The largest share of leaked rows that have none of the kinds of identifier that the members
/// have.
const MAX_OUT_OF_REACH_SHARE: f64 = 0.01;

/// The smallest share of dates with a day above the 12th. In a whole year, more than 60 % of the
/// days are.
const MIN_LATE_DAY_SHARE: f64 = 0.45;

/// The largest share of dates that exist only in the other order of day and month, among the dates
/// that do not begin with the year. Typing errors explain a small share.
const MAX_OTHER_ORDER_SHARE: f64 = 0.005;

/// How many lengths of phone numbers are distinguished.
const PHONE_LENGTHS: usize = 16;

/// The class of German landline numbers with more digits than nearly all others. Such numbers have
/// an extra prefix, such as a second country code.
const TOO_LONG: usize = 2 * PHONE_LENGTHS - 1;

/// The largest share of such numbers.
const MAX_TOO_LONG: f64 = 0.05;

/// How much the lengths of landline numbers may differ between the two sides.
const MAX_LANDLINE_DIFFERENCE: f64 = 0.3;

/// A length of names counts as long if at most this share of the names is at least as long, on one
/// of the sides.
const LONG: f64 = 0.01;

/// How much the share of long names may differ between the two sides.
const MAX_LONG_NAME_DIFFERENCE: f64 = 0.06;

/// The limits of one feature of a field.
struct Rule {
    feature: Feature,
    /// The largest share of one class. With 1, any share is sound.
    max_share: f64,
    /// The largest difference of the share of one class between the two sides. With 1, any
    /// difference is sound.
    max_difference: f64,
    sign: Sign,
}

const fn rule(feature: Feature, max_share: f64, max_difference: f64, sign: Sign) -> Rule {
    Rule { feature, max_share, max_difference, sign }
}

/// Some names are frequent in every population, and some first letters are more frequent than others.
const LAST_NAME: &[Rule] = &[
    rule(Feature::Value, 0.06, 0.05, Sign::RepeatedValue),
    rule(Feature::Head, 0.12, 0.05, Sign::RepeatedBeginning),
    rule(Feature::Word, 0.05, 0.04, Sign::RepeatedBeginning),
    rule(Feature::Tail, 0.16, 0.06, Sign::RepeatedEnding),
    rule(Feature::Length, 1.0, 0.05, Sign::UnlikeOtherSide),
    rule(Feature::Shape, 1.0, 0.12, Sign::UnlikeOtherSide),
    rule(Feature::First, 1.0, 0.06, Sign::UnlikeOtherSide),
    rule(Feature::Last, 1.0, 0.05, Sign::UnlikeOtherSide),
    rule(Feature::Odd, 1.0, 0.008, Sign::UnlikeOtherSide),
];

/// A list of women only, or of men only, has other endings.
const FIRST_NAME: &[Rule] = &[
    rule(Feature::Value, 0.06, 0.05, Sign::RepeatedValue),
    rule(Feature::Head, 0.16, 0.08, Sign::RepeatedBeginning),
    rule(Feature::Tail, 0.20, 0.10, Sign::RepeatedEnding),
    rule(Feature::Length, 1.0, 0.045, Sign::UnlikeOtherSide),
    rule(Feature::Shape, 1.0, 0.06, Sign::UnlikeOtherSide),
    rule(Feature::First, 1.0, 0.08, Sign::UnlikeOtherSide),
];

const NAME: &[Rule] = &[
    rule(Feature::Value, 0.06, 0.05, Sign::RepeatedValue),
    rule(Feature::Head, 0.16, 0.08, Sign::RepeatedBeginning),
    rule(Feature::Word, 0.06, 0.05, Sign::RepeatedBeginning),
    rule(Feature::Tail, 0.20, 0.10, Sign::RepeatedEnding),
    rule(Feature::Length, 1.0, 0.06, Sign::UnlikeOtherSide),
    rule(Feature::Shape, 1.0, 0.15, Sign::UnlikeOtherSide),
    rule(Feature::First, 1.0, 0.08, Sign::UnlikeOtherSide),
    rule(Feature::Odd, 1.0, 0.008, Sign::UnlikeOtherSide),
];

/// Providers vary between leaks, and all members may work at one company.
const EMAIL: &[Rule] = &[
    rule(Feature::Value, 0.01, 0.02, Sign::RepeatedValue),
    rule(Feature::Head, 0.12, 0.06, Sign::RepeatedBeginning),
    rule(Feature::Tail, 0.16, 0.06, Sign::RepeatedEnding),
    rule(Feature::Length, 1.0, 0.06, Sign::UnlikeOtherSide),
    rule(Feature::Shape, 1.0, 0.08, Sign::UnlikeOtherSide),
    rule(Feature::First, 1.0, 0.08, Sign::UnlikeOtherSide),
    rule(Feature::TopLevelDomain, 1.0, 0.12, Sign::UnlikeOtherSide),
];

const USERNAME: &[Rule] = &[
    rule(Feature::Value, 0.01, 0.02, Sign::RepeatedValue),
    rule(Feature::Head, 0.12, 0.08, Sign::RepeatedBeginning),
    rule(Feature::Tail, 0.12, 0.08, Sign::RepeatedEnding),
    rule(Feature::Length, 1.0, 0.08, Sign::UnlikeOtherSide),
    rule(Feature::Shape, 1.0, 0.10, Sign::UnlikeOtherSide),
];

/// Families share a number. The mix of mobile and landline numbers varies.
const PHONE: &[Rule] = &[
    rule(Feature::Value, 0.01, 0.02, Sign::RepeatedValue),
    rule(Feature::Tail, 0.05, 0.04, Sign::RepeatedEnding),
    rule(Feature::Last, 0.18, 0.06, Sign::RepeatedEnding),
    rule(Feature::TrailingZeros, 1.0, 0.08, Sign::RepeatedEnding),
    rule(Feature::Shape, 1.0, 0.12, Sign::UnlikeOtherSide),
];

/// All members may live in one town.
const POSTAL_CODE: &[Rule] = &[
    rule(Feature::Value, 0.15, 0.12, Sign::RepeatedValue),
    rule(Feature::Odd, 0.004, 1.0, Sign::SuspectValues),
    rule(Feature::Length, 1.0, 0.05, Sign::UnlikeOtherSide),
    rule(Feature::Shape, 1.0, 0.05, Sign::UnlikeOtherSide),
    rule(Feature::TrailingZeros, 1.0, 0.12, Sign::UnlikeOtherSide),
];

/// Registers often have the first of January for people who do not know their birthday.
const BIRTH_DATE: &[Rule] = &[
    rule(Feature::Value, 0.04, 0.03, Sign::RepeatedValue),
    rule(Feature::Day, 0.20, 0.14, Sign::UnevenDates),
    rule(Feature::Month, 0.25, 0.14, Sign::UnevenDates),
];

/// Numbers that an authority assigns to one person each.
const NUMBER: &[Rule] = &[
    rule(Feature::Value, 0.01, 0.01, Sign::RepeatedValue),
    rule(Feature::Tail, 0.04, 0.03, Sign::RepeatedEnding),
    rule(Feature::Last, 0.18, 0.06, Sign::RepeatedEnding),
    rule(Feature::Length, 1.0, 0.05, Sign::UnlikeOtherSide),
    rule(Feature::Shape, 1.0, 0.05, Sign::UnlikeOtherSide),
    rule(Feature::First, 1.0, 0.08, Sign::UnlikeOtherSide),
];

/// The states that issued the documents vary between leaks, and so do the lengths and letters of
/// the numbers.
const DOCUMENT: &[Rule] = &[
    rule(Feature::Value, 0.01, 0.01, Sign::RepeatedValue),
    rule(Feature::Tail, 0.04, 0.03, Sign::RepeatedEnding),
    rule(Feature::Last, 0.18, 0.06, Sign::RepeatedEnding),
];

/// The digits of a hash are practically random.
const HASH: &[Rule] = &[
    rule(Feature::Value, 0.01, 0.02, Sign::RepeatedValue),
    rule(Feature::Head, 0.04, 0.03, Sign::RepeatedBeginning),
    rule(Feature::Tail, 0.04, 0.03, Sign::RepeatedEnding),
];

const fn rules(field: Field) -> &'static [Rule] {
    match field {
        Field::LastName => LAST_NAME,
        Field::FirstName => FIRST_NAME,
        Field::Name => NAME,
        Field::Email | Field::EmailAlias => EMAIL,
        Field::Username => USERNAME,
        Field::Phone => PHONE,
        Field::PostalCode => POSTAL_CODE,
        Field::BirthDate => BIRTH_DATE,
        Field::Md5Email | Field::Sha1Email | Field::Sha256Email => HASH,
        Field::IdentityDocument => DOCUMENT,
        Field::Kvnr | Field::Iccsn | Field::Ehic | Field::Rvnr | Field::SteuerId | Field::Iban => {
            NUMBER
        }
    }
}

/// The signs in one column, without a comparison.
pub(super) fn of_column(side: Side, field: Field, profile: &Profile) -> Vec<RunCaveat> {
    let filled = profile.filled();
    let caveat = |sign, count, of| RunCaveat::new(side, field, sign, count, of);
    let mut caveats = Vec::new();
    let max_share = match side {
        Side::Leak => MAX_UNUSABLE,
        Side::Members => MAX_UNUSABLE_SHARE_OF_MEMBERS,
    };
    for (sign, count) in
        [(Sign::InvalidValues, profile.invalid()), (Sign::SuspectValues, profile.suspect())]
    {
        if count >= MIN_COUNT && share(count, filled) > max_share {
            caveats.push(caveat(sign, count, filled));
        }
    }
    caveats.extend(mixed_order(side, field, profile));
    let used = profile.used;
    if used < MIN_VALUES {
        return caveats;
    }
    // Several features can show one sign. Keep the largest count.
    let mut raise = |sign, count, of| match caveats.iter_mut().find(|caveat| caveat.sign == sign) {
        Some(known) if known.count >= count => {}
        Some(known) => *known = caveat(sign, count, of),
        None => caveats.push(caveat(sign, count, of)),
    };
    for rule in rules(field).iter().filter(|rule| rule.max_share < 1.0) {
        let largest =
            profile.counters.range(rule.feature.range()).iter().max().copied().unwrap_or(0);
        // With whole names, a class can count both names of a cell.
        let largest = used.min(largest.into());
        if is_above(largest, used, rule.max_share) {
            raise(rule.sign, largest, used);
        }
    }
    let too_long =
        profile.counters.range(Feature::Shape.range()).get(TOO_LONG).copied().map_or(0, u64::from);
    if field == Field::Phone && is_above(too_long, used, MAX_TOO_LONG) {
        raise(Sign::RepeatedBeginning, too_long, used);
    }
    if let Some((early, all)) = uneven_days(&profile.counters) {
        raise(Sign::UnevenDates, early, all);
    }
    caveats
}

/// The sign that a column mixes both orders of day and month.
fn mixed_order(side: Side, field: Field, profile: &Profile) -> Option<RunCaveat> {
    let forms = profile.counters.range(Feature::DateForm.range());
    let other_order = forms.get(DateForm::OtherOrder as usize).copied().map_or(0, u64::from);
    // Dates such as `1970-04-03` must not hide that the few others are mixed. `03041970` and
    // `03 04 1970` have an order, too, although they count as another form.
    let others = forms.get(DateForm::Dots as usize..DateForm::OtherOrder as usize);
    let others = others.unwrap_or_default().iter().map(|&count| u64::from(count));
    let all = other_order + others.sum::<u64>();
    let is_mixed = other_order >= MIN_COUNT && share(other_order, all) > MAX_OTHER_ORDER_SHARE;
    is_mixed.then(|| RunCaveat::new(side, field, Sign::MixedDateOrder, other_order, all))
}

/// If one form of dates has too few days above 12: the number of dates with an earlier day, and of
/// all dates in this form.
fn uneven_days(counters: &Counters) -> Option<(u64, u64)> {
    let forms = counters.range(Feature::DateForm.range());
    let by_form = forms.get(..DateForm::OtherOrder as usize)?.as_chunks::<2>().0;
    let by_form = by_form.iter().map(|&[early, late]| (u64::from(early), u64::from(late)));
    let is_uneven = |&(early, late): &(u64, u64)| {
        early + late >= MIN_VALUES && is_above(early, early + late, 1.0 - MIN_LATE_DAY_SHARE)
    };
    let mut uneven = by_form.filter(is_uneven);
    uneven.next().map(|(early, late)| (early, early + late))
}

/// The signs in the difference between a column of the leak and one of the members.
pub(super) fn of_difference(field: Field, leak: &Profile, members: &Profile) -> Option<RunCaveat> {
    if leak.used < MIN_VALUES || members.used < MIN_VALUES {
        return None;
    }
    let differing = |rule: &Rule| {
        let (of_leak, of_members) = (
            leak.counters.range(rule.feature.range()),
            members.counters.range(rule.feature.range()),
        );
        if field == Field::Phone && rule.feature == Feature::Shape {
            return phone_shape_difference(of_leak, of_members, rule.max_difference);
        }
        let deviations = match rule.feature {
            // Families hardly ever share such a name.
            Feature::Odd => DEVIATIONS_ODD,
            _ => MAX_DEVIATIONS_BETWEEN_SIDES,
        };
        most_different(
            (of_leak, leak.used),
            (of_members, members.used),
            rule.max_difference,
            deviations,
        )
    };
    let is_name = matches!(field, Field::LastName | Field::FirstName | Field::Name);
    let long = is_name.then(|| long_name_difference(leak, members)).flatten();
    let count = rules(field).iter().filter_map(differing).chain(long).max()?;
    Some(RunCaveat::new(Side::Members, field, Sign::UnlikeOtherSide, count, members.used))
}

/// The largest difference of one class that exceeds the limits, as a number of members' values.
fn most_different(
    (of_leak, all_of_leak): (&[u32], u64),
    (of_members, all_of_members): (&[u32], u64),
    max_difference: f64,
    deviations: f64,
) -> Option<u64> {
    let differences = of_leak.iter().zip(of_members).filter_map(|(&one, &other)| {
        difference(
            (one.into(), all_of_leak),
            (other.into(), all_of_members),
            max_difference,
            deviations,
        )
    });
    differences.max()
}

/// The difference of the share of long values. Titles, former names and companies in the cell vary
/// in length, so no single length is frequent enough to be a sign.
fn long_name_difference(leak: &Profile, members: &Profile) -> Option<u64> {
    let (of_leak, of_members) = (
        leak.counters.range(Feature::Length.range()),
        members.counters.range(Feature::Length.range()),
    );
    let (mut long_in_leak, mut long_in_members, mut hidden) = (0, 0, 0);
    let mut largest = None;
    for (&in_leak, &in_members) in of_leak.iter().zip(of_members).rev() {
        long_in_leak += u64::from(in_leak);
        long_in_members += u64::from(in_members);
        if share(long_in_leak, leak.used).min(share(long_in_members, members.used)) > LONG {
            break;
        }
        // An index leaves out counts below ten.
        hidden += if in_leak == 0 && in_members > 0 { MIN_COUNT - 1 } else { 0 };
        let expected = long_in_members * leak.used / members.used;
        let long_in_leak = long_in_leak.max(expected.min(long_in_leak + hidden));
        largest = largest.max(difference(
            (long_in_leak, leak.used),
            (long_in_members, members.used),
            MAX_LONG_NAME_DIFFERENCE,
            MAX_DEVIATIONS_BETWEEN_SIDES,
        ));
    }
    largest
}

/// The largest difference of lengths, compared separately among mobile numbers, other German
/// numbers and foreign numbers. One side may have more mobile numbers than the other.
fn phone_shape_difference(of_leak: &[u32], of_members: &[u32], max_difference: f64) -> Option<u64> {
    let groups = of_leak.chunks(PHONE_LENGTHS).zip(of_members.chunks(PHONE_LENGTHS)).enumerate();
    let differences = groups.filter_map(|(group, (in_leak, in_members))| {
        let sum = |counts: &[u32]| counts.iter().copied().map(u64::from).sum::<u64>();
        let (all_of_leak, all_of_members) = (sum(in_leak), sum(in_members));
        let is_enough = all_of_leak.min(all_of_members) >= MIN_VALUES;
        // The lengths of landline numbers depend on the town and the company.
        let max_difference = if group == 0 { max_difference } else { MAX_LANDLINE_DIFFERENCE };
        is_enough
            .then(|| {
                most_different(
                    (in_leak, all_of_leak),
                    (in_members, all_of_members),
                    max_difference,
                    MAX_DEVIATIONS_BETWEEN_SIDES,
                )
            })
            .flatten()
    });
    differences.max()
}

/// A difference as a number of members' values, if it exceeds the limits. An index leaves out
/// counts below ten. So a count of 0 may mean up to nine, which is a large share of a small leak.
fn difference(
    (of_leak, all_of_leak): (u64, u64),
    (of_members, all_of_members): (u64, u64),
    max_difference: f64,
    most_deviations: f64,
) -> Option<u64> {
    let in_members = share(of_members, all_of_members);
    let hidden = share(MIN_COUNT - 1, all_of_leak);
    let in_leak = match of_leak {
        0 if hidden > max_difference => hidden.min(in_members),
        of_leak => share(of_leak, all_of_leak),
    };
    // With whole names, a class can count both names of a cell.
    let (in_leak, in_members) = (in_leak.min(1.0), in_members.min(1.0));
    let apart = (in_leak - in_members).abs();
    if apart <= max_difference {
        return None;
    }
    // The arcsine of the square root of a share has the same variance for every share.
    let variance = 1.0 / number(all_of_leak) + 1.0 / number(all_of_members);
    let deviations =
        2.0 * (in_leak.sqrt().asin() - in_members.sqrt().asin()).abs() / variance.sqrt();
    if deviations <= most_deviations {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a share of the members"
    )]
    Some((apart * number(all_of_members)) as u64)
}

/// The signs in the rows of a leak. `rejected` of the `read` rows could not be used.
pub(super) fn of_rows(rejected: u64, read: u64) -> Option<RunCaveat> {
    let is_many = rejected >= MIN_COUNT && share(rejected, read) > MAX_UNUSABLE;
    is_many.then(|| RunCaveat::of_rows(Side::Leak, Sign::RejectedRows, rejected, read))
}

/// The sign that too many rows of the leak have none of these kinds of identifier, which the members
/// have.
pub(super) fn of_reach(leak: &LeakProfile, given: KindSet) -> Option<RunCaveat> {
    let is_beyond = |(kinds, _): &(KindSet, u64)| kinds.intersection(given).is_empty();
    let beyond: u64 = leak.rows_by_kinds().filter(is_beyond).map(|(_, count)| count).sum();
    let all: u64 = leak.rows_by_kinds().map(|(_, count)| count).sum();
    let is_many = share(beyond, all) > MAX_OUT_OF_REACH_SHARE;
    is_many.then(|| RunCaveat::of_rows(Side::Leak, Sign::OutOfReach, beyond, all))
}

/// Whether a share exceeds this limit by more than chance explains.
fn is_above(count: u64, all: u64, max_share: f64) -> bool {
    let deviation = (max_share * (1.0 - max_share) / number(all)).sqrt();
    count >= MIN_COUNT && share(count, all) > max_share + DEVIATIONS * deviation
}

fn share(count: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { number(count) / number(all) }
}

#[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
const fn number(count: u64) -> f64 {
    count as f64
}
