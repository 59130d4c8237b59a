//! Laws of the files in which other programs keep credentials.

use wharf_client::docker_config::{ConfigFile, PullSecrets};
use wharf_reference::{Host, Repository};

/// A file reads the same each time, has no more problems than it has bytes, and never shows a password. Pull secrets of
/// the same text hold to that, too.
pub fn docker_config(input: &[u8]) {
    for parse in [ConfigFile::parse, ConfigFile::parse_legacy] {
        let (one, two) = (parse(input), parse(input));
        assert_eq!(format!("{one:?}"), format!("{two:?}"));
        match one {
            Ok(file) => {
                assert!(file.problems().len() <= input.len());
                file.problems().iter().for_each(|problem| is_silent(&problem.to_string(), input));
                is_silent(&format!("{file:?}"), input);
            }
            Err(error) => is_silent(&error.to_string(), input),
        }
    }
    let mut secrets = PullSecrets::default();
    let read = [secrets.add_docker_config_json(input).is_ok(), secrets.add_docker_cfg(input).is_ok()];
    let (Ok(host), Ok(repository)) = (Host::parse("quay.io"), Repository::parse("team/app")) else { return };
    let found = secrets.find(&host, &repository).count();
    assert!(found <= input.len() && (found == 0 || read != [false, false]));
    is_silent(&format!("{secrets:?}"), input);
}

/// The password of the corpus is written in base64 there, and nowhere in what is shown. Where the name of a registry
/// could be the password itself, nothing is asked.
fn is_silent(text: &str, input: &[u8]) {
    const PASSWORD: &str = "hunter2";
    let plain = input.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()) || input.contains(&b'\\');
    assert!(plain || !text.contains(PASSWORD), "{text}");
    assert!(!text.contains(char::is_control), "{text}");
}
