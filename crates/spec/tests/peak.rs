//! How much memory it takes to read a document, by an allocator that counts: at every limit and on both sides of it, and
//! for the documents that were made to take as much as they can.
//!
//! The counter is one for the process, so there is one test here.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use std::hint::black_box;
use std::iter::repeat_n;

use peak_alloc::PeakAlloc;
use wharf_spec::{Content, DecodeErrorKind, Document, Limits, MediaType};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The shortest that there is; nothing here is hashed.
const DIGEST: &str = "a:b";

/// What a document at a limit may take, as a multiple of its size. The most is seen at 16,384 of the shortest descriptors,
/// of 43 bytes each: 11.3 times, since a descriptor has room for members that these do not have, and the list of them is
/// copied when it grows.
const AT_A_LIMIT: usize = 12;

/// What any document may take, as a multiple of its size. The most is seen at 16,384 steps of a history that are `{}`: 52
/// times the 48 KiB that they are written in.
const AT_WORST: usize = 56;

/// What any document may take at all, which is 16 times the size of the largest. The most is seen at descriptors with 33
/// of the smallest annotations each, which leave the nodes of the maps half empty: 52 MiB, or 12.9 times; unknown names of
/// one letter, in one object, take 24 MiB.
const AT_ALL: usize = 64 << 20;

/// What a document may take besides.
const ALWAYS: usize = 4 << 10;

#[test]
fn reading_takes_a_small_multiple_of_the_document() {
    // What is set up once, by whatever comes first, is not the document's.
    assert_eq!(measure(&manifest("", "")).0, Ok(()));
    at_the_limits();
    at_worst();
    what_is_told();
}

