# Runs within cpack, on the trees that are about to be packed, one for each component: what Debian
# wants in a package and a plain installation does not.

if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()

set(tree ${CPACK_TEMPORARY_DIRECTORY})
set(unneeded --remove-section=.comment --remove-section=.note)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The build id of an ELF file, by which a debugger finds its symbols.
function(read_build_id result library)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C readelf -n ${library}
    OUTPUT_VARIABLE notes COMMAND_ERROR_IS_FATAL ANY)
  if(NOT notes MATCHES "Build ID: ([0-9a-f][0-9a-f])([0-9a-f]+)")
    message(FATAL_ERROR "${library} has no build id")
  endif()
  set(${result} ${CMAKE_MATCH_1}/${CMAKE_MATCH_2} PARENT_SCOPE)
endfunction()

# cpack can do this too, but names the package .ddeb and writes paths of this machine into it.
function(split_symbols)
  file(GLOB_RECURSE libraries ${tree}/runtime/*/libwebsocket.so.*.*)
  foreach(library IN LISTS libraries)
    read_build_id(id ${library})
    set(symbols ${tree}/symbols/usr/lib/debug/.build-id/${id}.debug)
    get_filename_component(folder ${symbols} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    run(${CPACK_WEBSOCKET_OBJCOPY} --only-keep-debug --compress-debug-sections
      ${library} ${symbols})
    run(chmod 644 ${symbols})
    run(${CPACK_WEBSOCKET_STRIP} --strip-unneeded ${unneeded} ${library})
    run(${CPACK_WEBSOCKET_OBJCOPY} --add-gnu-debuglink=${symbols} ${library})
  endforeach()
endfunction()

function(strip_archives)
  file(GLOB_RECURSE archives ${tree}/development/*.a)
  foreach(archive IN LISTS archives)
    run(${CPACK_WEBSOCKET_STRIP} --strip-debug ${unneeded} --enable-deterministic-archives
      ${archive})
  endforeach()
endfunction()

function(add_compressed source target)
  configure_file(${source} ${target} COPYONLY)
  run(gzip -9nf ${target})
endfunction()

function(add_documents component)
  string(TOUPPER ${component} upper)
  set(doc ${tree}/${component}/usr/share/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  configure_file(${CPACK_WEBSOCKET_COPYRIGHT} ${doc}/copyright COPYONLY)
  add_compressed(${CPACK_WEBSOCKET_DEBIAN_DIR}/changelog ${doc}/changelog.Debian)
  add_compressed(${CPACK_WEBSOCKET_SOURCE_DIR}/CHANGELOG.md ${doc}/changelog)
  if(component STREQUAL "development")
    configure_file(${CPACK_WEBSOCKET_SOURCE_DIR}/examples/loopback.c
      ${doc}/examples/loopback.c COPYONLY)
  endif()
  run(chmod -R u=rwX,go=rX ${tree}/${component})
endfunction()

split_symbols()
strip_archives()
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  add_documents(${component})
endforeach()
