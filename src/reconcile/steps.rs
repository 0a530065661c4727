//! How much work was it? Counted in tests only, so that whatever grows with the square of the people fails one.

#[cfg(test)]
std::thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// So many objects, rows or waits were looked at.
pub(super) fn took(number: usize) {
    #[cfg(test)]
    STEPS.set(STEPS.get() + number);
    #[cfg(not(test))]
    let _ = number;
}

/// How many were looked at by this thread since the last call.
#[cfg(test)]
pub(super) fn since_last() -> usize {
    STEPS.replace(0)
}
