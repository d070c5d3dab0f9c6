//! Rows as columns: the values of each field, borrowed from the caller.

use std::{fmt, ops::Range};

use crate::{
    breach::DataClass,
    identifier::{DateOrder, Field, Reason},
};

/// Rows as columns: for each field, the values of all rows, borrowed from the caller's memory.
///
/// All input takes this form: rows of files, arrays in Arrow's layout, and a
/// [`Record`](crate::Record), which is one row. A field may have several columns (two e-mail
/// addresses); each value counts. Values are raw bytes. The same code normalises them when the rows
/// are indexed and when they are checked. Bytes that are not UTF-8 become a
/// [`Problem`](crate::Problem) of their row.
///
/// Use a few thousand rows at a time, so that everything made from them stays in the cache.
///
/// ```
/// use leakdex::{Breach, Column, Columns, Field, IndexBuilder, Key, Record};
/// # let key = Key::generate()?;
/// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// # builder.add(&Record::new().kvnr("A123456780"))?;
/// # let index = builder.build()?;
///
/// // The layout of an Arrow string array: offsets into the bytes, and a bitmap of the rows that
/// // have a value.
/// let kvnr = Column::new(Field::Kvnr, b"A123456780B123456782", &[0, 10, 20, 20]);
/// let email = Column::new(Field::Email, b"m.muster@example.de", &[0, 0, 0, 19]);
///
/// let mut rows = Columns::new(3);
/// rows.push(kvnr.with_validity(&[0b011], 0));
/// rows.push(email);
/// let verdicts = index.check_columns(&rows);
/// let slugs: Vec<&str> = verdicts.iter().map(|verdict| verdict.slug()).collect();
/// assert_eq!(slugs, ["affected", "not_affected", "indeterminate"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Columns<'a> {
    rows: usize,
    all: Vec<Column<'a>>,
    doubts: Vec<(usize, Reason)>,
    notes: Vec<(usize, Reason)>,
    data_classes: Vec<(usize, DataClass)>,
}

impl<'a> Columns<'a> {
    /// This many rows, without any column.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        Self::with_capacity(rows, 0)
    }

    /// This many rows, with memory for this many columns.
    #[must_use]
    pub fn with_capacity(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            all: Vec::with_capacity(columns),
            doubts: Vec::new(),
            notes: Vec::new(),
            data_classes: Vec::new(),
        }
    }

    /// Adds a column. Its index is the number of columns before it.
    ///
    /// # Panics
    ///
    /// If the column has a different number of rows, or its bitmap has no bit for one of them.
    pub fn push(&mut self, column: Column<'a>) {
        assert!(column.len() == self.rows, "each column has a value for each row");
        // A row without a bit would have no value, so nobody would look it up.
        assert!(
            column.validity.is_none_or(|validity| validity.covers(self.rows)),
            "the bitmap has a bit for each row"
        );
        self.all.push(column);
    }

    /// Marks a row as doubtful: its values may be in the wrong columns. All identifiers of the row
    /// are then *suspect* ([`Record::doubt`](crate::Record::doubt)).
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn doubt(&mut self, row: usize, reason: Reason) {
        self.require(row);
        self.doubts.push((row, reason));
    }

    /// Reports a problem of a row as a whole that does not make its values doubtful
    /// ([`Record::note`](crate::Record::note)).
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn note(&mut self, row: usize, reason: Reason) {
        self.require(row);
        self.notes.push((row, reason));
    }

    /// Adds a class of data that leaked in a row, in addition to those of its filled fields.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn push_data_class(&mut self, row: usize, class: DataClass) {
        self.require(row);
        self.data_classes.push((row, class));
    }

    /// The number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns, in the order in which they were added.
    #[must_use]
    pub fn columns(&self) -> &[Column<'a>] {
        &self.all
    }

    pub(crate) fn doubts(&self) -> &[(usize, Reason)] {
        &self.doubts
    }

    pub(crate) fn notes(&self) -> &[(usize, Reason)] {
        &self.notes
    }

    pub(crate) fn data_classes(&self) -> &[(usize, DataClass)] {
        &self.data_classes
    }

    fn require(&self, row: usize) {
        assert!(row < self.rows, "the row is one of these rows");
    }
}

/// The values of one field, one for each row. `Debug` shows no value.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    field: Field,
    bytes: &'a [u8],
    places: Places<'a>,
    validity: Option<Validity<'a>>,
    date_order: Option<DateOrder>,
}

