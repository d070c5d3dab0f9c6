//! The command as users see it: files in, files and exit statuses out.
//!
//! The tests state the contract in its exact wording, which `leakdex --help` also contains.

mod bad_input;
mod build;
mod caveats;
#[cfg(target_os = "linux")]
mod changed_indexes;
mod check;
mod columns;
mod concordance;
#[cfg(target_os = "linux")]
mod crashes;
mod dates;
mod decisions;
mod decoys;
#[cfg(target_os = "linux")]
mod devices;
mod explain;
mod explain_match;
mod for_files;
mod formats;
mod gaps;
mod hashed_addresses;
mod help;
mod indexes;
mod inputs;
#[cfg(target_os = "linux")]
mod io_errors;
mod keys;
mod letter_looks;
mod letters;
#[cfg(target_os = "linux")]
mod limits;
mod lost_rows;
mod merge;
mod messages;
mod mistakes;
mod news;
mod not_in_leak;
mod notice;
mod outputs;
mod passphrase;
mod privacy;
mod private;
mod recount;
mod relatives;
mod report;
#[cfg(target_os = "linux")]
mod resume;
mod secrets;
mod self_checks;
mod settings;
mod shards;
mod sheets;
mod shown_names;
#[cfg(target_os = "linux")]
mod stops;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod threads;
mod unused;
mod usage;
mod values;
mod waves;
mod weeks;
