//! What may somebody be called who signs in, and when are two names the same?

use crate::app::AppError;

/// Characters of names and of what people call things.
pub(super) const MOST_NAME: usize = 200;

/// Refuses a sign-in name that nobody could type, or that would break a line of a log.
pub(super) fn check_name(name: &str) -> Result<(), AppError> {
    let fits = |char: char| !char.is_control() && !char.is_whitespace();
    if name.is_empty() || name.chars().count() > MOST_NAME || !name.chars().all(fits) || name.starts_with("token") {
        return Err(AppError::invalid("account_name_wrong").arg("name", name).field("name"));
    }
    Ok(())
}

/// A sign-in name as it is compared.
pub(super) fn normal(name: &str) -> String {
    name.trim().to_lowercase()
}
