//! Refusals about service providers, setups, playgrounds and files that verify a domain.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
    "site_file_name" Invalid ItAdmin,
        "“{file}”不是域名校验文件的名称", "`{file}` is not the name of a file by which a domain is verified",
        "原样上传管理后台下载的文件，例如 WW_verify_abc123.txt", "upload the file as it was downloaded from the admin console, for example WW_verify_abc123.txt";
    "site_file_content" Invalid ItAdmin,
        "校验文件的内容不对：应为一串字母和数字，不超过 1 KB", "the content cannot be that of such a file: it is a few letters and digits, at most 1 KB",
        "原样上传管理后台下载的文件", "upload the file as it was downloaded from the admin console";
    "site_file_taken" Conflict Operator,
        "另一个租户已上传同名的校验文件“{file}”", "another tenant has given a file of the name `{file}`",
        "在管理后台重新下载一个", "download another one from the admin console";
    "site_file_many" Conflict Operator,
        "最多保存 {most} 个校验文件", "at most {most} such files are kept",
        "先移除不再需要的", "remove those that are not needed any more";
    "site_file_unknown" NotFound Operator,
        "没有校验文件“{file}”", "there is no such file: `{file}`",
        "先上传管理后台下载的文件", "upload the file that was downloaded from the admin console";
    "site_file_no_address" Configuration Operator,
        "服务没有对外地址，无法检查", "the server has no public address, so there is nothing to fetch",
        "请运行服务的人写明对外地址（public URL），例如 https://id.example.com", "whoever runs the server names its public URL, for example https://id.example.com";
    "site_file_differs" Configuration Operator,
        "{url} 有应答，但内容与上传的不同", "{url} answers with something else than was given",
        "该域名可能指向别的服务，或前面的代理改了内容；让代理把 /WW_verify_*.txt 转给 idflow", "the domain may lead elsewhere, or a proxy answers in its place: let it pass /WW_verify_*.txt on to idflow";
    "site_file_unreachable" Configuration Operator,
        "{url} 无法访问：{cause}", "{url} cannot be fetched: {cause}",
        "检查域名解析、证书、防火墙和反向代理", "check name, certificate, firewall and proxy";
    "setup_connector" NotFound Operator,
        "不能从“{connector}”初始化通讯录", "people cannot be brought in from `{connector}` this way",
        "可用的有：{names}", "there are: {names}";
    "setup_none" NotFound Operator,
        "还没有开始初始化", "no setup was begun",
        "先填写连接信息", "give the settings of the connection first";
    "setup_no_plan" Conflict Operator,
        "初始化还没有可执行的预演", "the setup has no plan that could be carried out",
        "等预演完成；失败时按提示处理后再试", "wait for the plan; if it failed, correct what it says and try again";
    "setup_other_plan" Conflict Operator,
        "预演与你看到的不同了", "the plan is another one than the one you saw",
        "再次查看预演，再开始", "look at the plan again, then start";
    "setup_plan_waits" Conflict Operator,
        "预演已完成，等待确认", "the plan is there and waits for a go",
        "查看预演，然后开始首次同步", "look at the plan, then start the first run";
    "setup_nobody" NotFound ItAdmin,
        "同步完成，但没有带来任何人", "the run is over and brought nobody",
        "查看预演中的提示：可能是应用的可见范围为空、姓名不可见，或范围没有选中任何人", "see the notices of the run: the app may see nobody, names may be hidden, or the scope gives nobody";
    "playground_shared" Conflict Operator,
        "多个节点共用一个数据存储时没有模拟器", "there is no playground where several nodes share a store",
        "在只有一个节点的试用环境里使用，或运行 wecom-sim", "use it where there is one node, or run wecom-sim";
    "playground_people" Invalid Operator,
        "模拟企业最多有 {most} 人", "the simulated company holds at most {most} people",
        "减少人数", "ask for fewer";
    "playground_taken" Conflict Operator,
        "账号连接“{name}”通向别处，模拟器要用这个名称", "the connection `{name}` leads elsewhere, and the playground needs its name",
        "给那个账号连接换一个名称（新建后移除旧的）", "give that connection another name: add it anew, then remove this one";
    "playground_many" Conflict Operator,
        "已有 {most} 个租户在使用模拟器", "{most} tenants use a playground already",
        "等其中一个停止后再试", "wait until one of them is stopped";
    "playground_off" Conflict Operator,
        "模拟器没有运行", "the playground does not run",
        "先启动它", "start it first";
    "playground_fault" Invalid Operator,
        "这条故障规则不完整", "this fault is not complete",
        "接口路径以 /cgi-bin/ 开头或为 *；errcode 不为 0；延迟为 1–60000 毫秒；比例为 1–100", "a path begins with /cgi-bin/ or is *; an errcode is not 0; a delay is 1 to 60000 ms; a share is 1 to 100";
    "playground_failed" Configuration Operator,
        "模拟器无法启动：{what}", "the playground cannot be started: {what}",
        "检查本机端口和内存后重试", "see whether ports and memory of this machine are free, then try again";
    "provider_connector" NotFound Operator,
        "连接器“{connector}”没有服务商代开发的方式", "connector `{connector}` has no provider's way",
        "可用的连接器：{names}", "connectors that have one: {names}";
    "provider_missing" Configuration ItAdmin,
        "还没有配置服务商", "no service provider is set up",
        "请运行本系统的人填写服务商的企业 ID、Secret 和代开发模板", "whoever runs the installation gives the provider's corp id, its secret and its template";
    "provider_other_address" Configuration ItAdmin,
        "账号连接“{name}”的接口地址与服务商的不同", "connection `{name}` has another API address than the service provider",
        "企业授予服务商的权限只用在服务商的地址：把两者的接口地址改为相同", "what a company grants a provider is only used at the provider's address: give both the same API address" => ShowConnection;
    "provider_wrong" Invalid ItAdmin,
        "服务商设置不能使用：{why_zh}", "the provider's settings cannot be used: {why_en}",
        "{hint_zh}", "{hint_en}";
    "provider_not_this_way" Conflict ItAdmin,
        "账号连接“{name}”使用自己的 Secret，不经过服务商", "connection `{name}` has secrets of its own and comes by no provider",
        "要改由服务商代开发，先去掉它的 Secret，再把 {setting} 设为 {value}", "to let a provider build it, take its secrets out and set {setting} to {value}" => GiveSetting;
    "provider_no_contacts" Configuration ItAdmin,
        "服务商没有通讯录编辑权限，只能读取通讯录", "the provider has no right to edit contacts: they can be read only",
        "取得该资格后，在服务商设置里补充通讯录编辑授权的 SuiteID 和 Secret", "once it has that qualification, add suite id and secret of the contact-edit permission to the provider's settings";
    "provider_bound" Conflict ItAdmin,
        "账号连接“{name}”已有企业授权，不能再绑定一次", "a company has authorised for connection `{name}`: it cannot be bound a second time",
        "先取消原来的授权：{release_zh}；收到取消授权的回调后再邀请，也可以在这里解除", "cancel the present authorisation first: {release_en}; invite again once the cancellation has come, or release it here";
    "provider_company_bound" Conflict ItAdmin,
        "企业“{company}”已绑定到另一个账号连接", "company {company} is bound to another connection already",
        "先取消原来的授权：{release_zh}", "cancel the present authorisation first: {release_en}";
    "provider_other_company" Conflict ItAdmin,
        "扫码授权的是“{company}”，这个账号连接属于“{wanted}”", "{company} authorised, but this connection belongs to {wanted}",
        "请用“{wanted}”的管理员账号重新扫码", "let an administrator of {wanted} scan it";
    "provider_stray" Conflict ItAdmin,
        "收到一个企业的授权，但不是通过这里的邀请链接", "a company authorised, but not by an invitation of ours",
        "在账号连接里生成邀请链接，请该企业取消授权后用这个链接重新扫码", "make an invitation at the connection; let the company cancel, then authorise by that link";
    "provider_link_old" Conflict ItAdmin,
        "授权来自一个已失效的邀请链接", "the authorisation came by an invitation that is good no more",
        "重新生成邀请链接，请企业再次扫码", "make another invitation and let the company scan it";
    "provider_waits" Configuration ItAdmin,
        "账号连接“{name}”还没有企业授权", "no company has authorised for connection `{name}` yet",
        "生成邀请链接，请企业管理员扫码", "make an invitation and let the company's administrator scan it" => ShowConnection;
    "provider_not_online" Configuration ItAdmin,
        "账号连接“{name}”的代开发应用还没有上线", "the app of connection `{name}` is not online yet",
        "由服务商管理员上线应用，再确认“已上线”", "let the provider's administrator publish it, then say that it is online" => ShowConnection;
    "provider_cancelled" Configuration ItAdmin,
        "账号连接“{name}”的企业授权已于 {at} 取消", "the authorisation of connection `{name}` was cancelled at {at}",
        "要重新使用，请再次邀请企业管理员扫码", "to use it again, invite the company's administrator once more" => ShowConnection;
    "provider_contacts_missing" Configuration ItAdmin,
        "企业还没有授权账号连接“{name}”编辑通讯录", "the company has not let connection `{name}` edit contacts",
        "邀请企业管理员扫码授权编辑通讯录；授权持续两小时", "invite the company's administrator to grant it; it lasts two hours" => ShowConnection;
    "provider_contacts_expired" Configuration ItAdmin,
        "账号连接“{name}”的通讯录编辑授权已于 {until} 到期", "the right of connection `{name}` to edit contacts ended at {until}",
        "重新邀请企业管理员扫码授权，授权后两小时内运行", "invite the company's administrator to grant it once more, and run within two hours of that" => ShowConnection;
    "provider_contacts_live" Conflict Operator,
        "通讯录编辑授权到 {until} 才到期，现在不能再次授权", "the right to edit contacts is good until {until}; it cannot be granted once more before",
        "到期后再邀请", "invite again after that";
    "provider_out_of_turn" Conflict Operator,
        "当前状态是“{stage_zh}”，不能这样做", "it stands at: {stage_en}; this does not follow from that",
        "查看下一步", "look at the next step";
    "provider_code_needed" Invalid Operator,
        "没有给出授权的凭据", "what proves the authorisation is missing",
        "给出授权码 auth_code（十分钟内有效，只能用一次）；确认应用已授权时，也可以给出企业 ID、AgentId 和永久授权码", "give the auth_code, which is good once, for ten minutes; for the app its corp id, AgentId and permanent code will do as well";
};
