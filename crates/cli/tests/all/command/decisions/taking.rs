//! The rows of a filled-in list that `decide` accepts, and those that it refuses.

use super::{
    CODE, DECISION, as_text, fill, site,
    worklists::{FROM, filled, written},
};

#[test]
fn wrong_rows_are_refused_together_and_nothing_is_recorded() {
    let site = site();
    let right = filled(&site);
    let mut wrong = Vec::new();
    let mut change = |why: &'static str, how: &dyn Fn(&mut Vec<Vec<String>>)| {
        let mut rows = right.clone();
        how(&mut rows);
        wrong.push((why, rows));
    };
    change("row 3: Entscheidung has an unknown word", &|rows| {
        rows[2][DECISION] = "betrofen".to_owned();
    });
    change("row 2: Begründung has an unknown word", &|rows| {
        rows[1][DECISION + 1] = "selbe Person".to_owned();
    });
    change("row 2: Begründung is empty, but there is a decision", &|rows| {
        rows[1][DECISION + 1].clear();
    });
    change("row 4: Entscheidung is empty, but there is a reason", &|rows| {
        rows[3][DECISION].clear();
    });
    change("row 3: Begründung 'dieselbe Person' does not go with 'nicht betroffen'", &|rows| {
        rows[2][DECISION + 1] = "dieselbe Person".to_owned();
    });
    change("row 2: Bearbeitet von is empty: the person who decided is missing", &|rows| {
        rows[1][DECISION + 2].clear();
    });
    change("row 2: Prüfcode (nicht ändern) does not fit: the check code is missing", &|rows| {
        rows[1][CODE].clear();
    });
    change("row 2: Prüfcode (nicht ändern) does not fit: the check code is missing", &|rows| {
        rows[1][CODE] = "L1-1-2-3-4".to_owned();
    });
    // Sorting a single column swaps the codes, or the references.
    change(
        "row 2: Prüfcode (nicht ändern) does not fit: the check code does not belong to this reference",
        &|rows| {
            let (one, other) = (rows[1][CODE].clone(), rows[2][CODE].clone());
            (rows[1][CODE], rows[2][CODE]) = (other, one);
        },
    );
    change(
        "row 3: Prüfcode (nicht ändern) does not fit: the check code does not belong to this reference",
        &|rows| {
            rows[2][0] = "m2".to_owned();
        },
    );
    change(
        "row 2: Prüfcode (nicht ändern) does not fit: the check code does not belong to this reference and breach",
        &|rows| {
            rows[1][1] = "other".to_owned();
        },
    );
    change("row 5: it has another decision on the same match than wrong.csv, row 2", &|rows| {
        let mut again = rows[1].clone();
        again[DECISION] = "später".to_owned();
        again[DECISION + 1] = "nicht zu klären".to_owned();
        rows.push(again);
    });
    change("one of the columns 'Kennung'", &|rows| rows[0][CODE] = "Code".to_owned());
    for (why, rows) in wrong {
        site.write("wrong.csv", as_text(&rows, b';'));
        let run = site.run(&format!("{FROM} wrong.csv")).expect_error(&["wrong.csv", why]);
        assert!(!run.stderr.contains("m2") && !run.stderr.contains("Muster"), "{}", run.stderr);
        assert!(!site.exists("decisions.csv") || written(&site).is_empty(), "{why}");
    }
    // The same row twice is one decision.
    let mut twice = right.clone();
    twice.push(right[1].clone());
    site.write("twice.csv", as_text(&twice, b';'));
    site.run(&format!("{FROM} twice.csv")).expect(0).says("3 decisions taken");
}

#[test]
fn an_error_names_all_faults_of_each_row_with_their_columns_and_the_known_words_once() {
    let site = site();
    let mut rows = filled(&site);
    fill(&mut rows, "m2", ["ja, ganz bestimmt betroffen, siehe Akte", "selbe Person", ""]);
    fill(&mut rows, "m3", ["betrofen", "", ""]);
    rows[3][DECISION].clear();
    rows[3][CODE] = "x".to_owned();
    // The same match again, with another decision and a wrong reason.
    let mut again = rows[2].clone();
    again[DECISION] = "nicht betroffen".to_owned();
    again[DECISION + 1] = "dieselbe Person".to_owned();
    let mut other = again.clone();
    other[DECISION] = "betroffen".to_owned();
    rows.extend([again, other]);
    site.write("wrong.csv", as_text(&rows, b';'));
    let run = site.run(&format!("{FROM} wrong.csv")).expect_error(&[
        "nothing was recorded, since 5 rows are wrong:\n  - wrong.csv, row 2: Entscheidung has an unknown word; \
         Begründung has an unknown word; Bearbeitet von is empty",
        "\n  - wrong.csv, row 3: Entscheidung has an unknown word; Begründung is empty, but there is a \
         decision; Bearbeitet von is empty",
        "\n  - wrong.csv, row 4: Prüfcode (nicht ändern) does not fit: the check code is missing or was changed; \
         Entscheidung is empty",
        "\n  - wrong.csv, row 5: Begründung 'dieselbe Person' does not go with 'nicht betroffen'; Bearbeitet von \
         is empty",
        "\n  - wrong.csv, row 6: Bearbeitet von is empty: the person who decided is missing; it has another decision \
         on the same match than wrong.csv, row 5; clear one of the two\n",
        "\nCorrect the rows and run this again. --by NAME gives the person who decided",
        "\nEntscheidung takes: betroffen, nicht betroffen, später\nBegründung takes: dieselbe Person, andere Person",
    ]);
    assert_eq!(run.stderr.matches(" takes: ").count(), 2, "{}", run.stderr);
    // If cells have shifted, the decision column may hold a name. So the message does not quote it.
    assert!(!run.stderr.contains("Akte"), "{}", run.stderr);
    let run = site.run(&format!("{FROM} wrong.csv --by A")).expect(1);
    assert!(!run.stderr.contains("Bearbeitet von"), "{}", run.stderr);
}

#[test]
fn an_error_has_the_headers_and_words_of_the_list_in_one_language() {
    let site = site();
    super::check(&site, "--worklist work.csv --lang en");
    let mut rows = super::rows_of(&site.read("work.csv"), b',');
    fill(&mut rows, "m2", ["betrofen", "", "E. Muster"]);
    fill(&mut rows, "m3", ["not affected", "same person", "E. Muster"]);
    site.write("wrong.csv", as_text(&rows, b','));
    let run = site.run(&format!("{FROM} wrong.csv")).expect_error(&[
        "row 2: Decision has an unknown word; Reason is empty, but there is a decision\n",
        "row 3: Reason 'same person' does not go with 'not affected'\n",
        "\nDecision takes: affected, not affected, later\nReason takes: same person, other person,",
    ]);
    assert!(!run.stderr.contains("Entscheidung"), "{}", run.stderr);
}

#[test]
fn a_stronger_match_needs_no_decision_and_the_error_states_it() {
    let site = site();
    super::check(&site, "--worklist work.csv");
    site.run(
        "decide --decisions decisions.csv --worklist work.csv --by Muster --reference m1 --decision affected \
         --reason same-person",
    )
    .expect_error(&["no row has this reference", "a surer match needs no decision"]);
}
