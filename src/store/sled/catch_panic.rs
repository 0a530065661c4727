//! sled panics where it meets damaged bytes. Here a panic becomes an error, without the noise on standard error.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use crate::store::StoreError;

thread_local! {
    static CALM: Cell<bool> = const { Cell::new(false) };
}

/// Does something with sled.
///
/// # Errors
/// Those of the work; [`StoreError::Corrupt`] when it panics.
pub fn calmly<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if CALM.get() {
                tracing::debug!(%panic, "the store panicked");
            } else {
                others(panic);
            }
        }));
    });
    let before = CALM.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    CALM.set(before);
    done.unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        Err(StoreError::Corrupt(format!("its files are damaged ({})", text.lines().next().unwrap_or_default())))
    })
}
