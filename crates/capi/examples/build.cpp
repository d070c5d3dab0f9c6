// Builds an index of leaked rows and checks a member, in C++17: build INDEX KEY. Makes both files.
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

#include "rows.h"

// Frees an object of leakdex at the end of its scope.
template <typename T, void (*FREE)(T **)>
struct Freed {
    void operator()(T *object) const { FREE(&object); }
};
using Key = std::unique_ptr<LeakdexKey, Freed<LeakdexKey, leakdex_key_free>>;
using Index = std::unique_ptr<LeakdexIndex, Freed<LeakdexIndex, leakdex_index_free>>;
using Builder = std::unique_ptr<LeakdexBuilder, Freed<LeakdexBuilder, leakdex_builder_free>>;
using Verdict = std::unique_ptr<LeakdexVerdict, Freed<LeakdexVerdict, leakdex_verdict_free>>;

// Calls a function with places for a result and an error. Returns the result, or throws the error.
template <typename Owner, typename Call>
Owner made(Call call) {
    typename Owner::pointer object = nullptr;
    LeakdexError *error = nullptr;
    if (call(&object, &error) != LEAKDEX_CODE_OK) {
        std::string message = leakdex_error_message(error);
        leakdex_error_free(&error);
        throw std::runtime_error(message);
    }
    return Owner(object);
}

template <typename Call>
void done(Call call) {
    made<Verdict>([&](LeakdexVerdict **, LeakdexError **error) { return call(error); });
}

static void run(const char *path, const char *key_path) {
    auto key = made<Key>([](auto key, auto error) { return leakdex_key_generate(key, error); });
    done([&](auto error) { return leakdex_key_save(key.get(), key_path, error); });

    auto builder = made<Builder>([&](auto builder, auto error) {
        return leakdex_builder_new(key.get(), "bitmarck-2023-01", builder, error);
    });
    const char *const names[] = {"Versichertennummer", "E-Mail"};
    const char *const cells[] = {"M204815368", "juergen.mueller@example.de", "A123456780", nullptr};
    ArrowArrayStream leaked = rows_stream(Rows{names, 2, cells, 2, 2, 0});
    done([&](auto error) { return leakdex_builder_add(builder.get(), &leaked, nullptr, error); });
    done([&](auto error) { return leakdex_builder_publish(builder.get(), path, 1, error); });
    std::printf("account: %s\n", leakdex_builder_account_json(builder.get()));

    auto index = made<Index>([&](auto index, auto error) {
        const LeakdexKey *keys[] = {key.get()};
        return leakdex_index_open(&path, 1, keys, 1, index, error);
    });
    auto verdict = made<Verdict>([&](auto verdict, auto error) {
        const char *fields[] = {"kvnr"};
        const char *values[] = {"A 123 456 780"};
        return leakdex_index_check_one(index.get(), fields, values, 1, 0, verdict, error);
    });
    switch (leakdex_verdict_state(verdict.get())) {
    case LEAKDEX_STATE_AFFECTED:
        std::puts("affected");
        break;
    case LEAKDEX_STATE_NOT_AFFECTED:
        std::puts("not affected");
        break;
    default:
        // No identifier could be checked. This is not a "no".
        std::puts("indeterminate");
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s INDEX KEY\n", argv[0]);
        return 2;
    }
    try {
        run(argv[1], argv[2]);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
    return 0;
}
