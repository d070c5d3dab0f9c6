//! Assembles a report from the counts and notes of a run.

use std::iter;

use leakdex::{Field, FieldSet, Index, IndexSet, Kind, KindSet};
use leakdex_input::FileDigest;
use leakdex_screening::{ColumnCaveat, given_indexes, id_of};

use super::{
    model::{
        Base, Caveat, KeyedDigest, MemberList, NotChecked, Origin, Persons, Report, Rules, Run,
        SCHEMA, Software, ToBeAdded,
    },
    steps,
};
use crate::summary::{CheckSummary, FileSummary, IndexSummary};

/// Everything that a report states in addition to the figures of the run.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The time of the run.
    pub run: Run,
    /// The rules of the run.
    pub rules: Rules,
    /// The leak, if it was indexed in memory. Then it is the only index.
    pub leak: Option<FileDigest>,
    /// The member lists, in the same number and order as in the summary.
    pub lists: Vec<MemberListRead>,
}

/// How a member list was read.
#[derive(Clone, Debug)]
pub struct MemberListRead {
    /// The fields that its columns hold.
    pub fields: FieldSet,
    /// Identifies the file.
    pub digest: KeyedDigest,
}

impl Report {
    /// The report of a run with this summary, over these indexes.
    #[must_use]
    pub fn new(summary: &CheckSummary, indexes: &IndexSet, sources: Sources) -> Self {
        let Sources { run, rules, leak, lists } = sources;
        let held = (indexes.kinds(), filled_kinds(indexes), fields_not_in_leak(indexes));
        let lists = iter::zip(&summary.files, lists);
        let member_lists: Vec<MemberList> =
            lists.map(|(file, read)| member_list(file, read, held)).collect();
        let bases = iter::zip(&summary.indexes, given_indexes(indexes));
        let checked_against: Vec<Base> =
            bases.map(|(named, index)| base(named, index, leak.as_ref())).collect();
        let caveats = caveats(summary, &member_lists, &checked_against);
        Self {
            schema: SCHEMA,
            complete: caveats.is_empty(),
            next_steps: steps::after_check(summary, &caveats),
            caveats,
            column_caveats: of_columns(summary).cloned().collect(),
            run,
            software: Software {
                name: "leakdex",
                version: env!("CARGO_PKG_VERSION"),
                scheme: leakdex::SCHEME,
                normaliser: leakdex::NORMALISER,
                unicode: leakdex::unicode_version(),
            },
            rules,
            member_lists,
            checked_against,
            rows: summary.counts,
            persons: Persons {
                counts: summary.persons.clone(),
                without_reference: summary.counts.without_reference,
                repeated_references: summary.repeated_references,
                new: summary.new,
                relatives: summary.relatives,
                refuted: summary.refuted,
            },
            coincidences: summary.coincidences.clone(),
            decisions: summary.decisions,
            records: summary.records.clone(),
            partial: summary.partial.clone(),
            not_in_leak: summary.not_in_leak.clone(),
            not_checked: NotChecked {
                indeterminate_by_reason: summary.persons.open_by_reason.clone(),
                partially_checked_by_reason: summary.persons.partially_checked_by_reason.clone(),
                rejects_by_field: summary.rejects_by_field.clone(),
            },
            to_be_added: ToBeAdded::default(),
        }
    }
}

/// The kinds with at least one identifier in an index. An index may hold a kind although its leak had no
/// value of that kind.
fn filled_kinds(indexes: &IndexSet) -> KindSet {
    let counts = indexes.indexes().iter().flat_map(|index| &index.metadata().kinds);
    let filled = counts.filter(|count| count.identifiers > 0);
    filled.filter_map(|count| count.kind.parse().ok()).collect()
}

/// The fields that no leak contains, as far as the indexes know.
fn fields_not_in_leak(indexes: &IndexSet) -> FieldSet {
    let absent = indexes.indexes().iter().map(|index| {
        let slugs = index.metadata().absent_fields.iter();
        slugs.filter_map(|slug| slug.parse::<Field>().ok()).collect::<FieldSet>()
    });
    absent.reduce(FieldSet::intersection).unwrap_or_default()
}

