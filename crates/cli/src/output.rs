//! Outputs that appear only when the run has succeeded.

use std::{
    env, fmt,
    fs::{self, File},
    io::{self, BufWriter, Seek as _, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex_input::file_of;
use leakdex_staging::{self as staging, Staged, folder_of, unnamed_in};

use crate::status::{standard_output, wrong_usage};

/// Where a result goes. What is written is held back until [`publish`]: a file is
/// written beside its target and renamed, so that an earlier one stays as it was if the run fails;
/// standard output and devices get it at the end. Only the owner can read the files.
pub enum Output {
    /// A file that will take the place of its target.
    File(BufWriter<Staged>),
    /// Standard output or a device; the result waits in a file without a name.
    Stream { spool: BufWriter<File>, target: PathBuf },
}

impl Output {
    /// Prepares an output, so that a missing folder shows before the work, not after it.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        if is_standard(path) || is_device(path) {
            let folder = env::temp_dir();
            let spool = unnamed_in(&folder).with_context(|| {
                format!(
                    "cannot create a temporary file in {}; set TMPDIR to a folder that can be written",
                    folder.display()
                )
            })?;
            return Ok(Self::Stream { spool: BufWriter::new(spool), target: path.to_owned() });
        }
        refuse_place(path)?;
        let staged = Staged::create(path)
            .with_context(|| format!("{}: cannot write there", path.display()))?;
        Ok(Self::File(BufWriter::new(staged)))
    }

    /// Prepares an output, if one is asked for.
    pub fn create_if_asked(path: Option<&Path>) -> anyhow::Result<Option<Self>> {
        path.map(Self::create).transpose()
    }

    /// Takes up a file that was kept, with its note; `None` if there is none.
    pub fn resume(path: &Path) -> anyhow::Result<Option<(Self, Vec<u8>)>> {
        refuse_place(path)?;
        let resumed = Staged::resume(path);
        let resumed = resumed.with_context(|| format!("{}: cannot go on", path.display()))?;
        Ok(resumed.map(|(staged, note)| (Self::File(BufWriter::new(staged)), note)))
    }

    /// Keeps what was written and flushed, with a note, if the run ends before its time.
    pub fn keep(&self, note: &[u8]) -> anyhow::Result<()> {
        self.staged()?.keep(note).with_context(|| format!("{}: cannot write", self.place()))
    }

    /// How many bytes were written and flushed.
    pub fn length(&self) -> anyhow::Result<u64> {
        self.staged()?.length().with_context(|| format!("{}: cannot write", self.place()))
    }

    /// Cuts what was taken up to a length that it had.
    pub fn cut(&mut self, length: u64) -> anyhow::Result<()> {
        let place = self.place().to_string();
        let Self::File(writer) = self else { anyhow::bail!(no_file(&place)) };
        let cut = writer.get_mut().cut(length);
        cut.with_context(|| {
            format!("{place}: what the run that was cut off had written is not whole")
        })
    }

    /// Removes what was written, also if it was kept.
    pub fn abandon(self) -> anyhow::Result<()> {
        let failed = format!("{}: cannot remove what was written for it", self.place());
        match self {
            Self::File(writer) => writer.into_parts().0.abandon().context(failed),
            Self::Stream { .. } => Ok(()),
        }
    }

    fn staged(&self) -> anyhow::Result<&Staged> {
        match self {
            Self::File(writer) => Ok(writer.get_ref()),
            Self::Stream { .. } => Err(anyhow::anyhow!(no_file(self.place()))),
        }
    }

    /// Brings all that was written to the disk.
    fn settle(&mut self) -> anyhow::Result<()> {
        let settled = match self {
            Self::File(writer) => writer.flush().and_then(|()| writer.get_ref().sync()),
            Self::Stream { spool, .. } => spool.flush(),
        };
        settled.with_context(|| format!("{}: cannot write", self.place()))
    }

    /// Gives the output its name, or its bytes to the stream.
    fn publish(self) -> anyhow::Result<()> {
        let target = self.target().to_owned();
        let failed = || format!("{}: cannot write", target.display());
        match self {
            Self::File(writer) => {
                let staged = writer.into_inner().map_err(io::IntoInnerError::into_error);
                staged.and_then(Staged::publish).with_context(failed)
            }
            Self::Stream { mut spool, target } => {
                let spool = spool.get_mut();
                spool.rewind().with_context(failed)?;
                if is_standard(&target) {
                    let mut stdout = io::stdout().lock();
                    let copied = io::copy(spool, &mut stdout).and_then(|_| stdout.flush());
                    copied.map_err(standard_output)
                } else {
                    let mut device =
                        File::options().write(true).open(&target).with_context(failed)?;
                    io::copy(spool, &mut device).map(drop).with_context(failed)
                }
            }
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::File(writer) => writer,
            Self::Stream { spool, .. } => spool,
        }
    }

    fn name_in(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: cannot write: {error}", self.place()))
    }

    /// Where it goes, for people.
    pub fn place(&self) -> impl fmt::Display {
        self.target().display()
    }

    fn target(&self) -> &Path {
        match self {
            Self::File(writer) => writer.get_ref().target(),
            Self::Stream { target, .. } => target,
        }
    }
}

