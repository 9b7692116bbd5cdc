//! No sequence of calls makes the library panic, hang or lose an operation.

use proptest::collection::vec;
use proptest::prelude::*;

use super::arguments::Call;
use super::cases;
use super::strategies;
use super::world::World;

/// Each case begins with two handles that are connected, so that few calls are needed to get far.
fn beginning() -> impl Strategy<Value = Vec<Call>> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(first, second, extension)| {
        vec![
            Call::Connect { which: 0, client: first, extension, deflate: false },
            Call::Connect { which: 1, client: second, extension: !extension, deflate: extension },
        ]
    })
}

proptest! {
    #![proptest_config(cases(700))]
    #[test]
    fn any_calls_give_documented_results_and_every_operation_back(
        beginning in beginning(), calls in vec(strategies::call(), 0..150),
    ) {
        let mut world = World::default();
        for call in beginning.iter().chain(&calls) {
            world.call(call);
        }
        world.finish();
    }
}
