//! Rows of a record batch. The cells are positions in its arrays.

use std::ops::{ControlFlow, Range};

use arrow_array::{
    Array, ArrayRef, GenericByteArray,
    cast::AsArray as _,
    types::{BinaryType, ByteArrayType, LargeBinaryType, LargeUtf8Type, Utf8Type},
};
use arrow_buffer::{ArrowNativeType as _, Buffer};
use arrow_schema::DataType;
use leakdex::{Reason, Span};

use super::{
    ColumnSelection, Layout,
    share::{Cells, MAX_PLACES, MAX_ROWS, Sink, span},
};
use crate::batch::{Batch, Kind, each_key, push_number, push_time};

/// Passes the rows of a batch to the callback.
pub(super) fn rows(
    layout: &Layout,
    batch: &Batch,
    selection: ColumnSelection,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let columns = &layout.columns.list;
    selection.prepare(columns, &mut sink.share);
    let column_count = sink.share.columns.len() + sink.share.judged.len();
    let share_size = (MAX_PLACES / column_count.max(1)).clamp(1, MAX_ROWS);
    let count = batch.rows.num_rows();
    for start in (0..count).step_by(share_size) {
        let rows = start..count.min(start + share_size);
        let first = sink.row();
        let share = &mut sink.share;
        for cells in &mut share.columns {
            let array = batch.rows.column(cells.origin);
            fill(cells, array, rows.clone(), CellPurpose::Read, |_| true);
        }
        for cells in &mut share.judged {
            let array = batch.rows.column(cells.origin);
            let is_judged = |row: usize| selection.judges(first + row as u64);
            fill(cells, array, rows.clone(), CellPurpose::Judge, is_judged);
        }
        share.rows = rows.len();
        sink.emit_rows(&[], columns, &[])?;
    }
    ControlFlow::Continue(())
}

/// Feeds a hash function with everything that distinguishes these rows from others.
pub(super) fn feed(batch: &Batch, hash: &mut dyn FnMut(&[u8])) {
    hash(&batch.rows.num_rows().to_le_bytes());
    let mut text = Vec::new();
    each_cell(batch, |cell| {
        match cell {
            Some(Ok(value)) => {
                text.push(0);
                text.extend_from_slice(&value.len().to_le_bytes());
                text.extend_from_slice(value);
            }
            Some(Err(reason)) => {
                text.push(1);
                text.extend_from_slice(reason.code().as_bytes());
            }
            None => text.push(2),
        }
        if text.len() > 1 << 14 {
            hash(&text);
            text.clear();
        }
    });
    hash(&text);
}

/// The text of the columns that is not ASCII; empty if all of it is ASCII.
pub(crate) fn beyond_ascii(batch: &Batch) -> Vec<u8> {
    let mut found = Vec::new();
    each_cell(batch, |cell| {
        if let Some(Ok(value)) = cell
            && !value.is_ascii()
        {
            found.extend_from_slice(value);
            found.push(b'\n');
        }
    });
    found
}

/// Calls `each` with all cells, column by column; `None` for a row without the cell.
fn each_cell(batch: &Batch, mut each: impl FnMut(Option<Result<&[u8], Reason>>)) {
    for array in batch.rows.columns() {
        let mut cells = Cells::default();
        for start in (0..array.len()).step_by(MAX_ROWS) {
            let rows = start..array.len().min(start + MAX_ROWS);
            let count = rows.len();
            cells.clear();
            fill(&mut cells, array, rows, CellPurpose::Read, |_| true);
            let values = cells.values(&[]);
            (0..count).for_each(|row| each(cells.has(row).then(|| values.value(row))));
        }
    }
}

/// The purpose of cells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CellPurpose {
    /// They are read, or only their presence matters.
    Read,
    /// They are examined for the form of a field.
    Judge,
}

/// Fills in the cells of some rows.
fn fill(
    cells: &mut Cells,
    array: &ArrayRef,
    rows: Range<usize>,
    purpose: CellPurpose,
    is_wanted: impl Fn(usize) -> bool,
) {
    if let DataType::Dictionary(key, _) = array.data_type() {
        let values = array.as_any_dictionary().values();
        let (mut places, mut row) = (Vec::with_capacity(rows.len()), rows.start);
        each_key(key, array, rows, |key| {
            places.push(key.filter(|&key| is_wanted(row) && values.is_valid(key)));
            row += 1;
        });
        let places = places.into_iter();
        fill_from(cells, values, places, None, purpose);
    } else {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        let is_there = |row: usize| is_wanted(row) && nulls.is_none_or(|nulls| nulls.is_valid(row));
        let places = rows.clone().map(|row| is_there(row).then_some(row));
        fill_from(cells, array, places, Some(rows), purpose);
    }
}

