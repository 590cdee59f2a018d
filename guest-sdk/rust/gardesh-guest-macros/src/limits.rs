//! Every bound of the attributes, with the reason for its number.

/// Bytes of the name of a step or a trigger, as `wit/` promises. A longer one is a compile error.
pub const MAX_NAME_BYTES: usize = 100;
