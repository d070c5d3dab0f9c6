//! leakdex for Python: thin classes over `leakdex-arrow`. The package's `__init__.py` lists the public
//! names.

#![allow(
    clippy::doc_markdown,
    clippy::needless_pass_by_value,
    clippy::unused_self,
    reason = "comments are docstrings of Python, which also decides on arguments"
)]

mod account;
mod arguments;
mod builder;
mod distributed;
mod failure;
mod index;
mod key;
mod members;
mod raw;
mod verdict;
mod verdicts;

/// The native half of the package.
#[pyo3::pymodule]
mod _leakdex {
    use pyo3::{Bound, PyResult, prelude::*, types::PyModule};

    #[pymodule_export]
    use crate::{
        account::{Account, Caveat, Counts, Outcome},
        builder::IndexBuilder,
        distributed::{
            HashedRows, LeakTask, ShardCollector, add_accounts, add_run_counts, build_settings,
            plan_shards, resolve, verify_shards,
        },
        index::Index,
        key::Key,
        verdict::{Coverage, Verdict},
        verdicts::{VerdictStream, Verdicts},
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::failure::silence_panics();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
