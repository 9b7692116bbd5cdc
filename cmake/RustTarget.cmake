# The Rust target, where it is not the machine that builds: WEBSOCKET_RUST_TARGET, which a toolchain
# file sets. Gives rust_target_environment for cargo, and rust_target_folder, the part of the path
# that cargo then puts before the profile's.

set(rust_target_environment)
set(rust_target_folder)
if(CMAKE_CROSSCOMPILING AND NOT WEBSOCKET_RUST_TARGET)
  message(FATAL_ERROR "which Rust target is this? set WEBSOCKET_RUST_TARGET in the toolchain file, "
    "as cmake/toolchain-aarch64-linux-gnu.cmake does")
endif()
if(WEBSOCKET_RUST_TARGET)
  find_program(RUSTC rustc REQUIRED)
  execute_process(COMMAND ${RUSTC} --print target-libdir --target ${WEBSOCKET_RUST_TARGET}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    OUTPUT_VARIABLE rust_standard_library OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  if(NOT EXISTS ${rust_standard_library})
    message(FATAL_ERROR "no Rust for ${WEBSOCKET_RUST_TARGET}; install it with: "
      "rustup target add ${WEBSOCKET_RUST_TARGET}")
  endif()
  string(TOUPPER ${WEBSOCKET_RUST_TARGET} rust_target_variable)
  string(REPLACE - _ rust_target_variable ${rust_target_variable})
  set(rust_target_environment
    CARGO_BUILD_TARGET=${WEBSOCKET_RUST_TARGET}
    CARGO_TARGET_${rust_target_variable}_LINKER=${CMAKE_C_COMPILER})
  set(rust_target_folder ${WEBSOCKET_RUST_TARGET}/)
endif()
