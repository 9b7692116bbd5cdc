# What the shared library shows where libraries are ELF: the names of the list with their version.

set(export_list ${CMAKE_CURRENT_BINARY_DIR}/websocket.map)
list(JOIN exports ";\n    " export_body)
file(CONFIGURE OUTPUT ${export_list} @ONLY
  CONTENT "WEBSOCKET_1.0 {\n  global:\n    @export_body@;\n  local:\n    *;\n};\n")

list(TRANSFORM exports PREPEND "LINKER:-u," OUTPUT_VARIABLE export_roots)
# nodelete: thread-local destructors and the fork handler point into the code. The build id is what
# leads a debugger from the stripped library to its symbols.
target_link_options(websocket PRIVATE ${export_roots}
  LINKER:--gc-sections LINKER:-z,defs LINKER:-z,nodelete LINKER:--build-id=sha1
  LINKER:--no-undefined-version LINKER:--version-script=${export_list})
