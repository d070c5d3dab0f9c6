//! The command as its users meet it: files in, files and exit statuses out.
//!
//! One crate, so that all themes share `support` and are linked once. The words of the contract
//! stand in the tests; `leakdex --help` has them too.

mod bad_input;
mod build;
mod check;
#[cfg(target_os = "linux")]
mod crashes;
#[cfg(target_os = "linux")]
mod devices;
mod formats;
mod indexes;
mod inputs;
mod keys;
#[cfg(target_os = "linux")]
mod limits;
mod merge;
mod news;
mod outputs;
mod privacy;
mod secrets;
mod shards;
mod support;
mod threads;
mod usage;
mod values;
