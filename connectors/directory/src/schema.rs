//! The fields of departments and people.
//!
//! Numbers of fields are stored with every object and with every link: add new fields at the end, never reorder, never
//! remove.

use std::borrow::Cow;

use idflow_sdk::{
    Access, FieldId, FieldSpec, KeyRule, Kind, Privacy, Schema, Text, Type, Unique,
    schema::{PENDING_REVIEW, REFUSED_VALUES},
};

const fn text(zh: &'static str, en: &'static str) -> Text {
    Text::new(zh, en)
}

/// The states of a department.
pub const DEPARTMENT_STATUS: &[&str] = &["active", "removed"];
/// The states of a person.
pub const USER_STATUS: &[&str] = &["active", "disabled", "left", PENDING_REVIEW];

static DEPARTMENT_FIELDS: &[FieldSpec] = &[
    FieldSpec::new("id", Type::Id, text("目录内部编号", "the directory's own id")).access(Access::ReadOnly),
    FieldSpec::new("name", Type::Text, text("部门名称，同级不重复", "name, unique among siblings"))
        .required()
        .unique(Unique::AmongSiblingsAtEnd { parent: "parent" })
        .duplicate("dept_name_duplicate_sibling"),
    FieldSpec::new("parent", Type::Ref(Kind::Department), text("上级部门，空为根", "parent department; empty: a root")),
    FieldSpec::new(
        "order",
        Type::Int { min: 0, max: 4_294_967_295 },
        text("同级排序，小的在前", "order among siblings, smaller first"),
    )
    .minor(),
    FieldSpec::new("path", Type::Path, text("从根到本部门的名称路径", "names from the root down, `/a/b`"))
        .access(Access::ReadOnly),
    FieldSpec::new("status", Type::Enum(DEPARTMENT_STATUS), text("状态", "status")),
    FieldSpec::new("custom", Type::Custom, text("自定义字段", "custom fields")),
];

static USER_FIELDS: &[FieldSpec] = &[
    FieldSpec::new("id", Type::Id, text("目录内部编号", "the directory's own id")).access(Access::ReadOnly),
    FieldSpec::new("username", Type::Caseless, text("账号，不分大小写唯一", "account name, unique without case"))
        .required()
        .unique(Unique::AtEnd)
        .duplicate_alike("userid_duplicate", "userid_duplicate_case"),
    FieldSpec::new("name", Type::Text, text("姓名", "name")).required(),
    FieldSpec::new("nickname", Type::Text, text("别名", "nickname")),
    FieldSpec::new("title", Type::Text, text("职务", "job title")),
    FieldSpec::new("employee_no", Type::Text, text("工号", "employee number")),
    FieldSpec::new("gender", Type::Enum(&["male", "female"]), text("性别", "gender")),
    FieldSpec::new("mobile", Type::Phone, text("手机号，唯一", "mobile number, unique"))
        .unique(Unique::AtEnd)
        .duplicate("mobile_duplicate")
        .privacy(Privacy::Phone),
    FieldSpec::new("email", Type::Email, text("邮箱，不分大小写唯一", "e-mail address, unique without case"))
        .unique(Unique::AtEnd)
        .duplicate("email_duplicate")
        .privacy(Privacy::Email),
    FieldSpec::new(
        "departments",
        Type::Members { kind: Kind::Department },
        text("所属部门及是否负责人", "departments, each with a leader flag"),
    ),
    FieldSpec::new(
        "primary_department",
        Type::Ref(Kind::Department),
        text("主部门，默认第一个", "main department, by default the first"),
    ),
    FieldSpec::new("managers", Type::Refs { kind: Kind::User, ordered: true }, text("直属上级", "direct managers")),
    FieldSpec::new("status", Type::Enum(USER_STATUS), text("状态", "status")),
    FieldSpec::new("custom", Type::Custom, text("自定义字段", "custom fields")),
    FieldSpec::new(
        REFUSED_VALUES,
        Type::Texts,
        text(
            "上次导入时来源里不能用的值：字段与原因",
            "what of the source could not be used last time: fields and reasons",
        ),
    )
    .access(Access::ReadOnly),
];

/// Departments.
pub static DEPARTMENT: Schema = Schema {
    connector: "directory",
    kind: Kind::Department,
    fields: Cow::Borrowed(DEPARTMENT_FIELDS),
    key: KeyRule::Ulid,
    numeric_keys: false,
    label: "name",
    parent: Some("parent"),
    max_depth: None,
    gone_when: Some(("status", &["removed"])),
    at_least_one: &[],
};

/// People.
pub static USER: Schema = Schema {
    connector: "directory",
    kind: Kind::User,
    fields: Cow::Borrowed(USER_FIELDS),
    key: KeyRule::Ulid,
    numeric_keys: false,
    label: "name",
    parent: None,
    max_depth: None,
    gone_when: Some(("status", &["left"])),
    at_least_one: &[],
};

/// Numbers of department fields.
#[allow(missing_docs)]
pub mod department {
    use super::FieldId;
    pub const ID: FieldId = 0;
    pub const NAME: FieldId = 1;
    pub const PARENT: FieldId = 2;
    pub const ORDER: FieldId = 3;
    pub const PATH: FieldId = 4;
    pub const STATUS: FieldId = 5;
}

/// Numbers of user fields.
#[allow(missing_docs)]
pub mod user {
    use super::FieldId;
    pub const ID: FieldId = 0;
    pub const USERNAME: FieldId = 1;
    pub const NAME: FieldId = 2;
    pub const MOBILE: FieldId = 7;
    pub const EMAIL: FieldId = 8;
    pub const DEPARTMENTS: FieldId = 9;
    pub const PRIMARY_DEPARTMENT: FieldId = 10;
    pub const MANAGERS: FieldId = 11;
    pub const STATUS: FieldId = 12;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_places_in_the_tables() {
        for (id, name) in [(department::NAME, "name"), (department::PATH, "path"), (department::STATUS, "status")] {
            assert_eq!(DEPARTMENT.field(name), Some(id));
        }
        for (id, name) in [
            (14, REFUSED_VALUES),
            (user::USERNAME, "username"),
            (user::MOBILE, "mobile"),
            (user::EMAIL, "email"),
            (user::DEPARTMENTS, "departments"),
            (user::PRIMARY_DEPARTMENT, "primary_department"),
            (user::MANAGERS, "managers"),
            (user::STATUS, "status"),
        ] {
            assert_eq!(USER.field(name), Some(id));
        }
    }
}
