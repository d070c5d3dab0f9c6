//! The truth about leaks of invented people: sets of records, independent of the rules by which
//! values are written or found.

use std::collections::{BTreeMap, BTreeSet};

use super::people::{Row, Value};

/// An identifier that finds a record: a kind, the number of a value, and a variant of it.
pub type Mark = (&'static str, u32, u8);

/// The match keys that follow from names and date of birth, and those that also need the postcode.
const KEYS_WITHOUT_POSTCODE: [&str; 3] = ["starts-birth", "ends-birth", "name-birthday"];
const KEYS_WITH_POSTCODE: [&str; 3] = ["birth-postcode", "sound-postcode", "first-birth-region"];

/// A row with an address has its hash, too.
const HASH: &str = "sha256-email";

pub const CERTAIN: u8 = 4;
pub const STRONG: u8 = 3;
pub const PROBABLE: u8 = 2;
pub const CANDIDATE: u8 = 1;

/// All marks that find a row.
pub fn marks(row: &Row) -> BTreeSet<Mark> {
    let mut marks = BTreeSet::new();
    for &value in row {
        match value {
            Value::InsuredNumber(number) => drop(marks.insert(("kvnr", number, 0))),
            Value::Email(number, tag) => {
                marks.extend([("email", number, tag), ("email-alias", number, 0)]);
                marks.insert((HASH, number, tag));
            }
            Value::Hash(number, tag) => drop(marks.insert((HASH, number, tag))),
            Value::Username(number) => drop(marks.insert(("username", number, 0))),
            Value::Account(number) => drop(marks.insert(("iban", number, 0))),
            Value::Phone(number) => drop(marks.insert(("phone", number, 0))),
            Value::Person(number, moves) => {
                marks.extend(KEYS_WITHOUT_POSTCODE.map(|key| (key, number, 0)));
                marks.extend(KEYS_WITH_POSTCODE.map(|key| (key, number, moves)));
            }
        }
    }
    marks
}

/// A leaked row as an index holds it. Equal rows are one record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaked {
    pub breach: &'static str,
    pub marks: BTreeSet<Mark>,
    /// The person whom the row names.
    pub person: Option<Value>,
    pub classes: BTreeSet<&'static str>,
}

impl Leaked {
    /// A row of a leak with the indexed kinds; `None` if it has none of them. Either addresses are
    /// also indexed by their hashes, or only leaked hashes are indexed.
    pub fn of(
        breach: &'static str,
        row: &Row,
        extra: Option<&'static str>,
        is_held: impl Fn(&str) -> bool,
        are_hashed: bool,
    ) -> Option<Self> {
        let mut marks = marks(row);
        marks.retain(|&(kind, number, tag)| {
            let is_leaked = kind != HASH || row.contains(&Value::Hash(number, tag));
            (is_held(kind) && is_leaked) || (are_hashed && kind == HASH)
        });
        let person = row.iter().find(|value| matches!(value, Value::Person(..))).copied();
        let classes = row.iter().flat_map(|&value| classes_of(value)).copied().chain(extra);
        let leaked = Self { breach, person, classes: classes.collect(), marks };
        (!leaked.marks.is_empty()).then_some(leaked)
    }

    /// How certain it is that this record is the member's.
    fn strength(
        &self,
        member: &Row,
        member_marks: &BTreeSet<Mark>,
        shared: &BTreeSet<(&str, Mark)>,
    ) -> Option<u8> {
        let common = self.marks.intersection(member_marks).map(|&mark| match mark.0 {
            _ if shared.contains(&(self.breach, mark)) => CANDIDATE,
            "kvnr" => CERTAIN,
            "email" | HASH | "username" | "iban" | "phone" => STRONG,
            "email-alias" => PROBABLE,
            // Only the person has the person's names and birthday.
            _ if self.person.is_some_and(|person| member.contains(&person)) => PROBABLE,
            _ => CANDIDATE,
        });
        common.max()
    }
}

fn classes_of(value: Value) -> &'static [&'static str] {
    match value {
        Value::InsuredNumber(_) => &["health-insurance-information"],
        Value::Email(..) | Value::Hash(..) => &["email-addresses"],
        Value::Username(_) => &["usernames"],
        Value::Account(_) => &["bank-account-numbers"],
        Value::Phone(_) => &["phone-numbers"],
        Value::Person(..) => &["names", "dates-of-birth", "physical-addresses"],
    }
}

/// The records of an index.
pub type Records = BTreeSet<Leaked>;

/// The result for a member in one breach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InBreach {
    pub strength: u8,
    pub records: u64,
    /// Whether the member is a candidate by a value that more records have than a check reads.
    pub is_shared: bool,
    pub classes: BTreeSet<&'static str>,
}

