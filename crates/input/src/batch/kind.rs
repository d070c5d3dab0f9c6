//! The uses that the type of a column allows.

use arrow_schema::DataType;

/// The kinds of types, by their possible use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text: any field.
    Text,
    /// Days, or a time without a time zone: a date of birth.
    Date,
    /// Points in time. Their day depends on the time zone.
    Instant,
    /// Integers. They may have lost leading zeros.
    Integer,
    /// Other numbers. They may have lost more than leading zeros.
    Fraction,
    /// Bytes that may be text.
    Bytes,
    /// Structs, lists and the like.
    Nested,
    /// No values at all.
    Null,
    /// Booleans, times of day and the like.
    Other,
}

impl Kind {
    /// The kind of a value in a dictionary or an array. A nested dictionary is not read.
    pub fn of_value(data_type: &DataType) -> Self {
        if matches!(data_type, DataType::Dictionary(..)) {
            Self::Nested
        } else {
            Self::of(data_type)
        }
    }

    pub fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None) => Self::Date,
            DataType::Timestamp(_, Some(_)) => Self::Instant,
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::UInt64 => Self::Integer,
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => {
                if *scale <= 0 {
                    Self::Integer
                } else {
                    Self::Fraction
                }
            }
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Self::Fraction,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Self::Bytes,
            DataType::Null => Self::Null,
            DataType::Dictionary(_, values) => Self::of_value(values),
            DataType::List(_)
            | DataType::LargeList(_)
            | DataType::ListView(_)
            | DataType::LargeListView(_)
            | DataType::FixedSizeList(..)
            | DataType::Struct(_)
            | DataType::Union(..)
            | DataType::Map(..)
            | DataType::RunEndEncoded(..) => Self::Nested,
            DataType::Boolean
            | DataType::Time32(_)
            | DataType::Time64(_)
            | DataType::Duration(_)
            | DataType::Interval(_) => Self::Other,
        }
    }
}

/// The name of a type, for a message. It contains no name of a nested column and no time zone.
pub(crate) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => "List".to_owned(),
        DataType::Struct(_) => "Struct".to_owned(),
        DataType::Union(..) => "Union".to_owned(),
        DataType::Map(..) => "Map".to_owned(),
        DataType::RunEndEncoded(..) => "RunEndEncoded".to_owned(),
        DataType::Timestamp(_, Some(_)) => "Timestamp with a time zone".to_owned(),
        DataType::Dictionary(_, values) => format!("Dictionary of {}", type_name(values)),
        simple => simple.to_string(),
    }
}
