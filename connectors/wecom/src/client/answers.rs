//! In which form do calls answer whose rows are elsewhere?

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    lenient,
    rows::{DepartmentRow, MembershipRow, TagRow},
};

#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub access_token: String,
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub expires_in: u64,
}

#[derive(Deserialize)]
pub(super) struct HolderAnswer {
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub userid: String,
}

#[derive(Deserialize)]
pub(super) struct DepartmentsAnswer {
    pub department: Vec<DepartmentRow>,
}

#[derive(Deserialize)]
pub(super) struct DepartmentAnswer {
    pub department: DepartmentRow,
}

#[derive(Deserialize)]
pub(super) struct SimpleListAnswer {
    pub department_id: Vec<DepartmentRow>,
}

#[derive(Deserialize)]
pub(super) struct TagsAnswer {
    pub taglist: Vec<TagRow>,
}

#[derive(Deserialize)]
pub(super) struct UsersAnswer {
    pub userlist: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
pub(super) struct MediaAnswer {
    pub media_id: String,
}

#[derive(Deserialize)]
pub(super) struct ProviderIdsAnswer {
    pub dept_user: Vec<ProviderIdRow>,
}

#[derive(Deserialize)]
pub(super) struct ProviderIdRow {
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub open_userid: String,
}

#[derive(Deserialize)]
pub(super) struct MembershipsAnswer {
    pub dept_user: Vec<MembershipRow>,
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub next_cursor: String,
}
