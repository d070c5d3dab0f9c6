//! JSON documents, as leaks and as member lists.

use super::super::support::{EVA, MAX, NOBODY, Site};

/// Members with their insured numbers in nested objects.
fn members() -> [String; 3] {
    [(1, MAX), (2, NOBODY), (3, EVA)].map(|(number, kvnr)| {
        format!(
            r#"{{"_id":"M-{number}","person":{{"name":{{"last":"Muster","first":"Max"}}}},"insurance":{{"kvnr":"{kvnr}"}}}}"#
        )
    })
}

const CHECK: &str = "check --key key --index leak.leakdex --all";

#[test]
fn members_are_found_in_every_form_of_a_document() {
    let site = Site::with_index();
    let members = members();
    let hits = members.each_ref().map(|member| format!(r#"{{"_index":"m","_source":{member}}}"#));
    let by_key = (1..).zip(&members).map(|(number, member)| {
        format!(r#""K-{number}":{}"#, member.replacen(&format!(r#""_id":"M-{number}","#), "", 1))
    });
    let by_key: Vec<String> = by_key.collect();
    for text in [
        format!("[{}]", members.join(",")),
        format!("[\n  {}\n]\n", members.join(",\n  ").replace("\":{", "\": {\n      ")),
        members.join("\n"),
        members.join(" "),
        format!(r#"{{"page":1,"members":[{}]}}"#, members.join(",")),
        format!(r#"{{"took":1,"hits":{{"total":3,"hits":[{}]}}}}"#, hits.join(",")),
        format!("{{{}}}", by_key.join(",")),
    ] {
        site.write("m.json", &text);
        site.run(&format!("{CHECK} m.json")).expect(0).verdicts("affected not_affected affected");
        site.feed(&format!("{CHECK} -"), &*text)
            .expect(0)
            .verdicts("affected not_affected affected");
    }
}

#[test]
fn a_malformed_record_is_one_reject_and_the_others_are_checked() {
    let site = Site::with_index();
    let [max, nobody, eva] = members();
    site.write("m.json", format!("[{max},{},{eva}]", nobody.replace("\"M-2\"", "\"M-2")));
    let run = site.run(&format!("{CHECK} --rejects r m.json")).expect(3);
    run.verdicts("affected indeterminate affected");
    assert_eq!(site.read("r"), "file,row,column,reason\nm.json,2,,invalid-json\n");
}

#[test]
fn a_truncated_document_has_a_caveat() {
    let site = Site::with_index();
    let text = format!("[{}", members().join(","));
    site.write("m.json", text);
    site.run(&format!("{CHECK} m.json")).expect(0).says("the file ends early");
}

#[test]
fn records_at_several_places_are_refused_until_one_is_chosen() {
    let site = Site::with_index();
    let [max, nobody, eva] = members();
    site.write("m.json", format!(r#"{{"customers":[{nobody}],"members":[{max},{eva}]}}"#));
    let run = site.run(&format!("{CHECK} m.json"));
    run.expect_error(&["at several places: 'customers', 'members'", "--table PATH"]);
    site.run(&format!("{CHECK} --table members m.json")).expect(0).verdicts("affected affected");
}

#[test]
fn a_leak_of_nested_documents_finds_members_by_name_and_date() {
    let site = Site::with_files();
    site.write(
        "leak.json",
        r#"[{"_id":{"$oid":"5f43a1d2e4b0c8f1a2b3c4d5"},"name":{"first":"Max","last":"Muster"},
          "birthDate":{"$date":{"$numberLong":"-369619200000"}},"spouse":{"name":"Eva","birthday":"1960-01-01"},
          "employer":{"email":"hr@example.de"}}]"#,
    );
    site.write(
        "m.csv",
        "Nachname;Vorname;Geburtsdatum;E-Mail\nMuster;Max;16.04.1958;\nMuster;Eva;01.01.1960;hr@example.de\n",
    );
    site.run("check --leak leak.json --all m.csv").expect(0).verdicts("affected not_affected");
}
