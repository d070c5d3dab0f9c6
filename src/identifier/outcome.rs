//! What came of normalising one value, and the reasons for which a value or a row is not used.

/// What came of normalising one value.
///
/// ```
/// use leakdex::{Field, Normaliser, Outcome, Reason};
///
/// let mut normal_form = String::new();
/// let mut outcome_of = |raw| Normaliser::new().normalise(Field::Kvnr, raw, &mut normal_form);
/// assert_eq!(outcome_of("A123456780"), Outcome::Ok);
/// assert_eq!(outcome_of("A123456781"), Outcome::Suspect(Reason::WrongCheckDigit));
/// assert_eq!(outcome_of("A12345678"), Outcome::Invalid(Reason::WrongLength));
/// assert_eq!(outcome_of("n/a"), Outcome::Absent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A normal form, used on both sides.
    Ok,
    /// A normal form of the right shape that is probably not right: a wrong check digit, a test value,
    /// a name that may lack a letter, a word that may stand for nothing, or a date that a time zone may
    /// have shifted. It is used on both sides, since an equal wrong number is still the same number, but
    /// it never alone makes a member *not affected*.
    Suspect(Reason),
    /// No normal form; the value is not used.
    Invalid(Reason),
    /// Nothing was given: an empty cell, `NULL`, `n/a`, `k.A.`, `-`, `\N`, a number of zeros only, or the
    /// hash of nothing.
    Absent,
}

macro_rules! reasons {
    ($( $(#[doc = $doc:literal])+ $name:ident = $code:literal, )+) => {
        /// Why a value or a row was not used, or is suspect. Never carries the value.
        ///
        /// The codes are stable: they stand in rejects files, summaries and index metadata.
        ///
        /// ```
        /// use leakdex::Reason;
        ///
        /// let code = Reason::ALL.iter().find(|reason| reason.code() == "two-digit-year");
        /// assert_eq!(code, Some(&Reason::TwoDigitYear));
        /// let explanation = Reason::TwoDigitYear.explanation();
        /// assert_eq!(explanation, "A year of two digits could be of two centuries.");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Reason {
            /// Every reason, in the order of this list.
            pub const ALL: &[Self] = &[$( Self::$name, )+];

            /// The reason's code, as in a rejects file: `wrong-length`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $( Self::$name => $code, )+
                }
            }

            /// One sentence that says what the code means.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self {
                    $( Self::$name => concat!($($doc),+).trim_ascii(), )+
                }
            }
        }
    };
}

