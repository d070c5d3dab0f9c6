//! The native half of `leakdex.spark`: the work of an engine's driver and workers. It is not public.

use std::{path::PathBuf, sync::Mutex};

use leakdex::{
    Key as LibraryKey, KindSet, ShardContent, ShardCount, ShardPlan, ShardSummary, Side,
};
use leakdex_arrow::{
    BuildSettings, Error as ArrowFailure, LeakAccount, LeakTask as ArrowTask, RunCounts,
    ShardCollector as ArrowCollector,
    arrow_array::{RecordBatch, RecordBatchIterator},
};
use pyo3::{prelude::*, types::PyCapsule};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    account::Account,
    arguments::{self, SharedArguments},
    builder::kind_set,
    failure::{Failure, class, detached, guarded},
    key::Key,
    members::Members,
    raw,
};

/// Parses JSON from another machine.
fn of_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(json).map_err(|_| {
        Failure::stream(
            "data from another machine cannot be read; use one version of leakdex on all of them",
        )
    })
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("JSON in memory cannot fail")
}

/// Decides from a sample what each column holds.
#[pyfunction]
pub fn resolve(
    py: Python<'_>,
    sample: &Bound<'_, PyAny>,
    side: &str,
    columns: Option<&Bound<'_, PyAny>>,
    date_order: Option<&str>,
) -> PyResult<Vec<u8>> {
    let given = SharedArguments { columns, date_order, ..SharedArguments::default() };
    let options = given.options().map_err(|failure| failure.into_exception(py))?;
    let (batches, link) = Members::of(sample)?.into_parts();
    detached(py, || {
        let side = if side == "leak" { Side::Leak } else { Side::Members };
        let resolved =
            leakdex_arrow::resolve_without_index(batches, &options, side, leakdex_arrow::rules());
        Ok(to_json(&resolved.map_err(|error| link.cause(error))?))
    })
}

/// Adds up the counts of tasks. If `rows` is given, the sum must have this many rows.
#[pyfunction]
#[pyo3(signature = (parts, rows = None))]
pub fn add_run_counts(py: Python<'_>, parts: Vec<Vec<u8>>, rows: Option<u64>) -> PyResult<Vec<u8>> {
    detached(py, || {
        let mut all: Option<RunCounts> = None;
        for part in &parts {
            let part = of_json::<RunCounts>(part)?;
            match &mut all {
                Some(all) => all.add(part)?,
                None => all = Some(part),
            }
        }
        let counted = all.as_ref().map_or(0, |all| all.rows);
        if let Some(rows) = rows.filter(|&rows| rows != counted) {
            return Err(Failure::Exception(
                class::COUNTS,
                format!(
                    "the data frame has {rows} rows, and its counts cover {counted}: give all rows of a check, \
                 each once, before rows are left out or joined"
                ),
            ));
        }
        let none = || {
            Failure::Exception(
                class::COUNTS,
                "the data frame has no rows, so it has no counts".to_owned(),
            )
        };
        Ok(to_json(&all.ok_or_else(none)?))
    })
}

/// The settings that all tasks of a build share.
#[pyfunction]
#[pyo3(signature = (breach, shards, *, kinds = None, email_hashes = None, generation = 0))]
pub fn build_settings(
    py: Python<'_>,
    breach: &Bound<'_, PyAny>,
    shards: u32,
    kinds: Option<&Bound<'_, PyAny>>,
    email_hashes: Option<&Bound<'_, PyAny>>,
    generation: u64,
) -> PyResult<Vec<u8>> {
    let settings = || {
        let shards = ShardCount::try_from(shards)
            .map_err(|error| Failure::Exception(class::BUILD, format!("shards: {error}")))?;
        let kinds = kinds.map(|names| kind_set(names, KindSet::all(), "kinds")).transpose()?;
        let hashes = email_hashes
            .map(|names| kind_set(names, KindSet::EMAIL_HASHES, "email_hashes"))
            .transpose()?;
        let mut settings =
            BuildSettings::new(arguments::breach(breach)?, shards, leakdex_arrow::current_year());
        settings.set_kinds(kinds.unwrap_or_else(KindSet::all));
        settings.set_email_hashes(hashes.unwrap_or_default());
        settings.generation = generation;
        Ok(to_json(&settings))
    };
    guarded(settings).map_err(|failure| failure.into_exception(py))
}

/// Hashes leaked rows.
#[pyclass(frozen, module = "leakdex._leakdex")]
pub struct LeakTask {
    task: Mutex<Option<ArrowTask>>,
    key: LibraryKey,
}

impl LeakTask {
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Option<ArrowTask>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut task = self.task.lock().map_err(|_| failed())?;
        work(&mut task)
    }
}

fn failed() -> Failure {
    Failure::closed("this task has ended, or failed")
}

#[pymethods]
impl LeakTask {
    #[new]
    fn new(py: Python<'_>, key: &Key, settings: &[u8], resolved: &[u8]) -> PyResult<Self> {
        let task = || {
            let settings = of_json(settings)?;
            let options =
                SharedArguments { resolved: Some(resolved), ..SharedArguments::default() }
                    .options()?;
            Ok(ArrowTask::new(key.0.clone(), settings, options))
        };
        let task: Result<ArrowTask, Failure> = task();
        let task = task.map_err(|failure| failure.into_exception(py))?;
        Ok(Self { task: Mutex::new(Some(task)), key: key.0.clone() })
    }

