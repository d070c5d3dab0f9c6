import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import de.leakdex.Field;
import de.leakdex.Index;
import de.leakdex.Key;
import de.leakdex.LeakdexException;
import de.leakdex.Member;
import de.leakdex.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A service that reports whether a member is affected: {@code java Service.java INDEX KEY PORT}. It listens on
 * this machine only. Put a gateway in front of it that decides who may use it.
 *
 * <pre>
 * POST /check   kvnr=A123456780&amp;birth-date=1980-04-03   a form, so no value is in a URL
 * POST /reload  opens the index that is now in the file; its generation may not be lower
 * GET  /health  the ids of the index in use
 * </pre>
 */
public final class Service implements AutoCloseable {
    private static final int MAX_BODY_LENGTH = 10_000;

    private final Path file;
    private final Path key;
    private final AtomicReference<Index> current = new AtomicReference<>();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(8);

    public Service(Path file, Path key, int port) throws IOException {
        this.file = file;
        this.key = key;
        current.set(open());
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/check", exchange -> answer(exchange, "POST", this::check));
        server.createContext("/reload", exchange -> answer(exchange, "POST", this::reload));
        server.createContext("/health", exchange -> answer(exchange, "GET", body -> ids(current.get())));
        server.setExecutor(threads);
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** Closes the key after opening: the index keeps only keys that are derived from it. */
    private Index open() {
        try (Key key = Key.load(this.key)) {
            return Index.open(file, key);
        }
    }

    private String check(String body) {
        Member.Builder member = Member.builder();
        for (String pair : body.split("&")) {
            String[] parts = pair.split("=", 2);
            if (parts.length != 2) {
                throw new IllegalArgumentException("the body is not a form");
            }
            member.with(Field.of(decoded(parts[0])), decoded(parts[1]));
        }
        return json(verdict(member.build()));
    }

    private Verdict verdict(Member member) {
        while (true) {
            Index index = current.get();
            try {
                return index.check(member);
            } catch (IllegalStateException closed) {
                // Another thread has replaced and closed it: use the new one.
                if (index == current.get()) {
                    throw closed;
                }
            }
        }
    }

    /** One reload at a time. Otherwise a slower one could put an older index in place of a newer one. */
    private synchronized String reload(String body) {
        // If the new index cannot be used, the old one stays.
        Index index = open();
        try {
            // An older index lacks later leaks: the members in them would be "not affected".
            index.requireGeneration(current.get().generation());
        } catch (RuntimeException error) {
            index.close();
            throw error;
        }
        current.getAndSet(index).close();
        return ids(index);
    }

    /** The names and codes in a verdict need no escaping in JSON. */
    private static String json(Verdict verdict) {
        return "{\"verdict\":\"" + word(verdict.state()) + "\",\"strength\":"
                + (verdict.strength() == null ? "null" : "\"" + word(verdict.strength()) + "\"")
                + ",\"partial\":" + verdict.isPartial()
                + ",\"breaches\":\"" + String.join(" ", verdict.breaches())
                + "\",\"data_classes\":\"" + String.join(" ", verdict.dataClasses())
                + "\",\"reasons\":\"" + String.join(" ", verdict.reasons()) + "\"}";
    }

    private static String ids(Index index) {
        return "{\"index\":\"" + String.join(" ", index.ids()) + "\"}";
    }

    /** In Turkish, the lower case of "I" is another letter. So this must not depend on the language of the system. */
    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private interface Answer {
        String to(String body);
    }

    private static void answer(HttpExchange exchange, String method, Answer answer) throws IOException {
        int status = 200;
        String text;
        try (exchange) {
            byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_LENGTH + 1);
            if (!exchange.getRequestMethod().equals(method)) {
                status = 405;
                text = "{\"error\":\"use " + method + "\"}";
            } else if (body.length > MAX_BODY_LENGTH) {
                status = 413;
                text = "{\"error\":\"the body is too long\"}";
            } else {
                try {
                    text = answer.to(new String(body, StandardCharsets.UTF_8));
                } catch (IllegalArgumentException error) {
                    // A message of another library may contain a value, so no message is passed on.
                    status = 400;
                    text = "{\"error\":\"the form is wrong: FIELD=VALUE pairs with the names of fields\"}";
                } catch (LeakdexException error) {
                    // A date of birth with two meanings is an error of the form.
                    status = error.code() == LeakdexException.Code.ARGUMENT ? 400 : 503;
                    text = "{\"error\":\"" + word(error.code()) + "\"}";
                    System.err.println("leakdex: " + error.getMessage());
                }
            }
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    /** Stops listening, lets requests end, and closes the index. */
    @Override
    public void close() {
        server.stop(1);
        threads.shutdown();
        current.get().close();
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            System.err.println("usage: Service INDEX KEY PORT");
            System.exit(2);
        }
        Service service =
                new Service(Path.of(arguments[0]), Path.of(arguments[1]), Integer.parseInt(arguments[2]));
        Runtime.getRuntime().addShutdownHook(new Thread(service::close));
        System.out.println("listening on port " + service.port());
    }
}
