//! A given delimiter that does not fit the file.

use leakdex_input::{Input, Options};

use crate::open;

#[test]
fn a_delimiter_that_does_not_fit_the_file_is_reported_with_one_that_fits() {
    let with = |delimiter: &str, header: bool| Options {
        delimiter: Some(delimiter.parse().expect("a delimiter")),
        header,
        ..Options::default()
    };
    let text = "E-Mail;KVNR;Nachname\nmax@b.de;A123456780;Muster\neva@b.de;;Beispiel, Eva\n";
    let error =
        Input::of_bytes(text.into(), &with(",", true)).err().expect("nothing is recognised");
    let error = error.to_string();
    assert!(
        error.contains("the given --delimiter ',' splits no row")
            && error.contains("separated by ';'"),
        "{error}"
    );
    // The right delimiter, and no given delimiter.
    open(text, &with(";", true));
    open(text, &Options::default());
    // A file with one column may contain any character.
    open("E-Mail\nmax@b.de\neva@b.de\n", &with(",", true));
    // A given delimiter that splits the rows is accepted, even if another one splits them, too.
    open("E-Mail,KVNR;x\nmax@b.de,A123456780;7\neva@b.de,;8\n", &with(",", true));

    // Without a header, the mapping makes the file usable, so the doubt is only a warning.
    let rows = text.split_once('\n').expect("it has lines").1;
    let options =
        Options { columns: vec!["1=email".parse().expect("well formed")], ..with(",", false) };
    let input = open(&rows.replace(", ", " "), &options);
    let description = input.describe().join("\n");
    let warning = "warning: ',' splits no row, and ';' gives 3 fields";
    assert!(description.contains(warning), "{description}");
}
