/*
 * The C border as Microsoft documents it, said a second time. Whatever differs
 * from the headers under test does not compile. Needs nothing but a compiler,
 * so that it can also be read for targets that have no C library here.
 */
#ifndef ABI_CHECKS_H
#define ABI_CHECKS_H

#include <stddef.h>
#include <websocket.h>
#include <wspc.h>

#define ABI_NAME_2(line) abi_holds_in_line_##line
#define ABI_NAME(line) ABI_NAME_2(line)
#define ABI_HOLDS(condition)                                                   \
  extern char ABI_NAME(__LINE__)[(condition) ? 1 : -1]

/* ---- scalars: as on Windows, also where `long` has 64 bits ---- */

ABI_HOLDS(sizeof(BYTE) == 1 && (BYTE)-1 > 0);
ABI_HOLDS(sizeof(CHAR) == 1);
ABI_HOLDS(sizeof(USHORT) == 2 && (USHORT)-1 > 0);
ABI_HOLDS(sizeof(WORD) == 2 && (WORD)-1 > 0);
ABI_HOLDS(sizeof(SHORT) == 2 && (SHORT)-1 < 0);
ABI_HOLDS(sizeof(ULONG) == 4 && (ULONG)-1 > 0);
ABI_HOLDS(sizeof(DWORD) == 4 && (DWORD)-1 > 0);
ABI_HOLDS(sizeof(UINT) == 4 && (UINT)-1 > 0);
ABI_HOLDS(sizeof(LONG) == 4 && (LONG)-1 < 0);
ABI_HOLDS(sizeof(INT) == 4 && (INT)-1 < 0);
ABI_HOLDS(sizeof(ULONGLONG) == 8 && (ULONGLONG)-1 > 0);
ABI_HOLDS(sizeof(BOOL) == 4 && (BOOL)-1 < 0);
ABI_HOLDS(sizeof(HRESULT) == 4 && (HRESULT)-1 < 0);
ABI_HOLDS(sizeof(PVOID) == sizeof(void *) && sizeof(SIZE_T) == sizeof(void *));
ABI_HOLDS(sizeof(ULONG_PTR) == sizeof(void *));
ABI_HOLDS(sizeof(WEB_SOCKET_HANDLE) == sizeof(void *));

/* ---- structures, 64 and 32 bit ---- */

#define ABI_BITS(on_64, on_32) (sizeof(void *) == 8 ? (on_64) : (on_32))
#define ABI_AT(type, member, on_64, on_32)                                     \
  ABI_HOLDS(offsetof(type, member) == ABI_BITS(on_64, on_32))
#define ABI_SIZE(type, on_64, on_32)                                           \
  ABI_HOLDS(sizeof(type) == ABI_BITS(on_64, on_32))

ABI_SIZE(WEB_SOCKET_PROPERTY, 24, 12);
ABI_AT(WEB_SOCKET_PROPERTY, Type, 0, 0);
ABI_AT(WEB_SOCKET_PROPERTY, pvValue, 8, 4);
ABI_AT(WEB_SOCKET_PROPERTY, ulValueSize, 16, 8);

ABI_SIZE(WEB_SOCKET_HTTP_HEADER, 32, 16);
ABI_AT(WEB_SOCKET_HTTP_HEADER, pcName, 0, 0);
ABI_AT(WEB_SOCKET_HTTP_HEADER, ulNameLength, 8, 4);
ABI_AT(WEB_SOCKET_HTTP_HEADER, pcValue, 16, 8);
ABI_AT(WEB_SOCKET_HTTP_HEADER, ulValueLength, 24, 12);

ABI_SIZE(WEB_SOCKET_BUFFER, 16, 12);
ABI_AT(WEB_SOCKET_BUFFER, Data.pbBuffer, 0, 0);
ABI_AT(WEB_SOCKET_BUFFER, Data.ulBufferLength, 8, 4);
ABI_AT(WEB_SOCKET_BUFFER, CloseStatus.pbReason, 0, 0);
ABI_AT(WEB_SOCKET_BUFFER, CloseStatus.ulReasonLength, 8, 4);
ABI_AT(WEB_SOCKET_BUFFER, CloseStatus.usStatus, 12, 8);

/* The alignment shows in where the type stands behind one octet. */
struct abi_aligned_buffer {
  char octet;
  WEB_SOCKET_BUFFER buffer;
};
ABI_AT(struct abi_aligned_buffer, buffer, 8, 4);

