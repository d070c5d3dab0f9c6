//! The description of a breach, following the model of Have I Been Pwned, and the classes of leaked
//! data.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::parse_error::ParseError;

/// One incident: which data leaked, from where and when.
///
/// The fields follow the [HIBP breach model]; only the name is required. In TOML and JSON, they
/// have HIBP's names (`BreachDate`).
///
/// ```
/// use leakdex::{Breach, DataClass};
///
/// let mut breach = Breach::named("bitmarck-2023-01")?;
/// breach.title = Some("Bitmarck".into());
/// breach.data_classes.push(DataClass::NAMES);
/// assert_eq!(breach.name().as_str(), "bitmarck-2023-01");
/// # Ok::<(), leakdex::ParseError>(())
/// ```
///
/// [HIBP breach model]: https://haveibeenpwned.com/API/v3#BreachModel
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Breach {
    name: BreachName,
    /// The name, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The domain of the service that was breached. Usernames mean something only within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The date of the breach, as precisely as it is known (`2023-01` is fine).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach_date: Option<String>,
    /// When the caller got the leak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_date: Option<String>,
    /// A description of the incident, in a few sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Classes that leaked for everyone in this breach, in addition to those of the filled fields
    /// of a row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_classes: Vec<DataClass>,
}

impl Breach {
    /// A breach with a name and nothing else.
    ///
    /// # Errors
    ///
    /// [`ParseError`] unless the name is 1 to 100 letters, digits, `.`, `_` or `-`. Names appear in
    /// lists that are separated by spaces.
    pub fn named(name: &str) -> Result<Self, ParseError> {
        Ok(name.parse::<BreachName>()?.into())
    }

    /// The name that identifies the breach in findings.
    #[must_use]
    pub fn name(&self) -> &BreachName {
        &self.name
    }
}

/// A breach with a name and nothing else.
impl From<BreachName> for Breach {
    fn from(name: BreachName) -> Self {
        Self {
            name,
            title: None,
            domain: None,
            breach_date: None,
            added_date: None,
            description: None,
            data_classes: Vec::new(),
        }
    }
}

/// The name of a [`Breach`]: 1 to 100 letters, digits, `.`, `_` or `-`, all ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct BreachName(String);

/// A class of leaked data: one of HIBP's names as a kebab-case slug, `email-addresses`.
///
/// The set is open: a new class needs no new version of this library.
///
/// ```
/// use leakdex::DataClass;
///
/// assert_eq!(DataClass::new("Email addresses")?, DataClass::EMAIL_ADDRESSES);
/// assert_eq!(DataClass::new("Employers")?.as_str(), "employers");
/// assert_eq!(DataClass::new("Driver's licenses")?.as_str(), "drivers-licenses");
/// # Ok::<(), leakdex::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct DataClass(Cow<'static, str>);

impl DataClass {
    /// Bank account numbers, as in an IBAN.
    pub const BANK_ACCOUNT_NUMBERS: Self = Self(Cow::Borrowed("bank-account-numbers"));
    /// Dates of birth.
    pub const DATES_OF_BIRTH: Self = Self(Cow::Borrowed("dates-of-birth"));
    /// E-mail addresses.
    pub const EMAIL_ADDRESSES: Self = Self(Cow::Borrowed("email-addresses"));
    /// Numbers that a state issues, such as a tax number.
    pub const GOVERNMENT_ISSUED_IDS: Self = Self(Cow::Borrowed("government-issued-ids"));
    /// Numbers of health insurance and of health cards.
    pub const HEALTH_INSURANCE_INFORMATION: Self =
        Self(Cow::Borrowed("health-insurance-information"));
    /// Names.
    pub const NAMES: Self = Self(Cow::Borrowed("names"));
    /// Passwords, hashed or not.
    pub const PASSWORDS: Self = Self(Cow::Borrowed("passwords"));
    /// Phone numbers.
    pub const PHONE_NUMBERS: Self = Self(Cow::Borrowed("phone-numbers"));
    /// Postal addresses and parts of them.
    pub const PHYSICAL_ADDRESSES: Self = Self(Cow::Borrowed("physical-addresses"));
    /// Social insurance numbers.
    pub const SOCIAL_SECURITY_NUMBERS: Self = Self(Cow::Borrowed("social-security-numbers"));
    /// Usernames.
    pub const USERNAMES: Self = Self(Cow::Borrowed("usernames"));

    /// The classes above.
    const KNOWN: &[Self] = &[
        Self::BANK_ACCOUNT_NUMBERS,
        Self::DATES_OF_BIRTH,
        Self::EMAIL_ADDRESSES,
        Self::GOVERNMENT_ISSUED_IDS,
        Self::HEALTH_INSURANCE_INFORMATION,
        Self::NAMES,
        Self::PASSWORDS,
        Self::PHONE_NUMBERS,
        Self::PHYSICAL_ADDRESSES,
        Self::SOCIAL_SECURITY_NUMBERS,
        Self::USERNAMES,
    ];

    /// The class with this name. HIBP's spelling is accepted, too: `Email addresses`.
    ///
    /// # Errors
    ///
    /// [`ParseError`] unless the name is 1 to 64 ASCII letters, digits and single hyphens or spaces
    /// between them. Apostrophes and parentheses are dropped first.
    pub fn new(name: &str) -> Result<Self, ParseError> {
        let slug = name.trim().to_ascii_lowercase().replace(' ', "-");
        // As in "Driver's licenses" and "Passport numbers (partial)".
        let slug = slug.replace(['\'', '\u{2019}', '(', ')'], "");
        let well_formed = slug
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if well_formed && slug.len() <= 64 {
            // A known name is shared, not copied, because each finding has some.
            let known = Self::KNOWN.iter().find(|known| known.0 == slug);
            Ok(known.cloned().unwrap_or(Self(Cow::Owned(slug))))
        } else {
            Err(ParseError::new(
                "not a data class: only letters, digits and single hyphens are allowed",
            ))
        }
    }

    /// The slug, `email-addresses`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BreachName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BreachName {
    type Err = ParseError;

    fn from_str(name: &str) -> Result<Self, ParseError> {
        Self::try_from(name.to_owned())
    }
}

impl TryFrom<String> for BreachName {
    type Error = ParseError;

    fn try_from(name: String) -> Result<Self, ParseError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=100).contains(&name.len()) && name.bytes().all(allowed) {
            Ok(Self(name))
        } else {
            Err(ParseError::new(
                "not a breach name: only letters, digits, '.', '_' and '-' are allowed",
            ))
        }
    }
}

impl FromStr for DataClass {
    type Err = ParseError;

    fn from_str(name: &str) -> Result<Self, ParseError> {
        Self::new(name)
    }
}

impl TryFrom<String> for DataClass {
    type Error = ParseError;

    fn try_from(name: String) -> Result<Self, ParseError> {
        Self::new(&name)
    }
}

macro_rules! display_as_str {
    ($($type:ty),+) => { $(
        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    )+ };
}

display_as_str!(BreachName, DataClass);
