//! The fields of WeCom departments and members, as mappings and plans name them.
//!
//! Numbers of fields are stored with every link: add new fields at the end, never reorder, never remove.
//!
//! Deliberately absent: avatar, `extattr`, `external_profile` and the member's sort value in each department. What no
//! mapping can name is never sent, so WeCom leaves it as it is.

use std::borrow::Cow;

use idflow_sdk::{Access, FieldId, FieldSpec, KeyRule, Kind, Privacy, Schema, Text, Type, Unique};

use crate::rules;

const fn text(zh: &'static str, en: &'static str) -> Text {
    Text::new(zh, en)
}

/// The words of the `gender` field; on the wire they are `"1"` and `"2"`.
pub const GENDERS: &[&str] = &["male", "female"];
/// The words of the `status` field; on the wire they are 1 (or 4), 2 and 5.
pub const STATUS: &[&str] = &["active", "disabled", "left"];
/// The largest sort value.
pub const MAX_ORDER: i64 = 4_294_967_295;
/// The levels of departments allowed below the company.
pub const MAX_DEPTH: usize = 15;

static DEPARTMENT_FIELDS: [FieldSpec; 6] = [
    FieldSpec::new(
        "id",
        Type::Int { min: 1, max: MAX_ORDER },
        text("部门 ID，由 idflow 选定", "department id, chosen by idflow"),
    )
    .access(Access::ReadOnly),
    FieldSpec::new(
        "name",
        Type::Text,
        text("部门名称，1 至 64 字，同级不重复", "name, 1 to 64 characters, unique among siblings"),
    )
    .required()
    .unique(Unique::AmongSiblings { parent: "parentid" })
    .duplicate("dept_name_duplicate_sibling")
    .check(rules::department_name),
    FieldSpec::new(
        "name_en",
        Type::Text,
        text(
            "英文名称，需在企业微信后台启用多语言",
            "English name; needs several languages enabled in the WeCom console",
        ),
    )
    .check(rules::department_name_en),
    FieldSpec::new(
        "parentid",
        Type::Ref(Kind::Department),
        text("上级部门，空为连接的根部门", "parent department; empty: the connection's root department"),
    ),
    FieldSpec::new(
        "order",
        Type::Int { min: 0, max: MAX_ORDER },
        text("同级排序值，大的在前", "sort value among siblings, larger first"),
    )
    .minor()
    .check(rules::department_order),
    FieldSpec::new(
        "path",
        Type::Path,
        text("从根部门往下的名称路径", "names from below the root department down, `/a/b`"),
    )
    .access(Access::ReadOnly),
];

static USER_FIELDS: [FieldSpec; 17] = [
    FieldSpec::new(
        "userid",
        Type::Caseless,
        text(
            "成员账号，1 至 64 字节的字母、数字和 _ - @ .，创建后不再更改",
            "account, 1 to 64 bytes of letters, digits and _ - @ ., never changed afterwards",
        ),
    )
    .required()
    .access(Access::CreateOnly)
    .unique(Unique::EachCall)
    .duplicate_alike("userid_duplicate", "userid_duplicate_case")
    .check(rules::userid),
    FieldSpec::new("name", Type::Text, text("姓名，1 至 64 字", "name, 1 to 64 characters"))
        .required()
        .check(rules::name),
    FieldSpec::new("alias", Type::Text, text("别名，最多 64 字", "alias, at most 64 characters")).check(rules::alias),
    FieldSpec::new(
        "mobile",
        Type::Phone,
        text(
            "手机号，企业内唯一；成员激活后企业微信不再接受更改",
            "mobile number, unique in the company; WeCom ignores a change once the member has activated",
        ),
    )
    .unique(Unique::EachCall)
    .duplicate("mobile_duplicate")
    .privacy(Privacy::Phone)
    .check(rules::mobile)
    .may_stay()
    .hidden(),
    FieldSpec::new(
        "email",
        Type::Email,
        text("邮箱，6 至 64 字节，企业内唯一", "e-mail address, 6 to 64 bytes, unique in the company"),
    )
    .unique(Unique::EachCall)
    .duplicate("email_duplicate")
    .privacy(Privacy::Email)
    .check(rules::email)
    .may_stay()
    .hidden(),
    FieldSpec::new(
        "department",
        Type::Refs { kind: Kind::Department, ordered: false },
        text("所属部门，最多 100 个", "departments, at most 100"),
    )
    .required()
    .check(rules::departments),
    FieldSpec::new(
        "main_department",
        Type::Ref(Kind::Department),
        text("主部门，须是所属部门之一", "main department, one of the departments"),
    ),
    FieldSpec::new(
        "is_leader_in_dept",
        Type::Flags { of: "department" },
        text("是否部门负责人，与 department 一一对应", "whether head of the department, one flag for each department"),
    ),
    FieldSpec::new(
        "direct_leader",
        Type::Refs { kind: Kind::User, ordered: true },
        text("直属上级，一般只有 1 人", "direct leader, as a rule one"),
    )
    .check(rules::direct_leaders),
    FieldSpec::new("position", Type::Text, text("职务，最多 128 字", "position, at most 128 characters"))
        .check(rules::position),
    FieldSpec::new("gender", Type::Enum(GENDERS), text("性别", "gender")).hidden(),
    FieldSpec::new("telephone", Type::Text, text("座机，最多 32 位", "landline, at most 32 characters"))
        .privacy(Privacy::Phone)
        .check(rules::telephone),
    FieldSpec::new("address", Type::Text, text("地址，最多 128 字", "address, at most 128 characters"))
        .check(rules::address)
        .hidden(),
    FieldSpec::new("enable", Type::Bool, text("是否启用", "whether the account is enabled")),
    FieldSpec::new(
        "external_position",
        Type::Text,
        text("对外职务，最多 12 个汉字", "position shown to outsiders, at most 12 Chinese characters"),
    )
    .check(rules::external_position),
    FieldSpec::new(
        "biz_mail",
        Type::Email,
        text(
            "企业邮箱，企业内唯一；只在创建时写入，之后只能在管理后台更改",
            "company mailbox, unique in the company; written at creation only, later changes are made in the admin console",
        ),
    )
        .access(Access::CreateOnly)
        .unique(Unique::EachCall)
        .privacy(Privacy::Email)
        .check(rules::biz_mail)
        .hidden(),
    FieldSpec::new(
        "status",
        Type::Enum(STATUS),
        text(
            "状态：active 在职（含尚未激活），disabled 已禁用，left 已退出企业",
            "status: active (also who has not logged in yet), disabled, or left the company",
        ),
    )
    .access(Access::ReadOnly),
];

