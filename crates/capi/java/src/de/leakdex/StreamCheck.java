package de.leakdex;

/**
 * A check of a stream of record batches. Read the stream of verdicts to its end, then ask for the
 * {@link #outcome}. Several threads may use it at once.
 */
public final class StreamCheck implements AutoCloseable {
    private final Handle handle;

    StreamCheck(byte[] answer) {
        handle = Handle.of(this, Native.result(answer).getLong(), "check", Native::checkFree);
    }

    /** The columns as JSON: {@code {"used": [{"column", "content"}], "ignored": [column]}}. */
    public String columnsJson() {
        return Native.text(handle.use(Native::checkColumns));
    }

    /**
     * The counts and caveats of the run.
     *
     * @throws LeakdexException if the stream of verdicts was not read to its end, or ended with an error; then
     *     its verdicts are not a result
     */
    public RunOutcome outcome() {
        return RunOutcome.read(Native.result(handle.use(Native::checkOutcome)));
    }

    /** Frees the check. The stream of verdicts stays as it is. */
    @Override
    public void close() {
        handle.run();
    }
}
