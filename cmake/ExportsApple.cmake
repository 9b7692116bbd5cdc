# What the shared library shows on macOS, and its install name @rpath/libwebsocket.1.dylib.
# tests/macos looks at the result; nobody has run it on a Mac yet.

# The linker knows C's names with an underscore.
list(TRANSFORM exports PREPEND "_" OUTPUT_VARIABLE apple_exports)
set(export_list ${CMAKE_CURRENT_BINARY_DIR}/websocket.exports)
list(JOIN apple_exports "\n" export_body)
file(CONFIGURE OUTPUT ${export_list} CONTENT "@export_body@\n" @ONLY)

list(TRANSFORM apple_exports PREPEND "LINKER:-u," OUTPUT_VARIABLE export_roots)
target_link_options(websocket PRIVATE ${export_roots}
  LINKER:-dead_strip LINKER:-exported_symbols_list,${export_list})
# With this CMake writes the install name with @rpath/, in the build folder and when it installs.
set_target_properties(websocket PROPERTIES MACOSX_RPATH ON)
