//! Builds an index from the rows of one breach.

use std::{env, path::PathBuf, sync::Mutex};

use leakdex::{Kind, KindSet, ShardCount};
use leakdex_arrow::on_threads;
use leakdex_input::closest::suggestion;
use pyo3::prelude::*;

use crate::{
    account::Account,
    arguments::{self, SharedArguments},
    failure::{Failure, class, detached, guarded, interruptible},
    key::Key,
    members::Members,
};

/// Collects the leaked rows of one breach and writes an index of them. The same rows, key and breach give
/// the same index, in any order of the rows.
#[pyclass(frozen, module = "leakdex")]
pub struct IndexBuilder(Mutex<State>);

enum State {
    Open(Box<leakdex::IndexBuilder<'static>>),
    Busy,
    Ended(&'static str),
}

const FAILED: &str = "rows are missing, since adding them failed, and an index without them would report \
                      the people in them as not affected; begin with a new builder";

#[pymethods]
impl IndexBuilder {
    /// breach is its name (letters, digits, ".", "_" and "-"), or a mapping with "name" and any of title,
    /// domain, breach_date, added_date, description and data_classes.
    ///
    /// memory is a limit in bytes for sorting. Data above the limit is sorted in files in temporary_folder
    /// (default: the system's), with 40 bytes per identifier. kinds limits the index to these kinds of identifier:
    /// "email" without "email-alias" finds an address only as it is written.
    /// email_hashes ("md5-email", "sha1-email", "sha256-email") also indexes the hashes of plain addresses.
    /// generation orders indexes that replace each other.
    #[new]
    #[pyo3(signature = (key, breach, *, memory = None, temporary_folder = None, kinds = None,
                        email_hashes = None, generation = 0))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn new(
        py: Python<'_>,
        key: &Key,
        breach: &Bound<'_, PyAny>,
        memory: Option<usize>,
        temporary_folder: Option<PathBuf>,
        kinds: Option<&Bound<'_, PyAny>>,
        email_hashes: Option<&Bound<'_, PyAny>>,
        generation: u64,
    ) -> PyResult<Self> {
        let set = || {
            let breach = arguments::breach(breach)?;
            let kinds = kinds.map(|names| kind_set(names, KindSet::all(), "kinds")).transpose()?;
            let hashes = email_hashes
                .map(|names| kind_set(names, KindSet::EMAIL_HASHES, "email_hashes"))
                .transpose()?;
            let builder = leakdex::IndexBuilder::new(&key.0, breach)
                .normaliser(leakdex_arrow::rules())
                .generation(generation)
                .kinds(kinds.unwrap_or_else(KindSet::all))
                .email_hashes(hashes.unwrap_or_default());
            Ok(match memory {
                Some(bytes) => {
                    builder.memory(bytes, temporary_folder.unwrap_or_else(env::temp_dir))
                }
                None => builder,
            })
        };
        let builder = guarded(set).map_err(|failure| failure.into_exception(py))?;
        Ok(Self(Mutex::new(State::Open(Box::new(builder)))))
    }

    /// Adds a table of leaked rows: anything with __arrow_c_stream__ or __arrow_c_array__. Columns are
    /// recognised and mapped as in Index.check. {"column": "class:passwords"} declares that a filled cell
    /// is leaked data of that class.
    ///
    /// Raises the exceptions of Index.check. After an error, the builder cannot be used any more, unless
    /// columns, threads or date_order were refused before the table was opened.
    #[pyo3(signature = (leaked, *, columns = None, threads = None, date_order = None))]
    fn add(
        &self,
        py: Python<'_>,
        leaked: &Bound<'_, PyAny>,
        columns: Option<&Bound<'_, PyAny>>,
        threads: Option<i64>,
        date_order: Option<&str>,
    ) -> PyResult<()> {
        let given = SharedArguments { columns, threads, date_order, ..SharedArguments::default() };
        let options = given.options().map_err(|failure| failure.into_exception(py))?;
        // A stream can be opened only once. So it is opened after the builder is taken, which fails if another thread
        // uses the builder.
        let mut builder = self.take(py)?;
        let outcome = Members::of(leaked).map_err(Failure::from).and_then(|leaked| {
            let (batches, link) = leaked.into_parts();
            py.detach(|| {
                let add = || {
                    let added = leakdex_arrow::add(&mut builder, batches, &options);
                    added.map_err(|error| link.cause(error))
                };
                interruptible(|| link.stop(), || guarded(add))
            })
        });
        // After an error, all rows read from the stream are lost, even those read only to recognise the columns.
        self.put(if outcome.is_ok() { State::Open(builder) } else { State::Ended(FAILED) });
        outcome.map(drop).map_err(|failure| failure.into_exception(py))
    }

