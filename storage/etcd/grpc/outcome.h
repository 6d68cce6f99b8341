// What the end of a gRPC call means: the member's own answer, or what happened to the transport.
//
// gRPC's library and the server share one set of codes, and a failure of the library's own says
// "received from peer" just as a refusal of the server does (measured on 1.51). What can be told:
//   - codes that the library never makes are the server's;
//   - of the others, words that begin as etcd's and its gRPC server's do are the server's;
//   - a call that found no connection ends with words of the library's channel, before anything
//     knows a peer: it certainly reached nobody. All else is in doubt.
#pragma once

#include <cstdint>
#include <string>

#include "storage/etcd/grpc/options.h"
#include "storage/etcd/wire.h"

namespace eyrie::storage {

// As gRPC's library reports it.
struct RpcEnd {
  std::int32_t code = 0;
  std::string message;
  bool peer_known = false;  // it was given to a connection, and that one answered or ended
};

// An answer of the member's, without the body; or the transport's Status (wire.h), whose words name
// the options to look at.
Result<EtcdAnswer> outcome_of(const RpcEnd& end, const GrpcEtcdOptions& options);

// The member wants another token than it was given. It says so before anything is applied.
bool wants_token(const EtcdAnswer& answer);
// Answers that no repetition helps, because an option or a right is wrong, become one sentence that
// names it (failed_precondition: certainly not applied); others stay.
Result<EtcdAnswer> explain(EtcdAnswer answer, const GrpcEtcdOptions& options);
// The same for what Auth.Authenticate says.
Status explain_authentication(const EtcdAnswer& answer, const GrpcEtcdOptions& options);

}  // namespace eyrie::storage
