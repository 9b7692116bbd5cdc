/*
 * Stands for the SDK's <windows.h>, which cannot be had here: only what the
 * headers and msvc.c need.
 */
#ifndef MSVC_WINDOWS_H
#define MSVC_WINDOWS_H

#define WINAPI __stdcall
#define VOID void
#define S_OK ((HRESULT)0)

typedef unsigned char BYTE, *PBYTE;
typedef char CHAR, *PCHAR;
typedef const char *PCSTR;
typedef unsigned short USHORT;
typedef unsigned long ULONG;
typedef long HRESULT;
typedef void *PVOID;

#define DECLARE_HANDLE(name)                                                   \
  struct name##__ {                                                            \
    int unused;                                                                \
  };                                                                           \
  typedef struct name##__ *name

__declspec(dllimport) void WINAPI ExitProcess(unsigned code);

#endif /* MSVC_WINDOWS_H */
