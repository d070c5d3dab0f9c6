package de.leakdex;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The native half. Each function answers with the four bytes of a code, and its result or an error's text. */
final class Native {
    /** Names a file that is loaded instead of the library in the jar. */
    static final String PROPERTY = "leakdex.library";

    private Native() {}

    static {
        load();
    }

    static native byte[] fields();

    static native byte[] keyLoad(byte[] path, boolean isMounted);

    static native byte[] keyFromBytes(byte[] bytes);

    static native byte[] keyGenerate();

    static native byte[] keySave(long key, byte[] path);

    static native byte[] keyId(long key);

    static native byte[] keyFree(long key);

    static native byte[] indexOpen(byte[] paths, long[] keys, int access);

    static native byte[] indexIds(long index);

    static native byte[] indexMetadata(long index);

    static native byte[] indexFree(long index);

    static native byte[] indexCheckOne(long index, byte[] member);

    static native byte[] indexCheckStream(long index, long members, long verdicts, byte[] options);

    static native byte[] checkColumns(long check);

    static native byte[] checkEnd(long check);

    static native byte[] checkFree(long check);

    static native byte[] streamRelease(long stream);

    static native byte[] rowsOpen(long index, byte[] request);

    static native byte[] rowsStep(long rows, int step, byte[] members);

    static native byte[] rowsFree(long rows);

    /** The result in an answer. Throws its error. */
    static ByteBuffer result(byte[] answer) {
        ByteBuffer buffer = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN);
        int code = buffer.getInt();
        if (code != 0) {
            throw new LeakdexException(code, rest(buffer));
        }
        return buffer;
    }

    /** The text that is the result in an answer. */
    static String text(byte[] answer) {
        return rest(result(answer));
    }

    private static String rest(ByteBuffer buffer) {
        return new String(buffer.array(), buffer.position(), buffer.remaining(), StandardCharsets.UTF_8);
    }

    private static void load() {
        String chosen = System.getProperty(PROPERTY);
        if (chosen != null) {
            System.load(Path.of(chosen).toAbsolutePath().toString());
            return;
        }
        String name = System.mapLibraryName("leakdex_capi");
        String resource = "native/" + platform() + "/" + name;
        try (InputStream library = Native.class.getResourceAsStream(resource)) {
            if (library == null) {
                throw new UnsatisfiedLinkError("this jar of leakdex has no library for " + platform()
                        + "; build it on such a machine, or name a library in -D" + PROPERTY);
            }
            loadCopy(library, name);
        } catch (IOException error) {
            throw new UncheckedIOException("cannot unpack the library of leakdex; set java.io.tmpdir to a"
                    + " folder that can be written to, or name a library in -D" + PROPERTY, error);
        }
    }

    /** Loads a copy in a new folder, which nobody but this user can open. */
    private static void loadCopy(InputStream library, String name) throws IOException {
        Path folder = Files.createTempDirectory("leakdex-");
        Path copy = folder.resolve(name);
        try {
            Files.copy(library, copy);
            System.load(copy.toString());
        } finally {
            try {
                // A loaded library needs its file no more, but on Windows.
                Files.deleteIfExists(copy);
                Files.deleteIfExists(folder);
            } catch (IOException inUse) {
                copy.toFile().deleteOnExit();
                folder.toFile().deleteOnExit();
            }
        }
    }

    /** Such as linux-amd64. */
    static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).split(" ")[0];
        return system + "-" + System.getProperty("os.arch");
    }
}
