/* Types of the companion functions in wspc.h. Ours, not Microsoft's. */
#ifndef WSPC_TYPES_H
#define WSPC_TYPES_H

#include "websocket_types.h"

#define WSPC_VERSION_MAJOR 1
#define WSPC_VERSION_MINOR 0
#define WSPC_VERSION_PATCH 0
/* Compares as a number: major << 16 | minor << 8 | patch. */
#define WSPC_VERSION                                                           \
  ((WSPC_VERSION_MAJOR << 16) | (WSPC_VERSION_MINOR << 8) | WSPC_VERSION_PATCH)
#define WSPC_VERSION_STRING "1.0.0"

/* The head does not end within the octets given: read more and ask again. */
#define WSPC_E_INCOMPLETE ((HRESULT)0x800700EAu)
/* The head has more fields than the array has room for. */
#define WSPC_E_TOO_MANY_HEADERS ((HRESULT)0x8007007Au)

/* Request line. Both strings point into the octets given; not terminated. */
typedef struct _WSPC_REQUEST {
  PCHAR pcMethod;
  ULONG ulMethodLength;
  PCHAR pcTarget;
  ULONG ulTargetLength;
  ULONG ulMinorVersion; /* 1 for HTTP/1.1 */
} WSPC_REQUEST, *PWSPC_REQUEST;

/* Status line. The string points into the octets given; not terminated. */
typedef struct _WSPC_RESPONSE {
  ULONG ulStatus; /* 101 when the server agrees */
  PCHAR pcReason;
  ULONG ulReasonLength;
  ULONG ulMinorVersion;
} WSPC_RESPONSE, *PWSPC_RESPONSE;

#endif /* WSPC_TYPES_H */
