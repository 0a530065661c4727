//! Files as a source: the folder of the case is the folder of the connection.

use async_trait::async_trait;

use super::stand_in::{Playing, Scene, StandIn};

/// The files of a case.
pub(super) struct Files;

#[async_trait]
impl StandIn for Files {
    fn connector(&self) -> &'static str {
        idflow_csv::SPEC.name
    }

    async fn start(&self, scene: &Scene<'_>) -> Result<Playing, String> {
        let folder = scene.files.map(|folder| ("folder".to_string(), folder.display().to_string()));
        Ok(Playing { settings: folder.into_iter().collect(), ..Playing::default() })
    }
}
