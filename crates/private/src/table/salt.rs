//! The salt of a table. It is new for each table, so nobody can join two tables by their labels.

use crate::{error::Error, names::hex_bytes};

/// 32 random bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Salt([u8; 32]);

impl Salt {
    pub fn generate() -> Result<Self, Error> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(Error::NoRandomness)?;
        Ok(Self(salt))
    }

    #[cfg(test)]
    pub const fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

hex_bytes!(Salt, 32);
