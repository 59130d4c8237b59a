//! Days and dates of the Gregorian calendar, from 1970 to 9999.

/// Days from the beginning of 1970, in years from then to the last one of four digits.
pub(crate) fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) {
        return None;
    }
    // The year begins in March, so that the day that leap years add is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = 365 * year + year / 4 - year / 100 + year / 400;
    (before + (153 * month + 2) / 5 + day - 1).checked_sub(719_468)
}

/// Year, month and day so many days after 1970 began, up to the last year of four digits.
pub(crate) fn civil(days: u64) -> Option<(u64, u64, u64)> {
    // Years that begin in March, in eras of 400 years that are equally long; the first one began with the year 0.
    let days = days.checked_add(719_468)?;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    let year = year + era * 400;
    (year <= 9999).then_some((year, month, day))
}
