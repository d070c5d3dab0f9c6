package de.leakdex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Checks streams that are given by address, as arrow-java does. `streams.c` makes and reads them. */
class StreamCheckTest {
    private static final CheckOptions KEEP = CheckOptions.builder()
            .column("id", "id").column("kvnr", "kvnr").keep("id").build();

    static {
        System.load(System.getProperty("leakdex.test.streams"));
    }

    /** A stream of rows: a reference and a KVNR each. */
    private static native long members(String[] cells);

    /** Room for a stream. */
    private static native long room();

    /** Reads a stream of verdicts to its end: the first two columns. Null if it ends with an error. */
    private static native String read(long stream);

    /** Whether a stream was released. */
    private static native boolean isReleased(long stream);

    private static native void free(long stream);

    private static final String[] CELLS = {"M1", Fixture.AFFECTED, "M2", Fixture.NOT_AFFECTED, "M3", null};

    @Test
    void verdictsComeAsAStreamThatKeepsColumns() {
        long members = members(CELLS);
        long verdicts = room();
        try (Index index = Fixture.open(); StreamCheck check = index.check(members, verdicts, KEEP)) {
            assertTrue(isReleased(members), "it was taken over");
            assertTrue(check.columnsJson().contains("kvnr"), check.columnsJson());
            LeakdexException early = assertThrows(LeakdexException.class, check::outcome);
            assertEquals(LeakdexException.Code.STATE, early.code());
            assertEquals("M1 affected\nM2 not_affected\nM3 indeterminate\n", read(verdicts));
            assertTrue(check.outcome().rows() == 3 && check.outcome().indeterminate() == 1);
        }
        free(members);
        free(verdicts);
    }

    @Test
    void aStreamOutlivesItsCheckAndItsIndex() {
        long members = members(CELLS);
        long verdicts = room();
        Index index = Fixture.open();
        StreamCheck check = index.check(members, verdicts, KEEP);
        check.close();
        index.close();
        assertThrows(IllegalStateException.class, check::outcome);
        assertEquals("M1 affected\nM2 not_affected\nM3 indeterminate\n", read(verdicts));
        free(members);
        free(verdicts);
    }

    @Test
    void aStreamIsReleasedEvenAfterAnError() {
        long verdicts = room();
        Index index = Fixture.open();
        long members = members(CELLS);
        CheckOptions wrong = CheckOptions.builder().keep("nobody").build();
        LeakdexException error = assertThrows(LeakdexException.class, () -> index.check(members, verdicts, wrong));
        assertEquals(LeakdexException.Code.COLUMNS, error.code());
        assertTrue(isReleased(members));
        error = assertThrows(LeakdexException.class, () -> index.check(members, verdicts, KEEP));
        assertEquals(LeakdexException.Code.STREAM, error.code(), "it was released");
        CheckOptions unknown = CheckOptions.builder().column("kvnr", "kvn").build();
        long second = members(CELLS);
        error = assertThrows(LeakdexException.class, () -> index.check(second, verdicts, unknown));
        assertEquals(LeakdexException.Code.ARGUMENT, error.code());
        assertTrue(isReleased(second));
        index.close();
        long third = members(CELLS);
        assertThrows(IllegalStateException.class, () -> index.check(third, verdicts, KEEP));
        assertTrue(isReleased(third));
        assertThrows(IllegalStateException.class, () -> index.check(0, 0, KEEP));
        free(members);
        free(second);
        free(third);
        free(verdicts);
    }

    @Test
    void nullAddressesAreErrors() {
        try (Index index = Fixture.open()) {
            long members = members(CELLS);
            assertThrows(LeakdexException.class, () -> index.check(members, 0, KEEP));
            assertTrue(isReleased(members));
            assertThrows(LeakdexException.class, () -> index.check(0, 0, KEEP));
            assertFalse(isReleased(0));
            free(members);
        }
    }
}
