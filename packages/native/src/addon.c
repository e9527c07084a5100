/*
 * What JavaScript can call. Calls of the kernel give their result, or the negative of `errno`, which is also
 * the number that Node knows the error by.
 */
#include <node_api.h>

#include "arguments.h"
#include "crc32c.h"
#include "files.h"

/* Has to match the loader's; another whenever a function changes its name, arguments or meaning. */
#define TIDELOG_NATIVE_REVISION 4

/* crc32c(bytes, start, end, previous) */
static napi_value call_crc32c(napi_env env, napi_callback_info info) {
  arguments args = take_arguments(env, info, 4);
  byte_range range = take_range(&args);
  uint32_t previous = (uint32_t)take_integer(&args, UINT32_MAX);
  napi_value result = NULL;
  if (args.failed) return NULL;
  napi_create_uint32(env, crc32c(previous, range.bytes, range.length), &result);
  return result;
}

static napi_value number(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_int64(env, value, &result);
  return result;
}

/* write(descriptor, bytes, start, end, position): all of the range, or an error */
static napi_value call_write(napi_env env, napi_callback_info info) {
  arguments args = take_arguments(env, info, 5);
  int fd = take_descriptor(&args);
  byte_range range = take_range(&args);
  int64_t position = (int64_t)take_integer(&args, MAX_SAFE_INTEGER);
  if (args.failed) return NULL;
  return number(env, file_write(fd, range.bytes, range.length, position));
}

/* sendFile(socket, descriptor, position, length): how many bytes the socket has taken, or an error */
static napi_value call_send_file(napi_env env, napi_callback_info info) {
  arguments args = take_arguments(env, info, 4);
  int socket = take_descriptor(&args);
  int fd = take_descriptor(&args);
  int64_t position = (int64_t)take_integer(&args, MAX_SAFE_INTEGER);
  size_t length = (size_t)take_integer(&args, INT32_MAX);
  if (args.failed) return NULL;
  return number(env, file_send(socket, fd, position, length));
}

/* probe(descriptor, position): whether a read there has to wait for the disk: -EAGAIN */
static napi_value call_probe(napi_env env, napi_callback_info info) {
  arguments args = take_arguments(env, info, 2);
  int fd = take_descriptor(&args);
  int64_t position = (int64_t)take_integer(&args, MAX_SAFE_INTEGER);
  return args.failed ? NULL : number(env, file_probe(fd, position));
}

/* setSendBuffer(socket, size): what it has become, or an error */
static napi_value call_set_send_buffer(napi_env env, napi_callback_info info) {
  arguments args = take_arguments(env, info, 2);
  int socket = take_descriptor(&args);
  int size = (int)take_integer(&args, INT32_MAX);
  return args.failed ? NULL : number(env, socket_send_buffer(socket, size));
}

/* lock(descriptor), unlock(descriptor): 0, or an error */
static napi_value call_lock(napi_env env, napi_callback_info info) {
  arguments args = take_arguments(env, info, 1);
  int fd = take_descriptor(&args);
  return args.failed ? NULL : number(env, file_lock(fd, true));
}

static napi_value call_unlock(napi_env env, napi_callback_info info) {
  arguments args = take_arguments(env, info, 1);
  int fd = take_descriptor(&args);
  return args.failed ? NULL : number(env, file_lock(fd, false));
}

static bool export_function(napi_env env, napi_value exports, const char *name, napi_callback call) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

static bool export_facts(napi_env env, napi_value exports) {
  napi_value revision, by;
  return napi_create_uint32(env, TIDELOG_NATIVE_REVISION, &revision) == napi_ok &&
         napi_set_named_property(env, exports, "revision", revision) == napi_ok &&
         napi_create_string_utf8(env, crc32c_by(), NAPI_AUTO_LENGTH, &by) == napi_ok &&
         napi_set_named_property(env, exports, "crc32cBy", by) == napi_ok;
}

/* A failure leaves an exception pending or the function out; the loader looks at what is there. */
NAPI_MODULE_INIT() {
  crc32c_init();
  bool complete = export_function(env, exports, "crc32c", call_crc32c) &&
                  export_function(env, exports, "write", call_write) &&
                  export_function(env, exports, "sendFile", call_send_file) &&
                  export_function(env, exports, "probe", call_probe) &&
                  export_function(env, exports, "setSendBuffer", call_set_send_buffer) &&
                  export_function(env, exports, "lock", call_lock) &&
                  export_function(env, exports, "unlock", call_unlock) && export_facts(env, exports);
  return complete ? exports : NULL;
}
