//! Templates of one's own: they leave an installation in bundles that it signs, and come into another one that trusts its key.
//!
//! A bundle is JSON that can be read, compared and kept in git. What is signed (Ed25519) is the compact JSON of its contents, so
//! it may be laid out anew and still holds. A signature proves who wrote a bundle, and nothing about whether that is wanted:
//! a key that nobody here has trusted is refused with its fingerprint, which two people compare by another way. Trust, and what is
//! there for all tenants, belongs to whoever runs the installation; what is a tenant's own, to whoever edits its workflows.

use idflow_sdk::Secret;
use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use sha2::{Digest, Sha256};

use super::{App, AppError, Desk, caller::Permission, templates, time, workflows::checked};
use crate::{
    contract::{
        page::{Page, Paging},
        template::{
            BundledTemplate, ExportTemplates, ImportTemplates, ImportedTemplates, TemplateBundle, TemplateContents,
            TemplateKey, TrustKey,
        },
    },
    engine::blocking::aside,
    model::hex::{from_hex, hex},
    store::{
        Batch, StoreError,
        templates::{self as kept, SigningKey, StoredTemplate, TrustedKey},
    },
};

/// The form of bundles.
const FORMAT: u32 = 1;
/// What a signature is for stands before what is signed, so that it is good for nothing else.
const PURPOSE: &[u8] = b"idflow template bundle 1\n";
/// What the private key is sealed for.
pub(super) const PLACE: &str = "templates/signing";
/// Templates of one bundle.
const MOST: usize = 100;
/// Characters of the name of a key.
const MOST_NAME: usize = 200;

/// What two people compare: the first 16 bytes of the SHA-256 of the public key, in groups of four digits.
fn fingerprint(public: &[u8]) -> String {
    let digits = hex(&Sha256::digest(public)[..16]);
    digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join("-")
}

/// What is signed.
fn signed(contents: &TemplateContents) -> Result<Vec<u8>, AppError> {
    let text = serde_json::to_vec(contents).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok([PURPOSE, &text].concat())
}

/// The public key of a bundle whose signature holds.
fn proved(bundle: &TemplateBundle) -> Result<Vec<u8>, AppError> {
    if bundle.contents.format != FORMAT {
        let newer = AppError::invalid("bundle_format").arg("format", bundle.contents.format.to_string());
        return Err(newer.field("bundle.contents.format"));
    }
    let tampered = || AppError::invalid("bundle_tampered").field("bundle.signature");
    let public = from_hex(&bundle.key).ok_or_else(tampered)?;
    let signature = from_hex(&bundle.signature).ok_or_else(tampered)?;
    let key = UnparsedPublicKey::new(&ED25519, &public);
    key.verify(&signed(&bundle.contents)?, &signature).map_err(|_| tampered())?;
    Ok(public)
}

