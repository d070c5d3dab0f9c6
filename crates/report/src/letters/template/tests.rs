use leakdex::Breach;

use super::{
    super::content::{SampleBreach, sample_breach, sample_of, samples},
    *,
};
use crate::Insurer;
use crate::language::Audience;

fn error_of(name: &str, source: &str) -> String {
    let tried = Template::new(name, source, Language::En, Sender::default())
        .and_then(|template| template.test_render(&[&sample_breach()]));
    tried.expect_err(source).to_string()
}

fn rendered(name: &str, source: &str, breaches: &[&Breach]) -> Vec<String> {
    let template =
        Template::new(name, source, Language::En, Sender::default()).expect("it is a template");
    let samples = samples(&template, breaches);
    let letters =
        samples.iter().map(|sample| template.rendered(sample).expect("it can be rendered"));
    letters.collect()
}

/// A complete insurer.
fn insurer() -> Insurer {
    let settings: toml::Table =
        include_str!("../../../../../examples/leakdex.toml").parse().expect("the example is TOML");
    settings["insurer"].clone().try_into().expect("it is an insurer")
}

fn shipped(style: TemplateStyle, language: Language, insurer: Insurer) -> Template {
    let sender = Sender { insurer, today: "2026-02-01".to_owned(), draft: false };
    Template::read(None, style, language, sender).expect("it is a template")
}

/// All built-in templates, with this insurer.
fn all_shipped(insurer: &Insurer) -> impl Iterator<Item = Template> {
    Language::ALL.into_iter().flat_map(|language| {
        [TemplateStyle::Text, TemplateStyle::Html]
            .map(|style| shipped(style, language, insurer.clone()))
    })
}

/// The words of a letter, without tags and line ends.
fn words(letter: &str) -> String {
    let (_, body, _) = bundle::parts(letter);
    let mut words = String::new();
    let mut is_tag = false;
    for letter in body.chars() {
        match letter {
            '<' => is_tag = true,
            '>' => {
                is_tag = false;
                words.push(' ');
            }
            _ if is_tag => {}
            _ => words.push(letter),
        }
    }
    let words = words.replace("&#x2f;", "/").replace("&#x27;", "'");
    words.split_whitespace().filter(|word| *word != "-").collect::<Vec<_>>().join(" ")
}

#[test]
fn the_letters_that_are_shipped_can_be_written_whatever_is_known_of_a_breach() {
    let (known, bare) = (sample_breach(), Breach::named("bare").expect("it is a name"));
    for insurer in [insurer(), Insurer::default()] {
        for template in all_shipped(&insurer) {
            let samples = samples(&template, &[&known, &bare]);
            assert!(samples.len() >= 24, "{} samples", samples.len());
            for sample in &samples {
                let letter = template.rendered(sample).expect("it can be rendered");
                if template.is_html() {
                    continue;
                }
                assert!(!letter.contains("\n\n\n\n") && !letter.contains(" \n"), "{letter}");
                let longest = letter.lines().map(|line| line.chars().count()).max();
                assert!(longest <= Some(140), "{letter}");
            }
        }
    }
}

#[test]
fn with_a_known_insurer_and_breach_nothing_is_left_to_fill_in() {
    let (known, bare) = (sample_breach(), Breach::named("bare").expect("it is a name"));
    for template in all_shipped(&insurer()) {
        assert_eq!(template.to_fill_in(&[&known]).expect("it can be rendered"), [""; 0]);
        let parts = template.to_fill_in(&[&known, &bare]).expect("it can be rendered");
        assert_eq!(parts.len(), 3, "{parts:?}");
        for (part, field) in parts.iter().zip(["BreachDate", "Title", "Description"]) {
            assert!(part.contains(field), "{parts:?}");
        }
    }
    for template in all_shipped(&Insurer::default()) {
        let parts = template.to_fill_in(&[&known]).expect("it can be rendered");
        assert_eq!(parts.len(), 11, "{parts:?}");
        // Each part states where to fill it in, in terms of the settings.
        let settings = include_str!("../../../../../examples/leakdex.toml");
        for part in &parts {
            let (_, field) = part.split_once("(leakdex.toml: insurer.").expect("it names a field");
            let key = field.trim_end_matches(')').split('.').next().expect("it is a name");
            assert!(
                settings.contains(&format!("\n{key} = ")) || settings.contains(&format!(".{key}]")),
                "{part}"
            );
        }
    }
}

