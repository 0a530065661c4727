//! Every helper: its arguments, an example, and what it does in words.

use idflow_sdk::Text;

pub(super) const fn row(name: &'static str, helper: Helper, min: usize, max: usize, example: &'static str) -> Spec {
    let (signature, doc) = said(helper);
    Spec { name, helper, min, max, example, signature, doc }
}

/// Arguments and meaning.
pub(super) const fn said(helper: Helper) -> (&'static str, Text) {
    match helper {
        Helper::Lower => ("TEXT", Text::new("全部小写", "the text in small letters")),
        Helper::Upper => ("TEXT", Text::new("全部大写", "the text in capital letters")),
        Helper::Trim => {
            ("TEXT", Text::new("去掉两端的空白（含全角空格）", "the text without blanks around it, wide ones included"))
        }
        Helper::Truncate => ("TEXT LENGTH", Text::new("最多保留这么多个字", "at most so many characters of the text")),
        Helper::Default => {
            ("VALUE OTHER", Text::new("值为空时用另一个", "the value, or the other one when it is empty"))
        }
        Helper::Coalesce => ("VALUE…", Text::new("第一个不为空的值", "the first of the values that is not empty")),
        Helper::Eq => {
            ("LEFT RIGHT", Text::new("两个值是否相同；结果是真假值", "whether the two are the same: true or false"))
        }
        Helper::Join => (
            "LIST [SEPARATOR]",
            Text::new("把列表连成文本，默认用逗号", "the list as one text, joined by a comma unless said otherwise"),
        ),
        Helper::Split => (
            "TEXT [SEPARATOR]",
            Text::new(
                "按分隔符拆成列表，默认逗号；各项去空白，空项丢弃",
                "the text as a list, split at commas unless said otherwise; parts are trimmed and empty ones dropped",
            ),
        ),
        Helper::Replace => {
            ("TEXT FROM TO", Text::new("把文本里的一段都换成另一段", "the text with every FROM replaced by TO"))
        }
        Helper::Date => (
            "TIME [FORMAT] [ZONE]",
            Text::new(
                "按格式（`%Y-%m-%d`）和时区写出日期；时区要写明，否则是 UTC。看不懂的时间会被拒绝",
                "the time in a format (`%Y-%m-%d`) and a zone; without a zone it is UTC. A time that cannot be understood is refused",
            ),
        ),
        Helper::Phone => (
            "TEXT [COUNTRY]",
            Text::new(
                "电话号码的统一写法：大陆手机号 11 位，其他号码带 `+` 和国家或地区码；没有区号的号码按 COUNTRY（默认 `CN`）理解。不是一个完整号码的会被拒绝",
                "a phone number in one form: mainland mobiles as 11 digits, others with `+` and country code; without one the number is at home in COUNTRY (`CN` unless said otherwise). What is not one whole number is refused",
            ),
        ),
        Helper::Pinyin => (
            "TEXT",
            Text::new(
                "姓名的拼音（不带声调，只含 ASCII 字符，ü 写作 yu）；姓氏按姓氏读音（单 shan、曾 zeng）。没有读音的字符会被拒绝",
                "a name in letters without tones, ASCII only (ü is yu); surnames are read as surnames (单 shan, 曾 zeng). A character without a reading is refused",
            ),
        ),
        Helper::Json => ("VALUE", Text::new("值的 JSON 文本", "the value as JSON text")),
        Helper::Descending => (
            "NUMBER",
            Text::new(
                "把从小到大的排序值变成从大到小（企业微信大的在前）",
                "turns a sort value around, for targets that sort larger first",
            ),
        ),
        Helper::TargetId => (
            "REFERENCE",
            Text::new(
                "目标系统里对应对象的编号；上级为空时是连接的根部门",
                "what the target knows the referred object by; an empty parent gives the connection's root department",
            ),
        ),
        Helper::TargetIds => {
            ("REFERENCES", Text::new("目标系统里各个对应对象的编号", "what the target knows the referred objects by"))
        }
        Helper::LeaderFlags => (
            "DEPARTMENTS",
            Text::new(
                "在每个部门里是否负责人，与 `target_ids` 顺序一致",
                "whether the person leads each department, in the order of `target_ids`",
            ),
        ),
        Helper::Members => (
            "DEPARTMENTS FLAGS",
            Text::new(
                "所属部门连同各部门的负责人标记；标记看不到时保持原来的标记，不会当成“不是负责人”",
                "departments together with the flag for each; where the flags cannot be seen those that there are stay as they are",
            ),
        ),
        Helper::DepartmentPaths => (
            "PATHS [SEPARATOR]",
            Text::new(
                "按名称路径（`/a/b`）找到的部门；字段只放一个部门时，只能有一个路径",
                "departments found by their paths of names (`/a/b`); one path where the field holds one department",
            ),
        ),
    }
}

/// All helpers.
pub const HELPERS: &[Spec] = &[
    row("lower", Helper::Lower, 1, 1, "{{lower source.email}}"),
    row("upper", Helper::Upper, 1, 1, "{{upper source.employee_no}}"),
    row("trim", Helper::Trim, 1, 1, "{{trim source.name}}"),
    row("truncate", Helper::Truncate, 2, 2, "{{truncate source.title 32}}"),
    row("default", Helper::Default, 2, 2, "{{default source.title '员工'}}"),
    row("coalesce", Helper::Coalesce, 1, 16, "{{coalesce source.nickname source.name}}"),
    row("eq", Helper::Eq, 2, 2, "{{eq source.status 'active'}}"),
    row("join", Helper::Join, 1, 2, "{{join source.tags ','}}"),
    row("split", Helper::Split, 1, 2, "{{split source.tags ','}}"),
    row("replace", Helper::Replace, 3, 3, "{{replace source.name ' ' ''}}"),
    row("date", Helper::Date, 1, 3, "{{date run.due '%Y%m%d' 'Asia/Shanghai'}}"),
    row("phone", Helper::Phone, 1, 2, "{{phone source.mobile 'CN'}}"),
    row("pinyin", Helper::Pinyin, 1, 1, "{{pinyin source.name}}"),
    row("json", Helper::Json, 1, 1, "{{json source.custom}}"),
    row("descending", Helper::Descending, 1, 1, "{{descending source.order}}"),
    row("target_id", Helper::TargetId, 1, 1, "{{target_id source.parent}}"),
    row("target_ids", Helper::TargetIds, 1, 1, "{{target_ids source.departments}}"),
    row("leader_flags", Helper::LeaderFlags, 1, 1, "{{leader_flags source.departments}}"),
    row("members", Helper::Members, 2, 2, "{{members source.department source.is_leader_in_dept}}"),
    row("department_paths", Helper::DepartmentPaths, 1, 2, "{{department_paths source.dept_path}}"),
];

/// A helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named as it is written in a template")]
pub enum Helper {
    Lower,
    Upper,
    Trim,
    Truncate,
    Default,
    Coalesce,
    Eq,
    Join,
    Split,
    Replace,
    Date,
    Phone,
    Pinyin,
    Json,
    Descending,
    TargetId,
    TargetIds,
    LeaderFlags,
    Members,
    DepartmentPaths,
}

/// One row of the table of helpers.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Its name.
    pub name: &'static str,
    /// Which.
    pub helper: Helper,
    /// The fewest arguments.
    pub min: usize,
    /// The most arguments.
    pub max: usize,
    /// How it is written.
    pub example: &'static str,
    /// Its arguments; those in brackets may be left out.
    pub signature: &'static str,
    /// What it gives.
    pub doc: Text,
}

/// The row of a helper's name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Spec> {
    HELPERS.iter().find(|row| row.name == name)
}
