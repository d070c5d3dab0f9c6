//! The profile of a member list, and the caveats that follow from it.

use std::{fmt, ops::AddAssign};

use leakdex::{
    Batch, Concordance, DateProbe, Field, FieldSet, IndexSet, KindSet, Profile, RunCaveat, Side,
    Sign,
};
use leakdex_input::{Input, Layout, Rows, UnusedColumn, UnusedCounts};
use serde::{Deserialize, Serialize};

use crate::{caveats::ColumnCaveat, indexes::given_indexes, reading::Reading};

mod concordance;

/// The profile of the rows of a member list so far.
#[derive(Default, Serialize, Deserialize)]
pub struct ListProfile {
    /// The mapped columns, in the order in which they first occur in the rows.
    columns: Vec<ColumnProfile>,
    /// The number of members who were wholly checked and not affected, by the kinds that were checked.
    whole_by_kinds: Vec<(u32, u64)>,
    /// The number of rows that may be several rows that ran together.
    run_together: u64,
    unused: UnusedCounts,
    dates: DateProbe,
    concordance: Concordance,
}

#[derive(Serialize, Deserialize)]
struct ColumnProfile {
    header: String,
    field: Field,
    profile: Profile,
}

/// Shows no name of a column, and no values.
impl fmt::Debug for ListProfile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ListProfile").finish_non_exhaustive()
    }
}

impl ListProfile {
    /// Adds the profiles of the rows that a batch holds.
    pub fn add(&mut self, batch: &Batch, rows: &Rows<'_>) {
        for (column, field, profile) in batch.profiles() {
            self.add_column(&rows.header(column).to_string(), field, profile);
        }
    }

    /// Counts a member who is not affected and was wholly checked by these kinds.
    pub(crate) fn count_whole(&mut self, checked: KindSet) {
        self.add_fully_checked(checked.bits(), 1);
    }

    /// Counts a row that may be several rows that ran together.
    pub(crate) const fn count_run_together(&mut self) {
        self.run_together += 1;
    }

    /// Adds the counts of another check with changed dates of birth.
    pub fn add_dates(&mut self, probe: DateProbe) {
        self.dates += probe;
    }

    /// Adds how well some members agree, field by field, with the leaked records that are certainly theirs.
    pub(crate) fn add_concordance(&mut self, concordance: Concordance) {
        self.concordance += concordance;
    }

    /// Adds the counts of the unused columns in the next block.
    pub fn add_unused(&mut self, next: UnusedCounts) {
        self.unused.merge(next);
    }

    /// The columns that are not used.
    #[must_use]
    pub fn unused_columns(&self, layout: &Layout) -> Vec<UnusedColumn> {
        layout.unused_columns(&self.unused)
    }

    fn add_column(&mut self, header: &str, field: Field, profile: &Profile) {
        let is_same =
            |profile: &&mut ColumnProfile| profile.field == field && profile.header == header;
        if let Some(column) = self.columns.iter_mut().find(is_same) {
            column.profile += profile;
        } else {
            let (header, profile) = (header.to_owned(), profile.clone());
            self.columns.push(ColumnProfile { header, field, profile });
        }
    }

    fn add_fully_checked(&mut self, kinds: u32, members: u64) {
        match self.whole_by_kinds.iter_mut().find(|(known, _)| *known == kinds) {
            Some((_, count)) => *count += members,
            None => self.whole_by_kinds.push((kinds, members)),
        }
    }

