//! Outputs that appear only when the run has succeeded.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Seek as _, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::status::{WrongUsage, standard_output};

/// Where a result goes. What is written is held back until [`Outputs::publish`]: a file is
/// written beside its target and renamed, so that an earlier one stays as it was if the run fails;
/// standard output and devices get it at the end. Only the owner can read the files.
pub struct Output {
    writer: BufWriter<File>,
    target: Target,
}

enum Target {
    /// A file that will take the place of the target.
    File { temporary: tempfile::TempPath, target: PathBuf },
    /// Standard output or a device; the result waits in a file without a name.
    Stream(PathBuf),
}

impl Output {
    /// Prepares an output, so that a missing folder shows before the work, not after it.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        if is_standard(path) || is_device(path) {
            let spool = tempfile::tempfile().context("cannot create a temporary file")?;
            let target = Target::Stream(path.to_owned());
            return Ok(Self { writer: BufWriter::new(spool), target });
        }
        refuse_place(path)?;
        // A link stays, and the file that it names is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = folder_of(&target);
        let (file, temporary) = tempfile::Builder::new()
            .prefix(".leakdex-")
            .tempfile_in(folder)
            .with_context(|| format!("{}: cannot write there", path.display()))?
            .into_parts();
        Ok(Self { writer: BufWriter::new(file), target: Target::File { temporary, target } })
    }

    /// Brings all that was written to the disk.
    fn settle(&mut self) -> anyhow::Result<()> {
        let settled = self.writer.flush().and_then(|()| match self.target {
            Target::File { .. } => self.writer.get_ref().sync_all(),
            Target::Stream(_) => Ok(()),
        });
        settled.with_context(|| format!("{}: cannot write", self.target.name()))
    }

    /// Gives the output its name, or its bytes to the stream.
    fn publish(self) -> anyhow::Result<()> {
        let Self { mut writer, target } = self;
        let name = target.name();
        let failed = || format!("{name}: cannot write");
        match target {
            Target::File { temporary, target } => {
                temporary.persist(&target).map_err(|error| error.error).with_context(failed)
            }
            Target::Stream(path) => {
                let spool = writer.get_mut();
                spool.rewind().with_context(failed)?;
                if is_standard(&path) {
                    let mut stdout = io::stdout().lock();
                    let copied = io::copy(spool, &mut stdout).and_then(|_| stdout.flush());
                    copied.map_err(standard_output)
                } else {
                    let mut device =
                        File::options().write(true).open(&path).with_context(failed)?;
                    io::copy(spool, &mut device).map(drop).with_context(failed)
                }
            }
        }
    }
}

/// Several outputs that are published together.
pub struct Outputs {
    streams: Vec<Output>,
    files: Vec<Output>,
}

impl Outputs {
    pub fn new(outputs: impl IntoIterator<Item = Output>) -> Self {
        let (mut streams, files): (Vec<_>, Vec<_>) =
            outputs.into_iter().partition(|output| matches!(output.target, Target::Stream(_)));
        // Standard output last: what stands there cannot be taken back.
        streams.sort_by_key(
            |output| matches!(&output.target, Target::Stream(path) if is_standard(path)),
        );
        Self { streams, files }
    }

    /// Publishes all, so that what is likely to fail comes before what cannot be undone: everything
    /// is on the disk, then the streams get their bytes, since they may be closed or full, then
    /// comes what `between` publishes, then the files get their names.
    pub fn publish(mut self, between: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.streams.iter_mut().chain(&mut self.files).try_for_each(Output::settle)?;
        self.streams.into_iter().try_for_each(Output::publish)?;
        between()?;
        self.files.into_iter().try_for_each(Output::publish)
    }
}

impl Target {
    fn name(&self) -> String {
        match self {
            Self::File { target, .. } => target.display().to_string(),
            Self::Stream(path) => path.display().to_string(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Refuses a place where no file can be written, before the work.
pub fn refuse_place(path: &Path) -> anyhow::Result<()> {
    let folder = folder_of(path);
    anyhow::ensure!(
        folder.is_dir(),
        "{}: there is no folder {}; make it first",
        path.display(),
        folder.display()
    );
    anyhow::ensure!(!path.is_dir(), "{}: is a folder; name a file in it", path.display());
    Ok(())
}

/// Refuses command lines on which results get into each other's way or into that of inputs.
pub fn refuse_conflicts(results: &[&Path], inputs: &[&Path]) -> Result<(), WrongUsage> {
    if inputs.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(WrongUsage("standard input ('-') can be one input only".into()));
    }
    for (number, result) in results.iter().enumerate() {
        if is_device(result) {
            continue;
        }
        if results[..number].iter().any(|other| is_same(result, other)) {
            let place = if is_standard(result) {
                "standard output".into()
            } else {
                result.display().to_string()
            };
            return Err(WrongUsage(format!("{place} can take one result only; name another file")));
        }
        if !is_standard(result) && inputs.iter().any(|input| is_same(result, input)) {
            let place = result.display();
            return Err(WrongUsage(format!("{place} is an input; a result would replace it")));
        }
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether two paths lead to one file, which need not exist yet.
fn is_same(one: &Path, other: &Path) -> bool {
    let resolved = |path: &Path| {
        fs::canonicalize(path)
            .ok()
            .or_else(|| Some(fs::canonicalize(folder_of(path)).ok()?.join(path.file_name()?)))
    };
    one == other || resolved(one).is_some_and(|path| resolved(other) == Some(path))
}

pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Something that exists and is neither a file nor a folder, as a terminal or a pipe: replacing it
/// by a file would be wrong.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
