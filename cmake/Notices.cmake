# `copyright`, which names what the libraries contain besides and under which licences, in Debian's
# form. It is installed, and lies in the Debian packages.

# The licence's text as Debian writes paragraphs: a space before each line, a dot for an empty one.
file(READ LICENSE-MIT mit_text)
string(REGEX REPLACE "^.*\n(Permission is)" "\\1" mit_text "${mit_text}")
string(STRIP "${mit_text}" mit_text)
string(REPLACE "\n\n" "\n.\n" mit_text " ${mit_text}")
string(REPLACE "\n" "\n " mit_text "${mit_text}")
set(copyright ${CMAKE_CURRENT_BINARY_DIR}/copyright)
configure_file(cmake/debian/copyright.in ${copyright} @ONLY)
