//! The registries there are, by what they do with a first pull, a second one, one after the token has expired, and one
//! with a token that was revoked: each request and each exchange, and nothing else.

use crate::shape::{REGISTRY, SERVICE, Said, Service, Shape};
use crate::world::{For, World, robot};

const HUB: Shape = Shape {
    host: "docker.io",
    home: "https://registry-1.docker.io",
    nobody: Said(401, &[r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="{scope}""#]),
    expired: Said(
        401,
        &[
            r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="{scope}",error="invalid_token""#,
        ],
    ),
    narrow: Said(
        401,
        &[
            r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="{scope}",error="insufficient_scope""#,
        ],
    ),
    root: Said(401, &[r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io""#]),
    service: Service { realm: "https://auth.docker.io/token", ..SERVICE },
    ..REGISTRY
};

const GITHUB: Shape = Shape {
    host: "ghcr.io",
    home: "https://ghcr.io",
    nobody: Said(
        401,
        &[r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull""#],
    ),
    expired: Said(403, &[]),
    narrow: Said(403, &[]),
    service: Service { realm: "https://ghcr.io/token", body: r#"{"token":"{token}"}"#, ..SERVICE },
    ..REGISTRY
};

const ECR: Shape = Shape {
    host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    home: "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    nobody: Said(
        401,
        &[r#"Basic realm="https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com""#],
    ),
    expired: Said(403, &[]),
    takes_basic: true,
    ..REGISTRY
};

const ECR_PUBLIC: Shape = Shape {
    host: "public.ecr.aws",
    home: "https://public.ecr.aws",
    nobody: Said(401, &[r#"Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws""#]),
    expired: Said(400, &[]),
    service: Service { realm: "https://public.ecr.aws/token/", body: r#"{"token":"{token}"}"#, ..SERVICE },
    ..REGISTRY
};

pub(crate) const HARBOR: Shape = Shape {
    host: "harbor.example",
    home: "https://harbor.example",
    nobody: Said(
        401,
        &[r#"Bearer realm="https://harbor.example/service/token",service="harbor-registry",scope="{scope}""#],
    ),
    expired: Said(401, &[r#"Basic realm="harbor""#]),
    narrow: Said(401, &[r#"Basic realm="harbor""#]),
    takes_basic: true,
    service: Service {
        realm: "https://harbor.example/service/token",
        forms: Some(405),
        body: r#"{"token":"{token}","access_token":"","expires_in":1800,"issued_at":"2024-01-01T00:00:00Z"}"#,
        lifetime: 1800,
        ..SERVICE
    },
    ..REGISTRY
};

const QUAY: Shape = Shape {
    host: "quay.io",
    home: "https://quay.io",
    nobody: Said(200, &[]),
    service: Service {
        realm: "https://quay.io/v2/auth",
        forms: Some(405),
        body: r#"{"token":"{token}"}"#,
        lifetime: 3600,
        refuses: &["delete"],
        ..SERVICE
    },
    ..REGISTRY
};

pub(crate) const QUAY_PRIVATE: Shape = Shape {
    nobody: Said(401, &[r#"Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="{scope}""#]),
    expired: Said(401, &[r#"Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="{scope}""#]),
    narrow: Said(401, &[r#"Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="{scope}""#]),
    service: Service { nobody: Some(401), ..QUAY.service },
    ..QUAY
};

const GITEA: Shape = Shape {
    host: "codeberg.org",
    home: "https://codeberg.org",
    nobody: Said(
        401,
        &[
            r#"Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*",Basic realm="https://codeberg.org/v2",service="container_registry",scope="*""#,
        ],
    ),
    expired: Said(
        401,
        &[
            r#"Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*",Basic realm="https://codeberg.org/v2",service="container_registry",scope="*""#,
        ],
    ),
    takes_basic: true,
    service: Service { realm: "https://codeberg.org/v2/token", body: r#"{"token":"{token}"}"#, ..SERVICE },
    ..REGISTRY
};

pub(crate) const AZURE: Shape = Shape {
    host: "r.azurecr.io",
    home: "https://r.azurecr.io",
    nobody: Said(401, &[r#"Bearer realm="https://r.azurecr.io/oauth2/token",service="r.azurecr.io",scope="{scope}""#]),
    expired: Said(
        401,
        &[
            r#"Bearer realm="https://r.azurecr.io/oauth2/token",service="r.azurecr.io",scope="{scope}",error="invalid_token""#,
        ],
    ),
    narrow: Said(
        401,
        &[
            r#"Bearer realm="https://r.azurecr.io/oauth2/token",service="r.azurecr.io",scope="{scope}",error="insufficient_scope""#,
        ],
    ),
    actions: ["pull", "pull,push", "delete", "metadata_read"],
    service: Service {
        realm: "https://r.azurecr.io/oauth2/token",
        body: r#"{"access_token":"{token}"}"#,
        lifetime: 4500,
        ..SERVICE
    },
    ..REGISTRY
};

/// With a realm that is another host.
pub(crate) const GITLAB: Shape = Shape {
    host: "registry.gitlab.com",
    home: "https://registry.gitlab.com",
    nobody: Said(401, &[r#"Bearer realm="https://gitlab.com/jwt/auth",service="container_registry",scope="{scope}""#]),
    expired: Said(
        401,
        &[
            r#"Bearer realm="https://gitlab.com/jwt/auth",service="container_registry",scope="{scope}",error="invalid_token""#,
        ],
    ),
    service: Service {
        realm: "https://gitlab.com/jwt/auth",
        forms: Some(404),
        nobody: Some(403),
        body: r#"{"token":"{token}","expires_in":300}"#,
        ..SERVICE
    },
    ..REGISTRY
};

pub(crate) const NEXUS: Shape = Shape {
    nobody: Said(401, &[r#"BASIC realm="Sonatype Nexus Repository Manager""#]),
    expired: Said(401, &[r#"BASIC realm="Sonatype Nexus Repository Manager""#]),
    takes_basic: true,
    ..REGISTRY
};

pub(crate) const ARTIFACTORY: Shape = Shape {
    host: "art.example",
    home: "https://art.example",
    nobody: Said(
        401,
        &[r#"Bearer realm="https://art.example:443/artifactory/api/docker/r/v2/token",service="art.example:443""#],
    ),
    expired: Said(
        401,
        &[r#"Bearer realm="https://art.example:443/artifactory/api/docker/r/v2/token",service="art.example:443""#],
    ),
    service: Service { realm: "https://art.example/artifactory/api/docker/r/v2/token", forms: Some(401), ..SERVICE },
    ..REGISTRY
};

/// With a realm that is a path, unquoted, and a challenge on what is no refusal.
const ZOT: Shape = Shape {
    nobody: Said(401, &["bearer realm=/auth/token,service=zot,scope=\"\""]),
    expired: Said(401, &["bearer realm=/auth/token,service=zot,scope=\"\""]),
    root: Said(200, &["bearer realm=/auth/token,service=zot,scope=\"\""]),
    service: Service { realm: "https://r.example/auth/token", ..SERVICE },
    ..REGISTRY
};

/// As gcr.io once was: how it wants to be asked it says at its root alone.
pub(crate) const SILENT: Shape = Shape {
    nobody: Said(401, &[]),
    expired: Said(401, &[]),
    narrow: Said(401, &[]),
    root: Said(
        401,
        &[r#"Bearer realm="https://r.example/token",service=r.example,scope="repository:user/image:push""#],
    ),
    ..REGISTRY
};

/// What is done the first time, the second, after ten hours, and with a token that was revoked.
type Done = [&'static str; 4];

const OPEN: Done = ["nobody 200"; 4];
const BASIC: Done = ["nobody 401, Basic 200", "Basic 200", "Basic 200", "Basic 200"];
const TOKEN: Done = [
    "nobody 401, GET by name pull 200, t0 200",
    "t0 200",
    "GET by name pull 200, t1 200",
    "t1 401, GET by name pull 200, t2 200",
];

const PULLS: [(&str, Shape, Done); 14] = [
    ("CNCF", REGISTRY, TOKEN),
    ("Docker Hub", HUB, TOKEN),
    ("GitHub", GITHUB, [TOKEN[0], TOKEN[1], TOKEN[2], "t1 403, GET by name pull 200, t2 200"]),
    ("ECR", ECR, BASIC),
    ("ECR Public", ECR_PUBLIC, [TOKEN[0], TOKEN[1], TOKEN[2], "t1 400, GET by name pull 200, t2 200"]),
    ("Harbor", HARBOR, TOKEN),
    ("Quay, public", QUAY, OPEN),
    ("Quay, private", QUAY_PRIVATE, TOKEN),
    ("Gitea", GITEA, TOKEN),
    ("Azure", AZURE, TOKEN),
    ("Nexus", NEXUS, BASIC),
    ("Artifactory", ARTIFACTORY, TOKEN),
    ("zot", ZOT, TOKEN),
    ("silent", SILENT, ["nobody 401, root 401, GET by name pull 200, t0 200", TOKEN[1], TOKEN[2], TOKEN[3]]),
];

#[test]
fn a_pull_takes_what_the_table_says() {
    for (name, shape, expected) in PULLS {
        let mut world = World::new(shape).by(robot());
        let first = world.request(For::Reading);
        world.pass(20);
        let second = world.request(For::Reading);
        world.pass(36_000);
        let late = world.request(For::Reading);
        world.revoke();
        let revoked = world.request(For::Reading);
        assert_eq!([&*first, &*second, &*late, &*revoked], expected, "{name}");
    }
}
