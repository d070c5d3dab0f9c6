//! The verdicts of a check on many members, as columns.

use super::{
    concordance::Anchor,
    evidence::Proof,
    verdict::{CaveatSet, Coverage, State, Verdict, reasons},
};
use crate::{
    batch::{ByRow, Problem, batch_number},
    identifier::{FieldSet, KindSet},
};

/// The verdicts on many members, in their order, as columns.
///
/// A member takes 20 bytes, and more if it has problems or shares an identifier with a leaked record.
/// [`get`](Self::get) returns the [`Verdict`] on one member.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Kind, Record, State};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let index = builder.build()?;
///
/// let mut batch = index.batch();
/// for member in [Record::new().kvnr("A123456780"), Record::new().kvnr("B123456782")] {
///     batch.push(&member);
/// }
/// let verdicts = index.check_batch(&batch);
/// assert_eq!((verdicts.state(0), verdicts.state(1)), (State::Affected, State::NotAffected));
/// assert!(verdicts.matched()[0].contains(Kind::Kvnr) && verdicts.caveats()[1].is_empty());
/// assert_eq!(verdicts.get(0).finding().expect("affected").exposure().records(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    pub(super) matched: Vec<KindSet>,
    pub(super) checked: Vec<KindSet>,
    pub(super) suspect: Vec<KindSet>,
    pub(super) caveats: Vec<CaveatSet>,
    /// The kinds with a caveat on a column of some leak.
    pub(super) doubtful: KindSet,
    /// The fields that certainly no leak holds.
    pub(super) in_no_leak: FieldSet,
    /// The number of each member's gap.
    pub(super) gaps: Vec<u32>,
    pub(super) distinct_gaps: Vec<CoverageGap>,
    pub(super) problems: ByRow<Problem>,
    /// The proofs of members that share an identifier with a leaked record.
    pub(super) proofs: ByRow<Proof>,
    /// The leaked records that surely belong to a member.
    pub(super) anchors: Vec<Anchor>,
}

/// The fields and kinds that the indexes could not check. Many members share one gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CoverageGap {
    pub unused: FieldSet,
    pub not_leaked: FieldSet,
    pub missing: KindSet,
    pub not_held: KindSet,
    pub out_of_reach: bool,
}

impl Verdicts {
    /// Adds the verdicts on further members.
    pub(super) fn append(&mut self, more: Self) {
        let (members, gaps) = (batch_number(self.len()), self.distinct_gaps.len());
        self.matched.extend(more.matched);
        self.checked.extend(more.checked);
        self.suspect.extend(more.suspect);
        self.caveats.extend(more.caveats);
        self.doubtful = self.doubtful.union(more.doubtful);
        // All parts of a check have the same leaks.
        self.in_no_leak = more.in_no_leak;
        self.gaps.extend(more.gaps.iter().map(|number| number + batch_number(gaps)));
        self.distinct_gaps.extend(more.distinct_gaps);
        self.problems.append(more.problems, members);
        self.proofs.append(more.proofs, members);
        self.anchors.extend(more.anchors);
    }

    /// How many members there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.matched.len()
    }

    /// Whether there is no member.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.matched.is_empty()
    }

    /// The verdict on a member, without finding and coverage.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[must_use]
    pub fn state(&self, member: usize) -> State {
        State::of(self.matched[member], self.checked[member])
    }

    /// For each member, the kinds of identifier that were found.
    #[must_use]
    pub fn matched(&self) -> &[KindSet] {
        &self.matched
    }

    /// For each member, the kinds that were checked ([`Coverage::checked`]).
    #[must_use]
    pub fn checked(&self) -> &[KindSet] {
        &self.checked
    }

    /// For each member, the kinds that were checked with a suspect value ([`Coverage::suspect`]).
    #[must_use]
    pub fn suspect(&self) -> &[KindSet] {
        &self.suspect
    }

    /// Why the check of each member was not complete; empty for a complete check.
    #[must_use]
    pub fn caveats(&self) -> &[CaveatSet] {
        &self.caveats
    }

    /// The values of a member that could not be used, and why ([`Coverage::problems`]).
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[must_use]
    pub fn problems(&self, member: usize) -> &[Problem] {
        assert!(member < self.len(), "the member is one of these");
        self.problems.of(member)
    }

    /// Why values of a member were not used, and why the check was not complete ([`Verdict::reasons`]).
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[must_use]
    pub fn reasons(&self, member: usize) -> Vec<&'static str> {
        let CoverageGap { unused, .. } = self.distinct_gaps[self.gaps[member] as usize];
        let fields = (unused, self.in_no_leak);
        reasons(self.state(member), self.problems(member), fields, self.caveats[member])
    }

    /// The fields that certainly no leak holds. A wrong value of such a field leaves no gap.
    #[must_use]
    pub const fn in_no_leak(&self) -> FieldSet {
        self.in_no_leak
    }

    /// The fields of a member that a leak certainly does not hold ([`Coverage::not_leaked`]).
    /// Another leak may hold them.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[must_use]
    pub fn not_leaked(&self, member: usize) -> FieldSet {
        self.distinct_gaps[self.gaps[member] as usize].not_leaked
    }

    /// The coverage of a member's check.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[must_use]
    pub fn coverage(&self, member: usize) -> Coverage {
        let CoverageGap { unused, not_leaked, missing, not_held, out_of_reach } =
            self.distinct_gaps[self.gaps[member] as usize];
        Coverage {
            checked: self.checked[member],
            suspect: self.suspect[member],
            doubtful: self.checked[member].intersection(self.doubtful),
            missing,
            not_held,
            unused,
            not_leaked,
            in_no_leak: self.in_no_leak,
            out_of_reach,
            problems: self.problems(member).to_vec(),
            refuted: self.proofs.of(member).first().map(|proof| proof.refuted).unwrap_or_default(),
        }
    }

    /// The verdict on a member.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[must_use]
    pub fn get(&self, member: usize) -> Verdict {
        let proof = || self.proofs.of(member).first().cloned().unwrap_or_default();
        Verdict::new(self.matched[member], proof, self.coverage(member))
    }

    /// The verdicts on all members, in their order, as objects.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Verdict> {
        self.iter().collect()
    }

    /// The verdicts on all members, in their order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Verdict> {
        (0..self.len()).map(|member| self.get(member))
    }
}