/// The position of each value in the bytes.
#[derive(Clone, Copy)]
enum Places<'a> {
    Offsets(&'a [i32]),
    LargeOffsets(&'a [i64]),
    Spans(&'a [Span]),
}

/// A bitmap of the rows that have a value, and the bit of the first row.
#[derive(Clone, Copy)]
struct Validity<'a> {
    bits: &'a [u8],
    offset: usize,
}

impl<'a> Column<'a> {
    /// A column in the layout of Arrow's `Utf8`: each value begins at its offset and ends at the
    /// next one. So there is one offset more than rows.
    #[must_use]
    pub const fn new(field: Field, bytes: &'a [u8], offsets: &'a [i32]) -> Self {
        Self::of(field, bytes, Places::Offsets(offsets))
    }

    /// A column in the layout of Arrow's `LargeUtf8`.
    #[must_use]
    pub const fn with_large_offsets(field: Field, bytes: &'a [u8], offsets: &'a [i64]) -> Self {
        Self::of(field, bytes, Places::LargeOffsets(offsets))
    }

    /// A column whose values can be anywhere in the bytes, like the cells of a file.
    #[must_use]
    pub const fn of_spans(field: Field, bytes: &'a [u8], spans: &'a [Span]) -> Self {
        Self::of(field, bytes, Places::Spans(spans))
    }

    const fn of(field: Field, bytes: &'a [u8], places: Places<'a>) -> Self {
        Self { field, bytes, places, validity: None, date_order: None }
    }

    /// The same column, with the order of day and month in its dates of birth. Without it, the
    /// rules decide ([`Normaliser::date_order`](crate::Normaliser::date_order)).
    ///
    /// ```
    /// use leakdex::{Column, Columns, DateOrder, Field, IndexBuilder, Key, Record};
    /// # use leakdex::Breach;
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # let leaked = Record::new().last_name("Muster").first_name("Eva");
    /// # builder.add(&leaked.birth_date("1970-03-04"))?;
    /// # let index = builder.build()?;
    /// let birth_date = Column::new(Field::BirthDate, b"03/04/1970", &[0, 10]);
    ///
    /// let mut rows = Columns::new(1);
    /// rows.push(Column::new(Field::LastName, b"Muster", &[0, 6]));
    /// rows.push(Column::new(Field::FirstName, b"Eva", &[0, 3]));
    /// rows.push(birth_date.with_date_order(DateOrder::MonthFirst));
    /// assert_eq!(index.check_columns(&rows).get(0).slug(), "affected");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_date_order(mut self, order: DateOrder) -> Self {
        self.date_order = Some(order);
        self
    }

    /// The order of day and month in its dates of birth, if the column has its own.
    #[must_use]
    pub const fn date_order(&self) -> Option<DateOrder> {
        self.date_order
    }

    /// The same column, with a bitmap of the rows that have a value. As in Arrow, row `row` has bit
    /// `offset + row`, counted from the lowest bit of the first byte. A row whose bit is 0 has no
    /// value. A slice of an array needs the offset of the slice. [`Columns::push`] refuses a column whose
    /// bitmap has no bit for one of its rows.
    #[must_use]
    pub const fn with_validity(mut self, bits: &'a [u8], offset: usize) -> Self {
        self.validity = Some(Validity { bits, offset });
        self
    }

    /// The field of the values.
    #[must_use]
    pub const fn field(&self) -> Field {
        self.field
    }

    /// The number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.places {
            Places::Offsets(offsets) => offsets.len().saturating_sub(1),
            Places::LargeOffsets(offsets) => offsets.len().saturating_sub(1),
            Places::Spans(spans) => spans.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of the value in a row; empty for a row without a value.
    ///
    /// # Errors
    ///
    /// The reason of [`Span::unusable`], or [`Reason::InvalidEncoding`] if the span is outside the
    /// bytes.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[inline]
    pub fn value(&self, row: usize) -> Result<&'a [u8], Reason> {
        let range = match self.places {
            Places::Spans(spans) => spans[row].range()?,
            Places::Offsets(offsets) => range(offsets[row], offsets[row + 1]),
            Places::LargeOffsets(offsets) => range(offsets[row], offsets[row + 1]),
        };
        let is_null = self.validity.is_some_and(|validity| !validity.has(row));
        let range = if is_null { 0..0 } else { range };
        self.bytes.get(range).ok_or(Reason::InvalidEncoding)
    }

    /// The value in a row as text; empty for a row without a value.
    ///
    /// # Errors
    ///
    /// Those of [`value`](Self::value), and [`Reason::InvalidEncoding`] for a value that is not
    /// UTF-8.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn text(&self, row: usize) -> Result<&'a str, Reason> {
        str::from_utf8(self.value(row)?).map_err(|_| Reason::InvalidEncoding)
    }
}

/// Offsets that do not fit into a `usize` give a range that is outside the bytes.
#[inline]
fn range(start: impl TryInto<usize>, end: impl TryInto<usize>) -> Range<usize> {
    start.try_into().unwrap_or(usize::MAX)..end.try_into().unwrap_or(0)
}

impl Validity<'_> {
    /// Whether there is a bit for each of this many rows.
    fn covers(self, rows: usize) -> bool {
        rows == 0 || self.bits.len() >= self.offset.saturating_add(rows).div_ceil(8)
    }

    fn has(self, row: usize) -> bool {
        let bit = self.offset + row;
        self.bits.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
    }
}

impl fmt::Debug for Columns<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Columns({} rows, {} columns)", self.rows, self.all.len())
    }
}

