//! Refusals about the store, the master key and what a server keeps in its folder.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
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
        "目录：检查能否写入；数据库：检查是否在运行，地址和 sslmode 是否正确，密码是否在 PGPASSFILE 所指的文件里（权限 600）。已接受的运行不会丢失", "a folder: see that it can be written; a database: that it runs, that its address and `sslmode` are right, and that the password stands in the file that PGPASSFILE names (mode 0600). What was accepted is not lost";
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
        "等另一个命令结束；若是服务在运行，先停止服务：这个命令要独占数据目录", "wait until the other command has ended; where it is a server, stop it first: this command needs the folder for itself";
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
    "folder_closed" Configuration Operator,
        "通过网络不能读取服务器上的 {folder}", "{folder} of the server is not read for somebody who comes over the network",
        "请上传文件；或把文件放进数据目录的 import 文件夹；运行服务的人可以用 IDFLOW_IMPORT_ROOTS 开放别的文件夹", "upload the file, or put it into the folder `import` of the data folder; whoever runs the server can open others with IDFLOW_IMPORT_ROOTS" => UploadPeople;
    "backup_of_database" Conflict Operator,
        "数据保存在数据库里，不能这样备份", "the data stand in a database, which is not backed up this way",
        "用数据库自己的工具备份（例如 pg_dump），并保存 master.key", "use the means of the database (pg_dump, for example), and keep master.key";
    "pruning" Conflict Operator,
        "正在清理旧的运行", "old runs are being pruned already",
        "几分钟后重试", "try again in a few minutes";
    "folder_not_closed" Configuration Operator,
        "数据目录不能使用：{what}", "{what}",
        "目录里有姓名、手机号和密钥：请指定一个只属于自己的数据目录，或把权限收紧为 700", "it keeps names, phone numbers and keys: name a folder that is yours alone, or close this one (mode 700)" => ChooseFolder;
    "retention_bounds" Invalid Operator,
        "保留天数“{field}”应在 {least} 到 {most} 天之间", "`{field}` is kept for {least} to {most} days",
        "换一个天数", "choose another number of days";
    "retention_order" Invalid Operator,
        "运行的内容只能随时间减少：变更 ≤ 失败 ≤ 运行，调用 ≤ 运行", "what is kept of a run can only become less with time: changes ≤ failures ≤ runs, and calls ≤ runs",
        "调整天数", "give other days";
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
    "directory_failed" Configuration Operator,
        "目录无法读取：{why_zh}", "the directory cannot be read: {why_en}",
        "{hint_zh}", "{hint_en}";
};
