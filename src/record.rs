//! The fields of one person, from one row.

use std::{fmt, slice};

use crate::{
    breach::DataClass,
    columns::{Column, Columns, Span},
    identifier::{DateOrder, Field, Reason},
};

/// The fields of one person, from one row: a leaked row or a member.
///
/// A record holds raw values. The same code normalises them when the record is indexed and when it
/// is checked. A field may be given several times (two e-mail addresses); each value counts.
/// `Debug` shows the fields, never a value.
///
/// To read many rows, [`clear`](Self::clear) one record and fill it again: its memory is reused.
///
/// ```
/// use leakdex::{Field, Record};
///
/// let record = Record::new().kvnr("A 123 456 780").email("m.muster@example.de");
/// assert_eq!(record.len(), 2);
///
/// let mut row = Record::new();
/// row.push(Field::LastName, "Muster");
/// row.push(Field::BirthDate, "1.2.1970");
/// assert_eq!(format!("{row:?}"), "Record { last-name, birth-date }");
/// ```
#[derive(Clone, Default)]
pub struct Record {
    /// The values, one after the other.
    text: String,
    values: Vec<Value>,
    data_classes: Vec<DataClass>,
    doubts: Vec<Reason>,
    notes: Vec<Reason>,
}

/// A value of a record.
#[derive(Clone, Copy)]
struct Value {
    field: Field,
    span: Span,
    /// The order of day and month, if the caller gave one for this value.
    date_order: Option<DateOrder>,
}

impl Record {
    /// A record without any field.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This record with one more value.
    #[must_use]
    pub fn with(mut self, field: Field, value: &str) -> Self {
        self.push(field, value);
        self
    }

    /// Adds a value. An empty value or a placeholder such as `NULL` may be added. It counts as
    /// absent.
    pub fn push(&mut self, field: Field, value: &str) {
        let start = self.text.len();
        self.text.push_str(value);
        self.push_span(field, Span::new(start..self.text.len()));
    }

    /// Adds a date of birth with a known order of day and month ([`Column::with_date_order`]).
    ///
    /// ```
    /// use leakdex::{DateOrder, Record};
    ///
    /// let mut row = Record::new().last_name("Muster").first_name("Eva");
    /// row.push_birth_date("03/04/1970", DateOrder::MonthFirst);
    /// ```
    pub fn push_birth_date(&mut self, value: &str, order: DateOrder) {
        self.push(Field::BirthDate, value);
        self.set_last_order(Some(order));
    }