impl App {
    /// The key by which this installation signs; it is made when it is needed first.
    async fn signing_key(&self) -> Result<Ed25519KeyPair, AppError> {
        let unreadable = || AppError::conflict("secret_unreadable").arg("name", "template bundles");
        if kept::signing(&*self.store).await?.is_none() {
            let failed = |_| AppError::invalid("seal_failed");
            let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(failed)?;
            let pair = Ed25519KeyPair::from_pkcs8(made.as_ref()).map_err(|_| AppError::invalid("seal_failed"))?;
            let sealed = self.sealer.seal(PLACE, &Secret::new(hex(made.as_ref())))?;
            let key = SigningKey { public: hex(pair.public_key().as_ref()), sealed, made: self.now() };
            match kept::keep_signing(&*self.store, &key).await {
                // Another node was faster: its key is the one.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let stored = kept::signing(&*self.store).await?.ok_or_else(unreadable)?;
        let secret = self.sealer.unseal(PLACE, &stored.sealed).ok_or_else(unreadable)?;
        let bytes = zeroize::Zeroizing::new(from_hex(secret.expose()).ok_or_else(unreadable)?);
        Ed25519KeyPair::from_pkcs8(&bytes).map_err(|_| unreadable())
    }

    /// Puts templates and workflows of the tenant into a bundle, and signs it.
    ///
    /// # Errors
    /// An id that there is not; none or too many; the store.
    pub async fn export_templates(&self, wanted: &ExportTemplates) -> Result<TemplateBundle, AppError> {
        let number = wanted.templates.len() + wanted.workflows.len();
        if number == 0 || number > MOST {
            return Err(AppError::invalid("bundle_size").arg("most", MOST.to_string()).field("workflows"));
        }
        let mut all: Vec<BundledTemplate> = Vec::new();
        for id in &wanted.templates {
            let found = self.any_template(id).await?;
            all.push(BundledTemplate { id: found.id, text: found.text, test: found.test });
        }
        for id in &wanted.workflows {
            all.push(BundledTemplate { id: id.clone(), text: self.workflow_text(id, None).await?.text, test: None });
        }
        all.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(pair) = all.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(AppError::invalid("bundle_twice").arg("id", &pair[0].id).field("workflows"));
        }
        let contents = TemplateContents {
            format: FORMAT,
            idflow: env!("CARGO_PKG_VERSION").into(),
            made: time(self.now()),
            templates: all,
        };
        let pair = self.signing_key().await?;
        let signature = hex(pair.sign(&signed(&contents)?).as_ref());
        Ok(TemplateBundle { contents, key: hex(pair.public_key().as_ref()), signature })
    }

    /// Whether bundles of this key are taken: it is our own, or somebody has trusted it.
    async fn is_trusted(&self, public: &[u8]) -> Result<bool, AppError> {
        let own = kept::signing(&*self.store).await?.is_some_and(|own| own.public == hex(public));
        Ok(own || kept::trusted(&*self.store, &fingerprint(public)).await?.is_some())
    }

    /// The keys whose bundles are taken, our own first.
    ///
    /// # Errors
    /// A wrong limit or cursor; the store.
    pub async fn template_keys(&self, wanted: &Paging) -> Result<Page<TemplateKey>, AppError> {
        let pair = self.signing_key().await?;
        let own = fingerprint(pair.public_key().as_ref());
        let mut all = vec![TemplateKey { fingerprint: own, own: true, name: String::new(), since: None, by: None }];
        all.extend(kept::all_trusted(&*self.store).await?.into_iter().map(shown));
        super::paging::cut(all, wanted.limit, wanted.cursor.as_deref())
    }

    /// Trusts a key no longer; what came by it stays.
    ///
    /// # Errors
    /// It is not trusted; the store.
    pub async fn distrust_key(&self, fingerprint: &str) -> Result<TemplateKey, AppError> {
        let unknown = || AppError::not_found("template_key_unknown").arg("fingerprint", fingerprint);
        let old = kept::trusted(&*self.store, fingerprint).await?.ok_or_else(unknown)?;
        let mut batch = Batch::default();
        kept::distrust(&mut batch, &old);
        self.store.commit(batch).await?;
        Ok(shown(old.value))
    }
}

fn shown(key: TrustedKey) -> TemplateKey {
    let TrustedKey { fingerprint, name, since, by } = key;
    TemplateKey { fingerprint, own: false, name, since: Some(time(since)), by: Some(by) }
}

impl Desk<'_> {
    /// Takes the templates of a bundle: for the tenant, or for all.
    ///
    /// # Errors
    /// A signature that does not hold, a key that nobody has trusted; templates with errors, or whose id ships with idflow or came
    /// by another key; the right to give something to all tenants; the store. Nothing is taken then.
    pub async fn import_templates(&self, wanted: &ImportTemplates) -> Result<ImportedTemplates, AppError> {
        if wanted.for_all {
            self.caller.needs(Permission::TenantManage)?;
        }
        let public = proved(&wanted.bundle)?;
        let by = fingerprint(&public);
        if !self.is_trusted(&public).await? {
            return Err(AppError::conflict("bundle_key_unknown").arg("fingerprint", by).field("bundle.key"));
        }
        let all = &wanted.bundle.contents.templates;
        if all.is_empty() || all.len() > MOST {
            return Err(AppError::invalid("bundle_size").arg("most", MOST.to_string()).field("bundle"));
        }
        let tenant = (!wanted.for_all).then_some(&self.tenant);
        let mut batch = Batch::default();
        let mut taken: Vec<String> = Vec::new();
        for template in all {
            let id = &template.id;
            if templates::find(id).is_ok() {
                return Err(AppError::conflict("template_ships").arg("id", id).field("bundle"));
            }
            if taken.contains(id) {
                return Err(AppError::invalid("bundle_twice").arg("id", id).field("bundle"));
            }
            let (compiled, _) = aside(|| checked(id, &template.text))?;
            if compiled.id != *id {
                let other = AppError::invalid("template_other_id").arg("id", id).arg("other", compiled.id.clone());
                return Err(other.field("bundle"));
            }
            let old = kept::get(&*self.store, tenant, id).await?;
            if let Some(other) = old.as_ref().filter(|old| old.value.signed_by != by) {
                let refused = AppError::conflict("template_other_key").arg("id", id);
                return Err(refused.arg("fingerprint", other.value.signed_by.clone()).field("bundle"));
            }
            let new = StoredTemplate {
                id: id.clone(),
                text: template.text.clone(),
                test: template.test.clone(),
                signed_by: by.clone(),
                imported: self.now(),
                by: self.caller.actor.clone(),
            };
            kept::put(&mut batch, tenant, old.as_ref(), &new)?;
            taken.push(id.clone());
        }
        self.store.commit(batch).await?;
        self.caller.trail.about(&by);
        let told = serde_json::json!({"templates": taken, "for_all": wanted.for_all, "signed_by": by});
        self.caller.trail.change(serde_json::Value::Null, told);
        Ok(ImportedTemplates { templates: taken, for_all: wanted.for_all, signed_by: by })
    }

