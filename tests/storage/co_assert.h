// GoogleTest's ASSERT_* return, which a coroutine cannot. These end the coroutine instead.
#pragma once

#include <gtest/gtest.h>

#define EYRIE_CO_ASSERT(condition)             \
  do {                                         \
    if (!(condition)) {                        \
      ADD_FAILURE() << "expected " #condition; \
      co_return;                               \
    }                                          \
  } while (false)

// For a Status or a Result.
#define EYRIE_CO_ASSERT_OK(expression)                                                             \
  do {                                                                                             \
    if (const ::eyrie::Status eyrie_status = ::eyrie::status_of(expression); !eyrie_status.ok()) { \
      ADD_FAILURE() << #expression " gave " << eyrie_status;                                       \
      co_return;                                                                                   \
    }                                                                                              \
  } while (false)

// EYRIE_CO_ASSERT_VALUE(auto x, co_await read());
#define EYRIE_CO_ASSERT_VALUE(declaration, expression) \
  EYRIE_CO_ASSERT_VALUE_INNER(declaration, expression, EYRIE_CONCAT(eyrie_result_, __COUNTER__))
#define EYRIE_CO_ASSERT_VALUE_INNER(declaration, expression, result) \
  auto result = (expression);                                        \
  if (!result) {                                                     \
    ADD_FAILURE() << #expression " gave " << result.error();         \
    co_return;                                                       \
  }                                                                  \
  declaration = std::move(*result)
