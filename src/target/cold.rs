//! A cold page cache: files must come from the disk again.

use std::fs;

use super::error::Error;

/// Writes dirty pages out and drops the page cache, dentries and inodes (Documentation/admin-guide/sysctl/vm.rst).
pub(super) fn drop_page_cache() -> Result<(), Error> {
    nix::unistd::sync();
    fs::write("/proc/sys/vm/drop_caches", "3").map_err(Error::Cold)
}
