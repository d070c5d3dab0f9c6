//! Checks member lists and indexes leaks. This crate sits between the readers of files and the results for people.
//!
//! The command and the bindings share it, so they give the same verdicts and the same caveats. [`pipeline::run`]
//! processes the blocks of an input on all threads, in order. A [`Screener`] checks the rows of blocks. A
//! [`ListProfile`] collects the statistics of a member list, and [`ListProfile::judge`] derives the caveats of the
//! run from them. [`add_leak`] adds the rows of an input to an index. Nothing here writes to a terminal or a file.
//!
//! ```
//! use std::error::Error;
//!
//! use leakdex::{Breach, IndexBuilder, IndexSet, Key, State};
//! use leakdex_input::{Input, Options, UnusedCounts};
//! use leakdex_screening::{ListProfile, Screener, add_leak, probes_dates};
//!
//! let folder = tempfile::tempdir()?;
//! let file = |name: &str, text: &str| {
//!     let path = folder.path().join(name);
//!     std::fs::write(&path, text).and_then(|()| Ok(path))
//! };
//! let mut leak = Input::open(&file("leak.csv", "E-Mail\nm.muster@example.de\n")?, &Options::default())?;
//! let members = file("members.csv", "Mitglied;E-Mail\nM-1;m.muster@example.de\nM-2;x@example.de\n")?;
//! let mut members = Input::open(&members, &Options::default())?;
//!
//! let key = Key::generate()?;
//! let mut builder = IndexBuilder::new(&key, Breach::named("example-2023-01")?);
//! let added = add_leak::<Box<dyn Error + Send + Sync>>(&mut leak, &mut builder, || (), |_| Ok(true))?;
//! added.usable()?;
//! let indexes = IndexSet::new(vec![builder.build()?])?;
//!
//! let (layout, mut screener) = (members.layout(), Screener::new(&indexes));
//! let (mut list, mut affected) = (ListProfile::default(), 0);
//! while let Some(block) = members.next_block()? {
//!     let mut unused = UnusedCounts::default();
//!     layout.rows_and_unused(&block, &mut unused, |rows| {
//!         let verdicts = screener.check(rows, probes_dates(block.number()), &mut list);
//!         let states = (0..verdicts.len()).map(|member| verdicts.state(member));
//!         affected += states.filter(|state| *state == State::Affected).count();
//!     });
//!     list.add_unused(unused);
//! }
//! let (caveats, _) = list.judge(&members, &indexes, Vec::new());
//! assert_eq!((affected, caveats.len()), (1, 0));
//! # Ok::<(), Box<dyn Error + Send + Sync>>(())
//! ```

#![forbid(unsafe_code)]

pub mod caveats;
pub mod pipeline;

mod batches;
mod error;
mod indexes;
mod leak;
mod list_profile;
mod reading;
mod screener;
mod swapped;

pub use batches::{Headers, each_batch};
pub use caveats::ColumnCaveat;
pub use error::UnusableLeak;
pub use indexes::{given_indexes, id_of};
pub use leak::{
    AddedBlock, AddedLeak, add_leak, lost_cells, lost_rows, reasons_since, refuse_empty_index,
    refuse_unreadable,
};
pub use list_profile::ListProfile;
pub use reading::Reading;
pub use screener::{Screener, is_wholly_clear, probes_dates};
pub use swapped::LeakColumns;
