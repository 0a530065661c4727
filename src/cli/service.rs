//! `idflow service`: as a service of the machine (systemd).

use std::path::{Path, PathBuf};

use super::{
    Failure, Session, exit,
    lang::{both, say},
    output,
};

/// Where units of the machine stand.
const UNITS: &str = "/etc/systemd/system";
/// The settings of the service, one `NAME=VALUE` on each line.
const SETTINGS: &str = "/etc/idflow/idflow.env";

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print the systemd unit.
    Unit {
        /// The program; by default this one.
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
    },
    /// Write the systemd unit and an empty file of settings, and say how to start it.
    Install {
        /// The program; by default this one.
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
        /// Write below this folder instead of `/`, for packages and images.
        #[arg(long, value_name = "FOLDER", default_value = "/")]
        root: PathBuf,
        /// Replace a unit that is there.
        #[arg(long)]
        overwrite: bool,
    },
}

/// The unit: a user of its own, a folder of its own, and nothing of the machine that it does not need.
#[must_use]
pub fn unit(program: &Path) -> String {
    let program = program.display();
    format!(
        "# Written by `idflow service install`. Settings stand in {SETTINGS}, one NAME=VALUE on each line:
# IDFLOW_LISTEN=0.0.0.0:8443
# IDFLOW_PUBLIC_URL=https://id.example.com
# IDFLOW_TLS_CERT=/etc/idflow/cert.pem
# IDFLOW_TLS_KEY=/etc/idflow/key.pem
[Unit]
Description=idflow keeps identity systems in step
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={program} serve
Environment=IDFLOW_DATA_DIR=/var/lib/idflow
EnvironmentFile=-{SETTINGS}
DynamicUser=yes
StateDirectory=idflow
StateDirectoryMode=0700
WorkingDirectory=/var/lib/idflow
UMask=0077
Restart=on-failure
RestartSec=2
# Calls in flight are finished and written down; what is left goes on with the next start.
KillSignal=SIGTERM
TimeoutStopSec=45
LimitNOFILE=65536
LimitCORE=0
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
"
    )
}

fn program(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    match given {
        // systemd takes whole paths alone.
        Some(program) => std::path::absolute(&program).map_err(|error| Failure::file(program.display(), &error)),
        None => crate::config::program().map_err(|error| Failure::file("idflow", &error)),
    }
}

/// Runs the command.
pub fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Unit { program: given } => output::data(&unit(&program(given)?)),
        Command::Install { program: given, root, overwrite } => {
            let below = |path: &str| root.join(path.trim_start_matches('/'));
            let (units, settings) = (below(UNITS), below(SETTINGS));
            let file = units.join("idflow.service");
            if file.exists() && !overwrite {
                let file = file.display();
                return Err(Failure::new(both!("{file} 已经存在", "{file} is there already"))
                    .hint(both!("用 --overwrite 替换它", "replace it with --overwrite")));
            }
            let text = unit(&program(given)?);
            let write = |path: &Path, text: &str| {
                let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
                folder.and_then(|()| std::fs::write(path, text)).map_err(|error| Failure::file(path.display(), &error))
            };
            write(&file, &text)?;
            if !settings.exists() {
                write(&settings, "# IDFLOW_LISTEN=127.0.0.1:8080\n")?;
            }
            let (unit, settings) = (file.display(), settings.display());
            output::data(&say!(
                session.lang,
                "已写入 {unit}；设置在 {settings}",
                "wrote {unit}; settings stand in {settings}"
            ));
            output::say(session.text(
                "下一步：systemctl daemon-reload && systemctl enable --now idflow，然后用 journalctl -u idflow 查看第一个所有者的链接",
                "next: systemctl daemon-reload && systemctl enable --now idflow; journalctl -u idflow shows the link of the first owner",
            ));
        }
    }
    Ok(exit::DONE)
}
