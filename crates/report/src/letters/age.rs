//! Determines whether a letter is about a minor and must go to the guardians.

/// A day of the calendar: year, month and day.
pub type Day = (u16, u8, u8);

/// From this birthday on, people are of age (§ 2 BGB). Until then, guardians receive their letters (§ 1629
/// BGB). A person of 15 can act in matters of social insurance (§ 36 SGB I). But a letter that reaches the
/// guardians harms nobody, while one that only the minor sees may do harm.
const OF_AGE: u16 = 18;

/// The age of the person whom a letter is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Age {
    /// The member list has no usable date of birth, or an incomplete one that leaves the age open.
    #[default]
    Unknown,
    /// Under 18.
    Minor,
    /// 18 or older.
    OfAge,
}

impl Age {
    /// The age on `today` of a person with this date of birth. An unknown month or day is 0. The age is known
    /// if it is the same for all possible days.
    #[must_use]
    pub fn on(today: Day, born: Option<Day>) -> Self {
        let Some((year, month, day)) = born else { return Self::Unknown };
        // A person born on 29 February comes of age on 1 March, since that is the first day after 28
        // February.
        let of_age_on = |month, day| (year.saturating_add(OF_AGE), month, day);
        let known = |part: u8, otherwise| if part == 0 { otherwise } else { part };
        let first = of_age_on(known(month, 1), known(day, 1));
        let last = of_age_on(known(month, 12), known(day, 31));
        match (today >= first, today >= last) {
            (_, true) => Self::OfAge,
            (false, _) => Self::Minor,
            (true, false) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_of_age_on_their_eighteenth_birthday() {
        for (today, born, expected) in [
            ((2026, 1, 18), Some((2008, 1, 18)), Age::OfAge),
            ((2026, 1, 17), Some((2008, 1, 18)), Age::Minor),
            ((2026, 12, 31), Some((2009, 1, 1)), Age::Minor),
            ((2026, 1, 18), Some((2026, 1, 1)), Age::Minor),
            ((2026, 2, 28), Some((2008, 2, 29)), Age::Minor),
            ((2026, 3, 1), Some((2008, 2, 29)), Age::OfAge),
            ((2026, 1, 18), Some((1930, 1, 1)), Age::OfAge),
            ((2026, 1, 18), None, Age::Unknown),
            ((2026, 1, 18), Some((2017, 0, 0)), Age::Minor),
            ((2026, 1, 18), Some((2009, 0, 0)), Age::Minor),
            ((2026, 1, 18), Some((2007, 0, 0)), Age::OfAge),
            ((2026, 1, 18), Some((1945, 0, 0)), Age::OfAge),
            ((2026, 1, 18), Some((2008, 0, 0)), Age::Unknown),
            ((2026, 1, 1), Some((2008, 0, 0)), Age::Unknown),
            ((2025, 12, 31), Some((2008, 0, 0)), Age::Minor),
            ((2026, 12, 31), Some((2008, 0, 0)), Age::OfAge),
            ((2026, 1, 18), Some((2008, 1, 0)), Age::Unknown),
            ((2026, 1, 31), Some((2008, 1, 0)), Age::OfAge),
            ((2026, 1, 18), Some((2008, 2, 0)), Age::Minor),
            ((2026, 2, 1), Some((2008, 1, 0)), Age::OfAge),
            // April has no 31st. From 1 May on, everybody born in that month is of age.
            ((2026, 5, 1), Some((2008, 4, 0)), Age::OfAge),
        ] {
            assert_eq!(Age::on(today, born), expected, "{born:?} on {today:?}");
        }
    }
}
