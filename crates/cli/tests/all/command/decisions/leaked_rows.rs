//! From a match to the leaked row: `build --leaked-rows` and `check --worklist --leaked-rows`.

use super::super::formats::{row, workbook_of_two};
use super::{CANDIDATE, CHECK, LEAK, OTHER, PROBABLE, SURE, cells, check, rows_of, site, worklist};

const BUILD: &str = "build --key key --name breach --output leak.leakdex";
const PLACE: [&str; 2] = ["Kennung", "Fundstelle im Datenleck"];

#[test]
fn a_work_list_names_the_row_of_each_record_as_a_spreadsheet_shows_it() {
    let site = site();
    // A title, an empty line, a rejected row and a second file lie between the rows.
    let leak = LEAK.replacen(";;Weidenbach", "4711;;;;;;\n\n;;Weidenbach", 1);
    site.write("leak.csv", format!("Kundenliste\n\n{leak}"));
    let header = LEAK.lines().next().expect("a header");
    site.write("=more.csv", format!("{header}\n;;Weidenbach;Susanne;17.11.1983;50667;\n"));
    site.run(&format!("{BUILD} --max-rejects 1 --leaked-rows rows.csv leak.csv =more.csv"))
        .expect(0);

    let listed = rows_of(&site.read("rows.csv"), b',');
    assert_eq!(listed[0], ["record", "file", "row", "spreadsheet_row"]);
    let places: Vec<String> = listed[1..].iter().map(|row| row[1..].join(" ")).collect();
    assert_eq!(places, ["leak.csv 1 4", "leak.csv 2 5", "leak.csv 4 8", "'=more.csv 1 2"]);
    // The random ids can hold a few digits in a row, such as a year.
    for value in ["A123456780", "Xanderberg", "Weidenbach", "01.02.1970", "geheim"] {
        assert!(!site.read("rows.csv").contains(value), "{value}");
    }
    #[cfg(unix)]
    assert_eq!(site.mode("rows.csv"), 0o600);

    check(&site, "--worklist work.csv");
    let rows = worklist(&site, "work.csv");
    let ids: Vec<[String; 2]> = (1..rows.len()).map(|row| cells(&rows, row, PLACE)).collect();
    let id = |row: usize| listed[row][0].clone();
    assert_eq!(ids[0], ["m2".to_owned(), id(2)]);
    let mut of_other: Vec<&str> = ids[1][1].split("; ").collect();
    of_other.sort_unstable();
    let mut both = [id(3), id(4)];
    both.sort_unstable();
    assert_eq!(of_other, both);
    assert!(id(2).len() == 17 && id(2).starts_with('R'), "{}", id(2));

    let run = check(&site, "--worklist work.csv --leaked-rows rows.csv");
    assert!(!run.stderr.contains("--leaked-rows"), "{}", run.stderr);
    let rows = worklist(&site, "work.csv");
    assert_eq!(cells(&rows, 1, PLACE), ["m2", "leak.csv: Zeile 5"]);
    let other = &cells(&rows, 2, PLACE)[1];
    assert!(other.contains("leak.csv: Zeile 8") && other.contains("=more.csv: Zeile 2"), "{other}");
    assert_eq!(cells(&rows, 3, PLACE), ["m4", "leak.csv: Zeile 8"]);
    check(&site, "--worklist work.csv --leaked-rows rows.csv --lang en");
    assert!(site.read("work.csv").contains(",leak.csv: row 5,"), "{}", site.read("work.csv"));
}

#[test]
fn files_of_two_builds_that_disagree_are_refused() {
    let site = site();
    site.write("leak.csv", LEAK);
    site.run(&format!("{BUILD} --leaked-rows old.csv leak.csv")).expect(0);
    let (header, rows) = LEAK.split_once('\n').expect("a header");
    site.write("leak.csv", format!("{header}\n;;Neumann;Neele;02.03.1980;10115;\n{rows}"));
    site.run(&format!("{BUILD} --leaked-rows new.csv leak.csv")).expect(0);
    let both = "--worklist work.csv --leaked-rows old.csv --leaked-rows new.csv";
    site.run(&format!("{CHECK} {both}"))
        .expect(1)
        .says("the files name different rows of leak.csv for one record");
    check(&site, "--worklist work.csv --leaked-rows new.csv");
}

#[test]
fn equal_rows_are_one_record_and_the_first_is_named() {
    let site = site();
    let row = LEAK.lines().nth(2).expect("a row");
    site.write("leak.csv", format!("{LEAK}{row}\n"));
    site.run(&format!("{BUILD} --leaked-rows rows.csv leak.csv")).expect(0);
    let listed = rows_of(&site.read("rows.csv"), b',');
    assert_eq!((listed.len(), &listed[2][0]), (5, &listed[4][0]));
    check(&site, "--worklist work.csv --leaked-rows rows.csv");
    assert_eq!(cells(&worklist(&site, "work.csv"), 1, PLACE), ["m2", "leak.csv: Zeile 3"]);
}

