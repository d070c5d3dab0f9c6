//! leakdex for C, C++ and Java.
