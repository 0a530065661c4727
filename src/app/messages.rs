//! The words of what the application refuses. Commands and buttons are not among them: each edge has its own for the next
//! step.

use idflow_sdk::{Message, messages};

/// All of them.
pub static MESSAGES: &[Message] = messages! {
    "store_conflict" Conflict Operator,
        "同一时间有别人改动了它", "somebody else changed this at the same time",
        "请重试", "try again";
    "store_fenced" Conflict Operator,
        "另一个节点已接手", "another node has taken this over",
        "无需处理：另一个节点会继续", "nothing to do: the other node goes on with it";
    "store_corrupt" Bug Operator,
        "保存的数据无法读取：{what}", "stored data cannot be read: {what}",
        "停止 idflow，原样保留一份数据目录，再恢复备份", "stop idflow, keep a copy of the data folder as it is, and go back to a backup" => CheckStore;
    "store_half_copied" Configuration Operator,
        "向这个数据存储的复制中途中断，里面不完整", "a copy into this store was interrupted, so it is not whole",
        "用同一个目标再复制一次", "copy into it once more" => CopyStore;
    "store_unavailable" Configuration Operator,
        "数据存储无法使用：{what}", "the store cannot be used: {what}",
        "检查目录能否写入，或数据库是否在运行、地址是否正确；已接受的运行不会丢失", "check that the folder can be written, or that the database runs and its address is right; what was accepted is not lost";
    "store_full" Configuration Operator,
        "数据存储没有空间了：{what}", "the store has no space left: {what}",
        "腾出空间后重新启动；已接受的运行会继续", "make room and start again: what was accepted goes on";
    "store_newer" Configuration Operator,
        "这份数据由更新版本的 idflow 写入：{what}", "a newer idflow has written this store: {what}",
        "使用更新的版本；要退回旧版本，请恢复旧版本做的备份", "use the newer idflow; to go back, restore a backup that the older one made";
    "store_refused" Invalid Operator,
        "这样的数据不能保存：{what}", "this cannot be stored: {what}",
        "来源里有过长的名称或编号：请在来源中缩短", "some name or id of the source is far too long: shorten it there";
    "store_in_use" Conflict Operator,
        "另一个进程正在使用这个数据目录：{what}", "another process uses this data folder: {what}",
        "等另一个命令结束；服务运行时，其他命令由它应答", "wait until the other command has ended; while a server works in the folder, every other command is answered by it";
    "changed_since" Conflict Operator,
        "在你查看之后，有别人改动了它", "somebody has changed this since you looked at it",
        "再次查看，再作改动", "look at it again, then change it";
    "gone_since" Conflict Operator,
        "在你查看之后，它已不在了", "this is gone since you looked at it",
        "再次查看有什么", "look again at what there is";
    "there_already" Conflict Operator,
        "已经有同名的了", "there is one of this name already",
        "查看已有的，或换一个名字", "look at the one that there is, or choose another name";
    "server_ends" Temporary Operator,
        "服务正在停止", "the server is ending",
        "等它重新启动后再试", "try again when it has started again";
    "scope_not_counted" Invalid Operator,
        "范围无法计算：{why_zh}", "the scope cannot be counted: {why_en}",
        "{hint_zh}", "{hint_en}";
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
        "等预演完成；失败时按提示处理后再试", "wait for the plan; if it failed, mend what it says and try again";
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
    "route_unknown" NotFound Operator,
        "没有这个地址", "there is no such route",
        "查看接口文档 /api/openapi.json", "the document of the API is /api/openapi.json";
    "method_unknown" Invalid Operator,
        "这个地址不接受这种请求方法", "this route does not take this method",
        "查看接口文档 /api/openapi.json", "the document of the API is /api/openapi.json";
    "body_invalid" Invalid Operator,
        "请求内容无法读取：{what_zh}", "the body cannot be read: {what_en}",
        "按接口文档更正请求", "correct the request by the document of the API";
    "body_too_large" Invalid Operator,
        "请求内容不完整，或超过 {most} KB", "the body is broken off, or larger than {most} KB",
        "减少内容后重试", "send less";
    "query_invalid" Invalid Operator,
        "参数无法读取：{what_zh}", "a parameter cannot be read: {what_en}",
        "按接口文档更正请求", "correct the request by the document of the API";
    "parameter_unknown" Invalid Operator,
        "没有参数“{name}”", "there is no parameter `{name}`",
        "按接口文档检查参数名称", "check the name by the document of the API";
    "if_match_unused" Invalid Operator,
        "这个操作不看 `If-Match`", "this operation does not look at `If-Match`",
        "去掉这个请求头再试", "send it without this header";
    "directory_object_missing" NotFound Operator,
        "目录里没有 `{key}`", "the directory has no `{key}`",
        "查看部门和人员列表", "look at the departments and people";
    "directory_field_unknown" Invalid Operator,
        "目录没有字段“{field}”", "the directory has no field `{field}`",
        "检查字段名称", "check the name of the field";
    "directory_field_read_only" Invalid Operator,
        "“{field}”不能手工修改", "`{field}` is not changed by hand",
        "去掉该字段", "leave it out";
    "directory_value_wrong" Invalid Operator,
        "“{field}”的值不能使用：{what_zh}", "the value of `{field}` cannot be used: {what_en}",
        "更正后重试", "correct it and try again";
    "directory_taken" Conflict Operator,
        "“{field}”已被 {who} 使用", "`{field}` already belongs to {who}",
        "换一个值，或先在那里改掉", "take another value, or change it there first";
    "directory_mastered" Conflict Operator,
        "“{title_zh}”由工作流“{name_zh}”（{workflow}）从来源填写，不能手工修改", "{title_en}: the workflow “{name_en}” ({workflow}) fills it from its source, so it is not changed by hand",
        "在来源里修改；要改为手工维护，请归档该工作流或解除绑定", "change it in the source; to look after it by hand, archive the workflow or remove the link";
    "directory_not_empty" Conflict Operator,
        "部门里还有 {departments} 个下级部门、{people} 人，不能移除", "the department still has {departments|1 department|# departments} below it and {people|1 person|# people} in it",
        "先移走或移除它们", "move or remove those first";
    "folder_closed" Configuration Operator,
        "通过网络不能读取服务器上的 {folder}", "{folder} of the server is not read for somebody who comes over the network",
        "请上传文件；或把文件放进数据目录的 import 文件夹；运行服务的人可以用 IDFLOW_IMPORT_ROOTS 开放别的文件夹", "upload the file, or put it into the folder `import` of the data folder; whoever runs the server can open others with IDFLOW_IMPORT_ROOTS";
    "review_waiting" Conflict Operator,
        "此人在等待审核", "this person waits for a review",
        "由管理员在待审核队列中通过或不通过", "an administrator approves or rejects them in the queue of reviews";
    "review_not_waiting" Conflict Operator,
        "{name} 不在等待审核，可能刚被别人处理", "{name} does not wait for a review; somebody else may have decided",
        "刷新列表后重试", "look at the list again";
    "review_nobody" Invalid Operator,
        "没有写明是哪些人", "nobody is named",
        "给出 ids", "give their ids";
    "house_number_invalid" Invalid Operator,
        "“{number}”不能作为门牌号", "`{number}` is no house number",
        "4 至 8 位字母和数字；格式中 # 表示一位数字，例如 0### 或 SH###", "4 to 8 letters and digits; in a pattern # stands for a digit, as in 0### or SH###";
    "house_number_taken" Conflict Operator,
        "门牌号 {number} 已被使用，或以前属于别的租户", "the house number {number} is taken, or was that of another tenant",
        "换一个号码；或不写号码，由系统分配下一个", "take another one, or none: then the next free one is given";
    "house_numbers_out" Conflict Operator,
        "格式 {pattern} 已没有空号", "no number is free in the pattern {pattern}",
        "用位数更多的格式", "take a pattern with more digits";
    "upload_damaged" Configuration Operator,
        "上传的文件 {id} 已损坏，无法解密", "the uploaded file {id} is damaged and cannot be opened",
        "重新上传这个文件", "upload it once more";
    "upload_missing" NotFound Operator,
        "没有这个上传的文件，或已过期", "there is no such upload, or its time is over",
        "重新上传", "upload the file again";
    "upload_many" Conflict Operator,
        "上传的文件太多，还没有处理", "too many uploaded files are waiting",
        "先导入或删除已上传的文件", "import or remove some of them first";
    "upload_in_use" Conflict Operator,
        "运行 {run} 还在使用这个文件", "run {run} still reads this file",
        "等运行结束", "wait until the run is over";
    "upload_too_large" Invalid Operator,
        "文件超过 {most} MB", "the file is larger than {most} MB",
        "减少内容后重试", "send less";
    "upload_cut_short" Temporary Operator,
        "文件没有传完：{what}", "the file did not come in whole: {what}",
        "重新上传", "upload it again";
    "upload_disk" Configuration Operator,
        "文件无法保存：{what}", "the file cannot be kept: {what}",
        "检查数据目录能否写入、磁盘是否有空间", "check that the data folder can be written and that the disk has room";
    "upload_empty" Invalid Operator,
        "文件是空的", "there is nothing in the file",
        "检查文件", "look at the file";
    "upload_old_excel" Invalid Operator,
        "这是旧版 Excel 文件（.xls）或有密码的文件", "this is an old Excel file (.xls), or one with a password",
        "在 Excel 中去掉密码，另存为 .xlsx 或 CSV", "save it in Excel as .xlsx or CSV, without a password";
    "upload_no_table" Invalid Operator,
        "这不是 CSV 或 XLSX 文件", "this is neither a CSV nor an XLSX file",
        "上传 CSV 或 XLSX", "upload CSV or XLSX";
    "upload_unreadable" Invalid Operator,
        "文件无法读取：{what}", "the file cannot be read: {what}",
        "在 Excel 中打开并重新保存，再上传", "open it in Excel, save it again, and upload that";
    "upload_grows" Invalid Operator,
        "文件解压后过大（超过 {most} MB）", "the file grows to more than {most} MB when it is unpacked",
        "拆分文件，或另存为 CSV", "split it, or save it as CSV";
    "upload_sheet_unknown" NotFound Operator,
        "没有工作表“{sheet}”", "there is no sheet “{sheet}”",
        "从这些工作表中选择：{sheets}", "choose one of these sheets: {sheets}";
    "upload_no_header_in_sheet" Invalid Operator,
        "工作表“{sheet}”中没有找到表头行", "no row with headers was found on the sheet “{sheet}”",
        "指明表头在第几行，或选择另一张工作表：{sheets}", "say which row has the headers, or choose another sheet: {sheets}";
    "upload_no_header" Invalid Operator,
        "没有找到表头行", "no row with headers was found",
        "指明表头在第几行", "say which row has the headers";
    "upload_field_missing" Invalid Operator,
        "没有对应“{title_zh}”（{field}）的列", "no column is mapped to {title_en} ({field})",
        "为它选择一列", "choose a column for it";
    "upload_column_missing" Invalid Operator,
        "文件里没有列“{header}”（对应 {field}）", "the file has no column “{header}”, which is mapped to {field}",
        "检查表头，或重新对应", "check the headers, or map it anew";
    "upload_separator" Invalid Operator,
        "路径分隔符须为 1 至 3 个字符，不含引号和花括号", "what separates the names of a path has 1 to 3 characters, none of them a quote or a brace",
        "例如 /", "for example /";
    "upload_used" Conflict Operator,
        "这个文件已经由运行 {run} 导入", "run {run} has imported this file already",
        "重新上传", "upload it again";
    "upload_header_row" Invalid Operator,
        "表头的行号须在 1 与 {most} 之间", "the row of the headers is a number from 1 to {most}",
        "表头之上的内容太多时，先删去", "where more stands above the headers, delete it first";
    "upload_no_mapping" NotFound Operator,
        "没有保存列对应关系的工作流 {workflow}", "there is no workflow {workflow} that keeps a mapping of columns",
        "给出 columns，或换一个工作流", "give the columns, or name another workflow";
    "upload_workflow_taken" Conflict Operator,
        "编号 {workflow} 已被别的工作流使用，或有人手工改过它", "the workflow {workflow} is another one, or somebody changed it by hand",
        "换一个编号；要按它现有的内容导入，就不要给出 columns", "take another id; to import by it as it is, give no columns";
    "workflow_id_wrong" Invalid Operator,
        "“{id}”不能作为工作流编号", "`{id}` is no id of a workflow",
        "用小写字母、数字和下划线，以字母开头，例如 monthly_roster", "small letters, digits and underscores, a letter first: monthly_roster";
    "upload_column_twice" Invalid Operator,
        "列“{header}”同时对应 {other} 和 {field}", "the column “{header}” is mapped to both {other} and {field}",
        "每列只对应一个字段", "map each column to one field";
    "upload_state_wrong" Invalid Operator,
        "状态“{word}”不能解释为“{meaning}”", "the state “{word}” cannot mean `{meaning}`",
        "可用：active（在职）、disabled（停用）、left（离职）", "one of active, disabled, left";
    "upload_paths_joined" Invalid Operator,
        "有的行写了多个部门，不能同时按路径新建部门", "some rows name several departments, which cannot be made from their paths",
        "先建好部门再导入，或每行只写一个部门", "make the departments first, or name one in each row";
    "upload_zeros_lost" Configuration Hr,
        "工号 {key} 可能丢失了开头的零：以前是 {before}", "the employee number {key} may have lost zeros: it was {before} before",
        "把该列设为文本后重新填写；照现在的样子会当作另一个人，所以不导入", "make the column text and enter it again; as it is, it would count as somebody else, so nothing is imported";
    "upload_numbers" Configuration Hr,
        "工号列有 {number} 个单元格是数字而不是文本，开头的零（如 0013）已经丢失", "{number|1 employee number is a number|# employee numbers are numbers} and no text in Excel: zeros before it, as in 0013, are gone",
        "若工号没有开头的零，可忽略；否则把该列设为文本后重新填写", "if no employee number begins with a zero, ignore this; else make the column text, and enter them again";
    "upload_wide" Configuration Hr,
        "有 {number} 行在表头右边还有内容，没有读取", "{number|1 row has|# rows have} something right of the last header; it is not read",
        "给这些列加上表头，或删去", "give these columns headers, or delete them";
    "upload_merged" Configuration Hr,
        "有 {number} 处合并单元格，只有左上角的一格有值，其余按空值读取", "{number|1 range of cells is|# ranges of cells are} merged; only the first cell of a range has the value, the others are read as empty",
        "取消合并并填满每一行", "undo the merging and fill each row";
    "language_unknown" Invalid Operator,
        "没有语言“{word}”", "there is no language `{word}`",
        "可用：zh、en", "one of zh, en";
    "upload_formulas" Configuration Hr,
        "有 {number} 个单元格是公式，读取的是上次保存的计算结果", "{number|1 cell has a formula|# cells have formulas}; what was computed when the file was saved is read",
        "确认保存前已重新计算", "make sure that it was computed before it was saved";
    "upload_hidden_sheets" Configuration Hr,
        "有 {number} 个隐藏的工作表", "{number|1 sheet is|# sheets are} hidden",
        "确认选择了正确的工作表", "make sure that the right sheet is chosen";
    "directory_left" Conflict Operator,
        "此人已离开，不能禁用", "this person has left, so there is nobody to disable",
        "要恢复此人，请启用", "to bring the person back, enable them";
    "directory_one_parent" Invalid Operator,
        "部门只有一个上级部门", "a department has one department above it",
        "只给出一个", "name one";
    "directory_verb_wrong" Invalid Operator,
        "不能对它执行 {verb}", "`{verb}` is not done with this",
        "部门可以启用、移除、移动；人员还可以禁用", "departments are enabled, removed and moved; people are disabled as well";
    "directory_busy" Conflict Operator,
        "有运行正在写入目录，现在不能手工修改", "a run is writing to the directory right now",
        "运行结束后重试", "try again when it is over";
    "directory_count_differs" Conflict Operator,
        "现在符合条件的有 {found} 个，而不是 {expected} 个，没有改动任何内容", "the filter finds {found} now, not {expected}; nothing was changed",
        "重新查看列表后再试", "look at the list again, then try again";
    "directory_too_many" Invalid Operator,
        "一次最多处理 {most} 个", "at most {most} are changed at once",
        "缩小筛选范围，分几次进行", "narrow the filter, and do it in parts";
    "not_permitted" Configuration Operator,
        "没有权限：需要 {permission}", "this needs the permission {permission}",
        "请有权限的人来做，或请管理员授予权限", "ask somebody who has it, or an administrator to grant it";
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
    "resolve_what" Invalid Operator,
        "userid 和 code 必须填写一个，且只能写一个", "one of `userid` and `code` is needed, and not both",
        "只给出一个", "give one of them";
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
        "扫码的人不是本企业成员，没有登录", "whoever scanned the code is no member of the company; nobody was signed in",
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
        "写明接收人，或用 all_hidden 邀请所有看不到手机号的人", "name people, or say `all_hidden` for everybody whose mobile number is not known";
    "provider_connector" NotFound Operator,
        "连接器“{connector}”没有服务商代开发的方式", "connector `{connector}` has no provider's way",
        "可用的连接器：{names}", "connectors that have one: {names}";
    "provider_missing" Configuration ItAdmin,
        "还没有配置服务商", "no service provider is set up",
        "请运行本系统的人填写服务商的企业 ID、Secret 和代开发模板", "whoever runs the installation gives the provider's corp id, its secret and its template";
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
    "person_ambiguous" Conflict Operator,
        "“{key}”可能是几个人：{names}", "{key} may be several people: {names}",
        "用工号、账号或目录编号再查一次", "ask again by number, account or id";
    "retry_row_fine" Conflict Operator,
        "第 {row} 行没有出错，无需重试", "row {row} did not go wrong: there is nothing to repeat",
        "刷新后从出错的项中选择", "look again, and choose among the items that went wrong";
    "backup_of_database" Conflict Operator,
        "数据保存在数据库里，不能这样备份", "the data stand in a database, which is not backed up this way",
        "用数据库自己的工具备份（例如 pg_dump），并保存 master.key", "use the means of the database (pg_dump, for example), and keep master.key";
    "busy" Configuration Operator,
        "同时进行的大查询和导出太多", "too many large questions and exports are answered at once",
        "稍后再试", "try again in a moment";
    "streams_many" Configuration Operator,
        "同时打开的实时视图太多（每个账号最多 {most} 个）", "too many live views are open at once; an account has {most} at most",
        "关闭不用的窗口，稍后再试", "close those that nobody looks at, and try again later";
    "streams_runs_many" Invalid Operator,
        "一个实时视图最多关注 {most} 个运行", "one live view is about {most} runs at most",
        "减少运行，或按主题查看", "name fewer, or watch by topic";
    "topic_unknown" Invalid Operator,
        "没有主题“{word}”", "there is no topic {word}",
        "可用：runs、progress、items、waiting、connections", "there are runs, progress, items, waiting and connections";
    "topic_missing" Invalid Operator,
        "没有说明要看什么", "nothing to watch is named",
        "给出 topics：runs、progress、items、waiting、connections 中的一个或几个", "give topics: one or more of runs, progress, items, waiting and connections";
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
    "matching_filter_unknown" Invalid Operator,
        "“{word}”不是筛选条件", "`{word}` is not a filter",
        "可用的条件：all、open、decided、proposed、ambiguous、alone", "filters: all, open, decided, proposed, ambiguous, alone";
    "callback_unknown" NotFound Operator,
        "没有这个回调地址", "there is no such address for callbacks",
        "在账号连接页面复制回调地址", "copy the address from the connection" => ListConnections;
    "callbacks_many" Temporary Operator,
        "请求太多", "too many calls",
        "稍后再试", "try again later";
    "callback_receiver_unknown" NotFound Operator,
        "账号连接“{name}”没有回调地址“{receiver}”", "connection `{name}` has no address for callbacks called `{receiver}`",
        "查看这个账号连接的回调地址", "look at the addresses of this connection";
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
    "limit_too_high" Invalid Operator,
        "一次最多 {most} 项", "at most {most} are given at once",
        "用答复里的 next 取下一页", "take the next page by `next` of the answer";
    "cursor_invalid" Invalid Operator,
        "cursor 不是这个列表给出的", "the cursor is not one that this list gave",
        "从第一页重新开始", "begin again with the first page";
    "kind_unknown" Invalid Operator,
        "“{word}”既不是 department 也不是 user", "`{word}` is neither `department` nor `user`",
        "写 department 或 user", "write `department` or `user`";
    "run_id_invalid" Invalid Operator,
        "“{run}”既不是运行的 ID，也不是 WORKFLOW#NUMBER 这样的编号", "`{run}` is neither the id of a run nor WORKFLOW#NUMBER",
        "查看有哪些运行", "look at the runs that there are" => ListRuns;
    "run_number_invalid" Invalid Operator,
        "“{number}”不是运行的编号", "`{number}` is not the number of a run",
        "查看有哪些运行", "look at the runs that there are" => ListRuns;
    "run_number_unknown" NotFound Operator,
        "工作流“{workflow}”没有第 {number} 次运行", "workflow `{workflow}` has no run {number}",
        "查看有哪些运行", "look at the runs that there are" => ListRuns;
    "version_broken" Configuration Operator,
        "这次运行所用的工作流（版本 {version}）无法编译：{message}", "version {version} of the workflow cannot be compiled: {message}",
        "保存一个能编译的新版本", "save a new version that compiles";
    "run_without_plan" Conflict Operator,
        "{workflow} 的第 {no} 次运行没有预演：在算出预演之前就失败了：{why_zh}", "run {no} of {workflow} has no plan: it failed before there was one: {why_en}",
        "{hint_zh}", "{hint_en}";
    "version_none_active" Conflict Operator,
        "工作流“{workflow}”没有启用的版本", "workflow `{workflow}` has no active version",
        "启用它", "activate it" => ActivateWorkflow;
    "pruning" Conflict Operator,
        "正在清理旧的运行", "old runs are being pruned already",
        "几分钟后重试", "try again in a few minutes";
    "export_format_unknown" Invalid Operator,
        "不支持导出格式“{word}”", "the export format `{word}` is unknown",
        "可用的格式：json、jsonl、csv、xlsx", "formats: json, jsonl, csv, xlsx";
    "outcome_unknown" Invalid Operator,
        "“{word}”不是明细的结果", "`{word}` is not an outcome of items",
        "可用的结果：{words}", "outcomes: {words}";
    "run_state_unknown" Invalid Operator,
        "“{word}”不是运行的状态", "`{word}` is not a state of runs",
        "可用的状态：{words}", "states: {words}";
    "trigger_unknown" Invalid Operator,
        "“{word}”不是触发方式", "`{word}` is not a trigger",
        "可用的触发方式：{words}", "triggers: {words}";
    "time_invalid" Invalid Operator,
        "“{word}”不是时间", "`{word}` is not a time",
        "写成 2026-11-28T09:00:00+08:00、2026-11-28，或距今多久：90m、24h、7d", "write 2026-11-28T09:00:00+08:00, 2026-11-28, or how long ago: 90m, 24h, 7d";
    "picture_format_unknown" Invalid Operator,
        "不支持图形格式“{word}”", "the picture format `{word}` is unknown",
        "可用的格式：text、dot、svg、mermaid", "formats: text, dot, svg, mermaid";
    "removal_state_unknown" Invalid Operator,
        "“{word}”不是移除的状态", "`{word}` is not a state of removals",
        "可用的状态：{words}", "states: {words}";
    "removal_over" Conflict Operator,
        "移除 {id} 已经结束（{state}），没有可决定的", "removal {id} is {state}: there is nothing to decide",
        "查看在等决定的移除", "look at the removals that wait" => ListRemovals;
    "removal_planned_long_ago" Conflict Operator,
        "移除 {id} 是很久以前（{seen}）预演的", "removal {id} was planned too long ago, at {seen}",
        "再次运行工作流：会重新预演，之后就能批准", "run the workflow again: it is planned anew and can be approved then" => RunWorkflow;
    "removals_moved" Conflict Operator,
        "同一时间有一次运行得出了别的结果", "a run found something else at the same moment",
        "再次查看", "look again" => ListRemovals;
    "removal_choice_double" Invalid Operator,
        "要么给出移除的 ID，要么按条件选，不能同时", "either ids, or all that fit: not both",
        "去掉其中一个", "leave one of them out";
    "removals_not_counted" Invalid Operator,
        "没有说明看到了几项", "it is not said how many were seen",
        "在 expected 里写上列表给出的总数", "give the total of the list as `expected`" => ListRemovals;
    "removals_other_number" Conflict Operator,
        "符合条件的移除有 {waiting} 项，不是 {number} 项", "there {waiting|is 1 such removal|are # such removals}, not {number}",
        "再次查看", "look again" => ListRemovals;
    "removal_none_named" Invalid Operator,
        "没有指明是哪一项移除", "no removal is named",
        "给出 ID，或给出在等决定的总数", "give ids, or the number of all that wait" => ListRemovals;
    "removal_id_short" Invalid Operator,
        "“{id}”太短，不能指明一项移除", "`{id}` is too short to name a removal",
        "至少写 6 位", "give 6 digits or more" => ListRemovals;
    "removal_unknown" NotFound Operator,
        "没有移除“{id}”", "there is no removal `{id}`",
        "查看有哪些移除", "look at the removals that there are" => ListRemovals;
    "removal_id_ambiguous" Invalid Operator,
        "有多项移除以“{id}”开头", "several removals begin with `{id}`",
        "多写几位", "give more digits" => ListRemovals;
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
    "version_unknown" NotFound Operator,
        "工作流“{workflow}”没有版本 {version}", "workflow `{workflow}` has no version {version}",
        "查看这个工作流有哪些版本", "look at which versions the workflow has" => ListWorkflows;
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
    "connection_not_usable" Configuration ItAdmin,
        "连接“{alias}”：{why_zh}", "connection `{alias}`: {why_en}",
        "{hint_zh}", "{hint_en}";
    "capability_missing" Configuration ItAdmin,
        "E0506：连接“{alias}”缺少步骤“{step}”需要的 `{capability}`{why_zh}", "E0506: connection `{alias}` lacks `{capability}`, which step `{step}` needs{why_en}",
        "{hint_zh}", "{hint_en}" => TestConnection;
    "hook_path_taken" Conflict ItAdmin,
        "E0604：webhook 路径“{path}”属于工作流“{workflow}”", "E0604: the webhook path `{path}` belongs to workflow `{workflow}`",
        "换一个 `path`，或暂停并修改那个工作流", "choose another `path`, or pause and change that workflow";
    "hook_unknown" NotFound ItAdmin,
        "工作流“{workflow}”没有启用的 webhook“{path}”", "workflow `{workflow}` has no active webhook `{path}`",
        "路径写在 `on.webhook` 里；先启用工作流", "`on.webhook` names it; activate the workflow first" => ActivateWorkflow;
    "hook_refused" Configuration ItAdmin,
        "没有这个 webhook，或调用者不是它所属的一方", "there is no such webhook, or the caller is not the one it belongs to",
        "核对地址和密钥", "check the address and the secret";
    "hook_call_old" Invalid ItAdmin,
        "签名里的时间与本机相差 {apart} 秒，最多允许 {most} 秒：这是旧的调用，或有一方的时钟不准", "the signed time is {apart} seconds from the time here, and at most {most} are allowed: the call is an old one, or a clock is wrong",
        "重新签名后调用：{call}", "sign it anew and send {call}";
    "hook_time_unsigned" Invalid ItAdmin,
        "签名只覆盖正文，录下这次调用的人可以一直重放", "the signature covers the body alone, so whoever records this call could repeat it for ever",
        "把时间也签进去：{call}；发送方做不到时，在工作流里写 `verify: hmac_sha256_body`", "sign the time, too, and send {call}; write `verify: hmac_sha256_body` if the sender cannot";
    "hook_secret_kept_too_long" Invalid ItAdmin,
        "旧密钥最多再有效 7 天", "an old secret stays good for at most 7 days",
        "写一个不超过 7 天的时长", "give a time of 7 days or less";
    "idempotency_key_long" Invalid ItAdmin,
        "`Idempotency-Key` 最多 {most} 个字符", "`Idempotency-Key` has at most {most} characters",
        "缩短它", "make it shorter";
    "idempotency_key_reused" Conflict ItAdmin,
        "这个 `Idempotency-Key` 之前用于另一个操作，或随另一份正文来过", "this `Idempotency-Key` came with another operation or another body before",
        "每次调用用自己的名字，只有重发才用同一个", "give every call a name of its own; only a repetition has the same one";
    "idempotency_under_way" Conflict ItAdmin,
        "带这个 `Idempotency-Key` 的调用还在进行", "the call with this `Idempotency-Key` is still at work",
        "稍后用同一个名字再调用一次，就能得到它的结果", "call again a little later with the same one: it is answered as that call is";
    "idempotency_end_unknown" Conflict ItAdmin,
        "带这个 `Idempotency-Key` 的调用没有做完，进程就停止了，是否已经生效无从得知", "the process stopped in the middle of the call with this `Idempotency-Key`: nobody knows whether it was carried out",
        "先查看是否已经生效；没有时，换一个名字再调用", "look whether it was; if not, call again with another one";
    "idempotency_answer_gone" Conflict ItAdmin,
        "带这个 `Idempotency-Key` 的调用已经完成，当时的答复没有保存", "the call with this `Idempotency-Key` was carried out, and its answer is not kept",
        "查看现在的状态", "look at how things are now";
    "runs_wait_already" Temporary Operator,
        "工作流“{workflow}”已有 {number} 次运行在排队", "{number|1 run|# runs} of workflow `{workflow}` {number|waits|wait} to begin already",
        "等它们结束后再调用", "call again when they are over" => ListRuns;
    "too_many_calls" Temporary ItAdmin,
        "调用太频繁", "too many calls",
        "稍后再试", "call again later";
    "host_unknown" Configuration Operator,
        "接口只在 127.0.0.1、[::1] 和 localhost 上应答，而请求写的是别的主机", "the API answers at 127.0.0.1, [::1] and localhost only, and the request names another host",
        "使用数据目录中 server.json 里的地址", "use the address in server.json of the data folder";
    "caller_not_proved" Configuration Operator,
        "请求没有证明自己是谁：没有令牌或登录，或它无效、已过期、已撤销", "the request does not prove who sends it: there is no token or sign-in, or it is wrong, too old or revoked",
        "请登录，或使用有效的令牌；能读取数据目录的程序先调用 /api/v1/hello，docs/guide/scripting.md 里有示例", "sign in, or show a token that is good; a program that can read the data folder asks /api/v1/hello first, docs/guide/scripting.md shows how";
    "nonce_missing" Invalid Operator,
        "缺少 `Idflow-Nonce`：64 位十六进制数", "`Idflow-Nonce` is missing: 64 hex digits",
        "docs/guide/scripting.md 里有示例", "docs/guide/scripting.md shows how";
    "body_slow" Temporary Operator,
        "请求内容没有及时到达", "the body did not come in time",
        "检查网络后重试", "look at the network and try again";
    "folder_not_closed" Configuration Operator,
        "数据目录不能使用：{what}", "{what}",
        "目录里有姓名、手机号和密钥：请指定一个只属于自己的数据目录，或把权限收紧为 700", "it keeps names, phone numbers and keys: name a folder that is yours alone, or close this one (mode 700)" => ChooseFolder;
    "hook_body_not_json" Invalid ItAdmin,
        "请求内容不是 JSON：{what}", "the body is not JSON: {what}",
        "发送 JSON，或不发内容", "send JSON, or nothing";
    "template_unknown" NotFound Operator,
        "没有模板“{template}”", "there is no template `{template}`",
        "可用的模板：{names}", "templates: {names}" => ListTemplates;
    "connector_unknown" Invalid ItAdmin,
        "没有连接器“{connector}”", "there is no connector `{connector}`",
        "可用的连接器：{names}", "connectors: {names}";
    "connection_name_invalid" Invalid ItAdmin,
        "“{name}”不能作为连接的名字", "`{name}` cannot name a connection",
        "用小写字母、数字和 `_`，以字母开头，最多 64 个字符，例如 `wecom_main`", "use lower-case letters, digits and `_`, a letter first, at most 64 characters: `wecom_main`";
    "connection_name_taken" Conflict ItAdmin,
        "已有名为“{name}”的账号连接", "there is a connection `{name}` already",
        "换一个名字，或修改那个连接", "choose another name, or change that connection";
    "text_too_large" Invalid Operator,
        "内容超过 {most} KB", "the text is larger than {most} KB",
        "把它拆成几个工作流", "make several workflows of it";
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
    "mapping_unknown" NotFound ItAdmin,
        "没有映射“{mapping}”", "there is no mapping `{mapping}`",
        "可用的映射：{names}", "mappings: {names}";
    "preview_source" Conflict ItAdmin,
        "映射“{mapping}”读取 {source}，只有目录里的对象可以预览", "mapping `{mapping}` reads {source}; only objects of the directory can be shown here",
        "改为预演，查看结果", "plan the workflow to see what comes of it";
    "preview_nobody" NotFound ItAdmin,
        "目录里没有“{key}”", "the directory has no `{key}`",
        "换一个账号或工号，或先导入目录", "choose another account or employee number, or fill the directory first";
    "set_stale" Conflict Operator,
        "在你查看之后，工作流或文件有了变化，没有改动", "workflows or files have changed since the differences were shown; nothing was changed",
        "重新查看差异，再应用", "look at the differences again, then apply them";
    "set_has_errors" Invalid ItAdmin,
        "{number} 个文件有错误，没有改动", "{number|1 file has|# files have} errors; nothing was changed",
        "更正这些文件", "correct these files";
    "set_twice" Conflict ItAdmin,
        "{other} 也是工作流“{id}”", "{other} is workflow `{id}`, too",
        "给其中一个换一个 id", "give one of them another id";
    "set_empty" Invalid Operator,
        "没有工作流文件", "there are no workflow files",
        "给出至少一个 .yaml 文件；要归档全部工作流，请逐个归档", "give at least one .yaml file; to archive all workflows, archive each";
    "directory_empty" Configuration ItAdmin,
        "目录里还没有人员", "there is nobody in the directory yet",
        "先导入目录", "fill the directory first";
    "connection_needed" Configuration ItAdmin,
        "还没有 {title_zh} 的账号连接", "there is no connection to {title_en} yet",
        "添加一个 {connector} 连接", "add a connection of type {connector}" => AddConnection;
    "right_missing" Configuration ItAdmin,
        "连接“{name}”没有能力 {right}", "connection `{name}` is not able to do `{right}`",
        "测试这个连接，按结果更正", "test the connection and mend what it says";
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
    "note_too_long" Invalid Operator,
        "说明超过 {most} 个字符", "the note has more than {most} characters",
        "写得短一些", "make it shorter";
    "pause_nothing" Invalid Operator,
        "没有说明要暂停哪些工作流", "it is not said which workflows are to be paused",
        "给出工作流，或用 all 表示全部", "name the workflows, or say `all`";
    "count_differs" Conflict Operator,
        "看到的是 {seen} 个，现在是 {found} 个，没有改动", "{seen} were seen and there are {found} by now; nothing was changed",
        "重新查看后再做", "look again, then do it";
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
    "connection_wrong" Invalid ItAdmin,
        "连接：{why_zh}", "the connection: {why_en}",
        "{hint_zh}", "{hint_en}";
    "connection_double" Conflict ItAdmin,
        "连接“{name}”的 {fields} 与此相同", "connection `{name}` has the same {fields}",
        "使用那个连接，或核对这里是否填错", "use that connection, or check that these are right";
    "connection_elsewhere" Conflict ItAdmin,
        "{fields} 重复：这个账号已在别处接入", "{fields} is used already: this account is connected elsewhere",
        "核对是否填错；一个应用只能接入一次，可以为这里另建一个应用", "check that it is right; an app can be connected once only, so make another app for this use";
    "tenant_unknown" NotFound Operator,
        "没有租户“{id}”", "there is no tenant `{id}`",
        "查看有哪些租户", "look at the tenants that there are" => ListTenants;
    "tenant_taken" Conflict Operator,
        "租户“{id}”已存在", "there is a tenant `{id}` already",
        "换一个 ID", "choose another id";
    "tenant_id_invalid" Invalid Operator,
        "“{id}”不能作为租户的 ID", "`{id}` cannot be the id of a tenant",
        "以小写字母开头，只用小写字母、数字和 _，最多 64 个字符", "use lower-case letters, digits and `_`, a letter first, at most 64 characters";
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
    "retention_bounds" Invalid Operator,
        "保留天数“{field}”应在 {least} 到 {most} 天之间", "`{field}` is kept for {least} to {most} days",
        "换一个天数", "choose another number of days";
    "retention_order" Invalid Operator,
        "运行的内容只能随时间减少：变更 ≤ 失败 ≤ 运行，调用 ≤ 运行", "what is kept of a run can only become less with time: changes ≤ failures ≤ runs, and calls ≤ runs",
        "调整天数", "give other days";
    "tenant_name_invalid" Invalid Operator,
        "租户的名称要有 1 到 {most} 个字符", "the name of a tenant has 1 to {most} characters",
        "换一个名称", "choose another name";
    "tenant_from_the_start" Conflict Operator,
        "租户“{id}”自安装起就有，不能归档", "tenant `{id}` is there from the start and cannot be archived",
        "暂停其中的工作流，它就不会再启动任何运行", "pause its workflows, and it starts nothing by itself";
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
    "folder_not_absolute" Invalid Operator,
        "“{folder}”不是绝对路径", "`{folder}` is not an absolute path",
        "写出完整的路径", "give the whole path";
    "folder_missing" NotFound Operator,
        "没有目录 {folder}", "there is no folder {folder}",
        "给出含有 departments.csv 和 users.csv 的目录", "give a folder with departments.csv and users.csv";
    "folder_not_readable" Configuration Operator,
        "{folder} 无法读取：没有权限", "{folder} cannot be read: permission denied",
        "让运行 idflow 的用户能读取这个目录和其中的文件", "let the user that idflow runs as read the folder and its files";
    "import_file_missing" NotFound Operator,
        "{folder} 里没有 {file}", "{folder} has no {file}",
        "导入同时需要 departments.csv 和 users.csv：两者合起来是完整的状态；只有一份人员名单时，上传这个文件即可", "an import needs both departments.csv and users.csv: they are a full state. One list of people alone is uploaded as a file";
    "nothing_undecided" NotFound ItAdmin,
        "连接“{connection}”中没有关于“{key}”的待决定事项", "nothing about `{key}` of `{connection}` waits for a decision",
        "查看在等决定的对象", "look at what waits for a decision" => ListMatching;
    "decided_already" Conflict ItAdmin,
        "{who} 已决定是“{other}”，同一个人不能再是另一个账号", "{who} was decided to be `{other}`: nobody has two accounts of one connection",
        "先更改关于“{other}”的决定，或指明另一个人", "change what was decided about `{other}` first, or name another person" => ListMatching;
    "several_meant" Invalid ItAdmin,
        "可能是其中任何一个：{names}", "several could be meant: {names}",
        "用账号或姓名指明候选", "name one of the candidates, by its account or name";
    "link_missing" NotFound ItAdmin,
        "连接“{connection}”中的“{key}”没有绑定", "`{key}` of `{connection}` has no link",
        "查看有哪些绑定", "look at the links that there are" => ListLinks;
    "link_key_missing" Invalid ItAdmin,
        "没有给出新的标识，或与原来相同", "the new key is missing or the same",
        "给出新的标识", "give the new key";
    "link_taken" Conflict ItAdmin,
        "连接“{connection}”中的“{key}”已经是 {who}", "`{key}` of `{connection}` is {who} already",
        "需要时先解除这个绑定", "take that link away first where it is wrong" => RemoveLink;
    "run_at_work" Conflict Operator,
        "“{workflow}”的运行 {run} 正在进行", "run {run} of `{workflow}` is at work",
        "等它结束后重试", "try again when it is over";
    "nobody_called" NotFound ItAdmin,
        "目录里没有叫“{text}”的", "nobody in the directory is called `{text}`",
        "在目录里查找", "look who is there" => SearchDirectory;
    "several_called" Invalid ItAdmin,
        "目录里有几个叫“{text}”的", "several in the directory are called `{text}`",
        "给出账号或 ID", "give the account or the id" => SearchDirectory;
    "data_folder_failed" Configuration Operator,
        "无法创建 {folder}：{what}", "cannot make {folder}: {what}",
        "数据目录保存主密钥；请指定另一个数据目录", "the data folder keeps the master key; name another one" => ChooseFolder;
    "key_unreadable" Configuration Operator,
        "无法读取 {file}：{what}", "cannot read {file}: {what}",
        "检查文件的权限", "check who may read the file";
    "key_not_written" Configuration Operator,
        "无法写入 {file}：{what}", "cannot write {file}: {what}",
        "检查目录的权限和空间", "check that the folder can be written and has room";
    "key_command_failed" Configuration Operator,
        "程序 {program} 没有给出主密钥：{what}", "the program {program} does not give the master key: {what}",
        "检查 IDFLOW_MASTER_KEY 里的命令：它应输出 64 位十六进制数字", "check the command in IDFLOW_MASTER_KEY: it prints 64 hexadecimal digits";
    "key_wrong" Configuration Operator,
        "主密钥不是 64 位十六进制数", "the master key is not 64 hex digits",
        "检查环境变量 IDFLOW_MASTER_KEY，或数据目录中的 master.key 文件", "check IDFLOW_MASTER_KEY or the file master.key in the data folder";
    "key_lost" Conflict Operator,
        "数据里有 {number} 个加密保存的密钥，但主密钥不在：{file}", "the store holds {number|1 sealed secret|# sealed secrets}, but the master key is missing: {file}",
        "检查数据目录是否正确，或从备份放回主密钥，或设置 IDFLOW_MASTER_KEY。确实丢失时，生成新的主密钥（openssl rand -hex 32 > {file}; chmod 600 {file}），再重新填写每个密钥",
        "check that this is the right data folder, or put the key back from a backup, or set IDFLOW_MASTER_KEY. If it is lost for good, make a new one (openssl rand -hex 32 > {file}; chmod 600 {file}) and give every secret again" => AddConnection;
    "key_change_underway" Conflict Operator,
        "主密钥更换还没有完成：从 {from} 换到 {to}", "the change of the master key from {from} to {to} is not finished",
        "再执行一次 idflow store rotate-key；IDFLOW_MASTER_KEY 里要有两个密钥：新密钥;旧密钥",
        "run idflow store rotate-key once more, with both keys in IDFLOW_MASTER_KEY: NEW;OLD";
    "key_other" Conflict Operator,
        "数据由主密钥 {wanted} 加密，给出的却是 {given}", "the data are sealed with the master key {wanted}, and {given} was given",
        "检查 IDFLOW_MASTER_KEY 或数据目录中的 master.key，换成 {wanted}",
        "check IDFLOW_MASTER_KEY or the file master.key in the data folder: it has to be {wanted}";
    "key_two_needed" Configuration Operator,
        "IDFLOW_MASTER_KEY 里只有一个密钥", "there is one key only in IDFLOW_MASTER_KEY",
        "写成“新密钥;旧密钥”，例如 file:/etc/idflow/new.key;file:/etc/idflow/old.key",
        "give the new one and the old one, with a semicolon between them: file:/etc/idflow/new.key;file:/etc/idflow/old.key";
    "key_does_not_open" Conflict Operator,
        "给出的密钥打不开 {number} 个加密保存的密钥，例如“{name}”；没有做任何更改", "the keys given do not open {number|1 sealed secret|# sealed secrets}, as of `{name}`; nothing was changed",
        "检查旧的主密钥是否正确。如果这些密钥确实打不开，先重新填写，再更换主密钥",
        "check that the old master key is the right one. Where nobody can open these secrets any more, give them again before the change";
    "key_left_over" Bug Operator,
        "还有内容由旧的主密钥加密：{what}", "there is still something that the old master key has sealed: {what}",
        "保留两个密钥，再执行一次；仍然如此时，请把这条信息告诉 idflow 的维护者",
        "keep both keys and run it once more; if it stays, tell whoever maintains idflow";
    "no_randomness" Bug Operator,
        "系统没有给出随机数：{what}", "the system gives no randomness: {what}",
        "检查操作系统", "look at the operating system";
    "seal_failed" Bug Bug,
        "密钥无法加密保存", "the secret cannot be sealed",
        "请报告此问题", "please report this";
    "test_wrong" Invalid Operator,
        "测试无法进行：{what}", "{what}",
        "测试文件的格式见 workflows/README.md", "workflows/README.md describes the format of test files";
    "test_not_utf8" Invalid Operator,
        "{file}：第 {at} 个字节不是 UTF-8", "{file}: byte {at} is not UTF-8",
        "把文件另存为 UTF-8", "save the file as UTF-8";
    "directory_failed" Configuration Operator,
        "目录无法读取：{why_zh}", "the directory cannot be read: {why_en}",
        "{hint_zh}", "{hint_en}";
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
        "“{time}”不是一天中的时间", "`{time}` is no time of a day",
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
        "“{url}”不是可以调用的地址", "`{url}` is no address that can be called",
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
        "从规则中去掉或改正没有收到的地址", "take the addresses that did not get it out of the rule, or mend them";
    "mail_address" Invalid Operator,
        "“{address}”不是邮件地址", "`{address}` is no mail address",
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
    "hook_method" Invalid Operator,
        "这个地址不接受 {method}，只接受 {methods}", "this address does not take {method}, only {methods}",
        "改用它接受的方法，或在工作流的 `methods` 中加上", "use one that it takes, or name it under `methods` of the workflow";
    "hook_call_large" Invalid Operator,
        "查询参数和请求头合计超过 {most} KB", "query and headers are more than {most} KB",
        "把内容放在正文里", "send it as the body";
};
