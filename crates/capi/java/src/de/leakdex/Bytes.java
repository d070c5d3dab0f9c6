package de.leakdex;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Writes a request for the native library: little-endian numbers, and texts after their lengths. */
final class Bytes {
    private static final int NONE = -1;

    private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

    private ByteBuffer room(int count) {
        if (buffer.remaining() < count) {
            int size = Math.addExact(Math.max(buffer.capacity(), count), buffer.capacity());
            ByteBuffer larger = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
            larger.put(buffer.flip());
            buffer = larger;
        }
        return buffer;
    }

    Bytes octet(int octet) {
        room(1).put((byte) octet);
        return this;
    }

    Bytes number(int number) {
        room(4).putInt(number);
        return this;
    }

    /** A text; null for none. */
    Bytes text(byte[] text) {
        if (text == null) {
            return number(NONE);
        }
        number(text.length);
        room(text.length).put(text);
        return this;
    }

    Bytes text(String text) {
        return text(utf8(text, "a name"));
    }

    int length() {
        return buffer.position();
    }

    byte[] toArray() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    /** A text as UTF-8. Half a surrogate pair is an error; {@code getBytes} would write a question mark. */
    static byte[] utf8(String text, String name) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            return Arrays.copyOf(bytes.array(), bytes.limit());
        } catch (CharacterCodingException error) {
            throw new IllegalArgumentException(name + " is not valid Unicode: it contains half of a surrogate pair");
        }
    }

    /** The words of a text, separated by single spaces. */
    static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" "));
    }

    /** A text in an answer. */
    static String read(ByteBuffer answer) {
        byte[] text = new byte[answer.getInt()];
        answer.get(text);
        return text.length == 0 ? "" : new String(text, StandardCharsets.UTF_8);
    }
}
