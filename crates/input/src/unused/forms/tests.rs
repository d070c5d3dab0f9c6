use super::*;

#[test]
fn a_number_may_be_that_of_a_phone_however_it_is_written() {
    for value in [
        "1714000000",
        "49171400",
        "4.9171E+11",
        "0171 4000000",
        "+49 (171) 400-000",
        "400000",
        "٠١٧١٤٠٠٠٠٠٠",
        "2023-01-18 1714000000",
    ] {
        assert!(may_hold(value).contains(Field::Phone), "{value}");
    }
    for value in
        ["12", "50667", "2022-11-03", "18.01.2023 10:00", "2023-01-18T10:00:00Z", "F32.1", "Köln"]
    {
        assert!(!may_hold(value).contains(Field::Phone), "{value}");
    }
}

#[test]
fn a_technical_value_holds_no_field() {
    for value in [
        "192.168.17.203",
        "2001:db8::1:8a2e",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$argon2id$v=19$m=65536,t=2,p=1$gZiV/M1gPc22ElAH/Jh1Hw$CWOrkoo7oJBQ",
    ] {
        assert_eq!(may_hold(value), FieldSet::EMPTY, "{value}");
        assert!(!is_token(value), "{value}");
    }
    for value in [
        "0221.471.12.3",
        "221.471.123.45",
        "12.34.56.78",
        "$2b$12$x m@example.de",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9|+4915112345678",
    ] {
        assert_ne!(may_hold(value), FieldSet::EMPTY, "{value}");
    }
}

#[test]
fn text_may_hold_anything_and_a_hash_an_address() {
    for value in
        ["Tel. 0171 4000000", "<a>1</a>", "{}", "m@x.de, 0171 4000000 privat", &"wort ".repeat(9)]
    {
        assert_eq!(may_hold(value), FieldSet::all(), "{value}");
    }
    let hash = "0cc175b9c0f1b6a831c399e269772661";
    assert!(may_hold(hash).contains(Field::Email) && !is_token(hash));
    assert!(!may_hold(hash).contains(Field::Phone));
    for value in ["m@x.de", "m (at) x de", "web.de"] {
        assert!(may_hold(value).contains(Field::Email), "{value}");
    }
    assert!(is_token("bS5tdXN0ZXJAZXhhbXBsZS5kZQ=="));
}

#[test]
fn a_postcode_may_stand_beside_a_town_or_have_letters() {
    for value in
        ["45127 Essen", "45127.0", "D-45127", "A-1010", "Weg 1, 45127 Essen", "SW1A 1AA", "K1A 0B1"]
    {
        assert!(may_hold(value).contains(Field::PostalCode), "{value}");
    }
    for value in ["F32.1", "E11", "Essen", "ja", "Tarif 2", "2023-01-18T10:00:00Z"] {
        assert!(!may_hold(value).contains(Field::PostalCode), "{value}");
    }
}

#[test]
fn dates_and_their_parts_may_be_those_of_birth() {
    for value in [
        "19500112",
        "12011950",
        "120150",
        "500112",
        "1950-01-12",
        "12.1.50",
        "1950",
        "631152000",
        "-631152000000",
        "18274",
        "12.Jan 1950",
        "12-JAN-50",
        "12. Jan 50",
        "12. Januar 50",
        "12-MÄR-50",
        "12/03/50 00:00",
        "19500112.0",
        "18274.5",
        "-7275",
        "195003",
        "031950",
        "19500112T000000",
        "19500112000000Z",
        "195001120000",
        "-631152000000000",
        "631152000000000000",
        "615074688000000000",
        "١٩٥٠-٠١-١٢",
        "1950-01-12T00:00:00Z",
    ] {
        assert!(may_hold(value).contains(Field::BirthDate), "{value}");
    }
    for value in [
        "1",
        "12",
        "4711",
        "991399",
        "40005000",
        "01714711001",
        "0171/4711001",
        "m1950@x.de",
        "F32.1",
        "Weg 312",
        "19.95",
        "10:30:00",
    ] {
        assert!(!may_hold(value).contains(Field::BirthDate), "{value}");
    }
    assert!(may_hold("Xaver").contains(Field::LastName));
    assert!(may_hold("L01X00T47").contains(Field::IdentityDocument));
}

#[test]
fn a_value_in_the_usual_form_of_its_field_holds_nothing_else() {
    for (field, value) in [
        (Field::Email, "m.muster@example.de"),
        (Field::Kvnr, "A123456789"),
        (Field::SteuerId, "86 095 742 719"),
        (Field::Iban, "DE89 3704 0044 0532 0130 00"),
        (Field::LastName, "Müller-Lüdenscheidt (geb. Beispiel)"),
        (Field::BirthDate, "1970-04-03T00:00:00Z"),
        (Field::BirthDate, "3. April 1970"),
        (Field::PostalCode, "45127 Essen"),
        (Field::Phone, "+49 (221) 4710-815"),
        (Field::Phone, "0221-47-11"),
        (Field::Phone, "03041970"),
        (Field::LastName, "Huber (AT)"),
        (Field::LastName, "Huber (AT) GmbH"),
        (Field::Sha1Email, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ] {
        assert_eq!(beside(field, value, Normaliser::new()), FieldSet::EMPTY, "{field} {value}");
    }
    for value in ["4711", "0000004711", "K-0004711"] {
        assert_eq!(of_reference(value), FieldSet::EMPTY, "{value}");
    }
}

#[test]
fn a_number_in_a_cell_of_another_field_may_be_a_phone_number() {
    for (field, value) in [
        (Field::Email, "0171 4711001"),
        (Field::Email, "Karl Mueller (0171 4711001) <x@example.org>"),
        (Field::Kvnr, "01714711001"),
        (Field::LastName, "Mueller (0171 4711001)"),
        (Field::Name, "Mueller, Karl, 03.04.1970"),
        (Field::PostalCode, "45127 Essen Tel. 0171 4711001"),
        (Field::BirthDate, "03.04.1970 0171 4711001"),
        (Field::Md5Email, "01714711001"),
    ] {
        let may_be_phone = beside(field, value, Normaliser::new()).contains(Field::Phone);
        assert!(may_be_phone, "{field} {value}");
    }
    for (field, value, other) in [
        (Field::Phone, "03.04.1970", Field::BirthDate),
        (Field::Phone, "1970-04-03", Field::BirthDate),
        (Field::PostalCode, "3.4.1970", Field::BirthDate),
        (Field::LastName, "max (at) example.de", Field::Email),
        (Field::FirstName, "max [AT] example.de", Field::Email),
        (Field::PostalCode, "max (ät) example.de", Field::Email),
    ] {
        let others = beside(field, value, Normaliser::new());
        assert!(others.contains(other), "{field} {value}");
    }
    let rvnr = beside(Field::Kvnr, "15030470M644", Normaliser::new());
    assert!(rvnr.contains(Field::Rvnr));
    assert!(beside(Field::Phone, "m@x.de", Normaliser::new()).contains(Field::Email));
    assert!(of_reference("m@x.de").contains(Field::Email));
    assert!(of_reference("01714711001").contains(Field::Phone));
}