#[test]
fn records_of_another_build_stay_ids_and_a_warning_counts_them() {
    let site = site();
    super::write_members(&site, &[SURE, CANDIDATE, OTHER, PROBABLE]);
    site.run("keygen other").expect(0);
    let other = BUILD.replace("--key key", "--key other").replace("leak.leakdex", "o.leakdex");
    site.run(&format!("{other} --leaked-rows other.csv leak.csv")).expect(0);
    site.run(&format!("{CHECK} --quiet --worklist work.csv --leaked-rows other.csv"))
        .expect(0)
        .says("warning: work.csv: 2 leaked records are in no file of --leaked-rows")
        .says("a file of another build, such as an earlier one, does not fit");
    let rows = worklist(&site, "work.csv");
    assert!(cells(&rows, 1, PLACE)[1].starts_with('R'));
    // With the right file beside it, each record has its row.
    site.run(&format!("{BUILD} --leaked-rows rows.csv leak.csv")).expect(0);
    check(&site, "--worklist work.csv --leaked-rows other.csv --leaked-rows rows.csv");
    assert_eq!(cells(&worklist(&site, "work.csv"), 1, PLACE), ["m2", "leak.csv: Zeile 3"]);
}

#[test]
fn options_and_files_that_do_not_fit_are_refused_before_the_work() {
    let site = site();
    site.run(&format!("{CHECK} --leaked-rows rows.csv")).expect(2).says("--worklist");
    site.run("check --leak leak.csv --leaked-rows rows.csv members.csv")
        .expect(2)
        .says("cannot be used with")
        .says("one-time key");
    site.run(&format!("{BUILD} --leaked-rows rows.xlsx leak.csv")).expect(2).says(".csv");
    site.run(&format!("{BUILD} --leaked-rows leak.csv leak.csv")).expect(2).says("is an input");
    site.write("rows.csv", "record,file,row,spreadsheet_row\nR1,leak.csv,1,2\n");
    let with = format!("{CHECK} --worklist work.csv --leaked-rows");
    site.run(&format!("{with} rows.csv")).expect_error(&["rows.csv", "it was changed"]);
    site.run(&format!("{with} leak.csv")).expect_error(&["leak.csv", "build --leaked-rows"]);
    site.run(&format!("{with} nobody.csv")).expect_error(&["nobody.csv", "cannot be read"]);
    site.run(&format!("{CHECK} --worklist rows.csv --leaked-rows rows.csv"))
        .expect(2)
        .says("is an input");
    // Settings can name the file for both commands. A check without a work list ignores it.
    site.write(
        "leakdex.toml",
        "[build]\nleaked-rows = 'r.csv'\n[check]\nleaked-rows = ['r.csv']\n",
    );
    site.run(&format!("{BUILD} leak.csv")).expect(0);
    check(&site, "");
    check(&site, "--worklist work.csv");
    assert_eq!(cells(&worklist(&site, "work.csv"), 1, PLACE), ["m2", "leak.csv: Zeile 3"]);
}

#[test]
fn a_location_in_a_workbook_with_several_sheets_names_the_sheet() {
    let site = site();
    let sheet = |lines: &[usize]| {
        let all: Vec<&str> = LEAK.lines().collect();
        let rows = (1..).zip(lines).map(|(number, &line)| row(number, all[line].split(';')));
        rows.collect::<String>()
    };
    // One record is on both sheets, in different rows.
    site.write("leak.xlsx", workbook_of_two(&sheet(&[0, 1, 2]), &sheet(&[0, 2, 3])));
    let build = |options: &str| {
        site.run(&format!("build --key key --name breach {options} leak.xlsx")).expect(0);
    };
    build("--sheet Mitglieder --output one.leakdex --leaked-rows one.csv");
    build("--sheet Leer --output two.leakdex --leaked-rows two.csv");
    let listed = rows_of(&site.read("two.csv"), b',');
    assert_eq!(listed[1][1..], ["leak.xlsx/Leer", "1", "2"]);
    let check = CHECK.replace("--index leak.leakdex", "--index one.leakdex --index two.leakdex");
    let options = "--worklist work.csv --leaked-rows one.csv --leaked-rows two.csv";
    site.run(&format!("{check} {options}")).expect(0);
    let rows = worklist(&site, "work.csv");
    assert_eq!(cells(&rows, 1, PLACE), ["m2", "leak.xlsx/Mitglieder: Zeile 3"]);
    assert_eq!(cells(&rows, 2, PLACE), ["m3", "leak.xlsx/Leer: Zeile 3"]);
}
