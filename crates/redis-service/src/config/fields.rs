//! Every field, by topic. This table gives the names of variables and options, and fills
//! `docs/configuration.md`.

mod address;
mod login;
mod resilience;
mod timing;
mod values;

use super::field::Field;

pub(super) fn all() -> impl Iterator<Item = &'static Field> {
    [address::FIELDS, login::FIELDS, timing::FIELDS, resilience::FIELDS, values::FIELDS].into_iter().flatten()
}

fn show_optional(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

fn show_nodes(nodes: &[super::Node]) -> String {
    let nodes: Vec<_> = nodes.iter().map(ToString::to_string).collect();
    if nodes.is_empty() { "none".to_owned() } else { nodes.join(",") }
}
