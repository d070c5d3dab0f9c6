//! Arbitrary bytes as an `SQLite` database in memory: the same rows for every block size.
//!
//! The first three bytes of an input choose the options; see `choices`.

use leakdex_input::Format;

use super::text::{Reading, choices, default_reading, rows_of_any_block_size};

/// Checks the promises for the database in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, block_size, row_limit, data)) = choices(data) else { return };
    let table = (mode & 1 == 1).then_some("t");
    let reading =
        Reading { table, row_limit, header: mode & 2 == 0, ..default_reading(Format::Sqlite) };
    let columns = ["1=email", "2=name"];
    let reading = if reading.header { reading } else { Reading { columns: &columns, ..reading } };
    // Inputs without the signature of a database are rarely tried.
    let magic = b"SQLite format 3\0";
    let mut bytes = data.to_vec();
    if mode & 4 == 0 && bytes.len() > magic.len() {
        bytes[..magic.len()].copy_from_slice(magic);
    }
    // Errors are fine as long as they are the same.
    let _ = rows_of_any_block_size(&bytes, reading, block_size);
}
