//! Configurations against their manifests, and with null for everything that may be absent.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use wharf_spec::{
    DecodeErrorKind, Descriptor, Digest, Document, History, ImageConfig, Level, Manifest, MediaType, Platform, Rule,
};

fn config(layers: u8) -> ImageConfig {
    let empty = ImageConfig::new(Platform::new("linux", "amd64"));
    (0..layers).fold(empty, |config, layer| config.with_layer(Digest::of(&[layer]), History::by("COPY . /")))
}

fn manifest(layers: u8) -> Manifest {
    let layers = (0..layers).map(|layer| Descriptor::of(MediaType::LAYER, &[layer])).collect();
    Manifest::new(Descriptor::of(MediaType::IMAGE_CONFIG, b"{}"), layers)
}

fn decode(text: &str) -> Result<Document<ImageConfig>, DecodeErrorKind> {
    Document::new(MediaType::IMAGE_CONFIG, text.to_owned()).decode().map_err(|error| error.kind())
}

/// What a configuration breaks, and where.
fn violations(config: ImageConfig) -> Vec<(Rule, String)> {
    let violations = Document::assemble(config).unwrap().violations();
    violations.iter().map(|violation| (violation.rule(), violation.path().to_owned())).collect()
}

#[test]
fn there_are_as_many_layers_as_diff_ids() {
    for (diff_ids, layers) in [(0, 0), (1, 1), (3, 3), (0, 1), (1, 0), (2, 3), (3, 2)] {
        let violation = config(diff_ids).violation_under(&manifest(layers));
        assert_eq!(violation.is_some(), diff_ids != layers, "{diff_ids} and {layers}");
        if let Some(violation) = violation {
            assert_eq!((violation.rule(), violation.path()), (Rule::LayerCount, "$.rootfs.diff_ids"));
            assert_eq!(violation.rule().level(), Level::Must);
        }
    }
}

/// Layers in another order are as many: only what is in them tells. The configuration is another document all the same.
#[test]
fn swapped_layers_are_another_configuration() {
    let mut swapped = config(2);
    swapped.rootfs.diff_ids.reverse();
    assert_eq!(swapped.violation_under(&manifest(2)), None);
    let digest = |config| Document::author(config).unwrap().digest().clone();
    assert_ne!(digest(swapped), digest(config(2)));
}

#[test]
fn the_history_has_as_many_layers_as_there_are() {
    let wrong = [(Rule::HistoryCount, "$.history".to_owned())];
    let empty = |count: usize| {
        let mut config = config(2);
        let mut step = History::by("ENV A=1");
        step.empty_layer = true;
        config.history.extend(std::iter::repeat_n(step, count));
        config
    };
    assert_eq!(violations(config(2)), []);
    assert_eq!(violations(empty(3)), [], "steps that left no layer do not count");
    let mut fewer = empty(1);
    fewer.history.remove(0);
    assert_eq!(violations(fewer), wrong);
    let mut more = empty(1);
    more.history.push(History::default());
    assert_eq!(violations(more), wrong);
    let mut all_empty = empty(0);
    all_empty.history.iter_mut().for_each(|step| step.empty_layer = true);
    assert_eq!(violations(all_empty), wrong);
    let mut none = config(2);
    none.history.clear();
    assert_eq!(violations(none), [], "it may be absent");
    // It is a should, so it is written all the same.
    let mut more = config(0);
    more.history.push(History::default());
    assert!(Document::author(more).is_ok());
}

