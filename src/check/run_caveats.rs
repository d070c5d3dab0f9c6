//! Caveats of a run: signs in the profiles of leak and members.

use crate::{
    identifier::{Field, FieldSet, Reason},
    index::{Index, RowAccount},
    profile::{LeakProfile, Profile, RunCaveat, Side, Sign},
};

/// From so many on, and if more than one row in so many has one, names with lost characters are more
/// than typing errors.
const FEWEST_LOST: u64 = 3;
const SHARE_OF_LOST: u64 = 500;

/// How many names seem to have been decoded wrongly. Only some names have letters that can be lost, so
/// a few such names are a sign that the whole column is damaged.
fn lost_characters(rows: &RowAccount) -> u64 {
    let reasons = [
        Reason::LostCharacter,
        Reason::ReplacementCharacter,
        Reason::EscapedText,
        Reason::Mojibake,
        Reason::ControlCharacter,
    ];
    let counts = reasons.iter().flat_map(|reason| {
        let code = reason.code();
        [rows.rejects_by_reason.get(code), rows.suspects_by_reason.get(code)]
    });
    counts.flatten().sum()
}

impl Index {
    /// Signs that columns of the leak are damaged. They hold for every check of this index.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record, Sign};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// for number in 0..100 {
    ///     // An export wrote one address into all rows.
    ///     builder.add(&Record::new().email("info@example.de").username(&format!("user{number}")))?;
    /// }
    /// let index = builder.build()?;
    /// let caveats = index.leak_caveats();
    /// assert_eq!(caveats[0].sign, Sign::RepeatedValue);
    /// assert_eq!((caveats[0].count, caveats[0].of), (100, 100));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn leak_caveats(&self) -> Vec<RunCaveat> {
        let (rows, profile) = (&self.metadata().rows, self.total_profile());
        let mut caveats = profile.caveats(rows.read, rows.rejected);
        let lost = lost_characters(rows);
        if lost >= FEWEST_LOST && lost * SHARE_OF_LOST > rows.read {
            let is_name =
                |field: &Field| matches!(field, Field::Name | Field::LastName | Field::FirstName);
            let names = Field::ALL.iter().copied().filter(is_name);
            let names = names.filter(|&field| profile.of(field).is_some());
            let sign = Sign::SuspectValues;
            let added = names.map(|name| RunCaveat::new(Side::Leak, name, sign, lost, rows.read));
            caveats.extend(added);
        }
        caveats
    }

    /// Signs that a column of the members is not what it is taken for, alone and compared with the
    /// leak. Ask for them after the last row.
    #[must_use]
    pub fn caveats_of(&self, field: Field, members: &Profile) -> Vec<RunCaveat> {
        self.total_profile().caveats_of(field, members)
    }

    /// Whether rows of the leak have no kind of identifier that members with columns of these fields
    /// give: an all-clear says nothing of those rows.
    #[must_use]
    pub fn reach_caveat(&self, fields: FieldSet) -> Option<RunCaveat> {
        self.total_profile().caveat_of_reach(fields)
    }

    /// The profile of all leaks in the index together.
    fn total_profile(&self) -> LeakProfile {
        let mut total = LeakProfile::default();
        self.profiles().iter().for_each(|profile| total += profile);
        total
    }
}
