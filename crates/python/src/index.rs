//! Indexes: opened once, and checked against by any number of threads.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use leakdex::{Index as LibraryIndex, IndexSet, Key};
use leakdex_arrow::{Error as ArrowFailure, RunCounts, id_of, on_threads, open_indexes};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};

use crate::{
    account::{Account, Outcome},
    arguments::{self, SharedArguments},
    failure::{Failure, class, detached, guarded},
    members::Members,
    raw,
    verdict::{self, Verdict},
    verdicts::{VerdictStream, Verdicts},
};

/// One or several indexes of leaked data, ready for checks. Threads can share it. It is never pickled: each
/// process opens its own.
#[pyclass(frozen, module = "leakdex", name = "Index")]
pub struct Index {
    /// `None` after it is closed.
    set: Mutex<Option<Arc<IndexSet>>>,
}

impl Index {
    fn new(set: IndexSet) -> Self {
        Self { set: Mutex::new(Some(Arc::new(set))) }
    }

    fn set(&self, py: Python<'_>) -> PyResult<Arc<IndexSet>> {
        let set = self.set.lock().map_or(None, |set| set.clone());
        set.ok_or_else(|| {
            Failure::closed("this index was closed; open it again").into_exception(py)
        })
    }

    /// The only index, or an exception if there are several.
    fn only(&self, py: Python<'_>) -> PyResult<Arc<LibraryIndex>> {
        let set = self.set(py)?;
        let indexes = whole_indexes(&set);
        if let [only] = &indexes[..] {
            return Ok(Arc::clone(&only[0]));
        }
        let message = format!("there are {} indexes; use each one in .indexes", indexes.len());
        Err(Failure::wrong_type(message).into_exception(py))
    }
}

#[pymethods]
impl Index {
    /// Reads an index into memory and verifies all of it. The path is a file or a folder of shards. The
    /// index takes as much memory as the file is long. Several paths and keys give one Index over all of
    /// them. Each index uses the key that it was built with.
    ///
    /// Raises IndexFault if the file is not an index, is damaged, was built with another key or by other
    /// rules, or has a generation below min_generation. Raises IoError if it cannot be read, and InputTypeError
    /// if one index is given twice, or none.
    #[staticmethod]
    #[pyo3(signature = (path, key, *, min_generation = 0))]
    fn open(
        py: Python<'_>,
        path: &Bound<'_, PyAny>,
        key: &Bound<'_, PyAny>,
        min_generation: u64,
    ) -> PyResult<Self> {
        open_with(py, path, key, min_generation, open_indexes)
    }

    /// Maps an index into memory. Processes that map the same file share the memory. While the file is in
    /// use, nobody may change it in place; leakdex itself replaces an index by renaming. Truncating the file
    /// ends the process.
    ///
    /// Only the head is read and checked, which takes a few milliseconds. A check verifies each part of the
    /// file on the first read, and raises IndexFault if the part is damaged.
    #[staticmethod]
    #[pyo3(signature = (path, key, *, min_generation = 0))]
    fn map(
        py: Python<'_>,
        path: &Bound<'_, PyAny>,
        key: &Bound<'_, PyAny>,
        min_generation: u64,
    ) -> PyResult<Self> {
        open_with(py, path, key, min_generation, raw::map_indexes)
    }

