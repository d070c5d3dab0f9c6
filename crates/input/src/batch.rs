//! Arrow record batches: which column types are read, and whether their arrays are sound.

mod kind;
mod leaves;
mod size;
#[cfg(feature = "parquet")]
mod stream;
mod text;

use arrow_array::{
    Array, ArrayRef, RecordBatch, cast::AsArray as _, types::ArrowDictionaryKeyType,
};
use arrow_data::ArrayData;
use arrow_schema::DataType;

pub(crate) use kind::{Kind, type_name};
pub(crate) use leaves::each_text;
pub(crate) use size::TextSize;
#[cfg(feature = "parquet")]
pub(crate) use stream::begins_stream;
pub(crate) use text::{push_number, push_time};

/// Whole rows of a record batch: a slice of its arrays, without a copy.
pub(crate) struct Batch {
    pub rows: RecordBatch,
    /// The approximate size of the text in its columns, in bytes.
    pub size: usize,
}

/// Validates arrays from outside before anything reads them.
#[derive(Default)]
pub(crate) struct ArrayValidator {
    /// The dictionary that was checked last, for each column. The next batch often has the same one. The
    /// reference keeps it alive, so no other dictionary can be at its address.
    dictionaries: Vec<Option<ArrayData>>,
}

impl ArrayValidator {
    /// Whether the offsets, keys and text of an array and of its dictionary are sound.
    pub fn is_sound(&mut self, number: usize, array: &ArrayRef) -> bool {
        let DataType::Dictionary(key, _) = array.data_type() else {
            return array.to_data().validate_full().is_ok();
        };
        if self.dictionaries.len() <= number {
            self.dictionaries.resize(number + 1, None);
        }
        let values = array.as_any_dictionary().values();
        let data = values.to_data();
        let known = &mut self.dictionaries[number];
        if !known.as_ref().is_some_and(|known| known.ptr_eq(&data)) {
            if data.validate_full().is_err() {
                return false;
            }
            *known = Some(data);
        }
        array.to_data().validate().is_ok() && are_keys_sound(key, array, values.len())
    }
}

/// Whether each key of a dictionary array refers to an existing value.
fn are_keys_sound(key: &DataType, array: &ArrayRef, values: usize) -> bool {
    let mut are_sound = true;
    let all = 0..array.len();
    each_key(key, array, all, |key| are_sound &= key.is_none_or(|key| key < values));
    are_sound
}

/// Calls `each` with the keys of some rows of a dictionary array, in order; `None` for a row without one.
pub(crate) fn each_key(
    key: &DataType,
    array: &ArrayRef,
    rows: std::ops::Range<usize>,
    each: impl FnMut(Option<usize>),
) {
    use arrow_array::types::{
        Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    };
    fn keys<K: ArrowDictionaryKeyType>(
        array: &ArrayRef,
        rows: std::ops::Range<usize>,
        each: impl FnMut(Option<usize>),
    ) {
        use arrow_buffer::ArrowNativeType as _;
        let keys = array.as_dictionary::<K>().keys();
        // A negative key becomes a number that no value has.
        let key = |row: usize| {
            keys.is_valid(row).then(|| keys.value(row).to_usize().unwrap_or(usize::MAX))
        };
        rows.map(key).for_each(each);
    }
    match key {
        DataType::Int8 => keys::<Int8Type>(array, rows, each),
        DataType::Int16 => keys::<Int16Type>(array, rows, each),
        DataType::Int32 => keys::<Int32Type>(array, rows, each),
        DataType::Int64 => keys::<Int64Type>(array, rows, each),
        DataType::UInt8 => keys::<UInt8Type>(array, rows, each),
        DataType::UInt16 => keys::<UInt16Type>(array, rows, each),
        DataType::UInt32 => keys::<UInt32Type>(array, rows, each),
        _ => keys::<UInt64Type>(array, rows, each),
    }
}
