//! Values of one type under keys of one kind: how they are read, written and listed, said once for all that is stored.
//!
//! A table knows its kind byte, the form of its values and the class that it is counted in. What stands in a key behind
//! the tenant is the business of the module that owns the table; it builds keys from [`Table::key`]. What a commit expects is
//! said by the method: [`Table::put`] expects nothing, [`Table::add`] that nothing is there, [`Table::replace`] and
//! [`Table::take`] what was read. All tables stand in [`super::tables`], from where `store check` and `store size` know them.

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Batch, Kv, StoreError,
    codec::{self, Loaded},
    keys::Key,
    pages::Pages,
};
use crate::model::id::Tenant;

/// Entries that a list reads at once.
const PAGE: usize = 1000;

/// How values are written. All forms are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// What is rare and grows fields.
    Json,
    /// What is plentiful and whose shape is frozen.
    Packed,
}

/// A table of values of one type.
pub struct Table<V> {
    kind: u8,
    part: &'static str,
    class: &'static str,
    form: Form,
    value: PhantomData<fn() -> V>,
}

impl<V> Table<V> {
    /// A table of this kind byte whose values are JSON; `class` is what its bytes are counted as.
    #[must_use]
    pub const fn json(kind: u8, class: &'static str) -> Self {
        Self { kind, part: "", class, form: Form::Json, value: PhantomData }
    }

    /// A table of this kind byte whose values are postcard.
    #[must_use]
    pub const fn packed(kind: u8, class: &'static str) -> Self {
        Self { kind, part: "", class, form: Form::Packed, value: PhantomData }
    }

    /// The part of a kind whose keys have this name behind the tenant: one kind byte may hold several tables.
    #[must_use]
    pub const fn part(mut self, name: &'static str) -> Self {
        self.part = name;
        self
    }

    /// The beginning of all keys of a tenant.
    #[must_use]
    pub fn key(&self, tenant: &Tenant) -> Key {
        self.below(Key::new(self.kind, tenant))
    }

    /// The beginning of all keys of a table that belongs to no tenant.
    #[must_use]
    pub fn key_of_store(&self) -> Key {
        self.below(Key::of_store(self.kind))
    }

    fn below(&self, key: Key) -> Key {
        if self.part.is_empty() { key } else { key.name(self.part) }
    }

    /// Deletes a value, if it is there.
    pub fn drop(&self, batch: &mut Batch, key: Key) {
        batch.deletes.push(key.bytes());
    }

    /// Deletes a value that is still as it was read.
    pub fn take(&self, batch: &mut Batch, key: Key, old: &Loaded<V>) {
        let key = key.bytes();
        batch.expect.push((key.clone(), Some(old.raw())));
        batch.deletes.push(key);
    }
}

impl<V: DeserializeOwned> Table<V> {
    /// A value.
    pub async fn get(&self, store: &dyn Kv, key: Key) -> Result<Option<V>, StoreError> {
        store.get(&key.bytes()).await?.as_deref().map(codec::unpack).transpose()
    }

    /// A value with the bytes it was read from, for a commit that expects it unchanged.
    pub async fn loaded(&self, store: &dyn Kv, key: Key) -> Result<Option<Loaded<V>>, StoreError> {
        Loaded::read(store.get(&key.bytes()).await?)
    }

    /// Values in the order of their keys, each for itself: one that cannot be read does not hide the others.
    pub async fn each(
        &self,
        store: &dyn Kv,
        keys: Vec<Key>,
    ) -> Result<Vec<Result<Option<Loaded<V>>, StoreError>>, StoreError> {
        let values = store.get_many(keys.into_iter().map(Key::bytes).collect()).await?;
        Ok(values.into_iter().map(Loaded::read).collect())
    }

    /// Values in the order of their keys; `None` where there is none.
    pub async fn many(&self, store: &dyn Kv, keys: Vec<Key>) -> Result<Vec<Option<V>>, StoreError> {
        let values = store.get_many(keys.into_iter().map(Key::bytes).collect()).await?;
        values.iter().map(|value| value.as_deref().map(codec::unpack).transpose()).collect()
    }

    /// All values below a key, in their order.
    pub async fn all(&self, store: &dyn Kv, below: Key) -> Result<Vec<V>, StoreError> {
        Ok(self.entries(store, below).await?.into_iter().map(|(_, value)| value).collect())
    }

    /// The same, each with what stands in its key behind `below`.
    pub async fn entries(&self, store: &dyn Kv, below: Key) -> Result<Vec<(Rest, V)>, StoreError> {
        let mut all = Vec::new();
        let mut pages = self.pages(below);
        while let Some(page) = pages.next(store).await? {
            for (rest, value) in page {
                all.push((rest, value?.value));
            }
        }
        Ok(all)
    }

