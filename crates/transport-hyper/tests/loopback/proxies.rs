//! Which proxy a request goes through: addresses, rules and variables as tables.

use std::error::Error as _;
use std::ffi::OsString;

use http::Uri;
use wharf_client::Secret;
use wharf_transport_hyper::{Proxies, Proxy, ProxyError};

const SECRET: &str = "canary-5eecret";

#[test]
fn addresses_of_proxies() {
    let cases = [
        ("http://proxy.example:3128", Ok("http://proxy.example:3128")),
        ("http://proxy.example:3128/", Ok("http://proxy.example:3128")),
        ("proxy.example:3128", Ok("http://proxy.example:3128")),
        ("proxy.example", Ok("http://proxy.example:80")),
        ("HTTPS://proxy.example", Ok("https://proxy.example:443")),
        ("socks5://proxy.example", Ok("socks5://proxy.example:1080")),
        ("socks5h://[::1]:9", Ok("socks5://[::1]:9")),
        ("http://robot:canary-5eecret@proxy.example", Ok("http://proxy.example:80")),
        ("http://robot:p@ss@proxy.example", Ok("http://proxy.example:80")),
        ("socks4://proxy.example", Err(ProxyError::Scheme)),
        ("ftp://proxy.example", Err(ProxyError::Scheme)),
        ("", Err(ProxyError::Malformed)),
        ("http://", Err(ProxyError::Malformed)),
        ("http://:80", Err(ProxyError::Malformed)),
        ("http://proxy.example:0", Err(ProxyError::Malformed)),
        ("http://proxy.example:", Err(ProxyError::Malformed)),
        ("http://proxy.example:65536", Err(ProxyError::Malformed)),
        ("http://proxy.example/path", Err(ProxyError::Malformed)),
        ("http://proxy example", Err(ProxyError::Malformed)),
        ("http://ro%3Abot:x@proxy.example", Err(ProxyError::Account)),
        ("http://%ff:x@proxy.example", Err(ProxyError::Account)),
    ];
    for (text, expected) in cases {
        let parsed = text.parse::<Proxy>().map(|proxy| proxy.to_string());
        assert_eq!(parsed.as_deref().map_err(|error| *error), expected, "{text}");
    }
}

#[test]
fn an_account_has_at_most_so_many_bytes_and_is_never_printed() {
    let proxy: Proxy = "http://proxy.example".parse().unwrap();
    for (user, password, fits) in [(255, 255, true), (256, 0, false), (0, 256, false)] {
        let account = proxy.clone().with_account("u".repeat(user), Secret::new("p".repeat(password)));
        assert_eq!(account.is_ok(), fits);
    }
    let proxy = proxy.with_account("robot", Secret::new(SECRET)).unwrap();
    let proxies = Proxies::all(proxy.clone());
    let printed = format!("{proxy} {proxy:?} {proxies:?}");
    assert!(!printed.contains(SECRET) && !printed.contains("robot"), "{printed}");
}

#[test]
fn hosts_that_are_gone_to_directly() {
    let cases: [(&str, &[&str], &[&str]); 12] = [
        ("", &[], &["https://localhost/", "https://127.0.0.1/", "http://a.example/"]),
        ("*", &["https://a.example/", "http://10.0.0.1/", "https://[::1]/"], &[]),
        ("a.example", &["https://a.example/", "https://b.a.example/", "https://A.Example./"], &["https://ba.example/"]),
        (
            ".a.example",
            &["https://b.a.example/", "https://c.b.a.example/"],
            &["https://a.example/", "https://ba.example/"],
        ),
        ("*.a.example", &["https://b.a.example/"], &["https://a.example/"]),
        ("A.example.", &["https://a.example/"], &[]),
        ("10.1.2.3/8", &["https://10.255.0.1/", "https://[::ffff:10.0.0.1]/"], &["https://11.0.0.1/", "https://a.10/"]),
        ("192.0.2.1", &["https://192.0.2.1/"], &["https://192.0.2.2/", "https://192.0.2.10/"]),
        ("::/0", &["https://[2001:db8::1]/", "https://[::1]/"], &["https://a.example/"]),
        ("2001:db8::/31, 0.0.0.0/0", &["https://[2001:db9::1]/", "https://1.2.3.4/"], &["https://[2001:dba::1]/"]),
        (
            "a.example:5000,b.example:443 c.example:80",
            &["https://a.example:5000/", "http://a.example:5000/", "https://b.example/", "http://c.example/"],
            &["https://a.example/", "http://b.example/", "https://c.example/"],
        ),
        ("10.0.0.1:80,[::1]:443,::2", &["http://10.0.0.1/", "https://[::1]/", "https://[0::2]/"], &["http://[::1]/"]),
    ];
    for (rules, direct, proxied) in cases {
        let proxies = Proxies::all("proxy.example".parse().unwrap()).with_bypass(rules).unwrap();
        let is_direct = |uri: &&str| proxies.of(&Uri::try_from(*uri).unwrap()).is_none();
        assert!(direct.iter().all(is_direct), "{rules}: {direct:?}");
        assert!(!proxied.iter().any(is_direct), "{rules}: {proxied:?}");
    }
    for rule in
        ["10.0.0.0/33", "2001:db8::/129", "10.0.0.0/x", "a.example:x", "a.example:65536", "http://a", ".", "a/b"]
    {
        let refused = Proxies::none().with_bypass(&format!("b.example,{rule}")).map(|_| ());
        assert_eq!(refused, Err(ProxyError::Rule), "{rule}");
    }
}

