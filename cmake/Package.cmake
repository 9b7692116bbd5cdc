# What `cpack` makes: Debian packages, split as Debian does, and one with debug symbols. Configure
# with -DCMAKE_INSTALL_PREFIX=/usr, so that the libraries go where Debian wants them
# (/usr/lib/x86_64-linux-gnu and so on).

# libwebsocket1 is what Debian's policy makes of the SONAME. libwebsockets and libwebsocketpp are
# other people's libraries, in packages of other names and with other files.
# The address reaches nobody: who hands packages out puts the own one there.
set(WEBSOCKET_MAINTAINER "The websocket authors <websocket@example.org>" CACHE STRING
  "Who answers for the packages")
if(NOT WEBSOCKET_MAINTAINER MATCHES "^[^<>@]+ <[^<>@ ]+@[^<>@ ]+>$")
  message(FATAL_ERROR "WEBSOCKET_MAINTAINER is \"${WEBSOCKET_MAINTAINER}\" where a name and an "
    "address belong: \"Name <name@example.org>\"")
endif()

set(runtime_package libwebsocket${PROJECT_VERSION_MAJOR})
set(debian_revision 1)
set(debian_version ${PROJECT_VERSION}-${debian_revision})
set(debian_dir ${CMAKE_CURRENT_BINARY_DIR}/debian)
# Now, or what SOURCE_DATE_EPOCH says.
string(TIMESTAMP debian_date "%a, %d %b %Y %H:%M:%S +0000" UTC)

# What the linker and dpkg-shlibdeps want to know, from the one list of exports.
list(TRANSFORM exports REPLACE "(.+)" " \\1@WEBSOCKET_1.0 ${PROJECT_VERSION}"
  OUTPUT_VARIABLE debian_symbols)
list(JOIN debian_symbols "\n" debian_symbols)
foreach(name IN ITEMS symbols shlibs triggers changelog)
  configure_file(cmake/debian/${name}.in ${debian_dir}/${name} @ONLY)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME websocket)
set(CPACK_PACKAGE_CONTACT ${WEBSOCKET_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
# `symbols` has no install rule: the script takes them out of the shared library.
set(CPACK_COMPONENTS_ALL runtime development symbols)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/debian/Finish.cmake)
set(CPACK_WEBSOCKET_SOURCE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
set(CPACK_WEBSOCKET_DEBIAN_DIR ${debian_dir})
set(CPACK_WEBSOCKET_COPYRIGHT ${copyright})
set(CPACK_WEBSOCKET_STRIP ${CMAKE_STRIP})
set(CPACK_WEBSOCKET_OBJCOPY ${CMAKE_OBJCOPY})

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${debian_revision})
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# CMake before 3.31 does not know this one and leaves it out.
set(CPACK_DEBIAN_PACKAGE_MULTIARCH same)

# The first line of each description is its summary.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(about "The WebSocket protocol (RFC 6455) without input and output: the program moves
the octets, the library makes and checks handshakes and frames. It has the
thirteen functions of websocket.dll on Windows, with the same structures.")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${runtime_package})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
  "${debian_dir}/symbols;${debian_dir}/shlibs;${debian_dir}/triggers")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
  "WebSocket Protocol Component API - shared library
${about}")

set(same_runtime "${runtime_package} (= ${debian_version})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libwebsocket-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ${same_runtime})
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
  "WebSocket Protocol Component API - development files
${about}
.
These are the headers, the static library, and what CMake and pkg-config want.")

set(CPACK_DEBIAN_SYMBOLS_PACKAGE_NAME ${runtime_package}-dbgsym)
set(CPACK_DEBIAN_SYMBOLS_PACKAGE_SECTION debug)
set(CPACK_DEBIAN_SYMBOLS_PACKAGE_DEPENDS ${same_runtime})
set(CPACK_COMPONENT_SYMBOLS_DESCRIPTION
  "WebSocket Protocol Component API - debug symbols
What a debugger wants to know about the shared library.")

include(CPack)
