#include "storage/s3/digest.h"

#include <array>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "runtime/check.h"
#include "runtime/crc32c.h"

namespace eyrie::storage::s3 {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

Bytes to_bytes(const Digest& digest, unsigned int length) {
  return Bytes(reinterpret_cast<const char*>(digest.data()), length);
}

Bytes digest_of(BytesView data, const EVP_MD* kind) {
  Digest digest{};
  unsigned int length = 0;
  const int ok = EVP_Digest(data.data(), data.size(), digest.data(), &length, kind, nullptr);
  EYRIE_CHECK(ok == 1, "OpenSSL lacks a digest");
  return to_bytes(digest, length);
}

}  // namespace

void load_crypto_without_configuration() {
  EYRIE_CHECK(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);
  // The first digest loads the provider, and with it what else would be looked up later.
  hmac_sha256("key", sha256("data"));
}

Bytes sha256(BytesView data) {
  return digest_of(data, EVP_sha256());
}

Bytes md5(BytesView data) {
  return digest_of(data, EVP_md5());
}

Bytes hmac_sha256(BytesView key, BytesView data) {
  Digest digest{};
  unsigned int length = 0;
  const unsigned char* mac = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                  reinterpret_cast<const unsigned char*>(data.data()), data.size(),
                                  digest.data(), &length);
  EYRIE_CHECK(mac != nullptr, "OpenSSL has no HMAC of SHA-256");
  return to_bytes(digest, length);
}

std::string hex(BytesView data) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (char c : data) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string crc32c_base64(BytesView data) {
  const std::uint32_t sum = crc32c(data);
  const std::array<unsigned char, 4> bytes{
      static_cast<unsigned char>(sum >> 24), static_cast<unsigned char>(sum >> 16),
      static_cast<unsigned char>(sum >> 8), static_cast<unsigned char>(sum)};
  std::array<unsigned char, 9> out{};  // eight characters and a zero
  EVP_EncodeBlock(out.data(), bytes.data(), static_cast<int>(bytes.size()));
  return std::string(reinterpret_cast<const char*>(out.data()), 8);
}

}  // namespace eyrie::storage::s3
