//! The salt of a table. It is new for each table, so labels of two tables cannot be joined.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::Error;

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

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut salt = [0; 32];
        hex::decode_to_slice(text, &mut salt).map_err(de::Error::custom)?;
        Ok(Self(salt))
    }
}
