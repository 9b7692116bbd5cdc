# The folders of the machine that builds do not belong into what is installed: they tell nobody
# anything, and they change its octets from one machine to the next. Sets rust_path_flags for cargo
# and c_path_flags for the C compiler.
# RUSTFLAGS in the environment, which cargo prefers, switches this off.

find_program(RUSTC rustc REQUIRED)
execute_process(COMMAND ${RUSTC} --print sysroot
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
  OUTPUT_VARIABLE rust_sysroot OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

if(DEFINED ENV{CARGO_HOME})
  set(cargo_home $ENV{CARGO_HOME})
else()
  set(cargo_home $ENV{HOME}/.cargo)
endif()

# One folder may be within another: the last that fits is taken.
set(renamed_folders
  "${rust_sysroot}=/usr/src/rust"
  "${cargo_home}=/usr/src/cargo"
  "${CMAKE_CURRENT_SOURCE_DIR}=/usr/src/websocket"
  "${CMAKE_CURRENT_BINARY_DIR}=/usr/src/websocket/build")

list(TRANSFORM renamed_folders REPLACE "(.+)" "'--remap-path-prefix=\\1'"
  OUTPUT_VARIABLE rust_path_flags)
list(JOIN rust_path_flags ", " rust_path_flags)
set(rust_path_flags "build.rustflags=[${rust_path_flags}]")

list(TRANSFORM renamed_folders PREPEND "-ffile-prefix-map=" OUTPUT_VARIABLE c_path_flags)
