//! The organisation that ships with the product: generated, so that a clone needs no data.

pub mod organisation;
mod words;
