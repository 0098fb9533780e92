#pragma once

/// SQLite, as far as the store needs it: statements with typed parameters, rows, transactions, and errors in
/// words. Only the store uses this.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "campaign/store/records.hpp"
#include "campaign/store/store_error.hpp"
#include "campaign/store/writer_lock.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tenthrule {

/// Bytes that are no text.
struct blob {
    std::string_view bytes;
};

/// One row of a result; valid during the call that got it.
class row {
public:
    explicit row(sqlite3_stmt* of) : of_(of) {}

    std::int64_t integer(int column) const;
    std::uint64_t natural(int column) const {
        return static_cast<std::uint64_t>(integer(column));
    }
    std::uint32_t small(int column) const {
        return static_cast<std::uint32_t>(integer(column));
    }
    bool yes(int column) const {
        return integer(column) != 0;
    }
    double real(int column) const;
    /// Also of a blob.
    std::string text(int column) const;

private:
    sqlite3_stmt* of_;
};

/// Every function throws store_error.
class database {
public:
    enum class mode : std::uint8_t { write, read };

    /// Opens the file, and makes it in mode `write` if there is none.
    database(std::string path, mode how);
    ~database();
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    const std::string& path() const {
        return path_;
    }
    bool is_writable() const {
        return how_ == mode::write;
    }

    /// Replaces the connection by one to a copy in memory.
    void copy_to_memory();

    /// Several statements without parameters.
    void script(const char* sql);

    template <typename... Args>
    void run(const char* sql, const Args&... args) {
        each(
            sql, [](const row&) {}, args...);
    }
    /// Calls `f(const row&)` for each row.
    template <typename F, typename... Args>
    void each(const char* sql, F&& f, const Args&... args) {
        statement s(*this, sql);
        int index = 0;
        (s.bind(++index, args), ...);
        while (s.step()) {
            f(row(s.get()));
        }
    }
    /// The first column of the first row; 0 if there is none.
    template <typename... Args>
    std::int64_t number(const char* sql, const Args&... args) {
        std::int64_t result = 0;
        bool first = true;
        each(
            sql,
            [&](const row& r) {
                if (std::exchange(first, false)) result = r.integer(0);
            },
            args...);
        return result;
    }

    std::int64_t last_row() const;
    std::int64_t changes() const;

    /// Undone unless it was committed.
    class transaction {
    public:
        explicit transaction(database& of);
        ~transaction();
        transaction(const transaction&) = delete;
        transaction& operator=(const transaction&) = delete;
        void commit();

    private:
        database& of_;
        bool open_ = true;
    };

    /// What SQLite says of the last thing it did, as a store_error.
    [[noreturn]] void fail(const std::string& doing) const;

private:
    class statement {
    public:
        statement(database& of, const char* sql);
        ~statement();
        statement(const statement&) = delete;
        statement& operator=(const statement&) = delete;

        void bind(int index, std::int64_t value);
        void bind(int index, std::uint64_t value) {
            bind(index, static_cast<std::int64_t>(value));
        }
        void bind(int index, std::uint32_t value) {
            bind(index, static_cast<std::int64_t>(value));
        }
        void bind(int index, bool value) {
            bind(index, std::int64_t{value ? 1 : 0});
        }
        void bind(int index, double value);
        void bind(int index, std::string_view value);
        void bind(int index, const std::string& value) {
            bind(index, std::string_view(value));
        }
        void bind(int index, const char* value) {
            bind(index, std::string_view(value));
        }
        void bind(int index, blob value);
        bool step();
        sqlite3_stmt* get() const {
            return made_;
        }

    private:
        database& of_;
        sqlite3_stmt* made_ = nullptr;
    };

    std::string path_;
    mode how_;
    sqlite3* db_ = nullptr;
};

}  // namespace tenthrule
