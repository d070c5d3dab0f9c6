//! Counts of a run, and the caveats that follow from them.

use leakdex::{IndexSet, KindSet, State, Verdicts};
use leakdex_input::Input;
use leakdex_screening::{
    ColumnCaveat, LeakColumns, ListProfile, Reading, caveats, given_indexes, id_of,
};
use serde::{Deserialize, Serialize};

use crate::{columns, error::Error, stream::catch_panic};

/// Counts of a run, which also decide its caveats. [`add`](Self::add) adds the counts of several tasks, in
/// any order. The counts hold hashes of values, how frequent values are, and the plain names of the
/// columns: treat them like an index.
#[derive(Default, Serialize, Deserialize)]
pub struct RunCounts {
    /// The members.
    pub rows: u64,
    /// Members with an identifier in the leak.
    pub affected: u64,
    /// Members with a checked identifier and no match.
    pub not_affected: u64,
    /// Members without an identifier that could be checked.
    pub indeterminate: u64,
    /// Members who are not affected, and whose own rows have caveats.
    pub partial: u64,
    /// The ids of the indexes.
    indexes: Vec<String>,
    /// The columns of the members, in order.
    headers: Vec<String>,
    /// The columns that are used or explicitly ignored, with their contents.
    mapped: Vec<(String, String)>,
    /// The tasks whose counts are included.
    tasks: Vec<u64>,
    /// The caveats which show that leak and member list are swapped.
    swapped: Vec<ColumnCaveat>,
    /// How the members were read; `None` until the input has ended.
    reading: Option<Reading>,
    profile: ListProfile,
}

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunOutcome {
    /// The members: `rows = affected + not_affected + indeterminate`.
    pub rows: u64,
    /// Members with an identifier in the leak.
    pub affected: u64,
    /// Members with a checked identifier and no match.
    pub not_affected: u64,
    /// Members without an identifier that could be checked.
    pub indeterminate: u64,
    /// Members who are not affected, and whose check has caveats of their own rows or of the run.
    pub partially_checked: u64,
    /// The caveats of the run.
    pub caveats: Vec<RunCaveat>,
}

/// A caveat of a run: no all-clear that relies on one of its kinds is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunCaveat {
    /// The side that shows the sign: `leak` or `members`.
    pub side: String,
    /// The column, if there is one and its name is certainly not a value.
    pub column: Option<String>,
    /// The field of the column; `None` if the sign applies to whole rows.
    pub field: Option<String>,
    /// The kinds of identifier whose absence from the leak proves nothing under this caveat. Empty if it makes no
    /// all-clear doubtful.
    pub kinds: KindSet,
    /// The sign, such as `repeated-value`.
    pub sign: String,
    /// One sentence that explains the sign.
    pub explanation: String,
    /// How many values or rows show the sign.
    pub count: u64,
    /// How many values or rows were counted.
    pub of: u64,
}

impl RunCounts {
    pub(crate) fn new(input: &Input, headers: Vec<String>, indexes: &IndexSet, task: u64) -> Self {
        Self {
            indexes: ids(indexes),
            headers,
            tasks: vec![task],
            swapped: LeakColumns::default().caveats(input),
            mapped: columns::mapped(input),
            ..Self::default()
        }
    }

    /// Counts verdicts on members.
    pub(crate) fn count(&mut self, verdicts: &Verdicts) {
        self.rows += verdicts.len() as u64;
        for member in 0..verdicts.len() {
            match verdicts.state(member) {
                State::Affected => self.affected += 1,
                State::Indeterminate => self.indeterminate += 1,
                State::NotAffected => {
                    self.not_affected += 1;
                    self.partial += u64::from(!verdicts.caveats()[member].is_empty());
                }
            }
        }
    }

    pub(crate) const fn profile(&mut self) -> &mut ListProfile {
        &mut self.profile
    }

    /// Adds the counts of the next block.
    pub(crate) fn add_block(&mut self, next: Self) {
        self.rows += next.rows;
        self.affected += next.affected;
        self.not_affected += next.not_affected;
        self.indeterminate += next.indeterminate;
        self.partial += next.partial;
        self.profile += next.profile;
    }

    /// Adds everything that is known only at the end of the input.
    pub(crate) fn end(&mut self, input: &Input) {
        self.reading = Some(Reading::new(input));
    }

