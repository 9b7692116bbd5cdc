# Links the shared library out of the static one: SONAME, symbol versions and the list of exports
# belong to the link step, which cargo does not let us have.

file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.txt export_lines REGEX "^[A-Za-z]")
list(TRANSFORM export_lines REPLACE " .*" "" OUTPUT_VARIABLE exports)

set(version_script ${CMAKE_CURRENT_BINARY_DIR}/websocket.map)
list(JOIN exports ";\n    " export_body)
file(CONFIGURE OUTPUT ${version_script} @ONLY
  CONTENT "WEBSOCKET_1.0 {\n  global:\n    @export_body@;\n  local:\n    *;\n};\n")

# A shared library wants a source of its own.
set(empty_source ${CMAKE_CURRENT_BINARY_DIR}/empty.c)
file(CONFIGURE OUTPUT ${empty_source} CONTENT "typedef int websocket_empty;\n" @ONLY)

add_library(websocket SHARED ${empty_source})
add_library(websocket::websocket ALIAS websocket)
add_dependencies(websocket websocket_cargo)
set_target_properties(websocket PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS "${rust_archive};${version_script}")
target_include_directories(websocket PUBLIC
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
list(TRANSFORM exports PREPEND "LINKER:-u," OUTPUT_VARIABLE export_roots)
target_link_options(websocket PRIVATE ${export_roots}
  LINKER:--gc-sections LINKER:-z,defs LINKER:-z,nodelete
  LINKER:--no-undefined-version LINKER:--version-script=${version_script})
target_link_libraries(websocket PRIVATE ${rust_archive} gcc_s pthread dl m c)
