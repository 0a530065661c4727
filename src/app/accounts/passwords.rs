//! Passwords: argon2id with the parameters that OWASP names first (19 MiB, two passes, one lane), on threads of their own,
//! because each takes a good part of a second, and not many at once, because each takes 19 MiB.
//!
//! There is one rule, a least length. Rules about digits and signs make passwords that are written on paper (NIST SP
//! 800-63B, 3.1.1.2).

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::{OnceCell, Semaphore};
use zeroize::Zeroizing;

use super::AppError;

/// The fewest characters of a password.
pub const LEAST_PASSWORD: usize = 12;
/// The most bytes: whoever sends more wants the server to work.
const MOST_BYTES: usize = 1024;
/// Passwords that are looked at at once.
const AT_ONCE: usize = 4;

/// Hashes passwords and compares them.
pub(super) struct Hasher {
    room: Semaphore,
    /// The hash of nobody's password. A sign-in with a name that nobody has is compared with it, so that it takes as long
    /// as any other.
    nobody: OnceCell<String>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { room: Semaphore::new(AT_ONCE), nobody: OnceCell::new() }
    }
}

/// Refuses a password that is too short or far too long.
pub(super) fn check(password: &str) -> Result<(), AppError> {
    if password.chars().count() < LEAST_PASSWORD {
        let error = AppError::invalid("password_short").arg("least", LEAST_PASSWORD.to_string());
        return Err(error.field("password"));
    }
    if password.len() > MOST_BYTES {
        return Err(AppError::invalid("password_long").arg("most", MOST_BYTES.to_string()).field("password"));
    }
    Ok(())
}

impl Hasher {
    /// The hash of a password, with a salt of its own.
    pub(super) async fn hash(&self, password: &str) -> Result<String, AppError> {
        let failed = || AppError::invalid("password_not_hashed");
        let _room = self.room.acquire().await.map_err(|_| failed())?;
        let password = Zeroizing::new(password.to_string());
        let hashed = tokio::task::spawn_blocking(move || {
            Argon2::default().hash_password(password.as_bytes()).map(|hash: PasswordHash| hash.to_string())
        });
        hashed.await.ok().and_then(Result::ok).ok_or_else(failed)
    }

    /// Whether a password is the one with this hash; takes as long when there is none.
    pub(super) async fn is(&self, password: &str, hash: Option<&str>) -> Result<bool, AppError> {
        let failed = || AppError::invalid("password_not_hashed");
        let nobody = async { self.hash("the password of nobody").await };
        let other = self.nobody.get_or_try_init(|| nobody).await?;
        let wanted = hash.unwrap_or(other).to_string();
        let _room = self.room.acquire().await.map_err(|_| failed())?;
        // One that is too long is nobody's; it is cut and compared like any other.
        let given = Zeroizing::new(password.as_bytes().iter().copied().take(MOST_BYTES + 1).collect::<Vec<u8>>());
        let same = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&wanted).is_ok_and(|wanted| Argon2::default().verify_password(&given, &wanted).is_ok())
        });
        Ok(same.await.map_err(|_| failed())? && hash.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passwords_are_told_apart() {
        let hasher = Hasher::default();
        let hash = hasher.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, hasher.hash("correct horse battery").await.unwrap(), "a salt of its own");
        assert!(hasher.is("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!hasher.is("correct horse batterx", Some(&hash)).await.unwrap());
        assert!(!hasher.is("the password of nobody", None).await.unwrap());
        assert!(!hasher.is("x", Some("damaged")).await.unwrap());
        assert!(
            check("十二个字的密码就可以了吧").is_ok() && check("short").is_err() && check(&"x".repeat(1025)).is_err()
        );
    }
}
