# Links the shared library out of the static one: SONAME, symbol versions and the list of exports
# belong to the link step, which cargo does not let us have.

file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.txt export_lines REGEX "^[A-Za-z]")
list(TRANSFORM export_lines REPLACE " .*" "" OUTPUT_VARIABLE exports)
set_property(DIRECTORY APPEND PROPERTY
  CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.txt)

# A shared library wants a source of its own.
set(empty_source ${CMAKE_CURRENT_BINARY_DIR}/empty.c)
file(CONFIGURE OUTPUT ${empty_source} CONTENT "typedef int websocket_empty;\n" @ONLY)

add_library(websocket SHARED ${empty_source})
add_library(websocket::websocket ALIAS websocket)
add_dependencies(websocket websocket_cargo)
set_target_properties(websocket PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_include_directories(websocket PUBLIC
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_options(websocket PRIVATE ${c_path_flags})
target_link_libraries(websocket PRIVATE ${rust_archive} ${websocket_system_libraries})

# Each sets export_list, the file by which the linker knows what to show.
if(APPLE)
  include(cmake/ExportsApple.cmake)
else()
  include(cmake/ExportsElf.cmake)
endif()
set_target_properties(websocket PROPERTIES LINK_DEPENDS "${rust_archive};${export_list}")
