/* Is loaded between the command and the C library (LD_PRELOAD), and makes one call fail.
 *
 * LEAKDEX_SHIM_CALL=N     the Nth operation (from 0) on a file below LEAKDEX_SHIM_FOLDER fails with EIO
 * LEAKDEX_SHIM_MEMORY=N   the Nth allocation (from 0) of at least LEAKDEX_SHIM_LARGE bytes fails
 * LEAKDEX_SHIM_LOG        a file that receives the name of the failed call; it is missing if no call failed
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls, allocations;
static long failing_call = -1, failing_allocation = -1;
static size_t large = 1 << 16;
static const char *folder, *log_file;

__attribute__((constructor)) static void begin(void) {
    const char *text;
    folder = getenv("LEAKDEX_SHIM_FOLDER");
    log_file = getenv("LEAKDEX_SHIM_LOG");
    if ((text = getenv("LEAKDEX_SHIM_LARGE"))) large = strtoul(text, NULL, 10);
    if ((text = getenv("LEAKDEX_SHIM_CALL"))) failing_call = strtol(text, NULL, 10);
    if ((text = getenv("LEAKDEX_SHIM_MEMORY"))) failing_allocation = strtol(text, NULL, 10);
}

/* Uses system calls, since this file replaces the usual functions. */
static void note(const char *what) {
    int file = log_file ? (int)syscall(SYS_open, log_file, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (file < 0) return;
    syscall(SYS_write, file, what, strlen(what));
    syscall(SYS_write, file, "\n", 1);
    syscall(SYS_close, file);
}

static int should_fail(const char *what) {
    if (atomic_fetch_add(&calls, 1) != failing_call) return 0;
    note(what);
    errno = EIO;
    return 1;
}

/* Relative paths are below the working directory, which is the folder. */
static int is_watched(const char *path) {
    return folder && path && (path[0] != '/' || strncmp(path, folder, strlen(folder)) == 0);
}

static int file_is_watched(int file) {
    char link[64] = "/proc/self/fd/", digits[16], path[PATH_MAX];
    int place = sizeof digits, rest = file;
    ssize_t length;
    if (!folder || file < 3) return 0;
    digits[--place] = 0;
    do digits[--place] = (char)('0' + rest % 10); while (rest /= 10);
    strcat(link, digits + place);
    length = syscall(SYS_readlink, link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return path[0] == '/' && is_watched(path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OF_PATH(type, name, failed, declared, path, given)         \
    type name declared {                                           \
        if (is_watched(path) && should_fail(#name)) return failed; \
        return REAL(name) given;                                   \
    }
#define OF_FILE(type, name, failed, declared, file, given)              \
    type name declared {                                                \
        if (file_is_watched(file) && should_fail(#name)) return failed; \
        return REAL(name) given;                                        \
    }

#define OPEN(name)                                             \
    int name(const char *path, int flags, ...) {               \
        va_list more;                                          \
        mode_t mode;                                           \
        va_start(more, flags);                                 \
        mode = va_arg(more, mode_t);                           \
        va_end(more);                                          \
        if (is_watched(path) && should_fail(#name)) return -1; \
        return REAL(name)(path, flags, mode);                  \
    }
OPEN(open)
OPEN(open64)

OF_FILE(ssize_t, read, -1, (int file, void *to, size_t length), file, (file, to, length))
OF_FILE(ssize_t, readv, -1, (int file, const struct iovec *to, int count), file, (file, to, count))
OF_FILE(ssize_t, pread, -1, (int file, void *to, size_t length, off_t at), file, (file, to, length, at))
OF_FILE(ssize_t, pread64, -1, (int file, void *to, size_t length, off64_t at), file, (file, to, length, at))
OF_FILE(ssize_t, write, -1, (int file, const void *from, size_t length), file, (file, from, length))
OF_FILE(ssize_t, writev, -1, (int file, const struct iovec *from, int count), file, (file, from, count))
OF_FILE(ssize_t, pwrite64, -1, (int file, const void *from, size_t length, off64_t at), file, (file, from, length, at))
OF_FILE(off64_t, lseek64, -1, (int file, off64_t place, int from), file, (file, place, from))
OF_FILE(int, fsync, -1, (int file), file, (file))
OF_FILE(int, fdatasync, -1, (int file), file, (file))
OF_FILE(int, ftruncate64, -1, (int file, off64_t length), file, (file, length))
OF_FILE(int, flock, -1, (int file, int how), file, (file, how))
OF_FILE(int, fchmod, -1, (int file, mode_t mode), file, (file, mode))
OF_FILE(int, fstat64, -1, (int file, struct stat64 *to), file, (file, to))
OF_FILE(ssize_t, copy_file_range, -1,
        (int from, off64_t *at, int to, off64_t *to_at, size_t length, unsigned flags), from,
        (from, at, to, to_at, length, flags))
OF_PATH(int, stat64, -1, (const char *path, struct stat64 *to), path, (path, to))
OF_PATH(int, lstat64, -1, (const char *path, struct stat64 *to), path, (path, to))
OF_PATH(int, rename, -1, (const char *path, const char *to), path, (path, to))
OF_PATH(int, unlink, -1, (const char *path), path, (path))
OF_PATH(int, mkdir, -1, (const char *path, mode_t mode), path, (path, mode))
OF_PATH(int, access, -1, (const char *path, int how), path, (path, how))
OF_PATH(char *, realpath, NULL, (const char *path, char *to), path, (path, to))
OF_PATH(ssize_t, readlink, -1, (const char *path, char *to, size_t length), path, (path, to, length))
OF_PATH(DIR *, opendir, NULL, (const char *path), path, (path))

int statx(int at, const char *path, int flags, unsigned mask, struct statx *to) {
    /* A null path only tests whether the system has the call. The header declares the path as non-null, so without
     * `volatile`, the compiler may drop the test for null. */
    const char *volatile given = path;
    int watched = given && (given[0] ? is_watched(given) : file_is_watched(at));
    if (watched && should_fail("statx")) return -1;
    return REAL(statx)(at, path, flags, mask, to);
}

struct dirent64 *readdir64(DIR *of) {
    if (file_is_watched(dirfd(of)) && should_fail("readdir64")) return NULL;
    return REAL(readdir64)(of);
}

#define MMAP(name, place)                                                            \
    void *name(void *to, size_t length, int access, int flags, int file, place at) { \
        if (file_is_watched(file) && should_fail(#name)) return MAP_FAILED;          \
        return REAL(name)(to, length, access, flags, file, at);                      \
    }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

/* The C library's own functions, because dlsym allocates. */
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static int memory_fails(size_t length) {
    if (length < large || failing_allocation < 0) return 0;
    if (atomic_fetch_add(&allocations, 1) != failing_allocation) return 0;
    note("memory");
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t length) { return memory_fails(length) ? NULL : __libc_malloc(length); }
void *calloc(size_t count, size_t length) {
    return memory_fails(count * length) ? NULL : __libc_calloc(count, length);
}
void *realloc(void *memory, size_t length) {
    return memory_fails(length) ? NULL : __libc_realloc(memory, length);
}
int posix_memalign(void **to, size_t alignment, size_t length) {
    if (memory_fails(length)) return ENOMEM;
    *to = __libc_memalign(alignment, length);
    return *to ? 0 : ENOMEM;
}
void *aligned_alloc(size_t alignment, size_t length) {
    return memory_fails(length) ? NULL : __libc_memalign(alignment, length);
}
