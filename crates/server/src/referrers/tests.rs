#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use wharf_registry::{Annotations, Limits, MediaType};

use super::*;

fn entry(number: usize, annotation: &str) -> Descriptor {
    Descriptor::of(MediaType::IMAGE_MANIFEST, &number.to_le_bytes()).with_annotation("k", annotation)
}

/// All pages of a list, each as the index that it is.
fn pages(list: &[Descriptor], most: usize) -> Vec<Vec<Descriptor>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let mut page = Selection::new(most, after);
        list.iter().for_each(|entry| page.offer(entry));
        after = page.last().cloned();
        pages.push(page.into_index().unwrap().view().manifests.clone());
        if after.is_none() {
            return pages;
        }
    }
}

#[test]
fn pages_together_are_the_list_in_order_whatever_the_order_it_came_in() {
    let mut list: Vec<_> = (0..25).map(|number| entry(number, "v")).collect();
    let mut sorted = list.clone();
    sorted.sort_unstable_by(|one, other| one.digest.cmp(&other.digest));
    list.extend(list.clone());
    for most in [1, 2, 7, 24, 25, 26] {
        for _ in 0..2 {
            list.reverse();
            let pages = pages(&list, most);
            assert_eq!(pages.concat(), sorted, "{most}");
            assert_eq!(pages.len(), 25_usize.div_ceil(most), "{most}");
        }
    }
    assert_eq!(pages(&list, 0), [[]], "and nowhere to go on from");
    assert_eq!(pages(&[], 5), [[]]);
}

#[test]
fn a_page_fits_into_a_document() {
    for annotation in ["v".repeat(300_000), "\n\u{1}\"\\/\u{7f}é".repeat(40_000)] {
        let list: Vec<_> = (0..50).map(|number| entry(number, &annotation)).collect();
        let pages = pages(&list, 1_000);
        assert!(pages.len() > 2 && pages.len() < 50, "{}", pages.len());
        assert_eq!(pages.concat().len(), 50);
        assert!(pages.concat().iter().all(|entry| entry.annotations["k"] == annotation));
    }
}

/// It must not be possible to hide other referrers behind one that cannot be listed.
#[test]
fn one_that_fits_into_no_document_is_listed_without_what_it_says() {
    let largest = Limits::default().document_bytes;
    let list = [entry(1, "v"), entry(2, &"v".repeat(largest)), entry(3, "v")];
    let pages = pages(&list, 1_000);
    let found = pages.concat();
    assert_eq!(found.len(), 3);
    let huge = found.iter().find(|entry| entry.digest == list[1].digest).unwrap();
    assert_eq!(huge.annotations, Annotations::new());
    assert_eq!(found.iter().filter(|entry| entry.annotations.len() == 1).count(), 2);
}

#[test]
fn what_others_put_into_an_entry_is_left_out() {
    let mut full = entry(1, "v");
    full.urls = vec!["https://a.example/".into()];
    full.data = Some("embedded".into());
    assert_eq!(pages(&[full], 5), [[entry(1, "v")]]);
}