ABI_SIZE(WSPC_REQUEST, 32, 20);
ABI_AT(WSPC_REQUEST, pcMethod, 0, 0);
ABI_AT(WSPC_REQUEST, ulMethodLength, 8, 4);
ABI_AT(WSPC_REQUEST, pcTarget, 16, 8);
ABI_AT(WSPC_REQUEST, ulTargetLength, 24, 12);
ABI_AT(WSPC_REQUEST, ulMinorVersion, 28, 16);
ABI_SIZE(WSPC_RESPONSE, 24, 16);
ABI_AT(WSPC_RESPONSE, ulStatus, 0, 0);
ABI_AT(WSPC_RESPONSE, pcReason, 8, 4);
ABI_AT(WSPC_RESPONSE, ulReasonLength, 16, 8);
ABI_AT(WSPC_RESPONSE, ulMinorVersion, 20, 12);

/* ---- members: a pointer to each takes the documented type only ---- */

static inline void abi_members(WEB_SOCKET_PROPERTY *p, WEB_SOCKET_BUFFER *b,
                               WEB_SOCKET_HTTP_HEADER *h) {
  WEB_SOCKET_PROPERTY_TYPE *type = &p->Type;
  PVOID *value = &p->pvValue;
  PCHAR *name = &h->pcName, *text = &h->pcValue;
  PBYTE *octets = &b->Data.pbBuffer, *reason = &b->CloseStatus.pbReason;
  USHORT *status = &b->CloseStatus.usStatus;
  ULONG *lengths[5];
  lengths[0] = &p->ulValueSize;
  lengths[1] = &h->ulNameLength;
  lengths[2] = &h->ulValueLength;
  lengths[3] = &b->Data.ulBufferLength;
  lengths[4] = &b->CloseStatus.ulReasonLength;
  (void)type, (void)value, (void)name, (void)text, (void)octets;
  (void)reason, (void)status, (void)lengths;
}

/* ---- enumerations ---- */

ABI_HOLDS(sizeof(WEB_SOCKET_CLOSE_STATUS) == 4);
ABI_HOLDS(sizeof(WEB_SOCKET_PROPERTY_TYPE) == 4);
ABI_HOLDS(sizeof(WEB_SOCKET_ACTION_QUEUE) == 4);
ABI_HOLDS(sizeof(WEB_SOCKET_BUFFER_TYPE) == 4);
ABI_HOLDS(sizeof(WEB_SOCKET_ACTION) == 4);
#if defined(__GNUC__)
/* Microsoft's compiler makes it signed; the 32 bits are the same. */
ABI_HOLDS((WEB_SOCKET_BUFFER_TYPE)0xFFFFFFFFu > 0);
#endif

#define ABI_VALUE(name, value) ABI_HOLDS((ULONG)(name) == (value))

ABI_VALUE(WEB_SOCKET_MAX_CLOSE_REASON_LENGTH, 123);

ABI_VALUE(WEB_SOCKET_SUCCESS_CLOSE_STATUS, 1000);
ABI_VALUE(WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS, 1001);
ABI_VALUE(WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS, 1002);
ABI_VALUE(WEB_SOCKET_INVALID_DATA_TYPE_CLOSE_STATUS, 1003);
ABI_VALUE(WEB_SOCKET_EMPTY_CLOSE_STATUS, 1005);
ABI_VALUE(WEB_SOCKET_ABORTED_CLOSE_STATUS, 1006);
ABI_VALUE(WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS, 1007);
ABI_VALUE(WEB_SOCKET_POLICY_VIOLATION_CLOSE_STATUS, 1008);
ABI_VALUE(WEB_SOCKET_MESSAGE_TOO_BIG_CLOSE_STATUS, 1009);
ABI_VALUE(WEB_SOCKET_UNSUPPORTED_EXTENSIONS_CLOSE_STATUS, 1010);
ABI_VALUE(WEB_SOCKET_SERVER_ERROR_CLOSE_STATUS, 1011);
ABI_VALUE(WEB_SOCKET_SECURE_HANDSHAKE_ERROR_CLOSE_STATUS, 1015);

ABI_VALUE(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, 0);
ABI_VALUE(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, 1);
ABI_VALUE(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE, 2);
ABI_VALUE(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, 3);
ABI_VALUE(WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE, 4);
ABI_VALUE(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, 5);
ABI_VALUE(WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE, 6);

ABI_VALUE(WEB_SOCKET_SEND_ACTION_QUEUE, 1);
ABI_VALUE(WEB_SOCKET_RECEIVE_ACTION_QUEUE, 2);
ABI_VALUE(WEB_SOCKET_ALL_ACTION_QUEUE, 3);

