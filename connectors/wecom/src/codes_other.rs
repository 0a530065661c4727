//! WeCom's other codes: media, messages, tags, imports, log-ins, provider flows. Imports and messages meet some of them;
//! the rest is here so that whatever the platform answers has words and a handling.

use crate::codes::{Row, rows};

/// The rows, by number.
pub(crate) const ROWS: &[Row] = rows! {
    40004 Item Operator,
        "文件类型不允许", "the file type is not allowed",
        "换一个符合要求的文件后重试", "use a file that meets the rules, then try again";
    40005 Item Bug,
        "上传的类型参数不允许", "the type given for the upload is not allowed",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    40006 Item Operator,
        "文件大小不允许", "the file size is not allowed",
        "换一个符合要求的文件后重试", "use a file that meets the rules, then try again";
    40007 Item Operator,
        "素材已过期（3 天）或无效", "the uploaded file has expired (3 days) or is not valid",
        "重新上传后再试", "upload it again, then try again";
    40008 Item Bug,
        "消息类型不正确", "the message type is not valid",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    40009 Item Operator,
        "图片大小不允许", "the image size is not allowed",
        "换一个符合要求的文件后重试", "use a file that meets the rules, then try again";
    40029 Item Operator,
        "登录码无效或已用过", "the login code is not valid or was used",
        "请用户重新登录", "ask the user to log in again";
    40057 Config ItAdmin,
        "回调地址不正确或验证失败", "the callback URL is not valid or its check failed",
        "核对回调地址、Token 和 EncodingAESKey 后重新保存", "check URL, token and EncodingAESKey, then save again";
    40059 Item Bug,
        "上报位置的参数不正确", "the location flag is neither 0 nor 1",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    40068 Missing ItAdmin,
        "标签不存在", "the tag does not exist",
        "核对标签和成员后重试", "check the tag and its members, then try again";
    40070 Item ItAdmin,
        "标签操作里的成员和部门全部无效", "none of the members and departments for the tag is valid",
        "核对标签和成员后重试", "check the tag and its members, then try again";
    40071 Taken ItAdmin,
        "标签名称已被使用", "the tag name is taken",
        "换一个名称，或使用已有的标签", "choose another name, or use the existing tag";
    40072 Item ItAdmin,
        "标签名称应为 1 至 32 字", "a tag name has 1 to 32 characters",
        "更正该值后重试", "correct the value, then try again";
    40073 Item Operator,
        "微信 openid 不存在", "the WeChat openid is not known",
        "更正该值后重试", "correct the value, then try again";
    40077 Token Operator,
        "预授权码不存在", "the pre-authorization code is not known",
        "请企业重新授权", "ask the company to authorize again";
    40078 Item Operator,
        "授权码无效或已用过", "the authorization code is not valid or was used",
        "请企业重新授权", "ask the company to authorize again";
    40080 Config Operator,
        "套件 Secret 不正确", "the suite secret is wrong",
        "由服务商核对应用套件的配置", "the provider of the app checks its suite settings";
    40082 Token Operator,
        "套件令牌无效或已过期", "the suite token is not valid or has expired",
        "由服务商核对应用套件的配置", "the provider of the app checks its suite settings";
    40083 Config Operator,
        "套件 ID 不存在", "the suite id is not known",
        "由服务商核对应用套件的配置", "the provider of the app checks its suite settings";
    40084 Config ItAdmin,
        "永久授权码无效，或授权已取消", "the permanent code is not valid, or the authorization was withdrawn",
        "请企业重新授权", "ask the company to authorize again";
    40085 Token Operator,
        "套件票据无效或已过时", "the suite ticket is unknown or stale",
        "由服务商核对应用套件的配置", "the provider of the app checks its suite settings";
    40088 Missing Operator,
        "任务编号不存在", "the job id is not known",
        "核对任务编号", "check the job id";
    40089 Missing Operator,
        "任务结果已被清除，只保留最近 5 个", "the result of the job is gone; only the last 5 are kept",
        "直接核对通讯录", "look at the address book instead";
    40092 Item Operator,
        "导入文件的内容不正确", "the content of the import file is not valid",
        "更正导入文件后重新提交", "correct the import file and submit it again";
    40094 Item Operator,
        "网址缺失，或不是 http(s) 开头", "the URL is missing or does not begin with http(s)",
        "更正该值后重试", "correct the value, then try again";
    40125 Item Operator,
        "open_userid 不正确", "the open_userid is not valid",
        "更正该值后重试", "correct the value, then try again";
    40126 Config ItAdmin,
        "标签数已达上限（3000）", "there are 3000 tags, the most possible",
        "删除不用的标签", "delete unused tags";
    40207 Item Operator,
        "二次验证码无效", "the second-factor code is not valid",
        "请用户重新登录", "ask the user to log in again";
    40208 Config ItAdmin,
        "成员不在二次验证的范围内", "the member is outside the second-factor scope",
        "在管理后台处理后重试", "settle it in the admin console, then try again";
    40209 Config ItAdmin,
        "登录域名与二次验证的域名不一致", "the login domain differs from the second-factor domain",
        "在管理后台处理后重试", "settle it in the admin console, then try again";
    40210 Config ItAdmin,
        "没有配置二次验证的网址", "no second-factor URL is set",
        "在管理后台处理后重试", "settle it in the admin console, then try again";
    41006 Item Bug,
        "请求没有带素材编号", "the request carried no media id",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    41008 Item Bug,
        "请求没有带授权码", "the request carried no authorization code",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    41010 Item Bug,
        "请求没有带网址", "the request carried no URL",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    41017 Item Bug,
        "请求没有带标签编号", "the request carried no tag id",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    41018 Item Bug,
        "请求没有带标签名称", "the request carried no tag name",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    41021 Config Bug,
        "请求没有带套件 ID", "the request carried no suite id",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    41022 Config Bug,
        "请求没有带套件令牌", "the request carried no suite token",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    41023 Config Bug,
        "请求没有带套件票据", "the request carried no suite ticket",
        "等待企业微信推送票据后重试；仍然如此请报告", "wait for WeCom to push a ticket; if it stays, report it";
    41024 Config Bug,
        "请求没有带套件 Secret", "the request carried no suite secret",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    41025 Config Bug,
        "请求没有带永久授权码", "the request carried no permanent code",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    41033 Item Operator,
        "卡片消息缺少描述", "the card message has no description",
        "更正消息内容后重试", "correct the message, then try again";
    41036 Item ItAdmin,
        "对外企业简称不是已认证的简称", "the company name shown to outsiders is not the verified short name",
        "在管理后台处理后重试", "settle it in the admin console, then try again";
    41066 Item Hr,
        "视频号名称不正确", "the Channels account name is not valid",
        "在来源里更正该对外属性", "correct the attribute in the source";
    42003 Item Operator,
        "登录码已过期（5 分钟）", "the login code has expired (5 minutes)",
        "请用户重新登录", "ask the user to log in again";
    42007 Token Operator,
        "预授权码已过期", "the pre-authorization code has expired",
        "请企业重新授权", "ask the company to authorize again";
    42009 Token Operator,
        "套件令牌已过期", "the suite token has expired",
        "由服务商核对应用套件的配置", "the provider of the app checks its suite settings";
    42014 Item Operator,
        "任务卡片的编号不正确", "the id of the task card is not valid",
        "更正消息内容后重试", "correct the message, then try again";
    42022 Item Operator,
        "登录码已用过", "the login code was used",
        "请用户重新登录", "ask the user to log in again";
    42028 Item Operator,
        "模板卡片缺少网址", "the template card lacks a URL",
        "更正消息内容后重试", "correct the message, then try again";
    42031 Item Operator,
        "模板卡片的类型不正确", "the type of the template card is not valid",
        "更正消息内容后重试", "correct the message, then try again";
    42035 Item Operator,
        "模板卡片的横向内容最多 6 项", "a template card has at most 6 horizontal entries",
        "更正消息内容后重试", "correct the message, then try again";
    42042 Item Operator,
        "模板卡片的跳转最多 3 项", "a template card has at most 3 jumps",
        "更正消息内容后重试", "correct the message, then try again";
    42045 Item Operator,
        "模板卡片缺少点击动作或动作不正确", "the action of the template card is missing or not valid",
        "更正消息内容后重试", "correct the message, then try again";
    42052 Item Operator,
        "消息已超过 24 小时，不能撤回", "the message is older than 24 hours and cannot be recalled",
        "无需处理", "nothing to do";
    43004 Item ItAdmin,
        "成员没有绑定微信", "the member has no WeChat binding",
        "请成员用微信登录企业微信", "ask the member to log in with WeChat";
    43009 Config ItAdmin,
        "企业未认证", "the company is not verified",
        "在管理后台完成企业认证", "verify the company in the admin console";
    43012 Config ItAdmin,
        "应用没有设置接收消息的地址", "the app has no address for receiving messages",
        "在应用详情页设置接收消息", "set up message reception on the app's page";
    44001 Item Operator,
        "文件是空的", "the file is empty",
        "换一个符合要求的文件后重试", "use a file that meets the rules, then try again";
    44004 Item Operator,
        "消息正文是空的", "the message has no text",
        "更正消息内容后重试", "correct the message, then try again";
    45001 Item Operator,
        "文件过大", "the file is too large",
        "换一个符合要求的文件后重试", "use a file that meets the rules, then try again";
    45002 Item Operator,
        "消息过长", "the message is too long",
        "更正消息内容后重试", "correct the message, then try again";
    45004 Item Operator,
        "应用介绍应为 4 至 120 字", "the app's description has 4 to 120 characters",
        "更正该值后重试", "correct the value, then try again";
    45007 Item Operator,
        "语音超过 60 秒", "the voice message is longer than 60 seconds",
        "换一个符合要求的文件后重试", "use a file that meets the rules, then try again";
    45008 Item Operator,
        "图文超过 8 篇", "there are more than 8 articles",
        "更正消息内容后重试", "correct the message, then try again";
    45011 Item Vendor,
        "旧版接口的频率错误：{errmsg}", "a frequency error of the old API: {errmsg}",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    45022 Item Operator,
        "应用名称应为 1 至 32 字", "the app's name has 1 to 32 characters",
        "更正该值后重试", "correct the value, then try again";
    45026 Config Operator,
        "导入会删除过多成员，被企业微信中止", "WeCom stopped the import because it would delete too many members",
        "检查导入文件，分批删除", "check the import file, and delete in smaller steps";
    45034 Item Operator,
        "网址缺少 http(s)://", "the URL lacks http(s)://",
        "更正该值后重试", "correct the value, then try again";
    48003 Config Operator,
        "套件 ID 与套件令牌不匹配", "suite id and suite token do not belong together",
        "由服务商核对应用套件的配置", "the provider of the app checks its suite settings";
    48007 Config ItAdmin,
        "没有该客服账号的权限", "the customer-service account is not granted",
        "在管理后台处理后重试", "settle it in the admin console, then try again";
    50001 Config ItAdmin,
        "跳转网址不在应用的可信域名下", "the redirect URL is not under the app's trusted domain",
        "在应用详情页的可信域名处处理", "settle it under trusted domain on the app's page";
    60012 Item ItAdmin,
        "默认应用不能删除", "the default app cannot be deleted",
        "无需处理", "nothing to do";
    60028 Config ItAdmin,
        "第三方应用的主页不能更改", "the home page of a third-party app cannot be changed",
        "无需处理", "nothing to do";
    60140 Item Operator,
        "卡片的响应码无效或已过期", "the response code of the card is not valid or has expired",
        "无需处理", "nothing to do";
    80001 Config ItAdmin,
        "可信域名不正确、未验证归属或未备案", "the trusted domain is wrong, not verified, or not filed",
        "在应用详情页的可信域名处处理", "settle it under trusted domain on the app's page";
    81003 Config ItAdmin,
        "一个标签下超过 3 万人和部门", "there are more than 30,000 entries in one tag",
        "拆分该标签", "split the tag";
    81011 Config ItAdmin,
        "没有操作该标签的权限", "there is no right on this tag",
        "用创建它的应用或通讯录同步的 Secret 操作", "use the app that made it, or the contact-sync secret";
    81012 Item ItAdmin,
        "没有给出可见范围", "no visible range was given",
        "更正该值后重试", "correct the value, then try again";
    81013 Item ItAdmin,
        "成员、部门和标签全部无效或没有权限", "users, departments and tags are all invalid or not permitted",
        "核对接收人，并检查应用的可见范围", "check the receivers and the app's visible range";
    81014 Item Bug,
        "一次标签操作的成员或部门过多", "too many members or departments in one tag call",
        "请报告此问题（追踪号 {trace}）", "please report this (trace {trace})";
    82001 Item Operator,
        "没有接收人", "there is no receiver",
        "填写接收人", "name a receiver";
    82002 Item Operator,
        "接收部门超过 100 个", "there are more than 100 receiving departments",
        "分批发送", "send in parts";
    82003 Item Operator,
        "接收标签超过 100 个", "there are more than 100 receiving tags",
        "分批发送", "send in parts";
    82004 Item Operator,
        "消息内容被拒绝", "the content of the message was refused",
        "更正消息内容后重试", "correct the message, then try again";
    84005 Config Operator,
        "第三方应用不存在", "the third-party app is not known",
        "由服务商核对应用套件的配置", "the provider of the app checks its suite settings";
    84014 Item Operator,
        "用户票据已过期", "the user ticket has expired",
        "请用户重新登录", "ask the user to log in again";
    84015 Item Operator,
        "用户票据无效", "the user ticket is not valid",
        "请用户重新登录", "ask the user to log in again";
    84023 Config Operator,
        "不允许报告通讯录迁移完成", "it may not be reported that the address book was moved",
        "由服务商核对应用套件的配置", "the provider of the app checks its suite settings";
    84024 Item Operator,
        "没有注册信息，或已超过 24 小时", "there is no registration, or it is older than 24 hours",
        "重新注册", "register again";
    85002 Item Operator,
        "含有禁止使用的词", "it contains a word that is not allowed",
        "更正该值后重试", "correct the value, then try again";
    85004 Retry ItAdmin,
        "本月设置可信域名已满 20 次", "the trusted domain was set 20 times this month",
        "30 天后再试", "try again after 30 days";
    85005 Config ItAdmin,
        "可信域名未验证归属", "the trusted domain is not verified",
        "在应用详情页的可信域名处处理", "settle it under trusted domain on the app's page";
    85006 Config ItAdmin,
        "可信 IP 列表过长", "the list of trusted addresses is too long",
        "合并可信 IP", "merge the trusted addresses";
    85007 Config ItAdmin,
        "IP 地址不正确", "an IP address is not valid",
        "在管理后台处理后重试", "settle it in the admin console, then try again";
    85008 Config ItAdmin,
        "可信域名的备案未通过检查", "the filing of the trusted domain failed the check",
        "在应用详情页的可信域名处处理", "settle it under trusted domain on the app's page";
    85111 Config ItAdmin,
        "可信域名属于服务商", "the trusted domain belongs to a service provider",
        "在应用详情页的可信域名处处理", "settle it under trusted domain on the app's page";
    90100 Item Hr,
        "对外属性的类型不正确", "the type of an outside attribute is not valid",
        "在来源里更正该对外属性", "correct the attribute in the source";
    90101 Item Hr,
        "对外文本属性超过 12 字", "an outside text attribute has more than 12 characters",
        "在来源里更正该对外属性", "correct the attribute in the source";
    90102 Item Hr,
        "对外网页属性的标题超过 12 字", "the title of an outside web attribute has more than 12 characters",
        "在来源里更正该对外属性", "correct the attribute in the source";
    90103 Item Hr,
        "对外网页属性的网址不正确", "the URL of an outside web attribute is not valid",
        "在来源里更正该对外属性", "correct the attribute in the source";
    90104 Item Hr,
        "对外小程序属性的标题超过 12 字", "the title of an outside mini-program attribute has more than 12 characters",
        "在来源里更正该对外属性", "correct the attribute in the source";
    90105 Item Hr,
        "对外小程序属性的页面路径不正确", "the page of an outside mini-program attribute is not valid",
        "在来源里更正该对外属性", "correct the attribute in the source";
    90106 Item Hr,
        "对外属性的参数不正确", "the parameters of an outside attribute are not valid",
        "在来源里更正该对外属性", "correct the attribute in the source";
    301015 Item Operator,
        "头像素材无效或已过期", "the uploaded avatar is not valid or has expired",
        "重新上传头像", "upload the avatar again";
    302003 Item Operator,
        "导入文件里的成员账号重复", "the import file repeats a userid",
        "更正导入文件后重新提交", "correct the import file and submit it again";
    302004 Item Operator,
        "导入文件里的部门不是一棵树", "the departments of the import file are not one tree",
        "更正导入文件后重新提交", "correct the import file and submit it again";
    302005 Retry Vendor,
        "导入时企业微信内部出错", "the import failed inside WeCom",
        "重新提交", "submit it again";
    302006 Item Operator,
        "导入文件里的部门 ID 重复", "the import file repeats a department id",
        "更正导入文件后重新提交", "correct the import file and submit it again";
    302007 Item Operator,
        "导入文件里同级部门重名", "the import file has two siblings of the same name",
        "更正导入文件后重新提交", "correct the import file and submit it again";
    302008 Retry ItAdmin,
        "另一个导入任务正在进行", "another import is running",
        "等它结束后再试", "wait until it has ended";
};
