//! The index under a fallback tag, which several write at once, in all orders.

use http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use wharf_distribution::referrers::{
    Change, Fault, Filter, List, Reason, Request, Step, Update, has_no_list, keeps_index,
};
use wharf_reference::Repository;
use wharf_spec::{Descriptor, Digest, Document, Index, MediaType};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// An index with members and an entry that nobody here knows all of, written as nobody here would.
const FOREIGN: &str = r#"{ "schemaVersion": 2, "x-note": {"b" : 1, "a": 1.50},
 "manifests": [ {"mediaType":"application/vnd.oci.image.manifest.v1+json", "size": 2,
 "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "x-state" : [1, 2.0 ,"\u00e9"]} ],
 "annotations": {"z":"1","a":"2"}, "x-last": null }"#;

/// What of it has to be there, whatever is added.
const KEPT: [&str; 4] = [
    r#""x-note":{"b" : 1, "a": 1.50}"#,
    "\"size\": 2,\n \"digest\":\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\", \"x-state\" : [1, 2.0 ,\"\\u00e9\"]}",
    r#""annotations":{"z":"1","a":"2"}"#,
    r#""x-last":null"#,
];

fn subject() -> Digest {
    Digest::of(b"the subject")
}

fn entry(name: &str) -> Descriptor {
    Descriptor::of(MediaType::IMAGE_MANIFEST, name.as_bytes())
}

fn add(name: &str) -> Change {
    Change::Add(Box::new(entry(name)))
}

fn remove(name: &str) -> Change {
    Change::Remove(entry(name).digest)
}

fn index(names: &[&str]) -> Vec<u8> {
    let index = Index::new(names.iter().map(|name| entry(name)).collect());
    Document::assemble(index).unwrap().bytes().to_vec()
}

/// One tag of a registry.
#[derive(Clone, Default)]
struct Tag {
    content: Option<Vec<u8>>,
    /// Holds conditions, and says so.
    conditions: bool,
    /// Does not delete.
    keeps: bool,
    writes: usize,
}

impl Tag {
    fn answer(&mut self, request: &Request) -> (u16, HeaderMap, Vec<u8>) {
        let now = self.content.as_ref().map(|content| format!("\"{}\"", Digest::of(content)));
        let said = |name| request.headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
        let (same, nothing) = (said(IF_MATCH), said(IF_NONE_MATCH));
        let fails = same.is_some_and(|tag| now != Some(tag)) || nothing.is_some() && now.is_some();
        let plain = |status| (status, HeaderMap::new(), Vec::new());
        match (request.endpoint.method(), &self.content) {
            (Method::GET, None) => plain(404),
            (Method::GET, Some(content)) => {
                let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(INDEX))]);
                let etag = now.filter(|_| self.conditions).map(|tag| HeaderValue::try_from(tag).unwrap());
                headers.extend(etag.map(|tag| (ETAG, tag)));
                (200, headers, content.clone())
            }
            (Method::DELETE, _) if self.keeps => plain(405),
            _ if self.conditions && fails => plain(412),
            (Method::DELETE, content) => {
                let status = if content.is_some() { 202 } else { 404 };
                self.content = None;
                plain(status)
            }
            _ => {
                let content = request.content.as_ref().unwrap();
                assert_eq!(content.digest(), &Digest::of(content.bytes()));
                (self.content, self.writes) = (Some(content.bytes().to_vec()), self.writes + 1);
                plain(201)
            }
        }
    }

    fn names(&self) -> Option<Vec<Digest>> {
        let document = Document::new(MediaType::IMAGE_INDEX, self.content.clone()?).decode::<Index>().unwrap();
        Some(document.view().manifests.iter().map(|entry| entry.digest.clone()).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.names().is_some_and(|names| names.contains(&entry(name).digest))
    }
}

fn update(changes: Vec<Change>) -> Update {
    Update::new(&Repository::from_static("a"), &subject(), changes)
}

/// Somebody in the middle of an update.
struct Writer(Update, Step);

impl Writer {
    fn new(changes: Vec<Change>) -> Self {
        let mut update = update(changes);
        let step = update.start();
        Self(update, step)
    }

    /// Makes one request, if there is one to be made.
    fn step(&mut self, tag: &mut Tag) -> bool {
        let Step::Send(request) = &self.1 else { return false };
        let (status, headers, body) = tag.answer(request);
        self.1 = self.0.on(StatusCode::from_u16(status).unwrap(), &headers, &body);
        true
    }

    fn run(&mut self, tag: &mut Tag) -> Step {
        let mut steps = 0;
        while self.step(tag) {
            steps += 1;
            assert!(steps <= 15, "it does not end");
        }
        self.1.clone()
    }
}

