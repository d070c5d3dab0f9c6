//! Names in archives. They only name inputs: no file is created under such a name.

/// Turns a name into a relative path with slashes. It never leads out of the archive.
pub(super) fn readable(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    // Old programs for Windows wrote backslashes.
    let parts = name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".");
    let parts: Vec<&str> = parts.map(|part| if part == ".." { "__" } else { part }).collect();
    // A terminal would interpret control characters.
    let name = parts.join("/").replace(char::is_control, "_");
    if name.is_empty() { "_".to_owned() } else { name }
}

/// Whether an operating system or a version control system leaves a file of this name behind. Such files hold
/// no personal data.
pub(super) fn is_left_behind(name: &str, size: u64) -> bool {
    let (folders, base) = name.rsplit_once('/').unwrap_or(("", name));
    folders.split('/').any(|folder| folder == "__MACOSX")
        || matches!(base, ".DS_Store" | "Thumbs.db")
        || matches!(base, ".keep" | ".gitkeep") && size == 0
}

/// The file to which a file of this name belongs: macOS keeps properties in `._NAME`.
pub(super) fn file_of_properties(name: &str) -> Option<String> {
    let (folder, base) = name.rsplit_once('/').map_or(("", name), |(folder, base)| (folder, base));
    let file = base.strip_prefix("._")?;
    Some(if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_out_of_the_archive() {
        for (name, expected) in [
            ("members.csv", "members.csv"),
            ("./a/b.csv", "a/b.csv"),
            ("/etc/passwd", "etc/passwd"),
            ("../../a.csv", "__/__/a.csv"),
            ("a\\b.csv", "a/b.csv"),
            ("a\u{1B}[31m\n.csv", "a_[31m_.csv"),
            ("/", "_"),
            ("", "_"),
        ] {
            assert_eq!(readable(name.as_bytes()), expected, "{name:?}");
        }
        assert_eq!(readable(b"M\xFCller.csv"), "M\u{FFFD}ller.csv");
    }

    #[test]
    fn files_left_behind_by_operating_systems_are_not_inputs() {
        for (name, size) in [
            ("__MACOSX/._a.csv", 10),
            ("a/__MACOSX/b", 1),
            (".DS_Store", 6148),
            ("a/Thumbs.db", 9),
            ("a/.keep", 0),
        ] {
            assert!(is_left_behind(name, size), "{name}");
        }
        for (name, size) in [("a.csv", 0), ("a/.keep", 1), ("__MACOSX", 5), ("DS_Store", 1)] {
            assert!(!is_left_behind(name, size), "{name}");
        }
    }

    #[test]
    fn a_properties_file_is_recognised_beside_its_file() {
        assert_eq!(file_of_properties("._a.csv").as_deref(), Some("a.csv"));
        assert_eq!(file_of_properties("b/._a.csv").as_deref(), Some("b/a.csv"));
        assert_eq!(file_of_properties("b/a.csv"), None);
    }
}
