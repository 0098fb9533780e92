#include "campaign/store/database.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace tenthrule {

namespace {

// A reader never waits for the writer in WAL mode; this is for somebody who writes with another tool.
constexpr int busy_timeout_ms = 5'000;

std::string as_uri(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            uri += fmt::format("%{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            uri += c;
        }
    }
    // Nobody else has the file open, and nobody can write to it.
    return uri + "?immutable=1";
}

bool exists(const std::string& path) {
    struct stat about {};
    return stat(path.c_str(), &about) == 0;
}

}  // namespace

std::int64_t row::integer(int column) const {
    return sqlite3_column_int64(of_, column);
}

double row::real(int column) const {
    return sqlite3_column_double(of_, column);
}

std::string row::text(int column) const {
    const void* const bytes = sqlite3_column_blob(of_, column);
    const int size = sqlite3_column_bytes(of_, column);
    return bytes == nullptr ? std::string()
                            : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

database::database(std::string path, mode how) : path_(std::move(path)), how_(how) {
    const int flags = SQLITE_OPEN_NOMUTEX | (how == mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                                : SQLITE_OPEN_READONLY);
    int status = sqlite3_open_v2(path_.c_str(), &db_, flags, nullptr);
    if (status == SQLITE_OK && how == mode::read) {
        // Reading a WAL needs a file beside the database. Where that cannot be made, and there is no WAL, the
        // database alone is all there is.
        status = sqlite3_exec(db_, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
        const int kind = status & 0xff;
        if ((kind == SQLITE_CANTOPEN || kind == SQLITE_READONLY) && !exists(path_ + "-wal")) {
            sqlite3_close(db_);
            status = sqlite3_open_v2(as_uri(path_).c_str(), &db_, flags | SQLITE_OPEN_URI, nullptr);
        }
    }
    if (status != SQLITE_OK) {
        try {
            fail("opening it");
        } catch (const store_error&) {
            sqlite3_close(db_);
            throw;
        }
    }
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, busy_timeout_ms);
}

database::~database() {
    sqlite3_close(db_);
}

void database::copy_to_memory() {
    sqlite3* copy = nullptr;
    if (sqlite3_open_v2(":memory:", &copy, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, nullptr) !=
        SQLITE_OK) {
        sqlite3_close(copy);
        throw store_error(store_problem::io, fmt::format("{}: there is no memory to read it", path_));
    }
    sqlite3_backup* const backup = sqlite3_backup_init(copy, "main", db_, "main");
    const int status = backup == nullptr ? SQLITE_ERROR : sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (status != SQLITE_DONE) {
        sqlite3_close(copy);
        fail("reading it");
    }
    sqlite3_close(db_);
    db_ = copy;
}

void database::script(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail("changing it");
    }
}

std::int64_t database::last_row() const {
    return sqlite3_last_insert_rowid(db_);
}

std::int64_t database::changes() const {
    return sqlite3_changes(db_);
}

void database::fail(const std::string& doing) const {
    const int code = sqlite3_extended_errcode(db_);
    const int system = sqlite3_system_errno(db_);
    const std::string why = system != 0 ? std::strerror(system) : sqlite3_errmsg(db_);
    const auto error = [&](store_problem problem, const std::string& words) {
        return store_error(problem, fmt::format("{}: {}", path_, words));
    };
    switch (code & 0xff) {
        case SQLITE_FULL:
            throw error(store_problem::full,
                        "no space is left for it; what was stored before is safe, and nothing of what did "
                        "not fit was stored");
        case SQLITE_CORRUPT:
            throw error(store_problem::corrupt, "the file is damaged (" + why + ")");
        case SQLITE_NOTADB:
            throw error(store_problem::not_a_store, "this is no store of a campaign");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            throw error(store_problem::locked, "another program is writing to it");
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            throw error(store_problem::denied, "it cannot be written to");
        case SQLITE_CANTOPEN:
            throw error(system == ENOENT ? store_problem::missing : store_problem::denied,
                        fmt::format("it cannot be opened ({})", why));
        default:
            break;
    }
    if (code == SQLITE_IOERR_SHMSIZE || system == ENOSPC || system == EDQUOT || system == EFBIG) {
        throw error(store_problem::full, fmt::format("no space is left for it ({})", why));
    }
    rlimit largest{};
    if (code == SQLITE_IOERR_WRITE && getrlimit(RLIMIT_FSIZE, &largest) == 0 &&
        largest.rlim_cur != RLIM_INFINITY) {
        throw error(store_problem::full, "it may not grow any more (see ulimit -f)");
    }
    throw error(store_problem::io, fmt::format("{} failed ({})", doing, why));
}

database::transaction::transaction(database& of) : of_(of) {
    of_.script("BEGIN IMMEDIATE");
}

database::transaction::~transaction() {
    // Some errors have rolled it back already.
    if (open_ && sqlite3_get_autocommit(of_.db_) == 0) {
        sqlite3_exec(of_.db_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void database::transaction::commit() {
    of_.script("COMMIT");
    open_ = false;
}

database::statement::statement(database& of, const char* sql) : of_(of) {
    if (sqlite3_prepare_v2(of_.db_, sql, -1, &made_, nullptr) != SQLITE_OK) {
        of_.fail("reading it");
    }
}

database::statement::~statement() {
    sqlite3_finalize(made_);
}

void database::statement::bind(int index, std::int64_t value) {
    sqlite3_bind_int64(made_, index, value);
}

void database::statement::bind(int index, double value) {
    sqlite3_bind_double(made_, index, value);
}

// The texts outlive the statement: it ends within the call that they were given to.
void database::statement::bind(int index, std::string_view value) {
    const char* const text = value.data() == nullptr ? "" : value.data();
    sqlite3_bind_text64(made_, index, text, value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void database::statement::bind(int index, blob value) {
    const char* const bytes = value.bytes.data() == nullptr ? "" : value.bytes.data();
    sqlite3_bind_blob64(made_, index, bytes, value.bytes.size(), SQLITE_STATIC);
}

bool database::statement::step() {
    switch (sqlite3_step(made_)) {
        case SQLITE_ROW:
            return true;
        case SQLITE_DONE:
            return false;
        default:
            of_.fail("using it");
    }
}

}  // namespace tenthrule
