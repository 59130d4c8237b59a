//! Tags that are set once: all of them, or those that match a pattern. Whatever is asked, they stay, and so does what they
//! need.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::collections::HashMap;

use futures_util::FutureExt;
use wharf_registry::{
    Delete, Digest, Document, Error, ErrorCode, Immutable, Precondition, Read, Registry, Repository, Tag, TagPattern,
    TagPatternErrorKind, Write,
};
use wharf_store::Store;
use wharf_testkit::fixture::{self, repository, tag};
use wharf_testkit::{Fault, Faulty, laws};

const APP: Repository = Repository::from_static("app");

/// What does not wait, now.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory does not wait")
}

async fn put(registry: &dyn Registry, document: &Document, tags: &[Tag], when: &Precondition) -> Result<(), Error> {
    registry.put_manifest(&APP, document, tags, when).await
}

fn patterns(texts: &[&str]) -> Vec<TagPattern> {
    texts.iter().map(|text| TagPattern::parse(text).unwrap()).collect()
}

#[test]
fn all_laws_hold_but_those_of_change() {
    let registry = Immutable::new(Store::memory());
    now(laws::blob::all(&registry));
    now(laws::blob_refusal::all(&registry));
    now(laws::range::all(&registry));
    now(laws::mount::all(&registry));
    now(laws::upload::all(&registry));
    now(laws::manifest::all(&registry));
    now(laws::integrity::all(&registry));
    now(laws::listing::all(&registry));
    now(laws::concurrency::all(&registry));
}

#[test]
fn tags_stay() {
    let (registry, [old, new]) = (Immutable::new(Store::memory()), [1, 2].map(|seed| fixture::image(seed, 1, 100)));
    now(fixture::push(&registry, &APP, &old, &Tag::LATEST));
    now(fixture::push_blobs(&registry, &APP, &new));
    let points_to_old = Precondition::PointsTo(old.manifest.digest().clone());
    let points_to_new = Precondition::PointsTo(new.manifest.digest().clone());
    for when in [Precondition::Always, Precondition::Unset, points_to_old.clone(), points_to_new.clone()] {
        let moved = now(put(&registry, &new.document(), &[Tag::LATEST], &when));
        assert_eq!(*moved.unwrap_err().code(), ErrorCode::DENIED, "{when:?}");
    }
    assert_eq!(now(registry.manifest(&APP, &Tag::LATEST.into())).unwrap(), old.document());

    for when in [Precondition::Always, Precondition::Unset, points_to_old] {
        now(put(&registry, &old.document(), &[Tag::LATEST], &when)).expect("the same again");
    }
    now(put(&registry, &new.document(), &[], &points_to_new)).expect("no tag is moved");
    now(put(&registry, &new.document(), &[fixture::tag("2")], &Precondition::Always)).expect("a new tag");
}

#[test]
fn nothing_is_deleted() {
    let (registry, image) = (Immutable::new(Store::memory()), fixture::image(1, 1, 100));
    now(fixture::push(&registry, &APP, &image, &Tag::LATEST));
    for refused in [
        now(registry.delete_tag(&APP, &Tag::LATEST)),
        now(registry.delete_manifest(&APP, image.manifest.digest())),
        now(registry.delete_blob(&APP, &Digest::of(&image.config))),
    ] {
        assert_eq!(*refused.unwrap_err().code(), ErrorCode::DENIED);
    }
    assert_eq!(now(registry.manifest(&APP, &Tag::LATEST.into())).unwrap(), image.document());
}

/// Versions stay, `latest` moves.
fn versions<R>(registry: R) -> Immutable<R> {
    Immutable::matching(registry, patterns(&["v*", "!*-rc"]))
}

fn points_to(registry: &dyn Registry, name: &str) -> Option<Digest> {
    now(registry.resolve(&APP, &tag(name).into())).ok().map(|found| found.digest)
}

#[test]
fn all_laws_hold_around_versions_but_that_content_can_be_deleted() {
    let registry = versions(Store::memory());
    now(laws::blob::all(&registry));
    now(laws::manifest::all(&registry));
    now(laws::tag::all(&registry));
    now(laws::integrity::all(&registry));
    now(laws::listing::all(&registry));
    now(laws::referrer::are_listed(&registry));
    now(laws::referrer::of_nothing(&registry));
    now(laws::referrer::come_before_their_subject(&registry));
    now(laws::referrer::are_promoted(&registry));
    now(laws::referrer::under_either_algorithm(&registry));
    now(laws::referrer::arrive_all(&registry));
    now(laws::unknown::all(&registry));
    now(laws::concurrency::all(&registry));
    now(laws::deletion::tag_leaves_the_manifest(&registry));
}