ABI_VALUE(WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, 0x80000000u);
ABI_VALUE(WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, 0x80000001u);
ABI_VALUE(WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, 0x80000002u);
ABI_VALUE(WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE, 0x80000003u);
ABI_VALUE(WEB_SOCKET_CLOSE_BUFFER_TYPE, 0x80000004u);
ABI_VALUE(WEB_SOCKET_PING_PONG_BUFFER_TYPE, 0x80000005u);
ABI_VALUE(WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, 0x80000006u);

ABI_VALUE(WEB_SOCKET_NO_ACTION, 0);
ABI_VALUE(WEB_SOCKET_SEND_TO_NETWORK_ACTION, 1);
ABI_VALUE(WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION, 2);
ABI_VALUE(WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION, 3);
ABI_VALUE(WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION, 4);

/* ---- results ---- */

#define ABI_FAILURE(name, value)                                               \
  ABI_HOLDS((ULONG)(name) == (value) && (name) < 0 && FAILED(name) &&          \
            !SUCCEEDED(name))

ABI_HOLDS(S_OK == 0 && SUCCEEDED(S_OK) && !FAILED(S_OK));
ABI_HOLDS(S_FALSE == 1 && SUCCEEDED(S_FALSE) && !FAILED(S_FALSE));
ABI_FAILURE(E_INVALID_PROTOCOL_OPERATION, 0x83760001u);
ABI_FAILURE(E_INVALID_PROTOCOL_FORMAT, 0x83760002u);
ABI_FAILURE(E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED, 0x83760003u);
ABI_FAILURE(E_SUBPROTOCOL_NOT_SUPPORTED, 0x83760004u);
ABI_FAILURE(E_PROTOCOL_VERSION_NOT_SUPPORTED, 0x83760005u);
ABI_FAILURE(E_INVALIDARG, 0x80070057u);
ABI_FAILURE(E_OUTOFMEMORY, 0x8007000Eu);
ABI_FAILURE(E_POINTER, 0x80004003u);
ABI_FAILURE(E_FAIL, 0x80004005u);
ABI_FAILURE(E_ABORT, 0x80004004u);
ABI_FAILURE(E_NOTIMPL, 0x80004001u);
ABI_FAILURE(E_UNEXPECTED, 0x8000FFFFu);
ABI_FAILURE(WSPC_E_INCOMPLETE, 0x800700EAu);
ABI_FAILURE(WSPC_E_TOO_MANY_HEADERS, 0x8007007Au);
/* On Windows these are the business of <windows.h>, and no constants. */
#if !defined(_WIN32)
ABI_FAILURE(HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), 0x8007007Au);
ABI_FAILURE(HRESULT_FROM_WIN32(ERROR_MORE_DATA), 0x800700EAu);
ABI_FAILURE(HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_MEMORY), 0x80070008u);
ABI_FAILURE(HRESULT_FROM_WIN32(ERROR_OPERATION_ABORTED), 0x800703E3u);
ABI_FAILURE(HRESULT_FROM_WIN32(E_FAIL), 0x80004005u);
ABI_HOLDS(HRESULT_FROM_WIN32(ERROR_SUCCESS) == S_OK);
ABI_HOLDS(MAKE_HRESULT(SEVERITY_ERROR, FACILITY_WEB_SOCKET, 2) ==
          E_INVALID_PROTOCOL_FORMAT);
ABI_HOLDS(HRESULT_FACILITY(E_INVALID_PROTOCOL_FORMAT) == FACILITY_WEB_SOCKET);
ABI_HOLDS(HRESULT_CODE(E_INVALID_PROTOCOL_FORMAT) == 2);
ABI_HOLDS(HRESULT_SEVERITY(E_INVALID_PROTOCOL_FORMAT) == SEVERITY_ERROR);
#endif

/* ---- functions: a declaration of another type does not compile ---- */

