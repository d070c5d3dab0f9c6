//! A copy of the project, whose library has the switch.

use std::{
    collections::{HashMap, HashSet},
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
};

use crate::outcome::Outcome;

pub struct Sources {
    pub folder: PathBuf,
    files: Vec<String>,
}

impl Sources {
    /// Copies all files that git knows or would add, except for those that will be rewritten. Files that did not
    /// change are not touched, so cargo does not compile them again.
    pub fn copy(folder: PathBuf, rewritten: &HashMap<String, String>) -> Outcome<Self> {
        let git = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let output = Command::new("git").args(git).output()?;
        let output = String::from_utf8(output.stdout)?;
        let names = output.split_terminator('\0').filter(|name| Path::new(name).is_file());
        let sources = Self { folder, files: names.map(str::to_owned).collect() };
        sources.remove_others()?;
        for name in sources.files.iter().filter(|name| !rewritten.contains_key(*name)) {
            let mut bytes = fs::read(name)?;
            if name == "src/lib.rs" {
                bytes.extend(b"\n#[doc(hidden)]\npub mod mutants;\n");
            }
            sources.write(name, &bytes)?;
        }
        sources.write("src/mutants.rs", include_bytes!("switch.rs"))?;
        Ok(sources)
    }

    /// Removes the files of an earlier copy that the project no longer has.
    fn remove_others(&self) -> Outcome<()> {
        let list = self.folder.with_extension("files");
        let files: HashSet<&str> = self.files.iter().map(String::as_str).collect();
        for name in fs::read_to_string(&list).unwrap_or_default().lines() {
            if !files.contains(name) {
                fs::remove_file(self.folder.join(name))?;
            }
        }
        Ok(fs::write(&list, self.files.join("\n"))?)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> Outcome<()> {
        let path = self.folder.join(name);
        if fs::read(&path).is_ok_and(|old| old == bytes) {
            return Ok(());
        }
        fs::create_dir_all(path.parent().expect("it is in the folder"))?;
        Ok(fs::write(path, bytes)?)
    }

    /// A digest of test programs, and of the files that they read.
    pub fn digest(&self, programs: &[PathBuf]) -> Outcome<u64> {
        let mut hasher = DefaultHasher::new();
        for program in programs {
            fs::read(program)?.hash(&mut hasher);
        }
        for name in self.files.iter().filter(|name| name.starts_with("tests/")) {
            name.hash(&mut hasher);
            fs::read(self.folder.join(name))?.hash(&mut hasher);
        }
        Ok(hasher.finish())
    }
}
