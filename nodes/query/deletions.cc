#include "nodes/query/deletions.h"

#include <algorithm>
#include <limits>

namespace eyrie::query {

namespace {

constexpr Timestamp kNever{std::numeric_limits<std::int64_t>::max()};

}  // namespace

Deletions Deletions::with(std::vector<Deletion> more) const {
  std::ranges::sort(more, {}, &Deletion::row);
  Deletions next = *this;
  for (auto deletion = more.begin(); deletion != more.end();) {
    const std::size_t number = deletion->row / kPageRows;
    if (number >= next.pages_.size()) next.pages_.resize(number + 1);
    const auto page = std::make_shared<Page>();
    if (next.pages_[number] != nullptr) {
      *page = *next.pages_[number];
    } else {
      page->fill(kNever);
    }
    for (; deletion != more.end() && deletion->row / kPageRows == number; ++deletion) {
      Timestamp& deleted_at = (*page)[deletion->row % kPageRows];
      deleted_at = std::min(deleted_at, deletion->at);
    }
    next.pages_[number] = page;
  }
  return next;
}

}  // namespace eyrie::query
