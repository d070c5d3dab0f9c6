//! Arbitrary bytes as the master data of a health card: the same rows for every block size, and written
//! records are read back.
//!
//! The first three bytes of an input choose the options; see `choices`.

use leakdex_input::Format;

use super::text::{
    ENCODINGS, Reading, choices, default_reading, has_many_nuls, rows_of_any_block_size, texts,
};

const VSD: Format = Format::Vsd;

/// Checks the promises for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, block_size, row_limit, data)) = choices(data) else { return };
    let choice = usize::from(mode >> 2);
    let reading = Reading { row_limit, ..default_reading(VSD) };
    // Errors are fine as long as they are the same.
    match mode & 3 {
        0 => {
            let encoding = ENCODINGS[choice % ENCODINGS.len()];
            let _ = rows_of_any_block_size(data, Reading { encoding, ..reading }, block_size);
        }
        1 => {
            let begin = [
                "<UC_PersoenlicheVersichertendatenXML><Versicherter>",
                "<ReadVSDResponse><PersoenlicheVersichertendaten>",
                "<?xml version='1.0' encoding='iso-8859-15'?><UC_PersoenlicheVersichertendatenXML>",
            ];
            let file = [begin[choice % 3].as_bytes(), data].concat();
            let _ = rows_of_any_block_size(&file, reading, block_size);
        }
        2 => {
            let ends = [
                "<ReadVSDResponse><PersoenlicheVersichertendaten><![CDATA[",
                "]]></PersoenlicheVersichertendaten></ReadVSDResponse>",
            ];
            let file = [ends[0].as_bytes(), data, ends[1].as_bytes()].concat();
            let _ = rows_of_any_block_size(&file, reading, block_size);
        }
        _ => assert_written_records_are_read_back(&texts(data), block_size),
    }
}

fn assert_written_records_are_read_back(texts: &[String], block_size: usize) {
    let document = |text: &String| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        format!(
            "<UC_PersoenlicheVersichertendatenXML><Versicherter><Vorname>X</Vorname>\
             <Versicherten_ID>{text}</Versicherten_ID></Versicherter>\
             </UC_PersoenlicheVersichertendatenXML>"
        )
    };
    let file: String = texts.iter().map(document).collect();
    let rows = rows_of_any_block_size(file.as_bytes(), default_reading(VSD), block_size);
    let rows = match rows {
        Ok(rows) => rows,
        Err(message) => return assert!(has_many_nuls(file.as_bytes()), "{message}"),
    };
    assert_eq!(rows.len(), texts.len(), "{rows:?}");
    for (row, text) in rows.iter().zip(texts.iter().map(|text| text.trim())) {
        let value = format!(" \"Versicherten_ID\":kvnr=Ok({text:?})");
        assert_eq!(row.ends_with(&value), !text.is_empty(), "{row} is not {value}");
    }
}
