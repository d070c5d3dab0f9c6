package de.leakdex;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Finds and loads the native library. */
final class Library {
    /** The property that names a file to load instead of the library in the jar. */
    static final String PROPERTY = "leakdex.library";

    private Library() {}

    static void load() {
        String chosen = System.getProperty(PROPERTY);
        if (chosen != null) {
            System.load(Path.of(chosen).toAbsolutePath().toString());
            return;
        }
        String name = System.mapLibraryName("leakdex_capi");
        String resource = "native/" + platform() + "/" + name;
        try (InputStream library = Library.class.getResourceAsStream(resource)) {
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
                // A loaded library no longer needs its file, except on Windows.
                Files.deleteIfExists(copy);
                Files.deleteIfExists(folder);
            } catch (IOException inUse) {
                copy.toFile().deleteOnExit();
                folder.toFile().deleteOnExit();
            }
        }
    }

    /** This platform, such as linux-amd64. */
    static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).split(" ")[0];
        return system + "-" + System.getProperty("os.arch");
    }
}
