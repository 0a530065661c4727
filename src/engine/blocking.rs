//! Work that takes long and waits for nothing: meanwhile the other tasks of its thread go on elsewhere. Requests are answered
//! and leases renewed while a large company is compared.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tokio::runtime::{Handle, RuntimeFlavor};

/// Whether there are other threads to go on.
fn are_others() -> bool {
    Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Does it here, and lets the others go on elsewhere.
pub fn aside<T>(work: impl FnOnce() -> T) -> T {
    if are_others() { tokio::task::block_in_place(work) } else { work() }
}

/// A future whose work between two waits may take long.
pub(super) struct Aside<F>(pub Pin<Box<F>>);

impl<F: Future> Future for Aside<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        aside(|| self.0.as_mut().poll(context))
    }
}
