/* Each mistake in C gives an error with a message, and neither a crash nor a wrong verdict:
 * misuse FOLDER, with the files that .ci/capi makes. */
#include <pthread.h>
#include <stdio.h>

#include "rows.h"

#define REQUIRE(condition)                                                                        \
    do {                                                                                          \
        if (!(condition)) {                                                                       \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);               \
            exit(1);                                                                              \
        }                                                                                         \
    } while (0)

/* The call fails with this code, and the message contains none of the values below. */
#define FAILS(expected, call)                                                                     \
    do {                                                                                          \
        LeakdexError *error = NULL;                                                               \
        LeakdexCode code = (call);                                                                \
        if (code != (expected)) {                                                                 \
            fprintf(stderr, "%s:%d: code %u, not %u: %s\n", __FILE__, __LINE__, code,             \
                    (unsigned)(expected), error ? leakdex_error_message(error) : "");             \
            exit(1);                                                                              \
        }                                                                                         \
        REQUIRE(error && leakdex_error_code(error) == code);                                      \
        REQUIRE(!strstr(leakdex_error_message(error), KVNR));                                     \
        REQUIRE(!strstr(leakdex_error_message(error), MAIL));                                     \
        leakdex_error_free(&error);                                                               \
        REQUIRE(!error);                                                                          \
    } while (0)

#define WORKS(call)                                                                               \
    do {                                                                                          \
        LeakdexError *error = NULL;                                                               \
        if ((call) != LEAKDEX_CODE_OK) {                                                          \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, leakdex_error_message(error));     \
            exit(1);                                                                              \
        }                                                                                         \
        REQUIRE(!error);                                                                          \
    } while (0)

#define KVNR "M204815368"
#define MAIL "juergen.mueller@example.de"

static char folder[4096];
static LeakdexKey *key;
static LeakdexIndex *idx;

static const char *in_folder(const char *name) {
    static char path[8][4352];
    static int last;
    last = (last + 1) % 8;
    snprintf(path[last], sizeof path[last], "%s/%s", folder, name);
    return path[last];
}

static LeakdexCode open_with(const LeakdexKey *with, const char *name, LeakdexIndex **opened, LeakdexError **error) {
    const char *path = in_folder(name);
    return leakdex_index_open(&path, 1, &with, 1, opened, error);
}

static LeakdexCode check_value(const char *field, const char *value, LeakdexVerdict **verdict, LeakdexError **error) {
    return leakdex_index_check_one(idx, &field, &value, 1, 0, verdict, error);
}

