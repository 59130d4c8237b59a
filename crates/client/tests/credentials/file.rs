//! Files on disk: which are read, and which are not.

use std::fs;
use std::path::Path;

use wharf_client::docker_config::{ConfigErrorKind, ConfigFile, Keychain, Places};
use wharf_client::{Credentials, docker_config::Helpers};
use wharf_registry::{Host, Repository};

use crate::table::{assert_clean, expand, printed, summary};

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, expand(text)).unwrap();
}

async fn user(keychain: &Keychain, host: &str) -> String {
    summary(keychain.credential(&Host::parse(host).unwrap()).await.unwrap().as_ref())
}

#[tokio::test]
async fn the_usual_places_are_searched_in_their_order() {
    let root = tempfile::tempdir().unwrap();
    let mut places = Places::default();
    places.home = Some(root.path().join("home"));
    places.xdg_runtime_dir = Some(root.path().join("run"));
    assert!(Keychain::load(&places).unwrap().files().is_empty(), "no file is no credentials");
    write(&root.path().join("home/.dockercfg"), r#"{"https://old.io/v1/":{"auth":"B(old)"},"r.io":{"auth":"B(old)"}}"#);
    write(&root.path().join("home/.docker/config.json"), r#"{"auths":{"r.io":{"auth":"B(docker)"}}}"#);
    let keychain = Keychain::load(&places).unwrap();
    assert_eq!(
        (user(&keychain, "r.io").await, user(&keychain, "old.io").await),
        ("basic docker".into(), "basic old".into())
    );
    write(&root.path().join("run/containers/auth.json"), r#"{"auths":{"r.io":{"auth":"B(podman)"}}}"#);
    let keychain = Keychain::load(&places).unwrap();
    assert_eq!(
        (user(&keychain, "r.io").await, user(&keychain, "old.io").await),
        ("basic podman".into(), "basic old".into())
    );
    assert_eq!(user(&Keychain::docker(&places).unwrap(), "r.io").await, "basic docker");
}

#[tokio::test]
async fn a_scoped_provider_finds_what_is_for_its_repository_and_the_plain_one_does_not() {
    let file = ConfigFile::parse(expand("podman.json").as_bytes()).unwrap();
    let keychain = Keychain::new([file], Helpers::new(None));
    let scoped = keychain.scoped(Repository::parse("team/app").unwrap());
    let quay = Host::parse("quay.io").unwrap();
    assert_eq!(summary(scoped.credential(&quay).await.unwrap().as_ref()), "basic team+robot");
    assert_eq!(user(&keychain, "quay.io").await, "basic me");
    assert_clean("a provider", &format!("{scoped:?}"));
}

#[test]
fn a_broken_file_is_an_error_with_its_path() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("config.json");
    write(&path, r#"{"auths":{"r.io":{"auth":"SECRET"#);
    let error = ConfigFile::read(&path).unwrap_err();
    assert_eq!(error.path(), Some(&*path));
    assert!(error.to_string().contains("config.json"));
    assert_clean("an error", &printed(&error));

    fs::write(&path, " ".repeat((1 << 20) + 1)).unwrap();
    assert_eq!(ConfigFile::read(&path).unwrap_err().kind(), ConfigErrorKind::TooLarge);
}

#[test]
fn what_is_not_a_file_is_not_opened() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(ConfigFile::read(root.path()).unwrap_err().kind(), ConfigErrorKind::NotAFile);
    assert!(ConfigFile::read(&root.path().join("nothing")).unwrap().is_none());
    write(&root.path().join("file"), "{}");
    assert!(ConfigFile::read(&root.path().join("file/config.json")).unwrap().is_none());
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let root = tempfile::tempdir().unwrap();
    let pipe = root.path().join("config.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(ConfigFile::read(&pipe).unwrap_err().kind(), ConfigErrorKind::NotAFile);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_worth_a_warning() {
    use std::os::unix::fs::PermissionsExt;

    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("config.json");
    write(&path, "docker.json");
    for (mode, exposed) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true), (0o611, false)]
    {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let file = ConfigFile::read(&path).unwrap().unwrap();
        assert_eq!(file.is_exposed(), exposed, "{mode:o}");
        let keychain = Keychain::new([file], Helpers::new(None));
        assert_eq!(keychain.exposed().collect::<Vec<_>>(), if exposed { vec![&*path] } else { vec![] });
    }
}
