//! The guide in rustdoc: that it has the book's pages, and that links between them lead somewhere in both.

use std::{collections::BTreeSet, fs, path::Path};

const SUMMARY: &str = include_str!("../../../docs/SUMMARY.md");
const MODULES: &str = include_str!("../src/guide.rs");
const LINKS: &str = include_str!("../src/guide/links.md");

/// Pages of the book that are about the repository or about other crates.
const ELSEWHERE: [&str; 3] = ["config-store", "redis-config", "architecture"];

#[test]
fn every_page_of_the_book_about_this_crate_is_a_module() {
    let listed = targets(SUMMARY).filter_map(|target| target.strip_suffix(".md"));
    let wanted: BTreeSet<_> =
        listed.filter(|page| !page.contains('/') && !ELSEWHERE.contains(page)).collect();
    assert_eq!(pages(), wanted, "the modules of src/guide.rs, and docs/SUMMARY.md");
}

#[test]
fn links_between_pages_are_in_the_map() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide");
    for page in pages() {
        let text = fs::read_to_string(folder.join(page).with_extension("md")).unwrap();
        for target in targets(&text) {
            assert!(
                target.starts_with('#') || target.starts_with("http"),
                "{page}.md: write the link as [text][{target}], and at the end of the page [{target}]: {target}"
            );
        }
        let defined = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
        for (label, _) in defined {
            assert!(LINKS.contains(&format!("[{label}]: ")), "{page}.md: src/guide/links.md lacks [{label}]");
        }
    }
}

/// Where a page's inline links lead.
fn targets(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// The modules of the guide.
fn pages() -> BTreeSet<&'static str> {
    let lines = MODULES.lines().filter(|line| line.starts_with("    \""));
    lines.filter_map(|line| line.strip_suffix(';')?.split(' ').next_back()).collect()
}