/// The kinds that an index holds of each breach, including those that an erasure emptied.
pub type HeldKinds = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// The verdict on a member, and the findings in each breach. The index holds these kinds.
pub fn expected(
    records: &Records,
    held: &HeldKinds,
    member: &Row,
) -> (&'static str, BTreeMap<&'static str, InBreach>) {
    let member_marks = marks(member);
    let shared = shared(records);
    let mut found = BTreeMap::<_, InBreach>::new();
    let strengths: Vec<_> = records
        .iter()
        .filter_map(|leaked| Some((leaked, leaked.strength(member, &member_marks, &shared)?)))
        .collect();
    for &(leaked, strength) in &strengths {
        let in_breach = found.entry(leaked.breach).or_default();
        in_breach.is_shared |=
            member_marks.iter().any(|&mark| shared.contains(&(leaked.breach, mark)));
        in_breach.strength = in_breach.strength.max(strength);
    }
    for (leaked, strength) in strengths {
        let in_breach = found.get_mut(leaked.breach).expect("it was just added");
        in_breach.is_shared &= in_breach.strength == CANDIDATE;
        // Beside a probable record, a candidate is more likely somebody else's.
        if strength > CANDIDATE || in_breach.strength == CANDIDATE {
            in_breach.records += 1;
            in_breach.classes.extend(&leaked.classes);
        }
    }
    let is_held = |kind: &str| held.values().any(|kinds| kinds.contains(kind));
    let verdict = if !found.is_empty() {
        "affected"
    } else if member_marks.iter().any(|(kind, ..)| is_held(kind)) {
        "not_affected"
    } else {
        "indeterminate"
    };
    (verdict, found)
}

/// The kinds of a new index of one breach.
pub fn held(breach: &'static str, records: &Records) -> HeldKinds {
    [(breach, kinds(records).into_keys().collect())].into()
}

/// The kinds of all these.
pub fn united<'a>(all: impl Iterator<Item = &'a HeldKinds>) -> HeldKinds {
    let mut united = HeldKinds::new();
    for (&breach, kinds) in all.flatten() {
        united.entry(breach).or_default().extend(kinds);
    }
    united
}

/// The values that more records of a breach have than one person could, such as the number of a
/// hotline.
fn shared(records: &Records) -> BTreeSet<(&'static str, Mark)> {
    let mut counts = BTreeMap::<_, usize>::new();
    for leaked in records {
        leaked
            .marks
            .iter()
            .for_each(|&mark| *counts.entry((leaked.breach, mark)).or_default() += 1);
    }
    counts.into_iter().filter(|&(_, count)| count > 64).map(|(of, _)| of).collect()
}

/// The kinds of the records, each with its distinct marks and the number of records that have one.
pub fn kinds(records: &Records) -> BTreeMap<&'static str, (u64, u64)> {
    let mut marks = BTreeMap::<Mark, u64>::new();
    for &mark in records.iter().flat_map(|leaked| &leaked.marks) {
        *marks.entry(mark).or_default() += 1;
    }
    let mut kinds = BTreeMap::<_, (u64, u64)>::new();
    for ((kind, ..), count) in marks {
        let entry = kinds.entry(kind).or_default();
        entry.0 += 1;
        entry.1 += count;
    }
    kinds
}

/// The records that a row erases: the row has all their marks.
pub fn erased_by(records: &Records, row: &Row) -> Records {
    let row_marks = marks(row);
    records.iter().filter(|leaked| leaked.marks.is_subset(&row_marks)).cloned().collect()
}

/// The account of a row to erase, over the records that share a mark with it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// For each breach: how many records the row erased, and the kinds that found them.
    pub erased: BTreeMap<String, (u64, Kinds)>,
    /// How many records stay, by breach, by the kinds that they share with the row, and by the
    /// kinds that the row lacks.
    pub stays: BTreeMap<(String, Kinds, Kinds), u64>,
    /// How many records another row erased.
    pub by_others: u64,
}

pub type Kinds = BTreeSet<String>;

/// The account of a row, if all of these rows are to be erased.
pub fn account(records: &Records, row: &Row, rows: &[Row]) -> Account {
    let row_marks = marks(row);
    let gone: Records = rows.iter().flat_map(|row| erased_by(records, row)).collect();
    let mut account = Account::default();
    for leaked in records {
        let kinds = |marks: &mut dyn Iterator<Item = &Mark>| -> Kinds {
            marks.map(|&(kind, ..)| kind.to_owned()).collect()
        };
        let shared = kinds(&mut leaked.marks.intersection(&row_marks));
        let lacking = kinds(&mut leaked.marks.difference(&row_marks));
        let breach = leaked.breach.to_owned();
        if shared.is_empty() {
            continue;
        }
        if lacking.is_empty() {
            let erased = account.erased.entry(breach).or_default();
            erased.0 += 1;
            erased.1.extend(shared);
        } else if gone.contains(leaked) {
            account.by_others += 1;
        } else {
            *account.stays.entry((breach, shared, lacking)).or_default() += 1;
        }
    }
    account
}
