//! What the client says when nobody answers, or somebody else does.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    super::{
        Session,
        lang::{both, say},
        local::Lost,
        output,
        remote::known,
    },
    failure::Failure,
};
use crate::{
    app::{App, Settings},
    contract::problem::{Refusal, Text},
    server::note::Note,
    store::location::Location,
};

pub(super) fn lost(error: Lost) -> Failure {
    let Text { zh, en } = error.why;
    Failure::new(both!("服务没有响应：{zh}", "the server does not answer: {en}"))
        .hint(both!("`idflow serve` 是否还在运行？", "is `idflow serve` still running?"))
}

pub(super) fn lost_far(error: Lost) -> Failure {
    let Text { zh, en } = error.why;
    let failure = Failure::new(both!("服务没有响应：{zh}", "the server does not answer: {en}"));
    match error.unseen {
        true if error.hint.is_some() => Failure { hint: error.hint, ..failure },
        true => failure.hint(both!("检查地址和网络", "check the address and the network")),
        false => failure.hint(both!(
            "请求可能已经执行：先查看，再决定是否重试",
            "it may have been done: look first, then decide whether to try again"
        )),
    }
}

/// What the API said when it refused.
pub(super) fn refusal(answer: &[u8]) -> Failure {
    match serde_json::from_slice::<Refusal>(answer) {
        Ok(refusal) => refusal.into(),
        Err(_) => Failure::new(String::from_utf8_lossy(answer).trim().to_string()),
    }
}

pub(super) fn nothing_there(session: &Session<'_>) -> Failure {
    let place = session.settings().store;
    if let Err(error) = std::fs::read_dir(&session.data_dir)
        && error.kind() == std::io::ErrorKind::PermissionDenied
    {
        let folder = session.data_dir.display();
        return Failure::new(both!(
            "没有权限读取数据目录 {folder}",
            "the data folder {folder} cannot be read: permission denied"
        ))
        .hint(both!("请用建立它的用户运行", "run it as the user who made the folder"));
    }
    let nothing = Failure::new(both!("{place} 里没有 idflow 的数据", "there is no idflow data in {place}"));
    // Whoever works with a server elsewhere has asked here for what is about a machine.
    if let Some(url) = known(session.environment).ok().and_then(|servers| servers.current) {
        return nothing.hint(both!(
            "已登录 {url}，而这个命令只作用于存放数据的机器：请在那台机器上运行，并用 --data-dir 指定数据目录",
            "you are logged in to {url}, and this command is about the machine that has the data: run it there, with --data-dir"
        ));
    }
    nothing.hint(both!(
        "检查 --data-dir 或 IDFLOW_DATA_DIR；`idflow connection add`、`idflow directory import`、`idflow workflow create` 和 `idflow serve` 会新建数据目录。服务在别处的，先登录：`idflow login 地址`",
        "check --data-dir or IDFLOW_DATA_DIR; `idflow connection add`, `idflow directory import`, `idflow workflow create` and \
         `idflow serve` begin a new one. For a server elsewhere log in first: `idflow login ADDRESS`"
    ))
}

/// The folder holds phone numbers in clear, and was open to others until now.
pub(super) fn tell_open_folder(session: &Session<'_>, app: &App) {
    let Some(was_open) = app.was_open() else { return };
    let (folder, mode) = (session.data_dir.display(), &was_open.mode);
    output::say(&say!(
        session.lang,
        "警告：本机其他用户此前可以读取数据目录 {folder}（权限 {mode}），现已收紧为 700",
        "warning: others on this machine could read {folder} (mode {mode}); it is closed to them now (mode 700)"
    ));
    if was_open.key {
        output::say(session.text(
            "警告：主密钥 master.key 也曾对其他用户可读；如果本机还有别人使用，请更换连接的 Secret",
            "warning: that was so of master.key, too: if others use this machine, replace the secrets of your connections",
        ));
    }
}

/// The folder is ours, so a note in it is of a process that has ended. Whoever listens there now is told of, and never asked
/// again. Of a shared store nobody knows whether that process has ended, so its note stays.
pub(super) fn leave_behind(session: &Session<'_>, settings: &Settings, stranger: Option<&Note>) {
    if let Some(note) = stranger {
        output::say(session.lang.of(&stranger_text(note)));
        if matches!(settings.store, Location::Folder(_)) {
            note.remove(&session.data_dir);
        }
    }
}

/// Refuses where the server of a data folder works on another store than the one that is named.
pub(super) fn works_on(session: &Session<'_>, settings: &Settings, note: &Note) -> Result<(), Failure> {
    let (Some(_), Some(theirs)) = (&session.store, &note.store) else { return Ok(()) };
    if *theirs == settings.store.place() {
        return Ok(());
    }
    let (folder, pid, named) = (session.data_dir.display(), note.pid, settings.store.place());
    Err(Failure::new(both!(
        "数据目录 {folder} 正由服务（进程 {pid}）使用，它的存储是 {theirs}，不是 {named}",
        "the data folder {folder} is that of a server (process {pid}) that works on {theirs}, and not on {named}"
    ))
    .hint(both!(
        "要用该服务，就去掉 --store 和 IDFLOW_STORE；要用 {named}，就用 --data-dir 另指定一个数据目录",
        "leave out --store and IDFLOW_STORE to use that server; for {named} name another data folder with --data-dir"
    )))
}

/// Somebody answers where our server should, and is not it.
pub(super) fn stranger_text(note: &Note) -> Text {
    let Note { address, pid, .. } = note;
    both!(
        "警告：server.json 记录的服务地址 {address}（进程 {pid}）上有程序应答，但它不能证明自己是这个数据目录的服务，因此没有向它发送任何数据；\
         原来的服务多半已经停止，端口被别的程序占用。可以用 `idflow serve` 重新启动服务",
        "warning: somebody answers at {address}, where server.json says that the server of this folder (process {pid}) does, and \
         cannot prove to be it; nothing was sent there. That server has probably ended and another program has its port: \
         `idflow serve` starts it again"
    )
}

/// What a server of another version says may have another form.
pub(super) fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| {
        Failure::new(both!(
            "无法理解响应（{error}）；服务是否是另一个版本？",
            "the answer is not understood ({error}); is the server another version?"
        ))
    })
}
