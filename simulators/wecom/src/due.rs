//! What happens by itself when its time has come: rows of imports, files of exports, tickets of providers.

use crate::api::{self, Moment};
use crate::callback::tell::{Ended, Origin};
use crate::corp::Corp;
use crate::errors::usual_text;
use crate::world::World;

/// The code of a job whose submitter is gone.
const EXPORT_FAILED: i64 = 302005;

impl World {
    /// Lets what is due by now happen: steps of imports, exports, tickets.
    pub fn settle(&mut self) {
        self.settle_imports();
        self.settle_exports();
        if !self.suites.is_empty() {
            self.settle_tickets();
        }
    }

    /// Whether something will happen by itself that somebody is to be told of.
    pub fn has_pending(&self) -> bool {
        let is_told = |corp: &Corp| {
            corp.exports.are_pending()
                || corp.jobs.running.as_ref().is_some_and(|job| job.callback.is_some() || self.listens(corp))
        };
        self.suites.values().any(|suite| suite.settings.receiver.is_some()) || self.corps.values().any(is_told)
    }

    fn settle_imports(&mut self) {
        let running = self.corps.values().filter(|corp| corp.jobs.running.is_some());
        let running: Vec<(String, bool)> = running.map(|corp| (corp.corpid.clone(), self.listens(corp))).collect();
        let now_ms = self.clock.now_ms();
        for (corpid, listens) in running {
            let Some(corp) = self.corps.get_mut(&corpid) else { continue };
            let Some(holder) = corp.jobs.running.as_ref().map(|job| job.holder) else { continue };
            if listens {
                corp.changes.listen();
            }
            let at = Moment {
                now_ms,
                number: 0,
                seed: self.seed,
                limits: &self.limits,
                import_speed: self.import_speed,
                export_speed: self.export_speed,
                base_url: &self.base_url,
                job_fails: None,
            };
            let advanced = api::import_run::advance(corp, at);
            self.log.count_rows(advanced.rows);
            for effect in advanced.effects {
                self.log.effects.push(effect);
            }
            self.tell_changes(&corpid, Origin::Call(holder), now_ms);
            if let Some(job) = advanced.ended {
                let errmsg = usual_text(job.errcode);
                let ended = Ended { jobid: &job.id, kind: job.kind, errcode: job.errcode, errmsg };
                self.tell_job(&corpid, job.holder, job.callback.as_ref(), &ended, now_ms);
            }
        }
    }

    fn settle_exports(&mut self) {
        let now_ms = self.clock.now_ms();
        let mut ended = Vec::new();
        for corp in self.corps.values_mut().filter(|corp| corp.exports.are_pending()) {
            for mut export in corp.exports.take_due(now_ms) {
                let files = api::export::write(corp, &export);
                let errcode = if files.is_some() { 0 } else { EXPORT_FAILED };
                export.files = Some(files);
                ended.push((corp.corpid.clone(), export.holder, export.id.clone(), export.kind.name(), errcode));
                corp.exports.add(export);
            }
        }
        for (corpid, holder, jobid, kind, errcode) in ended {
            let ended = Ended { jobid: &jobid, kind, errcode, errmsg: usual_text(errcode) };
            self.tell_job(&corpid, holder, None, &ended, now_ms);
        }
    }
}
