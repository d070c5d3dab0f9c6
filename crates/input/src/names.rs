//! The usual German and English names of columns.

use std::collections::HashSet;

use leakdex::{DataClass, Field};

use crate::options::Target;

/// The names of all columns of a file, by which one tells about another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    folded: HashSet<String>,
}

impl Context {
    pub fn of<'a>(headers: impl IntoIterator<Item = &'a str>) -> Self {
        Self { folded: headers.into_iter().map(fold).collect() }
    }

    /// The target of a column of this name; `None` if it is no usual name.
    pub fn recognise(&self, header: &str) -> Option<Target> {
        let header = header.trim();
        if header.starts_with("class:") {
            return header.parse().ok();
        }
        let folded = fold(header);
        // A second address is often `email2`.
        let unnumbered = folded.trim_end_matches(|character: char| character.is_ascii_digit());
        self.by_name(&folded).or_else(|| match self.by_name(unnumbered) {
            Some(Target::Id) => None,
            target => target,
        })
    }

    fn by_name(&self, folded: &str) -> Option<Target> {
        if folded == "name" {
            // Beside a first name, `Name` is the last name; alone, or beside both, it is both.
            let has = |names: &str| names.split(' ').any(|name| self.folded.contains(name));
            let is_last = has(FIRST_NAMES) && !has(LAST_NAMES);
            return Some(Target::Field(if is_last { Field::LastName } else { Field::Name }));
        }
        let is_usual = |names: &str| names.split(' ').any(|name| name == folded);
        let by_usual_name = NAMES.iter().find(|(_, names)| is_usual(names));
        let by_slug = || Field::ALL.iter().find(|field| fold(field.slug()) == folded);
        by_usual_name
            .map(|(target, _)| target.clone())
            .or_else(|| by_slug().copied().map(Target::Field))
    }
}

/// Names as people write them, made alike: `E-Mail-Adresse` and `e_mail adresse`.
fn fold(header: &str) -> String {
    let mut folded = String::with_capacity(header.len());
    for character in header.chars().flat_map(char::to_lowercase) {
        match character {
            'ä' => folded.push_str("ae"),
            'ö' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            other if other.is_alphanumeric() => folded.push(other),
            _ => {}
        }
    }
    folded
}

const FIRST_NAMES: &str = "vorname vornamen rufname firstname firstnames givenname givennames \
                            forename fname";

const LAST_NAMES: &str = "nachname familienname zuname surname lastname familyname lname";

