//! Copying images between any two registries: planned as data, bounded, children before parents, tag last.
