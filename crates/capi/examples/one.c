/* Checks one member, as a service does: one INDEX KEY FIELD VALUE [FIELD VALUE ...] */
#include <stdio.h>

#include "leakdex.h"

enum { MAX_FIELDS = 16 };

/* Prints the error. The message contains no value of a person. */
static int failed(LeakdexError **error) {
    fprintf(stderr, "error %u: %s\n", leakdex_error_code(*error), leakdex_error_message(*error));
    leakdex_error_free(error);
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 5 || argc % 2 == 0 || argc > 3 + 2 * MAX_FIELDS) {
        fprintf(stderr, "usage: %s INDEX KEY FIELD VALUE [FIELD VALUE ...]\n", argv[0]);
        return 2;
    }
    LeakdexKey *key = NULL;
    LeakdexIndex *index = NULL;
    LeakdexVerdict *verdict = NULL;
    LeakdexError *error = NULL;

    if (leakdex_key_load(argv[2], &key, &error) != LEAKDEX_CODE_OK) return failed(&error);
    const char *paths[] = {argv[1]};
    const LeakdexKey *keys[] = {key};
    LeakdexCode code = leakdex_index_open(paths, 1, keys, 1, &index, &error);
    leakdex_key_free(&key); /* an open index needs no key */
    if (code != LEAKDEX_CODE_OK) return failed(&error);

    /* From here on, any number of threads may do this with the same index. */
    const char *fields[MAX_FIELDS];
    const char *values[MAX_FIELDS];
    size_t count = (size_t)(argc - 3) / 2;
    for (size_t i = 0; i < count; i++) {
        fields[i] = argv[3 + 2 * i];
        values[i] = argv[4 + 2 * i];
    }
    code = leakdex_index_check_one(index, fields, values, count, LEAKDEX_DATE_ORDER_UNKNOWN, &verdict,
                                   &error);
    leakdex_index_free(&index);
    if (code != LEAKDEX_CODE_OK) return failed(&error);

    switch (leakdex_verdict_state(verdict)) {
    case LEAKDEX_STATE_AFFECTED:
        printf("affected: strength %u, breaches '%s', data '%s', matched '%s'\n",
               leakdex_verdict_strength(verdict), leakdex_verdict_breaches(verdict),
               leakdex_verdict_data_classes(verdict), leakdex_verdict_matched(verdict));
        break;
    case LEAKDEX_STATE_NOT_AFFECTED:
        printf("not affected%s\n", leakdex_verdict_is_partial(verdict) ? ", partially checked" : "");
        break;
    default: /* no identifier could be checked: this is not a "no" */
        printf("indeterminate: %s\n", leakdex_verdict_reasons(verdict));
    }
    leakdex_verdict_free(&verdict);
    return 0;
}
