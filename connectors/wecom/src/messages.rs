//! The words of the connector's own problems: settings, transport, reading, and what is told beside success. The words
//! of WeCom's codes are in `codes_*.rs`, those of broken value rules in `rule_messages.rs`; here all are joined.

use idflow_sdk::{Message, messages};

use crate::{codes, codes_address_book, codes_other, rule_messages};

const COUNT: usize =
    OWN.len() + rule_messages::MESSAGES.len() + codes_address_book::ROWS.len() + codes_other::ROWS.len();

/// Every message of this connector.
pub(crate) static ALL: [Message; COUNT] = join();

const fn join() -> [Message; COUNT] {
    let mut all = [OWN[0]; COUNT];
    let mut end = 0;
    let mut from = 0;
    while from < OWN.len() {
        all[end] = OWN[from];
        (end, from) = (end + 1, from + 1);
    }
    from = 0;
    while from < rule_messages::MESSAGES.len() {
        all[end] = rule_messages::MESSAGES[from];
        (end, from) = (end + 1, from + 1);
    }
    end = codes::append(&mut all, end, codes_address_book::ROWS);
    codes::append(&mut all, end, codes_other::ROWS);
    all
}

const OWN: &[Message] = messages! {
    "WECOM_UNKNOWN" Invalid Vendor,
        "企业微信返回了未知的错误码 {errcode}：{errmsg}", "WeCom answered with the unknown code {errcode}: {errmsg}",
        "请在企业微信开发者中心查询该错误码，或报告此问题（追踪号 {trace}）", "look the code up in the WeCom developer centre, or report it (trace {trace})";
    "wecom_setting_blank" Configuration ItAdmin,
        "值的中间有空格或不可见字符", "the value contains white space or invisible characters",
        "请从企业微信管理后台重新复制，不要带空格和换行", "copy it again from the WeCom admin console, without spaces and line breaks";
    "wecom_corp_id_shape" Configuration ItAdmin,
        "这不像企业 ID：应以 ww、wx 或 wp 开头，由字母和数字组成，至少 6 位", "this does not look like a corp id: it begins with ww, wx or wp and consists of at least 6 letters and digits",
        "在管理后台 → 我的企业 → 企业信息的最下方复制企业 ID", "copy it from the admin console → My Company → Company Information, at the bottom";
    "wecom_corp_id_is_agent_id" Configuration ItAdmin,
        "这看起来是 AgentId，不是企业 ID", "this looks like an AgentId, not like a corp id",
        "把它填到 agent_id；企业 ID 在管理后台 → 我的企业 → 企业信息的最下方", "put it into agent_id; the corp id is in the admin console → My Company → Company Information, at the bottom";
    "wecom_agent_id_shape" Configuration ItAdmin,
        "AgentId 只能是数字", "an AgentId consists of digits only",
        "在管理后台 → 应用管理 → 自建应用的详情页复制 AgentId", "copy it from the admin console → App Management → the page of the app";
    "wecom_agent_id_missing" Configuration ItAdmin,
        "填了应用 Secret，但没有 AgentId", "there is an app secret but no AgentId",
        "填写该应用的 AgentId，或去掉应用 Secret", "fill in the app's AgentId, or remove the app secret";
    "wecom_secret_missing" Configuration ItAdmin,
        "应用 Secret 和通讯录同步 Secret 都没有填", "there is neither an app secret nor a contact-sync secret",
        "写入需要通讯录同步 Secret，读取名称需要应用 Secret，至少填一个", "writing needs the contact-sync secret, reading names the app secret; fill in at least one";
    "wecom_auth_mode_word" Configuration Operator,
        "授权方式只能是 self_built 或 provider", "the way of authorising is self_built or provider",
        "企业自己填写 Secret 用 self_built，服务商代开发用 provider", "self_built where the company gives its own secrets, provider where a service provider builds the app";
    "wecom_provider_secret" Configuration ItAdmin,
        "服务商代开发的连接不能使用通讯录同步 Secret", "a connection by a provider must not have a contact-sync secret",
        "去掉通讯录同步 Secret；写入使用通讯录编辑授权", "take the contact-sync secret out; writes go by the right to edit contacts";
    "wecom_provider_incomplete" Configuration Operator,
        "服务商设置缺少 {name}", "the provider's settings lack {name}",
        "在服务商管理后台复制后填写", "copy it from the provider console";
    "wecom_template_id_shape" Configuration Operator,
        "这不像代开发模板的 ID：应以 dk 开头", "this does not look like the id of a template: it begins with dk",
        "在服务商管理后台 → 应用代开发 → 模板 复制", "copy it from the provider console → Customized apps → template";
    "wecom_suite_id_shape" Configuration Operator,
        "这不像 SuiteID：应以 ww、wx、tj 或 dk 开头", "this does not look like a suite id: it begins with ww, wx, tj or dk",
        "在服务商管理后台 → 通讯录编辑权限 复制", "copy it from the provider console → contact-edit permission";
    "wecom_provider_no_suite" Configuration Operator,
        "服务商设置里没有通讯录编辑授权的 SuiteID 和 Secret", "the provider's settings have no suite id and secret for the right to edit contacts",
        "在服务商设置里补充；没有这项资格的服务商只能读取通讯录", "add them to the provider's settings; a provider without that qualification can read contacts only";
    "wecom_provider_no_ticket" Configuration Operator,
        "还没有收到企业微信推送的 suite_ticket", "no suite_ticket has come from WeCom yet",
        "检查服务商管理后台里的指令回调 URL、Token 和 EncodingAESKey；票据每十分钟推送一次，也可以在后台点击“刷新 ticket”", "check command callback URL, Token and EncodingAESKey in the provider console; a ticket comes every ten minutes, or at once by “refresh ticket” there";
    "wecom_callback_no_keys" Configuration ItAdmin,
        "还没有 Token 和 EncodingAESKey", "there is no Token and no EncodingAESKey yet",
        "生成一对新的，填到企业微信管理后台", "make new ones and enter them in the WeCom admin console";
    "wecom_callback_query" Configuration ItAdmin,
        "请求缺少 msg_signature、timestamp、nonce 或密文", "msg_signature, timestamp, nonce or the encrypted text is missing",
        "这样的请求不是企业微信发来的，或被中间的代理改过", "such a call does not come from WeCom, or a proxy on the way has changed it";
    "wecom_callback_signature" Configuration ItAdmin,
        "签名不符：Token 不一致", "the signature is wrong: another Token was used",
        "在企业微信管理后台填写这个地址的 Token 和 EncodingAESKey；不确定时生成新的", "enter this address's Token and EncodingAESKey in the WeCom admin console; when in doubt make new ones";
    "wecom_callback_key" Configuration ItAdmin,
        "无法解密：EncodingAESKey 不一致", "it cannot be decrypted: another EncodingAESKey was used",
        "在企业微信管理后台填写与 Token 同时生成的 EncodingAESKey，共 43 个字符", "enter the EncodingAESKey that was made together with the Token, 43 characters, in the WeCom admin console";
    "wecom_callback_receiver" Configuration ItAdmin,
        "这个回调属于另一家企业，不是 {corp_id}", "this callback is for another company than {corp_id}",
        "检查该地址填在了哪家企业的管理后台", "see in which company's admin console this address was entered";
    "wecom_callback_time" Configuration Operator,
        "时间戳 {timestamp} 与本机时钟相差太多", "the time {timestamp} is too far from this machine's clock",
        "校准本机时钟；时钟正确时，这是一个被重放的旧请求", "set this machine's clock; if it is right, this is an old call that was sent again";
    "wecom_callback_form" Invalid Vendor,
        "回调内容无法读取", "the callback cannot be read",
        "这样的请求不是企业微信发来的，或被中间的代理改过；内容最大 1 MiB", "such a call does not come from WeCom, or a proxy on the way has changed it; at most 1 MiB is read";
    "wecom_timeout_range" Configuration Operator,
        "超时时间不在 100 至 120000 毫秒之间", "the time limit is not between 100 and 120000 milliseconds",
        "填写毫秒数，例如 10000", "give a number of milliseconds, for example 10000";
    "wecom_base_url_shape" Configuration Operator,
        "接口地址不正确", "the address of the API is not valid",
        "填写 https:// 开头的地址，不带账号、问号和井号；通常是 https://qyapi.weixin.qq.com", "give an address that begins with https://, without user name, query and fragment; usually https://qyapi.weixin.qq.com";
    "wecom_base_url_plain_http" Configuration Operator,
        "接口地址没有加密，Secret 会被别人看到", "the address is not encrypted; others could read the secrets",
        "改用 https://；http:// 只能用于本机地址", "use https://; http:// is for addresses of this machine only";
    "wecom_base_url_private" Configuration Operator,
        "接口地址指向本机或内网，服务不会访问", "the address leads into this machine or its network, which this server does not call",
        "改用公网地址；确实需要访问内网时，请运行服务的人允许", "use a public address; if the network behind it is meant, whoever runs the server can allow it";
    "wecom_root_department_shape" Configuration ItAdmin,
        "根部门 ID 应为正整数", "the id of the root department is a positive whole number",
        "整个企业填 1", "give 1 for the whole company";
    "wecom_app_kind_word" Configuration Operator,
        "应用类型只能是 self_built、customized 或 third_party", "the kind of app is self_built, customized or third_party",
        "企业自己创建的应用填 self_built", "choose self_built for an app that the company made itself";
    "wecom_member_read_word" Configuration Operator,
        "成员读取方式只能是 ids 或 full", "the way of reading members is ids or full",
        "不确定时填 ids", "choose ids when in doubt";
    "wecom_limits_shape" Configuration Operator,
        "限制的写法不正确", "the limits are not written correctly",
        "写作 max_parallel=8, per_minute=9000, per_hour=135000，可只写其中几项；max_parallel 取值 1 至 16", "write max_parallel=4, per_minute=9000, per_hour=135000, or some of them; max_parallel is 1 to 16";
    "wecom_import_jobs_word" Configuration Operator,
        "异步导入只能是 auto、off 或 always", "import jobs are auto, off or always",
        "不确定时填 auto", "choose auto when in doubt";
    "wecom_exports_word" Configuration Operator,
        "异步导出只能是 auto、off 或 always", "exports are auto, off or always",
        "不确定时填 auto", "choose auto when in doubt";
    "wecom_export_slow" Temporary Vendor,
        "异步导出半小时内没有完成", "the export did not end within half an hour",
        "稍后重试；仍然如此时把 exports 设为 off，逐个部门读取", "try again later; if it stays, set `exports` to off, then departments are read one by one";
    "wecom_export_file" Temporary Vendor,
        "异步导出的文件不能用（{what}）", "the files of the export cannot be used ({what})",
        "会自动重试；仍然如此时把 exports 设为 off，逐个部门读取", "it is tried again; if it stays, set `exports` to off, then departments are read one by one";
    "wecom_quota_used_up" Temporary ItAdmin,
        "接口 {api} 在这一分钟或这一小时的调用次数已用完", "the calls of {api} for this minute or hour are used up",
        "等待后会自动继续；持续发生时减少其他程序的调用或改在夜间同步", "it goes on after a wait; if it lasts, let other programs call less or sync at night";
    "wecom_quota_of_days" Temporary ItAdmin,
        "接口 {api} 等了一小时仍被拒绝（45009）：当天或当月的额度已用完", "{api} is still refused after an hour (45009): the quota of this call for the day or the month is used up",
        "企业微信规定：每月创建的成员不超过帐号上限的 3 倍，每个应用每天发消息不超过帐号上限的 200 倍人次。额度恢复后的运行会自动补上；等不及时请向企业微信申请扩容",
        "WeCom lets a company create three times its account limit in members a month, and an app send 200 times that in messages a day; a run after the quota is free again does what is left; where that takes too long, ask WeCom for more accounts";
    "wecom_import_left" Temporary Bug,
        "这一行要放进下一个导入任务", "this row has to wait for the next import job",
        "会自动再次提交", "it is handed in again";
    "wecom_import_file" Invalid Bug,
        "无法写出导入文件：{cause}", "the import file cannot be written: {cause}",
        "会逐个写入；仍然如此请报告", "the members are written one by one; if it stays, report it";
    "wecom_job_silent" Unknown Vendor,
        "导入任务结束了，但没有说明这名成员的结果", "the import job ended without a word about this member",
        "会先核对再决定是否重试", "the state is looked up before the next try";
    "wecom_import_refused" Invalid Bug,
        "企业微信没有采用导入文件：{cause}", "WeCom did not take the import file: {cause}",
        "会逐个写入，不影响结果", "the members are written one by one; the result is the same";
    "wecom_message_too_often" Temporary Operator,
        "同一应用对一名成员每分钟最多 30 条、每小时最多 1000 条，更多的会被企业微信悄悄丢弃", "one app may send a member 30 messages a minute and 1,000 an hour; WeCom drops more without a word",
        "等待后会自动发送；请减少发送", "it is sent after a wait; send fewer messages";
    "wecom_message_empty" Invalid Operator,
        "消息没有内容", "the message has no content",
        "写 text 或 markdown，或同时写 title 和 url", "give `text` or `markdown`, or both `title` and `url`";
    "wecom_message_mixed" Invalid Operator,
        "消息的内容写法混在一起了", "the parts of the message do not go together",
        "只写 text、只写 markdown，或写 title 和 url（可加 text 作描述）", "give `text` alone, `markdown` alone, or `title` and `url` (with `text` as the description)";
    "wecom_message_url" Invalid Operator,
        "卡片的网址应以 http:// 或 https:// 开头，不含空格，不超过 2048 字节", "a card's address begins with http:// or https://, has no blanks and at most 2048 bytes",
        "更正网址后重试", "correct the address, then try again";
    "wecom_message_nobody" Invalid Operator,
        "消息没有接收人", "the message has no receiver",
        "至少写 to_users、to_departments、to_tags 中的一个", "give at least one of `to_users`, `to_departments`, `to_tags`";
    "wecom_message_receiver" Invalid Operator,
        "{name} 里有不能用作接收人的值", "`{name}` holds a value that cannot be a receiver",
        "写成列表，每项一个账号或 ID，不含空格和竖线", "give a list with one userid or id in each entry, without blanks and bars";
    "wecom_message_cut" Invalid Operator,
        "{name} 太长，截断后发送", "`{name}` was too long and was sent cut",
        "缩短内容；文本和 Markdown 最多 2048 字节，卡片标题 128 字、描述 512 字", "shorten it: text and markdown have at most 2048 bytes, a card's title 128 and its description 512 characters";
    "wecom_message_long" Invalid Operator,
        "{name} 太长：文本和 Markdown 最多 2048 字节（约 680 个汉字），卡片标题 128 字、描述 512 字", "`{name}` is too long: text and markdown have at most 2048 bytes, a card's title 128 and its description 512 characters",
        "缩短后重试", "shorten it, then try again";
    "wecom_message_stopped" Unknown Operator,
        "共 {calls} 批接收人，发送 {sent} 批后失败（{cause}）；为避免重复，不再重发", "the message failed with {cause} after {sent} of {calls} groups of receivers; it is not repeated, so that nobody gets it twice",
        "需要时另外通知其余的人", "tell the others in another way if needed";
    "wecom_message_no_user" Invalid ItAdmin,
        "{count} 名成员没有收到，账号不存在或不在应用的可见范围：{names}", "{count|1 member|# members} did not get it: unknown, or outside what the app can see: {names}",
        "核对账号和应用的可见范围", "check the userids and the app's visible range";
    "wecom_message_no_department" Invalid ItAdmin,
        "{count} 个部门没有收到，部门不存在或不在应用的可见范围：{names}", "{count|1 department|# departments} did not get it: unknown, or outside what the app can see: {names}",
        "核对部门 ID 和应用的可见范围", "check the department ids and the app's visible range";
    "wecom_message_no_tag" Invalid ItAdmin,
        "{count} 个标签没有收到，标签不存在或不在应用的可见范围：{names}", "{count|1 tag|# tags} did not get it: unknown, or outside what the app can see: {names}",
        "核对标签 ID 和应用的可见范围", "check the tag ids and the app's visible range";
    "wecom_message_unlicensed" Configuration ItAdmin,
        "{count} 名成员没有接口许可，没有收到：{names}", "{count|1 member has|# members have} no interface licence and did not get it: {names}",
        "在管理后台为他们分配接口许可", "give them a licence in the admin console";
    "wecom_no_rows" Configuration Bug,
        "企业微信里没有表格行，只有部门和成员", "WeCom has no rows, only departments and members",
        "请报告此问题", "please report this";
    "wecom_client" Configuration Operator,
        "无法准备 HTTPS 连接：{cause}", "HTTPS connections cannot be prepared: {cause}",
        "检查运行环境的证书", "check the certificates of the machine";
    "wecom_unreachable" Temporary Operator,
        "连不上 {host}：{cause_zh?网络错误}", "{host} cannot be reached: {cause_en?network error}",
        "检查网络、DNS、防火墙和代理，然后重试", "check network, DNS, firewall and proxy, then try again";
    "wecom_no_answer" Unknown Operator,
        "{host} 没有完整应答：{cause_zh?网络错误}", "{host} gave no complete answer: {cause_en?network error}",
        "稍后会先核对再重试；经常发生时请检查网络或调大超时时间", "the state is looked up before the next try; if it happens often, check the network or raise the time limit";
    "wecom_not_json" Configuration Operator,
        "{host} 的应答不是企业微信的格式，可能是登录页或代理的页面", "the answer of {host} is not WeCom's; perhaps a login page or a proxy",
        "检查接口地址以及运行环境的代理和上网认证", "check the address of the API and the proxy or network login of the machine";
    "wecom_server_busy" Temporary Vendor,
        "{host} 应答 HTTP {status}，服务暂时不可用", "{host} answered HTTP {status}: it cannot serve for the moment",
        "稍后重试；持续发生时查看企业微信服务状态", "try again later; if it lasts, look at the state of the WeCom service";
    "wecom_wrong_address" Configuration Operator,
        "{host} 应答 HTTP {status}，那里不是企业微信接口", "{host} answered HTTP {status}: this is not the WeCom API",
        "检查接口地址；跳转不会被跟随，以免泄露 Secret", "check the address of the API; redirects are not followed, so that no secret leaks";
    "wecom_answer_shape" Invalid Vendor,
        "{api} 的应答缺少约定的内容：{lacks}", "the answer of {api} lacks what it should hold: {lacks}",
        "重试一次；仍然如此请报告", "try again; if it stays, report it";
    "wecom_tree_incomplete" Temporary Vendor,
        "部门列表不完整（{what}），为安全起见不使用", "the list of departments is not complete ({what}); it is not used, to be safe",
        "检查应用的可见范围是否为整个企业，然后重试", "check that the app is visible to the whole company, then try again";
    "wecom_root_not_found" Configuration ItAdmin,
        "企业微信里没有根部门 {department}", "there is no department {department} in WeCom, which is set as the root",
        "更正连接的根部门；整个企业填 1", "correct the connection's root department; 1 is the whole company";
    "wecom_cursor_stuck" Temporary Vendor,
        "成员列表的翻页没有前进，为安全起见不使用", "the pages of the member list do not advance; it is not used, to be safe",
        "稍后重试", "try again later";
    "wecom_names_hidden" Configuration ItAdmin,
        "没有应用 Secret，看不到部门名称", "department names cannot be read without an app secret",
        "在连接里填写可见范围为整个企业的自建应用的 AgentId 和 Secret", "give the AgentId and secret of a self-built app that is visible to the whole company";
    "wecom_contacts_reads_unused" Configuration ItAdmin,
        "从这个 IP 用通讯录同步 Secret 还能读取全部信息，但 idflow 不使用：企业微信自 2022 年 8 月起对新的 IP 只返回 ID，换一台机器就读不到了",
        "from this address the contact-sync secret may still read everything, and idflow does not use that: since August 2022 WeCom gives new addresses ids only, so another machine would read nothing",
        "在连接里填写可见范围为整个企业的自建应用的 AgentId 和 Secret", "give the AgentId and secret of a self-built app that is visible to the whole company";
    "wecom_names_partly_hidden" Configuration ItAdmin,
        "应用看不到其中 {count} 个部门的名称", "the app cannot see {count|the name of one department|the names of # departments}",
        "在管理后台把应用的可见范围改为整个企业", "make the app visible to the whole company in the admin console";
    "wecom_parents_invisible" Configuration ItAdmin,
        "{count} 个部门的上级部门看不到，它们放在最上层：{names}", "the parent of {count|one department|# departments} cannot be seen; {count|it stands|they stand} at the top: {names}",
        "要保留完整的层级，请在管理后台把应用的可见范围改为整个企业", "make the app visible to the whole company in the admin console to keep the tree whole";
    "wecom_people_hidden" Configuration ItAdmin,
        "{count} 名成员的姓名看不到，不会新建，已关联的照常处理", "the {count|name of one member|names of # members} cannot be seen: nobody is created without a name, and whoever is linked is kept up to date",
        "配置可见范围为整个企业的自建应用", "connect a self-built app that is visible to the whole company";
    "wecom_read_changes" Invalid Operator,
        "只读取了企业微信告知有变化的成员（{count} 名），其余成员沿用上次完整读取的结果", "only the {count|one member|# members} that WeCom told of {count|was|were} read; everybody else is as at the last full read",
        "要立即完整核对，手动运行一次", "run the workflow by hand to look at everybody now";
    "wecom_read_moved" Temporary Operator,
        "读取期间通讯录或应用的可见范围一直在变（{what}），没有读到同一时刻的内容，本次不移除任何对象", "the address book or the app's range kept changing while it was read ({what}), so nothing is removed this time",
        "稍后再次运行", "run again later";
    "wecom_holding_missing" Configuration Operator,
        "只同步人员（mode: people_only）时要写明存放人员的部门", "`mode: people_only` needs the department that the people are put into",
        "加上 holding_department，例如 /企业微信", "add `holding_department`, for example /WeCom";
    "wecom_holding_unused" Configuration Operator,
        "holding_department 只用于 mode: people_only", "`holding_department` is for `mode: people_only` alone",
        "去掉它，或改为 mode: people_only", "remove it, or write mode: people_only";
    "wecom_tag_unreadable" NotFound ItAdmin,
        "读不到标签“{tag}”：它可能已被删除，或不在应用的可见范围内；本次不移除任何对象", "the tag {tag} cannot be read: it was deleted, or the app may not see it; nothing is removed this time",
        "在管理后台核对标签；不再需要时从步骤的 tags 中去掉", "look at the tag in the admin console; take it out of `tags` if it is no longer wanted";
    "wecom_tag_ambiguous" Configuration ItAdmin,
        "有 {count} 个标签叫“{tag}”；本次不移除任何对象", "{count|one tag is|# tags are} called {tag}; nothing is removed this time",
        "改写标签的编号", "give the number of the tag";
    "wecom_people_not_found" NotFound ItAdmin,
        "选定的成员有 {count} 名看不到：{names}；应用的可见范围不是整个企业，不能断定他们已离开，本次不移除任何对象", "{count|one of the chosen members|# of the chosen members} cannot be seen: {names}. The app does not see the whole company, so nobody can tell whether they left; nothing is removed this time",
        "核对账号；已离开的从步骤的 people 中去掉，或扩大应用的可见范围", "look at the userids: take those who left out of `people`, or widen the app's range";
    "wecom_list_lacks" Temporary Operator,
        "企业微信的成员列表缺少 {count} 名成员（{names}），而单独查询时他们仍在：列表不完整，本次不移除任何对象", "WeCom's lists lack {count|a member|# members} ({names}) who {count|is|are} there when asked for alone: the lists are not complete, and nothing is removed this time",
        "稍后再次运行", "run again later";
    "wecom_people_visible_only" Configuration ItAdmin,
        "没有通讯录同步 Secret，只能看到应用可见范围内的成员", "without a contact-sync secret only the members visible to the app are seen",
        "在连接里填写通讯录同步 Secret", "give the contact-sync secret";
    "wecom_people_of_provider" Configuration ItAdmin,
        "服务商代开发的应用只能看到企业授权范围内的成员；范围外已关联的成员按上次写入的内容处理，离职时照样禁用", "the app of a provider sees only the members that the company lets it see; whoever is linked and not seen counts as there, as last written, and loses access like others",
        "需要更多成员时，请企业管理员在管理后台扩大该应用的可见范围", "where more are needed, the company's administrator widens the range of the app in the admin console";
    "wecom_ids_of_provider" Configuration ItAdmin,
        "企业微信向这个服务商应用返回的是服务商的加密 userid（例如 {userid}），与写入时使用的账号不是同一种，写入的成员无法再识别，因此不写入成员",
        "WeCom shows members to this provider's app under encrypted userids of the provider ({userid} for example), which are not the accounts that are written: whoever is made could not be recognised again, so no members are written",
        "请企业改用自建应用（auth_mode=self_built）：填写企业自己的应用 Secret 和通讯录同步 Secret", "let the company connect by itself (auth_mode=self_built), with the secrets of its own app and of its contact sync";
    "wecom_contacts_secret_missing" Configuration ItAdmin,
        "{api} 需要通讯录同步 Secret，此连接没有", "{api} needs the contact-sync secret, which this connection lacks",
        "在管理后台 → 安全与管理 → 管理工具 → 通讯录同步取得 Secret 并填入连接", "take it from the admin console → Security & Management → Management Tools → Contacts Sync and add it to the connection";
    "wecom_app_secret_missing" Configuration ItAdmin,
        "{api} 需要应用 Secret，此连接没有", "{api} needs the app secret, which this connection lacks",
        "在连接里填写自建应用的 AgentId 和 Secret", "give the AgentId and secret of a self-built app";
    "wecom_agent_mismatch" Configuration ItAdmin,
        "agent_id {agent_id} 与 app_secret 不属于同一个应用", "agent_id {agent_id} and app_secret do not belong to the same app",
        "在应用详情页重新复制 AgentId 和 Secret", "copy AgentId and secret again from the page of one app";
    "wecom_app_closed" Configuration ItAdmin,
        "应用 {agent_id} 已停用", "the app {agent_id} is disabled",
        "在管理后台 → 应用管理里启用它", "enable it in the admin console → App Management";
    "wecom_range_too_small" Configuration ItAdmin,
        "应用的可见范围不包括根部门 {department}", "the app's visible range does not include the root department {department}",
        "在应用详情页把可见范围改为整个企业", "make the app visible to the whole company on the app's page";
    "wecom_range_partial" Configuration ItAdmin,
        "应用只能看到企业的一部分（{departments} 个部门、{members} 名成员、{tags} 个标签）：成员的所属部门和直属上级不完整，视为未知", "the app sees a part of the company ({departments} departments, {members} members, {tags} tags): departments and leaders of members are cut, and taken as unknown",
        "在应用详情页把可见范围改为整个企业", "make the app visible to the whole company on the app's page";
    "wecom_edit_off" Configuration ItAdmin,
        "通讯录同步没有开启 API 编辑，无法写入（48002）", "editing by API is switched off for the contact sync; nothing can be written (48002)",
        "在管理后台 → 安全与管理 → 管理工具 → 通讯录同步，把权限改为“API编辑通讯录”", "admin console → Security & Management → Management Tools → Contacts Sync: set the permission to “edit by API”";
    "wecom_secrets_swapped" Configuration ItAdmin,
        "两个 Secret 填反了：app_secret 是通讯录同步的，contacts_secret 是应用的", "the two secrets are in each other's place: app_secret is that of the contact sync, contacts_secret that of the app",
        "把两个值对调", "put each into the other's place";
    "wecom_not_app_secret" Configuration ItAdmin,
        "app_secret 不是应用的 Secret，而是通讯录同步的", "app_secret is not the secret of an app but that of the contact sync",
        "在管理后台 → 应用管理 → 自建 → 你的应用复制 Secret", "copy it from the admin console → App Management → Self-built → your app";
    "wecom_fields_hidden" Configuration ItAdmin,
        "应用看不到成员的这些字段：{fields}", "the app is not shown these fields of members: {fields}",
        "2022 年 6 月以后创建的应用都是如此，目录里已有的值保持不变；需要时请成员网页授权，或从其他来源补充", "this is so for every app made since June 2022, and what the directory has of them stays; if they are needed, let members consent, or bring them from another source";
    "wecom_name_withheld" Configuration ItAdmin,
        "应用看不到成员的姓名（以及：{fields}），不会新建任何人", "the app is not shown the names of members (hidden: {fields}), so nobody is created",
        "改用企业自建应用的 AgentId 和 Secret，或请服务商申请姓名权限", "use the AgentId and secret of an app that the company built itself, or let the provider ask for the right to names";
    "wecom_clock_apart" Configuration Operator,
        "本机时钟与企业微信相差约 {minutes} 分钟", "this machine's clock and WeCom's are about {minutes|a minute|# minutes} apart",
        "校准本机时钟（NTP）", "set this machine's clock (NTP)";
    "wecom_public_missing" Configuration Operator,
        "服务没有公网地址，企业微信无法回调，也不能授权登录", "the server has no public address, so WeCom can neither call it nor sign members in",
        "请运行服务的人写明对外地址（public URL），例如 https://id.example.com", "whoever runs the server names its public URL, for example https://id.example.com";
    "wecom_public_plain" Configuration Operator,
        "对外地址 {url} 没有加密，企业微信的授权登录和回调都要求 https", "the public address {url} is not encrypted; WeCom's sign-in and callbacks want https",
        "为服务配置证书，或在前面放带 TLS 的反向代理，然后把对外地址（public URL）改为 https://", "give the server a certificate or put a proxy with TLS before it, then make its public URL one with https://";
    "wecom_public_ip" Configuration Operator,
        "对外地址 {url} 不是域名，不能用作可信域名和回调地址", "the public address {url} is not a domain, so it can be neither a trusted domain nor a callback address",
        "换成企业自己已备案的域名", "use a domain of the company's own, with its ICP filing";
    "wecom_domain_missing" Configuration ItAdmin,
        "应用没有设置可信域名，成员不能授权登录", "the app has no trusted domain, so members cannot sign in",
        "在管理后台 → 应用管理 → 你的应用 → 网页授权及JS-SDK，把可信域名设为 {host}", "admin console → App Management → your app → Web authorization and JS-SDK: set the trusted domain to {host}";
    "wecom_domain_mismatch" Configuration ItAdmin,
        "应用的可信域名是 {domain}，服务的域名是 {host}，不一致时授权登录会失败（50001）", "the app's trusted domain is {domain} and the server's is {host}; signing in fails (50001) unless they are the same, port included",
        "在管理后台把可信域名改为 {host}，或用该域名作为服务的对外地址", "set the trusted domain to {host} in the admin console, or make the other one the public URL of the server";
    "wecom_callback_silent" Configuration ItAdmin,
        "有工作流在等事件，但企业微信从未成功访问过 {path}", "a workflow waits for events, but WeCom has never reached {path}",
        "在管理后台填写该 URL、Token 和 EncodingAESKey 并保存；保存失败时检查域名、防火墙和反向代理能否从公网访问该地址", "enter this URL with its Token and EncodingAESKey in the admin console and save it; if saving fails, see whether domain, firewall and proxy let the public network reach it";
    "wecom_range_whole" Configuration ItAdmin,
        "应用可见整个企业", "the app sees the whole company",
        "无需处理", "nothing to do";
    "wecom_range_words" Configuration ItAdmin,
        "应用可见 {departments} 个部门（含下级）、{members} 名成员、{tags} 个标签", "the app sees {departments|one department|# departments} with all below, {members|one member|# members} and {tags|one tag|# tags}",
        "范围是同步的上限，可在管理后台的应用详情页修改", "it is the limit of every sync; it is set on the app's page in the admin console";
    "wecom_scope_nobody" NotFound ItAdmin,
        "“{what}”没有选中任何人", "`{what}` gives nobody",
        "核对写法；部门或标签可能为空，或不在应用的可见范围内", "look at how it is written; the department or tag may be empty, or outside what the app sees";
    "wecom_scope_unseen" NotFound ItAdmin,
        "成员“{what}”看不到", "the member `{what}` cannot be seen",
        "核对账号；无误时在管理后台把他加入应用的可见范围", "look at the userid; if it is right, add the member to the app's visible range";
    "wecom_scope_no_departments" Invalid Operator,
        "选定了成员或标签：部门结构不完整，建议只同步人员", "members or tags are chosen, so the tree of departments is not whole: people alone are better brought",
        "写 mode: people_only 和 holding_department；这样不写部门，成员原有的部门归属也不带过来", "write `mode: people_only` and `holding_department`; then no department is written, and where people are in WeCom is dropped";
    "wecom_direct_leaders_range" Configuration ItAdmin,
        "直属上级人数应为 1 至 5", "the number of direct leaders is 1 to 5",
        "不确定时填 1", "give 1 when in doubt";
    "wecom_source_root_word" Configuration Operator,
        "source_root 只能是 auto、company 或 department", "`source_root` is auto, company or department",
        "不确定时填 auto", "choose auto when in doubt";
    "wecom_not_contacts_secret" Configuration ItAdmin,
        "contacts_secret 不是通讯录同步的 Secret", "contacts_secret is not the secret of the contact sync",
        "在管理后台 → 安全与管理 → 管理工具 → 通讯录同步复制 Secret，并开启 API 编辑", "copy it from the admin console → Security & Management → Management Tools → Contacts Sync, and switch API editing on";
    "wecom_department_invented" Conflict ItAdmin,
        "企业微信把不存在的部门建成了新部门：{departments}", "WeCom made new departments for ids that did not exist: {departments}",
        "在管理后台查看“待设置部门”，把成员移到正确的部门", "look at the departments to be set in the admin console and move the member";
    "wecom_already_gone" NotFound ItAdmin,
        "要删除的对象已经不在企业微信里", "the object to be deleted was no longer in WeCom",
        "无需处理", "nothing to do";
    "wecom_mobile_may_stay" Invalid ItAdmin,
        "成员若已激活，企业微信不会更改其手机号，也不会告知", "if the member has activated, WeCom keeps the mobile number and does not say so",
        "需要时请成员自己在企业微信里更改手机号", "if needed, ask the member to change the number in WeCom";
    "wecom_email_may_stay" Invalid ItAdmin,
        "成员若绑定了腾讯企业邮箱，企业微信不会更改其邮箱，也不会告知", "if the member's mailbox is bound to Tencent Exmail, WeCom keeps the e-mail address and does not say so",
        "需要时在管理后台更改该成员的邮箱", "if needed, change the member's address in the admin console";
    "wecom_cannot_clear" Invalid ItAdmin,
        "企业微信不能清空“{field}”，保留原值", "WeCom cannot empty `{field}`; the old value stays",
        "需要时在管理后台更改，或在映射里写 when_empty: omit", "change it in the admin console if needed, or map it with `when_empty: omit`";
    "wecom_department_id_differs" Conflict Vendor,
        "企业微信给新部门的 ID 是 {given}，不是所要的 {asked}", "WeCom gave the new department the id {given} instead of {asked}",
        "在管理后台删除部门 {given}，然后重试", "delete department {given} in the admin console, then try again";
    "wecom_key_invalid" Invalid Bug,
        "“{key}”不是部门 ID", "`{key}` is not a department id",
        "请报告此问题", "please report this";
    "wecom_reference_invalid" Invalid Bug,
        "引用的值不是部门 ID 或成员账号", "a reference is not a department id or userid",
        "请检查映射；仍然如此请报告", "check the mapping; if it stays, report it";
    "wecom_unsupported" Configuration Bug,
        "企业微信连接器不能做：{what}", "the WeCom connector cannot do this: {what}",
        "请报告此问题", "please report this";
};
