/*
 * The C border: names, types, sizes, values. Nearly all of it is in
 * abi_checks.h and fails to compile; the rest has to run. Built as C and as
 * C++.
 */
#include "abi_checks.h"
#include "check.h"

/* Through pointers, as a program calls that took them by GetProcAddress. */
typedef HRESULT(WINAPI *create_function)(const PWEB_SOCKET_PROPERTY, ULONG,
                                         WEB_SOCKET_HANDLE *);
typedef VOID(WINAPI *handle_function)(WEB_SOCKET_HANDLE);

static void call_through_pointers(void) {
  create_function create[2] = {WebSocketCreateClientHandle,
                               WebSocketCreateServerHandle};
  handle_function abort_handle = WebSocketAbortHandle;
  handle_function delete_handle = WebSocketDeleteHandle;
  int i;
  for (i = 0; i < 2; i++) {
    WEB_SOCKET_HANDLE h = NULL;
    CHECK_EQ(create[i](NULL, 0, &h), S_OK);
    CHECK(h != NULL);
    abort_handle(h);
    delete_handle(h);
  }
}

/* Results that come at run time, as a caller tests them. */
static void failures_are_negative(void) {
  HRESULT hr = WebSocketEndServerHandshake(NULL);
  CHECK(FAILED(hr) && !SUCCEEDED(hr));
  CHECK_EQ(hr, E_INVALIDARG);
  CHECK_EQ((ULONG)hr, 0x80070057u);
  for (hr = E_INVALID_PROTOCOL_OPERATION;
       hr <= E_PROTOCOL_VERSION_NOT_SUPPORTED; hr++) {
    CHECK(FAILED(hr));
    CHECK(!SUCCEEDED(hr));
    CHECK((ULONG)hr >> 16 == 0x8376);
  }
}

/* The types of the enumeration keep their bits through the type. */
static void buffer_types_keep_their_bits(void) {
  ULONG bits[4] = {0x80000000u, 0x80000006u, 0x000003FCu, 0xFFFFFFFFu};
  int i;
  for (i = 0; i < 4; i++) {
    WEB_SOCKET_BUFFER_TYPE type = (WEB_SOCKET_BUFFER_TYPE)bits[i];
    CHECK_EQ((ULONG)type, bits[i]);
    CHECK(memcmp(&type, &bits[i], 4) == 0);
  }
}

/* mORMot 2 reads the status of a close as a Word behind the length. */
static void both_arms_of_a_buffer_begin_alike(void) {
  WEB_SOCKET_BUFFER buffer;
  BYTE octet = 0;
  memset(&buffer, 0, sizeof buffer);
  buffer.CloseStatus.pbReason = &octet;
  buffer.CloseStatus.ulReasonLength = 7;
  buffer.CloseStatus.usStatus = 1000;
  CHECK_PTR(buffer.Data.pbBuffer, &octet);
  CHECK_EQ(buffer.Data.ulBufferLength, 7);
  CHECK_EQ(*(const USHORT *)(&buffer.Data.ulBufferLength + 1), 1000);
}

/* Source that was written for Windows: string literals, annotations. */
static ULONG header_length(_In_ const WEB_SOCKET_HTTP_HEADER *header,
                           _Out_opt_ ULONG *length) {
  if (length != NULL) {
    *length = header->ulNameLength;
  }
  return header->ulNameLength + header->ulValueLength;
}

static void windows_source_compiles(void) {
  static char host[] = "Host";
  WEB_SOCKET_HTTP_HEADER headers[2] = {{NULL, 0, NULL, 0}, {NULL, 0, NULL, 0}};
  ULONG length = 0;
  headers[0].pcName = host;
  headers[0].ulNameLength = ARRAYSIZE(host) - 1;
  CHECK_EQ(header_length(&headers[0], &length), 4);
  CHECK_EQ(length, 4);
  CHECK_EQ(ARRAYSIZE(headers), 2);
  UNREFERENCED_PARAMETER(length);
}

int main(void) {
  call_through_pointers();
  failures_are_negative();
  buffer_types_keep_their_bits();
  both_arms_of_a_buffer_begin_alike();
  windows_source_compiles();
  CHECK_EQ(WspcVersion(), WSPC_VERSION);
  return 0;
}
