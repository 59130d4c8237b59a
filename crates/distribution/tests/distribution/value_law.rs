//! What holds for all entity tags, addresses and sessions.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use wharf_distribution::{EntityTag, EntityTags, Held, Location, link};

use crate::endpoint_law::{digests, endpoints, unknown_digests};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tags_of_digests_name_them(one in digests(), other in unknown_digests()) {
        for digest in [one, other] {
            let tag = EntityTag::of(&digest);
            prop_assert_eq!(EntityTag::parse(&tag.to_string()), Some(tag.clone()));
            prop_assert_eq!(tag.digest(), Some(digest));
        }
    }

    #[test]
    fn conditions_are_read_as_they_were_written(texts in vec("(W/)?\"[!#-~]{0,9}\"", 1..9)) {
        let tags = EntityTags::Listed(texts.iter().map(|text| EntityTag::parse(text).unwrap()).collect());
        prop_assert_eq!(EntityTags::parse(&tags.to_string()), Some(tags));
        prop_assert_eq!(EntityTags::parse(&EntityTags::Any.to_string()), Some(EntityTags::Any));
    }

    #[test]
    fn conditions_that_can_be_read_at_all_are_written(text in "(\"|W/|a|,|\\*| ){0,12}") {
        if let Some(tags) = EntityTags::parse(&text) {
            prop_assert_eq!(EntityTags::parse(&tags.to_string()), Some(tags));
        }
    }

    #[test]
    fn sessions_are_read_as_they_say(offset in any::<u64>(), text in "(bytes=)?[01]-(-1|[0-9]{0,20})") {
        let said = Held::of(offset);
        prop_assert!(said.can_be(offset));
        prop_assert_eq!(Held::parse(&said.to_string()), Some(said));
        if let Some(held) = Held::parse(&text) {
            prop_assert_eq!(Held::parse(&held.to_string()), Some(held));
            prop_assert!(held.can_be(held.bytes().unwrap_or(0)));
        }
    }

    /// Where a request leads can be written into an answer, and from there into a link.
    #[test]
    fn addresses_of_requests_are_addresses(endpoints in endpoints()) {
        for endpoint in endpoints {
            let place = Location::of(&endpoint);
            prop_assert_eq!(place.as_str(), endpoint.target());
            prop_assert!(place.as_str().len() > 8_192 || Location::parse(place.as_str()).as_ref() == Ok(&place));
            let header = link::encode(place.as_str());
            prop_assert_eq!(link::next(&header), Some(place.as_str()));
        }
    }

    #[test]
    fn addresses_survive_a_link(text in "[!-~]{1,40}") {
        if let Ok(place) = Location::parse(&text) {
            prop_assert_eq!(place.as_str(), &text);
            let header = link::encode(place.as_str());
            prop_assert_eq!(link::next(&header), Some(text.as_str()));
        }
    }
}