/// The usual names as they are folded, with spaces between.
const NAMES: &[(Target, &str)] = &[
    (
        Target::Id,
        "id mitgliedsnummer mitgliedsnr mitgliednummer mitgliednr mitgliedsid mitglied member \
         memberid membernumber memberno personalnummer personalnr kundennummer kundennr kundenid \
         customerid customernumber customerno",
    ),
    (
        Target::Class(DataClass::PASSWORDS),
        "passwort passworthash kennwort password passwordhash passwd hashedpassword pwhash",
    ),
    // `emailalias` is a second address of the person, in full.
    (
        Target::Field(Field::Email),
        "email mail emailadresse mailadresse emailaddress mailaddress emailprivat useremail \
         emailalias",
    ),
    (Target::Field(Field::Md5Email), "emailmd5 mailmd5 md5mail"),
    (Target::Field(Field::Sha1Email), "emailsha1 mailsha1 sha1mail"),
    (Target::Field(Field::Sha256Email), "emailsha256 mailsha256 sha256mail"),
    (
        Target::Field(Field::IdentityDocument),
        "personalausweisnummer personalausweisnr ausweisnummer ausweisnr reisepassnummer reisepassnr \
         passnummer passnr passportnumber passportno idcardnumber idcardno identitycardnumber mrz",
    ),
    (
        Target::Field(Field::Kvnr),
        "kvnr kvnummer kvid krankenversichertennummer krankenversichertennr krankenversichertenid \
         krankenversicherungsnummer krankenversicherungsnr versichertennummer versichertennr \
         versichertenid versichertenkennung versnr insurednumber insuredno insuredid \
         insurancenumber insuranceno healthinsurancenumber",
    ),
    (
        Target::Field(Field::Iccsn),
        "iccsn kartennummer kartennr egknummer egknr gesundheitskartennummer cardnumber cardno \
         healthcardnumber",
    ),
    (
        Target::Field(Field::Ehic),
        "ehicnummer ehicnr ehicnumber ehicno ehickennnummer europaeischekrankenversicherungskarte",
    ),
    (
        Target::Field(Field::Rvnr),
        "rvnummer rentenversicherungsnummer rentenversicherungsnr sozialversicherungsnummer \
         sozialversicherungsnr svnummer svnr vsnr pensioninsurancenumber socialsecuritynumber \
         socialinsurancenumber",
    ),
    (
        Target::Field(Field::SteuerId),
        "steueridnr steueridnummer steueridentnr steueridentnummer steueridentifikationsnummer \
         steueridentifikationsnr steuerlicheidentifikationsnummer taxid taxidentificationnumber",
    ),
    (Target::Field(Field::Iban), "ibannummer ibannr ibannumber kontoiban bankiban"),
    (
        Target::Field(Field::Phone),
        "telefon telefonnummer telefonnr telefonprivat telefonmobil telefonfestnetz tel telnr \
         rufnummer festnetz festnetznummer mobil mobilnummer mobilnr mobiltelefon mobilfunknummer \
         handy handynummer handynr phonenumber phoneno telephone telephonenumber mobile \
         mobilenumber mobilephone mobileno cellphone cell landline",
    ),
    (
        Target::Field(Field::Username),
        "benutzername benutzer benutzerkennung username user login loginname kennung anmeldename \
         nutzername",
    ),
    (Target::Field(Field::LastName), LAST_NAMES),
    (Target::Field(Field::LastName), "geburtsname birthname maidenname"),
    (Target::Field(Field::FirstName), FIRST_NAMES),
    (Target::Field(Field::Name), "fullname vollername vollstaendigername namevorname vornamename"),
    (
        Target::Field(Field::BirthDate),
        "geburtsdatum geburtstag gebdatum gebdat gebtag gebdt geb geborenam dateofbirth birthdate \
         birthday dob",
    ),
    (
        Target::Field(Field::PostalCode),
        "plz postleitzahl postalcode postcode zip zipcode plzort wohnortplz",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(header: &str) -> Option<Target> {
        Context::of([header]).recognise(header)
    }

    #[test]
    fn usual_german_and_english_names_are_recognised() {
        for (headers, field) in [
            ("E-Mail|Email|E-Mail-Adresse|Mail|E_MAIL|email2", Field::Email),
            (
                "Versichertennummer|KVNR|Krankenversichertennummer|KV-Nummer|Versicherten-Nr.|\
                 KVID|insured_number|insurance number",
                Field::Kvnr,
            ),
            ("ICCSN|Kartennummer|card_number", Field::Iccsn),
            ("Nachname|Familienname|Zuname|surname|last_name|Geburtsname", Field::LastName),
            ("Vorname|Vornamen|Vorname(n)|Rufname|first_name|given name", Field::FirstName),
            (
                "Geburtsdatum|Geb.-Datum|geb_dat|GebDat|date_of_birth|dob|birthdate",
                Field::BirthDate,
            ),
            ("EHIC|EHIC-Nummer", Field::Ehic),
            ("RVNR|Rentenversicherungsnummer|SV-Nummer|VSNR|social security number", Field::Rvnr),
            ("Steuer-ID|SteuerIdNr.|Steueridentifikationsnummer|tax_id", Field::SteuerId),
            ("IBAN|IBAN-Nr.|Konto (IBAN)", Field::Iban),
            ("Telefon|Tel.|Tel.-Nr.|Mobil|Handynummer|phone|phone_number|mobile2", Field::Phone),
            ("email_md5|MD5 (E-Mail)", Field::Md5Email),
            ("email_sha1|SHA1 (E-Mail)", Field::Sha1Email),
            ("email_sha256|SHA256 (E-Mail)", Field::Sha256Email),
            (
                "Ausweisnummer|Personalausweis-Nr.|Reisepassnummer|passport_number|MRZ",
                Field::IdentityDocument,
            ),
            ("PLZ|Postleitzahl|zip|postcode|postal_code", Field::PostalCode),
            ("Benutzername|Username|Login|user_name|Kennung", Field::Username),
        ] {
            for header in headers.split('|') {
                assert_eq!(recognise(header), Some(Target::Field(field)), "{header}");
            }
        }
    }

    #[test]
    fn every_field_is_recognised_by_its_own_slug() {
        for &field in Field::ALL {
            // A column of aliases holds whole addresses.
            let expected = if field == Field::EmailAlias { Field::Email } else { field };
            assert_eq!(recognise(field.slug()), Some(Target::Field(expected)));
        }
    }

    #[test]
    fn ids_and_classes_are_recognised_and_other_names_are_not() {
        for header in ["id", "Mitgliedsnummer", "member_id", "Kunden-Nr.", "customer_id"] {
            assert_eq!(recognise(header), Some(Target::Id), "{header}");
        }
        let passwords = Some(Target::Class(DataClass::PASSWORDS));
        assert_eq!(recognise("Passwort-Hash"), passwords);
        assert_eq!(recognise(" class:passwords "), passwords);
        for header in
            ["", "2", "Telefax", "Ort", "id2", "class:", "Versicherungsnummer", "Steuernummer"]
        {
            assert_eq!(recognise(header), None, "{header}");
        }
    }

    #[test]
    fn name_is_the_last_name_only_beside_a_first_name() {
        let name = |headers: &[&str]| Context::of(headers.iter().copied()).recognise("Name");
        assert_eq!(name(&["Name", "PLZ"]), Some(Target::Field(Field::Name)));
        assert_eq!(name(&["Name", "Vorname"]), Some(Target::Field(Field::LastName)));
        let all = ["Name", "Vorname", "Nachname"];
        assert_eq!(name(&all), Some(Target::Field(Field::Name)));
    }
}
