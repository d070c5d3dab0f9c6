//! The floors of the workspace: each crate imports only crates on lower floors, and within a crate each
//! module imports only modules on lower floors.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{files_below, read, root};

/// The crates, each with its modules, from the lowest floor to the highest. `lib.rs` and `main.rs`
/// are above all modules.
const FLOORS: &[(&str, &str)] = &[
    ("crates/staging", "disk faults step path owner part file secret folder journal"),
    (
        ".",
        "memory parse_error id text breach identifier error trace columns record key profile pseudonym batch index build check",
    ),
    (
        "crates/private",
        "names error json voprf signer envelope epoch request response checked ledger answer texts state table pass ask finish audit open fuzzing",
    ),
    (
        "crates/input",
        "closest code_page digest gaps option_error delimiter feed grammar lines path record_layout size split fields records options \
         transfer zstd unpack charset transcode error stable_file archive common_names vocabulary header names columns unused \
         source batch rows date_order doubt fit mojibake heading signatures sniff separators opening formats input",
    ),
    (
        "crates/screening",
        "error indexes caveats reading pipeline batches leak list_profile screener swapped",
    ),
    (
        "crates/arrow",
        "error threads rules open options output stream columns counts add check distributed",
    ),
    (
        "crates/report",
        "causes cell counts false_matches decision error insurer language numbers templates words sheet decisions letters \
         persons summary notice report worklist explanation",
    ),
    (
        "crates/synthetic",
        "numbers random date plain names population person errors spelling copies leak members damage",
    ),
    (
        "crates/cli",
        "clock examples human machine mask references remedies toml_file \
         args demo screen status breach_file cut_short signals keys streams unused command_line output patterns process \
         progress config indexes row_numbers leaked_rows decided previous findings worklist filled_list inputs reports notices rejects self_check \
         false_matches summary checkpoint fuzzing leak commands",
    ),
    (
        "crates/mutants",
        "outcome switch list render rewrite results sources compile process reach campaign",
    ),
    ("crates/capi", "handle error guard foreign options key verdict index check builder java"),
    (
        "crates/python",
        "failure key raw arguments members account verdict verdicts index builder distributed",
    ),
];

/// Test code may import from higher floors: for example, it builds an index to test reading.
const TEST_ONLY: &str = "#[cfg(test)]";