/// The items of all lists of a letter.
fn items(letter: &str) -> Vec<String> {
    let mut items = Vec::<String>::new();
    for line in letter.lines() {
        if let Some(item) = line.strip_prefix("- ").or(line.strip_prefix("<li>")) {
            items.push(item.trim_end_matches("</li>").to_owned());
        } else if let (Some(rest), Some(item)) = (line.strip_prefix("  "), items.last_mut()) {
            *item += &format!(" {rest}");
        }
    }
    items
}

#[test]
fn a_letter_names_what_leaked_of_the_person_and_nothing_else() {
    let breach = sample_breach();
    let all = Language::known_data_classes();
    for template in all_shipped(&insurer()) {
        let language = template.language;
        for age in [Age::OfAge, Age::Minor] {
            let audience = if age == Age::Minor { Audience::OfChild } else { Audience::Yours };
            // Each class alone, and together with another one. Some letters get only a sample of the classes,
            // since this is slow.
            let step = if age == Age::OfAge && !template.is_html() { 1 } else { 6 };
            for (number, class) in all.iter().enumerate().step_by(step) {
                let other = all[(number * 7 + 3) % all.len()];
                for classes in [vec![*class], vec![*class, other]] {
                    let stated = [(&breach, (Strength::Certain, false), classes.clone())];
                    let letter = template.rendered(&sample_of(&template, age, &stated));
                    let letter = letter.expect("it can be rendered").replace("&#x27;", "'");
                    let items = items(&letter);
                    for other in &all {
                        let text = language.data_class_of(other, audience);
                        let is_named = items.iter().any(|item| *item == text);
                        assert_eq!(is_named, classes.contains(other), "{other} in {letter}");
                    }
                    let flat = words(&letter);
                    for entry in language.consequences(|_| true, audience) {
                        let is_due = language
                            .consequences(|class| classes.contains(&class), audience)
                            .contains(&entry);
                        assert_eq!(flat.contains(entry.text), is_due, "{} in {flat}", entry.text);
                    }
                }
            }
        }
    }
}

/// Some probable matches do not share a date of birth.
#[test]
fn a_letter_about_a_probable_match_names_no_detail_that_need_not_agree() {
    let breach = sample_breach();
    for template in all_shipped(&insurer()) {
        for age in [Age::OfAge, Age::Minor] {
            let stated = [(&breach, (Strength::Probable, false), vec!["passwords"])];
            let letter = template.rendered(&sample_of(&template, age, &stated));
            let flat = words(&letter.expect("it can be rendered"));
            let expected =
                ["dieselben oder sehr ähnliche Angaben", "the same or very similar details"];
            assert!(expected.iter().any(|words| flat.contains(words)), "{flat}");
            assert!(!flat.contains("Geburtsdatum") && !flat.contains("date of birth"), "{flat}");
        }
    }
}

#[test]
fn a_letter_says_how_sure_each_match_is_to_adults_and_to_guardians() {
    use Strength::{Candidate, Certain, Probable, Strong};

    let (one, mut other) = (sample_breach(), sample_breach());
    other.title = Some("Other".into());
    let template = shipped(TemplateStyle::Text, Language::De, insurer());
    let letter = |age, stated: &[SampleBreach<'_>]| {
        words(&template.rendered(&sample_of(&template, age, stated)).expect("it can be rendered"))
    };
    let of = |breach, strength, confirmed| (breach, (strength, confirmed), vec!["dates-of-birth"]);
    for (strength, confirmed, adult, guardians) in [
        (
            Certain,
            true,
            "ob die Daten zu Ihnen gehören. Das hat sich bestätigt.",
            "ob die Daten zu Ihrem Kind gehören. Das hat sich bestätigt.",
        ),
        (
            Certain,
            false,
            "Die Daten lassen sich Ihnen eindeutig zuordnen.",
            "Die Daten lassen sich Ihrem Kind eindeutig zuordnen.",
        ),
        (
            Strong,
            false,
            "lassen sich Ihnen mit sehr hoher Wahrscheinlichkeit zuordnen.",
            "lassen sich Ihrem Kind mit sehr hoher Wahrscheinlichkeit zuordnen.",
        ),
        (
            Probable,
            false,
            "dass es sich um Ihre Daten handelt.",
            "dass es sich um die Daten Ihres Kindes handelt.",
        ),
        (
            Candidate,
            false,
            "Davon sind möglicherweise auch Ihre Daten betroffen.",
            "Davon sind möglicherweise auch Daten Ihres Kindes betroffen.",
        ),
    ] {
        for (age, words) in [(Age::OfAge, adult), (Age::Unknown, adult), (Age::Minor, guardians)] {
            let alone = letter(age, &[of(&one, strength, confirmed)]);
            assert!(alone.contains(words), "'{words}' is not in: {alone}");
            assert_eq!(alone.contains("Sehr geehrte Sorgeberechtigte,"), age == Age::Minor);
            assert_eq!(alone.contains("das Geburtsdatum Ihres Kindes"), age == Age::Minor);
            assert_eq!(alone.contains("Ihr Geburtsdatum"), age != Age::Minor);
            assert!(alone.contains(
                "Am 18. Januar 2023 kam es bei Sample (example.de) zu einem Vorfall. A sample."
            ));
            let both = letter(age, &[of(&one, strength, confirmed), of(&other, Candidate, false)]);
            let is_sure = strength > Candidate;
            assert_eq!(both.contains("Vorfall bei Other (möglicherweise):"), is_sure, "{both}");
            assert_eq!(both.contains("In einem weiteren Fall"), is_sure, "{both}");
        }
    }
    // Letters to guardians address them as guardians, and contain no sentence meant for adults.
    let stated = [of(&one, Certain, false)];
    let guardians = letter(Age::Minor, &stated);
    for words in ["Ihre Daten", "lassen sich Ihnen", "Ihre E-Mail"] {
        assert!(!guardians.contains(words), "'{words}' is in: {guardians}");
    }
}

