//! Formats dates and numbers from arrays as text.

use std::fmt::Write as _;

use arrow_array::{
    Array,
    cast::AsArray as _,
    types::{
        Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
        Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
        TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
        TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use leakdex::internal::civil_from_days;

const SECONDS_OF_DAY: i64 = 24 * 60 * 60;

/// Appends a number. It is written with an exponent if digits may be lost.
pub(crate) fn push_number(array: &dyn Array, place: usize, text: &mut String) {
    macro_rules! plain {
        ($type:ty) => {
            write!(text, "{}", array.as_primitive::<$type>().value(place))
        };
    }
    macro_rules! decimal {
        ($type:ty) => {
            write!(text, "{}", array.as_primitive::<$type>().value_as_string(place))
        };
    }
    // The limit is the largest power of ten below which all digits are certain.
    macro_rules! float {
        ($number:expr, $limit:literal) => {{
            let number = $number;
            if number.abs() < $limit {
                write!(text, "{number}")
            } else {
                write!(text, "{number:E}")
            }
        }};
    }
    let written = match array.data_type() {
        DataType::Int8 => plain!(Int8Type),
        DataType::Int16 => plain!(Int16Type),
        DataType::Int32 => plain!(Int32Type),
        DataType::Int64 => plain!(Int64Type),
        DataType::UInt8 => plain!(UInt8Type),
        DataType::UInt16 => plain!(UInt16Type),
        DataType::UInt32 => plain!(UInt32Type),
        DataType::UInt64 => plain!(UInt64Type),
        DataType::Decimal32(..) => decimal!(Decimal32Type),
        DataType::Decimal64(..) => decimal!(Decimal64Type),
        DataType::Decimal128(..) => decimal!(Decimal128Type),
        DataType::Decimal256(..) => decimal!(Decimal256Type),
        DataType::Float16 => float!(array.as_primitive::<Float16Type>().value(place).to_f32(), 1e3),
        DataType::Float32 => float!(array.as_primitive::<Float32Type>().value(place), 1e6),
        DataType::Float64 => float!(array.as_primitive::<Float64Type>().value(place), 1e15),
        _ => Ok(()),
    };
    written.expect("a string takes all that is written to it");
}

/// Appends the time at this place as `YYYY-MM-DD`, with the time of day if it is not midnight.
pub(crate) fn push_time(array: &dyn Array, place: usize, text: &mut String) {
    // The number of units since 1970, and the number of units per second.
    let (count, per_second) = match array.data_type() {
        DataType::Date32 => {
            return push_date(array.as_primitive::<Date32Type>().value(place).into(), text);
        }
        DataType::Date64 => (array.as_primitive::<Date64Type>().value(place), 1_000),
        DataType::Timestamp(TimeUnit::Second, _) => {
            (array.as_primitive::<TimestampSecondType>().value(place), 1)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            (array.as_primitive::<TimestampMillisecondType>().value(place), 1_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            (array.as_primitive::<TimestampMicrosecondType>().value(place), 1_000_000)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            (array.as_primitive::<TimestampNanosecondType>().value(place), 1_000_000_000)
        }
        _ => return,
    };
    let seconds = count.div_euclid(per_second);
    push_date(seconds.div_euclid(SECONDS_OF_DAY), text);
    let second = seconds.rem_euclid(SECONDS_OF_DAY);
    let fraction = count.rem_euclid(per_second);
    if second > 0 || fraction > 0 {
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(text, " {hour:02}:{minute:02}:{:02}", second % 60)
            .expect("a string takes all that is written to it");
    }
}

/// Appends a date of the Gregorian calendar, given as days since 1 January 1970.
fn push_date(days: i64, text: &mut String) {
    let (year, month, day) = civil_from_days(days);
    let digit = |number: i64| char::from(b'0' + u8::try_from(number % 10).unwrap_or(0));
    if (0..=9999).contains(&year) {
        text.extend([digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), '-']);
        text.extend([digit(month / 10), digit(month), '-', digit(day / 10), digit(day)]);
    } else {
        write!(text, "{year}-{month:02}-{day:02}")
            .expect("a string takes all that is written to it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        let date = |days| {
            let mut text = String::new();
            push_date(days, &mut text);
            text
        };
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(-25_509), "1900-02-28");
        assert_eq!(date(-25_508), "1900-03-01");
        assert_eq!(date(-719_162), "0001-01-01");
        assert_eq!(date(2_932_896), "9999-12-31");
        assert_eq!(date(2_932_897), "10000-01-01");
        // Extreme values give some text and do not overflow.
        assert!(!date(i64::MIN).is_empty() && !date(i64::MAX).is_empty());
    }
}
