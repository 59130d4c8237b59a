//! Lists of tags, repositories and referrers.

use futures_util::TryStreamExt;
use wharf_client::Client;
use wharf_registry::{Descriptor, List, Repository, Tag};
use wharf_testkit::emulate::registries::{self, Emulation};
use wharf_testkit::fixture;

use crate::every::Emulate;
use crate::support::{client, digest, registry, repository};

async fn tagged(emulation: &Emulation, names: &[&str]) -> Client {
    let client = client(emulation);
    let image = fixture::image(1, 0, 0);
    let tags: Vec<_> = names.iter().map(|name| fixture::tag(name)).collect();
    fixture::push_blobs(&client, &repository(), &image).await;
    fixture::put_document(&client, &repository(), &image.document(), &tags).await;
    drop(emulation.network.take_lines());
    client
}

async fn tags(client: &Client, after: Option<&str>) -> Vec<String> {
    let after = after.map(fixture::tag);
    let found: Vec<Tag> = client.tags(&repository(), after.as_ref()).try_collect().await.unwrap();
    found.iter().map(ToString::to_string).collect()
}

fn queries(emulation: &Emulation) -> Vec<String> {
    let sent = emulation.network.sent().into_iter().filter(|sent| sent.url.contains("/tags/list"));
    sent.map(|sent| sent.url.split_once("/tags/list").unwrap().1.to_owned()).collect()
}

/// Artifactory and Nexus write links that lead into the wrong path, host or scheme; Quay's are whole addresses; and
/// Azure's have a parameter that is empty and has to stay.
#[tokio::test]
async fn the_next_page_is_asked_for_at_the_list_s_own_address_with_the_query_of_the_link() {
    let table: [(Emulate, &str); 4] = [
        (registries::artifactory, "?n=2&last=b"),
        (registries::nexus, "?n=2&last=b"),
        (registries::quay, "?n=2&last=b"),
        (registries::azure, "?n=2&last=b&orderby="),
    ];
    for (emulate, second) in table {
        let emulation = emulate(crate::every::ours());
        let client = tagged(&emulation, &["a", "b", "c"]).await;
        assert_eq!(tags(&client, None).await, ["a", "b", "c"], "{}", emulation.host);
        let asked = queries(&emulation);
        assert_eq!(asked, ["?n=1000", second], "{}", emulation.host);
        let urls = emulation.network.sent().into_iter().map(|sent| sent.url);
        let own = format!("https://{}/v2/team/app/tags/list?", emulation.host);
        assert!(urls.filter(|url| url.contains("tags/list")).all(|url| url.starts_with(&own)), "{}", emulation.host);
    }
}

/// GitHub ends a list with none, Nexus has tags that are none, Artifactory digests among them, and Google more than tags.
#[tokio::test]
async fn what_is_no_tag_is_left_out() {
    let all: [Emulate; 4] = [registries::github, registries::nexus, registries::artifactory, registries::google];
    for emulate in all {
        let emulation = emulate(crate::every::ours());
        let client = tagged(&emulation, &["a", "b"]).await;
        assert_eq!(tags(&client, None).await, ["a", "b"], "{}", emulation.host);
        assert!(tags(&client, Some("b")).await.is_empty(), "{}", emulation.host);
    }
}

/// zot has nothing to say after a tag that is not there.
#[tokio::test]
async fn a_list_after_a_tag_that_zot_does_not_have_is_taken_from_all_of_it() {
    let emulation = registries::zot(registry());
    let client = tagged(&emulation, &["a", "h", "z"]).await;
    assert_eq!(tags(&client, Some("gone")).await, ["h", "z"]);
    assert_eq!(queries(&emulation), ["?n=1000&last=gone", ""]);
}

/// More than a thousand are refused by ECR with 405, and by CNCF distribution's catalog with 400 for less, as it is set.
#[tokio::test]
async fn no_more_entries_are_asked_for_than_ecr_gives_and_none_where_that_is_too_many() {
    let emulation = registries::ecr(registry());
    let client = tagged(&emulation, &["a"]).await;
    assert_eq!(tags(&client, None).await, ["a"]);
    assert_eq!(queries(&emulation), ["?n=1000"]);

    let emulation = registries::distribution(registry());
    let client = tagged(&emulation, &["a"]).await;
    let found: Vec<Repository> = client.repositories(None).try_collect().await.unwrap();
    assert_eq!(found, [repository()]);
    assert_eq!(emulation.network.take_lines(), ["GET /v2/_catalog 400", "GET /v2/_catalog 200"]);
}

/// Google lists everything, whatever was asked for.
#[tokio::test]
async fn a_list_that_is_whole_anyway_is_not_read_twice() {
    let emulation = registries::google(registry());
    let client = tagged(&emulation, &["a", "b", "c"]).await;
    assert_eq!(tags(&client, Some("a")).await, ["b", "c"]);
    assert_eq!(queries(&emulation).len(), 1);
}

/// Quay refuses to list what refers to something that is not there, and GitHub leads to its web site.
#[tokio::test]
async fn a_registry_that_will_not_list_referrers_has_those_under_the_fallback_tag_or_none() {
    for emulate in [registries::quay as Emulate, registries::github] {
        let emulation = emulate(crate::every::ours());
        let client = tagged(&emulation, &["a"]).await;
        let found: Vec<Descriptor> =
            client.referrers(&repository(), &digest(b"none"), None).try_collect().await.unwrap();
        assert!(found.is_empty(), "{}", emulation.host);
        let last = emulation.network.take_lines().pop().unwrap();
        assert!(last.starts_with("GET /v2/team/app/manifests/sha256-"), "{last}");
    }
}
