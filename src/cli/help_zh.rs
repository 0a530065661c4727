//! The help of commands and options in Chinese, under the English text that stands in the code. A test finds texts without a
//! row here, and rows that no text needs any more.

/// English and Chinese.
pub const HELP: &[(&str, &str)] = &[
    // The program.
    (
        "idflow keeps identity systems in step: it shows what it will change, changes no more than that, and says truthfully what it did",
        "idflow 让各个身份系统保持一致：先展示将要做的变更，只做展示过的变更，并如实记录结果",
    ),
    ("The data folder", "数据目录"),
    (
        "Where runs and all else are stored: a folder, or postgres://USER@HOST/DATABASE?schema=NAME for several nodes, or file:PATH with that address in it. By default the data folder, which also keeps the master key. A password stands in the environment or in a file, never on the command line",
        "数据存储的位置：目录，或多节点时用 postgres://USER@HOST/DATABASE?schema=NAME，或写有该地址的 file:PATH。默认为数据目录，主密钥也保存在那里。密码放在环境变量或文件中，不要写在命令行里",
    ),
    (
        "A server elsewhere, by its address, after `idflow login`. Where no data folder is named and none is there, the one that was logged in to last",
        "其他机器上的服务的地址，先用 `idflow login` 登录。没有指定数据目录、当前也没有数据目录时，使用最近登录的服务",
    ),
    (
        "Keep a server elsewhere and a token for it: commands go there from now on",
        "登录其他机器上的服务：保存它的地址和令牌，以后的命令发往那里",
    ),
    ("Forget a server and its token", "退出登录：忘记一个服务及其令牌"),
    ("Show who you are, and for which server or data folder", "显示当前身份，以及所用的服务或数据目录"),
    ("The address of the server: `https://id.example.com`", "服务的地址：`https://id.example.com`"),
    (
        "The token: env:NAME, file:PATH, or - for standard input. Without it the one that is kept for this server is used",
        "令牌：env:NAME、file:PATH，或 -（标准输入）。不给出时使用已为该服务保存的令牌",
    ),
    (
        "A certificate in PEM that signs the server's, where the system does not trust it",
        "PEM 格式的证书：服务的证书由它签发，而系统不信任它时使用",
    ),
    ("The address of the server; the current one where none is given", "服务的地址；不给出时为当前的服务"),
    ("Output format: JSON is stable, text is for people", "输出格式：JSON 保持稳定，文本供人阅读"),
    (
        "Language of texts; by default IDFLOW_LANG, then the system's locale",
        "文字的语言；默认取 IDFLOW_LANG，其次取系统区域设置",
    ),
    (
        "Free space below which no run begins: 512MB, 2GB; 0 turns the check off",
        "剩余磁盘空间低于此值时不启动运行：512MB、2GB；0 表示不检查",
    ),
    (
        "Show the whole path on an organisation of 1,000 people: import, plan, sync, change, sync, sync again",
        "用 1000 人的虚构企业演示全过程：导入、预演、同步、变更、再同步",
    ),
    (
        "Run the schedules of active workflows until stopped, and serve the API that the other commands use",
        "持续运行：执行已启用工作流的定时任务，并为其他命令提供 API",
    ),
    ("Check workflow files", "检查工作流文件"),
    (
        "Explain a code: one that `validate` gives, with a wrong and a right example, or one of a run",
        "解释一个代码：`validate` 给出的（附错误和正确的写法），或运行中出现的",
    ),
    ("Print the JSON Schema of workflow files, for editors", "输出工作流文件的 JSON Schema，供编辑器使用"),
    ("Print a script that completes commands and options in a shell", "输出 shell 的命令补全脚本"),
    ("The shell", "shell 的名称"),
    (
        "Serve an editor over standard input and output (Language Server Protocol)",
        "通过标准输入输出为编辑器服务（语言服务器协议 LSP）",
    ),
    (
        "Run the tests of workflow files (NAME.test.yaml) against simulated systems",
        "在模拟系统上运行工作流的测试（NAME.test.yaml）",
    ),
    ("Draw a workflow, a template or a workflow file", "画出工作流、模板或工作流文件的流程图"),
    (
        "Compute what a run would change, without changing anything",
        "预演（变更预览）：计算一次运行会改什么，不做任何改动",
    ),
    ("Run a workflow", "运行工作流"),
    ("Past and present runs", "查看和处理运行"),
    (
        "Removals that wait for a decision, while the rest of their runs went on",
        "等待决定的移除；同一次运行的其余部分已继续执行",
    ),
    ("Accounts of other systems", "账号连接：其他系统的账号"),
    ("The departments and people kept here", "本地目录：保存在这里的部门和人员"),
    (
        "Begin: from settings and secrets over a close look and a plan to the people in the directory",
        "初始化：填写设置和密钥、诊断、预演、首次同步，直到通讯录里有人",
    ),
    (
        "The connector that people come from, for example `wecom`. Without one, how far a setup is",
        "人员来自哪个连接器，例如 `wecom`；不写时显示初始化进行到哪一步",
    ),
    ("The name of the connection; by default what the template calls it", "账号连接的名称；默认用模板里的名称"),
    ("Start the first run as soon as its plan is there, without asking", "预演完成后直接开始首次同步，不再询问"),
    (
        "Look closely: what each secret may do and how that is known, address, domain, callbacks; each cause once, with its remedy",
        "诊断：每个密钥能做什么、依据是什么，以及地址、域名、回调；每个原因只列一次，附处理办法",
    ),
    ("Try secrets again that the system refused a short while ago", "对方刚刚拒绝过的密钥也再试一次"),
    (
        "Show what has to be entered in its system; give and check the file by which it sees whose the domain is",
        "列出要在对方系统里填写的内容；上传并检查域名校验文件",
    ),
    (
        "Serve this file, as it was downloaded (WW_verify_….txt), at the top of the domain",
        "把下载的校验文件（WW_verify_….txt）原样放在域名根目录",
    ),
    ("Fetch each of these files at the public address, as the system would", "像对方系统那样访问每个校验文件"),
    ("Serve the file of this name no longer", "不再提供这个校验文件"),
    (
        "Count what a part of its system would give, before anything is saved",
        "保存之前，计算一个范围会带来多少部门和人员",
    ),
    (
        "Departments: a pattern of paths (`/Company/Sales/**`), or an id with all below it; can be repeated",
        "部门：路径模式（`/公司/销售/**`），或部门 ID（含下级）；可重复",
    ),
    ("Departments that are left out; can be repeated", "排除的部门；可重复"),
    ("Somebody, by account; can be repeated", "人员，按账号；可重复"),
    ("A tag, by name or id; can be repeated", "标签，按名称或编号；可重复"),
    ("Bring people alone, into this department: `/WeCom`", "只同步人员，放到这个部门：`/企业微信`"),
    ("Which object of a connection is which one of the directory", "绑定：账号连接中的对象对应目录中的哪一个"),
    ("What no rule could decide, and what people decide about it", "匹配：规则无法判定的对象，以及人工的决定"),
    ("Workflows", "工作流"),
    ("Templates that ship with idflow", "idflow 自带的模板"),
    (
        "Apply a folder of workflow files as a whole: differences first, then all of it or nothing",
        "把一个文件夹里的工作流作为整体应用：先看差异，再全部应用或全不应用",
    ),
    (
        "The folder; files of folders in it count, tests (NAME.test.yaml) do not",
        "文件夹，包括其中的子文件夹；测试文件（NAME.test.yaml）不算",
    ),
    (
        "Only show what would change: exit code 0 when that is nothing, 4 when it is something, 1 when a file has errors",
        "只显示差异：没有差异时退出码为 0，有差异时为 4，文件有错误时为 1",
    ),
    (
        "Archive workflows that came from the folder before and whose file is gone",
        "归档以前来自文件夹、而文件已不在的工作流",
    ),
    ("Make what is saved live, too", "保存后同时启用"),
    ("Apply without being asked", "不询问，直接应用"),
    (
        "Plan no further than this step: a workflow that is still being written is tried step by step",
        "只预演到这个步骤，便于边写边试",
    ),
    ("List the versions of a workflow, the newest first", "列出工作流的版本，最新的在前"),
    (
        "Show what is different between two versions, or a version and the draft: in words, and line by line with `--lines`",
        "显示两个版本之间（或某个版本与草稿之间）的差异；加 --lines 逐行显示",
    ),
    ("The older version; by default the active one", "较旧的版本，默认为已启用的版本"),
    ("The newer version; by default the draft, else the newest", "较新的版本，默认为草稿，没有草稿则为最新版本"),
    ("Show it line by line", "逐行显示"),
    (
        "Make a new version with the text of an earlier one. It is not live before it is activated",
        "用以前某个版本的内容生成新版本；启用后才生效",
    ),
    ("The version to go back to", "要退回的版本"),
    ("Show what a template needs, and whether it is so now", "显示模板需要的条件，以及现在是否满足"),
    ("A connection to ask whether it may do what the template needs", "要检查能力的账号连接"),
    ("Try new secrets, and put them in the place of the old ones if they are good", "先试用新密钥，可用才替换旧密钥"),
    (
        "Keep them although the test does not go well: the old ones may be void already",
        "测试不通过也替换（旧密钥可能已失效）",
    ),
    ("The store itself: its size, its soundness, a copy of it in another one", "数据存储：大小、检查、复制到别处"),
    // Tenants.
    (
        "The tenant that the command is about; by default the one that is there from the start",
        "命令针对的租户，默认为最初的租户",
    ),
    (
        "Organisations that are kept apart in one installation: make, name, archive and restore them",
        "租户：同一套安装中互相隔离的组织，可创建、改名、归档和恢复",
    ),
    (
        "Notifications: who is told of runs that fail or wait, by which way, and what became of each message",
        "通知：运行失败、待审批等情况通知谁，通过什么方式，结果如何",
    ),
    ("Show the rules: who is told of what", "列出规则：谁会收到什么通知"),
    ("Make a rule, or change the one of this name as a whole", "创建规则；同名的规则会整条更新"),
    ("Forget a rule", "删除规则"),
    ("Send a test message by a rule", "按规则发送一条测试消息"),
    ("Show what was sent, the newest first", "列出已发送的通知，最新的在前"),
    ("Only the messages of this rule", "只看这条规则的通知"),
    ("The mail server", "邮件服务器"),
    ("Its name: lower-case letters, digits and `_`, a letter first", "规则名：小写字母、数字和 `_`，以字母开头"),
    (
        "What it tells of: run_failed, run_held, run_partial, run_recovered, approval_expiring, removals_waiting, connection_unhealthy, callback_unhealthy",
        "通知什么：run_failed（运行失败）、run_held（待审批）、run_partial（部分成功）、run_recovered（恢复正常）、approval_expiring（审批将过期）、removals_waiting（移除待决定）、connection_unhealthy（账号连接异常）、callback_unhealthy（回调异常）",
    ),
    ("Only of runs of this workflow; may be repeated", "只通知这个工作流的运行；可以写多次"),
    ("A mail address that is told; may be repeated", "收件人邮箱；可以写多次"),
    ("An address that is called", "要调用的地址"),
    ("A connection whose app sends the message", "用哪个账号连接的应用发送消息"),
    ("An account of that connection that is told; may be repeated", "该账号连接中接收消息的账号；可以写多次"),
    ("A department of that connection, by id; may be repeated", "该账号连接中的部门编号；可以写多次"),
    ("A tag of that connection, by id; may be repeated", "该账号连接中的标签编号；可以写多次"),
    ("The language of its messages: zh or en", "消息的语言：zh 或 en"),
    (
        "When nothing is sent: 22:00-07:00. What happens meanwhile is told afterwards",
        "免打扰时段，例如 22:00-07:00；其间的内容在结束后合并发送",
    ),
    ("The zone of these hours", "免打扰时段的时区"),
    ("How long what happens is gathered into one message", "把多长时间内的内容合并为一条消息"),
    ("How long before an approval expires it is told", "审批过期前多久通知"),
    ("Keep the rule and tell nobody", "保留规则，但不发送"),
    ("Make a new secret for the calls of its address", "为调用的地址生成新的签名密钥"),
    ("Show the mail server", "查看邮件服务器"),
    ("Set the mail server", "设置邮件服务器"),
    ("Send a test mail", "发送一封测试邮件"),
    ("To whom", "收件人"),
    ("Its host", "主机名"),
    ("Its port; 465, 587 or 25 by the encryption where nothing is said", "端口；不写时按加密方式取 465、587 或 25"),
    ("The encryption: tls, starttls or none", "加密方式：tls、starttls 或 none（不加密）"),
    ("The account", "账号"),
    ("The password; left out, the one before stays", "密码；不写则保留原密码"),
    ("Who mails come from: an address, or `Name <address>`", "发件人：邮件地址，或 `名称 <地址>`"),
    ("A file with further certificates that are believed, in PEM", "另外信任的证书文件（PEM）"),
    ("Make a tenant. Commands are about it with --tenant ID", "创建租户；之后用 --tenant ID 针对它执行命令"),
    (
        "Its id: lower-case letters, digits and `_`, a letter first. It never changes",
        "编号：小写字母、数字和 `_`，以字母开头，不再更改",
    ),
    ("What people call it; by default its id", "名称，默认与编号相同"),
    ("List all tenants", "列出所有租户"),
    ("Give a tenant another name", "给租户改名"),
    ("Its id", "租户的编号"),
    ("The new name", "新名称"),
    ("Archive a tenant: nothing is started in it any more, and its data stay", "归档租户：不再启动任何运行，数据保留"),
    ("Restore an archived tenant. What was due meanwhile is not made up for", "恢复已归档的租户；其间到时的不补跑"),
    // Accounts, tokens, sessions, the audit.
    ("Who may sign in, and what they may do", "登录账号：谁可以登录、能做什么"),
    ("Tokens of programs", "令牌：供程序使用"),
    ("Who is signed in", "会话：谁已登录"),
    ("Who did what, in a chain that shows what was changed afterwards", "审计日志：谁做了什么；事后改动能被发现"),
    (
        "Make an account, and show a link by which its person sets a password; the link is good once, for an hour",
        "创建登录账号，并显示供本人设置密码的链接；链接一小时内可用一次",
    ),
    (
        "Show a link that is good once, for an hour: by it somebody signs in and sets a password",
        "显示一小时内可用一次的链接，用它登录并设置密码",
    ),
    ("List the accounts of the tenant", "列出租户的登录账号"),
    (
        "Say what an account may do in the tenant from now on. Without a role it may do nothing there any more",
        "设置登录账号在租户中的权限；不给角色则不再有任何权限",
    ),
    ("Disable an account: it cannot sign in, and its sessions end", "禁用登录账号：不能登录，会话立即结束"),
    ("Enable an account again", "重新启用登录账号"),
    (
        "Set the password of an account, on the machine of the server only. Its sessions end",
        "设置登录账号的密码，只能在服务所在的机器上执行；会话立即结束",
    ),
    ("The account, by name or id", "登录账号的名称或编号"),
    (
        "The account, by name or id; without one the only owner, or whoever becomes the first one",
        "登录账号的名称或编号；不写则为唯一的所有者，或即将成为首个所有者的人",
    ),
    ("The name to sign in with; an address for mail will do. It never changes", "登录名，可用邮箱地址，不再更改"),
    ("What people call it", "名称"),
    ("The address for mail", "邮箱地址"),
    (
        "The password: from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`)",
        "密码：取自环境变量（`env:NAME`）、文件（`file:PATH`）或标准输入（`-`）",
    ),
    (
        "A role: owner, admin, operator, approver or viewer. Several are allowed",
        "角色：owner（所有者）、admin（管理员）、operator（操作员）、approver（审批人）或 viewer（只读），可重复",
    ),
    ("A single permission beside the roles", "角色之外的单项权限"),
    (
        "A single permission beside the roles: pii:read, message:send, message:broadcast, link:manage or tenant:manage",
        "角色之外的单项权限：pii:read、message:send、message:broadcast、link:manage 或 tenant:manage",
    ),
    ("Its roles from now on", "新的角色"),
    ("Make a token; it is shown this once", "创建令牌，只显示这一次"),
    ("List the tokens of the tenant", "列出租户的令牌"),
    ("Revoke a token", "撤销令牌"),
    ("What it may do, for example `run:start`. Several are allowed", "允许的操作，例如 `run:start`，可重复"),
    ("For how many days it is good: 365 at most", "有效天数，最多 365"),
    ("List the open sessions of the tenant's accounts", "列出租户登录账号的会话"),
    ("End a session", "结束会话"),
    ("Only those of this account, by name or id", "只看这个登录账号的（名称或编号）"),
    ("List entries, the newest first", "列出审计日志，最新的在前"),
    ("Read every entry and tell which are changed, missing or moved", "检查每一条记录，报告被改动、缺失或移动的"),
    ("Only from this time on, for example 2026-03-02T00:00:00Z", "只看这个时间之后的，例如 2026-03-02T00:00:00Z"),
    ("Only before this time", "只看这个时间之前的"),
    ("Only this operation, as the document of the API names it", "只看这种操作，名称见 API 文档"),
    (
        "Only this sort: write, sign_in, reveal or export",
        "只看这一类：write（写入）、sign_in（登录）、reveal（显示完整值）或 export（导出）",
    ),
    ("Only what this one did", "只看这个人做的"),
    ("Only what was about this id", "只看与这个编号有关的"),
    // Connections.
    (
        "Add a connection, or change the one of that name: what is not given stays",
        "添加账号连接，或修改同名的连接；没有给出的内容保持不变",
    ),
    ("List connections", "列出账号连接"),
    (
        "Show one: its settings, which secrets it has, which workflows use it",
        "查看一个账号连接：设置、已有的密钥、使用它的工作流",
    ),
    ("The connection", "账号连接的名称"),
    (
        "Remove one that no workflow uses and through which nothing is linked",
        "删除没有工作流使用、也没有绑定对象的账号连接",
    ),
    ("Show what a connector asks for, and where to find each value", "查看连接器需要哪些设置，以及每个值在哪里找"),
    ("The connector, for example `wecom`", "连接器，例如 `wecom`"),
    (
        "Show the addresses at which its system calls, and what was heard there; or make new keys for one",
        "查看对方系统调用的回调地址和收到的内容；或为其中一个生成新的密钥",
    ),
    (
        "Make new keys for this address (`app`; without a name the first one); they are shown this once, and the old ones stay good for a day",
        "为这个地址（`app`，不写则为第一个）生成新的密钥；只显示这一次，旧的一天内仍然有效",
    ),
    ("Try settings, secrets and rights with harmless calls", "用无害的调用测试设置、密钥和权限"),
    ("The name of the connection: lower-case letters, digits and `_`", "账号连接的名称：小写字母、数字和 `_`"),
    ("A setting of the connector; can be repeated", "连接器的设置，可重复"),
    (
        "A secret: from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`); never the secret itself",
        "密钥：取自环境变量（`env:NAME`）、文件（`file:PATH`）或标准输入（`-`）；不要直接写密钥",
    ),
    // The demo.
    (
        "A folder with departments.csv and users.csv instead of the organisation that ships with idflow. It is only read",
        "用这个目录中的 departments.csv 和 users.csv 代替虚构企业；只读取，不修改",
    ),
    ("How many people the generated organisation has", "虚构企业的人数"),
    ("Keep the data folder and the simulator for exploring, until interrupted", "保留数据目录和模拟器供查看，直到中断"),
    (
        "Then answer like `serve` until interrupted, and print a link that signs in to the web console",
        "完成后像 `serve` 一样继续应答，直到中断，并给出登录 Web 控制台的链接",
    ),
    // The directory.
    (
        "Take departments.csv and users.csv of a folder as the full state",
        "导入目录中的 departments.csv 和 users.csv，作为完整名单",
    ),
    ("The folder", "文件所在的目录"),
    (
        "Approve the plan as computed, limits included; source checks stay",
        "按计算结果批准变更，包括超出上限的；来源检查仍然有效",
    ),
    (
        "Take people from a CSV or XLSX file. The mapping of its columns is kept as a workflow, for the next file",
        "上传 CSV 或 XLSX 文件导入人员；列的对应关系保存为工作流，供下次使用",
    ),
    ("People who wait for somebody to let them in: list them, approve or reject", "等待审核的人员：列出、通过或拒绝"),
    ("Let these in, by account or id; repeat for several", "通过这些人（账号或编号）；可重复"),
    (
        "Refuse these, by account or id; repeat for several. They count as left",
        "拒绝这些人（账号或编号），按离职处理；可重复",
    ),
    ("Why; kept in the audit", "原因；记入审计"),
    (
        "Give a tenant a house number, for accounts that a sync makes: no other tenant has or ever gets it",
        "设置租户门牌号，用于同步新建的账号；号码不会给别的租户",
    ),
    (
        "The number, 4 to 8 letters and digits; by default the next free one",
        "号码，4 至 8 位字母和数字；默认取下一个空号",
    ),
    (
        "The form of the next free one: # stands for a digit, everything else for itself",
        "空号的格式：# 表示一位数字，其余照写",
    ),
    ("The CSV or XLSX file", "CSV 或 XLSX 文件"),
    (
        "Only show what is in it and what would become of each row; nothing is imported",
        "只查看文件内容和每一行的结果，不导入",
    ),
    ("Only plan", "只预演"),
    ("The sheet of a workbook", "Excel 文件中的工作表"),
    ("The number of the row with the headers", "表头在第几行"),
    (
        "Which column is which field, where it is not as proposed: external_id=工号; repeat for several. Then all must be given",
        "自己指定列与字段的对应（写了就须写全）：external_id=工号；可重复",
    ),
    ("Departments are ids of an import of departments", "部门列填写的是部门编号"),
    ("What separates the names in a path of departments", "部门路径的分隔符"),
    ("Make departments that are missing", "新建目录中没有的部门"),
    (
        "A further word for a state, with active, disabled or left; repeat for several",
        "补充状态的写法，并指明含义（active、disabled 或 left）；可重复",
    ),
    (
        "The file is the full list: whoever this workflow imported before and is not in it leaves",
        "文件是完整名单：这个工作流以前导入、现在不在文件中的人离职",
    ),
    (
        "The workflow that keeps the mapping; with one that is there already its mapping is used",
        "保存对应关系的工作流；已有的工作流则使用它保存的对应关系",
    ),
    ("Write a file with headers to fill in, CSV or XLSX", "生成带表头的空白文件（CSV 或 XLSX），用于填写"),
    ("The file; its name ends with .csv or .xlsx", "文件；文件名以 .csv 或 .xlsx 结尾"),
    ("Show what the directory holds: counts, departments or people", "查看目录：数量、部门或人员"),
    ("List these instead of counts: department or user", "列出 department（部门）或 user（人员），而不是数量"),
    (
        "Only those found by this: the beginning of a name (also in pinyin or its initials), account or number; a mobile number or e-mail address in full",
        "按姓名（或拼音、拼音首字母）、账号、工号的开头查找；手机号或邮箱须完整",
    ),
    (
        "Only people of this department, or departments right below it, by its id",
        "只看这个部门的人员，或它的直接下级部门；写部门编号",
    ),
    ("Find people, or departments", "查找人员或部门"),
    ("A person, by hand", "手工维护人员"),
    ("A department, by hand", "手工维护部门"),
    ("Show one, with who fills each field and what happened", "查看一个：各字段由谁填写，以及发生过的改动"),
    ("Add one", "新增一个"),
    ("The account name", "账号"),
    ("The name", "姓名"),
    ("A department, by path or id; repeat for several", "所属部门的路径或编号；多个部门时重复给出"),
    ("Another field: mobile=13800000000; empty clears it", "其他字段：mobile=13800000000；留空表示清空"),
    ("Change fields of one", "修改字段"),
    ("Disable one, who stays a member", "禁用一个人，其仍是成员"),
    ("Enable one, also one who had left", "启用一个人，包括已离开的人"),
    ("Let one leave", "办理离开"),
    ("Move one into other departments", "调到其他部门"),
    ("The departments from now on, by path or id", "新的所属部门，路径或编号"),
    ("Its name", "名称"),
    ("The department above, by path or id; none: a root", "上级部门的路径或编号；不写则为根部门"),
    ("Another field: order=10; empty clears it", "其他字段：order=10；留空表示清空"),
    ("Bring back one that was removed", "恢复已移除的部门"),
    ("Remove one that is empty", "移除空部门"),
    ("Move one below another", "移到另一个部门之下"),
    (
        "The department above from now on, by path or id; none: it becomes a root",
        "新的上级部门，路径或编号；不写则成为根部门",
    ),
    ("The account, id or path in the directory", "目录中的账号、编号或路径"),
    ("A field: mobile=13800000000; empty clears it", "字段：mobile=13800000000；留空表示清空"),
    (
        "The beginning of a name (also in pinyin or its initials), account or number; a mobile number or e-mail address in full",
        "姓名（或拼音、拼音首字母）、账号、工号的开头；手机号或邮箱须完整",
    ),
    ("What to look for: user or department", "查找 user（人员）或 department（部门）"),
    ("Maximum number to show", "最多显示多少条"),
    ("Show phone numbers, e-mail addresses and the like as they are", "完整显示手机号、邮箱等内容"),
    // Explanations, drawings.
    (
        "The code, for example E0508 or WECOM_60020; without one, the codes of `validate` are listed",
        "代码，例如 E0508 或 WECOM_60020；不写则列出 `validate` 的所有代码",
    ),
    ("Show both languages", "同时显示两种语言"),
    ("A workflow, a template, or a workflow file", "工作流、模板或工作流文件"),
    ("Format: text, dot, svg or mermaid", "格式：text、dot、svg 或 mermaid"),
    // Messages.
    ("Messages to people through WeCom", "通过企业微信给人员发送消息"),
    ("Send a message to people, departments or tags, or to everybody", "给人员、部门、标签或所有人发送消息"),
    ("The text; `-` reads it from standard input", "内容；`-` 表示从标准输入读取"),
    ("A person: account, number or id. Several are allowed", "接收人：账号、工号或 ID，可以写多个"),
    ("A department, by path or id, with all below it. Several are allowed", "部门：路径或 ID，包含其下级，可以写多个"),
    ("A tag of WeCom, by name or number. Several are allowed", "企业微信标签：名称或 ID，可以写多个"),
    ("Everybody whom the app can reach", "应用能看到的所有人"),
    ("The text is Markdown", "内容是 Markdown"),
    ("Make it a card that opens this address; the text is its title", "发送打开这个网址的卡片，内容作为标题"),
    ("The connection, where several can send", "账号连接；有几个能发送时需要写明"),
    ("Leave out whoever is unknown or not linked", "跳过不存在或没有绑定的人"),
    ("Send nothing: only show who would get it", "不发送，只看谁会收到"),
    ("Do not ask whether everybody is meant", "发给所有人时不再询问"),
    (
        "A name for this message: the same name again sends nothing again, for 24 hours",
        "这条消息的名称：24 小时内再次使用同一名称不会重复发送",
    ),
    ("List messages, the newest first", "列出消息，最新的在前"),
    ("Show a message with what became of each receiver", "查看一条消息，以及每个接收人的结果"),
    ("Take a message back: within a day", "撤回消息（24 小时内）"),
    // Links and matching.
    ("Show the links of a connection", "列出账号连接的绑定"),
    ("The connection; imports of files are called `import`", "账号连接；文件导入写作 `import`"),
    (
        "Show the person of the directory behind an account of a connection",
        "查看账号连接中的一个账号对应目录中的哪个人",
    ),
    (
        "Only these: open, decided, proposed (one candidate), ambiguous (several), alone (none)",
        "只看这些：open（未决定）、decided（已决定）、proposed（一个候选）、ambiguous（多个候选）、alone（没有候选）",
    ),
    (
        "Only those whose key or name, also in letters, begins with this",
        "只看编号或姓名（也可以用拼音）以这段文字开头的",
    ),
    ("Only those of which a key, account or name begins with this", "只看编号、账号或姓名以这段文字开头的"),
    (
        "An object of a connection and one of the directory are the same: the next run links them",
        "指定账号连接中的对象与目录中的对象是同一个：下次运行时绑定",
    ),
    ("The key in the connection", "在账号连接中的编号"),
    ("The account, name or id in the directory", "目录中的账号、姓名或编号"),
    (
        "Whoever had this key in the connection has another one now: the next run keeps id, account and access",
        "对象在账号连接中换了编号：下次运行保留原有的编号、账号和权限",
    ),
    ("The old key", "原编号"),
    ("The new key", "新编号"),
    (
        "The two are not the same: the link goes, no run makes it again by itself, neither object is touched",
        "两者不是同一个：解除绑定，之后的运行不会自动恢复，两边的对象都不改动",
    ),
    ("The other connection, where it is not the directory", "另一端的账号连接，默认为目录"),
    ("user or department", "user（人员）或 department（部门）"),
    ("The reason, kept for later questions", "原因，供以后查阅"),
    (
        "Show what the newest run of each workflow left undecided, with candidates, and what was decided",
        "列出各工作流最近一次运行中未能判定的对象、候选对象，以及已作的决定",
    ),
    ("Only objects of this connection", "只看这个账号连接的对象"),
    ("Decide about an object. The next run follows it", "对一个对象作出决定，下次运行照办"),
    (
        "The object's key there: a personnel number, an account. Leave it out with --all",
        "对象在账号连接中的编号：工号、账号等；用 --all 时不写",
    ),
    ("The same person as the candidate: keeps id, account and access", "与候选对象是同一人：保留编号、账号和权限"),
    ("Another person than the candidates: both go on", "与候选对象不是同一人：各自保留"),
    ("Not there yet: create it", "对方还没有：新建"),
    ("Leave it alone", "不处理"),
    ("Which of several candidates, by account or name", "有多个候选对象时选哪一个，写账号或姓名"),
    (
        "All objects of the connection that wait for a decision and have one candidate; shown first",
        "账号连接中所有等待决定、且只有一个候选对象的；会先列出来",
    ),
    ("With --all: do not ask for confirmation", "与 --all 一起：不再询问"),
    // The store.
    ("Days that failed calls are kept, with what was sent", "失败的调用（含发送内容）保留的天数"),
    ("Days that changes are kept, with values before and after", "变更明细（含前后值）保留的天数"),
    ("Days that failed, blocked and ambiguous items are kept", "失败、受阻和无法判定的明细保留的天数"),
    ("Days that runs are kept at all: summary, counts, approvals", "运行本身（概要、数量、审批）保留的天数"),
    (
        "Copy everything from one store into another, empty one; the source stays as it is",
        "把全部数据复制到另一个空的存储；原存储保持不变",
    ),
    (
        "The store to read: a data folder, postgres://… or file:PATH with the address in it",
        "来源存储：数据目录、postgres://… 或写有地址的 file:PATH",
    ),
    (
        "The store to write: a folder that is new, or postgres://… (or file:PATH) with a schema that is",
        "目标存储：新的目录，或使用新 schema 的 postgres://…（或 file:PATH）",
    ),
    ("Read everything and say what is damaged", "读取全部数据，报告损坏之处"),
    (
        "Delete what is older than it is kept; a server does this once a day",
        "删除超过保留期的数据；服务每天自动执行一次",
    ),
    (
        "Give unused disk space back by copying the store into fresh files. The data folder must not be in use",
        "把数据复制到新文件，归还未使用的磁盘空间；数据目录不能正在使用",
    ),
    ("Show what takes how much space", "查看各类数据占用的空间"),
    // Removals.
    ("Show the removals that were asked about: those that wait first", "列出需要决定的移除，等待中的在前"),
    ("Only those of this workflow", "只看这个工作流的"),
    (
        "Only those that went wrong with this code, for example WECOM_60104 or 60104",
        "只看以这个代码出错的，例如 WECOM_60104 或 60104",
    ),
    (
        "Only those of this person or department: key, account or name in full",
        "只看这个人员或部门的：编号、账号或姓名，须完整",
    ),
    (
        "Only those in this state: queued, planning, held, applying, paused, succeeded, succeeded_no_change, partial, failed, cancelled",
        "只看这个状态的：queued（排队中）、planning（预演中）、held（待审批）、applying（执行中）、paused（已暂停）、succeeded（成功）、succeeded_no_change（没有变化）、partial（部分完成）、failed（失败）、cancelled（已取消）",
    ),
    (
        "Only those that were started so: manual, schedule, webhook, event, after, workflow, import, retry, removals",
        "只看这样启动的：manual（手动）、schedule（定时）、webhook、event（事件）、after（前一个工作流结束）、workflow（被工作流调用）、import（导入）、retry（重试）、removals（移除审批后）",
    ),
    ("Only those that this person or program started", "只看由此人或程序启动的"),
    (
        "Only those from this time on: 2026-11-28T09:00:00+08:00, 2026-11-28 (UTC), or how long ago: 90m, 24h, 7d",
        "只看此时间及以后的：2026-11-28T09:00:00+08:00、2026-11-28（UTC），或距今多久：90m、24h、7d",
    ),
    ("Only those before this time", "只看此时间之前的"),
    (
        "Only those with all of these words: workflow, who started it, number, code of what went wrong",
        "只看包含这些词的：工作流、启动者、编号、错误代码",
    ),
    (
        "Only those in this state: waiting, approved, kept, done, failed, gone",
        "只看这个状态的：waiting（等待决定）、approved（已批准）、kept（保留）、done（已执行）、failed（失败）、gone（不再需要）",
    ),
    (
        "Approve removals: the next run that plans them again carries them out",
        "批准移除：下一次仍需要移除它们的运行会执行",
    ),
    ("Start the workflow at once, with the inputs of the run that asked", "立即用提出移除的那次运行的输入启动工作流"),
    (
        "With --run: wait until the run is over or held. Without a running server a run always is waited for",
        "与 --run 一起：等到运行结束或待审批。没有服务在运行时总是等待",
    ),
    (
        "Keep objects: they are not removed, whatever else is approved, until somebody approves their removal",
        "保留对象：无论批准了什么都不移除，直到有人批准移除它们",
    ),
    ("Their ids, or the first digits of them", "移除的编号，或编号的前几位"),
    (
        "All that wait, if their number is still NUMBER, as you saw it in the list",
        "所有等待决定的移除；个数必须仍等于 NUMBER，即列表中看到的数",
    ),
    ("With --all: only those of this workflow", "与 --all 一起：只限这个工作流的"),
    // Runs.
    ("The run: its id, or WORKFLOW#NUMBER", "运行的编号，或 WORKFLOW#NUMBER"),
    ("By the active version of the workflow instead of the run's own", "用工作流当前启用的版本，而不是那次运行的版本"),
    (
        "A name of your own for this start: within 24 hours the same one starts nothing more",
        "给这次启动起的名字：24 小时内用同一个名字不会再启动",
    ),
    (
        "Approve the plan as computed, approval steps and limits included; source checks stay",
        "按计算结果批准变更，包括审批步骤和超出上限的；来源检查仍然有效",
    ),
    (
        "Wait until the run is over or held. Without a running server a run always is waited for",
        "等到运行结束或待审批。没有服务在运行时总是等待",
    ),
    ("The workflow", "工作流的编号"),
    ("An input of the workflow; can be repeated", "工作流的输入，可重复"),
    (
        "Write all changes into this file, too: .json, .jsonl, .csv or .xlsx",
        "同时把全部变更写入文件：.json、.jsonl、.csv 或 .xlsx",
    ),
    ("Replace the file if it is there", "文件已存在时覆盖"),
    (
        "Show only the people who are gone from the source and keep an account that works",
        "只看已从来源中消失、账号却仍可使用的人员",
    ),
    ("Show raw values, and the line of the mapping that asks for each", "显示原始值，以及每个值出自映射的哪一行"),
    ("List runs, the newest first", "列出运行，最新的在前"),
    (
        "Show one run: who started it, what it did, and why it ended as it did",
        "查看一次运行：谁启动的、做了什么、为什么这样结束",
    ),
    ("Show what became of each object that was not simply unchanged", "查看每个有变化的对象的结果"),
    (
        "Only this outcome: created, updated, removed, skipped, blocked, ambiguous, invalid, failed, not_attempted",
        "只看这种结果：created（已新建）、updated（已更新）、removed（已移除）、skipped（已跳过）、blocked（受阻）、ambiguous（无法判定）、invalid（数据有误）、failed（失败）、not_attempted（未执行）",
    ),
    ("Only this step", "只看这个步骤"),
    ("Only items whose key, name or account contains this", "只看编号、姓名或账号包含这段文字的"),
    ("Show the newest items that went wrong, over all runs", "列出所有运行中最近出错的明细"),
    (
        "The calls of a run that were refused or not answered: what was sent, what came back, what it means",
        "一次运行中被拒绝或没有响应的调用：发送了什么、返回了什么、是什么意思",
    ),
    ("Only those about items whose key or name contains this", "只看与编号或姓名包含这段文字的对象有关的"),
    ("Maximum number to show, the newest", "最多显示多少条，取最新的"),
    ("Write the plan or the items of a run into a file", "把一次运行的预演或明细写入文件"),
    ("The file: .json, .jsonl, .csv or .xlsx", "文件：.json、.jsonl、.csv 或 .xlsx"),
    ("What was planned, not what became of it", "写入预演，而不是执行结果"),
    ("Approve a held run", "批准待审批的运行"),
    ("The plan that was looked at; by default the one that is held", "看过的预演，默认为当前待审批的"),
    ("Lift the source checks: you have looked at the source and it is right", "解除来源检查：你已核对来源，确认无误"),
    ("Do not ask for confirmation", "不再询问"),
    ("Refuse a held run", "驳回待审批的运行"),
    ("Ask a run to stop", "取消运行"),
    (
        "Watch runs live: states, counters, what goes wrong, what waits. With a run it ends when that run does",
        "实时查看运行：状态、进度、出错的项、待审批。指定运行时，运行结束即退出",
    ),
    (
        "The run: its id, or WORKFLOW#NUMBER; all runs where none is named",
        "运行：编号，或 工作流#序号；不写则查看所有运行",
    ),
    (
        "Explain why a person is as they are in other systems: in scope, match, mapping, plan, approval, call, answer",
        "解释一个人在其他系统里为什么是现在这样：范围、匹配、映射、预演、审批、调用、结果",
    ),
    (
        "The person: number, account, id or a name that only one has; of somebody who is not in the directory, the account in the other system",
        "人员：工号、账号、编号，或不重名的姓名；不在目录里的人，用其他系统里的账号",
    ),
    ("Only what this run did: its id, or WORKFLOW#NUMBER", "只看这次运行：编号，或 工作流#序号"),
    ("How many of the newest runs are looked at", "查看最近多少次运行"),
    (
        "Only this item, by its row as `runs items` tells it; several are allowed",
        "只重试这一项，按 `runs items` 给出的行号；可重复",
    ),
    (
        "Only those that do this: create, update, disable, delete, link, none",
        "只看这种动作：create、update、disable、delete、link、none",
    ),
    ("Only those in which this field changes", "只看这个字段有变化的项"),
    (
        "Address to listen on. Anything but a loopback address needs TLS, a trusted proxy, or --insecure-http",
        "监听的地址。除本机（loopback）地址外，都需要 TLS、受信任的代理，或 --insecure-http",
    ),
    (
        "The address under which people reach it from elsewhere, its own or that of a proxy with TLS: `https://id.example.com`",
        "人们从别处访问它的地址，它自己的或前面带 TLS 的代理的：`https://id.example.com`",
    ),
    (
        "The certificate, with those between it and the root, in PEM. It is read again when it changes",
        "证书（含中间证书），PEM 格式。文件变化后会重新读取",
    ),
    ("The key of the certificate, in PEM", "证书的私钥，PEM 格式"),
    (
        "A proxy in front of the server, or a range of them: 10.0.0.0/8. What it says of the caller's address is believed",
        "前面的代理，或一段地址：10.0.0.0/8。相信它转告的来访地址",
    ),
    (
        "Let people sign in over a network without encryption: everybody in that network can read what they see and do",
        "允许不加密登录：同一网络里的任何人都能看到其内容和操作",
    ),
    (
        "Let connections call addresses of this machine and its network, also where others reach the server",
        "即使服务可从别处访问，也允许账号连接访问本机和内网地址",
    ),
    (
        "A folder below which files are read for people who come over the network, beside `import` in the data folder; repeat for several, or separate them with commas",
        "允许通过网络读取其中文件的文件夹（数据目录的 `import` 之外）；可重复，或用逗号分隔",
    ),
    (
        "Opens /metrics to whoever shows this token. Without one only this machine reads them",
        "出示此令牌即可读取 /metrics；不设置时只有本机可以读取",
    ),
    ("Write everything into one file, while everything works", "备份：不停止服务，把全部数据写入一个文件"),
    ("Write a backup into a data folder that is new, and compare", "恢复：把备份写入新的数据目录，并核对"),
    ("The file that `idflow backup` wrote", "`idflow backup` 写出的文件"),
    ("The file", "文件"),
    ("Only read it, and say whether it is whole", "只读取，并说明是否完整"),
    ("As a service of this machine (systemd)", "作为本机的服务（systemd）"),
    ("Print the systemd unit", "输出 systemd 单元文件"),
    (
        "Write the systemd unit and an empty file of settings, and say how to start it",
        "写入 systemd 单元文件和空的设置文件，并说明如何启动",
    ),
    ("The program; by default this one", "程序文件；默认是当前程序"),
    (
        "Write below this folder instead of `/`, for packages and images",
        "写到这个目录之下而不是 `/`，用于制作软件包和镜像",
    ),
    ("Replace a unit that is there", "替换已有的单元文件"),
    (
        "Write what somebody needs who helps with a run into one zip file: masked, and without secrets",
        "把协助排查一次运行所需的内容写入一个 zip 文件：已脱敏，不含密钥",
    ),
    (
        "Write the pages of the manual (man) into a folder, one for each command",
        "把手册页（man）写入一个目录，每个命令一页",
    ),
    ("Stop a run for now, before its next call", "暂停运行，在下一次调用之前停下"),
    ("Let a paused run go on where it was", "让暂停的运行从原处继续"),
    ("Repeat what went wrong in a run, and only that", "重试：只重做一次运行中出错的部分"),
    ("Keep a run whole, however old it becomes", "完整保留一次运行，不随时间清理"),
    ("Undo it: keep the run no longer than others", "取消保留：与其他运行一样清理"),
    // The server.
    // Templates and tests.
    ("List templates", "列出模板"),
    ("Show a template's YAML", "查看模板的 YAML"),
    ("The template", "模板的名称"),
    (
        "Test files (NAME.test.yaml), workflow files with a test beside them, or folders; by default ./workflows",
        "测试文件（NAME.test.yaml）、旁边有测试的工作流文件，或目录；默认 ./workflows",
    ),
    (
        "Workflow files, or folders of them; several are checked against each other. `-` is standard input",
        "工作流文件或目录；多个文件会互相对照检查。`-` 表示标准输入",
    ),
    (
        "Apply the fixes that are certain and leave everything else byte for byte. With `-`, the fixed text is written to standard output",
        "应用确定无疑的修正，其余内容一字不改。用 `-` 时，修正后的文本写到标准输出",
    ),
    // Workflows.
    (
        "Make a workflow from a template or a file; an existing id gets a new version",
        "用模板或文件创建工作流；已有的编号会保存为新版本",
    ),
    (
        "List workflows: what starts each, when next, and how its last run ended",
        "列出工作流：由什么启动、下次时间、最近一次结果",
    ),
    ("Include archived workflows", "包括已归档的"),
    ("Show the stored text of a workflow", "查看保存的工作流文本"),
    ("The version of this number; by default the newest", "版本号，默认最新"),
    (
        "Archive a workflow: nothing starts it any more and it is not listed. Its runs stay; activating it brings it back",
        "归档工作流：不再启动，也不再列出。运行记录保留；重新启用即可恢复",
    ),
    ("Make the newest version live, after showing what it would change", "启用最新版本，启用前先展示它会改什么"),
    ("Approve without being asked", "不询问，直接批准"),
    ("Pause its triggers", "暂停它的触发器"),
    (
        "Show the addresses that start it from outside (`on.webhook`), or make a new secret for one",
        "查看可从外部启动它的地址（`on.webhook`），或为其中一个生成新密钥",
    ),
    (
        "Make a new secret for this path. It is shown this once; the old one ends at once, unless `--keep-old` says otherwise",
        "为这个路径生成新密钥，只显示这一次；旧密钥立即失效，除非用 `--keep-old` 保留",
    ),
    (
        "How long the old secret stays good beside the new one, at most 7d: time to change the callers",
        "旧密钥继续有效多久（最多 7d），以便更换调用方",
    ),
    ("The template it is made from; see `idflow template list`", "使用的模板；用 `idflow template list` 查看"),
    ("The file it is made from", "使用的文件"),
    ("Its id; by default the one in the template or file", "工作流的编号，默认取模板或文件中的"),
    (
        "The connection that an alias of the workflow stands for; can be repeated",
        "工作流中的别名对应哪个账号连接，可重复",
    ),
];

/// What the values of options mean, where there is more to say than the value itself.
pub const VALUES: &[(&str, &str)] = &[
    ("For people", "供人阅读"),
    ("For programs", "供程序读取"),
    ("For code review: findings as SARIF 2.1.0, of `validate` only", "供代码评审：SARIF 2.1.0，仅用于 `validate`"),
    ("Chinese", "中文"),
    ("English", "英文"),
];

/// The Chinese of a help text; the text itself where there is none.
#[must_use]
pub fn of(text: &str) -> String {
    let found = HELP.iter().find(|(en, _)| *en == text);
    found.map_or(text, |(_, zh)| *zh).to_string()
}