    /// The identifiers of these rows.
    fn hash(&self, py: Python<'_>, leaked: &Bound<'_, PyAny>) -> PyResult<HashedRows> {
        let (batches, link) = Members::of(leaked)?.into_parts();
        detached(py, || {
            self.with(|task| {
                let task = task.as_mut().ok_or_else(failed)?;
                let hashed = task.hash(batches);
                Ok(HashedRows(hashed.map_err(|error| link.cause(error))?))
            })
        })
    }

    /// The account of all rows. This ends the task.
    fn account(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        detached(py, || {
            self.with(|task| {
                let account = task.take().and_then(ArrowTask::into_account);
                Ok(account.ok_or_else(failed)?.seal(&self.key))
            })
        })
    }
}

/// A table of hashed rows.
#[pyclass(frozen, module = "leakdex._leakdex")]
pub struct HashedRows(RecordBatch);

#[pymethods]
impl HashedRows {
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = RecordBatchIterator::new([Ok(self.0.clone())], self.0.schema());
        raw::stream_out(py, Box::new(batches))
    }
}

/// Adds up the accounts of tasks.
#[pyfunction]
pub fn add_accounts(py: Python<'_>, key: &Key, accounts: Vec<Vec<u8>>) -> PyResult<Vec<u8>> {
    detached(py, || Ok(sum_of(&accounts, &key.0)?.seal(&key.0)))
}

fn sum_of(accounts: &[Vec<u8>], key: &LibraryKey) -> Result<LeakAccount, Failure> {
    let mut all: Option<LeakAccount> = None;
    for account in accounts {
        let account = LeakAccount::open(account, key)?;
        match &mut all {
            Some(all) => all.add(account)?,
            None => all = Some(account),
        }
    }
    all.ok_or_else(|| Failure::stream("the leak has no rows"))
}

/// Collects the identifiers of one shard.
#[pyclass(frozen, module = "leakdex._leakdex")]
pub struct ShardCollector(Mutex<Option<ArrowCollector>>);

impl ShardCollector {
    fn take(&self) -> Result<ArrowCollector, Failure> {
        self.0.lock().map_or(None, |mut collector| collector.take()).ok_or_else(failed)
    }

    fn content(&self) -> Result<ShardContent, Failure> {
        Ok(self.take()?.finish()?)
    }
}

#[pymethods]
impl ShardCollector {
    #[new]
    fn new(
        py: Python<'_>,
        shard: u32,
        settings: &[u8],
        memory: usize,
        folder: PathBuf,
    ) -> PyResult<Self> {
        let collector = || {
            let settings: BuildSettings = of_json(settings)?;
            Ok::<_, Failure>(ArrowCollector::new(shard, settings.shards, memory, folder)?)
        };
        Ok(Self(Mutex::new(Some(collector().map_err(|failure| failure.into_exception(py))?))))
    }

    /// Adds rows of this shard.
    fn add(&self, py: Python<'_>, rows: &Bound<'_, PyAny>) -> PyResult<()> {
        let (batches, link) = Members::of(rows)?.into_parts();
        detached(py, || {
            let mut collector = self.take()?;
            for batch in batches {
                let batch =
                    batch.map_err(|error| link.cause(ArrowFailure::Stream(error.to_string())))?;
                collector.add(&batch)?;
            }
            *self.0.lock().map_err(|_| failed())? = Some(collector);
            Ok(())
        })
    }

    /// The summary of the shard. This ends the collector.
    fn summary(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        detached(py, || Ok(to_json(self.content()?.summary())))
    }

    /// Writes the shard according to the plan. This ends the collector.
    fn write(&self, py: Python<'_>, folder: PathBuf, plan: &[u8], key: &Key) -> PyResult<()> {
        detached(py, || {
            let plan: ShardPlan = of_json(plan)?;
            Ok(leakdex_arrow::write_shard(self.content()?, &folder, &plan, &key.0)?)
        })
    }
}

/// Plans the shards from all accounts and summaries.
#[pyfunction]
pub fn plan_shards(
    py: Python<'_>,
    key: &Key,
    settings: &[u8],
    accounts: Vec<Vec<u8>>,
    summaries: Vec<Vec<u8>>,
) -> PyResult<Vec<u8>> {
    detached(py, || {
        let settings: BuildSettings = of_json(settings)?;
        let summaries = summaries.iter().map(|summary| of_json::<ShardSummary>(summary));
        let summaries = summaries.collect::<Result<Vec<_>, _>>()?;
        let plan = sum_of(&accounts, &key.0)?.plan(&key.0, &settings, summaries)?;
        Ok(to_json(&plan))
    })
}

/// Verifies that all shards of a plan were written. Returns the account of the index.
#[pyfunction]
pub fn verify_shards(py: Python<'_>, key: &Key, plan: &[u8], folder: PathBuf) -> PyResult<Account> {
    let set = detached(py, || {
        let plan: ShardPlan = of_json(plan)?;
        plan.verify(&folder, &key.0)?;
        Ok::<_, Failure>(raw::map_indexes(&[folder], &[&key.0], 0)?)
    })?;
    let index = set.indexes().first().ok_or_else(|| failed().into_exception(py))?;
    Account::new(
        py,
        leakdex_arrow::id_of(index).to_string(),
        index.metadata(),
        index.leak_caveats(),
    )
}
