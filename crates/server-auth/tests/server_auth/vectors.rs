//! Signatures that others made: the examples of RFC 7515 (appendix A) and RFC 8037 (appendix A.4). Their claims are not
//! for any registry, which is found out after the signature was found right.

use serde_json::{Value, json};
use wharf_server_auth::{Bearer, InvalidToken, KeySet};

use crate::forge::{document, terms, validate};

const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

fn outcome(key: &Value, token: &str) -> InvalidToken {
    let bearer = Bearer::new(terms(), KeySet::parse(&document(std::slice::from_ref(key))).unwrap());
    validate(&bearer, token).unwrap_err()
}

#[test]
fn the_signatures_of_the_rfcs_are_right() {
    let rsa = json!({ "kty": "RSA", "e": "AQAB", "n": concat!(
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ",
        "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2",
        "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD",
        "TW9gb54h4FRWyuXpoQ") });
    let by_rsa = concat!(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU",
        "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d",
        "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig",
        "cN_IoypGlUPQGe77Rw"
    );
    let p256 = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    let by_p256 = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let ed25519 = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let by_ed25519 = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let example = "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    for (key, header, claims, signature) in [
        (rsa, "eyJhbGciOiJSUzI1NiJ9", JOE, by_rsa),
        (p256, "eyJhbGciOiJFUzI1NiJ9", JOE, by_p256),
        (ed25519, "eyJhbGciOiJFZERTQSJ9", example, by_ed25519),
    ] {
        assert_eq!(outcome(&key, &format!("{header}.{claims}.{signature}")), InvalidToken::Claims, "{key}");
        let other = signature.replacen(['D', 'c', 'h'], "E", 1);
        assert_eq!(outcome(&key, &format!("{header}.{claims}.{other}")), InvalidToken::Signature, "{key}");
    }
}
