package de.leakdex;

/**
 * An error of leakdex. The message says what to do, and contains no value of a person. The exception is unchecked,
 * since a program can seldom do more than stop and report it.
 */
public final class LeakdexException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The kind of an error. The order is that of the codes of the C library, so it never changes. */
    public enum Code {
        /** An argument is wrong. */
        ARGUMENT,
        /** The object cannot do this now, for example because an earlier call failed. */
        STATE,
        /** The system refused an operation, usually reading or writing a file. */
        IO,
        /** A key is not valid, or other users may read its file. */
        KEY,
        /** The index was built with another key. */
        WRONG_KEY,
        /** The file is not an index, is damaged or incomplete, or was changed while it was in use. */
        INDEX,
        /** Another version of leakdex made the index: build it again. */
        OTHER_VERSION,
        /** The columns cannot be used as they are. */
        COLUMNS,
        /** A stream of record batches ended with an error, or contains an invalid batch. */
        STREAM,
        /** The index cannot be built from these rows. */
        BUILD,
        /** A bug in leakdex. Earlier results do not count. */
        INTERNAL
    }

    private final Code code;

    LeakdexException(int code, String message) {
        super(message);
        Code[] codes = Code.values();
        this.code = code >= 1 && code <= codes.length ? codes[code - 1] : Code.INTERNAL;
    }

    /** The kind of this error. */
    public Code code() {
        return code;
    }
}
