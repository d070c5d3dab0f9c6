//! The dependencies of the project: their source, their licences, and a single version of each crate.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::{Path, PathBuf},
    process::Command,
};

use spdx::{Expression, ParseMode};

use super::{files_below, read, root};

/// The allowed licences. All are permissive: the source may stay closed, and their conditions are met if
/// their text is shipped with the program.
const ALLOWED: [&str; 8] = [
    // Our licence. Most crates have the same one.
    "MIT",
    "Apache-2.0",
    // `subtle`; part of `encoding_rs`. Like MIT, and the authors' names may not be used.
    "BSD-3-Clause",
    // Part of `zstd-sys`. Like BSD-3-Clause, but the names of the authors may be used.
    "BSD-2-Clause",
    // `tiny-keccak`, which arrow needs for its build. It has no conditions.
    "CC0-1.0",
    // `libbz2-rs-sys`. Like BSD-3-Clause, and changed versions must say so.
    "bzip2-1.0.6",
    // Tables of the Unicode Consortium, in `unicode-normalization` and `idna`.
    "Unicode-3.0",
    // `foldhash` and `zlib-rs`. It has fewer conditions than MIT.
    "Zlib",
];

/// Crates with several incompatible versions, and the crates that need them.
const SEVERAL_VERSIONS: [(&str, &str); 11] = [
    ("foldhash", "rlibphonenumber (build dependency), through an older hashbrown"),
    ("getrandom", "arrow, through ahash"),
    ("hashbrown", "rlibphonenumber, through dashmap 5 and (build dependency) petgraph"),
    ("logos", "rlibphonenumber (build dependency), through protox"),
    ("logos-codegen", "with logos"),
    ("logos-derive", "with logos"),
    ("r-efi", "with getrandom"),
    ("syn", "serde_derive is the first to use the new version; other macros follow"),
    ("thiserror", "rlibphonenumber uses the old version, and the new one through prost-reflect"),
    ("thiserror-impl", "with thiserror"),
    ("unicode-width", "rlibphonenumber (build dependency), through miette"),
];

#[test]
fn every_dependency_has_an_allowed_licence() {
    assert_allowed(&["--filter-platform", &this_platform()]);
}

/// Separate from the others: it needs the sources of crates that are built only on other platforms.
#[test]
#[ignore = "downloads what other platforms need; `.ci/run` runs it"]
fn every_dependency_on_other_platforms_has_an_allowed_licence() {
    assert_allowed(&[]);
}

#[track_caller]
fn assert_allowed(options: &[&str]) {
    let metadata = Command::new(env::var_os("CARGO").expect("cargo names itself to what it runs"))
        .current_dir(root())
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(options)
        .output()
        .expect("cargo starts");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&metadata.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("cargo lists the packages");
    assert!(packages.len() > 100, "the list is not whole: {}", packages.len());
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(is_allowed))
        .map(|package| {
            format!("{} {}: {}", package["name"], package["version"], package["license"])
        })
        .collect();
    assert!(refused.is_empty(), "not allowed, or not known:\n{}", refused.join("\n"));
}

/// The platform of the compiler that built these tests.
fn this_platform() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc starts");
    let about = String::from_utf8(output.stdout).expect("rustc writes UTF-8");
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

/// Whether the allowed licences satisfy this expression.
fn is_allowed(licence: &str) -> bool {
    // Older crates write `MIT/Apache-2.0`.
    Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|required| {
            let name = required.license.id().map(|id| id.name);
            // `target-lexicon`, which PyO3 needs for its build, has an exception that removes conditions.
            let addition = required.addition.as_ref().map(ToString::to_string);
            let has_other = addition.is_some_and(|addition| addition != "LLVM-exception");
            !has_other && name.is_some_and(|name| ALLOWED.contains(&name))
        })
    })
}

#[test]
fn only_licences_on_the_list_are_allowed() {
    for licence in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0-only OR MIT",
        "Zlib AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_allowed(licence), "{licence}");
    }
    for licence in [
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "MPL-2.0",
        "LicenseRef-own",
        "",
        "?",
        "GPL-2.0-only WITH Classpath-exception-2.0",
    ] {
        assert!(!is_allowed(licence), "{licence}");
    }
}

