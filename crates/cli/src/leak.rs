//! Adds leaks to an index, in a file or in memory.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use leakdex::{
    AddOutcome, Breach, BreachName, DataClass, Field, IndexBuilder, IndexSet, Key, Kind, KindSet,
    Normaliser, RowAccount,
};
use leakdex_input::{ColumnUse, Input, Target, UnusedColumn, file_of};
use leakdex_screening::{ColumnCaveat, UnusableLeak, add_leak};

use crate::{
    args::{Check, RejectLimit},
    breach_file::{self, warn_of_unknown_classes},
    human::count,
    indexes::{print_counts, rows_in_words},
    inputs::Inputs,
    leaked_rows::LeakedRows,
    progress,
    rejects::{Rejects, add_rejects},
    row_numbers::RowNumbers,
    screen::{list, most},
    status::{TooManyRejects, print_info, print_warning},
};

/// The command that shows how a leak is read.
const EXPLAIN: &str = "'leakdex check --explain --leak LEAK MEMBERS'";

/// The kinds of e-mail hashes in a member list.
pub fn email_hashes(members: &Input) -> KindSet {
    let kinds = members.fields().iter().filter_map(Field::kind).collect::<KindSet>();
    kinds.intersection(KindSet::EMAIL_HASHES)
}

/// The kinds of e-mail hashes in the member lists after the first one. A list that can be read only once
/// may have any kind.
pub fn email_hashes_later(members: &[PathBuf], inputs: &Inputs) -> anyhow::Result<KindSet> {
    members.iter().try_fold(KindSet::EMPTY, |all, members| {
        let may_have = if file_of(members).is_file() {
            email_hashes(&inputs.open(members)?)
        } else {
            KindSet::EMAIL_HASHES
        };
        Ok(all.union(may_have))
    })
}

/// The breach of a leak that this run indexes: as the user describes it, or else named after the file.
pub fn breach_of(arguments: &Check, leak: &Input) -> anyhow::Result<Breach> {
    if let Some(breach) = described(arguments.breach.as_deref(), arguments.name.as_ref())? {
        return Ok(breach);
    }
    if !arguments.findings.previous.is_empty() {
        warn_of_default_name(leak);
    }
    Ok(named_after(Path::new(leak.name())))
}

/// The breach that the file describes, or else a breach with this name; `None` without both.
pub fn described(file: Option<&Path>, name: Option<&BreachName>) -> anyhow::Result<Option<Breach>> {
    match (file, name) {
        (Some(path), _) => breach_file::read(path).map(Some),
        (None, name) => Ok(name.cloned().map(Into::into)),
    }
}

/// Indexes a leak in memory under a one-time key, with these hashes of its addresses. Also returns the
/// unused columns, and caveats about the reading.
pub fn index(
    leak: Input,
    key: &Key,
    breach: Breach,
    rules: Normaliser,
    email_hashes: KindSet,
    limit: Option<RejectLimit>,
) -> anyhow::Result<(IndexSet, Vec<UnusedColumn>, Vec<ColumnCaveat>)> {
    let name = leak.name().to_owned();
    let mut builder = IndexBuilder::new(key, breach).normaliser(rules).email_hashes(email_hashes);
    let mut rejects = Rejects::unwritten(limit);
    let (unused, of_reading) = add(leak, &mut builder, &mut rejects, None)?;
    if rejects.are_too_many(builder.rows().read, true) {
        return Err(rejects.too_many(EXPLAIN).context(format!("the leak {name}")));
    }
    refuse_empty_index(builder.rows())?;
    let index = builder.build()?;
    let rows = &index.metadata().rows;
    print_info(format_args!("{name}: {}\n", rows_in_words(rows)));
    print_counts("suspect", &rows.suspects_by_reason);
    print_counts("not used", &rows.rejects_by_reason);
    let set = IndexSet::new(vec![index])?;
    Ok((set.with_normaliser(rules), unused, of_reading))
}

