/*
 * What JavaScript can call. Calls of the kernel give their result, or the negative of `errno`, which is also
 * the number that Node knows the error by.
 */
#include <node_api.h>

#include "arguments.h"
#include "crc32c.h"

/* Has to match the loader's; another whenever a function changes its name, arguments or meaning. */
#define TIDELOG_NATIVE_REVISION 1

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
  bool complete = export_function(env, exports, "crc32c", call_crc32c) && export_facts(env, exports);
  return complete ? exports : NULL;
}
