//! Tests the library through its public interface. One program, which is linked once.

mod allocation;
mod caveats;
#[cfg(unix)]
mod changed_files;
mod concordance;
mod content;
mod damage;
mod derived_kinds;
mod distributed;
mod document;
mod erasure;
mod external_build;
mod false_all_clear;
#[cfg(unix)]
mod first_touch;
mod found_entries;
mod fuzz_replay;
mod hashed_addresses;
mod index_files;
mod kept_identifiers;
mod leak_descriptions;
mod live_set;
mod match_keys;
mod merge;
mod names;
mod normal_forms;
mod normalising;
mod not_leaked;
mod oracle;
mod out_of_reach;
#[cfg(unix)]
mod power_failures;
mod random_merges;
mod real_cells;
mod relatives;
mod remote_shards;
mod several_values;
mod shards;
mod shared_values;
mod shifted_dates;
mod soak;
mod support;
#[cfg(feature = "tracing")]
mod tracing;
mod vectors;
mod verdicts;
mod without_codes;

use leakdex_staging::in_campaign;

/// The checks of the fuzz targets, which `fuzz/` also uses.
#[path = "../fuzz"]
mod fuzz {
    pub mod ask;
    pub mod build_then_check;
    pub mod feed;
    pub mod forge;
    pub mod key;
    pub mod normalize;
    pub mod open_bytes;
    pub mod open_bytes_resealed;
    pub mod replay;
    pub mod same;
    pub mod sound;
}

/// Parts of the random tests, which the command's tests also use.
#[path = "../random"]
mod random {
    pub mod chance;
    pub mod people;
    pub mod truth;
}
