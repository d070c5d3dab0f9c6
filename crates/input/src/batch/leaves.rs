//! The texts within lists, structs and the like. They are not read as values of a field, but they show
//! whether some persons may be missed.

use arrow_array::{
    Array,
    cast::AsArray as _,
    types::{Int16Type, Int32Type, Int64Type, RunEndIndexType},
};
use arrow_schema::DataType;

/// Calls `each` with every text in a row of an array, at any depth.
pub(crate) fn each_text(array: &dyn Array, row: usize, each: &mut dyn FnMut(&str)) {
    let mut all =
        |items: &dyn Array| (0..items.len()).for_each(|item| each_text(items, item, each));
    if array.is_null(row) {
        return;
    }
    match array.data_type() {
        DataType::Utf8 => each(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => each(array.as_string::<i64>().value(row)),
        DataType::Utf8View => each(array.as_string_view().value(row)),
        DataType::List(_) => all(&array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => all(&array.as_list::<i64>().value(row)),
        DataType::ListView(_) => all(&array.as_list_view::<i32>().value(row)),
        DataType::LargeListView(_) => all(&array.as_list_view::<i64>().value(row)),
        DataType::FixedSizeList(..) => all(&array.as_fixed_size_list().value(row)),
        DataType::Map(..) => all(&array.as_map().value(row)),
        DataType::Struct(_) => {
            array.as_struct().columns().iter().for_each(|column| each_text(column, row, each));
        }
        DataType::Union(..) => all(&array.as_union().value(row)),
        DataType::Dictionary(..) => {
            let one = array.slice(row, 1);
            let dictionary = one.as_any_dictionary();
            let key = dictionary.normalized_keys()[0];
            each_text(dictionary.values(), key, each);
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => each_text_in_run::<Int16Type>(array, row, each),
            DataType::Int32 => each_text_in_run::<Int32Type>(array, row, each),
            _ => each_text_in_run::<Int64Type>(array, row, each),
        },
        _ => {}
    }
}

fn each_text_in_run<T: RunEndIndexType>(array: &dyn Array, row: usize, each: &mut dyn FnMut(&str)) {
    let runs = array.as_run::<T>();
    each_text(runs.values(), runs.get_physical_index(row), each);
}
