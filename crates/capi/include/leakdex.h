// leakdex for C and C++: which members are in a leak. docs/C.md shows how to use it.
//
// Written by cbindgen from crates/capi; .ci/capi --bless writes it anew.
//
// Ownership. Objects (LeakdexKey, LeakdexIndex, LeakdexCheck, LeakdexVerdict, LeakdexBuilder,
// LeakdexError) come from leakdex through a pointer to a pointer, and go back through their own
// function leakdex_..._free, which sets the pointer to null. So a second call with the same pointer
// does nothing, and a call with a freed object is an error as long as there is no copy of the
// pointer. Texts that leakdex gives are UTF-8, belong to an object and live as long as it does.
// leakdex copies all that it keeps of your arguments. A pointer that you pass is null, or points to
// a live object of its type, to `count` items, or to a text that ends with a zero.
//
// Streams. A stream of record batches that you pass is taken over in every case, also by an error:
// leakdex releases it, and its release is null afterwards.
//
// Errors. A function that can fail returns a LeakdexCode. If you pass a place for an error, it gets
// an object, or null after success; free it. Places for results are null after an error. Null
// pointers, text that is not UTF-8, and counts of zero are errors. No message holds a value of a
// person. Nothing throws, and nothing unwinds into your program.
//
// Threads. Several threads may use one key, index, check or verdict at once. One thread at a time
// uses a builder or reads a stream. Nobody may use an object while another thread frees it.

#ifndef LEAKDEX_H
#define LEAKDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The C data and stream interfaces of Apache Arrow, as their specification asks to repeat them. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

#ifdef __cplusplus
extern "C" {
#endif

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#ifdef __cplusplus
}
#endif
#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

#ifdef __cplusplus
extern "C" {
#endif

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#ifdef __cplusplus
}
#endif
#endif /* ARROW_C_STREAM_INTERFACE */

// The version of this interface. It grows when a function changes in a way that old programs would not
// survive; new functions alone do not change it. Compare it with `LEAKDEX_ABI_VERSION` of the header.
#define LEAKDEX_ABI_VERSION 1

// The kind of an error. The numbers never change; later versions may add some.
enum LeakdexCode
#ifdef __cplusplus
  : uint32_t
#endif // __cplusplus
 {
  // Success.
  LEAKDEX_CODE_OK = 0,
  // An argument is wrong: a null pointer, text that is not UTF-8, a count of zero, an unknown name or
  // number.
  LEAKDEX_CODE_ARGUMENT = 1,
  // This object cannot do that now: the stream has not come to its end, or an earlier call failed.
  LEAKDEX_CODE_STATE = 2,
  // The system refused something, mostly to read or to write a file.
  LEAKDEX_CODE_IO = 3,
  // A key is not valid, or other users may read its file.
  LEAKDEX_CODE_KEY = 4,
  // The index was built with another key.
  LEAKDEX_CODE_WRONG_KEY = 5,
  // This is no index, or it is damaged, or not whole, or somebody changed it while it was in use.
  LEAKDEX_CODE_INDEX = 6,
  // The index is sound, and other versions of leakdex made it: build it again from the leak.
  LEAKDEX_CODE_OTHER_VERSION = 7,
  // The columns cannot be used as they are.
  LEAKDEX_CODE_COLUMNS = 8,
  // The stream of record batches ended with an error, or has an invalid batch.
  LEAKDEX_CODE_STREAM = 9,
  // The index cannot be built from these rows.
  LEAKDEX_CODE_BUILD = 10,
  // A fault of leakdex itself. Nothing that came before is a result.
  LEAKDEX_CODE_INTERNAL = 11,
};
#ifndef __cplusplus
typedef uint32_t LeakdexCode;
#endif // __cplusplus

// The order of day and month in dates of birth that are written as text, such as 03.04.1980.
enum LeakdexDateOrder
#ifdef __cplusplus
  : uint32_t
#endif // __cplusplus
 {
  // The caller does not know. A column of a batch shows it; of one member, a date that needs it is an error.
  LEAKDEX_DATE_ORDER_UNKNOWN = 0,
  // 03.04.1980 is in April.
  LEAKDEX_DATE_ORDER_DAY_FIRST = 1,
  // 03/04/1980 is in March.
  LEAKDEX_DATE_ORDER_MONTH_FIRST = 2,
};
#ifndef __cplusplus
typedef uint32_t LeakdexDateOrder;
#endif // __cplusplus

// The result of a check. It is never zero, so memory that nobody filled is no verdict.
enum LeakdexState
#ifdef __cplusplus
  : uint32_t
