//! What several do with the same names, sessions and leases.

use bytes::Bytes;
use wharf_registry::{Digest, ErrorCode, Precondition};
use wharf_testkit::fixture::{self, Image};

use crate::client::{APP, Client, OTHER};
use crate::collecting::{both_are_whole, garbage, push_and_pull};
use crate::explore::{Scenario, everywhere, in_each_crowd, replays, with_a_pool};
use crate::image::{kept, new, versions};
use crate::turns;
use crate::world::Crowd;

in_each_crowd! {
    a_push_beside_the_same_push,
    a_tag_that_two_move_from_the_same_place,
    what_is_read_is_as_new_as_what_was_acknowledged,
    an_image_that_is_pushed_and_deleted_is_there_or_not,
    a_session_that_two_go_on_with,
    a_lease_that_ends_beside_another,
    who_goes_away_takes_nothing_along,
    what_is_reported_survives_a_power_cut,
    what_is_mounted_survives_a_power_cut,
    what_is_wrong_is_healed_beside_readers,
}

fn a_push_beside_the_same_push() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: garbage,
        actors: &[
            push_and_pull,
            |client| {
                client.push_all(&APP, &new(), &["too"]);
                client.pull(&APP, "too", &new());
            },
            Client::collect,
        ],
        check: |client| {
            both_are_whole(client);
            client.pull(&APP, "too", &new());
        },
    }
}

/// Only from where it was before, and tells if that was so.
fn moves(client: &Client, image: &Image) {
    client.again(|| {
        image.blobs().for_each(|blob| client.put_blob(&APP, blob));
        let from = Precondition::PointsTo(kept().document().digest().clone());
        match client.put_when(&APP, &image.document(), &["moves"], &from) {
            Err(error) if *error.code() == ErrorCode::DENIED => return Ok(()),
            moved => moved?,
        }
        client.note(|notes| notes.reached += 1);
        client.pull(&APP, "moves", image);
        Ok(())
    });
}

fn a_tag_that_two_move_from_the_same_place() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| client.push_all(&APP, &kept(), &["kept", "moves"]),
        actors: &[
            |client| moves(client, &versions()[0]),
            |client| moves(client, &versions()[1]),
            Client::collect_untagged,
        ],
        check: |client| {
            assert_eq!(client.notes().reached, 1, "so many moved it");
            let moved = client.tag(&APP, "moves");
            assert!(versions()[..2].iter().any(|image| moved.as_ref() == Some(image.document().digest())));
            client.pull(&APP, "kept", &kept());
        },
    }
}

/// Which of the versions a tag leads to; also what lists say.
fn version(client: &Client) -> usize {
    let found = client.document(&APP, &fixture::tag("moves").into()).unwrap();
    let resolved = client.tag(&APP, "moves").unwrap();
    let of = |digest: &Digest| versions().iter().position(|image| image.document().digest() == digest).unwrap();
    let (first, second) = (of(found.digest()), of(&resolved));
    assert!(first <= second, "{second} after {first}");
    second
}

fn reads(client: &Client) {
    let mut last = 0;
    for _ in 0..3 {
        let acknowledged = client.notes().reached;
        let found = version(client);
        assert!(found >= last.max(acknowledged), "{found} after {last}, and {acknowledged} was acknowledged");
        last = found;
    }
}

/// An index that is read has to be read again while somebody else moves another tag: only then can what is kept of it be
/// old.
fn what_is_read_is_as_new_as_what_was_acknowledged() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| {
            let tagged = versions().iter().zip(["0", "1", "2"]);
            tagged.for_each(|(image, tag)| client.push_all(&APP, image, &[tag]));
            client.put(&APP, &versions()[0].document(), &["moves"]).unwrap();
        },
        actors: &[
            |client| {
                for (position, image) in versions().iter().enumerate() {
                    client.put(&APP, &image.document(), &["moves"]).unwrap();
                    client.note(|notes| notes.reached = position);
                }
            },
            reads,
            |client| {
                for tag in ["one", "two"] {
                    client.put(&APP, &versions()[0].document(), &[tag]).unwrap();
                    version(client);
                }
            },
        ],
        check: |client| assert_eq!(version(client), 2),
    }
}

/// By its tag, by its digest, and with all that it needs.
fn is_there_or_not(client: &Client) {
    match client.tag(&APP, "kept") {
        Some(_) => client.pull(&APP, "kept", &kept()),
        None => assert_eq!(client.document(&APP, &kept().document().digest().clone().into()), None),
    }
}

fn an_image_that_is_pushed_and_deleted_is_there_or_not() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| client.push_all(&APP, &kept(), &["kept"]),
        actors: &[
            |client| client.push_all(&APP, &kept(), &["kept"]),
            |client| assert!(client.delete(&APP, &kept().document())),
            |client| {
                if let Some(found) = client.document(&APP, &fixture::tag("kept").into()) {
                    assert_eq!(found, kept().document());
                    kept().blobs().for_each(|blob| client.read(&APP, blob));
                }
            },
        ],
        check: is_there_or_not,
    }
}

