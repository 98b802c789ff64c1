// Asio's and Beast's own code, compiled once here (BOOST_ASIO_SEPARATE_COMPILATION): every other file is the quicker
// for it.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
