//! The key of all index files that the targets open.

/// Known to every attacker here.
pub const KEY: [u8; 32] = [5; 32];