impl fmt::Debug for Column<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Column({}, {} rows)", self.field, self.len())
    }
}

/// The position of a value in the bytes of a [`Column`], or the reason why it cannot be read.
///
/// ```
/// use leakdex::{Column, Field, Reason, Span};
///
/// let line = b"M-1;m.muster@example.de";
/// let spans = [Span::new(4..23), Span::EMPTY, Span::unusable(Reason::StrayQuote)];
/// let column = Column::of_spans(Field::Email, line, &spans);
/// assert_eq!(column.value(0), Ok(&b"m.muster@example.de"[..]));
/// assert_eq!((column.value(1), column.value(2)), (Ok(&b""[..]), Err(Reason::StrayQuote)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// A row without a value.
    pub const EMPTY: Self = Self { start: 0, end: 0 };

    /// The start of a span without a position. Its end is then the number of a reason.
    const UNUSABLE: u32 = u32::MAX;

    /// The position of a value. A value that ends after 4 GiB counts as too long.
    #[must_use]
    #[inline]
    pub fn new(range: Range<usize>) -> Self {
        match (u32::try_from(range.start), u32::try_from(range.end)) {
            (Ok(start), Ok(end)) => Self { start, end },
            _ => Self::unusable(Reason::TooLong),
        }
    }

    /// A value that cannot be read, and why. It is reported as a [`Problem`](crate::Problem), so
    /// its row never counts as complete.
    #[must_use]
    pub const fn unusable(reason: Reason) -> Self {
        Self { start: Self::UNUSABLE, end: reason as u32 }
    }

    #[inline]
    fn range(self) -> Result<Range<usize>, Reason> {
        if self.start == Self::UNUSABLE {
            let reason = Reason::ALL.get(self.end as usize).copied();
            // An empty value that starts at the very end of 4 GiB has the same start.
            return Err(reason.unwrap_or(Reason::TooLong));
        }
        Ok(self.start as usize..self.end as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_gives_the_same_values() {
        let bytes = "Müller;Weiß".as_bytes();
        let spans = [Span::new(0..7), Span::EMPTY, Span::new(8..13)];
        let columns = [
            Column::new(Field::LastName, bytes, &[0, 7, 7, 8]),
            Column::with_large_offsets(Field::LastName, bytes, &[0, 7, 7, 8]),
            Column::of_spans(Field::LastName, bytes, &spans),
        ];
        for column in columns {
            assert_eq!((column.len(), column.text(0), column.text(1)), (3, Ok("Müller"), Ok("")));
        }
        assert_eq!(columns[2].text(2), Ok("Weiß"));
    }

    #[test]
    fn a_null_row_has_no_value() {
        let column = Column::new(Field::Username, b"abcdefg", &[0, 1, 2, 3, 4, 5, 6, 7]);
        let mut columns = Columns::new(7);
        columns.push(column.with_validity(&[0b0000_1010], 1));
        let column = columns.columns()[0];
        let values: Vec<_> = (0..7).map(|row| column.text(row).expect("text")).collect();
        assert_eq!(values, ["a", "", "c", "", "", "", ""]);
    }

    #[test]
    #[should_panic = "the bitmap has a bit for each row"]
    fn a_column_without_a_bit_for_its_last_row_is_refused() {
        let column = Column::new(Field::Username, b"abcdefgh", &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
        Columns::new(8).push(column.with_validity(&[0xFF], 1));
    }

    #[test]
    fn a_span_outside_the_bytes_cannot_be_read() {
        for offsets in [[0, 4], [-1, 2], [2, 1], [0, i32::MAX]] {
            let column = Column::new(Field::Email, b"abc", &offsets);
            assert_eq!(column.value(0), Err(Reason::InvalidEncoding), "{offsets:?}");
        }
        let spans = [Span::new(1..5), Span::new(0..usize::MAX), Span::unusable(Reason::Mojibake)];
        let column = Column::of_spans(Field::Email, b"abc", &spans);
        assert_eq!(column.value(0), Err(Reason::InvalidEncoding));
        assert_eq!(column.value(1), Err(Reason::TooLong));
        assert_eq!(column.value(2), Err(Reason::Mojibake));
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_a_value_that_cannot_be_read() {
        let column = Column::new(Field::LastName, b"M\xFCller", &[0, 6]);
        assert_eq!(column.text(0), Err(Reason::InvalidEncoding));
    }

    #[test]
    fn debug_shows_no_value() {
        let mut columns = Columns::new(1);
        columns.push(Column::new(Field::Email, b"m.muster@example.de", &[0, 19]));
        let shown = format!("{columns:?} {:?}", columns.columns());
        assert_eq!(shown, "Columns(1 rows, 1 columns) [Column(email, 1 rows)]");
        assert!(!columns.is_empty() && !columns.columns()[0].is_empty());
        assert!(Columns::new(0).is_empty() && Column::new(Field::Email, b"", &[0]).is_empty());
    }
}
