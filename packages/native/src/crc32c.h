#ifndef TIDELOG_CRC32C_H
#define TIDELOG_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Builds the tables and chooses by the processor. To be called before anything else, by any thread. */
void crc32c_init(void);

/* The CRC32C of `length` bytes, going on from `previous`, the checksum of what came before (or 0). */
uint32_t crc32c(uint32_t previous, const uint8_t *bytes, size_t length);

/* The same without instructions of the processor. */
uint32_t crc32c_portable(uint32_t previous, const uint8_t *bytes, size_t length);

/* What crc32c() uses: "sse4.2", "armv8" or "tables". */
const char *crc32c_by(void);

#endif
