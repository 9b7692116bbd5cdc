# Builds the Rust code as a static library. Cargo decides what is stale; CMake only runs it.

find_program(CARGO cargo)
if(NOT CARGO)
  message(FATAL_ERROR "no cargo; install a Rust toolchain (https://rustup.rs)")
endif()
include(${CMAKE_CURRENT_LIST_DIR}/RustTarget.cmake)

option(WEBSOCKET_PERMESSAGE_DEFLATE "Have compression of messages (RFC 7692) in the library" ON)
set(rust_features)
if(NOT WEBSOCKET_PERMESSAGE_DEFLATE)
  set(rust_features --no-default-features)
endif()

set(rust_profile $<IF:$<CONFIG:Debug>,dev,release>)
set(rust_profile_dir ${rust_target_folder}$<IF:$<CONFIG:Debug>,debug,release>)
set(rust_target_dir ${CMAKE_CURRENT_BINARY_DIR}/cargo)
set(rust_archive ${CMAKE_CURRENT_BINARY_DIR}/rust/libwebsocket.a)

# What Rust's standard library asks for. The unwinder comes with the C compiler, which knows whether
# to take the shared or the static one. On macOS all of it is in libSystem.
set(websocket_system_libraries)
if(UNIX AND NOT APPLE)
  set(websocket_system_libraries pthread dl m)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/SourcePaths.cmake)

# copy_if_different: when cargo had nothing to do, nothing is linked again.
add_custom_target(websocket_cargo
  COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${rust_target_dir} ${rust_target_environment}
          ${CARGO} rustc --locked --lib --crate-type staticlib --profile ${rust_profile}
          ${rust_features}
          --config ${rust_path_flags}
  COMMAND ${CMAKE_COMMAND} -E copy_if_different
          ${rust_target_dir}/${rust_profile_dir}/libwebsocket.a ${rust_archive}
  BYPRODUCTS ${rust_archive}
  WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
  USES_TERMINAL VERBATIM)

add_library(websocket_static STATIC IMPORTED GLOBAL)
add_library(websocket::static ALIAS websocket_static)
set_target_properties(websocket_static PROPERTIES
  IMPORTED_LOCATION ${rust_archive}
  INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_CURRENT_SOURCE_DIR}/include)
target_link_libraries(websocket_static INTERFACE ${websocket_system_libraries})
add_dependencies(websocket_static websocket_cargo)
