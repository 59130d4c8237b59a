//! What documents say, read from any JSON in the most obvious way. The views have to say the same.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wharf_spec::{
    Annotations, Descriptor, Digest, Execution, Healthcheck, History, ImageConfig, Index, Manifest, MediaType,
    Platform, RootFs,
};

pub(crate) fn manifest(view: &Manifest, json: &Value) {
    assert_eq!(number(json, "schemaVersion"), Some(view.schema_version.into()));
    media_type(view.media_type.as_ref(), json, "mediaType");
    media_type(view.artifact_type.as_ref(), json, "artifactType");
    assert!(member(json, "config").is_some());
    descriptors(std::slice::from_ref(&view.config), member(json, "config"));
    descriptors(&view.layers, items(json, "layers"));
    descriptors(view.subject.as_slice(), member(json, "subject"));
    annotations(&view.annotations, json, "annotations");
}

pub(crate) fn index(view: &Index, json: &Value) {
    assert_eq!(number(json, "schemaVersion"), Some(view.schema_version.into()));
    media_type(view.media_type.as_ref(), json, "mediaType");
    media_type(view.artifact_type.as_ref(), json, "artifactType");
    descriptors(&view.manifests, items(json, "manifests"));
    descriptors(view.subject.as_slice(), member(json, "subject"));
    annotations(&view.annotations, json, "annotations");
}

pub(crate) fn config(view: &ImageConfig, json: &Value) {
    assert_eq!(view.created.as_deref(), text(json, "created"));
    assert_eq!(view.author.as_deref(), text(json, "author"));
    assert_eq!(view.architecture, text(json, "architecture").unwrap_or_default());
    assert_eq!(view.variant.as_deref(), text(json, "variant"));
    assert_eq!(view.os, text(json, "os").unwrap_or_default());
    assert_eq!(view.os_version.as_deref(), text(json, "os.version"));
    texts(&view.os_features, json, "os.features");
    execution(&view.config, member(json, "config").unwrap_or(&Value::Null));
    same(view.container_config.as_slice(), member(json, "container_config"), execution);
    assert_eq!(view.comment.as_deref(), text(json, "comment"));
    assert_eq!(view.container.as_deref(), text(json, "container"));
    assert_eq!(view.docker_version.as_deref(), text(json, "docker_version"));
    root_fs(&view.rootfs, member(json, "rootfs").unwrap_or(&Value::Null));
    same(&view.history, items(json, "history"), history);
}

fn execution(view: &Execution, json: &Value) {
    assert_eq!(view.user, text(json, "User").unwrap_or_default());
    assert!(view.exposed_ports.iter().eq(names(json, "ExposedPorts")));
    texts(&view.env, json, "Env");
    texts(&view.entrypoint, json, "Entrypoint");
    texts(&view.cmd, json, "Cmd");
    assert!(view.volumes.iter().eq(names(json, "Volumes")));
    assert_eq!(view.working_dir, text(json, "WorkingDir").unwrap_or_default());
    annotations(&view.labels, json, "Labels");
    assert_eq!(view.stop_signal, text(json, "StopSignal").unwrap_or_default());
    assert_eq!(view.stop_timeout, integer(json, "StopTimeout"));
    flag(view.args_escaped, json, "ArgsEscaped");
    texts(&view.on_build, json, "OnBuild");
    texts(&view.shell, json, "Shell");
    assert_eq!(view.memory, integer(json, "Memory"));
    assert_eq!(view.memory_swap, integer(json, "MemorySwap"));
    assert_eq!(view.cpu_shares, integer(json, "CpuShares"));
    same(view.healthcheck.as_slice(), member(json, "Healthcheck"), healthcheck);
}

fn healthcheck(view: &Healthcheck, json: &Value) {
    let time = |name| number(json, name).map(Duration::from_nanos);
    texts(&view.test, json, "Test");
    assert_eq!(view.interval, time("Interval"));
    assert_eq!(view.timeout, time("Timeout"));
    assert_eq!(view.start_period, time("StartPeriod"));
    assert_eq!(view.start_interval, time("StartInterval"));
    assert_eq!(view.retries, number(json, "Retries"));
}

