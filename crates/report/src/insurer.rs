//! The insurer that sends letters and notices, as the section `[insurer]` of the settings describes it.

use serde::{Deserialize, Deserializer, Serialize};

/// The details of the insurer. All fields are optional. In TOML, the names have hyphens instead of
/// underscores. Templates use the names as they are here.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all(deserialize = "kebab-case"))]
pub struct Insurer {
    /// The full name.
    #[serde(deserialize_with = "filled")]
    pub name: Option<String>,
    /// The street and house number, or a post-office box.
    #[serde(deserialize_with = "filled")]
    pub street: Option<String>,
    /// The postcode.
    #[serde(deserialize_with = "filled")]
    pub postal_code: Option<String>,
    /// The town.
    #[serde(deserialize_with = "filled")]
    pub city: Option<String>,
    /// The phone number for questions.
    #[serde(deserialize_with = "filled")]
    pub phone: Option<String>,
    /// The e-mail address for questions.
    #[serde(deserialize_with = "filled")]
    pub email: Option<String>,
    /// The website.
    #[serde(deserialize_with = "filled")]
    pub website: Option<String>,
    /// The hours in which somebody answers the phone.
    #[serde(deserialize_with = "filled")]
    pub opening_hours: Option<String>,
    /// The person who signs: name and function.
    #[serde(deserialize_with = "filled")]
    pub signatory: Option<String>,
    /// The place for the date line.
    #[serde(deserialize_with = "filled")]
    pub place: Option<String>,
    /// The data-protection officer.
    pub data_protection_officer: Contact,
    /// The supervisory authority for data protection (Art. 33, 77 GDPR).
    pub authority: Authority,
    /// The legal supervision (§ 83a SGB X).
    pub legal_supervision: LegalSupervision,
    /// The measures taken, in full sentences.
    #[serde(deserialize_with = "all_filled")]
    pub measures_taken: Vec<String>,
    /// The measures planned, in full sentences.
    #[serde(deserialize_with = "all_filled")]
    pub measures_planned: Vec<String>,
    /// Likely consequences in addition to those of the classes of data, in full sentences.
    #[serde(deserialize_with = "all_filled")]
    pub likely_consequences: Vec<String>,
}

/// A contact for letters and calls.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all(deserialize = "kebab-case"))]
pub struct Contact {
    /// The name.
    #[serde(deserialize_with = "filled")]
    pub name: Option<String>,
    /// The postal address.
    #[serde(deserialize_with = "filled")]
    pub address: Option<String>,
    /// The phone number.
    #[serde(deserialize_with = "filled")]
    pub phone: Option<String>,
    /// The e-mail address.
    #[serde(deserialize_with = "filled")]
    pub email: Option<String>,
}

/// The authority that people can complain to.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all(deserialize = "kebab-case"))]
pub struct Authority {
    /// The name.
    #[serde(deserialize_with = "filled")]
    pub name: Option<String>,
    /// The postal address.
    #[serde(deserialize_with = "filled")]
    pub address: Option<String>,
}

/// The authority that supervises the insurer.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all(deserialize = "kebab-case"))]
pub struct LegalSupervision {
    /// The name.
    #[serde(deserialize_with = "filled")]
    pub name: Option<String>,
}

/// A blank text becomes `None`, so templates need only one check.
fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn all_filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    Ok(texts.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Insurer, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn every_field_may_be_missing_and_a_blank_one_is_missing() -> Result<(), String> {
        assert!(read("")? == Insurer::default());
        assert!(read("name = '  '\nmeasures-taken = ['', ' ']")? == Insurer::default());
        let insurer = read(
            "name = ' Muster BKK '\npostal-code = '12345'\nmeasures-taken = ['Das ist getan.', '']\n\
             [data-protection-officer]\nname = 'Dr. Erika Beispiel'\n[legal-supervision]\nname = 'BAS'",
        )?;
        assert_eq!(insurer.name.as_deref(), Some("Muster BKK"));
        assert_eq!(insurer.postal_code.as_deref(), Some("12345"));
        assert_eq!(insurer.measures_taken, ["Das ist getan."]);
        let officer = insurer.data_protection_officer;
        assert_eq!(officer.name.as_deref(), Some("Dr. Erika Beispiel"));
        assert_eq!(insurer.legal_supervision.name.as_deref(), Some("BAS"));
        Ok(())
    }

    #[test]
    fn an_unknown_field_error_lists_the_known_fields() {
        for text in ["nmae = 'x'", "[authority]\nphone = '1'", "postal_code = '12345'"] {
            let error = read(text).err().expect("it is refused");
            assert!(error.contains("unknown field") && error.contains("`name`"), "{error}");
        }
    }
}
