//! Which fields of members does an app not see, and which only with a member's consent?

use serde::{Deserialize, Serialize};

/// A field that an app is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenField {
    /// The name; the userid stands in its place.
    Name,
    /// The alias.
    Alias,
    /// The position.
    Position,
    /// The fixed-line number.
    Telephone,
    /// The flags and lists of leaders.
    Leaders,
    /// The extension attributes.
    Extattr,
    /// The names of departments; the id stands in their place.
    DepartmentName,
}

/// A sensitive field that a member may give to an app by consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OauthField {
    /// The gender.
    Gender,
    /// The avatar.
    Avatar,
    /// The personal QR code.
    QrCode,
    /// The mobile number.
    Mobile,
    /// The personal mail address.
    Email,
    /// The corp mail address.
    BizMail,
    /// The postal address.
    Address,
}

impl OauthField {
    /// Every field there is.
    pub const ALL: [Self; 7] =
        [Self::Gender, Self::Avatar, Self::QrCode, Self::Mobile, Self::Email, Self::BizMail, Self::Address];
}

/// Whether an app reads the fields restricted since June 2022.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensitiveFields {
    /// Withheld, as from an app made after June 2022.
    #[default]
    Hidden,
    /// Given, as to an app made before.
    Shown,
}