#[test]
fn each_crate_has_one_version_except_listed_ones() {
    let lock: toml::Table = read("Cargo.lock").parse().expect("cargo writes TOML");
    let mut versions = BTreeMap::<&str, BTreeSet<&str>>::new();
    for package in lock["package"].as_array().expect("a lock file lists packages") {
        let [name, version] = ["name", "version"]
            .map(|field| package[field].as_str().expect("a package has a name and a version"));
        versions.entry(name).or_default().insert(compatible_prefix(version));
    }
    assert!(versions.len() > 100, "the list is not whole: {}", versions.len());
    let several: BTreeSet<&str> =
        versions.iter().filter(|(_, prefixes)| prefixes.len() > 1).map(|(name, _)| *name).collect();
    let named: BTreeSet<&str> = SEVERAL_VERSIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(several, named, "add new crates with a reason, and remove old ones");
}

#[test]
fn every_dependency_comes_from_one_registry_and_has_a_digest() {
    for file in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let lock: toml::Table = read(file).parse().expect("cargo writes TOML");
        let packages = lock["package"].as_array().expect("a lock file lists packages");
        let (local, others): (Vec<_>, Vec<_>) = packages.iter().partition(|package| {
            // A path dependency has no source.
            package.get("source").is_none()
        });
        assert!(others.len() > 100, "{file}: the list is not whole: {}", others.len());
        for package in local {
            let name = package["name"].as_str().expect("a package has a name");
            assert!(name.starts_with("leakdex"), "{file}: {name} has no registry and is not ours");
        }
        let sources: BTreeSet<&str> =
            others.iter().filter_map(|package| package["source"].as_str()).collect();
        assert_eq!(sources.len(), 1, "{file}: {sources:?}");
        assert!(sources.iter().all(|source| source.starts_with("registry+https:")), "{sources:?}");
        for package in others {
            let digest = package.get("checksum").and_then(toml::Value::as_str).unwrap_or_default();
            assert_eq!(digest.len(), 64, "{file}: {} has no digest", package["name"]);
        }
    }
}

#[test]
fn the_page_of_dependencies_has_a_row_for_each_that_a_manifest_names() {
    let page = read("docs/DEPENDENCIES.md");
    let mut count = 0;
    for manifest in files_below("crates", "Cargo.toml").iter().map(PathBuf::as_path) {
        count += assert_has_rows(&page, manifest);
    }
    count += assert_has_rows(&page, Path::new("Cargo.toml"));
    assert!(count > 100, "the list is not whole: {count}");
}

/// Asserts a row for each dependency in the manifest. Returns the number of dependencies.
#[track_caller]
fn assert_has_rows(page: &str, manifest: &Path) -> usize {
    let path = manifest.to_str().expect("a path of the repository is UTF-8");
    let manifest: toml::Table = read(path).parse().expect("a manifest is TOML");
    let platforms = manifest.get("target").and_then(toml::Value::as_table);
    let platforms = platforms.into_iter().flat_map(|table| table.values());
    let tables = platforms.filter_map(toml::Value::as_table).chain([&manifest]);
    let names = tables.flat_map(|table| {
        let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
        kinds.into_iter().filter_map(|kind| table.get(kind)?.as_table()).flat_map(toml::Table::keys)
    });
    let others = names.filter(|name| !name.starts_with("leakdex"));
    others
        .inspect(|name| assert!(page.contains(&format!("\n| `{name}` |")), "{path}: {name}"))
        .count()
}

/// The part of a version that determines compatibility.
fn compatible_prefix(version: &str) -> &str {
    let significant = version.find(|letter: char| letter.is_ascii_digit() && letter != '0');
    let start = significant.unwrap_or(version.len());
    let end = version[start..].find('.').map_or(version.len(), |length| start + length);
    &version[..end]
}

#[test]
fn versions_are_compatible_up_to_their_first_number_that_is_not_0() {
    for (version, prefix) in
        [("1.2.3", "1"), ("10.0.1", "10"), ("0.14.5", "0.14"), ("0.0.3", "0.0.3")]
    {
        assert_eq!(compatible_prefix(version), prefix, "{version}");
    }
}
