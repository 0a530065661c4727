//! House numbers (门牌号): a short word for each tenant that goes before the accounts which a sync makes, so that 0012zhangsan of one
//! tenant is nobody of another. A number is one tenant's for good: accounts are still called by it after it was changed.

use super::{App, AppError, expected::Expected, tenants::unknown};
use crate::{
    contract::tenant::{GiveHouseNumber, Tenant},
    store::{
        Batch, StoreError,
        tenants::{self, House},
    },
};

/// How long a number is, in characters.
const LENGTH: std::ops::RangeInclusive<usize> = 4..=8;
/// The form of the next free one.
const PATTERN: &str = "####";
/// Numbers that are looked at to find a free one.
const TRIES: u64 = 100_000;

fn fits(number: &str) -> bool {
    LENGTH.contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The number of this rank in a pattern; nothing where the pattern has no room for it.
fn numbered(pattern: &str, rank: u64) -> Option<String> {
    let width = pattern.bytes().filter(|byte| *byte == b'#').count();
    let digits = format!("{rank:0width$}");
    if digits.len() > width {
        return None;
    }
    let mut digits = digits.chars();
    Some(pattern.chars().map(|c| if c == '#' { digits.next().unwrap_or('0') } else { c }).collect())
}

impl App {
    /// Gives a tenant a house number: this one, or the next free one.
    ///
    /// # Errors
    /// There is no such tenant; a number that is none, or that is or was another tenant's; no number is free.
    pub async fn give_house_number(&self, id: &str, wanted: &GiveHouseNumber) -> Result<Tenant, AppError> {
        let tenant = self.known_tenant(id).await?.ok_or_else(|| unknown(id))?.id;
        let pattern = wanted.pattern.as_deref().unwrap_or(PATTERN);
        let written = wanted.number.as_deref().unwrap_or(pattern);
        let plain = if wanted.number.is_some() { written.to_string() } else { written.replace('#', "0") };
        if !fits(&plain) || wanted.number.is_none() && !pattern.contains('#') {
            let field = if wanted.number.is_some() { "number" } else { "pattern" };
            return Err(AppError::invalid("house_number_invalid").arg("number", written).field(field));
        }
        let number = match &wanted.number {
            Some(number) => {
                if !self.take_house(number, &tenant).await? {
                    return Err(AppError::conflict("house_number_taken").arg("number", number).field("number"));
                }
                number.clone()
            }
            None => self.next_house(pattern, &tenant).await?,
        };
        self.change_tenant(id, |row| row.house_number = Some(number.clone()), &Expected::Anything).await
    }

    /// Whether the number is this tenant's from now on, or was before.
    async fn take_house(&self, number: &str, tenant: &crate::model::id::Tenant) -> Result<bool, AppError> {
        if let Some(house) = tenants::house(&*self.store, number).await? {
            return Ok(house.value.tenant == *tenant);
        }
        let mut batch = Batch::default();
        tenants::take_house(&mut batch, number, &House { tenant: tenant.clone(), since: self.now() })?;
        match self.store.commit(batch).await {
            Ok(()) => Ok(true),
            // Somebody else was faster.
            Err(StoreError::Conflict) => {
                Ok(tenants::house(&*self.store, number).await?.is_some_and(|house| house.value.tenant == *tenant))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn next_house(&self, pattern: &str, tenant: &crate::model::id::Tenant) -> Result<String, AppError> {
        for rank in 1..=TRIES {
            let Some(number) = numbered(pattern, rank) else { break };
            if tenants::house(&*self.store, &number).await?.is_none() && self.take_house(&number, tenant).await? {
                return Ok(number);
            }
        }
        Err(AppError::conflict("house_numbers_out").arg("pattern", pattern).field("pattern"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_pattern() {
        for (pattern, rank, number) in
            [("####", 12, Some("0012")), ("SH##", 7, Some("SH07")), ("#A#B", 12, Some("1A2B")), ("SH##", 100, None)]
        {
            assert_eq!(numbered(pattern, rank).as_deref(), number, "{pattern} {rank}");
        }
        for (number, right) in
            [("0012", true), ("SH001234", true), ("012", false), ("0012 ", false), ("门牌0012", false)]
        {
            assert_eq!(fits(number), right, "{number}");
        }
    }
}
