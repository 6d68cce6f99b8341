#include "storage/fakes/etcd_frame.h"

#include "storage/fakes/proto/etcd_answer.pb.h"

namespace eyrie::storage::fakes {

Bytes encode_answer(const EtcdAnswer& answer) {
  eyrie::fakes::EtcdAnswerFrame frame;
  frame.set_code(static_cast<std::int32_t>(answer.code));
  frame.set_message(answer.message);
  frame.set_body(answer.body);
  return frame.SerializeAsString();
}

Result<EtcdAnswer> decode_answer(const Bytes& bytes) {
  eyrie::fakes::EtcdAnswerFrame frame;
  if (!frame.ParseFromString(bytes)) return fail(Code::unknown, "not an etcd answer");
  return EtcdAnswer{static_cast<EtcdCode>(frame.code()), frame.message(), frame.body()};
}

}  // namespace eyrie::storage::fakes
