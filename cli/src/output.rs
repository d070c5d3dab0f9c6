//! Outputs that appear only when the run has succeeded.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Seek as _, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::status::{WrongUsage, standard_output};

/// Where a result goes. What is written is held back until [`publish_all`]: a file is
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
        // A link stays, and the file that it names is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if target.is_dir() {
            anyhow::bail!("{}: is a folder; name a file in it", path.display());
        }
        let (file, temporary) = tempfile::Builder::new()
            .prefix(".leakdex-")
            .tempfile_in(folder)
            .with_context(|| format!("{}: cannot write there", path.display()))?
            .into_parts();
        Ok(Self { writer: BufWriter::new(file), target: Target::File { temporary, target } })
    }

    /// Gives the output its name, or its bytes to the stream.
    fn publish(self) -> anyhow::Result<()> {
        let Self { writer, target } = self;
        let name = target.name();
        let failed = || format!("{name}: cannot write");
        let mut file =
            writer.into_inner().map_err(io::IntoInnerError::into_error).with_context(failed)?;
        match target {
            Target::File { temporary, target } => {
                file.sync_all().with_context(failed)?;
                temporary.persist(&target).map_err(|error| error.error).with_context(failed)
            }
            Target::Stream(path) => {
                file.rewind().with_context(failed)?;
                if is_standard(&path) {
                    let mut stdout = io::stdout().lock();
                    let copied = io::copy(&mut file, &mut stdout).and_then(|_| stdout.flush());
                    copied.map_err(standard_output)
                } else {
                    let mut device =
                        File::options().write(true).open(&path).with_context(failed)?;
                    io::copy(&mut file, &mut device).map(drop).with_context(failed)
                }
            }
        }
    }
}

/// Publishes several outputs, streams first: if one of those is closed, no file is replaced.
pub fn publish_all(outputs: impl IntoIterator<Item = Output>) -> anyhow::Result<()> {
    let (streams, files): (Vec<_>, Vec<_>) =
        outputs.into_iter().partition(|output| matches!(output.target, Target::Stream(_)));
    streams.into_iter().chain(files).try_for_each(Output::publish)
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

/// Refuses to mix several results on standard output.
pub fn refuse_mixed<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<(), WrongUsage> {
    if paths.into_iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(WrongUsage(
            "only one result can go to standard output; give the others files, as with \
             --output FILE",
        ));
    }
    Ok(())
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Something that exists and is neither a file nor a folder, as a terminal or a pipe: replacing it
/// by a file would be wrong.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
