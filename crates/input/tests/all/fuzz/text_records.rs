//! Arbitrary bytes as an xDT file, as vCards or as LDIF: the same rows for every block size, and a valid
//! record before the bytes stays one row.
//!
//! The first three bytes of an input choose the options; see `choices`.

use leakdex_input::Format;

use super::text::{
    ASCII_COMPATIBLE, ENCODINGS, Reading, assert_addresses_are_read, choices, default_reading,
    has_many_nuls, rows_of_any_block_size, texts,
};

const XDT: &str = "01380006301\r\n0163119G000000\r\n0138000con9\r\n";
const VCARD: &str = "BEGIN:VCARD\nVERSION:3.0\nEMAIL:good@example.de\nEND:VCARD\n\n";
const LDIF: &str = "dn: cn=good\nmail: good@example.de\n\n";

/// Checks the promises for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, block_size, row_limit, data)) = choices(data) else { return };
    let choice = usize::from(mode >> 2);
    let (format, good, row) = match mode & 3 {
        0 => (Format::Xdt, XDT, "id=\"\" \"Versicherten_ID\":kvnr=Ok(\"G000000\")"),
        1 => (Format::Vcard, VCARD, "id=\"\" \"Email\":email=Ok(\"good@example.de\")"),
        2 => (Format::Ldif, LDIF, "id=\"\" \"mail\":email=Ok(\"good@example.de\")"),
        _ => return assert_written_records_are_read_back(&texts(data)),
    };
    if choice & 1 == 0 {
        let encoding = ENCODINGS[choice >> 1 & 7];
        // An error is fine as long as it is the same.
        let reading = Reading { encoding, row_limit, ..default_reading(format) };
        let _ = rows_of_any_block_size(data, reading, block_size);
        return;
    }
    let encoding = ENCODINGS[(choice >> 1) % ASCII_COMPATIBLE];
    let reading = Reading { encoding, row_limit, ..default_reading(format) };
    let file = [good.as_bytes(), data].concat();
    match rows_of_any_block_size(&file, reading, block_size) {
        Ok(rows) => assert_eq!(rows.first().map(String::as_str), Some(row)),
        Err(message) => assert!(has_many_nuls(&file), "{message}"),
    }
}

fn assert_written_records_are_read_back(texts: &[String]) {
    let entry = |text: &String| format!("dn: cn=x\nemail:: {}\n", base64(text.as_bytes()));
    let entries: Vec<String> = texts.iter().map(entry).collect();
    assert_addresses_are_read(entries.join("\n").as_bytes(), default_reading(Format::Ldif), texts);
}

/// Base64 in lines of 76 characters at most.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (number, three) in bytes.chunks(3).enumerate() {
        if number > 0 && number % 19 == 0 {
            text.push_str("\n ");
        }
        let bits = three.iter().fold(0, |bits, &byte| bits << 8 | usize::from(byte));
        let bits = bits << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * place) & 63]);
            text.push(if place > three.len() { '=' } else { digit });
        }
    }
    text
}
