/*
 * Types, constants and error codes of the WebSocket Protocol Component API.
 *
 * Written by hand; websocket.h, which is generated, includes it.
 * On Windows the scalar types come from <windows.h>. Elsewhere they are in
 * websocket_windows.h, with the sizes that Windows gives them (ULONG has 32
 * bits, also where `long` has 64). If your program has such definitions of its
 * own, define WEBSOCKET_NO_WIN_TYPES before the first include; that file names
 * what is needed then.
 */
#ifndef WEBSOCKET_TYPES_H
#define WEBSOCKET_TYPES_H

#if defined(_WIN32)
#  include <windows.h>
#elif !defined(WEBSOCKET_NO_WIN_TYPES)
#  include "websocket_windows.h"
#endif

/* Facility 0x376, web socket. Older Windows headers lack them. */
#ifndef E_INVALID_PROTOCOL_OPERATION
#  define E_INVALID_PROTOCOL_OPERATION ((HRESULT)0x83760001u)
#endif
#ifndef E_INVALID_PROTOCOL_FORMAT
#  define E_INVALID_PROTOCOL_FORMAT ((HRESULT)0x83760002u)
#endif
#ifndef E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED
#  define E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED ((HRESULT)0x83760003u)
#endif
#ifndef E_SUBPROTOCOL_NOT_SUPPORTED
#  define E_SUBPROTOCOL_NOT_SUPPORTED ((HRESULT)0x83760004u)
#endif
#ifndef E_PROTOCOL_VERSION_NOT_SUPPORTED
#  define E_PROTOCOL_VERSION_NOT_SUPPORTED ((HRESULT)0x83760005u)
#endif

/* Enumerators from 0x80000000 up do not fit the enums of C before C23. */
#if defined(__GNUC__)
#  define WEBSOCKET_EXTENSION __extension__
#else
#  define WEBSOCKET_EXTENSION
#endif

DECLARE_HANDLE(WEB_SOCKET_HANDLE);

/* Octets of UTF-8, without a terminator. */
#define WEB_SOCKET_MAX_CLOSE_REASON_LENGTH 123

typedef enum _WEB_SOCKET_CLOSE_STATUS {
  WEB_SOCKET_SUCCESS_CLOSE_STATUS = 1000,
  WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS = 1001,
  WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS = 1002,
  WEB_SOCKET_INVALID_DATA_TYPE_CLOSE_STATUS = 1003,
  WEB_SOCKET_EMPTY_CLOSE_STATUS = 1005,
  WEB_SOCKET_ABORTED_CLOSE_STATUS = 1006,
  WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS = 1007,
  WEB_SOCKET_POLICY_VIOLATION_CLOSE_STATUS = 1008,
  WEB_SOCKET_MESSAGE_TOO_BIG_CLOSE_STATUS = 1009,
  WEB_SOCKET_UNSUPPORTED_EXTENSIONS_CLOSE_STATUS = 1010,
  WEB_SOCKET_SERVER_ERROR_CLOSE_STATUS = 1011,
  WEB_SOCKET_SECURE_HANDSHAKE_ERROR_CLOSE_STATUS = 1015
} WEB_SOCKET_CLOSE_STATUS;

typedef enum _WEB_SOCKET_PROPERTY_TYPE {
  WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE = 0,
  WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE = 1,
  WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE = 2,
  WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE = 3,
  WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE = 4,
  WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE = 5,
  WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE = 6
} WEB_SOCKET_PROPERTY_TYPE;

typedef enum _WEB_SOCKET_ACTION_QUEUE {
  WEB_SOCKET_SEND_ACTION_QUEUE = 0x1,
  WEB_SOCKET_RECEIVE_ACTION_QUEUE = 0x2,
  WEB_SOCKET_ALL_ACTION_QUEUE =
      WEB_SOCKET_SEND_ACTION_QUEUE | WEB_SOCKET_RECEIVE_ACTION_QUEUE
} WEB_SOCKET_ACTION_QUEUE;

WEBSOCKET_EXTENSION typedef enum _WEB_SOCKET_BUFFER_TYPE {
  WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE = 0x80000000,
  WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE = 0x80000001,
  WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE = 0x80000002,
  WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE = 0x80000003,
  WEB_SOCKET_CLOSE_BUFFER_TYPE = 0x80000004,
  WEB_SOCKET_PING_PONG_BUFFER_TYPE = 0x80000005,
  WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE = 0x80000006
} WEB_SOCKET_BUFFER_TYPE;

typedef enum _WEB_SOCKET_ACTION {
  WEB_SOCKET_NO_ACTION = 0,
  WEB_SOCKET_SEND_TO_NETWORK_ACTION = 1,
  WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION = 2,
  WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION = 3,
  WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION = 4
} WEB_SOCKET_ACTION;

typedef struct _WEB_SOCKET_PROPERTY {
  WEB_SOCKET_PROPERTY_TYPE Type;
  PVOID pvValue;     /* where the value is stored, never the value itself */
  ULONG ulValueSize; /* octets; for ALLOCATED_BUFFER those of the buffer */
} WEB_SOCKET_PROPERTY, *PWEB_SOCKET_PROPERTY;

typedef struct _WEB_SOCKET_HTTP_HEADER {
  PCHAR pcName;        /* without the colon */
  ULONG ulNameLength;  /* octets, without a terminator */
  PCHAR pcValue;
  ULONG ulValueLength; /* octets, without a terminator */
} WEB_SOCKET_HTTP_HEADER, *PWEB_SOCKET_HTTP_HEADER;

typedef union _WEB_SOCKET_BUFFER {
  struct {
    PBYTE pbBuffer;
    ULONG ulBufferLength;
  } Data; /* every type but CLOSE */
  struct {
    PBYTE pbReason; /* UTF-8, not terminated */
    ULONG ulReasonLength;
    USHORT usStatus;
  } CloseStatus;
} WEB_SOCKET_BUFFER, *PWEB_SOCKET_BUFFER;

/*
 * The library takes and returns enumerations as 32 bits. A compiler that is
 * told to make them smaller (-fshort-enums) would read and write past them.
 */
typedef char
    websocket_enums_have_32_bits[sizeof(WEB_SOCKET_BUFFER_TYPE) == 4 &&
                                         sizeof(WEB_SOCKET_ACTION) == 4 &&
                                         sizeof(WEB_SOCKET_ACTION_QUEUE) == 4 &&
                                         sizeof(WEB_SOCKET_PROPERTY_TYPE) == 4
                                     ? 1
                                     : -1];

#endif /* WEBSOCKET_TYPES_H */
