// Assertions that may stand in a coroutine, where GoogleTest's ASSERT_ may not: on failure they
// record it and end the test's coroutine, a Task<void>.
#pragma once

#include <gtest/gtest.h>

#include "runtime/status.h"

#define EYRIE_CO_ASSERT(condition) \
  if (!(condition)) {              \
    ADD_FAILURE() << #condition;   \
    co_return;                     \
  }

// For a Status, or a Result whose value may be dropped.
#define EYRIE_CO_ASSERT_OK(expression)                                                       \
  if (const ::eyrie::Status co_status = ::eyrie::status_of((expression)); !co_status.ok()) { \
    ADD_FAILURE() << #expression << ": " << co_status;                                       \
    co_return;                                                                               \
  }

// EYRIE_CO_ASSERT_TRY(auto x, co_await read()): declares x from the result's value.
#define EYRIE_CO_ASSERT_TRY_INNER(declaration, expression, result) \
  auto result = (expression);                                      \
  if (!result) {                                                   \
    ADD_FAILURE() << #expression << ": " << result.error();        \
    co_return;                                                     \
  }                                                                \
  declaration = std::move(*result)
#define EYRIE_CO_ASSERT_TRY(declaration, expression) \
  EYRIE_CO_ASSERT_TRY_INNER(declaration, expression, EYRIE_CONCAT(co_result_, __COUNTER__))