    /// The same, page by page, each value for itself.
    #[must_use]
    pub fn pages(&self, below: Key) -> TablePages<V> {
        let prefix = below.bytes();
        TablePages { length: prefix.len(), pages: Pages::of_prefix(prefix, PAGE), value: PhantomData }
    }
}

impl<V: Serialize> Table<V> {
    fn bytes(&self, value: &V) -> Result<Vec<u8>, StoreError> {
        match self.form {
            Form::Json => codec::json(value),
            Form::Packed => codec::pack(value),
        }
    }

    /// Writes a value over whatever is there.
    pub fn put(&self, batch: &mut Batch, key: Key, value: &V) -> Result<(), StoreError> {
        batch.put(key.bytes(), self.bytes(value)?);
        Ok(())
    }

    /// Writes a value where there is none.
    pub fn add(&self, batch: &mut Batch, key: Key, value: &V) -> Result<(), StoreError> {
        self.replace(batch, key, None, value)
    }

    /// Writes a value over what was read; `None`: nothing was there.
    pub fn replace(&self, batch: &mut Batch, key: Key, old: Option<&Loaded<V>>, value: &V) -> Result<(), StoreError> {
        let key = key.bytes();
        batch.expect.push((key.clone(), old.map(Loaded::raw)));
        batch.put(key, self.bytes(value)?);
        Ok(())
    }

    /// Expects that this value is there.
    pub fn expect(&self, batch: &mut Batch, key: Key, value: &V) -> Result<(), StoreError> {
        batch.expect.push((key.bytes(), Some(self.bytes(value)?)));
        Ok(())
    }
}

/// What stands in a key behind the part that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest(Vec<u8>);

impl Rest {
    /// The name at this place.
    #[must_use]
    pub fn name(&self, index: usize) -> String {
        let name = self.0.split(|byte| *byte == 0).nth(index).unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// See [`Table::pages`].
pub struct TablePages<V> {
    length: usize,
    pages: Pages,
    value: PhantomData<fn() -> V>,
}

/// A page of a table: what stands in each key, and the value or why it cannot be read.
pub type TablePage<V> = Vec<(Rest, Result<Loaded<V>, StoreError>)>;

impl<V: DeserializeOwned> TablePages<V> {
    /// The next page; `None` at the end.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<TablePage<V>>, StoreError> {
        let Some(page) = self.pages.next(store).await? else { return Ok(None) };
        let rest = |key: &[u8]| Rest(key.get(self.length..).unwrap_or_default().to_vec());
        Ok(Some(page.into_iter().map(|(key, value)| (rest(&key), Loaded::of(value))).collect()))
    }
}

/// What the store as a whole knows of a kind of keys.
pub trait Described: Sync {
    /// Its kind byte.
    fn kind(&self) -> u8;

    /// The name behind the tenant, where a kind byte holds several tables.
    fn part_name(&self) -> &'static str;

    /// What it is counted as.
    fn class(&self) -> &'static str;

    /// Whether a value can be read.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&self, value: &[u8]) -> Result<(), StoreError>;

    /// Whether this key is one of its keys.
    fn holds(&self, key: &[u8]) -> bool {
        key.first() == Some(&self.kind()) && {
            let name = key.split(|byte| *byte == 0).nth(1).unwrap_or_default();
            self.part_name().is_empty() || name == self.part_name().as_bytes()
        }
    }
}

impl<V: DeserializeOwned> Described for Table<V> {
    fn kind(&self) -> u8 {
        self.kind
    }

    fn part_name(&self) -> &'static str {
        self.part
    }

    fn class(&self) -> &'static str {
        self.class
    }

    fn check(&self, value: &[u8]) -> Result<(), StoreError> {
        codec::unpack::<V>(value).map(|_| ())
    }
}

/// Keys that say all, or whose values have no type of their own.
pub struct Keys {
    kind: u8,
    class: &'static str,
    plain: bool,
}

impl Keys {
    /// Keys of this kind byte, counted as this.
    #[must_use]
    pub const fn new(kind: u8, class: &'static str) -> Self {
        Self { kind, class, plain: false }
    }

    /// The same for values that are bytes without a format.
    #[must_use]
    pub const fn plain(kind: u8, class: &'static str) -> Self {
        Self { kind, class, plain: true }
    }
}

impl Described for Keys {
    fn kind(&self) -> u8 {
        self.kind
    }

    fn part_name(&self) -> &'static str {
        ""
    }

    fn class(&self) -> &'static str {
        self.class
    }

    fn check(&self, value: &[u8]) -> Result<(), StoreError> {
        if value.is_empty() || self.plain { Ok(()) } else { codec::sound(value) }
    }
}
