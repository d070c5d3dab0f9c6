//! The native half of the Java package `de.leakdex`: `java/src/de/leakdex/Native.java` declares these functions.
//! Only numbers and arrays of numbers cross the boundary. Each answer is bytes: a code of four bytes, then the
//! result or the message of an error. Java keeps objects alive while a call uses them.

use jni::{
    Env, EnvUnowned,
    errors::ThrowRuntimeExAndDefault,
    objects::{JByteArray, JClass, JLongArray},
    sys::{jboolean, jint, jlong},
};
use leakdex::{Field, Key};
use zeroize::Zeroizing;

use self::{
    bytes::{Bytes, Reader},
    rows::{Rows, Step},
};
use crate::{
    check::{self, LeakdexCheck},
    error::LeakdexError,
    foreign,
    guard::{self, Outcome},
    index::{Access, LeakdexIndex},
};

mod bytes;
mod rows;

impl From<jni::errors::Error> for LeakdexError {
    fn from(_: jni::errors::Error) -> Self {
        Self::internal()
    }
}

/// Runs work, and returns its result or its error.
fn answer<'local>(
    mut env: EnvUnowned<'local>,
    work: impl FnOnce(&mut Env<'local>) -> Outcome<Bytes>,
) -> JByteArray<'local> {
    let answered = env.with_env(|env| {
        let mut answer = Bytes::default();
        match guard::caught(|| work(env)) {
            Ok(result) => {
                answer.number(0);
                answer.append(&result);
            }
            Err(error) => {
                answer.number(error.code() as u32);
                answer.append_raw(error.message());
            }
        }
        env.byte_array_from_slice(answer.as_slice())
    });
    answered.resolve::<ThrowRuntimeExAndDefault>()
}

/// Gives an object to Java, which holds it as a number.
fn into_handle_bytes<T>(object: T) -> Bytes {
    let mut bytes = Bytes::default();
    bytes.long(Box::into_raw(Box::new(object)) as u64);
    bytes
}

/// The object behind a number from Java.
///
/// # Safety
///
/// The number comes from [`into_handle_bytes`], for this type, and the object is alive until the call returns.
unsafe fn object<'a, T>(handle: jlong) -> &'a T {
    // SAFETY: as the caller promises; Java counts the uses of each object.
    unsafe { &*(handle as *const T) }
}

/// Frees an object.
///
/// # Safety
///
/// The number comes from [`into_handle_bytes`], for this type, and nobody uses it afterwards.
unsafe fn free<T>(handle: jlong) -> Bytes {
    // SAFETY: as the caller promises.
    drop(unsafe { Box::from_raw(handle as *mut T) });
    Bytes::default()
}

fn text(env: &Env<'_>, bytes: &JByteArray<'_>, name: &str) -> Outcome<String> {
    String::from_utf8(env.convert_byte_array(bytes)?)
        .map_err(|_| LeakdexError::argument(format!("{name} is not valid text")))
}

/// A function that Java calls: its name, the environment and the arguments, and the work.
macro_rules! native {
    ($name:ident($env:pat $(, $arg:ident: $type:ty)*) $work:block) => {
        #[unsafe(no_mangle)]
        pub extern "system" fn $name<'local>(
            env: EnvUnowned<'local>,
            _: JClass<'local>,
            $($arg: $type),*
        ) -> JByteArray<'local> {
            answer(env, |$env| $work)
        }
    };
}

// The names of all fields, in the order of their numbers.
native!(Java_de_leakdex_Native_fields(_) {
    let names: Vec<&str> = Field::ALL.iter().map(|field| field.slug()).collect();
    Ok(Bytes::of_text(&names.join(" ")))
});

native!(Java_de_leakdex_Native_keyLoad(env, path: JByteArray<'_>, is_mounted: jboolean) {
    let path = text(env, &path, "path")?;
    let load = |path| if is_mounted { Key::load_mounted_secret(path) } else { Key::load(path) };
    Ok(into_handle_bytes(load(path)?))
});

native!(Java_de_leakdex_Native_keyFromBytes(env, bytes: JByteArray<'_>) {
    let bytes = Zeroizing::new(env.convert_byte_array(&bytes)?);
    Ok(into_handle_bytes(Key::from_bytes(&bytes)?))
});

native!(Java_de_leakdex_Native_keyGenerate(_) {
    Ok(into_handle_bytes(Key::generate()?))
});

native!(Java_de_leakdex_Native_keySave(env, key: jlong, path: JByteArray<'_>) {
    // SAFETY: Java passes a live key.
    let key = unsafe { object::<Key>(key) };
    key.save(text(env, &path, "path")?)?;
    Ok(Bytes::default())
});

native!(Java_de_leakdex_Native_keyId(_, key: jlong) {
    // SAFETY: Java passes a live key.
    Ok(Bytes::of_text(&unsafe { object::<Key>(key) }.id().to_string()))
});

native!(Java_de_leakdex_Native_keyFree(_, key: jlong) {
    // SAFETY: Java frees a key once, when no call uses it.
    Ok(unsafe { free::<Key>(key) })
});

// Opens or maps indexes.
native!(Java_de_leakdex_Native_indexOpen(
    env, paths: JByteArray<'_>, keys: JLongArray<'_>, is_mapped: jboolean
) {
    let paths = env.convert_byte_array(&paths)?;
    let mut reader = Reader::new(&paths);
    let paths = std::iter::from_fn(|| (!reader.is_empty()).then(|| reader.text()));
    let paths = paths.collect::<Outcome<Vec<&str>>>()?;
    let mut handles = vec![0; keys.len(env)?];
    keys.get_region(env, 0, &mut handles)?;
    // SAFETY: Java passes live keys.
    let keys = handles.iter().map(|&key| unsafe { object::<Key>(key) });
    let keys: Vec<&Key> = keys.collect();
    let access = if is_mapped { Access::Mapped } else { Access::Copied };
    Ok(into_handle_bytes(LeakdexIndex::open(&paths, &keys, access)?))
});

