/*
 * The least that produce can cost: reads Produce requests of one batch each, computes its CRC32C, writes it
 * to a fresh file and gives an answer without an error that is made already. One thread, epoll.
 * Run as `floor DIRECTORY PORT`, built together with the addon's crc32c.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../packages/native/src/crc32c.h"

#define ROOM (4 << 20)
#define READ (1 << 20)
#define ANSWER 256
#define MOST_REPLIES 64
/* Of a batch: up to where its CRC stands, and what that covers from. */
#define CRC_AT 17
#define COVERED_FROM 21

typedef struct {
  int socket, file;
  off_t position;
  size_t filled;
  uint8_t *room;
} connection;

static uint8_t answers[MOST_REPLIES * ANSWER];

static uint32_t int32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return ntohl(value);
}

static uint32_t int16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

static void must(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

/* Behind the header, `transactional_id` null, acks, timeout, and one topic with one partition. */
static void handle(connection *from, const uint8_t *frame, size_t size) {
  size_t topic = 10 + int16(frame + 8) + 2 + 2 + 4 + 4;
  size_t batch = topic + 2 + int16(frame + topic) + 4 + 4 + 4;
  const uint8_t *bytes = frame + batch;
  size_t length = size - batch;
  must(crc32c(0, bytes + COVERED_FROM, length - COVERED_FROM) == int32(bytes + CRC_AT), "CRC");
  must(pwrite(from->file, bytes, length, from->position) == (ssize_t)length, "pwrite");
  from->position += length;
}

/* Only the rest of a frame is read where that is large: nothing has to be moved then. */
static size_t wanted(const connection *from) {
  if (from->filled < 4) return READ;
  size_t missing = 4 + int32(from->room) - from->filled;
  return missing < READ / 32 ? READ : missing;
}

/* Answers the whole requests that are there. */
static int handle_all(connection *from) {
  size_t at = 0, replies = 0;
  while (from->filled - at >= 4) {
    size_t size = int32(from->room + at);
    must(size <= ROOM - READ, "a frame that is too large");
    if (from->filled - at < 4 + size) break;
    handle(from, from->room + at + 4, size);
    at += 4 + size;
    replies++;
  }
  from->filled -= at;
  if (at > 0) memmove(from->room, from->room + at, from->filled);
  must(replies <= MOST_REPLIES, "so many requests");
  return replies == 0 || write(from->socket, answers, replies * ANSWER) > 0;
}

/* As libuv: reads a connection that has more again, so that a frame is whole while it is in the cache. */
static int serve(connection *from) {
  for (int reads = 0; reads < 32; reads++) {
    size_t asked = wanted(from);
    ssize_t got = recv(from->socket, from->room + from->filled, asked, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return 1;
    if (got <= 0) return 0;
    from->filled += got;
    if (!handle_all(from)) return 0;
    if ((size_t)got < asked) return 1;
  }
  return 1;
}

/* The file has no name any more: its pages go with the connection. */
static void accept_one(int epoll, int listener, const char *directory) {
  connection *made = calloc(1, sizeof *made);
  char path[4096];
  int one = 1;
  made->socket = accept(listener, NULL, NULL);
  must(made->socket >= 0, "accept");
  setsockopt(made->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  snprintf(path, sizeof path, "%s/%d", directory, made->socket);
  made->file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  must(made->file >= 0, path);
  unlink(path);
  made->room = malloc(ROOM);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = made};
  epoll_ctl(epoll, EPOLL_CTL_ADD, made->socket, &event);
}

static void forget(connection *gone) {
  close(gone->socket);
  close(gone->file);
  free(gone->room);
  free(gone);
}

int main(int argc, char **argv) {
  must(argc == 3, "floor DIRECTORY PORT");
  crc32c_init();
  for (size_t i = 0; i < sizeof answers; i += ANSWER) answers[i + 3] = ANSWER - 4;
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  must(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
  must(listen(listener, 64) == 0, "listen");
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN}, ready[64];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  puts("listening");
  fflush(stdout);
  for (;;) {
    int count = epoll_wait(epoll, ready, 64, -1);
    for (int i = 0; i < count; i++) {
      connection *from = ready[i].data.ptr;
      if (from == NULL) accept_one(epoll, listener, argv[1]);
      else if (!serve(from)) forget(from);
    }
  }
}
