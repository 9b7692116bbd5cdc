# Debian's cross compiler for 64-bit ARM.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(debian_architecture arm64)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-linux-gnu.cmake)
