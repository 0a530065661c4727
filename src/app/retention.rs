//! How long runs are kept, how much room they take, and the disk.

use std::{path::Path, time::Duration};

use super::{App, AppError, Desk, caller::Permission, time};
use crate::{
    contract::{
        problem::Text,
        run::Pinned,
        store::{Compacted, Disk, DiskLevel, Prune, Pruned, SizeClass, Sizes},
    },
    engine::disk_space::Level,
    model::{
        id::{RunId, Tenant},
        retention::Retention,
    },
    store::{Batch, StoreError, compact, indexing, retention, retention::Ages, sizes, tenants},
};

/// How often old runs are looked for.
const EVERY_MS: i64 = 24 * 3600 * 1000;
/// How long a pass may take before another node may think that this one is gone. Each of its commits is refused then.
const TTL: Duration = Duration::from_secs(600);
/// How often a server asks itself whether it is time.
const LOOK: Duration = Duration::from_secs(3600);
/// Between two pieces of work on indexes.
const INDEX_BREATH: Duration = Duration::from_millis(2);
/// How often work on indexes is looked for.
const INDEX_LOOK: Duration = Duration::from_secs(2);
/// After an error.
const INDEX_PAUSE: Duration = Duration::from_secs(60);

/// The store of this process is closed for good: everything is refused. A disk that was full for a moment is enough, because
/// nobody knows then what of the last commit is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// A new process can open it, once there is room.
    ForNow,
    /// Something is missing or damaged: a person has to look.
    Damaged,
}

impl App {
    /// Keeps a run whole until it is unpinned.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn pin_run(&self, run: RunId, pinned: bool) -> Result<Pinned, AppError> {
        self.header(run).await?;
        let mut batch = Batch::default();
        retention::pin(&mut batch, &self.tenant, run, pinned);
        self.store.commit(batch).await?;
        Ok(Pinned { run: run.to_string(), pinned })
    }

    /// Forgets what is older than these ages; what is not given is as the tenant's settings say. One node at a time.
    ///
    /// # Errors
    /// Those of the store; a conflict while another node is at it.
    pub async fn prune(&self, prune: &Prune) -> Result<Pruned, AppError> {
        let settings = self.retention().await?;
        let usual = Ages::of(&settings);
        let ages = Ages {
            calls: prune.calls.unwrap_or(usual.calls),
            changes: prune.changes.unwrap_or(usual.changes),
            failures: prune.failures.unwrap_or(usual.failures),
            headers: prune.headers.unwrap_or(usual.headers),
        };
        if ages.changes > ages.failures || ages.failures > ages.headers {
            return Err(AppError::invalid("retention_order"));
        }
        let name = format!("{}/retention", self.tenant.as_str());
        let node = crate::model::id::new_ulid(self.now());
        let Some(epoch) = self.store.claim(&name, &node, TTL).await? else {
            return Err(AppError::conflict("pruning"));
        };
        let fence = Some((name.clone(), epoch));
        let pruned = retention::prune(&*self.store, &self.tenant, self.now(), ages, fence).await;
        let old = self.now().saturating_sub(Retention::ms(settings.audit));
        let audit = match &pruned {
            Ok(_) => self.who().recorder().forget_before(&self.tenant, old).await,
            Err(_) => Ok(0),
        };
        self.store.release(&name, epoch).await?;
        let retention::Pruned { calls, changes, failures, headers } = pruned?;
        Ok(Pruned { calls, changes, failures, headers, audit: audit? })
    }

    /// Brings the indexes of an older store up to date, in pieces, and does what was put off; as long as it is awaited.
    pub async fn index_always(&self) {
        loop {
            match indexing::step(&*self.store).await {
                // Whoever has a person waiting comes first.
                Ok(true) => tokio::time::sleep(INDEX_BREATH).await,
                Ok(false) => tokio::time::sleep(INDEX_LOOK).await,
                Err(error) => {
                    tracing::warn!(%error, "an index could not be written; it is tried again");
                    tokio::time::sleep(INDEX_PAUSE).await;
                }
            }
        }
    }

    /// Prunes every tenant once a day, by the engine's clock, as long as it is awaited. One that is put away keeps its data.
    pub async fn prune_daily(&self) {
        loop {
            let begun = self.now();
            let trusted = self.engine.trusts_clock().await.unwrap_or(false);
            match tenants::all(&*self.store).await {
                Ok(all) if trusted => {
                    for row in all.iter().filter(|row| row.archived.is_none()) {
                        self.of(&row.id).prune_if_due().await;
                    }
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "tenants cannot be read, so old runs are not pruned yet"),
            }
            // Counted from the beginning of the look: a clock that was moved meanwhile is noticed.
            let spent = u64::try_from(self.now().saturating_sub(begun)).unwrap_or(0);
            self.engine.core().clock.sleep(LOOK.saturating_sub(Duration::from_millis(spent))).await;
        }
    }

    /// Prunes this tenant, if its last pass is a day ago.
    async fn prune_if_due(&self) {
        let tenant = self.tenant.as_str();
        match retention::last_pass(&*self.store, &self.tenant).await {
            // A pass of a time that is still to come was made by a clock that was wrong.
            Ok(last) if !(0..EVERY_MS).contains(&self.now().saturating_sub(last)) => {
                match self.prune(&Prune::default()).await {
                    Ok(pruned) => tracing::info!(tenant, ?pruned, "old runs were pruned"),
                    Err(error) => tracing::warn!(tenant, %error, "old runs could not be pruned; it is tried again"),
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(tenant, %error, "the time of the last pruning cannot be read"),
        }
    }

    /// Bytes on disk, and what they hold by class; of this tenant only, or of all.
    async fn sizes_of(&self, tenant: Option<&Tenant>) -> Result<Sizes, AppError> {
        let classes = sizes::by_class(&*self.store, tenant).await?;
        let live = classes.iter().map(|class| class.bytes).sum();
        let last = retention::last_pass(&*self.store, &self.tenant).await?;
        let class =
            |class: &sizes::Class| SizeClass { class: class.name.into(), entries: class.entries, bytes: class.bytes };
        Ok(Sizes {
            on_disk: if tenant.is_none() { self.store.size().await? } else { live },
            live,
            classes: classes.iter().map(class).collect(),
            pruned: (last > 0).then(|| time(last)),
            disk: self.disk(),
            clock_doubted_since: self.engine.clock_doubt().map(time),
        })
    }

    /// Whether this process can do nothing with its store any more, and what may mend that.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        Some(match self.store.closed()? {
            StoreError::Corrupt(_) => Closed::Damaged,
            _ => Closed::ForNow,
        })
    }

    /// Free space of the data folder and what it means; nothing when nobody looks.
    #[must_use]
    pub fn disk(&self) -> Option<Disk> {
        self.engine.room().map(|look| Disk {
            free: look.free,
            floor: look.floor,
            level: match look.level() {
                Level::Plenty => DiskLevel::Plenty,
                Level::Low => DiskLevel::Low,
                Level::Full => DiskLevel::Full,
            },
        })
    }
}

