//! The functions in any order on several handles, with contexts of other handles and of long ago, wrong
//! counts and numbers of every kind: documented results, and every operation comes back once.

use arbitrary::Unstructured;

use super::decode;
use super::world::World;

/// More calls add nothing but time.
const MOST: usize = 250;

pub fn run(data: &[u8]) {
    let (mut u, mut world) = (Unstructured::new(data), World::default());
    for _ in 0..MOST {
        if u.is_empty() {
            break;
        }
        // An input that ends inside a call ends before it.
        let Ok(call) = decode::call(&mut u) else { break };
        world.call(&call);
    }
    world.finish();
}
