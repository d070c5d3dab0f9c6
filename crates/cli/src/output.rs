//! Outputs that appear only if the run succeeds.

use std::{
    collections::BTreeSet,
    env, fmt,
    fs::{self, File},
    io::{self, BufWriter, Seek as _, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex_input::file_of;
use leakdex_staging::{self as staging, Staged, create_unnamed, folder_of, sync_folder};

use crate::{
    keys, signals,
    status::{standard_output, wrong_usage},
    streams::{self, Stream, StreamType},
};

/// The destination of a result. The bytes are held back until [`publish`]. A file is written beside its
/// target and renamed, so an earlier file stays unchanged if the run fails. Open streams and devices get
/// the bytes at the end. Only the owner can read the files.
pub enum Output {
    /// A file that will replace its target.
    File(BufWriter<Staged>),
    /// An open stream, such as standard output, or a device, which is opened at the end. The result waits
    /// in an unnamed file.
    Stream { spool: BufWriter<File>, target: PathBuf, stream: Option<Stream> },
}

/// A file without a name in the folder for temporary files.
pub fn temporary_file() -> anyhow::Result<File> {
    let folder = env::temp_dir();
    create_unnamed(&folder).with_context(|| {
        format!(
            "cannot create a temporary file in {}; set TMPDIR to a folder that can be written",
            folder.display()
        )
    })
}

impl Output {
    /// Prepares an output. A missing folder fails now, before the work.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        if is_stream(path) {
            let stream = streams::of_path(path).map(streams::open).transpose()?;
            let (spool, target) = (BufWriter::new(temporary_file()?), path.to_owned());
            return Ok(Self::Stream { spool, target, stream });
        }
        refuse_place(path)?;
        let staged = Staged::create(path)
            .with_context(|| format!("{}: cannot write there", path.display()))?;
        Ok(Self::File(BufWriter::new(staged)))
    }

    /// Prepares an output, if a path is given.
    pub fn create_optional(path: Option<&Path>) -> anyhow::Result<Option<Self>> {
        path.map(Self::create).transpose()
    }

    /// Opens a file that was kept, with its note; `None` if there is none.
    pub fn resume(path: &Path) -> anyhow::Result<Option<(Self, Vec<u8>)>> {
        refuse_place(path)?;
        let resumed = Staged::resume(path);
        let resumed = resumed.with_context(|| format!("{}: cannot continue", path.display()))?;
        Ok(resumed.map(|(staged, note)| (Self::File(BufWriter::new(staged)), note)))
    }

    /// Stores a note beside the bytes written and flushed so far, and keeps both if the run ends early.
    pub fn keep(&self, note: &[u8]) -> anyhow::Result<()> {
        self.staged()?.keep(note).with_context(|| format!("{}: cannot write", self.place()))
    }

    /// The number of bytes written and flushed.
    pub fn length(&self) -> anyhow::Result<u64> {
        self.staged()?.length().with_context(|| format!("{}: cannot write", self.place()))
    }

    /// Truncates a kept file to an earlier length.
    pub fn cut(&mut self, length: u64) -> anyhow::Result<()> {
        let place = self.place().to_string();
        let Self::File(writer) = self else { anyhow::bail!(no_file(&place)) };
        let cut = writer.get_mut().cut(length);
        cut.with_context(|| format!("{place}: the output of the interrupted run is incomplete"))
    }

    /// Removes the bytes that were written, even if they were kept.
    pub fn abandon(self) -> anyhow::Result<()> {
        let failed = format!("{}: cannot remove its unfinished file", self.place());
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

    /// Syncs everything written, and opens the file to read it back. `None` for a stream.
    pub fn reopened(&mut self) -> anyhow::Result<Option<File>> {
        self.settle()?;
        let Self::File(writer) = self else { return Ok(None) };
        let file = writer.get_ref().reopen();
        file.map(Some).with_context(|| format!("{}: cannot read back", self.place()))
    }

    /// Syncs everything written to the disk.
    fn settle(&mut self) -> anyhow::Result<()> {
        let settled = match self {
            Self::File(writer) => writer.flush().and_then(|()| writer.get_ref().sync()),
            Self::Stream { spool, .. } => spool.flush(),
        };
        settled.with_context(|| format!("{}: cannot write", self.place()))
    }

    /// Gives the file its name, or writes the bytes to the stream.
    fn publish(self) -> anyhow::Result<()> {
        let target = self.target().to_owned();
        let failed = || format!("{}: cannot write", target.display());
        match self {
            Self::File(writer) => {
                let staged = writer.into_inner().map_err(io::IntoInnerError::into_error);
                staged.and_then(Staged::publish).with_context(failed)
            }
            Self::Stream { mut spool, target, stream } => {
                let spool = spool.get_mut();
                spool.rewind().with_context(failed)?;
                let Some(mut stream) = stream else {
                    let mut device =
                        File::options().write(true).open(&target).with_context(failed)?;
                    return io::copy(spool, &mut device).map(drop).with_context(failed);
                };
                let copied = io::copy(spool, &mut stream).and_then(|_| stream.flush());
                if is_standard_output(&target) {
                    copied.map_err(standard_output)
                } else {
                    copied.with_context(failed)
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

    /// The destination, for people.
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

/// Outputs that are on the disk, but do not have their names yet.
pub struct Settled(Vec<Output>);

/// Syncs several outputs, and the folders with their temporary names. If the power fails while results get their
/// final names, the results without a final name still exist.
pub fn settle(outputs: impl IntoIterator<Item = Output>) -> anyhow::Result<Settled> {
    let mut outputs: Vec<Output> = outputs.into_iter().collect();
    outputs.iter_mut().try_for_each(Output::settle)?;
    let files = outputs.iter().filter(|output| matches!(output, Output::File(_)));
    let folders: BTreeSet<&Path> = files.map(|file| folder_of(file.target())).collect();
    folders.into_iter().try_for_each(|folder| {
        sync_folder(folder).with_context(|| format!("{}: cannot write there", folder.display()))
    })?;
    Ok(Settled(outputs))
}

/// Publishes several outputs together. Steps that are likely to fail come before steps that cannot be
/// undone. The outputs are already on the disk. First the streams get their bytes, since they may be
/// closed or full. Then comes the result of `first`, and last the files get their names. A signal does not
/// interrupt the naming.
///
/// # Errors
///
/// If only some results are published, the error lists them and says how to continue.
pub fn publish(
    Settled(outputs): Settled,
    first: Option<PrimaryOutput<'_, impl FnOnce() -> anyhow::Result<()>>>,
) -> anyhow::Result<()> {
    let (mut streams, files): (Vec<_>, Vec<_>) =
        outputs.into_iter().partition(|output| matches!(output, Output::Stream { .. }));
    // Standard output comes last, since its bytes cannot be taken back.
    streams.sort_by_key(|output| is_standard_output(output.target()));

    let name = |output: &Output| Place::of_result(output.target()).name();
    let mut names: Vec<String> = streams.iter().map(name).collect();
    names.extend(first.iter().map(|first| first.target.display().to_string()));
    names.extend(files.iter().map(name));
    let streams_of_all = streams.len();
    let (mut published, mut first_is_begun) = (0, false);
    let mut next_step = "run this again, which replaces the files that are there".to_owned();
    let all = || -> anyhow::Result<()> {
        for stream in streams {
            stream.publish()?;
            published += 1;
        }
        signals::uninterrupted(|| {
            if let Some(first) = first {
                // If only the sync of its name fails, the result exists all the same.
                first_is_begun = true;
                let again = next_step.clone();
                if let Some(advice) = &first.next_step {
                    let place = first.target.display();
                    next_step = format!(
                        "see whether the new {place} is there. If it is, {advice}. If not, run this again"
                    );
                }
                (first.publish)()?;
                published += 1;
                next_step = first.next_step.unwrap_or(again);
            }
            for file in files {
                file.publish()?;
                published += 1;
            }
            Ok(())
        })
    };
    all().map_err(|error| {
        if published == 0 && !first_is_begun {
            return error;
        }
        let (there, missing) = names.split_at(published);
        let complete = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        let streams = &there[..published.min(streams_of_all)];
        // A stream may append, and would then get everything twice.
        let discard = if streams.is_empty() {
            String::new()
        } else {
            format!("discard the content that {} got; then ", streams.join(", "))
        };
        error.context(format!(
            "not every result is there. Complete: {complete}. Not complete: {}. To go on, \
             {discard}{next_step}. The reason",
            missing.join(", ")
        ))
    })
}

/// No result gets its name before the others.
pub const NO_PRIMARY_OUTPUT: Option<PrimaryOutput<'static, Publish>> = None;

type Publish = fn() -> anyhow::Result<()>;

/// The result that gets its name before all other files: an index, or a folder of letters.
pub struct PrimaryOutput<'a, F> {
    pub target: &'a Path,
    pub publish: F,
    /// Advice for the case that this result is published and another one cannot be. `None` if the same
    /// command can be run again.
    pub next_step: Option<String>,
}

/// Callers do not know the destination, so the errors name it.
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

/// Refuses a place in a missing folder.
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

/// Refuses command lines whose results overwrite each other or an input.
pub fn refuse_conflicts<'a>(
    results: impl IntoIterator<Item = &'a PathBuf>,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> anyhow::Result<()> {
    let results = Vec::from_iter(results);
    let inputs: Vec<&PathBuf> = inputs.into_iter().chain(keys::passphrase_file()).collect();
    if inputs.iter().filter(|path| is_standard(path)).count() > 1 {
        return wrong_usage(
            "standard input ('-') can be one input only; name files for the others",
        );
    }
    for (number, result) in results.iter().enumerate() {
        let place = Place::of_result(result);
        let mut earlier = results[..number].iter();
        if let Some(other) = earlier.find(|other| place.shares_with(Place::of_result(other))) {
            let also = if place.stream.is_none() || other == result {
                String::new()
            } else {
                format!(" ('{}' and '{}' both lead there)", other.display(), result.display())
            };
            return wrong_usage(format!(
                "{} can take one result only{also}; name another file",
                place.name()
            ));
        }
        if inputs.iter().any(|input| place.would_replace(Place::of_input(input))) {
            return wrong_usage(format!(
                "{} is an input, and a result would replace it; name another file",
                place.name()
            ));
        }
    }
    Ok(())
}

/// Whether a result would replace one of these files.
pub fn is_among(result: &Path, files: &[PathBuf]) -> bool {
    files.iter().any(|file| is_same(result, file))
}

/// The destination of a result or the source of an input: a path, and the open stream that it leads to.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a Path,
    stream: Option<i32>,
}

impl<'a> Place<'a> {
    fn of_result(path: &'a Path) -> Self {
        Self { path, stream: streams::of_path(path) }
    }

    fn of_input(path: &'a Path) -> Self {
        let stream = if is_standard(path) { Some(streams::INPUT) } else { streams::of_path(path) };
        Self { path: file_of(path), stream }
    }

    fn name(self) -> String {
        if self.stream == Some(streams::OUTPUT) {
            "standard output".into()
        } else {
            self.path.display().to_string()
        }
    }

    /// Whether two results would share a file or a pipe. A terminal and `/dev/null` take any number of
    /// results.
    fn shares_with(self, other: Self) -> bool {
        let is_one_stream = self.stream.is_some() && self.stream == other.stream;
        is_one_stream
            || self.is_same_place(other, |stream_type| stream_type != StreamType::CharacterDevice)
    }

    /// Whether a result would overwrite or replace the file of this input.
    fn would_replace(self, input: Self) -> bool {
        self.is_same_place(input, |stream_type| stream_type == StreamType::File)
    }

    fn is_same_place(self, other: Self, is_relevant: impl Fn(StreamType) -> bool) -> bool {
        let is_name = |place: Self| place.stream.is_none() && !is_device(place.path);
        if is_name(self) && is_name(other) {
            return is_same(self.path, other.path);
        }
        let identity = |place: Self| streams::identity(place.path, place.stream);
        let identity_of_self = identity(self);
        identity_of_self.as_ref().is_some_and(|found| is_relevant(found.stream_type))
            && identity_of_self == identity(other)
    }
}

/// Whether two paths lead to the same file, which need not exist yet.
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
    format!("{place}: is not a file, so nothing of it can be kept")
}

/// Whether a result with this path goes to an open stream or a device, and not to a file of this name.
pub fn is_stream(path: &Path) -> bool {
    streams::of_path(path).is_some() || is_device(path)
}

fn is_standard_output(path: &Path) -> bool {
    streams::of_path(path) == Some(streams::OUTPUT)
}

/// Whether a path exists and is neither a file nor a folder, such as a terminal or a pipe. No file may replace it.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_a_first_result_that_may_be_published_and_the_next_step() {
        let folder = tempfile::tempdir().expect("a folder");
        let [letters, findings] = ["letters", "findings.csv"].map(|name| folder.path().join(name));
        let first = PrimaryOutput {
            target: &letters,
            publish: || {
                // As if the folder had got its name, and only its sync failed.
                fs::create_dir(&letters).expect("it is new");
                anyhow::bail!("the disk failed")
            },
            next_step: Some("do this".to_owned()),
        };
        let outputs = settle([Output::create(&findings).expect("there is room")]);
        let outputs = outputs.expect("there is room");
        let error = format!("{:#}", publish(outputs, Some(first)).expect_err("it failed"));
        for words in [
            "Complete: none.",
            "findings.csv.",
            "letters is there. If it is, do this.",
            "the disk failed",
        ] {
            assert!(error.contains(words), "'{words}' is not in: {error}");
        }
        assert!(!findings.exists());
    }
}
