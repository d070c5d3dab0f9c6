package de.leakdex;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.function.LongConsumer;

/**
 * A native object and the number of its users. The object is freed once it is closed and the last call that uses
 * it has returned, so closing it while others use it does no harm. A handle must not refer to its owner: the
 * cleaner holds the handle, so the owner would stay reachable and would never be cleaned up.
 */
final class Handle implements Runnable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final long address;
    private final String name;
    private final LongConsumer free;
    /** The calls that use the object, and one more until it is closed. */
    private final AtomicLong uses = new AtomicLong(1);
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private Handle(long address, String name, LongConsumer free) {
        this.address = address;
        this.name = name;
        this.free = free;
    }

    /** Takes over a native object for an owner. It is freed at the latest when the owner is garbage-collected. */
    static Handle of(Object owner, long address, String name, LongConsumer free) {
        Handle handle = new Handle(address, name, free);
        CLEANER.register(owner, handle);
        return handle;
    }

    /** Uses the object in a call. */
    <T> T use(LongFunction<T> call) {
        long address = acquire();
        try {
            return call.apply(address);
        } finally {
            release();
        }
    }

    /** The address of the object, which lives until {@link #release}. */
    long acquire() {
        long before;
        do {
            before = uses.get();
            if (isClosed.get() || before == 0) {
                throw new IllegalStateException("this " + name + " was closed");
            }
        } while (!uses.compareAndSet(before, before + 1));
        return address;
    }

    void release() {
        if (uses.decrementAndGet() == 0) {
            free.accept(address);
        }
    }

    boolean isClosed() {
        return isClosed.get();
    }

    /** Closes the object. A second call does nothing. */
    @Override
    public void run() {
        if (isClosed.compareAndSet(false, true)) {
            release();
        }
    }
}
