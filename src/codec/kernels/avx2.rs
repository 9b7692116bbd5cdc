//! The code of [`super::blocks`] with registers of 32 octets.

use super::blocks;
use crate::codec::KEY;

/// Octets from which on the question is worth it.
pub const WORTH_IT: usize = 64;

/// Whether the processor has AVX2, the system saves its registers, and the build is not one that is
/// made to test what others have.
pub fn is_chosen() -> bool {
    let others =
        cfg!(any(feature = "plain-kernels-for-tests", feature = "baseline-kernels-for-tests"));
    !others && std::arch::is_x86_feature_detected!("avx2")
}

#[target_feature(enable = "avx2")]
pub fn unmask(octets: &mut [u8], key: [u8; KEY]) -> bool {
    blocks::unmask(octets, key)
}

#[target_feature(enable = "avx2")]
pub fn mask_copy(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    blocks::mask_copy(target, source, key);
}
