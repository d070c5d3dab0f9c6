/* Streams for StreamCheckTest.java, made with examples/rows.h. */
#include <jni.h>
#include <stdio.h>

#include "../../examples/rows.h"

enum { COLUMNS = 2, MAX_CELLS = 64 };
static const char *const NAMES[] = {"id", "kvnr"};

static jlong address(const struct ArrowArrayStream *stream) { return (jlong)(intptr_t)stream; }
static struct ArrowArrayStream *stream_at(jlong address) { return (struct ArrowArrayStream *)(intptr_t)address; }

JNIEXPORT jlong JNICALL Java_de_leakdex_StreamCheckTest_room(JNIEnv *env, jclass class) {
    (void)env, (void)class;
    return address(calloc(1, sizeof(struct ArrowArrayStream)));
}

/* The cells live as long as the test: their strings are small and few. */
JNIEXPORT jlong JNICALL Java_de_leakdex_StreamCheckTest_members(JNIEnv *env, jclass class, jobjectArray cells) {
    static const char *texts[MAX_CELLS];
    static char bytes[MAX_CELLS][64];
    (void)class;
    jsize count = (*env)->GetArrayLength(env, cells);
    for (jsize i = 0; i < count && i < MAX_CELLS; i++) {
        jstring cell = (*env)->GetObjectArrayElement(env, cells, i);
        if ((*env)->ExceptionCheck(env)) return 0;
        texts[i] = NULL;
        if (cell) {
            const char *text = (*env)->GetStringUTFChars(env, cell, NULL);
            if (!text) return 0;
            snprintf(bytes[i], sizeof bytes[i], "%s", text);
            (*env)->ReleaseStringUTFChars(env, cell, text);
            texts[i] = bytes[i];
        }
        (*env)->DeleteLocalRef(env, cell);
    }
    struct ArrowArrayStream *stream = calloc(1, sizeof *stream);
    Rows rows = {NAMES, COLUMNS, texts, (size_t)count / COLUMNS, 2, 0};
    *stream = rows_stream(rows);
    return address(stream);
}

JNIEXPORT jstring JNICALL Java_de_leakdex_StreamCheckTest_read(JNIEnv *env, jclass class, jlong at) {
    struct ArrowArrayStream *stream = stream_at(at);
    char text[1024] = "";
    (void)class;
    for (;;) {
        struct ArrowArray batch;
        if (stream->get_next(stream, &batch) != 0) return NULL;
        if (!batch.release) break;
        for (int64_t row = 0; row < batch.length; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                int length = 0;
                const char *cell = cell_text(batch.children[column], row, &length);
                size_t used = strlen(text);
                snprintf(text + used, sizeof text - used, "%.*s%c", length, cell, column ? '\n' : ' ');
            }
        }
        batch.release(&batch);
    }
    return (*env)->NewStringUTF(env, text);
}

JNIEXPORT jboolean JNICALL Java_de_leakdex_StreamCheckTest_isReleased(JNIEnv *env, jclass class, jlong at) {
    (void)env, (void)class;
    return at && !stream_at(at)->release;
}

JNIEXPORT void JNICALL Java_de_leakdex_StreamCheckTest_free(JNIEnv *env, jclass class, jlong at) {
    struct ArrowArrayStream *stream = stream_at(at);
    (void)env, (void)class;
    if (stream->release) stream->release(stream);
    free(stream);
}
