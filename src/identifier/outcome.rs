//! The outcome of normalising a value, and the reasons why a value or a row is not used.

/// The outcome of normalising one value.
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
    /// The value has a normal form, which is used on both sides.
    Ok,
    /// The value has a normal form, but is probably wrong: a wrong check digit, a test value, a
    /// name that may lack a letter, a word that may mean "nothing", or a date that a time zone may
    /// have shifted. It is used on both sides, because two equal wrong numbers are still the same
    /// number. But suspect values alone never make a member *not affected*.
    Suspect(Reason),
    /// The value has no normal form and is not used.
    Invalid(Reason),
    /// There is no value: an empty cell, `NULL`, `n/a`, `k.A.`, `-`, `\N`, a number with only
    /// zeros, or the hash of an empty text.
    Absent,
}

/// An enum with the text and the explanation of each variant. Its comment is the explanation.
macro_rules! explained {
    (
        $(#[doc = $intro:literal])+
        $type:ident by $text:ident;

        $( $(#[doc = $doc:literal])+ $name:ident = $value:literal, )+
    ) => {
        $(#[doc = $intro])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl $type {
            /// All of them, in the order of this list.
            pub const ALL: &[Self] = &[$( Self::$name, )+];

            /// The name in files, summaries and reports. It is stable.
            #[must_use]
            pub const fn $text(self) -> &'static str {
                match self {
                    $( Self::$name => $value, )+
                }
            }

            /// One sentence that says what it means.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self {
                    $( Self::$name => concat!($($doc),+).trim_ascii(), )+
                }
            }
        }
    };
}
pub(crate) use explained;

explained! {
    /// Why a value or a row was not used, or is suspect. A reason never contains the value.
    ///
    /// The codes are stable. They appear in rejects files, summaries and index metadata.
    ///
    /// ```
    /// use leakdex::Reason;
    ///
    /// let code = Reason::ALL.iter().find(|reason| reason.code() == "two-digit-year");
    /// assert_eq!(code, Some(&Reason::TwoDigitYear));
    /// let explanation = Reason::TwoDigitYear.explanation();
    /// assert_eq!(explanation, "A two-digit year could belong to either of two centuries.");
    /// ```
    Reason by code;

    // Any value.
    /// The value is empty or a placeholder such as `NULL`.
    Absent = "absent",
    /// A word or a date that exports write if there is no value, but that can be real: `unbekannt`,
    /// 1900-01-01.
    Placeholder = "placeholder",
    /// The bytes are not text in the file's encoding.
    InvalidEncoding = "invalid-encoding",
    /// The value contains a NUL or another control character.
    ControlCharacter = "control-character",
    /// This build of leakdex cannot read values of this kind.
    Unsupported = "unsupported",
    /// The value is longer than any real one.
    TooLong = "too-long",
    /// The cell or the row has too many values of this field; not all are compared.
    TooManyValues = "too-many-values",
    /// Characters of the value were replaced to hide it, as in `m***@example.de`.
    Masked = "masked",

    // Numbers.
    /// The number has too many or too few characters.
    WrongLength = "wrong-length",
    /// The number has a character in a place where such a number cannot have it.
    WrongCharacter = "wrong-character",
    /// The number does not begin like numbers of this kind.
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
    /// A valid tax number has exactly one digit that occurs two or three times; this one does not.
    WrongRepetition = "wrong-repetition",
    /// The number is used in test systems or on test cards.
    TestNumber = "test-number",

    // Documents.
    /// The issuing state is not given, and the number does not have the form of a German one.
    NoIssuingState = "no-issuing-state",
    /// The machine-readable zone lacks the line with the number.
    NoDocumentNumber = "no-document-number",

    // Phone numbers.
    /// No country has such a phone number.
    NoPhoneNumber = "no-phone-number",
    /// The number could begin with an area code or, without its `+`, with the code of a country; or
    /// it may lack its area code; or there may be two numbers.
    AmbiguousNumber = "ambiguous-number",

    // Hashes.
    /// The value is not a hash in hexadecimal digits: 32 for MD5, 40 for SHA-1, 64 for SHA-256.
    NotAHash = "not-a-hash",

    // E-mail addresses.
    /// The address has no `@`.
    NoAtSign = "no-at-sign",
    /// The address has more than one `@`.
    SeveralAtSigns = "several-at-signs",
    /// The part before the `@` is empty, too long, or has a misplaced dot or character.
    InvalidLocalPart = "invalid-local-part",
    /// The part after the `@` is not a domain name that can receive mail.
    InvalidDomain = "invalid-domain",

    // Names.
    /// The name contains U+FFFD, the mark of text that was decoded wrongly.
    ReplacementCharacter = "replacement-character",
    /// A question mark, another sign or a digit touches a letter: it may replace a lost letter.
    LostCharacter = "lost-character",
    /// A character is escaped for another format, such as `&uuml;`.
    EscapedText = "escaped-text",
    /// UTF-8 that was read as another encoding.
    Mojibake = "mojibake",
    /// The name has no letters.
    NoLetters = "no-letters",
    /// The cell holds a salutation, a title or the name of a company, but no name of a person.
    NoPerson = "no-person",
    /// The cell for the whole name does not hold both a first and a last name.
    SingleName = "single-name",

    // Dates.
    /// The value is not a date in any known form.
    UnknownDateFormat = "unknown-date-format",
    /// A two-digit year could belong to either of two centuries.
    TwoDigitYear = "two-digit-year",
    /// The day does not exist, or the order of day and month differs from the rest of the column.
    ImpossibleDate = "impossible-date",
    /// The year is missing, before 1850 or in the future.
    YearOutOfRange = "year-out-of-range",
    /// A time of day follows the date, and a time zone may have shifted the date by a day.
    TimeZone = "time-zone",
    /// The value is a bare number: a spreadsheet's count of days.
    SerialNumber = "serial-number",

    // Rows.
    /// The row has no identifier and no complete match key.
    NoIdentifier = "no-identifier",
    /// Every identifier of the row is of a kind that the index does not hold.
    KindNotIndexed = "kind-not-indexed",
    /// The row has fewer fields than the header.
    TooFewFields = "too-few-fields",
    /// The row has more fields than the header, so each field may be in the wrong column.
    TooManyFields = "too-many-fields",
    /// A quotation mark is not closed or is within a field.
    StrayQuote = "stray-quote",
    /// A line end is within the row, or it has the fields of several rows, so it may be several rows
    /// that ran together.
    StrayLineEnd = "stray-line-end",
    /// The row has the column names in another order, so the values of the rows after it may be in
    /// the wrong columns.
    OtherHeader = "other-header",
    /// The row is longer than the limit.
    RowTooLong = "row-too-long",
    /// The line is not a JSON object.
    InvalidJson = "invalid-json",
    /// A part of the SQL dump is not a readable row.
    InvalidSql = "invalid-sql",
    /// The record is malformed, so none of its values is certain.
    InvalidRecord = "invalid-record",
    /// The cell has a formula, but the workbook does not contain its value.
    FormulaWithoutValue = "formula-without-value",
    /// The value is a JSON object or a nested array.
    NestedValue = "nested-value",
    /// The value is not ASCII, and the index was built with another version of Unicode.
    OtherUnicode = "other-unicode",
    /// The part of the index that a lookup needed is damaged.
    DamagedIndex = "damaged-index",
    /// The identifier belongs to another shard of the index.
    OtherShard = "other-shard",
}
