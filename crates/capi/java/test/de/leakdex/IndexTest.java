package de.leakdex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexTest {
    @Test
    void theFieldsAreThoseOfTheLibraryInItsOrder() {
        List<String> slugs = Arrays.stream(Field.values()).map(Field::slug).toList();
        assertEquals(slugs, List.of(Native.text(Native.fields()).split(" ")));
    }

    @Test
    void eachVerdictIsThatOfTheCommand() {
        try (Index index = Fixture.open()) {
            Map<String, String> verdicts = new TreeMap<>();
            for (Member member : Fixture.members()) {
                verdicts.put(member.reference(), Fixture.asFinding(index.check(member)));
            }
            assertEquals(Fixture.findings(), verdicts);
        }
    }

    @Test
    void anIndexInShardsAndAMappedOneGiveTheSameVerdicts() {
        try (Key key = Key.load(Fixture.KEY);
                Index whole = Index.open(Fixture.INDEX, key);
                Index shards = Index.open(Fixture.SHARDS, key);
                Index mapped = Index.map(Fixture.SHARDS, key);
                Index one = Index.map(Fixture.INDEX, key)) {
            for (Member member : Fixture.members()) {
                Verdict verdict = whole.check(member);
                assertEquals(verdict, shards.check(member));
                assertEquals(verdict, mapped.check(member));
                assertEquals(verdict, one.check(member));
            }
            assertEquals(1, shards.ids().size(), "all shards have one id");
            assertEquals(whole.ids(), one.ids());
            assertTrue(whole.metadataJson().contains(whole.ids().get(0)));
            assertTrue(whole.metadataJson().contains(key.id()));
        }
    }

    @Test
    void aMemberWithoutAnIdentifierIsIndeterminate() {
        try (Index index = Fixture.open()) {
            assertEquals(State.INDETERMINATE, index.check(Member.builder().build()).state());
            assertEquals(State.INDETERMINATE, index.check(Fixture.kvnr("")).state());
            Verdict wrong = index.check(Fixture.kvnr("A123456789"));
            assertEquals(State.INDETERMINATE, wrong.state());
            assertEquals(List.of("wrong-check-digit"), wrong.reasons());
            assertEquals(List.of(), wrong.checked());
            assertEquals(List.of("kvnr"), index.check(Fixture.kvnr(Fixture.NOT_AFFECTED)).checked());
            assertNull(wrong.strength());
        }
    }

    @Test
    void eachValueOfAFieldIsSearched() {
        try (Index index = Fixture.open()) {
            Member member = Member.builder().kvnr(Fixture.NOT_AFFECTED).kvnr(Fixture.AFFECTED).build();
            assertEquals(State.AFFECTED, index.check(member).state());
        }
    }

    @Test
    void aWrongKeyIsAnErrorAndNotAnAllClear() {
        try (Key key = Key.load(Fixture.OTHER_KEY)) {
            LeakdexException error = assertThrows(LeakdexException.class, () -> Index.open(Fixture.INDEX, key));
            assertEquals(LeakdexException.Code.WRONG_KEY, error.code());
            assertTrue(error.getMessage().contains(key.id()), error.getMessage());
        }
    }

    @Test
    void eachIndexTakesTheKeyThatItNames() {
        try (Key key = Key.load(Fixture.KEY); Key other = Key.load(Fixture.OTHER_KEY);
                Key third = Key.generate();
                Index index = Index.open(List.of(Fixture.INDEX), List.of(other, key))) {
            assertEquals(State.AFFECTED, index.check(Fixture.kvnr(Fixture.AFFECTED)).state());
            LeakdexException error = assertThrows(LeakdexException.class,
                    () -> Index.open(List.of(Fixture.INDEX), List.of(other, third)));
            assertEquals(LeakdexException.Code.WRONG_KEY, error.code());
            assertTrue(error.getMessage().contains(third.id()), error.getMessage());
        }
    }

    @Test
    void anIndexThatIsGivenTwiceIsAnError() {
        try (Key key = Key.load(Fixture.KEY)) {
            LeakdexException error = assertThrows(LeakdexException.class,
                    () -> Index.open(List.of(Fixture.INDEX, Fixture.INDEX), List.of(key)));
            assertEquals(LeakdexException.Code.ARGUMENT, error.code());
        }
    }

    @Test
    void anOlderIndexIsRefused() {
        try (Key key = Key.load(Fixture.KEY);
                Index newer = Index.open(Fixture.NEWER, key);
                Index both = Index.open(List.of(Fixture.NEWER, Fixture.INDEX), List.of(key))) {
            assertEquals(7, newer.generation());
            newer.requireGeneration(7);
            LeakdexException error = assertThrows(LeakdexException.class, () -> newer.requireGeneration(8));
            assertEquals(LeakdexException.Code.INDEX, error.code());
            assertTrue(error.getMessage().contains(newer.ids().get(0)), error.getMessage());
            assertEquals(0, both.generation(), "the lowest");
            assertThrows(LeakdexException.class, () -> both.requireGeneration(7));
        }
    }

    @Test
    void aDamagedIndexIsAnError(@TempDir Path folder) throws Exception {
        byte[] bytes = Files.readAllBytes(Fixture.INDEX);
        bytes[bytes.length / 2] ^= 1;
        Path damaged = Files.write(folder.resolve("damaged.leakdex"), bytes);
        try (Key key = Key.load(Fixture.KEY)) {
            LeakdexException error = assertThrows(LeakdexException.class, () -> Index.open(damaged, key));
            assertEquals(LeakdexException.Code.INDEX, error.code());
            Path none = folder.resolve("none.leakdex");
            error = assertThrows(LeakdexException.class, () -> Index.open(none, key));
            assertEquals(LeakdexException.Code.IO, error.code());
        }
    }

    @Test
    void verifyTouchedFindsAChangeOfAMappedFile(@TempDir Path folder) throws Exception {
        byte[] bytes = Files.readAllBytes(Fixture.INDEX);
        Path path = Files.write(folder.resolve("mapped.leakdex"), bytes);
        try (Key key = Key.load(Fixture.KEY);
                Index mapped = Index.map(path, key);
                Index copied = Index.open(path, key)) {
            Fixture.members().forEach(mapped::check);
            mapped.verifyTouched();
            bytes[bytes.length / 2] ^= 1;
            Files.write(path, bytes, StandardOpenOption.WRITE);
            LeakdexException error = assertThrows(LeakdexException.class, mapped::verifyTouched);
            assertEquals(LeakdexException.Code.INDEX, error.code());
            copied.verifyTouched();
        }
    }

    @Test
    void nullsAreErrors() {
        try (Key key = Key.load(Fixture.KEY); Index index = Fixture.open()) {
            assertThrows(NullPointerException.class, () -> Index.open((Path) null, key));
            assertThrows(NullPointerException.class, () -> Index.open(Fixture.INDEX, null));
            assertThrows(NullPointerException.class, () -> Key.load(null));
            assertThrows(NullPointerException.class, () -> Key.fromBytes(null));
            assertThrows(NullPointerException.class, () -> index.check((Member) null));
            assertThrows(NullPointerException.class, () -> Member.builder().kvnr(null));
            assertThrows(NullPointerException.class, () -> Member.builder().with(null, "x"));
            Map<Field, String> values = new HashMap<>();
            values.put(Field.EMAIL, null);
            assertThrows(NullPointerException.class, () -> Member.of(values));
            assertThrows(LeakdexException.class, () -> Index.open(List.of(), List.of(key)));
            assertThrows(LeakdexException.class, () -> Index.open(List.of(Fixture.INDEX), List.of()));
        }
    }

    @Test
    void anUnknownFieldIsAnErrorThatDoesNotRepeatIt() {
        String value = "m.muster@example.de";
        Exception error = assertThrows(IllegalArgumentException.class, () -> Field.of(value));
        assertFalse(error.getMessage().contains(value));
    }

    @Test
    void aLoneSurrogateIsAnError() {
        Exception error = assertThrows(IllegalArgumentException.class, () -> Member.builder().lastName("M\uD83Dller"));
        assertTrue(error.getMessage().contains("last-name"), error.getMessage());
        assertFalse(error.getMessage().contains("ller"), error.getMessage());
    }

    @Test
    void aKeyComesFromBytesWhichAreWiped() throws Exception {
        byte[] bytes = Files.readAllBytes(Fixture.KEY);
        try (Key key = Key.fromBytes(bytes); Key loaded = Key.load(Fixture.KEY)) {
            assertEquals(loaded.id(), key.id());
        }
        assertTrue(Arrays.equals(bytes, new byte[bytes.length]), "the bytes are wiped");
        byte[] wrong = Arrays.copyOf("secret-secret".getBytes(), 31);
        LeakdexException error = assertThrows(LeakdexException.class, () -> Key.fromBytes(wrong));
        assertEquals(LeakdexException.Code.KEY, error.code());
        assertTrue(Arrays.equals(wrong, new byte[31]), "wrong bytes are wiped, too");
    }

    @Test
    void aNewKeyIsSavedOnceAndOnlyForItsOwner(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("new.key");
        try (Key key = Key.generate()) {
            key.save(file);
            assertEquals("rw-------", permissions(file));
            assertThrows(LeakdexException.class, () -> key.save(file));
            try (Key loaded = Key.load(file)) {
                assertEquals(key.id(), loaded.id());
            }
        }
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        assertThrows(LeakdexException.class, () -> Key.load(file));
        Key.loadMountedSecret(file).close();
    }

    private static String permissions(Path file) throws Exception {
        return java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void toStringShowsNoValue() {
        String kvnr = Fixture.AFFECTED;
        Member member = Member.builder().reference("M-1001").kvnr(kvnr).build();
        try (Index index = Fixture.open(); Key key = Key.load(Fixture.KEY)) {
            Verdict verdict = index.check(member);
            assertEquals("Verdict[AFFECTED CERTAIN]", verdict.toString());
            assertEquals("Member[kvnr]", member.toString());
            assertEquals("Key[" + key.id() + "]", key.toString());
            assertEquals("Index" + index.ids(), index.toString());
        }
    }

    @Test
    void aClosedObjectIsAnError() {
        Key key = Key.load(Fixture.KEY);
        Index index = Index.open(Fixture.INDEX, key);
        key.close();
        key.close();
        assertThrows(IllegalStateException.class, key::id);
        assertThrows(IllegalStateException.class, () -> Index.open(Fixture.INDEX, key));
        assertEquals("Key[closed]", key.toString());
        // An open index no longer needs its key.
        assertEquals(State.AFFECTED, index.check(Fixture.kvnr(Fixture.AFFECTED)).state());
        index.close();
        index.close();
        assertEquals("Index[closed]", index.toString());
        assertThrows(IllegalStateException.class, () -> index.check(Fixture.kvnr(Fixture.AFFECTED)));
        assertThrows(IllegalStateException.class, () -> index.check(List.of(Fixture.kvnr("x")).iterator()));
        assertThrows(IllegalStateException.class, index::metadataJson);
    }

    @Test
    void manyThreadsUseOneIndex() throws Exception {
        try (Index index = Fixture.open()) {
            List<Member> members = Fixture.members();
            List<Verdict> expected = members.stream().map(index::check).toList();
            inThreads(8, () -> {
                for (int round = 0; round < 50; round++) {
                    assertEquals(expected, members.stream().map(index::check).toList());
                }
                return null;
            });
        }
    }

    @Test
    void closingAnIndexWhileOthersCheckDoesNoHarm() throws Exception {
        for (int round = 0; round < 20; round++) {
            Index index = Fixture.open();
            CountDownLatch started = new CountDownLatch(4);
            AtomicLong checked = new AtomicLong();
            ExecutorService threads = Executors.newFixedThreadPool(4);
            List<Future<Void>> ends = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                ends.add(threads.submit(() -> {
                    started.countDown();
                    try {
                        while (true) {
                            assertEquals(State.AFFECTED, index.check(Fixture.kvnr(Fixture.AFFECTED)).state());
                            checked.incrementAndGet();
                        }
                    } catch (IllegalStateException closed) {
                        return null;
                    }
                }));
            }
            started.await();
            while (checked.get() < 20) {
                Thread.onSpinWait();
            }
            index.close();
            for (Future<Void> end : ends) {
                end.get();
            }
            threads.shutdown();
        }
    }

    @Test
    void anIndexThatIsNeverClosedIsFreedByTheCleaner() throws Exception {
        WeakReference<Index> index = new WeakReference<>(Fixture.open());
        Handle handle = handleOf(index.get());
        for (int i = 0; i < 200 && !handle.isClosed(); i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertNull(index.get());
        assertTrue(handle.isClosed(), "the cleaner closes it");
    }

    private static Handle handleOf(Index index) throws Exception {
        java.lang.reflect.Field field = Index.class.getDeclaredField("handle");
        field.setAccessible(true);
        return (Handle) field.get(index);
    }

    @Test
    void aHandleIsFreedOnceWhenTheLastUserIsGone() {
        AtomicLong freed = new AtomicLong();
        Handle handle = Handle.of(new Object(), 7, "test", freed::addAndGet);
        assertSame(7L, handle.acquire());
        handle.run();
        handle.run();
        assertEquals(0, freed.get(), "it is in use");
        assertThrows(IllegalStateException.class, handle::acquire);
        handle.release();
        assertEquals(7, freed.get());
    }

    private static void inThreads(int count, Callable<Void> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        List<Future<Void>> ends = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ends.add(threads.submit(work));
        }
        for (Future<Void> end : ends) {
            end.get();
        }
        threads.shutdown();
    }
}
