#include "tests/support/certificates.h"

#include <cstdio>
#include <utility>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "runtime/asio/socket_address.h"
#include "runtime/check.h"

namespace eyrie::test {

namespace {

constexpr long kDaySeconds = 86'400;

std::shared_ptr<X509> make_certificate(EVP_PKEY* key, const std::string& name, long serial,
                                       bool expired) {
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), expired ? -kDaySeconds : kDaySeconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  EYRIE_CHECK(extension != nullptr, "no extension of a certificate: " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

CertificateFiles write_files(const std::string& base, X509* certificate, EVP_PKEY* key) {
  CertificateFiles files{base + ".pem", base + "-key.pem"};
  std::FILE* file = std::fopen(files.certificate.c_str(), "w");
  EYRIE_CHECK(file != nullptr && PEM_write_X509(file, certificate) == 1, files.certificate);
  std::fclose(file);
  file = std::fopen(files.key.c_str(), "w");
  EYRIE_CHECK(file != nullptr &&
                  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
              files.key);
  std::fclose(file);
  return files;
}

}  // namespace

Authority::Authority(std::string folder, std::string name)
    : folder_(std::move(folder)), key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
  certificate_ = make_certificate(key_.get(), name, 1, false);
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  extend(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate_.get(), certificate_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  files_ = write_files(folder_ + "/" + name, certificate_.get(), key_.get());
}

CertificateFiles Authority::issue(const std::string& name, const std::vector<std::string>& hosts,
                                  Validity validity) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::shared_ptr<X509> certificate =
      make_certificate(key.get(), name, 2, validity == Validity::expired);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  extend(certificate.get(), certificate_.get(), NID_basic_constraints, "CA:FALSE");
  std::string names;
  for (const std::string& host : hosts) {
    names +=
        (names.empty() ? "" : ",") + std::string(parse_numeric({host, 0}) ? "IP:" : "DNS:") + host;
  }
  if (!names.empty()) extend(certificate.get(), certificate_.get(), NID_subject_alt_name, names);
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  return write_files(folder_ + "/" + name, certificate.get(), key.get());
}

}  // namespace eyrie::test
