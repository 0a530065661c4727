//! Refusals about workflows, templates, hooks and their tests.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
    "workflow_source_missing" Invalid Operator,
        "工作流要么由模板创建，要么由文件创建", "a workflow is made from a template or from a file: give one of them",
        "给出模板或文件之一", "give a template or a file" => ListTemplates;
    "workflow_id_invalid" Invalid Operator,
        "“{id}”不能作为工作流的 ID", "`{id}` cannot name a workflow",
        "用小写字母、数字和 `_`，以字母开头，例如 `downstream_main`", "use lower-case letters, digits and `_`, a letter first: `downstream_main`";
    "workflow_has_errors" Invalid Operator,
        "{file} 有错误", "{file} has errors",
        "每处错误都有位置和改法", "each has its place and a fix" => ValidateWorkflow;
    "workflow_not_with_others" Conflict Operator,
        "工作流“{id}”与其他工作流冲突：{why_zh}", "workflow `{id}` does not go with the others: {why_en}",
        "{hint_zh}", "{hint_en}";
    "workflow_not_activatable" Conflict Operator,
        "工作流“{id}”不能启用：{why_zh}", "workflow `{id}` cannot be activated: {why_en}",
        "{hint_zh}", "{hint_en}";
    "workflow_no_id_line" Invalid Operator,
        "文件里没有可以改的 `id: …` 一行", "the file has no line `id: …` to change",
        "在文件里写上 `id:`", "write `id:` in the file";
    "alias_unknown" Invalid Operator,
        "工作流没有名为“{alias}”的连接", "the workflow has no connection `{alias}`",
        "查看模板里有哪些连接", "look at the connections of the template" => ListTemplates;
    "alias_not_plain" Invalid Operator,
        "连接“{alias}”不是写成 `{alias}: {type: …, ref: …}` 这种形式", "the connection `{alias}` is not written as `{alias}: {type: …, ref: …}`",
        "改成这种形式，或在文件里直接写连接名", "write it so, or name the connection in the file itself";
    "callee_missing" Conflict ItAdmin,
        "步骤“{step}”调用的工作流“{callee}”不存在", "step `{step}` calls workflow `{callee}`, which does not exist",
        "先创建并启用它", "make and activate it first" => CreateWorkflow;
    "callee_not_active" Conflict ItAdmin,
        "步骤“{step}”调用的工作流“{callee}”没有启用", "step `{step}` calls workflow `{callee}`, which is not active",
        "先启用它", "activate it first" => ActivateWorkflow;
    "capability_missing" Configuration ItAdmin,
        "E0506：连接“{alias}”缺少步骤“{step}”需要的 `{capability}`{why_zh}", "E0506: connection `{alias}` lacks `{capability}`, which step `{step}` needs{why_en}",
        "{hint_zh}", "{hint_en}" => TestConnection;
    "hook_path_taken" Conflict ItAdmin,
        "E0604：webhook 路径“{path}”属于工作流“{workflow}”", "E0604: the webhook path `{path}` belongs to workflow `{workflow}`",
        "换一个 `path`，或暂停并修改那个工作流", "choose another `path`, or pause and change that workflow";
    "hook_unknown" NotFound ItAdmin,
        "工作流“{workflow}”没有启用的 webhook“{path}”", "workflow `{workflow}` has no active webhook `{path}`",
        "路径写在 `on.webhook` 里；先启用工作流", "`on.webhook` names it; activate the workflow first" => ActivateWorkflow;
    "hook_path_unknown" NotFound ItAdmin,
        "工作流“{workflow}”没有 webhook“{path}”", "workflow `{workflow}` has no webhook `{path}`",
        "它的路径：{paths}", "its paths: {paths}";
    "hook_none" NotFound ItAdmin,
        "工作流“{workflow}”没有 webhook", "workflow `{workflow}` has no webhook",
        "在它的 `on.webhook` 里写一个 `path`，再启用", "write a `path` into its `on.webhook`, and activate it" => ShowWorkflow;
    "hook_refused" Configuration ItAdmin,
        "没有这个 webhook，或调用者不是它所属的一方", "there is no such webhook, or the caller is not the one it belongs to",
        "核对地址和密钥", "check the address and the secret";
    "hook_call_old" Invalid ItAdmin,
        "签名里的时间与本机相差 {apart} 秒，最多允许 {most} 秒：这是旧的调用，或有一方的时钟不准", "the signed time is {apart} seconds from the time here, and at most {most} are allowed: the call is an old one, or a clock is wrong",
        "重新签名后调用：{call_zh}", "sign it anew and send {call_en}";
    "hook_time_unsigned" Invalid ItAdmin,
        "签名只覆盖正文，录下这次调用的人可以一直重放", "the signature covers the body alone, so whoever records this call could repeat it for ever",
        "把时间也签进去：{call_zh}；发送方做不到时，在工作流里写 `verify: hmac_sha256_body`", "sign the time, too, and send {call_en}; write `verify: hmac_sha256_body` if the sender cannot";
    "hook_secret_kept_too_long" Invalid ItAdmin,
        "旧密钥最多再有效 7 天", "an old secret stays good for at most 7 days",
        "写一个不超过 7 天的时长", "give a time of 7 days or less";
    "hook_secrets_many" Conflict ItAdmin,
        "已有很多旧密钥还在有效期内，再保留一个就要提前作废其中之一", "many earlier secrets are good still, and to keep one more another one would have to end before its time",
        "等最早的一个到期；或写 `keep_old_ms` 为 0，立即作废全部旧密钥", "wait until the first of them ends, or end all of them at once with a `keep_old_ms` of 0";
    "hook_body_not_json" Invalid ItAdmin,
        "请求内容不是 JSON：{what_zh}", "the body is not JSON: {what_en}",
        "发送 JSON，或不发内容", "send JSON, or nothing";
    "template_unknown" NotFound Operator,
        "没有模板“{template}”", "there is no template `{template}`",
        "可用的模板：{names}", "templates: {names}" => ListTemplates;
    "edits_too_many" Invalid Operator,
        "一次最多 {most} 处修改", "at most {most} edits are made at once",
        "分几次修改", "make them in several calls";
    "edit_lacks" Invalid Operator,
        "缺少 {part}", "`{part}` is missing",
        "按接口文档更正请求", "correct the request by the document of the API";
    "edit_unreadable" Conflict ItAdmin,
        "这份内容无法按 YAML 读取，不能按字段修改", "the text cannot be read as YAML, so no single field of it can be changed",
        "先在编辑器里更正它", "correct it in the editor first";
    "edit_no_place" NotFound ItAdmin,
        "没有“{path}”这个位置", "there is no place `{path}`",
        "重新读取内容，再做修改", "read the text again, then make the change";
    "edit_too_large" Invalid ItAdmin,
        "一次改动的位置太多", "the change touches too many places",
        "在编辑器里直接修改内容", "edit the text itself";
    "edit_not_possible" Conflict ItAdmin,
        "“{path}”的写法（锚点、合并键或特殊布局）不能按字段修改", "`{path}` is written in a way (anchors, merges, an odd layout) that allows no change of a single field",
        "在编辑器里直接修改内容", "edit the text itself";
    "requires_newer" Configuration Operator,
        "“{id}”需要 idflow {wanted} 或更新版本，这里是 {own}", "`{id}` needs idflow {wanted} or newer; this is {own}",
        "升级 idflow 后再启用", "upgrade idflow, then activate it";
    "requires_directory" Configuration ItAdmin,
        "“{id}”用于 {wanted} 类型的目录，这里的目录是 {own}", "`{id}` is for a directory of the kind {wanted}; this one is {own}",
        "选择适合这个目录的模板", "choose a template for this kind of directory";
    "right_missing" Configuration ItAdmin,
        "连接“{name}”没有能力 {right}", "connection `{name}` is not able to do `{right}`",
        "测试这个连接，按结果更正", "test the connection and correct what it says";
    "workflow_taken" Conflict ItAdmin,
        "已有工作流“{id}”", "there is a workflow `{id}` already",
        "换一个编号，或编辑那个工作流", "choose another id, or edit that workflow";
    "draft_unknown" NotFound ItAdmin,
        "没有工作流“{id}”的草稿", "there is no draft of workflow `{id}`",
        "从一个版本或模板开始", "begin one with a version or a template";
    "draft_taken" Conflict ItAdmin,
        "已有“{id}”的草稿", "there is a draft of `{id}` already",
        "继续编辑那份草稿，或换一个编号", "go on with that draft, or choose another id";
    "draft_of_other" Invalid ItAdmin,
        "这是“{id}”的草稿，内容里的 id 却是 {found}", "this is the draft of `{id}`, and its text says `id: {found}`",
        "把内容里的 id 改回 {id}；要做成另一个工作流，请另建草稿", "write `id: {id}`; for another workflow make another draft";
    "bundle_format" Invalid Operator,
        "模板包的格式是 {format}，本版本不认识", "the bundle has form {format}, which this version does not know",
        "升级 idflow，或请对方用较旧的版本导出", "update idflow, or ask for a bundle of an older version";
    "bundle_tampered" Invalid Operator,
        "模板包的签名与内容不符", "the signature of the bundle does not fit its contents",
        "内容在签名后被改过或已损坏：向对方重新要一份", "it was changed or damaged after it was signed: ask for it once more";
    "bundle_key_unknown" Conflict Operator,
        "模板包的签名密钥不受信任，指纹：{fingerprint}", "nobody here has trusted the key that signed the bundle; its fingerprint: {fingerprint}",
        "通过其他途径（例如电话）与对方核对指纹，一致后由系统的运维人员按这个指纹信任密钥，再导入",
        "compare the fingerprint with whoever made the bundle by another way, a call for example; if it is the same, whoever runs the installation trusts the key by it, and the bundle can be imported";
    "bundle_size" Invalid Operator,
        "模板包要有 1 到 {most} 个模板", "a bundle has 1 to {most} templates",
        "选择要导出的模板或工作流", "choose the templates or workflows";
    "bundle_twice" Invalid Operator,
        "“{id}”出现了两次", "`{id}` is there twice",
        "每个模板只写一次", "name each once";
    "template_ships" Conflict Operator,
        "模板“{id}”随 idflow 提供", "the template `{id}` ships with idflow",
        "换一个 id", "choose another id";
    "template_other_id" Invalid Operator,
        "模板包里的 id 是“{id}”，内容里却是“{other}”", "the bundle calls it `{id}`, and its text says `{other}`",
        "请对方重新导出", "ask for another export";
    "template_other_key" Conflict Operator,
        "模板“{id}”已经存在，由另一个密钥签名：{fingerprint}", "there is a template `{id}` already, signed by another key: {fingerprint}",
        "先移除已有的模板", "remove the one that is there first";
    "template_key_unknown" NotFound Operator,
        "没有受信任的密钥 {fingerprint}", "there is no trusted key {fingerprint}",
        "查看受信任的密钥列表", "look at the list of trusted keys";
    "template_key_other" Conflict Operator,
        "模板包的密钥指纹是 {fingerprint}，给出的是 {given}", "the fingerprint of the bundle's key is {fingerprint}, and {given} was given",
        "不一致时不要信任：向对方重新核对", "do not trust it as it is: ask whoever made the bundle";
    "template_key_name" Invalid Operator,
        "密钥的名称要有 1 到 {most} 个字符", "the name of a key has 1 to {most} characters",
        "写上这是谁的密钥", "say whose key it is";
    "test_wrong" Invalid Operator,
        "测试无法进行：{what}", "{what}",
        "测试文件的格式见 workflows/README.md", "workflows/README.md describes the format of test files";
    "test_not_utf8" Invalid Operator,
        "{file}：第 {at} 个字节不是 UTF-8", "{file}: byte {at} is not UTF-8",
        "把文件另存为 UTF-8", "save the file as UTF-8";
    "hook_method" Invalid Operator,
        "这个地址不接受 {method}，只接受 {methods}", "this address does not take {method}, only {methods}",
        "改用它接受的方法，或在工作流的 `methods` 中加上", "use one that it takes, or name it under `methods` of the workflow";
    "hook_call_large" Invalid Operator,
        "查询参数和请求头合计超过 {most} KB", "query and headers are more than {most} KB",
        "把内容放在正文里", "send it as the body";
};
