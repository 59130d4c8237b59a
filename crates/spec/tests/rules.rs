//! Rules of single values, by tables of what keeps them and what breaks them.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use wharf_spec::{
    Annotations, ArtifactManifest, Authored, Descriptor, Document, ImageConfig, Index, Level, Manifest, MediaType,
    Platform, Rule, annotation,
};

fn layer() -> Descriptor {
    Descriptor::of(MediaType::LAYER, b"layer")
}

fn manifest(layer: Descriptor) -> Manifest {
    Manifest::new(Descriptor::of(MediaType::IMAGE_CONFIG, b"{}"), vec![layer])
}

/// The paths at which a rule is broken.
fn broken(view: impl Authored, rule: Rule) -> Vec<String> {
    let violations = Document::assemble(view).unwrap().violations();
    let told = violations.iter().filter(|violation| violation.rule() == rule);
    told.map(|violation| violation.path().to_owned()).collect()
}

#[test]
fn urls_are_absolute_and_of_the_web() {
    let at = |url: &str| {
        let mut layer = layer();
        layer.urls = vec!["https://a.example".into(), url.into()];
        broken(manifest(layer), Rule::Url)
    };
    for right in ["http://a", "HTTPS://A.example:443/b?c=d#e", "https://[::1]/", "https://a/%41~!$&'()*+,;=:@"] {
        assert_eq!(at(right), Vec::<String>::new(), "{right}");
    }
    for wrong in [
        "",
        "http://",
        "https:///b",
        "https://?a",
        "https://#",
        "http:a",
        "//a",
        "a",
        "ftp://a",
        "file:///etc/passwd",
        "httpss://a",
        " https://a",
        "https://a b",
        "https://a\n",
        "https://é",
        "https://a/<b>",
        "https://a/\"",
        "https://a\\b",
    ] {
        assert_eq!(at(wrong), ["$.layers[0].urls[1]"], "{wrong}");
    }
}

#[test]
fn ports_and_variables_have_their_grammar() {
    let port = |port: &str| {
        let mut config = ImageConfig::new(Platform::new("linux", "amd64"));
        config.config.exposed_ports.insert(port.into());
        broken(config, Rule::ExposedPort)
    };
    for right in ["0", "80", "65535", "80/tcp", "53/udp"] {
        assert_eq!(port(right), Vec::<String>::new(), "{right}");
    }
    for wrong in ["", "65536", "-1", "+80", "80/", "80/sctp", "80/TCP", "/tcp", "80-90", "80/tcp/udp", " 80", "٣"] {
        assert_eq!(port(wrong).len(), 1, "{wrong}");
    }
    let variable = |variable: &str| {
        let mut config = ImageConfig::new(Platform::new("linux", "amd64"));
        config.config.env = vec!["A=1".into(), variable.into()];
        broken(config, Rule::Env)
    };
    for right in ["A=", "A=b=c", "a b=c", "é=1"] {
        assert_eq!(variable(right), Vec::<String>::new(), "{right}");
    }
    for wrong in ["", "A", "=", "=A"] {
        assert_eq!(variable(wrong), ["$.config.Env[1]"], "{wrong}");
    }
}

#[test]
fn a_subject_is_a_manifest() {
    let at = |media_type: &str| {
        let mut subject = layer();
        subject.media_type = MediaType::parse(media_type).unwrap();
        let index = Index::new(Vec::new()).with_subject(subject.clone());
        let paths = broken(manifest(layer()).with_subject(subject), Rule::SubjectKind);
        assert_eq!(broken(index, Rule::SubjectKind), paths);
        paths
    };
    for right in ["application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json", "a/unknown"]
    {
        assert_eq!(at(right), Vec::<String>::new(), "{right}");
    }
    for wrong in ["application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip"] {
        assert_eq!(at(wrong), ["$.subject.mediaType"], "{wrong}");
    }
}

#[test]
fn dates_and_names_of_annotations_have_their_grammar() {
    let made = |key: &str, value: &str| Annotations::from([(key.to_owned(), value.to_owned())]);
    let with = |annotations: &Annotations| {
        let mut entry = layer();
        entry.annotations = annotations.clone();
        let mut index = Index::new(vec![layer(), entry.clone()]).with_subject(entry);
        index.annotations = annotations.clone();
        index
    };
    let paths = [
        "$.manifests[1].annotations['org.opencontainers.image.created']",
        "$.subject.annotations['org.opencontainers.image.created']",
        "$.annotations['org.opencontainers.image.created']",
    ];
    assert_eq!(broken(with(&made(annotation::CREATED, "yesterday")), Rule::Date), paths);
    assert_eq!(broken(with(&made(annotation::CREATED, "2024-01-01T00:00:00Z")), Rule::Date), Vec::<String>::new());
    // A name has a meaning at the entries alone.
    let path = ["$.manifests[1].annotations['org.opencontainers.image.ref.name']"];
    assert_eq!(broken(with(&made(annotation::REF_NAME, "-")), Rule::RefName), path);
    assert_eq!(broken(with(&made(annotation::REF_NAME, "v1")), Rule::RefName), Vec::<String>::new());
}

/// RFC 2119's words of the image-spec: who must is refused when he writes, who should is told.
#[test]
fn what_must_be_and_what_should_be() {
    let must = [
        Rule::Null,
        Rule::ArtifactTypeAbsent,
        Rule::EmptyDescriptor,
        Rule::SubjectKind,
        Rule::DataSize,
        Rule::DataDigest,
        Rule::Url,
        Rule::Required,
        Rule::Date,
        Rule::RootFsType,
        Rule::Env,
        Rule::LayerCount,
    ];
    let should = [
        Rule::ManifestMediaType,
        Rule::IndexMediaType,
        Rule::LayersEmpty,
        Rule::NonDistributable,
        Rule::PlatformName,
        Rule::RefName,
        Rule::HistoryCount,
        Rule::ExposedPort,
    ];
    assert!(must.iter().all(|rule| rule.level() == Level::Must));
    assert!(should.iter().all(|rule| rule.level() == Level::Should));
    assert!(must.iter().chain(&should).all(|rule| rule.section().contains(".md")));
}

/// The withdrawn manifest has parts, and those have rules.
#[test]
fn parts_of_an_artifact_manifest_are_judged() {
    let blob = r#"{"mediaType":"a/b","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"data":"W10="}"#;
    let text = format!(
        r#"{{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[{blob}],"subject":null,"annotations":{{"org.opencontainers.image.created":""}}}}"#
    );
    let document = Document::new(MediaType::ARTIFACT_MANIFEST, text).decode::<ArtifactManifest>().unwrap();
    let told: Vec<_> = document.violations().iter().map(|it| (it.rule(), it.path().to_owned())).collect();
    let expected = [
        (Rule::DataDigest, "$.blobs[0].data"),
        (Rule::Date, "$.annotations['org.opencontainers.image.created']"),
        (Rule::Null, "$.subject"),
    ];
    assert_eq!(told, expected.map(|(rule, path)| (rule, path.to_owned())));
}
