//! The component's allocator. Each invocation runs in a fresh instance, and the dearest
//! thing that a small one does is to let its memory grow: the host has to change the
//! protection of pages, twice, while every thread of the process waits. So the first bytes
//! come from an arena that the memory has from the start, untouched until it is used, and
//! only what needs more grows.
//!
//! talc (MIT) is made for WebAssembly and takes its heaps from a source of one's own.

use core::alloc::Layout;
use core::arch::wasm32::memory_grow;
use core::mem::MaybeUninit;

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

use crate::limits::{ARENA_BYTES, OVERHEAD_BYTES};

#[global_allocator]
static ALLOCATOR: TalcSyncCell<ArenaThenGrowth, WasmBinning> =
    TalcSyncCell::new_wasm(ArenaThenGrowth { arena_taken: false });

/// What a memory of WebAssembly grows by, in bytes.
const GROWTH_UNIT: usize = 64 << 10;

static mut ARENA: MaybeUninit<[u8; ARENA_BYTES]> = MaybeUninit::uninit();

/// Hands out the arena, then what the host grants.
#[derive(Debug)]
struct ArenaThenGrowth {
    arena_taken: bool,
}

// SAFETY: neither branch allocates.
unsafe impl Source for ArenaThenGrowth {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        if !talc.source.arena_taken {
            talc.source.arena_taken = true;
            // SAFETY: nobody else names the arena, and it is handed out once. Whether the
            // allocation fits is asked again afterwards.
            let heap = unsafe { talc.claim((&raw mut ARENA).cast(), ARENA_BYTES) };
            return heap.map(|_| ()).ok_or(());
        }
        let wanted = layout
            .size()
            .checked_add(layout.align() + OVERHEAD_BYTES)
            .ok_or(())?;
        let (base, bytes) = grow(wanted.max(ARENA_BYTES))
            .or_else(|| grow(wanted))
            .ok_or(())?;
        // SAFETY: these pages are new, and nobody else knows where they are.
        let heap = unsafe { talc.claim(base, bytes) };
        heap.map(|_| ()).ok_or(())
    }
}

/// New pages, at least `bytes`, unless the host refuses.
fn grow(bytes: usize) -> Option<(*mut u8, usize)> {
    let pages = bytes.div_ceil(GROWTH_UNIT);
    let before = memory_grow::<0>(pages);
    (before != usize::MAX).then(|| ((before * GROWTH_UNIT) as *mut u8, pages * GROWTH_UNIT))
}
