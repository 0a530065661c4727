//! Refusals about who signs in, by which way, and what an account may do.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
    "not_permitted" Configuration Operator,
        "没有权限：需要 {permission}", "this needs the permission {permission}",
        "请有权限的人来做，或请管理员授予权限", "ask somebody who has it, or an administrator to grant it";
    "sign_in_other_browser" Configuration Operator,
        "这次登录不是在这个浏览器里开始的，或已超过十分钟，没有登录", "this sign-in was not begun in this browser, or more than ten minutes ago; nobody was signed in",
        "在同一个浏览器里从登录页重新开始", "begin again at the sign-in page, in one browser";
    "sign_in_used" Conflict Operator,
        "这次登录已经用过一次", "this sign-in was used before",
        "从登录页重新开始", "begin again at the sign-in page";
    "sign_in_refused" Configuration Operator,
        "对方系统没有同意登录", "the other system did not agree to the sign-in",
        "从登录页重新开始，并在对方页面确认", "begin again at the sign-in page, and agree on the other system's page";
    "sign_in_code_wrong" Configuration Operator,
        "登录码不能使用：{why_zh}", "the code cannot be used: {why_en}",
        "从登录页重新开始；仍然失败时请管理员检查可信域名和应用 Secret", "begin again at the sign-in page; if that fails too, an administrator should look at the trusted domain and the app's secret";
    "sign_in_outsider" Configuration Operator,
        "扫码的人不是本企业成员，没有登录", "whoever scanned the code is not a member of the company; nobody was signed in",
        "用本企业的企业微信扫码", "scan it with the company's own WeCom";
    "sign_in_linked" Configuration Operator,
        "互联企业的成员不能在这里登录", "members of linked companies do not sign in here",
        "用本企业的账号登录", "use an account of the company itself";
    "sign_in_out_of_range" Configuration ItAdmin,
        "成员 {who} 不在应用的可见范围内，没有登录", "the app cannot see the member {who}; nobody was signed in",
        "请管理员在企业微信管理后台把此人加入应用的可见范围", "an administrator can add them to the app's visible range in the WeCom admin console";
    "sign_in_not_bound" Configuration ItAdmin,
        "没有登录账号绑定到 {who}", "no account is bound to {who}",
        "请管理员绑定账号，或发一个邀请链接", "an administrator can bind one, or send an invitation";
    "sign_in_ended" Configuration ItAdmin,
        "{who} 的登录绑定已失效：它所代表的人已离开，或企业微信已收回这个账号；账号可能已给了另一个人，所以没有登录", "the binding of {who} has ended: the person for whom it stood has left, or WeCom has given the account up; it may be somebody else's by now, so nobody was signed in",
        "请管理员确认是谁，再重新绑定登录账号", "an administrator makes sure who it is and binds again";
    "sign_in_person_away" Configuration ItAdmin,
        "{who} 在目录中已离开、被禁用，或还在等待审核，没有登录", "in the directory {who} has left, is disabled or still waits for a review; nobody was signed in",
        "请管理员在目录中查看此人；确实是另一个人，重新绑定登录账号", "an administrator looks at the person in the directory; if it is somebody else now, they bind again";
    "sign_in_link_moved" Conflict ItAdmin,
        "{who} 不再绑定到登录账号所代表的人，没有登录", "{who} is no longer linked to the person for whom the binding stands; nobody was signed in",
        "请管理员确认是谁，解除这个登录绑定后重新绑定", "an administrator makes sure who it is, takes the binding away and binds again";
    "sign_in_in_doubt" Conflict ItAdmin,
        "{who} 是不是原来的人，还在等人决定；决定之前不能用它登录", "whether {who} is still the same person waits for a decision; nobody signs in by it before",
        "请管理员先处理待确认的匹配与待执行的移除", "an administrator decides about the open matches and the waiting removals first" => ListMatching;
    "link_in_doubt" Conflict ItAdmin,
        "{connection} 的账号 {key} 可能已给了另一个人，还在等人决定", "the account {key} of {connection} may have gone to somebody else, and nobody has decided yet",
        "处理待确认的匹配，然后再次运行", "decide about the open matches, then run again" => ListMatching;
    "sign_in_other_name" Conflict ItAdmin,
        "{who} 现在叫“{name}”，与上次登录和目录中的姓名都不同；账号可能已给了另一个人，所以没有登录", "{who} is called {name} now, neither as at the last sign-in nor as in the directory; the account may be somebody else's by now, so nobody was signed in",
        "请管理员确认是谁：同一人，解除后重新绑定", "an administrator makes sure who it is; if it is the same person, they take the binding away and bind again";
    "sign_in_not_set_up" NotFound ItAdmin,
        "没有这种登录方式", "there is no such way to sign in",
        "检查地址；企业微信登录需要连接填写 AgentId 和应用 Secret", "check the address; for WeCom the connection needs AgentId and secret of an app";
    "sign_in_account_taken" Conflict ItAdmin,
        "有一个账号使用这个邮箱，但它已有密码或已绑定他人，不会自动绑定", "an account has this address for mail, but also a password or somebody bound to it, so it is not bound by itself",
        "用密码登录，或请管理员绑定", "sign in by password, or ask an administrator to bind it";
    "consent_not_linked" Configuration ItAdmin,
        "成员 {who} 没有绑定目录里的人，没有更新任何内容", "the member {who} is linked to nobody of the directory; nothing was changed",
        "请管理员先同步或绑定", "an administrator can synchronise or link them first";
    "consent_nobody" Invalid Operator,
        "没有要邀请的人", "there is nobody to invite",
        "写明接收人，或邀请所有看不到手机号的人（API：`all_hidden`）", "name people, or invite everybody whose mobile number is not known (API: `all_hidden`)";
    "consent_nobody_hidden" Invalid Operator,
        "没有要邀请的人：已绑定的人的手机号都已知，或还没有人绑定", "there is nobody to invite: the mobile number of everybody who is linked is known, or nobody is linked",
        "还没有人绑定时，先同步；否则无需邀请", "where nobody is linked, synchronise first; else nobody has to be asked";
    "oidc_not_set_up" NotFound ItAdmin,
        "尚未配置 OpenID Connect", "OpenID Connect is not set up",
        "由运行本系统的人配置身份提供方", "whoever runs the installation can set up a provider";
    "oidc_failed" Configuration ItAdmin,
        "身份提供方没有正确答复：{what}", "the provider did not answer as it should: {what}",
        "检查身份提供方的地址、客户端 ID 和密钥，以及服务器能否访问它", "check its address, the client id and secret, and whether the server reaches it";
    "oidc_token_wrong" Configuration ItAdmin,
        "身份提供方给出的 ID Token 不能接受（{what}），没有登录", "the provider's ID token is not accepted ({what}); nobody was signed in",
        "从登录页重新开始；仍然失败时检查客户端 ID 和两边的时钟", "begin again at the sign-in page; if that fails too, check the client id and both clocks";
    "oidc_by_server" Conflict Operator,
        "OpenID Connect 由服务的配置决定", "the configuration of the server says how people sign in by OpenID Connect",
        "修改 IDFLOW_OIDC_ISSUER 等设置后重新启动服务", "change IDFLOW_OIDC_ISSUER and the settings beside it, and start the server again";
    "oidc_settings_wrong" Invalid ItAdmin,
        "{field} 不能使用", "`{field}` cannot be used",
        "issuer 为 https:// 地址（本机可用 http）；其余不含空格", "the issuer is an https:// address (http on this machine only); nothing has blanks in it";
    "identity_subject_wrong" Invalid Operator,
        "对方系统中的账号不能使用", "the account of the other system cannot be used",
        "填写 userid 或 sub，最多 255 个字符", "give the userid or the subject, 255 characters at most";
    "identity_taken" Conflict Operator,
        "{who} 已绑定到一个账号", "{who} is bound to an account already",
        "先取消原来的绑定", "take that binding away first";
    "identity_missing" NotFound Operator,
        "没有绑定 {id}", "there is no binding `{id}`",
        "查看绑定列表", "look at the bindings";
    "password_by_link" Configuration Operator,
        "用其他系统的账号登录时不能设置第一个密码", "a first password is not set in a session that began by another system",
        "请管理员发一个链接，用它设置密码", "ask an administrator for a link, and set it there";
    "sign_in_wrong" Configuration Operator,
        "登录名或密码不正确，或账号已禁用", "the name or the password is wrong, or the account is disabled",
        "检查后再试；忘记密码时，请管理员给一个一次性链接", "check both and try again; who forgot the password asks an administrator for a one-time link";
    "sign_in_often" Configuration Operator,
        "尝试次数太多，请在 {seconds} 秒后再试", "there were too many tries; the next one is looked at in {seconds|1 second|# seconds}",
        "等待后再试", "wait, then try again";
    "link_not_good" Configuration Operator,
        "这个链接不能使用：已经用过、已过期，或不完整", "this link is not good: it was used, is too old, or is not complete",
        "请管理员再给一个", "ask an administrator for another one" => NewSignInLink;
    "password_needed" Invalid Operator,
        "需要设置密码", "a password is needed",
        "设置一个密码", "give a password";
    "password_short" Invalid Operator,
        "密码至少需要 {least} 个字符", "a password has at least {least} characters",
        "用几个词组成的句子容易记住", "a sentence of a few words is easy to remember";
    "password_long" Invalid Operator,
        "密码超过 {most} 字节", "the password is longer than {most} bytes",
        "用短一些的密码", "take a shorter one";
    "password_wrong" Invalid Operator,
        "原密码不正确", "the password until now is another one",
        "再输入一次；忘记时，请管理员给一个一次性链接", "try again; who forgot it asks an administrator for a one-time link";
    "password_not_hashed" Bug Bug,
        "密码无法处理", "the password cannot be worked on",
        "请报告此问题", "please report this";
    "csrf_missing" Invalid Operator,
        "请求没有带上本次会话的 CSRF 令牌", "the request does not show the CSRF token of its session",
        "重新载入页面；程序应从 GET /session 取得令牌并放在请求头里", "load the page again; a program takes it from GET /session and sends it as a header";
    "origin_other" Invalid Operator,
        "请求来自另一个网站", "the request comes from another site",
        "在 idflow 自己的页面里操作", "do it on a page of idflow itself";
    "account_missing" NotFound Operator,
        "没有账号“{name}”", "there is no account `{name}`",
        "查看有哪些账号；在这里已没有任何角色的账号，请管理整个安装的人重新授予角色", "look at the accounts that there are; one that has no role here any more gets one from whoever runs the installation" => ListAccounts;
    "sign_in_name_taken" Conflict Operator,
        "登录名“{name}”已被使用", "the sign-in name `{name}` is taken",
        "若就是此人，直接给那个账号授予角色（它在这里没有角色时，请管理整个安装的人授予）；否则换一个登录名", "where it is the same person, give that account its roles (whoever runs the installation does, if it has none here); else take another name";
    "account_name_wrong" Invalid Operator,
        "“{name}”不能作登录名", "`{name}` cannot be a sign-in name",
        "不含空格和控制字符，最多 200 个字符，不以 token 开头", "no spaces or control characters, at most 200 characters, and it does not begin with token";
    "account_disabled" Conflict Operator,
        "账号“{name}”已禁用", "account `{name}` is disabled",
        "先启用它", "enable it first";
    "account_elsewhere" Configuration Operator,
        "账号“{name}”在别的租户也有权限，这里不能更改整个账号", "account `{name}` may do something in other tenants, too: as a whole it is not changed from here",
        "收回它在这个租户的角色，或请机器的管理员操作", "take its roles here away, or ask the operator of the machine";
    "account_nowhere" Configuration Operator,
        "这个账号在任何租户都没有权限", "this account may do nothing in any tenant",
        "请管理员授予角色", "ask an administrator for a role";
    "account_not_named" Invalid Operator,
        "没有说明是哪个账号", "it is not said which account",
        "给出账号", "name the account" => ListAccounts;
    "account_no_owner" Invalid Operator,
        "没有说明是哪个账号，而且还没有所有者", "it is not said which account, and there is no owner yet",
        "给出账号；还没有所有者时，先在服务器上让一个账号成为所有者", "name the account; where there is no owner yet, make one on the server first" => ListAccounts;
    "no_account" Conflict Operator,
        "本机密钥没有账号", "the local key has no account",
        "用账号登录后再操作", "sign in with an account";
    "no_session" Conflict Operator,
        "这里没有会话", "there is no session here",
        "只有登录后的会话可以退出", "only a session that was begun by a sign-in can be ended";
    "session_missing" NotFound Operator,
        "没有会话 {id}", "there is no session {id}",
        "查看有哪些会话", "look at the sessions that are open" => ListSessions;
    "token_missing" NotFound Operator,
        "没有令牌 {id}", "there is no token {id}",
        "查看有哪些令牌", "look at the tokens that there are" => ListTokens;
    "token_days_wrong" Invalid Operator,
        "有效期是 1 到 {most} 天", "a token is good for 1 to {most} days",
        "给出其间的天数", "give a number between them";
    "token_without_permission" Invalid Operator,
        "没有给出权限", "no permission is given",
        "至少给出一个权限", "give at least one";
    "token_not_self" Configuration Operator,
        "令牌不能更改账号本身", "a token cannot change the account itself",
        "去掉 account:self", "leave out account:self";
    "tokens_many" Conflict Operator,
        "一个租户最多 {most} 个令牌", "a tenant has at most {most} tokens",
        "撤销不再使用的令牌", "revoke those that are not used any more" => ListTokens;
    "roles_missing" Invalid Operator,
        "没有给出角色", "no role is given",
        "至少给出一个角色或权限", "give at least one role or permission";
    "permission_not_single" Invalid Operator,
        "权限 {permission} 不能单独授予", "the permission {permission} is not given by itself",
        "单独的权限：{single}；其他的由角色带来", "single permissions: {single}; the others come with roles";
    "only_owners" Configuration Operator,
        "只有所有者可以设立或更改所有者", "only an owner makes or changes an owner",
        "请一位所有者操作", "ask an owner";
    "more_than_own" Configuration Operator,
        "不能给出自己没有的权限 {permission}", "nobody gives the permission {permission} without having it",
        "去掉它，或请有这个权限的人操作", "leave it out, or ask somebody who has it";
    "only_locally" Configuration Operator,
        "只有机器的管理员可以直接设置别人的密码", "only the operator of the machine sets the password of somebody else",
        "给一个一次性链接", "make a one-time link" => NewSignInLink;
    "last_owner" Conflict Operator,
        "这是租户“{tenant}”最后一个能登录的所有者", "this is the last owner of tenant `{tenant}` who can sign in",
        "先设立另一个所有者", "make another owner first" => ListAccounts;
    "text_wrong" Invalid Operator,
        "不能为空，最多 {most} 个字符，不含控制字符", "it is empty, longer than {most} characters, or has control characters",
        "更正后重试", "correct it";
    "email_wrong" Invalid Operator,
        "“{text}”不是邮箱地址", "`{text}` is not an address for mail",
        "更正后重试", "correct it";
    "preference_unknown" Invalid Operator,
        "{field} 的值不可用", "the value of {field} is unknown",
        "language：zh、en；theme：light、dark、system；zone：如 Asia/Shanghai", "language: zh, en; theme: light, dark, system; zone: like Asia/Shanghai";
    "audit_kind_unknown" Invalid Operator,
        "“{word}”不是审计的种类", "`{word}` is not a kind of the audit",
        "可用的种类：write、sign_in、reveal、export", "kinds: write, sign_in, reveal, export";
    "four_eyes_starter" Configuration Operator,
        "步骤“{step}”不能由启动这次运行的人（{who}）批准", "step `{step}` is not approved by whoever started the run ({who})",
        "请另一位有权限的人批准", "ask somebody else who may approve";
    "four_eyes_editor" Configuration Operator,
        "步骤“{step}”不能由修改这个工作流的人（{who}）批准", "step `{step}` is not approved by whoever edited the workflow ({who})",
        "请另一位有权限的人批准", "ask somebody else who may approve";
    "approver_not_named" Configuration Operator,
        "步骤“{step}”只能由这些角色批准：{by}", "step `{step}` is approved by these roles only: {by}",
        "请具有其中一个角色的人批准", "ask somebody with one of these roles";
    "caller_not_proved" Configuration Operator,
        "请求没有证明自己是谁：没有令牌或登录，或它无效、已过期、已撤销", "the request does not prove who sends it: there is no token or sign-in, or it is wrong, too old or revoked",
        "请登录，或使用有效的令牌；能读取数据目录的程序先调用 /api/v1/hello，docs/guide/scripting.md 里有示例", "sign in, or show a token that is good; a program that can read the data folder asks /api/v1/hello first, docs/guide/scripting.md shows how";
    "nonce_missing" Invalid Operator,
        "缺少 `Idflow-Nonce`：64 位十六进制数", "`Idflow-Nonce` is missing: 64 hex digits",
        "docs/guide/scripting.md 里有示例", "docs/guide/scripting.md shows how";
};