/// `config.md`: a member that may be absent may be null. Nothing is made of it, and it is no violation but where a list of
/// layers has to be.
#[test]
fn null_is_absence_wherever_something_may_be_absent() {
    let names = |names: &str| names.split(' ').map(|name| format!(r#""{name}":null"#)).collect::<Vec<_>>().join(",");
    let run = names(
        "User ExposedPorts Env Entrypoint Cmd Volumes WorkingDir Labels StopSignal StopTimeout ArgsEscaped OnBuild Shell \
         Memory MemorySwap CpuShares",
    );
    let health = names("Test Interval Timeout StartPeriod StartInterval Retries");
    let top = names("created author variant os.version os.features comment container docker_version");
    let step = names("created created_by author comment empty_layer");
    let platform = r#""architecture":"arm64","os":"linux""#;
    let rootfs = r#""rootfs":{"type":"layers","diff_ids":[]}"#;
    let all = format!(
        r#"{{{platform},{top},"config":{{{run},"Healthcheck":{{{health}}}}},"container_config":{{{run},"Healthcheck":null}},
            {rootfs},"history":[{{{step},"empty_layer":null}}]}}"#
    );
    assert_eq!(decode(&all).err(), Some(DecodeErrorKind::Duplicate), "null is a member");
    let all = all.replace(r#","empty_layer":null}]"#, "}]");
    let nulls = decode(&all).unwrap();
    let bare =
        format!(r#"{{{platform},"config":{{"Healthcheck":{{}}}},"container_config":{{}},{rootfs},"history":[{{}}]}}"#);
    assert_eq!(nulls.view(), decode(&bare).unwrap().view());
    let rules: Vec<_> = nulls.violations().iter().map(|violation| violation.rule()).collect();
    assert_eq!(rules, [Rule::HistoryCount], "a step without a layer");

    let outer = names("config container_config history");
    let outer = decode(&format!("{{{platform},{rootfs},{outer}}}")).unwrap();
    assert_eq!(outer.view(), decode(&format!("{{{platform},{rootfs}}}")).unwrap().view());
    assert_eq!(outer.violations(), []);

    let required = decode(&format!("{{{}}}", names("architecture os rootfs"))).unwrap();
    let required: Vec<_> = required.violations().iter().map(ToString::to_string).collect();
    assert_eq!(required.iter().filter(|told| told.contains("required value is missing")).count(), 3, "{required:?}");
    let diff_ids = decode(&format!(r#"{{{platform},"rootfs":{{"type":"layers","diff_ids":null}}}}"#)).unwrap();
    let diff_ids: Vec<_> = diff_ids.violations().iter().map(|it| (it.rule(), it.path().to_owned())).collect();
    assert_eq!(diff_ids, [(Rule::Null, "$.rootfs.diff_ids".to_owned())]);
    let no_diff_ids = decode(&format!(r#"{{{platform},"rootfs":{{"type":"layers"}}}}"#)).unwrap();
    let [violation] = &no_diff_ids.violations()[..] else { panic!("what Docker writes of an image without layers") };
    assert_eq!((violation.rule(), violation.path()), (Rule::Required, "$.rootfs.diff_ids"));
}

#[test]
fn null_is_no_item() {
    for part in [
        "\"os.features\":[null]",
        r#""config":{"Env":[null]}"#,
        r#""history":[null]"#,
        r#""rootfs":{"diff_ids":[null]}"#,
        r#""config":{"Labels":{"a":null}}"#,
    ] {
        assert_eq!(decode(&format!("{{{part}}}")).err(), Some(DecodeErrorKind::WrongShape), "{part}");
    }
}

/// The letters beyond ASCII that Go's reader folds into `s` and `k`, where configurations have names with those.
#[test]
fn names_that_look_like_known_ones_are_refused() {
    for part in [
        r#""Architecture":"""#,
        r#""architecture":"","hiſtory":[]"#,
        r#""config":{"Healthchec\u212a":{}}"#,
        r#""config":{"LABELS":{}}"#,
        r#""config":{"Healthcheck":{"\u017ftartperiod":1}}"#,
        r#""container_config":{"env":[]}"#,
        r#""rootfs":{"Diff_IDs":[]}"#,
        r#""history":[{},{"Created_By":""}]"#,
    ] {
        assert_eq!(decode(&format!("{{{part}}}")).err(), Some(DecodeErrorKind::Ambiguous), "{part}");
    }
    assert!(decode(r#"{"config":{"Labels":{"a":"","A":"","ſ":"","s":""},"Volumes":{"/a":{},"/A":{}}}}"#).is_ok());
}

#[test]
fn members_of_maps_and_sets_are_there_once() {
    for part in [
        r#""config":{"Labels":{"a":"","\u0061":""}}"#,
        r#""config":{"ExposedPorts":{"80":{},"8\u0030":{}}}"#,
        r#""config":{"Volumes":{"/":{},"/":null}}"#,
        r#""config":{"Volumes":{"/":{"x":1,"x":1}}}"#,
        r#""config":{},"config":null"#,
        r#""history":[{"x":1,"y":{},"x":1}]"#,
    ] {
        assert_eq!(decode(&format!("{{{part}}}")).err(), Some(DecodeErrorKind::Duplicate), "{part}");
    }
}

#[test]
fn numbers_are_whole_and_times_are_not_negative() {
    let health = |member: &str| decode(&format!(r#"{{"config":{{"Healthcheck":{{{member}}}}}}}"#)).map(|_| ());
    assert_eq!(health(r#""Interval":9223372036854775807,"Retries":0"#), Ok(()));
    for wrong in [r#""Interval":-1"#, r#""Timeout":1.0"#, r#""Retries":"3""#, r#""StartPeriod":9223372036854775808"#] {
        assert_eq!(health(wrong), Err(DecodeErrorKind::WrongShape), "{wrong}");
    }
    assert_eq!(decode(r#"{"config":{"StopTimeout":-1,"Memory":-9223372036854775808}}"#).map(|_| ()), Ok(()));
    for wrong in
        [r#""StopTimeout":-0"#, r#""ArgsEscaped":1"#, r#""ArgsEscaped":"true""#, r#""Env":"A=1""#, r#""User":0"#]
    {
        assert_eq!(decode(&format!(r#"{{"config":{{{wrong}}}}}"#)).err(), Some(DecodeErrorKind::WrongShape), "{wrong}");
    }
}
