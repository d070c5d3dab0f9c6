//! A build on several machines: tasks hash rows, workers write shards, and a driver plans.

mod content;
mod identifier;
mod plan;
mod summary;
mod tally;
mod task;

pub use content::{ShardBuilder, ShardContent};
pub use identifier::{LeakedIdentifier, LeakedIdentifiers};
pub use plan::ShardPlan;
pub use summary::ShardSummary;
pub(super) use tally::Tally;
pub use task::TaskAccount;
