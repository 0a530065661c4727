//! What stands under each key: the shape of its value, what it means, what stands when it is left out.
//!
//! [`keys`] says which keys there are; this table says what they are for. The JSON schema, the language server and the
//! reference documentation are made from the two, so a key that is added to [`keys`] appears in all three; a test demands its
//! row here. The checks of values are in [`parse`](super::parse); a test compares the words listed here with those that are
//! accepted there.

use idflow_sdk::Text;

use super::keys::{self, Keys};
use crate::model::definition::ROLES;

/// The kinds of directory that `requires.directory` knows. A tenant's directory is one of employees.
pub const DIRECTORIES: &[&str] = &["employee"];

/// What can stand under a key. Shapes with a name lead to a sort of map of [`keys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Anything.
    Any,
    /// An id: small letters, digits, underscores.
    Id,
    /// Text.
    Text,
    /// Text, or `{zh, en}`.
    Localized,
    /// True or false.
    Flag,
    /// A whole number within these bounds.
    Number(u64, u64),
    /// `30s`, `5m`, `2h`, `3d`.
    Duration,
    /// `5%`.
    Share,
    /// A whole number or a share.
    Amount,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list of these words.
    WordList(&'static [&'static str]),
    /// A list of texts; one text counts as a list of one.
    Texts,
    /// A text that may hold `{{…}}`.
    Template,
    /// A condition.
    Condition,
    /// An expression with a value.
    Expression,
    /// A cron expression of five fields.
    Cron,
    /// A time zone of the IANA database.
    Zone,
    /// One map of this sort.
    Map(&'static str),
    /// One map of this sort, or nothing.
    MapOrNothing(&'static str),
    /// One map of this sort, or a short form of it: the list alone.
    MapOrList(&'static str),
    /// A list of maps of this sort; one map counts as a list of one.
    Maps(&'static str),
    /// A list of steps.
    Steps,
    /// Names of one's own, each with a map of this sort.
    Named(&'static str),
    /// Names of one's own, each with a text.
    NamedTexts,
    /// Names of one's own, each with anything.
    NamedValues,
    /// `connector/action`.
    Action,
    /// The name of a connector.
    Connector,
    /// The name of a connection that was added.
    Account,
    /// An alias under `connections`.
    Connection,
    /// A name under `mappings`.
    Mapping,
    /// `connector/kind`.
    Objects,
    /// The rules of `match`.
    Rules,
    /// The fields of the target, each with a template or a map of the sort `field`.
    Fields,
    /// The parameters of the action.
    Parameters,
    /// Ids of steps.
    StepIds,
    /// Events that a connection sends.
    Events,
    /// The id of another workflow, or several.
    Workflows,
    /// Roles of people.
    Roles,
}

/// One key of one sort of map.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The sort of map, [`Keys::id`].
    pub place: &'static str,
    /// The key.
    pub key: &'static str,
    /// What stands under it.
    pub shape: Shape,
    /// Whether the map cannot do without it.
    pub required: bool,
    /// What stands when it is left out, as one would write it; empty when nothing does.
    pub default: &'static str,
    /// What it means.
    pub doc: Text,
}

const fn row(place: &'static str, key: &'static str, shape: Shape, zh: &'static str, en: &'static str) -> Row {
    Row { place, key, shape, required: false, default: "", doc: Text::new(zh, en) }
}

impl Row {
    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn default(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }
}

const ENDS: &[&str] = &["succeeded", "succeeded_no_change", "partial", "failed", "cancelled"];
/// Whom `approval.not` can name.
pub const FOUR_EYES: &[&str] = &["starter", "editor"];
const RETRY_ON: &[&str] = &["timeout", "rate_limited", "server_error", "not_found"];

/// The table, in the order of [`keys::ALL`].
pub const ROWS: &[Row] = &[
    // ---- top
    row(
        "top",
        "dsl",
        Shape::Number(1, 1),
        "语言的版本；不写即最新版",
        "the version of the language; the newest when left out",
    )
    .default("1"),
    row(
        "top",
        "id",
        Shape::Id,
        "工作流的固定标识，用在地址、命令和历史里",
        "the stable name, used in addresses, commands and history",
    )
    .required(),
    row("top", "name", Shape::Localized, "显示的名称；不写即 `id`", "the name that people see; the id when left out"),
    row("top", "description", Shape::Localized, "说明它做什么", "what it does, for people"),
    row(
        "top",
        "labels",
        Shape::NamedTexts,
        "标签，供列表筛选，例如 `app`、`category`",
        "labels to filter lists by, such as `app` and `category`",
    ),
    row(
        "top",
        "requires",
        Shape::Map("requires"),
        "启用前必须满足的条件，不满足时不能启用",
        "what must hold before it can be activated",
    ),
    row(
        "requires",
        "directory",
        Shape::Words(DIRECTORIES),
        "目录的类型：`employee` 员工目录",
        "the kind of directory: `employee`, of the people who work here",
    ),
    row(
        "requires",
        "engine",
        Shape::Text,
        "需要的 idflow 版本，如 `>=0.1`",
        "the version of idflow that is needed: `>=0.1`",
    ),
    row(
        "requires",
        "rights",
        Shape::Texts,
        "账号连接必须有的能力，名称见连接测试的结果",
        "what the connections must be able to do, by the names that the test of a connection gives",
    ),
    row("top", "on", Shape::Map("on"), "由什么触发运行", "what starts a run"),
    row(
        "top",
        "connections",
        Shape::Named("connection"),
        "用到的账号连接：别名 → 类型和账号。与动作前缀同名的别名是默认连接",
        "the accounts that are used: alias to type and account; an alias named like the prefix of an action serves it by default",
    ),
    row(
        "top",
        "vars",
        Shape::NamedValues,
        "固定的值，用 `vars.名字` 读取；不放密钥",
        "fixed values, read as `vars.NAME`; no secrets",
    ),
    row(
        "top",
        "concurrency",
        Shape::Map("concurrency"),
        "同一时刻只运行一个的组",
        "the group of which one runs at a time",
    ),
    row("top", "timeout", Shape::Duration, "一次运行最多多久", "how long a run may take"),
    row(
        "top",
        "safety",
        Shape::Map("safety"),
        "上限：在第一次写入之前对照预演判断",
        "limits, judged on the plan before the first write",
    ),
    row("top", "defaults", Shape::Map("defaults"), "步骤没有写时的默认值", "what steps inherit when they say nothing"),
    row(
        "top",
        "mappings",
        Shape::Named("mapping"),
        "来源对象与目标对象怎样对应、字段怎样填写；写一次，创建和更新共用",
        "which object is which, and how fields are filled; written once, used by create and update",
    ),
    row(
        "top",
        "steps",
        Shape::Steps,
        "步骤，自上而下执行，除非写了 `needs`",
        "the steps, run from top to bottom unless one says `needs`",
    )
    .required(),
    row(
        "top",
        "finally",
        Shape::Steps,
        "运行结束或暂停待批之后总会执行的步骤，用 `if` 按 `run.status` 选择",
        "steps that run when the run has ended or is held, whatever happened; `if` on `run.status` chooses",
    ),
    // ---- on
    row("on", "manual", Shape::MapOrNothing("manual"), "可以手动运行", "a person may start it"),
    row("on", "schedule", Shape::Maps("schedule"), "按时间运行", "runs by the clock"),
    row("on", "webhook", Shape::Maps("webhook"), "收到 HTTP 请求时运行", "runs when an HTTP request comes in"),
    row("on", "event", Shape::Maps("event"), "某个连接发来事件时运行", "runs when a connection tells of an event"),
    row("on", "after", Shape::Maps("after"), "另一个工作流结束之后运行", "runs after another workflow has ended"),
    row(
        "manual",
        "inputs",
        Shape::Named("input"),
        "运行时要填的输入，用 `inputs.名字` 读取",
        "what the person is asked for, read as `inputs.NAME`",
    ),
    row("input", "type", Shape::Words(&["boolean", "string", "integer", "duration", "enum"]), "类型", "its type")
        .required(),
    row("input", "default", Shape::Any, "没有填时的值", "its value when none is given"),
    row("input", "required", Shape::Flag, "是否必填", "whether a run needs it").default("false"),
    row("input", "label", Shape::Localized, "表单上的名称", "what the form calls it"),
    row("input", "values", Shape::Texts, "`enum` 可选的词", "the words of an `enum`"),
    row("input", "description", Shape::Localized, "表单上的说明", "what the form says about it"),
    row(
        "schedule",
        "cron",
        Shape::Cron,
        "五段：分 时 日 月 星期；`MON-FRI`、`*/15`、`L`（月末）均可",
        "five fields: minute hour day month weekday; `MON-FRI`, `*/15` and `L` (last day) work",
    )
    .required(),
    row("schedule", "timezone", Shape::Zone, "时区，例如 `Asia/Shanghai`", "the time zone, such as `Asia/Shanghai`")
        .default("UTC"),
    row(
        "schedule",
        "catchup",
        Shape::Words(&["skip", "latest", "all"]),
        "停机期间错过的：不补、补最近一次、全部补",
        "what was missed while nothing ran: none of it, the latest, or all",
    )
    .default("latest"),
    row(
        "schedule",
        "inputs",
        Shape::NamedValues,
        "到点运行时的输入；没有默认值的必填输入要写在这里",
        "the inputs of the runs that it starts; a required input without a default is given here",
    ),
    row("webhook", "path", Shape::Text, "地址 `/hooks/租户/path` 的最后一段", "the last part of `/hooks/TENANT/path`")
        .required(),
    row(
        "webhook",
        "verify",
        Shape::Words(&["hmac_sha256", "token", "hmac_sha256_body", "basic", "header"]),
        "怎样确认请求的来历；必须写。`hmac_sha256` 对时间和正文签名，`hmac_sha256_body` 只对正文签名，录下的请求可以被重放；`token`、`basic`、`header` 随请求带来密钥",
        "how a request proves where it comes from; never left out. `hmac_sha256` signs time and body, `hmac_sha256_body` the body alone, \
         so that a recorded request can be repeated; with `token`, `basic` and `header` the secret comes along",
    )
    .required(),
    row(
        "webhook",
        "window",
        Shape::Duration,
        "签名里的时间和本机时钟最多相差多少（10 秒到 1 小时），只用于 `hmac_sha256`",
        "how far the signed time may be from this machine's clock (10 seconds to an hour), for `hmac_sha256` only",
    )
    .default("5m"),
    row(
        "webhook",
        "methods",
        Shape::WordList(&["GET", "POST", "PUT", "PATCH", "DELETE"]),
        "接受哪些请求方法",
        "the methods that are taken",
    )
    .default("[POST]"),
    row(
        "webhook",
        "header",
        Shape::Text,
        "密钥所在的请求头，只用于 `verify: header`，例如 `X-Api-Key`",
        "the header in which the secret comes, for `verify: header` only, such as `X-Api-Key`",
    ),
    row(
        "webhook",
        "wait",
        Shape::Duration,
        "等运行结束再应答，最多这么久（1 秒到 1 分钟）；到时还没结束则返回运行编号。不写则立即返回",
        "answer when the run has ended, after so long at the latest (a second to a minute), then with its id; left out: at once",
    ),
    row("webhook", "status", Shape::Number(200, 299), "成功时应答的状态码（200 到 299）", "the status of a good answer (200 to 299)"),
    row("webhook", "reply", Shape::Text, "成功时应答的正文；不写则返回运行编号", "the body of a good answer; left out: the id of the run"),
    row("event", "connection", Shape::Connection, "哪个连接的事件", "whose events").required(),
    row("event", "types", Shape::Events, "哪些事件", "which events").required(),
    row(
        "event",
        "collect",
        Shape::Duration,
        "第一个事件之后再收集多久，期间的事件合为一次运行（1 秒到 1 小时）",
        "how long events are gathered after the first one, so that they are one run (1 second to an hour)",
    )
    .default("3s"),
    row("event", "max", Shape::Number(1, 2000), "一次运行最多多少个事件", "so many events one run is told of at most")
        .default("500"),
    row("after", "workflow", Shape::Workflows, "哪个工作流", "which workflow").required(),
    row("after", "status", Shape::WordList(ENDS), "以什么结果结束时", "with which result")
        .default("[succeeded, succeeded_no_change]"),
    row(
        "after",
        "inputs",
        Shape::NamedValues,
        "接着运行时的输入；没有默认值的必填输入要写在这里",
        "the inputs of the run that follows; a required input without a default is given here",
    ),
    // ---- connections
    row("connection", "type", Shape::Connector, "连接器", "the connector").required(),
    row(
        "connection",
        "ref",
        Shape::Account,
        "账号连接的名字；密钥保存在那里，不写在文件里",
        "the name of the connection; its secrets are kept there, never in the file",
    )
    .required(),
    row(
        "concurrency",
        "group",
        Shape::Template,
        "组名；同组的运行不同时进行",
        "the name of the group; runs of one group never overlap",
    )
    .default("the id of the workflow"),
    row(
        "concurrency",
        "on_conflict",
        Shape::Words(&["queue", "skip", "cancel_running"]),
        "已有同组的运行时：排队、放弃、取消正在进行的",
        "when one of the group is running: wait, give up, or cancel that one",
    )
    .default("queue"),
    // ---- safety
    row(
        "safety",
        "source_min",
        Shape::Number(0, u64::MAX),
        "范围内的对象少于此数则不执行",
        "fewer objects in scope than this hold the run",
    ),
    row(
        "safety",
        "source_shrink",
        Shape::Share,
        "范围内的对象比上次成功时少了超过此比例则不执行",
        "the run is held when objects in scope fell by more than this since the last good run",
    ),
    row(
        "safety",
        "identity_shift",
        Shape::Share,
        "编号不变而姓名、账号、手机、邮箱中至少两样同时改变的对象超过此比例（且至少 5 个）则不执行",
        "the run is held when more than this share of the objects, and at least 5, change two or more of name, account, mobile and e-mail under the same key",
    )
    .default("5%"),
    row(
        "safety",
        "mass_clear",
        Shape::Share,
        "同一字段会被清空的对象超过此比例（且至少 5 个）则不执行",
        "the run is held when more than this share of the objects, and at least 5, would lose the same field",
    )
    .default("5%"),
    row("safety", "create", Shape::Map("limit"), "创建的上限", "the limit of creations"),
    row("safety", "update", Shape::Map("limit"), "更新的上限", "the limit of updates"),
    row(
        "safety",
        "remove",
        Shape::Map("limit"),
        "移除（禁用、删除、离开目录）的上限；有移除动作就必须写",
        "the limit of removals (disable, delete, leave); a workflow that removes must state it",
    ),
    row(
        "safety",
        "on_exceed",
        Shape::Words(&["hold", "hold_removals", "fail"]),
        "超过上限时：什么都不写并等待批准、只让移除等待决定而其余照常、失败",
        "above a limit: write nothing and wait for an approval, let the removals alone wait for a decision, or fail",
    )
    .default("hold"),
    row(
        "limit",
        "max",
        Shape::Number(0, u64::MAX),
        "每种对象每次运行最多多少个",
        "at most this many objects of a kind in one run",
    ),
    row(
        "limit",
        "max_percent",
        Shape::Share,
        "占运行前已绑定对象的最大比例；还没有绑定时不适用",
        "at most this share of the objects linked before the run; it does not apply while there are none",
    ),
    row("limit", "max_per_day", Shape::Number(0, u64::MAX), "每天最多多少个", "at most this many in a day"),
    row("defaults", "retry", Shape::Map("retry"), "重试", "the retry of steps"),
    row("defaults", "timeout", Shape::Duration, "步骤的时限", "the time limit of steps"),
    row(
        "defaults",
        "connection",
        Shape::Connection,
        "几个连接都合适时用哪个",
        "which connection serves when several could",
    ),
    row("retry", "max_attempts", Shape::Number(1, 100), "最多试几次，含第一次", "attempts, the first included")
        .default("5"),
    row(
        "retry",
        "backoff",
        Shape::Words(&["constant", "exponential"]),
        "间隔不变或逐次加倍",
        "the same delay each time, or twice as long",
    )
    .default("exponential"),
    row("retry", "delay", Shape::Duration, "第一次重试之前等多久", "the wait before the second attempt").default("1s"),
    row("retry", "max_delay", Shape::Duration, "间隔的上限", "the longest wait").default("60s"),
    row(
        "retry",
        "jitter",
        Shape::Flag,
        "间隔随机变化，避免同时重试",
        "whether waits vary, so that not all come back at once",
    )
    .default("true"),
    row("retry", "on", Shape::WordList(RETRY_ON), "对哪类错误重试", "which classes of errors are tried again")
        .default("[timeout, rate_limited, server_error]"),
    // ---- mappings
    row(
        "mapping",
        "from",
        Shape::Objects,
        "来源对象；映射里的 `source` 就是它",
        "the source objects: what `source` is in the mapping",
    )
    .required(),
    row("mapping", "to", Shape::Objects, "目标对象", "the target objects").required(),
    row(
        "mapping",
        "match",
        Shape::Rules,
        "怎样认出对应的目标对象：`linked`（以前绑定过）或 `source.x == target.y`；第一条恰好给出一个候选的规则生效",
        "how the counterpart is found: `linked` (tied by an earlier run) or `source.x == target.y`; the first rule that gives exactly one wins",
    ),
    row(
        "mapping",
        "propose",
        Shape::Maps("proposal"),
        "没有规则能确定时，凭什么提出候选；每种依据有一个分数，只有姓名、拼音和别名能提出候选，其余的加分",
        "by what candidates are proposed where no rule decides; each sort of evidence has a score. Name, pinyin and alias propose, the others add to it",
    ),
    row(
        "mapping",
        "accept",
        Shape::Words(&["unique_name", "never"]),
        "哪些候选不用人确认：`unique_name` 姓名在两边所有人中都只有一个，且部门不矛盾",
        "which proposals need no person: `unique_name`, the name stands once among everybody on both sides and departments do not contradict",
    )
    .default("never"),
    row(
        "mapping",
        "unmatched",
        Shape::Words(&["create", "ask", "skip"]),
        "没有候选的对象：`create` 新建，`ask` 等人决定，`skip` 不处理",
        "what becomes of an object without a candidate: `create` makes it, `ask` waits for a person, `skip` leaves it out",
    )
    .default("create"),
    row(
        "mapping",
        "review",
        Shape::Words(&["new"]),
        "`new`：新建的人先进入待审核，由审批者放行；此前已离职或被禁用的人总是如此",
        "`new`: whoever is made waits until an approver lets him in; whoever had left or was disabled does so in any case",
    ),
    row(
        "mapping",
        "fields",
        Shape::Fields,
        "目标字段 → 值；没有写的字段不会被改动",
        "target field to value; fields not named are never touched",
    )
    .required(),
    row(
        "proposal",
        "when",
        Shape::Words(&["name", "pinyin", "department", "position", "alias", "manager"]),
        "两边有什么相同",
        "what both have in common",
    )
    .required(),
    row(
        "proposal",
        "score",
        Shape::Number(0, 100),
        "分数；默认 name 60、pinyin 40、department 20、position 10、alias 10、manager 10",
        "its score; by default name 60, pinyin 40, department 20, position 10, alias 10, manager 10",
    ),
    row("field", "value", Shape::Template, "值：模板或固定值", "the value: a template or a literal").required(),
    row(
        "field",
        "write",
        Shape::Words(&["always", "create", "fill"]),
        "总是写、只在创建时写，或只在目标没有值时写",
        "written always, on create only, or only where the target has no value",
    )
    .default("always"),
    row(
        "field",
        "when_empty",
        Shape::Words(&["omit", "clear", "skip_item"]),
        "来源为空时：保留目标的值、清空、跳过这个对象",
        "when the source has no value: leave the target's alone, clear it, or leave the object out",
    ),
    row(
        "field",
        "when_unresolved",
        Shape::Words(&["omit", "wait", "fail"]),
        "引用的对象目标里还没有时：先不写、等它、失败",
        "when a referred object is not in the target: leave the field out, wait for it, or fail",
    )
    .default("wait"),
    // ---- steps
    row("step", "id", Shape::Id, "步骤的标识，用 `steps.id` 读取", "its name in the file, read as `steps.ID`")
        .required(),
    row("step", "name", Shape::Localized, "显示的名称，写 `{zh, en}`", "the name that people see, as `{zh, en}`"),
    row("step", "description", Shape::Localized, "说明", "what it does, for people"),
    row(
        "step",
        "uses",
        Shape::Action,
        "动作，或 `workflow/另一个工作流的id`",
        "the action, or `workflow/ID` of another workflow",
    )
    .required(),
    row(
        "step",
        "connection",
        Shape::Connection,
        "用哪个连接；不写时用与动作前缀同名的，或唯一合适的",
        "which connection; left out, the one named like the prefix of the action, or the only one that fits",
    ),
    row("step", "map", Shape::Mapping, "用哪个映射", "which mapping"),
    row("step", "with", Shape::Parameters, "动作的参数", "the parameters of the action"),
    row("step", "if", Shape::Condition, "条件；不成立则跳过这个步骤", "the step is skipped unless this holds"),
    row(
        "step",
        "foreach",
        Shape::MapOrList("foreach"),
        "对列表里的每个对象执行；可以只写列表",
        "does it for each object of a list; the list alone will do",
    ),
    row(
        "step",
        "needs",
        Shape::StepIds,
        "等哪些步骤；不写即上一个步骤，`[]` 即立即开始",
        "which steps it waits for; left out, the one before it; `[]` starts at once",
    ),
    row("step", "retry", Shape::Map("retry"), "重试，覆盖 `defaults.retry`", "its retry, on top of `defaults.retry`"),
    row("step", "timeout", Shape::Duration, "时限", "its time limit"),
    row(
        "step",
        "on_error",
        Shape::Words(&["stop", "continue"]),
        "这个步骤失败时，后面的步骤停下还是继续",
        "whether later steps stop or go on when this one fails",
    )
    .default("stop"),
    row("step", "approval", Shape::Map("approval"), "执行前要有人批准", "somebody approves before it runs"),
    row(
        "step",
        "on_unknown",
        Shape::Words(&["report", "resend"]),
        "消息的回应丢失时：报告，或再发一次",
        "when the answer to a message was lost: report it, or send it again",
    )
    .default("report"),
    row(
        "foreach",
        "in",
        Shape::Expression,
        "列表，例如 `steps.read.outputs.users`",
        "the list, such as `steps.read.outputs.users`",
    )
    .required(),
    row(
        "foreach",
        "as",
        Shape::Id,
        "对象在模板和表达式里的名字",
        "what an object is called in templates and expressions",
    )
    .default("item"),
    row(
        "foreach",
        "key",
        Shape::Expression,
        "对象的固定标识，用于恢复和重试",
        "what tells one object from another, for resume and retry",
    ),
    row("foreach", "distinct", Shape::Flag, "同一个 `key` 只执行一次", "each key is done once").default("false"),
    row(
        "foreach",
        "order",
        Shape::Words(&["parents_first", "as_read"]),
        "先上级后下级，或按读到的顺序",
        "parents before children, or as they were read",
    )
    .default("as_read"),
    row(
        "foreach",
        "max_parallel",
        Shape::Number(1, 1_000),
        "同时最多几个；只能比连接器的上限低",
        "at most this many at a time; it can only lower the connector's limit",
    ),
    row(
        "foreach",
        "on_item_error",
        Shape::Words(&["continue", "stop"]),
        "一个对象失败之后，继续其他对象还是停下",
        "whether the others go on when one object fails",
    )
    .default("continue"),
    row(
        "foreach",
        "max_failures",
        Shape::Amount,
        "失败超过这个数量或比例，步骤就失败，后面的不再开始",
        "above this number or share of failures the step fails and later ones do not start",
    ),
    row("foreach", "timeout", Shape::Duration, "一个对象的时限", "the time limit of one object"),
    row("foreach", "retry", Shape::Map("retry"), "一个对象的重试", "the retry of one object"),
    row(
        "approval",
        "when",
        Shape::Words(&["always", "over_limit"]),
        "总要批准，或超过上限时",
        "always, or above a limit only",
    )
    .default("always"),
    row("approval", "by", Shape::Roles, "谁可以批准（角色）", "which roles may approve").default("[admin]"),
    row(
        "approval",
        "not",
        Shape::WordList(FOUR_EYES),
        "谁不可以批准：启动这次运行的人、修改这个工作流的人",
        "who may not approve: whoever started the run, whoever edited the workflow",
    ),
    row(
        "approval",
        "expires_after",
        Shape::Duration,
        "多久没有人批准就作废",
        "after this time without an answer it lapses",
    )
    .default("3d"),
    row("name", "zh", Shape::Text, "中文", "in Chinese"),
    row("name", "en", Shape::Text, "英文", "in English"),
];

/// What templates and expressions can read.
pub const ROOTS: &[(&str, Text)] = &[
    ("inputs", Text::new("运行时填写的输入", "what the run was started with")),
    ("vars", Text::new("固定的值", "fixed values of this file")),
    ("connections", Text::new("账号连接的设置（不含密钥）", "settings of the accounts, never secrets")),
    ("run", Text::new("这次运行", "this run")),
    ("trigger", Text::new("触发它的事件", "what started it")),
    ("steps", Text::new("前面步骤的输出、数量和状态", "outputs, counts and states of earlier steps")),
];

/// The properties of `run`.
pub const RUN: &[(&str, Text)] = &[
    ("id", Text::new("运行的编号", "its id")),
    ("number", Text::new("第几次运行", "its number")),
    ("workflow", Text::new("工作流的 id", "the id of the workflow")),
    ("workflow_name", Text::new("工作流的名称", "the name of the workflow")),
    ("status", Text::new("状态，例如 `partial`、`held`、`failed`", "its state, such as `partial`, `held`, `failed`")),
    ("status_text", Text::new("状态的文字", "its state in words")),
    ("due", Text::new("预定的时间；其他触发方式下是开始时间", "when it was due; for other triggers when it began")),
    ("started", Text::new("开始时间", "when it began")),
    ("trigger", Text::new("由什么触发", "what started it")),
    ("url", Text::new("运行记录的地址", "the address of its log")),
    ("waiting_removals", Text::new("等待审批的移除项数量", "how many removals wait for an approval")),
    (
        "top_errors",
        Text::new("最常见的错误：`count code reason hint`", "the most frequent errors: `count code reason hint`"),
    ),
];

/// What can be read of a step.
pub const STEP_PARTS: &[(&str, Text)] = &[
    ("outputs", Text::new("输出", "what it gives")),
    (
        "items",
        Text::new(
            "它处理的对象；条件和模板里读不到，数量用 counts",
            "the objects that it acted on; conditions cannot read them, counts tell how many",
        ),
    ),
    ("counts", Text::new("各种结果的数量", "how many objects came to which end")),
    ("status", Text::new("状态", "its state")),
];

/// The row of a key.
#[must_use]
pub fn find(place: &str, key: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.place == place && row.key == key)
}

/// What stands under a key; anything, where the table does not know it.
#[must_use]
pub fn shape(place: &str, key: &str) -> Shape {
    find(place, key).map_or(Shape::Any, |row| row.shape)
}

/// The sort of map of that name.
#[must_use]
pub fn keys_of(place: &str) -> Option<&'static Keys> {
    keys::ALL.iter().copied().find(|keys| keys.id == place)
}

impl Shape {
    /// What is expected: zh, en.
    #[must_use]
    pub fn title(self) -> (String, String) {
        let list = |words: &[&str], separator: &str| {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(separator)
        };
        let (zh, en) = match self {
            Self::Any | Self::NamedValues => ("任意值", "any value"),
            Self::Id => ("id（小写字母、数字、下划线）", "an id: small letters, digits, underscores"),
            Self::Text => ("文本", "text"),
            Self::Localized => ("文本，或 `{zh, en}`", "text, or `{zh, en}`"),
            Self::Flag => ("`true` 或 `false`", "`true` or `false`"),
            Self::Number(0, _) => ("整数", "a whole number"),
            Self::Number(1, 1) => ("`1`", "`1`"),
            Self::Number(min, max) => {
                return (format!("{min} 到 {max} 的整数"), format!("a whole number from {min} to {max}"));
            }
            Self::Duration => ("时长，如 `30s`、`5m`、`2h`、`3d`", "a time span: `30s`, `5m`, `2h`, `3d`"),
            Self::Share => ("百分比，如 `5%`", "a share: `5%`"),
            Self::Amount => ("整数或百分比", "a whole number or a share"),
            Self::Words(words) => return (list(words, "、"), list(words, ", ")),
            Self::WordList(words) => {
                return (format!("列表：{}", list(words, "、")), format!("a list of {}", list(words, ", ")));
            }
            Self::Texts => ("文本列表", "a list of texts"),
            Self::Template => ("模板", "a template"),
            Self::Condition => ("条件（表达式）", "a condition (expression)"),
            Self::Expression => ("表达式", "an expression"),
            Self::Cron => ("cron 表达式", "a cron expression"),
            Self::Zone => ("IANA 时区", "an IANA time zone"),
            Self::Map(_) => ("映射", "a map"),
            Self::MapOrNothing(_) => ("映射，可以为空", "a map, may be empty"),
            Self::MapOrList(_) => ("映射，或列表的表达式", "a map, or the expression of the list"),
            Self::Maps(_) => ("映射的列表", "a list of maps"),
            Self::Steps => ("步骤的列表", "a list of steps"),
            Self::Named(_) => ("名字 → 映射", "names to maps"),
            Self::NamedTexts => ("名字 → 文本", "names to texts"),
            Self::Action => ("`连接器/动作`", "`connector/action`"),
            Self::Connector => ("连接器的名字", "the name of a connector"),
            Self::Account => ("账号连接的名字", "the name of an account"),
            Self::Connection => ("`connections` 里的别名", "an alias of `connections`"),
            Self::Mapping => ("`mappings` 里的名字", "a name of `mappings`"),
            Self::Objects => ("`连接器/对象`，如 `directory/user`", "`connector/kind`, such as `directory/user`"),
            Self::Rules => ("规则的列表", "a list of rules"),
            Self::Fields => ("目标字段 → 值", "target fields to values"),
            Self::Parameters => ("参数 → 值", "parameters to values"),
            Self::StepIds => ("步骤 id 的列表", "a list of step ids"),
            Self::Events => ("事件的列表", "a list of events"),
            Self::Roles => {
                return (format!("列表：{}", list(ROLES, "、")), format!("a list of {}", list(ROLES, ", ")));
            }
            Self::Workflows => ("工作流的 id", "the id of a workflow"),
        };
        (zh.into(), en.into())
    }

    /// The sort of map below, for one value of this shape.
    #[must_use]
    pub const fn below(self) -> Option<&'static str> {
        match self {
            Self::Map(place) | Self::MapOrNothing(place) | Self::MapOrList(place) | Self::Maps(place) => Some(place),
            Self::Localized => Some("name"),
            Self::Steps => Some("step"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
