#ifndef PTHCONV_FOLD_H
#define PTHCONV_FOLD_H

#include <stddef.h>
#include <stdint.h>

/// Reduces bytes to 16 with the same CRC-32 (that of zip), by carry-less multiplication: V. Gopal
/// et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009.
///
/// This is C because Swift cannot compile one function for PCLMULQDQ within a program that also has
/// to run without it.
///
/// Returns how many bytes it has taken: a multiple of 16, or 0 where there are fewer than 64 or the
/// processor cannot. The CRC-32 of all of them, begun with `crc`, is that of `rest` begun with
/// 0xffffffff.
size_t pthconv_crc32_fold(uint32_t crc, const void *bytes, size_t count, uint8_t rest[16]);

#endif
