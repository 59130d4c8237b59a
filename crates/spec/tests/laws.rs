//! Laws of documents that are made here: they read as what they were made of, and are written in one way.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use wharf_spec::{
    Annotations, Authored, Content, Descriptor, Digest, Document, Execution, Healthcheck, History, ImageConfig, Index,
    LayoutHeader, Level, Manifest, MediaType, Platform, annotation,
};

/// Texts that writers and readers of JSON are known to disagree about, among others.
fn text() -> impl Strategy<Value = String> {
    let hard = vec!["", "null", "<a href='&'>", "\u{2028}\u{2029}", "\0\u{1}\u{1f}\u{7f}", "\"\\/", "\u{8}\t\n\u{c}\r"];
    let letters = vec(any::<char>(), 0..12).prop_map(String::from_iter);
    let wide = select(&["é", "e\u{301}", "\u{feff}", "\u{202e}", "\u{ffff}", "\u{10ffff}", "😀", "\\u0041"][..]);
    prop_oneof![select(hard).prop_map(str::to_owned), letters, wide.prop_map(str::to_owned)]
}

fn some_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| text + "x")
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..4)
}

fn map() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(text(), text(), 0..5)
}

fn annotations() -> impl Strategy<Value = Annotations> {
    (map(), proptest::option::of(date())).prop_map(|(mut annotations, created)| {
        annotations.extend(created.map(|created| (annotation::CREATED.to_owned(), created)));
        annotations
    })
}

fn date() -> impl Strategy<Value = String> {
    let dates = vec!["2024-02-29T23:59:60Z", "1970-01-01T00:00:00.000000001+14:00", "9999-12-31t23:59:59z"];
    select(dates).prop_map(str::to_owned)
}

fn media_type() -> impl Strategy<Value = MediaType> {
    let known = [MediaType::LAYER, MediaType::LAYER_GZIP, MediaType::IMAGE_MANIFEST, MediaType::DOCKER_MANIFEST_LIST];
    let other = "[a-zA-Z0-9][a-z.+-]{0,20}/[a-z0-9][A-Z!#$&^_]{0,20}";
    prop_oneof![select(known.to_vec()), other.prop_map(|text| MediaType::parse(&text).unwrap())]
}

fn digest() -> impl Strategy<Value = Digest> {
    let other = select(&["x+y.z-1:A=_-", "md5:99914b932bd37a50b983c5e7c90ae93b"][..]);
    prop_oneof![any::<[u8; 4]>().prop_map(|bytes| Digest::of(&bytes)), other.prop_map(|it| Digest::parse(it).unwrap())]
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![0..=i64::MAX as u64, Just(0), Just(i64::MAX as u64)]
}

fn platform() -> impl Strategy<Value = Platform> {
    let option = || proptest::option::of(text());
    (some_text(), some_text(), option(), texts(), option()).prop_map(
        |(os, architecture, version, features, variant)| {
            let mut platform = Platform::new(os, architecture);
            (platform.os_version, platform.os_features, platform.variant) = (version, features, variant);
            platform
        },
    )
}

fn descriptor() -> impl Strategy<Value = Descriptor> {
    let described =
        (media_type(), digest(), size()).prop_map(|(kind, digest, size)| Descriptor::new(kind, digest, size));
    let embedding = (media_type(), vec(any::<u8>(), 0..40)).prop_map(|(kind, data)| Descriptor::embedding(kind, data));
    let base = prop_oneof![3 => described, 1 => embedding, 1 => Just(Descriptor::empty())];
    let urls = vec(select(&["https://a.example/b?c#d", "HTTP://[::1]:5000/%20", "http://a"][..]), 0..4);
    let more = (urls, annotations(), proptest::option::of(media_type()), proptest::option::of(platform()));
    (base, more).prop_map(|(mut descriptor, (urls, annotations, artifact_type, platform))| {
        descriptor.urls = urls.into_iter().map(str::to_owned).collect();
        (descriptor.annotations, descriptor.artifact_type, descriptor.platform) =
            (annotations, artifact_type, platform);
        descriptor
    })
}

