//! Uploads: whatever becomes of their requests, the blob is stored whole and once, or there is a reason why not.

mod driver;
mod registry;

mod blob;
mod stream;
mod table;
mod wild;
