#include "runtime/rpc/types.h"

namespace eyrie::rpc {

Token draw_token(Random& random) {
  Token token;
  while (!token.valid()) token = {random.next(), random.next()};
  return token;
}

}  // namespace eyrie::rpc