#[test]
fn what_others_wrote_keeps_its_bytes() {
    let mut tag = Tag { content: Some(FOREIGN.into()), ..Tag::default() };
    for (changes, has) in [(vec![add("a"), add("b")], true), (vec![remove("a")], false), (vec![remove("b")], false)] {
        assert_eq!(Writer::new(changes).run(&mut tag), Step::Done);
        let text = String::from_utf8(tag.content.clone().unwrap()).unwrap();
        assert!(KEPT.iter().all(|kept| text.contains(kept)), "{text}");
        assert_eq!(tag.has("a"), has);
    }
    assert_eq!(tag.names().unwrap(), [Digest::of(b"{}")]);
    assert_eq!(Writer::new(vec![remove("a"), add("{}")]).run(&mut tag), Step::Done);
    assert_eq!(tag.writes, 3, "what is so already is not written");
}

/// Two who add, in all orders of their requests.
#[test]
fn with_conditions_nobody_s_entry_is_lost() {
    for begin in [None, Some(index(&[])), Some(FOREIGN.into())] {
        for order in 0..1 << 9 {
            let mut tag = Tag { content: begin.clone(), conditions: true, ..Tag::default() };
            let mut writers = [Writer::new(vec![add("a")]), Writer::new(vec![add("b")])];
            for turn in 0..9 {
                writers[order >> turn & 1].step(&mut tag);
            }
            for writer in &mut writers {
                assert_eq!(writer.run(&mut tag), Step::Done, "{order:b}");
            }
            assert!(tag.has("a") && tag.has("b"), "{order:b}");
            assert_eq!(tag.names().unwrap().len(), 2 + usize::from(begin == Some(FOREIGN.into())), "each once");
        }
    }
}

/// One who adds and one who takes out the last entry.
#[test]
fn a_tag_that_becomes_empty_is_not_deleted_under_another_s_entry() {
    for keeps in [false, true] {
        for order in 0..1 << 9 {
            let mut tag = Tag { content: Some(index(&["old"])), conditions: true, keeps, ..Tag::default() };
            let mut writers = [Writer::new(vec![add("a")]), Writer::new(vec![remove("old")])];
            for turn in 0..9 {
                writers[order >> turn & 1].step(&mut tag);
            }
            for writer in &mut writers {
                assert_eq!(writer.run(&mut tag), Step::Done, "{order:b}");
            }
            assert_eq!(tag.names(), Some(vec![entry("a").digest]), "{order:b}");
        }
    }
    for (keeps, left) in [(false, None), (true, Some(vec![]))] {
        let mut tag = Tag { content: Some(index(&["old"])), keeps, ..Tag::default() };
        assert_eq!(Writer::new(vec![remove("old")]).run(&mut tag), Step::Done);
        assert_eq!(tag.names(), left);
    }
}

/// Where nobody holds a condition, the last one wins; but whoever comes after another loses nothing, and what a third
/// wrote before stays.
#[test]
fn without_conditions_the_last_writer_wins() {
    let (mut both, mut one) = (0, 0);
    for order in 0..1 << 4 {
        let mut tag = Tag { content: Some(FOREIGN.into()), ..Tag::default() };
        let mut writers = [Writer::new(vec![add("a")]), Writer::new(vec![add("b")])];
        for turn in 0..4 {
            writers[order >> turn & 1].step(&mut tag);
        }
        writers.iter_mut().for_each(|writer| assert_eq!(writer.run(&mut tag), Step::Done));
        let text = String::from_utf8(tag.content.clone().unwrap()).unwrap();
        assert!(KEPT.iter().all(|kept| text.contains(kept)));
        match (tag.has("a"), tag.has("b")) {
            (true, true) => both += 1,
            (false, false) => panic!("{order:b}"),
            _ => one += 1,
        }
    }
    assert!(both > 0 && one > 0);
}

#[test]
fn who_is_always_too_late_gives_up() {
    let mut tag = Tag { content: Some(index(&[])), conditions: true, ..Tag::default() };
    let mut writer = Writer::new(vec![add("a")]);
    for round in 0..5 {
        assert!(writer.step(&mut tag));
        tag.content = Some(index(&[&round.to_string()]));
        assert!(writer.step(&mut tag));
    }
    assert_eq!(writer.1, Step::GiveUp(Reason::Refused(StatusCode::PRECONDITION_FAILED)));
    assert_eq!(tag.names().unwrap().len(), 1, "the others' last one");
}

