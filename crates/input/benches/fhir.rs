//! Reading FHIR and the master data of health cards, from bytes in memory to cells, on one thread. The peers
//! only parse the same bytes: `serde_json` to values, `quick-xml` to events.
//!
//! `patients` is a bundle of patients. `bundle` also has ten observations for each patient, like an export of
//! a hospital.

use std::{fmt::Write as _, hint::black_box};

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use leakdex_input::{Input, Options};
use quick_xml::{Reader, events::Event};

const PATIENTS: usize = 20_000;

fn fhir(criterion: &mut Criterion) {
    for (case, observations) in [("fhir-patients", 0), ("fhir-bundle", 10)] {
        let patients = if is_test() { 10 } else { PATIENTS / (observations + 1) };
        let mut group = criterion.benchmark_group(case);
        let json = json(patients, observations);
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_function("json", |bencher| bencher.iter(|| assert_eq!(rows(&json), patients)));
        group.bench_function("serde_json", |bencher| {
            bencher.iter(|| black_box(serde_json::from_slice::<serde_json::Value>(&json)).is_ok());
        });
        let xml = xml(patients, observations);
        group.throughput(Throughput::Bytes(xml.len() as u64));
        group.bench_function("xml", |bencher| bencher.iter(|| assert_eq!(rows(&xml), patients)));
        peer(&mut group, &xml);
        group.finish();
    }
}

fn vsd(criterion: &mut Criterion) {
    let documents = if is_test() { 10 } else { PATIENTS };
    let mut text = String::new();
    for number in 0..documents {
        writeln!(
            text,
            "<?xml version=\"1.0\" encoding=\"ISO-8859-15\" standalone=\"yes\"?>\
                 <vsdp:UC_PersoenlicheVersichertendatenXML CDM_VERSION=\"5.2.0\" \
                 xmlns:vsdp=\"http://ws.gematik.de/fa/vsdm/vsd/v5.2\"><vsdp:Versicherter>\
                 <vsdp:Versicherten_ID>A{number:09}</vsdp:Versicherten_ID><vsdp:Person>\
                 <vsdp:Geburtsdatum>19700201</vsdp:Geburtsdatum><vsdp:Vorname>Eva</vsdp:Vorname>\
                 <vsdp:Nachname>Muster{number}</vsdp:Nachname><vsdp:Geschlecht>W</vsdp:Geschlecht>\
                 <vsdp:StrassenAdresse><vsdp:Postleitzahl>10115</vsdp:Postleitzahl>\
                 <vsdp:Ort>Berlin</vsdp:Ort><vsdp:Land>\
                 <vsdp:Wohnsitzlaendercode>D</vsdp:Wohnsitzlaendercode></vsdp:Land>\
                 <vsdp:Strasse>Musterweg</vsdp:Strasse><vsdp:Hausnummer>2</vsdp:Hausnummer>\
                 </vsdp:StrassenAdresse></vsdp:Person></vsdp:Versicherter>\
                 </vsdp:UC_PersoenlicheVersichertendatenXML>"
        )
        .expect("to memory");
    }
    let mut group = criterion.benchmark_group("vsd");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("xml", |bencher| {
        bencher.iter(|| assert_eq!(rows(text.as_bytes()), documents));
    });
    peer(&mut group, text.as_bytes());
    group.finish();
}

fn peer(group: &mut BenchmarkGroup<'_, WallTime>, xml: &[u8]) {
    group.bench_function("quick-xml", |bencher| {
        bencher.iter(|| {
            let (mut reader, mut buffer, mut count) = (Reader::from_reader(xml), Vec::new(), 0);
            while reader.read_event_into(&mut buffer).is_ok_and(|event| event != Event::Eof) {
                buffer.clear();
                count += 1;
            }
            black_box(count)
        });
    });
}

/// The number of rows, after all cells were parsed.
fn rows(bytes: &[u8]) -> usize {
    let input = Input::of_bytes(bytes.to_vec(), &Options::default());
    let mut input = input.expect("it is read");
    let layout = input.layout();
    let mut count = 0;
    while let Some(block) = input.next_block().expect("from memory") {
        layout.rows(&block, |rows| {
            black_box(rows);
            count += rows.len();
        });
    }
    count
}