    /// Adds a field whose value could not be read, and why. It is reported as a
    /// [`Problem`](crate::Problem), so the record never counts as complete.
    ///
    /// ```
    /// use leakdex::{Breach, Field, IndexBuilder, Key, Reason, Record};
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    ///
    /// let mut row = Record::new().kvnr("A123456780");
    /// row.push_unusable(Field::LastName, Reason::InvalidEncoding);
    /// let added = builder.add(&row)?;
    /// assert_eq!(added.problems()[0].reason, Reason::InvalidEncoding);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push_unusable(&mut self, field: Field, reason: Reason) {
        self.push_span(field, Span::unusable(reason));
    }

    /// Adds a class of data that leaked in this row, in addition to those of its filled fields.
    pub fn push_data_class(&mut self, class: DataClass) {
        self.data_classes.push(class);
    }

    /// Marks the row as doubtful as a whole, for example because it has too many fields.
    ///
    /// All identifiers of a doubtful record are *suspect*: they can make a member affected, but not
    /// *not affected*.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Reason, Record};
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # let index = builder.build()?;
    ///
    /// let mut member = Record::new().kvnr("B123456782");
    /// assert_eq!(index.check(&member).slug(), "not_affected");
    /// member.doubt(Reason::TooManyFields);
    /// assert_eq!(member.doubts(), [Reason::TooManyFields]);
    /// assert_eq!(index.check(&member).slug(), "indeterminate");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn doubt(&mut self, reason: Reason) {
        self.doubts.push(reason);
    }

    /// Reports a problem of the row as a whole that does not make its fields doubtful, for example
    /// too few fields.
    pub fn note(&mut self, reason: Reason) {
        self.notes.push(reason);
    }

    /// Removes all values and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.values.clear();
        self.data_classes.clear();
        self.doubts.clear();
        self.notes.clear();
    }

    /// The number of values that were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether no value was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values in the order in which they were added; a reason for each that could not be read.
    pub fn values(&self) -> impl Iterator<Item = (Field, Result<&str, Reason>)> {
        self.value_columns().map(|column| (column.field(), column.text(0)))
    }

    /// The record as columns of one row.
    #[must_use]
    pub fn columns(&self) -> Columns<'_> {
        let mut columns = Columns::with_capacity(1, self.values.len());
        self.value_columns().for_each(|column| columns.push(column));
        self.doubts.iter().for_each(|&reason| columns.doubt(0, reason));
        self.notes.iter().for_each(|&reason| columns.note(0, reason));
        let classes = self.data_classes.iter().cloned();
        classes.for_each(|class| columns.push_data_class(0, class));
        columns
    }

    fn value_columns(&self) -> impl Iterator<Item = Column<'_>> {
        let bytes = self.text.as_bytes();
        self.values.iter().map(move |value| {
            let column = Column::of_spans(value.field, bytes, slice::from_ref(&value.span));
            value.date_order.map_or(column, |order| column.with_date_order(order))
        })
    }

    fn push_span(&mut self, field: Field, span: Span) {
        self.values.push(Value { field, span, date_order: None });
    }

    /// Sets the order of day and month of the value that was added last.
    fn set_last_order(&mut self, order: Option<DateOrder>) {
        self.values.iter_mut().last().into_iter().for_each(|value| value.date_order = order);
    }

    /// The classes of data that were added to this row.
    #[must_use]
    pub fn data_classes(&self) -> &[DataClass] {
        &self.data_classes
    }

    /// The problems that make the row's identifiers suspect.
    #[must_use]
    pub fn doubts(&self) -> &[Reason] {
        &self.doubts
    }

    /// The problems that do not make its fields doubtful.
    #[must_use]
    pub fn notes(&self) -> &[Reason] {
        &self.notes
    }
}

impl Columns<'_> {
    /// A copy of one row. It has one value for each column, so values and columns have the same
    /// indexes.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn record(&self, row: usize) -> Record {
        let mut record = Record::new();
        for column in self.columns() {
            match column.text(row) {
                Ok(value) => record.push(column.field(), value),
                Err(reason) => record.push_unusable(column.field(), reason),
            }
            record.set_last_order(column.date_order());
        }
        of_row(self.doubts(), row).for_each(|reason| record.doubt(*reason));
        of_row(self.notes(), row).for_each(|reason| record.note(*reason));
        of_row(self.data_classes(), row).for_each(|class| record.push_data_class(class.clone()));
        record
    }
}

fn of_row<T>(list: &[(usize, T)], row: usize) -> impl Iterator<Item = &T> {
    list.iter().filter(move |(number, _)| *number == row).map(|(_, value)| value)
}

