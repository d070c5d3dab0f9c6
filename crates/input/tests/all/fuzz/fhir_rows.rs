//! Arbitrary bytes as FHIR: the same rows for every block size; no line hides another; written records are
//! read back.
//!
//! The first three bytes of an input choose the options; see `choices`.

use leakdex_input::Format;

use super::text::{
    ENCODINGS, Reading, choices, default_reading, has_many_nuls, rows_of_any_block_size, texts,
};

const FHIR: Format = Format::Fhir;

/// Checks the promises for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, block_size, row_limit, data)) = choices(data) else { return };
    let choice = usize::from(mode >> 2);
    let reading = Reading { row_limit, ..default_reading(FHIR) };
    // Errors are fine as long as they are the same.
    match mode & 3 {
        0 => {
            let encoding = ENCODINGS[choice % ENCODINGS.len()];
            let _ = rows_of_any_block_size(data, Reading { encoding, ..reading }, block_size);
        }
        1 => {
            let begin = [
                "<Bundle xmlns='http://hl7.org/fhir'><entry><resource><Patient>",
                "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{",
                "{\"resourceType\":\"Patient\",\"name\":",
                "<Coverage xmlns='http://hl7.org/fhir'><beneficiary><identifier>",
            ];
            let file = [begin[choice & 3].as_bytes(), data].concat();
            let _ = rows_of_any_block_size(&file, reading, block_size);
        }
        2 => assert_no_line_hides_another(data, block_size),
        _ => assert_written_records_are_read_back(&texts(data), choice & 1 == 1, block_size),
    }
}

fn assert_no_line_hides_another(data: &[u8], block_size: usize) {
    let line = |id: &str| format!("{{\"id\":\"{id}\",\"resourceType\":\"Patient\"}}");
    let file = [line("first").as_bytes(), b"\n", data, b"\n", line("last").as_bytes()].concat();
    let Ok(rows) = rows_of_any_block_size(&file, default_reading(FHIR), block_size) else {
        return;
    };
    let has = |row: Option<&String>, id: &str| row.is_some_and(|row| row.contains(id));
    assert!(has(rows.first(), "first") && has(rows.last(), "last"), "{rows:?}");
}

fn assert_written_records_are_read_back(texts: &[String], as_xml: bool, block_size: usize) {
    let escaped = |text: &String| {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let (begin, between, end) = if as_xml {
        ("<Bundle xmlns='http://hl7.org/fhir'>", "\n", "</Bundle>")
    } else {
        ("{\"entry\":[", ",\n", "],\"resourceType\":\"Bundle\"}")
    };
    let entries: Vec<String> = texts
        .iter()
        .map(|text| {
            if as_xml {
                let value = escaped(text);
                format!(
                    "<entry><resource><Patient><id value='1'/><telecom><system value='email'/>\
                     <value value=\"{value}\"/></telecom></Patient></resource></entry>"
                )
            } else {
                let value = serde_json::Value::from(&**text);
                format!(
                    "{{\"resource\":{{\"id\":\"1\",\"telecom\":[{{\"system\":\"email\",\
                     \"value\":{value}}}],\"resourceType\":\"Patient\"}}}}"
                )
            }
        })
        .collect();
    let file = [begin, &entries.join(between), end].concat();
    let rows = rows_of_any_block_size(file.as_bytes(), default_reading(FHIR), block_size);
    let rows = match rows {
        Ok(rows) => rows,
        Err(message) => return assert!(has_many_nuls(file.as_bytes()), "{message}"),
    };
    assert_eq!(rows.len(), texts.len(), "{rows:?}");
    for (row, text) in rows.iter().zip(texts.iter().map(|text| text.trim())) {
        let value = format!(" \"email\":email=Ok({text:?})");
        assert_eq!(row.ends_with(&value), !text.is_empty(), "{row} is not {value}");
    }
}
