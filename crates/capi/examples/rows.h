/* Rows of text as a stream of Arrow record batches, built by hand. If you have Arrow's C++ or GLib library,
 * use its ExportRecordBatchReader instead. Compiles as C11 and as C++17. */
#ifndef ROWS_H
#define ROWS_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "leakdex.h"

/* Cells, row by row. A missing cell is null. The stream reads them until it is released. */
typedef struct Rows {
    const char *const *names;
    size_t columns;
    const char *const *cells;
    size_t rows;
    size_t batch_size;
    size_t rows_returned;
} Rows;

static inline void rows_release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    schema->release = NULL;
}

static inline int rows_get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    const Rows *rows = (const Rows *)stream->private_data;
    memset(out, 0, sizeof *out);
    out->format = "+s"; /* a record batch is a struct of columns */
    out->name = "";
    out->children = (struct ArrowSchema **)calloc(rows->columns, sizeof *out->children);
    if (!out->children) return ENOMEM;
    out->release = rows_release_schema;
    for (size_t i = 0; i < rows->columns; i++) {
        struct ArrowSchema *column = (struct ArrowSchema *)calloc(1, sizeof *column);
        if (!column) {
            out->release(out);
            return ENOMEM;
        }
        column->format = "u"; /* UTF-8 with offsets of 32 bits */
        column->name = rows->names[i];
        column->flags = ARROW_FLAG_NULLABLE;
        column->release = rows_release_schema;
        out->children[out->n_children++] = column;
    }
    return 0;
}

static inline void rows_release_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release) array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    for (int64_t i = 0; i < array->n_buffers; i++) free((void *)array->buffers[i]);
    free(array->children);
    free((void *)array->buffers);
    array->release = NULL;
}

/* One column of a batch: the validity bits of its cells, the offsets of their ends, and their bytes. */
static inline int rows_column(const Rows *rows, size_t column, size_t count, struct ArrowArray *out) {
    const char *const *cells = rows->cells + rows->rows_returned * rows->columns + column;
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const char *cell = cells[i * rows->columns];
        bytes += cell ? strlen(cell) : 0;
    }
    uint8_t *valid = (uint8_t *)calloc(count / 8 + 1, 1);
    int32_t *offsets = (int32_t *)calloc(count + 1, sizeof *offsets);
    char *text = (char *)malloc(bytes + 1);
    const void **buffers = (const void **)calloc(3, sizeof *buffers);
    if (!valid || !offsets || !text || !buffers) {
        free(valid);
        free(offsets);
        free(text);
        free((void *)buffers);
        return ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        const char *cell = cells[i * rows->columns];
        size_t length = cell ? strlen(cell) : 0;
        if (cell) {
            valid[i / 8] = (uint8_t)(valid[i / 8] | 1u << (i % 8));
            memcpy(text + offsets[i], cell, length);
        } else {
            out->null_count++;
        }
        offsets[i + 1] = offsets[i] + (int32_t)length;
    }
    buffers[0] = valid;
    buffers[1] = offsets;
    buffers[2] = text;
    out->length = (int64_t)count;
    out->n_buffers = 3;
    out->buffers = buffers;
    out->release = rows_release_array;
    return 0;
}

static inline int rows_get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    Rows *rows = (Rows *)stream->private_data;
    memset(out, 0, sizeof *out); /* an array without a release function is the end */
    size_t left = rows->rows - rows->rows_returned;
    size_t count = left < rows->batch_size ? left : rows->batch_size;
    if (count == 0) return 0;
    out->buffers = (const void **)calloc(1, sizeof *out->buffers);
    out->children = (struct ArrowArray **)calloc(rows->columns, sizeof *out->children);
    out->length = (int64_t)count;
    out->n_buffers = 1;
    out->release = rows_release_array;
    if (!out->buffers || !out->children) {
        out->n_buffers = 0;
        out->release(out);
        return ENOMEM;
    }
    for (size_t i = 0; i < rows->columns; i++) {
        struct ArrowArray *column = (struct ArrowArray *)calloc(1, sizeof *column);
        if (!column || rows_column(rows, i, count, column) != 0) {
            free(column);
            out->release(out);
            return ENOMEM;
        }
        out->children[out->n_children++] = column;
    }
    rows->rows_returned += count;
    return 0;
}

static inline const char *rows_get_last_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "there is not enough memory";
}

static inline void rows_release(struct ArrowArrayStream *stream) {
    free(stream->private_data);
    stream->release = NULL;
}

/* A stream of these rows. Its release function is null if there is not enough memory. */
static inline struct ArrowArrayStream rows_stream(Rows rows) {
    struct ArrowArrayStream stream;
    memset(&stream, 0, sizeof stream);
    stream.private_data = malloc(sizeof rows);
    if (!stream.private_data) return stream;
    memcpy(stream.private_data, &rows, sizeof rows);
    stream.get_schema = rows_get_schema;
    stream.get_next = rows_get_next;
    stream.get_last_error = rows_get_last_error;
    stream.release = rows_release;
    return stream;
}

/* The text of a cell in a column of type "u", with its length in `length`. NULL for a missing cell. */
static inline const char *cell_text(const struct ArrowArray *column, int64_t row, int *length) {
    const uint8_t *valid = (const uint8_t *)column->buffers[0];
    const int32_t *offsets = (const int32_t *)column->buffers[1];
    int64_t place = column->offset + row;
    if (valid && !(valid[place / 8] >> (place % 8) & 1)) return NULL;
    *length = offsets[place + 1] - offsets[place];
    return (const char *)column->buffers[2] + offsets[place];
}

#endif /* ROWS_H */