#[test]
fn the_page_says_the_same_as_the_text() {
    let (one, bare) = (sample_breach(), Breach::named("bare").expect("it is a name"));
    for language in Language::ALL {
        let begin = ["Unbefugte haben", "Somebody obtained"][language as usize];
        let end = ["Mit freundlichen", "Yours sincerely"][language as usize];
        let both = [TemplateStyle::Text, TemplateStyle::Html]
            .map(|style| shipped(style, language, insurer()));
        let [text, page] = both.each_ref().map(|template| {
            let samples = samples(template, &[&one, &bare]);
            let letters = samples.iter().map(|sample| template.rendered(sample).expect("rendered"));
            let part = |letter: String| {
                let words = words(&letter);
                let start = words.find(begin).expect("it begins");
                words[start..words.find(end).expect("it ends")].to_owned()
            };
            letters.map(part).collect::<Vec<_>>()
        });
        for (text, page) in text.iter().zip(&page) {
            assert_eq!(text, page);
        }
    }
}

/// The positions are those of form B in DIN 5008.
#[test]
fn the_address_window_of_a_page_is_where_din_5008_has_it() {
    for language in Language::ALL {
        let (_, page) = BUILT_IN[language as usize][TemplateStyle::Html as usize];
        for rule in [
            "size: A4;",
            "margin: 20mm 0 20mm 0;",
            "--top: 20mm;",
            ".window { position: absolute; top: calc(45mm - var(--top)); left: 20mm; width: 85mm; height: 45mm;",
            ".info { position: absolute; top: calc(50mm - var(--top)); left: 125mm; width: 75mm;",
            "top: calc(105mm - var(--top))",
            "top: calc(148.5mm - var(--top))",
            "top: calc(210mm - var(--top))",
            ".text { padding: calc(98.46mm - var(--top)) 20mm 0 25mm; }",
            "counter(letter{{ number }})",
            "p { margin-bottom: 1.8mm; break-inside: avoid; }",
        ] {
            assert!(page.contains(rule), "{rule}");
        }
        for word in ["<script", "http:", "https:", "url(", "src="] {
            assert!(!page.contains(word), "{word}");
        }
    }
}

#[test]
fn no_part_of_a_value_becomes_a_tag_on_a_page() {
    let mut insurer = insurer();
    insurer.name = Some("<b>A & B</b>".into());
    let mut breach = sample_breach();
    breach.description = Some("<script>alert(1)</script>".into());
    let template = shipped(TemplateStyle::Html, Language::De, insurer);
    for sample in samples(&template, &[&breach]) {
        let letter = template.rendered(&sample).expect("it can be rendered");
        assert!(!letter.contains("<b>A") && !letter.contains("<script"), "{letter}");
        assert!(letter.contains("&lt;b&gt;A &amp; B"), "{letter}");
    }
}