    /// Writes the index to a file, or as `shards` files (a power of two, up to 256) to a folder, and ends
    /// the builder. The index gets its name once it is complete, synced and read back. Only its owner can
    /// read it.
    ///
    /// Raises IoError if it cannot be written and BuildError if it cannot be built. The target is then
    /// unchanged.
    #[pyo3(signature = (path, *, shards = 1))]
    fn publish(&self, py: Python<'_>, path: PathBuf, shards: u32) -> PyResult<Account> {
        let count = ShardCount::try_from(shards);
        let count = count.map_err(|error| {
            Failure::Exception(class::BUILD, format!("shards: {error}")).into_exception(py)
        })?;
        let builder = self.take(py)?;
        if builder.rows().read == 0 {
            self.put(State::Open(builder));
            let message =
                "no leaked row was added, so the index would find nobody; add the leak first";
            return Err(Failure::Exception(class::BUILD, message.to_owned()).into_exception(py));
        }
        self.put(State::Ended(
            "the index was not written; begin with a new builder, and add the rows again",
        ));
        let (id, metadata, caveats) = detached(py, || {
            on_threads(None, || {
                let caveats = builder.caveats();
                let publication = match count {
                    ShardCount::ONE => builder.prepare(&path)?,
                    count => builder.prepare_shards(&path, count)?,
                };
                let metadata = publication.metadata().clone();
                let id = publication.id().to_string();
                publication.publish()?;
                Ok((id, metadata, caveats))
            })
        })?;
        self.put(State::Ended("the index was published; begin with a new builder for another"));
        Account::new(py, id, &metadata, caveats)
    }

    /// The number of rows read so far.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        let builder = self.take(py)?;
        let rows = builder.rows().read;
        self.put(State::Open(builder));
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    fn __reduce__(&self, py: Python<'_>) -> PyResult<()> {
        Err(Failure::wrong_type("a builder is not pickled: it holds the key").into_exception(py))
    }

    fn __repr__(&self) -> &'static str {
        match self.0.lock().as_deref() {
            Ok(State::Open(_)) => "<IndexBuilder, open>",
            Ok(State::Busy) => "<IndexBuilder, at work>",
            _ => "<IndexBuilder, ended>",
        }
    }
}

impl IndexBuilder {
    /// Takes the builder out of the mutex, so that no other Python thread waits for the mutex during a long call.
    fn take(&self, py: Python<'_>) -> PyResult<Box<leakdex::IndexBuilder<'static>>> {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let message = match std::mem::replace(&mut *state, State::Busy) {
            State::Open(builder) => return Ok(builder),
            State::Busy => "another thread uses this builder; add tables one after the other",
            State::Ended(message) => {
                *state = State::Ended(message);
                message
            }
        };
        // An exception runs Python code, which may need the state.
        drop(state);
        Err(Failure::closed(message).into_exception(py))
    }

    fn put(&self, new: State) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = new;
    }
}

/// Kinds by name.
pub fn kind_set(names: &Bound<'_, PyAny>, known: KindSet, what: &str) -> Result<KindSet, Failure> {
    let mut kinds = KindSet::EMPTY;
    for name in arguments::texts(names, what)? {
        let kind = name.replace('_', "-").parse::<Kind>().ok();
        let kind = kind.filter(|&kind| known.contains(kind)).ok_or_else(|| {
            let all: Vec<&str> = known.iter().map(Kind::slug).collect();
            let hint = suggestion(&name, all.iter().copied());
            let all = all.join(" ");
            Failure::Exception(
                class::BUILD,
                format!("{what}: no kind '{name}'; the kinds are: {all}{hint}"),
            )
        })?;
        kinds.insert(kind);
    }
    Ok(kinds)
}
