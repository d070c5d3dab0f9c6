//! The key.

use std::path::PathBuf;

use leakdex::Key as LibraryKey;
use pyo3::{
    prelude::*,
    types::{PyBytes, PyString},
};

use crate::failure::{Failure, class};

/// The secret under which identifiers are hashed.
///
/// Anyone with the key and an index can find out by guessing who is in the index. Keep the two apart, and
/// destroy both when the work is done. A key is never pickled: load it where it is needed.
#[pyclass(frozen, module = "leakdex", name = "Key")]
pub struct Key(pub LibraryKey);

#[pymethods]
impl Key {
    /// Reads a key file. Raises KeyFault if the file is not a key file or if anybody but its owner can read
    /// it, and IoError if it cannot be read.
    ///
    /// With mounted_secret, everybody may read the file, as in the case of secrets that a container runtime
    /// mounts. Use it only in a container that nobody else can enter.
    #[staticmethod]
    #[pyo3(signature = (path, *, mounted_secret = false))]
    fn load(py: Python<'_>, path: PathBuf, mounted_secret: bool) -> PyResult<Self> {
        let load = if mounted_secret { LibraryKey::load_mounted_secret } else { LibraryKey::load };
        load(path).map(Self).map_err(|error| Failure::from(error).into_exception(py))
    }

    /// A key from a secret store: the 32 bytes themselves, or the text of a key file as bytes or str.
    /// Raises KeyFault for anything else.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Self> {
        let key = if let Ok(bytes) = key.cast::<PyBytes>() {
            LibraryKey::from_bytes(bytes.as_bytes())
        } else if let Ok(text) = key.cast::<PyString>() {
            // Python's own exception would hold the text.
            let text = text.to_str().map_err(|_| {
                let message = "the text of the key has half a character (a lone surrogate)";
                Failure::Exception(class::KEY, message.to_owned()).into_exception(py)
            })?;
            LibraryKey::from_bytes(text.as_bytes())
        } else {
            let message = "a key is made from bytes or str; give bytes(key) for other buffers";
            return Err(Failure::wrong_type(message).into_exception(py));
        };
        key.map(Self).map_err(|error| Failure::from(error).into_exception(py))
    }

    /// A new key from the random number generator of the operating system.
    #[staticmethod]
    fn generate(py: Python<'_>) -> PyResult<Self> {
        LibraryKey::generate().map(Self).map_err(|error| Failure::from(error).into_exception(py))
    }

    /// Writes the key to a new file that only its owner can read. Raises KeyFault if the file exists: a
    /// key is never overwritten.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.0.save(path)).map_err(|error| Failure::from(error).into_exception(py))
    }

    /// The public name of the key, 16 hex digits. It reveals nothing about the key.
    #[getter]
    fn id(&self) -> String {
        self.0.id().to_string()
    }

    fn __repr__(&self) -> String {
        format!("Key(id='{}')", self.0.id())
    }

    fn __reduce__(&self, py: Python<'_>) -> PyResult<()> {
        let message = "a key is not pickled; load it in the process that needs it";
        Err(Failure::wrong_type(message).into_exception(py))
    }
}
