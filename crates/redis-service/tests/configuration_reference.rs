//! The manual: that it has every field, and says what the code does.

use redis_service::ServiceConfig;

const MANUAL: &str = include_str!("../../../docs/configuration.md");

#[test]
fn the_manual_has_the_table_that_the_code_renders() {
    let table = ServiceConfig::reference();
    assert!(MANUAL.contains(&table), "docs/configuration.md must contain exactly this:\n\n{table}");
}

#[test]
fn the_manual_has_the_variables_that_are_no_field() {
    for variable in ["`REDIS_URL`", "`ENVIRONMENT`"] {
        assert!(MANUAL.contains(variable), "{variable}");
    }
}

#[test]
fn the_file_in_the_manual_is_a_configuration() {
    let (_, rest) = MANUAL.split_once("```json\n").unwrap();
    let (json, _) = rest.split_once("```").unwrap();
    serde_json::from_str::<ServiceConfig>(json).unwrap().validate().unwrap();
}
