use serde_json::{Value, json};

use super::{Absent, same};
use crate::oci_spec::ConversionErrorKind::{self, Changed, Lost};

fn fault(said: &Value, held: &Value, absent: Absent) -> Option<(ConversionErrorKind, String)> {
    same(said, held, absent).err().map(|error| (error.kind(), error.path().to_owned()))
}

#[test]
fn the_first_difference_is_found() {
    let cases = [
        (json!({"b": 1, "a": 2}), json!({"a": 1, "b": 2}), Changed, "$.a"),
        (json!({"a": {"b": 1}}), json!({}), Lost, "$.a"),
        (json!({"a": [1, {"b": 1}]}), json!({"a": [1, {}]}), Lost, "$.a[1].b"),
        (json!({"a": [1, 2]}), json!({"a": [1]}), Changed, "$.a"),
        (json!({"a": []}), json!({"a": [1]}), Changed, "$.a"),
        (json!({"a": {}}), json!({"a": "b"}), Changed, "$.a"),
        (json!({"a": {}}), json!({"a": {"invented": 1}}), Changed, "$.a"),
        (json!({"a": null}), json!({"a": 1}), Changed, "$.a"),
        (json!([null]), json!([1]), Changed, "$[0]"),
    ];
    for (said, held, kind, path) in cases {
        for absent in [Absent::Null, Absent::Empty] {
            assert_eq!(fault(&said, &held, absent), Some((kind, path.to_owned())), "{said} and {held}");
        }
    }
}

#[test]
fn what_says_nothing_may_be_absent() {
    for empty in [json!([]), json!({}), json!(""), json!(false)] {
        let said = json!({"a": empty});
        assert_eq!(fault(&said, &json!({}), Absent::Null), Some((Lost, "$.a".to_owned())), "{said}");
        assert_eq!(fault(&said, &json!({}), Absent::Empty), None, "{said}");
        assert_eq!(fault(&json!({}), &said, Absent::Null), Some((Changed, "$".to_owned())), "{said}");
        assert_eq!(fault(&json!({}), &said, Absent::Empty), None, "{said}");
    }
    assert_eq!(fault(&json!({"a": null}), &json!({}), Absent::Null), None);
    assert_eq!(fault(&json!({}), &json!({"a": null}), Absent::Null), None);
    assert_eq!(fault(&json!({"a": 0}), &json!({}), Absent::Empty), Some((Lost, "$.a".to_owned())));
}
