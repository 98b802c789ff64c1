// Akamai's signature headers ("G2O", delivery.md 3.3): a CDN proves with a shared key that a request comes from it.
// Pure.
#pragma once

#include "schema/base/result.hpp"
#include "schema/base/time.hpp"
#include "schema/entities/streaming_endpoint.hpp"
#include "server/http/message.hpp"

#include <span>

namespace lazulite::stream {

// Forbidden AccessDenied, in words: a header is missing or malformed, names no key, its time is more than 30 s off, the
// key has expired, the signature is another.
Result<void> require_akamai_signature(std::span<const AkamaiSignatureHeaderAuthenticationKey> keys,
                                      const http::Request& request, Timestamp now);

}  // namespace lazulite::stream