/// Adds the rows of leaked files, as [`add`] does. Refuses the files if there are too many rejects, or if
/// nothing can be used. Lists the rows in `leaked_rows`, if given.
pub fn add_files(
    files: &[PathBuf],
    inputs: &Inputs,
    builder: &mut IndexBuilder<'_>,
    rejects: &mut Rejects,
    mut leaked_rows: Option<&mut LeakedRows<'_>>,
) -> anyhow::Result<(Vec<UnusedColumn>, Vec<ColumnCaveat>)> {
    let (mut unused_columns, mut of_reading) = (Vec::new(), Vec::new());
    for file in files {
        let input = inputs.open(file)?;
        let name = input.name().to_owned();
        let (unused, read) = add(input, builder, rejects, leaked_rows.as_deref_mut())?;
        of_reading.extend(read);
        if files.len() > 1 {
            builder.end_file();
        }
        let named = |column| UnusedColumn { file: Some(name.clone()), ..column };
        unused_columns.extend(unused.into_iter().map(named));
        if rejects.are_too_many(builder.rows().read, false) {
            break;
        }
    }
    let rows = builder.rows();
    if rejects.are_too_many(rows.read, true) {
        return Err(rejects.too_many("--rejects FILE"));
    }
    refuse_empty_index(rows)?;
    Ok((unused_columns, of_reading))
}

/// Adds the rows of a leaked file to the builder, and stops early if there are too many rejects. Refuses a file
/// with too little usable data, unless the user set a limit. Returns the unused columns, and the caveats about
/// how the file is read.
pub fn add(
    mut input: Input,
    builder: &mut IndexBuilder<'_>,
    rejects: &mut Rejects,
    mut leaked_rows: Option<&mut LeakedRows<'_>>,
) -> anyhow::Result<(Vec<UnusedColumn>, Vec<ColumnCaveat>)> {
    let file = input.name().to_owned();
    // A workbook may have several sheets with leaked rows.
    let place = input.sheet().map_or_else(|| file.clone(), |sheet| format!("{file}/{sheet}"));
    let shown_before: Vec<u64> = builder.classes_of_everyone().map(|(_, shown)| shown).collect();
    let rows_before = builder.rows().indexed;
    let mut others_before = input.rows_above();
    warn_of_mapped_classes(&input);
    let added = progress::show(&mut input, |input, progress| {
        add_leak(
            input,
            builder,
            || progress.update(),
            |block| {
                let mut file_rejects = Vec::new();
                let problems = block.added.iter().map(AddOutcome::problems);
                let header = |row, column| block.headers.header(row, column);
                add_rejects(0, problems, header, &mut file_rejects);
                let gaps = block.headers.gaps();
                let numbers = RowNumbers { rows_before: block.rows_before, others_before, gaps };
                rejects.add(&file, numbers, file_rejects)?;
                leaked_rows
                    .iter_mut()
                    .try_for_each(|writer| writer.add(&place, numbers, block.tags))?;
                others_before += gaps.total();
                anyhow::Ok(!rejects.are_too_many(block.account.read, false))
            },
        )
    })?;
    let (unused, of_reading) = if rejects.are_limited() {
        added.into_parts()
    } else {
        added.usable().map_err(|unusable| refusal(&unusable))?
    };
    let rows = builder.rows().indexed - rows_before;
    for ((class, shown), before) in builder.classes_of_everyone().zip(shown_before) {
        if (1..rows).contains(&(shown - before)) {
            warn_of_overstated_class(&input, class, (shown - before, rows));
        }
    }
    Ok((unused, of_reading))
}

/// Warns of a class that is declared to have leaked for everybody, although its columns are empty in some
/// rows.
fn warn_of_overstated_class(input: &Input, class: &DataClass, (shown, rows): (u64, u64)) {
    let columns = input.columns();
    let columns = columns.iter().filter(|column| class_of(column).as_ref() == Some(class));
    let columns: Vec<String> = columns.take(10).map(|column| column.header.to_string()).collect();
    print_warning(format_args!(
        "{}: DataClasses names '{class}', so notice and letters say that it leaked for everybody. But the leak has \
         columns of this class ({}), and only {} of {} rows fill them. Leave the word out: the letters then name \
         the class for the persons concerned",
        input.name(),
        columns.join(", "),
        count(shown),
        count(rows)
    ));
}

