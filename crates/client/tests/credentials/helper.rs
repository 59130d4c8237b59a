//! Helpers, and what they can do wrong. Those that hang are ended after a moment; the others have all the time they need.

use std::error::Error as _;
use std::future::Future as _;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use wharf_client::Clock;
use wharf_client::docker_config::{HelperErrorKind, HelperLimits, HelperName, Helpers};

use crate::script::{Scripts, name};
use crate::table::{SECRET, assert_clean, printed, summary};

/// What a helper does, and what comes of it: a summary of the credential, or the kind of the error.
const TABLE: [(&str, &str); 25] = [
    (r#"echo '{"ServerURL":"r.io","Username":"robot","Secret":"SECRET"}'"#, "basic robot"),
    (r#"echo '{"Username":"robot","Secret":"SECRET"}'"#, "basic robot"),
    (r#"echo '{"ServerURL":"https://R.io/v2/","Username":"robot","Secret":"SECRET"}'"#, "basic robot"),
    (r#"echo '{"Username":"<token>","Secret":"SECRET"}'"#, "identity"),
    (r#"echo '{"Username":"","Secret":"SECRET"}'"#, "identity"),
    (r#"echo '{"Username":"","Secret":""}'"#, "none"),
    (r#"echo SECRET >&2; echo '{"Username":"robot","Secret":"SECRET"}'"#, "basic robot"),
    (r#"test "$#-$1" = 1-get && echo '{"Username":"robot","Secret":"SECRET"}'"#, "basic robot"),
    (r#"test "$(cat)" = r.io && echo '{"Username":"robot","Secret":"SECRET"}'"#, "basic robot"),
    ("echo 'credentials not found in native keychain'; exit 1", "none"),
    ("printf '\\n credentials not found in native keychain \\n\\n'; exit 17", "none"),
    ("echo 'credentials not found in native keychain'", "Malformed"),
    ("echo 'credentials not found in native keychain: it is locked'; exit 1", "Failed { code: Some(1) }"),
    ("echo 'SECRET'; exit 1", "Failed { code: Some(1) }"),
    (r#"echo '{"Username":"robot","Secret":"SECRET"}'; exit 3"#, "Failed { code: Some(3) }"),
    (r#"echo '{"Username":"robot","Secret":"SECRET"}'; kill -9 $$"#, "Failed { code: None }"),
    (r#"echo '{"ServerURL":"evil.io","Username":"robot","Secret":"SECRET"}'"#, "OtherRegistry"),
    (r#"echo '{"ServerURL":"r.io:443","Username":"robot","Secret":"SECRET"}'"#, "OtherRegistry"),
    (r#"echo '{"Username":"robot","Secret":""}'"#, "Malformed"),
    (r#"echo '{"Username":"ro:bot","Secret":"SECRET"}'"#, "Malformed"),
    (r#"echo '{"Username":"robot","Secret":"SECRET","Secret":"x"}'"#, "Malformed"),
    (r#"echo '{"Username":"robot","Secret":["SECRET"]}'"#, "Malformed"),
    ("echo 'SECRET'", "Malformed"),
    ("exit 0", "Malformed"),
    ("cat /dev/zero", "TooMuchOutput"),
];

#[tokio::test]
async fn what_helpers_say_is_as_in_the_table() {
    for (body, expected) in TABLE {
        let scripts = Scripts::new(&[("x", body)]);
        let found = match scripts.helpers().get(&name("x"), "r.io").await {
            Ok(found) => summary(found.as_ref()),
            Err(error) => {
                assert_clean(body, &printed(&error));
                format!("{:?}", error.kind())
            }
        };
        assert_eq!(found, expected, "{body}");
    }
}

fn impatient(scripts: &Scripts) -> Helpers {
    let mut limits = HelperLimits::default();
    limits.time = Duration::from_millis(150);
    scripts.helpers().with_limits(limits)
}

/// Each of them would take a minute.
const HANGING: [&str; 4] = [
    // Nothing is said.
    "exec sleep 60",
    // The answer is there, and the output stays open: by the helper, and by what it left behind.
    r#"echo '{"Username":"robot","Secret":"SECRET"}'; exec sleep 60"#,
    r#"echo '{"Username":"robot","Secret":"SECRET"}'; sleep 60 & echo $! >"$(dirname "$0")/child""#,
    // The output is closed, and the helper goes on.
    r#"echo '{"Username":"robot","Secret":"SECRET"}'; exec sleep 60 >&-"#,
];

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "that a limit of real time holds is seen by real time alone")]
async fn helpers_that_hang_are_given_up() {
    let begin = Instant::now();
    for body in HANGING {
        let scripts = Scripts::new(&[("x", body)]);
        let error = impatient(&scripts).get(&name("x"), "r.io").await.unwrap_err();
        assert_eq!(error.kind(), HelperErrorKind::TimedOut, "{body}");
        assert_clean(body, &printed(&error));
        let child = scripts.left("child");
        if !child.is_empty() {
            assert!(std::process::Command::new("kill").arg(child.trim()).status().unwrap().success());
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(30), "a helper was waited for");
}

#[tokio::test]
async fn a_helper_that_hangs_is_ended() {
    let scripts = Scripts::new(&[("x", r#"echo $$ >"$(dirname "$0")/pid"; exec sleep 60"#)]);
    impatient(&scripts).get(&name("x"), "r.io").await.unwrap_err();
    let pid = scripts.left("pid");
    // A busy machine can take so long to start it that it never got there.
    if !pid.is_empty() {
        let alive = std::process::Command::new("kill").args(["-0", pid.trim()]).output().unwrap().status.success();
        assert!(!alive, "the helper is still there");
    }
}

#[tokio::test]
async fn output_is_read_up_to_its_limit() {
    let answer = format!(r#"{{"Username":"robot","Secret":"{SECRET}"}}"#);
    for (more, expected) in [(-1_i64, true), (0, true), (1, false)] {
        let spaces = (64 << 10) + more - answer.len() as i64;
        let scripts = Scripts::new(&[("x", &format!("printf '%{spaces}s' ''; printf '%s' '{answer}'"))]);
        let got = scripts.helpers().get(&name("x"), "r.io").await;
        assert_eq!(
            got.map(|_| ()).map_err(|error| error.kind()),
            if expected { Ok(()) } else { Err(HelperErrorKind::TooMuchOutput) }
        );
    }
}

#[tokio::test]
async fn a_registry_that_is_more_than_a_line_never_reaches_a_helper() {
    let scripts = Scripts::new(&[("x", r#"touch "$(dirname "$0")/ran"; echo ran >"$(dirname "$0")/ran""#)]);
    let long = "x".repeat(513);
    for server in ["", "r.io\nevil.io", "r.io\r", "r.io\0", "r.io evil.io", "r.\u{131}o", &long] {
        let error = scripts.helpers().get(&name("x"), server).await.unwrap_err();
        assert_eq!(error.kind(), HelperErrorKind::Server);
    }
    assert_eq!(scripts.left("ran"), "");
}

#[test]
fn names_are_plain() {
    for good in ["pass", "ecr-login", "a.b_c-1", "..", &"x".repeat(64)] {
        assert!(HelperName::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "../x", "/bin/sh", "a b", "a;b", "a\0b", "a\nb", "a\\b", "ä", "$(x)", &"x".repeat(65)] {
        assert!(HelperName::parse(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn only_programs_in_absolute_directories_are_run() {
    let scripts = Scripts::new(&[("x", "echo '{}'")]);
    let directory = scripts.0.path();
    std::fs::write(directory.join("docker-credential-text"), "#!/bin/sh\n").unwrap();
    std::fs::create_dir(directory.join("docker-credential-folder")).unwrap();
    for missing in ["text", "folder", "nothing"] {
        let error = scripts.helpers().get(&name(missing), "r.io").await.unwrap_err();
        assert_eq!(error.kind(), HelperErrorKind::NotFound, "{missing}");
    }
    let up = "../".repeat(std::env::current_dir().unwrap().components().count());
    let relative = format!("{up}{}", directory.display());
    assert!(std::path::Path::new(&relative).join("docker-credential-x").exists());
    for path in [Some(std::ffi::OsStr::new(&relative)), Some(std::ffi::OsStr::new("")), None] {
        let error = Helpers::new(path).get(&name("x"), "r.io").await.unwrap_err();
        assert_eq!(error.kind(), HelperErrorKind::NotFound);
    }
}

#[tokio::test]
async fn a_program_that_cannot_be_run_says_why() {
    let scripts = Scripts::new(&[]);
    scripts.add("x", "");
    let path = scripts.0.path().join("docker-credential-x");
    let truncate =
        std::process::Command::new("sh").args(["-c", "printf '#!/nowhere\\n' >\"$1\"", "sh"]).arg(&path).status();
    assert!(truncate.unwrap().success());
    let error = scripts.helpers().get(&name("x"), "r.io").await.unwrap_err();
    assert_eq!(error.kind(), HelperErrorKind::Io);
    assert!(error.source().is_some());
}

#[derive(Clone, Default)]
struct FakeClock(Arc<Mutex<Duration>>);

impl FakeClock {
    fn advance(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, _: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

/// Counts how often it ran.
const COUNTING: &str = r#"echo ran >>"$(dirname "$0")/runs"; "#;

async fn runs_after(answer: &str, steps: &[Duration]) -> Vec<usize> {
    let scripts = Scripts::new(&[("x", &format!("{COUNTING}{answer}"))]);
    let clock = FakeClock::default();
    let helpers = scripts.helpers().with_clock(clock.clone());
    let mut runs = Vec::new();
    for step in steps {
        clock.advance(*step);
        let _ = helpers.clone().get(&name("x"), "r.io").await;
        runs.push(scripts.left("runs").lines().count());
    }
    runs
}

#[tokio::test]
async fn an_answer_is_used_again_for_a_minute_and_a_failure_for_seconds() {
    let steps = [0, 59, 1, 59, 1].map(Duration::from_secs);
    assert_eq!(runs_after(r#"echo '{"Username":"robot","Secret":"SECRET"}'"#, &steps).await, [1, 1, 2, 2, 3]);
    assert_eq!(runs_after("echo 'credentials not found in native keychain'; exit 1", &steps).await, [1, 1, 2, 2, 3]);
    let steps = [0, 4, 1, 4, 1].map(Duration::from_secs);
    assert_eq!(runs_after("exit 1", &steps).await, [1, 1, 2, 2, 3]);
}

#[tokio::test]
async fn sixteen_that_ask_at_once_are_one_run_and_others_are_their_own() {
    let scripts = Scripts::new(&[("x", &format!(r#"{COUNTING}echo '{{"Username":"robot","Secret":"SECRET"}}'"#))]);
    let (helpers, x) = (scripts.helpers(), name("x"));
    for found in join_all((0..16).map(|_| helpers.get(&x, "r.io"))).await {
        assert_eq!(summary(found.unwrap().as_ref()), "basic robot");
    }
    assert_eq!(scripts.left("runs").lines().count(), 1);
    helpers.get(&x, "quay.io").await.unwrap();
    assert_eq!(scripts.left("runs").lines().count(), 2);
}

#[tokio::test]
async fn a_question_that_was_dropped_is_asked_again() {
    let scripts = Scripts::new(&[("x", r#"echo '{"Username":"robot","Secret":"SECRET"}'"#)]);
    let (helpers, x) = (scripts.helpers(), name("x"));
    let mut first = Box::pin(helpers.get(&x, "r.io"));
    let _ = first.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(first);
    assert_eq!(summary(helpers.get(&x, "r.io").await.unwrap().as_ref()), "basic robot");
}
