//! What happens beside a collection, or a deletion.

use wharf_registry::Error;

use crate::client::{APP, Client, OTHER};
use crate::explore::{Scenario, everywhere, in_each_crowd, with_a_pool};
use crate::image::{index, kept, new, note};

in_each_crowd! {
    a_push_beside_a_collection,
    what_is_said_to_be_there_is_named_beside_a_collection,
    a_mount_beside_a_deletion_and_a_collection,
    what_is_held_is_named_beside_a_collection,
    two_collectors_beside_a_push,
    an_index_beside_the_deletion_of_another_with_the_same_child,
    an_index_beside_the_deletion_of_its_child,
    a_referrer_beside_the_deletion_of_its_subject,
    an_upload_of_what_is_swept,
    a_tag_that_moves_to_and_fro_beside_a_collection,
    an_index_of_a_child_that_is_swept,
    a_repository_that_comes_to_be_by_two,
}

/// A tag, and the blobs of another image that nothing leads to.
pub(crate) fn garbage(client: &Client) {
    client.push_all(&APP, &kept(), &["kept"]);
    new().blobs().for_each(|blob| client.put_blob(&APP, blob));
}

pub(crate) fn both_are_whole(client: &Client) {
    client.pull(&APP, "kept", &kept());
    client.pull(&APP, "new", &new());
}

pub(crate) fn push_and_pull(client: &Client) {
    client.push(&APP, &new(), "new");
    client.pull(&APP, "new", &new());
}

fn a_push_beside_a_collection() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| client.push_all(&APP, &kept(), &["kept"]),
        actors: &[
            |client| {
                client.push_all(&APP, &new(), &["new"]);
                client.pull(&APP, "new", &new());
            },
            Client::collect,
            |client| client.pull(&APP, "kept", &kept()),
        ],
        check: both_are_whole,
    }
}

fn what_is_said_to_be_there_is_named_beside_a_collection() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: garbage,
        actors: &[push_and_pull, Client::collect, |client| client.pull(&APP, "kept", &kept())],
        check: both_are_whole,
    }
}

fn a_mount_beside_a_deletion_and_a_collection() -> Scenario {
    Scenario {
        suits: with_a_pool,
        prepare: |client| client.push_all(&APP, &kept(), &["kept"]),
        actors: &[
            |client| {
                client.mount(&OTHER, &APP, &kept(), "mounted");
                client.pull(&OTHER, "mounted", &kept());
            },
            |client| {
                client.delete(&APP, &kept().document());
                kept().blobs().for_each(|blob| client.delete_blob(&APP, blob));
            },
            Client::collect,
        ],
        check: |client| client.pull(&OTHER, "mounted", &kept()),
    }
}

fn what_is_held_is_named_beside_a_collection() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: garbage,
        actors: &[
            |client| {
                client.push_held(&APP, &new(), "new");
                client.pull(&APP, "new", &new());
            },
            Client::collect,
        ],
        check: both_are_whole,
    }
}

fn two_collectors_beside_a_push() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: garbage,
        actors: &[push_and_pull, Client::collect, Client::collect_untagged],
        check: both_are_whole,
    }
}

/// An index goes and another one comes, and both name the same child. Nobody else records that.
fn an_index_beside_the_deletion_of_another_with_the_same_child() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| {
            client.push_all(&APP, &kept(), &[]);
            client.put(&APP, &index("one"), &["one"]).unwrap();
        },
        actors: &[
            |client| {
                let push_child = |_: &Error| client.push_all(&APP, &kept(), &["child"]);
                client.again(|| client.put(&APP, &index("two"), &["two"]).inspect_err(push_child));
            },
            |client| assert!(client.delete(&APP, &index("one"))),
            Client::collect_untagged,
        ],
        check: |client| {
            assert_eq!(client.tag(&APP, "two").as_ref(), Some(index("two").digest()));
            client.pull_as(&APP, &kept().document().digest().clone().into(), &kept());
        },
    }
}

/// The one who deletes it comes before, and the index is refused, or later, and it lacks a child that was deleted.
fn an_index_beside_the_deletion_of_its_child() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| client.push_all(&APP, &kept(), &["kept"]),
        actors: &[
            |client| {
                // It may come too late. What was deleted can be pushed again, and the index is whole then.
                let _ = client.put(&APP, &index("one"), &["one"]);
                client.push_all(&APP, &kept(), &["again"]);
                client.again(|| client.put(&APP, &index("one"), &["one"]));
            },
            |client| {
                client.delete_tag(&APP, "kept");
                client.push(&APP, &new(), "new");
                assert!(client.delete(&APP, &new().document()));
            },
            Client::collect_untagged,
        ],
        check: |client| {
            client.pull(&APP, "again", &kept());
            assert_eq!(client.tag(&APP, "one").as_ref(), Some(index("one").digest()));
        },
    }
}

fn a_referrer_beside_the_deletion_of_its_subject() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| client.push_all(&APP, &kept(), &["kept"]),
        actors: &[
            |client| {
                let put_config = |_: &Error| client.put_blob(&APP, &kept().config);
                client.again(|| client.put(&APP, &note(), &[]).inspect_err(put_config));
                assert_eq!(client.referrers(&APP, kept().document().digest()), [note().digest().clone()]);
            },
            |client| assert!(client.delete(&APP, &kept().document())),
            Client::collect,
        ],
        check: |client| {
            assert_eq!(client.referrers(&APP, kept().document().digest()), [note().digest().clone()]);
            client.read(&APP, &kept().config);
        },
    }
}

fn an_upload_of_what_is_swept() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| {
            garbage(client);
            new().blobs().for_each(|blob| client.delete_blob(&APP, blob));
        },
        actors: &[
            |client| {
                new().blobs().for_each(|blob| client.upload(&APP, blob));
                client.push(&APP, &new(), "new");
                client.pull(&APP, "new", &new());
            },
            Client::collect,
        ],
        check: both_are_whole,
    }
}

fn a_tag_that_moves_to_and_fro_beside_a_collection() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| {
            client.push_all(&APP, &new(), &["moves"]);
            client.push_all(&APP, &kept(), &["moves"]);
        },
        actors: &[
            |client| {
                for image in [new(), kept()] {
                    client.push(&APP, &image, "moves");
                    client.pull(&APP, "moves", &image);
                }
            },
            Client::collect_untagged,
        ],
        check: |client| client.pull(&APP, "moves", &kept()),
    }
}

/// A child that nobody names any more, with all that it needs, is named again, or it is told that it is not there.
fn an_index_of_a_child_that_is_swept() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| client.push_all(&APP, &kept(), &[]),
        actors: &[
            |client| {
                if client.put(&APP, &index("one"), &["one"]).is_err() {
                    client.push_all(&APP, &kept(), &["child"]);
                    client.again(|| client.put(&APP, &index("one"), &["one"]));
                }
            },
            Client::collect_untagged,
        ],
        check: |client| {
            assert_eq!(client.tag(&APP, "one").as_ref(), Some(index("one").digest()));
            client.pull_as(&APP, &kept().document().digest().clone().into(), &kept());
        },
    }
}

fn a_repository_that_comes_to_be_by_two() -> Scenario {
    Scenario {
        suits: with_a_pool,
        prepare: |client| new().blobs().for_each(|blob| client.put_blob(&APP, blob)),
        actors: &[
            |client| client.push(&OTHER, &new(), "one"),
            |client| client.mount(&OTHER, &APP, &new(), "two"),
            Client::collect,
        ],
        check: |client| ["one", "two"].iter().for_each(|tag| client.pull(&OTHER, tag, &new())),
    }
}
