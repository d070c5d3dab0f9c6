//! The report matches its schema and its manual.

use serde_json::Value;

use super::{
    super::support::{MEMBERS, NOBODY, Site, json},
    ALL,
};

/// Asserts that a value has exactly the fields that the schema describes, and the right types.
#[track_caller]
pub(super) fn fits(schema: &Value, whole: &Value, value: &Value, path: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("within the schema");
        return fits(whole.pointer(pointer).expect("it is defined"), whole, value, path);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let source = &value["source"];
        let fitting =
            choices.iter().find(|choice| &choice["properties"]["source"]["const"] == source);
        return fits(fitting.expect("a choice for each source"), whole, value, path);
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    let actual = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) if types.contains(&"number".into()) => "number",
        Value::Number(_) => "integer",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
    };
    assert!(types.contains(&actual.into()), "{path} is {actual}, not {types:?}");
    assert!(
        schema["description"].is_string() || path.ends_with("[]") || path.ends_with(".*"),
        "{path} is not described"
    );
    match value {
        Value::Array(items) => {
            items.iter().for_each(|item| fits(&schema["items"], whole, item, &format!("{path}[]")));
        }
        Value::Object(fields) if schema["properties"].is_object() => {
            assert_eq!(schema["additionalProperties"], false, "{path}");
            for (name, value) in fields {
                let property = &schema["properties"][name];
                assert!(property.is_object(), "{path}.{name} is not in the schema");
                fits(property, whole, value, &format!("{path}.{name}"));
            }
            for name in schema["required"].as_array().expect("a list") {
                assert!(fields.contains_key(name.as_str().expect("a name")), "{path}.{name}");
            }
        }
        Value::Object(fields) => fields.iter().for_each(|(_, value)| {
            fits(&schema["additionalProperties"], whole, value, &format!("{path}.*"));
        }),
        _ => {}
    }
}

#[test]
fn the_report_has_the_fields_that_its_schema_describes() {
    let schema = json(include_str!("../../../../../../docs/report.schema.json"));
    let site = Site::with_index();
    site.write("members.csv", format!("{MEMBERS}m5;no address;{NOBODY}\n"));
    site.write("more.csv", "KVNR;Mitglied\nA0005000151042120590;m6\n");
    site.run("check --leak leak.csv --output first.csv members.csv").expect(3);
    for against in ["--leak leak.csv", "--key key --index leak.leakdex --previous first.csv"] {
        site.run(&format!("check {against} {ALL} members.csv more.csv")).expect(3);
        let report = site.json("r.json");
        assert_eq!(report["schema"], schema["properties"]["schema"]["const"]);
        fits(&schema, &schema, &report, "report");
    }
}

#[test]
fn the_manual_of_the_report_names_every_field() {
    let manual = include_str!("../../../../../../docs/REPORT.md");
    let schema = json(include_str!("../../../../../../docs/report.schema.json"));
    let mut names = Vec::new();
    let mut waiting = vec![&schema];
    while let Some(value) = waiting.pop() {
        if let Some(properties) = value["properties"].as_object() {
            names.extend(properties.keys());
        }
        match value {
            Value::Object(fields) => waiting.extend(fields.values()),
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    assert!(names.len() > 60, "{} fields", names.len());
    for name in names {
        assert!(manual.contains(&format!("`{name}`")), "{name} is not in the manual");
    }
}
