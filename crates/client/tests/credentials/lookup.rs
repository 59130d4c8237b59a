//! Which entry or helper is meant.

use wharf_client::CredentialError;
use wharf_client::docker_config::{ConfigFile, HelperError, Keychain, Problem};
use wharf_registry::{Host, Repository};

use crate::script::Scripts;
use crate::table::{SECRET, assert_clean, expand, printed, rows, summary};

/// A helper that tells what it was asked for in the place of a password.
const ECHO: &str = r#"read -r server
printf '{"ServerURL":"%s","Username":"%s","Secret":"%s"}\n' "$server" "${0##*-}" "$server""#;
const NONE: &str = "echo 'credentials not found in native keychain'; exit 1";
const FAILS: &str = "echo 'SECRET'; exit 1";
const IDENTITY: &str = r#"echo '{"Username":"<token>","Secret":"SECRET"}'"#;

fn keychain(files: &str, scripts: &Scripts) -> Keychain {
    let files = files.split(" || ").map(|file| ConfigFile::parse(expand(file).as_bytes()).unwrap());
    Keychain::new(files.collect::<Vec<_>>(), scripts.helpers())
}

fn reason(error: &CredentialError) -> String {
    let source = std::error::Error::source(error).unwrap();
    match (source.downcast_ref::<Problem>(), source.downcast_ref::<HelperError>()) {
        (Some(problem), _) => format!("error {:?}", problem.kind()),
        (_, Some(_)) => "error helper".into(),
        _ => panic!("an unknown error"),
    }
}

#[tokio::test]
async fn the_answers_are_those_of_the_table() {
    let scripts =
        Scripts::new(&[("alpha", ECHO), ("beta", ECHO), ("none", NONE), ("fails", FAILS), ("identity", IDENTITY)]);
    for [file, host, repository, expected, origin] in rows("lookup.tsv", 124) {
        let row = format!("{file} {host} {repository} ({origin})");
        let keychain = keychain(&file, &scripts);
        assert_clean(&row, &format!("{keychain:?}"));
        let repository = Some(repository).filter(|text| text != "-").map(|text| Repository::parse(&text).unwrap());
        let found = keychain.find(&Host::parse(&host).unwrap(), repository.as_ref()).await;
        if let Err(error) = &found {
            assert_clean(&row, &printed(error));
            assert_eq!(reason(error), expected, "{row}");
            continue;
        }
        let found = found.unwrap_or_default();
        match expected.strip_prefix("helper ").and_then(|rest| rest.split_once(' ')) {
            Some((name, server)) => {
                assert_eq!(summary(found.as_ref()), format!("basic {name}"), "{row}");
                assert!(found.unwrap().secret().reveal() == server, "asked for something else: {row}");
            }
            None => {
                assert_eq!(summary(found.as_ref()), expected, "{row}");
                let secret = found.as_ref().map_or(SECRET, |found| found.secret().reveal());
                assert!(secret == SECRET || secret.is_empty(), "another secret: {row}");
            }
        }
    }
}

#[tokio::test]
async fn nuls_behind_a_password_are_no_part_of_it_and_colons_in_it_are() {
    use base64::Engine;
    let auth = base64::engine::general_purpose::STANDARD.encode("robot:a:b\0c\0\0");
    let file = ConfigFile::parse(format!(r#"{{"auths":{{"r.io":{{"auth":"{auth}"}}}}}}"#).as_bytes()).unwrap();
    let keychain = Keychain::new([file], wharf_client::docker_config::Helpers::new(None));
    let found = keychain.find(&Host::parse("r.io").unwrap(), None).await.unwrap().unwrap();
    assert_eq!(found.username(), Some("robot"));
    assert!(found.secret().reveal() == "a:b\0c");
}