static void keys(void) {
    LeakdexKey *none = NULL;
    uint8_t bytes[33];
    memset(bytes, 0xA7, sizeof bytes);
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_key_load(NULL, &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_key_load(in_folder("leak.key"), NULL, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_key_load("\xff", &none, &error));
    FAILS(LEAKDEX_CODE_IO, leakdex_key_load(in_folder("none.key"), &none, &error));
    FAILS(LEAKDEX_CODE_KEY, leakdex_key_load(in_folder("leak.leakdex"), &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_key_load_mounted_secret(NULL, &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_key_from_bytes(NULL, 32, &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_key_from_bytes(bytes, 0, &none, &error));
    LeakdexError *too_many = NULL;
    REQUIRE(leakdex_key_from_bytes(bytes, SIZE_MAX, &none, &too_many) == LEAKDEX_CODE_ARGUMENT);
    REQUIRE(strstr(leakdex_error_message(too_many), "memory cannot hold so many"));
    REQUIRE(!strstr(leakdex_error_message(too_many), "at least one"));
    leakdex_error_free(&too_many);
    FAILS(LEAKDEX_CODE_KEY, leakdex_key_from_bytes(bytes, 31, &none, &error));
    FAILS(LEAKDEX_CODE_KEY, leakdex_key_from_bytes(bytes, 33, &none, &error));
    memset(bytes, 0, sizeof bytes);
    FAILS(LEAKDEX_CODE_KEY, leakdex_key_from_bytes(bytes, 32, &none, &error));
    REQUIRE(!none);
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_key_save(NULL, in_folder("x.key"), &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_key_save(key, NULL, &error));
    FAILS(LEAKDEX_CODE_KEY, leakdex_key_save(key, in_folder("leak.key"), &error));
    /* Without a place for the error, the code is enough. */
    REQUIRE(leakdex_key_load(NULL, &none, NULL) == LEAKDEX_CODE_ARGUMENT);
    REQUIRE(leakdex_key_id(NULL) == NULL);
    REQUIRE(strlen(leakdex_key_id(key)) == 16);

    LeakdexKey *same = NULL;
    memset(bytes, 0xA7, sizeof bytes);
    WORKS(leakdex_key_from_bytes(bytes, 32, &same, &error));
    leakdex_key_free(&same);
    REQUIRE(!same);
    leakdex_key_free(&same);
    leakdex_key_free(NULL);
}

static void indexes(void) {
    LeakdexIndex *none = NULL;
    LeakdexKey *other = NULL;
    const char *path = in_folder("leak.leakdex");
    const LeakdexKey *no_key = NULL;
    const LeakdexKey *the_key = key;
    WORKS(leakdex_key_load(in_folder("other.key"), &other, &error));
    FAILS(LEAKDEX_CODE_WRONG_KEY, open_with(other, "leak.leakdex", &none, &error));
    FAILS(LEAKDEX_CODE_WRONG_KEY, open_with(other, "shards", &none, &error));
    FAILS(LEAKDEX_CODE_IO, open_with(key, "none.leakdex", &none, &error));
    FAILS(LEAKDEX_CODE_INDEX, open_with(key, "members.csv", &none, &error));
    FAILS(LEAKDEX_CODE_INDEX, open_with(key, "empty", &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_open(NULL, 1, &the_key, 1, &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_open(&path, 0, &the_key, 1, &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_open(&path, 1, NULL, 1, &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_open(&path, 1, &the_key, 0, &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_open(&path, SIZE_MAX, &the_key, 1, &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_open(&path, 1, &no_key, 1, &none, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_open(&path, 1, &the_key, 1, NULL, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_map(NULL, 1, &the_key, 1, &none, &error));
    REQUIRE(!none);
    REQUIRE(leakdex_index_id(NULL) == NULL && leakdex_index_metadata_json(NULL) == NULL);

    /* Of two keys, the index uses its own. */
    const LeakdexKey *both[] = {other, key};
    WORKS(leakdex_index_map(&path, 1, both, 2, &none, &error));
    REQUIRE(!strcmp(leakdex_index_id(none), leakdex_index_id(idx)));
    REQUIRE(strstr(leakdex_index_metadata_json(none), leakdex_key_id(key)));
    WORKS(leakdex_index_verify_touched(none, &error));
    leakdex_index_free(&none);
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_verify_touched(none, &error));
    leakdex_index_free(&none);

    /* One index twice, and an index that was built with none of two keys. */
    const char *twice[] = {path, path};
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_open(twice, 2, &the_key, 1, &none, &error));
    const LeakdexKey *wrong[] = {other, other};
    FAILS(LEAKDEX_CODE_WRONG_KEY, leakdex_index_map(&path, 1, wrong, 2, &none, &error));
    leakdex_key_free(&other);

    /* An older copy in the place of an index. */
    WORKS(open_with(key, "newer.leakdex", &none, &error));
    REQUIRE(leakdex_index_generation(none) == 7 && leakdex_index_generation(idx) == 0);
    WORKS(leakdex_index_require_generation(none, 7, &error));
    FAILS(LEAKDEX_CODE_INDEX, leakdex_index_require_generation(none, 8, &error));
    FAILS(LEAKDEX_CODE_INDEX, leakdex_index_require_generation(idx, 7, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_require_generation(NULL, 0, &error));
    REQUIRE(leakdex_index_generation(NULL) == 0);
    leakdex_index_free(&none);
}

static void one_member(void) {
    LeakdexVerdict *verdict = NULL;
    const char *field = "kvnr", *value = KVNR, *no_text = NULL;
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check_one(NULL, &field, &value, 1, 0, &verdict, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check_one(idx, NULL, &value, 1, 0, &verdict, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check_one(idx, &field, NULL, 1, 0, &verdict, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check_one(idx, &field, &value, 0, 0, &verdict, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check_one(idx, &field, &no_text, 1, 0, &verdict, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check_one(idx, &no_text, &value, 1, 0, &verdict, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check_one(idx, &field, &value, 1, 0, NULL, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check_one(idx, &field, &value, 1, 7, &verdict, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, check_value("kvn", KVNR, &verdict, &error));
    /* April or March: a guess could miss the member. */
    FAILS(LEAKDEX_CODE_ARGUMENT, check_value("birth-date", "03/04/1970", &verdict, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, check_value(MAIL, "email", &verdict, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, check_value("email", "\xff\xfe", &verdict, &error));
    REQUIRE(!verdict);
    /* A missing verdict is not a "no". */
    REQUIRE(leakdex_verdict_state(NULL) == LEAKDEX_STATE_NONE);
    REQUIRE(leakdex_verdict_strength(NULL) == LEAKDEX_STRENGTH_NONE);
    REQUIRE(leakdex_verdict_is_partial(NULL) && !leakdex_verdict_matched(NULL));
    REQUIRE(!leakdex_verdict_checked(NULL));

    /* Nobody was born in the future, so this date is wrong, as the command says. */
    const char *fields[] = {"last-name", "first-name", "postal-code", "birth-date"};
    const char *values[] = {"Niemand", "Nina", "45127", "14.03.2062"};
    WORKS(leakdex_index_check_one(idx, fields, values, 4, 0, &verdict, &error));
    REQUIRE(leakdex_verdict_is_partial(verdict));
    REQUIRE(!strcmp(leakdex_verdict_reasons(verdict), "out-of-reach year-out-of-range"));
    leakdex_verdict_free(&verdict);
    values[3] = "03/04/1970";
    WORKS(leakdex_index_check_one(idx, fields, values, 4, LEAKDEX_DATE_ORDER_MONTH_FIRST, &verdict, &error));
    REQUIRE(!leakdex_verdict_is_partial(verdict));
    leakdex_verdict_free(&verdict);
    /* This date exists only with the month first. */
    values[3] = "12/25/1970";
    WORKS(leakdex_index_check_one(idx, fields, values, 4, 0, &verdict, &error));
    REQUIRE(!leakdex_verdict_is_partial(verdict));
    leakdex_verdict_free(&verdict);

    WORKS(check_value("email", "", &verdict, &error));
    REQUIRE(leakdex_verdict_state(verdict) == LEAKDEX_STATE_INDETERMINATE);
    leakdex_verdict_free(&verdict);
    WORKS(check_value("email", MAIL, &verdict, &error));
    REQUIRE(leakdex_verdict_state(verdict) == LEAKDEX_STATE_AFFECTED);
    REQUIRE(leakdex_verdict_strength(verdict) == LEAKDEX_STRENGTH_STRONG);
    REQUIRE(leakdex_verdict_records(verdict) >= 1);
    REQUIRE(!strncmp(leakdex_verdict_matched(verdict), "email", 5));
    REQUIRE(!strcmp(leakdex_verdict_breach_strengths(verdict), "strong"));
    REQUIRE(!strncmp(leakdex_verdict_checked(verdict), "email", 5));
    REQUIRE(!strcmp(leakdex_verdict_reasons(verdict), ""));
    REQUIRE(strstr(leakdex_verdict_json(verdict), "\"affected\"") && !strstr(leakdex_verdict_json(verdict), MAIL));
    leakdex_verdict_free(&verdict);
    leakdex_verdict_free(&verdict);
}

/* A stream with some sound batches, and then spoiled ones. It counts its releases. */
typedef struct Spoiled {
    Rows rows;
    int sound_batches;
    void (*spoil)(struct ArrowArray *);
    int schema_status;
} Spoiled;

static int releases;

static int spoiled_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    Spoiled *state = (Spoiled *)stream->private_data;
    if (state->sound_batches-- > 0 || !state->spoil) {
        if (!state->spoil && state->sound_batches < 0) return EIO;
        return rows_get_next(stream, out);
    }
    int status = rows_get_next(stream, out);
    if (status == 0 && out->release) state->spoil(out);
    return status;
}

static int spoiled_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    Spoiled *state = (Spoiled *)stream->private_data;
    return state->schema_status ? state->schema_status : rows_get_schema(stream, out);
}

static const char *spoiled_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "cannot read " KVNR " of " MAIL; /* a producer's message may contain values */
}

static void spoiled_release(struct ArrowArrayStream *stream) {
    releases++;
    rows_release(stream);
}

static const char *const NAMES[] = {"kvnr", "email"};
static const char *const CELLS[] = {KVNR, MAIL, "A123456780", NULL, NULL, "nobody@example.de", "A123456780", MAIL};

static struct ArrowArrayStream spoiled(int sound_batches, void (*spoil)(struct ArrowArray *)) {
    struct ArrowArrayStream stream;
    Spoiled state = {{NAMES, 2, CELLS, 4, 2, 0}, sound_batches, spoil, 0};
    memset(&stream, 0, sizeof stream);
    stream.private_data = malloc(sizeof state);
    REQUIRE(stream.private_data);
    memcpy(stream.private_data, &state, sizeof state); /* `rows` comes first, as rows.h requires */
    stream.get_schema = spoiled_schema;
    stream.get_next = spoiled_next;
    stream.get_last_error = spoiled_error;
    stream.release = spoiled_release;
    releases = 0;
    return stream;
}

static int32_t *offsets(struct ArrowArray *batch) { return (int32_t *)(uintptr_t)batch->children[0]->buffers[1]; }
static void decreasing(struct ArrowArray *batch) { offsets(batch)[1] = offsets(batch)[2] + 5; }
static void negative(struct ArrowArray *batch) { offsets(batch)[0] = -4; }
static void negative_end(struct ArrowArray *batch) { offsets(batch)[2] = -1; }
static void not_utf8(struct ArrowArray *batch) { ((char *)(uintptr_t)batch->children[0]->buffers[2])[0] = (char)0xff; }
static void short_column(struct ArrowArray *batch) { batch->children[1]->length = 1; }
static void null_offsets(struct ArrowArray *batch) {
    free((void *)(uintptr_t)batch->children[0]->buffers[1]);
    batch->children[0]->buffers[1] = NULL;
}
static void null_rows(struct ArrowArray *batch) {
    batch->null_count = 1;
    batch->buffers[0] = calloc(1, 1);
}
static void few_buffers(struct ArrowArray *batch) {
    free((void *)(uintptr_t)batch->children[0]->buffers[2]);
    batch->children[0]->n_buffers = 2;
}
static void few_columns(struct ArrowArray *batch) {
    batch->n_children = 1;
    batch->children[1]->release(batch->children[1]);
    free(batch->children[1]);
}

/* Reads verdicts until an error. Returns the number of rows before it. */
static int64_t read_to_error(struct ArrowArrayStream *verdicts) {
    int64_t rows = 0;
    struct ArrowArray batch;
    int status;
    while ((status = verdicts->get_next(verdicts, &batch)) == 0) {
        REQUIRE(batch.release); /* it must not look like the end */
        rows += batch.length;
        batch.release(&batch);
    }
    const char *message = verdicts->get_last_error(verdicts);
    REQUIRE(message && *message && !strstr(message, KVNR) && !strstr(message, MAIL));
    return rows;
}

static void stream_fails(int sound_batches, void (*spoil)(struct ArrowArray *)) {
    struct ArrowArrayStream members = spoiled(sound_batches, spoil), verdicts;
    LeakdexCheck *check = NULL;
    LeakdexError *error = NULL;
    const char *json = NULL;
    size_t count = 77;
    /* The first batch may be read at the beginning, or with the verdicts. */
    LeakdexCode code = leakdex_index_check(idx, &members, NULL, &verdicts, &check, &error);
    REQUIRE(!members.release);
    if (code == LEAKDEX_CODE_OK) {
        read_to_error(&verdicts);
        read_to_error(&verdicts);
        FAILS(LEAKDEX_CODE_STATE, leakdex_check_outcome_json(check, &json, &error));
        FAILS(LEAKDEX_CODE_STATE, leakdex_check_caveat_count(check, &count, &error));
        REQUIRE(!json);
        verdicts.release(&verdicts);
    } else {
        REQUIRE(code == LEAKDEX_CODE_STREAM && !check);
        REQUIRE(!strstr(leakdex_error_message(error), KVNR) && !strstr(leakdex_error_message(error), MAIL));
        leakdex_error_free(&error);
    }
    REQUIRE(!verdicts.release);
    REQUIRE(releases == 1);
    leakdex_check_free(&check);
    leakdex_check_free(&check);
}

static LeakdexCode check_spoiled(struct ArrowArrayStream *members, const LeakdexOptions *options, LeakdexError **error) {
    struct ArrowArrayStream verdicts;
    LeakdexCheck *check = NULL;
    LeakdexCode code = leakdex_index_check(idx, members, options, &verdicts, &check, error);
    REQUIRE(code != LEAKDEX_CODE_OK && !check && !verdicts.release && !members->release && releases == 1);
    return code;
}

static void streams(void) {
    struct ArrowArrayStream members, verdicts;
    LeakdexCheck *check = NULL;
    const char *json = NULL;
    size_t count = 77;

    /* Nulls. The stream is released in each case. */
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check(NULL, &members, NULL, &verdicts, &check, &error));
    REQUIRE(!members.release && releases == 1 && !verdicts.release);
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check(idx, &members, NULL, NULL, &check, &error));
    REQUIRE(!members.release && releases == 1);
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check(idx, &members, NULL, &verdicts, NULL, &error));
    REQUIRE(!members.release && releases == 1 && !verdicts.release);
    FAILS(LEAKDEX_CODE_STREAM, leakdex_index_check(idx, &members, NULL, &verdicts, &check, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_index_check(idx, NULL, NULL, &verdicts, &check, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_check_outcome_json(NULL, &json, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_check_caveat_count(check, NULL, &error));

    /* Options. */
    LeakdexOptions options = {0, NULL, 0, NULL, 0, 0, 0};
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_ARGUMENT, check_spoiled(&members, &options, &error));
    options.size = sizeof options;
    options.date_order = 3;
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_ARGUMENT, check_spoiled(&members, &options, &error));
    options.date_order = LEAKDEX_DATE_ORDER_DAY_FIRST;
    options.keep_count = 1;
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_ARGUMENT, check_spoiled(&members, &options, &error));
    const char *nobody = "nobody", *no_name = NULL;
    options.keep = &no_name;
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_ARGUMENT, check_spoiled(&members, &options, &error));
    options.keep = &nobody;
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_COLUMNS, check_spoiled(&members, &options, &error));
    options.keep_count = 0;
    LeakdexColumn column = {"kvnr", "kvn"};
    options.columns = &column;
    options.column_count = 1;
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_ARGUMENT, check_spoiled(&members, &options, &error));
    column.content = NULL;
    members = spoiled(9, decreasing);
    FAILS(LEAKDEX_CODE_ARGUMENT, check_spoiled(&members, &options, &error));

    /* A stream without a schema, one without functions, and one that ends with an error. */
    members = spoiled(9, decreasing);
    ((Spoiled *)members.private_data)->schema_status = EIO;
    FAILS(LEAKDEX_CODE_STREAM, check_spoiled(&members, NULL, &error));
    members = spoiled(9, decreasing);
    members.get_schema = NULL;
    FAILS(LEAKDEX_CODE_STREAM, check_spoiled(&members, NULL, &error));
    for (int sound = 0; sound < 2; sound++) stream_fails(sound, NULL);

    /* Batches that no producer may give. */
    void (*const faults[])(struct ArrowArray *) = {decreasing,   negative,  negative_end, not_utf8,   short_column,
                                                   null_offsets, null_rows, few_buffers,  few_columns};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        stream_fails(0, faults[i]);
        stream_fails(1, faults[i]);
    }

    /* A stream of verdicts that nobody reads, and one that outlives its index. */
    LeakdexIndex *second = NULL;
    WORKS(open_with(key, "leak.leakdex", &second, &error));
    members = spoiled(9, decreasing);
    WORKS(leakdex_index_check(second, &members, NULL, &verdicts, &check, &error));
    verdicts.release(&verdicts);
    REQUIRE(releases == 1);
    FAILS(LEAKDEX_CODE_STATE, leakdex_check_outcome_json(check, &json, &error));
    leakdex_check_free(&check);
    members = spoiled(9, decreasing);
    WORKS(leakdex_index_check(second, &members, NULL, &verdicts, &check, &error));
    leakdex_index_free(&second);
    struct ArrowArray batch;
    int64_t rows = 0;
    while (verdicts.get_next(&verdicts, &batch) == 0 && batch.release) {
        rows += batch.length;
        batch.release(&batch);
    }
    REQUIRE(rows == 4);
    WORKS(leakdex_check_outcome_json(check, &json, &error));
    REQUIRE(json[0] == '{' && strstr(json, "\"caveats\":["));
    verdicts.release(&verdicts);
    WORKS(leakdex_check_caveat_count(check, &count, &error));
    REQUIRE(count < 77);
    leakdex_check_free(&check);
}

static LeakdexCode add_spoiled(LeakdexBuilder *builder, int sound, LeakdexError **error) {
    struct ArrowArrayStream leaked = spoiled(sound, sound == 9 ? decreasing : NULL);
    LeakdexCode code = leakdex_builder_add(builder, &leaked, NULL, error);
    REQUIRE(!leaked.release && releases == 1);
    return code;
}

static void builders(void) {
    LeakdexBuilder *builder = NULL;
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_new(NULL, "portal-2024-05", &builder, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_new(key, NULL, &builder, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_new(key, "no name!", &builder, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_new(key, "{\"Title\": 7}", &builder, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_new(key, "portal-2024-05", NULL, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, add_spoiled(NULL, 9, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_publish(NULL, in_folder("x"), 1, &error));
    REQUIRE(!builder && !leakdex_builder_account_json(NULL));

    /* A part of a leak never becomes an index. */
    WORKS(leakdex_builder_new(key, "portal-2024-05", &builder, &error));
    WORKS(add_spoiled(builder, 9, &error));
    FAILS(LEAKDEX_CODE_STREAM, add_spoiled(builder, 1, &error));
    FAILS(LEAKDEX_CODE_STATE, add_spoiled(builder, 9, &error));
    FAILS(LEAKDEX_CODE_STATE, leakdex_builder_publish(builder, in_folder("part.leakdex"), 1, &error));
    leakdex_builder_free(&builder);
    leakdex_builder_free(&builder);

    /* Wrong options lose the stream before its first row, so its rows are missing, too. */
    const char *keep[] = {"email"};
    LeakdexOptions wrong[3] = {LEAKDEX_OPTIONS_INIT, LEAKDEX_OPTIONS_INIT, LEAKDEX_OPTIONS_INIT};
    wrong[0].size--;
    wrong[1].keep = keep;
    wrong[1].keep_count = 1;
    wrong[2].date_order = 77;
    for (int i = 0; i < 3; i++) {
        WORKS(leakdex_builder_new(key, "portal-2024-05", &builder, &error));
        WORKS(add_spoiled(builder, 9, &error));
        struct ArrowArrayStream lost = spoiled(9, decreasing);
        FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_add(builder, &lost, &wrong[i], &error));
        REQUIRE(!lost.release && releases == 1);
        FAILS(LEAKDEX_CODE_STATE, leakdex_builder_publish(builder, in_folder("part.leakdex"), 1, &error));
        leakdex_builder_free(&builder);
    }

    WORKS(leakdex_builder_new(key, "{\"Name\": \"portal-2024-05\", \"Title\": \"Portal\"}", &builder, &error));
    WORKS(leakdex_builder_set_generation(builder, 7, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_set_memory(builder, 0, folder, &error));
    WORKS(leakdex_builder_set_memory(builder, 1 << 24, folder, &error));
    /* An index without rows would find nobody. The builder stays usable. */
    FAILS(LEAKDEX_CODE_BUILD, leakdex_builder_publish(builder, in_folder("portal"), 4, &error));
    WORKS(add_spoiled(builder, 9, &error));
    FAILS(LEAKDEX_CODE_STATE, leakdex_builder_set_memory(builder, 1 << 24, folder, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_publish(builder, in_folder("portal"), 3, &error));
    FAILS(LEAKDEX_CODE_ARGUMENT, leakdex_builder_publish(builder, in_folder("portal"), 0, &error));
    leakdex_key_free(&key); /* the builder keeps what it needs */
    WORKS(leakdex_builder_publish(builder, in_folder("portal"), 4, &error));
    REQUIRE(strstr(leakdex_builder_account_json(builder), "\"id\""));
    FAILS(LEAKDEX_CODE_STATE, leakdex_builder_publish(builder, in_folder("again"), 4, &error));
    leakdex_builder_free(&builder);

    /* Two indexes, checked as one. */
    LeakdexIndex *both = NULL;
    LeakdexVerdict *verdict = NULL;
    const char *paths[] = {in_folder("portal"), in_folder("leak.leakdex")};
    const char *fields[] = {"kvnr", "email"}, *values[] = {KVNR, MAIL};
    WORKS(leakdex_key_load(in_folder("leak.key"), &key, &error));
    const LeakdexKey *the_key = key;
    WORKS(leakdex_index_open(paths, 2, &the_key, 1, &both, &error));
    REQUIRE(strstr(leakdex_index_metadata_json(both), "\"generation\":7"));
    WORKS(leakdex_index_check_one(both, fields, values, 2, 0, &verdict, &error));
    REQUIRE(!strcmp(leakdex_verdict_breaches(verdict), "bitmarck-2023-01 portal-2024-05"));
    leakdex_verdict_free(&verdict);
    leakdex_index_free(&both);
}

static void *check_often(void *unused) {
    for (int i = 0; i < 200; i++) {
        LeakdexVerdict *verdict = NULL;
        WORKS(check_value("kvnr", i % 2 ? KVNR : "A123456780", &verdict, &error));
        LeakdexState expected = i % 2 ? LEAKDEX_STATE_AFFECTED : LEAKDEX_STATE_NOT_AFFECTED;
        REQUIRE(leakdex_verdict_state(verdict) == expected);
        leakdex_verdict_free(&verdict);
    }
    return unused;
}

static void threads(void) {
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) REQUIRE(!pthread_create(&threads[i], NULL, check_often, NULL));
    for (int i = 0; i < 8; i++) REQUIRE(!pthread_join(threads[i], NULL));
}

int main(int argc, char **argv) {
    REQUIRE(argc == 2);
    snprintf(folder, sizeof folder, "%s", argv[1]);
    REQUIRE(leakdex_abi_version() == LEAKDEX_ABI_VERSION && leakdex_version());
    REQUIRE(leakdex_error_code(NULL) == LEAKDEX_CODE_OK && !leakdex_error_message(NULL));
    leakdex_error_free(NULL);
    WORKS(leakdex_key_load(in_folder("leak.key"), &key, &error));
    WORKS(open_with(key, "leak.leakdex", &idx, &error));
    keys();
    indexes();
    one_member();
    threads();
    streams();
    builders();
    leakdex_index_free(&idx);
    leakdex_key_free(&key);
    return 0;
}
