#ifndef TIDELOG_FILES_H
#define TIDELOG_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each gives its result, or the negative of `errno`. Descriptors stay the caller's. */

/* Writes all of it at `position`; after a failure a prefix may be there. */
int64_t file_write(int fd, const uint8_t *bytes, size_t length, int64_t position);

/*
 * Hands the kernel bytes of a file to send, as many as the socket takes without waiting. 0: the file ends
 * before `position`; -EAGAIN: the socket takes none now.
 */
int64_t file_send(int socket, int fd, int64_t position, size_t length);

/*
 * Whether the byte at `position` can be read without waiting for the disk. 0 or more: yes; -EAGAIN: no;
 * any other error: the kernel or the file system cannot tell.
 */
int64_t file_probe(int fd, int64_t position);

/*
 * How much the kernel holds at most of what a socket is to send; gives what it has made of it (Linux counts
 * its own structures too, and doubles it).
 */
int64_t socket_send_buffer(int socket, int size);

/*
 * Takes (or releases) the exclusive lock of the whole file without waiting: the record lock that Java's
 * FileChannel takes, but owned by the open file and not by the process, so that closing another descriptor
 * of the file does not release it. -EAGAIN: somebody has it.
 */
int64_t file_lock(int fd, bool exclusive);

#endif
