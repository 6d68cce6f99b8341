// What a person must say about the etcd that a cluster keeps its metadata in.
#pragma once

#include <array>

#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr TextSetting kEtcdEndpoints({
    .name = "etcd.endpoints",
    .initial = "127.0.0.1:2379",
    .sentence = "Where etcd's members are reached: host:port, separated by commas.",
});
inline constexpr TextSetting kEtcdUser({
    .name = "etcd.user",
    .sentence = "Whom etcd knows us as; empty: etcd asks for nobody.",
});
inline constexpr TextSetting kEtcdPassword({
    .name = "etcd.password",
    .sentence = "The password of etcd.user.",
});
inline constexpr BooleanSetting kEtcdTls({
    .name = "etcd.tls",
    .sentence = "Whether etcd is reached over TLS.",
});
inline constexpr TextSetting kEtcdCaFile({
    .name = "etcd.tls_ca_file",
    .sentence = "PEM: who has signed the certificates of etcd's members; needed with etcd.tls.",
});
inline constexpr TextSetting kEtcdCertificateFile({
    .name = "etcd.tls_certificate_file",
    .sentence = "PEM: the certificate that we show to etcd; empty: none.",
});
inline constexpr TextSetting kEtcdKeyFile({
    .name = "etcd.tls_key_file",
    .sentence = "PEM: the private key of etcd.tls_certificate_file.",
});

inline constexpr std::array kEtcd = {declared(kEtcdEndpoints), declared(kEtcdUser),
                                     declared(kEtcdPassword),  declared(kEtcdTls),
                                     declared(kEtcdCaFile),    declared(kEtcdCertificateFile),
                                     declared(kEtcdKeyFile)};

}  // namespace eyrie::settings
