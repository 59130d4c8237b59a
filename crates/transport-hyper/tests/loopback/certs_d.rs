//! Certificates of single hosts, from directories.

use std::error::Error as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wharf_client::TransportErrorKind;
use wharf_transport_hyper::{CertsD, Hyper, Tls, TlsError, TlsErrorKind};

use crate::authority::Authority;
use crate::server::{get, read};

/// A directory with files, each with its directory.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    directory
}

fn strict(found: &CertsD) -> Hyper {
    Hyper::new().with_tls(Tls::new().without_system_roots()).with_certs_d(found)
}

#[tokio::test]
async fn a_host_gets_its_own_authorities_and_certificate() {
    let (authority, members) = (Authority::new("one"), Authority::new("members"));
    let pair = members.certify("robot");
    let (port, server) = authority.serve(Some(&members)).await;
    let (other, refused) = authority.serve(None).await;
    let host = |name: &str| format!("LocalHost:{port}/{name}");
    let files = directory(&[
        (&host("ca.crt"), &authority.pem),
        (&host("b.cert"), &pair.certificate),
        (&host("b.key"), &pair.key),
        (&host("notes.txt"), "not ours to read"),
        ("notes.txt", "nor this"),
        ("..data/ca.crt", "nor this"),
    ]);
    let found = CertsD::read([files.path()]).unwrap();
    assert_eq!(found.hosts().map(|host| host.port().unwrap().to_owned()).collect::<Vec<_>>(), [port.to_string()]);
    let response = get(&strict(&found), format!("https://localhost:{port}/")).await.unwrap();
    assert_eq!(read(response).await.unwrap(), b"hello");
    assert_eq!(server.await.unwrap().unwrap().shown, Some(pair.der));

    let error = get(&strict(&found), format!("https://localhost:{other}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Tls);
    drop(refused);
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let authority = Authority::new("one");
    let (pair, other) = (authority.certify("robot"), authority.certify("robot"));
    let (cert, key) = (pair.certificate.as_str(), pair.key.as_str());
    let large = "#".repeat((1 << 20) + 1);
    let largest = format!("{}\n{}", &large[..(1 << 20) - authority.pem.len() - 1], authority.pem);
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<(TlsErrorKind, &'a str)>);
    let cases: [Case<'_>; 10] = [
        (&[("ca.crt", &authority.pem), ("x.cert", cert), ("x.key", key)], None),
        (&[("ca.crt", &largest)], None),
        (&[("ca.crt", &large)], Some((TlsErrorKind::TooLarge, "ca.crt"))),
        (&[("ca.crt", "nothing")], Some((TlsErrorKind::NoCertificate, "ca.crt"))),
        (&[("x.cert", cert)], Some((TlsErrorKind::MissingKey, "x.key"))),
        (&[("x.key", key)], Some((TlsErrorKind::MissingCertificate, "x.cert"))),
        (&[("x.cert", cert), ("y.key", key)], Some((TlsErrorKind::MissingKey, "x.key"))),
        (&[("x.cert", "nothing"), ("x.key", key)], Some((TlsErrorKind::NoCertificate, "x.cert"))),
        (&[("x.cert", cert), ("x.key", "nothing")], Some((TlsErrorKind::Key, "x.key"))),
        (&[("x.cert", cert), ("x.key", &other.key)], Some((TlsErrorKind::WrongKey, "x.key"))),
    ];
    for (files, problem) in cases {
        let placed: Vec<_> = files.iter().map(|(name, text)| (format!("localhost:5000/{name}"), *text)).collect();
        let files = directory(&placed.iter().map(|(name, text)| (name.as_str(), *text)).collect::<Vec<_>>());
        let found = CertsD::read([files.path()]).unwrap();
        let told = found.problems().map(|(host, error)| (host.as_str(), error.kind(), error.path())).next();
        let place = problem.map(|(_, name)| files.path().join("localhost:5000").join(name));
        let expected = problem.map(|(kind, _)| ("localhost:5000", kind, place.as_deref()));
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_host_whose_files_cannot_be_used_gets_no_connection() {
    let files = directory(&[("localhost/ca.crt", "nothing"), ("[::1]:5000/ca.crt", "nothing")]);
    let transport = strict(&CertsD::read([files.path()]).unwrap());
    for url in ["https://localhost/", "https://localhost:443/", "https://LOCALHOST/", "https://[0::1]:5000/"] {
        let error = get(&transport, url.to_owned()).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Tls, "{url}");
        let cause = error.source().unwrap().source().unwrap();
        assert_eq!(cause.downcast_ref::<TlsError>().map(TlsError::kind), Some(TlsErrorKind::NoCertificate), "{url}");
    }
    // Another port is another host: it is not the files of this one that are in the way there.
    let error = get(&transport, "https://localhost:1/".to_owned()).await.unwrap_err();
    assert!(error.source().unwrap().source().unwrap().downcast_ref::<TlsError>().is_none());
}

#[test]
fn the_first_directory_that_has_a_host_counts() {
    let first = directory(&[("a.example/ca.crt", "nothing"), ("b.example:443/ca.crt", "nothing")]);
    let second = directory(&[("a.example/x.key", "nothing"), ("b.example/x.key", "nothing"), ("c.example/x.key", "")]);
    let missing = first.path().join("missing");
    let read = |directories: &[&Path]| {
        let found = CertsD::read(directories).unwrap();
        let problems = found.problems().map(|(host, error)| (host.name().to_owned(), error.kind()));
        problems.map(|(name, kind)| format!("{name} {kind:?}")).collect::<Vec<_>>()
    };
    assert_eq!(
        read(&[&missing, first.path(), second.path()]),
        ["a.example NoCertificate", "b.example NoCertificate", "c.example MissingCertificate"]
    );
    assert_eq!(read(&[second.path(), first.path()])[1], "b.example MissingCertificate");
    assert!(read(&[&missing]).is_empty());
    let error = CertsD::read([first.path().join("a.example/ca.crt")]).unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Unreadable);
}

#[test]
fn a_directory_has_at_most_so_many_files() {
    for (files, kind) in [(256, None), (257, Some(TlsErrorKind::TooMany))] {
        let directory = directory(&[("localhost:5000/notes", "")]);
        for file in 1..files {
            fs::write(directory.path().join(format!("localhost:5000/{file}")), "").unwrap();
        }
        let found = CertsD::read([directory.path()]).unwrap();
        assert_eq!(found.problems().map(|(_, error)| error.kind()).next(), kind);
    }
}
