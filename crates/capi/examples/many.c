/* Checks many members: many INDEX KEY. The members are a stream of Arrow record batches. */
#include <stdio.h>

#include "rows.h"

static const char *const NAMES[] = {"Mitgliedsnummer", "KVNR", "E-Mail", "Notiz"};
static const char *const CELLS[] = {
    "M-1001", "M204815368", "juergen.mueller@example.de", "invented",
    "M-1002", "A123456780", NULL,                         "invented",
    "M-1003", NULL,         NULL,                         "invented",
};

static int failed(LeakdexError **error) {
    fprintf(stderr, "error %u: %s\n", leakdex_error_code(*error), leakdex_error_message(*error));
    leakdex_error_free(error);
    return 1;
}

/* Prints our reference (the column that we keep comes first) and the verdict of each row. */
static void print_batch(const struct ArrowArray *batch) {
    for (int64_t row = 0; row < batch->length; row++) {
        int id_length = 0, verdict_length = 0;
        const char *id = cell_text(batch->children[0], row, &id_length);
        const char *verdict = cell_text(batch->children[1], row, &verdict_length);
        printf("%.*s %.*s\n", id_length, id ? id : "", verdict_length, verdict);
    }
}

/* Reads verdicts to the end. They are a result only if this returns 0. */
static int read_all(struct ArrowArrayStream *verdicts) {
    for (;;) {
        struct ArrowArray batch;
        if (verdicts->get_next(verdicts, &batch) != 0) {
            const char *message = verdicts->get_last_error(verdicts);
            fprintf(stderr, "the check failed: %s\n", message ? message : "no message");
            return 1;
        }
        if (batch.release == NULL) return 0; /* the end */
        print_batch(&batch);
        batch.release(&batch);
    }
}

static int check(const LeakdexIndex *index) {
    /* KVNR and E-Mail are recognised by their names. A column that might identify persons and is not
     * used is an error, unless you say that it may be ignored. */
    const LeakdexColumn columns[] = {{"Mitgliedsnummer", "id"}, {"Notiz", "ignore"}};
    const char *keep[] = {"Mitgliedsnummer"};
    LeakdexOptions options = LEAKDEX_OPTIONS_INIT;
    options.columns = columns;
    options.column_count = 2;
    options.keep = keep;
    options.keep_count = 1;

    Rows rows = {NAMES, 4, CELLS, 3, 2, 0};
    struct ArrowArrayStream members = rows_stream(rows);
    struct ArrowArrayStream verdicts;
    LeakdexCheck *run = NULL;
    LeakdexError *error = NULL;
    /* This takes over `members`, whatever it returns. */
    if (leakdex_index_check(index, &members, &options, &verdicts, &run, &error) != LEAKDEX_CODE_OK) {
        return failed(&error);
    }
    printf("columns: %s\n", leakdex_check_columns_json(run));
    int status = read_all(&verdicts);
    verdicts.release(&verdicts);

    /* Doubts about the whole run, such as a damaged column. */
    const char *outcome = NULL;
    size_t caveats = 0;
    if (status == 0 && (leakdex_check_outcome_json(run, &outcome, &error) != LEAKDEX_CODE_OK ||
                        leakdex_check_caveat_count(run, &caveats, &error) != LEAKDEX_CODE_OK)) {
        status = failed(&error);
    }
    if (status == 0) printf("%zu caveats, outcome: %s\n", caveats, outcome);
    leakdex_check_free(&run);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s INDEX KEY\n", argv[0]);
        return 2;
    }
    LeakdexKey *key = NULL;
    LeakdexIndex *index = NULL;
    LeakdexError *error = NULL;
    if (leakdex_abi_version() != LEAKDEX_ABI_VERSION) {
        fprintf(stderr, "library and header have different versions\n");
        return 1;
    }
    if (leakdex_key_load(argv[2], &key, &error) != LEAKDEX_CODE_OK) return failed(&error);
    const char *paths[] = {argv[1]};
    const LeakdexKey *keys[] = {key};
    LeakdexCode code = leakdex_index_open(paths, 1, keys, 1, &index, &error);
    leakdex_key_free(&key);
    if (code != LEAKDEX_CODE_OK) return failed(&error);
    int status = check(index);
    leakdex_index_free(&index);
    return status;
}
