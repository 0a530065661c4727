//! Who was imported before, and whose keys in a file have lost the zeros that they had?

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use idflow_sdk::{Kind, text};

use crate::{
    app::{
        AppError, Desk,
        connect::IMPORT,
        uploads::{columns, flow::Mapping, reading},
    },
    connectors,
    store::links::{self, Pair},
};

/// The keys that are linked, by what is left of them without zeros at the beginning.
pub(super) type WithoutZeros = HashMap<String, String>;

pub(super) fn without_zeros(key: &str) -> Option<&str> {
    let digits = key.bytes().all(|byte| byte.is_ascii_digit());
    Some(key.trim_start_matches('0')).filter(|rest| digits && !rest.is_empty())
}

impl Desk<'_> {
    /// The keys that were imported, and those of them that begin with zeros by what is left without them.
    pub(super) async fn known_keys(&self) -> Result<(BTreeSet<String>, WithoutZeros), AppError> {
        let mut known = BTreeSet::new();
        let mut zeros = WithoutZeros::new();
        let pair = self.import_pair(Kind::User);
        links::all(&*self.store, &pair, |link| {
            let (source, _) = link.ends(&pair);
            if link.gone.is_none() {
                if let Some(rest) = without_zeros(source.key).filter(|rest| *rest != source.key) {
                    zeros.insert(rest.into(), source.key.to_string());
                }
                known.insert(source.key.to_string());
            }
        })
        .await?;
        Ok((known, zeros))
    }

    /// Refuses a file whose keys have lost the zeros that they had: everybody in it would be somebody else. A key that stands in
    /// the file with its zeros as well is another one.
    pub(in crate::app::uploads) async fn refuse_lost_zeros(
        &self,
        file: &Path,
        mapping: &Mapping,
    ) -> Result<(), AppError> {
        let (known, zeros) = self.known_keys().await?;
        if zeros.is_empty() {
            return Ok(());
        }
        let keys = keys_of(file, mapping).await?;
        let lost = keys.iter().filter(|key| !known.contains(*key)).find_map(|key| {
            let before = zeros.get(without_zeros(key)?)?;
            (!keys.contains(before)).then_some((key, before))
        });
        match lost {
            Some((key, before)) => {
                let refused = AppError::invalid("upload_zeros_lost").arg("key", key).arg("before", before);
                Err(refused.field("columns.external_id"))
            }
            None => Ok(()),
        }
    }

    /// The links between files that are imported and the directory.
    pub(super) fn import_pair(&self, kind: Kind) -> Pair {
        let target = connectors::DIRECTORY.name.to_string();
        Pair { tenant: self.tenant.clone(), source: IMPORT.into(), target, kind }
    }
}

/// The keys that stand in a file.
pub(super) async fn keys_of(file: &Path, mapping: &Mapping) -> Result<BTreeSet<String>, AppError> {
    let header = mapping.columns.get("external_id").map(|header| columns::folded(header)).unwrap_or_default();
    let each = |keys: &mut BTreeSet<String>, cell: &str| {
        keys.insert(text::trim(cell).to_string());
        true
    };
    reading::column(file, header, each).await
}
