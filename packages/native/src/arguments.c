#include "arguments.h"

#include <limits.h>

static void refuse(arguments *args, bool is_type, const char *message) {
  if (args->failed) return;
  args->failed = true;
  if (is_type) {
    napi_throw_type_error(args->env, "ERR_INVALID_ARG_TYPE", message);
  } else {
    napi_throw_range_error(args->env, "ERR_OUT_OF_RANGE", message);
  }
}

arguments take_arguments(napi_env env, napi_callback_info info, size_t count) {
  arguments args = {.env = env};
  size_t given = MAX_ARGUMENTS;
  if (napi_get_cb_info(env, info, &given, args.values, NULL, NULL) != napi_ok || given != count) {
    refuse(&args, true, "wrong number of arguments");
  }
  return args;
}

uint64_t take_integer(arguments *args, uint64_t most) {
  double value;
  if (args->failed) return 0;
  if (napi_get_value_double(args->env, args->values[args->next++], &value) != napi_ok) {
    refuse(args, true, "not a number");
    return 0;
  }
  /* Not a number fails the comparisons too. */
  if (!(value >= 0 && value <= (double)most) || (double)(uint64_t)value != value) {
    refuse(args, false, "not an integer within bounds");
    return 0;
  }
  return (uint64_t)value;
}

int take_descriptor(arguments *args) { return (int)take_integer(args, INT_MAX); }

byte_range take_range(arguments *args) {
  byte_range range = {NULL, 0};
  napi_typedarray_type type;
  void *data = NULL;
  size_t length = 0;
  if (args->failed) return range;
  napi_value array = args->values[args->next++];
  bool is_array = napi_get_typedarray_info(args->env, array, &type, &length, &data, NULL, NULL) ==
                  napi_ok;
  if (!is_array || type != napi_uint8_array) {
    refuse(args, true, "not a Uint8Array");
    return range;
  }
  /* An array whose memory was taken away has the length 0. */
  uint64_t end_bound = length;
  uint64_t start = take_integer(args, end_bound);
  uint64_t end = take_integer(args, end_bound);
  if (!args->failed && start > end) refuse(args, false, "the range ends before it starts");
  if (args->failed || start == end) return range;
  range.bytes = (uint8_t *)data + start;
  range.length = (size_t)(end - start);
  return range;
}
