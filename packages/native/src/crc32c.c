/*
 * CRC32C (Castagnoli). The processors' instruction takes eight bytes in three cycles, but one can begin in
 * each cycle: three stripes side by side are three times as fast as one. Their checksums are put together
 * by multiplying with x^(8n) modulo the polynomial, what n zero bytes do to a checksum, from a table.
 */
#include "crc32c.h"

#include <pthread.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_HARDWARE_CRC
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__GNUC__) && (defined(__linux__) || defined(__APPLE__))
#define HAS_HARDWARE_CRC
#include <arm_acle.h>
#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif
#endif

/* Bits reversed: bit 31 is x^0. */
#define POLYNOMIAL 0x82f63b78u

/* Bytes of a stripe: long ones need fewer multiplications, short ones serve what is left. */
#define LONG_STRIPE 4096
#define SHORT_STRIPE 256

/* Entry [k][b]: byte b, with k bytes below it, times x^(8n). */
typedef uint32_t shift_table[4][256];

static uint32_t steps[8][256];
static uint32_t (*chosen)(uint32_t, const uint8_t *, size_t) = crc32c_portable;
static const char *chosen_name = "tables";

static void build_steps(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    steps[0][byte] = crc;
  }
  for (int k = 1; k < 8; k++) {
    for (int byte = 0; byte < 256; byte++) {
      uint32_t shorter = steps[k - 1][byte];
      steps[k][byte] = steps[0][shorter & 255] ^ (shorter >> 8);
    }
  }
}

uint32_t crc32c_portable(uint32_t previous, const uint8_t *bytes, size_t length) {
  uint32_t crc = ~previous;
  for (; length >= 8; bytes += 8, length -= 8) {
    uint32_t low = crc ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                          (uint32_t)bytes[3] << 24);
    crc = steps[7][low & 255] ^ steps[6][(low >> 8) & 255] ^ steps[5][(low >> 16) & 255] ^
          steps[4][low >> 24] ^ steps[3][bytes[4]] ^ steps[2][bytes[5]] ^ steps[1][bytes[6]] ^
          steps[0][bytes[7]];
  }
  for (; length > 0; bytes++, length--) crc = steps[0][(crc ^ *bytes) & 255] ^ (crc >> 8);
  return ~crc;
}

#if defined(HAS_HARDWARE_CRC)

static shift_table long_shift;
static shift_table short_shift;

/* a * b modulo the polynomial. */
static uint32_t multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1) {
    if (a & bit) product ^= b;
    b = b & 1 ? (b >> 1) ^ POLYNOMIAL : b >> 1;
  }
  return product;
}

static void build_shift(shift_table table, size_t zero_bytes) {
  uint32_t power = 1u << 31;  /* x^0 */
  uint32_t square = 1u << 23; /* x^8 */
  for (size_t n = zero_bytes; n > 0; n >>= 1) {
    if (n & 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  for (int k = 0; k < 4; k++) {
    for (uint32_t byte = 0; byte < 256; byte++) table[k][byte] = multiply(power, byte << (8 * k));
  }
}

static inline uint32_t shift(shift_table table, uint32_t crc) {
  return table[0][crc & 255] ^ table[1][(crc >> 8) & 255] ^ table[2][(crc >> 16) & 255] ^
         table[3][crc >> 24];
}

static inline uint64_t word(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

#if defined(__x86_64__)
#define WITH_CRC __attribute__((target("sse4.2")))
#define CRC_NAME "sse4.2"
typedef uint64_t lane; /* as the instruction gives it: the upper half is zero */
WITH_CRC static inline lane crc_word(lane crc, uint64_t value) { return _mm_crc32_u64(crc, value); }
WITH_CRC static inline lane crc_byte(lane crc, uint8_t value) {
  return _mm_crc32_u8((uint32_t)crc, value);
}
static int has_crc(void) { return __builtin_cpu_supports("sse4.2"); }
#else
#define WITH_CRC __attribute__((target("+crc")))
#define CRC_NAME "armv8"
typedef uint32_t lane;
WITH_CRC static inline lane crc_word(lane crc, uint64_t value) { return __crc32cd(crc, value); }
WITH_CRC static inline lane crc_byte(lane crc, uint8_t value) { return __crc32cb(crc, value); }
#if defined(__APPLE__)
static int has_crc(void) { return 1; }
#else
static int has_crc(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }
#endif
#endif

/* Three stripes of `stripe` bytes; gives the checksum of all of them. */
WITH_CRC static inline lane stripes(lane first, const uint8_t *bytes, size_t stripe,
                                    shift_table table) {
  lane second = 0, third = 0;
  for (size_t at = 0; at < stripe; at += 8) {
    first = crc_word(first, word(bytes + at));
    second = crc_word(second, word(bytes + stripe + at));
    third = crc_word(third, word(bytes + 2 * stripe + at));
  }
  return shift(table, shift(table, (uint32_t)first) ^ (uint32_t)second) ^ third;
}

WITH_CRC static uint32_t crc32c_hardware(uint32_t previous, const uint8_t *bytes, size_t length) {
  lane crc = (uint32_t)~previous;
  for (; length >= 3 * LONG_STRIPE; bytes += 3 * LONG_STRIPE, length -= 3 * LONG_STRIPE) {
    crc = stripes(crc, bytes, LONG_STRIPE, long_shift);
  }
  for (; length >= 3 * SHORT_STRIPE; bytes += 3 * SHORT_STRIPE, length -= 3 * SHORT_STRIPE) {
    crc = stripes(crc, bytes, SHORT_STRIPE, short_shift);
  }
  for (; length >= 8; bytes += 8, length -= 8) crc = crc_word(crc, word(bytes));
  for (; length > 0; bytes++, length--) crc = crc_byte(crc, *bytes);
  return ~(uint32_t)crc;
}

static void choose(void) {
  if (!has_crc()) return;
  build_shift(long_shift, LONG_STRIPE);
  build_shift(short_shift, SHORT_STRIPE);
  chosen = crc32c_hardware;
  chosen_name = CRC_NAME;
}

#else
static void choose(void) {}
#endif

static void init(void) {
  build_steps();
  choose();
}

void crc32c_init(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT; /* each thread of Node's loads the addon anew */
  pthread_once(&once, init);
}

uint32_t crc32c(uint32_t previous, const uint8_t *bytes, size_t length) {
  return chosen(previous, bytes, length);
}

const char *crc32c_by(void) { return chosen_name; }