fn subject() -> impl Strategy<Value = Option<Descriptor>> {
    proptest::option::of(descriptor().prop_map(|mut subject| {
        subject.media_type = MediaType::IMAGE_INDEX;
        subject
    }))
}

fn manifest() -> impl Strategy<Value = Manifest> {
    let own = select(vec![None, Some(MediaType::IMAGE_MANIFEST), Some(MediaType::DOCKER_MANIFEST)]);
    (own, media_type(), descriptor(), vec(descriptor(), 0..5), subject(), annotations()).prop_map(
        |(own, artifact_type, config, layers, subject, annotations)| {
            // What has an empty config has to say what it is.
            let mut manifest = Manifest::new(config, layers);
            (manifest.media_type, manifest.artifact_type) = (own, Some(artifact_type));
            (manifest.subject, manifest.annotations) = (subject, annotations);
            manifest
        },
    )
}

fn index() -> impl Strategy<Value = Index> {
    let own = select(vec![None, Some(MediaType::IMAGE_INDEX), Some(MediaType::DOCKER_MANIFEST_LIST)]);
    (own, proptest::option::of(media_type()), vec(descriptor(), 0..5), subject(), annotations()).prop_map(
        |(own, artifact_type, manifests, subject, annotations)| {
            let mut index = Index::new(manifests);
            (index.media_type, index.artifact_type) = (own, artifact_type);
            (index.subject, index.annotations) = (subject, annotations);
            index
        },
    )
}

fn healthcheck() -> impl Strategy<Value = Healthcheck> {
    let time = || proptest::option::of(size().prop_map(Duration::from_nanos));
    (texts(), time(), time(), time(), time(), proptest::option::of(size())).prop_map(
        |(test, interval, timeout, start_period, start_interval, retries)| {
            let mut healthcheck = Healthcheck::default();
            (healthcheck.test, healthcheck.interval, healthcheck.timeout) = (test, interval, timeout);
            (healthcheck.start_period, healthcheck.start_interval) = (start_period, start_interval);
            healthcheck.retries = retries;
            healthcheck
        },
    )
}

fn execution() -> impl Strategy<Value = Execution> {
    let ports = btree_set((any::<u16>(), select(&["", "/tcp", "/udp"][..])).prop_map(|(n, p)| format!("{n}{p}")), 0..4);
    let env = vec((some_text(), text()).prop_map(|(name, value)| format!("{}={value}", name.replace('=', "_"))), 0..4);
    let number = || proptest::option::of(any::<i64>());
    let lists = (env, texts(), texts(), texts(), texts(), ports, btree_set(text(), 0..4), map());
    let others = (text(), text(), text(), any::<bool>(), proptest::option::of(healthcheck()));
    (lists, others, (number(), number(), number(), number())).prop_map(|(lists, others, numbers)| {
        let mut execution = Execution::default();
        (execution.env, execution.entrypoint, execution.cmd) = (lists.0, lists.1, lists.2);
        (execution.on_build, execution.shell) = (lists.3, lists.4);
        (execution.exposed_ports, execution.volumes, execution.labels) = (lists.5, lists.6, lists.7);
        (execution.user, execution.working_dir, execution.stop_signal) = (others.0, others.1, others.2);
        (execution.args_escaped, execution.healthcheck) = (others.3, others.4);
        (execution.stop_timeout, execution.memory, execution.memory_swap, execution.cpu_shares) = numbers;
        execution
    })
}

fn history() -> impl Strategy<Value = History> {
    let option = || proptest::option::of(text());
    (proptest::option::of(date()), option(), option(), option(), any::<bool>()).prop_map(
        |(created, created_by, author, comment, empty_layer)| {
            let mut history = History::default();
            (history.created, history.created_by, history.author) = (created, created_by, author);
            (history.comment, history.empty_layer) = (comment, empty_layer);
            history
        },
    )
}

