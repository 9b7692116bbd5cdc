/*
 * A program in the object format of MSVC, linked with websocket.lib by its
 * kind of linker, without any C library: a handshake and one message. Ends
 * with 0, or with the number of the line that failed.
 *
 * Row of docs/compatibility.md: *msvc-objects*.
 */
#include <websocket.h>
#include <wspc.h>

#define EXPECT(condition)                                                      \
  do {                                                                         \
    if (!(condition)) {                                                        \
      ExitProcess(__LINE__);                                                   \
    }                                                                          \
  } while (0)

/* Every symbol of the import library is asked for, whether it is called. */
void *volatile websocket_functions[] = {
#include "functions.inc"
};

static char message[] = "Hello, MSVC";
#define MESSAGE_LENGTH ((ULONG)(sizeof message - 1))

/* The number of slots is the caller's; a program without C library has no
 * memset that the compiler could ask for. */
static WEB_SOCKET_BUFFER buffers[2];
static WEB_SOCKET_HTTP_HEADER request[16];
static BYTE wire[64];

static WEB_SOCKET_ACTION next(WEB_SOCKET_HANDLE handle,
                              WEB_SOCKET_ACTION_QUEUE queue, ULONG *count,
                              WEB_SOCKET_BUFFER_TYPE *type, PVOID *context) {
  WEB_SOCKET_ACTION action = WEB_SOCKET_NO_ACTION;
  PVOID application = (PVOID)0;
  *count = 2;
  EXPECT(WebSocketGetAction(handle, queue, buffers, count, &action, type,
                            &application, context) == S_OK);
  return action;
}

static void handshake(WEB_SOCKET_HANDLE client, WEB_SOCKET_HANDLE server) {
  PWEB_SOCKET_HTTP_HEADER sent, answer;
  ULONG sent_count = 0, answer_count = 0, i;
  EXPECT(WebSocketBeginClientHandshake(client, (PCSTR *)0, 0, (PCSTR *)0, 0,
                                       (PWEB_SOCKET_HTTP_HEADER)0, 0, &sent,
                                       &sent_count) == S_OK);
  EXPECT(sent_count > 0 && sent_count < 16);
  for (i = 0; i < sent_count; i++) {
    request[i] = sent[i];
  }
  request[i].pcName = "Host";
  request[i].ulNameLength = 4;
  request[i].pcValue = "localhost";
  request[i].ulValueLength = 9;
  EXPECT(WebSocketBeginServerHandshake(server, (PCSTR)0, (PCSTR *)0, 0, request,
                                       sent_count + 1, &answer,
                                       &answer_count) == S_OK);
  EXPECT(WebSocketEndClientHandshake(client, answer, answer_count, (ULONG *)0,
                                     (ULONG *)0, (ULONG *)0) == S_OK);
  EXPECT(WebSocketEndServerHandshake(server) == S_OK);
}

/* What the client sends goes to the wire; how many octets. */
static ULONG send_message(WEB_SOCKET_HANDLE client) {
  WEB_SOCKET_BUFFER_TYPE type;
  WEB_SOCKET_BUFFER buffer;
  PVOID context;
  ULONG count, length = 0, i, k;
  buffer.Data.pbBuffer = (PBYTE)message;
  buffer.Data.ulBufferLength = MESSAGE_LENGTH;
  EXPECT(WebSocketSend(client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, &buffer,
                       (PVOID)0) == S_OK);
  EXPECT(next(client, WEB_SOCKET_SEND_ACTION_QUEUE, &count, &type, &context) ==
         WEB_SOCKET_SEND_TO_NETWORK_ACTION);
  for (i = 0; i < count; i++) {
    for (k = 0; k < buffers[i].Data.ulBufferLength; k++) {
      EXPECT(length < sizeof wire);
      wire[length++] = buffers[i].Data.pbBuffer[k];
    }
  }
  WebSocketCompleteAction(client, context, length);
  EXPECT(next(client, WEB_SOCKET_SEND_ACTION_QUEUE, &count, &type, &context) ==
         WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION);
  WebSocketCompleteAction(client, context, 0);
  return length;
}

static void receive_message(WEB_SOCKET_HANDLE server, ULONG length) {
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID context;
  ULONG count, i;
  EXPECT(WebSocketReceive(server, (PWEB_SOCKET_BUFFER)0, (PVOID)0) == S_OK);
  EXPECT(next(server, WEB_SOCKET_RECEIVE_ACTION_QUEUE, &count, &type,
              &context) == WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION);
  EXPECT(buffers[0].Data.ulBufferLength >= length);
  for (i = 0; i < length; i++) {
    buffers[0].Data.pbBuffer[i] = wire[i];
  }
  WebSocketCompleteAction(server, context, length);
  EXPECT(next(server, WEB_SOCKET_RECEIVE_ACTION_QUEUE, &count, &type,
              &context) == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION);
  EXPECT(type == WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE && count == 1);
  EXPECT(buffers[0].Data.ulBufferLength == MESSAGE_LENGTH);
  for (i = 0; i < MESSAGE_LENGTH; i++) {
    EXPECT(buffers[0].Data.pbBuffer[i] == (BYTE)message[i]);
  }
  WebSocketCompleteAction(server, context, 0);
}

void start(void) {
  WEB_SOCKET_HANDLE client = (WEB_SOCKET_HANDLE)0;
  WEB_SOCKET_HANDLE server = (WEB_SOCKET_HANDLE)0;
  ULONG i;
  for (i = 0; i < sizeof websocket_functions / sizeof(void *); i++) {
    EXPECT(websocket_functions[i] != (void *)0);
  }
  EXPECT(WspcVersion() == WSPC_VERSION);
  EXPECT(WebSocketCreateClientHandle((PWEB_SOCKET_PROPERTY)0, 0, &client) ==
         S_OK);
  EXPECT(WebSocketCreateServerHandle((PWEB_SOCKET_PROPERTY)0, 0, &server) ==
         S_OK);
  handshake(client, server);
  receive_message(server, send_message(client));
  WebSocketDeleteHandle(client);
  WebSocketDeleteHandle(server);
  ExitProcess(0);
}