native!(Java_de_leakdex_Native_indexIds(_, index: jlong) {
    // SAFETY: Java passes a live index.
    Ok(Bytes::of(unsafe { object::<LeakdexIndex>(index) }.ids()))
});

native!(Java_de_leakdex_Native_indexGeneration(_, index: jlong) {
    let mut bytes = Bytes::default();
    // SAFETY: Java passes a live index.
    bytes.long(unsafe { object::<LeakdexIndex>(index) }.generation());
    Ok(bytes)
});

native!(Java_de_leakdex_Native_indexRequireGeneration(_, index: jlong, minimum: jlong) {
    // SAFETY: Java passes a live index. A number that is negative in Java is a large one here.
    unsafe { object::<LeakdexIndex>(index) }.require_generation(minimum.cast_unsigned())?;
    Ok(Bytes::default())
});

native!(Java_de_leakdex_Native_indexMetadata(_, index: jlong) {
    // SAFETY: Java passes a live index.
    Ok(Bytes::of(unsafe { object::<LeakdexIndex>(index) }.metadata()))
});

native!(Java_de_leakdex_Native_indexVerifyTouched(_, index: jlong) {
    // SAFETY: Java passes a live index.
    unsafe { object::<LeakdexIndex>(index) }.verify_touched()?;
    Ok(Bytes::default())
});

native!(Java_de_leakdex_Native_indexFree(_, index: jlong) {
    // SAFETY: Java frees an index once, when no call uses it.
    Ok(unsafe { free::<LeakdexIndex>(index) })
});

// Checks one member. `member` has the number of the field and the text of each value.
native!(Java_de_leakdex_Native_indexCheckOne(env, index: jlong, member: JByteArray<'_>) {
    // SAFETY: Java passes a live index.
    let index = unsafe { object::<LeakdexIndex>(index) };
    let member = Zeroizing::new(env.convert_byte_array(&member)?);
    let mut reader = Reader::new(&member);
    let values = std::iter::from_fn(|| {
        (!reader.is_empty()).then(|| Ok((reader.field()?, reader.text()?)))
    });
    let verdict = index.check_one(values, None)?;
    let mut bytes = Bytes::default();
    bytes.verdict(&verdict);
    Ok(bytes)
});

// Begins a check of the stream at an address. Writes the verdicts to a stream at another address.
native!(Java_de_leakdex_Native_indexCheckStream(
    env, index: jlong, members: jlong, verdicts: jlong, options: JByteArray<'_>
) {
    // SAFETY: Java passes a live index. The caller of Java's method passes the addresses of two streams, and
    // the second one is not in use. `org.apache.arrow.c` calls such an address a memory address.
    let (index, members) =
        unsafe { (object::<LeakdexIndex>(index), foreign::take(members as *mut _)) };
    let options = env.convert_byte_array(&options)?;
    let options = Reader::new(&options).options()?;
    let members = foreign::batches(members, "members")?;
    let (check, reader) = LeakdexCheck::begin(index, members, &options)?;
    // SAFETY: as above.
    unsafe { check::write_stream(verdicts as *mut _, reader)? };
    Ok(into_handle_bytes(check))
});

native!(Java_de_leakdex_Native_checkColumns(_, check: jlong) {
    // SAFETY: Java passes a live check.
    Ok(Bytes::of(unsafe { object::<LeakdexCheck>(check) }.columns()))
});

native!(Java_de_leakdex_Native_checkOutcome(_, check: jlong) {
    let mut bytes = Bytes::default();
    // SAFETY: Java passes a live check.
    bytes.outcome(unsafe { object::<LeakdexCheck>(check) }.outcome()?);
    Ok(bytes)
});

native!(Java_de_leakdex_Native_checkFree(_, check: jlong) {
    // SAFETY: Java frees a check once, when no call uses it.
    Ok(unsafe { free::<LeakdexCheck>(check) })
});

// Releases a stream that no check took over.
native!(Java_de_leakdex_Native_streamRelease(_, stream: jlong) {
    // SAFETY: the caller of Java's method gives the address of a stream.
    drop(unsafe { foreign::take(stream as *mut _) });
    Ok(Bytes::default())
});

// Begins a check of members that Java passes in steps. `request` has the number of columns, the field number of each
// column, and the options.
native!(Java_de_leakdex_Native_rowsOpen(env, index: jlong, request: JByteArray<'_>) {
    // SAFETY: Java passes a live index.
    let index = unsafe { object::<LeakdexIndex>(index) };
    let request = env.convert_byte_array(&request)?;
    let mut reader = Reader::new(&request);
    let fields = (0..reader.number()?).map(|_| reader.field()).collect::<Outcome<Vec<_>>>()?;
    let options = reader.options()?;
    Ok(into_handle_bytes(Rows::begin(index, &fields, options)?))
});

// Continues a check of members: with rows (1), without more rows (2), or after verdicts (0).
native!(Java_de_leakdex_Native_rowsStep(env, rows: jlong, step: jint, members: JByteArray<'_>) {
    // SAFETY: Java passes a live check, and only one thread at a time continues it.
    let rows = unsafe { object::<Rows>(rows) };
    let members = Zeroizing::new(env.convert_byte_array(&members)?);
    rows.step(match step {
        1 => Step::Rows(&members),
        2 => Step::NoMoreRows,
        _ => Step::Continue,
    })
});

native!(Java_de_leakdex_Native_rowsFree(_, rows: jlong) {
    // SAFETY: Java frees a check once, when no call uses it.
    Ok(unsafe { free::<Rows>(rows) })
});
