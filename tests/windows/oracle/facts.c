/*
 * Prints every constant, size and offset of our headers, to be compared with
 * what src/facts.rs prints of Microsoft's metadata.
 */
#include <stddef.h>
#include <stdio.h>

#include <websocket.h>

#define CONSTANT(name)                                                         \
  printf("%s 0x%lx\n", #name, (unsigned long)(ULONG)(name));
#define SIZE(name, type) printf("%s %lu\n", name, (unsigned long)sizeof(type))
#define OFFSET(name, field, type, member)                                      \
  printf("%s.%s %lu\n", name, field, (unsigned long)offsetof(type, member))

/* A member of a structure, and of one that a union has without a name. */
#define MEMBER(type, member) OFFSET(#type, #member, type, member)
#define BUFFER_MEMBER(arm, member)                                             \
  OFFSET(#arm, #member, WEB_SOCKET_BUFFER, arm.member)

int main(void) {
  WEB_SOCKET_BUFFER buffer;
#include "constants.inc"
  SIZE("WEB_SOCKET_PROPERTY", WEB_SOCKET_PROPERTY);
  MEMBER(WEB_SOCKET_PROPERTY, Type);
  MEMBER(WEB_SOCKET_PROPERTY, pvValue);
  MEMBER(WEB_SOCKET_PROPERTY, ulValueSize);
  SIZE("WEB_SOCKET_HTTP_HEADER", WEB_SOCKET_HTTP_HEADER);
  MEMBER(WEB_SOCKET_HTTP_HEADER, pcName);
  MEMBER(WEB_SOCKET_HTTP_HEADER, ulNameLength);
  MEMBER(WEB_SOCKET_HTTP_HEADER, pcValue);
  MEMBER(WEB_SOCKET_HTTP_HEADER, ulValueLength);
  SIZE("WEB_SOCKET_BUFFER", WEB_SOCKET_BUFFER);
  MEMBER(WEB_SOCKET_BUFFER, Data);
  MEMBER(WEB_SOCKET_BUFFER, CloseStatus);
  printf("Data %lu\n", (unsigned long)sizeof buffer.Data);
  BUFFER_MEMBER(Data, pbBuffer);
  BUFFER_MEMBER(Data, ulBufferLength);
  printf("CloseStatus %lu\n", (unsigned long)sizeof buffer.CloseStatus);
  BUFFER_MEMBER(CloseStatus, pbReason);
  BUFFER_MEMBER(CloseStatus, ulReasonLength);
  BUFFER_MEMBER(CloseStatus, usStatus);
  SIZE("WEB_SOCKET_HANDLE", WEB_SOCKET_HANDLE);
  return 0;
}
