# Debian's cross compiler for IBM Z, where the most significant octet comes first in memory.
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(debian_architecture s390x)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-linux-gnu.cmake)
