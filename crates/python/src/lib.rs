//! leakdex for Python.