reasons! {
    // Any value.
    /// The value is empty or a placeholder such as `NULL`.
    Absent = "absent",
    /// A word or a date that exports write for nothing, and that can be real: `unbekannt`, 1900-01-01.
    Placeholder = "placeholder",
    /// The bytes are not text in the file's encoding.
    InvalidEncoding = "invalid-encoding",
    /// The value holds a NUL or another control character.
    ControlCharacter = "control-character",
    /// This build of leakdex cannot read values of this kind.
    Unsupported = "unsupported",
    /// The value is longer than any real one.
    TooLong = "too-long",
    /// The cell or the row gives more values of this field than are compared.
    TooManyValues = "too-many-values",
    /// Characters of the value were replaced to hide it, as in `m***@example.de`.
    Masked = "masked",

    // Numbers.
    /// The number has too many or too few characters.
    WrongLength = "wrong-length",
    /// A character stands where this number cannot have it.
    WrongCharacter = "wrong-character",
    /// The number does not begin as numbers of this kind do.
    WrongPrefix = "wrong-prefix",
    /// A spreadsheet turned the number into scientific notation; digits are lost.
    ScientificNotation = "scientific-notation",
    /// A program rounded the number; its last digits are lost.
    LostDigits = "lost-digits",
    /// The check digit does not fit the other digits.
    WrongCheckDigit = "wrong-check-digit",
    /// The check digit of the long insured number (20 or 30 characters) does not fit.
    WrongOuterCheckDigit = "wrong-outer-check-digit",
    /// The institution code (IK) within the long insured number has a wrong check digit.
    WrongInstitutionCode = "wrong-institution-code",
    /// Not exactly one digit of the tax number occurs two or three times.
    WrongRepetition = "wrong-repetition",
    /// A number that test systems and test cards use.
    TestNumber = "test-number",

    // Documents.
    /// The issuing state is not given, and the number does not have the form of a German one.
    NoIssuingState = "no-issuing-state",
    /// The machine-readable zone lacks the line that has the number.
    NoDocumentNumber = "no-document-number",

    // Phone numbers.
    /// No country has such a phone number.
    NoPhoneNumber = "no-phone-number",
    /// The number could begin with an area code or, without its `+`, with the code of the country; or
    /// it may lack its area code; or there may be two numbers.
    AmbiguousNumber = "ambiguous-number",

    // Hashes.
    /// The value is not a hash in hexadecimal digits: 32 for MD5, 40 for SHA-1, 64 for SHA-256.
    NotAHash = "not-a-hash",

    // E-mail addresses.
    /// There is no `@` in the address.
    NoAtSign = "no-at-sign",
    /// There is more than one `@` in the address.
    SeveralAtSigns = "several-at-signs",
    /// The part before the `@` is empty, too long, or has a misplaced dot or character.
    InvalidLocalPart = "invalid-local-part",
    /// The part after the `@` is no domain name that mail can be sent to.
    InvalidDomain = "invalid-domain",

    // Names.
    /// The name holds U+FFFD, the mark of text that was decoded wrongly.
    ReplacementCharacter = "replacement-character",
    /// A question mark, another sign or a digit beside a letter: a letter was lost on the way.
    LostCharacter = "lost-character",
    /// A character is written as in another format, as `&uuml;`.
    EscapedText = "escaped-text",
    /// UTF-8 that was read as another encoding.
    Mojibake = "mojibake",
    /// The name has no letter.
    NoLetters = "no-letters",
    /// The cell holds a salutation, a title or the name of a company, but no name of a person.
    NoPerson = "no-person",
    /// The cell for the whole name does not hold both a first and a last name.
    SingleName = "single-name",

    // Dates.
    /// No date in any of the forms that are read.
    UnknownDateFormat = "unknown-date-format",
    /// A year of two digits could be of two centuries.
    TwoDigitYear = "two-digit-year",
    /// There is no such day, or day and month are in another order than that of the column.
    ImpossibleDate = "impossible-date",
    /// The year is missing, before 1850 or in the future.
    YearOutOfRange = "year-out-of-range",
    /// A time of day stands after the date, which a time zone may have put off by a day.
    TimeZone = "time-zone",
    /// A bare number: a spreadsheet's count of days.
    SerialNumber = "serial-number",

    // Rows.
    /// The row gives no identifier and no complete match key.
    NoIdentifier = "no-identifier",
    /// Every identifier of the row is of a kind that the index does not hold.
    KindNotIndexed = "kind-not-indexed",
    /// The row has fewer fields than the header.
    TooFewFields = "too-few-fields",
    /// The row has more fields than the header, so that no field is sure to be in its column.
    TooManyFields = "too-many-fields",
    /// A quotation mark is not closed or stands within a field.
    StrayQuote = "stray-quote",
    /// A line end stands within the row, so that it may be several rows that ran together.
    StrayLineEnd = "stray-line-end",
    /// The row is longer than the limit.
    RowTooLong = "row-too-long",
    /// The line is no JSON object.
    InvalidJson = "invalid-json",
    /// The part of an SQL dump is no row that can be read.
    InvalidSql = "invalid-sql",
    /// The record is malformed in its format, so that none of its values is sure.
    InvalidRecord = "invalid-record",
    /// The cell has a formula, and the workbook does not hold its value.
    FormulaWithoutValue = "formula-without-value",
    /// The value is a JSON object or a nested array.
    NestedValue = "nested-value",
    /// The value is not ASCII, and the index was built with another version of Unicode.
    OtherUnicode = "other-unicode",
    /// The part of the index that a look-up needed is damaged.
    DamagedIndex = "damaged-index",
    /// Another shard of the index would tell.
    OtherShard = "other-shard",
}
