//! Refusals about messages that people send, notifications and the ways they take.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
    "message_nobody" Invalid Operator,
        "消息没有接收人", "the message has no receiver",
        "给出接收人、部门或标签；要发给所有人，请使用 send_all", "name people, departments or tags, or say `send_all` for everybody";
    "message_both" Invalid Operator,
        "send_all 已表示所有人，不能再写接收人", "`send_all` is for everybody, so receivers cannot be named beside it",
        "只用其中一个", "use one of the two";
    "message_confirm" Invalid Operator,
        "发给所有人需要再次确认", "a message to everybody has to be confirmed",
        "确认无误后加上 confirm_all", "say `confirm_all` if that is what you want";
    "message_many" Invalid Operator,
        "一条消息最多 {most} 个接收人", "a message has at most {most} receivers",
        "分成几条，或改用部门、标签", "make several of it, or name departments or tags";
    "message_empty" Invalid Operator,
        "消息没有内容", "the message has no content",
        "写 text、markdown 或 card 中的一个", "give one of `text`, `markdown` and `card`";
    "message_mixed" Invalid Operator,
        "text、markdown 和 card 只能写一个", "`text`, `markdown` and `card` do not go together",
        "只保留一个", "keep one of them";
    "message_no_way" Conflict ItAdmin,
        "账号连接 {name} 不能发送消息", "the connection `{name}` cannot send messages",
        "填写自建应用的 AgentId 和 Secret，或选择另一个连接", "give AgentId and secret of an app, or choose another connection";
    "message_not_set_up" Conflict ItAdmin,
        "尚未配置能发送消息的账号连接", "no connection is set up that can send messages",
        "添加企业微信连接，并填写自建应用的 AgentId 和 Secret", "add a WeCom connection with AgentId and secret of an app";
    "message_which_way" Invalid Operator,
        "有几个账号连接能发送消息", "several connections can send messages",
        "写明使用哪一个（connection）", "name one of them (`connection`)";
    "message_way_broken" Conflict ItAdmin,
        "账号连接 {name} 现在不能使用：{why_zh}", "the connection `{name}` cannot be used now: {why_en}",
        "{hint_zh}", "{hint_en}";
    "message_person_unknown" Invalid Operator,
        "目录里没有账号、工号或 ID 为“{who}”的人", "the directory has nobody with the account, number or id `{who}`",
        "核对后重试", "check it, then try again";
    "message_unbound" Invalid Operator,
        "“{who}”没有绑定 {connection} 的成员，消息没有发送", "`{who}` is not linked to a member of {connection}; nothing was sent",
        "先绑定，或用 skip_unbound 跳过没有绑定的人", "link them first, or leave out whoever is not linked with `skip_unbound`";
    "message_left" Invalid Operator,
        "“{who}”已离开，消息没有发送", "`{who}` has left; nothing was sent",
        "去掉此人，或用 skip_unbound 跳过", "leave them out, also with `skip_unbound`";
    "message_in_doubt" Invalid Operator,
        "“{who}”在 {connection} 的账号可能已给了另一个人，消息没有发送", "the account of `{who}` in {connection} may have gone to somebody else; nothing was sent",
        "等待确认账号归属，或用 skip_unbound 跳过", "wait until somebody has decided whose it is, or leave them out with `skip_unbound`";
    "message_department_unbound" Invalid Operator,
        "部门“{who}”没有绑定 {connection} 的部门，消息没有发送", "the department `{who}` is not linked to one of {connection}; nothing was sent",
        "先同步部门，或改写接收人", "synchronise it first, or name people";
    "message_tag_unknown" Invalid Operator,
        "{connection} 没有标签“{who}”，消息没有发送", "{connection} has no tag `{who}`; nothing was sent",
        "核对标签名称，或使用标签 ID", "check its name, or give its number";
    "message_nobody_left" Invalid Operator,
        "接收人中没有一个已绑定，消息没有发送", "none of the receivers is linked; nothing was sent",
        "先绑定他们", "link them first";
    "message_missing" NotFound Operator,
        "没有消息 {id}", "there is no message `{id}`",
        "查看消息列表", "look at the messages";
    "message_not_recalled" Conflict Operator,
        "这条消息不能撤回：没有发出，或已超过 24 小时", "this message cannot be taken back: it was not sent, or more than 24 hours ago",
        "需要时再发一条更正", "send a correction if needed";
    "message_recall_failed" Conflict Operator,
        "撤回失败：{why_zh}", "it was not taken back: {why_en}",
        "{hint_zh}", "{hint_en}";
    "message_answer_lost" Unknown Operator,
        "{why_zh}；不知道消息是否已送达，为避免重复，不再重发", "{why_en}; nobody knows whether the message arrived, and it is not sent again, so that nobody gets it twice",
        "向一位接收人确认后，需要时再发一条", "ask one of the receivers, and send another one if needed";
    "message_end_unknown" Unknown Operator,
        "发送时程序中断，不知道是否已送达；为避免重复，不再重发", "the program ended while it was sent, so nobody knows whether it arrived; it is not sent again, so that nobody gets it twice",
        "向一位接收人确认后，需要时再发一条", "ask one of the receivers, and send another one if needed";
    "notification_rule_unknown" NotFound Operator,
        "没有通知规则 {id}", "there is no notification rule `{id}`",
        "查看有哪些规则", "look at the rules that there are";
    "notification_rule_id" Invalid Operator,
        "规则编号“{id}”不可用", "`{id}` cannot be the id of a rule",
        "使用小写字母、数字和下划线，以字母开头，最多 64 个字符", "use lower-case letters, digits and `_`, a letter first, at most 64";
    "notification_rules_many" Conflict Operator,
        "通知规则已有 {most} 条", "there are {most} notification rules already",
        "删除不用的规则，或把几条合并", "remove rules that nobody needs, or make one of several";
    "notification_events_missing" Invalid Operator,
        "规则没有写明通知什么", "the rule tells of nothing",
        "至少选择一种事件", "choose one event at least";
    "receivers_missing" Invalid Operator,
        "没有写明通知谁", "nobody is named who is told",
        "至少填写一个接收人", "name one receiver at least";
    "receivers_many" Invalid Operator,
        "一次最多 {most} 项", "there are at most {most} of these",
        "减少数量，或分成几条规则", "name fewer, or make several rules";
    "receiver_wrong" Invalid Operator,
        "“{text}”不是一个接收人", "`{text}` is not one receiver",
        "每项只写一个成员、部门或标签", "give one member, department or tag for each entry";
    "receiver_too_long" Invalid Operator,
        "文字超过 {most} 个字符", "this is longer than {most} characters",
        "缩短它", "shorten it";
    "span_too_long" Invalid Operator,
        "时间须在 0 到 {most} 毫秒之间", "this time must be between 0 and {most} milliseconds",
        "改为这个范围内的值", "give a value within these bounds";
    "quiet_time" Invalid Operator,
        "“{time}”不是一天中的时间", "`{time}` is not a time of day",
        "写成 22:00 这样的形式", "write it like 22:00";
    "quiet_always" Invalid Operator,
        "免打扰时段的开始和结束相同", "the quiet hours end when they begin",
        "改为不同的时间，或去掉免打扰时段", "give two different times, or leave the quiet hours out";
    "quiet_zone" Invalid Operator,
        "没有时区“{zone}”", "there is no zone `{zone}`",
        "写成 Asia/Shanghai 这样的名称", "use a name such as Asia/Shanghai";
    "connection_cannot_tell" Invalid Operator,
        "账号连接 {name} 不能发送消息", "the connection `{name}` cannot send messages",
        "选择能发送应用消息的账号连接", "choose one whose app can send messages" => ListConnections;
    "address_private" Invalid Operator,
        "{address} 是内网、链路本地或云主机元数据地址，本服务不会调用", "{address} is a private, link-local or cloud metadata address, which this server does not call",
        "换成公网地址；确需调用内网时，在启动服务时允许内网地址", "use a public one; whoever runs the server can let it call its own network when it is started";
    "webhook_url" Invalid Operator,
        "“{url}”不是可以调用的地址", "`{url}` is not an address that can be called",
        "写完整的 https:// 地址，其中不带账号和密码", "write a whole https:// address, without account and password";
    "webhook_failed" Temporary ItAdmin,
        "{host} 没有接受通知：{what_zh}", "{host} did not take the notification: {what_en}",
        "检查该地址能否访问，并返回 2xx；其间的通知可在列表中查看", "see that the address can be reached and answers 2xx; what was to be told stands in the list";
    "webhook_secret_unreadable" Configuration Operator,
        "签名密钥无法读取：主密钥已不同", "the secret for signing cannot be read: the master key is another one",
        "恢复主密钥，或为规则生成新的密钥", "bring the master key back, or make a new secret for the rule";
    "mail_unset" Configuration Operator,
        "还没有设置邮件服务器", "there is no mail server yet",
        "先设置邮件服务器", "set the mail server first";
    "mail_failed" Temporary ItAdmin,
        "邮件服务器 {host} 没有接受邮件：{what_zh}", "the mail server {host} did not take the mail: {what_en}",
        "检查地址、端口、加密方式、账号和密码", "check its host and port, the encryption, the account and the password";
    "mail_partly" Invalid Operator,
        "其他收件人已收到邮件，{who} 没有收到：邮件服务器 {host} 没有接受（{what_zh}）",
        "the others have the mail, {who} have not: the mail server {host} did not take it ({what_en})",
        "从规则中去掉或改正没有收到的地址", "take the addresses that did not get it out of the rule, or correct them";
    "mail_address" Invalid Operator,
        "“{address}”不是邮件地址", "`{address}` is not an e-mail address",
        "写成 name@example.com 这样的形式", "write it like name@example.com";
    "mail_host" Invalid Operator,
        "“{host}”不是可用的邮件服务器或端口", "`{host}` with this port can be no mail server",
        "填写主机名，例如 smtp.example.com，端口单独填写", "give a host such as smtp.example.com, and the port for itself";
    "mail_ca" Invalid Operator,
        "证书无法读取", "the certificates cannot be read",
        "粘贴 PEM 格式的证书，以 -----BEGIN CERTIFICATE----- 开头", "paste them in PEM, which begins with -----BEGIN CERTIFICATE-----";
    "mail_password_missing" Invalid Operator,
        "账号没有密码", "the account has no password",
        "填写密码；换了主机或账号时需要重新填写", "give it; with another host or account it is asked for again";
    "mail_password_plain" Invalid Operator,
        "不加密的连接不能发送密码", "a password is not sent without encryption",
        "改用 tls 或 starttls，或去掉账号", "use tls or starttls, or leave the account out";
    "mail_password_unreadable" Configuration Operator,
        "邮件服务器的密码无法读取：主密钥已不同", "the password of the mail server cannot be read: the master key is another one",
        "恢复主密钥，或重新填写密码", "bring the master key back, or give the password again";
};
