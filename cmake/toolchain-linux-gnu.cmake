# What the toolchain files for Debian's cross compilers share. CMAKE_SYSTEM_PROCESSOR is set, and
# debian_architecture is what Debian calls it. Programs that are built run under qemu-user.

set(CMAKE_SYSTEM_NAME Linux)
set(triplet ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)

find_program(cross_gcc ${triplet}-gcc)
if(NOT cross_gcc)
  message(FATAL_ERROR "no ${triplet}-gcc; install it with: "
    "apt-get install gcc-${triplet} libc6-dev-${debian_architecture}-cross")
endif()
set(CMAKE_C_COMPILER ${cross_gcc})
# Only the tests are C++ in part.
set(CMAKE_CXX_COMPILER ${triplet}-g++)
set(WEBSOCKET_RUST_TARGET ${CMAKE_SYSTEM_PROCESSOR}-unknown-linux-gnu)

set(cross_root /usr/${triplet})
include(${CMAKE_CURRENT_LIST_DIR}/cross-root.cmake)

# Another emulator, or none on the machine itself, by -DCMAKE_CROSSCOMPILING_EMULATOR=.
if(NOT DEFINED CMAKE_CROSSCOMPILING_EMULATOR)
  set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${CMAKE_SYSTEM_PROCESSOR} -L /usr/${triplet})
endif()