#endif // __cplusplus
 {
  // There is no verdict: the pointer was null.
  LEAKDEX_STATE_NONE = 0,
  // The member is in the leak.
  LEAKDEX_STATE_AFFECTED = 1,
  // At least one identifier was checked, and none is in the leak.
  LEAKDEX_STATE_NOT_AFFECTED = 2,
  // No identifier could be checked. This is not a "no".
  LEAKDEX_STATE_INDETERMINATE = 3,
};
#ifndef __cplusplus
typedef uint32_t LeakdexState;
#endif // __cplusplus

// How sure a match is.
enum LeakdexStrength
#ifdef __cplusplus
  : uint32_t
#endif // __cplusplus
 {
  // The member is not affected, or there is no verdict.
  LEAKDEX_STRENGTH_NONE = 0,
  // A person has to review the match.
  LEAKDEX_STRENGTH_CANDIDATE = 1,
  // Names, date of birth and postcode agree.
  LEAKDEX_STRENGTH_PROBABLE = 2,
  // An address, a phone number or an account agrees.
  LEAKDEX_STRENGTH_STRONG = 3,
  // An official number agrees.
  LEAKDEX_STRENGTH_CERTAIN = 4,
};
#ifndef __cplusplus
typedef uint32_t LeakdexStrength;
#endif // __cplusplus

// Builds an index. One thread at a time may use it.
typedef struct LeakdexBuilder LeakdexBuilder;

// A check of many members, beside its stream of verdicts. It knows the caveats of the run once the stream
// has come to its end. Several threads may use it at once, also while another reads the stream.
typedef struct LeakdexCheck LeakdexCheck;

// An error: a code for programs, and a message for people that says what to do. It holds no value of a
// person. Free it with `leakdex_error_free`.
typedef struct LeakdexError LeakdexError;

// One or several indexes, checked as one. Several threads may use it at once. Checks that have begun keep
// what they need, so it may be freed before they end.
typedef struct LeakdexIndex LeakdexIndex;

// A key: the secret by which an index is read. It is overwritten when it is freed. Several threads may use
// it at once.
typedef struct LeakdexKey LeakdexKey;

// The verdict on one member. It holds no value of the member. Several threads may read it at once.
typedef struct LeakdexVerdict LeakdexVerdict;

// A column, and what it holds.
typedef struct LeakdexColumn {
  // The column's name.
  const char *name;
  // A field such as "kvnr", "id" for your own reference, "class:SLUG" for a class of leaked data, or
  // "ignore".
  const char *content;
} LeakdexColumn;

// How record batches are read. Begin with `LEAKDEX_OPTIONS_INIT`; a null pointer means the same.
typedef struct LeakdexOptions {
  // `sizeof(LeakdexOptions)`, by which a later version knows yours.
  size_t size;
  // The columns that you map. The others are recognised by their names and values.
  const struct LeakdexColumn *columns;
  // How many they are.
  size_t column_count;
  // The names of columns that come back before the verdicts, such as your reference.
  const char *const *keep;
  // How many they are.
  size_t keep_count;
  // The number of threads; 0 for all cores. One is the thread that reads the verdicts.
  uint32_t threads;
  // A `LeakdexDateOrder`.
  uint32_t date_order;
} LeakdexOptions;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the interface that the library has. See `LEAKDEX_ABI_VERSION`.
uint32_t leakdex_abi_version(void);

// The version of leakdex, such as "0.1.0". It lives for ever.
const char *leakdex_version(void);

// Makes a builder for a leak. `breach` is the name of the breach, such as "bitmarck-2023-01", or a JSON
// object that describes it, with `Name` and, if you like, `Title`, `Domain`, `BreachDate`, `AddedDate`,
// `Description` and `DataClasses`. The key may be freed afterwards.
LeakdexCode leakdex_builder_new(const struct LeakdexKey *key,
                                const char *breach,
                                struct LeakdexBuilder **builder,
                                struct LeakdexError **error);

// Sets the generation of the index, a number that grows with each build. Without, it is 0.
LeakdexCode leakdex_builder_set_generation(struct LeakdexBuilder *builder,
                                           uint64_t generation,
                                           struct LeakdexError **error);

// Sorts in this many bytes of memory, and beyond that in temporary files in a folder. They hold keyed hashes
// only. Call it before rows are added.
LeakdexCode leakdex_builder_set_memory(struct LeakdexBuilder *builder,
                                       uint64_t bytes,
                                       const char *folder,
                                       struct LeakdexError **error);

// Adds leaked rows: all batches of a stream. `options.keep` must be empty. The stream is taken over in every
// case: it is released when the call returns, and its `release` is null. After an error, the builder cannot
// be used any more, since an index of a part of a leak would miss members; free it.
LeakdexCode leakdex_builder_add(struct LeakdexBuilder *builder,
                                struct ArrowArrayStream *leaked,
                                const struct LeakdexOptions *options,
                                struct LeakdexError **error);

