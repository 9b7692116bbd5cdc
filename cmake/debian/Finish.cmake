# Runs within cpack, on the trees that are about to be packed: what Debian wants in a package and a
# plain installation does not.

if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(add_compressed source name)
  configure_file(${source} ${doc}/${name} COPYONLY)
  run(gzip -9nf ${doc}/${name})
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(tree ${CPACK_TEMPORARY_DIRECTORY}/${component})
  set(doc ${tree}/usr/share/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})

  configure_file(${CPACK_WEBSOCKET_DEBIAN_DIR}/copyright ${doc}/copyright COPYONLY)
  add_compressed(${CPACK_WEBSOCKET_DEBIAN_DIR}/changelog changelog.Debian)
  add_compressed(${CPACK_WEBSOCKET_SOURCE_DIR}/CHANGELOG.md changelog)
  if(component STREQUAL "development")
    configure_file(${CPACK_WEBSOCKET_SOURCE_DIR}/examples/loopback.c
      ${doc}/examples/loopback.c COPYONLY)
  endif()

  # The shared library keeps its debug information for the package of debug symbols.
  file(GLOB_RECURSE archives ${tree}/*.a)
  foreach(archive IN LISTS archives)
    run(${CPACK_WEBSOCKET_STRIP} --strip-debug --enable-deterministic-archives ${archive})
  endforeach()

  run(chmod -R u=rwX,go=rX ${tree})
endforeach()
