package de.leakdex;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The native functions. Each returns the four bytes of a code, then its result or the text of an error. */
final class Native {
    private Native() {}

    static {
        Library.load();
    }

    static native byte[] fields();

    static native byte[] keyLoad(byte[] path, boolean isMounted);

    static native byte[] keyFromBytes(byte[] bytes);

    static native byte[] keyGenerate();

    static native byte[] keySave(long key, byte[] path);

    static native byte[] keyId(long key);

    static native byte[] keyFree(long key);

    static native byte[] indexOpen(byte[] paths, long[] keys, boolean isMapped);

    static native byte[] indexIds(long index);

    static native byte[] indexGeneration(long index);

    static native byte[] indexRequireGeneration(long index, long minimum);

    static native byte[] indexMetadata(long index);

    static native byte[] indexVerifyTouched(long index);

    static native byte[] indexFree(long index);

    static native byte[] indexCheckOne(long index, byte[] member);

    static native byte[] indexCheckStream(long index, long members, long verdicts, byte[] options);

    static native byte[] checkColumns(long check);

    static native byte[] checkOutcome(long check);

    static native byte[] checkFree(long check);

    static native byte[] streamRelease(long stream);

    static native byte[] rowsOpen(long index, byte[] request);

    static native byte[] rowsStep(long rows, int step, byte[] members);

    static native byte[] rowsFree(long rows);

    /** Returns the result in an answer, or throws its error. */
    static ByteBuffer result(byte[] answer) {
        ByteBuffer buffer = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN);
        int code = buffer.getInt();
        if (code != 0) {
            throw new LeakdexException(code, rest(buffer));
        }
        return buffer;
    }

    /** Returns the result in an answer as text, or throws its error. */
    static String text(byte[] answer) {
        return rest(result(answer));
    }

    private static String rest(ByteBuffer buffer) {
        return new String(buffer.array(), buffer.position(), buffer.remaining(), StandardCharsets.UTF_8);
    }
}
