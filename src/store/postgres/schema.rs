//! The tables, and how they come from one version to the next. A migration that was released is never changed; a new one
//! is added below it.

use sqlx::{
    AssertSqlSafe, PgConnection, Row, SqlSafeStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use crate::store::StoreError;

/// Version, name and text of each migration.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "store", include_str!("0001_store.sql"))];

/// What went wrong while the tables were made ready.
pub enum Failed {
    /// Something of the database.
    Database(sqlx::Error),
    /// Something that no repeat helps.
    Store(StoreError),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Brings the tables to this version. Several nodes may do it at the same time: one does, the others wait.
pub async fn ready(connection: &mut PgConnection, schema: &str) -> Result<(), Failed> {
    let known = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
    let there: (bool, bool) = {
        let row =
            sqlx::query("select to_regnamespace($1) is not null, to_regclass($1 || '._sqlx_migrations') is not null")
                .bind(schema)
                .fetch_one(&mut *connection)
                .await?;
        (row.try_get(0)?, row.try_get(1)?)
    };
    if there.1 {
        let newest: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(&mut *connection)
            .await?;
        let newest = newest.unwrap_or(0);
        if newest > known {
            return Err(Failed::Store(StoreError::Newer(format!(
                "its tables are of version {newest}, this program knows up to {known}"
            ))));
        }
        if newest == known {
            return Ok(());
        }
    }
    if !there.0 {
        // The name was checked when the address was read; it consists of letters, digits and _.
        let made = sqlx::raw_sql(AssertSqlSafe(format!("create schema if not exists {schema}")))
            .execute(&mut *connection)
            .await;
        match made {
            // Another node was faster.
            Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("42P06" | "23505")) => {}
            other => {
                other?;
            }
        }
    }
    let migrations = MIGRATIONS.iter().map(|(version, name, text)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect()).run_direct(None, connection, false).await.map_err(|error| {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Failed::Database(error),
            MigrateError::VersionMissing(version) => Failed::Store(StoreError::Newer(format!(
                "its tables are of version {version}, this program knows up to {known}"
            ))),
            other => {
                Failed::Store(StoreError::Corrupt(format!("the tables cannot be brought to this version: {other}")))
            }
        }
    })
}