/// Adds a cell for each row: the value at its place in the array. `region` is the range of all places, if they
/// are in one range.
fn fill_from(
    cells: &mut Cells,
    array: &ArrayRef,
    places: impl Iterator<Item = Option<usize>>,
    region: Option<Range<usize>>,
    purpose: CellPurpose,
) {
    match array.data_type() {
        DataType::Utf8 => borrow(cells, array.as_bytes::<Utf8Type>(), places, region),
        DataType::LargeUtf8 => borrow(cells, array.as_bytes::<LargeUtf8Type>(), places, region),
        DataType::Binary => borrow(cells, array.as_bytes::<BinaryType>(), places, region),
        DataType::LargeBinary => {
            borrow(cells, array.as_bytes::<LargeBinaryType>(), places, region);
        }
        DataType::Utf8View => {
            let views = array.as_string_view();
            copy(cells, places, |place| views.value(place).as_bytes());
        }
        DataType::BinaryView => {
            let views = array.as_binary_view();
            copy(cells, places, |place| views.value(place));
        }
        DataType::FixedSizeBinary(_) => {
            let values = array.as_fixed_size_binary();
            copy(cells, places, |place| values.value(place));
        }
        DataType::Boolean => {
            let values = array.as_boolean();
            copy(cells, places, |place| if values.value(place) { b"true" } else { b"false" });
        }
        DataType::Null => copy(cells, places.map(|_| None), |_| b""),
        // Like a list, a nested dictionary is not read.
        other => match Kind::of_value(other) {
            Kind::Date | Kind::Instant => {
                write(cells, places, |place, text| push_time(array, place, text));
            }
            Kind::Integer | Kind::Fraction => {
                write(cells, places, |place, text| push_number(array, place, text));
            }
            Kind::Nested => {
                for (row, place) in places.enumerate() {
                    cells.push_span(
                        row,
                        place.map_or(Span::EMPTY, |_| Span::unusable(Reason::NestedValue)),
                    );
                }
            }
            _ if purpose == CellPurpose::Judge => copy(cells, places.map(|_| None), |_| b""),
            // Only the presence of a value matters.
            _ => copy(cells, places, |_| b"true"),
        },
    }
}

/// Adds positions within the array's own text.
fn borrow<T: ByteArrayType>(
    cells: &mut Cells,
    array: &GenericByteArray<T>,
    places: impl Iterator<Item = Option<usize>>,
    region: Option<Range<usize>>,
) {
    let offsets = array.value_offsets();
    let text = match region {
        Some(rows) => offsets[rows.start].as_usize()..offsets[rows.end].as_usize(),
        None => 0..array.values().len(),
    };
    let first = text.start;
    // The position of an empty cell needs a byte before it.
    let source = if text.is_empty() {
        Buffer::from_slice_ref([0_u8])
    } else {
        array.values().slice_with_length(text.start, text.len())
    };
    let spans = places.map(|place| match place {
        Some(place) => {
            let (start, end) =
                (offsets[place].as_usize() - first, offsets[place + 1].as_usize() - first);
            span(start..end)
        }
        None => Span::EMPTY,
    });
    cells.extend_of(source, spans);
}

/// Copies the values.
fn copy<'v>(
    cells: &mut Cells,
    places: impl Iterator<Item = Option<usize>>,
    value: impl Fn(usize) -> &'v [u8],
) {
    for (row, place) in places.enumerate() {
        match place.map(&value) {
            Some(value) => cells.push_copy(row, value),
            None => cells.push_span(row, Span::EMPTY),
        }
    }
}

/// Writes the values as text.
fn write(
    cells: &mut Cells,
    places: impl Iterator<Item = Option<usize>>,
    push: impl Fn(usize, &mut String),
) {
    let mut text = String::new();
    for (row, place) in places.enumerate() {
        match place {
            Some(place) => {
                text.clear();
                push(place, &mut text);
                cells.push_copy(row, text.as_bytes());
            }
            None => cells.push_span(row, Span::EMPTY),
        }
    }
}
