#ifndef TIDELOG_ARGUMENTS_H
#define TIDELOG_ARGUMENTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The arguments of one call, checked: nothing that JavaScript passes may make C read or write where it
 * should not. The first bad one leaves an exception pending, all later ones fail too, and the caller
 * returns NULL.
 */
#define MAX_ARGUMENTS 6

/* The greatest integer that JavaScript counts to exactly. */
#define MAX_SAFE_INTEGER ((1ull << 53) - 1)

typedef struct {
  napi_env env;
  napi_value values[MAX_ARGUMENTS];
  size_t next;
  bool failed;
} arguments;

/* Bytes that live as long as the call: nothing of JavaScript runs meanwhile. */
typedef struct {
  uint8_t *bytes;
  size_t length;
} byte_range;

/* Exactly `count` of them. */
arguments take_arguments(napi_env env, napi_callback_info info, size_t count);

/* An integer from 0 to `most`, which is at most MAX_SAFE_INTEGER. */
uint64_t take_integer(arguments *args, uint64_t most);

/* An open descriptor's number; whether it is open is for the kernel to say. */
int take_descriptor(arguments *args);

/* Three arguments: a Uint8Array, which may be a Buffer, and start and end of a range within it. */
byte_range take_range(arguments *args);

#endif