fn root_fs(view: &RootFs, json: &Value) {
    assert_eq!(view.kind, text(json, "type").unwrap_or_default());
    same(&view.diff_ids, items(json, "diff_ids"), |digest: &Digest, json| {
        assert_eq!(Some(digest.to_string().as_str()), json.as_str());
    });
}

fn history(view: &History, json: &Value) {
    assert_eq!(view.created.as_deref(), text(json, "created"));
    assert_eq!(view.created_by.as_deref(), text(json, "created_by"));
    assert_eq!(view.author.as_deref(), text(json, "author"));
    assert_eq!(view.comment.as_deref(), text(json, "comment"));
    flag(view.empty_layer, json, "empty_layer");
}

fn descriptors<'a>(views: &[Descriptor], json: impl IntoIterator<Item = &'a Value>) {
    same(views, json, descriptor);
}

fn descriptor(view: &Descriptor, json: &Value) {
    assert_eq!(Some(view.media_type.as_str()), text(json, "mediaType"));
    assert_eq!(Some(view.digest.to_string().as_str()), text(json, "digest"));
    assert_eq!(Some(view.size), number(json, "size"));
    assert!(i64::try_from(view.size).is_ok());
    texts(&view.urls, json, "urls");
    annotations(&view.annotations, json, "annotations");
    let data = text(json, "data").map(|data| STANDARD.decode(data));
    assert_eq!(view.data.as_deref().map(|data| Ok(data.to_vec())), data);
    media_type(view.artifact_type.as_ref(), json, "artifactType");
    same(view.platform.as_slice(), member(json, "platform"), platform);
}

fn platform(view: &Platform, json: &Value) {
    assert_eq!(view.architecture, text(json, "architecture").unwrap_or_default());
    assert_eq!(view.os, text(json, "os").unwrap_or_default());
    assert_eq!(view.os_version.as_deref(), text(json, "os.version"));
    texts(&view.os_features, json, "os.features");
    assert_eq!(view.variant.as_deref(), text(json, "variant"));
}

fn media_type(view: Option<&MediaType>, json: &Value, name: &str) {
    assert_eq!(view.map(MediaType::as_str), text(json, name));
}

fn annotations(view: &Annotations, json: &Value, name: &str) {
    let found = members(json, name).map(|(name, value)| (name.as_str(), value.as_str()));
    assert!(view.iter().map(|(name, value)| (name.as_str(), Some(value.as_str()))).eq(found), "{view:?}");
}

fn texts(view: &[String], json: &Value, name: &str) {
    same(view, items(json, name), |view, json| assert_eq!(Some(view.as_str()), json.as_str()));
}

fn same<'a, T>(views: &[T], json: impl IntoIterator<Item = &'a Value>, agree: impl Fn(&T, &Value)) {
    let json: Vec<_> = json.into_iter().collect();
    assert_eq!(views.len(), json.len());
    views.iter().zip(json).for_each(|(view, json)| agree(view, json));
}

/// A member; null is as good as none.
fn member<'a>(json: &'a Value, name: &str) -> Option<&'a Value> {
    json.get(name).filter(|value| !value.is_null())
}

fn text<'a>(json: &'a Value, name: &str) -> Option<&'a str> {
    member(json, name).map(|value| value.as_str().unwrap_or("not a text"))
}

fn number(json: &Value, name: &str) -> Option<u64> {
    member(json, name)?.as_u64()
}

fn integer(json: &Value, name: &str) -> Option<i64> {
    member(json, name).map(|value| value.as_i64().unwrap_or(i64::MIN))
}

/// A flag that is not there is false.
fn flag(view: bool, json: &Value, name: &str) {
    assert_eq!(Some(view), member(json, name).map_or(Some(false), Value::as_bool));
}

fn items<'a>(json: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let list = member(json, name);
    assert!(list.is_none_or(Value::is_array), "{name} is no list");
    list.and_then(Value::as_array).into_iter().flatten()
}

/// The members of an object, sorted by name.
fn members<'a>(json: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let object = member(json, name);
    assert!(object.is_none_or(Value::is_object), "{name} is no object");
    let mut members: Vec<_> = object.and_then(Value::as_object).into_iter().flatten().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    members.into_iter()
}

fn names<'a>(json: &'a Value, name: &str) -> impl Iterator<Item = &'a String> {
    members(json, name).map(|(name, _)| name)
}