#[test]
fn no_module_imports_one_above_it() {
    let mut wrong = Vec::new();
    for (folder, floors) in FLOORS {
        let floors: Vec<&str> = floors.split_whitespace().collect();
        let imports = imports_of(&Path::new(folder).join("src"));
        let modules: BTreeSet<&str> = imports.keys().map(String::as_str).collect();
        assert_eq!(modules, floors.iter().copied().collect(), "the modules of {folder}");
        for (module, imported) in &imports {
            let floor = |name: &str| floors.iter().position(|floor| *floor == name);
            for other in imported {
                match floor(other) {
                    Some(other_floor) if Some(other_floor) < floor(module) => {}
                    Some(_) => wrong.push(format!("{folder}: {module} imports {other} above it")),
                    None => wrong
                        .push(format!("{folder}: {module} imports {other} from lib.rs or main.rs")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_crate_depends_on_one_above_it() {
    let mut below = BTreeSet::new();
    for (folder, _) in FLOORS {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
        let name = manifest["package"]["name"].as_str().expect("a crate has a name");
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
        for dependency in dependencies.into_iter().flat_map(toml::Table::keys) {
            let is_ours = dependency.starts_with("leakdex");
            assert!(
                !is_ours || below.contains(dependency),
                "{name} depends on {dependency} above it"
            );
        }
        below.insert(name.to_owned());
    }
    let crates = fs::read_dir(root().join("crates")).expect("there are crates").count();
    assert_eq!(below.len(), crates + 1, "each crate has its floor");
}

#[test]
fn imports_are_found_in_every_form() {
    let source = r#"
        //! crate::comment
        use crate::{one, two::{self, three}, four as other};
        use super::super::five::Six;
        fn seven() { crate::eight::nine(); "crate::text"; 'c'; let _: &'static str = r"crate::raw"; }
        mod inline { use super::own; use crate::ten; }
        #[cfg(test)]
        mod tests { use crate::eleven; }
        #[cfg(test)] use crate::twelve;
        macro_rules! m { () => { $crate::thirteen!() } }
    "#;
    let found = imports_in(source, &["at", "depth"]);
    let expected = ["at", "eight", "five", "four", "one", "ten", "thirteen", "two"];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// For each top-level module of a crate, the first segments of the paths that it imports from its
/// crate, without its own name.
fn imports_of(source: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut imports = BTreeMap::<String, BTreeSet<String>>::new();
    let files = files_below(&source.to_string_lossy(), ".rs");
    let test_files: Vec<PathBuf> = files.iter().flat_map(|file| test_modules_of(file)).collect();
    for file in &files {
        let within = file.strip_prefix(source).expect("it is below").with_extension("");
        let path: Vec<&str> = within.iter().filter_map(|name| name.to_str()).collect();
        let is_test = test_files.iter().any(|test| file.with_extension("").starts_with(test));
        if is_test || ["lib", "main"].contains(&path[0]) {
            continue;
        }
        let code = read(&file.to_string_lossy());
        let found = imports_in(&code, &path);
        let entry = imports.entry(path[0].to_owned()).or_default();
        entry.extend(found.into_iter().filter(|name| name != path[0]));
    }
    imports
}

/// The paths, without endings, of the module files that a file declares for tests only.
fn test_modules_of(file: &Path) -> Vec<PathBuf> {
    let code = read(&file.to_string_lossy());
    let is_crate_root = file.file_stem().is_some_and(|stem| stem == "lib" || stem == "main");
    let folder = if is_crate_root { file.with_file_name("") } else { file.with_extension("") };
    let mut lines = code.lines();
    let mut modules = Vec::new();
    while let Some(line) = lines.next() {
        if line.trim() == TEST_ONLY
            && let Some(name) = lines.next().and_then(|next| next.trim().strip_suffix(';'))
            && let Some(name) = name.rsplit("mod ").next()
        {
            modules.push(folder.join(name));
        }
    }
    modules
}

/// The first segments, below the crate's root, of all paths in `code` that begin with `crate` or
/// `super`. `module` is the path of the module that holds the code.
fn imports_in(code: &str, module: &[&str]) -> BTreeSet<String> {
    let tokens = without_tests(&tokens_of(code));
    let mut found = BTreeSet::new();
    let mut module: Vec<&str> = module.to_vec();
    // Inline modules, by the depth of braces at which each ends.
    let (mut inline, mut depth) = (Vec::new(), 0);
    let mut place = 0;
    while place < tokens.len() {
        match tokens[place..] {
            ["mod", name, "{", ..] => {
                inline.push(depth);
                module.push(name);
                depth += 1;
                place += 3;
                continue;
            }
            ["{", ..] => depth += 1,
            ["}", ..] => {
                depth -= 1;
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            ["crate", "::", ..] => found.extend(first_segments(&tokens[place + 2..])),
            ["super", "::", ..] if place == 0 || tokens[place - 1] != "::" => {
                let mut ups = 1;
                while tokens[place + 2 * ups..].starts_with(&["super", "::"]) {
                    ups += 1;
                }
                match module.len().checked_sub(ups) {
                    Some(left) if left > 0 => {
                        found.insert(module[0].to_owned());
                    }
                    _ => found.extend(first_segments(&tokens[place + 2 * ups..])),
                }
            }
            _ => {}
        }
        place += 1;
    }
    found
}

/// The first segment of a path, or those of all paths in a group.
fn first_segments(tokens: &[&str]) -> Vec<String> {
    if tokens.first() != Some(&"{") {
        return tokens.first().map(|&name| name.to_owned()).into_iter().collect();
    }
    let (mut depth, mut is_first, mut names) = (0, true, Vec::new());
    for &token in tokens {
        match token {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => is_first = true,
            name if depth == 1 && is_first => {
                names.push(name.to_owned());
                is_first = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Leaves out each item that exists for tests only.
fn without_tests<'c>(tokens: &[&'c str]) -> Vec<&'c str> {
    let test_only = tokens_of(TEST_ONLY);
    let mut left = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        if !tokens[place..].starts_with(&test_only) {
            left.push(tokens[place]);
            place += 1;
            continue;
        }
        let mut depth = 0;
        for token in &tokens[place + test_only.len()..] {
            place += 1;
            match *token {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 && (*token == "}" || *token == ";") {
                break;
            }
        }
        place += test_only.len();
    }
    left
}

/// Names, `::` and other characters, without comments and string literals.
fn tokens_of(code: &str) -> Vec<&str> {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let mut tokens = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = length_of_text(rest) {
            length
        } else if is_name(first) {
            let length = rest.find(|character| !is_name(character)).unwrap_or(rest.len());
            tokens.push(&rest[..length]);
            length
        } else if rest.starts_with("::") {
            tokens.push("::");
            2
        } else {
            let length = first.len_utf8();
            if !first.is_whitespace() {
                tokens.push(&rest[..length]);
            }
            length
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of the string or character literal at the beginning of the code; `None` if there is
/// none.
fn length_of_text(code: &str) -> Option<usize> {
    let start = code.strip_prefix('b').unwrap_or(code);
    let prefix = code.len() - start.len();
    if let Some(raw) = start.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let text = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(prefix + 1 + hashes + 1 + text.find(&end)? + end.len());
    }
    let quote = start.chars().next().filter(|&quote| quote == '"' || quote == '\'')?;
    let mut characters = start.char_indices().skip(1);
    let mut count = 0;
    while let Some((place, character)) = characters.next() {
        if character == quote && (count > 0 || quote == '"') {
            return Some(prefix + place + 1);
        }
        if character == '\\' {
            characters.next();
        }
        count += 1;
        // A lifetime has no closing quote.
        if quote == '\'' && count > 1 && !start.starts_with("'\\") {
            return None;
        }
    }
    None
}
