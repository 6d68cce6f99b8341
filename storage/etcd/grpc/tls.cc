#include "storage/etcd/grpc/tls.h"

#include <fstream>
#include <iterator>
#include <memory>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace eyrie::storage {

namespace {

template <auto function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    function(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

Result<std::string> read_file(const std::string& option, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad() || text.empty()) {
    return fail(Code::invalid_argument, "option " + option + ": '" + path + "' cannot be read");
  }
  return text;
}

Bio reader_of(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Certificate first_certificate(const std::string& pem) {
  return Certificate(PEM_read_bio_X509(reader_of(pem).get(), nullptr, nullptr, nullptr));
}

Result<Certificate> certificate_in(const std::string& option, const std::string& path,
                                   const std::string& pem) {
  Certificate certificate = first_certificate(pem);
  ERR_clear_error();
  if (certificate == nullptr) {
    return fail(Code::invalid_argument, "option " + option + ": '" + path + "' has no certificate");
  }
  return certificate;
}

}  // namespace

Result<EtcdTls> load_tls(const EtcdTlsOptions& options) {
  EtcdTls tls;
  if (options.ca_file.empty()) {
    return fail(Code::invalid_argument, "option tls.ca_file is needed where option tls is set");
  }
  EYRIE_TRY(tls.ca, read_file("tls.ca_file", options.ca_file));
  EYRIE_RETURN_IF_ERROR(certificate_in("tls.ca_file", options.ca_file, tls.ca));
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return fail(Code::invalid_argument,
                "options tls.certificate_file and tls.key_file are set together or not at all");
  }
  if (options.certificate_file.empty()) return tls;
  EYRIE_TRY(tls.certificate, read_file("tls.certificate_file", options.certificate_file));
  EYRIE_TRY(tls.key, read_file("tls.key_file", options.key_file));
  EYRIE_TRY(const Certificate certificate,
            certificate_in("tls.certificate_file", options.certificate_file, tls.certificate));
  const Key key(PEM_read_bio_PrivateKey(reader_of(tls.key).get(), nullptr, nullptr, nullptr));
  const bool fits = key != nullptr && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return fail(Code::invalid_argument, "option tls.key_file: '" + options.key_file +
                                            "' is not the key of tls.certificate_file '" +
                                            options.certificate_file + "'");
  }
  if (const std::string why = outdated(tls, options); !why.empty()) {
    return fail(Code::invalid_argument, why);
  }
  return tls;
}

std::string outdated(const EtcdTls& tls, const EtcdTlsOptions& options) {
  const Certificate certificate = first_certificate(tls.certificate);
  if (certificate == nullptr) return "";
  const std::string name = "option tls.certificate_file: '" + options.certificate_file + "' ";
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) return name + "has expired";
  if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0) {
    return name + "is not valid yet";
  }
  return "";
}

}  // namespace eyrie::storage
