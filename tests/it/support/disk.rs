//! A small disk: a file system in memory, of a size that can be changed, which only the commands run on it can see. It is
//! mounted in a namespace of its own and goes with the process that holds that.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::eventually;

/// A small disk in place of a folder.
pub struct Disk {
    holder: Child,
    folder: PathBuf,
    user: bool,
}

impl Disk {
    /// Mounts one over this folder, which is made; `size` as mount(8) takes it. `None` after saying that this machine does
    /// not allow it.
    pub fn mount(folder: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(folder).expect("a folder");
        // Root may mount; others may in a namespace where they are root.
        for user in [false, true] {
            let script =
                "mount -t tmpfs -o mode=0700,size=\"$2\" tmpfs \"$1\" && touch \"$1/.there\" && exec sleep 600";
            let mut command = Command::new("unshare");
            command.arg("--mount").args(user.then_some("--map-root-user"));
            command.args(["sh", "-c", script, "sh"]).arg(folder).arg(size);
            let mut holder = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("unshare starts");
            let inside = PathBuf::from(format!("/proc/{}/root", holder.id()))
                .join(folder.strip_prefix("/").expect("an absolute path"))
                .join(".there");
            let there = eventually("a disk or none", Duration::from_secs(60), || {
                if holder.try_wait().expect("the holder is there").is_some() {
                    return Some(false);
                }
                inside.exists().then_some(true)
            });
            if there {
                return Some(Self { holder, folder: folder.into(), user });
            }
        }
        eprintln!("skipped: this machine allows no mount");
        None
    }

    /// The command, run where the disk can be seen.
    pub fn with(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.arg("--target").arg(self.holder.id().to_string()).arg("--mount");
        if self.user {
            inside.args(["--user", "--preserve-credentials"]);
        }
        if let Some(folder) = command.get_current_dir() {
            let mut wd = OsString::from("--wdns=");
            wd.push(folder);
            inside.arg(wd);
        }
        inside.arg("--").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside.stdin(Stdio::null());
        inside
    }

    /// Mounts it anew with these options: another size, read-only.
    pub fn remount(&self, options: &str) {
        let mut command = Command::new("mount");
        command.arg("-o").arg(format!("remount,{options}")).arg(&self.folder);
        let done = self.with(&command).status();
        assert!(done.is_ok_and(|done| done.success()), "remount {options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