fn config() -> impl Strategy<Value = ImageConfig> {
    let option = || proptest::option::of(text());
    let run = (execution(), proptest::option::of(execution()));
    let texts = (proptest::option::of(date()), option(), option(), option(), option());
    (platform(), run, vec(digest(), 0..4), vec(history(), 0..4), texts).prop_map(
        |(platform, run, diff_ids, history, texts)| {
            let mut config = ImageConfig::new(platform);
            (config.config, config.container_config) = run;
            (config.rootfs.diff_ids, config.history) = (diff_ids, history);
            (config.created, config.author, config.comment, config.container, config.docker_version) = texts;
            config
        },
    )
}

/// What is made reads as what it was made of, as its own kind and as any, and is written in one way.
fn reads_as_made<T: Authored + Clone + PartialEq + std::fmt::Debug>(made: &T) -> Document<Content> {
    let written = Document::author(made.clone()).unwrap();
    assert_eq!(written.view(), made);
    let read = written.clone().into_raw().decode::<T>().unwrap();
    assert_eq!(read, written);
    assert_eq!(Document::author(read.view().clone()).unwrap().bytes(), written.bytes());
    assert_eq!(Document::assemble(made.clone()).unwrap(), written);
    assert!(read.unknown().is_empty());
    assert!(read.violations().iter().all(|violation| violation.rule().level() == Level::Should));
    is_tight(written.bytes());
    written.into_raw().decode().unwrap()
}

