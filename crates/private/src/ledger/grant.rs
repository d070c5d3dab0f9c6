//! Grants: how much an insurer may ask for.

use std::{fmt, str::FromStr};

use leakdex::Kind;

use crate::{
    epoch::{BATCH, Epoch, EpochId},
    error::Error,
    names::Fingerprint,
    request::{Batches, length_of},
};

/// How many identifiers of a kind an insurer may ask for, per member: a number with at most three decimals, above
/// 0 and at most 100. Each request has a batch of each kind, so 0 would make every request fail.
///
/// ```
/// use leakdex_private::Factor;
///
/// let factor: Factor = "1.05".parse()?;
/// // A batch has room for 4095 identifiers.
/// assert_eq!(factor.batches_for(1_000_000), 257);
/// # Ok::<(), leakdex_private::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor {
    thousandths: u32,
}

impl Factor {
    /// One identifier for each member, and 5 % more.
    pub const DEFAULT: Self = Self { thousandths: 1050 };

    const LARGEST: u32 = 100_000;

    /// The usual factor of a kind: [`DEFAULT`](Self::DEFAULT) for values, and more for match keys, since a member has
    /// several of them: for each part of a name, and with day and month exchanged. `starts-birth`, for example, has
    /// 1.48 keys for a member on average.
    #[must_use]
    pub const fn usual(kind: Kind) -> Self {
        if kind.is_match_key() { Self { thousandths: 1600 } } else { Self::DEFAULT }
    }

    /// The number of batches of a kind that this number of members needs.
    #[must_use]
    pub fn batches_for(self, members: u64) -> u64 {
        let identifiers = u128::from(members) * u128::from(self.thousandths);
        let batches = identifiers.div_ceil(1000 * (BATCH as u128 - 1));
        u64::try_from(batches).expect("a factor is smaller than a batch")
    }
}

impl FromStr for Factor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = || {
            let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
            let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if !are_digits(whole) || !are_digits(decimals) || !(1..=3).contains(&decimals.len()) {
                return None;
            }
            let decimals: u32 = format!("{decimals:0<3}").parse().ok()?;
            let thousandths =
                whole.parse::<u32>().ok()?.checked_mul(1000)?.checked_add(decimals)?;
            (1..=Self::LARGEST).contains(&thousandths).then_some(Self { thousandths })
        };
        parsed().ok_or(Error::WrongGrant("a factor is a number above 0 and up to 100, as in 1.05"))
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.thousandths / 1000, self.thousandths % 1000);
        formatter.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A grant of a provider to an insurer, in one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    insurer: Fingerprint,
    epoch: EpochId,
    batches: Vec<Batches>,
    members: u64,
    reason: String,
}

impl Grant {
    /// The maximum number of members in a grant. There are fewer people.
    const MAX_MEMBERS: u64 = 100_000_000_000;
    const LONGEST_REASON: usize = 200;

    /// A grant for an insurer with this number of members, as officially reported. `factor` returns the factor of
    /// each kind.
    ///
    /// # Errors
    ///
    /// [`Error::WrongGrant`] if the grant would be empty, if there are too many members, or if the reason is
    /// longer than 200 characters or has control characters.
    pub fn for_members(
        insurer: Fingerprint,
        epoch: &Epoch,
        members: u64,
        factor: impl Fn(Kind) -> Factor,
        reason: &str,
    ) -> Result<Self, Error> {
        let kinds = epoch.pairs().iter().map(|(kind, _)| *kind);
        let batches =
            kinds.map(|kind| Batches { kind, batches: factor(kind).batches_for(members) });
        Self::new(insurer, epoch.id(), batches.collect(), members, reason.to_owned())
    }

    pub(super) fn new(
        insurer: Fingerprint,
        epoch: EpochId,
        batches: Vec<Batches>,
        members: u64,
        reason: String,
    ) -> Result<Self, Error> {
        if members > Self::MAX_MEMBERS {
            return Err(Error::WrongGrant("there are fewer people than that"));
        }
        let limit = Factor { thousandths: Factor::LARGEST }.batches_for(Self::MAX_MEMBERS);
        if length_of(&batches, 1).is_none() {
            return Err(Error::WrongGrant("at least one batch of one kind is needed"));
        }
        if batches.iter().any(|batch| batch.batches > limit) {
            return Err(Error::WrongGrant("there are more batches than any insurer needs"));
        }
        if reason.chars().count() > Self::LONGEST_REASON || reason.chars().any(char::is_control) {
            return Err(Error::WrongGrant(
                "a reason has at most 200 characters, and no control characters",
            ));
        }
        Ok(Self { insurer, epoch, batches, members, reason })
    }

    /// The insurer.
    #[must_use]
    pub const fn insurer(&self) -> Fingerprint {
        self.insurer
    }

    /// The epoch.
    #[must_use]
    pub const fn epoch(&self) -> EpochId {
        self.epoch
    }

    /// The number of batches of each kind, in the order of the slugs.
    #[must_use]
    pub fn batches(&self) -> &[Batches] {
        &self.batches
    }

    /// The number of members that the insurer has.
    #[must_use]
    pub const fn members(&self) -> u64 {
        self.members
    }

    /// The reason, in the provider's own words.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
