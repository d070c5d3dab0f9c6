//! Work lists as people and spreadsheet programs return them.

use super::{
    super::{
        formats::{row, text, workbook},
        support::{Site, latin_1},
    },
    DECISION, as_text, check, fill, site, worklist, write_members,
};

pub(super) const FROM: &str = "decide --decisions decisions.csv --from";

/// A work list with decisions on all three of its members, as rows.
pub(super) fn filled(site: &Site) -> Vec<Vec<String>> {
    check(site, "--worklist work.csv");
    let mut rows = worklist(site, "work.csv");
    fill(&mut rows, "m2", ["betroffen", "dieselbe Person", "=E. Muster"]);
    fill(&mut rows, "m3", ["nicht betroffen", "Angehörige", "E. Muster"]);
    fill(&mut rows, "m4", ["später", "nicht zu klären", "E. Muster"]);
    rows
}

pub(super) fn written(site: &Site) -> String {
    site.read("decisions.csv")
}

/// A workbook as another program writes it: rows of shared or inline texts, and numbers as numbers.
fn as_workbook(rows: &[Vec<String>]) -> Vec<u8> {
    let mut xml = String::new();
    for (number, row) in (1..).zip(rows) {
        let cells = ('A'..).zip(row).filter(|(_, cell)| !cell.is_empty());
        let cells = cells.map(|(column, cell)| {
            if cell.parse::<u64>().is_ok() {
                format!("<c r=\"{column}{number}\"><v>{cell}</v></c>")
            } else {
                text(&format!("{column}{number}"), cell)
            }
        });
        xml += &format!("<row r=\"{number}\">{}</row>", cells.collect::<String>());
    }
    workbook(&xml)
}

#[test]
fn a_list_is_read_back_in_any_form_that_a_spreadsheet_saves() {
    let site = site();
    let rows = filled(&site);
    let semicolons = as_text(&rows, b';');
    let mut reversed: Vec<Vec<String>> = rows.clone();
    reversed.iter_mut().for_each(|row| row.reverse());
    let sorted: Vec<_> =
        [&rows[..1], &[rows[3].clone(), rows[1].clone(), rows[2].clone()]].concat();
    for (name, content) in [
        ("with-bom.csv", format!("\u{feff}{}", semicolons.replace('\n', "\r\n")).into_bytes()),
        ("commas.csv", as_text(&rows, b',').into_bytes()),
        ("tabs.txt", as_text(&rows, b'\t').into_bytes()),
        ("ansi.csv", latin_1(&semicolons)),
        ("columns.csv", as_text(&reversed, b';').into_bytes()),
        ("sorted.csv", as_text(&sorted, b';').into_bytes()),
        ("book.xlsx", as_workbook(&rows)),
    ] {
        site.write(name, content);
        let run = site.run(&format!("{FROM} {name}")).expect(0);
        run.says("decisions.csv: 3 decisions taken: 1 affected, 1 not affected, 1 later");
        let lines = written(&site);
        assert_eq!(lines.lines().count(), 4, "{name}: {lines}");
        assert!(
            lines.contains("\nm2,breach,affected,same-person,'=E. Muster,2"),
            "{name}: {lines}"
        );
        site.run(&format!("{FROM} {name}"))
            .expect(0)
            .says("0 decisions taken")
            .says("3 were there already");
        assert_eq!(written(&site), lines, "{name}");
        site.remove("decisions.csv");
    }
}

#[test]
fn a_workbook_written_by_the_command_can_be_read_back() {
    let site = site();
    for language in ["de", "en"] {
        check(&site, &format!("--worklist work.xlsx --lang {language}"));
        let run = site.run(&format!("{FROM} work.xlsx")).expect(0);
        run.says("0 decisions taken").says("3 rows are not filled in");
    }
    check(&site, "--worklist work.csv --lang en");
    let english = site.read("work.csv");
    assert!(
        english.starts_with("Reference,Breach,Match,Decision,Reason,Decided by,Last name,"),
        "{english}"
    );
    site.run(&format!("{FROM} work.csv")).expect(0).says("3 rows are not filled in");
    // Nothing is left to decide: the list has only a header.
    write_members(&site, &[super::NOBODY]);
    for name in ["none.xlsx", "none.csv"] {
        check(&site, &format!("--worklist {name}")).says("0 matches to decide on");
        site.run(&format!("{FROM} {name}")).expect(0).says("0 decisions taken");
    }
}

#[test]
fn a_workbook_offers_the_words_to_choose_from() {
    let site = site();
    check(&site, "--worklist work.xlsx");
    let archive = site.bytes("work.xlsx");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("a workbook");
    let mut sheet = String::new();
    let part = archive.by_name("xl/worksheets/sheet1.xml").expect("a sheet");
    std::io::Read::read_to_string(&mut { part }, &mut sheet).expect("it is text");
    for words in [
        "dataValidation ",
        "betroffen,nicht betroffen,später",
        "dieselbe Person,",
        "pane xSplit=\"6\" ",
    ] {
        assert!(sheet.contains(words), "'{words}' is not in the sheet");
    }
}