/// The proxy of plain http and of https, under variables that are set to a host or to rules.
fn chosen(variables: &[(&str, &str)], host: &str) -> [String; 2] {
    let value = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| OsString::from(value));
    let proxies = Proxies::from_variables(value).unwrap();
    ["http", "https"].map(|scheme| {
        let uri = Uri::try_from(format!("{scheme}://{host}/")).unwrap();
        proxies.of(&uri).map_or("-".to_owned(), |proxy| proxy.uri_host().to_owned())
    })
}

trait UriHost {
    fn uri_host(&self) -> String;
}

impl UriHost for Proxy {
    fn uri_host(&self) -> String {
        let text = self.to_string();
        text.trim_start_matches("http://").trim_end_matches(":80").to_owned()
    }
}

#[test]
fn what_the_environment_says() {
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, [&'a str; 2]);
    let cases: [Case<'_>; 15] = [
        (&[], "a.example", ["-", "-"]),
        (&[("HTTP_PROXY", "p")], "a.example", ["p", "-"]),
        (&[("http_proxy", "p")], "a.example", ["p", "-"]),
        (&[("HTTPS_PROXY", "p")], "a.example", ["-", "p"]),
        (&[("https_proxy", "p")], "a.example", ["-", "p"]),
        (&[("ALL_PROXY", "p")], "a.example", ["p", "p"]),
        (&[("all_proxy", "p"), ("HTTPS_PROXY", "q")], "a.example", ["p", "q"]),
        (&[("HTTP_PROXY", "p"), ("http_proxy", "q")], "a.example", ["p", "-"]),
        (&[("HTTP_PROXY", ""), ("http_proxy", "q")], "a.example", ["q", "-"]),
        (&[("HTTP_PROXY", "evil"), ("http_proxy", "evil"), ("REQUEST_METHOD", "GET")], "a.example", ["-", "-"]),
        (&[("HTTP_PROXY", "evil"), ("ALL_PROXY", "p"), ("REQUEST_METHOD", "")], "a.example", ["p", "p"]),
        (&[("ALL_PROXY", "p"), ("NO_PROXY", "a.example")], "a.example", ["-", "-"]),
        (&[("ALL_PROXY", "p"), ("NO_PROXY", ""), ("no_proxy", "127.0.0.*, a.example")], "a.example", ["-", "-"]),
        (&[("ALL_PROXY", "p"), ("no_proxy", "*")], "b.example", ["-", "-"]),
        (&[("ALL_PROXY", "p"), ("no_proxy", "127.0.0.*, a.example")], "b.example", ["p", "p"]),
    ];
    for (variables, host, expected) in cases {
        assert_eq!(chosen(variables, host), expected, "{variables:?}");
    }
    for host in
        ["localhost", "x.localhost", "LOCALHOST.", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
    {
        assert_eq!(chosen(&[("ALL_PROXY", "p")], host), ["-", "-"], "{host}");
    }
    assert_eq!(chosen(&[("ALL_PROXY", "p")], "localhost.example"), ["p", "p"]);
}

#[test]
fn a_variable_that_cannot_be_used_is_named_and_not_repeated() {
    let value = |name: &str| (name == "https_proxy").then(|| "gopher://robot:canary-5eecret@proxy".into());
    let error = Proxies::from_variables(value).unwrap_err();
    assert_eq!((error.variable(), error.to_string().as_str()), ("https_proxy", "https_proxy cannot be used"));
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&ProxyError::Scheme));
    assert!(!format!("{error:?}").contains("canary"));
}
