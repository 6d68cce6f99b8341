// Certificates that a test makes for itself: an authority, and what it signs. P-256, valid for a
// day, or since and until yesterday.
#pragma once

#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace eyrie::test {

struct CertificateFiles {
  std::string certificate;
  std::string key;
};

class Authority {
 public:
  // Its files go into the folder.
  Authority(std::string folder, std::string name);

  const std::string& certificate_file() const { return files_.certificate; }

  enum class Validity : bool { now, expired };
  // For hosts, names or numeric addresses.
  CertificateFiles issue(const std::string& name, const std::vector<std::string>& hosts,
                         Validity validity = Validity::now);

 private:
  std::string folder_;
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
  CertificateFiles files_;
};

}  // namespace eyrie::test