/// Reads documents on both sides of each limit.
fn at_the_limits() {
    let limits = Limits::default();
    let x = |count: usize| "x".repeat(count);
    check("document_bytes", limits.document_bytes, DecodeErrorKind::TooLarge, |size| {
        let text = config(&format!(r#""author":"{}""#, x(size / 2)));
        let spaces = " ".repeat(size - text.1.len());
        (text.0, text.1 + &spaces)
    });
    check("descriptors", limits.descriptors, DecodeErrorKind::TooManyDescriptors, |count| {
        index(&repeat_n(format!("{{{}}}", descriptor("a/b")), count).collect::<Vec<_>>().join(","))
    });
    check("nesting", limits.nesting, DecodeErrorKind::TooDeep, |depth| {
        // The document itself is the first.
        manifest("", &format!(r#","x":{}{}"#, "[".repeat(depth - 1), "]".repeat(depth - 1)))
    });
    check("annotations", limits.annotations, DecodeErrorKind::TooManyAnnotations, |count| {
        let annotations: Vec<_> = (0..count).map(|number| format!(r#""{number:05}":"""#)).collect();
        manifest("", &format!(r#","annotations":{{{}}}"#, annotations.join(",")))
    });
    check("urls", limits.urls, DecodeErrorKind::TooManyUrls, |count| {
        manifest(&format!(r#","urls":[{}]"#, vec![r#""http://a""#; count].join(",")), "")
    });
    check("url_bytes", limits.url_bytes, DecodeErrorKind::TooManyUrls, |size| {
        manifest(&format!(r#","urls":["{}"]"#, x(size)), "")
    });
    check("data_bytes", limits.data_bytes, DecodeErrorKind::TooMuchData, |size| {
        manifest(&format!(r#","data":"{}""#, base64(size)), "")
    });
    check("all_data_bytes", limits.all_data_bytes, DecodeErrorKind::TooMuchData, |size| {
        let third = size / 3;
        let parts = [third, third, size - 2 * third];
        let entries = parts.map(|size| format!(r#"{{{},"data":"{}"}}"#, descriptor("a/b"), base64(size)));
        index(&entries.join(","))
    });
    check("entries", limits.entries, DecodeErrorKind::TooManyEntries, |count| {
        config(&format!(r#""config":{{"Env":[{}]}}"#, vec![r#""A=1""#; count].join(",")))
    });
    check("entries", limits.entries, DecodeErrorKind::TooManyEntries, |count| {
        config(&format!(r#""config":{{"Labels":{}}}"#, object(count, |number| format!(r#""{number:05}":"""#))))
    });
    check("entries", limits.entries, DecodeErrorKind::TooManyEntries, |count| {
        config(&format!(r#""config":{{"Volumes":{}}}"#, object(count, |number| format!(r#""{number:05}":{{}}"#))))
    });
}

/// Reads a document below, at and above a limit.
fn check(limit: &str, most: usize, kind: DecodeErrorKind, document: impl Fn(usize) -> (MediaType, String)) {
    for (size, fits) in [(most - 1, true), (most, true), (most + 1, false)] {
        let document = document(size);
        let (read, peak) = measure(&document);
        assert_eq!(read, if fits { Ok(()) } else { Err(kind) }, "{limit}: {size} of {most}");
        let length = document.1.len();
        assert!(peak <= AT_A_LIMIT * length + ALWAYS, "{limit}: {size} of {most}, {length} bytes take {peak}");
    }
}

/// Reads documents in which little text means as much as it can, as many times over as they have room for.
fn at_worst() {
    let largest = Limits::default().document_bytes;
    let entries = Limits::default().entries;
    let room = largest - 256;
    let list = |name: &str| format!(r#""{name}":{}"#, array(entries, |_| r#""""#.into()));
    let lists = ["Env", "Entrypoint", "Cmd", "OnBuild", "Shell"].map(list).join(",");
    let features = format!(r#"{{{},"platform":{{{}}}}}"#, descriptor("a/b"), list("os.features"));
    let accepted = [
        unknown(&object(room / 11, |number| format!(r#""{number:05x}":1"#))),
        unknown(&object(room / 17, |number| format!(r#""\u0061{number:05x}":1"#))),
        unknown(&array(room / 14, |_| r#"{"a":1,"b":2}"#.into())),
        unknown(&array(room / 7, |_| r#"{"":1}"#.into())),
        unknown(&array(room / 2, |_| "1".into())),
        unknown(&array(room / 3, |_| "[]".into())),
        config(&format!(r#""author":"{}""#, r"\u0041".repeat(room / 6))),
        index_with(""),
        index_with(r#","platform":{}"#),
        index_with(r#","data":"QQ==""#),
        index_with(r#","urls":[""]"#),
        index_with(&format!(r#","urls":[{}]"#, [r#""""#; 16].join(","))),
        index_with(&annotations(1)),
        index_with(&annotations(12)),
        index_with(&annotations(33)),
        index_with(&annotations(1_024)),
        index_with(&annotations(16_384)),
        manifest("", &format!(r#","annotations":{{"a":"{}"}}"#, "x".repeat(room))),
        manifest(
            "",
            &format!(r#","annotations":{}"#, object(390, |number| format!(r#""{number}":"{}""#, "x".repeat(10_000)))),
        ),
        index(&repeat_n(features.clone(), room / (features.len() + 1)).collect::<Vec<_>>().join(",")),
        config(&format!(r#""config":{{{}}}"#, list("Env"))),
        config(&format!(r#""config":{{{lists}}},"container_config":{{{lists}}},{}"#, list("os.features"))),
        config(&format!(r#""history":{}"#, array(entries, |_| "{}".into()))),
        config(&format!(r#""rootfs":{{"diff_ids":{}}}"#, array(entries, |_| format!(r#""{DIGEST}""#)))),
        config(&format!(r#""config":{{"Labels":{}}}"#, object(entries, |number| format!(r#""{number:x}":"""#)))),
        config(&format!(r#""config":{{"Volumes":{}}}"#, object(entries, |number| format!(r#""{number:x}":{{}}"#)))),
    ];
    for document in &accepted {
        assert_eq!(take(document), Ok(()), "{:.150}", document.1);
    }
    // That a name is there twice is found out when its object ends.
    let same = object(room / 6, |_| r#""a":1"#.into());
    assert_eq!(take(&unknown(&same)), Err(DecodeErrorKind::Duplicate));
    assert_eq!(take(&unknown(&format!("{}{same}{}", "[".repeat(60), "]".repeat(60)))), Err(DecodeErrorKind::Duplicate));
}

/// Documents of which there is much to tell: rules that are broken, and members that are not known.
fn what_is_told() {
    let entries = Limits::default().entries;
    let nulls = |names: &[&str]| names.iter().map(|name| format!(r#","{name}":null"#)).collect::<String>();
    let platform = nulls(&["os", "architecture", "variant", "os.version", "os.features"]);
    let long = "\u{7f}".repeat(4_000_000);
    let many = object(300_000, |number| format!(r#""{number:05x}":1"#));
    let documents = [
        index_with(&format!(r#","urls":[{}]"#, [r#""""#; 16].join(","))),
        index_with(&nulls(&["urls", "data", "annotations", "platform", "artifactType"])),
        index_with(&format!(r#","platform":{{"":0{platform}}}"#)),
        config(&format!(r#""config":{{"Env":{}}}"#, array(entries, |_| r#""""#.into()))),
        config(&format!(r#""history":{}"#, array(entries, |_| r#"{"created":""}"#.into()))),
        config(&format!(r#""history":{}"#, array(entries, |_| r#"{"a":1,"b":1,"c":1,"d":1,"e":1}"#.into()))),
        config(&format!(r#""config":{{"ExposedPorts":{{"{long}":{{}}}}}}"#)),
        config(&format!(r#""config":{{"Volumes":{}}}"#, object(entries, |number| format!(r#""{number:x}":{{"":1}}"#)))),
        // What is below a name that its author chose is not told member by member: each would have the name in its path.
        config(&format!(r#""config":{{"Volumes":{{"{}":{many}}}}}"#, "x".repeat(500_000))),
        config(&format!(r#""x":0,{}"#, many.strip_prefix('{').and_then(|many| many.strip_suffix('}')).unwrap())),
    ];
    for (media_type, text) in documents {
        let read = Document::new(media_type, text).decode::<Content>().unwrap();
        let length = read.bytes().len();
        let (violations, by_rules) = counted(|| read.violations().len());
        let (unknown, by_names) = counted(|| read.unknown().len());
        assert!(violations + unknown >= 1, "{length}");
        for peak in [by_rules, by_names] {
            assert!(peak <= AT_WORST * length + ALWAYS && peak <= AT_ALL, "{length} bytes take {peak}");
        }
    }
}

/// What becomes of a document that takes no more than any may.
fn take(document: &(MediaType, String)) -> Result<(), DecodeErrorKind> {
    let length = document.1.len();
    assert!(length <= Limits::default().document_bytes, "{length}: {:.150}", document.1);
    let (read, peak) = measure(document);
    assert!(peak <= AT_WORST * length + ALWAYS, "{length} bytes take {peak}: {:.150}", document.1);
    assert!(peak <= AT_ALL, "{length} bytes take {peak}: {:.150}", document.1);
    read
}

/// What becomes of a document, and how much memory was used at once for that, the document's own bytes not counted.
fn measure((media_type, text): &(MediaType, String)) -> (Result<(), DecodeErrorKind>, usize) {
    let document = Document::new(media_type.clone(), text.clone());
    let (decoded, peak) = counted(|| document.decode::<Content>());
    (decoded.map(drop).map_err(|error| error.kind()), peak)
}

/// What something gives, and how much memory was used at once for that.
fn counted<T>(what: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let given = black_box(what());
    (given, MEMORY.peak_usage() - before)
}

fn descriptor(media_type: &str) -> String {
    format!(r#""mediaType":"{media_type}","size":0,"digest":"{DIGEST}""#)
}

/// A manifest with more in its config's descriptor, and more in itself.
fn manifest(in_config: &str, here: &str) -> (MediaType, String) {
    let config = descriptor("a/b");
    (MediaType::IMAGE_MANIFEST, format!(r#"{{"schemaVersion":2,"config":{{{config}{in_config}}},"layers":[]{here}}}"#))
}

fn index(entries: &str) -> (MediaType, String) {
    (MediaType::IMAGE_INDEX, format!(r#"{{"schemaVersion":2,"manifests":[{entries}]}}"#))
}

fn config(members: &str) -> (MediaType, String) {
    (MediaType::IMAGE_CONFIG, format!("{{{members}}}"))
}

fn unknown(value: &str) -> (MediaType, String) {
    (MediaType::IMAGE_INDEX, format!(r#"{{"schemaVersion":2,"manifests":[],"x":{value}}}"#))
}

/// The base64 of so many bytes.
fn base64(size: usize) -> String {
    let rest = match size % 3 {
        0 => "",
        1 => "AA==",
        _ => "AAA=",
    };
    "A".repeat(size / 3 * 4) + rest
}

fn array(count: usize, item: impl Fn(usize) -> String) -> String {
    format!("[{}]", (0..count).map(item).collect::<Vec<_>>().join(","))
}

fn object(count: usize, member: impl Fn(usize) -> String) -> String {
    format!("{{{}}}", (0..count).map(member).collect::<Vec<_>>().join(","))
}

/// As many descriptors as there may be, or as there is room for, with more members.
fn index_with(members: &str) -> (MediaType, String) {
    let one = format!("{{{}{members}}}", descriptor("a/b"));
    let limits = Limits::default();
    let count = limits.descriptors.min((limits.document_bytes - 64) / (one.len() + 1));
    index(&repeat_n(one, count).collect::<Vec<_>>().join(","))
}

/// Annotations with the shortest of names.
fn annotations(count: u32) -> String {
    let names = (u32::from('a')..).filter_map(char::from_u32).take(count as usize);
    let members: Vec<_> = names.map(|name| format!(r#""{name}":"""#)).collect();
    format!(r#","annotations":{{{}}}"#, members.join(","))
}