    /// Removes a template that came in a bundle; workflows that were made from it stay.
    ///
    /// # Errors
    /// One that ships, or that there is not; the right to take something from all tenants; the store.
    pub async fn remove_template(&self, id: &str) -> Result<crate::contract::template::Template, AppError> {
        if templates::find(id).is_ok() {
            return Err(AppError::conflict("template_ships").arg("id", id));
        }
        let view = self.template(id).await?;
        let mut batch = Batch::default();
        match kept::get(&*self.store, Some(&self.tenant), id).await? {
            Some(old) => kept::take(&mut batch, Some(&self.tenant), &old),
            None => {
                let old = kept::get(&*self.store, None, id).await?;
                let old = old.ok_or_else(|| templates::unknown(id))?;
                self.caller.needs(Permission::TenantManage)?;
                kept::take(&mut batch, None, &old);
            }
        }
        self.store.commit(batch).await?;
        Ok(view)
    }

    /// Trusts the key of a bundle whose fingerprint somebody has compared.
    ///
    /// # Errors
    /// A bundle whose signature does not hold, or that another key has signed; a name that is none; the store.
    pub async fn trust_key(&self, wanted: &TrustKey) -> Result<TemplateKey, AppError> {
        let of_key = fingerprint(&proved(&wanted.bundle)?);
        let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        if plain(&of_key) != plain(&wanted.fingerprint) {
            let other = AppError::conflict("template_key_other").arg("fingerprint", of_key);
            return Err(other.arg("given", &wanted.fingerprint).field("fingerprint"));
        }
        let name = idflow_sdk::text::trim(&wanted.name);
        if name.is_empty() || name.chars().count() > MOST_NAME || name.chars().any(char::is_control) {
            return Err(AppError::invalid("template_key_name").arg("most", MOST_NAME.to_string()).field("name"));
        }
        let by = self.caller.actor.clone();
        let key = TrustedKey { fingerprint: of_key, name: name.into(), since: self.now(), by };
        let mut batch = Batch::default();
        kept::trust(&mut batch, &key)?;
        self.store.commit(batch).await?;
        self.caller.trail.about(&key.fingerprint);
        Ok(shown(key))
    }
}
