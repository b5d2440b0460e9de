/* A disk that is slow or fails, for the files of one folder: loaded before libc by LD_PRELOAD (failing_disk.py).
 * $ROOMWATCH_BENCH_DISK is the folder, $ROOMWATCH_BENCH_DISK_ORDERS a file of three ints that may change at any time:
 * milliseconds that a sync takes; each so many-th write, and each so many-th sync, that gives EIO, 0 for none. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SYNC_MS, WRITE_EVERY, SYNC_EVERY, ORDERS };
static const volatile int *orders;
static char folder[4096];
static size_t length;
static atomic_int writes, syncs;

__attribute__((constructor)) static void begin(void) {
  const char *place = getenv("ROOMWATCH_BENCH_DISK"), *file = getenv("ROOMWATCH_BENCH_DISK_ORDERS");
  int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
  if (!place || fd < 0) return;
  length = (size_t)snprintf(folder, sizeof folder, "%s/", place);
  void *found = mmap(NULL, ORDERS * sizeof(int), PROT_READ, MAP_SHARED, fd, 0);
  if (found != MAP_FAILED) orders = found;
  close(fd);
}

static int ours(int fd) {
  char link[64], path[4096];
  if (!orders) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path);
  return size > (ssize_t)length && strncmp(path, folder, length) == 0;
}

static int fails(atomic_int *count, int every) { return every && ++*count % every == 0; }

#define REAL(name) (*(__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define SYNC(name)                                                                     \
  int name(int fd) {                                                                   \
    if (ours(fd)) {                                                                    \
      for (int waited = 0; waited < orders[SYNC_MS]; waited += 50)                     \
        nanosleep(&(struct timespec){0, 50000000}, NULL);                              \
      if (fails(&syncs, orders[SYNC_EVERY])) return errno = EIO, -1;                   \
    }                                                                                  \
    return REAL(name)(fd);                                                             \
  }
#define FAILED(fd) (ours(fd) && fails(&writes, orders[WRITE_EVERY]))

SYNC(fsync)
SYNC(fdatasync)
ssize_t write(int fd, const void *from, size_t size) {
  return FAILED(fd) ? (errno = EIO, -1) : REAL(write)(fd, from, size);
}
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
  return FAILED(fd) ? (errno = EIO, -1) : REAL(pwrite)(fd, from, size, at);
}
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
  return FAILED(fd) ? (errno = EIO, -1) : REAL(pwrite64)(fd, from, size, at);
}
