// All of Asio's own code (BOOST_ASIO_SEPARATE_COMPILATION); the only unit that takes long.
#include <boost/asio/impl/src.hpp>
