//! What is done when rights are missing, when there is nobody to ask for, and when a service is not as it was.

use url::Url;
use wharf_distribution::auth::{Policy, Widening};
use wharf_distribution::{Credential, Secret};
use wharf_reference::Host;

use crate::shape::{REGISTRY, SERVICE, Said, Service, Shape};
use crate::shapes::{AZURE, GITLAB, HARBOR, NEXUS, QUAY_PRIVATE, SILENT};
use crate::world::{For, World, identity, robot};

fn policy(shape: Shape) -> Policy {
    Policy::new(Host::parse(shape.host).unwrap(), Url::parse(shape.home).unwrap())
}

#[test]
fn nobody_gets_what_everybody_may_have() {
    let table = [
        (REGISTRY, For::Reading, "nobody 401, GET pull 200, t0 200"),
        (REGISTRY, For::Writing, "nobody 401, GET pull+push 200, t0 401"),
        (HARBOR, For::Writing, "nobody 401, GET pull+push 200, t0 401"),
        (GITLAB, For::Reading, "nobody 401, GET pull 403: no"),
        (QUAY_PRIVATE, For::Reading, "nobody 401, GET pull 401: no"),
        (NEXUS, For::Reading, "nobody 401"),
        (SILENT, For::Reading, "nobody 401"),
    ];
    for (shape, what, expected) in table {
        assert_eq!(World::new(shape).request(what), expected, "{}", shape.host);
    }
}

#[test]
fn a_password_goes_to_another_host_only_when_that_is_trusted() {
    assert_eq!(World::new(GITLAB).by(robot()).request(For::Reading), "nobody 401, GET pull 403: no");
    let trusted = World::trusting(GITLAB).by(robot()).request(For::Reading);
    assert_eq!(trusted, "nobody 401, GET by name pull 200, t0 200");
}

/// A token that is not enough is followed by one for more, once, and by that one from then on.
#[test]
fn what_is_missing_is_asked_for_once() {
    let mut azure = World::new(AZURE).by(robot());
    let first = azure.request(For::Listing);
    assert_eq!(first, "nobody 401, GET by name pull 200, t0 401, GET by name metadata_read+pull 200, t1 200");
    assert_eq!(azure.request(For::Reading), "t1 200");
    azure.pass(36_000);
    assert_eq!(azure.request(For::Listing), "GET by name metadata_read+pull 200, t2 200", "what was learnt is kept");

    let mut azure = World::new(AZURE).by(robot());
    azure.request(For::Reading);
    let second = azure.request(For::Listing);
    assert_eq!(
        second, "t0 401, GET by name metadata_read+pull 200, t1 200",
        "a token at hand is not renewed before that"
    );

    let cancelled = World::new(REGISTRY).by(robot()).request(For::Cancelling);
    let wider = "nobody 401, GET by name pull+push 200, t0 401, GET by name delete+pull+push 200, t1 200";
    assert_eq!(cancelled, wider);
}

/// GitHub and others say 403, as RFC 6750 has it.
#[test]
fn what_is_missing_may_be_said_with_a_403() {
    let narrow = Said(403, REGISTRY.narrow.1);
    let mut world = World::new(Shape { narrow, ..REGISTRY }).by(robot());
    let wider = "nobody 401, GET by name pull+push 200, t0 403, GET by name delete+pull+push 200, t1 200";
    assert_eq!(world.request(For::Cancelling), wider);
}

#[test]
fn a_registry_may_not_ask_for_everything() {
    let never = World::with(AZURE, policy(AZURE).with_widening(Widening::Never)).by(robot()).request(For::Listing);
    assert_eq!(never, "nobody 401, GET by name pull 200, t0 401");
    // A registry that calls reading what others call writing.
    let greedy = Shape { actions: ["pull,push", "pull,push", "delete", "pull"], ..REGISTRY };
    let greedy = World::new(greedy).by(robot()).request(For::Reading);
    assert_eq!(greedy, "nobody 401, GET by name pull 200, t0 401");
}

/// A service that gives less than was asked for, and says nothing of it: with what it was asked for again, once.
#[test]
fn rights_that_are_missing_are_not_asked_for_over_and_over() {
    let service = Service { refuses: &["metadata_read"], ..AZURE.service };
    let mut world = World::new(Shape { service, ..AZURE }).by(robot());
    let expected = "nobody 401, GET by name pull 200, t0 401, GET by name metadata_read+pull 400";
    assert_eq!(world.request(For::Listing), expected, "and the registry's answer is the result");
    let deleting = World::new(QUAY_PRIVATE).by(robot()).request(For::Deleting);
    assert_eq!(deleting, "nobody 401, GET by name delete+pull 400: no");
}

