// SHA-256 and HMAC, which Signature Version 4 is made of, and MD5, by OpenSSL; and CRC32C as S3
// writes it.
// Pure functions.
#pragma once

#include <string>

#include "runtime/bytes.h"

namespace eyrie::storage::s3 {

// OpenSSL reads its configuration file and the environment at its first use. The simulated world,
// which allows neither, calls this before it is armed; afterwards neither is read.
void load_crypto_without_configuration();

Bytes sha256(BytesView data);  // 32 bytes
Bytes md5(BytesView data);     // 16 bytes; of ETags, where nothing hangs on its strength
Bytes hmac_sha256(BytesView key, BytesView data);
std::string hex(BytesView data);  // lower case
// "4waSgw==": as in x-amz-checksum-crc32c, four bytes with the most significant first in base 64.
std::string crc32c_base64(BytesView data);

}  // namespace eyrie::storage::s3