macro_rules! fluent {
    ($( $(#[$attribute:meta])* $method:ident: $field:ident, $what:literal; )+) => {
        /// One builder method for each field.
        ///
        /// ```
        /// use leakdex::{Breach, IndexBuilder, Key, Record};
        ///
        /// let person = Record::new()
        ///     .last_name("Muster")
        ///     .first_name("Eva")
        ///     .birth_date("1.2.1970")
        ///     .postal_code("10117");
        /// let numbers = Record::new()
        ///     .kvnr("A123456780")
        ///     .iccsn("80276883110000145356")
        ///     .ehic("80276883110000145356")
        ///     .rvnr("15070649C103")
        ///     .steuer_id("86095742719")
        ///     .identity_document("L01X00T47")
        ///     .iban("DE89370400440532013000");
        /// let hash = "6d0bd1b3af2b4e8b6c0d2f1e5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b";
        /// let online = Record::new()
        ///     .email("m.muster@example.de")
        ///     .email_alias("m.muster+kasse@example.de")
        ///     .md5_email(&hash[..32])
        ///     .sha1_email(&hash[..40])
        ///     .sha256_email(hash)
        ///     .username("eva")
        ///     .phone("+49 30 901820");
        ///
        /// let key = Key::generate()?;
        /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
        /// for record in [person, numbers, online] {
        ///     let _ = builder.add(&record)?;
        /// }
        /// assert_eq!(builder.rows().indexed, 3);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        impl Record {
            $(
                #[doc = concat!("This record with ", $what, ".")]
                $(#[$attribute])*
                #[must_use]
                pub fn $method(self, value: &str) -> Self {
                    self.with(Field::$field, value)
                }
            )+
        }
    };
}

fluent! {
    email: Email, "an e-mail address";
    kvnr: Kvnr, "an insured number (KVNR) of 10, 20 or 30 characters";
    iccsn: Iccsn, "a health card's number (ICCSN)";
    ehic: Ehic, "the number of a European health insurance card";
    rvnr: Rvnr, "a pension insurance number (RVNR)";
    steuer_id: SteuerId, "a German tax identification number";
    identity_document: IdentityDocument,
        "the number of an identity card or a passport, or its machine-readable zone";
    iban: Iban, "an account number (IBAN)";
    #[cfg_attr(docsrs, doc(cfg(feature = "phone")))]
    phone: Phone, "a phone number, which needs the feature `phone` to be read";
    email_alias: EmailAlias, "an e-mail address that counts by its alias only";
    md5_email: Md5Email, "the MD5 of an e-mail address, in hexadecimal digits";
    sha1_email: Sha1Email, "the SHA-1 of an e-mail address, in hexadecimal digits";
    sha256_email: Sha256Email, "the SHA-256 of an e-mail address, in hexadecimal digits";
    username: Username, "a username";
    last_name: LastName, "a family name";
    first_name: FirstName, "given names";
    birth_date: BirthDate, "a date of birth";
    postal_code: PostalCode, "a postcode";
}

impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Record {")?;
        for (position, Value { field, .. }) in self.values.iter().enumerate() {
            let separator = if position == 0 { " " } else { ", " };
            write!(formatter, "{separator}{field}")?;
        }
        formatter.write_str(" }")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_row_and_loses_nothing() {
        let mut record = Record::new().email("a@example.de").email("b@example.de").last_name("");
        record.push_unusable(Field::Kvnr, Reason::StrayQuote);
        record.doubt(Reason::TooManyFields);
        record.note(Reason::TooFewFields);
        record.push_data_class(DataClass::PASSWORDS);
        record.push_birth_date("03/04/1970", DateOrder::MonthFirst);
        let row = record.columns().record(0);
        assert!(row.values().eq(record.values()));
        assert_eq!(row.len(), 5);
        assert_eq!(row.values().nth(3), Some((Field::Kvnr, Err(Reason::StrayQuote))));
        for one in [&record, &row] {
            assert_eq!(one.doubts(), [Reason::TooManyFields]);
            assert_eq!(one.notes(), [Reason::TooFewFields]);
            assert_eq!(one.data_classes(), [DataClass::PASSWORDS]);
        }
        assert_eq!(row.columns().columns()[4].date_order(), Some(DateOrder::MonthFirst));
        assert_eq!(
            format!("{record:?}"),
            "Record { email, email, last-name, kvnr, birth-date }",
            "no value"
        );
        assert!(!record.is_empty());
        record.clear();
        assert!(record.is_empty() && record.data_classes().is_empty());
        assert!(record.doubts().is_empty() && record.notes().is_empty());
    }
}
