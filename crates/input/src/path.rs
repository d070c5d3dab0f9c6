//! Names of values in nested objects.

/// Joins keys to the name of a value, such as `address.zip`.
///
/// Wrapper keys of `MongoDB` and Elasticsearch are left out: `_source` as the first key, and `$oid`, `$date`
/// and the like.
pub(crate) fn joined<S: AsRef<str>>(keys: &[S]) -> String {
    let mut path = String::new();
    for (number, key) in keys.iter().enumerate() {
        push(&mut path, number == 0, key.as_ref());
    }
    path
}

/// The key that contains the document in an Elasticsearch hit.
pub(crate) const SOURCE: &str = "_source";

/// Adds a key to the path of its object.
pub(crate) fn push(path: &mut String, is_first: bool, key: &str) {
    if is_first && key == SOURCE || !is_first && key.starts_with('$') {
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}