/// No white space, and nothing escaped that need not be: as long as what another writer makes of it.
fn is_tight(bytes: &[u8]) {
    let other: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    assert_eq!(other.to_string().len(), bytes.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn manifests_read_as_they_were_made(made in manifest()) {
        let Content::Manifest(read) = reads_as_made(&made).view().clone() else { panic!("a manifest") };
        prop_assert_eq!(read, made);
    }

    #[test]
    fn indexes_read_as_they_were_made(made in index()) {
        let Content::Index(read) = reads_as_made(&made).view().clone() else { panic!("an index") };
        prop_assert_eq!(read, made);
    }

    #[test]
    fn configs_read_as_they_were_made(made in config()) {
        let Content::Config(read) = reads_as_made(&made).view().clone() else { panic!("a config") };
        prop_assert_eq!(read, made);
    }

    #[test]
    fn headers_of_layouts_read_as_they_were_made(version in text()) {
        let mut made = LayoutHeader::decode(LayoutHeader::V1.as_bytes()).unwrap();
        made.image_layout_version = version;
        let Content::Layout(read) = reads_as_made(&made).view().clone() else { panic!("a header") };
        prop_assert_eq!(read, made);
    }

    #[test]
    fn artifacts_break_no_rule(kind in media_type(), layers in vec(descriptor(), 0..4), image in descriptor()) {
        let mut subject = image;
        subject.media_type = MediaType::IMAGE_MANIFEST;
        let artifact = Manifest::artifact(kind, layers).with_subject(subject).with_annotation("b", "1");
        prop_assert!(reads_as_made(&artifact).view().blobs().count() > 0);
    }
}

/// Everything a manifest can have, in the order in which it is written, whatever the order in which it was put together.
const MANIFEST: &str = concat!(
    r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"a/b","#,
    r#""config":{"mediaType":"application/vnd.oci.empty.v1+json","#,
    r#""digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"data":"e30="},"#,
    r#""layers":[{"mediaType":"c/d","digest":"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","#,
    r#""size":5,"urls":["https://z.example/","http://a.example/?b=c&d"],"annotations":{"A":"","a":"1","a.b":"2","é":"3"},"#,
    r#""data":"aGVsbG8=","artifactType":"e/f","#,
    r#""platform":{"architecture":"amd64","os":"windows","os.version":"10.0","os.features":["win32k"],"variant":"v2"}}],"#,
    r#""subject":{"mediaType":"application/vnd.oci.image.index.v1+json","#,
    r#""digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"#,
    r#""annotations":{"\u0000\u0001\u001f":"\b\t\n\f\r\"\\","#,
    "\"<a href='&'>\":\"\u{2028}\u{2029}é😀\u{7f}/\"}}",
);

#[test]
fn a_manifest_is_written_member_by_member() {
    let mut layer = Descriptor::embedding(MediaType::parse("c/d").unwrap(), "hello")
        .with_annotation("é", "3")
        .with_annotation("a.b", "2")
        .with_annotation("A", "")
        .with_annotation("a", "1");
    layer.urls = vec!["https://z.example/".into(), "http://a.example/?b=c&d".into()];
    layer.artifact_type = Some(MediaType::parse("e/f").unwrap());
    let mut platform = Platform::new("windows", "amd64");
    platform.variant = Some("v2".into());
    platform.os_features = vec!["win32k".into()];
    platform.os_version = Some("10.0".into());
    let manifest = Manifest::artifact(MediaType::parse("a/b").unwrap(), vec![layer.with_platform(platform)])
        .with_annotation("\0\u{1}\u{1f}", "\u{8}\t\n\u{c}\r\"\\")
        .with_annotation("<a href='&'>", "\u{2028}\u{2029}é😀\u{7f}/")
        .with_subject(Descriptor::of(MediaType::IMAGE_INDEX, b"{}"));
    let written = Document::author(manifest).unwrap();
    assert_eq!(std::str::from_utf8(written.bytes()).unwrap(), MANIFEST);
}

/// Everything a configuration can have.
const CONFIG: &str = concat!(
    r#"{"created":"2024-02-29T00:00:00Z","author":"a","architecture":"arm","variant":"v7","os":"linux","os.version":"b","#,
    r#""os.features":["c"],"config":{"User":"d","ExposedPorts":{"443/tcp":{},"80":{}},"Env":["B=2","A=1"],"#,
    r#""Entrypoint":["e"],"Cmd":["f",""],"Volumes":{"/g":{}},"WorkingDir":"/h","Labels":{"I":"","i":"j"},"#,
    r#""StopSignal":"9","StopTimeout":-1,"ArgsEscaped":true,"Healthcheck":{"Test":["NONE"],"Interval":1,"Timeout":2,"#,
    r#""StartPeriod":3,"StartInterval":4000000000,"Retries":5},"OnBuild":["RUN k"],"Shell":["l"],"Memory":6,"#,
    r#""MemorySwap":7,"CpuShares":8},"rootfs":{"type":"layers","diff_ids":["#,
    r#""sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"]},"history":[{"#,
    r#""created":"2024-02-29T00:00:00Z","created_by":"m","author":"n","comment":"o"},{"empty_layer":true}],"#,
    r#""comment":"p","container":"q","container_config":{},"docker_version":"r"}"#,
);

#[test]
fn a_config_is_written_member_by_member() {
    let config = Document::new(MediaType::IMAGE_CONFIG, CONFIG).decode::<ImageConfig>().unwrap();
    assert_eq!(Document::author(config.view().clone()).unwrap().bytes(), CONFIG);
    // Each member is where it belongs.
    let ImageConfig { config: run, history, .. } = config.view().clone();
    let health = run.healthcheck.unwrap();
    let times = [health.interval, health.timeout, health.start_period, health.start_interval];
    assert_eq!(times.map(|time| time.unwrap().as_nanos()), [1, 2, 3, 4_000_000_000]);
    assert_eq!([run.stop_timeout, run.memory, run.memory_swap, run.cpu_shares].map(Option::unwrap), [-1, 6, 7, 8]);
    assert_eq!(history.iter().map(|step| step.empty_layer).collect::<Vec<_>>(), [false, true]);
}
