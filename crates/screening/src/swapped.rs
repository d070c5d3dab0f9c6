//! Signs that the leak and the member list are swapped. The verdicts would then be about the people in the leak,
//! not about the members.

use leakdex::{RunCaveat, Side, Sign};
use leakdex_input::{Header, Input};

use crate::caveats::ColumnCaveat;

/// Classes of data that occur in leaks of accounts, and that no insurer puts into a member list.
const SECRETS: [&str; 5] = [
    "passwords",
    "historical-passwords",
    "password-hints",
    "security-questions-and-answers",
    "auth-tokens",
];

/// The columns that distinguish a leak from a member list.
#[derive(Clone, Copy, Default)]
pub struct LeakColumns {
    has_reference: bool,
    has_secrets: bool,
}

impl LeakColumns {
    /// The columns of a leak that was read in this run.
    #[must_use]
    pub fn new(leak: &Input) -> Self {
        Self { has_reference: leak.has_reference(), has_secrets: secrets(leak).next().is_some() }
    }

    /// The signs that this member list is really the leak.
    #[must_use]
    pub fn caveats(self, members: &Input) -> Vec<ColumnCaveat> {
        let caveat = |column: Option<&Header>, sign| ColumnCaveat {
            file: members.name().to_owned(),
            column: column.map(Header::to_string),
            caveat: RunCaveat::of_rows(Side::Members, sign, 1, 1),
        };
        let secret = secrets(members).map(|header| caveat(Some(header), Sign::PasswordsOfMembers));
        // A leak of accounts may have references, too. If it has passwords, it is not a member list.
        let lacks_reference = self.has_reference && !self.has_secrets && !members.has_reference();
        let reference = lacks_reference.then(|| caveat(None, Sign::ReferencesInLeak));
        secret.chain(reference).collect()
    }
}

/// The headers of columns with passwords and other secrets.
fn secrets(input: &Input) -> impl Iterator<Item = &Header> {
    let secret = input.class_columns().filter(|(_, class)| SECRETS.contains(&class.as_str()));
    secret.map(|(header, _)| header)
}
