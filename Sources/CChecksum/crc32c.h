// SPDX-License-Identifier: Apache-2.0
//
// The processor's own CRC32C, which Swift cannot reach. Header only, and a pure function: nothing here
// but arithmetic, so that deterministic code may use it.
#ifndef CCHECKSUM_CRC32C_H
#define CCHECKSUM_CRC32C_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#define CCHECKSUM_TARGET __attribute__((target("sse4.2")))
#define CCHECKSUM_STEP8(crc, word) ((uint32_t)__builtin_ia32_crc32di((crc), (word)))
#define CCHECKSUM_STEP1(crc, byte) (__builtin_ia32_crc32qi((crc), (byte)))
/// Whether this processor has the instruction.
static inline _Bool cchecksum_has_crc32c(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#define CCHECKSUM_TARGET
#define CCHECKSUM_STEP8(crc, word) (__builtin_arm_crc32cd((crc), (word)))
#define CCHECKSUM_STEP1(crc, byte) (__builtin_arm_crc32cb((crc), (byte)))
/// Whether this processor has the instruction.
static inline _Bool cchecksum_has_crc32c(void) { return 1; }
#else
/// Whether this processor has the instruction.
static inline _Bool cchecksum_has_crc32c(void) { return 0; }
#endif

#if defined(CCHECKSUM_TARGET)
/// Continues a checksum, inverted as the algorithm keeps it, over bytes.
CCHECKSUM_TARGET static inline uint32_t cchecksum_crc32c(
    uint32_t crc, const void *_Nonnull bytes, size_t count) {
    const uint8_t *at = (const uint8_t *)bytes;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        crc = CCHECKSUM_STEP8(crc, word);
        at += 8;
        count -= 8;
    }
    while (count > 0) {
        crc = CCHECKSUM_STEP1(crc, *at);
        at += 1;
        count -= 1;
    }
    return crc;
}
#else
/// Never called: this processor has no such instruction.
static inline uint32_t cchecksum_crc32c(uint32_t crc, const void *_Nonnull bytes, size_t count) {
    (void)bytes;
    (void)count;
    return crc;
}
#endif

#endif
