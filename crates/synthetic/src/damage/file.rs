//! Damage to a whole file.

use leakdex::Field;

use super::{
    ALL, Damage, NAMES, Trace, Transform, encoding::as_windows_1252, style::Encoding, table::Table,
};

pub(super) const DAMAGES: &[Damage] = &[
    noticeable("unknown header", |table, column| "Feld_7".clone_into(&mut table.headers[column])),
    noticeable("empty header", |table, column| table.headers[column].clear()),
    noticeable("further word in the header", |table, column| {
        table.headers[column].push_str(" (Stand 2022)");
    }),
    noticeable("word after the header", |table, column| {
        table.headers[column].push_str(" privat");
    }),
    noticeable("word before the header", |table, column| {
        table.headers[column].insert_str(0, "Kunde ");
    }),
    noticeable("word of a database before the header", |table, column| {
        table.headers[column].insert_str(0, "customer_");
    }),
    noticeable("header of SAP", |table, column| {
        sap_header(table.field(column)).clone_into(&mut table.headers[column]);
    }),
    Damage {
        name: "insured number as the reference",
        fields: &[Field::Kvnr],
        trace: Trace::Noticeable,
        apply: Transform::File(|table, column| {
            "Mitgliedsnummer".clone_into(&mut table.headers[column]);
            "Lfd. Nr.".clone_into(&mut table.headers[0]);
        }),
    },
    noticeable("wrong header", |table, column| {
        let wrong = ["Telefon", "E-Mail", "IBAN"];
        let other = wrong.into_iter().find(|wrong| !table.headers.iter().any(|have| have == wrong));
        table.headers[column] = other.unwrap_or("Benutzername").to_owned();
    }),
    noticeable("headers swapped with the next", |table, column| {
        table.headers.swap(column, column + 1);
    }),
    noticeable("headers shifted", |table, _| table.headers.rotate_right(1)),
    noticeable("no headers", |table, _| table.is_headless = true),
    noticeable("title above the headers", |table, _| {
        table.title = Some("Auswertung vom 01.02.2023");
    }),
    noticeable("rows shifted by a number at the start", |table, _| {
        let rows = table.rows.iter_mut().enumerate();
        rows.for_each(|(number, row)| row.insert(0, number.to_string()));
    }),
    noticeable("rows without their first value", |table, _| {
        table.rows.iter_mut().for_each(|row| {
            row.remove(0);
        });
    }),
    noticeable("empty column", |table, column| {
        table.rows.iter_mut().for_each(|row| row[column].clear());
    }),
    Damage {
        name: "second half of the rows missing",
        fields: ALL,
        trace: Trace::Unnoticeable("the file is a sound and shorter one"),
        apply: Transform::File(|table, _| table.rows.truncate(table.rows.len() / 2)),
    },
    noticeable("cut within a row", |table, _| {
        table.rows.truncate(table.rows.len() / 2);
        table.is_cut = true;
    }),
    Damage {
        name: "file decoded as windows-1252",
        fields: NAMES,
        trace: Trace::Noticeable,
        apply: Transform::File(|table, _| {
            for cell in table.rows.iter_mut().flatten() {
                *cell = as_windows_1252(cell);
            }
            table.encoding = Encoding::Utf8;
        }),
    },
    Damage {
        name: "file in CP850",
        fields: NAMES,
        trace: Trace::Noticeable,
        apply: Transform::File(|table, _| table.encoding = Encoding::Cp850),
    },
    noticeable("UTF-16 without a mark", |table, _| table.encoding = Encoding::Utf16),
    noticeable("blanks for delimiters", |table, _| {
        (table.delimiter, table.is_quoted) = (' ', false);
    }),
];

const fn noticeable(name: &'static str, file: fn(&mut Table, usize)) -> Damage {
    Damage { name, fields: ALL, trace: Trace::Noticeable, apply: Transform::File(file) }
}

/// The header of a column in a list from SAP.
fn sap_header(field: Field) -> &'static str {
    match field {
        Field::Email => "SMTP_ADDR",
        Field::Phone => "TELF1",
        Field::Kvnr => "VSNUM",
        Field::Iban => "IBAN_KONTO",
        Field::SteuerId => "STIDN",
        Field::Iccsn => "KARTNR",
        Field::LastName => "NACHN",
        Field::FirstName => "VORNA",
        Field::Name => "ENAME",
        Field::BirthDate => "GBDAT",
        _ => "PSTLZ",
    }
}
