//! placeholder
use std::path::Path;
use crate::{Error, Progress};
pub(crate) fn build(_folder: &Path, _progress: &mut dyn FnMut(Progress)) -> Result<Vec<u8>, Error> { unreachable!() }