    /// The number of members whose all-clear relies on a kind with one of these caveats.
    fn count_under_caveats<'a>(&self, caveats: impl Iterator<Item = &'a RunCaveat>) -> u64 {
        let doubted = caveats.fold(KindSet::EMPTY, |all, caveat| all.union(caveat.kinds()));
        let is_doubted = |kinds: u32| !KindSet::from_bits(kinds).intersection(doubted).is_empty();
        let all = self.whole_by_kinds.iter();
        all.filter(|(kinds, _)| is_doubted(*kinds)).map(|(_, members)| members).sum()
    }

    /// The headers of all columns of a field, and the sum of their profiles.
    fn of_field(&self, field: Field) -> (Vec<&str>, Profile) {
        let (mut headers, mut sum) = (Vec::new(), Profile::default());
        for column in self.columns.iter().filter(|column| column.field == field) {
            headers.push(&*column.header);
            sum += &column.profile;
        }
        (headers, sum)
    }

    /// A caveat for each column without any value, if its field would add one of these kinds. Without the caveat,
    /// the check would seem to have covered that kind.
    fn of_empty_columns(&self, fields: FieldSet, kinds: KindSet) -> Vec<RunCaveat> {
        /// A shorter list may have no value by chance.
        const MIN_MEMBERS: u64 = 30;
        let given: FieldSet = self.columns.iter().map(|column| column.field).collect();
        let most = self.columns.iter().map(|column| column.profile.filled()).max().unwrap_or(0);
        if most < MIN_MEMBERS {
            return Vec::new();
        }
        let gains = |field: &Field| {
            let with_it: FieldSet = given.iter().chain([*field]).collect();
            !with_it.kinds().difference(given.kinds()).intersection(kinds).is_empty()
        };
        let caveat = |field| RunCaveat::new(Side::Members, field, Sign::EmptyColumn, 0, most);
        let empty = fields.iter().filter(|field| !given.contains(*field));
        empty.filter(gains).map(caveat).collect()
    }

    /// The caveats of this list, including those known before its first row, and the number of members whose full
    /// all-clear they put in doubt. Caveats of a leak are part of each verdict instead.
    #[must_use]
    pub fn judge(
        &self,
        input: &Input,
        indexes: &IndexSet,
        known: Vec<ColumnCaveat>,
    ) -> (Vec<ColumnCaveat>, u64) {
        self.judge_parts(&Reading::new(input), &input.layout(), indexes, known)
    }

    /// The same for a list whose parts were checked separately. `self` and `reading` are the sums over the parts,
    /// which all have this layout.
    #[must_use]
    pub fn judge_parts(
        &self,
        reading: &Reading,
        layout: &Layout,
        indexes: &IndexSet,
        known: Vec<ColumnCaveat>,
    ) -> (Vec<ColumnCaveat>, u64) {
        let (file, fields) = (reading.file(), reading.fields());
        let unused = self.unused_columns(layout);
        let mut caveats = known;
        caveats.extend(reading.caveats(Side::Members, &unused, indexes.kinds()));
        let is_date = |profile: &&ColumnProfile| profile.field == Field::BirthDate;
        let date_header = self.columns.iter().find(is_date).map(|column| column.header.clone());
        caveats.extend(self.dates.caveat().map(|caveat| ColumnCaveat {
            file: file.to_owned(),
            column: date_header,
            caveat,
        }));
        caveats.extend(concordance::caveats(&self.agreements(fields, indexes), self, file));
        let mut add = |column: Option<String>, caveat| {
            let caveat = ColumnCaveat { file: file.to_owned(), column, caveat };
            if !caveats.contains(&caveat) {
                caveats.push(caveat);
            }
        };
        for entry in &self.columns {
            let of_column = entry.profile.caveats(entry.field);
            of_column.into_iter().for_each(|caveat| add(Some(entry.header.clone()), caveat));
        }
        if self.run_together > 0 {
            let rows = self.columns.iter().map(|column| column.profile.filled()).max();
            let rows = rows.unwrap_or_default().max(self.run_together);
            add(None, RunCaveat::of_rows(Side::Members, Sign::CutOff, self.run_together, rows));
        }
        let of_empty = self.of_empty_columns(fields, indexes.kinds());
        of_empty.into_iter().for_each(|caveat| add(None, caveat));
        for index in given_indexes(indexes) {
            for field in fields.iter() {
                let (headers, profile) = self.of_field(field);
                let difference = index.difference(field, &profile);
                difference.into_iter().for_each(|caveat| add(Some(headers.join("', '")), caveat));
            }
            index.reach_caveats(fields).into_iter().for_each(|caveat| add(None, caveat));
        }
        let doubted = self.count_under_caveats(caveats.iter().map(|caveat| &caveat.caveat));
        (caveats, doubted)
    }
}

impl AddAssign for ListProfile {
    fn add_assign(&mut self, more: Self) {
        for ColumnProfile { header, field, profile } in more.columns {
            self.add_column(&header, field, &profile);
        }
        self.run_together += more.run_together;
        self.unused.merge(more.unused);
        self.dates += more.dates;
        self.concordance += more.concordance;
        more.whole_by_kinds
            .into_iter()
            .for_each(|(kinds, members)| self.add_fully_checked(kinds, members));
    }
}
