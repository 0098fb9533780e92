// POSIX record locks (fcntl): the kernel drops them when their process ends, a child of fork has none of
// them, and they name their holder. They do not hold within one process, and closing any descriptor of the
// file drops them: hence the set of files that this process has locked, and a file of its own that nobody
// else opens.

#include "campaign/store/writer_lock.hpp"

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign/store/store_error.hpp"

namespace tenthrule {

namespace {

struct held_here {
    std::mutex mutex;
    /// By device and inode, the process that has locked it: a child of fork inherits the set, not the locks.
    std::map<std::string, pid_t> files;
};

held_here& held() {
    static held_here all;
    return all;
}

std::string file_key(int file) {
    struct stat about {};
    return fstat(file, &about) == 0 ? fmt::format("{}:{}", about.st_dev, about.st_ino) : std::string();
}

struct flock whole_file(short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

store_error in_use(const std::string& path, std::int64_t by) {
    return {store_problem::locked, by > 0 ? fmt::format("{}: process {} runs a campaign with it", path, by)
                                          : fmt::format("{}: another process runs a campaign with it", path)};
}

std::string lock_path(const std::string& store_path) {
    return store_path + ".lock";
}

}  // namespace

writer_lock::writer_lock(const std::string& store_path) {
    const std::string path = lock_path(store_path);
    held_here& all = held();
    const std::lock_guard guard(all.mutex);
    struct stat there {};
    if (stat(path.c_str(), &there) == 0) {
        const auto mine = all.files.find(fmt::format("{}:{}", there.st_dev, there.st_ino));
        if (mine != all.files.end() && mine->second == getpid()) {
            throw in_use(store_path, getpid());
        }
    }
    file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) {
        const int error = errno;
        const store_problem problem = error == ENOSPC || error == EDQUOT ? store_problem::full
                                      : error == ENOENT                  ? store_problem::missing
                                      : error == EACCES || error == EROFS || error == EPERM
                                          ? store_problem::denied
                                          : store_problem::io;
        throw store_error(problem, fmt::format("{}: it cannot be made, so {} cannot be written to ({})", path,
                                               store_path, std::strerror(error)));
    }
    struct flock lock = whole_file(F_WRLCK);
    if (fcntl(file_, F_SETLK, &lock) != 0) {
        const int error = errno;
        struct flock other = whole_file(F_WRLCK);
        const bool known = fcntl(file_, F_GETLK, &other) == 0 && other.l_type != F_UNLCK;
        close(file_);
        if (error == EACCES || error == EAGAIN) {
            throw in_use(store_path, known ? other.l_pid : 0);
        }
        throw store_error(store_problem::io,
                          fmt::format("{}: it cannot be locked ({})", path, std::strerror(error)));
    }
    key_ = file_key(file_);
    all.files[key_] = getpid();
}

writer_lock::~writer_lock() {
    const std::lock_guard guard(held().mutex);
    const auto mine = held().files.find(key_);
    if (mine != held().files.end() && mine->second == getpid()) held().files.erase(mine);
    close(file_);
}

std::int64_t writer_lock::holder(const std::string& store_path) {
    const std::string path = lock_path(store_path);
    const std::lock_guard guard(held().mutex);
    struct stat there {};
    if (stat(path.c_str(), &there) != 0) {
        return 0;
    }
    // Opening and closing the file here would drop a lock of ours.
    const auto mine = held().files.find(fmt::format("{}:{}", there.st_dev, there.st_ino));
    if (mine != held().files.end() && mine->second == getpid()) {
        return getpid();
    }
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    // Asking for a write lock needs a descriptor for writing only when it is taken.
    struct flock lock = whole_file(F_WRLCK);
    const bool taken = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(file);
    return taken ? lock.l_pid : 0;
}

}  // namespace tenthrule
