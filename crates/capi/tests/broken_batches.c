/* Checks thousands of batches with random faults that leakdex can detect, in offsets, bytes, bits, lengths and counts:
 * broken_batches FOLDER ROUNDS [SEED]. Each batch gives an error or a verdict for each row. leakdex cannot know the
 * true size of a buffer, so lengths only shrink or become absurd. The program runs under valgrind. */
#include <inttypes.h>
#include <stdio.h>

#include "rows.h"

enum { ROWS = 40, COLUMNS = 3 };

static uint64_t state;

static uint64_t random_below(uint64_t below) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state % below;
}

static void require(int condition, const char *text) {
    if (condition) return;
    fprintf(stderr, "failed: %s\n", text);
    exit(1);
}

static const char *const NAMES[COLUMNS] = {"kvnr", "email", "birth-date"};
static const char *cells[ROWS * COLUMNS];
static int64_t rows_produced;

static int64_t shrunk_or_absurd(int64_t number) {
    static const int64_t ABSURD[] = {-1, INT64_MIN, INT64_MAX, -4096, 1LL << 62};
    return random_below(3) ? (int64_t)random_below((uint64_t)number + 1) : ABSURD[random_below(5)];
}

static void break_column(struct ArrowArray *column) {
    int32_t *offsets = (int32_t *)(uintptr_t)column->buffers[1];
    char *text = (char *)(uintptr_t)column->buffers[2];
    uint8_t *valid = (uint8_t *)(uintptr_t)column->buffers[0];
    int32_t bytes = offsets[column->length];
    switch (random_below(6)) {
    case 0: /* any offset except the last, which is the length of the text and must not grow */
        offsets[random_below((uint64_t)column->length)] = (int32_t)random_below(UINT32_MAX);
        break;
    case 1:
        offsets[column->length] =
            random_below(2) ? (int32_t)random_below((uint64_t)bytes + 1) : -(int32_t)random_below(INT32_MAX);
        break;
    case 2:
        if (bytes) text[random_below((uint64_t)bytes)] = (char)random_below(256);
        break;
    case 3:
        valid[random_below((uint64_t)column->length / 8 + 1)] = (uint8_t)random_below(256);
        break;
    case 4:
        column->null_count = shrunk_or_absurd(column->length);
        break;
    default:
        column->length = shrunk_or_absurd(column->length);
    }
}

static void break_batch(struct ArrowArray *batch) {
    switch (random_below(12)) {
    case 0: batch->length = shrunk_or_absurd(batch->length); break;
    case 1: batch->offset = random_below(2) ? -1 : INT64_MAX; break;
    case 2: batch->null_count = shrunk_or_absurd(batch->length); break;
    default: break_column(batch->children[random_below(COLUMNS)]);
    }
}

/* Three of four batches are broken. */
static int broken_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    int status = rows_get_next(stream, out);
    if (status == 0 && out->release && random_below(4)) break_batch(out);
    if (status == 0 && out->release) rows_produced += out->length;
    return status;
}

static void check(const LeakdexIndex *index, int64_t *verdict_count, int64_t *errors) {
    for (size_t i = 0; i < ROWS * COLUMNS; i++) {
        static const char *const VALUES[] = {"M204815368", "A123456780", "juergen.mueller@example.de", "1962-03-14",
                                             "", NULL, "M\xc3\xbcller"};
        cells[i] = VALUES[random_below(7)];
    }
    Rows rows = {NAMES, COLUMNS, cells, ROWS, 1 + (size_t)random_below(ROWS), 0};
    struct ArrowArrayStream members = rows_stream(rows), verdicts;
    struct ArrowArray batch;
    LeakdexCheck *run = NULL;
    LeakdexOptions options = LEAKDEX_OPTIONS_INIT;
    options.threads = 1;
    members.get_next = broken_next;
    rows_produced = 0;
    if (leakdex_index_check(index, &members, &options, &verdicts, &run, NULL) != LEAKDEX_CODE_OK) {
        ++*errors;
        return;
    }
    int64_t rows_checked = 0;
    int status;
    while ((status = verdicts.get_next(&verdicts, &batch)) == 0 && batch.release) {
        rows_checked += batch.length;
        batch.release(&batch);
    }
    const char *outcome = NULL;
    LeakdexCode code = leakdex_check_outcome_json(run, &outcome, NULL);
    require((code == LEAKDEX_CODE_OK) == (status == 0), "only a check without an error has an outcome");
    require(status != 0 || rows_checked == rows_produced, "there is a verdict for each row");
    *verdict_count += status == 0 ? rows_checked : 0;
    *errors += status != 0;
    verdicts.release(&verdicts);
    leakdex_check_free(&run);
}

int main(int argc, char **argv) {
    require(argc == 3 || argc == 4, "arguments: FOLDER ROUNDS [SEED]");
    int rounds = atoi(argv[2]);
    state = argc == 4 ? strtoull(argv[3], NULL, 10) : 20230118;
    printf("seed %" PRIu64 "\n", state);
    char path[4352], key_path[4352];
    snprintf(path, sizeof path, "%s/leak.leakdex", argv[1]);
    snprintf(key_path, sizeof key_path, "%s/leak.key", argv[1]);
    LeakdexKey *key = NULL;
    LeakdexIndex *index = NULL;
    const char *paths[] = {path};
    require(leakdex_key_load(key_path, &key, NULL) == LEAKDEX_CODE_OK, "the key is read");
    const LeakdexKey *keys[] = {key};
    require(leakdex_index_open(paths, 1, keys, 1, &index, NULL) == LEAKDEX_CODE_OK, "the index is opened");
    int64_t verdicts = 0, errors = 0;
    for (int round = 0; round < rounds; round++) check(index, &verdicts, &errors);
    printf("%d streams: %" PRId64 " with an error, %" PRId64 " verdicts\n", rounds, errors, verdicts);
    require(errors > rounds / 4 && verdicts > rounds, "both happen often");
    leakdex_index_free(&index);
    leakdex_key_free(&key);
    return 0;
}
