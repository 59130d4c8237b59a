//! Where configuration files are searched.

use std::path::{Path, PathBuf};

use wharf_client::docker_config::Places;

fn path(text: &str) -> Option<PathBuf> {
    Some(PathBuf::from(text))
}

fn home() -> Places {
    let mut places = Places::default();
    places.home = path("/home/robot");
    places
}

fn assert_all(places: &Places, expected: &[&str]) {
    assert_eq!(places.all(), expected.iter().map(Path::new).collect::<Vec<_>>());
}

#[test]
fn without_variables_the_home_is_searched() {
    assert_all(
        &home(),
        &["/home/robot/.config/containers/auth.json", "/home/robot/.docker/config.json", "/home/robot/.dockercfg"],
    );
    assert_all(&Places::default(), &[]);
    assert_eq!(Places::default().docker(), None);
}

#[test]
fn the_runtime_directory_comes_first() {
    let mut places = home();
    places.user = Some(1000);
    assert_eq!(places.all()[0], Path::new("/run/containers/1000/auth.json"));
    places.xdg_runtime_dir = path("/run/user/1000");
    places.xdg_config_home = path("/etc/robot");
    assert_eq!(places.all()[0], Path::new("/run/user/1000/containers/auth.json"));
    assert_eq!(places.all()[1], Path::new("/etc/robot/containers/auth.json"));
}

#[test]
fn a_place_that_somebody_chose_is_the_only_one() {
    let mut places = home();
    places.xdg_runtime_dir = path("/run/user/1000");
    places.docker_config = path("/chosen");
    assert_all(&places, &["/chosen/config.json"]);
    places.registry_auth_file = path("/this.json");
    assert_all(&places, &["/this.json"]);
    assert_eq!(places.docker(), path("/chosen/config.json"));
}
