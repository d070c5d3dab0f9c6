package de.leakdex;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Options for a check of many members. They never change. */
public final class CheckOptions {
    /** The usual options: all cores, and only columns that are recognised by their names and values. */
    public static final CheckOptions USUAL = builder().build();

    private final Builder builder;

    private CheckOptions(Builder builder) {
        this.builder = builder;
    }

    public static Builder builder() {
        return new Builder();
    }

    void write(Bytes bytes) {
        bytes.number(builder.dateOrder == null ? 0 : builder.dateOrder.ordinal() + 1).number(builder.threads);
        bytes.number(builder.columns.size());
        builder.columns.forEach((name, content) -> bytes.text(name).text(content));
        bytes.number(builder.keep.size());
        builder.keep.forEach(bytes::text);
    }

    byte[] toBytes() {
        Bytes bytes = new Bytes();
        write(bytes);
        return bytes.toArray();
    }

    /** Whether an option names columns. Only streams of record batches have columns. */
    boolean hasColumns() {
        return !builder.columns.isEmpty() || !builder.keep.isEmpty();
    }

    /** Collects options. */
    public static final class Builder {
        private final Map<String, String> columns = new LinkedHashMap<>();
        private final List<String> keep = new ArrayList<>();
        private DateOrder dateOrder;
        private int threads;

        private Builder() {}

        /**
         * Sets the content of a column: the name of a field, "id" for your reference, or "ignore". The other
         * columns are recognised by their names and values.
         */
        public Builder column(String name, String content) {
            columns.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(content, "content"));
            return this;
        }

        /** Keeps a column of the members: it comes back in the stream of verdicts, before the other columns. */
        public Builder keep(String name) {
            keep.add(Objects.requireNonNull(name, "name"));
            return this;
        }

        /** The order of day and month in dates that are text. Without it, the values of a column show the order. */
        public Builder dateOrder(DateOrder order) {
            dateOrder = Objects.requireNonNull(order, "order");
            return this;
        }

        /** The number of threads, at least one. */
        public Builder threads(int threads) {
            if (threads < 1) {
                throw new IllegalArgumentException("at least one thread is needed");
            }
            this.threads = threads;
            return this;
        }

        public CheckOptions build() {
            Builder copy = new Builder();
            copy.columns.putAll(columns);
            copy.keep.addAll(keep);
            copy.dateOrder = dateOrder;
            copy.threads = threads;
            return new CheckOptions(copy);
        }
    }
}
