//! Leaks on their way to an index: into a file, or in memory for the two-file way.

use std::path::Path;

use leakdex::{Added, Breach, IndexBuilder, IndexSet, Key, Normaliser, RowAccount};
use leakdex_input::{Input, Options};

use crate::{
    batches,
    human::count,
    indexes::inform_of,
    rejects::{Rejects, add_rejects},
    screen::list,
    status::inform,
};

/// Opens the leak of the two-file way. One command line maps the columns of both files: what the
/// leak has, the member lists need not have.
pub fn open(leak: &Path, options: &mut Options) -> anyhow::Result<Input> {
    let all = options.columns.iter().map(|mapping| mapping.header.clone()).collect();
    let input = Input::open(leak, &Options { optional: all, ..options.clone() })?;
    let missing = input.missing_columns();
    let headers = options.columns.iter().map(|mapping| &mapping.header);
    options.optional = headers.filter(|&header| !missing.contains(header)).cloned().collect();
    Ok(input)
}

/// Indexes a leak in memory under a key that nobody ever sees.
pub fn index(leak: Input, rules: Normaliser) -> anyhow::Result<IndexSet> {
    let key = Key::generate()?;
    let name = leak.name().to_owned();
    let breach = named_after(Path::new(&name));
    let mut builder = IndexBuilder::new(&key, breach).normaliser(rules);
    let mut rejects = Rejects::new(None, None)?;
    add(leak, &mut builder, &mut rejects)?;
    refuse_nothing(builder.rows())?;
    let index = builder.build()?;
    let rows = &index.metadata().rows;
    let RowAccount { read, indexed, duplicate, rejected, .. } = rows;
    inform(format_args!(
        "{name}: {} rows: {} indexed, {} duplicate, {} rejected\n",
        count(*read),
        count(*indexed),
        count(*duplicate),
        count(*rejected)
    ));
    inform_of("suspect", &rows.suspects_by_reason);
    inform_of("not used", &rows.rejects_by_reason);
    let set = IndexSet::new(vec![index])?;
    Ok(set.with_normaliser(rules))
}

/// Adds the rows of a leaked file to the builder; stops early at too many rejects.
pub fn add(
    input: Input,
    builder: &mut IndexBuilder<'_>,
    rejects: &mut Rejects,
) -> anyhow::Result<()> {
    let (file, empty, hasher) = (input.name().to_owned(), builder.batch(), builder.hasher());
    let mut rows_before = 0;
    batches::each(
        input,
        &empty,
        |batch| hasher.hash(&batch),
        |hashed, headers| {
            let added = builder.add_hashed(hashed)?;
            let mut own = Vec::new();
            let problems = added.iter().map(Added::problems);
            add_rejects(0, problems, |row, column| headers.header(row, column), &mut own);
            rejects.add(&file, rows_before, own)?;
            rows_before += added.len() as u64;
            Ok(!rejects.are_too_many(builder.rows().read, false))
        },
    )
}

/// A breach with the name of the leaked file.
pub fn named_after(leak: &Path) -> Breach {
    let file = leak.file_name().map(|file| file.to_string_lossy().into_owned());
    let stem = file.as_deref().and_then(|file| file.split('.').find(|part| !part.is_empty()));
    let stem = stem.filter(|&stem| stem != "-").unwrap_or("leak");
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let name: String =
        stem.chars().take(100).map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    Breach::named(&name).expect("1 to 100 letters that are allowed")
}

/// An index of nothing would call nobody affected.
pub fn refuse_nothing(rows: &RowAccount) -> anyhow::Result<()> {
    anyhow::ensure!(
        rows.indexed > 0,
        "no leaked row has a usable identifier ({}); look at what was mapped, and at the rows with \
         'leakdex check --explain --leak LEAK MEMBERS'",
        list(&rows.rejects_by_reason)
    );
    Ok(())
}