#[test]
fn a_form_is_tried_once_where_forms_are_not_taken() {
    for refusal in [400, 401, 404, 405] {
        let service = Service { forms: Some(refusal), ..SERVICE };
        let mut world = World::with(Shape { service, ..REGISTRY }, policy(REGISTRY).preferring_forms()).by(robot());
        let expected = format!("nobody 401, POST password pull {refusal}, GET by name pull 200, t0 200");
        assert_eq!(world.request(For::Reading), expected);
        world.pass(36_000);
        assert_eq!(world.request(For::Reading), "GET by name pull 200, t1 200");
        assert_eq!(world.request(For::Writing), "nobody 401, GET by name pull+push 200, t2 200");
    }
    let mut world = World::with(REGISTRY, policy(REGISTRY).preferring_forms()).by(robot());
    assert_eq!(world.request(For::Reading), "nobody 401, POST password pull 200, t0 200");
    assert_eq!(world.request(For::Writing), "nobody 401, POST password pull+push 200, t1 200");
}

/// 403 and 429 may be the last word before an account is locked, and 500 says nothing of forms.
#[test]
fn a_form_that_is_refused_otherwise_is_the_end() {
    for refusal in [403, 429, 500, 302] {
        let service = Service { forms: Some(refusal), ..SERVICE };
        let mut world = World::with(Shape { service, ..REGISTRY }, policy(REGISTRY).preferring_forms()).by(robot());
        assert_eq!(world.request(For::Reading), format!("nobody 401, POST password pull {refusal}: no"));
    }
}

#[test]
fn an_identity_token_is_for_forms_alone() {
    let table = [
        (REGISTRY, "nobody 401, POST identity pull 200, t0 200"),
        (HARBOR, "nobody 401, POST identity pull 405: no"),
        (GITLAB, "nobody 401, GET pull 403: no"),
        (NEXUS, "nobody 401"),
        (SILENT, "nobody 401, root 401, POST identity pull 200, t0 200"),
    ];
    for (shape, expected) in table {
        assert_eq!(World::new(shape).by(identity()).request(For::Reading), expected, "{}", shape.host);
    }
}

#[test]
fn a_registry_token_is_for_the_registry_alone() {
    for shape in [REGISTRY, HARBOR, GITLAB, NEXUS, SILENT] {
        let mut world = World::new(shape).by(Credential::registry_token(Secret::new("own")));
        assert_eq!(world.request(For::Reading), "nobody 401, own 401", "{}", shape.host);
    }
}

#[test]
fn a_wrong_password_is_said_once() {
    let wrong = || Credential::basic("robot", Secret::new("wrong"));
    assert_eq!(World::new(REGISTRY).by(wrong()).request(For::Reading), "nobody 401, GET by name pull 401: no");
    assert_eq!(World::new(NEXUS).by(wrong()).request(For::Reading), "nobody 401, Basic 401");
    let mut forms = World::with(REGISTRY, policy(REGISTRY).preferring_forms()).by(wrong());
    let twice = "nobody 401, POST password pull 401, GET by name pull 401: no";
    assert_eq!(forms.request(For::Reading), twice, "but where forms are preferred");
}

/// What was learnt of a token service is forgotten when the service says no to it, so that the registry is asked anew.
#[test]
fn a_service_that_moved_is_found_again() {
    let mut world = World::new(REGISTRY).by(robot());
    world.request(For::Reading);
    world.shape.nobody = Said(401, &[r#"Bearer realm="https://r.example/v2/token",service="r""#]);
    world.shape.service.realm = "https://r.example/v2/token";
    world.pass(36_000);
    assert_eq!(world.request(For::Reading), "GET by name pull 404: no");
    assert_eq!(world.request(For::Reading), "nobody 401, GET by name pull 200, t1 200");
}

#[test]
fn a_realm_that_was_wrong_is_not_kept() {
    let mut world = World::new(REGISTRY).by(robot());
    world.shape.nobody = Said(401, &[r#"Bearer realm="http://r.example/token""#]);
    assert_eq!(world.request(For::Reading), "nobody 401: Insecure");
    world.shape.nobody = Said(401, &["Bearer service=r"]);
    assert_eq!(world.request(For::Reading), "nobody 401: Missing");
    world.shape.nobody = REGISTRY.nobody;
    assert_eq!(world.request(For::Reading), "nobody 401, GET by name pull 200, t0 200");
}
