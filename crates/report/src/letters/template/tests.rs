use leakdex::Breach;

use super::{
    super::content::{sample_breach, samples},
    *,
};

fn error_of(name: &str, source: &str) -> String {
    let tried = Template::new(name, source, Language::En)
        .and_then(|template| template.try_out(&[&sample_breach()]));
    tried.expect_err(source).to_string()
}

fn rendered(name: &str, source: &str, breaches: &[&Breach]) -> Vec<String> {
    let template = Template::new(name, source, Language::En).expect("it is a template");
    let samples = samples(Language::En, breaches);
    let letters =
        samples.iter().map(|sample| template.rendered(sample).expect("it can be rendered"));
    letters.collect()
}

#[test]
fn both_letters_that_are_shipped_can_be_written_whatever_is_known_of_a_breach() {
    let (known, bare) = (sample_breach(), Breach::named("bare").expect("it is a name"));
    for language in Language::ALL {
        let template = Template::read(None, language).expect("it is a template");
        let samples = samples(language, &[&known, &bare]);
        assert!(samples.len() >= 24, "{} samples", samples.len());
        for sample in &samples {
            let letter = template.rendered(sample).expect("it can be rendered");
            assert!(!letter.contains("\n\n\n\n") && !letter.contains(" \n"), "{letter}");
            let longest = letter.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(100), "{letter}");
        }
        assert_eq!(template.placeholder(), Some(BUILT_IN[language as usize].2));
    }
}

#[test]
fn the_template_in_the_manual_can_be_used() {
    let manual = include_str!("../../../../../docs/LETTERS.md");
    let (_, rest) = manual.split_once("```text\nOur reference").expect("there is one");
    let (source, _) = rest.split_once("```").expect("it ends");
    let letters = rendered("letter.txt", source, &[&sample_breach()]);
    assert!(
        letters[0].contains("\n- Passwords\n") && letters[0].ends_with("Change your password.\n")
    );
    assert!(!letters.last().expect("there are letters").contains("Change"));
}

#[test]
fn an_error_names_the_template_the_line_what_is_wrong_and_what_to_do() {
    for (source, words) in [
        ("{{ member }}\n{{ strength.slug", &["line 2", "syntax error", "{{ … }}"][..]),
        ("{{ member }}\n{% if member %}", &["line 2", "syntax error"]),
        ("{{ member }}\n{{ customer }}", &["line 2", "no variable 'customer'", "data_classes"]),
        // Where no sample comes.
        ("{{ member }}{% if row == 77 %}\n\n{{ x }}{% endif %}", &["line 3", "no variable 'x'"]),
        ("{{ member }}\n{{ strength.word }}", &["line 2", "strength.word", "LETTERS.md"]),
        ("{{ member | shout }}", &["line 1", "unknown filter", "shout"]),
        (
            "{{ member }}{% if strength.slug == 'candidate' %}\n{{ breaches[7].name }}{% endif %}",
            &["line 2"],
        ),
        ("Dear all", &["no variable", "docs/LETTERS.md"]),
        ("", &["no variable"]),
    ] {
        let error = error_of("letter.txt", source);
        for word in ["letter.txt"].iter().chain(words) {
            assert!(error.contains(word), "'{word}' is not in: {error}");
        }
    }
}

#[test]
fn another_file_than_a_template_is_refused_and_not_shown() {
    let error = error_of("members.csv", "Nr;Name\n1;Muster\n2;{Beispiel}\n");
    assert!(!error.contains("Muster") && !error.contains("Beispiel"), "{error}");
}

#[test]
fn an_unknown_property_of_a_breach_is_an_error_where_a_template_writes_it() {
    let bare = Breach::named("bare").expect("it is a name");
    let try_out = |source: &str| {
        let template = Template::new("letter.txt", source, Language::De).expect("it is a template");
        template.try_out(&[&bare])
    };
    let error = try_out("\n{% for breach in breaches %}{{ breach.title }}{% endfor %}");
    let error = error.expect_err("nothing is known").to_string();
    assert!(error.contains("line 2") && error.contains("{% if"), "{error}");
    try_out("{% for breach in breaches %}{{ breach.title or breach.name }}{% endfor %}")
        .expect("the name is known");
}

#[test]
fn text_is_escaped_as_the_ending_of_the_template_says() {
    let mut breach = sample_breach();
    breach.title = Some("A & <b>B</b>".into());
    let source = "{{ breaches[0].title }}";
    for (name, expected) in [
        ("letter.txt", "A & <b>B</b>"),
        ("letter.html", "A &amp; &lt;b&gt;B&lt;&#x2f;b&gt;"),
        ("a.b/letter.html.j2", "A &amp; &lt;b&gt;B&lt;&#x2f;b&gt;"),
    ] {
        assert_eq!(rendered(name, source, &[&breach])[0], expected, "{name}");
    }
}

#[test]
fn a_letter_has_the_ending_of_its_template() {
    for (name, expected) in [
        ("letter.txt", "txt"),
        ("a.b/letter.html", "html"),
        ("letter.html.j2", "html"),
        ("letter", "txt"),
        ("letter.", "txt"),
        (".txt", "txt"),
        ("letter.a_b", "txt"),
        ("a.tex", "tex"),
    ] {
        assert_eq!(ending(name), expected, "{name}");
    }
}

#[test]
fn lines_with_nothing_but_a_tag_leave_no_line_and_the_last_line_end_stays() {
    let source = "\u{FEFF}{{ row }}\n  {% if row == 1 %}\nyes\n  {% endif %}\nend\n";
    assert_eq!(rendered("letter.txt", source, &[&sample_breach()])[0], "1\nyes\nend\n");
}