fn json(patients: usize, observations: usize) -> Vec<u8> {
    let mut text = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[".to_owned();
    for number in 0..patients {
        let comma = if number > 0 { "," } else { "" };
        write!(
            text,
            "{comma}\n{{\"fullUrl\":\"https://example.de/fhir/Patient/{number}\",\"resource\":{{\"resourceType\":\"Patient\",\
             \"id\":\"{number}\",\"meta\":{{\"versionId\":\"1\",\"lastUpdated\":\"2024-03-01T10:00:00.000+01:00\"}},\
             \"identifier\":[{{\"use\":\"official\",\"system\":\"http://fhir.de/sid/gkv/kvid-10\",\"value\":\"A{number:09}\"}}],\
             \"active\":true,\"name\":[{{\"use\":\"official\",\"family\":\"Muster{number}\",\"given\":[\"Eva\",\"Maria\"]}}],\
             \"telecom\":[{{\"system\":\"email\",\"value\":\"eva{number}@example.de\"}}],\"gender\":\"female\",\
             \"birthDate\":\"1970-02-01\",\"address\":[{{\"type\":\"physical\",\"line\":[\"Musterweg 2\"],\"city\":\"Berlin\",\
             \"postalCode\":\"10115\",\"country\":\"DE\"}}]}},\"search\":{{\"mode\":\"match\"}}}}"
        )
        .expect("to memory");
        for other in 0..observations {
            write!(
                text,
                ",\n{{\"fullUrl\":\"https://example.de/fhir/Observation/{number}-{other}\",\"resource\":{{\"resourceType\":\
                 \"Observation\",\"id\":\"{number}-{other}\",\"status\":\"final\",\"code\":{{\"coding\":[{{\"system\":\
                 \"http://loinc.org\",\"code\":\"8480-6\",\"display\":\"Systolic blood pressure\"}}]}},\"subject\":\
                 {{\"reference\":\"Patient/{number}\"}},\"effectiveDateTime\":\"2024-03-01T10:00:00+01:00\",\"valueQuantity\":\
                 {{\"value\":120,\"unit\":\"mmHg\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"mm[Hg]\"}}}}}}"
            )
            .expect("to memory");
        }
    }
    text.push_str("]}");
    text.into_bytes()
}

fn xml(patients: usize, observations: usize) -> Vec<u8> {
    let mut text = "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"searchset\"/>".to_owned();
    for number in 0..patients {
        write!(
            text,
            "\n<entry><fullUrl value=\"https://example.de/fhir/Patient/{number}\"/><resource><Patient><id value=\"{number}\"/>\
             <meta><versionId value=\"1\"/><lastUpdated value=\"2024-03-01T10:00:00.000+01:00\"/></meta><identifier>\
             <use value=\"official\"/><system value=\"http://fhir.de/sid/gkv/kvid-10\"/><value value=\"A{number:09}\"/>\
             </identifier><active value=\"true\"/><name><use value=\"official\"/><family value=\"Muster{number}\"/>\
             <given value=\"Eva\"/><given value=\"Maria\"/></name><telecom><system value=\"email\"/>\
             <value value=\"eva{number}@example.de\"/></telecom><gender value=\"female\"/><birthDate value=\"1970-02-01\"/>\
             <address><type value=\"physical\"/><line value=\"Musterweg 2\"/><city value=\"Berlin\"/>\
             <postalCode value=\"10115\"/><country value=\"DE\"/></address></Patient></resource></entry>"
        )
        .expect("to memory");
        for other in 0..observations {
            write!(
                text,
                "\n<entry><resource><Observation><id value=\"{number}-{other}\"/><status value=\"final\"/><code><coding>\
                 <system value=\"http://loinc.org\"/><code value=\"8480-6\"/><display value=\"Systolic blood pressure\"/>\
                 </coding></code><subject><reference value=\"Patient/{number}\"/></subject><effectiveDateTime \
                 value=\"2024-03-01T10:00:00+01:00\"/><valueQuantity><value value=\"120\"/><unit value=\"mmHg\"/>\
                 <system value=\"http://unitsofmeasure.org\"/><code value=\"mm[Hg]\"/></valueQuantity></Observation>\
                 </resource></entry>"
            )
            .expect("to memory");
        }
    }
    text.push_str("</Bundle>");
    text.into_bytes()
}

/// Whether cargo only tests the benches.
fn is_test() -> bool {
    let is_given = |flag: &str| std::env::args().any(|argument| argument == flag);
    is_given("--test") || !is_given("--bench")
}

criterion_group!(benches, fhir, vsd);
criterion_main!(benches);
