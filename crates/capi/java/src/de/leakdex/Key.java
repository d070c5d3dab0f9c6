package de.leakdex;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/**
 * A key: the secret that is needed to read an index. Close it once the indexes are open: this overwrites its bytes
 * when no call uses it any more. Several threads may use it at once. Its text shows only its id, which is not a secret.
 */
public final class Key implements AutoCloseable {
    final Handle handle;

    private Key(byte[] answer) {
        handle = Handle.of(this, Native.result(answer).getLong(), "key", Native::keyFree);
    }

    /**
     * Reads a key file. Only its owner may have read access (mode 0600).
     *
     * @throws LeakdexException if it cannot be read, is not a key, or others can read it
     */
    public static Key load(Path path) {
        return new Key(Native.keyLoad(Index.bytes(path), false));
    }

    /**
     * Reads a key file that a container runtime mounts as a secret, which everybody in the container can
     * read. Use this only in a container that nobody else can enter.
     *
     * @throws LeakdexException if it cannot be read, is not a key, or others can write it
     */
    public static Key loadMountedSecret(Path path) {
        return new Key(Native.keyLoad(Index.bytes(path), true));
    }

    /**
     * A key from a secret store: its 32 bytes, or the text of a key file. Always overwrites {@code bytes} with
     * zeros, even after an error.
     *
     * @throws LeakdexException if the bytes are not a key
     */
    public static Key fromBytes(byte[] bytes) {
        Objects.requireNonNull(bytes, "bytes");
        try {
            return new Key(Native.keyFromBytes(bytes));
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** Makes a new key of random bytes. */
    public static Key generate() {
        return new Key(Native.keyGenerate());
    }

    /**
     * Writes the key to a new file that only its owner can read.
     *
     * @throws LeakdexException if the file exists or cannot be written
     */
    public void save(Path path) {
        byte[] bytes = Index.bytes(path);
        Native.result(handle.use(key -> Native.keySave(key, bytes)));
    }

    /** The id of the key: an index names the key that it was built with. */
    public String id() {
        return Native.text(handle.use(Native::keyId));
    }

    /** Overwrites the key when no call uses it any more. A second call does nothing. */
    @Override
    public void close() {
        handle.run();
    }

    @Override
    public String toString() {
        return handle.isClosed() ? "Key[closed]" : "Key[" + id() + "]";
    }
}
