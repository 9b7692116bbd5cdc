# What `cmake --install` lays out, in parts: `runtime` is what a program needs, `development` what a
# compiler needs. `documents` is for those who install without a package manager.

include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/websocket)

install(TARGETS websocket EXPORT websocketTargets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(FILES ${rust_archive}
  DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(FILES ${websocket_headers}
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(FILES LICENSE-MIT LICENSE-APACHE ${copyright}
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documents)

# find_package(websocket): websocket::websocket, websocket::static
install(EXPORT websocketTargets NAMESPACE websocket::
  DESTINATION ${config_dir} COMPONENT development)
configure_package_config_file(cmake/websocketConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/websocketConfig.cmake
  INSTALL_DESTINATION ${config_dir}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/websocketConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/websocketConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/websocketConfigVersion.cmake
  DESTINATION ${config_dir} COMPONENT development)

# pkg-config: the prefix is found from where the file is, so that the tree may be moved.
set(pc_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_prefix ${pc_dir} ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH pc_libdir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH pc_includedir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
list(TRANSFORM websocket_system_libraries PREPEND "-l" OUTPUT_VARIABLE pc_private)
list(JOIN pc_private " " pc_private)
configure_file(cmake/websocket.pc.in ${CMAKE_CURRENT_BINARY_DIR}/websocket.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/websocket.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