// Writes the index: a file for one shard, a folder for more. `shards` is a power of two. The file or folder
// appears when it is complete. Afterwards the builder only has its account.
LeakdexCode leakdex_builder_publish(struct LeakdexBuilder *builder,
                                    const char *path,
                                    uint32_t shards,
                                    struct LeakdexError **error);

// The account of a build as JSON: `added` has the rows and columns of each stream; after the publication
// there are `id`, `entries`, `bytes`, `rows` and `caveats`, too. It lives until the next call with this
// builder; null for a null pointer.
const char *leakdex_builder_account_json(const struct LeakdexBuilder *builder);

// Frees a builder, and sets the pointer to null.
void leakdex_builder_free(struct LeakdexBuilder **builder);

// Begins a check of many members. `members` gives their record batches; `verdicts` gets a stream that gives
// a row for each member, in their order: the columns to keep, then `verdict`, `strength`, `matched`,
// `breaches`, `breach_strengths`, `data_classes`, `records`, `partial` and `reasons`. It is lazy: reading a
// batch of verdicts reads batches of members, in bounded memory.
//
// `members` is taken over in every case, also by an error: it is released, or will be with `verdicts`, and
// its `release` is null afterwards. `verdicts` need not be initialised; after an error its `release` is null.
// Release it when you have read it; it may outlive `index` and `check`. One thread at a time reads it.
//
// The verdicts are a result only if the stream comes to its end without an error. Then ask `check` for the
// caveats of the run.
LeakdexCode leakdex_index_check(const struct LeakdexIndex *index,
                                struct ArrowArrayStream *members,
                                const struct LeakdexOptions *options,
                                struct ArrowArrayStream *verdicts,
                                struct LeakdexCheck **check,
                                struct LeakdexError **error);

// The columns as JSON: {"used": [{"column", "content"}], "ignored": [column]}. It lives as long as the check;
// null for a null pointer.
const char *leakdex_check_columns_json(const struct LeakdexCheck *check);

// The outcome of the run as JSON, once the stream of verdicts has come to its end: the counts `rows`,
// `affected`, `not_affected`, `indeterminate` and `partially_checked`, and the list `caveats`. A caveat says
// what is doubtful about the run as a whole: all-clears that rely on a damaged column may be wrong. `json`
// lives as long as the check.
LeakdexCode leakdex_check_outcome_json(const struct LeakdexCheck *check,
                                       const char **json,
                                       struct LeakdexError **error);

// How many caveats the run has, once the stream of verdicts has come to its end.
LeakdexCode leakdex_check_caveat_count(const struct LeakdexCheck *check,
                                       size_t *count,
                                       struct LeakdexError **error);

// Frees a check, and sets the pointer to null. Its stream of verdicts stays as it is.
void leakdex_check_free(struct LeakdexCheck **check);

// The code of an error; `LEAKDEX_CODE_OK` for a null pointer.
LeakdexCode leakdex_error_code(const struct LeakdexError *error);

// The message of an error, UTF-8. It lives as long as the error; null for a null pointer.
const char *leakdex_error_message(const struct LeakdexError *error);

// Frees an error, and sets the pointer to null. A null pointer, or a pointer to one, is fine.
void leakdex_error_free(struct LeakdexError **error);

// Opens indexes into memory and verifies them. A path is an index file, or a folder with all shards of an
// index. Each index takes the key that it names from the given ones; an index whose key is not among them
// is an error. The keys may be freed afterwards.
LeakdexCode leakdex_index_open(const char *const *paths,
                               size_t path_count,
                               const struct LeakdexKey *const *keys,
                               size_t key_count,
                               struct LeakdexIndex **index,
                               struct LeakdexError **error);

// Maps indexes, as `leakdex_index_open` opens them: for indexes that are larger than the memory, or that
// several processes share. It reads only the heads. A check verifies each part of a file when it reads it for
// the first time, and fails if the part is damaged.
//
// While the index lives, nobody may change the files in place or cut them short: then the process may get
// `SIGBUS`. leakdex itself only ever puts a new file in place of an old one. A check asks whether a file was
// changed, and fails then.
LeakdexCode leakdex_index_map(const char *const *paths,
                              size_t path_count,
                              const struct LeakdexKey *const *keys,
                              size_t key_count,
                              struct LeakdexIndex **index,
                              struct LeakdexError **error);

// The ids of the indexes, separated by one space. It lives as long as the index; null for a null pointer.
const char *leakdex_index_id(const struct LeakdexIndex *index);

// The metadata of the indexes as JSON: a list with an object for each file, which has its `id` and its
// `metadata`. It lives as long as the index; null for a null pointer.
const char *leakdex_index_metadata_json(const struct LeakdexIndex *index);

