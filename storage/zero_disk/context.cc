#include "storage/zero_disk/context.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/zero_disk/events.h"

namespace eyrie::storage {

namespace {

constexpr std::size_t kListPage = 1'000;

// Bytes that are there and wrong are nobody's normal day.
template <class T>
Result<T> tell_damage(const ZeroDiskContext& context, const std::string& channel,
                      const std::string& key, Result<T> decoded) {
  if (decoded) return decoded;
  emit(context.environment.tracer, kZeroDiskDamaged, channel, key, decoded.error().to_string());
  return fail(std::move(decoded).error().annotate(key));
}

}  // namespace

Task<Result<BlockHeader>> read_block_header(const ZeroDiskContext& context, std::string channel,
                                            std::string key) {
  EYRIE_CO_TRY(const Bytes bytes, co_await context.objects.get_range(key, 0, kBlockHeaderBytes));
  co_return tell_damage(context, channel, key, decode_block_header(channel, bytes));
}

Task<Result<LogBlock>> read_block(const ZeroDiskContext& context, std::string channel,
                                  std::string key) {
  EYRIE_CO_TRY(const Bytes bytes, co_await context.objects.get(key));
  co_return tell_damage(context, channel, key, decode_block(channel, bytes));
}

Task<Result<ListedBlocks>> list_blocks(const ZeroDiskContext& context, std::string channel,
                                       std::uint64_t segment) {
  const std::string prefix = segment_prefix(channel, segment);
  ListedBlocks listed;
  std::string after;
  for (bool more = true; more;) {
    EYRIE_CO_TRY(const ObjectPage page, co_await context.objects.list(prefix, after, kListPage));
    for (const ObjectInfo& object : page.objects) {
      const std::optional<std::uint64_t> index = block_index_of(object.key, prefix);
      if (!index) continue;
      listed.end = *index + 1;
      if (*index != listed.count || listed.ends_with_fence) continue;
      ++listed.count;
      listed.ends_with_fence = object.size == kFenceBytes;
      listed.bytes += object.size - std::min<std::uint64_t>(object.size, kBlockHeaderBytes);
    }
    more = page.more && !page.objects.empty();
    if (more) after = page.objects.back().key;
  }
  co_return listed;
}

}  // namespace eyrie::storage
