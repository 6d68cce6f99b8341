// What a person may say about a process of a cluster: where it is reached, and what it belongs to.
#pragma once

#include <array>

#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr TextSetting kClusterName({
    .name = "cluster.name",
    .initial = "eyrie",
    .sentence = "The cluster that a node belongs to; nodes and clients of others are refused.",
});
inline constexpr TextSetting kNodeListen({
    .name = "node.listen",
    .initial = "127.0.0.1:19531",
    .sentence = "Where a node listens: host:port; --listen wins.",
});
inline constexpr TextSetting kNodeAdvertise({
    .name = "node.advertise",
    .sentence = "Where the others reach the node, if not at node.listen: host:port, its own alone.",
});

inline constexpr TextSetting kNodeCaFile({
    .name = "node.tls_ca_file",
    .sentence = "PEM: who signs the certificates of all nodes, and of nobody else; with the next "
                "two, nodes talk over TLS and prove to each other who they are; without, in the "
                "clear. The proxy's address for clients stays in the clear.",
});
inline constexpr TextSetting kNodeCertificateFile({
    .name = "node.tls_certificate_file",
    .sentence = "PEM: the certificate that the node shows as client and server, of the host in "
                "node.advertise or of node.tls_name; files that are replaced count at once.",
});
inline constexpr TextSetting kNodeKeyFile({
    .name = "node.tls_key_file",
    .sentence = "PEM: the private key of node.tls_certificate_file.",
});
inline constexpr TextSetting kNodeTlsName({
    .name = "node.tls_name",
    .sentence = "The name that every node's certificate is of, where their addresses are not known "
                "before; empty: each is of the host that it is reached at.",
});

inline constexpr std::array kNode = {declared(kClusterName),         declared(kNodeListen),
                                     declared(kNodeAdvertise),       declared(kNodeCaFile),
                                     declared(kNodeCertificateFile), declared(kNodeKeyFile),
                                     declared(kNodeTlsName)};

}  // namespace eyrie::settings