#[test]
fn some_tags_stay_and_others_move() {
    let (registry, [old, new]) = (versions(Store::memory()), [1, 2].map(|seed| fixture::image(seed, 1, 100)));
    now(fixture::push_blobs(&registry, &APP, &new));
    now(fixture::push(&registry, &APP, &old, &tag("v1")));
    let (old, new) = (old.document(), new.document());
    let [v1, v2, rc, latest] = ["v1", "v2", "v2-rc", "latest"].map(tag);
    let always = Precondition::Always;
    now(put(&registry, &old, &[latest.clone(), rc.clone()], &always)).unwrap();

    for tags in [vec![v1.clone()], vec![latest.clone(), v1.clone()], vec![v2.clone(), v1.clone(), rc.clone()]] {
        for when in [always.clone(), Precondition::Unset, Precondition::PointsTo(old.digest().clone())] {
            let refused = now(put(&registry, &new, &tags, &when)).unwrap_err();
            assert_eq!(*refused.code(), ErrorCode::DENIED, "{tags:?} {when:?}");
            assert_eq!(points_to(&registry, "v1").as_ref(), Some(old.digest()));
            assert_eq!(points_to(&registry, "latest").as_ref(), Some(old.digest()), "none of them moves");
            assert_eq!(points_to(&registry, "v2"), None);
        }
    }

    now(put(&registry, &new, &[v2.clone(), latest.clone()], &always)).expect("a release that takes latest along");
    now(put(&registry, &new, &[v2.clone(), latest, rc.clone()], &always)).expect("the same again, and an exception");
    let confirmed = Precondition::PointsTo(new.digest().clone());
    now(put(&registry, &new, &[v2, rc.clone()], &confirmed)).expect("all of them point there already");
    now(put(&registry, &old, std::slice::from_ref(&rc), &confirmed)).expect("a tag that moves has its precondition");
    assert_eq!(points_to(&registry, "v2-rc").as_ref(), Some(old.digest()));
    assert_eq!(points_to(&registry, "latest").as_ref(), Some(new.digest()));
}

#[test]
fn tags_that_move_can_be_deleted_and_content_stays_where_a_tag_can_be_immutable() {
    let rules = patterns(&["release/*:v*", "!release/*:*-rc"]);
    let registry = Immutable::matching(Store::memory(), rules);
    let image = fixture::image(1, 1, 100);
    let layer = Digest::of(&image.layers[0]);
    for (name, stays) in [("release/app", true), ("release/app/deep", false), ("release", false), ("app", false)] {
        let at = repository(name);
        for name in ["v1", "v1-rc", "latest"] {
            now(fixture::push(&registry, &at, &image, &tag(name)));
        }
        assert_eq!(now(registry.delete_tag(&at, &tag("v1"))).is_err(), stays, "{name}");
        now(registry.delete_tag(&at, &tag("v1-rc"))).unwrap();
        now(registry.delete_tag(&at, &tag("latest"))).unwrap();
        assert_eq!(now(registry.delete_manifest(&at, image.manifest.digest())).is_err(), stays, "{name}");
        assert_eq!(now(registry.delete_blob(&at, &layer)).is_err(), stays, "{name}");
    }
}

/// The registry below breaks down between the tags that stay and those that move.
#[test]
fn a_write_that_breaks_off_can_be_repeated() {
    let (registry, image) = (versions(Faulty::new(Store::memory())), fixture::image(1, 1, 100));
    now(fixture::push_blobs(&registry, &APP, &image));
    let (document, tags) = (image.document(), ["v1", "latest"].map(tag));
    for _ in 0..2 {
        let _ = now(put(&registry, &document, &tags, &Precondition::Always));
    }
    assert_eq!(points_to(&registry, "latest").as_ref(), Some(document.digest()));
    let below = Faulty::new(Store::memory());
    below.after(wharf_registry::Operation::PutManifest, 1, Fault::Refuse(ErrorCode::UNAVAILABLE));
    let registry = versions(below);
    now(fixture::push_blobs(&registry, &APP, &image));
    assert_eq!(
        *now(put(&registry, &document, &tags, &Precondition::Always)).unwrap_err().code(),
        ErrorCode::UNAVAILABLE
    );
    assert_eq!((points_to(&registry, "v1").is_some(), points_to(&registry, "latest").is_some()), (true, false));
    now(put(&registry, &document, &tags, &Precondition::Always)).expect("the same again");
    assert!(points_to(&registry, "latest").is_some());
}

/// Numbers that look random, and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }
}

