# What `cmake --install` lays out for Windows, where a DLL lies among the programs.

install(FILES ${windows_dir}/websocket.dll DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${windows_dir}/libwebsocket.dll.a ${windows_dir}/websocket.lib
  DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${websocket_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE-MIT LICENSE-APACHE ${copyright} DESTINATION ${CMAKE_INSTALL_DOCDIR})
