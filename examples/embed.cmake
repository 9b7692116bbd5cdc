# embed(FILE NAME OUTPUT): FILE as a C array NAME with its length NAME_length.
function(embed file name output)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} octets HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" octets "${octets}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets "${octets}")
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"/* ${file}, made by CMake. */
#include <stddef.h>
extern const unsigned char ${name}[];
extern const size_t ${name}_length;
const unsigned char ${name}[] = {
@octets@};
const size_t ${name}_length = sizeof ${name};
")
endfunction()
