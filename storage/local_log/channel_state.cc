#include "storage/local_log/channel_state.h"

#include <memory>
#include <utility>

#include "storage/format/envelope.h"
#include "storage/format/little_endian.h"

namespace eyrie::storage {

namespace {

constexpr EnvelopeKind kKind{"EYLS", "state of a log channel", 1};
constexpr std::size_t kFixedBytes = 16;
constexpr const char* kName = "/state";
constexpr const char* kNewName = "/state.new";

}  // namespace

Bytes encode_channel_state(const ChannelState& state) {
  Bytes payload;
  append_little_endian(payload, std::int64_t{state.term});
  append_little_endian(payload, std::uint64_t{state.truncated_to});
  payload.append(state.channel);
  return seal_envelope(kKind, payload);
}

Result<ChannelState> decode_channel_state(BytesView bytes) {
  EYRIE_TRY(const OpenedEnvelope envelope, open_envelope(kKind, bytes));
  if (envelope.payload.size() < kFixedBytes) {
    return fail(Code::data_loss, "state of a log channel is too short");
  }
  return ChannelState{std::string(envelope.payload.substr(kFixedBytes)),
                      load_little_endian<std::int64_t>(envelope.payload, 0),
                      load_little_endian<std::uint64_t>(envelope.payload, 8)};
}

Task<Result<ChannelState>> load_channel_state(Disk& disk, std::string folder) {
  EYRIE_CO_TRY(const std::unique_ptr<File> file,
               co_await disk.open(folder + kName, OpenMode::read));
  EYRIE_CO_TRY(const std::uint64_t size, co_await file->size());
  EYRIE_CO_TRY(const Bytes bytes, co_await file->read_at(0, size));
  co_return decode_channel_state(bytes);
}

Task<Status> store_channel_state(Disk& disk, std::string folder, ChannelState state) {
  const Bytes bytes = encode_channel_state(state);
  EYRIE_CO_TRY(const std::unique_ptr<File> file,
               co_await disk.open(folder + kNewName, OpenMode::create));
  EYRIE_CO_RETURN_IF_ERROR(co_await file->truncate(0));
  EYRIE_CO_RETURN_IF_ERROR(co_await file->write_at(0, bytes));
  EYRIE_CO_RETURN_IF_ERROR(co_await file->sync());
  EYRIE_CO_RETURN_IF_ERROR(co_await disk.rename(folder + kNewName, folder + kName));
  co_return co_await disk.sync_dir(folder);
}

}  // namespace eyrie::storage
