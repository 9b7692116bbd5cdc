// Boost.Beast for Autobahn|Testsuite: an echo server and a client that runs
// the cases. Blocking calls, a thread for each connection.
//
// Settings, as Beast's own example that is tuned for the suite has them:
// permessage-deflate offered and accepted, compression level 3, messages of up
// to 64 MiB, no fragments but those of a message too large for a frame.
//
// Usage: beast server | beast client URL
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/version.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = boost::asio::ip::tcp;
using stream = websocket::stream<tcp::socket>;

static const char *const agent = "beast";

static void set_up(stream &ws) {
  websocket::permessage_deflate deflate;
  deflate.server_enable = true;
  deflate.client_enable = true;
  deflate.compLevel = 3;
  ws.set_option(deflate);
  ws.auto_fragment(false);
  ws.read_message_max(64 * 1024 * 1024);
  ws.next_layer().set_option(tcp::no_delay(true));
}

// Until the connection has ended, in whatever way: that is for the suite to
// judge.
static void echo(stream &ws) {
  beast::error_code error;
  for (;;) {
    beast::flat_buffer message;
    ws.read(message, error);
    if (error) {
      return;
    }
    ws.text(ws.got_text());
    ws.write(message.data(), error);
    if (error) {
      return;
    }
  }
}

static void serve_one(tcp::socket socket) {
  beast::error_code error;
  stream ws(std::move(socket));
  set_up(ws);
  ws.accept(error);
  if (error) {
    std::fprintf(stderr, "accept: %s\n", error.message().c_str());
    return;
  }
  echo(ws);
}

static void serve() {
  boost::asio::io_context context;
  tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  std::printf("listening on ws://127.0.0.1:%u\n",
              unsigned{acceptor.local_endpoint().port()});
  std::fflush(stdout);
  for (;;) {
    std::thread(serve_one, acceptor.accept()).detach();
  }
}

// HOST:PORT of ws://HOST:PORT
struct address {
  std::string host, port;

  explicit address(const std::string &url) {
    const std::size_t host_at = 5, colon = url.rfind(':');
    if (url.compare(0, host_at, "ws://") != 0 || colon < host_at) {
      throw std::runtime_error("the URL has to be ws://HOST:PORT");
    }
    host = url.substr(host_at, colon - host_at);
    port = url.substr(colon + 1);
  }
};

static void connect(stream &ws, const address &server,
                    const std::string &path) {
  tcp::resolver resolver(ws.get_executor());
  boost::asio::connect(ws.next_layer(),
                       resolver.resolve(server.host, server.port));
  set_up(ws);
  ws.handshake(server.host + ":" + server.port, path);
}

static void run_cases(const address &server) {
  boost::asio::io_context context;
  unsigned long count;
  {
    stream ws(context);
    beast::flat_buffer message;
    connect(ws, server, "/getCaseCount");
    ws.read(message);
    count = std::stoul(beast::buffers_to_string(message.data()));
    echo(ws);
  }
  for (unsigned long number = 1; number <= count; number++) {
    stream ws(context);
    connect(ws, server,
            "/runCase?case=" + std::to_string(number) + "&agent=" + agent);
    echo(ws);
  }
  stream ws(context);
  connect(ws, server, std::string("/updateReports?agent=") + agent);
  echo(ws);
}

int main(int count, char **arguments) {
  const std::string role = count > 1 ? arguments[1] : "";
  try {
    if (role == "server" && count == 2) {
      serve();
    } else if (role == "client" && count == 3) {
      run_cases(address(arguments[2]));
    } else {
      std::fputs("usage: beast server | beast client URL\n", stderr);
      return 2;
    }
  } catch (const std::exception &error) {
    std::fprintf(stderr, "beast: %s\n", error.what());
    return 1;
  }
  return 0;
}
