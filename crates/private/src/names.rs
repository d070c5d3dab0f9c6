//! The names of files and parties, and the types of files. None of them is secret.

use std::fmt;

/// The types of file that parties exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileType {
    /// The provider's table of a leak.
    Table,
    /// The blinded identifiers of an insurer's members.
    Request,
    /// The provider's evaluation of a request.
    Response,
    /// The identifiers behind some elements of a request, for an auditor.
    Openings,
}

impl FileType {
    pub(crate) const fn number(self) -> u16 {
        match self {
            Self::Table => 1,
            Self::Request => 2,
            Self::Response => 3,
            Self::Openings => 4,
        }
    }

    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Request => "request",
            Self::Response => "response",
            Self::Openings => "openings",
        }
    }

    /// The signed message, given the digest of everything before the signature.
    pub(crate) fn message(self, digest: &[u8; 64]) -> Vec<u8> {
        let label = format!("leakdex/private/1 signed {} ", self.slug());
        [label.as_bytes(), digest].concat()
    }

    pub(crate) const fn reading(self) -> &'static str {
        match self {
            Self::Table => "read the table",
            Self::Request => "read the request",
            Self::Response => "read the response",
            Self::Openings => "read the openings",
        }
    }

    pub(crate) const fn writing(self) -> &'static str {
        match self {
            Self::Table => "write the table",
            Self::Request => "write the request",
            Self::Response => "write the response",
            Self::Openings => "write the openings",
        }
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.slug())
    }
}

/// The name of a file: the first 16 bytes of its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId([u8; 16]);

/// The public key of a party. Both sides compare fingerprints once, on paper or by telephone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

/// Public bytes that texts and JSON show in lower-case hexadecimal digits.
macro_rules! hex_bytes {
    ($type:ident, $length:literal) => {
        impl $type {
            pub(crate) fn from_hex(text: &str) -> Option<Self> {
                let mut bytes = [0; $length];
                hex::decode_to_slice(text, &mut bytes).ok().map(|()| Self(bytes))
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, concat!(stringify!($type), "({})"), self)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let wrong = || serde::de::Error::custom(concat!("no ", stringify!($type)));
                Self::from_hex(&text).ok_or_else(wrong)
            }
        }
    };
}

pub(crate) use hex_bytes;

hex_bytes!(FileId, 16);
hex_bytes!(Fingerprint, 32);

impl FileId {
    pub(crate) fn of_digest(digest: &[u8]) -> Self {
        let (id, _) = digest.split_first_chunk().expect("a digest is longer than an id");
        Self(*id)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Fingerprint {
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