/// Departments.
pub static DEPARTMENT: Schema = Schema {
    connector: "wecom",
    kind: Kind::Department,
    fields: Cow::Borrowed(&DEPARTMENT_FIELDS),
    key: KeyRule::Sequence("id"),
    numeric_keys: true,
    label: "name",
    parent: Some("parentid"),
    max_depth: Some(MAX_DEPTH),
    gone_when: None,
    at_least_one: &[],
};

/// Members.
pub static USER: Schema = Schema {
    connector: "wecom",
    kind: Kind::User,
    fields: Cow::Borrowed(&USER_FIELDS),
    key: KeyRule::Natural("userid"),
    numeric_keys: false,
    label: "name",
    parent: None,
    max_depth: None,
    gone_when: None,
    at_least_one: &["mobile", "email"],
};

/// Numbers of department fields.
#[allow(missing_docs)]
pub mod department {
    use super::FieldId;
    pub const ID: FieldId = 0;
    pub const NAME: FieldId = 1;
    pub const NAME_EN: FieldId = 2;
    pub const PARENTID: FieldId = 3;
    pub const ORDER: FieldId = 4;
    pub const PATH: FieldId = 5;
}

/// Numbers of user fields.
#[allow(missing_docs)]
pub mod user {
    use super::FieldId;
    pub const USERID: FieldId = 0;
    pub const NAME: FieldId = 1;
    pub const ALIAS: FieldId = 2;
    pub const MOBILE: FieldId = 3;
    pub const EMAIL: FieldId = 4;
    pub const DEPARTMENT: FieldId = 5;
    pub const MAIN_DEPARTMENT: FieldId = 6;
    pub const IS_LEADER_IN_DEPT: FieldId = 7;
    pub const DIRECT_LEADER: FieldId = 8;
    pub const POSITION: FieldId = 9;
    pub const GENDER: FieldId = 10;
    pub const TELEPHONE: FieldId = 11;
    pub const ADDRESS: FieldId = 12;
    pub const ENABLE: FieldId = 13;
    pub const EXTERNAL_POSITION: FieldId = 14;
    pub const BIZ_MAIL: FieldId = 15;
    pub const STATUS: FieldId = 16;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_places_in_the_tables() {
        let departments = ["id", "name", "name_en", "parentid", "order", "path"];
        let users = [
            "userid",
            "name",
            "alias",
            "mobile",
            "email",
            "department",
            "main_department",
            "is_leader_in_dept",
            "direct_leader",
            "position",
            "gender",
            "telephone",
            "address",
            "enable",
            "external_position",
            "biz_mail",
            "status",
        ];
        assert_eq!(DEPARTMENT.fields.iter().map(|field| &*field.name).collect::<Vec<_>>(), departments);
        assert_eq!(USER.fields.iter().map(|field| &*field.name).collect::<Vec<_>>(), users);
        assert_eq!(DEPARTMENT.field("path"), Some(department::PATH));
        assert_eq!(USER.field("mobile"), Some(user::MOBILE));
        assert_eq!(USER.field("department"), Some(user::DEPARTMENT));
        assert_eq!(USER.field("enable"), Some(user::ENABLE));
        assert_eq!(USER.field("biz_mail"), Some(user::BIZ_MAIL));
    }
}
