//! Names of values in nested objects.

/// The name of a value to which these keys lead, as `address.zip`.
///
/// What `MongoDB` and Elasticsearch add around values is no part of it: `_source` as the first key, and
/// `$oid`, `$date` and the like.
pub(crate) fn joined<S: AsRef<str>>(keys: &[S]) -> String {
    let mut path = String::new();
    for (number, key) in keys.iter().enumerate() {
        push(&mut path, number == 0, key.as_ref());
    }
    path
}

/// The key of the document in a hit of Elasticsearch.
pub(crate) const SOURCE: &str = "_source";

/// Adds a key to the path of the object that it is in.
pub(crate) fn push(path: &mut String, is_first: bool, key: &str) {
    if is_first && key == SOURCE || !is_first && key.starts_with('$') {
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}
