// What a notification looks like on the wire (accounts-storage.md D.2, D.3): one JSON object, version 1.0 for queues
// and 1.1 for webhooks, and the signature of a webhook. Pure functions.
#pragma once

#include "schema/entities/media_account.hpp"
#include "storage/rows/outbox.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lazulite::notify {

// EventType as its name. Not encoded any further.
std::string queue_message(const rows::StoredOutboxEvent& event, const MediaAccount& account);
// EventType as its number.
std::string webhook_message(const rows::StoredOutboxEvent& event, const MediaAccount& account);

// ms-signature: "sha256=" and the HMAC-SHA256 of the body in upper-case hex.
std::string webhook_signature(std::span<const std::uint8_t> key, std::string_view body);

}  // namespace lazulite::notify
