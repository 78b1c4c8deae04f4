// Loaded into a server (LD_PRELOAD), keeps beside its data directory a copy of what a power cut would leave: what a file held
// when it was last synced, under the name that it had when its folder was last synced. Files that are deleted are gone at
// once. That is the worst that a disk which keeps its promises may do.
//
// PLATEAU_FAULTS_DISK is the directory, PLATEAU_FAULTS_DURABLE the copy, which the caller has made before the server starts.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { pending_limit = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// Renames in folders that have not been synced since.
static struct { char from[PATH_MAX], to[PATH_MAX]; } pending[pending_limit];
static int pending_count;

static void give_up(const char *what, const char *path) {
    fprintf(stderr, "durable: %s %s\n", what, path);
    abort();
}

// Where the copy of a path lies; false when it is not in the directory.
static int durable_path(const char *path, char *durable) {
    const char *disk = getenv("PLATEAU_FAULTS_DISK"), *copy = getenv("PLATEAU_FAULTS_DURABLE");
    if (!disk || !copy) return 0;
    size_t length = strlen(disk);
    if (strncmp(path, disk, length) != 0 || (path[length] != '/' && path[length] != 0)) return 0;
    snprintf(durable, PATH_MAX, "%s%s", copy, path + length);
    return 1;
}

// Whole or not at all, for the server may be stopped at any instant.
static void copy_file(const char *path, const char *durable) {
    char temporary[PATH_MAX + 16];
    snprintf(temporary, sizeof temporary, "%s.%d.copying", durable, gettid());
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0) return;  // Deleted or renamed meanwhile.
    int to = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (to < 0) give_up("cannot write", temporary);
    struct stat status;
    fstat(from, &status);
    off_t sent = 0;
    while (sent < status.st_size) {
        if (sendfile(to, from, &sent, status.st_size - sent) <= 0) break;
    }
    close(from);
    close(to);
    static int (*real)(const char *, const char *);
    if (!real) real = dlsym(RTLD_NEXT, "rename");
    if (real(temporary, durable) != 0) give_up("cannot rename", temporary);
}

static int is_in(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/' && !strchr(path + length + 1, '/');
}

static void apply_renames(const char *folder) {
    static int (*real)(const char *, const char *);
    if (!real) real = dlsym(RTLD_NEXT, "rename");
    int kept = 0;
    for (int i = 0; i < pending_count; i++) {
        if (is_in(pending[i].to, folder)) {
            real(pending[i].from, pending[i].to);
        } else {
            if (kept != i) pending[kept] = pending[i];
            kept++;
        }
    }
    pending_count = kept;
}

static void note_sync(int descriptor) {
    char link[64], path[PATH_MAX], durable[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    struct stat status;
    if (!durable_path(path, durable) || fstat(descriptor, &status) != 0) return;
    pthread_mutex_lock(&lock);
    if (S_ISDIR(status.st_mode)) {
        apply_renames(durable);
    } else if (S_ISREG(status.st_mode)) {
        copy_file(path, durable);
    }
    pthread_mutex_unlock(&lock);
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    int result = real(descriptor);
    if (result == 0) note_sync(descriptor);
    return result;
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    int result = real(descriptor);
    if (result == 0) note_sync(descriptor);
    return result;
}

int rename(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (!real) real = dlsym(RTLD_NEXT, "rename");
    char durable_from[PATH_MAX], durable_to[PATH_MAX];
    int counts = durable_path(from, durable_from) && durable_path(to, durable_to);
    // The name at hand is the one that the copy goes by until the folder is synced.
    if (counts) pthread_mutex_lock(&lock);
    int result = real(from, to);
    if (counts) {
        if (result == 0) {
            if (pending_count == pending_limit) give_up("too many renames without a sync, at last of", to);
            strcpy(pending[pending_count].from, durable_from);
            strcpy(pending[pending_count++].to, durable_to);
        }
        pthread_mutex_unlock(&lock);
    }
    return result;
}

int unlink(const char *path) {
    static int (*real)(const char *);
    if (!real) real = dlsym(RTLD_NEXT, "unlink");
    int result = real(path);
    char durable[PATH_MAX];
    if (result == 0 && durable_path(path, durable)) {
        pthread_mutex_lock(&lock);
        real(durable);
        pthread_mutex_unlock(&lock);
    }
    return result;
}
