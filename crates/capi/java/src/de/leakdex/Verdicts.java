package de.leakdex;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The verdicts on many members, computed lazily and in the order of the members. The thread that reads verdicts
 * takes the members from their iterator. Close this iterator, or read it to its end.
 */
public final class Verdicts implements Iterator<Verdict>, AutoCloseable {
    private static final int CONTINUE = 0;
    private static final int ROWS = 1;
    private static final int NO_MORE_ROWS = 2;
    private static final int NEEDS_ROWS = 0;
    private static final int VERDICTS = 1;
    private static final int ROWS_AT_ONCE = 8192;
    private static final int BYTES_AT_ONCE = 8 << 20;
    private static final byte[] NOTHING = {};
    /** Marks a member without a reference in the queue, which cannot hold nulls. It is compared by identity. */
    private static final String NO_REFERENCE = new String();

    private final Iterator<Member> members;
    /** The number of columns of each field. */
    private final Map<Field, Integer> columns = new EnumMap<>(Field.class);
    /** Members that were taken before the check began, to see their fields. */
    private final ArrayDeque<Member> first = new ArrayDeque<>();
    private final ArrayDeque<String> references = new ArrayDeque<>();
    private final ArrayDeque<Verdict> ready = new ArrayDeque<>();
    private final Map<String, List<String>> words = new HashMap<>();
    private final Handle handle;
    private RunOutcome outcome;
    private boolean hasFailed;
    private volatile boolean isClosed;

    Verdicts(Handle index, Iterator<Member> members, CheckOptions options) {
        this.members = members;
        while (first.size() < ROWS_AT_ONCE && members.hasNext()) {
            Member member = nextMember();
            counts(member).forEach((field, count) -> columns.merge(field, count, Math::max));
            first.add(member);
        }
        if (columns.isEmpty()) {
            columns.put(Field.KVNR, 1);
        }
        Bytes request = new Bytes().number(columns.values().stream().mapToInt(count -> count).sum());
        columns.forEach((field, count) -> {
            for (int i = 0; i < count; i++) {
                request.octet(field.ordinal());
            }
        });
        options.write(request);
        long address = Native.result(index.use(at -> Native.rowsOpen(at, request.toArray()))).getLong();
        handle = Handle.of(this, address, "check", Native::rowsFree);
    }

    private static Map<Field, Integer> counts(Member member) {
        Map<Field, Integer> counts = new EnumMap<>(Field.class);
        member.values().forEach(value -> counts.merge(value.field(), 1, Integer::sum));
        return counts;
    }

    private Member nextMember() {
        Member member = members.next();
        if (member == null) {
            throw new NullPointerException("the iterator gave a member that is null");
        }
        return member;
    }

    /**
     * Whether there is another verdict. Throws {@link LeakdexException} if the check fails.
     *
     * @throws IllegalStateException if an earlier call failed, or the check was closed before its end
     */
    @Override
    public synchronized boolean hasNext() {
        while (ready.isEmpty() && outcome == null && !isClosed) {
            if (hasFailed) {
                throw new IllegalStateException("the check failed, so it has no result");
            }
            // Nothing that came before a failure is a result, so no later call may look like the end. The
            // caller's iterator may throw anything.
            hasFailed = true;
            try {
                advance();
                hasFailed = false;
            } finally {
                if (hasFailed || outcome != null) {
                    handle.run();
                }
            }
        }
        if (isClosed && outcome == null) {
            throw new IllegalStateException("the check was closed before its end, so it has no result");
        }
        return !ready.isEmpty();
    }

    private void advance() {
        ByteBuffer answer = step(CONTINUE, NOTHING);
        while (true) {
            switch (answer.get()) {
                case NEEDS_ROWS -> {
                    byte[] rows = rows();
                    answer = step(rows.length == 0 ? NO_MORE_ROWS : ROWS, rows);
                }
                case VERDICTS -> {
                    int count = answer.getInt();
                    for (int i = 0; i < count; i++) {
                        String reference = references.remove();
                        reference = reference == NO_REFERENCE ? null : reference;
                        ready.add(Verdict.read(answer, reference, words));
                    }
                    return;
                }
                default -> {
                    outcome = RunOutcome.read(answer);
                    return;
                }
            }
        }
    }

    private ByteBuffer step(int step, byte[] rows) {
        return Native.result(handle.use(address -> Native.rowsStep(address, step, rows)));
    }

    /** The next rows: for each column a value or none. Empty after the last member. */
    private byte[] rows() {
        Bytes rows = new Bytes();
        for (int i = 0; i < ROWS_AT_ONCE && rows.length() < BYTES_AT_ONCE; i++) {
            if (first.isEmpty() && !members.hasNext()) {
                break;
            }
            Member member = first.isEmpty() ? nextMember() : first.remove();
            write(member, rows);
            references.add(member.reference() == null ? NO_REFERENCE : member.reference());
        }
        return rows.toArray();
    }

    private void write(Member member, Bytes rows) {
        int written = 0;
        for (Map.Entry<Field, Integer> column : columns.entrySet()) {
            int left = column.getValue();
            for (Member.Value value : member.values()) {
                if (value.field() == column.getKey() && left > 0) {
                    rows.text(value.text());
                    left--;
                    written++;
                }
            }
            for (; left > 0; left--) {
                rows.text((byte[]) null);
            }
        }
        if (written < member.values().size()) {
            throw new IllegalArgumentException("a member has a field that none of the first " + ROWS_AT_ONCE
                    + " members has, or has it more often than each of them; give one of them such a value, even an"
                    + " empty one");
        }
    }

    @Override
    public synchronized Verdict next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.remove();
    }

    /** The verdicts as a stream. Closing it ends the check. */
    public Stream<Verdict> stream() {
        int order = Spliterator.ORDERED | Spliterator.NONNULL;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, order), false).onClose(this::close);
    }

    /**
     * The counts and caveats of the run.
     *
     * @throws IllegalStateException unless all verdicts were read
     */
    public synchronized RunOutcome outcome() {
        if (outcome == null || !ready.isEmpty()) {
            throw new IllegalStateException("read all verdicts first");
        }
        return outcome;
    }

    /** The caveats of the run, the same as in {@link #outcome}. */
    public List<RunCaveat> caveats() {
        return outcome().caveats();
    }

    /** Ends the check. No verdict comes after it. */
    @Override
    public void close() {
        isClosed = true;
        handle.run();
    }
}
