import de.leakdex.Field;
import de.leakdex.Member;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** Members from a query such as {@code SELECT id, kvnr, email, birth_date FROM members}. */
public final class FromDatabase implements Iterator<Member> {
    private final ResultSet rows;
    private boolean isNext;

    /** Set a fetch size on the statement. Otherwise, the driver may read all rows at once. */
    public FromDatabase(ResultSet rows) throws SQLException {
        this.rows = rows;
        isNext = rows.next();
    }

    @Override
    public boolean hasNext() {
        return isNext;
    }

    @Override
    public Member next() {
        if (!isNext) {
            throw new NoSuchElementException();
        }
        try {
            Member.Builder member = Member.builder().reference(rows.getString("id"));
            add(member, Field.KVNR, rows.getString("kvnr"));
            add(member, Field.EMAIL, rows.getString("email"));
            // A DATE is returned as 1980-04-03.
            add(member, Field.BIRTH_DATE, rows.getString("birth_date"));
            isNext = rows.next();
            return member.build();
        } catch (SQLException error) {
            throw new IllegalStateException("the query ended with an error", error);
        }
    }

    /** Adds a value, or an empty one for null, so that all members have the same fields. */
    private static void add(Member.Builder member, Field field, String value) {
        member.with(field, value == null ? "" : value);
    }
}
