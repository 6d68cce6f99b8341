#include "nodes/client/client.h"

#include <array>
#include <cstring>
#include <utility>

namespace eyrie::client {

namespace {

rpc::ChannelOptions options_of(std::string cluster) {
  rpc::ChannelOptions options;
  options.self.cluster = std::move(cluster);
  return options;
}

constexpr std::array kCodes = {Code::invalid_argument, Code::not_found,
                               Code::already_exists,   Code::failed_precondition,
                               Code::out_of_range,     Code::conflict,
                               Code::fenced,           Code::not_leader,
                               Code::unavailable,      Code::resource_exhausted,
                               Code::cancelled,        Code::deadline_exceeded,
                               Code::unknown,          Code::disk_full,
                               Code::io_error,         Code::data_loss,
                               Code::unsupported,      Code::internal};

}  // namespace

Client::Client(Environment& environment, Address proxy, std::string cluster)
    : channel_(environment, std::move(proxy), options_of(std::move(cluster))) {}

Status from_milvus(const milvus::proto::common::Status& status) {
  if (status.code() == 0 && status.error_code() == 0) return {};
  // `detail` names our own code; a server without it leaves the outcome open.
  Code code = Code::unknown;
  for (const Code known : kCodes) {
    if (status.detail() == name_of(known)) code = known;
  }
  return Status(code, status.reason()).with_milvus_code(status.code());
}

Bytes placeholder_group(const float* vector, std::size_t dimension) {
  milvus::proto::common::PlaceholderGroup group;
  auto* placeholder = group.add_placeholders();
  placeholder->set_tag("$0");
  placeholder->set_type(milvus::proto::common::FloatVector);
  Bytes value(dimension * sizeof(float), '\0');
  std::memcpy(value.data(), vector, value.size());
  placeholder->add_values(std::move(value));
  return group.SerializeAsString();
}

}  // namespace eyrie::client
