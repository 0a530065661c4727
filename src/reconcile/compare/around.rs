//! What is a row made by, beside its object?

use std::collections::HashMap;

use idflow_sdk::Record;

use crate::reconcile::{Known, task::Conform};

/// Records as they were last written, by source key.
pub type Written = HashMap<Box<str>, Record>;

/// What a row is made by, beside its object.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub known: &'a Known,
    pub written: &'a Written,
    pub conform: Conform<'a>,
}