// Checks one member, given by `count` fields (such as "kvnr", "email", "birth-date") and their values. A
// field may come several times. An empty value is none; a null pointer is an error. `date_order` is how a
// date of birth is written: `LEAKDEX_DATE_ORDER_UNKNOWN` unless you know it. Dates such as 1980-04-03 need
// none, and one such as 03/04/1980 without an order is an error, since it has two meanings.
LeakdexCode leakdex_index_check_one(const struct LeakdexIndex *index,
                                    const char *const *fields,
                                    const char *const *values,
                                    size_t count,
                                    uint32_t date_order,
                                    struct LeakdexVerdict **verdict,
                                    struct LeakdexError **error);

// Compares everything that checks have read from mapped files with its digests once more, on all threads. Call it
// after the last `leakdex_index_check_one` and before you use the verdicts. A run of `leakdex_index_check` does it by
// itself. It reads these parts again; an index in memory takes no time.
LeakdexCode leakdex_index_verify_touched(const struct LeakdexIndex *index,
                                         struct LeakdexError **error);

// Frees an index, and sets the pointer to null. Checks that have begun go on.
void leakdex_index_free(struct LeakdexIndex **index);

// Reads a key file. Only its owner may be able to read it (mode 0600).
LeakdexCode leakdex_key_load(const char *path,
                             struct LeakdexKey **key,
                             struct LeakdexError **error);

// Reads a key file that a container runtime mounts as a secret, which everybody in the container can read.
// Use this only in a container that nobody else can enter.
LeakdexCode leakdex_key_load_mounted_secret(const char *path,
                                            struct LeakdexKey **key,
                                            struct LeakdexError **error);

// A key from a secret store: its 32 bytes, or the text of a key file. Overwrite your copy afterwards.
LeakdexCode leakdex_key_from_bytes(const uint8_t *bytes,
                                   size_t count,
                                   struct LeakdexKey **key,
                                   struct LeakdexError **error);

// Makes a new key of random bytes.
LeakdexCode leakdex_key_generate(struct LeakdexKey **key, struct LeakdexError **error);

// Writes a key to a new file that only its owner can read. It never overwrites a file.
LeakdexCode leakdex_key_save(const struct LeakdexKey *key,
                             const char *path,
                             struct LeakdexError **error);

// The id of a key, which is no secret: an index names the key that it was built with. It lives as long as
// the key; null for a null pointer.
const char *leakdex_key_id(const struct LeakdexKey *key);

// Overwrites and frees a key, and sets the pointer to null. An index stays open without its key.
void leakdex_key_free(struct LeakdexKey **key);

// The result of the check; `LEAKDEX_STATE_NONE` for a null pointer.
LeakdexState leakdex_verdict_state(const struct LeakdexVerdict *verdict);

// How sure the surest match is; `LEAKDEX_STRENGTH_NONE` unless the member is affected.
LeakdexStrength leakdex_verdict_strength(const struct LeakdexVerdict *verdict);

// Whether the member is not affected as far as could be checked: a field could not be used or is suspect,
// or a similar record differs too much. True for a null pointer.
bool leakdex_verdict_is_partial(const struct LeakdexVerdict *verdict);

// How many leaked records matched; 0 unless the member is affected.
uint64_t leakdex_verdict_records(const struct LeakdexVerdict *verdict);

// The kinds that matched, separated by one space, such as "kvnr email"; empty unless the member is
// affected. The texts of a verdict live as long as the verdict, and are null for a null pointer.
const char *leakdex_verdict_matched(const struct LeakdexVerdict *verdict);

// The breaches that the member is in, separated by one space.
const char *leakdex_verdict_breaches(const struct LeakdexVerdict *verdict);

// The strength of the match in each breach, in the order of the breaches, separated by one space.
const char *leakdex_verdict_breach_strengths(const struct LeakdexVerdict *verdict);

// The classes of data in the rows that matched, separated by one space.
const char *leakdex_verdict_data_classes(const struct LeakdexVerdict *verdict);

// The reason codes of values that could not be used or are suspect, separated by one space.
const char *leakdex_verdict_reasons(const struct LeakdexVerdict *verdict);

// The whole verdict as JSON, with the coverage of the check. It holds no value of the member.
const char *leakdex_verdict_json(const struct LeakdexVerdict *verdict);

// Frees a verdict, and sets the pointer to null.
void leakdex_verdict_free(struct LeakdexVerdict **verdict);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LEAKDEX_H */

/* Options as they are usual. */
#define LEAKDEX_OPTIONS_INIT { sizeof(LeakdexOptions), NULL, 0, NULL, 0, 0, 0 }