    /// Checks a table of members on all cores. The verdicts are in the order of the members.
    ///
    /// members is anything with __arrow_c_stream__ or __arrow_c_array__. Columns are recognised by names
    /// and values; columns={"E-Mail": "email", "Hotline": "ignore"} overrides that. keep lists columns to
    /// return beside the verdicts. date_order is "day-first" or "month-first", for dates that do not show
    /// it. resolved and task are for tasks that check parts of one list: see resolve.
    ///
    /// Raises ColumnsError if a column has the wrong type, or would identify persons and is not used;
    /// InputTypeError if members is not a table; StreamError if the table ends with an error. Takes one to two
    /// microseconds per member on one thread, and 70 to 200 bytes of memory per verdict.
    #[pyo3(signature = (members, *, columns = None, keep = None, threads = None, date_order = None,
                        resolved = None, task = 0))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn check(
        &self,
        py: Python<'_>,
        members: &Bound<'_, PyAny>,
        columns: Option<&Bound<'_, PyAny>>,
        keep: Option<&Bound<'_, PyAny>>,
        threads: Option<i64>,
        date_order: Option<&str>,
        resolved: Option<&[u8]>,
        task: u64,
    ) -> PyResult<Verdicts> {
        let set = self.set(py)?;
        let given = SharedArguments { columns, keep, threads, date_order, resolved, task };
        let options = given.options().map_err(|failure| failure.into_exception(py))?;
        Verdicts::of(py, set, Members::of(members)?, &options)
    }

    /// Checks members while the verdicts are read, in bounded memory. Accepts the arguments of check, and
    /// raises the same exceptions before the first verdict. Counts and caveats are available after the last
    /// one.
    #[pyo3(signature = (members, *, columns = None, keep = None, threads = None, date_order = None,
                        resolved = None, task = 0))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn check_stream(
        &self,
        py: Python<'_>,
        members: &Bound<'_, PyAny>,
        columns: Option<&Bound<'_, PyAny>>,
        keep: Option<&Bound<'_, PyAny>>,
        threads: Option<i64>,
        date_order: Option<&str>,
        resolved: Option<&[u8]>,
        task: u64,
    ) -> PyResult<VerdictStream> {
        let set = self.set(py)?;
        let given = SharedArguments { columns, keep, threads, date_order, resolved, task };
        let options = given.options().map_err(|failure| failure.into_exception(py))?;
        VerdictStream::of(py, set, Members::of(members)?, &options)
    }

    /// Checks one member: check_one(kvnr="…", birth_date="1970-02-01") or
    /// check_one({"birth-date": "1970-02-01"}). Values are str; birth_date may be a datetime.date. A field
    /// with several values takes a list. None and "" count as absent.
    ///
    /// It takes a few microseconds if the index was opened. If it was mapped, each call also runs
    /// verify_unchanged: two system calls and a hash of the head for each file.
    #[pyo3(signature = (member = None, /, *, date_order = None, **fields))]
    fn check_one(
        &self,
        py: Python<'_>,
        member: Option<&Bound<'_, PyAny>>,
        date_order: Option<&str>,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Verdict> {
        let set = self.set(py)?;
        let more = fields.map(Bound::as_any);
        let checked = date_order.map(arguments::date_order).transpose();
        let checked = checked.and_then(|order| verdict::record(member, more, order));
        let checked = checked.and_then(|record| {
            guarded(|| {
                let verdict = set.check(&record);
                // A result from a damaged or changed mapped file does not count.
                set.verify_unchanged()?;
                Ok(verdict)
            })
        });
        Verdict::new(py, &checked.map_err(|failure| failure.into_exception(py))?)
    }

    /// Recognises the columns of a list that several tasks check, from a sample of its rows. Each task
    /// passes the result to check or check_stream as resolved, and its own number, from 0, as task. Raises
    /// the exceptions of check.
    #[pyo3(signature = (sample, *, columns = None, date_order = None))]
    fn resolve<'py>(
        &self,
        py: Python<'py>,
        sample: &Bound<'py, PyAny>,
        columns: Option<&Bound<'py, PyAny>>,
        date_order: Option<&str>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let set = self.set(py)?;
        let given = SharedArguments { columns, date_order, ..SharedArguments::default() };
        let options = given.options().map_err(|failure| failure.into_exception(py))?;
        let (batches, link) = Members::of(sample)?.into_parts();
        let resolved = detached(py, || {
            let resolved = leakdex_arrow::resolve(batches, &options, &set);
            let resolved = resolved.map_err(|error| link.cause(error))?;
            Ok(serde_json::to_vec(&resolved).unwrap_or_default())
        })?;
        Ok(PyBytes::new(py, &resolved))
    }

    /// The outcome of a run of several tasks, from the run_counts of each task in any order. members is the
    /// number of all members; give it, because nothing else shows that the counts of a task are missing.
    ///
    /// Raises CountsError if the counts are not from one run against this index, or are of another number of
    /// members.
    #[pyo3(signature = (run_counts, *, members = None))]
    fn outcome(
        &self,
        py: Python<'_>,
        run_counts: &Bound<'_, PyAny>,
        members: Option<u64>,
    ) -> PyResult<Outcome> {
        let set = self.set(py)?;
        let outcome = sum_counts(run_counts).and_then(|sum| {
            refuse_missing(members, sum.rows)?;
            guarded(|| Ok(sum.outcome(&set)?))
        });
        Outcome::new(py, &outcome.map_err(|failure| failure.into_exception(py))?)
    }

    /// Raises IndexFault if a mapped file was changed since it was opened. It takes microseconds.
    fn verify_unchanged(&self, py: Python<'_>) -> PyResult<()> {
        let set = self.set(py)?;
        detached(py, || Ok(set.verify_unchanged()?))
    }

    /// Verifies again all parts of a mapped file that checks have read. Raises IndexFault if one is damaged,
    /// or if somebody changed the file. check and check_stream do this themselves before they end. Call it
    /// after the last check_one.
    fn verify_touched(&self, py: Python<'_>) -> PyResult<()> {
        let set = self.set(py)?;
        detached(py, || Ok(on_threads(None, || set.verify_touched())?))
    }

    /// The id of the index, 16 hex digits. Different indexes have different ids.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<String> {
        let index = self.only(py)?;
        Ok(id_of(&index).to_string())
    }

    /// The id of the key that the index was built with.
    #[getter]
    fn key_id(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.only(py)?.key_id().to_string())
    }

    /// The number that orders indexes which replace each other; 0 if the builder set none.
    #[getter]
    fn generation(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.only(py)?.generation())
    }

    /// The row counts of the leak.
    #[getter]
    fn rows(&self, py: Python<'_>) -> PyResult<Account> {
        let index = self.only(py)?;
        Account::new(py, id_of(&index).to_string(), index.metadata(), index.leak_caveats())
    }

    /// The kinds of identifier that at least one index holds.
    #[getter]
    fn kinds(&self, py: Python<'_>) -> PyResult<Vec<&'static str>> {
        Ok(self.set(py)?.kinds().iter().map(leakdex::Kind::slug).collect())
    }

    /// The breaches by name, each with its description.
    #[getter]
    fn breaches(&self, py: Python<'_>) -> PyResult<BTreeMap<String, Py<PyDict>>> {
        let set = self.set(py)?;
        let mut breaches = BTreeMap::new();
        for breach in set.indexes().iter().flat_map(|index| &index.metadata().breaches) {
            let parts = PyDict::new(py);
            parts.set_item("name", breach.name().as_str())?;
            for (name, text) in [
                ("title", &breach.title),
                ("domain", &breach.domain),
                ("breach_date", &breach.breach_date),
                ("added_date", &breach.added_date),
                ("description", &breach.description),
            ] {
                if let Some(text) = text {
                    parts.set_item(name, text)?;
                }
            }
            let classes = breach.data_classes.iter().map(leakdex::DataClass::as_str);
            parts.set_item("data_classes", classes.collect::<Vec<_>>())?;
            breaches.insert(breach.name().to_string(), parts.unbind());
        }
        Ok(breaches)
    }

    /// Each index separately. They share memory with this one.
    #[getter]
    fn indexes(&self, py: Python<'_>) -> PyResult<Vec<Self>> {
        let set = self.set(py)?;
        let sets = whole_indexes(&set).into_iter().map(|shards| {
            IndexSet::new(shards).map(|set| Self::new(set.with_normaliser(leakdex_arrow::rules())))
        });
        sets.collect::<Result<_, _>>().map_err(|error| Failure::from(error).into_exception(py))
    }

    /// Whether close was called.
    #[getter]
    fn closed(&self) -> bool {
        self.set.lock().map_or(true, |set| set.is_none())
    }

    /// Releases the index. Checks that are running still finish; later ones raise ClosedError.
    fn close(&self, py: Python<'_>) {
        let set = self.set.lock().map_or(None, |mut set| set.take());
        // Returning gigabytes of memory takes a while.
        py.detach(|| drop(set));
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (kind = None, error = None, traceback = None))]
    fn __exit__(
        &self,
        py: Python<'_>,
        kind: Option<&Bound<'_, PyAny>>,
        error: Option<&Bound<'_, PyAny>>,
        traceback: Option<&Bound<'_, PyAny>>,
    ) {
        let _ = (kind, error, traceback);
        self.close(py);
    }

    fn __reduce__(&self, py: Python<'_>) -> PyResult<()> {
        let message = "an index is not pickled; open it in the process that needs it";
        Err(Failure::wrong_type(message).into_exception(py))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let Ok(set) = self.set(py) else { return "<Index, closed>".to_owned() };
        let indexes = whole_indexes(&set);
        let ids: Vec<String> = indexes.iter().map(|shards| id_of(&shards[0]).to_string()).collect();
        format!("<Index {}>", ids.join(" "))
    }
}

