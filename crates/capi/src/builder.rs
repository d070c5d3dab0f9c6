//! Builds an index from leaked rows.

use std::{
    ffi::{CString, c_char},
    path::{Path, PathBuf},
};

use leakdex::{Breach, IndexBuilder, Publication, ShardCount};
use leakdex_arrow::{RunCaveat, arrow_array::ffi_stream::FFI_ArrowArrayStream, rules};

use crate::{
    error::{LeakdexCode, LeakdexError, c_text},
    foreign,
    guard::{self, Outcome},
    handle,
    key::LeakdexKey,
    options::{self, LeakdexOptions},
};

/// Builds an index. One thread at a time may use it.
pub struct LeakdexBuilder {
    /// `None` after the index is published, and after an error: a part of a leak must not become an index.
    builder: Option<IndexBuilder<'static>>,
    added: Vec<serde_json::Value>,
    account: CString,
}

impl LeakdexBuilder {
    fn new(key: &LeakdexKey, breach: &str) -> Outcome<Self> {
        let breach = breach_of(breach)?;
        let builder = Some(IndexBuilder::new(&key.key, breach).normaliser(rules()));
        Ok(Self { builder, added: Vec::new(), account: CString::default() })
    }

    /// Passes the builder to `work`. After an error, the builder is no longer usable.
    fn with<T>(
        &mut self,
        work: impl FnOnce(IndexBuilder<'static>) -> Outcome<(T, Option<IndexBuilder<'static>>)>,
    ) -> Outcome<T> {
        let builder = self.builder.take().ok_or_else(|| {
            let message = "the builder was used up: it has published its index, or an earlier call \
                           failed; build the index again";
            LeakdexError::new(LeakdexCode::State, message)
        })?;
        let (result, left) = work(builder)?;
        self.builder = left;
        Ok(result)
    }
}

/// A breach from its name, or from a description in JSON.
fn breach_of(text: &str) -> Outcome<Breach> {
    let described = text.trim_start().starts_with('{');
    let breach = if described {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        Breach::named(text).map_err(|error| error.to_string())
    };
    breach.map_err(|error| LeakdexError::argument(format!("breach: {error}")))
}

/// Creates a builder for a leak. `breach` is the name of the breach, such as "bitmarck-2023-01", or a JSON object
/// that describes it, with `Name` and optionally `Title`, `Domain`, `BreachDate`, `AddedDate`, `Description` and
/// `DataClasses`. You may free the key afterwards.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_builder_new(
    key: *const LeakdexKey,
    breach: *const c_char,
    builder: *mut *mut LeakdexBuilder,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        guard::create_object(builder, "builder", error, || {
            LeakdexBuilder::new(guard::object(key, "key")?, guard::text(breach, "breach")?)
        })
    }
}

/// Sets the generation of the index. Give each build a higher number. The default is 0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_builder_set_generation(
    builder: *mut LeakdexBuilder,
    generation: u64,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        with(builder, error, |build| {
            build.with(|inner| Ok(((), Some(inner.generation(generation)))))
        })
    }
}

/// Limits the memory for sorting to this many bytes. The rest goes to temporary files in the folder, which hold
/// only keyed hashes. Call this before you add rows.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_builder_set_memory(
    builder: *mut LeakdexBuilder,
    bytes: u64,
    folder: *const c_char,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        with(builder, error, |build| {
            let folder = PathBuf::from(guard::text(folder, "folder")?);
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
            if bytes == 0 {
                return Err(LeakdexError::argument("0 bytes of memory are too few"));
            }
            if !build.added.is_empty() {
                let message = "rows were added before; set the memory first";
                return Err(LeakdexError::new(LeakdexCode::State, message));
            }
            build.with(|inner| Ok(((), Some(inner.memory(bytes, folder)))))
        })
    }
}

/// Adds leaked rows: all batches of a stream. `options.keep` must be empty. This always takes over the stream: it
/// is released when the call returns, and its `release` is null. After any error, even one in the options, the
/// builder is no longer usable, since an index of a part of a leak would miss members. Free it then.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_builder_add(
    builder: *mut LeakdexBuilder,
    leaked: *mut FFI_ArrowArrayStream,
    options: *const LeakdexOptions,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        let leaked = foreign::take(leaked);
        with(builder, error, |build| {
            // The stream is lost whatever fails below, so every error must use up the builder.
            let added = build.with(|mut inner| {
                let options = options::read(options)?;
                if !options.keep.is_empty() {
                    let message = "an index keeps no columns; leave keep empty";
                    return Err(LeakdexError::argument(message));
                }
                let leaked = foreign::batches(leaked, "leaked")?;
                let added = leakdex_arrow::add(&mut inner, leaked, &options)?;
                Ok((added, Some(inner)))
            })?;
            build.added.push(serde_json::json!(added));
            let account = serde_json::json!({"added": build.added});
            build.account = c_text(account.to_string());
            Ok(())
        })
    }
}

/// Writes the index: a file for one shard, a folder for several. `shards` is a power of two. The file or folder
/// appears only when it is complete. Afterwards you can only read the builder's account. Without rows, the result is
/// `LEAKDEX_CODE_BUILD`, and you can go on to add rows.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_builder_publish(
    builder: *mut LeakdexBuilder,
    path: *const c_char,
    shards: u32,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        with(builder, error, |build| {
            let path = Path::new(guard::text(path, "path")?);
            let shards = ShardCount::try_from(shards)
                .map_err(|error| LeakdexError::argument(format!("shards: {error}")))?;
            let added = build.added.clone();
            if build.builder.as_ref().is_some_and(|inner| inner.rows().read == 0) {
                let message =
                    "no leaked row was added, so the index would find nobody; add the leak first";
                return Err(LeakdexError::new(LeakdexCode::Build, message));
            }
            let account = build.with(|inner| {
                let caveats = inner.caveats().into_iter().map(RunCaveat::from).collect::<Vec<_>>();
                let prepared = leakdex_arrow::on_threads(None, || match shards {
                    ShardCount::ONE => inner.prepare(path),
                    shards => inner.prepare_shards(path, shards),
                })?;
                let account = account(&prepared, &added, &caveats);
                prepared.publish()?;
                Ok((account, None))
            })?;
            build.account = account;
            Ok(())
        })
    }
}

fn account(
    publication: &Publication,
    added: &[serde_json::Value],
    caveats: &[RunCaveat],
) -> CString {
    let account = serde_json::json!({
        "id": publication.id(),
        "entries": publication.len(),
        "bytes": publication.byte_length(),
        "rows": publication.metadata().rows,
        "caveats": caveats,
        "added": added,
    });
    c_text(account.to_string())
}

/// The account of a build as JSON. `added` has the rows and columns of each stream. After the publication, the
/// object also has `id`, `entries`, `bytes`, `rows` and `caveats`. The text lives until the next call with this
/// builder; null for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_builder_account_json(
    builder: *const LeakdexBuilder,
) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(builder, |builder| &builder.account) }
}

/// Frees a builder, and sets the pointer to null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_builder_free(builder: *mut *mut LeakdexBuilder) {
    // SAFETY: as the caller promises.
    unsafe { handle::free(builder) }
}

unsafe fn with(
    builder: *mut LeakdexBuilder,
    error: *mut *mut LeakdexError,
    work: impl FnOnce(&mut LeakdexBuilder) -> Outcome<()>,
) -> LeakdexCode {
    // SAFETY: as the caller promises. One thread at a time uses a builder.
    unsafe {
        guard::guarded(error, || work(builder.as_mut().ok_or_else(|| guard::null("builder"))?))
    }
}
