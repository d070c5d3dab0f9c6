import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceTest {
    private static final Path FOLDER = Path.of(System.getProperty("leakdex.test.folder"));
    private static final String AFFECTED = "M204815368";
    private final HttpClient client = HttpClient.newHttpClient();

    private HttpResponse<String> ask(Service service, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + service.port() + path));
        request = body == null ? request.GET() : request.POST(BodyPublishers.ofString(body));
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /** Replaces a file by renaming, as leakdex itself does. */
    private static void replace(String name, Path place) throws IOException {
        Path next = place.resolveSibling("next");
        Files.copy(FOLDER.resolve(name), next);
        Files.move(next, place, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void itAnswersReloadsAndShowsNoValue(@TempDir Path folder) throws Exception {
        Path index = folder.resolve("live.leakdex");
        replace("leak.leakdex", index);
        // In Turkish, the lower case of "I" is another letter.
        Locale usualLocale = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr"));
        PrintStream usual = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true));
        Service service = new Service(index, FOLDER.resolve("leak.key"), 0);
        try {
            HttpResponse<String> answer = ask(service, "/check", "kvnr=" + AFFECTED);
            assertEquals(200, answer.statusCode());
            assertTrue(answer.body().startsWith("{\"verdict\":\"affected\",\"strength\":\"certain\""), answer.body());
            assertTrue(ask(service, "/check", "kvnr=A123456780").body().contains("\"not_affected\""));
            String wrong = ask(service, "/check", "kvnr=A123456789").body();
            assertTrue(wrong.contains("\"indeterminate\"") && wrong.contains("wrong-check-digit"), wrong);

            for (String bad : new String[] {
                AFFECTED, "kvn=" + AFFECTED, "", "kvnr=%zz" + AFFECTED, "birth-date=03/04/1980"
            }) {
                answer = ask(service, "/check", bad);
                assertEquals(400, answer.statusCode(), bad);
                assertFalse(answer.body().contains(AFFECTED));
            }
            assertEquals(405, ask(service, "/check", null).statusCode());
            assertEquals(413, ask(service, "/check", "kvnr=" + "x".repeat(20_000)).statusCode());

            String before = ask(service, "/health", null).body();
            replace("other.leakdex", index);
            assertEquals(503, ask(service, "/reload", "").statusCode(), "it has another key");
            assertEquals(before, ask(service, "/health", null).body(), "the old index stays");
            replace("few.leakdex", index);
            assertEquals(200, ask(service, "/reload", "").statusCode());
            assertFalse(before.equals(ask(service, "/health", null).body()));
            assertTrue(ask(service, "/check", "kvnr=" + AFFECTED).body().contains("\"not_affected\""));
            replace("newer.leakdex", index);
            assertEquals(200, ask(service, "/reload", "").statusCode());
            String newer = ask(service, "/health", null).body();
            replace("leak.leakdex", index);
            answer = ask(service, "/reload", "");
            assertEquals("503 {\"error\":\"index\"}", answer.statusCode() + " " + answer.body(), "it is older");
            assertEquals(newer, ask(service, "/health", null).body(), "the newer index stays");
            assertTrue(ask(service, "/check", "kvnr=" + AFFECTED).body().contains("\"affected\""));
        } finally {
            service.close();
            System.setErr(usual);
            Locale.setDefault(usualLocale);
        }
        assertThrows(ConnectException.class, () -> ask(service, "/health", null));
        assertTrue(log.toString().contains("built with key"), log.toString());
        assertFalse(log.toString().contains(AFFECTED), log.toString());
    }

    @Test
    void requestsAreAnsweredWhileTheIndexIsReplaced(@TempDir Path folder) throws Exception {
        Path index = folder.resolve("live.leakdex");
        replace("leak.leakdex", index);
        try (Service service = new Service(index, FOLDER.resolve("leak.key"), 0)) {
            AtomicBoolean isOver = new AtomicBoolean();
            // An error in a thread fails the test only through the task's result. It is the number of indexes in use.
            FutureTask<Integer> reloads = new FutureTask<>(() -> {
                Set<String> used = new HashSet<>();
                for (int i = 0; i < 2 || !isOver.get(); i++) {
                    replace(i % 2 == 0 ? "few.leakdex" : "leak.leakdex", index);
                    HttpResponse<String> answer = ask(service, "/reload", "");
                    assertEquals(200, answer.statusCode(), answer.body());
                    used.add(answer.body());
                }
                return used.size();
            });
            Thread reloader = new Thread(reloads);
            reloader.start();
            try {
                for (int i = 0; i < 200; i++) {
                    HttpResponse<String> answer = ask(service, "/check", "kvnr=" + AFFECTED);
                    assertEquals(200, answer.statusCode(), answer.body());
                    assertTrue(answer.body().contains("affected\""), answer.body());
                }
            } finally {
                isOver.set(true);
                reloader.join();
            }
            assertEquals(2, reloads.get());
        }
    }
}