#[test]
fn a_reference_without_leading_zeros_is_refused_and_a_formula_like_one_accepted() {
    let site = site();
    let member = |reference: &str| super::CANDIDATE.replacen("m2", reference, 1);
    write_members(&site, &[&member("0042"), &member("=1+1"), &member("'x"), &member("-7")]);
    check(&site, "--worklist work.csv");
    let mut rows = worklist(&site, "work.csv");
    let references: Vec<&str> = rows[1..].iter().map(|row| &*row[0]).collect();
    assert_eq!(references, ["0042", "'=1+1", "''x", "'-7"]);
    for row in &mut rows[1..] {
        row[DECISION..DECISION + 3]
            .clone_from_slice(&["betroffen", "other", "@me"].map(str::to_owned));
    }
    let mut zeros = rows.clone();
    zeros[1][0] = "42".to_owned();
    site.write("zeros.csv", as_text(&zeros, b';'));
    site.run(&format!("{FROM} zeros.csv")).expect_error(&["row 2", "removed the leading zeros"]);

    site.write("right.csv", as_text(&rows, b';'));
    site.run(&format!("{FROM} right.csv")).expect(0).says("4 decisions taken");
    // A workbook needs no apostrophe.
    let plain: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            row.iter().map(|cell| cell.strip_prefix('\'').unwrap_or(cell).to_owned()).collect()
        })
        .collect();
    // As text, as the command writes them.
    let plain = (1..).zip(&plain).map(|(number, cells)| row(number, cells));
    site.write("plain.xlsx", workbook(&plain.collect::<String>()));
    site.run(&format!("{FROM} plain.xlsx")).expect(0).says("4 were there already");
    check(&site, "--decisions decisions.csv");
    assert_eq!(super::counts(&site), [4, 0, 0, 0, 0]);
    let lines = written(&site);
    assert!(lines.contains("\n'=1+1,breach,affected,other,'@me,"), "{lines}");
}

#[test]
fn an_old_list_does_not_restore_a_replaced_decision() {
    let site = site();
    let mut rows = filled(&site);
    site.write("old.csv", as_text(&rows, b';'));
    site.run(&format!("{FROM} old.csv")).expect(0);
    fill(&mut rows, "m2", ["nicht betroffen", "andere Person", "A. Beispiel"]);
    site.write("new.csv", as_text(&rows, b';'));
    site.run(&format!("{FROM} new.csv")).expect(0).says("1 decision taken");
    // The rest of the old list is recorded, and the replaced decision does not come back.
    let lines = written(&site);
    site.run(&format!("{FROM} old.csv --quiet"))
        .expect(0)
        .says("warning: 1 row is skipped")
        .says("old.csv, row 2. To bring an earlier decision back")
        .says("--worklist LIST --reference REF");
    site.run(&format!("{FROM} old.csv")).expect(0).says("2 were there already");
    assert_eq!(written(&site), lines);
    check(&site, "--decisions decisions.csv");
    assert_eq!(super::counts(&site), [0, 2, 1, 0, 0]);
}

#[test]
fn a_list_still_applies_after_single_decisions_by_others() {
    let site = site();
    let mut rows = filled(&site);
    fill(&mut rows, "m4", ["", "", ""]);
    site.write("own.csv", as_text(&rows, b';'));
    site.run(&format!("{FROM} own.csv")).expect(0).says("2 decisions taken");
    for (decision, reason) in [("affected", "same-person"), ("not-affected", "other-person")] {
        site.run(&format!(
            "decide --decisions decisions.csv --worklist own.csv --reference m3 --decision {decision} \
             --reason {reason} --by B"
        ))
        .expect(0);
    }
    // The row of m3 repeats the decision that holds, with another reason and by another person.
    fill(&mut rows, "m4", ["betroffen", "dieselbe Person", "E. Muster"]);
    site.write("own.csv", as_text(&rows, b';'));
    let run = site.run(&format!("{FROM} own.csv")).expect(0);
    let run = run.says("1 decision taken: 1 affected").says("2 were there already");
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[test]
fn another_by_name_does_not_restore_a_replaced_decision() {
    let site = site();
    let mut rows = filled(&site);
    for row in &mut rows[1..] {
        row[DECISION + 2].clear();
    }
    site.write("old.csv", as_text(&rows, b';'));
    site.run(&format!("{FROM} old.csv --by A")).expect(0).says("3 decisions taken");
    site.run(
        "decide --decisions decisions.csv --worklist old.csv --reference m2 --decision later --reason unclear \
         --by B",
    )
    .expect(0);
    let lines = written(&site);
    site.run(&format!("{FROM} old.csv --by C")).expect(0).says("old.csv, row 2. To bring");
    assert_eq!(written(&site), lines);
    // A row with the name of another person is a decision of that person.
    "D".clone_into(&mut rows[1][DECISION + 2]);
    site.write("old.csv", as_text(&rows, b';'));
    site.run(&format!("{FROM} old.csv --by C")).expect(0).says("1 decision taken: 1 affected");
}
