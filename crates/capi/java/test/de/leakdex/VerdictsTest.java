package de.leakdex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VerdictsTest {
    @Test
    void aListGetsTheVerdictOfEachMemberInItsOrder() {
        List<Member> members = Fixture.members();
        try (Index index = Fixture.open(); Verdicts verdicts = index.check(members.iterator())) {
            List<Verdict> expected = members.stream().map(index::check).toList();
            assertEquals(expected, verdicts.stream().toList());
        }
    }

    @Test
    void membersAreReadLazilyOverManyBatches() {
        int count = 20_000;
        AtomicLong taken = new AtomicLong();
        Iterator<Member> members = IntStream.range(0, count).mapToObj(number -> {
            taken.incrementAndGet();
            String kvnr = number % 1000 == 7 ? Fixture.AFFECTED : Fixture.NOT_AFFECTED;
            return Member.builder().reference("M" + number).kvnr(kvnr).build();
        }).iterator();
        try (Index index = Fixture.open(); Verdicts verdicts = index.check(members)) {
            assertTrue(taken.get() <= 8192, "taken before the first verdict: " + taken);
            int number = 0;
            while (verdicts.hasNext()) {
                Verdict verdict = verdicts.next();
                assertEquals("M" + number, verdict.reference());
                assertEquals(number % 1000 == 7 ? State.AFFECTED : State.NOT_AFFECTED, verdict.state());
                number++;
            }
            assertEquals(count, number);
            assertTrue(verdicts.outcome().rows() == count && verdicts.outcome().affected() == 20);
        }
    }

    @Test
    void oneThreadGivesTheSameVerdictsAsAllThreads() {
        List<Member> members = Collections.nCopies(400, Fixture.members()).stream().flatMap(List::stream).toList();
        try (Index index = Fixture.open();
                Verdicts all = index.check(members.iterator());
                Verdicts one = index.check(members.iterator(), CheckOptions.builder().threads(1).build())) {
            while (all.hasNext()) {
                assertEquals(all.next(), one.next());
            }
            assertFalse(one.hasNext());
            assertEquals(all.outcome(), one.outcome());
        }
    }

    @Test
    void caveatsAndOutcomeAreKnownOnlyAtTheEnd() {
        try (Index index = Fixture.open(); Verdicts verdicts = index.check(Fixture.members().iterator())) {
            assertThrows(IllegalStateException.class, verdicts::caveats);
            verdicts.next();
            assertThrows(IllegalStateException.class, verdicts::outcome);
            verdicts.forEachRemaining(verdict -> {});
            verdicts.caveats();
            assertThrows(java.util.NoSuchElementException.class, verdicts::next);
        }
    }

    @Test
    void aFilterByTheKindsOfTheCaveatsGivesThePartiallyCheckedMembers() {
        // All have one date of birth, which is a sign of damage. Half of the members do not rely on it.
        Iterator<Member> members = IntStream.range(0, 2000).mapToObj(number -> {
            boolean hasEmail = number % 2 == 0;
            return Member.builder()
                    .email(hasEmail ? "x" + number + "@example.org" : "")
                    .lastName(hasEmail ? "" : "Niemand" + (char) ('a' + number % 26) + (char) ('a' + number / 26 % 26))
                    .firstName(hasEmail ? "" : "Nora")
                    .birthDate(hasEmail ? "" : "1970-03-31")
                    .postalCode(hasEmail ? "" : "50667")
                    .build();
        }).iterator();
        try (Index index = Fixture.open(); Verdicts verdicts = index.check(members)) {
            List<Verdict> all = verdicts.stream().toList();
            Set<String> doubted = verdicts.caveats().stream().flatMap(caveat -> caveat.kinds().stream())
                    .collect(Collectors.toSet());
            long partial = all.stream()
                    .filter(verdict -> verdict.state() == State.NOT_AFFECTED)
                    .filter(verdict -> verdict.isPartial() || !Collections.disjoint(verdict.checked(), doubted))
                    .count();
            assertEquals(verdicts.outcome().partiallyChecked(), partial);
            assertTrue(partial > all.stream().filter(Verdict::isPartial).count(), "the caveats matter");
        }
    }

    @Test
    void anEmptyListIsAnErrorAsForTheCommand() {
        try (Index index = Fixture.open(); Verdicts verdicts = index.check(Collections.emptyIterator())) {
            LeakdexException error = assertThrows(LeakdexException.class, verdicts::hasNext);
            assertTrue(error.getMessage().contains("no rows"), error.getMessage());
        }
    }

    @Test
    void aMemberWithTwoValuesOfAFieldIsSearchedByBoth() {
        Member two = Member.builder().kvnr(Fixture.NOT_AFFECTED).kvnr(Fixture.AFFECTED).build();
        List<Member> members = List.of(Fixture.kvnr(Fixture.NOT_AFFECTED), two, Member.builder().build());
        try (Index index = Fixture.open(); Verdicts verdicts = index.check(members.iterator())) {
            List<State> states = verdicts.stream().map(Verdict::state).toList();
            assertEquals(List.of(State.NOT_AFFECTED, State.AFFECTED, State.INDETERMINATE), states);
        }
    }

    @Test
    void aLaterFieldThatNoEarlierMemberHasIsAnError() {
        List<Member> members = new ArrayList<>(Collections.nCopies(9000, Fixture.kvnr(Fixture.NOT_AFFECTED)));
        members.add(Member.builder().email("juergen.mueller@example.de").build());
        try (Index index = Fixture.open(); Verdicts verdicts = index.check(members.iterator())) {
            Exception error = assertThrows(IllegalArgumentException.class, () -> verdicts.forEachRemaining(v -> {}));
            assertFalse(error.getMessage().contains("juergen"), error.getMessage());
            assertThrows(IllegalStateException.class, verdicts::hasNext, "it never looks like the end");
        }
    }

    @Test
    void anErrorOfTheCallersIteratorIsPassedOn() {
        for (int good : new int[] {0, 3, 9000}) {
            Stream<Member> members = Stream.concat(
                    Collections.nCopies(good, Fixture.kvnr(Fixture.NOT_AFFECTED)).stream(),
                    Stream.generate(() -> {
                        throw new UnsupportedOperationException("the database is gone");
                    }));
            try (Index index = Fixture.open()) {
                assertThrows(UnsupportedOperationException.class, () -> {
                    try (Verdicts verdicts = index.check(members.iterator())) {
                        verdicts.forEachRemaining(verdict -> {});
                    }
                });
            }
        }
    }

    @Test
    void aNullMemberIsAnError() {
        Iterator<Member> members = Collections.singletonList((Member) null).iterator();
        try (Index index = Fixture.open()) {
            assertThrows(NullPointerException.class, () -> index.check(members));
            assertThrows(NullPointerException.class, () -> index.check((Iterator<Member>) null));
        }
    }

    @Test
    void aCheckThatWasClosedMidwayDoesNotLookFinished() {
        Iterator<Member> endless = Stream.generate(() -> Fixture.kvnr(Fixture.NOT_AFFECTED)).iterator();
        try (Index index = Fixture.open()) {
            Verdicts verdicts = index.check(endless);
            verdicts.next();
            verdicts.close();
            verdicts.close();
            // Verdicts that were computed before do not come either.
            assertThrows(IllegalStateException.class, verdicts::hasNext);
            assertThrows(IllegalStateException.class, verdicts::next);
            index.check(endless).close();
        }
    }

    @Test
    void aCheckContinuesAfterItsIndexIsClosed() {
        Index index = Fixture.open();
        List<Member> members = Collections.nCopies(20_000, Fixture.kvnr(Fixture.AFFECTED));
        try (Verdicts verdicts = index.check(members.iterator())) {
            verdicts.next();
            index.close();
            assertEquals(19_999, verdicts.stream().filter(verdict -> verdict.state() == State.AFFECTED).count());
        }
    }

    @Test
    void optionsAboutColumnsAreForStreamsOnly() {
        CheckOptions options = CheckOptions.builder().column("Notiz", "ignore").build();
        try (Index index = Fixture.open()) {
            Iterator<Member> members = Collections.emptyIterator();
            assertThrows(IllegalArgumentException.class, () -> index.check(members, options));
        }
        assertThrows(IllegalArgumentException.class, () -> CheckOptions.builder().threads(0));
    }
}
