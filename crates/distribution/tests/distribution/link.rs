//! The table of links.

use wharf_distribution::link;

use crate::table::rows;

#[test]
fn to_the_next_page_are_read_as_the_table_says() {
    for [input, expected, origin] in rows("link.tsv", 37) {
        let target = link::next(&input);
        assert_eq!(target.unwrap_or("-"), expected, "{origin}: {input}");
        if let Some(target) = target {
            assert_eq!(link::next(&link::encode(target)), Some(target), "{origin}: {input}");
        }
    }
}