#ifdef __cplusplus
extern "C" {
#endif

HRESULT WINAPI WebSocketCreateClientHandle(const PWEB_SOCKET_PROPERTY, ULONG,
                                           WEB_SOCKET_HANDLE *);
HRESULT WINAPI WebSocketBeginClientHandshake(WEB_SOCKET_HANDLE, PCSTR *, ULONG,
                                             PCSTR *, ULONG,
                                             const PWEB_SOCKET_HTTP_HEADER,
                                             ULONG, PWEB_SOCKET_HTTP_HEADER *,
                                             ULONG *);
HRESULT WINAPI WebSocketEndClientHandshake(WEB_SOCKET_HANDLE,
                                           const PWEB_SOCKET_HTTP_HEADER, ULONG,
                                           ULONG *, ULONG *, ULONG *);
HRESULT WINAPI WebSocketCreateServerHandle(const PWEB_SOCKET_PROPERTY, ULONG,
                                           WEB_SOCKET_HANDLE *);
HRESULT WINAPI WebSocketBeginServerHandshake(WEB_SOCKET_HANDLE, PCSTR, PCSTR *,
                                             ULONG,
                                             const PWEB_SOCKET_HTTP_HEADER,
                                             ULONG, PWEB_SOCKET_HTTP_HEADER *,
                                             ULONG *);
HRESULT WINAPI WebSocketEndServerHandshake(WEB_SOCKET_HANDLE);
HRESULT WINAPI WebSocketSend(WEB_SOCKET_HANDLE, WEB_SOCKET_BUFFER_TYPE,
                             WEB_SOCKET_BUFFER *, PVOID);
HRESULT WINAPI WebSocketReceive(WEB_SOCKET_HANDLE, WEB_SOCKET_BUFFER *, PVOID);
HRESULT WINAPI WebSocketGetAction(WEB_SOCKET_HANDLE, WEB_SOCKET_ACTION_QUEUE,
                                  WEB_SOCKET_BUFFER *, ULONG *,
                                  WEB_SOCKET_ACTION *, WEB_SOCKET_BUFFER_TYPE *,
                                  PVOID *, PVOID *);
VOID WINAPI WebSocketCompleteAction(WEB_SOCKET_HANDLE, PVOID, ULONG);
VOID WINAPI WebSocketAbortHandle(WEB_SOCKET_HANDLE);
VOID WINAPI WebSocketDeleteHandle(WEB_SOCKET_HANDLE);
HRESULT WINAPI WebSocketGetGlobalProperty(WEB_SOCKET_PROPERTY_TYPE, PVOID,
                                          ULONG *);

HRESULT WINAPI WspcParseRequest(const CHAR *, ULONG, PWSPC_REQUEST,
                                PWEB_SOCKET_HTTP_HEADER, ULONG *, ULONG *);
HRESULT WINAPI WspcParseResponse(const CHAR *, ULONG, PWSPC_RESPONSE,
                                 PWEB_SOCKET_HTTP_HEADER, ULONG *, ULONG *);
ULONG WINAPI WspcVersion(void);

#ifdef __cplusplus
}
#endif

/* ---- tags and pointer types ---- */

static inline void abi_tags(struct _WEB_SOCKET_PROPERTY *property,
                            struct _WEB_SOCKET_HTTP_HEADER *header,
                            union _WEB_SOCKET_BUFFER *buffer,
                            struct _WSPC_REQUEST *request,
                            struct _WSPC_RESPONSE *response) {
  PWEB_SOCKET_PROPERTY p = property;
  PWEB_SOCKET_HTTP_HEADER h = header;
  PWEB_SOCKET_BUFFER b = buffer;
  PWSPC_REQUEST rq = request;
  PWSPC_RESPONSE rs = response;
  WEB_SOCKET_PROPERTY *p2 = p;
  WEB_SOCKET_HTTP_HEADER *h2 = h;
  WEB_SOCKET_BUFFER *b2 = b;
  WSPC_REQUEST *rq2 = rq;
  WSPC_RESPONSE *rs2 = rs;
  (void)p2, (void)h2, (void)b2, (void)rq2, (void)rs2;
}

static inline void
abi_enumeration_tags(enum _WEB_SOCKET_CLOSE_STATUS *status,
                     enum _WEB_SOCKET_PROPERTY_TYPE *property,
                     enum _WEB_SOCKET_ACTION_QUEUE *queue,
                     enum _WEB_SOCKET_BUFFER_TYPE *type,
                     enum _WEB_SOCKET_ACTION *action) {
  WEB_SOCKET_CLOSE_STATUS *s = status;
  WEB_SOCKET_PROPERTY_TYPE *p = property;
  WEB_SOCKET_ACTION_QUEUE *q = queue;
  WEB_SOCKET_BUFFER_TYPE *t = type;
  WEB_SOCKET_ACTION *a = action;
  (void)s, (void)p, (void)q, (void)t, (void)a;
}

/* A handle is a pointer of its own, not any pointer: DECLARE_HANDLE. */
static inline void abi_handle(struct WEB_SOCKET_HANDLE__ *pointer) {
  WEB_SOCKET_HANDLE handle = pointer;
  (void)handle;
}

#endif /* ABI_CHECKS_H */
