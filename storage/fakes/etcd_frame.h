// EtcdAnswer as bytes, between EtcdServer and SimEtcdWire.
#pragma once

#include "storage/etcd/wire.h"

namespace eyrie::storage::fakes {

Bytes encode_answer(const EtcdAnswer& answer);
// unknown: the bytes are no answer.
Result<EtcdAnswer> decode_answer(const Bytes& bytes);

}  // namespace eyrie::storage::fakes
