// The filters that exist so far: lists of keys, in Milvus's words.
//
//   word in ['king', "queen"]      id in [1, 2, 3]      word == 'king'      id == 7
//
// Quoted texts take \\, \', \", \n, \t as escapes, and no others.
#pragma once

#include <string_view>

#include "nodes/wire/schema.h"
#include "storage/format/primary_key.h"

namespace eyrie::proxy {

// invalid_argument, saying what was expected, for anything else; a long one is quoted in part.
Result<storage::PrimaryKeys> parse_key_expression(std::string_view expression,
                                                  const wire::FieldInfo& key);

}  // namespace eyrie::proxy
