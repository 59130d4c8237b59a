//! Keys as JSON (RFC 7517, RFC 7518 section 6, RFC 8037).

use std::error::Error;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::key::{Key, Material};

const MAX_BYTES: usize = 64 * 1024;
const MAX_KEYS: usize = 64;

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// The members that say something about a key of a kind that is known.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<Box<str>>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<Value>,
}

pub(super) fn read(document: &[u8]) -> Result<Vec<Key>, InvalidKeySet> {
    let whole = |fault| InvalidKeySet { at: None, fault };
    if document.len() > MAX_BYTES {
        return Err(whole(KeySetFault::TooLarge));
    }
    let document: Document = serde_json::from_slice(document).map_err(|_| whole(KeySetFault::Malformed))?;
    if document.keys.len() > MAX_KEYS {
        return Err(whole(KeySetFault::TooLarge));
    }
    let mut keys = Vec::new();
    for (at, value) in document.keys.into_iter().enumerate() {
        let key = key(value).map_err(|fault| InvalidKeySet { at: Some(at), fault })?;
        if key.as_ref().is_some_and(|key| has(&keys, key)) {
            return Err(InvalidKeySet { at: Some(at), fault: KeySetFault::Duplicate });
        }
        keys.extend(key);
    }
    Ok(keys)
}

/// Whether a key could be meant where this one is.
pub(super) fn has(keys: &[Key], key: &Key) -> bool {
    keys.iter().any(|has| (&has.id, has.algorithm()) == (&key.id, key.algorithm()))
}

/// The key as a document has it; nothing for a secret.
pub(super) fn write(key: &Key) -> Option<Value> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let mut value = match &key.material {
        Material::Rsa { n, e } => json!({ "kty": "RSA", "n": text(n), "e": text(e) }),
        Material::P256(point) => {
            let (x, y) = point.get(1..33).zip(point.get(33..))?;
            json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) })
        }
        Material::Ed25519(x) => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(x) }),
        Material::Secret(_) => return None,
    };
    let members = value.as_object_mut()?;
    members.insert("alg".into(), key.algorithm().name().into());
    members.insert("use".into(), "sig".into());
    members.extend(key.id.as_deref().map(|id| ("kid".into(), id.into())));
    Some(value)
}

/// Nothing for a key of another kind or for another use, which others may need.
fn key(value: Value) -> Result<Option<Key>, KeySetFault> {
    let jwk: Jwk = serde_json::from_value(value).map_err(|_| KeySetFault::Malformed)?;
    if jwk.kty == "oct" || !is_for_signatures(&jwk) {
        return Ok(None);
    }
    let Some(material) = material(&jwk)? else { return Ok(None) };
    if jwk.d.is_some() {
        return Err(KeySetFault::Private);
    }
    let key = Key { id: jwk.kid, material };
    Ok(Some(key).filter(|key| jwk.alg.is_none_or(|name| name == key.algorithm().name())))
}

fn is_for_signatures(jwk: &Jwk) -> bool {
    let verifies = |operations: &Vec<String>| operations.iter().any(|operation| operation == "verify");
    jwk.usage.as_deref().is_none_or(|usage| usage == "sig") && jwk.key_ops.as_ref().is_none_or(verifies)
}

fn material(jwk: &Jwk) -> Result<Option<Material>, KeySetFault> {
    Ok(Some(match (&*jwk.kty, jwk.crv.as_deref()) {
        ("RSA", _) => {
            let (n, e) = (number(jwk.n.as_deref())?, number(jwk.e.as_deref())?);
            // A small exponent that is odd, as every one in use is.
            let is_exponent = e.len() <= 4 && e.last().is_some_and(|last| last % 2 == 1) && *e != [1];
            if !(256..=1024).contains(&n.len()) || n.first().is_none_or(|first| *first < 0x80 && n.len() == 256) {
                return Err(KeySetFault::Size);
            }
            is_exponent.then_some(Material::Rsa { n, e }).ok_or(KeySetFault::Malformed)?
        }
        ("EC", Some("P-256")) => {
            let (x, y) = (coordinate(jwk.x.as_deref())?, coordinate(jwk.y.as_deref())?);
            Material::P256([&[4], &*x, &*y].concat().into())
        }
        ("OKP", Some("Ed25519")) => Material::Ed25519(coordinate(jwk.x.as_deref())?),
        _ => return Ok(None),
    }))
}

/// A number, most significant byte first, without the zeros that some put before it.
fn number(text: Option<&str>) -> Result<Box<[u8]>, KeySetFault> {
    let bytes = bytes(text)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).filter(|number| !number.is_empty()).map(Into::into).ok_or(KeySetFault::Malformed)
}

fn coordinate(text: Option<&str>) -> Result<Box<[u8]>, KeySetFault> {
    let bytes = bytes(text)?;
    if bytes.len() == 32 { Ok(bytes.into()) } else { Err(KeySetFault::Size) }
}

fn bytes(text: Option<&str>) -> Result<Vec<u8>, KeySetFault> {
    URL_SAFE_NO_PAD.decode(text.ok_or(KeySetFault::Malformed)?).map_err(|_| KeySetFault::Malformed)
}

/// Why a key set document cannot be used, and which of its keys is at fault. It never holds anything of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKeySet {
    at: Option<usize>,
    fault: KeySetFault,
}

/// What is wrong with a key set document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeySetFault {
    /// It is longer than 64 KiB or has more than 64 keys.
    TooLarge,
    /// It is no such document, or the key has no such form.
    Malformed,
    /// An RSA key of fewer than 2,048 or more than 8,192 bits, or a coordinate of another length than the curve has.
    Size,
    /// The key is private: who publishes it has lost it.
    Private,
    /// Two keys of one algorithm have the same name, or none.
    Duplicate,
}

impl InvalidKeySet {
    /// Which key is at fault, the first being 0; nothing when it is the document.
    #[must_use]
    pub const fn at(self) -> Option<usize> {
        self.at
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(self) -> KeySetFault {
        self.fault
    }
}

impl fmt::Display for InvalidKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            KeySetFault::TooLarge => "the key set is larger than 64 KiB or 64 keys",
            KeySetFault::Malformed => "not a key set that can be read",
            KeySetFault::Size => "a key of a size that is not used",
            KeySetFault::Private => "a private key among public ones",
            KeySetFault::Duplicate => "two keys that cannot be told from each other",
        })?;
        self.at.map_or(Ok(()), |at| write!(f, " (key {at})"))
    }
}

impl Error for InvalidKeySet {}
