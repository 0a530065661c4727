//! Refusals about connections, their settings and callbacks.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
    "callback_unknown" NotFound Operator,
        "没有这个回调地址", "there is no such address for callbacks",
        "在账号连接页面复制回调地址", "copy the address from the connection" => ListConnections;
    "callbacks_many" Temporary Operator,
        "请求太多", "too many calls",
        "稍后再试", "try again later";
    "callback_receiver_unknown" NotFound Operator,
        "账号连接“{name}”没有回调地址“{receiver}”", "connection `{name}` has no address for callbacks called `{receiver}`",
        "查看这个账号连接的回调地址", "look at the addresses of this connection";
    "connection_not_usable" Configuration ItAdmin,
        "连接“{alias}”：{why_zh}", "connection `{alias}`: {why_en}",
        "{hint_zh}", "{hint_en}";
    "connector_unknown" Invalid ItAdmin,
        "没有连接器“{connector}”", "there is no connector `{connector}`",
        "可用的连接器：{names}", "connectors: {names}";
    "connection_name_invalid" Invalid ItAdmin,
        "“{name}”不能作为连接的名字", "`{name}` cannot name a connection",
        "用小写字母、数字和 `_`，以字母开头，最多 64 个字符，例如 `wecom_main`", "use lower-case letters, digits and `_`, a letter first, at most 64 characters: `wecom_main`";
    "connection_name_taken" Conflict ItAdmin,
        "已有名为“{name}”的账号连接", "there is a connection `{name}` already",
        "换一个名字，或修改那个连接", "choose another name, or change that connection";
    "connection_needed" Configuration ItAdmin,
        "还没有 {title_zh} 的账号连接", "there is no connection to {title_en} yet",
        "添加一个 {connector} 连接", "add a connection of type {connector}" => AddConnection;
    "rotation_empty" Invalid ItAdmin,
        "没有给出新的密钥", "no new secret is given",
        "至少给出一个密钥", "give at least one secret";
    "connection_built_in" Conflict ItAdmin,
        "“{name}”是内置的", "`{name}` is built in",
        "换一个名字", "choose another name";
    "connection_of_other_type" Conflict ItAdmin,
        "“{name}”是类型为 {found} 的连接", "`{name}` is a connection of type {found}",
        "换一个名字", "choose another name";
    "setting_unknown" Invalid ItAdmin,
        "{connector} 没有设置项“{key}”", "{connector} has no setting `{key}`",
        "可用的设置项：{names}", "settings: {names}";
    "setting_is_secret" Invalid ItAdmin,
        "“{key}”是密钥，不能作为设置项给出", "`{key}` is a secret and is not given as a setting",
        "作为密钥给出", "give it as a secret" => GiveSecret;
    "secret_is_setting" Invalid ItAdmin,
        "“{key}”是设置项，不是密钥", "`{key}` is a setting, not a secret",
        "作为设置项给出", "give it as a setting" => GiveSetting;
    "setting_needed" Invalid ItAdmin,
        "缺少“{key}”", "`{key}` is needed",
        "{doc_zh}", "{doc_en}";
    "setting_wrong" Invalid ItAdmin,
        "“{key}”：{why_zh}", "`{key}`: {why_en}",
        "{hint_zh}", "{hint_en}";
    "secret_for_other_address" Invalid ItAdmin,
        "地址与原来的不同，“{key}”不会发送到新的地址", "the address is another one: `{key}` is not sent there",
        "密钥只发送到填写它时的地址：重新填写“{key}”，或保留原来的地址", "a secret is only sent to the address that it was entered for: enter `{key}` again, or keep the old address";
    "connection_wrong" Invalid ItAdmin,
        "连接：{why_zh}", "the connection: {why_en}",
        "{hint_zh}", "{hint_en}";
    "connection_double" Conflict ItAdmin,
        "连接“{name}”的 {fields} 与此相同", "connection `{name}` has the same {fields}",
        "使用那个连接，或核对这里是否填错", "use that connection, or check that these are right";
    "connection_elsewhere" Conflict ItAdmin,
        "{fields} 重复：这个账号已在别处接入", "{fields} is used already: this account is connected elsewhere",
        "核对是否填错；一个应用只能接入一次，可以为这里另建一个应用", "check that it is right; an app can be connected once only, so make another app for this use";
    "connection_other_company" Conflict ItAdmin,
        "连接“{name}”已与另一个企业（{corp}）的 {number} 个对象绑定", "connection `{name}` is linked with {number|1 object|# objects} of another company ({corp})",
        "为这个企业添加一个别名的连接，并在工作流里使用它", "add a connection of another name for this company, and use it in the workflow" => AddConnection;
    "connection_missing" NotFound ItAdmin,
        "没有名为“{name}”的账号连接", "there is no connection `{name}`",
        "查看有哪些连接，或添加一个", "look at the connections that there are, or add one" => ListConnections;
    "connection_in_use" Conflict ItAdmin,
        "连接“{name}”正被 {workflows} 使用", "connection `{name}` is used by {workflows}",
        "修改这些工作流，或把它们归档", "change these workflows, or archive them" => ArchiveWorkflow;
    "connection_linked" Conflict ItAdmin,
        "有 {number} 个对象通过连接“{name}”绑定", "{number|1 object is|# objects are} linked through connection `{name}`",
        "没有这些绑定就无法知道哪个账号是谁的，请保留连接", "without the links nobody would know which account is whose; keep the connection";
};
