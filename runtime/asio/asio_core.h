// What the parts of runtime/asio share of an executor. Internal: it includes Asio.
#pragma once

#include <coroutine>
#include <deque>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "runtime/asio/asio_executor.h"

namespace eyrie {

struct AsioExecutor::Core {
  Core() : work(context.get_executor()) {}

  boost::asio::io_context context{1};  // one thread runs it
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  std::deque<std::coroutine_handle<>> ready;  // of that thread alone
  std::thread thread;
};

}  // namespace eyrie
