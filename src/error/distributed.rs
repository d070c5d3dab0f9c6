//! Errors of a build that runs on several machines.

use std::fmt;

/// Why a distributed build cannot continue: the data that the engine returned differs from the data
/// it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DistributedFault {
    /// A worker got bytes that are not an identifier of a leaked record.
    MalformedIdentifier,
    /// A worker got an identifier of another shard.
    ForeignIdentifier {
        /// The number of the worker's shard, from 0.
        number: u32,
    },
    /// The tasks or the driver have different settings.
    DifferentTasks {
        /// The first setting that differs.
        part: &'static str,
    },
    /// The account of a task cannot be opened: it was changed, or sealed with another key.
    UnreadableAccount,
    /// There is no shard with this number.
    UnknownShard {
        /// The number, from 0.
        number: u32,
        /// How many shards the index has.
        count: u32,
    },
    /// The summaries have different shard counts.
    DifferentShardCounts,
    /// A shard has no summary.
    MissingSummary {
        /// The number of the shard, from 0.
        number: u32,
        /// How many shards the index has.
        count: u32,
    },
    /// The numbers in the summary of a shard contradict each other.
    WrongSummary {
        /// The number of the shard, from 0.
        number: u32,
    },
    /// A shard has two summaries.
    RepeatedSummary {
        /// The number of the shard, from 0.
        number: u32,
    },
    /// The shards do not have exactly the identifiers that the tasks handed over.
    LostIdentifiers,
    /// The identifiers of a shard differ from those in its plan.
    ChangedShard {
        /// The number of the shard, from 0.
        number: u32,
    },
    /// An excerpt of a shard answers other queries than those that were sent, or the queries
    /// are for another shard.
    OtherQueries {
        /// The number of the shard, from 0.
        number: u32,
    },
    /// The plan differs from the one that the driver made.
    DamagedPlan,
}

impl fmt::Display for DistributedFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedIdentifier => formatter.write_str(
                "not an identifier in the form that a task hands over; send its bytes and its \
                 class set unchanged",
            ),
            Self::ForeignIdentifier { number } => write!(
                formatter,
                "shard {number} received an identifier of another shard; send each identifier to \
                 the shard of its pseudonym"
            ),
            Self::DifferentTasks { part } => write!(
                formatter,
                "the tasks and the driver of the build differ in {part}; give all of them the same"
            ),
            Self::UnreadableAccount => formatter.write_str(
                "the account of a task was changed on the way, or sealed with another key; send it \
                 unchanged, and give tasks and driver the same key",
            ),
            Self::UnknownShard { number, count } => {
                write!(formatter, "there is no shard {number} of {count}; shards count from 0")
            }
            Self::DifferentShardCounts => formatter.write_str(
                "the summaries have different shard counts; give the summaries of one build",
            ),
            Self::MissingSummary { number, count } => write!(
                formatter,
                "shard {number} of {count} has no summary, and the people in it would be reported as \
                 not affected; make one for each shard, including empty shards"
            ),
            Self::WrongSummary { number } => {
                write!(
                    formatter,
                    "the summary of shard {number} does not add up; send it unchanged"
                )
            }
            Self::RepeatedSummary { number } => {
                write!(formatter, "shard {number} has two summaries; give one of each shard")
            }
            Self::LostIdentifiers => formatter.write_str(
                "the shards do not have exactly the identifiers that the tasks handed over; use \
                 identifiers and account of the same attempt of each task, and each of them once",
            ),
            Self::ChangedShard { number } => write!(
                formatter,
                "the identifiers of shard {number} differ from those in its plan; keep the \
                 hashed identifiers on a disk until all shards are written"
            ),
            Self::OtherQueries { number } => write!(
                formatter,
                "the queries to shard {number} are not those about the batch; send them unchanged, and \
                 decide from the excerpt that answers them"
            ),
            Self::DamagedPlan => {
                formatter.write_str("the plan is not as the driver made it; send it unchanged")
            }
        }
    }
}
