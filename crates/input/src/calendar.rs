//! Converts day numbers to dates of the Gregorian calendar.

/// The year, month and day of the month. Day 0 is 1 January 1970.
pub(crate) const fn civil_from_days(day: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that a leap day ends the year.
    const DAYS_IN_ERA: i64 = 146_097;
    let day = day.saturating_add(719_468);
    let (era, day) = (day.div_euclid(DAYS_IN_ERA), day.rem_euclid(DAYS_IN_ERA));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (year + era * 400, month + 3);
    if month > 12 { (year + 1, month - 12, day) } else { (year, month, day) }
}
