//! The words of the program as plain data: what shall be done ([`plan`]) and what was seen ([`record`], [`load`], [`incident`], [`facts`]).
//!
//! Everything here is data with serde: no input, no output, no statistics. A record holds what was seen; what is *said*
//! about it is derived in `analysis` and never stored beside it.

pub mod engine;
pub mod facts;
pub mod incident;
pub mod load;
pub mod opinion;
pub mod plan;
pub mod record;
pub mod scrub;
pub mod secret;
pub mod trace;
