//! The account of a task of a distributed build.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{identifier::LeakedIdentifiers, tally::Tally};
use crate::{
    breach::Breach,
    build::{
        account::{Account, from_bits, to_bits},
        builder::IndexBuilder,
    },
    error::{DistributedFault, Error},
    id::KeyId,
    identifier::{FieldSet, KindSet, NORMALISER},
    index::{RowAccount, unicode_version},
    key::Key,
    profile::{ProfileCipher, RunCaveat},
    pseudonym::SCHEME,
};

/// The account of the rows that a task of a distributed build hashed: their number, their profile,
/// and the number of identifiers that the task handed over. Accounts of tasks can be
/// [added up](Self::add).
///
/// If an engine repeats a task, use the identifiers and the account of one attempt only.
///
/// An account contains no values. But it contains small counts, which apply to only a few people
/// and which an index leaves out. So [seal](Self::seal) it before you send it.
#[derive(Clone, PartialEq, Eq)]
pub struct TaskAccount {
    pub(super) account: Account,
    pub(super) taken: Tally,
    settings: Settings,
}

/// All settings that must be the same in all tasks of a build and in its driver.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    library: String,
    key_id: KeyId,
    breach: Breach,
    #[serde(serialize_with = "to_bits", deserialize_with = "from_bits")]
    kinds: KindSet,
    #[serde(serialize_with = "to_bits", deserialize_with = "from_bits")]
    email_hashes: KindSet,
    without_codes: bool,
    /// The normaliser's rules, as the caller set them.
    rules: String,
}

impl Settings {
    pub fn of(builder: &IndexBuilder<'_>) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self {
            library: format!("{version} {SCHEME} {NORMALISER} {}", unicode_version()),
            key_id: builder.key.id(),
            breach: builder.breach.clone(),
            kinds: builder.kinds,
            email_hashes: builder.email_hashes,
            without_codes: builder.without_codes,
            rules: format!("{:?}", builder.normaliser),
        }
    }

    /// Refuses other settings, and names the first one that differs.
    fn expect(&self, other: &Self) -> Result<(), DistributedFault> {
        let parts = [
            ("the version of leakdex", self.library == other.library),
            ("the key", self.key_id == other.key_id),
            ("the breach", self.breach == other.breach),
            ("the indexed kinds", self.kinds == other.kinds),
            ("the hashes of addresses", self.email_hashes == other.email_hashes),
            ("the codes", self.without_codes == other.without_codes),
            ("the rules of normalising", self.rules == other.rules),
        ];
        match parts.into_iter().find(|(_, is_same)| !is_same) {
            Some((part, _)) => Err(DistributedFault::DifferentTasks { part }),
            None => Ok(()),
        }
    }
}

impl IndexBuilder<'_> {
    /// Ends a task of a distributed build. Returns the identifiers that were not
    /// [taken](Self::take_identifiers) yet, and the account of all rows that were added.
    ///
    /// # Errors
    ///
    /// Those of [`take_identifiers`](Self::take_identifiers).
    pub fn into_task_account(mut self) -> Result<(LeakedIdentifiers, TaskAccount), Error> {
        let rest = self.take_identifiers()?;
        let settings = Settings::of(&self);
        Ok((rest, TaskAccount { settings, account: self.account, taken: self.taken }))
    }
}

impl TaskAccount {
    /// The account as bytes, encrypted under the key of the build. Equal accounts give equal bytes.
    ///
    /// # Panics
    ///
    /// If the key is not the key of the build.
    #[must_use]
    pub fn seal(&self, key: &Key) -> Vec<u8> {
        self.seal_with("", key)
    }

    /// The account as bytes together with a text of the caller, like [`seal`](Self::seal).
    ///
    /// # Panics
    ///
    /// If the key is not the key of the build.
    #[must_use]
    pub fn seal_with(&self, text: &str, key: &Key) -> Vec<u8> {
        assert!(key.id() == self.settings.key_id, "the key is that of the build");
        let text = serde_json::to_vec(&(&self.account, &self.taken, &self.settings, text));
        ProfileCipher::of_accounts(key).seal_text(text.expect("an account has string keys only"))
    }

    /// The account that was [sealed](Self::seal).
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the bytes were changed, or the key is wrong.
    pub fn open(sealed: &[u8], key: &Key) -> Result<Self, Error> {
        Ok(Self::open_with(sealed, key)?.0)
    }

    /// The account and the text that were [sealed](Self::seal_with).
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub fn open_with(sealed: &[u8], key: &Key) -> Result<(Self, String), Error> {
        let content = ProfileCipher::of_accounts(key).open_text(sealed);
        let content = content.and_then(|content| serde_json::from_slice(&content).ok());
        let (account, taken, settings, text) =
            content.ok_or(DistributedFault::UnreadableAccount)?;
        Ok((Self { account, taken, settings }, text))
    }

    /// Adds the account of another task.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the tasks had different settings, such as keys, breaches, kinds or
    /// rules.
    pub fn add(&mut self, other: &Self) -> Result<(), Error> {
        self.settings.expect(&other.settings)?;
        self.account.add(&other.account);
        self.taken.add(&other.taken);
        Ok(())
    }

    /// The account of the rows. Duplicates still count as indexed.
    #[must_use]
    pub const fn rows(&self) -> &RowAccount {
        &self.account.rows
    }

    /// Stores a caveat of the leak that the records do not show, like
    /// [`IndexBuilder::add_caveat`](IndexBuilder::add_caveat).
    pub fn add_caveat(&mut self, caveat: RunCaveat) {
        self.account.add_caveat(caveat);
    }

    /// Declares that the leak has no further columns, like
    /// [`IndexBuilder::has_no_more_columns`](IndexBuilder::has_no_more_columns). Call it on the sum
    /// of all accounts.
    pub fn has_no_more_columns(&mut self, but: FieldSet) {
        self.account.has_no_more_columns(but);
    }

    /// Ends one of several files of the leak, like
    /// [`IndexBuilder::end_file`](IndexBuilder::end_file). If several tasks read a file, add up
    /// their accounts first.
    pub fn end_file(&mut self) {
        self.account.end_file();
    }

    /// The caveats of the leak so far, like [`IndexBuilder::caveats`](IndexBuilder::caveats).
    #[must_use]
    pub fn caveats(&self) -> Vec<RunCaveat> {
        self.account.caveats()
    }

    /// Refuses an account of another build, or one whose identifiers were not all taken.
    pub(super) fn expect(&self, settings: &Settings) -> Result<(), DistributedFault> {
        settings.expect(&self.settings)?;
        let is_whole = self.taken.records == self.account.rows.indexed;
        if is_whole { Ok(()) } else { Err(DistributedFault::LostIdentifiers) }
    }
}

impl fmt::Debug for TaskAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TaskAccount").field("rows", self.rows()).finish_non_exhaustive()
    }
}
