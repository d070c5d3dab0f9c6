package de.leakdex;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/**
 * One or several indexes, checked as one. Any number of threads may use this object at once. Closing it while
 * others use it does no harm: calls that have begun end as usual, later calls throw
 * {@link IllegalStateException}, and checks of many members that have begun continue.
 */
public final class Index implements AutoCloseable {
    private final Handle handle;

    private Index(byte[] answer) {
        handle = Handle.of(this, Native.result(answer).getLong(), "index", Native::indexFree);
    }

    /**
     * Opens an index into memory and verifies it: a file, or a folder with all shards of an index.
     *
     * @throws LeakdexException if it cannot be read, is damaged, or was built with another key or version
     */
    public static Index open(Path path, Key key) {
        return open(List.of(path), List.of(key));
    }

    /**
     * Opens several indexes, each with the key that it names. They are checked as one.
     *
     * @throws LeakdexException as above, or if an index comes twice
     */
    public static Index open(List<Path> paths, List<Key> keys) {
        return open(paths, keys, false);
    }

    /**
     * Maps an index. Use it for indexes that are larger than the memory, or that several processes share. A check
     * verifies each part of the file when it first reads it, and fails if the part is damaged. While the index is
     * open, nobody may change the file in place or truncate it: this may end the process. leakdex itself never changes
     * a file in place: it replaces the old file with a new one.
     */
    public static Index map(Path path, Key key) {
        return open(List.of(path), List.of(key), true);
    }

    private static Index open(List<Path> paths, List<Key> keys, boolean isMapped) {
        Bytes bytes = new Bytes();
        paths.forEach(path -> bytes.text(bytes(path)));
        List<Key> held = new ArrayList<>();
        try {
            long[] addresses = new long[keys.size()];
            for (Key key : keys) {
                addresses[held.size()] = key.handle.acquire();
                held.add(key);
            }
            return new Index(Native.indexOpen(bytes.toArray(), addresses, isMapped));
        } finally {
            held.forEach(key -> key.handle.release());
        }
    }

    static byte[] bytes(Path path) {
        return Bytes.utf8(Objects.requireNonNull(path, "path").toString(), "the path");
    }

    /** The ids of the indexes. All shards of an index have its id. */
    public List<String> ids() {
        return List.of(Native.text(handle.use(Native::indexIds)).split(" "));
    }

    /**
     * The lowest generation of the indexes: the number that orders indexes which replace each other; 0 if the builder
     * set none. It does not show that another of several indexes is an older one. To compare each, open it on its own.
     */
    public long generation() {
        return Native.result(handle.use(Native::indexGeneration)).getLong();
    }

    /**
     * Refuses an index of a lower generation. Call this after you open the index. An old copy in the place of an index
     * lacks later leaks, and its members would look not affected.
     *
     * @throws LeakdexException with the code {@code INDEX} if the generation is lower than {@code minimum}
     */
    public void requireGeneration(long minimum) {
        Native.result(handle.use(index -> Native.indexRequireGeneration(index, minimum)));
    }

    /** The metadata as JSON: a list with an object for each file, which has its id and its metadata. */
    public String metadataJson() {
        return Native.text(handle.use(Native::indexMetadata));
    }

    /**
     * Checks one member. It takes microseconds for an index that was {@linkplain #open opened}. For a
     * {@linkplain #map mapped} one, each call also makes sure that nobody changed the files: it makes two system calls
     * for each file, and hashes its head.
     *
     * @throws IllegalStateException if the index was closed
     * @throws LeakdexException with the code {@code ARGUMENT} if the date of birth has two meanings; or if a mapped
     *     file is damaged or was changed
     */
    public Verdict check(Member member) {
        byte[] values = member.toBytes();
        ByteBuffer answer = Native.result(handle.use(index -> Native.indexCheckOne(index, values)));
        return Verdict.read(answer, member.reference());
    }

    /**
     * Verifies once more, on all cores, the parts of mapped files that checks have read: it reads these parts again,
     * and compares them with their digests. Call it after the last {@link #check(Member)} and before you use the
     * verdicts. Checks of many members do this automatically. The call takes no time for an index in memory.
     *
     * @throws IllegalStateException if the index was closed
     * @throws LeakdexException if a mapped file is damaged or was changed
     */
    public void verifyTouched() {
        Native.result(handle.use(Native::indexVerifyTouched));
    }

    /** Checks many members with the {@linkplain CheckOptions#USUAL usual options}. */
    public Verdicts check(Iterator<Member> members) {
        return check(members, CheckOptions.USUAL);
    }

    /**
     * Checks many members, in batches on several threads. The verdicts are in the order of the members, and are
     * computed while you read them. A later member may only have fields that the first 8192 members have.
     *
     * @throws IllegalArgumentException if the options name columns
     */
    public Verdicts check(Iterator<Member> members, CheckOptions options) {
        Objects.requireNonNull(members, "members");
        if (options.hasColumns()) {
            throw new IllegalArgumentException("only streams of record batches have columns");
        }
        return new Verdicts(handle, members, options);
    }

    /**
     * Checks a stream of Arrow record batches in native memory, without copying it.
     *
     * @param members the address of an {@code ArrowArrayStream} with the members, such as
     *     {@code ArrowArrayStream.memoryAddress()} of arrow-java. This always takes it over, even after an error
     * @param verdicts the address of an {@code ArrowArrayStream} that is not in use, which receives the verdicts.
     *     Release it after you have read it
     * @throws LeakdexException if the columns cannot be used, or {@code members} is not a stream
     */
    public StreamCheck check(long members, long verdicts, CheckOptions options) {
        boolean isTaken = false;
        try {
            byte[] optionBytes = options.toBytes();
            long address = handle.acquire();
            isTaken = true;
            try {
                return new StreamCheck(Native.indexCheckStream(address, members, verdicts, optionBytes));
            } finally {
                handle.release();
            }
        } finally {
            if (!isTaken) {
                Native.streamRelease(members);
            }
        }
    }

    /** Closes the index. A second call does nothing. */
    @Override
    public void close() {
        handle.run();
    }

    @Override
    public String toString() {
        return handle.isClosed() ? "Index[closed]" : "Index" + ids();
    }
}
