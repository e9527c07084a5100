#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/uio.h>
#if defined(__linux__)
#include <sys/sendfile.h>
#elif defined(__APPLE__)
#include <sys/types.h>
#endif

int64_t file_write(int fd, const uint8_t *bytes, size_t length, int64_t position) {
  size_t written = 0;
  while (written < length) {
    ssize_t count = pwrite(fd, bytes + written, length - written, position + (int64_t)written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    if (count == 0) return -EIO; /* no error, and no progress either */
    written += (size_t)count;
  }
  return (int64_t)written;
}

int64_t file_send(int socket, int fd, int64_t position, size_t length) {
#if defined(__linux__)
  for (;;) {
    off_t from = position;
    ssize_t count = sendfile(socket, fd, &from, length);
    if (count >= 0) return count;
    if (errno != EINTR) return -errno;
  }
#elif defined(__APPLE__)
  /* Tells an error even when a part has been sent: that part is the result then. */
  off_t count = (off_t)length;
  if (sendfile(fd, socket, position, &count, NULL, 0) == 0 || count > 0) return count;
  return errno == EINTR ? -EAGAIN : -errno;
#endif
}

int64_t file_probe(int fd, int64_t position) {
#if defined(RWF_NOWAIT)
  uint8_t byte;
  struct iovec target = {.iov_base = &byte, .iov_len = 1};
  ssize_t count = preadv2(fd, &target, 1, position, RWF_NOWAIT);
  return count < 0 ? -errno : count;
#else
  (void)fd;
  (void)position;
  return -ENOSYS;
#endif
}

int64_t socket_send_buffer(int socket, int size) {
  socklen_t length = sizeof size;
  bool done = setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, length) == 0 &&
              getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0;
  return done ? size : -errno;
}

int64_t file_lock(int fd, bool exclusive) {
#if defined(F_OFD_SETLK)
  struct flock range = {.l_type = exclusive ? F_WRLCK : F_UNLCK, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &range) == 0 ? 0 : -errno;
#else
  (void)fd;
  (void)exclusive;
  return -ENOSYS;
#endif
}
