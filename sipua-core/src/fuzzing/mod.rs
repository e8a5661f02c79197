//! What the fuzz targets run: each takes any bytes, and panics when a promise is broken.

mod digest;
mod endpoint;
mod message;
mod stream;
mod transactions;

pub use digest::digest;
pub use endpoint::endpoint;
pub use message::message;
pub use stream::stream;
pub use transactions::transactions;
