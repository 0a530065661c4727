//! WeCom's codes that the calls of this connector can meet: transport, tokens, rights, departments and members.
//!
//! Arguments: `{errcode}`, `{errmsg}` (without the tail), `{trace}`, `{ip}` (ours, as WeCom sees it), `{holder}` (the
//! userid that has the value, when WeCom names it).

use crate::codes::{Row, rows};

/// The rows, by number.
pub(crate) const ROWS: &[Row] = rows! {
    -1 Retry Vendor,
        "企业微信系统繁忙", "WeCom is busy",
        "稍后会自动重试；持续发生时查看企业微信服务状态", "it is tried again; if it lasts, look at the state of the WeCom service";
    6000 Retry ItAdmin,
        "有别的程序同时在改同一份通讯录数据", "another program changed the same address-book data at the same time",
        "稍后会自动重试；经常发生时请停用其他同步程序", "it is tried again; if it happens often, stop other programs that sync";
    40001 Config ItAdmin,
        "Secret 不正确、已重置、属于别的企业，或应用已停用", "the secret is wrong, was reset, belongs to another company, or the app is disabled",
        "在管理后台重新复制 Secret 并更新连接；反复用错的 Secret 会使出口 IP 被封一小时", "copy the secret again from the admin console and update the connection; repeated wrong secrets block your address for an hour";
    40003 Item Hr,
        "成员账号不存在、不在可见范围内或格式不对", "the userid does not exist, is not visible, or is not well-formed",
        "核对账号；账号无误时检查可见范围", "check the userid; if it is right, check the visible range";
    40013 Config ItAdmin,
        "企业 ID 不正确", "the corp id is wrong",
        "在管理后台 → 我的企业 → 企业信息最下方复制企业 ID", "copy it from the admin console → My Company → Company Information, at the bottom";
    40014 Token ItAdmin,
        "访问令牌无效，换新后仍被拒绝", "the access token is not accepted, nor is a new one",
        "核对 Secret 属于此企业和应用，然后测试连接", "check that the secret belongs to this company and app, then test the connection";
    40031 Item Hr,
        "成员账号列表里有不存在或不可见的账号", "the list of userids holds one that is unknown or not visible",
        "核对账号；账号无误时检查可见范围", "check the userids; if they are right, check the visible range";
    40032 Item Bug,
        "一次提交的成员账号过多", "too many userids in one call",
        "请报告此问题", "please report this";
    40033 Item Bug,
        "请求里有企业微信不接受的转义字符", "the request holds escaped characters that WeCom does not accept",
        "请报告此问题", "please report this";
    40035 Item Bug,
        "参数不合法：{errmsg}", "a parameter is not valid: {errmsg}",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    40056 Config ItAdmin,
        "AgentId 不正确", "the AgentId is wrong",
        "在应用详情页复制 AgentId，并核对 Secret 属于同一应用", "copy it from the app's page, and check that the secret is of the same app";
    40058 Item Hr,
        "企业微信不接受某个值：{errmsg}", "WeCom does not accept a value: {errmsg}",
        "说明里有字段名，请在来源里更正该字段", "the text names the field; correct it in the source";
    40063 Item Bug,
        "缺少参数：{errmsg}", "a parameter is empty: {errmsg}",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    40066 Item ItAdmin,
        "所属部门为空或有不存在的部门", "the list of departments is empty or names one that does not exist",
        "先同步部门，再重试此人", "sync the departments first, then try this person again";
    40091 Config ItAdmin,
        "Secret 不正确", "the secret is wrong",
        "在管理后台重新复制 Secret 并更新连接", "copy the secret again from the admin console and update the connection";
    40141 Config ItAdmin,
        "企业账号状态异常", "the company's account is in an abnormal state",
        "登录管理后台查看提示", "look at the notices in the admin console";
    40206 Item Bug,
        "请求内容过大", "the request is too large",
        "请报告此问题", "please report this";
    41001 Config Bug,
        "请求没有带访问令牌", "the request carried no access token",
        "请报告此问题", "please report this";
    41002 Config Bug,
        "请求没有带企业 ID", "the request carried no corp id",
        "检查连接的企业 ID；仍然如此请报告", "check the connection's corp id; if it stays, report it";
    41004 Config Bug,
        "请求没有带 Secret", "the request carried no secret",
        "检查连接的 Secret；仍然如此请报告", "check the connection's secrets; if it stays, report it";
    41009 Item Bug,
        "请求没有带成员账号", "the request carried no userid",
        "请报告此问题", "please report this";
    41011 Item Bug,
        "请求没有带 AgentId", "the request carried no AgentId",
        "检查连接的 AgentId；仍然如此请报告", "check the connection's AgentId; if it stays, report it";
    41019 Item Hr,
        "没有所属部门，或不是数字列表", "the departments are missing or are not a list of numbers",
        "请在来源里把此人放进部门", "put the person into a department in the source";
    42001 Token ItAdmin,
        "访问令牌已过期，换新后仍被拒绝", "the access token has expired, and a new one is refused as well",
        "测试连接；仍然如此请检查是否有别的程序在用同一个 Secret", "test the connection; if it stays, check whether another program uses the same secret";
    45009 Rate ItAdmin,
        "调用过于频繁，企业微信暂时拒绝", "too many calls; WeCom refuses for a while",
        "等待后会自动继续；持续发生时减少其他程序的调用或改在夜间同步", "it goes on after a wait; if it lasts, let other programs call less or sync at night";
    45024 Config ItAdmin,
        "企业的成员数已达上限", "the company has reached its number of accounts",
        "完成企业认证或申请扩容", "verify the company, or ask for more accounts";
    45029 Item Bug,
        "一次查询的结果过大", "the answer would be too large",
        "把成员较多的部门拆开，或把成员读取方式改为 ids", "split the large department, or read members by ids";
    45031 Config ItAdmin,
        "企业微信认为此 Secret 不够安全", "WeCom does not consider the secret safe enough",
        "在管理后台重置 Secret 并更新连接", "reset the secret in the admin console and update the connection";
    45033 Retry Operator,
        "同时进行的调用过多", "too many calls at the same time",
        "会自动重试；持续发生时调小 limits 里的 max_parallel", "it is tried again; if it lasts, lower max_parallel in limits";
    46004 Missing Hr,
        "找不到该成员，或不可见", "there is no such member, or it is not visible",
        "核对账号、手机号或邮箱；无误时检查可见范围", "check the userid, mobile or e-mail; if right, check the visible range";
    48001 Config ItAdmin,
        "没有此接口的权限", "this API is not granted",
        "在管理后台为应用开通该权限", "grant the app this right in the admin console";
    48002 Config ItAdmin,
        "这个 Secret 不能调用此接口", "this secret may not call this API",
        "写入要用通讯录同步的 Secret 并开启 API 编辑；读取资料要用应用的 Secret", "write with the contact-sync secret and API editing switched on; read profiles with the app secret";
    48004 Config ItAdmin,
        "企业没有授权，或授权已取消", "the company has given no authorization, or has withdrawn it",
        "请重新授权", "authorize again";
    48005 Config Bug,
        "此接口已下线", "this API has been retired",
        "请升级 idflow 或报告此问题", "update idflow or report this";
    48006 Config ItAdmin,
        "接口权限因长期不用被收回", "the right to this API was withdrawn because it was not used for long",
        "在管理后台重新开启", "switch it on again in the admin console";
    48008 Config ItAdmin,
        "当前授权只能调用一部分通讯录接口", "the present authorization covers a part of the address-book API only",
        "改用通讯录同步的 Secret", "use the contact-sync secret";
    48009 Config ItAdmin,
        "通讯录同步的 Secret 不能从新的 IP 读取资料", "the contact-sync secret may not read profiles from a new address",
        "在连接里填写可见范围为整个企业的应用 Secret，用它来读取", "give the secret of an app that is visible to the whole company; it is used for reading";
    50002 Config ItAdmin,
        "成员不在应用的可见范围内", "the member is outside the app's visible range",
        "在应用详情页扩大可见范围", "widen the visible range on the app's page";
    50003 Config ItAdmin,
        "应用已停用", "the app is disabled",
        "在管理后台 → 应用管理里启用它", "enable it in the admin console → App Management";
    50006 Config ItAdmin,
        "系统应用已停用", "the system app is disabled",
        "在管理后台启用它", "enable it in the admin console";
    50100 Item Bug,
        "翻页游标无效", "the paging cursor is not valid",
        "重新运行；仍然如此请报告", "run again; if it stays, report it";
    60001 Item Hr,
        "部门名称为空或过长", "the department's name is empty or too long",
        "有些企业的上限是 32 字，请在来源里缩短名称", "some companies are limited to 32 characters; shorten the name in the source";
    60003 Missing ItAdmin,
        "部门不存在", "the department does not exist",
        "它可能在企业微信里被删除了；重新运行会重新核对", "it may have been deleted in WeCom; running again looks afresh";
    60004 Item ItAdmin,
        "上级部门不存在", "the parent department does not exist",
        "先创建上级部门，或重新运行", "create the parent first, or run again";
    60005 Taken ItAdmin,
        "部门里还有成员", "the department still has members",
        "先把成员移到别的部门", "move the members to other departments first";
    60006 Taken ItAdmin,
        "部门下还有子部门", "the department still has departments below it",
        "先删除或移走子部门", "delete or move them first";
    60007 Item ItAdmin,
        "根部门不能删除", "the root department cannot be deleted",
        "不要删除根部门", "leave the root department alone";
    60008 Taken ItAdmin,
        "部门 ID 已被占用，或同级已有同名部门", "the department id is taken, or a sibling has the same name",
        "同级有同名部门时：改名，或把已有的部门绑定到来源里的部门；看不到同名部门时，多半是被此连接看不到的部门占用：在连接里填写通讯录同步的 Secret，或把应用可见范围扩大到整个企业，然后再运行",
        "where a sibling has the name: rename the department, or link the existing one. Where none is to be seen, a department that this connection cannot see has the id or the name: give the connection the contact-sync secret or make its app visible to the whole company, then run again";
    60009 Item Hr,
        "部门名称含有不允许的字符", "the department's name contains a character that is not allowed",
        "请在来源里去掉 \\ : * ? \" < > | ｜ 这些字符", "remove the characters \\ : * ? \" < > | ｜ in the source";
    60010 Item Hr,
        "上级部门是它自己或它的下级", "the parent is the department itself or one below it",
        "请在来源里更正上级部门", "correct the parent in the source";
    60011 Config ItAdmin,
        "没有操作该成员或部门的权限", "there is no right on this member or department",
        "扩大应用的可见范围；写入要用通讯录同步的 Secret", "widen the app's visible range; write with the contact-sync secret";
    60020 Config ItAdmin,
        "企业微信不信任当前出口 IP：{ip}", "WeCom does not trust the address {ip}",
        "在管理后台把 {ip} 加到该应用和通讯录同步的企业可信 IP，约一分钟后生效", "add {ip} to the trusted IPs of the app and of the contact sync; it takes about a minute";
    60021 Config ItAdmin,
        "成员不在应用的可见范围内", "the member is outside the app's visible range",
        "在应用详情页扩大可见范围", "widen the visible range on the app's page";
    60030 Config ItAdmin,
        "目标超出应用的可见范围", "the target is outside the app's visible range",
        "在应用详情页扩大可见范围", "widen the visible range on the app's page";
    60031 Config ItAdmin,
        "该应用被禁止调用接口", "the app is barred from calling the API",
        "登录管理后台查看原因", "look for the reason in the admin console";
    60102 Taken Hr,
        "成员账号已存在（不分大小写）", "the userid exists already (case does not count)",
        "很可能是同一个人：把两者绑定；若不是，请在来源里换一个账号。不要删除在用的成员", "this is probably the same person: link the two; if not, choose another account in the source. Do not delete a member in use" => AddLink;
    60103 Item Hr,
        "企业微信不接受这个手机号", "WeCom does not accept the mobile number",
        "请在来源里更正手机号；大陆以外要带 + 和国家码", "correct it in the source; numbers outside the mainland need + and the country code";
    60104 Taken Hr,
        "手机号已被占用，所属成员：{holder?企业微信未说明}", "the mobile number already belongs to member {holder?(WeCom does not say which)}",
        "该成员尚未绑定时，很可能是同一个人：把两者绑定；若已绑定到另一人，而来源里这个人已不用此号码，是企业微信没有更改已激活成员的手机号：请该成员自己在企业微信里更改；否则请在来源里更正手机号。不要删除在用的成员",
        "where that member is linked to nobody it is probably the same person: link the two. Where it is linked to somebody who has another number in the source by now, WeCom kept the number of an activated member, who changes it in WeCom. Else correct the number in the source. Do not delete a member in use" => AddLink;
    60105 Item Hr,
        "企业微信不接受这个邮箱", "WeCom does not accept the e-mail address",
        "请在来源里更正邮箱", "correct it in the source";
    60106 Taken Hr,
        "邮箱已被占用，所属成员：{holder?企业微信未说明}", "the e-mail address already belongs to member {holder?(WeCom does not say which)}",
        "该成员尚未绑定时，很可能是同一个人：把两者绑定；若已绑定到另一人，而来源里这个人已不用此邮箱，是企业微信没有更改绑定了腾讯企业邮箱的成员的邮箱：在管理后台更改；否则请在来源里更正邮箱。不要删除在用的成员",
        "where that member is linked to nobody it is probably the same person: link the two. Where it is linked to somebody who has another address in the source by now, WeCom kept the address of a member whose mailbox is bound to Tencent Exmail: change it in the admin console. Else correct the address in the source. Do not delete a member in use" => AddLink;
    60107 Item Bug,
        "微信号不合法（旧字段）", "the WeChat id is not valid (an old field)",
        "请报告此问题", "please report this";
    60108 Item Vendor,
        "旧版通讯录的错误：{errmsg}", "an error of the old address book: {errmsg}",
        "核对该成员；仍然如此请报告（追踪号 {trace}）", "check the member; if it stays, report it (trace {trace})";
    60110 Item Hr,
        "所属部门过多", "the member has too many departments",
        "请在来源里减少所属部门", "list fewer departments in the source";
    60111 Missing ItAdmin,
        "成员不存在、已删除或不可见", "the member does not exist, was deleted, or is not visible",
        "在企业微信核对该成员；存在时检查可见范围", "look for the member in WeCom; if it is there, check the visible range";
    60112 Item Hr,
        "姓名为空或超过 64 个字", "the name is empty or has more than 64 characters",
        "请在来源里更正姓名", "correct the name in the source";
    60119 Item Vendor,
        "旧版通讯录的错误：{errmsg}", "an error of the old address book: {errmsg}",
        "核对该成员；仍然如此请报告（追踪号 {trace}）", "check the member; if it stays, report it (trace {trace})";
    60120 Item Vendor,
        "旧版通讯录的错误：{errmsg}", "an error of the old address book: {errmsg}",
        "核对该成员；仍然如此请报告（追踪号 {trace}）", "check the member; if it stays, report it (trace {trace})";
    60121 Item Vendor,
        "旧版通讯录的错误：{errmsg}", "an error of the old address book: {errmsg}",
        "核对该成员；仍然如此请报告（追踪号 {trace}）", "check the member; if it stays, report it (trace {trace})";
    60122 Item Vendor,
        "旧版通讯录的错误：{errmsg}", "an error of the old address book: {errmsg}",
        "核对该成员；仍然如此请报告（追踪号 {trace}）", "check the member; if it stays, report it (trace {trace})";
    60123 Missing ItAdmin,
        "部门不存在", "the department does not exist",
        "它可能在企业微信里被删除了；重新运行会重新核对", "it may have been deleted in WeCom; running again looks afresh";
    60124 Item ItAdmin,
        "新的上级部门不存在", "the new parent department does not exist",
        "先创建上级部门，或重新运行", "create the parent first, or run again";
    60125 Item Hr,
        "部门名称不合法：为空、过长或含有不允许的字符", "the department's name is empty, too long, or contains a character that is not allowed",
        "请在来源里更正部门名称", "correct the department's name in the source";
    60127 Item Hr,
        "没有所属部门", "there is no department",
        "请在来源里把此人放进部门", "put the person into a department in the source";
    60129 Item Hr,
        "手机号和邮箱不能都为空", "mobile number and e-mail address cannot both be empty",
        "请在来源里补上其中一个", "add one of them in the source";
    60132 Item Bug,
        "部门负责人标记与部门的个数不一致", "there are not as many leader flags as departments",
        "请报告此问题", "please report this";
    60136 Missing ItAdmin,
        "记录不存在", "the record does not exist",
        "重新运行会重新核对", "running again looks afresh";
    60141 Item Hr,
        "邮箱没有通过检查，又没有手机号", "the e-mail address failed the check and there is no mobile number",
        "请在来源里更正邮箱或补上手机号", "correct the address or add a mobile number in the source";
    60142 Taken Hr,
        "邮箱已被占用，未更新，所属成员：{holder?企业微信未说明}", "the e-mail address already belongs to member {holder?(WeCom does not say which)}; it was not changed",
        "很可能是同一个人：把两者绑定；若不是，请在来源里更正邮箱。不要删除在用的成员", "this is probably the same person: link the two; if not, correct the address in the source. Do not delete a member in use" => AddLink;
    60143 Item Hr,
        "企业邮箱不合法或已被使用", "the company mailbox is not valid or is taken",
        "请在来源里更正企业邮箱", "correct the mailbox in the source";
    60144 Item ItAdmin,
        "企业邮箱不能再更改", "the company mailbox can no longer be changed",
        "不要在映射里写 biz_mail，或在管理后台处理", "leave `biz_mail` out of the mapping, or settle it in the admin console";
    60145 Taken Hr,
        "企业邮箱已被占用，所属成员：{holder?企业微信未说明}", "the company mailbox already belongs to member {holder?(WeCom does not say which)}",
        "很可能是同一个人：把两者绑定；若不是，请在来源里更正企业邮箱。不要删除在用的成员", "this is probably the same person: link the two; if not, correct the mailbox in the source. Do not delete a member in use" => AddLink;
    60146 Missing Hr,
        "手机号不存在", "the mobile number is not known",
        "核对手机号", "check the mobile number";
    60147 Missing Hr,
        "邮箱不存在", "the e-mail address is not known",
        "核对邮箱", "check the e-mail address";
    60148 Missing Hr,
        "企业邮箱不存在", "the company mailbox is not known",
        "核对企业邮箱", "check the mailbox";
    60257 Item Hr,
        "直属上级过多", "the member has too many direct leaders",
        "请在来源里减少直属上级，通常只留一人", "list fewer direct leaders in the source, usually one";
    81001 Config ItAdmin,
        "一个部门下的成员和子部门超过 3 万", "there are more than 30,000 members and departments below one department",
        "在来源里拆分该部门", "split the department in the source";
    81002 Item Hr,
        "部门层级超过 15 级", "the department tree has more than 15 levels",
        "在来源里减少层级", "make the tree flatter in the source";
    301002 Config ItAdmin,
        "这个 Secret 不属于所填的 AgentId", "the secret does not belong to the given AgentId",
        "在应用详情页重新复制 AgentId 和 Secret", "copy AgentId and secret again from the page of one app";
    301005 Item ItAdmin,
        "企业创建者不能删除", "the company's creator cannot be deleted",
        "先在管理后台移交创建者身份", "hand the creator's role over in the admin console first";
    301007 Config ItAdmin,
        "企业已解散或被封禁", "the company was dissolved or banned",
        "登录管理后台查看企业状态", "look at the company's state in the admin console";
    301012 Item Hr,
        "职务超过 128 个字", "the position has more than 128 characters",
        "请在来源里缩短职务", "shorten it in the source";
    301013 Item Hr,
        "座机号不合法", "the landline number is not valid",
        "请在来源里更正座机号", "correct it in the source";
    301014 Item Hr,
        "英文名不合法（旧字段）", "the English name is not valid (an old field)",
        "请在来源里更正", "correct it in the source";
    301021 Item Hr,
        "至少有一个成员账号不存在", "at least one userid does not exist",
        "核对直属上级等引用的账号", "check the userids referred to, such as direct leaders";
    301036 Item ItAdmin,
        "成员账号不能更改", "the userid cannot be changed",
        "系统生成的账号只能改一次；请不要更改账号", "only generated userids can be changed, and only once; leave it";
    2000002 Config ItAdmin,
        "企业 ID 不存在", "the corp id is not known",
        "在管理后台 → 我的企业 → 企业信息最下方复制企业 ID", "copy it from the admin console → My Company → Company Information, at the bottom";
};
