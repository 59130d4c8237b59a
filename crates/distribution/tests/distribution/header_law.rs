//! What holds for all values of headers.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use wharf_distribution::header::{self, ContentRange, Unsatisfied, UploadRange};
use wharf_distribution::{Challenge, Scope, TokenRequest, link};
use wharf_spec::ByteRange;

/// Two offsets in order, often near the ends of what there is.
fn offsets() -> impl Strategy<Value = (u64, u64)> {
    let offset = || prop_oneof![0..3_u64, any::<u64>(), (u64::MAX - 3)..u64::MAX];
    (offset(), offset()).prop_map(|(one, other)| (one.min(other), one.max(other)))
}

type Parameters = Vec<(String, String)>;

/// A scheme with parameters of different names.
fn challenges() -> impl Strategy<Value = (String, Parameters)> {
    let value = "[ -~éß]{0,12}";
    ("[A-Z][a-z]{1,5}", vec(value, 0..5)).prop_map(|(scheme, values)| {
        let named = values.into_iter().enumerate().map(|(at, value)| (format!("p{at}"), value));
        (scheme, named.collect())
    })
}

fn written((scheme, parameters): &(String, Parameters)) -> String {
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
    format!("{scheme} {}", parameters.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ranges_are_read_as_they_were_written((first, last) in offsets()) {
        let reversed = ByteRange::Between { first: last, last: first };
        let forward = [ByteRange::Between { first, last }, ByteRange::From { first }, ByteRange::Last { length: last }];
        for range in forward.into_iter().chain([reversed]) {
            prop_assert_eq!(header::parse_range(&header::range(range)), Some(range));
        }
        prop_assert_eq!(reversed.resolve(u64::MAX).is_some(), first == last && last < u64::MAX);
    }

    #[test]
    fn sizes_are_read_as_they_were_written(size in any::<u64>(), unit in "(bytes|Bytes|items)", text in "[0-9]{1,20}|\\*|") {
        let outside = Unsatisfied { size };
        prop_assert_eq!(Unsatisfied::parse(&outside.to_string()), Some(outside));
        prop_assert_eq!(ContentRange::parse(&outside.to_string()), None);
        let expected = header::number(&text).filter(|_| unit != "items").map(|size| Unsatisfied { size });
        prop_assert_eq!(Unsatisfied::parse(&format!("{unit} */{text}")), expected);
        prop_assert_eq!(Unsatisfied::parse(&format!("{unit} 0-9/{text}")), None);
    }

    #[test]
    fn texts_are_read_in_one_dialect(text in "[ \t]?(bytes|Bytes)?[= ]?([0-9]{0,20}|\\*)-?([0-9]{0,20})(/[0-9]{1,3}|/\\*)?[ ]?") {
        let (wanted, place) = (header::parse_range(&text), ContentRange::parse(&text));
        let (outside, upload) = (Unsatisfied::parse(&text), UploadRange::parse(&text));
        let dialects = [wanted.is_some(), place.is_some(), outside.is_some(), upload.is_some()];
        prop_assert!(dialects.iter().filter(|read| **read).count() <= 1, "{}", text);
        prop_assert_eq!(wanted.and_then(|range| header::parse_range(&header::range(range))), wanted);
        prop_assert_eq!(place.and_then(|range| ContentRange::parse(&range.to_string())), place);
        prop_assert_eq!(upload.and_then(|range| UploadRange::parse(&range.to_string())), upload);
    }

    #[test]
    fn places_are_read_as_they_were_written((first, last) in offsets(), more in any::<u64>()) {
        let fits = last < u64::MAX;
        let upload = UploadRange { first, last };
        prop_assert_eq!(UploadRange::parse(&upload.to_string()), fits.then_some(upload));
        for size in [None, Some(last.saturating_add(1).saturating_add(more)), Some(last)] {
            let range = ContentRange { first, last, size };
            let fits = fits && size != Some(last);
            prop_assert_eq!(ContentRange::parse(&range.to_string()), fits.then_some(range));
        }
    }

    #[test]
    fn links_are_read_as_they_were_written(target in "[!-=?-~]{0,30}", title in "[ -!#-\\[\\]-~]{0,10}") {
        let (link, other) = (link::encode(&target), format!("</other>; title=\"{title}\"; rel=\"prev\""));
        for header in [format!("{other}, {link}"), format!("{link}, {other}"), link] {
            prop_assert_eq!(link::next(&header), Some(target.as_str()));
        }
    }

    #[test]
    fn challenges_are_read_as_they_were_written(all in vec(challenges(), 0..4)) {
        let header = all.iter().map(written).collect::<Vec<_>>().join(", ");
        let read = Challenge::parse(&header);
        prop_assert_eq!(read.len(), all.len(), "{}", header);
        for (challenge, (scheme, parameters)) in read.iter().zip(&all) {
            prop_assert_eq!(challenge.is(scheme), true);
            for (name, value) in parameters {
                prop_assert_eq!(challenge.parameter(name), Some(value.as_str()), "{}", header);
            }
        }
    }

    /// Whatever the names hold, they arrive at the token service as they are, and nothing that the realm says of them.
    #[test]
    fn token_requests_arrive_as_they_were_meant(service in "[ -~é]{0,12}", names in vec("[!-~é]{1,8}", 0..4)) {
        let realm = ("realm".to_owned(), "https://h/t?scope=theirs&kept=%7e&service=theirs".to_owned());
        let header = written(&("Bearer".into(), vec![realm, ("service".into(), service.clone())]));
        let scopes: Vec<_> = names.iter().map(|name| Scope::parse(&format!("kind:{name}:pull")).unwrap()).collect();
        let url = TokenRequest::new(&Challenge::parse(&header)[0], scopes.clone()).unwrap().url();
        let pairs: Vec<_> = url.query_pairs().collect();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        let texts: Vec<_> = scopes.iter().map(ToString::to_string).collect();
        let own = [("kept", "~"), ("service", &service)].into_iter();
        let expected: Vec<_> = own.chain(texts.iter().map(|text| ("scope", text.as_str()))).collect();
        prop_assert_eq!(pairs, expected);
    }
}
