//! The guide's chapter on guarantees: that its table of categories is what the code does.

use redis_service::protocol::RetryCategory;

const GUARANTEES: &str = include_str!("../../../docs/guarantees.md");

#[test]
fn every_example_of_the_table_is_in_its_category() {
    let (_, table) = GUARANTEES.split_once("| category |").unwrap();
    let table = table.lines().take_while(|line| !line.is_empty()).filter(|line| line.starts_with("| `"));
    let mut categories = Vec::new();
    for row in table {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let (name, examples) = (cells.next().unwrap(), cells.next_back().unwrap());
        let mut seen = 0;
        for example in examples.split('`').skip(1).step_by(2) {
            let category = RetryCategory::of(example.split(' ').map(str::as_bytes));
            assert_eq!(format!("`{category:?}`"), name, "{example}");
            seen += 1;
        }
        assert!(seen >= 3, "{row}");
        categories.push(name);
    }
    assert_eq!(categories, ["`ReadOnly`", "`LastWins`", "`Checked`", "`Accumulating`", "`Never`"]);
}
