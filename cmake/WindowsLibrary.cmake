# For a toolchain file of mingw: the DLL and its import libraries, made by the script that also
# makes those that ship.

if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|i686)$")
  message(FATAL_ERROR "the DLL is built by --toolchain cmake/mingw-x86_64.cmake or "
    "cmake/mingw-i686.cmake, not for ${CMAKE_SYSTEM_PROCESSOR}")
endif()

set(windows_dir ${CMAKE_CURRENT_BINARY_DIR}/windows)
set(windows_files ${windows_dir}/websocket.dll ${windows_dir}/libwebsocket.dll.a
  ${windows_dir}/websocket.lib)

# Files that have not changed keep their times: when cargo had nothing to do, nothing is linked
# again.
add_custom_target(websocket_dll ALL
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/scripts/windows/build ${CMAKE_SYSTEM_PROCESSOR} ${windows_dir}
  BYPRODUCTS ${windows_files}
  USES_TERMINAL VERBATIM)

add_library(websocket SHARED IMPORTED GLOBAL)
add_library(websocket::websocket ALIAS websocket)
add_dependencies(websocket websocket_dll)
set_target_properties(websocket PROPERTIES
  IMPORTED_LOCATION ${windows_dir}/websocket.dll
  IMPORTED_IMPLIB ${windows_dir}/libwebsocket.dll.a
  INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_CURRENT_SOURCE_DIR}/include)

# Programs are built beside the DLL, where Windows and Wine look first.
if(NOT CMAKE_RUNTIME_OUTPUT_DIRECTORY)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${windows_dir})
endif()
# For %zu and %lld: what Windows 7 has as C library does not know C99's formats.
add_compile_definitions(__USE_MINGW_ANSI_STDIO=1)
