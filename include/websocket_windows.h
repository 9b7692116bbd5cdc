/*
 * What a program for Windows takes from <windows.h> to call the WebSocket
 * Protocol Component API, for every other system. websocket_types.h includes
 * it, unless WEBSOCKET_NO_WIN_TYPES is defined. The program then has to define
 * what the headers themselves use: BYTE, PBYTE, CHAR, PCHAR, PCSTR, USHORT,
 * ULONG, HRESULT, PVOID, VOID, WINAPI and DECLARE_HANDLE.
 */
#ifndef WEBSOCKET_WINDOWS_H
#define WEBSOCKET_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

typedef uint8_t BYTE, *PBYTE, *LPBYTE;
typedef unsigned char UCHAR, *PUCHAR;
typedef char CHAR, *PCHAR, *PSTR, *LPSTR;
typedef const char *PCSTR, *LPCSTR;
typedef int16_t SHORT, *PSHORT;
typedef uint16_t USHORT, *PUSHORT;
typedef uint16_t WORD, *PWORD;
typedef int INT, *PINT;
typedef unsigned int UINT, *PUINT;
typedef int32_t LONG, *PLONG;
typedef uint32_t ULONG, *PULONG;
typedef uint32_t DWORD, *PDWORD, *LPDWORD;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef uint64_t ULONG64;
typedef intptr_t LONG_PTR;
typedef uintptr_t ULONG_PTR, DWORD_PTR;
typedef size_t SIZE_T;
typedef int32_t BOOL, *PBOOL;
typedef BYTE BOOLEAN;
typedef int32_t HRESULT;
typedef void *PVOID, *LPVOID;
typedef void *HANDLE;

#ifndef VOID
#  define VOID void
#endif
#ifndef CONST
#  define CONST const
#endif
#ifndef TRUE
#  define TRUE 1
#endif
#ifndef FALSE
#  define FALSE 0
#endif
#ifndef WINAPI
#  define WINAPI
#endif
#ifndef CALLBACK
#  define CALLBACK
#endif
#ifndef DECLARE_HANDLE
#  define DECLARE_HANDLE(name)                                                 \
    struct name##__ {                                                          \
      int unused;                                                              \
    };                                                                         \
    typedef struct name##__ *name
#endif
#ifndef UNREFERENCED_PARAMETER
#  define UNREFERENCED_PARAMETER(P) (void)(P)
#endif
#ifndef ARRAYSIZE
#  define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* Results: the sign says whether it is a failure. */
#ifndef SUCCEEDED
#  define SUCCEEDED(hr) (((HRESULT)(hr)) >= 0)
#endif
#ifndef FAILED
#  define FAILED(hr) (((HRESULT)(hr)) < 0)
#endif
#ifndef SEVERITY_SUCCESS
#  define SEVERITY_SUCCESS 0
#endif
#ifndef SEVERITY_ERROR
#  define SEVERITY_ERROR 1
#endif
#ifndef FACILITY_WIN32
#  define FACILITY_WIN32 7
#endif
#ifndef FACILITY_WEB_SOCKET
#  define FACILITY_WEB_SOCKET 886
#endif
#ifndef HRESULT_CODE
#  define HRESULT_CODE(hr) ((hr)&0xFFFF)
#endif
#ifndef HRESULT_FACILITY
#  define HRESULT_FACILITY(hr) (((hr) >> 16) & 0x1FFF)
#endif
#ifndef HRESULT_SEVERITY
#  define HRESULT_SEVERITY(hr) (((hr) >> 31) & 0x1)
#endif
#ifndef MAKE_HRESULT
#  define MAKE_HRESULT(severity, facility, code)                               \
    ((HRESULT)(((uint32_t)(severity) << 31) | ((uint32_t)(facility) << 16) |   \
               ((uint32_t)(code))))
#endif
#ifndef HRESULT_FROM_WIN32
#  define HRESULT_FROM_WIN32(x)                                                \
    ((HRESULT)((HRESULT)(x) <= 0 ? (uint32_t)(x)                               \
                                 : (((uint32_t)(x)&0xFFFFu) | 0x80070000u)))
