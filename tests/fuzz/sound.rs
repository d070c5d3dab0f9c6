//! Index files as the builder writes them, as starting points for the targets.

use leakdex::{Breach, DataClass, IndexBuilder, Key, Record};

use super::key::KEY;

/// An empty index, one with several kinds and data classes, one with a wide fan-out and a value of
/// many records, and one with many origins.
pub fn sound_files() -> [Vec<u8>; 4] {
    let some = [
        Record::new().email("max@example.de").kvnr("A123456780").last_name("Müller"),
        Record::new().username("user1").iban("DE02120300000000202051").postal_code("01067"),
        Record::new().last_name("von Beispiel").first_name("Eva").birth_date("03.04.1980"),
        Record::new().email("eva+x@gmail.com").username("ärger"),
    ];
    let user = |number: u32| Record::new().username(&format!("user{number}"));
    // The last records share an address.
    let many = (0..1200).map(|number| {
        let record = user(number);
        if number < 1130 { record } else { record.email("office@example.de") }
    });
    let of_classes = |number: u32| {
        let mut record = user(number);
        for bit in (0..9).filter(|bit| number >> bit & 1 == 1) {
            record.push_data_class(DataClass::new(&format!("class-{bit}")).expect("well formed"));
        }
        record
    };
    let exposed = (0..300).map(of_classes);
    [build([]), build(some), build(many), build(exposed)]
}

fn build(records: impl IntoIterator<Item = Record>) -> Vec<u8> {
    let key = Key::from_bytes(&KEY).expect("a key");
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    for record in records {
        let _ = builder.add(&record).expect("there are few classes");
    }
    builder.build().expect("the index fits the format").as_bytes().to_vec()
}