/// The sum of the counts of tasks.
fn sum_counts(run_counts: &Bound<'_, PyAny>) -> Result<RunCounts, Failure> {
    let wrong =
        || Failure::wrong_type("run_counts: give a list of the run_counts of tasks, as bytes");
    if run_counts.is_instance_of::<PyBytes>() {
        return Err(wrong());
    }
    let mut sum: Option<RunCounts> = None;
    for counts in run_counts.try_iter().map_err(|_| wrong())? {
        let counts = counts?;
        let json = counts.cast::<PyBytes>().map_err(|_| wrong())?.as_bytes();
        let counts: RunCounts = serde_json::from_slice(json).map_err(|_| {
            Failure::Exception(
                class::COUNTS,
                "these are not the counts of a run by this version".to_owned(),
            )
        })?;
        match &mut sum {
            Some(sum) => sum.add(counts)?,
            None => sum = Some(counts),
        }
    }
    sum.ok_or_else(|| Failure::Exception(class::COUNTS, "no counts were given".to_owned()))
}

fn refuse_missing(members: Option<u64>, rows: u64) -> Result<(), Failure> {
    let Some(members) = members.filter(|&members| members != rows) else { return Ok(()) };
    let message = format!(
        "there are {members} members, and the counts cover {rows}: a task, a file or a partition of the verdicts is \
         missing, or the members have changed; give the counts of all members, each once"
    );
    Err(Failure::Exception(class::COUNTS, message))
}

