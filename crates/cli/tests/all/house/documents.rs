//! Every file, heading and test that a document names exists.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use super::{files_below, read, root};

const DOCUMENTS: [&str; 7] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "examples/README.md",
    "fuzz/README.md",
    "tests/oracles/README.md",
];

/// All documents: those at the top, and those in `docs/`.
fn documents() -> Vec<PathBuf> {
    DOCUMENTS.iter().map(PathBuf::from).chain(files_below("docs", ".md")).collect()
}

#[test]
fn every_name_in_the_architecture_exists() {
    let architecture = read("docs/ARCHITECTURE.md");
    let missing: Vec<&str> =
        ARCHITECTURE_PARTS.into_iter().filter(|part| !architecture.contains(part)).collect();
    assert!(missing.is_empty(), "not in docs/ARCHITECTURE.md: {missing:?}");
    let picture = architecture.split("```").nth(1).expect("it has a picture");
    let is_in_folder = |word: &&str| word.starts_with("src/") || word.starts_with("crates/");
    let drawn: Vec<&str> = picture.split_whitespace().filter(is_in_folder).collect();
    assert!(drawn.len() > 20, "only {} paths are in the picture", drawn.len());
    let named = code_of(&architecture).filter(|code| is_path(code));
    let named: Vec<&str> = named.chain(drawn).collect();
    assert!(named.len() > 50, "only {} paths were found", named.len());
    let gone: Vec<&&str> = named.iter().filter(|path| !root().join(path).exists()).collect();
    assert!(gone.is_empty(), "named in docs/ARCHITECTURE.md, and not there: {gone:?}");
}

#[test]
fn every_function_of_the_two_walks_exists() {
    let architecture = read("docs/ARCHITECTURE.md");
    let walks = architecture.split("The same two paths as functions.").nth(1);
    let walks = walks.and_then(|rest| rest.split("\nThe command reads blocks").next());
    let is_name =
        |code: &&str| code.chars().all(|sign| sign.is_alphanumeric() || "_:".contains(sign));
    let named: Vec<&str> = code_of(walks.expect("it has both walks")).filter(is_name).collect();
    assert!(named.len() > 20, "only {} names were found", named.len());
    let folders =
        ["src", "crates/input/src", "crates/screening/src", "crates/report/src", "crates/cli/src"];
    let sources = folders.into_iter().flat_map(|folder| files_below(folder, ".rs"));
    let sources: String = sources.map(|path| read(&path.to_string_lossy())).collect();
    let is_there = |name: &&str| {
        let last = name.rsplit("::").next().unwrap_or_default();
        ["(", "<", " "].iter().any(|end| {
            sources.contains(&format!("fn {last}{end}"))
                || sources.contains(&format!("struct {last}{end}"))
        })
    };
    let gone: Vec<&str> = named.into_iter().filter(|name| !is_there(name)).collect();
    assert!(gone.is_empty(), "named in a walk, and not there: {gone:?}");
}

/// The sections that a newcomer looks for.
const ARCHITECTURE_PARTS: [&str; 4] =
    ["## Data flow", "## What may never happen", "## Where to begin", "## Design decisions"];

#[test]
fn every_module_is_named_in_the_architecture() {
    let architecture = read("docs/ARCHITECTURE.md");
    let named: BTreeSet<&Path> = code_of(&architecture).map(Path::new).collect();
    let crates = ["input", "screening", "private", "arrow", "report", "cli"];
    let folders = crates.map(|name| format!("crates/{name}/src"));
    let folders = ["src"].into_iter().chain(folders.iter().map(String::as_str));
    let modules = folders.flat_map(|folder| files_below(folder, ".rs"));
    // A folder covers the modules in it.
    let is_named = |module: &PathBuf| {
        let folders = module.ancestors().skip(1).take_while(|folder| !folder.ends_with("src"));
        named.contains(module.as_path()) || folders.into_iter().any(|folder| named.contains(folder))
    };
    let unnamed: Vec<PathBuf> = modules.filter(|module| !is_named(module)).collect();
    assert!(unnamed.is_empty(), "give each a line in docs/ARCHITECTURE.md: {unnamed:?}");
}

#[test]
fn every_link_within_the_documents_leads_somewhere() {
    let mut links = 0;
    for document in documents() {
        let text = read(&document.to_string_lossy());
        // Every other part is code.
        let prose: String = text.split("```").step_by(2).collect();
        for target in targets_of(&prose).filter(|target| !target.contains("://")) {
            links += 1;
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { document.clone() } else { resolved(&document, path) };
            let place = format!("{}: {target}", document.display());
            assert!(root().join(&path).exists(), "{place} is not there");
            if !heading.is_empty() {
                let text = read(&path.to_string_lossy());
                let mut anchors = text.lines().filter_map(anchor);
                assert!(anchors.any(|anchor| anchor == heading), "{place} is not a heading");
            }
        }
    }
    assert!(links > 20, "only {links} links were found");
}

