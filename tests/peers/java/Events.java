import java.io.ByteArrayOutputStream;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tells what happens on a connection. */
final class Events implements WebSocket.Listener {
  /** What the library gives for an end without a CLOSE. */
  private static final int ABNORMAL = 1006;

  private final StringBuilder text = new StringBuilder();
  private final ByteArrayOutputStream octets = new ByteArrayOutputStream();
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile boolean closing;
  private WebSocketPeer echo;

  /** Nothing is delivered before; `echo` sends messages back, if there is one. */
  void start(WebSocket socket, WebSocketPeer echo) {
    this.echo = echo;
    WebSocketPeer.tell("open", "protocol", socket.getSubprotocol());
    // Once for all, so that not even the end of the stream waits for someone to ask.
    socket.request(Long.MAX_VALUE);
  }

  /** A CLOSE is on its way, behind which nothing can be sent. */
  void expectClose() {
    closing = true;
  }

  boolean isClosing() {
    return closing;
  }

  /** The last event of the connection; what follows is not told. */
  void end(String event, Object... members) {
    if (!ended.getAndSet(true)) {
      WebSocketPeer.tell(event, members);
    }
  }

  @Override
  public void onOpen(WebSocket socket) {
    // Not the default, which asks for one message.
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
    text.append(part);
    if (last) {
      String whole = text.toString();
      text.setLength(0);
      tellMessage(false, whole.getBytes(StandardCharsets.UTF_8));
      if (echo != null) {
        echo.sendText(whole, true);
      }
    }
    return null;
  }

  @Override
  public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
    byte[] copy = new byte[part.remaining()];
    part.get(copy);
    octets.writeBytes(copy);
    if (last) {
      byte[] whole = octets.toByteArray();
      octets.reset();
      tellMessage(true, whole);
      if (echo != null) {
        echo.sendBinary(ByteBuffer.wrap(whole), true);
      }
    }
    return null;
  }

  @Override
  public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
    // The library answers.
    WebSocketPeer.tell("ping", "payload", StandardCharsets.UTF_8.decode(message).toString());
    return null;
  }

  @Override
  public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
    WebSocketPeer.tell("pong", "payload", StandardCharsets.UTF_8.decode(message).toString());
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    if (code == ABNORMAL) {
      end("lost", "why", reason);
    } else {
      expectClose();
      // Done at once if it was sent before.
      socket.sendClose(code, reason).whenComplete((done, failure) -> tellClose(code, reason));
    }
    return null;
  }

  private void tellClose(int code, String reason) {
    end("close", "code", code, "reason", reason);
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    end("lost", "why", error.toString());
  }

  private static void tellMessage(boolean binary, byte[] octets) {
    WebSocketPeer.tell(
        "message", "binary", binary, "length", octets.length, "sha256", digest(octets));
  }

  private static String digest(byte[] octets) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
    } catch (NoSuchAlgorithmException absent) {
      throw new AssertionError(absent);
    }
  }
}