#[test]
fn a_draft_is_marked_whatever_the_template() {
    let breach = sample_breach();
    let stated = [(&breach, (Strength::Certain, false), vec!["names"])];
    for draft in [true, false] {
        let sender = Sender { insurer: Insurer::default(), today: "2026-02-01".into(), draft };
        let templates = [
            ("letter.txt", "{{ member }}"),
            ("letter.html", "<html><body class=\"a\"><p>{{ member }}</p></body></html>"),
            ("letter.htm", "<p>{{ member }}</p>"),
            ("letter.md", "{{ member }}{% if draft %}, ENTWURF – nicht versenden{% endif %}"),
            ("letter.txt", "{{ member }}{% if not draft %}Final.{% endif %}"),
            ("letter.txt", "{{ member }}{% if draft and minor %} ENTWURF{% endif %}"),
        ];
        let templates = templates
            .map(|(name, source)| Template::new(name, source, Language::De, sender.clone()));
        let templates = templates.into_iter().map(|template| template.expect("it is a template"));
        let styles = [TemplateStyle::Text, TemplateStyle::Html];
        let shipped = styles.map(|style| Template::read(None, style, Language::De, sender.clone()));
        let shipped = shipped.into_iter().map(|template| template.expect("it is a template"));
        for template in templates.chain(shipped) {
            let letter = template.render(&sample_of(&template, Age::OfAge, &stated));
            let letter = letter.expect("it can be rendered");
            let marks = letter.matches("ENTWURF – nicht versenden").count();
            assert_eq!(marks, usize::from(draft), "{letter}");
        }
    }
}

#[test]
fn paragraphs_are_wrapped() {
    let text = "aaaa ".repeat(40);
    let wrapped = wrap(&format!("{text}\n"), Some(2));
    assert_eq!(wrapped.lines().count(), 3);
    assert!(wrapped.lines().all(|line| line.chars().count() <= LINE), "{wrapped}");
    assert!(wrapped.lines().skip(1).all(|line| line.starts_with("  a")), "{wrapped}");
    assert!(wrapped.ends_with("aaaa\n"));
    assert_eq!(wrap("one", None), "one");
    let long = "a".repeat(100);
    assert_eq!(wrap(&format!("b {long} c"), None), format!("b\n{long}\nc"));
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
fn an_error_names_the_template_the_line_the_fault_and_the_remedy() {
    for (source, words) in [
        ("{{ member }}\n{{ strength.slug", &["line 2", "syntax error", "{{ … }}"][..]),
        ("{{ member }}\n{% if member %}", &["line 2", "syntax error"]),
        ("{{ member }}\n{{ customer }}", &["line 2", "no variable 'customer'", "data_classes"]),
        // In a branch that no sample reaches.
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
fn a_file_that_is_not_a_template_is_refused_and_not_shown() {
    let error = error_of("members.csv", "Nr;Name\n1;Muster\n2;{Beispiel}\n");
    assert!(!error.contains("Muster") && !error.contains("Beispiel"), "{error}");
}

#[test]
fn an_unknown_property_of_a_breach_is_an_error_where_a_template_writes_it() {
    let bare = Breach::named("bare").expect("it is a name");
    let test_render = |source: &str| {
        let template = Template::new("letter.txt", source, Language::De, Sender::default());
        let template = template.expect("it is a template");
        template.test_render(&[&bare])
    };
    let error = test_render("\n{% for breach in breaches %}{{ breach.title }}{% endfor %}");
    let error = error.expect_err("nothing is known").to_string();
    assert!(error.contains("line 2") && error.contains("{% if"), "{error}");
    test_render("{% for breach in breaches %}{{ breach.title or breach.name }}{% endfor %}")
        .expect("the name is known");
}

#[test]
fn the_extension_of_a_template_decides_how_text_is_escaped() {
    let mut breach = sample_breach();
    breach.title = Some("A & <b>B</b>".into());
    let source = "{{ breaches[0].title }}";
    for (name, expected) in [
        ("letter.txt", "A & <b>B</b>"),
        ("letter.html", "A &amp; &lt;b&gt;B&lt;&#x2f;b&gt;"),
        ("a.b/letter.html.j2", "A &amp; &lt;b&gt;B&lt;&#x2f;b&gt;"),
        ("LETTER.HTML", "A &amp; &lt;b&gt;B&lt;&#x2f;b&gt;"),
        ("Brief.Htm.J2", "A &amp; &lt;b&gt;B&lt;&#x2f;b&gt;"),
        ("letter.XML", "A &amp; &lt;b&gt;B&lt;&#x2f;b&gt;"),
        ("letter.xhtml", "A &amp; &lt;b&gt;B&lt;&#x2f;b&gt;"),
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
        ("LETTER.Html.J2", "html"),
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