/// Publishes several outputs together, so that what is likely to fail comes before what cannot be undone:
/// everything is on the disk, then the streams get their bytes, since they may be closed or full, then
/// comes what `between` publishes, then the files get their names.
pub fn publish(
    outputs: impl IntoIterator<Item = Output>,
    between: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (mut streams, mut files): (Vec<_>, Vec<_>) =
        outputs.into_iter().partition(|output| matches!(output, Output::Stream { .. }));
    // Standard output last: what stands there cannot be taken back.
    streams.sort_by_key(|output| is_standard(output.target()));
    streams.iter_mut().chain(&mut files).try_for_each(Output::settle)?;
    streams.into_iter().try_for_each(Output::publish)?;
    between()?;
    files.into_iter().try_for_each(Output::publish)
}

/// Whoever writes does not know where to, so that errors say it.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes).map_err(|error| self.name_in(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush().map_err(|error| self.name_in(&error))
    }
}

/// Refuses a place where no file can be written, before the work.
pub fn refuse_place(path: &Path) -> anyhow::Result<()> {
    refuse_folder_of(path)?;
    anyhow::ensure!(!path.is_dir(), "{}: is a folder; name a file in it", path.display());
    Ok(())
}

/// Refuses a place in a folder that is not there.
pub fn refuse_folder_of(path: &Path) -> anyhow::Result<()> {
    let folder = folder_of(path);
    anyhow::ensure!(
        folder.is_dir(),
        "{}: there is no folder {}; make it first",
        path.display(),
        folder.display()
    );
    Ok(())
}

/// Refuses command lines on which results get into each other's way or into that of inputs.
pub fn refuse_conflicts<'a>(
    results: impl IntoIterator<Item = &'a PathBuf>,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> anyhow::Result<()> {
    let (results, inputs) = (Vec::from_iter(results), Vec::from_iter(inputs));
    if inputs.iter().filter(|path| is_standard(path)).count() > 1 {
        return wrong_usage(
            "standard input ('-') can be one input only; name files for the others",
        );
    }
    for (number, result) in results.iter().enumerate().filter(|(_, result)| !is_device(result)) {
        let (is_stdout, place) = (is_standard(result), result.display().to_string());
        if results[..number].iter().any(|other| is_same(result, other)) {
            let place = if is_stdout { "standard output" } else { &place };
            return wrong_usage(format!("{place} can take one result only; name another file"));
        }
        if !is_stdout && inputs.iter().any(|input| is_same(result, file_of(input))) {
            return wrong_usage(format!(
                "{place} is an input, and a result would replace it; name another file"
            ));
        }
    }
    Ok(())
}

/// Whether two paths lead to one file, which need not exist yet.
fn is_same(one: &Path, other: &Path) -> bool {
    let resolved = |path: &Path| {
        let path = staging::resolved(path);
        Some(fs::canonicalize(folder_of(&path)).ok()?.join(path.file_name()?))
    };
    one == other || resolved(one).is_some_and(|path| resolved(other) == Some(path))
}

pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn no_file(place: impl fmt::Display) -> String {
    format!("{place}: is no file, so that nothing of it can be kept")
}

/// Something that exists and is neither a file nor a folder, as a terminal or a pipe: replacing it
/// by a file would be wrong.
pub fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