/// Warns of mapped classes that letters cannot explain, or that another column also has.
fn warn_of_mapped_classes(input: &Input) {
    let columns = input.columns();
    for column in columns.iter().filter(|column| column.is_explicit) {
        let Target::Class(class) = &column.target else { continue };
        let place = format!("{}: column '{}'", input.name(), column.header);
        warn_of_unknown_classes(&place, [class]);
        let is_mapped =
            |other: &&ColumnUse| other.is_explicit && matches!(other.target, Target::Class(_));
        let others = columns.iter().filter(|other| !is_mapped(other));
        let others: Vec<String> = others
            .filter(|other| class_of(other).as_ref() == Some(class))
            .take(10)
            .map(|other| format!("'{}'", other.header))
            .collect();
        if !others.is_empty() {
            print_warning(format_args!(
                "{place}: {} has the class '{class}', too. Notice and letters then count everybody with a filled cell \
                 in any of these columns",
                others.join(", ")
            ));
        }
    }
}

/// A hint if addresses are indexed without their aliases. A check cannot see how a leaked address is spelled, so it
/// calls a member with another spelling not affected.
pub fn hint_of_missing_aliases(by_kind: &BTreeMap<String, u64>) -> Option<&'static str> {
    let has = |kind: Kind| by_kind.contains_key(kind.slug());
    let hint = "addresses are indexed without email-alias, so nobody is found by an address with another +tag, or by \
                another spelling of a Gmail address; to find them, add email-alias to --kinds";
    (has(Kind::Email) && !has(Kind::EmailAlias)).then_some(hint)
}

/// The class of data that a column reveals about a person.
fn class_of(column: &ColumnUse) -> Option<DataClass> {
    match &column.target {
        Target::Class(class) => Some(class.clone()),
        Target::Field(field) => Some(field.data_class()),
        Target::Id => column.identifier.map(Field::data_class),
        Target::Ignore => None,
    }
}

/// The error that a leak has too little usable data, with advice.
fn refusal(unusable: &UnusableLeak) -> anyhow::Error {
    match unusable {
        UnusableLeak::Rows { file, rejected, read, reasons, .. } => TooManyRejects(format!(
            "the leak {file}: {} of its {} rows could not be used, which is more than a tenth ({}); nothing \
             was published; look at the mapping and the rows with {EXPLAIN}, or, if the rows have no other data, \
             give a higher --max-rejects, such as --max-rejects 100%",
            count(*rejected),
            count(*read),
            most(reasons, 200)
        ))
        .into(),
        UnusableLeak::Nothing { reasons, .. } => anyhow::anyhow!(
            "no leaked row has a usable identifier ({}); look at the mapping and the rows with \
             {EXPLAIN}",
            list(reasons)
        ),
    }
}

/// A breach named after the leaked file or its archive.
pub fn named_after(leak: &Path) -> Breach {
    let file = file_of(leak).file_name().map(|file| file.to_string_lossy().into_owned());
    let stem = file.as_deref().and_then(|file| file.split('.').find(|part| !part.is_empty()));
    let stem = stem.filter(|&stem| stem != "-").unwrap_or("leak");
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let name: String =
        stem.chars().take(100).map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    Breach::named(&name).expect("1 to 100 letters that are allowed")
}

/// Warns that a breach is named after its file, since files of different leaks may have the same name.
fn warn_of_default_name(leak: &Input) {
    print_warning(format_args!(
        "the breach is called '{}', after its file; --previous counts it as the same breach if it has that \
         name: give the breach a different name with --name",
        named_after(Path::new(leak.name())).name()
    ));
}

/// Refuses an empty index, which would call nobody affected.
pub fn refuse_empty_index(rows: &RowAccount) -> anyhow::Result<()> {
    leakdex_screening::refuse_empty_index(rows).map_err(|unusable| refusal(&unusable))
}
