//! Manifests, indexes and configurations, read and written.

mod readers;

use wharf_benches::{Unit, compare, table};

fn main() {
    let comparisons = readers::comparisons();
    let (read, write): (Vec<_>, Vec<_>) =
        comparisons.into_iter().map(|it| ((it.title, it.read), (it.title, it.write))).unzip();
    for (title, works) in [("read", read), ("written", write)] {
        table(title);
        works.into_iter().for_each(|(document, works)| compare(document, Unit::Things(1), works));
    }
}
