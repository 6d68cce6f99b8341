#include "scenarios/plan/client_planner.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace eyrie::scenarios {

namespace {

using sim::kMillisecond;

// Of a thousand calls; the others are inserts.
constexpr std::pair<OpKind, std::int64_t> kShares[] = {{OpKind::search, 320},
                                                       {OpKind::upsert, 113},
                                                       {OpKind::remove, 110},
                                                       {OpKind::query, 80},
                                                       {OpKind::count, 31}};
constexpr Level kSearchLevels[] = {Level::strong, Level::session, Level::bounded,
                                   Level::eventually};
constexpr Ratio kPinnedSearches{1, 20};

// How thoroughly a search looks: as is usual; at every row, for it keeps as many candidates as
// there can be, so that its answer is exact; or by so few that graphs of a hundred rows are walked,
// where wider searches scan the rows (index/hnsw.h).
struct Width {
  std::int32_t limit_max = 0;
  std::int32_t ef = 0;
};
constexpr Width kWidths[] = {
    {20, ClientOp().ef}, {20, std::numeric_limits<std::int32_t>::max()}, {3, 3}};

constexpr Level kQueryLevels[] = {Level::strong,     Level::session, Level::bounded,
                                  Level::eventually, Level::strong,  Level::pinned};
constexpr std::size_t kSideCollections = 3;
constexpr std::size_t kSideWords = 12;

// Deals each of some cards equally often, in a new order each time.
template <class Card>
class Deck {
 public:
  explicit Deck(std::span<const Card> cards) : cards_(cards.begin(), cards.end()) {}

  const Card& deal(Random& random) {
    if (left_ == 0) {
      random.shuffle(cards_);
      left_ = cards_.size();
    }
    return cards_[--left_];
  }

 private:
  std::vector<Card> cards_;
  std::size_t left_ = 0;
};

class ClientPlanner {
 public:
  ClientPlanner(std::span<const std::uint32_t> own, std::span<const std::uint32_t> words,
                Random random)
      : fresh_(own.begin(), own.end()), words_(words.begin(), words.end()), random_(random) {
    random_.shuffle(fresh_);
  }

  std::vector<ClientOp> make(std::int64_t calls) {
    std::vector<OpKind> deck = shuffled_deck(calls);
    std::vector<ClientOp> ops;
    for (std::size_t i = 0; i < deck.size(); ++i) {
      const bool needs_row = deck[i] == OpKind::upsert || deck[i] == OpKind::remove;
      if (needs_row && present_.empty()) {
        const auto insert =
            std::find(deck.begin() + static_cast<std::ptrdiff_t>(i), deck.end(), OpKind::insert);
        if (insert != deck.end()) std::swap(deck[i], *insert);
      }
      ops.push_back(make_op(deck[i]));
    }
    return ops;
  }

