//! The mutants of the library, as cargo-mutants lists them.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
    process::Command,
};

use serde::Deserialize;

use crate::outcome::Outcome;

/// What a mutant changes, in cargo-mutants' words.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
pub enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    StructField,
}

/// A place in a file. Both numbers begin at 1.
#[derive(Clone, Copy, Deserialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

#[derive(Deserialize)]
pub struct Span {
    pub start: Position,
    pub end: Position,
}

#[derive(Deserialize)]
pub struct Function {
    span: Span,
}

#[derive(Deserialize)]
pub struct Mutant {
    pub file: String,
    pub genre: Genre,
    pub name: String,
    pub replacement: String,
    pub span: Span,
    function: Option<Function>,
    /// Names the mutant in the results, also after lines moved or another function changed.
    #[serde(skip)]
    pub key: String,
}

/// Lists the mutants that the options select.
pub fn list(program: &Path, options: &[String]) -> Outcome<Vec<Mutant>> {
    let output = Command::new(program)
        .args(["mutants", "--list", "--json", "--package", "leakdex", "--all-features"])
        .args(["--colors", "never"])
        .args(options)
        .env_remove("CARGO_TARGET_DIR")
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Gives each mutant its key: what it does, and a hash of the function that it changes.
pub fn add_keys(mutants: &mut [Mutant], texts: &HashMap<String, String>) {
    let mut counts = HashMap::<(String, u64), usize>::new();
    for mutant in mutants {
        let text = texts.get(&mutant.file).map_or("", String::as_str);
        let mut hasher = DefaultHasher::new();
        match &mutant.function {
            Some(Function { span }) => {
                let count = span.end.line + 1 - span.start.line;
                text.lines()
                    .skip(span.start.line - 1)
                    .take(count)
                    .for_each(|l| l.hash(&mut hasher));
            }
            None => text.hash(&mut hasher),
        }
        let place = format!(":{}:{}: ", mutant.span.start.line, mutant.span.start.column);
        let what = mutant.name.replacen(&place, ": ", 1);
        let hash = hasher.finish();
        let count = counts.entry((what.clone(), hash)).or_default();
        *count += 1;
        mutant.key = format!("{what} #{count} {hash:016x}");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Mutant, add_keys};

    fn keys(text: &str, lines: [usize; 2]) -> Vec<String> {
        let position = |line| serde_json::json!({ "line": line, "column": 5 });
        let mutant = |line| {
            serde_json::from_value::<Mutant>(serde_json::json!({
                "file": "a.rs", "genre": "UnaryOperator", "replacement": "",
                "name": format!("a.rs:{line}:5: delete ! in f"),
                "span": { "start": position(line), "end": position(line) },
                "function": { "span": { "start": position(lines[0] - 1), "end": position(lines[1] + 1) } },
            }))
        };
        let mut mutants = Vec::from(lines.map(|line| mutant(line).expect("it is a mutant")));
        add_keys(&mut mutants, &HashMap::from([("a.rs".to_owned(), text.to_owned())]));
        mutants.into_iter().map(|mutant| mutant.key).collect()
    }

    #[test]
    fn a_key_stays_when_the_function_moves_and_changes_with_it() {
        let before = keys("fn f() {\n    !a;\n    !a;\n}\n", [2, 3]);
        assert_ne!(before[0], before[1]);
        assert!(before[0].starts_with("a.rs: delete ! in f #1 "), "{}", before[0]);
        assert_eq!(before, keys("// New.\nfn f() {\n    !a;\n    !a;\n}\n", [3, 4]));
        assert_ne!(before, keys("fn f() {\n    !b;\n    !a;\n}\n", [2, 3]));
    }
}
