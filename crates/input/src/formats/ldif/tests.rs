use super::*;
use crate::formats::testing::read;

fn rows(file: &str) -> Vec<String> {
    read("a.ldif", file.as_bytes(), &Options::default()).expect("readable").rows
}

/// The output of `ldapsearch -x`.
const LDAPSEARCH: &str = "\
# extended LDIF
#
# LDAPv3
# base <dc=example,dc=de> with scope subtree
# filter: (objectclass=*)
# requesting: ALL
#

# example.de
dn: dc=example,dc=de
objectClass: top
objectClass: dcObject
objectClass: organization
o: Beispiel AG
dc: example

# People, example.de
dn: ou=People,dc=example,dc=de
objectClass: organizationalUnit
ou: People

# mmuster, People, example.de
dn: uid=mmuster,ou=People,dc=example,dc=de
objectClass: inetOrgPerson
uid: mmuster
cn:: TWF4IE3DvGxsZXI=
sn:: TcO8bGxlcg==
givenName: Max
mail: max.mueller@exam
 ple.de
mail: m.mueller@example.de
telephoneNumber: +49 30 1234567
mobile: +49 171 1234567
facsimileTelephoneNumber: +49 30 1234568
postalCode: 10115
l: Berlin
dateOfBirth: 1970-02-01
employeeNumber: 4711
userPassword:: e1NTSEF9c2VjcmV0
jpegPhoto:: /9j/4AAQSkZJRgABAQ==

# Gruppe, example.de
dn: cn=Gruppe,dc=example,dc=de
objectClass: groupOfNames
cn: Gruppe
member: uid=mmuster,ou=People,dc=example,dc=de

# search result
search: 2
result: 0 Success

# numResponses: 5
# numEntries: 4
";

#[test]
fn persons_of_a_directory_are_rows_and_groups_and_units_are_not() {
    assert_eq!(
        rows(LDAPSEARCH),
        ["id=4711 last-name=Müller first-name=Max \
             email=max.mueller@example.de email=m.mueller@example.de phone=+49 30 1234567 \
             phone=+49 171 1234567 postal-code=10115 birth-date=1970-02-01 \
             class=physical-addresses class=passwords class=photos"]
    );
    assert_eq!(rows(&LDAPSEARCH.replace('\n', "\r\n")), rows(LDAPSEARCH));
}

#[test]
fn the_first_line_identifies_the_format_under_any_name() {
    for begin in ["dn: ", "dn:: ", "version: 1\n", "version: 1\r\n", "# extended LDIF\n"] {
        let format = sniff::format(std::path::Path::new("a.txt"), begin.as_bytes());
        assert_eq!(format, Format::Ldif, "{begin:?}");
    }
}

#[test]
fn an_added_entry_is_a_row_and_other_changes_are_unreadable() {
    let entry =
        |change: &str| format!("dn: cn=a\n{change}sn: Muster\ngivenName: Max\nmail: a@b.de\n");
    let file = [
        "version: 1",
        &entry(""),
        &entry("changetype: add\n"),
        &entry("changetype: modify\nreplace: mail\n").replace("mail: a", "mail: a@b.de\n-\n#"),
        "dn: cn=a\nchangetype: delete\n",
        "dn: cn=a\nchangetype: modrdn\nnewrdn: cn=b\ndeleteoldrdn: 1\n",
    ];
    let rows = rows(&file.join("\n"));
    let row = "last-name=Muster first-name=Max email=a@b.de";
    assert_eq!(rows[..2], [row, row]);
    assert_eq!(rows[2..], ["doubt=invalid-record"; 3]);
}

#[test]
fn entries_without_an_empty_line_between_them_are_rows_of_their_own() {
    for between in ["", " \n", "   \n"] {
        let file = format!("dn: cn=a\nmail: a@b.de\n{between}dn: cn=b\nmail: c@d.de\n");
        assert_eq!(rows(&file), ["email=a@b.de", "email=c@d.de"], "{between:?}");
    }
}

#[test]
fn a_role_with_a_phone_number_is_a_row() {
    let file = "dn: cn=a\nobjectClass: organizationalRole\ncn: Max Muster\n\
                telephoneNumber: 030 1234567\n";
    assert_eq!(rows(file), ["phone=030 1234567 name=Max Muster"]);
}

#[test]
fn an_entry_of_a_group_with_any_attribute_of_a_person_is_a_row() {
    for (attribute, row) in [
        ("rfc822Mailbox: a@b.de", "email=a@b.de"),
        ("schacDateOfBirth: 19700201", "birth-date=19700201"),
        ("mozillaSecondEmail: a@b.de", "email=a@b.de"),
        ("versichertennummer: A123456780", "kvnr=A123456780"),
    ] {
        let file = format!(
            "dn: cn=a\nobjectClass: organizationalRole\ncn: Max Muster\n{attribute}\n\n\
             dn: cn=b\nmail: c@d.de\n"
        );
        let rows = rows(&file);
        assert_eq!(rows.len(), 2, "{attribute}");
        assert!(rows[0].starts_with(row), "{attribute}: {}", rows[0]);
    }
}

#[test]
fn an_entry_of_a_group_with_an_attribute_that_the_caller_maps_is_a_row() {
    let file = "dn: cn=a\nobjectClass: device\nx1: A123456780\n\ndn: cn=b\nmail: c@d.de\n";
    let columns = vec!["X1=kvnr".parse().expect("a mapping")];
    let options = Options { columns, ..Options::default() };
    let read = read("a.ldif", file.as_bytes(), &options).expect("readable");
    assert_eq!(read.rows, ["kvnr=A123456780", "email=c@d.de"]);
}