fn member_list(
    file: &FileSummary,
    read: MemberListRead,
    (held, filled, absent): (KindSet, KindSet, FieldSet),
) -> MemberList {
    let MemberListRead { fields, digest } = read;
    let is_indexed = |kinds: KindSet| kinds.is_empty() || !kinds.intersection(held).is_empty();
    let fields_not_indexed: FieldSet =
        fields.iter().filter(|field| !is_indexed(field.kinds())).collect();
    let fields_not_indexed = fields_not_indexed.difference(absent);
    let given = fields.kinds();
    // Without a name, nobody could say whose match key it is. Without any match key, a list cannot find people
    // whose leaked data have only their names.
    let has_name =
        [Field::Name, Field::LastName, Field::FirstName].iter().any(|name| fields.contains(*name));
    let makes_match_keys = has_name && given.intersection(filled).iter().any(Kind::is_match_key);
    let is_given =
        |kind: Kind| if kind.is_match_key() { makes_match_keys } else { given.contains(kind) };
    MemberList {
        file: file.file.clone(),
        digest,
        counts: file.counts,
        unused_columns: file.unused_columns.clone(),
        concordance: file.concordance.clone(),
        fields,
        fields_not_indexed,
        fields_not_in_leak: fields.intersection(absent),
        kinds_not_given: filled.iter().filter(|kind| !is_given(*kind)).collect(),
    }
}

fn base(named: &IndexSummary, index: &Index, leak: Option<&FileDigest>) -> Base {
    let metadata = index.metadata();
    let origin = match (leak, &named.table) {
        (Some(digest), _) => Origin::Leak(digest.clone()),
        (None, Some(table)) => Origin::Table(table.clone()),
        (None, None) => Origin::Index {
            index_id: id_of(index),
            key_id: index.key_id(),
            generation: index.generation(),
        },
    };
    Base {
        file: named.file.clone(),
        origin,
        scheme: metadata.scheme.clone(),
        normaliser: metadata.normaliser,
        unicode: metadata.unicode.clone(),
        identifiers: named.identifiers,
        kinds: metadata.kinds.clone(),
        rows: metadata.rows.clone(),
        erased_records: metadata.all_erased_records(),
        breaches: metadata.breaches.clone(),
        unused_columns: named.unused_columns.clone(),
    }
}

/// The caveats about files and columns.
fn of_columns(summary: &CheckSummary) -> impl Iterator<Item = &ColumnCaveat> {
    summary.caveats.iter().filter(|column| column.caveat.sign.is_of_damage())
}

/// The gaps of an all-clear in this run.
fn caveats(summary: &CheckSummary, lists: &[MemberList], bases: &[Base]) -> Vec<Caveat> {
    let count = |has_gap: &dyn Fn(&MemberList) -> bool| {
        u64::try_from(lists.iter().filter(|list| has_gap(list)).count()).unwrap_or(u64::MAX)
    };
    let unused = bases.iter().flat_map(|base| base.rows.rejects_by_reason.values()).sum();
    let suspects = bases.iter().flat_map(|base| base.rows.suspects_by_reason.values()).sum();
    let accidents =
        summary.caveats.iter().filter(|column| column.caveat.sign.is_of_accidents()).count();
    let erased = bases.iter().fold(0_u64, |sum, base| sum.saturating_add(base.erased_records));
    let caveats = [
        ("members-not-checked", summary.persons.open),
        ("members-partially-checked", summary.persons.partially_checked),
        ("columns-doubtful", of_columns(summary).count() as u64),
        ("leaked-values-not-used", unused),
        ("leaked-values-suspect", suspects),
        ("columns-not-indexed", count(&|list| !list.fields_not_indexed.is_empty())),
        ("accidents-above-limit", accidents as u64),
        ("records-erased", erased),
        ("kinds-not-given", count(&|list| !list.kinds_not_given.is_empty())),
    ];
    caveats
        .into_iter()
        .filter(|&(_, count)| count > 0)
        .map(|(id, count)| Caveat { id, count })
        .collect()
}