#endif
#ifndef S_OK
#  define S_OK ((HRESULT)0)
#endif
#ifndef S_FALSE
#  define S_FALSE ((HRESULT)1)
#endif
#ifndef E_NOTIMPL
#  define E_NOTIMPL ((HRESULT)0x80004001u)
#endif
#ifndef E_NOINTERFACE
#  define E_NOINTERFACE ((HRESULT)0x80004002u)
#endif
#ifndef E_POINTER
#  define E_POINTER ((HRESULT)0x80004003u)
#endif
#ifndef E_ABORT
#  define E_ABORT ((HRESULT)0x80004004u)
#endif
#ifndef E_FAIL
#  define E_FAIL ((HRESULT)0x80004005u)
#endif
#ifndef E_UNEXPECTED
#  define E_UNEXPECTED ((HRESULT)0x8000FFFFu)
#endif
#ifndef E_ACCESSDENIED
#  define E_ACCESSDENIED ((HRESULT)0x80070005u)
#endif
#ifndef E_HANDLE
#  define E_HANDLE ((HRESULT)0x80070006u)
#endif
#ifndef E_OUTOFMEMORY
#  define E_OUTOFMEMORY ((HRESULT)0x8007000Eu)
#endif
#ifndef E_INVALIDARG
#  define E_INVALIDARG ((HRESULT)0x80070057u)
#endif

/* Codes that HRESULT_FROM_WIN32 is used with. */
#ifndef ERROR_SUCCESS
#  define ERROR_SUCCESS 0
#endif
#ifndef NO_ERROR
#  define NO_ERROR 0
#endif
#ifndef ERROR_NOT_ENOUGH_MEMORY
#  define ERROR_NOT_ENOUGH_MEMORY 8
#endif
#ifndef ERROR_INVALID_PARAMETER
#  define ERROR_INVALID_PARAMETER 87
#endif
#ifndef ERROR_INSUFFICIENT_BUFFER
#  define ERROR_INSUFFICIENT_BUFFER 122
#endif
#ifndef ERROR_MORE_DATA
#  define ERROR_MORE_DATA 234
#endif
#ifndef ERROR_OPERATION_ABORTED
#  define ERROR_OPERATION_ABORTED 995
#endif

/* Annotations of the source-code annotation language (SAL): no effect here. */
#ifndef _In_
#  define _In_
#endif
#ifndef _In_opt_
#  define _In_opt_
#endif
#ifndef _In_z_
#  define _In_z_
#endif
#ifndef _In_opt_z_
#  define _In_opt_z_
#endif
#ifndef _In_reads_
#  define _In_reads_(n)
#endif
#ifndef _In_reads_opt_
#  define _In_reads_opt_(n)
#endif
#ifndef _In_reads_bytes_
#  define _In_reads_bytes_(n)
#endif
#ifndef _In_reads_bytes_opt_
#  define _In_reads_bytes_opt_(n)
#endif
#ifndef _In_range_
#  define _In_range_(low, high)
#endif
#ifndef _Out_
#  define _Out_
#endif
#ifndef _Out_opt_
#  define _Out_opt_
#endif
#ifndef _Out_writes_
#  define _Out_writes_(n)
#endif
#ifndef _Out_writes_opt_
#  define _Out_writes_opt_(n)
#endif
#ifndef _Out_writes_bytes_
#  define _Out_writes_bytes_(n)
#endif
#ifndef _Out_writes_bytes_opt_
#  define _Out_writes_bytes_opt_(n)
#endif
#ifndef _Out_writes_to_
#  define _Out_writes_to_(n, count)
#endif
#ifndef _Out_writes_bytes_to_
#  define _Out_writes_bytes_to_(n, count)
#endif
#ifndef _Outptr_
#  define _Outptr_
#endif
#ifndef _Outptr_opt_
#  define _Outptr_opt_
#endif
#ifndef _Outptr_result_maybenull_
#  define _Outptr_result_maybenull_
#endif
#ifndef _Outptr_result_buffer_
#  define _Outptr_result_buffer_(n)
#endif
#ifndef _Inout_
#  define _Inout_
#endif
#ifndef _Inout_opt_
#  define _Inout_opt_
#endif
#ifndef _Inout_updates_
#  define _Inout_updates_(n)
#endif
#ifndef _Inout_updates_opt_
#  define _Inout_updates_opt_(n)
#endif
#ifndef _Inout_updates_to_
#  define _Inout_updates_to_(n, count)
#endif
#ifndef _Inout_updates_bytes_
#  define _Inout_updates_bytes_(n)
#endif
#ifndef _Reserved_
#  define _Reserved_
#endif
#ifndef _Must_inspect_result_
#  define _Must_inspect_result_
#endif
#ifndef _Check_return_
#  define _Check_return_
#endif
#ifndef _Ret_maybenull_
#  define _Ret_maybenull_
#endif
#ifndef _Success_
#  define _Success_(expression)
#endif
#ifndef _When_
#  define _When_(expression, annotations)
#endif
#ifndef _Field_size_
#  define _Field_size_(n)
#endif
#ifndef _Field_size_bytes_
#  define _Field_size_bytes_(n)
#endif

#endif /* WEBSOCKET_WINDOWS_H */
