// Boost.Beast for the benchmark: blocking calls, parts of a message delivered
// as they come, as ours are. Without compression; a message goes out as one
// frame; the write buffer is as large as ours. Its other settings are its own.
extern "C" {
#include "stream.h"
}

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <exception>
#include <memory>
#include <string>

namespace beast = boost::beast;
namespace net = boost::asio;
namespace websocket = beast::websocket;
using beast::error_code;

namespace {

constexpr std::size_t buffer_size = 16 * 1024;

// What Beast wants of a stream, over ours. Nothing waits, so that the context
// has nothing to do.
class memory_stream {
public:
  using executor_type = net::io_context::executor_type;

  explicit memory_stream(stream *memory) : memory(memory) {}

  executor_type get_executor() noexcept {
    static net::io_context context;
    return context.get_executor();
  }

  template <class Buffers>
  std::size_t read_some(const Buffers &buffers, error_code &error) {
    std::size_t total = 0;
    error = {};
    for (net::mutable_buffer buffer : beast::buffers_range_ref(buffers)) {
      if (buffer.size() > 0) {
        total = stream_next(memory, buffer.data(), buffer.size());
        break;
      }
    }
    if (total == 0 && beast::buffer_bytes(buffers) > 0) {
      error = net::error::eof;
    }
    return total;
  }

  template <class Buffers>
  std::size_t write_some(const Buffers &buffers, error_code &error) {
    std::size_t total = 0;
    error = {};
    for (net::const_buffer buffer : beast::buffers_range_ref(buffers)) {
      memory->write(memory->network,
                    static_cast<const uint8_t *>(buffer.data()), buffer.size());
      total += buffer.size();
    }
    return total;
  }

  // Those that throw are part of the concept.
  template <class Buffers> std::size_t read_some(const Buffers &buffers) {
    error_code error;
    const std::size_t total = read_some(buffers, error);
    if (error) {
      throw beast::system_error(error);
    }
    return total;
  }

  template <class Buffers> std::size_t write_some(const Buffers &buffers) {
    error_code error;
    const std::size_t total = write_some(buffers, error);
    if (error) {
      throw beast::system_error(error);
    }
    return total;
  }

  stream *memory;
};

// The end of a connection.
void teardown(beast::role_type, memory_stream &, error_code &error) {
  error = {};
}

using connection = websocket::stream<memory_stream, false>;

void set_up(connection &ws) {
  ws.auto_fragment(false);
  ws.binary(true);
  ws.read_message_max(0);
  ws.write_buffer_bytes(buffer_size);
}

void forget(void *, const uint8_t *, std::size_t) {}

const std::string a_request = "GET / HTTP/1.1\r\n"
                              "Host: localhost\r\n"
                              "Upgrade: websocket\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Sec-WebSocket-Version: 13\r\n\r\n";

void accept(connection &ws, const std::string &request) {
  stream silent{};
  silent.write = forget;
  stream *const memory = ws.next_layer().memory;
  ws.next_layer().memory = &silent;
  ws.accept(net::buffer(request));
  ws.next_layer().memory = memory;
}

// A server that answers a client's request when it is all there.
struct answering {
  stream memory{};
  std::string request, answer;
  std::size_t end = 0;
  bool serves = false;

  answering() {
    memory.network = this;
    memory.write = write;
  }

  static void write(void *network, const uint8_t *octets, std::size_t length) {
    auto &self = *static_cast<answering *>(network);
    std::string &text = self.serves ? self.answer : self.request;
    text.append(reinterpret_cast<const char *>(octets), length);
    if (!self.serves && text.find("\r\n\r\n") != std::string::npos) {
      self.serves = true;
      connection(&self.memory).accept(net::buffer(self.request));
      self.end = self.answer.size();
      self.memory.octets = reinterpret_cast<const uint8_t *>(&self.answer[0]);
      self.memory.ends = &self.end;
      self.memory.reads = 1;
    }
  }
};

void ask(connection &ws) {
  answering server;
  stream *const memory = ws.next_layer().memory;
  ws.next_layer().memory = &server.memory;
  ws.handshake("localhost", "/");
  ws.next_layer().memory = memory;
}

} // namespace

extern "C" {

// NULL if that could not be.
void *bench_beast_open(int is_server, stream *memory) {
  try {
    auto ws = std::make_unique<connection>(memory);
    set_up(*ws);
    is_server ? accept(*ws, a_request) : ask(*ws);
    return ws.release();
  } catch (const std::exception &) {
    return nullptr;
  }
}

// Answers the request that the stream has, with a new connection.
int bench_beast_accept(stream *memory) {
  error_code error;
  connection ws(memory);
  set_up(ws);
  ws.accept(error);
  return !error;
}

int bench_beast_receive(void *handle, const stream *memory,
                        std::size_t messages) {
  connection &ws = *static_cast<connection *>(handle);
  // Beast unmasks here; where the stack happens to be can make it half as slow
  // again.
  alignas(64) uint8_t part[buffer_size];
  error_code error;
  while (messages > 0) {
    const std::size_t length =
        ws.read_some(net::buffer(part, sizeof part), error);
    if (error) {
      return 0;
    }
    const bool is_last = ws.is_message_done();
    memory->deliver(memory->sink, part, length, is_last);
    messages -= is_last;
  }
  return 1;
}

int bench_beast_send(void *handle, const uint8_t *octets, std::size_t length) {
  connection &ws = *static_cast<connection *>(handle);
  error_code error;
  ws.write(net::buffer(octets, length), error);
  return !error;
}

void bench_beast_close(void *handle) {
  delete static_cast<connection *>(handle);
}

} // extern "C"
