# For macOS on Apple silicon from another system, with LLVM's tools of the version LLVM and without
# Apple's SDK: a shared library links, since what it takes from the system is left open; a program
# would not.

set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR arm64)
set(WEBSOCKET_RUST_TARGET aarch64-apple-darwin)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES LLVM)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER clang-${LLVM})
set(CMAKE_C_COMPILER_TARGET arm64-apple-macos11)
find_program(CMAKE_AR llvm-ar-${LLVM} REQUIRED)
find_program(CMAKE_RANLIB llvm-ranlib-${LLVM} REQUIRED)
find_program(CMAKE_INSTALL_NAME_TOOL llvm-install-name-tool-${LLVM} REQUIRED)
find_program(CMAKE_OTOOL llvm-otool-${LLVM} REQUIRED)
find_program(darwin_linker ld64.lld-${LLVM} REQUIRED)
# The version of Apple's linker decides which options clang uses.
set(CMAKE_SHARED_LINKER_FLAGS_INIT
  "-mlinker-version=650 -fuse-ld=${darwin_linker} -nostdlib -Wl,-undefined,dynamic_lookup")