/// Whatever is done in whatever order: a tag that was set and stays points where it did, and all that it needs is there.
#[test]
fn nothing_moves_an_immutable_tag() {
    let mut dice = Dice(0x9e37_79b9);
    let registry = Immutable::matching(Store::memory(), patterns(&["v?", "!b:v3"]));
    let places = ["a", "b", "a/b"].map(repository);
    let names = ["v1", "v2", "v3", "latest", "next"].map(tag);
    let images = [1, 2, 3].map(|seed| fixture::image(seed, 1, 50));
    let mut set: HashMap<(usize, usize), Digest> = HashMap::new();
    let mut moved = 0;
    for _ in 0..4_000 {
        let (place, name, image) = (dice.roll(3), dice.roll(5), &images[dice.roll(3)]);
        let other = &images[dice.roll(3)];
        match dice.roll(6) {
            0 => drop(now(registry.delete_tag(&places[place], &names[name]))),
            1 => drop(now(registry.delete_manifest(&places[place], image.manifest.digest()))),
            2 => drop(now(registry.delete_blob(&places[place], &Digest::of(&image.layers[0])))),
            _ => {
                now(fixture::push_blobs(&registry, &places[place], image));
                let tags: Vec<Tag> = (0..=dice.roll(3)).map(|_| names[dice.roll(5)].clone()).collect();
                let when = match dice.roll(3) {
                    0 => Precondition::Unset,
                    1 => Precondition::PointsTo(other.manifest.digest().clone()),
                    _ => Precondition::Always,
                };
                let put = now(registry.put_manifest(&places[place], &image.document(), &tags, &when));
                moved += usize::from(put.is_ok());
            }
        }
        for (at, place) in places.iter().enumerate() {
            for (which, name) in names.iter().enumerate().take(3).filter(|(which, _)| (at, *which) != (1, 2)) {
                let found = now(registry.manifest(place, &name.clone().into())).ok();
                match (set.get(&(at, which)), found) {
                    (None, Some(found)) => drop(set.insert((at, which), found.digest().clone())),
                    (Some(before), found) => {
                        let found = found.expect("the manifest is there");
                        assert_eq!(found.digest(), before, "{place}:{name}");
                        let image = images.iter().find(|image| image.manifest.digest() == before).unwrap();
                        assert!(now(registry.stat_blob(place, &Digest::of(&image.layers[0]))).is_ok());
                    }
                    (None, None) => {}
                }
            }
        }
    }
    assert!(moved > 300 && set.len() == 8, "{moved} writes, {} tags", set.len());
}

/// What `*` and `?` mean, in the plainest words.
fn plainly(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if plainly(rest, text) => true,
        (Some((b'*', _)), Some((found, after))) => *found != b'/' && plainly(pattern, after),
        (Some((b'?', rest)), Some((found, after))) => *found != b'/' && plainly(rest, after),
        (Some((wanted, rest)), Some((found, after))) => wanted == found && plainly(rest, after),
        _ => false,
    }
}

#[test]
fn patterns_match_as_a_plain_matcher_does() {
    let mut dice = Dice(42);
    let mut text = |alphabet: &[u8], longest| -> String {
        let length = 1 + dice.roll(longest);
        (0..length).map(|_| char::from(alphabet[dice.roll(alphabet.len())])).collect()
    };
    let (mut matched, mut failed) = (0, 0);
    for _ in 0..20_000 {
        let (tags, places) = (text(b"ab*?", 6), text(b"ab/*?", 6));
        let pattern = TagPattern::parse(&format!("{places}:{tags}")).unwrap();
        let Ok(place) = Repository::parse(&text(b"ab/", 6)) else { continue };
        let name = tag(&text(b"ab", 6));
        let in_place = plainly(places.as_bytes(), place.as_str().as_bytes());
        let expected = in_place && plainly(tags.as_bytes(), name.as_str().as_bytes());
        assert_eq!(pattern.matches(&place, &name), expected, "{pattern} {place}:{name}");
        let everywhere = TagPattern::parse(&tags).unwrap();
        assert_eq!(everywhere.matches(&place, &name), plainly(tags.as_bytes(), name.as_str().as_bytes()));
        *(if expected { &mut matched } else { &mut failed }) += 1;
    }
    assert!(matched > 200 && failed > 200, "{matched} and {failed}");
}

#[test]
fn patterns_take_a_bounded_time() {
    let pattern = TagPattern::parse(&format!("{}:{}", "*a".repeat(100), "*b".repeat(60))).unwrap();
    assert!(!pattern.matches(&repository(&"a".repeat(255)), &tag(&format!("{}c", "b".repeat(127)))));
}

#[test]
fn patterns_print_as_they_were_read_or_tell_what_is_wrong() {
    for text in ["*", "v[0-9]*", "a/b:?", "!latest", "!a:b", r"a\*"] {
        assert_eq!(TagPattern::parse(text).unwrap().to_string(), text);
        assert_eq!(text.parse::<TagPattern>().unwrap().is_exception(), text.starts_with('!'));
    }
    let (empty, syntax) = (TagPatternErrorKind::Empty, TagPatternErrorKind::Syntax);
    let wrong = [
        ("", empty, 0),
        ("!", empty, 1),
        (":v", empty, 0),
        ("!:v", empty, 1),
        ("a:", empty, 2),
        ("[", syntax, 1),
        ("!a:[", syntax, 4),
        ("![:a", syntax, 2),
        (r"a\", syntax, 2),
    ];
    for (text, kind, at) in wrong {
        let error = TagPattern::parse(text).unwrap_err();
        assert_eq!((error.kind(), error.at()), (kind, at), "{text}");
    }
    assert_eq!(TagPattern::parse("[").unwrap_err().to_string(), "not a pattern for tags (at byte 1)");
    assert_eq!(TagPattern::parse("").unwrap_err().to_string(), "a pattern for tags lacks a part (at byte 0)");
}