    /// Adds the counts of another task of the same run.
    ///
    /// # Errors
    ///
    /// [`Error::Counts`] if the tasks had different columns, columns with different uses, or different indexes; if
    /// a task is added twice; if a task has not finished; or if its numbers do not add up. After an error, these
    /// counts are unusable.
    pub fn add(&mut self, other: Self) -> Result<(), Error> {
        let added = catch_panic(|| self.add_task(other));
        added.unwrap_or_else(|| Err(Error::Counts("counts of a task are damaged".to_owned())))
    }

    fn add_task(&mut self, mut other: Self) -> Result<(), Error> {
        let is_same = self.headers == other.headers
            && self.mapped == other.mapped
            && self.indexes == other.indexes;
        if !is_same {
            return Err(Error::Counts(
                "the counts are not of one run: the tasks had different columns, used them differently, or \
                 checked against other indexes"
                    .to_owned(),
            ));
        }
        if let Some(task) = other.tasks.iter().find(|task| self.tasks.contains(task)) {
            return Err(Error::Counts(format!(
                "the counts of task {task} were added twice: number each task differently, and add its counts once"
            )));
        }
        self.verify_sum()?;
        other.verify_sum()?;
        if self.rows.checked_add(other.rows).is_none() {
            return Err(Error::Counts("the tasks have too many rows".to_owned()));
        }
        let (Some(reading_so_far), Some(reading)) = (&mut self.reading, other.reading.take())
        else {
            return Err(unfinished());
        };
        *reading_so_far += reading;
        self.tasks.append(&mut other.tasks);
        self.add_block(other);
        Ok(())
    }

    /// Refuses counts whose parts do not add up to their rows.
    fn verify_sum(&self) -> Result<(), Error> {
        let states = [self.affected, self.not_affected, self.indeterminate];
        let sum = states.into_iter().try_fold(0_u64, u64::checked_add);
        if sum == Some(self.rows) && self.partial <= self.not_affected {
            Ok(())
        } else {
            Err(Error::Counts("the counts of a task do not add up to its rows".to_owned()))
        }
    }

    /// The outcome of the run. Pass the indexes that the run used.
    ///
    /// # Errors
    ///
    /// [`Error::Counts`] if the run used other indexes, if it has not finished, or if its numbers do not add up.
    pub fn outcome(&self, indexes: &IndexSet) -> Result<RunOutcome, Error> {
        if self.indexes != ids(indexes) {
            return Err(Error::Counts(
                "these counts are from a check against other indexes".to_owned(),
            ));
        }
        let Some(reading) = &self.reading else {
            return Err(unfinished());
        };
        self.verify_sum()?;
        let files: Vec<String> = given_indexes(indexes).map(|_| String::new()).collect();
        let mut all = caveats::of_leaks(&files, indexes, &[]);
        let (of_rows, doubted) = self.profile.judge_parts(
            reading,
            &columns::layout_of(self.headers.clone(), &self.mapped, indexes.batch().normaliser())?,
            indexes,
            self.swapped.clone(),
        );
        all.extend(of_rows);
        Ok(RunOutcome {
            rows: self.rows,
            affected: self.affected,
            not_affected: self.not_affected,
            indeterminate: self.indeterminate,
            partially_checked: self.partial + doubted,
            caveats: all.into_iter().map(RunCaveat::of).collect(),
        })
    }
}

impl RunCaveat {
    pub(crate) fn of(caveat: ColumnCaveat) -> Self {
        Self { column: caveat.column, ..caveat.caveat.into() }
    }
}

impl From<leakdex::RunCaveat> for RunCaveat {
    fn from(caveat: leakdex::RunCaveat) -> Self {
        let side = match caveat.side {
            leakdex::Side::Leak => "leak",
            leakdex::Side::Members => "members",
        };
        Self {
            side: side.to_owned(),
            column: None,
            field: caveat.field.map(|field| field.slug().to_owned()),
            kinds: caveat.kinds(),
            sign: caveat.sign.slug().to_owned(),
            explanation: caveat.sign.explanation().to_owned(),
            count: caveat.count,
            of: caveat.of,
        }
    }
}

fn unfinished() -> Error {
    Error::Counts("these counts are from a check that did not end".to_owned())
}

/// The ids of the indexes, in their order.
fn ids(indexes: &IndexSet) -> Vec<String> {
    given_indexes(indexes).map(|index| id_of(index).to_string()).collect()
}