/// In how many parts an upload comes, and how long each is.
const PARTS: usize = 3;
const PART: usize = 40;

fn uploaded() -> Bytes {
    fixture::bytes(9, PARTS * PART)
}

/// Goes on with the session where it was left, until there is nothing to do or somebody else is always faster. Whoever is
/// refused comes again when somebody has let go of something.
fn goes_on(client: &Client) {
    for _ in 0..4 * PARTS {
        let is_over = match client.resume(&APP) {
            Ok(upload) => client.send_next(upload, &uploaded(), PART),
            Err(code) if code == ErrorCode::BLOB_UPLOAD_UNKNOWN => {
                assert_eq!(client.notes().reached, 1, "it is over only when it is committed");
                true
            }
            Err(code) => {
                assert_eq!(code, ErrorCode::BLOB_UPLOAD_INVALID);
                turns::wait().is_err()
            }
        };
        if is_over {
            return;
        }
    }
}

fn a_session_that_two_go_on_with() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| client.begin_session(&APP),
        actors: &[goes_on, goes_on, |client| client.upload(&APP, &new().config)],
        check: |client| {
            // Each of them may have given up while the other one held it.
            goes_on(client);
            client.read(&APP, &uploaded());
            client.read(&APP, &new().config);
        },
    }
}

fn a_lease_that_ends_beside_another() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: garbage,
        actors: &[
            |client| {
                client.push_held(&APP, &new(), "new");
                client.pull(&APP, "new", &new());
            },
            |client| client.hold(&APP, &new()),
            Client::collect,
        ],
        check: both_are_whole,
    }
}

/// Some wait for their turn, and some go away when they would have to.
fn who_goes_away_takes_nothing_along() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: garbage,
        actors: &[
            push_and_pull,
            |client| ["one", "two"].iter().for_each(|tag| client.put_at_once(&APP, &kept().document(), tag)),
            |client| {
                client.again(|| client.put(&APP, &kept().document(), &["three"]));
                client.pull(&APP, "three", &kept());
            },
        ],
        check: |client| {
            both_are_whole(client);
            client.pull(&APP, "three", &kept());
            ["one", "two"].iter().filter(|tag| client.tag(&APP, tag).is_some()).for_each(|tag| {
                client.pull(&APP, tag, &kept());
            });
        },
    }
}

/// Also what one found that the other was still at.
fn what_is_reported_survives_a_power_cut() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| client.push_all(&APP, &kept(), &["kept"]),
        actors: &[
            |client| {
                client.push_all(&APP, &new(), &["new"]);
                client.survives(|client| client.pull(&APP, "new", &new()));
            },
            |client| {
                client.push_all(&APP, &new(), &["too"]);
                client.survives(|client| client.pull(&APP, "too", &new()));
            },
            |client| {
                client.upload(&APP, &new().config);
                client.survives(|client| client.read(&APP, &new().config));
            },
        ],
        check: |client| ["new", "too"].iter().for_each(|tag| client.pull(&APP, tag, &new())),
    }
}

fn what_is_mounted_survives_a_power_cut() -> Scenario {
    Scenario {
        suits: with_a_pool,
        prepare: |client| client.push_all(&APP, &kept(), &["kept"]),
        actors: &[
            |client| {
                client.push_all(&OTHER, &kept(), &["pushed"]);
                client.survives(|client| client.pull(&OTHER, "pushed", &kept()));
            },
            |client| {
                client.mount(&OTHER, &APP, &kept(), "mounted");
                client.survives(|client| client.pull(&OTHER, "mounted", &kept()));
            },
        ],
        check: |client| ["pushed", "mounted"].iter().for_each(|tag| client.pull(&OTHER, tag, &kept())),
    }
}

fn heals(client: &Client) {
    let layer = &kept().layers[0];
    client.put_blob(&APP, layer);
    client.note(|notes| notes.reached += 1);
    client.read(&APP, layer);
}

/// Nobody takes for right what was, or takes what was wrong for what is there.
fn what_is_wrong_is_healed_beside_readers() -> Scenario {
    Scenario {
        suits: everywhere,
        prepare: |client| {
            client.push_all(&APP, &kept(), &["kept"]);
            client.damage(&kept().layers[0]);
        },
        actors: &[heals, heals, |client| {
            for _ in 0..3 {
                let is_healed = client.notes().reached > 0;
                assert!(client.reads_right(&APP, &kept().layers[0]) || !is_healed);
            }
        }],
        check: |client| client.pull(&APP, "kept", &kept()),
    }
}

#[test]
fn an_order_can_be_seen_again() {
    for crowd in [Crowd::Processes, Crowd::Tasks, Crowd::Memory] {
        replays(&a_push_beside_the_same_push(), crowd);
    }
}