/// The indexes of a set, each with all its shards.
fn whole_indexes(set: &IndexSet) -> Vec<Vec<Arc<LibraryIndex>>> {
    let mut whole = Vec::<Vec<Arc<LibraryIndex>>>::new();
    for index in set.indexes() {
        let build = index.shard().map(leakdex::Shard::build);
        let is_same_build = |shards: &&mut Vec<Arc<LibraryIndex>>| {
            build.is_some() && shards[0].shard().map(leakdex::Shard::build) == build
        };
        match whole.iter_mut().find(is_same_build) {
            Some(shards) => shards.push(Arc::clone(index)),
            None => whole.push(vec![Arc::clone(index)]),
        }
    }
    whole
}

/// Opens or maps indexes.
fn open_with(
    py: Python<'_>,
    path: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    min_generation: u64,
    open: impl FnOnce(&[PathBuf], &[&Key], u64) -> Result<IndexSet, ArrowFailure> + Send,
) -> PyResult<Index> {
    let given = arguments::paths(path).and_then(|paths| Ok((paths, arguments::keys(key)?)));
    let (paths, keys) = given.map_err(|failure| failure.into_exception(py))?;
    let keys: Vec<&Key> = keys.iter().collect();
    Ok(Index::new(detached(py, || Ok(open(&paths, &keys, min_generation)?))?))
}
