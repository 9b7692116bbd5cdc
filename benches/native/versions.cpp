// What the headers say of the peers that are not Rust.
#include <boost/beast/version.hpp>
#include <boost/config/helper_macros.hpp>
#include <boost/version.hpp>
#include <lws_config.h>
#include <wslay/wslay.h>

#define LIBWEBSOCKETS_VERSION                                                  \
  BOOST_STRINGIZE(LWS_LIBRARY_VERSION_MAJOR)                                   \
  "." BOOST_STRINGIZE(LWS_LIBRARY_VERSION_MINOR) "." BOOST_STRINGIZE(          \
      LWS_LIBRARY_VERSION_PATCH)

extern "C" const char *bench_native_versions() {
  return "wslay " WSLAY_VERSION ", beast " BOOST_STRINGIZE(
      BOOST_BEAST_VERSION) " of Boost " BOOST_LIB_VERSION
                           ", libwebsockets " LIBWEBSOCKETS_VERSION;
}
