# What both toolchain files share. CMAKE_SYSTEM_PROCESSOR is set.

set(mingw ${CMAKE_SYSTEM_PROCESSOR}-w64-mingw32)
string(REPLACE _ - mingw_package ${CMAKE_SYSTEM_PROCESSOR})
# The variant with threads of Windows itself.
foreach(compiler IN ITEMS gcc g++)
  find_program(mingw_${compiler} ${mingw}-${compiler}-win32)
  if(NOT mingw_${compiler})
    message(FATAL_ERROR "no ${mingw}-${compiler}-win32; install it with: "
      "apt-get install ${compiler}-mingw-w64-${mingw_package}-win32")
  endif()
endforeach()
set(CMAKE_C_COMPILER ${mingw_gcc})
set(CMAKE_CXX_COMPILER ${mingw_g++})
set(CMAKE_RC_COMPILER ${mingw}-windres)
# Programs that need no DLL of the compiler beside them.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)

set(cross_root /usr/${mingw})
include(${CMAKE_CURRENT_LIST_DIR}/cross-root.cmake)

# Another emulator, or none on Windows itself, by -DCMAKE_CROSSCOMPILING_EMULATOR=.
if(NOT DEFINED CMAKE_CROSSCOMPILING_EMULATOR)
  set(CMAKE_CROSSCOMPILING_EMULATOR wine)
endif()
