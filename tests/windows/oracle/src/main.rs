//! Prints every constant, size and offset of the API as Microsoft's metadata has them, to be
//! compared with what `facts.c` prints of our headers. Then calls our DLL by the prototypes of the
//! metadata: a handshake, a message and a close. Ends with 0 only if all came as expected.

mod calls;
mod facts;

fn main() {
    facts::print();
    calls::exchange();
}