#[test]
fn a_note_counts_entries_without_a_person() {
    let read = read("a.ldif", LDAPSEARCH.as_bytes(), &Options::default()).expect("readable");
    let note = "entries of groups, units and devices, which are not read as rows: 3";
    assert!(read.notes.contains(note), "{}", read.notes);
}

#[test]
fn a_value_in_another_file_or_of_wrong_base64_is_reported() {
    let file =
        "dn: cn=a\nsn: Muster\nmail:< file:///mail.txt\n\ndn: cn=b\nsn:: !!!\nmail: a@b.de\n";
    assert_eq!(
        rows(file),
        ["last-name=Muster email!invalid-encoding", "last-name!invalid-encoding email=a@b.de"]
    );
}

#[test]
fn an_attribute_with_a_language_tag_counts_as_the_attribute() {
    let file = "dn: cn=a\nsn;lang-de: Muster\ngivenName;lang-en: Max\nmail: a@b.de\n";
    assert_eq!(rows(file), ["last-name=Muster first-name=Max email=a@b.de"]);
}

#[test]
fn lines_that_are_not_attributes_make_the_entry_unreadable() {
    for wrong in ["Muster Max", "sn Muster", "Max Muster: x"] {
        let file = format!("dn: cn=a\nmail: a@b.de\n{wrong}\n\ndn: cn=b\nmail: c@d.de\n");
        assert_eq!(rows(&file), ["doubt=invalid-record", "email=c@d.de"], "{wrong}");
    }
    assert_eq!(
        rows("dn: cn=a\nmail: a@b.de\n\n more\nmail: x@y.de\n")[1..],
        ["doubt=invalid-record"]
    );
}

#[test]
fn a_photo_does_not_make_an_entry_too_long_but_other_values_do() {
    let options = Options {
        sizes: crate::Sizes { row: 2000, ..crate::Sizes::default() },
        ..Options::default()
    };
    let folded = "QUJD".repeat(15) + "\n ";
    let file =
        format!("dn: cn=a\nmail: a@b.de\njpegPhoto:: {}QQ==\nsn: Muster\n", folded.repeat(100));
    let read = read("a.ldif", file.as_bytes(), &options).expect("readable");
    assert_eq!(read.rows, ["email=a@b.de last-name=Muster class=photos"]);
    let long = "description: very long\n".repeat(200);
    let file = format!("dn: cn=a\nmail: a@b.de\n{long}\ndn: cn=b\nmail: c@d.de\n");
    let read = super::super::testing::read("a.ldif", file.as_bytes(), &options).expect("readable");
    assert_eq!(read.rows, ["doubt=row-too-long", "email=c@d.de"]);
}

#[test]
fn a_date_of_birth_in_three_attributes_is_one_date() {
    let file =
        "dn: cn=a\nsn: Muster\ngivenName: Max\nbirthyear: 1970\nbirthmonth: 2\nbirthday: 1\n";
    assert_eq!(rows(file), ["last-name=Muster first-name=Max birth-date=1970-02-01"]);
}

#[test]
fn an_attribute_with_an_oid_as_its_name_does_not_look_like_a_value() {
    let file = "dn: cn=a\nmail: a@b.de\n1.2.840.113549.1.9.1: x\nx-max: 5\n";
    assert_eq!(rows(file), ["email=a@b.de"]);
}

#[test]
fn the_common_name_is_used_if_there_are_no_other_names() {
    let file =
        "dn: cn=a\ncn: Max Muster\nmail: a@b.de\n\ndn: cn=b\ncn: mmuster\nsn: Muster\ngn: Max\n";
    assert_eq!(rows(file), ["email=a@b.de name=Max Muster", "last-name=Muster first-name=Max"]);
}

#[test]
fn old_directories_in_other_encodings_are_read() {
    let file = b"dn: cn=a\nsn: M\xFCller\ngivenName: J\xF6rg\nmail: a@b.de\n";
    let read = read("a.ldif", file, &Options::default()).expect("readable");
    assert_eq!(read.rows, ["last-name=Müller first-name=Jörg email=a@b.de"]);
    assert!(read.described.contains("encoding windows-1252"), "{}", read.described);
}

#[test]
fn a_binary_value_does_not_decide_the_encoding_of_the_names() {
    let file = "dn: CN=Builtin,DC=x\nobjectClass: container\n\
                objectGUID:: /7oP3k1mQkSn8pC3q1XYmg==\n\n\
                dn: CN=a\nobjectClass: person\nsn:: TcO8bGxlcg==\ngivenName: Max\nmail: a@b.de\n\n\
                dn: CN=b\nobjectClass: person\nsn:: TfxsbGVy\ngivenName: Max\nmail: c@d.de\n";
    let names = rows(file);
    // Base64 is UTF-8, unless the caller gives an encoding.
    assert_eq!(
        names,
        [
            "last-name=Müller first-name=Max email=a@b.de",
            "last-name!invalid-encoding first-name=Max email=c@d.de",
        ]
    );
    let encoding = Some("windows-1252".parse().expect("an encoding"));
    let options = Options { encoding, ..Options::default() };
    let read = read("a.ldif", file.as_bytes(), &options).expect("readable");
    for (row, address) in read.rows.iter().zip(["a@b.de", "c@d.de"]) {
        assert_eq!(*row, format!("last-name=Müller first-name=Max email={address}"));
    }
}

#[test]
fn a_directory_without_persons_is_refused_by_name() {
    let file = "dn: ou=a\nobjectClass: organizationalUnit\nou: a\n";
    let error = read("a.ldif", file.as_bytes(), &Options::default()).map(|_| ());
    assert!(error.expect_err("no person").contains("no record of a person"));
}