 private:
  std::vector<OpKind> shuffled_deck(std::int64_t calls) {
    std::vector<OpKind> deck;
    for (const auto& [kind, share] : kShares) {
      deck.insert(deck.end(), static_cast<std::size_t>(calls * share / 1'000), kind);
    }
    inserts_left_ = static_cast<std::size_t>(calls) - deck.size();
    deck.insert(deck.end(), inserts_left_, OpKind::insert);
    random_.shuffle(deck);
    return deck;
  }

  ClientOp make_op(OpKind kind) {
    ClientOp op;
    op.gap = random_.between(0, 150 * kMillisecond);
    op.proxy = random_.chance({1, 4}) ? 1 : 0;
    const bool inserts = kind == OpKind::insert && !fresh_.empty();
    const bool changes = (kind == OpKind::upsert || kind == OpKind::remove) && !present_.empty();
    op.kind = kind;
    if (inserts) {
      fill_insert(op);
    } else if (changes) {
      op.rows.push_back({random_.pick(present_), ++version_});
    } else {
      fill_read(op);
    }
    return op;
  }

  // The words that are left, spread over the inserts that are left.
  void fill_insert(ClientOp& op) {
    const std::size_t rows = (fresh_.size() + inserts_left_ - 1) / inserts_left_;
    --inserts_left_;
    for (std::size_t i = 0; i < rows; ++i) {
      op.rows.push_back({fresh_.back(), ++version_});
      present_.push_back(fresh_.back());
      fresh_.pop_back();
    }
  }

  void fill_read(ClientOp& op) {
    if (op.kind != OpKind::query && op.kind != OpKind::count) op.kind = OpKind::search;
    if (op.kind == OpKind::search) {
      fill_search(op);
      return;
    }
    op.level = query_levels_.deal(random_);
    if (op.level == Level::strong) strong_search_.reset();
    if (op.kind == OpKind::count) return;
    // What was asked for last may be asked for again at the same time, to be compared.
    if (op.level != Level::pinned || asked_.empty()) {
      asked_.clear();
      const std::uint64_t keys = 1 + random_.below(4);
      for (std::uint64_t i = 0; i < keys; ++i) asked_.push_back({random_.pick(words_), 0});
    }
    op.rows = asked_;
  }

  // Pinned, it looks again for what the last strong read looked for, if that was a search: at the
  // same time, for more rows or fewer, and through the other proxy.
  void fill_search(ClientOp& op) {
    op.level = random_.chance(kPinnedSearches) ? Level::pinned : search_levels_.deal(random_);
    const bool repeats = op.level == Level::pinned && strong_search_;
    const Width width = repeats ? strong_width_ : widths_.deal(random_);
    op.query_row = random_.pick(words_);
    op.ef = width.ef;
    op.limit = static_cast<std::int32_t>(random_.between(1, width.limit_max));
    if (op.level == Level::strong) {
      strong_search_ = op;
      strong_width_ = width;
    }
    if (!repeats) return;
    op.query_row = strong_search_->query_row;
    op.proxy = 1 - strong_search_->proxy;
    if (op.limit == strong_search_->limit) op.limit = op.limit % width.limit_max + 1;
  }

  std::vector<std::uint32_t> fresh_;    // not yet inserted
  std::vector<std::uint32_t> present_;  // inserted, if each write succeeds
  std::vector<std::uint32_t> words_;
  Random random_;
  Deck<Level> search_levels_{kSearchLevels};
  Deck<Level> query_levels_{kQueryLevels};
  Deck<Width> widths_{kWidths};
  std::vector<PlannedRow> asked_;
  std::optional<ClientOp> strong_search_;  // the last strong read, if that was a search
  Width strong_width_;
  std::size_t inserts_left_ = 0;
  std::int64_t version_ = 0;
};

// Side collections, each with a whole life: made, loaded, filled, read, flushed, released, dropped.
// They are filled by upserts: where a drop failed, inserts would double what is there.
class DefinitionPlanner {
 public:
  DefinitionPlanner(std::span<const std::uint32_t> words, Random random)
      : words_(words), random_(random) {}

  void add_life(std::uint32_t collection) {
    collection_ = collection;
    add(OpKind::create);
    const std::uint32_t described = add(OpKind::describe).proxy;
    add(OpKind::load);
    for (std::size_t key = 0; key < words_.size(); key += 2) {
      write(OpKind::upsert, words_.subspan(key, std::min<std::size_t>(2, words_.size() - key)));
    }
    ask_for_all();
    write(OpKind::remove, words_.first(1));
    write(OpKind::upsert, words_.last(1));
    add(OpKind::flush);
    ask_for_all();
    add(OpKind::search).query_row = words_.front();
    add(OpKind::release);
    ask_for_all();
    // Half of them are dropped as they are loaded.
    if (random_.chance({1, 2})) add(OpKind::load);
    add(OpKind::count);
    add(OpKind::describe).proxy = 1 - described;  // must say the same
    add(OpKind::drop);
    // Through each proxy, whatever it remembers.
    for (std::uint32_t proxy = 0; proxy < 2; ++proxy) {
      write(OpKind::upsert, words_.first(1)).proxy = proxy;
      ask_for_all().proxy = proxy;
    }
  }

  std::vector<ClientOp> finish(sim::SimTime length) {
    const sim::SimTime gap = length / static_cast<sim::SimTime>(ops_.size());
    for (ClientOp& op : ops_) op.gap = random_.between(0, 2 * gap);
    return std::move(ops_);
  }

 private:
  ClientOp& add(OpKind kind) {
    ClientOp& op = ops_.emplace_back();
    op.kind = kind;
    op.collection = collection_;
    op.proxy = static_cast<std::uint32_t>(random_.below(2));
    return op;
  }
  ClientOp& write(OpKind kind, std::span<const std::uint32_t> words) {
    ClientOp& op = add(kind);
    for (const std::uint32_t word : words) op.rows.push_back({word, ++version_});
    return op;
  }
  ClientOp& ask_for_all() {
    ClientOp& op = add(OpKind::query);
    for (const std::uint32_t word : words_) op.rows.push_back({word, 0});
    return op;
  }

  std::span<const std::uint32_t> words_;
  Random random_;
  std::vector<ClientOp> ops_;
  std::uint32_t collection_ = 0;
  std::int64_t version_ = 0;
};

}  // namespace

std::vector<ClientOp> plan_client(std::span<const std::uint32_t> own,
                                  std::span<const std::uint32_t> words, std::int64_t calls,
                                  Random random) {
  return ClientPlanner(own, words, random).make(calls);
}

std::vector<ClientOp> plan_definitions(std::span<const std::uint32_t> words, sim::SimTime length,
                                       Random random) {
  DefinitionPlanner planner(words.first(std::min(words.size(), kSideWords)), random);
  for (std::size_t i = 0; i < kSideCollections; ++i) {
    // The second one has the first one's name.
    planner.add_life(i < 2 ? 1 : static_cast<std::uint32_t>(i));
  }
  return planner.finish(length);
}

}  // namespace eyrie::scenarios