#[test]
fn every_test_named_in_the_threat_model_exists() {
    let model = read("docs/THREAT_MODEL.md");
    let (named, missing) = tests_named_in(&model);
    assert!(named > 100, "only {named} names were found");
    assert!(missing.is_empty(), "named in docs/THREAT_MODEL.md, and not there: {missing:?}");
}

#[test]
fn every_test_named_in_the_private_check_exists() {
    let document = read("docs/PRIVATE-CHECK.md");
    let (_, properties) = document.split_once("\n## Properties\n").expect("it has this section");
    for number in 1..=16 {
        assert!(properties.contains(&format!("\n| P{number} | ")), "there is no row of P{number}");
    }
    let (named, missing) = tests_named_in(properties);
    assert!(named > 30, "only {named} names were found");
    assert!(missing.is_empty(), "named in docs/PRIVATE-CHECK.md, and not there: {missing:?}");
}

/// Counts the tests that the last columns of tables name, and collects the names that match no test, fuzz
/// target or file.
fn tests_named_in(document: &str) -> (usize, Vec<&str>) {
    let folders = ["src", "tests", "crates"];
    let sources = folders.into_iter().flat_map(|folder| files_below(folder, ".rs"));
    let sources: String = sources.map(|path| read(&path.to_string_lossy())).collect();
    let is_there = |name: &&str| {
        root().join(format!("fuzz/fuzz_targets/{name}.rs")).exists()
            || root().join(name).is_file()
            || sources.contains(&format!("fn {name}("))
    };
    let rows = document.lines().filter(|line| line.starts_with("| "));
    let shown_by = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let named: Vec<&str> = shown_by.flat_map(code_of).collect();
    (named.len(), named.into_iter().filter(|name| !is_there(name)).collect())
}

/// A filter that matches no test lets `cargo test` pass without running anything.
#[test]
fn each_filter_of_a_test_command_matches_a_test() {
    let scripts = files_below(".ci", "").into_iter().filter(|path| path.extension().is_none());
    let texts: Vec<String> =
        scripts.chain(documents()).map(|path| read(&path.to_string_lossy())).collect();
    let filters: Vec<&str> = texts.iter().flat_map(|text| filters_of(text)).collect();
    assert!(filters.len() > 20, "only {} filters were found", filters.len());
    let folders = ["src", "tests", "crates"];
    let sources: Vec<PathBuf> =
        folders.into_iter().flat_map(|folder| files_below(folder, ".rs")).collect();
    let is_test = |filter: &str| {
        let module = filter.trim_end_matches("::");
        let is_in_line = |line: &str| line.contains("fn ") && line.contains(module);
        sources.iter().any(|path| {
            path.with_extension("").ends_with(module)
                || read(&path.to_string_lossy()).lines().any(is_in_line)
        })
    };
    let unmatched: BTreeSet<&str> = filters.into_iter().filter(|filter| !is_test(filter)).collect();
    assert!(unmatched.is_empty(), "no test has these names: {unmatched:?}");
}

/// The words of `cargo test` commands that select tests by their names.
fn filters_of(text: &str) -> impl Iterator<Item = &str> {
    const WITH_VALUE: [&str; 4] = ["--package", "--test", "--bench", "--manifest-path"];
    text.split("cargo test ").skip(1).flat_map(|rest| {
        // A backslash continues a command on the next line.
        let end = rest
            .match_indices(['\n', '`', '|', '(', ')', ';'])
            .find(|(place, sign)| *sign != "\n" || !rest[..*place].ends_with('\\'));
        let command = &rest[..end.map_or(rest.len(), |(place, _)| place)];
        let words: Vec<&str> = command.split_whitespace().collect();
        let is_value = |place: usize| place > 0 && WITH_VALUE.contains(&words[place - 1]);
        let numbered = words.iter().copied().enumerate();
        let filters = numbered
            .filter(|(place, word)| !word.starts_with(['-', '\\', '"', '$']) && !is_value(*place));
        filters.map(|(_, word)| word).collect::<Vec<_>>()
    })
}

/// The texts between backquotes.
fn code_of(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|code| !code.is_empty())
}

/// Whether this looks like a path from the root.
fn is_path(code: &str) -> bool {
    let first = Path::new(code).components().next();
    let is_at_the_root = match first {
        Some(Component::Normal(first)) => root().join(first).exists(),
        _ => false,
    };
    is_at_the_root || code.contains('/') && !code.contains([' ', '<', '…', '*'])
}

/// The targets of links: the text in parentheses after brackets.
fn targets_of(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// A path in a document, resolved.
fn resolved(document: &Path, path: &str) -> PathBuf {
    let folder = document.parent().unwrap_or(Path::new(""));
    let mut joined = folder.to_path_buf();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => drop(joined.pop()),
            component => joined.push(component),
        }
    }
    joined
}

/// The anchor of the heading on this line, if there is one.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let kept = heading.to_lowercase().replace(' ', "-");
    Some(kept.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect())
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 120, "{lines} lines; move text to docs/");
}
