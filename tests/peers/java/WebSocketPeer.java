import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * A peer by java.net.http. It is a client only and has no compression.
 *
 * <p>Usage: java WebSocketPeer client URL OPTIONS
 */
public final class WebSocketPeer {
  /** UTF-8 whatever the locale. */
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private static final int HEARTBEAT_MILLISECONDS = 200;

  /** Sends follow one another: the library takes the next one when the last is done. */
  private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);

  private final WebSocket socket;
  private final Events events;

  private WebSocketPeer(WebSocket socket, Events events) {
    this.socket = socket;
    this.events = events;
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3 || !arguments[0].equals("client")) {
      System.err.println("usage: java WebSocketPeer client URL OPTIONS");
      System.exit(2);
    }
    JsonObject options = JsonParser.parseString(arguments[2]).getAsJsonObject();
    Events events = new Events();
    WebSocketPeer peer = null;
    try {
      WebSocket socket = connect(URI.create(arguments[1]), options, events);
      peer = new WebSocketPeer(socket, events);
      peer.startHeartbeat();
      events.start(socket, option(options, "echo") ? peer : null);
    } catch (CompletionException failure) {
      tell("failed", "why", failure.getCause().toString());
    }
    obey(peer);
    // The library's threads would go on.
    System.exit(0);
  }

  private static boolean option(JsonObject options, String name) {
    return options.has(name) && options.get(name).getAsBoolean();
  }

  private static WebSocket connect(URI uri, JsonObject options, Events events) {
    WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
    if (options.has("protocols")) {
      String[] offered = new Gson().fromJson(options.get("protocols"), String[].class);
      String[] others = java.util.Arrays.copyOfRange(offered, 1, offered.length);
      builder.subprotocols(offered[0], others);
    }
    return builder.buildAsync(uri, events).join();
  }

  private static void obey(WebSocketPeer peer) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      peer.obey(JsonParser.parseString(line).getAsJsonObject());
    }
  }

  private void obey(JsonObject command) {
    switch (command.get("do").getAsString()) {
      case "send" -> send(command, true);
      case "fragments" -> sendFragments(command.getAsJsonArray("parts"));
      case "ping" -> ping(command.get("text").getAsString());
      case "pong" -> enqueue(() -> socket.sendPong(octets(command)));
      case "close" -> close(command.get("code").getAsInt(), command.get("reason").getAsString());
      case "terminate" -> {
        socket.abort();
        events.end("lost", "why", "terminated");
      }
      default -> throw new IllegalArgumentException(command.toString());
    }
  }

  private synchronized CompletableFuture<?> enqueue(
      Supplier<CompletableFuture<WebSocket>> send) {
    sent = sent.thenCompose(previous -> send.get());
    return sent;
  }

  /**
   * Java 17 does not always tell that the stream has ended: its socket then waits for nothing. Who
   * sends notices, so that a program that has to know sends pongs that nobody asked for.
   */
  private void startHeartbeat() {
    Thread heartbeat =
        new Thread(
            () -> {
              while (!events.isClosing()) {
                enqueue(() -> socket.sendPong(ByteBuffer.allocate(0)))
                    .exceptionally(this::tellLost)
                    .join();
                sleep();
              }
            });
    heartbeat.setDaemon(true);
    heartbeat.start();
  }

  private <T> T tellLost(Throwable failure) {
    if (!events.isClosing()) {
      events.end("lost", "why", failure.toString());
    }
    return null;
  }

  private static void sleep() {
    try {
      Thread.sleep(HEARTBEAT_MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(JsonObject payload, boolean last) {
    if (payload.has("text")) {
      sendText(payload.get("text").getAsString(), last);
    } else {
      sendBinary(octets(payload), last);
    }
  }

  void sendText(CharSequence text, boolean last) {
    enqueue(() -> socket.sendText(text, last));
  }

  void sendBinary(ByteBuffer octets, boolean last) {
    enqueue(() -> socket.sendBinary(octets, last));
  }

  private void sendFragments(JsonArray parts) {
    int number = 0;
    for (JsonElement part : parts) {
      boolean last = number == parts.size() - 1;
      send(part.getAsJsonObject(), last);
      if (!last) {
        ping("between " + number);
      }
      number++;
    }
  }

  private void ping(String text) {
    enqueue(() -> socket.sendPing(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
  }

  private void close(int code, String reason) {
    events.expectClose();
    enqueue(() -> socket.sendClose(code, reason));
  }

  /** Text as UTF-8, or what base64 stands for. */
  private static ByteBuffer octets(JsonObject payload) {
    if (payload.has("text")) {
      return ByteBuffer.wrap(payload.get("text").getAsString().getBytes(StandardCharsets.UTF_8));
    }
    return ByteBuffer.wrap(Base64.getDecoder().decode(payload.get("base64").getAsString()));
  }

  /** Tells an event; `members` are names and values in turn. */
  static void tell(String event, Object... members) {
    JsonObject object = new JsonObject();
    object.addProperty("event", event);
    Gson gson = new Gson();
    for (int i = 0; i < members.length; i += 2) {
      object.add((String) members[i], gson.toJsonTree(members[i + 1]));
    }
    synchronized (OUT) {
      OUT.println(gson.toJson(object));
    }
  }
}
