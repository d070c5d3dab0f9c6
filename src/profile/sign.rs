//! Caveats of a run: signs that a column does not hold the expected values.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::identifier::{Field, FieldSet, Kind, KindSet, explained};

/// A side of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The leak that an index was built from.
    Leak,
    /// The members who are checked.
    Members,
}

explained! {
    /// A sign that a column does not hold the expected values, or that rows of a leak are out of
    /// reach.
    ///
    /// ```
    /// use leakdex::Sign;
    ///
    /// let sign = Sign::ALL.iter().find(|sign| sign.slug() == "repeated-value");
    /// assert_eq!(sign, Some(&Sign::RepeatedValue));
    /// ```
    Sign by slug;

    /// Values could not be used.
    InvalidValues = "invalid-values",
    /// Values are suspect, such as numbers with wrong check digits or placeholders.
    SuspectValues = "suspect-values",
    /// One value is in more rows than different people can share.
    RepeatedValue = "repeated-value",
    /// Too many values have the same beginning to belong to different people.
    RepeatedBeginning = "repeated-beginning",
    /// Too many values have the same ending to belong to different people.
    RepeatedEnding = "repeated-ending",
    /// The values of the leak and of the members differ in form.
    UnlikeOtherSide = "unlike-other-side",
    /// Days and months are not distributed like those of birthdays.
    UnevenDates = "uneven-dates",
    /// More members are found if their dates are all changed in the same way, for example by a day.
    ShiftedDates = "shifted-dates",
    /// Nearly all people who are certainly in both files have different values on the two sides.
    Disagreement = "disagreement",
    /// The dates do not show which number is the day and which is the month.
    UnprovenDateOrder = "unproven-date-order",
    /// Some dates have the day first, and others the month.
    MixedDateOrder = "mixed-date-order",
    /// A column that is not used seems to hold values of this field.
    UnusedColumn = "unused-column",
    /// No row has a value in the column of this field.
    EmptyColumn = "empty-column",
    /// Rows of the leak could not be used.
    RejectedRows = "rejected-rows",
    /// Rows may be missing: the file ends early, rows ran together, or a part of it was not read.
    CutOff = "cut-off",
    /// Rows of the leak have no kind of identifier that the members have.
    OutOfReach = "out-of-reach",
    /// The member list has passwords, as leaks do. It may be the leak.
    PasswordsOfMembers = "passwords-of-members",
    /// The leak has references, and the member list has none. The two files may be swapped.
    ReferencesInLeak = "references-in-leak",
    /// More of the probable matches are expected to be accidents than the limit allows.
    AccidentalProbable = "accidental-probable",
    /// More of the candidates are expected to be accidents than the limit allows.
    AccidentalCandidates = "accidental-candidates",
    /// Records were erased from the index, so people who were only in them count as not affected.
    ErasedRecords = "erased-records",
}

impl Sign {
    /// Whether the sign is about accidental matches, not about damage to a file.
    #[must_use]
    pub const fn is_of_accidents(self) -> bool {
        matches!(self, Self::AccidentalProbable | Self::AccidentalCandidates)
    }

    /// Whether the sign is about damage to a file, or about rows out of reach. Then an all-clear
    /// that relies on the column is incomplete. Accidental matches and erasures do not affect
    /// all-clears.
    #[must_use]
    pub const fn is_of_damage(self) -> bool {
        !self.is_of_accidents() && !matches!(self, Self::ErasedRecords)
    }
}

impl Serialize for Sign {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.slug())
    }
}

impl<'de> Deserialize<'de> for Sign {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let slug = Cow::<str>::deserialize(deserializer)?;
        let known = Self::ALL.iter().copied().find(|sign| sign.slug() == slug);
        known.ok_or_else(|| D::Error::custom("no such sign"))
    }
}

/// A caveat of a whole run. If its sign [is one of damage](Sign::is_of_damage), an all-clear that
/// relies on this column is incomplete.
///
/// Most caveats come from counts over all rows, so they are known only after the last one. A caveat
/// contains no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunCaveat {
    /// The side whose values were counted. With [`Sign::UnlikeOtherSide`], either side may be damaged.
    pub side: Side,
    /// The field of the column; `None` if the sign is about whole rows.
    pub field: Option<Field>,
    /// The sign that was seen.
    pub sign: Sign,
    /// Roughly how many values or rows show the sign. In an index, 0 if there are fewer than ten.
    pub count: u64,
    /// How many values or rows were counted.
    pub of: u64,
}

impl RunCaveat {
    /// A caveat of one field.
    #[must_use]
    pub const fn new(side: Side, field: Field, sign: Sign, count: u64, of: u64) -> Self {
        Self { side, field: Some(field), sign, count, of }
    }

    /// Whether a larger share of the values shows the sign. Of equal shares, the one of more values
    /// counts as larger.
    pub(super) fn has_larger_share_than(&self, other: &Self) -> bool {
        let share = |caveat: &Self, of: u64| (u128::from(caveat.count) * u128::from(of), caveat.of);
        share(self, other.of) > share(other, self.of)
    }

    /// A caveat of whole rows.
    #[must_use]
    pub const fn of_rows(side: Side, sign: Sign, count: u64, of: u64) -> Self {
        Self { side, field: None, sign, count, of }
    }

    /// The same caveat, with counts below `min_count` replaced by 0, so that it reveals nothing
    /// about a few people.
    pub(super) const fn without_small_count(mut self, min_count: u64) -> Self {
        if self.count < min_count {
            self.count = 0;
        }
        if self.of < min_count {
            self.of = 0;
        }
        self
    }

    /// The kinds of identifier whose absence from the leak proves nothing under this caveat.
    #[must_use]
    pub fn kinds(&self) -> KindSet {
        match self.field {
            // Neither an accidental match nor a record that was erased on purpose makes an
            // all-clear doubtful.
            None if !self.sign.is_of_damage() => KindSet::EMPTY,
            // Some rows may have an identifier in this field and nowhere else.
            None => KindSet::all(),
            // Only match keys contain such a field. If the index has no match key with it, each member who gives it
            // has a gap anyway.
            Some(field) if self.side == Side::Leak && field.kind().is_none() => kinds_of(field),
            Some(_) if matches!(self.sign, Sign::UnusedColumn | Sign::EmptyColumn) => {
                KindSet::all()
            }
            Some(field) => kinds_of(field),
        }
    }
}

/// The kinds that values of this field are, or are part of.
pub(super) fn kinds_of(field: Field) -> KindSet {
    let field_kinds = field.kinds();
    let field: FieldSet = [field].into_iter().collect();
    let can_be_formed_from = |kind: &Kind| !kind.parts().intersection(field).is_empty();
    field_kinds.union(Kind::ALL.iter().copied().filter(can_be_formed_from).collect())
}
