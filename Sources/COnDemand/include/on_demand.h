// libzip and libcrypto, loaded on first use: most runs need neither, and loading both takes more than 1 ms of a
// command that takes ten.

#ifndef PTHCONV_ON_DEMAND_H
#define PTHCONV_ON_DEMAND_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <zip.h>

#include "streams.h"
#include "yaml_events.h"

#define LIBZIP_FUNCTIONS(X) \
  X(zip_discard) \
  X(zip_error_code_zip) \
  X(zip_error_fini) \
  X(zip_error_init) \
  X(zip_error_strerror) \
  X(zip_fclose) \
  X(zip_file_get_error) \
  X(zip_fopen_index) \
  X(zip_fread) \
  X(zip_get_error) \
  X(zip_get_name) \
  X(zip_get_num_entries) \
  X(zip_open_from_source) \
  X(zip_source_buffer_create) \
  X(zip_source_free)

#define LIBCRYPTO_FUNCTIONS(X) \
  X(EVP_DigestFinal_ex) \
  X(EVP_DigestInit_ex) \
  X(EVP_DigestUpdate) \
  X(EVP_MD_CTX_free) \
  X(EVP_MD_CTX_new) \
  X(EVP_sha256)

#define ON_DEMAND_NAME(name) #name,
#define ON_DEMAND_POINTER(name) __typeof__(&name) name;

/// Fills `functions` (a struct of function pointers) with the symbols `names` of the first library in `libraries` that
/// is installed. Both lists end with NULL. Returns false if no library is installed or a symbol is missing.
bool on_demand_symbols(const char *const *libraries, const char *const *names, void **functions);

struct libzip {
  LIBZIP_FUNCTIONS(ON_DEMAND_POINTER)
};

struct libcrypto {
  LIBCRYPTO_FUNCTIONS(ON_DEMAND_POINTER)
};

/// The functions of libzip; NULL if it is not installed.
const struct libzip *on_demand_libzip(void);

/// The functions of libcrypto (OpenSSL 3); NULL if it is not installed.
const struct libcrypto *on_demand_libcrypto(void);

#endif