impl Desk<'_> {
    /// Bytes on disk, and what they hold by class: of all tenants for whoever runs the installation, else of the caller's.
    pub async fn sizes(&self) -> Result<Sizes, AppError> {
        let all = self.caller.may(Permission::TenantManage);
        self.sizes_of((!all).then_some(&self.caller.tenant)).await
    }
}

/// What a person should be told of the disk; `None`: nothing.
#[must_use]
pub fn disk_warning(disk: Option<&Disk>) -> Option<Text> {
    let disk = disk?;
    let (free, floor) = (disk.free? >> 20, disk.floor >> 20);
    let (zh, en) = match disk.level {
        DiskLevel::Plenty => return None,
        DiskLevel::Low => ("快满了", "nearly full"),
        DiskLevel::Full => ("已满", "full"),
    };
    Some(Text {
        zh: format!("数据目录所在的磁盘{zh}：还剩 {free} MB，低于 {floor} MB 时不接受新的运行"),
        en: format!("the disk of the data folder is {en}: {free} MB are left, new runs are refused below {floor} MB"),
    })
}

/// Copies the store of a folder that nobody uses into fresh files.
///
/// # Errors
/// Those of [`compact::compact`].
pub async fn compact_folder(folder: &Path) -> Result<Compacted, AppError> {
    let folder = folder.to_path_buf();
    let done = tokio::task::spawn_blocking(move || compact::compact(&folder)).await;
    let done = done.map_err(|error| crate::store::StoreError::Unavailable(error.to_string()))??;
    Ok(Compacted { before: done.before, after: done.after, entries: done.entries })
}

/// The same, where it pays. A folder that cannot be compacted is left as it is: opening it tells what is wrong with it.
pub async fn compact_if_worthwhile(folder: &Path) -> Option<Compacted> {
    if !compact::is_worthwhile(folder) {
        return None;
    }
    match compact_folder(folder).await {
        Ok(done) => Some(done),
        Err(error) => {
            tracing::warn!(%error, "the store could not be compacted");
            None
        }
    }
}
