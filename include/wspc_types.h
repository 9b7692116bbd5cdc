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

/*
 * A property of a new handle: messages are compressed if the peer agrees
 * (permessage-deflate, RFC 7692). The value is a WSPC_DEFLATE. The handshake
 * then offers and answers the extension, which must not be among the caller's
 * own. With WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE the buffer has to be
 * larger by WSPC_DEFLATE_BUFFER_SIZE.
 */
#define WSPC_PERMESSAGE_DEFLATE_PROPERTY_TYPE                                  \
  ((WEB_SOCKET_PROPERTY_TYPE)0x57530001u)

/* Every field may be 0. What a peer wants below this is agreed to. */
typedef struct _WSPC_DEFLATE {
  ULONG ulClientWindowBits; /* 8 to 15; 0: 15 */
  ULONG ulServerWindowBits; /* likewise */
  ULONG ulFlags;
  ULONG ulLevel;            /* 1 for speed to 9 for size; 0: 6 */
  ULONG ulMaxMessageLength; /* octets, decompressed; 0: 16 MiB */
} WSPC_DEFLATE, *PWSPC_DEFLATE;

/* Flags: that side compresses each message by itself. */
#define WSPC_DEFLATE_CLIENT_NO_CONTEXT_TAKEOVER 0x1u
#define WSPC_DEFLATE_SERVER_NO_CONTEXT_TAKEOVER 0x2u

#define WSPC_DEFLATE_BUFFER_SIZE(receive, send)                                \
  ((receive) + ((send) > 4096 ? (send) : 4096) + 15)

/*
 * Added to the data type of a message's first send, on a handle with that
 * property: the message goes as it is. Indications are without it.
 */
#define WSPC_UNCOMPRESSED 0x40000000u

#endif /* WSPC_TYPES_H */
