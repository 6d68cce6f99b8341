#include <boost/asio.hpp>  // FIRES
#include <boost/asio/ip/tcp.hpp>  // FIRES
#include <boost/beast/http.hpp>  // FIRES
#include <boost/json.hpp>
// #include <boost/asio/awaitable.hpp> is only a word here.
