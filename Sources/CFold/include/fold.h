#ifndef PTHCONV_FOLD_H
#define PTHCONV_FOLD_H

#include <stddef.h>
#include <stdint.h>

/// Reduces bytes to 16 bytes with the same CRC-32 (zip's polynomial), by carry-less multiplication: V. Gopal
/// et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009.
///
/// This is C because Swift cannot compile one function for PCLMULQDQ within a program that also has
/// to run without it.
///
/// Returns the number of reduced bytes: a multiple of 16, or 0 if there are fewer than 64 or the processor lacks
/// PCLMULQDQ. The CRC-32 of the reduced bytes, started with `crc`, equals the CRC-32 of `rest`, started with
/// 0xffffffff.
size_t pthconv_crc32_fold(uint32_t crc, const void *bytes, size_t count, uint8_t rest[16]);

#endif
