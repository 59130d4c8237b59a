use wharf::server_auth::Htpasswd;

use super::Failure;

/// The users of a file that `htpasswd -B` writes.
pub fn users(path: &str) -> Result<Htpasswd, Failure> {
    let text = std::fs::read_to_string(path)?;
    Ok(Htpasswd::parse(&text)?)
}
