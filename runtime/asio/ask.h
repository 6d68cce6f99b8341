// ask(): a question to a component whose executor is another one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/asio/asio_executor.h"
#include "runtime/combine.h"

namespace eyrie {

namespace detail {

template <class T>
struct Reply {
  std::optional<T> value;
  Gate given;
};

template <class T>
Task<Result<T>> wait_for_reply(std::shared_ptr<Reply<T>> reply) {
  EYRIE_CO_RETURN_IF_ERROR(co_await reply->given.wait());
  co_return std::move(*reply->value);
}

}  // namespace detail

// How a question is answered: from the executor that was asked, once, then or later.
template <class T>
using Answer = std::function<void(T)>;

// Runs `question` on `asked`, and gives what it answers; deadline_exceeded if it does not in time.
// Called on `asker`. Both executors outlive all that they were asked, though they may have stopped.
template <class T>
Task<Result<T>> ask(AsioExecutor& asker, Clock& clock, MonotonicTime deadline, AsioExecutor& asked,
                    std::function<void(Answer<T>)> question) {
  // Only the asker's thread looks into it, whoever lets go of it last.
  auto reply = std::make_shared<detail::Reply<T>>();
  asked.call([&asker, reply, question = std::move(question)] {
    question([&asker, reply](T value) {
      asker.call([reply, value = std::move(value)]() mutable {
        if (reply->value) return;
        reply->value = std::move(value);
        reply->given.open();
      });
    });
  });
  co_return co_await with_deadline(clock, deadline, detail::wait_for_reply(reply));
}

}  // namespace eyrie
