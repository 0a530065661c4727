//! What idflow knows of the system without asking it: settings, fields, actions, and the words of every problem.

use std::borrow::Cow;

use idflow_sdk::{
    Access, ActionSpec, ConnectorSpec, Effect, FieldSpec, Identity, KeyRule, Kind, Message, OutputSpec, Privacy,
    Removal, Schema, SettingSpec, Text, Type, Unique, action::RemovedValue, messages,
};

/// The connector.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    settings: &[
        // Another address is another system: the same number there is somebody else.
        SettingSpec { required: true, identity: Identity::System, ..SettingSpec::new("address", ADDRESS) }
            .getting_secrets(),
        SettingSpec { required: true, ..SettingSpec::secret("key", KEY) },
    ],
    schemas: &[&USER],
    actions: &[&READ, &CREATE, &UPDATE, &DISABLE, &DELETE],
    messages: MESSAGES,
    ..ConnectorSpec::new("badge", Text::new("门禁卡", "Door badges"), crate::connection::open)
};

const ADDRESS: Text = Text::new("门禁系统的地址", "the address of the badge system");
const KEY: Text = Text::new("接口密钥：门禁系统 → 设置 → 接口", "its key: badge system → Settings → API");

/// The number of each field is its place in this list, and is stored: new fields go at the end.
static FIELDS: [FieldSpec; 5] = [
    FieldSpec::new("number", Type::Text, Text::new("工号", "the number of the holder"))
        .required()
        .access(Access::CreateOnly)
        .unique(Unique::EachCall),
    FieldSpec::new("name", Type::Text, Text::new("姓名", "name")).required(),
    // The system takes it and never shows it: whoever reads must leave it out, not call it empty.
    FieldSpec::new("mobile", Type::Phone, Text::new("手机号，唯一", "mobile number, unique"))
        .unique(Unique::EachCall)
        .duplicate("mobile_duplicate")
        .privacy(Privacy::Phone)
        .hidden(),
    FieldSpec::new("email", Type::Email, Text::new("邮箱", "e-mail address")).privacy(Privacy::Email),
    FieldSpec::new("active", Type::Bool, Text::new("门禁卡是否有效", "whether the badge opens doors")),
];

pub(crate) static USER: Schema = Schema {
    connector: "badge",
    kind: Kind::User,
    fields: Cow::Borrowed(&FIELDS),
    key: KeyRule::Natural("number"),
    numeric_keys: false,
    label: "name",
    parent: None,
    max_depth: None,
    gone_when: None,
    at_least_one: &["mobile", "email"],
};

const fn write(name: &'static str, zh: &'static str, en: &'static str, effect: Effect) -> ActionSpec {
    ActionSpec {
        name,
        title: Text::new(zh, en),
        kind: Some(Kind::User),
        effect,
        capability: Some("write"),
        params: &[],
        outputs: &[],
        max_parallel: 4,
        batch: 1,
    }
}

const fn list(name: &'static str, removed: bool, zh: &'static str, en: &'static str) -> OutputSpec {
    OutputSpec { name, list_of: Some(Kind::User), one: false, removed, doc: Text::new(zh, en) }
}

pub(crate) static READ: ActionSpec = ActionSpec {
    kind: None,
    capability: Some("read"),
    outputs: &[
        list("users", false, "持卡人", "the holders"),
        list("removed_users", true, "已删除的持卡人", "holders who are gone"),
    ],
    ..write("read", "读取持卡人", "Read the holders", Effect::Read)
};
pub(crate) static CREATE: ActionSpec = write("create_user", "添加持卡人", "Add holders", Effect::Create);
pub(crate) static UPDATE: ActionSpec = write("update_user", "更新持卡人", "Update holders", Effect::Update);
pub(crate) static DISABLE: ActionSpec = write("disable_user", "停用门禁卡", "Disable badges", OFF);
pub(crate) static DELETE: ActionSpec =
    write("delete_user", "删除持卡人", "Delete holders", Effect::Remove(Removal::Delete));
const OFF: Effect = Effect::Remove(Removal::Set { field: "active", value: RemovedValue::Bool(false) });

/// Who can mend it, why it happened and what to do, in both languages.
static MESSAGES: &[Message] = messages! {
    "badge_contact_missing" Invalid Hr, "手机号和邮箱都没有", "there is neither a mobile nor an e-mail", "请补上一个", "add one of the two";
    "badge_taken" Conflict Hr, "已有别人使用：{field}", "somebody else has it: {field}", "请在来源里更正", "correct it in the source";
    "badge_not_found" NotFound ItAdmin, "门禁系统里没有此人", "the person is not there", "无需处理", "nothing to do";
    "badge_no_right" Configuration ItAdmin, "门禁系统不接受密钥", "the key is refused", "请核对密钥", "compare the key" => GiveSecret;
    "badge_busy" Temporary Vendor, "门禁系统忙", "the badge system is busy", "会自动重试", "it is tried again by itself";
    "badge_unreachable" Temporary Operator, "连不上门禁系统", "it cannot be reached", "检查地址和网络", "check address and network";
    "badge_no_answer" Unknown Operator, "门禁系统没有回答", "it did not answer", "会自动查询结果", "idflow looks what became of it";
    "badge_answer" Bug Vendor, "看不懂门禁系统的回答", "its answer makes no sense", "请联系厂商", "ask the vendor";
    "badge_unnamed" Invalid ItAdmin, "有持卡人没有工号", "a holder has no number", "请在门禁系统里补上", "add it in the badge system";
    "badge_only_people" Configuration Bug, "门禁系统里只有人员", "it knows people only", "请报告此问题", "please report this";
};
