// What clients do, drawn before a run begins: from decks, so that every seed has the same number of
// calls of each kind and level, in an order of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/random.h"
#include "scenarios/plan/plan.h"

namespace eyrie::scenarios {

// Operations of one client on its own words and, for reads, on `words`, those of all. Of 260 calls
// 83 are searches, 29 upserts, 28 deletes, 20 queries, 8 counts, and the others inserts, over which
// its words are spread evenly. Searches have each of the four levels equally often; queries and
// counts are also pinned, and so are a few searches, most of which repeat one.
std::vector<ClientOp> plan_client(std::span<const std::uint32_t> own,
                                  std::span<const std::uint32_t> words, std::int64_t calls,
                                  Random random);

// Operations of the client of the side collections: each is created, filled and dropped, and what
// is written to it afterwards must fail; one name is used again. Spread over about `length`.
std::vector<ClientOp> plan_definitions(std::span<const std::uint32_t> words, sim::SimTime length,
                                       Random random);

}  // namespace eyrie::scenarios