/// A registry that refuses to create what is not there, under the condition that it is not there.
#[test]
fn a_condition_that_does_not_help_is_left_out() {
    let mut update = update(vec![add("a")]);
    let mut step = update.start();
    let mut conditions = Vec::new();
    for status in [404, 412, 404, 201] {
        let Step::Send(request) = &step else { panic!("{step:?}") };
        conditions.push(request.headers.contains_key(IF_NONE_MATCH));
        step = update.on(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), b"");
    }
    assert_eq!((step, conditions), (Step::Done, vec![false, true, false, false]));
}

/// What is under the tag, and whether a fault is the one that it has.
type Answer<'a> = (HeaderMap, &'a [u8], fn(&Fault) -> bool);

#[test]
fn what_is_no_index_is_never_written_over() {
    let kind = |kind: &str| HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::try_from(kind).unwrap())]);
    let with = |name, value: &str| {
        let mut headers = kind(INDEX);
        headers.append(http::HeaderName::from_static(name), HeaderValue::try_from(value).unwrap());
        headers
    };
    let other = Digest::of(b"other").to_string();
    let whole = index(&[]);
    let table: [Answer<'_>; 8] = [
        (kind("application/vnd.oci.image.manifest.v1+json"), &whole, |fault| *fault == Fault::NoIndex),
        (kind("application/vnd.docker.distribution.manifest.list.v2+json"), &whole, |fault| *fault == Fault::NoIndex),
        (kind("text/html"), b"<html>", |fault| *fault == Fault::NoIndex),
        (kind(INDEX), b"{", |fault| *fault == Fault::NoIndex),
        (with("docker-content-digest", &other), &whole, |fault| matches!(fault, Fault::Content(_))),
        (with("docker-content-digest", "x"), &whole, |fault| *fault == Fault::Digest),
        (with("content-encoding", "gzip"), &whole, |fault| *fault == Fault::Coding),
        (with("content-type", "text/html"), &whole, |fault| matches!(fault, Fault::Header(_))),
    ];
    for (number, (headers, body, expected)) in table.into_iter().enumerate() {
        let mut update = update(vec![add("a")]);
        update.start();
        match update.on(StatusCode::OK, &headers, body) {
            Step::GiveUp(Reason::Fault(fault)) => assert!(expected(&fault), "{number}: {fault:?}"),
            other => panic!("{number}: {other:?}"),
        }
    }
    // Some registries read the tag as the digest that it is made of.
    let itself = index(&["x"]);
    let mut update = Update::new(&Repository::from_static("a"), &Digest::of(&itself), vec![add("a")]);
    update.start();
    assert_eq!(update.on(StatusCode::OK, &kind(INDEX), &itself), Step::GiveUp(Reason::Fault(Fault::NoIndex)));
}

/// What a registry says, what it does, and whether the index is kept.
#[test]
fn the_index_is_kept_for_those_who_do_not_list() {
    let table = [
        (List::Has, Some(false), Some(false)),
        (List::Lacks, None, Some(false)),
        (List::Ends, Some(true), Some(false)),
        (List::IsNone, Some(true), Some(true)),
        (List::CannotBeAsked, Some(true), Some(false)),
    ];
    for (list, unnamed, named) in table {
        assert_eq!((keeps_index(false, list), keeps_index(true, list)), (unnamed, named), "{list:?}");
    }
    let none: Vec<_> = (100..600).filter(|status| has_no_list(StatusCode::from_u16(*status).unwrap(), false)).collect();
    assert_eq!(none, [400, 404, 405, 406, 501]);
    assert!(has_no_list(StatusCode::TOO_MANY_REQUESTS, true));
}

#[test]
fn a_list_is_filtered_by_who_has_not_done_it() {
    let kind = |text: &str| MediaType::parse(text).unwrap();
    let mut wanted = entry("a");
    wanted.artifact_type = Some(kind("a/b"));
    let all = vec![wanted.clone(), entry("b")];
    for (said, left) in [("artifactType", 2), ("other, artifactType", 2), ("artifacttype", 1), ("other", 1), ("", 1)] {
        let name = http::HeaderName::from_static("oci-filters-applied");
        let headers = HeaderMap::from_iter([(name, HeaderValue::try_from(said).unwrap())]);
        let mut entries = all.clone();
        Filter::new(Some(kind("a/b"))).apply(&headers, &mut entries);
        assert_eq!(entries.len(), left, "{said}");
        assert_eq!(entries[0], wanted);
    }
    let mut entries = all.clone();
    Filter::default().apply(&HeaderMap::new(), &mut entries);
    assert_eq!(entries, all);
}
