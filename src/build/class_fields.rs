//! The fields that a class of data may contain.

use crate::{
    breach::DataClass,
    identifier::{Field, FieldSet},
};

/// The fields that data of a class may contain. Free text and contact lists may contain anything,
/// and so may a class that is not listed here.
pub(super) fn fields_of(class: &DataClass) -> FieldSet {
    use Field::{
        BirthDate, Ehic, Email, EmailAlias, FirstName, Iban, Iccsn, IdentityDocument, Kvnr,
        LastName, Md5Email, Name, Phone, PostalCode, Rvnr, Sha1Email, Sha256Email, SteuerId,
    };
    let fields: &[Field] = match class.as_str() {
        // The URL of a picture may contain the hash of an address, as with Gravatar.
        "email-addresses" | "recovery-email-addresses" | "avatars" | "profile-photos" => {
            &[Email, EmailAlias, Md5Email, Sha1Email, Sha256Email]
        }
        "names"
        | "display-names"
        | "nicknames"
        | "spouses-names"
        | "family-members-names"
        | "mothers-maiden-names" => &[Name, LastName, FirstName],
        "dates-of-birth" | "partial-dates-of-birth" | "years-of-birth" => &[BirthDate],
        "phone-numbers" | "partial-phone-numbers" => &[Phone],
        "physical-addresses" | "geographic-locations" => &[PostalCode],
        "health-insurance-information" => &[Kvnr, Iccsn, Ehic],
        "social-security-numbers" => &[Rvnr],
        "government-issued-ids" | "partial-government-issued-ids" => {
            &[SteuerId, IdentityDocument, Rvnr]
        }
        "passport-numbers" | "drivers-licenses" => &[IdentityDocument],
        "taxation-records" => &[SteuerId],
        "bank-account-numbers" | "payment-methods" => &[Iban],
        // Many people log in with their address or a number.
        "usernames" | "instant-messenger-identities" | "social-media-profiles" => {
            return Field::ALL.iter().copied().filter(|field| field.can_be_a_login()).collect();
        }
        slug if WITHOUT_FIELDS.contains(&slug) => &[],
        _ => Field::ALL,
    };
    fields.iter().copied().collect()
}

/// The further fields that a breach with data of this class may contain. The values of a column with
/// a class are examined one by one, so these fields do not count for a class that only rows name.
pub(super) fn fields_beside(class: &DataClass) -> FieldSet {
    use Field::{
        BirthDate, Email, EmailAlias, FirstName, LastName, Md5Email, Name, Sha1Email, Sha256Email,
    };
    let fields: &[Field] = match class.as_str() {
        // A card has the name of its holder.
        "credit-cards" | "partial-credit-card-data" => &[Name, LastName, FirstName],
        // PayPal identifies people by their addresses.
        "payment-methods" => &[Email, EmailAlias, Md5Email, Sha1Email, Sha256Email],
        "social-media-profiles" => &[Name, LastName, FirstName, BirthDate],
        _ => &[],
    };
    fields.iter().copied().collect()
}

/// The classes that certainly contain no field, sorted.
const WITHOUT_FIELDS: &[&str] = &[
    "account-balances",
    "age-groups",
    "ages",
    "apps-installed-on-devices",
    "astrological-signs",
    "banking-pins",
    "beauty-ratings",
    "biometric-data",
    "browser-user-agent-details",
    "buying-preferences",
    "car-ownership-statuses",
    "career-levels",
    "cellular-network-names",
    "charitable-donations",
    "citizenship-statuses",
    "clothing-sizes",
    "company-names",
    "credit-card-cvv",
    "credit-cards",
    "credit-scores",
    "credit-status-information",
    "cryptocurrency-wallet-addresses",
    "deceased-date",
    "deceased-statuses",
    "device-information",
    "device-serial-numbers",
    "disabilities",
    "drinking-habits",
    "drug-habits",
    "earnings",
    "eating-habits",
    "education-levels",
    "employers",
    "employment-statuses",
    "encrypted-keys",
    "ethnicities",
    "family-plans",
    "fitness-levels",
    "flights-taken",
    "genders",
    "historical-passwords",
    "hiv-statuses",
    "home-ownership-statuses",
    "imei-numbers",
    "imsi-numbers",
    "income-levels",
    "ip-addresses",
    "iq-levels",
    "job-titles",
    "language-preferences",
    "latitude-and-longitude-pairs",
    "licence-plates",
    "living-costs",
    "mac-addresses",
    "marital-statuses",
    "mnemonic-phrases",
    "nationalities",
    "net-worths",
    "occupations",
    "parenting-plans",
    "partial-credit-card-data",
    "password-strengths",
    "passwords",
    "personal-health-data",
    "personal-interests",
    "physical-attributes",
    "pins",
    "places-of-birth",
    "political-donations",
    "political-views",
    "professional-skills",
    "profile-statistics",
    "purchasing-habits",
    "races",
    "relationship-statuses",
    "religions",
    "reward-program-balances",
    "salutations",
    "school-grades-class-levels",
    "sexual-fetishes",
    "sexual-orientations",
    "shipment-tracking-numbers",
    "smoking-habits",
    "socioeconomic-levels",
    "spoken-languages",
    "tattoo-status",
    "telecommunications-carrier",
    "time-zones",
    "travel-habits",
    "vehicle-details",
    "vehicle-identification-numbers-vins",
    "vehicle-registration-plates",
    "vip-statuses",
    "work-habits",
    "years-of-professional-experience",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(class: &str) -> FieldSet {
        fields_of(&DataClass::new(class).expect("a class"))
    }

    #[test]
    fn each_field_is_in_its_own_class() {
        for &field in Field::ALL {
            assert!(fields_of(&field.data_class()).contains(field), "{field}");
        }
    }

    #[test]
    fn a_known_class_contains_few_fields() {
        for (class, fields) in [
            ("Taxation records", vec![Field::SteuerId]),
            ("Passport numbers", vec![Field::IdentityDocument]),
            ("Social security numbers", vec![Field::Rvnr]),
            ("Payment methods", vec![Field::Iban]),
            ("Physical addresses", vec![Field::PostalCode]),
            ("Ages", vec![]),
        ] {
            assert_eq!(of(class), fields.into_iter().collect(), "{class}");
        }
    }

    #[test]
    fn free_text_and_unknown_classes_may_contain_any_field() {
        for class in ["Comments", "Private messages", "Address book contacts", "Something new"] {
            assert_eq!(of(class), FieldSet::all(), "{class}");
        }
        assert_eq!(of("Passwords"), FieldSet::EMPTY);
        assert!(of("Passport numbers").contains(Field::IdentityDocument));
        assert!(WITHOUT_FIELDS.is_sorted());
    }
}
