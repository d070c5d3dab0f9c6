package de.leakdex;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A member to check: values of fields, and your own reference, which leakdex only returns. Its text names the
 * fields and shows no value. Members never change.
 */
public final class Member {
    /** A value of a field. */
    record Value(Field field, byte[] text) {}

    private final String reference;
    private final List<Value> values;

    private Member(Builder builder) {
        reference = builder.reference;
        values = List.copyOf(builder.values);
    }

    /** Begins a member. */
    public static Builder builder() {
        return new Builder();
    }

    /** A member with these values. A null key or value is an error. */
    public static Member of(Map<Field, String> values) {
        Builder builder = builder();
        values.forEach(builder::with);
        return builder.build();
    }

    /** Your reference, or null. */
    public String reference() {
        return reference;
    }

    /** The fields that have a value, even an empty one. */
    public Set<Field> fields() {
        Set<Field> fields = EnumSet.noneOf(Field.class);
        values.forEach(value -> fields.add(value.field()));
        return fields;
    }

    List<Value> values() {
        return values;
    }

    byte[] toBytes() {
        Bytes bytes = new Bytes();
        for (Value value : values) {
            bytes.octet(value.field().ordinal()).text(value.text());
        }
        return bytes.toArray();
    }

    @Override
    public String toString() {
        return "Member" + values.stream().map(value -> value.field().slug()).toList();
    }

    /** Collects the values of a member. A field may occur several times, for example with two e-mail addresses. */
    public static final class Builder {
        private String reference;
        private final List<Value> values = new ArrayList<>();

        private Builder() {}

        /** Your own reference, such as a number in your database. The verdict contains it. */
        public Builder reference(String reference) {
            this.reference = Objects.requireNonNull(reference, "reference");
            return this;
        }

        /**
         * Adds a value. An empty value counts as missing. For a null of your database, give {@code ""}, so that all
         * members of a list have the same fields.
         */
        public Builder with(Field field, String value) {
            Objects.requireNonNull(field, "field");
            Objects.requireNonNull(value, field.slug());
            values.add(new Value(field, Bytes.utf8(value, field.slug())));
            return this;
        }

        public Builder kvnr(String value) {
            return with(Field.KVNR, value);
        }

        public Builder email(String value) {
            return with(Field.EMAIL, value);
        }

        public Builder phone(String value) {
            return with(Field.PHONE, value);
        }

        public Builder iban(String value) {
            return with(Field.IBAN, value);
        }

        public Builder lastName(String value) {
            return with(Field.LAST_NAME, value);
        }

        public Builder firstName(String value) {
            return with(Field.FIRST_NAME, value);
        }

        /** A date of birth as text, such as 1980-04-03, or 03.04.1980 with the day first; not 03/04/1980. */
        public Builder birthDate(String value) {
            return with(Field.BIRTH_DATE, value);
        }

        public Builder birthDate(LocalDate value) {
            return with(Field.BIRTH_DATE, value.toString());
        }

        public Builder postalCode(String value) {
            return with(Field.POSTAL_CODE, value);
        }

        public Member build() {
            return new Member(this);
        }
    }
}
